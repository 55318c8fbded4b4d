"""How a clear voice tells where to look for one in doubt, and where it must not."""

import numpy as np
import pytest

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.voice_pair import find_voices
from stimgen.spectral.voicing import Voice, find_voice, voiced_power
from stimgen.synth import KnownPair
from stimgen.synth.draws_tract import random_creak_pair
from stimgen.synth.draws_voice import random_voiced_voiceless_pair
from stimgen.synth.mixed import VOICELESS_DB, MixedParameters

RATE_HZ = 16000


def sounds_of(pair: KnownPair[MixedParameters]) -> tuple[Sound, Sound, bool]:
    """The clear side, the weak one, and whether a is the clear one."""
    rng = np.random.default_rng(0)
    is_a_clear = pair.a.segments[0].hnr_db > pair.b.segments[0].hnr_db
    a, b = (pair.sound(t, rate_hz=RATE_HZ, rng=rng) for t in (0.0, 1.0))
    return (a, b, True) if is_a_clear else (b, a, False)


def centre_hz(voice: Voice) -> float:
    return float(np.exp(np.average(np.log(voice.harmonics.f0_hz), weights=voice.voicing)))


def tone(f0_hz: float, *, duration_s: float, n_harmonics: int = 20) -> FloatArray:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    samples = sum(np.cos(2.0 * np.pi * k * f0_hz * time_s + k * k) / k for k in range(1, n_harmonics + 1))
    return np.asarray(0.05 * samples / np.std(samples))


def test_whispers_beside_a_voice_have_no_pitch_of_their_own() -> None:
    shares = []
    for seed in range(2001, 2025):
        pair = random_voiced_voiceless_pair(np.random.default_rng(seed))
        if min(pair.a.segments[0].hnr_db, pair.b.segments[0].hnr_db) > VOICELESS_DB:
            continue
        clear, weak, _ = sounds_of(pair)
        shares.append(voiced_power(find_voices(clear, weak, f0_min_hz=60, f0_max_hz=8000)[1], weak))
    assert len(shares) >= 4
    assert float(np.median(shares)) == 0.0
    assert max(shares) < 0.3


def test_breathy_voices_beside_a_clear_one_are_followed_at_their_own_pitch() -> None:
    errors = []
    for seed in range(2001, 2041):
        pair = random_voiced_voiceless_pair(np.random.default_rng(seed))
        clear, weak, is_a_clear = sounds_of(pair)
        parameters = pair.b if is_a_clear else pair.a
        if parameters.segments[0].hnr_db < -3.0:
            continue
        voice = find_voices(clear, weak, f0_min_hz=60, f0_max_hz=8000)[1]
        true_hz = parameters.frames_at(np.array([0.5 * parameters.duration_s])).f0_hz[0]
        errors.append(abs(np.log2(centre_hz(voice) / true_hz)) if voice.voicing.any() else 0.0)
    assert len(errors) >= 5
    assert max(errors) < 0.1


def test_a_low_voice_in_a_long_hiss_keeps_its_pitch_beside_a_high_one() -> None:
    hiss = 0.05 * np.random.default_rng(3).standard_normal(round(0.25 * RATE_HZ))
    low = Sound(samples=np.concatenate([hiss, tone(106.0, duration_s=0.25)]), rate_hz=RATE_HZ)
    high = Sound(samples=tone(269.0, duration_s=0.4), rate_hz=RATE_HZ)
    first, second = find_voices(low, high, f0_min_hz=60, f0_max_hz=8000)

    assert centre_hz(first) == pytest.approx(106.0, rel=0.02)
    assert centre_hz(second) == pytest.approx(269.0, rel=0.01)


def test_creak_beside_a_modal_voice_is_followed_at_its_pulses() -> None:
    together, alone = [], []
    for seed in range(2001, 2007):
        pair = random_creak_pair(np.random.default_rng(seed))
        a, b = (pair.sound(t, rate_hz=RATE_HZ, rng=np.random.default_rng(0)) for t in (0.0, 1.0))
        is_a_creaky = pair.a.rest > 0.0
        parameters, creaky = (pair.a, a) if is_a_creaky else (pair.b, b)
        true_hz = float(
            np.nanmedian(parameters.f0_hz_at(np.linspace(0.05, parameters.duration_s - 0.05, 50)))
        )
        voices = find_voices(a, b, f0_min_hz=60, f0_max_hz=8000)
        for errors, voice in (
            (together, voices[0 if is_a_creaky else 1]),
            (alone, find_voice(creaky, f0_min_hz=60, f0_max_hz=8000)),
        ):
            errors.append(abs(np.log2(float(np.median(voice.harmonics.f0_hz)) / true_hz)))
    assert float(np.median(together)) < 0.2
    assert float(np.median(alone)) > 1.0


def test_the_pitch_of_a_call_does_not_bind_that_of_another() -> None:
    whistle = Sound(samples=tone(3000.0, duration_s=0.2, n_harmonics=2), rate_hz=RATE_HZ)
    noise = 0.02 * np.random.default_rng(4).standard_normal(whistle.n_samples)
    stack = Sound(samples=tone(600.0, duration_s=0.2, n_harmonics=10) + noise, rate_hz=RATE_HZ)
    first, second = find_voices(whistle, stack, f0_min_hz=60, f0_max_hz=8000)

    assert centre_hz(first) == pytest.approx(3000.0, rel=0.01)
    assert centre_hz(second) == pytest.approx(600.0, rel=0.01)
