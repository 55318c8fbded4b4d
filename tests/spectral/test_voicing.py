"""What is taken for a voice: not noise that rings, but breathy voices, quick calls and sudden onsets."""

import numpy as np
import pytest
import scipy.signal

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.voicing import find_voice, follow_pitch, voice_along, voiced_power

RATE_HZ = 16000


def noise_through_resonances(
    rng: np.random.Generator, resonances_hz: tuple[tuple[float, float], ...], duration_s: float = 0.4
) -> FloatArray:
    """White noise through resonances in a row, each given by frequency and bandwidth, Hz."""
    samples = rng.standard_normal(round(duration_s * RATE_HZ))
    for frequency_hz, bandwidth_hz in resonances_hz:
        radius = np.exp(-np.pi * bandwidth_hz / RATE_HZ)
        angle = 2.0 * np.pi * frequency_hz / RATE_HZ
        samples = scipy.signal.lfilter([1.0], [1.0, -2.0 * radius * np.cos(angle), radius**2], samples)
    return np.asarray(0.05 * samples / samples.std())


def harmonic_tone(f0_hz: float, *, duration_s: float = 0.4, n_harmonics: int = 15) -> FloatArray:
    """Harmonics that fall by 6 dB per octave, RMS 0.05."""
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    samples = sum(np.cos(2.0 * np.pi * k * f0_hz * time_s + k) / k for k in range(1, n_harmonics + 1))
    return np.asarray(0.05 * samples / np.std(samples))


def test_the_ringing_of_whispered_formants_is_no_voice() -> None:
    gated, ungated = [], []
    for seed in range(8):
        whisper = noise_through_resonances(
            np.random.default_rng(seed), ((650.0, 70.0), (1100.0, 90.0), (2500.0, 140.0))
        )
        sound = Sound(samples=whisper, rate_hz=RATE_HZ)
        pitch = follow_pitch(sound, f0_min_hz=60, f0_max_hz=8000)
        gated.append(voiced_power(voice_along(pitch, sound), sound))
        ungated.append(voiced_power(voice_along(pitch, sound, steady_share=None), sound))

    assert float(np.mean(gated)) < 0.15
    # over a few periods much of it is as harmonic as a voice
    assert float(np.mean(ungated)) > float(np.mean(gated)) + 0.1


@pytest.mark.parametrize("f0_hz", [110.0, 180.0, 260.0])
def test_a_breathy_voice_of_5_db_is_voiced_at_its_pitch(f0_hz: float) -> None:
    noise = np.random.default_rng(4).standard_normal(round(0.4 * RATE_HZ))
    breathy = harmonic_tone(f0_hz) + 0.05 * 10.0 ** (-5.0 / 20.0) * noise
    voice = find_voice(Sound(samples=breathy, rate_hz=RATE_HZ), f0_min_hz=60, f0_max_hz=8000)

    assert float(voice.voicing.mean()) > 0.8
    assert float(np.median(voice.harmonics.f0_hz)) == pytest.approx(f0_hz, rel=0.01)


def test_a_chirp_as_short_and_quick_as_a_finchs_is_voiced() -> None:
    rate_hz = 32000
    time_s = np.arange(round(0.04 * rate_hz)) / rate_hz
    # from 4.5 to 2 kHz within 40 ms
    chirp = (
        0.1 * np.sin(2.0 * np.pi * (4500.0 * time_s - 0.5 * 62500.0 * time_s**2)) * np.hanning(time_s.size)
    )
    voice = find_voice(Sound(samples=chirp, rate_hz=rate_hz), f0_min_hz=60, f0_max_hz=8000)
    heard = chirp.size // 4, 3 * chirp.size // 4
    frames = (voice.harmonics.times_s > heard[0] / rate_hz) & (voice.harmonics.times_s < heard[1] / rate_hz)

    assert float(voice.voicing[frames].min()) > 0.9
    assert voice.harmonics.f0_hz[frames] == pytest.approx(
        4500.0 - 62500.0 * voice.harmonics.times_s[frames], rel=0.02
    )


def test_a_voice_that_begins_at_once_is_voiced_from_its_first_periods_on() -> None:
    hiss = 0.02 * np.random.default_rng(5).standard_normal(round(0.15 * RATE_HZ))
    sound = Sound(samples=np.concatenate([hiss, harmonic_tone(150.0, duration_s=0.2)]), rate_hz=RATE_HZ)
    voice = find_voice(sound, f0_min_hz=60, f0_max_hz=8000)
    times_s = voice.harmonics.times_s

    assert float(voice.voicing[times_s > 0.16].min()) > 0.9
    assert float(voice.voicing[times_s < 0.13].max()) < 0.1


def test_a_loud_first_formant_is_not_taken_for_the_pitch() -> None:
    # a male voice whose harmonics around 500 Hz stand 20 dB above all others
    voice = harmonic_tone(110.0, n_harmonics=40)
    radius, angle = np.exp(-np.pi * 60.0 / RATE_HZ), 2.0 * np.pi * 500.0 / RATE_HZ
    peaked = scipy.signal.lfilter([1.0], [1.0, -2.0 * radius * np.cos(angle), radius**2], voice)
    found = find_voice(
        Sound(samples=0.05 * peaked / peaked.std(), rate_hz=RATE_HZ), f0_min_hz=60, f0_max_hz=8000
    )

    assert float(np.median(found.harmonics.f0_hz)) == pytest.approx(110.0, rel=0.02)
