"""Positions whose sounds are equally far apart, each from the next, in a metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.interpolate import PchipInterpolator

from stimgen.calibration.even_chain import even_chain
from stimgen.calibration.line_length import LineLength, line_length
from stimgen.calibration.trials import Progress, SoundAt, Trials
from stimgen.distance import Metric
from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray

# Close enough that two renders there differ by resynthesis alone.
_NEAR = 1e-4
_N_PLACES = 3
_N_DIGITS = 6
_FLOORS_PER_STEP = 3.0
_FEWEST_KNOTS, _MOST_KNOTS = 9, 17
# Steps are even enough to stop at once, or after the usual rounds; bad ones get a few rounds more.
_EVEN_RATIO = 1.08
_USUAL_ROUNDS, _MOST_ROUNDS, _GOOD_ENOUGH = 3, 6, 0.8
# A move by less than this share of a step is not worth a render, of many steps less than of few; in late rounds it is.
_LEAST_MOVE, _LEAST_LATE_MOVE = 0.02, 0.005
_LONG, _LEAST_MOVE_OF_MANY = 17, 0.05
_CV_UNIT, _RATIO_UNIT = 0.05, 1.25
_LEAST_GROWTH, _MOST_GROWTH = 0.4, 1.1
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """Where the steps stand and how far apart they are.

    Args:
        positions: One per step, rising; the first and the last are those asked for.
        distances: Distance of each step to the next, in the unit of the metric, one fewer.
        jitter_floor: Distance between two renders whose positions differ by 1e-4, in the unit of the metric.
        method: "steps" if the steps themselves were moved until even, "knots" if coarser knots were and the
            steps interpolated, "linear" if nothing was more even than equal positions.
        n_trials: Sounds rendered that are no step.
    """

    positions: tuple[float, ...]
    distances: tuple[float, ...]
    jitter_floor: float
    method: Literal["steps", "knots", "linear"]
    n_trials: int


def jitter_floor(
    sound_at: SoundAt,
    metric: Metric,
    *,
    first: float,
    last: float,
    near: Sequence[float] | None = None,
) -> float:
    """Return the distance between two renders whose positions differ by 1e-4: median over three places.

    Steps that are not well above it differ by resynthesis more than by the morph.

    Args:
        sound_at: Renders a position.
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
    return _floor(Trials(sound_at, metric), first=first, last=last, near=near or ())


