"""Pictures of shapes on plain paper, whose true intermediates are known."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TransferName, to_encoded
from stimgen.synth.lines import lines
from stimgen.synth.shapes import AnyShape

_N_SUB = 8
# beyond this distance from the outline a pixel is covered wholly or not at all, px; its half diagonal is 0.71
_EDGE_PX = 1.5


@dataclass(frozen=True, kw_only=True)
class ShapePicture:
    """Shapes of one ink on plain paper; where they overlap there is ink once.

    Args:
        width_px: Columns.
        height_px: Rows.
        shapes: What is drawn.
        ink: Light of the shapes relative to white, one value (grey) or three (red, green, blue), 0 to 1.
        paper: Light of everything else, likewise.

    Raises:
        SettingError: If ink and paper are not both grey or both of three channels.

    Examples:
        >>> from stimgen.synth.shapes import Disc
        >>> disc = Disc(x_px=15.5, y_px=15.5, radius_px=8.0)
        >>> drawn = ShapePicture(width_px=32, height_px=32, shapes=(disc,))
        >>> round(float((1.0 - drawn.picture().light).sum()) / (np.pi * 64), 2)
        1.00
    """

    width_px: int
    height_px: int
    shapes: tuple[AnyShape, ...]
    ink: tuple[float, ...] = (0.0,)
    paper: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if len(self.ink) != len(self.paper) or len(self.ink) not in (1, 3):
            raise SettingError(
                f"ink and paper are both one grey or both red, green and blue, got {self.ink} and {self.paper}"
            )

    def toward(self, other: "ShapePicture", position: float) -> "ShapePicture":
        """Return the true intermediate: shapes in their order move, ink and paper go in straight lines of light.

        Raises:
            SettingError: If sizes, numbers or kinds of shapes differ.
        """
        kinds_a, kinds_b = ([type(shape).__name__ for shape in one.shapes] for one in (self, other))
        if kinds_a != kinds_b or (self.width_px, self.height_px) != (other.width_px, other.height_px):
            raise SettingError(
                f"nothing is known between {kinds_a} on {self.width_px} x {self.height_px} px and {kinds_b} on "
                f"{other.width_px} x {other.height_px} px; give the same shapes in the same order and one size"
            )
        moved = zip(self.shapes, other.shapes, strict=True)
        return ShapePicture(
            width_px=self.width_px,
            height_px=self.height_px,
            # the kinds are equal, which a checker of types cannot see
            shapes=tuple(a.toward(b, position) for a, b in moved),  # type: ignore[arg-type]
            ink=lines(self.ink, other.ink, position),
            paper=lines(self.paper, other.paper, position),
        )

    def coverage(self) -> FloatArray:
        """Return the share of each pixel that is inked, shape (height_px, width_px), from 8 x 8 places at outlines."""
        y_px, x_px = np.mgrid[: self.height_px, : self.width_px].astype(np.float64)
        away = self._distance_px(x_px, y_px)
        covered = (away < 0.0).astype(np.float64)
        rows, columns = np.nonzero(np.abs(away) < _EDGE_PX)
        step = (np.arange(_N_SUB) + 0.5) / _N_SUB - 0.5
        sub_x = columns[:, None, None] + step[None, None, :] + np.zeros((1, _N_SUB, 1))
        sub_y = rows[:, None, None] + step[None, :, None] + np.zeros((1, 1, _N_SUB))
        covered[rows, columns] = (self._distance_px(sub_x, sub_y) < 0.0).mean(axis=(1, 2))
        return covered

    def picture(self, *, transfer: TransferName = "srgb", name: str = "shapes") -> Picture:
        """Render the picture, not rounded; pixels that an outline crosses mix the light of ink and paper."""
        share = self.coverage()[..., None]
        light = share * np.array(self.ink) + (1.0 - share) * np.array(self.paper)
        return Picture(pixels=to_encoded(light, transfer), transfer=transfer, name=name)

    def _distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        nearest = np.full(x_px.shape, np.inf)
        for shape in self.shapes:
            nearest = np.minimum(nearest, shape.distance_px(x_px, y_px))
        return nearest


@dataclass(frozen=True, kw_only=True)
class KnownPicturePair:
    """Two pictures whose intermediates are known.

    Args:
        a: Parameters of one.
        b: Parameters of the other.
    """

    a: ShapePicture
    b: ShapePicture

    def at(self, position: float) -> ShapePicture:
        """Return the parameters of the truth at a position; exactly a at 0 and b at 1."""
        if position in (0.0, 1.0):
            return self.b if position else self.a
        return self.a.toward(self.b, position)

    def picture(self, position: float) -> Picture:
        """Render the truth at a position."""
        return self.at(position).picture()
