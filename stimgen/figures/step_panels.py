"""The steps of a continuum as spectrograms side by side, on common axes, with F0 drawn on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stimgen.figures import style
from stimgen.figures.content import SheetStep
from stimgen.figures.fonts import fitted, text_width_in
from stimgen.figures.picture import Picture, Shades
from stimgen.figures.place import Place, draw_x_ticks, draw_y_ticks, name_y_axis
from stimgen.figures.spectrogram import RANGE_DB, FrequencyAxis
from stimgen.figures.ticks import frequency_ticks_hz, position_text, round_ticks, short_number
from stimgen.media.sound import FloatArray

GAP_IN = 0.14
_PAD_IN = 0.04
_TIME_TICKS_APART_IN = 0.42
_BADGE_IN = 0.17


@dataclass(frozen=True, kw_only=True)
class StepPanel:
    """One step and its spectrogram.

    Args:
        step: The step.
        levels_db: Shape (n_rows, n_columns), dB: rows over the shared frequency axis, columns over the step's
            sound without pads.
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
    picture: Picture, place: Place, panels: Sequence[StepPanel], scales: PanelScales, *, n_slots: int
) -> None:
    """Draw one row of panels, each on its own stretch of time.

    Args:
        picture: Where to.
        place: Place of the panels without tick labels.
        panels: The steps from left to right.
        scales: What the panels have in common.
        n_slots: How many panels fit into the row, so that all rows get panels of one width.
    """
    panel_in = (place.width_in + GAP_IN) / n_slots - GAP_IN
    slots = [
        Place(
            left_in=place.left_in + slot * (panel_in + GAP_IN),
            top_in=place.top_in,
            width_in=panel_in,
            height_in=place.height_in,
        )
        for slot in range(len(panels))
    ]
    for slot, panel in zip(slots, panels, strict=True):
        draw_panel(picture, slot, panel, scales)
        _label_panel(picture, slot, panel.step)
    _draw_f0(picture, slots, [panel.step for panel in panels], scales)
    label_frequency(picture, place, scales.frequency)
    label_time(picture, slots, scales.longest_s)


def label_step_rows(picture: Picture, place: Place, scales: PanelScales, *, padded: bool) -> None:
    """Name the axes of one or more rows once, at the left of and below all of them."""
    scale = ", mel scale" if scales.frequency.scale == "mel" else ""
    name = f"frequency (kHz{scale})"
    if text_width_in(name, size_pt=style.TEXT_PT) > place.height_in + 0.4:
        name = "kHz (mel)" if scale else "kHz"
    name_y_axis(picture, place, name, away_in=0.5)
    unit, _ = seconds_or_milliseconds(scales.longest_s)
    aside = "; silent pads (blue-grey) not drawn to scale" if padded else ""
    middle_in = place.left_in + place.width_in / 2
    picture.write(middle_in, place.bottom_in + 0.38, f"time ({unit}){aside}", anchor="middle")


def shades_of(levels_db: FloatArray, *, loudest_db: float) -> Shades:
    """Return the colours of levels, shape as given but rows from the top: 255 is the loudest, 0 is 50 dB less."""
    heights = (levels_db[::-1] - (loudest_db - RANGE_DB)) * (255.0 / RANGE_DB)
    return np.clip(np.rint(heights), 0.0, 255.0).astype(np.uint8)


def draw_panel(picture: Picture, place: Place, panel: StepPanel, scales: PanelScales) -> None:
    """Draw one spectrogram at the left of its place, the rest of the place grey, and strips for pads beside it."""
    sound_in = panel.step.sound_s / scales.longest_s * place.width_in
    if sound_in < place.width_in:
        picture.box(
            place.left_in, place.top_in, width_in=place.width_in, height_in=place.height_in, color=style.EMPTY
        )
    shades = shades_of(panel.levels_db, loudest_db=scales.loudest_db)
    picture.cells(place.left_in, place.top_in, width_in=sound_in, height_in=place.height_in, shades=shades)
    for pad_s, left_in in (
        (panel.step.pad_before_s, place.left_in - _PAD_IN),
        (panel.step.pad_after_s, place.left_in + sound_in),
    ):
        if pad_s > 0.0:
            picture.box(left_in, place.top_in, width_in=_PAD_IN, height_in=place.height_in, color=style.PAD)


def label_frequency(picture: Picture, place: Place, frequency: FrequencyAxis) -> None:
    """Label a vertical axis from 0 Hz to the highest frequency in kHz, and draw its line."""
    ticks_hz = frequency_ticks_hz(frequency, height_in=place.height_in)
    heights = frequency.height(np.asarray(ticks_hz))
    at_in = [place.bottom_in - float(height) * place.height_in for height in heights]
    draw_y_ticks(picture, place, at_in, [short_number(tick_hz / 1000.0) for tick_hz in ticks_hz])


def seconds_or_milliseconds(longest_s: float) -> tuple[str, float]:
    """Return the unit for an axis of this length and how many of it make a second."""
    return ("ms", 1000.0) if longest_s < 1.0 else ("s", 1.0)


