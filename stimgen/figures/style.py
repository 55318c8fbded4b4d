"""How stimgen's pictures look, whatever the user's matplotlib is set to, and text that fits its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

INK = "#222222"
FAINT = "#6b6b6b"
EMPTY = "#ececec"
# Two colours of Okabe and Ito (2008, "Color Universal Design"), which the colour-blind can tell apart.
SIDE_A = "#0072b2"
SIDE_B = "#d55e00"
BAR = "#5d7a94"
F0 = "#5fe3ff"
# Lightness rises steadily, so the map also reads in grey and for the colour-blind. Half of its 256 colours
# make the file a fifth smaller, and no steps show.
LEVELS = matplotlib.colormaps["magma"].resampled(128)

TITLE_PT, HEADING_PT, TEXT_PT, TICK_PT = 16.0, 10.5, 9.0, 8.0

# Letters are measured far finer than they are drawn, so that rounding to pixels does not add up.
_FINE_DPI = 720.0

_UNTOUCHED = frozenset({"backend", "backend_fallback", "interactive", "toolbar"})
_OWN: dict[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TEXT_PT,
    # Names may hold dollar signs.
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT_PT,
    "axes.linewidth": 0.8,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": TICK_PT,
    "ytick.labelsize": TICK_PT,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


@contextmanager
def sheet_style() -> Iterator[None]:
    """Draw with matplotlib's shipped defaults and stimgen's own settings; the user's come back afterwards."""
    with matplotlib.rc_context():
        # matplotlib types the names of its settings one by one; these are its own.
        settings: dict[Any, Any] = {
            key: value for key, value in matplotlib.rcParamsDefault.items() if key not in _UNTOUCHED
        }
        matplotlib.rcParams.update(settings | _OWN)
        yield


def fitted(text: str, *, width_in: float, size_pt: float, bold: bool = False) -> str:
    """Return a text that is no wider than its place, with an ellipsis in its middle if it had to be cut.

    The beginning and the end of a name stay, as names of one corpus often differ in their ends. Line breaks
    become blanks, and a box stands for what the font cannot draw.

    Args:
        text: Any text.
        width_in: Width of the place, inches.
        size_pt: Size of the letters, points.
        bold: Whether it will be bold.
    """
    clean = _drawable(" ".join(text.split()), bold=bold)
    if text_width_in(clean, size_pt=size_pt, bold=bold) <= width_in:
        return clean
    fewest, most = 0, len(clean)
    while most - fewest > 1:
        middle = (fewest + most) // 2
        if text_width_in(_cut(clean, middle), size_pt=size_pt, bold=bold) <= width_in:
            fewest = middle
        else:
            most = middle
    return _cut(clean, fewest)


def wrapped(text: str, *, width_in: float, size_pt: float) -> list[str]:
    """Break a text between words into lines no wider than their place; a word that is too wide is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_in(_drawable(longer, bold=False), size_pt=size_pt) <= width_in:
            lines[-1] = _drawable(longer, bold=False)
        else:
            lines.append(fitted(word, width_in=width_in, size_pt=size_pt))
    return lines


def text_width_in(text: str, *, size_pt: float, bold: bool = False) -> float:
    """Return the width of a line of text, inches."""
    font = _font(bold=bold)
    font.set_size(size_pt, _FINE_DPI)
    font.set_text(text)
    return float(font.get_width_height()[0] / 64.0 / _FINE_DPI)


def put(
    figure: Figure, left_in: float, top_in: float, text: str, *, size_pt: float = TEXT_PT, **look: Any
) -> None:
    """Write a line of text on the figure, placed in inches from its top left corner."""
    width_in, height_in = figure.get_size_inches()
    figure.text(left_in / width_in, 1.0 - top_in / height_in, text, fontsize=size_pt, **look)


def _cut(text: str, n_kept: int) -> str:
    n_front = (n_kept + 1) // 2
    n_back = n_kept - n_front
    return text[:n_front].rstrip() + "…" + text[len(text) - n_back :].lstrip()


def _drawable(text: str, *, bold: bool) -> str:
    font = _font(bold=bold)
    return "".join(letter if font.get_char_index(ord(letter)) else "\N{WHITE SQUARE}" for letter in text)


@cache
def _font(*, bold: bool) -> FT2Font:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FT2Font(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name))
