"""Dynamic time warping: the cheapest monotone path through two sequences of features."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled

# Steps in (a, b) and what the cost of the frames that they reach is multiplied by. The weights grow with
# the time that a step covers in both sounds, so that skipping over frames that do not match is no cheaper
# than stretching time.
_STEPS_A = np.array([1, 1, 2, 1, 0])
_STEPS_B = np.array([1, 2, 1, 0, 1])
_STEP_WEIGHTS = np.array([1.0, 1.7, 1.7, 1.0, 1.0])


@dataclass(frozen=True, kw_only=True)
class WarpPath:
    """A monotone path.

    Args:
        frames_a: Frames of a along the path, shape (n,), from 0 to its last frame, never falling.
        frames_b: The frames of b that they meet, shape (n,), likewise.
        cost: Mean of the local costs along the path, weighted by step, >= 0.
    """

    frames_a: npt.NDArray[np.int64]
    frames_b: npt.NDArray[np.int64]
    cost: float


def warp_path(
    features_a: FloatArray, features_b: FloatArray, *, band_share: float, added_cost: float
) -> WarpPath:
    """Find the cheapest path from the first frames of both to the last frames of both.

    The local cost is the sum of absolute differences of the features plus a constant. Time and memory grow
    with n_a x (2 band_share n_b).

    Args:
        features_a: Features of a, shape (n_a, n_features), n_a >= 2.
        features_b: Features of b, shape (n_b, n_features), n_b >= 2.
        band_share: Greatest distance from linear time, as a share of the whole, 0..1; never less than 2
            frames.
        added_cost: Constant cost of each step.

    Returns:
        The path.

    References:
        Sakoe & Chiba 1978, IEEE Transactions on Acoustics, Speech, and Signal Processing 26(1), 43-49.

    Examples:
        >>> ramp = np.arange(5.0)[:, None]
        >>> warp_path(ramp, ramp, band_share=0.5, added_cost=0.0).frames_b.tolist()
        [0, 1, 2, 3, 4]
    """
    n_a, n_b = features_a.shape[0], features_b.shape[0]
    middles = np.rint(np.arange(n_a) * ((n_b - 1) / (n_a - 1))).astype(np.int64)
    radius = max(2, int(np.ceil(n_b / n_a)) + 1, int(band_share * n_b))
    starts = np.maximum(middles - radius, 0)
    total, steps = _accumulate(
        np.ascontiguousarray(features_a), np.ascontiguousarray(features_b), starts, 2 * radius + 1,
        _STEPS_A, _STEPS_B, _STEP_WEIGHTS, added_cost,
    )  # fmt: skip
    frames = _trace(steps, starts, n_b)
    weight = 1.0 + float(_STEP_WEIGHTS[_steps_taken(frames)].sum())
    return WarpPath(frames_a=frames[0], frames_b=frames[1], cost=float(total) / weight)


def _steps_taken(frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return which step leads to each frame of a path but the first, shape (n - 1,)."""
    move_a, move_b = np.diff(frames, axis=1)
    is_step = (move_a[:, None] == _STEPS_A) & (move_b[:, None] == _STEPS_B)
    return np.asarray(np.argmax(is_step, axis=1), dtype=np.int64)


@compiled
def _accumulate(  # noqa: PLR0917
    features_a: FloatArray,
    features_b: FloatArray,
    starts: npt.NDArray[np.int64],
    width: int,
    steps_a: npt.NDArray[np.int64],
    steps_b: npt.NDArray[np.int64],
    weights: FloatArray,
    added_cost: float,
) -> tuple[float, npt.NDArray[np.int8]]:
    """Return the cost of the last cell and, per cell of the band, which step reaches it best (-1: none)."""
    n_a, n_b = features_a.shape[0], features_b.shape[0]
    came_by = np.full((n_a, width), -1, np.int8)
    rows = np.full((3, n_b), np.inf)
    for i in range(n_a):
        row = rows[i % 3]
        row[:] = np.inf
        for j in range(starts[i], min(starts[i] + width, n_b)):
            local = added_cost
            for k in range(features_a.shape[1]):
                local += abs(features_a[i, k] - features_b[j, k])
            if i == 0 and j == 0:
                row[0] = local
                continue
            for step in range(weights.size):
                previous_i, previous_j = i - steps_a[step], j - steps_b[step]
                if previous_i >= 0 and previous_j >= 0:
                    total = rows[previous_i % 3, previous_j] + weights[step] * local
                    if total < row[j]:
                        row[j] = total
                        came_by[i, j - starts[i]] = step
    return rows[(n_a - 1) % 3, n_b - 1], came_by


def _trace(came_by: npt.NDArray[np.int8], starts: npt.NDArray[np.int64], n_b: int) -> npt.NDArray[np.int64]:
    """Follow the best steps back from the last cell; return frames of a and of b, shape (2, n)."""
    i, j = came_by.shape[0] - 1, n_b - 1
    path = [(i, j)]
    while (i, j) != (0, 0):
        step = came_by[i, j - starts[i]]
        i, j = i - int(_STEPS_A[step]), j - int(_STEPS_B[step])
        path.append((i, j))
    return np.array(path[::-1], dtype=np.int64).T