def draw_level_bar(picture: Picture, place: Place) -> None:
    """Draw the key of the colours."""
    ramp = np.linspace(-RANGE_DB, 0.0, style.N_SHADES)[:, None]
    picture.cells(
        place.left_in,
        place.top_in,
        width_in=place.width_in,
        height_in=place.height_in,
        shades=shades_of(ramp, loudest_db=0.0),
    )
    ticks_db = np.arange(0.0, -RANGE_DB - 1.0, -10.0).tolist()
    at_in = [place.top_in - tick_db / RANGE_DB * place.height_in for tick_db in ticks_db]
    draw_y_ticks(picture, place, at_in, [short_number(tick_db) for tick_db in ticks_db], right=True)
    name = "level (dB re loudest)"
    if text_width_in(name, size_pt=style.TEXT_PT) > place.height_in + 0.3:
        name = "level (dB)"
    name_y_axis(picture, place, name, away_in=-0.46)


def draw_badge(picture: Picture, left_in: float, middle_in: float, side: str) -> None:
    """Mark something as belonging to recording a or b."""
    picture.box(
        left_in,
        middle_in - _BADGE_IN / 2,
        width_in=0.15,
        height_in=_BADGE_IN,
        color=style.SIDE_A if side == "a" else style.SIDE_B,
        round_in=0.03,
    )
    # Both letters are drawn from where small letters stand, as "b" is taller than "a".
    picture.write(left_in + 0.075, middle_in + 0.042, side, bold=True, color=style.WHITE, anchor="middle")


def label_time(picture: Picture, panels: Sequence[Place], longest_s: float) -> None:
    """Label time below one or more panels of one width, each beginning at 0.

    Args:
        picture: Where to.
        panels: Places of the panels.
        longest_s: Duration that a panel's width stands for, s.
    """
    panel_in = panels[0].width_in
    _, per_second = seconds_or_milliseconds(longest_s)
    widest_in = text_width_in(short_number(-round(longest_s * per_second)), size_pt=style.TICK_PT)
    ticks_s = round_ticks(
        0.0, longest_s, length_in=panel_in, apart_in=max(_TIME_TICKS_APART_IN, widest_in + 0.1)
    )
    labels = [short_number(tick_s * per_second) for tick_s in ticks_s]
    # The last label must not run into the 0 of the next panel.
    half_in = 0.5 * text_width_in(labels[-1], size_pt=style.TICK_PT)
    if len(panels) > 1 and len(ticks_s) > 1 and ticks_s[-1] / longest_s * panel_in + half_in > panel_in:
        ticks_s, labels = ticks_s[:-1], labels[:-1]
    for place in panels:
        at_in = [place.left_in + tick_s / longest_s * panel_in for tick_s in ticks_s]
        draw_x_ticks(picture, place, at_in, labels)


def _label_panel(picture: Picture, place: Place, step: SheetStep) -> None:
    """Write index and position, or index and name, above a panel."""
    left_in, baseline_in = place.left_in, place.top_in - 0.07
    if step.end is not None:
        draw_badge(picture, left_in, place.top_in - 0.115, step.end)
        left_in += 0.2
    count = f"{step.index}" if step.name else f"step {step.index}"
    picture.write(left_in, baseline_in, count, bold=True)
    left_in += text_width_in(count, size_pt=style.TEXT_PT, bold=True) + 0.08
    room_in = place.right_in + GAP_IN / 2 - left_in
    if step.name:
        text = fitted(step.name, width_in=room_in, size_pt=style.TEXT_PT)
        picture.write(left_in, baseline_in, text)
    elif np.isfinite(step.position):
        text = position_text(step.position, width_in=room_in, size_pt=style.TEXT_PT)
        picture.write(left_in, baseline_in, text, color=style.FAINT)


def _draw_f0(
    picture: Picture, places: Sequence[Place], steps: Sequence[SheetStep], scales: PanelScales
) -> None:
    """Draw all tracks as one line, broken where unvoiced and between panels; lone frames become dots."""
    x_in, y_in = [np.array([np.nan])], [np.array([np.nan])]
    for place, step in zip(places, steps, strict=True):
        if step.f0_times_s is None or step.f0_hz is None:
            continue
        times_s = step.f0_times_s - step.pad_before_s
        drawn = np.isfinite(step.f0_hz) & (step.f0_hz > 0.0) & (step.f0_hz <= scales.frequency.highest_hz)
        drawn &= (times_s >= 0.0) & (times_s <= step.sound_s)
        height = np.full(step.f0_hz.shape, np.nan)
        height[drawn] = scales.frequency.height(step.f0_hz[drawn])
        x_in += [place.left_in + times_s / scales.longest_s * place.width_in, np.array([np.nan])]
        y_in += [place.bottom_in - height * place.height_in, np.array([np.nan])]
    x, y = np.concatenate(x_in), np.concatenate(y_in)
    finite = np.isfinite(y)
    if not finite.any():
        return
    picture.line(x, y, color=style.BLACK, width_pt=2.6, opacity=0.55)
    picture.line(x, y, color=style.F0, width_pt=1.3, name="F0")
    lone = finite[1:-1] & ~finite[:-2] & ~finite[2:]
    if lone.any():
        picture.marks(x[1:-1][lone], y[1:-1][lone], shape="circle", color=style.F0, size_pt=1.8, name="F0")
