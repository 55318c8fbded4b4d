"""The two recordings facing each other, with lines between the moments that meet."""

import numpy as np

from stimgen.figures import style
from stimgen.figures.content import SheetSide
from stimgen.figures.fonts import beginning, fitted, text_width_in
from stimgen.figures.picture import Picture
from stimgen.figures.place import DETAIL_IN, LINE_IN, Place, put_heading
from stimgen.figures.spectrogram import FrequencyAxis, loudest_cell_db, power_spectrogram
from stimgen.figures.step_panels import draw_badge, label_time, seconds_or_milliseconds, shades_of
from stimgen.figures.ticks import duration_text, with_minus_signs
from stimgen.spectral.alignment import Alignment

_N_LINES = 25
_SOUND_SHARE = 0.36
_COLUMNS_PER_IN = 60
_ROWS_PER_IN = 70
_SHORTEST_NAME_IN = 1.2


def draw_alignment(
    picture: Picture,
    place: Place,
    sides: tuple[SheetSide, SheetSide],
    alignment: Alignment,
    *,
    frequency: FrequencyAxis,
    window_s: float,
) -> None:
    """Draw a above b, each relative to its own loudest cell, and lines from moments of a to moments of b.

    Args:
        picture: Where to.
        place: Place of the panel without tick labels and heading.
        sides: The recordings a and b.
        alignment: Which of their moments meet.
        frequency: The vertical axis of the step panels, which both recordings share.
        window_s: Length of the spectrograms' window, s.
    """
    place = _write_heading(picture, place, sides, alignment)
    longest_s = max(side.duration_s for side in sides)
    height_in = _SOUND_SHARE * place.height_in
    tops_in = (place.top_in, place.bottom_in - height_in)
    for label, side, top_in in zip("ab", sides, tops_in, strict=True):
        sound = Place(left_in=place.left_in, top_in=top_in, width_in=place.width_in, height_in=height_in)
        _draw_side(picture, sound, side, frequency, longest_s=longest_s, window_s=window_s)
        draw_badge(picture, place.left_in - 0.22, top_in + height_in / 2, label)
    _draw_meeting_lines(picture, place, alignment, longest_s=longest_s)
    label_time(picture, [place], longest_s)
    middle_in = place.left_in + place.width_in / 2
    unit = seconds_or_milliseconds(longest_s)[0]
    picture.write(middle_in, place.bottom_in + 0.36, f"time ({unit})", anchor="middle")


def _draw_side(
    picture: Picture,
    place: Place,
    side: SheetSide,
    frequency: FrequencyAxis,
    *,
    longest_s: float,
    window_s: float,
) -> None:
    sound_in = place.width_in * side.duration_s / longest_s
    n_columns = max(1, round(_COLUMNS_PER_IN * sound_in))
    spectrogram = power_spectrogram(side.samples, side.rate_hz, n_columns=n_columns, window_s=window_s)
    levels_db = frequency.levels_db(spectrogram, n_rows=max(16, round(_ROWS_PER_IN * place.height_in)))
    picture.box(
        place.left_in, place.top_in, width_in=place.width_in, height_in=place.height_in, color=style.EMPTY
    )
    shades = shades_of(levels_db, loudest_db=loudest_cell_db([levels_db]))
    picture.cells(place.left_in, place.top_in, width_in=sound_in, height_in=place.height_in, shades=shades)


def _draw_meeting_lines(picture: Picture, place: Place, alignment: Alignment, *, longest_s: float) -> None:
    """Choose moments evenly half-way between a and b, so that neither side gets all the lines."""
    half_way_s = np.linspace(0.0, alignment.duration_s(0.5), _N_LINES)
    meet = alignment.source_times(0.5, half_way_s)
    in_per_s = place.width_in / longest_s
    gone = np.full(_N_LINES, np.nan)
    x_in = place.left_in + in_per_s * np.stack([meet.times_a_s, meet.times_b_s, gone], axis=1)
    share = np.array([_SOUND_SHARE + 0.01, 1.0 - _SOUND_SHARE - 0.01, np.nan])
    y_in = np.tile(place.top_in + share * place.height_in, _N_LINES)
    picture.line(x_in.ravel(), y_in, color=style.FAINT, width_pt=0.9, name="moments that meet")


def _write_heading(
    picture: Picture, place: Place, sides: tuple[SheetSide, SheetSide], alignment: Alignment
) -> Place:
    """Write names and durations, with health on one line each; return the place that is left."""
    found_slope = alignment.method == "events" and alignment.steepest_slope is not None
    steepest = f", steepest {alignment.steepest_slope:.1f} to 1" if found_slope else ""
    put_heading(picture, place, "Time alignment of a and b", aside=f"{alignment.method}{steepest}")
    baseline_in = place.top_in - DETAIL_IN
    side_a, side_b = sides
    if not (side_a.health or side_b.health):
        room_in = place.width_in / 2 - 0.1
        _write_side(picture, place.left_in, baseline_in, "a", side_a, room_in=room_in)
        text_in = _side_width_in("b", side_b, room_in=room_in)
        _write_side(picture, place.right_in - text_in, baseline_in, "b", side_b, room_in=room_in)
        return place
    for label, side, at_in in (("a", side_a, baseline_in), ("b", side_b, baseline_in + LINE_IN)):
        _write_side(picture, place.left_in, at_in, label, side, room_in=place.width_in)
    return place.without_top(LINE_IN)


def _write_side(
    picture: Picture, left_in: float, baseline_in: float, label: str, side: SheetSide, *, room_in: float
) -> None:
    """Write name, duration and health; health keeps its room unless the name would all but vanish."""
    text = _side_text(label, side, room_in=room_in)
    picture.write(left_in, baseline_in, text, color=style.SIDE_A if label == "a" else style.SIDE_B)
    if side.health:
        left_in += text_width_in(text, size_pt=style.TEXT_PT) + 0.12
        room_in -= text_width_in(text, size_pt=style.TEXT_PT) + 0.12
        health = beginning(with_minus_signs(side.health), width_in=room_in, size_pt=style.TICK_PT)
        picture.write(left_in, baseline_in, health, size_pt=style.TICK_PT, color=style.FAINT)


def _side_width_in(label: str, side: SheetSide, *, room_in: float) -> float:
    return text_width_in(_side_text(label, side, room_in=room_in), size_pt=style.TEXT_PT)


def _side_text(label: str, side: SheetSide, *, room_in: float) -> str:
    ending = f" ({duration_text(side.duration_s)})"
    health = beginning(with_minus_signs(side.health), width_in=room_in, size_pt=style.TICK_PT)
    health_in = text_width_in(health, size_pt=style.TICK_PT) + 0.12 if health else 0.0
    around_in = text_width_in(f"{label}: {ending}", size_pt=style.TEXT_PT)
    name_in = max(min(_SHORTEST_NAME_IN, room_in - around_in), room_in - around_in - health_in)
    return f"{label}: {fitted(side.name, width_in=name_in, size_pt=style.TEXT_PT)}{ending}"
