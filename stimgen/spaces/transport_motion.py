"""How the spectra of two sounds move into each other: harmonic by harmonic, formant to formant, or as a whole."""

from typing import Literal

import numpy as np

from stimgen.spaces.transport_analysis import Analysis
from stimgen.spectral.harmonic_pattern import harmonic_pattern

Warp = Literal["auto", "formants", "transport"]
Motion = Literal["harmonics", "formants", "transport"]

# With few harmonics the envelope between them is invented, so calls move harmonic by harmonic.
_CALL_F0_HZ, _CALL_VOICED_SHARE = 700.0, 0.3
# Even harmonics so far below their neighbours are missing, as in clarinets and square waves, dB.
_MISSING_DB, _LEAST_POWER = 15.0, 1e-12
# Formants are looked for in voices of people whose energy lies below 5.5 kHz.
_SPEECH_F0_HZ = (60.0, 450.0)
_SPEECH_TOP_HZ, _SPEECH_SHARE = 5500.0, 0.8


def choose_motion(a: Analysis, b: Analysis, warp: Warp) -> Motion:
    """Return how two sounds move: calls "harmonics", speech "formants", all else "transport".

    Args:
        a: One sound.
        b: The other.
        warp: "auto" looks at the sounds; "formants" and "transport" are obeyed for all but calls.
    """
    if is_call_pair(a, b):
        return "harmonics"
    if warp == "formants" or (warp == "auto" and _sounds_like_speech(a) and _sounds_like_speech(b)):
        return "formants"
    return "transport"


def is_call_pair(a: Analysis, b: Analysis) -> bool:
    """Whether two sounds move harmonic by harmonic, because there is no envelope between their harmonics.

    So it is where both have harmonics for much of their power, and F0 lies above 700 Hz or even harmonics are missing.
    """
    return all(
        one.voiced_share >= _CALL_VOICED_SHARE
        and (one.f0_centre_hz > _CALL_F0_HZ or _lacks_even_harmonics(one))
        for one in (a, b)
    )


def fades_in_place(a: Analysis, b: Analysis) -> bool:
    """Whether noise of one sound stays where it is while a voice of the other comes up: so in speech.

    A hiss that turns into a vowel is no formant on its way. Calls go on into noise of their own, often where they
    were, and would be heard through it if both stayed.
    """
    return _sounds_like_speech(a) or _sounds_like_speech(b)


def _sounds_like_speech(one: Analysis) -> bool:
    """Whether a sound is voiced in the range of speakers and has its energy where formants are."""
    # a larynx makes all harmonics
    if harmonic_pattern(one.voice.harmonics, one.voice.voicing) is not None:
        return False
    weight = np.exp(one.envelopes.log_total).sum(axis=0) * np.gradient(one.grid_hz)
    share = float(weight[one.grid_hz <= _SPEECH_TOP_HZ].sum() / weight.sum())
    return _SPEECH_F0_HZ[0] <= one.f0_centre_hz <= _SPEECH_F0_HZ[1] and share >= _SPEECH_SHARE


def _lacks_even_harmonics(one: Analysis) -> bool:
    """Whether the second harmonic and, if there are as many, the fourth are missing among their neighbours."""
    power = np.mean(np.abs(one.voice.harmonics.coefficients[:, :5]) ** 2, axis=0) + _LEAST_POWER
    if power.size < 3:
        return False
    level_db = 10.0 * np.log10(power)
    above_db = 0.5 * (level_db[:-2:2] + level_db[2::2]) - level_db[1:-1:2]
    return bool(above_db.min() > _MISSING_DB)
