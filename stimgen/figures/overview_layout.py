"""Where everything stands on an overview of many pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stimgen.figures import style
from stimgen.figures.content import SheetStep
from stimgen.figures.fonts import fitted, text_width_in, wrapped
from stimgen.figures.notes import SIGN, write_notes
from stimgen.figures.overview_content import OverviewContent, OverviewRow, shown_rows
from stimgen.figures.picture import Picture
from stimgen.figures.place import Place
from stimgen.figures.spectrogram import (
    FrequencyAxis,
    PowerSpectrogram,
    choose_scale,
    common_axis,
    loudest_cell_db,
    power_spectrogram,
)
from stimgen.figures.step_panels import PanelScales, StepPanel, draw_panel, label_frequency
from stimgen.figures.ticks import duration_text, short_number, signed, with_minus_signs

WIDTH_IN = 40 / 3

_LEFT_IN, _RIGHT_IN = 0.6, WIDTH_IN - 0.5
_TITLE_TOP_IN, _SUBTITLE_TOP_IN, _HEADS_TOP_IN = 0.44, 0.71, 1.08
_ROWS_TOP_IN, _ROW_IN, _PANEL_IN = 1.22, 0.74, 0.58
_FOOT_IN, _NOTES_IN = 0.42, 0.6

# Columns: names, three panels, bars with their spread, level, duration, warnings.
_NAMES_WIDTH_IN = 2.0
_PANELS_LEFT_IN, _PANEL_WIDTH_IN, _PANEL_GAP_IN = 2.95, 1.25, 0.12
_BARS_LEFT_IN, _BARS_WIDTH_IN = 7.2, 1.4
_SPREAD_LEFT_IN = 8.7
_LEVEL_LEFT_IN = 9.58
_DURATION_LEFT_IN = 10.36
_NOTES_LEFT_IN, _NOTE_TEXT_IN = 11.1, 11.32
_LINES_IN = (0.19, 0.36, 0.52)

_WINDOW_S = {"mel": 0.02, "linear": 0.008}
_COLUMNS_PER_IN, _ROWS_PER_IN = 60, 70


@dataclass(frozen=True, kw_only=True)
class _Scales:
    frequency: FrequencyAxis
    window_s: float
    longest_distance: float


@dataclass(frozen=True)
class _Fact:
    text: str
    bold: bool = False


def draw_overview(content: OverviewContent) -> Picture:
    """Draw an overview.

    Args:
        content: What to show.

    Returns:
        The picture, 13.33 inches wide.
    """
    rows = shown_rows(content.rows)
    picture = Picture(width_in=WIDTH_IN, height_in=_ROWS_TOP_IN + _ROW_IN * len(rows) + _FOOT_IN)
    _write_title(picture, content, n_shown=len(rows))
    scales = _common_scales(rows)
    _write_heads(picture, content, scales)
    for place_index, row in enumerate(rows):
        top_in = _ROWS_TOP_IN + place_index * _ROW_IN
        _draw_row(picture, row, scales, top_in=top_in, is_first=place_index == 0)
    if content.notes:
        bottom_in = picture.height_in
        write_notes(picture, content.notes, left_in=_LEFT_IN, top_in=bottom_in, width_in=WIDTH_IN - 1.5)
        picture.height_in += _NOTES_IN
    return picture


def _write_title(picture: Picture, content: OverviewContent, *, n_shown: int) -> None:
    room_in = _RIGHT_IN - _LEFT_IN
    title = fitted(content.title, width_in=room_in, size_pt=style.TITLE_PT, bold=True)
    picture.write(_LEFT_IN, _TITLE_TOP_IN, title, size_pt=style.TITLE_PT, bold=True)
    n_rows, n_noted = len(content.rows), sum(bool(row.notes) for row in content.rows)
    facts = f"{n_rows} pair{'' if n_rows == 1 else 's'}"
    facts += f" · {n_shown} of them shown" if n_shown < n_rows else ""
    facts += f" · {SIGN} {n_noted} with warnings" if n_noted else " · no warnings"
    facts_in = text_width_in(facts, size_pt=style.HEADING_PT)
    color = style.SIDE_B if n_noted else style.FAINT
    picture.write(_RIGHT_IN, _SUBTITLE_TOP_IN, facts, size_pt=style.HEADING_PT, color=color, anchor="right")
    subtitle = with_minus_signs(content.subtitle)
    subtitle = fitted(subtitle, width_in=room_in - facts_in - 0.4, size_pt=style.HEADING_PT)
    picture.write(_LEFT_IN, _SUBTITLE_TOP_IN, subtitle, size_pt=style.HEADING_PT, color=style.FAINT)


def _common_scales(rows: Sequence[OverviewRow]) -> _Scales:
    """Give all rows one frequency axis and one scale of distances, so that they can be compared."""
    rough = [
        power_spectrogram(step.sound_samples, step.rate_hz, n_columns=20, window_s=0.016)
        for row in rows
        for step in (row.steps[0], row.steps[-1])
    ]
    loud = [_at_one_level(spectrogram) for spectrogram in rough]
    scale = choose_scale(loud)
    distances = [distance for row in rows for distance in row.distances if np.isfinite(distance)]
    return _Scales(
        frequency=common_axis(loud, scale),
        window_s=_WINDOW_S[scale],
        longest_distance=max([*distances, 0.0]) or 1.0,
    )


def _at_one_level(spectrogram: PowerSpectrogram) -> PowerSpectrogram:
    """Let a quiet pair have as much say on the frequency axis as a loud one."""
    loudest = max(float(spectrogram.power.max()), 1e-30)
    return PowerSpectrogram(
        power=spectrogram.power / np.float32(loudest),
        rate_hz=spectrogram.rate_hz,
        duration_s=spectrogram.duration_s,
    )


def _write_heads(picture: Picture, content: OverviewContent, scales: _Scales) -> None:
    unit = f" ({content.metric_unit})" if content.metric_unit else ""
    distances = f"{content.metric_name} distance{unit}; full height {short_number(scales.longest_distance, n_digits=3)}"
    distances = fitted(distances, width_in=_LEVEL_LEFT_IN - _BARS_LEFT_IN - 0.1, size_pt=style.TEXT_PT)
    scale = "kHz, mel" if scales.frequency.scale == "mel" else "kHz"
    for left_in, text in (
        (_LEFT_IN, "pair"),
        (_PANELS_LEFT_IN, f"first, middle and last step ({scale})"),
        (_BARS_LEFT_IN, distances),
        (_LEVEL_LEFT_IN, "dBFS"),
        (_DURATION_LEFT_IN, "duration"),
        (_NOTES_LEFT_IN, "warnings"),
    ):
        picture.write(left_in, _HEADS_TOP_IN, text, color=style.FAINT)


def _draw_row(picture: Picture, row: OverviewRow, scales: _Scales, *, top_in: float, is_first: bool) -> None:
    if not is_first:
        line_in = top_in - (_ROW_IN - _PANEL_IN) / 2
        picture.line([_LEFT_IN, _RIGHT_IN], [line_in, line_in], color=style.EMPTY, width_pt=0.8)
    _write_names(picture, row, top_in=top_in)
    _draw_panels(picture, row.steps, scales, top_in=top_in, labelled=is_first)
    _draw_bars(picture, row, scales, top_in=top_in)
    _write_facts(picture, row, top_in=top_in)


def _write_names(picture: Picture, row: OverviewRow, *, top_in: float) -> None:
    lines = [(row.pair_id, True, style.INK)]
    lines += [(text, False, style.FAINT) for text in (row.contrast, row.exemplar_id) if text]
    for (text, bold, color), below_in in zip(lines, _LINES_IN, strict=False):
        size_pt = style.HEADING_PT if bold else style.TEXT_PT
        name = fitted(text, width_in=_NAMES_WIDTH_IN, size_pt=size_pt, bold=bold)
        picture.write(_LEFT_IN, top_in + below_in, name, size_pt=size_pt, bold=bold, color=color)


def _draw_panels(
    picture: Picture, steps: Sequence[SheetStep], scales: _Scales, *, top_in: float, labelled: bool
) -> None:
    """Draw the steps on their own scale of time, as pairs may differ in length; the longest fills its panel."""
    longest_s = max(step.sound_s for step in steps)
    levels_db = [
        scales.frequency.levels_db(
            power_spectrogram(
                step.sound_samples,
                step.rate_hz,
                n_columns=max(1, round(_COLUMNS_PER_IN * _PANEL_WIDTH_IN * step.sound_s / longest_s)),
                window_s=min(scales.window_s, longest_s / 12),
            ),
            n_rows=round(_ROWS_PER_IN * _PANEL_IN),
        )
        for step in steps
    ]
    panel_scales = PanelScales(
        frequency=scales.frequency, longest_s=longest_s, loudest_db=loudest_cell_db(levels_db)
    )
    for slot, (step, levels) in enumerate(zip(steps, levels_db, strict=True)):
        left_in = _PANELS_LEFT_IN + slot * (_PANEL_WIDTH_IN + _PANEL_GAP_IN)
        place = Place(left_in=left_in, top_in=top_in, width_in=_PANEL_WIDTH_IN, height_in=_PANEL_IN)
        draw_panel(picture, place, StepPanel(step=step, levels_db=levels), panel_scales)
        if labelled and slot == 0:
            label_frequency(picture, place, scales.frequency)


def _draw_bars(picture: Picture, row: OverviewRow, scales: _Scales, *, top_in: float) -> None:
    """Draw distances as bars on the scale of all rows, and their mean as a line."""
    foot_in = top_in + _PANEL_IN
    known = [distance for distance in row.distances if np.isfinite(distance)]
    right_in = _BARS_LEFT_IN + _BARS_WIDTH_IN
    picture.line([_BARS_LEFT_IN, right_in], [foot_in, foot_in], color=style.FAINT, width_pt=style.SPINE_PT)
    if not known:
        picture.write(_BARS_LEFT_IN, foot_in - 0.08, "not measured", color=style.FAINT)
        return
    slot_in = min(_BARS_WIDTH_IN / len(row.distances), 0.2)
    bar_in = slot_in * (0.78 if slot_in > 0.04 else 1.0)
    in_per_distance = _PANEL_IN / scales.longest_distance
    for i, distance in enumerate(row.distances):
        if np.isfinite(distance) and distance > 0.0:
            height_in = distance * in_per_distance
            left_in = _BARS_LEFT_IN + i * slot_in + (slot_in - bar_in) / 2
            picture.box(left_in, foot_in - height_in, width_in=bar_in, height_in=height_in, color=style.BAR)
    mean_in = foot_in - float(np.mean(known)) * in_per_distance
    end_in = _BARS_LEFT_IN + slot_in * len(row.distances)
    picture.line([_BARS_LEFT_IN, end_in], [mean_in, mean_in], color=style.INK, dashed=True)


def _write_facts(picture: Picture, row: OverviewRow, *, top_in: float) -> None:
    spread = [] if row.cv is None else [_Fact(f"cv {row.cv:.2f}", bold=True)]
    spread += [] if row.max_min is None else [_Fact(f"max/min {row.max_min:.2f}")]
    level = _level_facts(row)
    level += [] if row.level_error_db is None else [_Fact(f"± {row.level_error_db:.2f} dB")]
    durations_s = [step.sound_s for step in row.steps]
    shortest, longest = duration_text(min(durations_s)), duration_text(max(durations_s))
    duration = [_Fact(longest)] if shortest == longest else [_Fact(f"{shortest} to"), _Fact(longest)]
    for left_in, right_in, facts in (
        (_SPREAD_LEFT_IN, _LEVEL_LEFT_IN, spread),
        (_LEVEL_LEFT_IN, _DURATION_LEFT_IN, level),
        (_DURATION_LEFT_IN, _NOTES_LEFT_IN, duration),
    ):
        for fact, below_in in zip(facts, _LINES_IN, strict=False):
            size_pt = style.TEXT_PT if fact.bold else style.TICK_PT
            text = fitted(fact.text, width_in=right_in - left_in - 0.06, size_pt=size_pt, bold=fact.bold)
            color = style.INK if fact.bold else style.FAINT
            picture.write(left_in, top_in + below_in, text, size_pt=size_pt, bold=fact.bold, color=color)
    if row.notes:
        _write_notes(picture, row.notes, top_in=top_in)


def _level_facts(row: OverviewRow) -> list[_Fact]:
    low_dbfs, high_dbfs = row.level_range_dbfs or (row.level_dbfs, row.level_dbfs)
    low, high = signed(low_dbfs), signed(high_dbfs)
    if not np.isfinite([low_dbfs, high_dbfs]).all():
        return []
    if low == high:
        return [_Fact(low, bold=True)]
    return [_Fact(f"{low} to", bold=True), _Fact(high, bold=True)]


def _write_notes(picture: Picture, notes: Sequence[str], *, top_in: float) -> None:
    """Write the first warning on up to three lines, and how many more there are."""
    room_in = _RIGHT_IN - _NOTE_TEXT_IN
    lines = wrapped(with_minus_signs(notes[0]), width_in=room_in, size_pt=style.TICK_PT) or [""]
    n_lines, n_most = len(lines), len(_LINES_IN)
    more = f"(+{len(notes) - 1} more)" if len(notes) > 1 else ""
    if more and n_lines < n_most:
        lines.append(more)
    elif more or n_lines > n_most:
        ending = f" \u2026 {more}".rstrip()
        cut_in = room_in - text_width_in(ending, size_pt=style.TICK_PT)
        lines[n_most - 1] = wrapped(lines[n_most - 1], width_in=cut_in, size_pt=style.TICK_PT)[0] + ending
    picture.write(_NOTES_LEFT_IN, top_in + _LINES_IN[0], SIGN, size_pt=style.HEADING_PT, color=style.SIDE_B)
    for line, below_in in zip(lines, _LINES_IN, strict=False):
        picture.write(_NOTE_TEXT_IN, top_in + below_in, line, size_pt=style.TICK_PT, color=style.SIDE_B)
