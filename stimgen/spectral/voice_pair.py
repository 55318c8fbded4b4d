"""The voices of two sounds that will be morphed: where one is weak, the other tells where to look for it."""

import numpy as np

from stimgen.media.sound import Sound
from stimgen.spectral.voicing import Pitch, Voice, follow_pitch, voice_along, voiced_power

# A voice of this share of a sound's power is clear, one below the other is in doubt, one below the third is none.
_CLEAR_FROM, _DOUBTFUL_BELOW, _NONE_BELOW = 0.8, 0.7, 0.3
# Voices of people lie below and change little from one sound to the next, unlike calls.
_PERSON_BELOW_HZ = 500.0
# Between which quantiles of a clear voice's F0, and how far beyond, a weak one is looked for.
_QUANTILES, _REACH = (0.05, 0.95), 1.5
# What is found elsewhere must be as clear as voices are, and more of it: noise rings at its formants.
_BEYOND_DOUBT, _MORE = (0.65, 0.85), 0.1


def find_voices(a: Sound, b: Sound, *, f0_min_hz: float, f0_max_hz: float) -> tuple[Voice, Voice]:
    """Follow the pitch of two sounds and take their harmonics out.

    The pitch of a whispered or breathy sound is easily that of a formant. Where one of the two has the clear voice
    of a person, a weak voice in the other is looked for near it, and believed to lie elsewhere only if it is as
    clear. Calls may change too fast to show how steady they are, so they need not where any is clear enough.

    Args:
        a: One sound.
        b: The other.
        f0_min_hz: Lowest fundamental frequency, Hz.
        f0_max_hz: Highest, Hz.

    Raises:
        SettingError: If the range is empty at the rate of one of the sounds.
    """
    sounds = (a, b)
    pitches = [follow_pitch(sound, f0_min_hz=f0_min_hz, f0_max_hz=f0_max_hz) for sound in sounds]
    found = [voice_along(pitch, sound) for pitch, sound in zip(pitches, sounds, strict=True)]
    shares = [voiced_power(voice, sound) for voice, sound in zip(found, sounds, strict=True)]
    clear = int(np.argmax(shares))
    weak = 1 - clear
    if _is_of_person(found[clear]):
        if shares[clear] >= _CLEAR_FROM and shares[weak] < _DOUBTFUL_BELOW:
            limits_hz = _near(found[clear], f0_min_hz, f0_max_hz)
            found[weak] = _doubted(pitches[weak], found[weak], sounds[weak], limits_hz)
    elif shares[clear] >= _NONE_BELOW:
        found = [
            voice_along(pitch, sound, steady_share=None) for pitch, sound in zip(pitches, sounds, strict=True)
        ]
    return found[0], found[1]


def _is_of_person(voice: Voice) -> bool:
    is_voiced = voice.voicing > 0.5
    return bool(is_voiced.any()) and bool(
        np.quantile(voice.harmonics.f0_hz[is_voiced], _QUANTILES[1]) < _PERSON_BELOW_HZ
    )


def _near(clear: Voice, f0_min_hz: float, f0_max_hz: float) -> tuple[float, float]:
    """Return between which F0 a weak voice is looked for, Hz."""
    low_hz, high_hz = np.quantile(clear.harmonics.f0_hz[clear.voicing > 0.5], _QUANTILES)
    return max(f0_min_hz, float(low_hz) / _REACH), min(f0_max_hz, float(high_hz) * _REACH)


def _doubted(pitch: Pitch, voice: Voice, sound: Sound, limits_hz: tuple[float, float]) -> Voice:
    """Return the voice of a sound between limits of F0, or the given one if it is beyond doubt."""
    near = voice_along(follow_pitch(sound, f0_min_hz=limits_hz[0], f0_max_hz=limits_hz[1]), sound)
    sure = voice_along(pitch, sound, steady_share=_BEYOND_DOUBT)
    return voice if voiced_power(sure, sound) > voiced_power(near, sound) + _MORE else near
