"""The vocal tract as a filter made of its formants: its gain at any frequency, and how well it explains a voice."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.displacement import gaussian_smooth

# Above the formants that are known the tract goes on as a uniform tube; without these poles the level above the
# last formant would hang on it alone. They were not seen, so they are given no peaks.
_N_HIGHER = 5
_HIGHER_WIDTH = 0.1  # of their frequency
_BEND_HZ = 100.0
_CLOSEST = 1.03  # ratio of neighbouring formants when they are carried on beyond those that were measured
_COMPARED_HZ = 250.0
_NEIGHBOURS = 0.7  # harmonics
_STEADY_S, _TRUST_S = 0.015, 0.020
_LEAST_BENDS = 1e-9
_LEAST_AMPLITUDE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Formants:
    """Resonances of a tract through time.

    Args:
        frequency_hz: Shape (n_frames, n_formants), Hz, rising along each frame.
        bandwidth_hz: -3 dB bandwidths, the same shape, Hz.
    """

    frequency_hz: FloatArray
    bandwidth_hz: FloatArray


def usual_bandwidths_hz(frequency_hz: FloatArray) -> FloatArray:
    """Return bandwidths of formants as they are in a voice, Hz, the same shape: 80 Hz low down, 5 % high up.

    With the glottis closed it is some 55 Hz low down (Fujimura & Lindqvist 1971, JASA 49:541; Hawks & Miller
    1995, JASA 97:1343). The 80 Hz are chosen, not published: envelopes through harmonics are wider than the
    resonances themselves, and a narrower rule brought midpoints of a physical tract no nearer to the truth.
    """
    return np.hypot(80.0, 0.05 * frequency_hz)


def formants_between(a: Formants, b: Formants, position: float) -> Formants:
    """Return formants on the lines log(f + 100 Hz) and log bandwidth from a to b; beyond, they never cross."""
    start, end = (np.log(one.frequency_hz + _BEND_HZ) for one in (a, b))
    frequency_hz = np.exp(start + position * (end - start)) - _BEND_HZ
    widths = (1.0 - position) * np.log(a.bandwidth_hz) + position * np.log(b.bandwidth_hz)
    if not 0.0 <= position <= 1.0:
        lowest_hz = 0.5 * np.minimum(a.frequency_hz, b.frequency_hz)
        orders = np.log(_CLOSEST) * np.arange(frequency_hz.shape[1])
        apart = np.maximum.accumulate(np.log(np.maximum(frequency_hz, lowest_hz)) - orders, axis=1)
        frequency_hz = np.exp(apart + orders)
        usual = np.log(usual_bandwidths_hz(frequency_hz))
        widths = np.clip(widths, usual - np.log(4.0), usual + np.log(4.0))
    return Formants(frequency_hz=frequency_hz, bandwidth_hz=np.exp(widths))


def log_gain(formants: Formants, at_hz: FloatArray) -> FloatArray:
    """Return the gain of the tract, natural log of power, 0 at 0 Hz.

    A product of resonances, each 1 / ((1 - x^2)^2 + (x b / f)^2) with x the frequency over the formant's f and b
    its bandwidth. The level of each peak and of the skirts between them thus follows from where the formants
    are. Above the last formant, poles of a uniform tube follow, spaced as the last formant over (n - 1/2).

    Args:
        formants: The tract, n_frames of it.
        at_hz: Where, shape (n_frames, n_points), or (1, n_points) for all frames, Hz.

    Returns:
        Shape (n_frames, n_points).

    References:
        Fant 1960, Acoustic Theory of Speech Production, section 1.2 (levels of formants from frequencies).
    """
    last_hz = formants.frequency_hz[:, -1:]
    spacing_hz = last_hz / (formants.frequency_hz.shape[1] - 0.5)
    higher_hz = last_hz + spacing_hz * np.arange(1, _N_HIGHER + 1)
    poles_hz = np.concatenate([formants.frequency_hz, higher_hz], axis=1)
    widths_hz = np.concatenate([formants.bandwidth_hz, _HIGHER_WIDTH * higher_hz], axis=1)
    out = np.empty((poles_hz.shape[0], at_hz.shape[1]))
    _gains(poles_hz**-2, (widths_hz / poles_hz**2) ** 2, np.ascontiguousarray(at_hz), out)
    return out


def explained_share(
    formants: Formants,
    amplitude: FloatArray,
    *,
    weight: FloatArray,
    f0_hz: FloatArray,
    centre_hz: float,
    frame_step_s: float,
) -> FloatArray:
    """Return how much of the peaks and valleys of a voice its formants explain, shape (n_frames,), at most 1.

    The measure of peaks is how far a harmonic's level lies off the line through two others some 250 Hz on either
    side, each the mean of its neighbours and of 15 ms, so that chance hardly counts. 1 says that without the
    filter nothing of the peaks is left, 0 that the filter explains as much as it adds.

    Args:
        formants: The tract at the frames.
        amplitude: Amplitudes of the harmonics, shape (n_frames, n_harmonics), >= 0.
        weight: How much each harmonic counts, the same shape, 0..1.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        centre_hz: The usual fundamental frequency of the voice, Hz.
        frame_step_s: Distance of frames, s.
    """
    n_harmonics = amplitude.shape[1]
    apart = max(1, round(_COMPARED_HZ / max(centre_hz, 1.0)))
    if n_harmonics <= 2 * apart:
        return np.zeros(f0_hz.size)
    level = 2.0 * np.log(np.maximum(amplitude, _LEAST_AMPLITUDE))
    at_hz = f0_hz[:, None] * np.arange(1, n_harmonics + 1)
    counts = weight[:, apart:-apart] * (amplitude[:, 2 * apart :] > 0.0)

    def bends(levels: FloatArray) -> FloatArray:
        smooth = gaussian_smooth(levels, width=_NEIGHBOURS if apart > 1 else 0.0, axis=1)
        off_line = smooth[:, 2 * apart :] - 2.0 * smooth[:, apart:-apart] + smooth[:, : -2 * apart]
        steady = gaussian_smooth(counts * off_line, width=_STEADY_S / frame_step_s, axis=0)
        total = (steady**2).sum(axis=1)
        return np.asarray(gaussian_smooth(total[None, :], width=_TRUST_S / frame_step_s, axis=1)[0])

    with_peaks, without = bends(level), bends(level - log_gain(formants, at_hz))
    return np.where(with_peaks > _LEAST_BENDS, 1.0 - without / np.maximum(with_peaks, _LEAST_BENDS), 0.0)


@compiled
def _gains(inverse_squares: FloatArray, widths: FloatArray, at_hz: FloatArray, out: FloatArray) -> None:
    n_rows = at_hz.shape[0]
    for frame in range(out.shape[0]):
        row = at_hz[min(frame, n_rows - 1)]
        for point in range(out.shape[1]):
            square = row[point] * row[point]
            product = 1.0
            for pole in range(inverse_squares.shape[1]):
                ratio = 1.0 - square * inverse_squares[frame, pole]
                product *= ratio * ratio + square * widths[frame, pole]
            out[frame, point] = -np.log(product)
