"""Spectral envelopes as power per Hz on a mel grid: of harmonics, of noise, and of the two together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.fft

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.displacement import gaussian_smooth
from stimgen.spectral.filterbank import hz_to_mel
from stimgen.spectral.harmonics import Harmonics

_NOISE_SMOOTHING_S = 0.006
_NOISE_SMOOTHING_MEL = 40.0
_FRAMES_AT_A_TIME = 256  # more no longer fit the processor's cache
# A floor under both parts, relative to the mean power per Hz of the loudest frame.
_FLOOR = 1e-7
_TINY = 1e-30
_MOST_SHARPENING = 4.0  # natural log of power


@dataclass(frozen=True, kw_only=True)
class Envelopes:
    """Envelopes of the two parts of a sound.

    Args:
        log_harmonic: Natural log of the harmonics' power per Hz, shape (n_frames, n_points).
        log_noise: The same of the noise.
    """

    log_harmonic: FloatArray
    log_noise: FloatArray

    @cached_property
    def log_total(self) -> FloatArray:
        """Natural log of the power per Hz of both together, shape (n_frames, n_points)."""
        return np.asarray(np.logaddexp(self.log_harmonic, self.log_noise))


def envelopes(
    harmonics: Harmonics, residual: FloatArray, *, rate_hz: float, grid_hz: FloatArray, window_s: float
) -> Envelopes:
    """Return the envelopes of a sound's harmonics and of its residual.

    Args:
        harmonics: The harmonic part, with unvoiced frames near zero.
        residual: The rest, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        grid_hz: Frequencies, shape (n_points,), Hz, evenly spaced in mel.
        window_s: Hann window for the noise, s.
    """
    noise = noise_density(
        residual, rate_hz=rate_hz, times_s=harmonics.times_s, grid_hz=grid_hz, window_s=window_s
    )
    amplitude = np.abs(harmonics.coefficients)
    harmonic = np.exp(harmonic_density(amplitude, f0_hz=harmonics.f0_hz, grid_hz=grid_hz))
    per_frame = np.trapezoid(noise + harmonic, grid_hz, axis=1) / grid_hz[-1]
    floor = max(_FLOOR * float(per_frame.max(initial=0.0)), _TINY)
    return Envelopes(log_harmonic=np.log(harmonic + 1e-3 * floor), log_noise=np.log(noise + floor))


def sharpened(
    found: Envelopes,
    harmonics: Harmonics,
    log_gain: Callable[[FloatArray], FloatArray],
    *,
    grid_hz: FloatArray,
    trust: FloatArray,
) -> Envelopes:
    """Return envelopes whose curve through the harmonics has the peaks of a filter between them.

    Args:
        found: The envelopes without it.
        harmonics: The harmonic part.
        log_gain: Natural log of the filter's power gain, as for `harmonic_density`.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
        trust: How far the filter is believed, shape (n_frames,), 0..1.
    """
    amplitude = np.abs(harmonics.coefficients)
    density = harmonic_density(amplitude, f0_hz=harmonics.f0_hz, grid_hz=grid_hz, log_gain=log_gain)
    change = np.clip(density - found.log_harmonic, -_MOST_SHARPENING, _MOST_SHARPENING)
    return replace(found, log_harmonic=found.log_harmonic + trust[:, None] * change)


def harmonic_density(
    amplitude: FloatArray,
    *,
    f0_hz: FloatArray,
    grid_hz: FloatArray,
    log_gain: Callable[[FloatArray], FloatArray] | None = None,
) -> FloatArray:
    """Return the smooth curve through the harmonics, as natural log of power per Hz.

    A harmonic of amplitude A stands for the power A^2 / 2 in a band as wide as F0, so that the density keeps
    its height when only F0 changes. Between harmonics the curve is a cubic (Catmull-Rom), outside it keeps its
    last value. Where the filter is known that the harmonics have passed, the cubic runs through what they were
    before it, and so misses no peak of the filter that lies between two harmonics.

    Args:
        amplitude: Shape (n_frames, n_harmonics), >= 0; trailing zeros are harmonics that do not exist.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        grid_hz: Where to read, shape (n_points,), Hz.
        log_gain: Returns natural log of the filter's power gain at frequencies, Hz, of shape (n_frames, n),
            the same shape.

    Returns:
        Natural log of power per Hz, shape (n_frames, n_points).

    References:
        Catmull & Rom 1974, A class of local interpolating splines, in Computer Aided Geometric Design.
    """
    log_density = np.log(np.maximum(amplitude**2 / (2.0 * f0_hz[:, None]), _TINY))
    n_present = amplitude.shape[1] - np.argmax(amplitude[:, ::-1] > 0.0, axis=1)
    n_present = np.where((amplitude > 0.0).any(axis=1), n_present, 1)
    out = np.empty((f0_hz.size, grid_hz.size))
    if log_gain is None:
        _cubic(log_density, n_present.astype(np.int64), f0_hz, grid_hz, out)
        return out
    log_density -= log_gain(f0_hz[:, None] * np.arange(1, amplitude.shape[1] + 1))
    _cubic(log_density, n_present.astype(np.int64), f0_hz, grid_hz, out)
    inside_hz = np.clip(grid_hz, f0_hz[:, None], (n_present * f0_hz)[:, None])
    return out + log_gain(inside_hz)


def noise_density(
    samples: FloatArray, *, rate_hz: float, times_s: FloatArray, grid_hz: FloatArray, window_s: float
) -> FloatArray:
    """Return the power per Hz of noise around each time, smoothed over 6 ms and 40 mel.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        times_s: Frame centres, shape (n_frames,), s.
        grid_hz: Frequencies, shape (n_points,), Hz.
        window_s: Hann window, s.

    Returns:
        One-sided power density, shape (n_frames, n_points), full scale squared per Hz.
    """
    half = max(int(round(0.5 * window_s * rate_hz)), 4)
    n_fft = scipy.fft.next_fast_len(2 * half, real=True)
    window = 0.5 + 0.5 * np.cos(np.pi * (np.arange(-half, half) + 0.5) / half)
    scale = 2.0 / (rate_hz * float(np.sum(window**2)))
    spread = _mel_kernel(np.arange(n_fft // 2 + 1) * rate_hz / n_fft, grid_hz)
    out = np.empty((times_s.size, grid_hz.size))
    centres = np.round(times_s * rate_hz).astype(np.intp)
    for start in range(0, times_s.size, _FRAMES_AT_A_TIME):
        part = slice(start, start + _FRAMES_AT_A_TIME)
        index = centres[part, None] + np.arange(-half, half)[None, :]
        inside = (index >= 0) & (index < samples.size)
        frames = np.where(inside, samples[np.clip(index, 0, samples.size - 1)], 0.0) * window
        spectrum = scipy.fft.rfft(frames, n_fft, axis=1)
        out[part] = scale * (spectrum.real**2 + spectrum.imag**2) @ spread.T
    step_s = float(times_s[1] - times_s[0])
    return gaussian_smooth(out, width=_NOISE_SMOOTHING_S / step_s, axis=0)


def _mel_kernel(bins_hz: FloatArray, grid_hz: FloatArray) -> FloatArray:
    """Return Gaussian weights that read a spectrum's bins at the points of the grid, rows summing to 1."""
    bins_mel, grid_mel = hz_to_mel(bins_hz), hz_to_mel(grid_hz)
    bin_mel = np.gradient(bins_mel)
    width = np.maximum(_NOISE_SMOOTHING_MEL, np.interp(grid_mel, bins_mel, bin_mel))
    kernel = np.exp(-0.5 * ((bins_mel[None, :] - grid_mel[:, None]) / width[:, None]) ** 2) * bin_mel
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


@compiled
def _cubic(
    values: FloatArray, n_present: FloatArray, f0_hz: FloatArray, grid_hz: FloatArray, out: FloatArray
) -> None:
    slopes = np.empty(values.shape[1])
    for frame in range(values.shape[0]):
        n = int(n_present[frame])
        for k in range(n):
            slopes[k] = 0.0
            if 0 < k < n - 1:
                before = values[frame, k] - values[frame, k - 1]
                after = values[frame, k + 1] - values[frame, k]
                slopes[k] = 0.5 * (before + after)
        for point in range(grid_hz.size):
            place = grid_hz[point] / f0_hz[frame] - 1.0
            if place <= 0.0:
                out[frame, point] = values[frame, 0]
            elif place >= n - 1:
                out[frame, point] = values[frame, n - 1]
            else:
                k = int(place)
                u = place - k
                rise = values[frame, k + 1] - values[frame, k]
                cubic = u * u * (slopes[k] + slopes[k + 1] - 2.0 * rise)
                square = u * (3.0 * rise - 2.0 * slopes[k] - slopes[k + 1])
                out[frame, point] = values[frame, k] + u * (slopes[k] + square + cubic)
