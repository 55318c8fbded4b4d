"""Bandwidth: the frequency below which practically all of a sound's power lies."""

import numpy as np

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray

_SHARE = 0.999
_WINDOW_S = 0.04
_HOPS_PER_WINDOW = 4
_FRAMES_AT_A_TIME = 512


def bandwidth_hz(samples: FloatArray, *, rate_hz: float) -> float:
    """Return the upper edge below which 99.9 % of the power above DC lies.

    The power spectrum is the mean over Hann windows of about 40 ms, a quarter of a window apart and reaching
    beyond both ends, so that every sample counts alike. The mean of the samples is taken off first; between
    bins the summed power is read along a straight line. A band-limited recording in a file of a higher rate
    gives the recording's band, not the file's.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.

    Returns:
        Edge, Hz, from 0 (empty, silent or constant) to half the rate.

    Raises:
        ShapeError: If there is more than one channel.

    References:
        Welch 1967, IEEE Transactions on Audio and Electroacoustics 15(2), 70-73.

    Examples:
        >>> noise = np.random.default_rng(0).normal(size=16000)
        >>> round(bandwidth_hz(noise, rate_hz=16000), -2)
        8000.0
    """
    if samples.ndim != 1:
        raise ShapeError(f"bandwidth_hz measures one channel, got samples of shape {samples.shape}")
    if samples.size == 0 or float(np.ptp(samples)) == 0.0:
        return 0.0
    power = _mean_power(samples, rate_hz)
    # Bin k stands for the band from k - 1/2 to k + 1/2; the last one ends at half the rate.
    edges_hz = (np.arange(power.size) + 0.5) * (0.5 * rate_hz / (power.size - 1))
    edges_hz[-1] = 0.5 * rate_hz
    summed = np.concatenate([[0.0], np.cumsum(power[1:])])
    return float(np.interp(_SHARE * summed[-1], summed, edges_hz))


def _mean_power(samples: FloatArray, rate_hz: float) -> FloatArray:
    """Return the mean power spectrum of windows that tile the sound, shape (n_bins,), any scale."""
    n_window = max(16, 1 << round(np.log2(_WINDOW_S * rate_hz)))
    hop = n_window // _HOPS_PER_WINDOW
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(n_window) / n_window)
    # Scaled to a peak of 1, so that the square of a very faint sound does not vanish.
    centred = samples - samples.mean()
    centred = centred / np.abs(centred).max()
    n_frames = -(-(samples.size + n_window) // hop)
    padded = np.pad(centred, (n_window, n_frames * hop - samples.size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_window)[::hop]
    power = np.zeros(n_window // 2 + 1)
    for first in range(0, frames.shape[0], _FRAMES_AT_A_TIME):
        spectrum = np.fft.rfft(frames[first : first + _FRAMES_AT_A_TIME] * window)
        power += (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    return power
