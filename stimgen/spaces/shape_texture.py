"""Pictures as two plain vectors, where their landmarks are and what they look like apart from that; and averages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stimgen.errors import PictureError, SettingError, ShapeError
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import with_landmarks_beside
from stimgen.media.picture import BitDepth, Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TransferName
from stimgen.spaces.picture_base import PictureRendering
from stimgen.spaces.points import PointsBetween, PointsSettings, PointsSpace, check_alike, encoded
from stimgen.spaces.points_align import Similarity
from stimgen.spaces.points_frame import AlignedFrame, align_pictures, check_landmarks, moved_landmarks
from stimgen.spaces.shape_path import Frame, ShapePath
from stimgen.spaces.sharp_sampling import SharpPicture

_SUM_OFF = 1e-9


@dataclass(frozen=True, kw_only=True)
class ShapeTexture:
    """One picture as two vectors.

    Args:
        shape: x and y of its landmarks in the common picture, point by point, shape (2 * n_points,), px.
        texture: Its linear light, warped to the mean shape, shape (height_px * width_px * n_channels,).
        n_folds: Triangles that turned over on the way to the mean shape.
    """

    shape: FloatArray
    texture: FloatArray
    n_folds: int = 0


@dataclass(frozen=True, kw_only=True)
class MeanShape:
    """The common picture of several: their alignment, and the shape that all textures are warped to.

    Args:
        frame: How each picture lies in the common one.
        points: The mean landmarks, in the common picture.
        n_channels: 1 for grey, 3 for colour.
        transfer: How values become light.
        bit_depth: Bits of a channel, the least of all pictures.
        weights: Of each picture in the mean, their sum 1.

    Examples:
        >>> light = np.random.default_rng(0).random((16, 16, 1))
        >>> corners = np.array([[4.0, 4.0], [11.0, 4.0], [11.0, 11.0]])
        >>> first = Picture(pixels=light, points=Landmarks(xy=corners))
        >>> last = Picture(pixels=light, points=Landmarks(xy=corners + [1.0, 0.0]))
        >>> mean = MeanShape.of([first, last], settings=PointsSettings(align="none"))
        >>> vectors = mean.encode(first, 0)
        >>> vectors.shape.tolist(), vectors.texture.shape
        ([4.0, 4.0, 11.0, 4.0, 11.0, 11.0], (256,))
        >>> mean.decode(vectors).pixels.shape
        (16, 16, 1)
    """

    frame: AlignedFrame
    points: Landmarks
    n_channels: int
    transfer: TransferName
    bit_depth: BitDepth
    weights: tuple[float, ...]

    @classmethod
    def of(
        cls,
        pictures: Sequence[Picture],
        *,
        weights: Sequence[float] | None = None,
        settings: PointsSettings | None = None,
    ) -> "MeanShape":
        """Align pictures and average their landmarks.

        Args:
            pictures: One or more, of one size, mode and transfer function, with the same landmarks; gone through once,
                one at a time.
            weights: Of each, their sum 1; None weights all alike.
            settings: How to align.

        Raises:
            SettingError: If there are no pictures, weights do not fit, or pictures differ in size, mode or transfer.
            PictureError: If landmarks are missing, differ in number, lie on one line or far outside.
        """
        chosen = settings or PointsSettings()
        if len(pictures) == 0:
            raise SettingError("an average needs at least one picture, got none")
        share = _checked_weights(weights, len(pictures))
        first, marks, bit_depths = pictures[0], [], []
        for picture in pictures:
            check_alike((first, picture))
            marks.append(check_landmarks(picture))
            bit_depths.append(picture.bit_depth)
        frame = align_pictures(
            marks,
            width_px=first.width_px,
            height_px=first.height_px,
            align=chosen.align,
            outside=chosen.outside,
        )
        mean = np.einsum("k,kij->ij", np.array(share), np.array(frame.shapes))
        return cls(
            frame=frame,
            points=moved_landmarks(marks[0], mean),
            n_channels=first.n_channels,
            transfer=first.transfer,
            bit_depth=min(bit_depths),
            weights=share,
        )

    def encode(self, picture: Picture, index: int) -> ShapeTexture:
        """Return one of the pictures that the mean was made of as shape and texture.

        Args:
            picture: The picture.
            index: Which of them it is.

        Raises:
            SettingError: If there is no such picture.
            PictureError: If its landmarks are not those of then.
        """
        if not 0 <= index < len(self.frame.shapes):
            raise SettingError(
                f"there is no picture {index} among {len(self.frame.shapes)}; they count from 0"
            )
        similarity, shape = self.frame.similarities[index], self.frame.shapes[index]
        marks = check_landmarks(picture).xy
        if marks.shape != shape.shape or not np.allclose(similarity.apply(marks), shape, rtol=0.0, atol=1e-6):
            raise PictureError(
                f"{picture.name} is not picture {index} of this mean, its landmarks differ; encode in the same order"
            )
        path = self._path(shape)
        texture = self._sampled(picture, path, similarity, position=0.0)
        return ShapeTexture(shape=shape.ravel().copy(), texture=texture.ravel(), n_folds=path.n_turned(0.0))

    def n_folds(self, index: int) -> int:
        """Return how many triangles of one of the pictures turn over on the way to the mean shape."""
        return self._path(self.frame.shapes[index]).n_turned(0.0)

    def decode(self, vectors: ShapeTexture) -> PictureRendering:
        """Return the picture of a shape and a texture; the inverse of `encode`, but for two readings between pixels.

        Raises:
            ShapeError: If a vector has the wrong length.
        """
        height_px, width_px = self.frame.height_px, self.frame.width_px
        lengths = (2 * self.points.n_points, height_px * width_px * self.n_channels)
        if (vectors.shape.size, vectors.texture.size) != lengths:
            raise ShapeError(
                f"shape and texture must have {lengths[0]} and {lengths[1]} values, got {vectors.shape.size} and "
                f"{vectors.texture.size}"
            )
        shape = vectors.shape.reshape(-1, 2)
        path = self._path(shape)
        texture = vectors.texture.reshape(height_px, width_px, self.n_channels)
        places = path.pixels(1.0, width_px=width_px, height_px=height_px).at(0.0)
        light = SharpPicture.through(texture).at(places).reshape(texture.shape)
        rendering = encoded(light, transfer=self.transfer, bit_depth=self.bit_depth)
        return replace(rendering, points=moved_landmarks(self.points, shape), n_folds=path.n_turned(1.0))

    def facts(self) -> dict[str, Any]:
        """Return the alignment and the weights as plain JSON values."""
        return {
            "alignment": self.frame.facts(),
            "weights": list(self.weights),
            "n_points": self.points.n_points,
        }

    def _path(self, shape: FloatArray) -> ShapePath:
        outline = Frame.around(self.frame.width_px, self.frame.height_px, self.points.xy, shape)
        return ShapePath.between(self.points.xy, shape, frame=outline)

    def _sampled(
        self, picture: Picture, path: ShapePath, similarity: Similarity, *, position: float
    ) -> FloatArray:
        places = path.pixels(position, width_px=self.frame.width_px, height_px=self.frame.height_px)
        return SharpPicture.through(picture.light).at(places.at(1.0, then=similarity.undo_map))


def average_pictures(
    pictures: Sequence[Picture],
    *,
    weights: Sequence[float] | None = None,
    settings: PointsSettings | None = None,
) -> PictureRendering:
    """Average pictures with landmarks: shapes, and linear light warped to the mean shape.

    Args:
        pictures: Of one size, mode and transfer function, with the same landmarks in the same order. They are gone
            through twice, one at a time, so that a sequence that reads its items on demand keeps memory small.
        weights: Of each; may be negative, their sum must be 1. None weights all alike.
        settings: How to align.

    Returns:
        The average with its landmarks; `n_folds` sums over all pictures.

    Raises:
        SettingError: If there are no pictures, weights do not fit, or pictures differ in size, mode or transfer.
        PictureError: If landmarks are missing, differ in number, lie on one line or far outside.

    References:
        Rowland & Perrett 1995, IEEE Computer Graphics and Applications 15(5), 70-76.

    Examples:
        >>> light = np.random.default_rng(0).random((16, 16, 1))
        >>> corners = np.array([[4.0, 4.0], [11.0, 4.0], [11.0, 11.0]])
        >>> picture = Picture(pixels=light, points=Landmarks(xy=corners))
        >>> bool(np.allclose(average_pictures([picture, picture]).pixels, light))
        True
    """
    mean = MeanShape.of(pictures, weights=weights, settings=settings)
    light = np.zeros(mean.frame.height_px * mean.frame.width_px * mean.n_channels)
    n_folds = 0
    for index, (picture, weight) in enumerate(zip(pictures, mean.weights, strict=True)):
        if weight == 0.0:
            continue
        vectors = mean.encode(picture, index)
        light += weight * vectors.texture
        n_folds += vectors.n_folds
    rendering = encoded(
        light.reshape(mean.frame.height_px, mean.frame.width_px, mean.n_channels),
        transfer=mean.transfer,
        bit_depth=mean.bit_depth,
    )
    return replace(rendering, points=mean.points, n_folds=n_folds)


@dataclass(frozen=True, kw_only=True)
class Caricatures:
    """A picture exaggerated away from an average, or brought nearer to it.

    Args:
        between: The way from the average (0) to the picture (1).
    """

    between: PointsBetween = field(repr=False)

    @classmethod
    def of(
        cls, picture: Picture, average: Picture, *, settings: PointsSettings | None = None
    ) -> "Caricatures":
        """Return the caricatures of a picture.

        Args:
            picture: With landmarks, or read from a file that has them beside it.
            average: Of the same size, with the same landmarks, for example from `average_pictures`.
            settings: How to align the two.

        Raises:
            SettingError: If the pictures do not go together.
            PictureError: If landmarks cannot serve.
            ReadError: If a file of landmarks beside a picture cannot be read.
        """
        space = PointsSpace(chosen=settings or PointsSettings())
        average, picture = (with_landmarks_beside(one) for one in (average, picture))
        return cls(between=space.between(average, picture, seed=0))

    def __call__(self, amount: float, *, texture: float = 1.0) -> PictureRendering:
        """Render one.

        Args:
            amount: Of the difference in shape: 0 is the average, 1 the picture, 1.5 is exaggerated by half, negative
                is the opposite of the picture.
            texture: Of the difference in light, the same way; 1 leaves the picture's own.
        """
        return self.between.blend(shape=amount, texture=texture)


def shares(weights: Sequence[float]) -> tuple[float, ...]:
    """Return weights divided by their sum.

    Raises:
        SettingError: If they sum to nearly nothing.

    Examples:
        >>> shares([1.0, 3.0])
        (0.25, 0.75)
    """
    total = float(np.sum(weights))
    if not np.isfinite(total) or abs(total) < 1e-6 * float(np.abs(weights).sum()) or total == 0.0:
        raise SettingError(
            f"weights that sum to {total:g} cannot be brought to a sum of 1; change one of them"
        )
    return tuple(float(weight) / total for weight in weights)


def _checked_weights(weights: Sequence[float] | None, n_pictures: int) -> tuple[float, ...]:
    if weights is None:
        return (1.0 / n_pictures,) * n_pictures
    if len(weights) != n_pictures:
        raise SettingError(f"{n_pictures} pictures need as many weights, got {len(weights)}")
    total = float(np.sum(weights))
    if not abs(total - 1.0) <= _SUM_OFF:
        raise SettingError(f"weights must sum to 1, got {total:g}; divide them by their sum with `shares`")
    return tuple(float(weight) for weight in weights)
