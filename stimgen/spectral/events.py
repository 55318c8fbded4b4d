"""The events of a sound: where its spectrum changes most, and what becomes louder or more periodic there."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.course import Course

# What an event reaches beyond what is usual in its sound, dB, and how much more, as a share of that.
_LEAST_CHANGE_DB, _LEAST_OF_USUAL = 0.4, 0.3
# By how much it stands out from its surroundings at least, and where it is as likely as not to be one, dB.
_LEAST_HEIGHT_DB = 0.4
_HALF_SURE_DB = 1.7
# At its ends every sound changes as it comes and goes; within so many frames events count the less the nearer.
_EDGE_FRAMES = 10.0
_SIDE_FRAMES = 6
# Half the width at half height that a sudden change has by the windows alone.
_SUDDEN_FRAMES = 2.4
_LEAST_HALF_FRAMES = 0.8
# A change sets in before it has risen to half its height.
_WHOLE_WIDTH = 1.25


@dataclass(frozen=True, kw_only=True)
class Events:
    """The events of a sound in order of time; its beginning comes first and its end last, both of strength 0.

    Args:
        middles: Middles, shape (n_events,), in frames of the course.
        starts: Where they set in, the same shape and unit.
        stops: Where they are over, the same shape and unit.
        strengths: How sure it is that something happens, shape (n_events,), 0..1.
        steps: What changes, shape (n_events, 2): rise of level and of the harmonic level.
    """

    middles: FloatArray
    starts: FloatArray
    stops: FloatArray
    strengths: FloatArray
    steps: FloatArray


def find_events(course: Course) -> Events:
    """Find the events of a sound: peaks of change that stand out from those around them."""
    n = course.n_frames
    peaks, heights_db = _peaks(course.change)
    least_db = _LEAST_CHANGE_DB + _LEAST_OF_USUAL * course.usual_db
    inside = (course.change[peaks.astype(np.int64)] >= least_db) & (heights_db >= _LEAST_HEIGHT_DB)
    inside &= (peaks >= 1.0) & (peaks <= n - 2.0)
    peaks, heights_db = peaks[inside], heights_db[inside]
    bounds = _half_heights(course.change, peaks.astype(np.int64), heights_db)
    starts, middles, stops = bounds.T
    starts = middles - _own_half_width(middles - starts)
    stops = middles + _own_half_width(stops - middles)
    from_ends = np.minimum(middles, n - 1 - middles)
    steps = np.column_stack([_step(course.level, peaks), _step(course.harmonic, peaks)])
    return Events(
        middles=_with_ends(middles, n),
        starts=_with_ends(starts, n),
        stops=_with_ends(stops, n),
        strengths=np.pad(change_strength(heights_db) * np.minimum(from_ends / _EDGE_FRAMES, 1.0), 1),
        steps=np.pad(steps, ((1, 1), (0, 0))),
    )


def change_strength(change_db: FloatArray) -> FloatArray:
    """Return how sure it is that a change is no chance, the same shape, 0..1, from how much it stands out, dB."""
    return change_db / (change_db + _HALF_SURE_DB)


def _with_ends(frames: FloatArray, n_frames: int) -> FloatArray:
    return np.concatenate([[0.0], frames, [n_frames - 1.0]])


def _own_half_width(half_width: FloatArray) -> FloatArray:
    """Take the width of the windows off that of a change; widths of independent blurs add in squares."""
    own = _WHOLE_WIDTH * np.sqrt(np.maximum(half_width**2 - _SUDDEN_FRAMES**2, 0.0))
    return np.asarray(np.maximum(own, _LEAST_HALF_FRAMES), dtype=np.float64)


def _step(values: FloatArray, peaks: FloatArray) -> FloatArray:
    """Return by how much the mean over some frames after each peak exceeds that before it."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = peaks.astype(np.int64)
    stop, start = np.minimum(at + 1 + _SIDE_FRAMES, values.size), np.maximum(at - _SIDE_FRAMES, 0)
    after = (sums[stop] - sums[at + 1]) / np.maximum(stop - at - 1, 1)
    before = (sums[at] - sums[start]) / np.maximum(at - start, 1)
    return np.asarray(after - before, dtype=np.float64)


def _half_heights(change: FloatArray, peaks: npt.NDArray[np.int64], heights: FloatArray) -> FloatArray:
    """Return where each peak has risen to half its height, the centre above, and where it falls to it, shape (n, 3).

    A peak reaches to the deepest points between it and its neighbours.
    """
    valleys = [first + int(np.argmin(change[first : last + 1])) for first, last in pairwise(peaks.tolist())]
    lows, highs = [0, *valleys], [*valleys, change.size - 1]
    return np.array(
        [
            _half_height(change, *each)
            for each in zip(peaks.tolist(), heights.tolist(), lows, highs, strict=False)
        ]
    ).reshape(-1, 3)


def _half_height(
    change: FloatArray, peak: int, height: float, low: int, high: int
) -> tuple[float, float, float]:
    base = float(change[peak]) - 0.5 * height
    first = last = peak
    while first > low and change[first - 1] > base:
        first -= 1
    while last < high and change[last + 1] > base:
        last += 1
    above = change[first : last + 1] - base
    middle = float(np.sum(np.arange(first, last + 1) * above) / np.sum(above))
    return (
        first - _fraction(change, first, first - 1, base),
        middle,
        last + _fraction(change, last, last + 1, base),
    )


def _fraction(change: FloatArray, inner: int, outer: int, base: float) -> float:
    """Return how far beyond the frame `inner` the change sinks to the base, 0..1 frames."""
    if not 0 <= outer < change.size or change[outer] >= base:
        return 0.0
    return float((change[inner] - base) / (change[inner] - change[outer]))


def _peaks(change: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the frames of peaks and by how much they stand out, dB, each of shape (n_peaks,).

    A peak stands out by its height above the higher of the two deepest points between it and the next higher
    frame on either side; beyond the ends there is no change.
    """
    frames, heights = _prominences(np.ascontiguousarray(change))
    return frames, heights


@compiled
def _prominences(change: FloatArray) -> tuple[FloatArray, FloatArray]:
    n = change.size
    frames, heights = np.empty(n), np.empty(n)
    n_found = 0
    for i in range(n):
        if (
            change[i] <= 0.0
            or (i > 0 and change[i - 1] >= change[i])
            or (i < n - 1 and change[i + 1] > change[i])
        ):
            continue
        deepest_before = deepest_after = change[i]
        k = i - 1
        while k >= 0 and change[k] <= change[i]:
            deepest_before = min(deepest_before, change[k])
            k -= 1
        deepest_before = 0.0 if k < 0 else deepest_before
        k = i + 1
        while k < n and change[k] <= change[i]:
            deepest_after = min(deepest_after, change[k])
            k += 1
        deepest_after = 0.0 if k >= n else deepest_after
        frames[n_found], heights[n_found] = i, change[i] - max(deepest_before, deepest_after)
        n_found += 1
    return frames[:n_found].copy(), heights[:n_found].copy()
