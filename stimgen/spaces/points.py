"""Pictures with landmarks: shapes move in straight lines, textures are warped onto them and blended in linear light."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stimgen.errors import PictureError, SettingError
from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TransferName, to_encoded
from stimgen.spaces.picture_base import PictureRendering
from stimgen.spaces.points_align import Align
from stimgen.spaces.points_frame import (
    OUTSIDES,
    AlignedFrame,
    Outside,
    align_pictures,
    check_landmarks,
    moved_landmarks,
)
from stimgen.spaces.shape_path import Frame, ShapePath
from stimgen.spaces.sharp_sampling import SharpPicture

_FARTHEST = 4.0


@dataclass(frozen=True, kw_only=True)
class PointsSettings:
    """How pictures with landmarks are brought together.

    Args:
        align: "procrustes" moves, turns and scales each picture so that the squared distances between landmarks are
            least (Gower 1975); ("points", i, j) so that two points, by index or name, come to lie on their means;
            "none" leaves pictures where they are.
        outside: Where aligned pictures do not reach the same edges: "crop" keeps the rectangle that all cover, so that
            no pixel is invented; "edge" keeps the size and repeats the nearest edge pixel.

    Raises:
        SettingError: If a setting is unknown.
    """

    align: Align = "procrustes"
    outside: Outside = "crop"

    def __post_init__(self) -> None:
        is_pair = isinstance(self.align, tuple) and len(self.align) == 3 and self.align[0] == "points"
        if not is_pair and self.align not in ("none", "procrustes"):
            raise SettingError(
                f"alignment {self.align!r} is unknown; allowed are 'none', 'procrustes' and ('points', i, j)"
            )
        if is_pair and self.align[1] == self.align[2]:
            raise SettingError(f"alignment needs two different points, got {self.align[1]!r} twice")
        if self.outside not in OUTSIDES:
            raise SettingError(f"outside {self.outside!r} is unknown; allowed are {', '.join(OUTSIDES)}")


@dataclass(frozen=True, kw_only=True)
class PointsSpace:
    """The space of pictures with landmarks.

    Args:
        chosen: The settings.

    References:
        Benson & Perrett 1991, European Journal of Cognitive Psychology 3(1), 105-135 (warping and blending faces).

    Examples:
        >>> ramp = np.linspace(0.2, 0.8, 32)[None, :, None] * np.ones((32, 1, 1))
        >>> square = np.array([[8.0, 8.0], [24.0, 8.0], [24.0, 24.0], [8.0, 24.0]])
        >>> a = Picture(pixels=ramp, points=Landmarks(xy=square))
        >>> b = Picture(pixels=ramp[:, ::-1], points=Landmarks(xy=square + [2.0, 0.0]))
        >>> space = PointsSpace(chosen=PointsSettings(align="none"))
        >>> space.between(a, b, seed=0)(0.5).points.xy[0].tolist()
        [9.0, 8.0]
    """

    chosen: PointsSettings = field(default_factory=PointsSettings)

    name = "points"

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        align = self.chosen.align
        return {
            "align": align if isinstance(align, str) else f"{align[1]}:{align[2]}",
            "outside": self.chosen.outside,
            "motion": "straight lines of landmarks",
            "warp": "piecewise affine, triangles that keep their orientation",
            "sampling": "cubic spline, linear light",
            "blend": "linear light",
        }

    def between(self, a: Picture, b: Picture, *, seed: int) -> "PointsBetween":
        """Return the way between two pictures of one size, mode and transfer function.

        Args:
            a: The picture at position 0.
            b: The picture at position 1, with the same landmarks in the same order.
            seed: Not used: nothing is drawn.

        Raises:
            SettingError: If sizes, modes or transfer functions differ, or an alignment point does not exist.
            PictureError: If landmarks are missing, differ in number, lie on one line or far outside.
        """
        check_alike((a, b))
        frame = align_pictures(
            [check_landmarks(a), check_landmarks(b)],
            width_px=a.width_px,
            height_px=a.height_px,
            align=self.chosen.align,
            outside=self.chosen.outside,
        )
        outline = Frame.around(frame.width_px, frame.height_px, *frame.shapes)
        path = ShapePath.between(frame.shapes[0], frame.shapes[1], frame=outline)
        return PointsBetween(
            a=a,
            b=b,
            frame=frame,
            outline=outline,
            path=path,
            sharp=(SharpPicture.through(a.light), SharpPicture.through(b.light)),
        )


@dataclass(frozen=True, kw_only=True)
class PointsBetween:
    """The way between two pictures with landmarks.

    Args:
        a: The picture at position 0, as it went in.
        b: The picture at position 1.
        frame: How they lie in the common picture.
        outline: The rectangle whose outline does not move.
        path: How places move between them.
        sharp: Both in linear light, ready to be read between pixels.
    """

    a: Picture
    b: Picture
    frame: AlignedFrame
    outline: Frame
    path: ShapePath
    sharp: tuple[SharpPicture, SharpPicture]

    @property
    def ends(self) -> tuple[Picture, Picture]:
        """The aligned pictures: what positions 0 and 1 give."""
        first, last = (
            replace(picture, pixels=rendering.pixels, points=rendering.points)
            for picture, rendering in ((self.a, self(0.0)), (self.b, self(1.0)))
        )
        return first, last

    @property
    def facts(self) -> Mapping[str, Any]:
        """The alignment, the triangles and their folds, as plain JSON values."""
        meshes = self.path.meshes
        return {
            "alignment": self.frame.facts(),
            "n_points": int(self.frame.shapes[0].shape[0]),
            "n_stretches": len(meshes),
            "n_triangles": len(meshes[0].triangles),
            "n_folds": self.path.n_turned(0.5),
            "landmarks_moved_px": self.path.moved_px,
            "still_outline_px": [
                self.outline.left_px,
                self.outline.top_px,
                self.outline.right_px,
                self.outline.bottom_px,
            ],
        }

    def __call__(self, position: float) -> PictureRendering:
        """Render one position; beyond 0 and 1 shape and texture are exaggerated alike."""
        return self.blend(shape=position, texture=position)

    def blend(self, *, shape: float, texture: float) -> PictureRendering:
        """Render the shape of one position with the texture of another.

        Args:
            shape: Where landmarks are: 0 is a, 1 is b.
            texture: How the light of both is weighted: 1 - texture and texture.

        Raises:
            SettingError: If a position is not a finite number or further than 4 beyond an end.
        """
        for what, position in (("shape", shape), ("texture", texture)):
            if not (math.isfinite(position) and -_FARTHEST <= position <= 1.0 + _FARTHEST):
                raise SettingError(
                    f"position ({what}) must lie within {-_FARTHEST:g} to {1.0 + _FARTHEST:g}, got {position:g}; "
                    f"0 is a and 1 is b"
                )
        points = moved_landmarks(
            check_landmarks(self.a), (1.0 - shape) * self.frame.shapes[0] + shape * self.frame.shapes[1]
        )
        for end, picture in enumerate((self.a, self.b)):
            if shape == texture == end and self.frame.similarities[end].keeps_pixels:
                return self._cut(picture, end, points)
        light = self._light(shape, texture)
        rendering = encoded(
            light, transfer=self.a.transfer, bit_depth=min(self.a.bit_depth, self.b.bit_depth)
        )
        return replace(rendering, points=points, n_folds=self.path.n_turned(shape))

    def _light(self, shape: float, texture: float) -> FloatArray:
        """Return the blended light, shape (height_px, width_px, n_channels)."""
        width_px, height_px = self.frame.width_px, self.frame.height_px
        places = self.path.pixels(shape, width_px=width_px, height_px=height_px)
        light = np.zeros((width_px * height_px, self.a.n_channels))
        for end, weight in ((0, 1.0 - texture), (1, texture)):
            if weight != 0.0:
                source = places.at(float(end), then=self.frame.similarities[end].undo_map)
                light += weight * self.sharp[end].at(source)
        return light.reshape(height_px, width_px, -1)

    def _cut(self, picture: Picture, end: int, points: Landmarks) -> PictureRendering:
        """Return the pixels of an end themselves, where alignment moved it by whole pixels only."""
        one, width_px, height_px = self.frame.similarities[end], self.frame.width_px, self.frame.height_px
        rows = np.clip(np.arange(height_px) - round(one.shift_y_px), 0, picture.height_px - 1)
        columns = np.clip(np.arange(width_px) - round(one.shift_x_px), 0, picture.width_px - 1)
        return PictureRendering(
            pixels=picture.pixels[rows[:, None], columns],
            points=points,
            end_source="original",
            n_folds=self.path.n_turned(float(end)),
        )


def encoded(light: FloatArray, *, transfer: TransferName, bit_depth: int) -> PictureRendering:
    """Return light as the values that files hold, held to 0 to 1, with how many had to be.

    Args:
        light: Linear light, shape (height_px, width_px, n_channels).
        transfer: How values become light.
        bit_depth: Values outside by more than half of its step count as clipped.
    """
    pixels = to_encoded(light, transfer)
    half_step = 0.5 / (2**bit_depth - 1)
    n_clipped = int(np.count_nonzero((pixels < -half_step) | (pixels > 1.0 + half_step)))
    return PictureRendering(pixels=np.clip(pixels, 0.0, 1.0), n_clipped=n_clipped)


def check_alike(pictures: tuple[Picture, ...]) -> None:
    """Refuse pictures that differ in size, mode, transfer function, number or names of landmarks.

    Raises:
        SettingError: If sizes, modes or transfer functions differ.
        PictureError: If numbers or names of landmarks differ.
    """
    first = pictures[0]
    for other in pictures[1:]:
        for what, one, two, remedy in (
            ("size", _size(first), _size(other), "bring them to one size, for example by --size or --crop"),
            ("mode", first.mode, other.mode, "convert one of them"),
            ("transfer function", first.transfer, other.transfer, "name one for both"),
        ):
            if one != two:
                raise SettingError(
                    f"pictures need one {what}, got {one} ({first.name}) and {two} ({other.name}); {remedy}"
                )
        if first.points and other.points and first.points.n_points != other.points.n_points:
            raise PictureError(
                f"{first.name} has {first.points.n_points} landmarks and {other.name} has {other.points.n_points}; "
                f"both need the same points in the same order; give landmark files of one scheme"
            )
        names = (first.points.names, other.points.names) if first.points and other.points else ((), ())
        if all(names) and names[0] != names[1]:
            one, two = next(pair for pair in zip(*names, strict=True) if pair[0] != pair[1])
            raise PictureError(
                f"{first.name} and {other.name} name their landmarks differently, first {one!r} and {two!r}; bring "
                "both files into one order"
            )


def _size(picture: Picture) -> str:
    return f"{picture.width_px} x {picture.height_px}"
