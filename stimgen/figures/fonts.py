"""The letters of stimgen's pictures: one font on every machine, and text that fits its place."""

import importlib.util
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

from stimgen.figures.style import DPI

# U+FFFF is no letter, so every font draws its sign for a missing one.
_NO_LETTER = "\uffff"
_BOX = "\N{WHITE SQUARE}"


@cache
def font(size_pt: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which comes with matplotlib, in a size for the resolution of the pictures.

    Args:
        size_pt: Size of the letters, points.
        bold: Whether they are bold.
    """
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    # The simple layout is the same in every build of Pillow; the other one needs a library that may be absent.
    return ImageFont.truetype(
        str(_font_folder() / name), round(size_pt / 72 * DPI), layout_engine=ImageFont.Layout.BASIC
    )


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
        longer = _drawable(f"{lines[-1]} {word}" if lines else word, bold=False)
        if lines and text_width_in(longer, size_pt=size_pt) <= width_in:
            lines[-1] = longer
        else:
            lines.append(fitted(word, width_in=width_in, size_pt=size_pt))
    return lines


def beginning(text: str, *, width_in: float, size_pt: float) -> str:
    """Return as many first words of a text as fit, with an ellipsis if some do not."""
    lines = wrapped(text, width_in=width_in, size_pt=size_pt)
    if len(lines) < 2:
        return "".join(lines)
    room_in = width_in - text_width_in(" …", size_pt=size_pt)
    return wrapped(text, width_in=room_in, size_pt=size_pt)[0] + " …"


@lru_cache(maxsize=4096)
def text_width_in(text: str, *, size_pt: float, bold: bool = False) -> float:
    """Return the width of a line of text, inches."""
    return float(font(size_pt, bold=bold).getlength(text)) / DPI


def _cut(text: str, n_kept: int) -> str:
    n_front = (n_kept + 1) // 2
    n_back = n_kept - n_front
    return text[:n_front].rstrip() + "…" + text[len(text) - n_back :].lstrip()


def _drawable(text: str, *, bold: bool) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if _has_letter(letter, bold=bold) else _BOX for letter in text)


@lru_cache(maxsize=4096)
def _has_letter(letter: str, *, bold: bool) -> bool:
    if not letter.isprintable():
        return False
    drawn, missing = (font(9.0, bold=bold).getmask(text) for text in (letter, _NO_LETTER))
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)


@cache
def _font_folder() -> Path:
    """Find matplotlib's fonts without loading it; distributions that keep them elsewhere are asked."""
    found = importlib.util.find_spec("matplotlib")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
        if (folder / "DejaVuSans.ttf").is_file():
            return folder
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
