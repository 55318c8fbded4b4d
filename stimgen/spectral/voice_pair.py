"""The voices of two sounds that will be morphed: where one is in doubt, the other tells where to look for it."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import Sound
from stimgen.spectral.voicing import (
    Pitch,
    Voice,
    follow_pitch,
    held_pitch,
    misfit_db,
    voice_along,
    voiced_power,
)

# A voice that is beyond doubt for this share of a sound's power is clear; below the other there is none.
_CLEAR_FROM, _NONE_BELOW = 0.7, 0.3
_BEYOND_DOUBT = (0.65, 0.85)
# Voices of people lie below and change little from one sound to the next, unlike calls.
_PERSON_BELOW_HZ = 500.0
# Between which quantiles of a clear voice's F0, and how far beyond, one in doubt is looked for.
_QUANTILES, _REACH = (0.05, 0.95), 1.5
# What is found elsewhere must be beyond doubt, and more of it: noise rings at its formants.
_MORE = 0.1
# Creak is looked for around the lowest F0. Its pulses come unevenly, so that it fits badly, but better than noise or
# any higher F0 does.
_CREAK_RANGE, _CREAK_MISFIT_DB, _CREAK_BETTER_DB = (0.6, 1.5), -1.5, 0.5
_CREAK_BELOW = 0.5
# A voice in doubt for less than this share of the power is chance; no frame is voiced to beyond all of its energy.
_CHANCE_BELOW, _ALL_UNVOICED = 0.15, (1.0, 2.0)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A pitch, the voice along it, and its shares of the sound's power: voiced, and voiced beyond doubt."""

    pitch: Pitch
    voice: Voice
    voiced: float
    sure: float


def find_voices(a: Sound, b: Sound, *, f0_min_hz: float, f0_max_hz: float) -> tuple[Voice, Voice]:
    """Follow the pitch of two sounds and take their harmonics out.

    The pitch of a whispered, breathy or creaky sound is easily that of a formant. Where one of the two has the clear
    voice of a person, one in doubt in the other is looked for near it, and in creak, and believed to lie elsewhere
    only if more of it is beyond doubt there. Calls may change too fast to show how steady they are, so they need
    not where either is voiced at all.

    Args:
        a: One sound.
        b: The other.
        f0_min_hz: Lowest fundamental frequency, Hz; creak is looked for down to 0.6 of it.
        f0_max_hz: Highest, Hz.

    Raises:
        SettingError: If the range is empty at the rate of one of the sounds.
    """
    sounds = (a, b)
    found = [_find(sound, f0_min_hz, f0_max_hz) for sound in sounds]
    clear = int(np.argmax([one.sure for one in found]))
    weak = 1 - clear
    voices = [one.voice for one in found]
    if _is_of_person(found[clear].voice):
        if found[clear].sure >= _CLEAR_FROM > found[weak].sure:
            voices[weak] = _find_weak(sounds[weak], found[weak], found[clear].voice, (f0_min_hz, f0_max_hz))
    elif max(one.voiced for one in found) >= _NONE_BELOW:
        voices = [
            voice_along(one.pitch, sound, steady_share=None) for one, sound in zip(found, sounds, strict=True)
        ]
    return voices[0], voices[1]


def _find(sound: Sound, f0_min_hz: float, f0_max_hz: float) -> _Found:
    pitch = follow_pitch(sound, f0_min_hz=f0_min_hz, f0_max_hz=f0_max_hz)
    voice = voice_along(pitch, sound)
    sure = voice_along(pitch, sound, steady_share=_BEYOND_DOUBT)
    return _Found(pitch=pitch, voice=voice, voiced=voiced_power(voice, sound), sure=voiced_power(sure, sound))


def _is_of_person(voice: Voice) -> bool:
    is_voiced = voice.voicing > 0.5
    highest_hz = np.quantile(voice.harmonics.f0_hz[is_voiced], _QUANTILES[1]) if is_voiced.any() else np.inf
    return bool(highest_hz < _PERSON_BELOW_HZ)


def _find_weak(sound: Sound, found: _Found, clear: Voice, limits_hz: tuple[float, float]) -> Voice:
    """Return the voice of a sound that is most likely beside the clear voice of a person in the other."""
    low_hz, high_hz = np.quantile(clear.harmonics.f0_hz[clear.voicing > 0.5], _QUANTILES)
    near = _find(sound, max(limits_hz[0], float(low_hz) / _REACH), min(limits_hz[1], float(high_hz) * _REACH))
    creak = _find(sound, _CREAK_RANGE[0] * limits_hz[0], _CREAK_RANGE[1] * limits_hz[0])
    held = voice_along(held_pitch(found.pitch, sound), sound, steady_share=_BEYOND_DOUBT)
    sure = voiced_power(held, sound)
    if max(sure, near.voiced) < _CREAK_BELOW and _fits_creak(sound, creak.pitch, near.pitch):
        return creak.voice
    if sure > near.voiced + _MORE:
        return found.voice
    is_chance = near.voiced < _CHANCE_BELOW
    return voice_along(near.pitch, sound, steady_share=_ALL_UNVOICED) if is_chance else near.voice


def _fits_creak(sound: Sound, creak: Pitch, near: Pitch) -> bool:
    creak_db = misfit_db(sound, creak)
    return creak_db < _CREAK_MISFIT_DB and creak_db < misfit_db(sound, near) - _CREAK_BETTER_DB
