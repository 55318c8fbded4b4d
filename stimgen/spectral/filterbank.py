"""Mel filterbank: power spectra in, mean power per mel band out."""

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray

_POINTS_PER_BIN = 8
_FEWEST_POINTS = 32


def hz_to_mel(frequency_hz: FloatArray | float) -> FloatArray:
    """Convert frequency in Hz to mel: 2595 log10(1 + f / 700 Hz).

    References:
        O'Shaughnessy 1987, Speech Communication: Human and Machine, Addison-Wesley (the variant of HTK).

    Examples:
        >>> round(float(hz_to_mel(1000.0)))
        1000
    """
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(frequency_hz, dtype=np.float64) / 700.0))


def mel_to_hz(mel: FloatArray | float) -> FloatArray:
    """Convert mel to frequency in Hz; the inverse of `hz_to_mel`."""
    return np.asarray(700.0 * (10.0 ** (np.asarray(mel, dtype=np.float64) / 2595.0) - 1.0))


def mel_edges_hz(n_bands: int, *, min_hz: float, max_hz: float) -> FloatArray:
    """Return the corners of triangular bands spaced evenly in mel.

    Args:
        n_bands: Number of bands, >= 1.
        min_hz: Lower foot of the first band, Hz.
        max_hz: Upper foot of the last band, Hz.

    Returns:
        Corners, shape (n_bands + 2,), Hz; band i rises from corner i to its peak at i + 1 and falls to i + 2.

    Raises:
        SettingError: If there is no band or the range is empty.
    """
    if n_bands < 1 or not 0.0 <= min_hz < max_hz:
        raise SettingError(
            f"a mel filterbank needs n_bands >= 1 and 0 <= min_hz < max_hz, "
            f"got n_bands={n_bands}, min_hz={min_hz:g}, max_hz={max_hz:g}"
        )
    return mel_to_hz(np.linspace(float(hz_to_mel(min_hz)), float(hz_to_mel(max_hz)), n_bands + 2))


def mel_filterbank(
    n_fft: int, rate_hz: float, *, n_bands: int = 128, min_hz: float = 0.0, max_hz: float | None = None
) -> FloatArray:
    """Return the matrix that turns a power spectrum into the mean power of triangular mel bands.

    Every row sums to 1, so a flat spectrum stays flat at its own height whatever the width of the bands. A
    band is the integral of its triangle over the spectrum drawn as straight lines between the bins: a band
    that is narrower than a bin therefore interpolates and is never empty, and a wide one equals the usual
    sum over bins.

    Args:
        n_fft: Length of the Fourier transform, samples.
        rate_hz: Sampling rate, Hz.
        n_bands: Number of bands.
        min_hz: Lower foot of the first band, Hz.
        max_hz: Upper foot of the last band, Hz; None is half the rate.

    Returns:
        Weights, shape (n_bands, n_fft // 2 + 1), >= 0; use as `power @ weights.T`.

    Raises:
        SettingError: If `max_hz` is above half the rate, the range is empty or there is no band.

    Examples:
        >>> flat = mel_filterbank(512, 16000, n_bands=128) @ np.ones(257)
        >>> bool(np.allclose(flat, 1.0))
        True
    """
    nyquist_hz = rate_hz / 2.0
    max_hz = nyquist_hz if max_hz is None else max_hz
    if max_hz > nyquist_hz:
        raise SettingError(f"max_hz={max_hz:g} lies above half the rate ({nyquist_hz:g} Hz); lower it")
    edges_hz = mel_edges_hz(n_bands, min_hz=min_hz, max_hz=max_hz)
    low, peak, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    bin_hz = rate_hz / n_fft
    n_points = max(_FEWEST_POINTS, int(_POINTS_PER_BIN * np.ceil(float(np.max(high - low)) / bin_hz)))
    points_hz = low + (high - low) * (np.arange(n_points) + 0.5) / n_points
    height = np.minimum((points_hz - low) / (peak - low), (high - points_hz) / (high - peak))
    return _spread(points_hz / bin_hz, height / height.sum(axis=1, keepdims=True), n_fft // 2 + 1)


def _spread(bins: FloatArray, weights: FloatArray, n_bins: int) -> FloatArray:
    """Give each weight at a fractional bin to its two neighbours, in proportion to nearness."""
    n_bands = bins.shape[0]
    lower = np.minimum(bins.astype(np.intp), n_bins - 2)
    share = np.minimum(bins - lower, 1.0)
    cell = np.arange(n_bands)[:, None] * n_bins + lower
    size = n_bands * n_bins
    total = np.bincount(cell.ravel(), (weights * (1.0 - share)).ravel(), size)
    total += np.bincount(cell.ravel() + 1, (weights * share).ravel(), size)
    return np.maximum(total, 0.0).reshape(n_bands, n_bins)
