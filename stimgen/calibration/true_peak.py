"""True peak: how high the wave rises between its samples."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from stimgen.calibration.level import to_db
from stimgen.media.sound import FloatArray

OVERSAMPLING = 4
HALF_TAPS = 24
KAISER_BETA = 7.0
BLOCK = 32
# keeps the memory of an hour of sound in bounds
BLOCKS_AT_ONCE = 1024

Single = npt.NDArray[np.float32]


def true_peak_dbtp(samples: FloatArray) -> float:
    """Return the highest point of the wave after 4-fold oversampling, dB re full scale.

    The three points between two samples come from a band-limited interpolator that leaves the samples themselves as
    they are (a sinc of 48 samples under a Kaiser window), silence being assumed on both sides. Only blocks that can
    hold the peak are oversampled: the interpolator raises nothing by more than the sum of its absolute taps, so that
    a block quieter than the highest sample by that factor cannot hold it. The result is the same as with all of them.

    Args:
        samples: Amplitude, shape (n_samples,).

    Returns:
        True peak, dBTP (amplitude 1.0 is 0 dB), never below the highest sample; -200 for silence.

    References:
        ITU-R BS.1770-4, annex 2: 4-fold oversampling, absolute value, maximum.

    Examples:
        A sine of a quarter of the rate whose samples all miss the crest:

        >>> sine = np.sin(np.pi / 2 * np.arange(400) + np.pi / 4) * np.hanning(401)[:400]
        >>> round(to_db(float(np.abs(sine).max())), 2), round(abs(true_peak_dbtp(sine)), 2)
        (-3.01, 0.0)
    """
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak == 0.0 or not np.isfinite(peak):
        return to_db(peak)
    for windows in _loud_windows(samples, above=peak / _greatest_gain()):
        peak = max(peak, float(np.max(np.abs(windows @ _interpolator()))))
    return to_db(peak)


def _loud_windows(samples: FloatArray, *, above: float) -> Iterator[Single]:
    """Cut out each block with the context that its interpolation needs, where a sample reaches `above`.

    Yields:
        Many at a time, shape (n_blocks, BLOCK + 2 * HALF_TAPS - 1).
    """
    # with one silent block before and after, where the wave may already or still rise, and one more each as context;
    # single precision is twice as fast and wrong by less than 0.0001 dB
    n_blocks = -(-samples.shape[0] // BLOCK) + 4
    padded = np.zeros(n_blocks * BLOCK, dtype=np.float32)
    padded[2 * BLOCK : 2 * BLOCK + samples.shape[0]] = samples
    highest = np.abs(padded).reshape(-1, BLOCK).max(axis=1)
    reach = np.maximum(np.maximum(highest[:-2], highest[1:-1]), highest[2:])
    starts = (np.flatnonzero(reach >= above) + 1) * BLOCK - HALF_TAPS + 1
    for first in range(0, starts.shape[0], BLOCKS_AT_ONCE):
        yield padded[starts[first : first + BLOCKS_AT_ONCE, None] + np.arange(BLOCK + 2 * HALF_TAPS - 1)]


@cache
def _taps() -> FloatArray:
    """Return the weights of the samples around each of the points between two samples.

    Returns:
        Shape (OVERSAMPLING - 1, 2 * HALF_TAPS), the weights of samples -HALF_TAPS + 1 to HALF_TAPS.
    """
    points = np.arange(1, OVERSAMPLING)[:, None] / OVERSAMPLING
    distances = np.arange(-HALF_TAPS + 1, HALF_TAPS + 1) - points
    window = np.i0(KAISER_BETA * np.sqrt(1 - (distances / HALF_TAPS) ** 2))
    taps = np.sinc(distances) * window
    # a constant stays the constant that it is
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))


@cache
def _greatest_gain() -> float:
    return float(np.abs(_taps()).sum(axis=1).max())


@cache
def _interpolator() -> Single:
    """Return the matrix from a window of samples to all points between the samples of its block.

    Returns:
        Shape (BLOCK + 2 * HALF_TAPS - 1, BLOCK * (OVERSAMPLING - 1)).
    """
    matrix = np.zeros((BLOCK + 2 * HALF_TAPS - 1, BLOCK, OVERSAMPLING - 1), dtype=np.float32)
    for position in range(BLOCK):
        matrix[position : position + 2 * HALF_TAPS, position] = _taps().T
    return matrix.reshape(matrix.shape[0], -1)
