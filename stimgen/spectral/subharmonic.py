"""Tracks of the fundamental that run an octave or a twelfth too low."""

import numpy as np

from stimgen.media.sound import Sound
from stimgen.spectral.harmonics import Harmonics, measure_harmonics

_FACTORS = (2, 3)
# What harmonics that are no multiples hold of the power then; what leaks into them lies some 30 dB down.
_MOST_BETWEEN = 10.0**-2.5
_HIGHEST = 0.48  # of the rate


def at_fundamental(fit: Harmonics, sound: Sound, *, shortest_s: float) -> Harmonics:
    """Return the harmonics of a sound, measured again if F0 was followed an octave or a twelfth too low.

    Args:
        fit: Harmonics of the sound.
        sound: The sound.
        shortest_s: Shortest window, s.
    """
    factor = subharmonic_factor(fit)
    if factor == 1:
        return fit
    f0_hz = np.minimum(factor * fit.f0_hz, _HIGHEST * sound.rate_hz)
    return measure_harmonics(
        sound.samples, rate_hz=sound.rate_hz, times_s=fit.times_s, f0_hz=f0_hz, shortest_s=shortest_s
    )


def subharmonic_factor(fit: Harmonics) -> int:
    """Return by how much F0 is too low: 2 or 3 where only every second or third harmonic is there, else 1.

    Args:
        fit: Harmonics of a sound; frames count by the share that is harmonic.
    """
    power = np.clip(fit.share, 0.0, 1.0) @ np.abs(fit.coefficients) ** 2
    total = float(power.sum())
    for factor in _FACTORS:
        if power.size > factor and total - float(power[factor - 1 :: factor].sum()) < _MOST_BETWEEN * total:
            return factor
    return 1
