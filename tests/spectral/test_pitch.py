"""Fundamental frequency: closed forms, octaves, both ranges, and an independent program."""

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.pitch import frame_times_s, pitch_ranges, track_pitch
from stimgen.spectral.voicing import bridged_f0_hz, find_voice


def glide(
    start_hz: float, stop_hz: float, *, duration_s: float, rate_hz: int, n_harmonics: int
) -> FloatArray:
    """Harmonics with amplitudes 1/k on a fundamental that moves on a straight line."""
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    phase = 2 * np.pi * (start_hz * time_s + 0.5 * (stop_hz - start_hz) / duration_s * time_s**2)
    return 0.1 * sum(np.cos(k * phase + 0.3 * k * k) / k for k in range(1, n_harmonics + 1))


def cents(found_hz: FloatArray, true_hz: FloatArray) -> FloatArray:
    return np.abs(1200 * np.log2(found_hz / true_hz))


@pytest.mark.parametrize(
    ("start_hz", "stop_hz", "rate_hz", "duration_s", "n_harmonics"),
    [(90.0, 130.0, 8000, 0.4, 25), (240.0, 330.0, 16000, 0.3, 15), (3000.0, 5000.0, 32000, 0.1, 2),
     (7000.0, 6000.0, 44100, 0.1, 2)],
)  # fmt: skip
def test_a_glide_is_followed_within_10_cents_in_every_inner_frame(
    start_hz, stop_hz, rate_hz, duration_s, n_harmonics
):
    samples = glide(start_hz, stop_hz, duration_s=duration_s, rate_hz=rate_hz, n_harmonics=n_harmonics)
    voice = find_voice(Sound(samples=samples, rate_hz=rate_hz), f0_min_hz=60, f0_max_hz=8000)
    times_s = voice.harmonics.times_s
    inner = (times_s > 0.03 * duration_s) & (times_s < 0.97 * duration_s)
    true_hz = start_hz + (stop_hz - start_hz) * times_s / duration_s
    assert np.max(cents(voice.harmonics.f0_hz, true_hz)[inner]) < 10
    assert np.all(voice.voicing[inner] > 0.99)


def test_a_missing_fundamental_is_found():
    time_s = np.arange(8000) / 16000
    samples = 0.1 * sum(np.cos(2 * np.pi * 150 * k * time_s) for k in range(3, 12))
    voice = find_voice(Sound(samples=samples, rate_hz=16000), f0_min_hz=60, f0_max_hz=8000)
    assert np.median(cents(voice.harmonics.f0_hz, np.full(1, 150.0))) < 5


def test_noise_is_unvoiced_and_a_tone_in_a_little_noise_is_voiced():
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.normal(size=8000)
    tone = 0.1 * np.cos(2 * np.pi * 200 * np.arange(8000) / 16000)
    for samples, low, high in ((noise, 0.0, 0.15), (tone + 0.05 * noise, 0.95, 1.0)):
        voice = find_voice(Sound(samples=samples, rate_hz=16000), f0_min_hz=60, f0_max_hz=8000)
        assert low <= voice.voicing.mean() <= high


def test_praat_agrees_on_a_synthetic_voice():
    parselmouth = pytest.importorskip("parselmouth")
    samples = glide(110.0, 160.0, duration_s=0.5, rate_hz=16000, n_harmonics=20)
    found = find_voice(Sound(samples=samples, rate_hz=16000), f0_min_hz=60, f0_max_hz=8000)
    praat = parselmouth.Sound(samples, 16000).to_pitch(time_step=0.01)
    praat_hz = praat.selected_array["frequency"]
    ours_hz = np.interp(praat.xs(), found.harmonics.times_s, found.harmonics.f0_hz)
    assert np.max(cents(ours_hz[praat_hz > 0], praat_hz[praat_hz > 0])) < 20


def test_pauses_are_bridged_and_silence_has_some_f0():
    rate_hz = 8000
    voiced = glide(120.0, 120.0, duration_s=0.2, rate_hz=rate_hz, n_harmonics=10)
    later = glide(180.0, 180.0, duration_s=0.2, rate_hz=rate_hz, n_harmonics=10)
    samples = np.concatenate([voiced, np.zeros(1600), later])
    voice = find_voice(Sound(samples=samples, rate_hz=rate_hz), f0_min_hz=60, f0_max_hz=4000)
    middle_hz = np.interp(0.3, voice.harmonics.times_s, bridged_f0_hz(voice))
    assert 125 < middle_hz < 175
    silent = find_voice(Sound(samples=np.zeros(1600), rate_hz=rate_hz), f0_min_hz=60, f0_max_hz=4000)
    assert np.all(silent.voicing == 0)
    assert np.all(bridged_f0_hz(silent) > 0)


def test_frames_reach_from_start_to_end_and_stay_few():
    times_s = frame_times_s(0.123, 0.005)
    assert times_s[0] == 0.0
    assert times_s[-1] == 0.123
    assert frame_times_s(600.0, 0.005).size <= 16001


def test_a_range_above_the_rate_is_refused():
    with pytest.raises(SettingError, match="empty"):
        pitch_ranges(f0_min_hz=3000.0, f0_max_hz=8000.0, rate_hz=4000)


def test_the_track_alone_is_within_a_quarter_tone():
    samples = glide(100.0, 140.0, duration_s=0.4, rate_hz=16000, n_harmonics=20)
    (voices, _) = pitch_ranges(f0_min_hz=60, f0_max_hz=8000, rate_hz=16000)
    times_s = frame_times_s(0.4, voices.hop_s)
    found_hz = track_pitch(samples, rate_hz=16000, pitch_range=voices, times_s=times_s)
    assert np.median(cents(found_hz, 100 + 40 * times_s / 0.4)) < 50
