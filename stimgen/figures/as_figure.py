"""Pictures as matplotlib figures: for PDF and SVG files, and for those who want to draw on."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from stimgen.figures.fonts import font
from stimgen.figures.picture import Box, Cells, Line, Marks, Photo, Picture, Words, outline_of
from stimgen.figures.style import DPI, WHITE, level_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HOLLOW_EDGE_PT = 0.8


def as_figure(picture: Picture) -> "Figure":
    """Return a picture as a figure with one pair of axes in inches; it belongs to no window and no pyplot state.

    Args:
        picture: What to draw.

    Returns:
        A figure of the picture's size; text stays text, lines stay lines.
    """
    with _quiet_matplotlib():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

    figure = Figure(figsize=(picture.width_in, picture.height_in), dpi=DPI, facecolor=WHITE)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    for order, item in enumerate(picture.items):
        match item:
            case Words():
                _add_words(axes, item, order)
            case Box():
                _add_box(axes, item, order)
            case Cells():
                _add_cells(axes, item, order)
            case Line():
                _add_line(axes, item, order)
            case Marks():
                _add_marks(axes, item, order)
            case Photo():
                _add_photo(axes, item, order)
    axes.set_xlim(0.0, picture.width_in)
    axes.set_ylim(picture.height_in, 0.0)
    axes.set_aspect("auto")
    return figure


@contextmanager
def _quiet_matplotlib() -> Iterator[None]:
    """Let matplotlib load without the user's choice of window system and without words about its cache folder."""
    logger = logging.getLogger("matplotlib")
    level, backend = logger.level, os.environ.pop("MPLBACKEND", None)
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
        if backend is not None:
            os.environ["MPLBACKEND"] = backend


def _add_words(axes: "Axes", words: Words, order: int) -> None:
    from matplotlib.font_manager import FontProperties

    align = {"left": "left", "middle": "center", "right": "right"}[words.anchor]
    axes.text(
        words.at_in,
        words.baseline_in,
        words.text,
        color=words.color,
        fontproperties=FontProperties(
            fname=str(font(words.size_pt, bold=words.bold).path), size=words.size_pt
        ),
        ha=align,
        va="baseline",
        rotation=90.0 if words.turned else 0.0,
        rotation_mode="anchor",
        # Names may hold dollar signs.
        parse_math=False,
        usetex=False,
        zorder=order,
    )


def _add_box(axes: "Axes", box: Box, order: int) -> None:
    from matplotlib.patches import FancyBboxPatch

    style = f"round,pad=0,rounding_size={box.round_in}" if box.round_in > 0.0 else "square,pad=0"
    patch = FancyBboxPatch(
        (box.left_in, box.top_in),
        box.width_in,
        box.height_in,
        boxstyle=style,
        facecolor=box.color,
        edgecolor="none",
        zorder=order,
    )
    axes.add_patch(patch)


def _add_cells(axes: "Axes", cells: Cells, order: int) -> None:
    right_in, bottom_in = cells.left_in + cells.width_in, cells.top_in + cells.height_in
    axes.imshow(
        level_colors()[cells.shades],
        extent=(cells.left_in, right_in, bottom_in, cells.top_in),
        interpolation="bilinear",
        origin="upper",
        zorder=order,
    )


def _add_photo(axes: "Axes", photo: Photo, order: int) -> None:
    left, top = photo.left_in, photo.top_in
    extent = (left, left + photo.width_in, top + photo.height_in, top)
    axes.imshow(photo.rgb, extent=extent, interpolation="antialiased", zorder=order)


def _add_line(axes: "Axes", line: Line, order: int) -> None:
    axes.plot(
        line.x_in,
        line.y_in,
        color=line.color,
        linewidth=line.width_pt,
        linestyle=(0, (4, 3)) if line.dashed else "solid",
        alpha=line.opacity,
        label=line.name or "_",
        solid_capstyle="butt",
        marker="none",
        zorder=order,
    )


def _add_marks(axes: "Axes", marks: Marks, order: int) -> None:
    shown = np.isfinite(marks.x_in) & np.isfinite(marks.y_in)
    # matplotlib scales an outline to its farthest coordinate, and draws its edge half outside.
    outline = outline_of(marks.shape) * [1.0, -1.0]
    edge_pt = _HOLLOW_EDGE_PT if marks.hollow else 0.0
    axes.plot(
        marks.x_in[shown],
        marks.y_in[shown],
        linestyle="none",
        marker=[*map(tuple, outline), tuple(outline[0])],
        markersize=marks.size_pt * float(np.abs(outline).max()) - edge_pt,
        markerfacecolor=WHITE if marks.hollow else marks.color,
        markeredgecolor=marks.color,
        markeredgewidth=edge_pt,
        label=marks.name or "_",
        zorder=order,
    )