def even_positions(
    sound_at: SoundAt,
    metric: Metric,
    *,
    first: float,
    last: float,
    n_steps: int,
    progress: Progress | None = None,
) -> Spacing:
    """Find positions such that the distances between neighbouring sounds are equal.

    What is made equal are the direct distances between the final neighbours: the length of a path of many
    tiny steps would be made of resynthesis jitter. Equal positions are rendered first. A model of how
    distances grow along the line is fitted to all distances so far, the steps go where it wants them, and of
    all trials the most even chain is kept; three rounds of this are usual. Where the mean step is less than
    three times the jitter floor, 9 or 17 knots are spaced so and the steps interpolated between them. The
    result is never less even than equal positions.

    Args:
        sound_at: Renders a position as a finished stimulus, but for its level; called once per position, every
            position of the result among them.
        metric: Takes the distances; they should not depend on gain.
        first: Position of the first step.
        last: Position of the last step, above `first`.
        n_steps: Number of steps, both ends included, 2 or more.
        progress: Called as progress(n_done, n_expected) after each render; fewer may be enough.

    Raises:
        SettingError: If there are fewer than 2 steps or the line does not rise.
        SoundError: If the metric cannot measure a sound, for example because it is silent.

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
    n_expected = n_steps + _N_PLACES + _USUAL_ROUNDS * max(n_steps - 2, 0)
    trials = Trials(sound_at, metric, progress=progress, n_expected=n_expected)
    linear = _Chain.of(trials, _linear(first, last, n_steps))
    floor = _floor(trials, first=first, last=last, near=linear.positions)
    method: Literal["steps", "knots", "linear"] = "steps"
    best = linear
    if linear.mean < _FLOORS_PER_STEP * floor:
        best, method = _better(linear, _on_knots(trials, linear, floor), linear), "knots"
    elif n_steps > 2:
        best = _even(trials, linear)
    trials.finish()
    return Spacing(
        positions=best.positions,
        distances=tuple(float(distance) for distance in best.distances),
        jitter_floor=floor,
        method="linear" if best is linear else method,
        n_trials=len(set(trials.positions) - set(best.positions)),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Chain:
    """Positions and the distances between neighbours."""

    positions: tuple[float, ...]
    distances: FloatArray

    @classmethod
    def of(cls, trials: Trials, positions: Sequence[float]) -> "_Chain":
        distances = np.maximum(trials.steps(positions), _TINY)
        return cls(positions=tuple(positions), distances=distances)

    @property
    def mean(self) -> float:
        return float(self.distances.mean())

    @property
    def typical(self) -> float:
        """Geometric mean: what the squared logs of the distances are least from."""
        return float(np.exp(np.log(self.distances).mean()))

    @property
    def cv(self) -> float:
        return float(self.distances.std() / self.distances.mean())

    @property
    def ratio(self) -> float:
        return float(self.distances.max() / self.distances.min())

    @property
    def unevenness(self) -> float:
        """The worse of spread and greatest ratio, 1 where either just fails what is wanted of a set."""
        return max(self.cv / _CV_UNIT, float(np.log(self.ratio) / np.log(_RATIO_UNIT)))


def _better(best: _Chain, other: _Chain, linear: _Chain) -> _Chain:
    """Return the more even of two chains; one that is in any way less even than linear does not count."""
    counts = other.cv <= linear.cv and other.ratio <= linear.ratio
    return other if counts and other.unevenness < best.unevenness else best


def _linear(first: float, last: float, n_steps: int) -> tuple[float, ...]:
    inner = np.linspace(first, last, n_steps)[1:-1]
    return (first, *(round(float(position), _N_DIGITS) for position in inner), last)


def _floor(trials: Trials, *, first: float, last: float, near: Sequence[float]) -> float:
    places = first + (last - first) * (np.arange(_N_PLACES) + 0.5) / _N_PLACES
    inner = np.array(near[1:-1])
    if inner.size >= _N_PLACES:
        places = inner[np.abs(inner - places[:, None]).argmin(axis=1)]
    pairs = [(float(place), round(float(place) + _NEAR, 9)) for place in places]
    return float(np.median([trials.distance(*pair) for pair in pairs]))


def _on_knots(trials: Trials, linear: _Chain, floor: float) -> _Chain:
    """Space out knots far enough apart and interpolate the steps between them."""
    first, last, n_steps = linear.positions[0], linear.positions[-1], len(linear.positions)
    for n_knots in (_MOST_KNOTS, _FEWEST_KNOTS):
        knots = _Chain.of(trials, _knots(linear, n_knots))
        if knots.mean >= _FLOORS_PER_STEP * floor:
            break
    even = _even(trials, knots)
    places = np.linspace(0.0, 1.0, len(even.positions))
    inner = PchipInterpolator(places, even.positions)(np.linspace(0.0, 1.0, n_steps)[1:-1])
    return _Chain.of(trials, (first, *(round(float(position), _N_DIGITS) for position in inner), last))


def _knots(linear: _Chain, n_knots: int) -> tuple[float, ...]:
    """Return knots among the steps where there are enough of them: those are rendered already."""
    n_steps = len(linear.positions)
    if n_steps < n_knots:
        return _linear(linear.positions[0], linear.positions[-1], n_knots)
    return tuple(linear.positions[round(i)] for i in np.linspace(0, n_steps - 1, n_knots))


def _even(trials: Trials, linear: _Chain) -> _Chain:
    """Move the steps of a chain until they are even."""
    best, growth = linear, _growth(trials, linear)
    is_long = len(linear.positions) > _LONG
    for n_rounds in range(_USUAL_ROUNDS if is_long else _MOST_ROUNDS):
        is_late = n_rounds >= _USUAL_ROUNDS
        if best.ratio <= _EVEN_RATIO or (is_late and best.unevenness < _GOOD_ENOUGH):
            break
        least_move = _LEAST_MOVE_OF_MANY if is_long else _LEAST_LATE_MOVE if is_late else _LEAST_MOVE
        n_before = trials.positions.size
        best = _round(trials, linear, best, growth, least_move=least_move)
        if is_late and trials.positions.size == n_before:
            break
    return best


def _round(trials: Trials, linear: _Chain, best: _Chain, growth: float, *, least_move: float) -> _Chain:
    """Render where the steps should stand by all that is known, and choose the best chain of all trials."""
    n_steps = len(best.positions)

    def fit() -> LineLength:
        return line_length(
            trials.positions, trials.measured(), step=best.typical, n_steps=n_steps - 1, growth=growth
        )

    wanted = fit().position_of(np.linspace(0.0, 1.0, n_steps))
    gaps = np.minimum(np.diff(wanted)[:-1], np.diff(wanted)[1:])
    for position, gap in zip(wanted[1:-1], gaps, strict=True):
        if np.abs(trials.positions - position).min() > least_move * gap:
            trials.render(round(float(position), _N_DIGITS))
    places = fit().share_at(trials.positions) * (n_steps - 1)
    for _ in range(_USUAL_ROUNDS):
        chain = even_chain(trials, places, step=best.typical, n_steps=n_steps)
        found = best if chain is None else _better(best, _Chain.of(trials, chain), linear)
        if found is best:
            break
        best = found
    return best


def _growth(trials: Trials, chain: _Chain) -> float:
    """Return the power of the way that distances grow with, from steps taken one and two at a time."""
    positions, single = chain.positions, chain.distances
    pairs = zip(positions, positions[2:], strict=False)
    double = np.maximum([trials.distance(one, other) for one, other in pairs], _TINY)
    growth = np.median(np.log2(2.0 * double / (single[:-1] + single[1:])))
    return float(np.clip(growth, _LEAST_GROWTH, _MOST_GROWTH))
