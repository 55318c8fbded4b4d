"""Distances from step to step, and levels and peaks of the steps: all steps, however many."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stimgen.figures import style
from stimgen.figures.content import SheetContent
from stimgen.figures.place import DETAIL_IN, Place, put_heading
from stimgen.figures.ticks import round_ticks, short_number, signed
from stimgen.media.sound import FloatArray

PEAK_LIMIT_DBFS = -1.0

_FEW_STEPS = 40
# Room for the names of lines at the right of a panel.
_MARGIN_IN = 0.65
_DASHES = (0, (4, 3))


def draw_distances(figure: Figure, place: Place, content: SheetContent) -> Axes:
    """Draw the distance of every step from the one before as a bar between the two, the mean as a line."""
    axes = _step_axes(figure, place, content)
    distances = np.array([_or_nan(step.distance_from_previous) for step in content.steps[1:]])
    known = _finite(distances)
    name = f"{content.metric_name} ({content.metric_unit})" if content.metric_unit else content.metric_name
    axes.set_ylabel(style.fitted(name, width_in=place.height_in + 0.4, size_pt=style.TEXT_PT))
    put_heading(figure, place, "Distance from the step before")
    spread = style.fitted(
        spread_of(known, unit=content.metric_unit),
        width_in=place.width_in + _MARGIN_IN / 2,
        size_pt=style.TEXT_PT,
    )
    style.put(figure, place.left_in, place.top_in - DETAIL_IN, spread)
    top = float(known.max()) if known.size and known.max() > 0.0 else 1.0
    _limit_height(axes, place, 0.0, 1.12 * top)
    if known.size:
        _draw_bars(axes, distances, content.steps[0].index)
        axes.axhline(float(known.mean()), color=style.INK, linewidth=1.0, linestyle=_DASHES)
        _name_line(axes, place, float(known.mean()), "mean", color=style.INK)
    return axes


def spread_of(distances: FloatArray, *, unit: str = "") -> str:
    """Say how even distances are: mean, coefficient of variation (of the population), longest over shortest.

    Examples:
        >>> spread_of(np.array([1.0, 3.0]), unit="dB")
        'mean 2 dB, cv 50.0 %, max/min 3.00'
    """
    if distances.size == 0:
        return "not measured"
    mean = float(distances.mean())
    parts = [f"mean {short_number(mean, n_digits=3)} {unit}".rstrip()]
    if distances.size > 1 and mean > 0.0:
        parts.append(f"cv {100 * float(distances.std()) / mean:.1f} %")
    if distances.size > 1 and float(distances.min()) > 0.0:
        parts.append(f"max/min {float(distances.max() / distances.min()):.2f}")
    return ", ".join(parts)


def draw_levels(figure: Figure, place: Place, content: SheetContent) -> Axes:
    """Draw level and peak of every step, with the level wanted and the peak allowed as lines."""
    axes = _step_axes(figure, place, content)
    levels_dbfs = np.array([step.level_dbfs for step in content.steps], dtype=np.float64)
    peaks_dbfs = np.array([step.peak_dbfs for step in content.steps], dtype=np.float64)
    target_dbfs = content.target_level_dbfs
    known = _finite(np.concatenate([levels_dbfs, peaks_dbfs, [target_dbfs, PEAK_LIMIT_DBFS]]))
    margin_db = max(1.0, 0.12 * float(np.ptp(known)))
    _limit_height(axes, place, float(known.min()) - margin_db, float(known.max()) + margin_db)
    _draw_markers(axes, content, levels_dbfs, peaks_dbfs)
    axes.set_ylabel("dBFS")
    _name_lines(axes, place, target_dbfs)
    put_heading(figure, place, "Level and peak")
    misses_db, heights_dbfs = _finite(np.abs(levels_dbfs - target_dbfs)), _finite(peaks_dbfs)
    if misses_db.size:
        text = f"\u25cf level within {misses_db.max():.2f} dB"
        style.put(figure, place.left_in, place.top_in - DETAIL_IN, text, color=style.SIDE_A)
    if heights_dbfs.size:
        text = f"\u25b2 highest peak {signed(float(heights_dbfs.max()))}"
        right_in = place.left_in + place.width_in + _MARGIN_IN
        style.put(figure, right_in, place.top_in - DETAIL_IN, text, color=style.SIDE_B, ha="right")
    return axes


def _draw_markers(axes: Axes, content: SheetContent, levels_dbfs: FloatArray, peaks_dbfs: FloatArray) -> None:
    indices = [step.index for step in content.steps]
    size_pt = 4.5 if len(indices) <= _FEW_STEPS else 2.5
    for line_dbfs, values_dbfs, marker, color in (
        (PEAK_LIMIT_DBFS, peaks_dbfs, "^", style.SIDE_B),
        (content.target_level_dbfs, levels_dbfs, "o", style.SIDE_A),
    ):
        axes.axhline(line_dbfs, color=color, linewidth=1.0, linestyle=_DASHES)
        axes.plot(indices, values_dbfs, marker, color=color, markersize=size_pt, clip_on=False)


def _name_lines(axes: Axes, place: Place, target_dbfs: float) -> None:
    """Name both lines at their right ends; where they would touch, the target's name moves down."""
    low, high = axes.get_ylim()
    db_per_in = (high - low) / place.height_in
    limit_at = PEAK_LIMIT_DBFS
    target_at = target_dbfs
    if abs(limit_at - target_at) < 0.17 * db_per_in:
        target_at = limit_at - 0.17 * db_per_in
    _name_line(axes, place, limit_at, f"limit {signed(PEAK_LIMIT_DBFS, n_decimals=0)}", color=style.SIDE_B)
    _name_line(axes, place, target_at, f"target {short_number(target_dbfs)}", color=style.SIDE_A)


def _name_line(axes: Axes, place: Place, height: float, text: str, *, color: str) -> None:
    left, right = axes.get_xlim()
    beside = right + 0.06 / place.width_in * (right - left)
    axes.text(beside, height, text, fontsize=style.TICK_PT, color=color, va="center")


def _step_axes(figure: Figure, place: Place, content: SheetContent) -> Axes:
    """Make axes whose horizontal one is the step index."""
    axes = place.add_axes(figure)
    first, last = content.steps[0].index, content.steps[-1].index
    axes.set_xlim(first - 0.5, last + 0.5)
    widest_in = style.text_width_in(str(last), size_pt=style.TICK_PT)
    low, high = axes.get_xlim()
    ticks = round_ticks(low, high, length_in=place.width_in, apart_in=widest_in + 0.1, whole=True)
    axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
    axes.set_xlabel("step")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _limit_height(axes: Axes, place: Place, low: float, high: float) -> None:
    axes.set_ylim(low, high)
    ticks = round_ticks(low, high, length_in=place.height_in, apart_in=0.25)
    axes.set_yticks(ticks, [short_number(tick) for tick in ticks])


def _draw_bars(axes: Axes, distances: FloatArray, first_index: int) -> None:
    """Draw all bars as one outline, of which every other stretch is left empty."""
    half_width = 0.38 if distances.shape[0] <= _FEW_STEPS else 0.5
    middles = first_index + np.arange(distances.shape[0]) + 0.5
    edges = np.stack([middles - half_width, middles + half_width], axis=1).ravel()
    values = np.full(2 * distances.shape[0] - 1, np.nan)
    values[::2] = distances
    axes.stairs(values, edges, fill=True, color=style.BAR, linewidth=0.0)


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
