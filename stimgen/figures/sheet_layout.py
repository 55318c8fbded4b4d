"""Where everything stands on a contact sheet."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from stimgen.figures import style
from stimgen.figures.alignment_panel import draw_alignment
from stimgen.figures.content import SheetContent, SheetStep, shown_steps
from stimgen.figures.curve_panels import draw_distances, draw_levels
from stimgen.figures.place import Place
from stimgen.figures.spectrogram import (
    FrequencyAxis,
    Scale,
    choose_scale,
    common_axis,
    loudest_cell_db,
    power_spectrogram,
)
from stimgen.figures.step_panels import PanelScales, StepPanel, draw_level_bar, draw_step_row, label_step_rows

Look = dict[str, Any]

WIDTH_IN, HEIGHT_IN, DPI = 40 / 3, 7.5, 144

_LEFT_IN, _ROW_WIDTH_IN = 0.75, 11.55
_TITLE_TOP_IN, _SUBTITLE_TOP_IN = 0.44, 0.71
_STEPS_TOP_IN, _STEPS_HEIGHT_IN = 1.17, 2.75
_BETWEEN_ROWS_IN = 0.45
_MOST_PER_ROW = 9
_LOWER_TOP_IN, _LOWER_HEIGHT_IN = 5.02, 1.5
_NOTES_TOP_IN, _NOTE_IN, _MOST_NOTE_LINES = 7.06, 0.16, 3

# Long enough to part a voice's harmonics; short enough to follow the sweeps of a syllable of song.
_WINDOW_S = {"mel": 0.024, "linear": 0.008}
_COLUMNS_PER_IN, _ROWS_PER_IN = 60, 70


def draw_sheet(content: SheetContent) -> Figure:
    """Draw a contact sheet on a new figure.

    Args:
        content: What to show.

    Returns:
        The figure, with an Agg canvas.
    """
    with style.sheet_style():
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI)
        FigureCanvasAgg(figure)
        steps = shown_steps(content.steps)
        _write_title(figure, content, n_shown=len(steps))
        scale = _scale(steps)
        window_s = min(_WINDOW_S[scale], max(step.duration_s for step in steps) / 12)
        frequency = _draw_steps(figure, steps, scale, window_s=window_s)
        _draw_lower_panels(figure, content, frequency, window_s=window_s)
        _write_notes(figure, content.notes)
    return figure


def _write_title(figure: Figure, content: SheetContent, *, n_shown: int) -> None:
    title = style.fitted(content.title, width_in=_ROW_WIDTH_IN, size_pt=style.TITLE_PT, bold=True)
    style.put(figure, _LEFT_IN, _TITLE_TOP_IN, title, size_pt=style.TITLE_PT, fontweight="bold")
    shown = f" · {n_shown} of them shown" if n_shown < len(content.steps) else ""
    subtitle = style.fitted(content.subtitle + shown, width_in=_ROW_WIDTH_IN - 5.2, size_pt=style.HEADING_PT)
    style.put(figure, _LEFT_IN, _SUBTITLE_TOP_IN, subtitle, size_pt=style.HEADING_PT, color=style.FAINT)
    has_f0 = any(step.f0_hz is not None and bool(np.isfinite(step.f0_hz).any()) for step in content.steps)
    _write_key(figure, has_f0=has_f0)


def _write_key(figure: Figure, *, has_f0: bool) -> None:
    """Say what stands above the panels and what is drawn on them, right-aligned beside the subtitle."""
    left_in = _LEFT_IN + _ROW_WIDTH_IN
    faint: Look = {"color": style.FAINT}
    bold: Look = {"fontweight": "bold"}
    f0: Look = {
        "color": style.F0,
        "bbox": {"boxstyle": "square,pad=0.2", "facecolor": "black", "edgecolor": "none"},
    }
    parts: list[tuple[str, float, Look]] = [
        ("position: 0 is a, 1 is b", 0.0, faint),
        ("step", 0.08, bold),
    ]
    if has_f0:
        parts += [("no line: unvoiced", 0.35, faint), ("F0", 0.12, f0)]
    for text, gap_in, look in parts:
        left_in -= gap_in + style.text_width_in(text, size_pt=style.TEXT_PT, bold="fontweight" in look)
        style.put(figure, left_in, _SUBTITLE_TOP_IN, text, **look)


def _scale(steps: Sequence[SheetStep]) -> Scale:
    """Choose the frequency axis by a first, rough look at both ends."""
    ends = (steps[0], steps[-1])
    return choose_scale([power_spectrogram(s.samples, s.rate_hz, n_columns=40, window_s=0.016) for s in ends])


def _draw_steps(
    figure: Figure, steps: Sequence[SheetStep], scale: Scale, *, window_s: float
) -> FrequencyAxis:
    whole = Place(left_in=_LEFT_IN, top_in=_STEPS_TOP_IN, width_in=_ROW_WIDTH_IN, height_in=_STEPS_HEIGHT_IN)
    n_rows = 1 if len(steps) <= _MOST_PER_ROW else 2
    n_slots = -(-len(steps) // n_rows)
    height_in = (_STEPS_HEIGHT_IN - (n_rows - 1) * _BETWEEN_ROWS_IN) / n_rows
    longest_s = max(step.duration_s for step in steps)
    columns_per_s = _COLUMNS_PER_IN * _ROW_WIDTH_IN / n_slots / longest_s
    spectrograms = [
        power_spectrogram(
            step.samples, step.rate_hz, n_columns=round(step.duration_s * columns_per_s), window_s=window_s
        )
        for step in steps
    ]
    frequency = common_axis(spectrograms, scale)
    panels = [
        StepPanel(
            step=step, levels_db=frequency.levels_db(spectrogram, n_rows=round(_ROWS_PER_IN * height_in))
        )
        for step, spectrogram in zip(steps, spectrograms, strict=True)
    ]
    scales = PanelScales(
        frequency=frequency,
        longest_s=longest_s,
        loudest_db=loudest_cell_db([panel.levels_db for panel in panels]),
    )
    for row in range(n_rows):
        place = replace(
            whole, top_in=whole.top_in + row * (height_in + _BETWEEN_ROWS_IN), height_in=height_in
        )
        draw_step_row(figure, place, panels[row * n_slots : (row + 1) * n_slots], scales, n_slots=n_slots)
    label_step_rows(figure, whole, scales)
    draw_level_bar(figure, replace(whole, left_in=_LEFT_IN + _ROW_WIDTH_IN + 0.15, width_in=0.12))
    return frequency


def _draw_lower_panels(
    figure: Figure, content: SheetContent, frequency: FrequencyAxis, *, window_s: float
) -> None:
    alignment, distances, levels = (
        Place(left_in=left_in, top_in=_LOWER_TOP_IN, width_in=width_in, height_in=_LOWER_HEIGHT_IN)
        for left_in, width_in in ((0.75, 4.75), (6.25, 3.0), (9.95, 2.5))
    )
    draw_alignment(figure, alignment, content, frequency, window_s=window_s)
    draw_distances(figure, distances, content)
    draw_levels(figure, levels, content)


def _write_notes(figure: Figure, notes: Sequence[str]) -> None:
    """Print as many lines of warnings as fit; the manifest has them all."""
    sign = "\N{WARNING SIGN} "
    room_in = WIDTH_IN - 2 * _LEFT_IN - style.text_width_in(sign, size_pt=style.TICK_PT)
    lines: list[str] = []
    for note in notes:
        first, *others = style.wrapped(note, width_in=room_in, size_pt=style.TICK_PT) or [""]
        lines += [sign + first, *others]
    if len(lines) > _MOST_NOTE_LINES:
        more = " \u2026 (more in manifest.json)"
        cut_in = room_in - style.text_width_in(more, size_pt=style.TICK_PT)
        kept = style.wrapped(lines[_MOST_NOTE_LINES - 1], width_in=cut_in, size_pt=style.TICK_PT)[0]
        lines = [*lines[: _MOST_NOTE_LINES - 1], kept + more]
    for row, line in enumerate(lines):
        top_in = _NOTES_TOP_IN + row * _NOTE_IN
        style.put(figure, _LEFT_IN, top_in, line, size_pt=style.TICK_PT, color=style.SIDE_B)
