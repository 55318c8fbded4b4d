"""What belongs to the numbers of harmonics and not to their frequencies: weak even harmonics."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.harmonics import Harmonics

# Peaks of an envelope that happen to lie on odd harmonics do not weaken every even one so much, dB.
_WEAK_DB, _EACH_DB = 12.0, 5.0
_FEWEST_EVEN, _SHARE_WEAK = 2, 0.75
_HEARD_BELOW_DB = 45.0
_MOST_DB = 60.0
_LEAST_POWER = 1e-24


def harmonic_pattern(harmonics: Harmonics, voicing: FloatArray) -> FloatArray | None:
    """Return by how much a source weakens each harmonic; None where it weakens none.

    Clarinets, square waves and many calls lack even harmonics. That is a matter of how they are made and stays with
    the even harmonics when the pitch changes, as an envelope does not.

    Args:
        harmonics: Harmonics of a sound.
        voicing: How far each frame counts, shape (n_frames,), 0..1.

    Returns:
        Natural log of amplitude, shape (n_harmonics,): 0 for odd harmonics, one negative value for all even ones.
    """
    n_harmonics = harmonics.coefficients.shape[1]
    if n_harmonics < 2 * _FEWEST_EVEN + 1 or voicing.sum() <= 0.0:
        return None
    power = np.average(np.abs(harmonics.coefficients) ** 2, axis=0, weights=voicing)
    level_db = 10.0 * np.log10(power + _LEAST_POWER)
    neighbours_db = 0.5 * (level_db[:-2:2] + level_db[2::2])
    is_heard = np.minimum(level_db[:-2:2], level_db[2::2]) > level_db.max() - _HEARD_BELOW_DB
    above_db = (level_db[1:-1:2] - neighbours_db)[is_heard]
    if above_db.size < _FEWEST_EVEN or np.mean(above_db < -_EACH_DB) < _SHARE_WEAK:
        return None
    even_db = max(float(np.median(above_db)), -_MOST_DB)
    if even_db > -_WEAK_DB:
        return None
    pattern = np.zeros(n_harmonics)
    pattern[1::2] = even_db * np.log(10.0) / 20.0
    return pattern
