"""Short warnings at the foot of a picture."""

from collections.abc import Sequence

from stimgen.figures import style
from stimgen.figures.fonts import text_width_in, wrapped
from stimgen.figures.picture import Picture
from stimgen.figures.ticks import with_minus_signs

SIGN = "\N{WARNING SIGN}"

_MOST_LINES = 3
_LINE_IN = 0.16
_MORE = " \u2026 (more in manifest.json)"


def write_notes(
    picture: Picture, notes: Sequence[str], *, left_in: float, top_in: float, width_in: float
) -> None:
    """Print as many lines of warnings as fit; the manifest has them all.

    Args:
        picture: Where to.
        notes: The warnings.
        left_in: Where lines begin, inches from the left.
        top_in: Where the first line stands, inches from the top.
        width_in: Width of a line, inches.
    """
    room_in = width_in - text_width_in(f"{SIGN} ", size_pt=style.TICK_PT)
    lines: list[str] = []
    for note in notes:
        first, *others = wrapped(with_minus_signs(note), width_in=room_in, size_pt=style.TICK_PT) or [""]
        lines += [f"{SIGN} {first}", *others]
    if len(lines) > _MOST_LINES:
        cut_in = room_in - text_width_in(_MORE, size_pt=style.TICK_PT)
        kept = wrapped(lines[_MOST_LINES - 1], width_in=cut_in, size_pt=style.TICK_PT)[0]
        lines = [*lines[: _MOST_LINES - 1], kept + _MORE]
    for row, line in enumerate(lines):
        picture.write(left_in, top_in + row * _LINE_IN, line, size_pt=style.TICK_PT, color=style.SIDE_B)
