"""Where everything stands on a contact sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stimgen.figures import style
from stimgen.figures.alignment_panel import draw_alignment
from stimgen.figures.content import SheetContent, SheetStep, shown_items
from stimgen.figures.distance_panel import draw_distances
from stimgen.figures.fonts import fitted, text_width_in
from stimgen.figures.level_panel import draw_durations, draw_levels
from stimgen.figures.notes import write_notes
from stimgen.figures.picture import Picture
from stimgen.figures.place import Place
from stimgen.figures.spectrogram import Scale, choose_scale, common_axis, loudest_cell_db, power_spectrogram
from stimgen.figures.step_panels import PanelScales, StepPanel, draw_level_bar, draw_step_row, label_step_rows
from stimgen.figures.ticks import with_minus_signs

WIDTH_IN, HEIGHT_IN = 40 / 3, 7.5

_LEFT_IN, _ROW_WIDTH_IN = 0.75, 11.55
_TITLE_TOP_IN, _SUBTITLE_TOP_IN = 0.44, 0.71
_STEPS_TOP_IN = 1.17
_BETWEEN_ROWS_IN = 0.45
_CONTROLS_BELOW_IN = 1.18
_MOST_PER_ROW = 9
# From the foot of the spectrograms to the top of the lower panels, from there to the notes, and to the edge.
_LOWER_BELOW_IN, _LOWER_HEIGHT_IN = 1.1, 1.5
_NOTES_BELOW_IN, _FOOT_IN = 2.04, 0.44

# Long enough to part a voice's harmonics; short enough to follow the sweeps of a syllable of song.
_WINDOW_S = {"mel": 0.024, "linear": 0.008}
_COLUMNS_PER_IN, _ROWS_PER_IN = 60, 70


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """How panels are set out: those of the control like those of the steps, so that they can be compared."""

    n_slots: int
    row_in: float


def draw_sheet(content: SheetContent) -> Picture:
    """Draw a contact sheet.

    Args:
        content: What to show.

    Returns:
        The picture, 13.33 inches wide; 7.5 high, or more with a control.
    """
    steps, controls = shown_items(content.steps), shown_items(content.controls)
    window_s, scale = _window_and_scale((*steps, *controls))
    grid = _grid(len(steps), len(controls))
    panels, scales = _panels((*steps, *controls), grid, scale=scale, window_s=window_s)
    picture = Picture(width_in=WIDTH_IN, height_in=HEIGHT_IN)
    _write_title(picture, content, n_shown=len(steps))
    bottom_in = _draw_rows(picture, panels[: len(steps)], scales, grid=grid, top_in=_STEPS_TOP_IN)
    if controls:
        top_in = bottom_in + _CONTROLS_BELOW_IN
        name = fitted(content.controls_name, width_in=_ROW_WIDTH_IN, size_pt=style.HEADING_PT, bold=True)
        picture.write(_LEFT_IN, top_in - 0.36, name, size_pt=style.HEADING_PT, bold=True)
        bottom_in = _draw_rows(picture, panels[len(steps) :], scales, grid=grid, top_in=top_in)
    lower_in = bottom_in + _LOWER_BELOW_IN
    _draw_lower_panels(picture, content, scales, window_s=window_s, top_in=lower_in)
    write_notes(
        picture, content.notes, left_in=_LEFT_IN, top_in=lower_in + _NOTES_BELOW_IN, width_in=WIDTH_IN - 1.5
    )
    picture.height_in = lower_in + _NOTES_BELOW_IN + _FOOT_IN
    return picture


def _write_title(picture: Picture, content: SheetContent, *, n_shown: int) -> None:
    title = fitted(content.title, width_in=_ROW_WIDTH_IN, size_pt=style.TITLE_PT, bold=True)
    picture.write(_LEFT_IN, _TITLE_TOP_IN, title, size_pt=style.TITLE_PT, bold=True)
    left_in = _write_key(picture, content)
    shown = f" · {n_shown} of them shown" if n_shown < len(content.steps) else ""
    room_in = left_in - _LEFT_IN - 0.35 - text_width_in(shown, size_pt=style.HEADING_PT)
    subtitle = fitted(with_minus_signs(content.subtitle), width_in=room_in, size_pt=style.HEADING_PT) + shown
    picture.write(_LEFT_IN, _SUBTITLE_TOP_IN, subtitle, size_pt=style.HEADING_PT, color=style.FAINT)


def _write_key(picture: Picture, content: SheetContent) -> float:
    """Say what stands above the panels and on them, right-aligned beside the subtitle; return its left edge."""
    left_in = _LEFT_IN + _ROW_WIDTH_IN
    steps = (*content.steps, *content.controls)
    if any(np.isfinite(step.position) for step in steps):
        left_in = _write_before(picture, left_in, "position: 0 is a, 1 is b", color=style.FAINT)
        left_in = _write_before(picture, left_in - 0.08, "step", bold=True)
    if any(step.f0_hz is not None and bool(np.isfinite(step.f0_hz).any()) for step in steps):
        left_in = _write_before(picture, left_in - 0.35, "no line: unvoiced", color=style.FAINT)
        right_in = left_in - 0.12
        width_in = text_width_in("F0", size_pt=style.TEXT_PT) + 0.1
        left_in = right_in - width_in
        picture.box(left_in, _SUBTITLE_TOP_IN - 0.12, width_in=width_in, height_in=0.15, color=style.BLACK)
        picture.write(left_in + 0.05, _SUBTITLE_TOP_IN, "F0", color=style.F0)
    return left_in


def _write_before(
    picture: Picture, right_in: float, text: str, *, bold: bool = False, color: str = style.INK
) -> float:
    left_in = right_in - text_width_in(text, size_pt=style.TEXT_PT, bold=bold)
    picture.write(left_in, _SUBTITLE_TOP_IN, text, bold=bold, color=color)
    return left_in


def _window_and_scale(steps: Sequence[SheetStep]) -> tuple[float, Scale]:
    """Choose the frequency axis by a first, rough look at both ends, and a window that suits it."""
    ends = (steps[0], steps[-1])
    scale = choose_scale(
        [power_spectrogram(s.sound_samples, s.rate_hz, n_columns=40, window_s=0.016) for s in ends]
    )
    return min(_WINDOW_S[scale], max(step.sound_s for step in steps) / 12), scale


def _grid(n_steps: int, n_controls: int) -> _Grid:
    n_most = max(n_steps, n_controls)
    if n_most > _MOST_PER_ROW:
        return _Grid(n_slots=-(-n_most // 2), row_in=1.15)
    return _Grid(n_slots=n_most, row_in=2.0 if n_controls else 2.75)


def _panels(
    steps: Sequence[SheetStep], grid: _Grid, *, scale: Scale, window_s: float
) -> tuple[list[StepPanel], PanelScales]:
    longest_s = max(step.sound_s for step in steps)
    columns_per_s = _COLUMNS_PER_IN * _ROW_WIDTH_IN / grid.n_slots / longest_s
    spectrograms = [
        power_spectrogram(
            step.sound_samples, step.rate_hz, n_columns=round(step.sound_s * columns_per_s), window_s=window_s
        )
        for step in steps
    ]
    frequency = common_axis(spectrograms, scale)
    n_rows = round(_ROWS_PER_IN * grid.row_in)
    levels_db = [frequency.levels_db(spectrogram, n_rows=n_rows) for spectrogram in spectrograms]
    scales = PanelScales(frequency=frequency, longest_s=longest_s, loudest_db=loudest_cell_db(levels_db))
    panels = [StepPanel(step=step, levels_db=levels) for step, levels in zip(steps, levels_db, strict=True)]
    return panels, scales


def _draw_rows(
    picture: Picture, panels: Sequence[StepPanel], scales: PanelScales, *, grid: _Grid, top_in: float
) -> float:
    """Draw panels in one or two rows with their axes; return where they end, inches from the top."""
    row_top_in = top_in
    for first in range(0, len(panels), grid.n_slots):
        place = Place(left_in=_LEFT_IN, top_in=row_top_in, width_in=_ROW_WIDTH_IN, height_in=grid.row_in)
        draw_step_row(picture, place, panels[first : first + grid.n_slots], scales, n_slots=grid.n_slots)
        row_top_in += grid.row_in + _BETWEEN_ROWS_IN
    height_in = row_top_in - _BETWEEN_ROWS_IN - top_in
    whole = Place(left_in=_LEFT_IN, top_in=top_in, width_in=_ROW_WIDTH_IN, height_in=height_in)
    padded = any(max(panel.step.pad_before_s, panel.step.pad_after_s) > 0.0 for panel in panels)
    label_step_rows(picture, whole, scales, padded=padded)
    bar = Place(left_in=whole.right_in + 0.15, top_in=top_in, width_in=0.12, height_in=height_in)
    draw_level_bar(picture, bar)
    return whole.bottom_in


def _draw_lower_panels(
    picture: Picture, content: SheetContent, scales: PanelScales, *, window_s: float, top_in: float
) -> None:
    def place(left_in: float, width_in: float) -> Place:
        return Place(left_in=left_in, top_in=top_in, width_in=width_in, height_in=_LOWER_HEIGHT_IN)

    side_a, side_b, alignment = content.side_a, content.side_b, content.alignment
    if side_a is None or side_b is None or alignment is None:
        draw_durations(picture, place(0.75, 5.0), content)
        draw_levels(picture, place(6.65, 5.8), content)
        return
    draw_alignment(
        picture,
        place(0.75, 4.6),
        (side_a, side_b),
        alignment,
        frequency=scales.frequency,
        window_s=window_s,
    )
    draw_distances(picture, place(6.02, 2.8), content)
    draw_levels(picture, place(10.1, 2.36), content)
