"""Candidates for formants: the resonances of all-pole models through the harmonics, or the noise, of each frame."""

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.all_pole import all_pole_through, resonances
from stimgen.spectral.displacement import read_at
from stimgen.spectral.formant_filter import Formants

_ORDER_PER_HZ = 12.0 / 5500.0
_FRAMES_AT_A_TIME = 512
_N_NOISE_POINTS = 48
_VOICED_FROM = 0.5
_FEWEST_HARMONICS = 3
_N_CANDIDATES = 6
_LOWEST_HZ = 150.0
_WIDEST_HZ = 1000.0
_EMPHASIS_HZ = 100.0


def formant_candidates(
    amplitude: FloatArray,
    *,
    f0_hz: FloatArray,
    voicing: FloatArray,
    log_power: FloatArray,
    grid_hz: FloatArray,
    top_hz: float,
    nominal_hz: FloatArray,
) -> Formants:
    """Return resonances of each frame below a frequency, six of them.

    The model of a voiced frame runs through its harmonics, so that it is not drawn to them as linear prediction
    is; that of any other frame is one of its smooth envelope. Where a frame has fewer resonances, nominal
    formants stand in for the missing ones, with an infinite bandwidth.

    Args:
        amplitude: Amplitudes of the harmonics, shape (n_frames, n_harmonics), 0 where there is none.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        voicing: How voiced each frame is, shape (n_frames,), 0..1.
        log_power: Natural log of the power envelope of harmonics and noise, shape (n_frames, n_points).
        grid_hz: Frequencies of the points, shape (n_points,), Hz.
        top_hz: Where the models end, Hz.
        nominal_hz: Formants that stand in, shape (n_formants,), Hz.

    References:
        El-Jaroudi & Makhoul 1991, Discrete all-pole modeling, IEEE Transactions on Signal Processing 39:411.
    """
    parts = []
    for start in range(0, f0_hz.size, _FRAMES_AT_A_TIME):
        part = slice(start, start + _FRAMES_AT_A_TIME)
        points = _points(amplitude[part], f0_hz[part], voicing[part], log_power[part], grid_hz, top_hz)
        parts.append(_candidates(*points, top_hz, nominal_hz))
    frequency_hz, bandwidth_hz = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Formants(frequency_hz=frequency_hz, bandwidth_hz=bandwidth_hz)


def _points(
    amplitude: FloatArray,
    f0_hz: FloatArray,
    voicing: FloatArray,
    log_power: FloatArray,
    grid_hz: FloatArray,
    top_hz: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return frequencies, Hz, powers and weights of the points of each frame's spectrum, shape (n_frames, n) each."""
    n_harmonics = max(min(amplitude.shape[1], int(top_hz / float(f0_hz.min()))), 1)
    amplitude = amplitude[:, :n_harmonics]
    harmonics_hz = f0_hz[:, None] * np.arange(1, n_harmonics + 1)
    counts = (harmonics_hz < top_hz) & (amplitude > 0.0) & (voicing[:, None] > _VOICED_FROM)
    is_noise = counts.sum(axis=1) < _FEWEST_HARMONICS
    noise_hz = top_hz * np.arange(1, _N_NOISE_POINTS + 1) / _N_NOISE_POINTS
    frequency_hz, power, weight = (
        np.zeros((f0_hz.size, max(n_harmonics, _N_NOISE_POINTS))) for _ in range(3)
    )
    frequency_hz[:, :n_harmonics] = np.where(counts, harmonics_hz, 0.0)
    power[:, :n_harmonics] = np.where(counts, amplitude**2, 0.0)
    weight[:, :n_harmonics] = counts
    smooth = read_at(log_power[is_noise], grid_hz=grid_hz, at_hz=noise_hz[None, :])
    for values, of_noise in ((frequency_hz, noise_hz), (power, np.exp(smooth)), (weight, 1.0)):
        values[is_noise] = 0.0
        values[is_noise, :_N_NOISE_POINTS] = of_noise
    return frequency_hz, power, weight


def _candidates(
    frequency_hz: FloatArray, power: FloatArray, weight: FloatArray, top_hz: float, nominal_hz: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return frequencies, rising, and bandwidths of candidates, shape (n_frames, n_candidates) each, Hz."""
    filters = all_pole_through(
        power * (_EMPHASIS_HZ**2 + frequency_hz**2),
        frequency_hz=frequency_hz,
        weight=weight,
        top_hz=top_hz,
        order=2 * round(0.5 * _ORDER_PER_HZ * top_hz),
    )
    found = resonances(filters, top_hz=top_hz)
    usable = (
        (found.frequency_hz > _LOWEST_HZ)
        & (found.frequency_hz < 0.98 * top_hz)
        & (found.bandwidth_hz < _WIDEST_HZ)
    )
    rank = np.where(usable, found.frequency_hz, np.inf)
    order_by = np.argsort(rank, axis=1)[:, :_N_CANDIDATES]
    kept_hz = np.take_along_axis(rank, order_by, axis=1)
    missing = ~np.isfinite(kept_hz)
    widths_hz = np.where(missing, np.inf, np.take_along_axis(found.bandwidth_hz, order_by, axis=1))
    return _filled(kept_hz, widths_hz, missing, nominal_hz, top_hz)


def _filled(
    frequency_hz: FloatArray,
    bandwidth_hz: FloatArray,
    missing: npt.NDArray[np.bool_],
    nominal_hz: FloatArray,
    top_hz: float,
) -> tuple[FloatArray, FloatArray]:
    """Put the nominal formants farthest from any candidate in the missing places, and sort by frequency."""
    spare_hz = np.concatenate([nominal_hz, np.linspace(0.9, 0.99, frequency_hz.shape[1]) * top_hz])
    distance = np.abs(np.log(spare_hz[:, None] / np.where(missing, 1.0, frequency_hz)[:, None, :]))
    nearest = np.where(missing[:, None, :], np.inf, distance).min(axis=2)
    by_distance = spare_hz[np.argsort(-nearest, axis=1, kind="stable")]
    which = np.maximum(np.cumsum(missing, axis=1) - 1, 0)
    frequency_hz = np.where(missing, np.take_along_axis(by_distance, which, axis=1), frequency_hz)
    by_frequency = np.argsort(frequency_hz, axis=1, kind="stable")
    return (
        np.take_along_axis(frequency_hz, by_frequency, axis=1),
        np.take_along_axis(bandwidth_hz, by_frequency, axis=1),
    )
