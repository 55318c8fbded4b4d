"""The steps of a continuum as spectrograms side by side, on common axes, with F0 drawn on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from stimgen.figures import style
from stimgen.figures.content import SheetStep
from stimgen.figures.place import Place
from stimgen.figures.spectrogram import RANGE_DB, FrequencyAxis
from stimgen.figures.ticks import frequency_ticks_hz, round_ticks, short_number
from stimgen.media.sound import FloatArray

_GAP_IN = 0.14
_TIME_TICKS_APART_IN = 0.42


@dataclass(frozen=True, kw_only=True)
class StepPanel:
    """One step and its spectrogram.

    Args:
        step: The step.
        levels_db: Shape (n_rows, n_columns), dB: rows over the shared frequency axis, columns over the step's
            duration.
    """

    step: SheetStep
    levels_db: FloatArray


@dataclass(frozen=True, kw_only=True)
class PanelScales:
    """What all panels of a sheet have in common.

    Args:
        frequency: The vertical axis.
        longest_s: Duration that every panel's width stands for, s.
        loudest_db: Level that has the brightest colour, in the unit of `FrequencyAxis.levels_db`.
    """

    frequency: FrequencyAxis
    longest_s: float
    loudest_db: float


def draw_step_row(
    figure: Figure, place: Place, panels: Sequence[StepPanel], scales: PanelScales, *, n_slots: int
) -> Axes:
    """Draw one row of panels as one pair of axes, on which every panel has its own stretch of time.

    Args:
        figure: Where to.
        place: Place of the panels without tick labels.
        panels: The steps from left to right.
        scales: What the panels have in common.
        n_slots: How many panels fit into the row, so that two rows get panels of one width.

    Returns:
        The axes.
    """
    axes = place.add_axes(figure)
    panel_in = (place.width_in + _GAP_IN) / n_slots - _GAP_IN
    slot_s = scales.longest_s * (panel_in + _GAP_IN) / panel_in
    axes.set_xlim(0.0, scales.longest_s * place.width_in / panel_in)
    axes.set_ylim(0.0, 1.0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for slot, panel in enumerate(panels):
        _draw_panel(axes, panel, scales, left_s=slot * slot_s)
        _label_panel(
            axes,
            panel.step,
            left_s=slot * slot_s,
            panel_in=panel_in,
            scales=scales,
            height_in=place.height_in,
        )
    _draw_f0(axes, [(slot * slot_s, panel.step) for slot, panel in enumerate(panels)], scales)
    label_frequency(axes, scales.frequency, height_in=place.height_in)
    label_time(axes, [slot * slot_s for slot in range(len(panels))], scales.longest_s, panel_in=panel_in)
    return axes


def label_step_rows(figure: Figure, place: Place, scales: PanelScales) -> None:
    """Name the axes of one or more rows once, at the left of and below all of them."""
    middle_in = place.top_in + place.height_in / 2
    scale = ", mel scale" if scales.frequency.scale == "mel" else ""
    turned: dict[str, Any] = {"rotation": 90, "ha": "center", "va": "center"}
    style.put(figure, place.left_in - 0.46, middle_in, f"frequency (kHz{scale})", **turned)
    unit, _ = seconds_or_milliseconds(scales.longest_s)
    below_in = place.top_in + place.height_in + 0.38
    style.put(figure, place.left_in + place.width_in / 2, below_in, f"time ({unit})", ha="center")


def draw_spectrogram(
    axes: Axes, levels_db: FloatArray, *, extent: tuple[float, float, float, float], loudest_db: float
) -> None:
    """Put levels on axes as an image with the sheet's colours; `extent` is left, right, bottom, top."""
    axes.imshow(
        levels_db,
        extent=extent,
        aspect="auto",
        origin="lower",
        interpolation="bilinear",
        interpolation_stage="data",
        cmap=style.LEVELS,
        vmin=loudest_db - RANGE_DB,
        vmax=loudest_db,
    )


def label_frequency(axes: Axes, frequency: FrequencyAxis, *, height_in: float) -> None:
    """Label an axis that runs from 0 (0 Hz) to 1 (the highest frequency) in kHz."""
    ticks_hz = frequency_ticks_hz(frequency, height_in=height_in)
    axes.set_yticks(
        frequency.height(np.asarray(ticks_hz)).tolist(), [short_number(tick / 1000.0) for tick in ticks_hz]
    )


def seconds_or_milliseconds(longest_s: float) -> tuple[str, float]:
    """Return the unit for an axis of this length and how many of it make a second."""
    return ("ms", 1000.0) if longest_s < 1.0 else ("s", 1.0)


def draw_level_bar(figure: Figure, place: Place) -> None:
    """Draw the key of the colours."""
    axes = place.add_axes(figure)
    ramp = np.linspace(-RANGE_DB, 0.0, 128)[:, None]
    draw_spectrogram(axes, ramp, extent=(0.0, 1.0, -RANGE_DB, 0.0), loudest_db=0.0)
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    ticks_db = np.arange(0.0, -RANGE_DB - 1.0, -10.0)
    axes.set_yticks(ticks_db.tolist(), [short_number(tick) for tick in ticks_db])
    axes.set_ylabel("level (dB re loudest)")


