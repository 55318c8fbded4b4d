"""A-weighted level: a level in which each frequency counts about as much as a quiet one does to a human ear."""

import numpy as np

from stimgen.calibration.level import ActivePart, to_db
from stimgen.media.sound import FloatArray

# the pole frequencies of the weighting, Hz: two poles each at the first and last, one at each of those between
POLES_HZ = (20.598997, 107.65265, 737.86223, 12194.217)
REFERENCE_HZ = 1000.0


def a_weighted_dbfs(samples: FloatArray, part: ActivePart) -> float:
    """Return the A-weighted RMS level over the active part, its mean removed, dB re full scale.

    The curve is applied to the spectrum of the active part itself, so that it is exact at every rate up to half of it
    and depends on no filter design. A full-scale sine of 1 kHz is at -3.01, as in `level_dbfs`.

    Args:
        samples: Amplitude, shape (n_samples,).
        part: The part to measure, from `active_part`.

    Returns:
        Level, dB re full scale; -200 for silence. It is a measure for human ears, for no other species.

    References:
        IEC 61672-1:2013, annex E: the A-weighting in closed form.

    Examples:
        >>> from stimgen.calibration.level import active_part
        >>> sine = np.sin(2 * np.pi * 100 * np.arange(8000) / 8000)
        >>> round(a_weighted_dbfs(sine, active_part(sine, rate_hz=8000)), 2)
        -22.15
    """
    active = samples[part.start : part.stop]
    n = active.shape[0]
    power = np.abs(np.fft.rfft(active)) ** 2
    # a real sound's spectrum has every line twice, except the first and, for an even count, the last
    power[1 : (n + 1) // 2] *= 2
    power[0] = 0.0
    gains = _gain(np.arange(power.shape[0]) * part.rate_hz / n)
    return to_db(float(np.sqrt(np.dot(power, gains**2))) / n)


def a_weighting_db(frequencies_hz: FloatArray) -> FloatArray:
    """Return the A-weighting at each frequency, dB, 0 at 1 kHz and minus infinity at 0 Hz.

    Examples:
        >>> a_weighting_db(np.array([31.5, 100.0, 1000.0, 4000.0, 16000.0])).round(1).tolist()
        [-39.5, -19.1, 0.0, 1.0, -6.7]
    """
    with np.errstate(divide="ignore"):
        return np.asarray(20 * np.log10(_gain(frequencies_hz)))


def _gain(frequencies_hz: FloatArray) -> FloatArray:
    return _magnitude(frequencies_hz) / _magnitude(np.array(REFERENCE_HZ))


def _magnitude(frequencies_hz: FloatArray) -> FloatArray:
    squares = frequencies_hz**2
    lowest, low, high, highest = (pole**2 for pole in POLES_HZ)
    poles = (squares + lowest) * np.sqrt((squares + low) * (squares + high)) * (squares + highest)
    return np.asarray(squares**2 / poles)
