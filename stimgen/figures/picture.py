"""A picture as a list of what is on it, in inches from its top left corner, before anything is drawn.

matplotlib would take longer to load than a sheet takes to draw here, so pictures are painted by `raster`, and
handed to matplotlib only when somebody asks for its figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from stimgen.figures import style
from stimgen.media.sound import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Anchor = Literal["left", "middle", "right"]
Shape = Literal["circle", "triangle", "diamond"]
Shades = npt.NDArray[np.uint8]

# Half the height of a digit, in sizes of the letters.
_HALF_DIGIT = 0.36


@dataclass(frozen=True, kw_only=True)
class Words:
    """A line of text.

    Args:
        at_in: Where its anchor lies from the left, inches.
        baseline_in: Where its letters stand (its right edge, if turned), inches from the top.
        text: The text.
        size_pt: Size of the letters, points.
        bold: Whether they are bold.
        color: Such as "#222222".
        anchor: Which part of the text is at `at_in` (turned: at `baseline_in`).
        turned: Whether it reads upwards.
    """

    at_in: float
    baseline_in: float
    text: str
    size_pt: float
    bold: bool
    color: str
    anchor: Anchor
    turned: bool


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle of one colour; edges and sizes in inches, `round_in` is the radius of its corners."""

    left_in: float
    top_in: float
    width_in: float
    height_in: float
    color: str
    round_in: float


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Levels as colours.

    Args:
        left_in: Left edge, inches.
        top_in: Top edge, inches.
        width_in: Width, inches.
        height_in: Height, inches.
        shades: Shape (n_rows, n_columns), rows from the top: 0 is the quietest colour, 255 the loudest.
    """

    left_in: float
    top_in: float
    width_in: float
    height_in: float
    shades: Shades = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line through points, broken where one of them is NaN.

    Args:
        x_in: Shape (n_points,), inches from the left.
        y_in: Shape (n_points,), inches from the top.
        color: Such as "#222222".
        width_pt: Width, points.
        opacity: 1 hides what lies below.
        dashed: Whether it is dashed.
        name: What it shows, for those who look for it.
    """

    x_in: FloatArray = field(repr=False)
    y_in: FloatArray = field(repr=False)
    color: str
    width_pt: float
    opacity: float
    dashed: bool
    name: str


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Marks at points, none where a coordinate is not finite.

    Args:
        x_in: Shape (n_points,), inches from the left.
        y_in: Shape (n_points,), inches from the top.
        shape: "circle", "triangle" or "diamond".
        color: Such as "#222222".
        size_pt: Diameter, points.
        hollow: Whether only the outline is coloured.
        name: What they show, for those who look for them.
    """

    x_in: FloatArray = field(repr=False)
    y_in: FloatArray = field(repr=False)
    shape: Shape
    color: str
    size_pt: float
    hollow: bool
    name: str


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A picture within the picture.

    Args:
        left_in: Left edge, inches.
        top_in: Top edge, inches.
        width_in: Width, inches.
        height_in: Height, inches.
        rgb: Red, green and blue, shape (n_rows, n_columns, 3), 0 to 255.
    """

    left_in: float
    top_in: float
    width_in: float
    height_in: float
    rgb: Shades = field(repr=False)


Item = Words | Box | Cells | Line | Marks | Photo


