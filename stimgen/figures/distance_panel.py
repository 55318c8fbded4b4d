"""Distances from step to step: all steps, however many, and those of the control beside them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from stimgen.figures import style
from stimgen.figures.content import Evenness
from stimgen.figures.fonts import fitted, text_width_in
from stimgen.figures.picture import Picture
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
from stimgen.figures.ticks import short_number
from stimgen.media.sound import FloatArray

# Room for the names of lines at the right of a panel.
MARGIN_IN = 0.65
FEW_STEPS = 40

_MEAN_IN = 0.61
# Narrower bars would stand a whole number of pixels apart, now one more and now one less.
_GAPS_FROM_IN = 0.06


class SteppedItem(Protocol):
    """One step of a line of sounds or of pictures."""

    @property
    def index(self) -> int:
        """Step index, the first is 0."""

    @property
    def distance_from_previous(self) -> float | None:
        """Distance from the step before; None for the first step."""


class Stepped(Protocol):
    """What a sheet of sounds and one of pictures share: steps, those of a control, and the metric between them."""

    @property
    def steps(self) -> Sequence[SteppedItem]:
        """Every step in order."""

    @property
    def controls(self) -> Sequence[SteppedItem]:
        """The steps of a matched control."""

    @property
    def metric_name(self) -> str:
        """Name of the distance between steps."""

    @property
    def metric_unit(self) -> str:
        """Its unit, "" if it has none."""

    @property
    def evenness(self) -> Sequence[Evenness]:
        """How even the steps are, in this metric and in others."""


def draw_distances(picture: Picture, place: Place, content: Stepped) -> None:
    """Draw the distance of every step from the one before as a bar between the two, the mean as a line."""
    distances, controls = distances_of(content.steps), distances_of(content.controls)
    put_heading(picture, place, "Distance from the step before")
    if content.controls:
        key_in = place.right_in + MARGIN_IN - 0.1
        baseline_in = place.top_in - HEADING_IN
        picture.write(key_in, baseline_in, "\u25c7 control", color=style.FAINT, anchor="right")
    place = _write_evenness(picture, place, content, distances)
    name = f"{content.metric_name} ({content.metric_unit})" if content.metric_unit else content.metric_name
    name = fitted(name, width_in=place.height_in + 0.4, size_pt=style.TEXT_PT)
    name_y_axis(picture, place, name, away_in=0.43)
    known = _finite(np.concatenate([distances, controls]))
    top = 1.12 * float(known.max()) if known.size and known.max() > 0.0 else 1.0
    first = content.steps[0].index
    frame = step_frame(picture, place, step_range(content), (0.0, top))
    _draw_bars(picture, frame, distances, first_index=first)
    between = first + np.arange(controls.shape[0]) + 0.5
    heights_in = [frame.y_in(distance) for distance in controls]
    picture.marks(
        [frame.x_in(at) for at in between],
        heights_in,
        shape="diamond",
        color=style.INK,
        size_pt=mark_pt(content) + 1.0,
        hollow=True,
        name="control distance",
    )
    if (own := _finite(distances)).size:
        mean = float(own.mean())
        text = f"mean {short_number(mean, n_digits=3)}"
        fits = text_width_in(text, size_pt=style.TICK_PT) <= _MEAN_IN
        name_line(picture, frame, mean, text if fits else "mean", color=style.INK)


def spread_of(distances: FloatArray) -> str:
    """Say how even distances are: coefficient of variation (of the population), longest over shortest.

    Examples:
        >>> spread_of(np.array([1.0, 3.0]))
        'cv 0.50, longest/shortest 3.00'
    """
    if distances.size < 2:
        return ("not measured", "a single distance")[distances.size]
    mean, shortest = float(distances.mean()), float(distances.min())
    parts = []
    if mean > 0.0:
        parts.append(f"cv {float(distances.std()) / mean:.2f}")
    if shortest > 0.0:
        parts.append(f"longest/shortest {float(distances.max()) / shortest:.2f}")
    return ", ".join(parts)


def distances_of(steps: Sequence[SteppedItem]) -> FloatArray:
    """Return the distance of every step but the first from the one before, NaN where it is not known."""
    distances = [step.distance_from_previous for step in steps[1:]]
    return np.array([np.nan if distance is None else distance for distance in distances], dtype=np.float64)


def step_range(content: Stepped) -> tuple[int, int]:
    """Return the indices of the first and the last step; the control stands below the steps one by one."""
    first = content.steps[0].index
    return first, max(content.steps[-1].index, first + len(content.controls) - 1)


def mark_pt(content: Stepped) -> float:
    """Return the size of a step's mark, points: small where there are many."""
    return 5.5 if len(content.steps) <= FEW_STEPS else 3.0