def _draw_panel(axes: Axes, panel: StepPanel, scales: PanelScales, *, left_s: float) -> None:
    empty = Rectangle(
        (left_s, 0.0), scales.longest_s, 1.0, facecolor=style.EMPTY, edgecolor="none", zorder=-1
    )
    axes.add_patch(empty)
    draw_spectrogram(
        axes,
        panel.levels_db,
        extent=(left_s, left_s + panel.step.duration_s, 0.0, 1.0),
        loudest_db=scales.loudest_db,
    )


def _label_panel(
    axes: Axes, step: SheetStep, *, left_s: float, panel_in: float, scales: PanelScales, height_in: float
) -> None:
    s_per_in = scales.longest_s / panel_in
    side = {0.0: "a", 1.0: "b"}.get(step.position)
    if side is not None:
        draw_badge(axes, left_s + 0.07 * s_per_in, 1.0 + 0.115 / height_in, side)
        left_s += 0.2 * s_per_in
    baseline = 1.0 + 0.07 / height_in
    name = f"step {step.index}"
    axes.text(left_s, baseline, name, fontsize=style.TEXT_PT, fontweight="bold")
    if np.isfinite(step.position):
        after_in = style.text_width_in(name, size_pt=style.TEXT_PT, bold=True) + 0.08
        position = short_number(step.position, n_digits=3)
        axes.text(left_s + after_in * s_per_in, baseline, position, fontsize=style.TEXT_PT, color=style.FAINT)


def draw_badge(axes: Axes, x: float, y: float, side: str) -> None:
    """Mark something as belonging to recording a or b."""
    axes.text(
        x,
        y,
        side,
        fontsize=style.TEXT_PT,
        fontweight="bold",
        color="white",
        ha="center",
        va="center",
        bbox={
            "boxstyle": "round,pad=0.18",
            "facecolor": style.SIDE_A if side == "a" else style.SIDE_B,
            "edgecolor": "none",
        },
    )


def _draw_f0(axes: Axes, steps: Sequence[tuple[float, SheetStep]], scales: PanelScales) -> None:
    """Draw all tracks as one line, broken where unvoiced and between panels; lone frames become dots."""
    times_s: list[FloatArray] = []
    heights: list[FloatArray] = []
    for left_s, step in steps:
        if step.f0_times_s is None or step.f0_hz is None:
            continue
        voiced = np.isfinite(step.f0_hz) & (step.f0_hz > 0.0) & (step.f0_hz <= scales.frequency.highest_hz)
        height = np.full(step.f0_hz.shape, np.nan)
        height[voiced] = scales.frequency.height(step.f0_hz[voiced])
        times_s += [left_s + step.f0_times_s, np.array([np.nan])]
        heights += [height, np.array([np.nan])]
    if not times_s:
        return
    x, y = np.concatenate(times_s), np.concatenate(heights)
    axes.plot(x, y, color="black", linewidth=2.6, alpha=0.55, solid_capstyle="round")
    axes.plot(x, y, color=style.F0, linewidth=1.3, solid_capstyle="round", label="F0")
    padded = np.concatenate([[np.nan], y, [np.nan]])
    lone = np.isfinite(y) & ~np.isfinite(padded[:-2]) & ~np.isfinite(padded[2:])
    if lone.any():
        axes.plot(x[lone], y[lone], ".", color=style.F0, markersize=3.0)


def label_time(axes: Axes, lefts_s: Sequence[float], longest_s: float, *, panel_in: float) -> None:
    """Label time on axes that hold one or more panels, each beginning at 0.

    Args:
        axes: Axes in seconds.
        lefts_s: Where the panels begin on them, s.
        longest_s: Duration that a panel's width stands for, s.
        panel_in: Width of a panel, inches.
    """
    _, per_second = seconds_or_milliseconds(longest_s)
    widest_in = style.text_width_in(short_number(-round(longest_s * per_second)), size_pt=style.TICK_PT)
    ticks_s = round_ticks(
        0.0, longest_s, length_in=panel_in, apart_in=max(_TIME_TICKS_APART_IN, widest_in + 0.1)
    )
    labels = [short_number(tick_s * per_second) for tick_s in ticks_s]
    # The last label must not run into the 0 of the next panel.
    half_in = 0.5 * style.text_width_in(labels[-1], size_pt=style.TICK_PT)
    if len(lefts_s) > 1 and len(ticks_s) > 1 and ticks_s[-1] / longest_s * panel_in + half_in > panel_in:
        ticks_s, labels = ticks_s[:-1], labels[:-1]
    axes.set_xticks([left_s + tick_s for left_s in lefts_s for tick_s in ticks_s], labels * len(lefts_s))
