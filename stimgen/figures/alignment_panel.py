"""The two recordings facing each other, with lines between the moments that meet."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from stimgen.figures import style
from stimgen.figures.content import SheetContent, SheetSide
from stimgen.figures.place import DETAIL_IN, Place, put_heading
from stimgen.figures.spectrogram import FrequencyAxis, loudest_cell_db, power_spectrogram
from stimgen.figures.step_panels import draw_badge, draw_spectrogram, label_time, seconds_or_milliseconds
from stimgen.figures.ticks import duration_text
from stimgen.spectral.align import Alignment

_N_LINES = 25
_SOUND_SHARE = 0.36
_COLUMNS_PER_IN = 60
_ROWS_PER_IN = 70


def draw_alignment(
    figure: Figure, place: Place, content: SheetContent, frequency: FrequencyAxis, *, window_s: float
) -> Axes:
    """Draw a above b, each relative to its own loudest cell, and lines from moments of a to moments of b.

    Args:
        figure: Where to.
        place: Place of the panel without tick labels and heading.
        content: The recordings and their alignment.
        frequency: The vertical axis of the step panels, which both recordings share.
        window_s: Length of the spectrograms' window, s.

    Returns:
        The axes: time in seconds against a height from 0 to 1.
    """
    axes = place.add_axes(figure)
    longest_s = max(content.side_a.duration_s, content.side_b.duration_s)
    axes.set_xlim(0.0, longest_s)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    for label, side, bottom in (("a", content.side_a, 1.0 - _SOUND_SHARE), ("b", content.side_b, 0.0)):
        _draw_side(axes, place, side, frequency, bottom=bottom, window_s=window_s)
        badge_s = -0.14 / place.width_in * longest_s
        draw_badge(axes, badge_s, bottom + _SOUND_SHARE / 2, label)
    axes.add_collection(_meeting_lines(content.alignment), autolim=False)
    label_time(axes, [0.0], longest_s, panel_in=place.width_in)
    axes.set_xlabel(f"time ({seconds_or_milliseconds(longest_s)[0]})")
    _write_heading(figure, place, content)
    return axes


def _draw_side(
    axes: Axes, place: Place, side: SheetSide, frequency: FrequencyAxis, *, bottom: float, window_s: float
) -> None:
    longest_s = axes.get_xlim()[1]
    n_columns = max(1, round(_COLUMNS_PER_IN * place.width_in * side.duration_s / longest_s))
    spectrogram = power_spectrogram(side.samples, side.rate_hz, n_columns=n_columns, window_s=window_s)
    n_rows = max(16, round(_ROWS_PER_IN * place.height_in * _SOUND_SHARE))
    levels_db = frequency.levels_db(spectrogram, n_rows=n_rows)
    empty = Rectangle(
        (0.0, bottom), longest_s, _SOUND_SHARE, facecolor=style.EMPTY, edgecolor="none", zorder=-1
    )
    axes.add_patch(empty)
    extent = (0.0, side.duration_s, bottom, bottom + _SOUND_SHARE)
    draw_spectrogram(axes, levels_db, extent=extent, loudest_db=loudest_cell_db([levels_db]))


def _meeting_lines(alignment: Alignment) -> LineCollection:
    """Choose moments evenly half-way between a and b, so that neither side gets all the lines."""
    half_way_s = np.linspace(0.0, alignment.duration_s(0.5), _N_LINES)
    meet = alignment.source_times(0.5, half_way_s)
    top, bottom = 1.0 - _SOUND_SHARE, _SOUND_SHARE
    segments = [
        np.array([[time_a_s, top - 0.01], [time_b_s, bottom + 0.01]])
        for time_a_s, time_b_s in zip(meet.times_a_s, meet.times_b_s, strict=True)
    ]
    return LineCollection(segments, colors=style.FAINT, linewidths=0.9, clip_on=False)


def _write_heading(figure: Figure, place: Place, content: SheetContent) -> None:
    alignment = content.alignment
    found_slope = alignment.method == "events" and alignment.steepest_slope is not None
    steepest = f", steepest {alignment.steepest_slope:.1f} to 1" if found_slope else ""
    aside = f"{alignment.method}{steepest}"
    put_heading(figure, place, "Time alignment of a and b", aside=aside)
    right_in = place.left_in + place.width_in
    for label, side, at_in, align, color in (
        ("a", content.side_a, place.left_in, "left", style.SIDE_A),
        ("b", content.side_b, right_in, "right", style.SIDE_B),
    ):
        ending = f" ({duration_text(side.duration_s)})"
        room_in = place.width_in / 2 - 0.1 - style.text_width_in(f"{label}: {ending}", size_pt=style.TEXT_PT)
        name = style.fitted(side.name, width_in=room_in, size_pt=style.TEXT_PT)
        style.put(figure, at_in, place.top_in - DETAIL_IN, f"{label}: {name}{ending}", color=color, ha=align)
