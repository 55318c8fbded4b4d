"""Levels and true peaks of the steps, and durations of existing recordings: all of them, however many."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stimgen.figures import style
from stimgen.figures.content import SheetContent, SheetStep
from stimgen.figures.distance_panel import MARGIN_IN, bar_half_width, mark_pt, name_line, step_range
from stimgen.figures.fonts import text_width_in
from stimgen.figures.picture import Picture, Shape
from stimgen.figures.place import (
    DETAIL_IN,
    HEADING_IN,
    LINE_IN,
    Frame,
    Place,
    name_y_axis,
    put_heading,
    step_frame,
)
from stimgen.figures.ticks import duration_text, short_number, signed
from stimgen.media.sound import FloatArray

PEAK_LIMIT_DBTP = -1.0

_NAMES_APART_IN = 0.17
# Marks of the control stand beside those of the steps, as both have one level.
_BESIDE = 0.2
_FACTS_APART_IN = 0.3


def draw_levels(picture: Picture, place: Place, content: SheetContent) -> None:
    """Draw level and true peak of every step, with the levels wanted and the peak allowed as lines."""
    targets_dbfs = _targets_dbfs(content, content.steps)
    drawn = [PEAK_LIMIT_DBTP, *targets_dbfs, *_targets_dbfs(content, content.controls)]
    for step in (*content.steps, *content.controls):
        drawn += [step.level_dbfs, step.true_peak_dbtp]
        drawn += [] if step.source_level_dbfs is None else [step.source_level_dbfs]
    known = _finite(np.array(drawn, dtype=np.float64))
    margin_db = max(1.0, 0.12 * float(np.ptp(known)))
    heights = (float(known.min()) - margin_db, float(known.max()) + margin_db)
    place = _write_level_text(picture, place, content, targets_dbfs)
    frame = step_frame(picture, place, step_range(content), heights, name=_count_name(content))
    name_y_axis(picture, place, "dBFS, dBTP", away_in=0.43)
    _draw_targets(picture, frame, content, targets_dbfs)
    _draw_marks(picture, frame, content)


def draw_durations(picture: Picture, place: Place, content: SheetContent) -> None:
    """Draw the duration of every recording of a set as a bar."""
    durations_s = np.array([step.sound_s for step in content.steps])
    frame = step_frame(
        picture, place, step_range(content), (0.0, 1.12 * float(durations_s.max())), name=_count_name(content)
    )
    name_y_axis(picture, place, "s", away_in=0.43)
    put_heading(picture, place, "Duration")
    shortest, longest = (duration_text(float(edge)) for edge in (durations_s.min(), durations_s.max()))
    text = shortest if shortest == longest else f"{shortest} to {longest}"
    picture.write(place.left_in, place.top_in - DETAIL_IN, text)
    half_width = bar_half_width(frame)
    for step, duration_s in zip(content.steps, durations_s.tolist(), strict=True):
        left_in, top_in = frame.x_in(step.index - half_width), frame.y_in(duration_s)
        picture.box(
            left_in,
            top_in,
            width_in=frame.x_in(step.index + half_width) - left_in,
            height_in=place.bottom_in - top_in,
            color=style.BAR,
        )


def _count_name(content: SheetContent) -> str:
    return "step" if content.alignment is not None else "stimulus"


def _targets_dbfs(content: SheetContent, steps: Sequence[SheetStep]) -> FloatArray:
    """Return the level that each step should have, shape (n_steps,), dBFS, NaN where none is wanted."""
    wanted = [
        step.target_dbfs if step.target_dbfs is not None else content.target_level_dbfs for step in steps
    ]
    return np.array([np.nan if target is None else target for target in wanted], dtype=np.float64)


def _draw_targets(picture: Picture, frame: Frame, content: SheetContent, targets_dbfs: FloatArray) -> None:
    """Draw the peak limit and the target, a line through the steps' own targets where these differ."""
    limit_in = frame.y_in(PEAK_LIMIT_DBTP)
    limit = f"\u2264 {signed(PEAK_LIMIT_DBTP, n_decimals=0)} dBTP"
    name_line(picture, frame, PEAK_LIMIT_DBTP, limit, color=style.SIDE_B)
    known = _finite(targets_dbfs)
    if known.size == 0:
        return
    last_in = frame.y_in(float(known[-1]))
    # Where the two names would touch, the target's moves down.
    name_at_in = limit_in + _NAMES_APART_IN if abs(last_in - limit_in) < _NAMES_APART_IN else last_in
    if known.size == targets_dbfs.size and float(np.ptp(known)) == 0.0:
        name = f"target {short_number(float(known[0]))}"
        name_line(picture, frame, float(known[0]), name, color=style.SIDE_A, name_at_in=name_at_in)
        return
    x_in = [frame.x_in(step.index) for step in content.steps]
    y_in = [frame.y_in(target) for target in targets_dbfs]
    picture.line(x_in, y_in, color=style.SIDE_A, dashed=True, name="target")
    beside_in = frame.place.right_in + 0.06
    picture.write(beside_in, name_at_in, "target", size_pt=style.TICK_PT, color=style.SIDE_A, centred=True)


