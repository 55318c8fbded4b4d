"""Many pictures as plain vectors of shape and of texture, as principal components and other models want them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spaces.picture_base import PictureRendering
from stimgen.spaces.shape_texture import MeanShape, ShapeTexture
from stimgen.workflows.average import average_settings, mean_shape
from stimgen.workflows.average_plan import Given, prepare_average
from stimgen.workflows.picture_plan import MAX_VALUES
from stimgen.workflows.progress import Progress


@dataclass(frozen=True, kw_only=True)
class PictureVectors:
    """Several pictures as two tables, one row each.

    Args:
        shapes: x and y of the landmarks of each in the common picture, point by point, shape (n_pictures, 2 *
            n_points), px.
        textures: Linear light of each, warped to the mean shape, shape (n_pictures, height_px * width_px * n_channels).
        mean: What leads back from such rows to pictures.
        names: Of the pictures, slugs.
    """

    shapes: FloatArray
    textures: FloatArray = field(repr=False)
    mean: MeanShape = field(repr=False)
    names: tuple[str, ...]

    def picture(self, shape: FloatArray, texture: FloatArray) -> PictureRendering:
        """Return the picture of a shape and a texture, for example of sums of principal components.

        Args:
            shape: As a row of `shapes`.
            texture: As a row of `textures`.

        Raises:
            ShapeError: If one has another length or is not finite.
        """
        if not (np.all(np.isfinite(shape)) and np.all(np.isfinite(texture))):
            raise ShapeError("a shape and a texture are finite numbers; got some that are not")
        return self.mean.decode(ShapeTexture(shape=np.asarray(shape), texture=np.asarray(texture)))


def picture_vectors(pictures: Given, *, progress: Progress | None = None, **choices: Any) -> PictureVectors:
    """Read pictures with landmarks as two tables: where their landmarks are, and what they look like apart from that.

    Args:
        pictures: As for `stimgen.average_pictures`.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.
        choices: As for `stimgen.average_pictures`; with `weights` textures are warped to the shape of that blend.

    Raises:
        SettingError: If a choice is not allowed, or the tables would be larger than 500 million values.
        ReadError: If a picture or a file of landmarks cannot be read.
        PictureError: If a picture is not usable, or two are the same.

    References:
        Craw & Cameron 1991, "Parameterising images for recognition and reconstruction", BMVC, 367-370.

    Examples:
        >>> from stimgen import Picture
        >>> from stimgen.media.landmarks import Landmarks
        >>> rng, corners = np.random.default_rng(0), np.array([[4.0, 4.0], [11.0, 4.0], [11.0, 11.0]])
        >>> noises = [
        ...     Picture(pixels=rng.random((16, 16, 1)), points=Landmarks(xy=corners + n), name=f"noise {n}")
        ...     for n in range(3)
        ... ]
        >>> vectors = picture_vectors(noises)
        >>> vectors.shapes.shape, vectors.textures.shape, vectors.names
        ((3, 6), (3, 256), ('noise-0', 'noise-1', 'noise-2'))
    """
    settings = average_settings(**choices)
    if settings.space == "crossfade":
        raise SettingError("shapes are made of landmarks, and space 'crossfade' uses none; leave space out")
    plan = prepare_average(pictures, settings, progress=progress)
    mean = mean_shape(plan)
    shapes = np.array([shape.ravel() for shape in mean.frame.shapes])
    n_values = mean.frame.width_px * mean.frame.height_px * mean.n_channels
    if n_values * len(shapes) > MAX_VALUES:
        raise SettingError(
            f"{len(shapes)} textures of {mean.frame.width_px} x {mean.frame.height_px} px make "
            f"{n_values * len(shapes) / 1e6:.0f} million values; at most {MAX_VALUES // 10**6} million are allowed: "
            "use fewer pictures or a smaller size"
        )
    textures = np.empty((len(shapes), n_values))
    for index in range(len(shapes)):
        textures[index] = mean.encode(plan.shelf.picture(index), index).texture
    return PictureVectors(shapes=shapes, textures=textures, mean=mean, names=plan.names)
