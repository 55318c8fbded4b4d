"""The contact sheet: what was made, at a glance.

Above, the steps as spectrograms on common axes; below, how the recordings were aligned, how far the steps are
apart, and their levels; at the foot, warnings. The picture has the shape of a slide.
"""

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stimgen.figures.content import SheetContent, SheetSide, SheetStep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SheetContent", "SheetSide", "SheetStep", "contact_sheet", "png_bytes"]


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


def contact_sheet(content: SheetContent) -> "Figure":
    """Draw a contact sheet.

    Args:
        content: What to show.

    Returns:
        A figure of 13.33 x 7.5 inches that belongs to no window and no pyplot state.
    """
    # matplotlib takes half a second to load, which only those who draw should pay.
    with _quiet_matplotlib():
        from stimgen.figures.sheet_layout import draw_sheet

    return draw_sheet(content)


def png_bytes(figure: "Figure") -> bytes:
    """Return a figure as a PNG file: the same figure gives the same bytes, no date or program is noted in it.

    Args:
        figure: As `contact_sheet` gives it.

    Returns:
        The file, 1920 x 1080 pixels for a contact sheet.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from stimgen.figures.style import sheet_style

    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    file = io.BytesIO()
    with sheet_style():
        # matplotlib leaves this method untyped.
        canvas.print_png(file, metadata={"Software": None}, pil_kwargs={"compress_level": 4})  # type: ignore[no-untyped-call]
    return file.getvalue()
