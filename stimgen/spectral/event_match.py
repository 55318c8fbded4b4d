"""Pair the events of two sounds in order, leaving out those that have no partner."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.course import Course
from stimgen.spectral.events import Events

# Between two pairs at most so many events of either sound stay alone; before the first and after the last, any number.
_MOST_SKIPPED = 4
# Added to the shares of two stretches of time before their ratio is taken, so that short ones may differ.
_SHARE_BLUR = 0.02


@dataclass(frozen=True, kw_only=True)
class MatchWeights:
    """What it costs to pair events, in terms of leaving alone one that is sure; chosen on synthetic and espeak words.

    Args:
        alone: Each event left alone, times its strength.
        stretch: Each stretch between pairs, times the absolute log ratio of its shares of the two sounds.
        content: The differences of mean level and harmonic level between two stretches, times their share of
            the sounds.
        kind: The differences of what becomes louder and more harmonic at two paired events.
    """

    alone: float = 1.2
    stretch: float = 0.5
    content: float = 3.0
    kind: float = 0.9


@dataclass(frozen=True, kw_only=True)
class Match:
    """Pairs of events.

    Args:
        events_a: Indices of events of a, shape (n_pairs,), rising, the first and the last event among them.
        events_b: Their partners in b, the same shape, likewise.
        share: Strength of the events that have a partner, as a share of that of all events of both, 0..1;
            0 if there are none.
        surest: Strength of the weaker event of the strongest pair, 0..1; 0 if there are none.
    """

    events_a: npt.NDArray[np.int64]
    events_b: npt.NDArray[np.int64]
    share: float
    surest: float


def match_events(
    a: Events, b: Events, course_a: Course, course_b: Course, *, weights: MatchWeights | None = None
) -> Match:
    """Pair the events of two sounds at the least total cost.

    Beginnings meet and ends meet. In between, events are paired in order; it costs to leave an event alone, to
    pair unlike events, and to let unlike stretches or stretches of unlike length meet. Time grows with
    the product of the numbers of events.

    Args:
        a: Events of one sound.
        b: Events of the other.
        course_a: The course of one, whose level and harmonic level say what lies between events.
        course_b: The course of the other.
        weights: What it costs.
    """
    weights = weights or MatchWeights()
    came_from = _cheapest(
        _shares(a, course_a), _shares(b, course_b), a.strengths, b.strengths, a.steps, b.steps,
        _sums(a, course_a), _sums(b, course_b),
        _MOST_SKIPPED, weights.alone, weights.stretch, weights.content, weights.kind,
    )  # fmt: skip
    i, j = a.middles.size - 1, b.middles.size - 1
    pairs = [(i, j)]
    while (i, j) != (0, 0):
        i, j = int(came_from[i, j, 0]), int(came_from[i, j, 1])
        pairs.append((i, j))
    events_a, events_b = np.array(pairs[::-1], dtype=np.int64).T
    paired_a, paired_b = a.strengths[events_a], b.strengths[events_b]
    every = float(a.strengths.sum() + b.strengths.sum())
    return Match(
        events_a=events_a,
        events_b=events_b,
        share=float(paired_a.sum() + paired_b.sum()) / every if every > 0.0 else 0.0,
        surest=float(np.minimum(paired_a, paired_b).max()),
    )


def _shares(events: Events, course: Course) -> FloatArray:
    return events.middles / (course.n_frames - 1)


def _sums(events: Events, course: Course) -> FloatArray:
    """Return level and harmonic level summed up to each event, shape (n_events, 2), as a share of the frames."""
    edges = np.arange(course.n_frames + 1) - 0.5
    sums = [np.concatenate([[0.0], np.cumsum(values)]) for values in (course.level, course.harmonic)]
    return np.column_stack([np.interp(events.middles, edges, each) for each in sums]) / (course.n_frames - 1)


@compiled
def _cheapest(  # noqa: PLR0917
    at_a: FloatArray,
    at_b: FloatArray,
    strengths_a: FloatArray,
    strengths_b: FloatArray,
    steps_a: FloatArray,
    steps_b: FloatArray,
    sums_a: FloatArray,
    sums_b: FloatArray,
    most_skipped: int,
    alone: float,
    stretch: float,
    content: float,
    kind: float,
) -> npt.NDArray[np.int64]:
    """Return for every pair of events the pair that comes before it at the least cost, shape (n_a, n_b, 2)."""
    n_a, n_b = at_a.size, at_b.size
    total = np.full((n_a, n_b), np.inf)
    came_from = np.zeros((n_a, n_b, 2), np.int64)
    until_a, until_b = np.cumsum(strengths_a), np.cumsum(strengths_b)
    total[0, 0] = 0.0
    for i in range(1, n_a):
        for j in range(1, n_b):
            at_end = i == n_a - 1 and j == n_b - 1
            if not at_end and (i == n_a - 1 or j == n_b - 1):
                continue
            unlike = 0.0
            if not at_end:
                unlike = kind * (abs(steps_a[i, 0] - steps_b[j, 0]) + abs(steps_a[i, 1] - steps_b[j, 1]))
            first_i = 0 if at_end else max(0, i - most_skipped - 1)
            first_j = 0 if at_end else max(0, j - most_skipped - 1)
            n_near = (i - first_i) * (j - first_j)
            # the last candidate is the beginning, from which any number may be skipped
            for candidate in range(n_near + 1):
                before_i, before_j = 0, 0
                if candidate < n_near:
                    before_i, before_j = (
                        first_i + candidate // (j - first_j),
                        first_j + candidate % (j - first_j),
                    )
                long_a, long_b = at_a[i] - at_a[before_i], at_b[j] - at_b[before_j]
                cost = total[before_i, before_j] + unlike
                cost += stretch * abs(np.log((long_a + _SHARE_BLUR) / (long_b + _SHARE_BLUR)))
                for k in range(sums_a.shape[1]):
                    mean_a = (sums_a[i, k] - sums_a[before_i, k]) / long_a
                    mean_b = (sums_b[j, k] - sums_b[before_j, k]) / long_b
                    cost += 0.5 * content * (long_a + long_b) * abs(mean_a - mean_b)
                cost += alone * (until_a[i - 1] - until_a[before_i] + until_b[j - 1] - until_b[before_j])
                if cost < total[i, j]:
                    total[i, j] = cost
                    came_from[i, j, 0], came_from[i, j, 1] = before_i, before_j
    return came_from