def bar_half_width(frame: Frame) -> float:
    """Return half the width of a bar, in steps: many bars touch, as narrow gaps would make a false pattern."""
    step_in = frame.x_in(1.0) - frame.x_in(0.0)
    return 0.38 if step_in >= _GAPS_FROM_IN else 0.5


def name_line(
    picture: Picture, frame: Frame, value: float, text: str, *, color: str, name_at_in: float | None = None
) -> None:
    """Draw a dashed line across a panel and name it at its right, or at another height (from the top)."""
    y_in = frame.y_in(value)
    picture.line([frame.place.left_in, frame.place.right_in], [y_in, y_in], color=color, dashed=True)
    name_at_in = y_in if name_at_in is None else name_at_in
    beside_in = frame.place.right_in + 0.06
    text = fitted(text, width_in=MARGIN_IN, size_pt=style.TICK_PT)
    picture.write(beside_in, name_at_in, text, size_pt=style.TICK_PT, color=color, centred=True)


def _write_evenness(picture: Picture, place: Place, content: Stepped, distances: FloatArray) -> Place:
    """Write how even the steps are in this metric and, fainter, in others; return the place that is left."""
    room_in = place.width_in + MARGIN_IN / 2
    known = [e for e in content.evenness if e.cv is not None or e.max_min is not None]
    own = next((e for e in known if e.metric == content.metric_name), None)
    others = [_short_evenness(e) for e in known if e is not own]
    text = _evenness_text(own) if own is not None else spread_of(_finite(distances))
    size_pt = style.TEXT_PT
    picture.write(place.left_in, place.top_in - DETAIL_IN, fitted(text, width_in=room_in, size_pt=size_pt))
    if not others:
        return place
    text = fitted(" · ".join(others), width_in=room_in, size_pt=style.TICK_PT)
    picture.write(
        place.left_in,
        place.top_in - DETAIL_IN + LINE_IN,
        text,
        size_pt=style.TICK_PT,
        color=style.FAINT,
    )
    return place.without_top(LINE_IN)


def _evenness_text(evenness: Evenness) -> str:
    parts = [] if evenness.cv is None else [f"cv {evenness.cv:.2f}"]
    parts += [] if evenness.max_min is None else [f"longest/shortest {evenness.max_min:.2f}"]
    return f"{evenness.metric} steps {', '.join(parts)}"


def _short_evenness(evenness: Evenness) -> str:
    parts = [] if evenness.cv is None else [f"cv {evenness.cv:.2f}"]
    parts += [] if evenness.max_min is None else [f"{evenness.max_min:.2f}"]
    return f"{evenness.metric} {', '.join(parts)}"


def _draw_bars(picture: Picture, frame: Frame, distances: FloatArray, *, first_index: int) -> None:
    half_width = bar_half_width(frame)
    for i in np.flatnonzero(np.isfinite(distances)).tolist():
        middle, top_in = first_index + i + 0.5, frame.y_in(float(distances[i]))
        left_in = frame.x_in(middle - half_width)
        picture.box(
            left_in,
            top_in,
            width_in=frame.x_in(middle + half_width) - left_in,
            height_in=frame.place.bottom_in - top_in,
            color=style.BAR,
        )


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]
