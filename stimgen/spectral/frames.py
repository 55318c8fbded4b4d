"""Frames of a sound around given moments."""

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray


def frames_at(samples: FloatArray, centres: npt.NDArray[np.intp], n_window: int) -> FloatArray:
    """Cut frames that are centred on given samples; before and after the sound there is silence.

    Args:
        samples: Amplitude, shape (n_samples,).
        centres: Index of the sample at `n_window // 2` of each frame, shape (n_frames,), from 0 to n_samples.
        n_window: Length of a frame, samples.

    Returns:
        Frames, shape (n_frames, n_window), a copy.

    Examples:
        >>> frames_at(np.array([1.0, 2.0, 3.0]), np.array([0, 2]), 3).tolist()
        [[0.0, 1.0, 2.0], [2.0, 3.0, 0.0]]
    """
    padded = np.pad(samples, (n_window // 2, n_window))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, n_window)[centres], dtype=np.float64)


def hann(n_window: int) -> FloatArray:
    """Return a symmetric Hann window without zero ends, shape (n_window,)."""
    return np.asarray(
        0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(n_window) + 0.5) / n_window), dtype=np.float64
    )