@dataclass
class Picture:
    """A picture that grows item by item, later ones over earlier ones.

    Args:
        width_in: Width, inches.
        height_in: Height, inches.
    """

    width_in: float
    height_in: float
    items: list[Item] = field(default_factory=list, repr=False)

    @property
    def width_px(self) -> int:
        """Width of the painted picture, pixels."""
        return round(self.width_in * style.DPI)

    @property
    def height_px(self) -> int:
        """Height of the painted picture, pixels."""
        return round(self.height_in * style.DPI)

    def write(
        self,
        at_in: float,
        baseline_in: float,
        text: str,
        *,
        size_pt: float = style.TEXT_PT,
        bold: bool = False,
        color: str = style.INK,
        anchor: Anchor = "left",
        turned: bool = False,
        centred: bool = False,
    ) -> None:
        """Write a line of text; `centred` puts the middle of its digits, not their feet, at the height."""
        if centred and turned:
            at_in += _HALF_DIGIT * size_pt / 72
        elif centred:
            baseline_in += _HALF_DIGIT * size_pt / 72
        words = Words(
            at_in=at_in,
            baseline_in=baseline_in,
            text=text,
            size_pt=size_pt,
            bold=bold,
            color=color,
            anchor=anchor,
            turned=turned,
        )
        self.items.append(words)

    def box(
        self,
        left_in: float,
        top_in: float,
        *,
        width_in: float,
        height_in: float,
        color: str,
        round_in: float = 0.0,
    ) -> None:
        """Fill a rectangle."""
        box = Box(
            left_in=left_in,
            top_in=top_in,
            width_in=width_in,
            height_in=height_in,
            color=color,
            round_in=round_in,
        )
        self.items.append(box)

    def line(
        self,
        x_in: Sequence[float] | FloatArray,
        y_in: Sequence[float] | FloatArray,
        *,
        color: str,
        width_pt: float = 1.0,
        opacity: float = 1.0,
        dashed: bool = False,
        name: str = "",
    ) -> None:
        """Draw a line through points."""
        line = Line(
            x_in=np.asarray(x_in, dtype=np.float64),
            y_in=np.asarray(y_in, dtype=np.float64),
            color=color,
            width_pt=width_pt,
            opacity=opacity,
            dashed=dashed,
            name=name,
        )
        self.items.append(line)

    def marks(
        self,
        x_in: Sequence[float] | FloatArray,
        y_in: Sequence[float] | FloatArray,
        *,
        shape: Shape,
        color: str,
        size_pt: float,
        hollow: bool = False,
        name: str = "",
    ) -> None:
        """Put marks at points."""
        marks = Marks(
            x_in=np.asarray(x_in, dtype=np.float64),
            y_in=np.asarray(y_in, dtype=np.float64),
            shape=shape,
            color=color,
            size_pt=size_pt,
            hollow=hollow,
            name=name,
        )
        self.items.append(marks)

    def cells(
        self, left_in: float, top_in: float, *, width_in: float, height_in: float, shades: Shades
    ) -> None:
        """Draw levels as colours, `shades` as in `Cells`."""
        self.items.append(
            Cells(left_in=left_in, top_in=top_in, width_in=width_in, height_in=height_in, shades=shades)
        )

    def photo(self, left_in: float, top_in: float, *, width_in: float, height_in: float, rgb: Shades) -> None:
        """Show a picture, `rgb` as in `Photo`."""
        self.items.append(
            Photo(left_in=left_in, top_in=top_in, width_in=width_in, height_in=height_in, rgb=rgb)
        )

    def png_bytes(self) -> bytes:
        """Return the picture as a PNG file of 144 dots per inch; the same picture gives the same bytes."""
        from stimgen.figures.raster import paint, png_file

        return png_file(paint(self))

    def save(self, path: str | Path) -> Path:
        """Write the picture as a PNG file and return its path."""
        Path(path).write_bytes(self.png_bytes())
        return Path(path)

    def figure(self) -> "Figure":
        """Return the picture as a matplotlib figure, for other formats (PDF, SVG) and further drawing."""
        from stimgen.figures.as_figure import as_figure

        return as_figure(self)

    def _repr_png_(self) -> bytes:
        """Show the picture in a notebook."""
        return self.png_bytes()


def outline_of(shape: Shape) -> FloatArray:
    """Return the corners of a mark around its middle, shape (n_corners, 2), radius near 1, y downwards."""
    n_corners, turn = {"circle": (24, 0.0), "triangle": (3, -0.25), "diamond": (4, 0.0)}[shape]
    angles = 2 * np.pi * (np.arange(n_corners) / n_corners + turn)
    size = 1.0 if shape == "circle" else 1.2
    return size * np.stack([np.cos(angles), np.sin(angles)], axis=1)
