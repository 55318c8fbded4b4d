"""An overview of many pairs of pictures: a row for each, with some of its steps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stimgen.figures import style
from stimgen.figures.fonts import fitted
from stimgen.figures.picture import Picture
from stimgen.figures.picture_content import Bytes

WIDTH_IN = 40 / 3
_LEFT_IN, _TITLE_IN, _SUBTITLE_IN, _ROWS_IN = 0.6, 0.44, 0.71, 1.05
_NAME_IN, _ROW_IN, _GAP_IN, _FOOT_IN = 2.1, 1.3, 0.1, 0.3
_PICTURES_IN, _WORDS_LEFT_IN = 7.6, 10.6


@dataclass(frozen=True, kw_only=True)
class OverviewPair:
    """One row.

    Args:
        name: What the pair is called.
        pictures: Some of its steps from a to b, 8 bits, each of shape (n_rows, n_columns, 3).
        words: Short lines beside them.
    """

    name: str
    pictures: tuple[Bytes, ...] = field(repr=False)
    words: tuple[str, ...]


def picture_overview(*, title: str, subtitle: str, pairs: Sequence[OverviewPair]) -> Picture:
    """Draw an overview of many pairs.

    Args:
        title: What it is.
        subtitle: One line on how it was made.
        pairs: The rows from the top.
    """
    drawing = Picture(width_in=WIDTH_IN, height_in=_ROWS_IN + len(pairs) * (_ROW_IN + _GAP_IN) + _FOOT_IN)
    drawing.write(_LEFT_IN, _TITLE_IN, title, size_pt=style.TITLE_PT, bold=True)
    drawing.write(_LEFT_IN, _SUBTITLE_IN, subtitle, size_pt=style.HEADING_PT, color=style.FAINT)
    for number, pair in enumerate(pairs):
        _draw_pair(drawing, pair, top_in=_ROWS_IN + number * (_ROW_IN + _GAP_IN))
    return drawing


def _draw_pair(drawing: Picture, pair: OverviewPair, *, top_in: float) -> None:
    name = fitted(pair.name, width_in=_NAME_IN - 0.1, size_pt=style.TEXT_PT, bold=True)
    drawing.write(_LEFT_IN, top_in + 0.2, name, bold=True)
    slot_in = _PICTURES_IN / len(pair.pictures)
    for number, rgb in enumerate(pair.pictures):
        per_px_in = min((slot_in - _GAP_IN) / rgb.shape[1], _ROW_IN / rgb.shape[0])
        drawing.photo(
            _LEFT_IN + _NAME_IN + number * slot_in,
            top_in,
            width_in=rgb.shape[1] * per_px_in,
            height_in=rgb.shape[0] * per_px_in,
            rgb=rgb,
        )
    for number, words in enumerate(pair.words):
        text = fitted(words, width_in=WIDTH_IN - _WORDS_LEFT_IN - 0.2, size_pt=style.TICK_PT)
        drawing.write(_WORDS_LEFT_IN, top_in + 0.2 + 0.2 * number, text, size_pt=style.TICK_PT)
