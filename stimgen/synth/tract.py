"""The vocal tract as a cascade of resonances: gain and phase at any frequency."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray

# Above the stated formants the tract goes on as a uniform tube; without these poles the spectrum above the
# last formant would fall by 12 dB per octave and formant.
_N_HIGHER = 12


@dataclass(frozen=True, kw_only=True)
class Response:
    """Gain and phase of a filter.

    Args:
        power: Squared gain, 1 at 0 Hz.
        phase_rad: Phase, radians, continuous in frequency and in the formants (it never wraps).
    """

    power: FloatArray
    phase_rad: FloatArray


def usual_bandwidths_hz(formants_hz: FloatArray) -> FloatArray:
    """Return realistic bandwidths for formants, Hz, the same shape: about 60 Hz low down, 5 % high up.

    A smooth rule through the middle of what has been measured on speakers (Fujimura & Lindqvist 1971, JASA
    49:541; Hawks & Miller 1995, JASA 97:1343).

    Examples:
        >>> usual_bandwidths_hz(np.array([500.0, 1500.0, 2500.0])).round().tolist()
        [60.0, 93.0, 137.0]
    """
    return np.hypot(55.0, 0.05 * formants_hz)


def tract_response(
    frequencies_hz: FloatArray, *, formants_hz: FloatArray, bandwidths_hz: FloatArray
) -> Response:
    """Return the response of a tract.

    Two-pole digital resonators in cascade with gain 1 at 0 Hz (Klatt 1980, JASA 67:971), at a rate of their
    own that just holds the stated formants and 12 more of a uniform tube (spacing: last formant / (n - 1/2),
    Fant 1960, Acoustic Theory of Speech Production), so the response does not depend on the rate of the
    sound. Valid up to half that rate, about 17 kHz for a fifth formant of 4.5 kHz; it stays level beyond.

    Args:
        frequencies_hz: Where, shape (n_frames, n_frequencies), Hz.
        formants_hz: Resonance frequencies, shape (n_frames, n_formants), Hz, rising.
        bandwidths_hz: Their -3 dB bandwidths, the same shape, Hz.

    Returns:
        The response, both arrays of shape (n_frames, n_frequencies).
    """
    radius, angle, own_rate_hz = _poles(formants_hz, bandwidths_hz)
    omega = 2.0 * np.pi * np.minimum(frequencies_hz / own_rate_hz, 0.5)
    cos, sin, cos_twice, sin_twice = np.cos(omega), np.sin(omega), np.cos(2.0 * omega), np.sin(2.0 * omega)
    gain, phase = np.ones_like(omega), np.zeros_like(omega)
    for n in range(radius.shape[1]):
        r, r_cos = radius[:, n : n + 1], (radius * np.cos(angle))[:, n : n + 1]
        # the denominator 1 - 2 r cos(angle) / z + r^2 / z^2; both of its roots lie inside the unit circle,
        # so the arguments of its two factors stay within a quarter turn and their sum within half a turn:
        # no wrapping
        real = 1.0 - 2.0 * r_cos * cos + r**2 * cos_twice
        imaginary = 2.0 * r_cos * sin - r**2 * sin_twice
        gain *= (1.0 - 2.0 * r_cos + r**2) ** 2 / (real**2 + imaginary**2)
        phase -= np.arctan2(imaginary, real)
    return Response(power=gain, phase_rad=phase)


def tract_power(
    frequencies_hz: FloatArray, *, formants_hz: FloatArray, bandwidths_hz: FloatArray
) -> FloatArray:
    """Return the squared gain of a tract alone, shape (n_frames, n_frequencies), as in `tract_response`.

    Args:
        frequencies_hz: Where, shape (n_frequencies,), Hz.
        formants_hz: Resonance frequencies, shape (n_frames, n_formants), Hz, rising.
        bandwidths_hz: Their -3 dB bandwidths, the same shape, Hz.
    """
    radius, angle, own_rate_hz = _poles(formants_hz, bandwidths_hz)
    cos = np.cos(2.0 * np.pi * np.minimum(frequencies_hz / own_rate_hz, 0.5))
    power = np.ones_like(cos)
    for n in range(radius.shape[1]):
        r, cos_pole = radius[:, n : n + 1], np.cos(angle[:, n : n + 1])
        at_zero = (1.0 - 2.0 * r * cos_pole + r**2) ** 2
        # |1 - 2 r c / z + r^2 / z^2|^2 written out in x = cos(omega)
        constant = (1.0 - r**2) ** 2 + 4.0 * r**2 * cos_pole**2
        power *= at_zero / (constant - 4.0 * r * (1.0 + r**2) * cos_pole * cos + 4.0 * r**2 * cos**2)
    return np.asarray(power)


def _poles(formants_hz: FloatArray, bandwidths_hz: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    spacing_hz = formants_hz[:, -1:] / (formants_hz.shape[1] - 0.5)
    higher_hz = formants_hz[:, -1:] + spacing_hz * np.arange(1, _N_HIGHER + 1)
    ratio = bandwidths_hz[:, -1:] / usual_bandwidths_hz(formants_hz[:, -1:])
    poles_hz = np.concatenate([formants_hz, higher_hz], axis=1)
    widths_hz = np.concatenate([bandwidths_hz, ratio * usual_bandwidths_hz(higher_hz)], axis=1)
    own_rate_hz = 2.0 * spacing_hz * poles_hz.shape[1]
    return np.exp(-np.pi * widths_hz / own_rate_hz), 2.0 * np.pi * poles_hz / own_rate_hz, own_rate_hz
