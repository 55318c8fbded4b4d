"""Positions whose sounds or pictures are equally far apart, each from the next, in a metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stimgen.calibration.chain import Chain, more_even
from stimgen.calibration.monotone_curve import monotone_curve
from stimgen.calibration.move_steps import N_DIGITS, move_steps
from stimgen.calibration.trials import Medium, Progress, StimulusAt, Trials
from stimgen.distance.base import MetricOf
from stimgen.errors import SettingError

# Close enough that two renders there differ by resynthesis alone.
_NEAR = 1e-4
_N_PLACES = 3
_FLOORS_PER_STEP = 3.0
_FEWEST_KNOTS, _MOST_KNOTS = 9, 17
# Trials per inner step that are usual; progress says so many.
_USUAL_TRIALS = 2


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """Where the steps stand and how far apart they are.

    Args:
        positions: One per step, rising; the first and the last are those asked for.
        distances: Distance of each step to the next, in the unit of the metric, one fewer.
        jitter_floor: Distance between two renders whose positions differ by 1e-4, in the unit of the metric.
        method: "steps" if the steps themselves were moved until even, "knots" if coarser knots were and the
            steps interpolated, "linear" if nothing was more even than equal positions.
        n_trials: Stimuli rendered that are no step.
    """

    positions: tuple[float, ...]
    distances: tuple[float, ...]
    jitter_floor: float
    method: Literal["steps", "knots", "linear"]
    n_trials: int


def jitter_floor(
    stimulus_at: StimulusAt[Medium],
    metric: MetricOf[Medium],
    *,
    first: float,
    last: float,
    near: Sequence[float] | None = None,
) -> float:
    """Return the distance between two renders whose positions differ by 1e-4: median over three places.

    Steps that are not well above it differ by resynthesis more than by the morph.

    Args:
        stimulus_at: Renders a position: a sound or a picture.
        metric: Takes the distances.
        first: Where the line begins.
        last: Where it ends, above `first`.
        near: Positions that are rendered anyway; the places are taken from them where that saves renders.

    Returns:
        Distance in the unit of the metric.

    Examples:
        >>> import stimgen.distance, stimgen.media.sound as media
        >>> noise = np.random.default_rng(0).normal(size=(2, 4000))
        >>> line = lambda t: media.Sound(samples=noise[0] + t * noise[1], rate_hz=8000)
        >>> jitter_floor(line, stimgen.distance.MelMetric(), first=0.0, last=1.0) < 0.01
        True
    """
    return _floor(Trials(stimulus_at, metric), first=first, last=last, near=near or ())


def even_positions(
    stimulus_at: StimulusAt[Medium],
    metric: MetricOf[Medium],
    *,
    first: float,
    last: float,
    n_steps: int,
    progress: Progress | None = None,
) -> Spacing:
    """Find positions such that the distances between neighbouring stimuli are equal.

    What is made equal are the direct distances between the final neighbours: the length of a path of many
    tiny steps would be made of resynthesis jitter. Equal positions are rendered first. A model of how
    distances grow along the line is fitted to all distances so far and the steps go where it wants them; then
    single steps move to where the known distances around them promise most; of all trials the most even chain
    is kept. Where the mean step is less than
    three times the jitter floor, 9 or 17 knots are spaced so and the steps interpolated between them. The
    result is never less even than equal positions.

    Args:
        stimulus_at: Renders a position as a finished sound, but for its level, or a picture; called once per
            position, every position of the result among them.
        metric: Takes the distances of that medium; those of sounds should not depend on gain.
        first: Position of the first step.
        last: Position of the last step, above `first`.
        n_steps: Number of steps, both ends included, 2 or more.
        progress: Called as progress(n_done, n_expected) after each render; fewer may be enough.

    Raises:
        SettingError: If there are fewer than 2 steps or the line does not rise.
        SoundError: If the metric cannot measure a sound, for example because it is silent.
        PictureError: If the metric cannot measure a picture, for example because it is too small.

    References:
        Fritsch & Carlson 1980, SIAM Journal on Numerical Analysis 17(2), 238-246 (monotone interpolation).

    Examples:
        >>> from stimgen.distance import MelMetric
        >>> from stimgen.media.sound import Sound
        >>> noise = np.random.default_rng(0).normal(size=(2, 4000))
        >>> def line(t):
        ...     return Sound(samples=noise[0] + 100**t * np.diff(noise[0], append=0), rate_hz=8000)
        >>> steps = even_positions(line, MelMetric(), first=0.0, last=1.0, n_steps=5)
        >>> max(steps.distances) / min(steps.distances) < 1.1
        True
    """
    if n_steps < 2 or not first < last:
        raise SettingError(
            f"even steps need 2 positions or more that rise, got {n_steps} from {first:g} to {last:g}; "
            f"give a range FIRST:LAST with FIRST < LAST"
        )
    n_expected = n_steps + _N_PLACES + _USUAL_TRIALS * max(n_steps - 2, 0)
    trials = Trials(stimulus_at, metric, progress=progress, n_expected=n_expected)
    linear = Chain.of(trials, _linear(first, last, n_steps))
    floor = _floor(trials, first=first, last=last, near=linear.positions)
    method: Literal["steps", "knots", "linear"] = "steps"
    best = linear
    if linear.mean < _FLOORS_PER_STEP * floor:
        best, method = more_even(linear, _on_knots(trials, linear, floor), linear=linear), "knots"
    elif n_steps > 2:
        best = move_steps(trials, linear)
    trials.finish()
    return Spacing(
        positions=best.positions,
        distances=tuple(float(distance) for distance in best.distances),
        jitter_floor=floor,
        method="linear" if best is linear else method,
        n_trials=len(set(trials.positions) - set(best.positions)),
    )


def _linear(first: float, last: float, n_steps: int) -> tuple[float, ...]:
    inner = np.linspace(first, last, n_steps)[1:-1]
    return (first, *(round(float(position), N_DIGITS) for position in inner), last)


def _floor(trials: Trials, *, first: float, last: float, near: Sequence[float]) -> float:
    places = first + (last - first) * (np.arange(_N_PLACES) + 0.5) / _N_PLACES
    inner = np.array(near[1:-1])
    if inner.size >= _N_PLACES:
        places = inner[np.abs(inner - places[:, None]).argmin(axis=1)]
    pairs = [(float(place), round(float(place) + _NEAR, 9)) for place in places]
    return float(np.median([trials.distance(*pair) for pair in pairs]))


def _on_knots(trials: Trials, linear: Chain, floor: float) -> Chain:
    """Space out knots far enough apart and interpolate the steps between them."""
    first, last, n_steps = linear.positions[0], linear.positions[-1], len(linear.positions)
    for n_knots in (_MOST_KNOTS, _FEWEST_KNOTS):
        knots = Chain.of(trials, _knots(linear, n_knots))
        if knots.mean >= _FLOORS_PER_STEP * floor:
            break
    even = move_steps(trials, knots)
    places = np.linspace(0.0, 1.0, len(even.positions))
    inner = monotone_curve(places, np.array(even.positions), np.linspace(0.0, 1.0, n_steps)[1:-1])
    return Chain.of(trials, (first, *(round(float(position), N_DIGITS) for position in inner), last))


def _knots(linear: Chain, n_knots: int) -> tuple[float, ...]:
    """Return knots among the steps where there are enough of them: those are rendered already."""
    n_steps = len(linear.positions)
    if n_steps < n_knots:
        return _linear(linear.positions[0], linear.positions[-1], n_knots)
    return tuple(linear.positions[round(i)] for i in np.linspace(0, n_steps - 1, n_knots))