@dataclass(frozen=True)
class _Series:
    at: FloatArray
    values_dbfs: Sequence[float | None]
    shape: Shape
    color: str
    hollow: bool
    name: str


def _draw_marks(picture: Picture, frame: Frame, content: SheetContent) -> None:
    for series in _series(content):
        values_dbfs = np.array([np.nan if v is None else v for v in series.values_dbfs], dtype=np.float64)
        if not np.isfinite(values_dbfs).any():
            continue
        values_dbfs[~np.isfinite(values_dbfs)] = np.nan
        picture.marks(
            [frame.x_in(index) for index in series.at],
            [frame.y_in(value_dbfs) for value_dbfs in values_dbfs],
            shape=series.shape,
            color=series.color,
            size_pt=mark_pt(content) + (0.5 if series.hollow else 0.0),
            hollow=series.hollow,
            name=series.name,
        )


def _series(content: SheetContent) -> tuple[_Series, ...]:
    """Say what is marked and how, from the bottom to the top: hollow ones tell the control and what was before."""
    steps, controls = content.steps, content.controls
    at = np.array([step.index for step in steps], dtype=np.float64)
    beside = steps[0].index + np.arange(len(controls), dtype=np.float64) + _BESIDE
    return (
        _Series(at, [s.source_level_dbfs for s in steps], "circle", style.FAINT, hollow=True, name="before"),
        _Series(
            beside,
            [s.true_peak_dbtp for s in controls],
            "triangle",
            style.SIDE_B,
            hollow=True,
            name="control peak",
        ),
        _Series(
            beside,
            [s.level_dbfs for s in controls],
            "circle",
            style.SIDE_A,
            hollow=True,
            name="control level",
        ),
        _Series(at, [s.true_peak_dbtp for s in steps], "triangle", style.SIDE_B, hollow=False, name="peak"),
        _Series(at, [s.level_dbfs for s in steps], "circle", style.SIDE_A, hollow=False, name="level"),
    )


def _write_level_text(
    picture: Picture, place: Place, content: SheetContent, targets_dbfs: FloatArray
) -> Place:
    """Write the heading and below it, on as many lines as it takes, what was measured; return the place left."""
    put_heading(picture, place, "Level and true peak")
    room_in = place.width_in + MARGIN_IN
    if content.controls:
        key_in = place.left_in + room_in - 0.1
        baseline_in = place.top_in - HEADING_IN
        picture.write(key_in, baseline_in, "hollow: control", color=style.FAINT, anchor="right")
    at_in, n_more = 0.0, 0
    for text, color in _level_facts(content, targets_dbfs):
        text_in = text_width_in(text, size_pt=style.TEXT_PT)
        if at_in > 0.0 and at_in + text_in > room_in:
            at_in, n_more = 0.0, n_more + 1
        picture.write(place.left_in + at_in, place.top_in - DETAIL_IN + n_more * LINE_IN, text, color=color)
        at_in += text_in + _FACTS_APART_IN
    return place.without_top(n_more * LINE_IN)


def _level_facts(content: SheetContent, targets_dbfs: FloatArray) -> list[tuple[str, str]]:
    """Return what to write of levels, of levels before calibration, and of peaks, each with its colour."""
    levels_dbfs = np.array([step.level_dbfs for step in content.steps], dtype=np.float64)
    misses_db = _finite(np.abs(levels_dbfs - targets_dbfs))
    peaks_dbtp = _finite(np.array([step.true_peak_dbtp for step in content.steps], dtype=np.float64))
    before_dbfs = _finite(
        np.array([s.source_level_dbfs for s in content.steps if s.source_level_dbfs is not None])
    )
    facts: list[tuple[str, str]] = []
    if misses_db.size and float(np.ptp(_finite(targets_dbfs))) > 0.0:
        facts.append((f"\u25cf levels {_range_text(levels_dbfs)} dBFS", style.SIDE_A))
        facts.append((f"each within {misses_db.max():.2f} dB of its target", style.SIDE_A))
    elif misses_db.size:
        facts.append((f"\u25cf level within {misses_db.max():.2f} dB", style.SIDE_A))
    if before_dbfs.size:
        facts.append((f"\u25cb before: {_range_text(before_dbfs)}", style.FAINT))
    if peaks_dbtp.size:
        facts.append((f"\u25b2 highest true peak {signed(float(peaks_dbtp.max()))} dBTP", style.SIDE_B))
    return facts


def _range_text(values_db: FloatArray) -> str:
    known = _finite(values_db)
    low, high = (signed(float(edge)) for edge in (known.min(), known.max()))
    return low if low == high else f"{low} to {high}"


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]
