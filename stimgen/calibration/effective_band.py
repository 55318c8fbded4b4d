"""Where the spectrum of a recording ends, and the rate it was made at if that was a lower one."""

from dataclasses import dataclass

import numpy as np

from stimgen.calibration.interpolation_trace import interpolated_from_hz
from stimgen.calibration.spectrum_edge import Spectra, edge_hz, spectra_of
from stimgen.media.sound import FloatArray

STANDARD_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)
# The filters of converters end at 0.45 to 0.5 of their rate, so that from 44.1 to 48 kHz nothing can be told;
# 32 to 44.1, 16 to 22.05 and 8 to 11.025 kHz lie just below this share.
HIGHEST_NATIVE_SHARE = 0.76
# short filters let some pass just above half the old rate
_NYQUIST_ALLOWANCE = 1.12
# 22.05 and 24 kHz, and their likes, lie so close that only the usual steep filters tell them apart
_CLOSE_RATES, _CLOSE_ALLOWANCE = 1.1, 1.02
BAND_DB = 60.0
_BAND_WIDTH = 1.05


@dataclass(frozen=True, kw_only=True)
class EffectiveBand:
    """How far up a recording's spectrum reaches.

    Args:
        band_hz: Where it ends, Hz.
        native_rate_hz: The lowest standard rate that would have held all of it, where it was upsampled or
            band-limited by a codec, Hz; None where it was not or where that cannot be told.
    """

    band_hz: float
    native_rate_hz: int | None


def effective_band(samples: FloatArray, *, rate_hz: int) -> EffectiveBand:
    """Find where the spectrum of a recording ends and whether a lower rate would have held it.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.

    Returns:
        The band: up to the edge that a resampler left in the noise; without one, up to the last frequency
        where the power per Hz, smoothed over a twentieth of the frequency, is within 60 dB of its highest.

    Examples:
        >>> from stimgen.media.resample import resample
        >>> from stimgen.media.sound import Sound
        >>> noise = Sound(samples=np.random.default_rng(0).normal(0, 0.1, 8000), rate_hz=8000)
        >>> effective_band(noise.samples, rate_hz=8000)
        EffectiveBand(band_hz=4000.0, native_rate_hz=None)
        >>> effective_band(resample(noise, 44100).samples, rate_hz=44100).native_rate_hz
        8000
    """
    lower_hz = tuple(rate for rate in STANDARD_RATES_HZ if rate <= HIGHEST_NATIVE_SHARE * rate_hz)
    spectra = spectra_of(samples, rate_hz=rate_hz)
    if spectra is None:
        return EffectiveBand(band_hz=0.0, native_rate_hz=None)
    band_hz = _band_hz(spectra, rate_hz=rate_hz)
    native_hz = interpolated_from_hz(samples, rate_hz=rate_hz, rates_hz=lower_hz)
    if native_hz is not None:
        return EffectiveBand(band_hz=0.5 * native_hz, native_rate_hz=native_hz)
    edge = edge_hz(spectra, rate_hz=rate_hz)
    native_hz = None if edge is None else _holding_hz(edge, lower_hz)
    if edge is None or native_hz is None:
        return EffectiveBand(band_hz=band_hz, native_rate_hz=None)
    return EffectiveBand(band_hz=min(edge, 0.5 * native_hz), native_rate_hz=native_hz)


def _holding_hz(edge: float, rates_hz: tuple[int, ...]) -> int | None:
    """Return the lowest of the standard rates that holds a band up to an edge, if it is one of those given."""
    for rate, next_rate in zip(STANDARD_RATES_HZ, (*STANDARD_RATES_HZ[1:], np.inf), strict=True):
        allowance = _CLOSE_ALLOWANCE if next_rate < _CLOSE_RATES * rate else _NYQUIST_ALLOWANCE
        if edge <= 0.5 * rate * allowance:
            return rate if rate in rates_hz else None
    return None


def _band_hz(spectra: Spectra, *, rate_hz: int) -> float:
    """Return where the smoothed power falls below 60 dB under its highest for good, Hz."""
    n_bins = spectra.mean.shape[0]
    bins = np.arange(n_bins)
    starts = np.minimum((bins / np.sqrt(_BAND_WIDTH)).astype(int), bins)
    stops = np.minimum(np.ceil(bins * np.sqrt(_BAND_WIDTH)).astype(int), n_bins - 1) + 1
    summed = np.concatenate([[0.0], np.cumsum(spectra.mean)])
    density = (summed[stops] - summed[starts]) / (stops - starts)
    standing = np.flatnonzero(density >= density.max() * 10 ** (-BAND_DB / 10))
    return float(min((standing[-1] + 0.5) * spectra.bin_hz, 0.5 * rate_hz))
