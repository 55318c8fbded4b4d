"""Tracks of the fundamental that run an octave or a twelfth too low."""

import numpy as np

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.harmonics import Harmonics, measure_harmonics

_FACTORS = (2, 3)
# What harmonics that are no multiples hold of the power then; what leaks into them lies some 30 dB down.
_MOST_BETWEEN = 10.0**-2.5
# Less clear octaves: odd harmonics hold little power and each lies well below its neighbours, dB.
_ODD_DB, _DEPTH_DB, _BOTH_DB = 10.0, 7.0, 22.0
_DEEPEST, _FEWEST, _CLEAR_DB = 12, 3, 35.0
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
    return 2 if _is_octave_low(power) else 1


def _is_octave_low(power: FloatArray) -> bool:
    """Whether odd harmonics are weak both in all and one by one, as an alternation of pulses leaves them.

    A formant on the second harmonic makes the first weak, but not the fifth; a voice whose pulses alternate a little is
    heard at the octave.

    Args:
        power: Power of each harmonic, the fundamental first, shape (n_harmonics,).
    """
    share = power / max(float(power.sum()), 1e-300)
    level_db = 10.0 * np.log10(np.maximum(share, 1e-12))
    clear_db = float(level_db.max()) - _CLEAR_DB
    depths_db = [
        0.5 * (level_db[k - 1] + level_db[k + 1]) - level_db[k]
        for k in range(2, min(_DEEPEST, power.size - 1), 2)
        if max(level_db[k - 1], level_db[k + 1]) > clear_db
    ]
    if len(depths_db) < _FEWEST:
        return False
    odd_db = -10.0 * float(np.log10(max(float(share[0::2].sum()), 1e-12)))
    depth_db = float(np.median(depths_db))
    return odd_db > _ODD_DB and depth_db > _DEPTH_DB and odd_db + depth_db > _BOTH_DB
