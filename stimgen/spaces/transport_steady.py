"""Harmonics freed of the noise that was measured with them, so that another speed does not turn it into tremor."""

from dataclasses import replace

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spaces.transport_analysis import Analysis
from stimgen.spaces.transport_pair import Pair, read_side
from stimgen.spaces.transport_phases import Side, match_phases
from stimgen.spectral.displacement import gaussian_smooth, read_at
from stimgen.spectral.harmonics import Harmonics

_FEWEST_PERIODS = 3
_WIDTH_PERIODS, _SHORTEST_WIDTH_S = 5.0, 0.008
# Of the noise in a window of 3 periods the harmonics explain half, and F0 that follows it explains more; the
# residual shows the rest.
_NOISE_SEEN = 0.3
_NOISE_COURSE_S = 0.060
_HANN_SPREAD = 1.5  # noise bandwidth of a Hann window times its length
_LEAST_POWER = 1e-24


def steadied(pair: Pair, a: Analysis, b: Analysis) -> Pair:
    """Return a pair whose harmonics move no more than the sounds do; what they lose is left to the residual.

    Around each frame the complex amplitudes fluctuate by the noise that fell into their window. Slowed down,
    these fluctuations become a waver and the voice sounds purer than it is; sped up, they become roughness. So
    much of the fluctuation as the noise explains is taken away. Calls, whose harmonics lie far apart, catch
    little noise and really move that fast: they stay as they are.
    """
    if pair.is_call:
        return pair
    side_a, side_b = _steadied_side(pair.a, a), _steadied_side(pair.b, b)
    pulse_offset, phase_to_b = match_phases(side_a, side_b)
    return replace(pair, a=side_a, b=side_b, pulse_offset=pulse_offset, phase_to_b=phase_to_b)


def _steadied_side(side: Side, one: Analysis) -> Side:
    harmonics = _without_noise(one)
    voice = replace(one.voice, harmonics=harmonics)
    steady = read_side(replace(one, voice=voice), side.times_s, side.phase.shape[1])
    return replace(steady, envelopes=side.envelopes)


def _without_noise(one: Analysis) -> Harmonics:
    """Shrink what departs from the course of each harmonic by the share of it that noise explains (Wiener)."""
    harmonics = one.voice.harmonics
    centre_hz = max(one.f0_centre_hz, 1.0)
    width = max(_WIDTH_PERIODS / centre_hz, _SHORTEST_WIDTH_S) / _hop_s(harmonics)
    coefficients = harmonics.coefficients
    course = _smooth(coefficients.real, width) + 1j * _smooth(coefficients.imag, width)
    departure = coefficients - course
    power = _smooth(departure.real**2 + departure.imag**2, width)
    keep = np.clip(1.0 - _noise_power(one) / np.maximum(power, _LEAST_POWER), 0.0, 1.0)
    return replace(harmonics, coefficients=course + keep * departure)


def _noise_power(one: Analysis) -> FloatArray:
    """Return the mean square that noise gives the complex amplitude of each harmonic, shape (n_frames, n_harmonics)."""
    harmonics, shortest_s = one.voice.harmonics, one.voice.pitch_range.shortest_s
    orders = np.arange(1, harmonics.coefficients.shape[1] + 1)
    at_hz = np.minimum(harmonics.f0_hz[:, None] * orders, one.grid_hz[-1])
    log_noise = one.envelopes.log_noise
    # where formants move the harmonics leave some of themselves behind, which is no noise
    log_noise = np.minimum(log_noise, _smooth(log_noise, _NOISE_COURSE_S / _hop_s(harmonics)))
    density = np.exp(read_at(log_noise, grid_hz=one.grid_hz, at_hz=at_hz)) / _NOISE_SEEN
    window_s = np.maximum(_FEWEST_PERIODS / harmonics.f0_hz, shortest_s)
    return np.asarray(2.0 * _HANN_SPREAD * density / window_s[:, None])


def _hop_s(harmonics: Harmonics) -> float:
    return float(harmonics.times_s[1] - harmonics.times_s[0])


def _smooth(values: FloatArray, width: float) -> FloatArray:
    return gaussian_smooth(values, width=width, axis=0)
