import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.distance import MelMetric, MelSettings, Metric, mel_distance
from stimgen.distance.mel import _spreading
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.synth import random_syllable_pair

RATE_HZ = 16000


def harmonic_sound(
    position: float, *, rate_hz: int = RATE_HZ, duration_s: float = 0.3, phase: float = 0.0
) -> FloatArray:
    """A voice-like sound whose pitch, two resonances and duration move with position, on a little noise."""
    n = round((duration_s + 0.1 * position) * rate_hz)
    time_s = np.arange(n) / rate_hz
    f0_hz = 110.0 * 1.35**position
    f = np.arange(1, int(0.45 * rate_hz / f0_hz) + 1) * f0_hz
    resonances_hz = (450.0 + 300.0 * position, 1900.0 - 700.0 * position)
    gain = sum(1.0 / (1.0 + ((f - centre_hz) / 90.0) ** 2) for centre_hz in resonances_hz)
    tone = gain @ np.cos(2 * np.pi * f[:, None] * time_s + phase)
    fade = np.clip(np.minimum(time_s, time_s[::-1]) / 0.02, 0.0, 1.0)
    sounding: FloatArray = fade * (tone + 1e-3 * np.random.default_rng(0).normal(size=n))
    return sounding


def noise(seed: int, n: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=n)


def test_metric_is_a_metric() -> None:
    metric: Metric = MelMetric()
    assert metric.name == "mel"
    assert metric.unit == "dB"
    assert json.loads(json.dumps(metric.settings())) == metric.settings()


@settings(deadline=None, max_examples=25)
@given(st.integers(200, 6000), st.integers(200, 6000), st.integers(0, 99), st.floats(1e-4, 1e4))
def test_distance_is_symmetric_and_zero_for_itself_at_any_gain(
    n_a: int, n_b: int, seed: int, gain: float
) -> None:
    a, b = noise(seed, n_a), noise(seed + 100, n_b)
    assert mel_distance(a, b, rate_hz=RATE_HZ) == mel_distance(b, a, rate_hz=RATE_HZ)
    assert mel_distance(a, a, rate_hz=RATE_HZ) == 0.0
    assert mel_distance(a, gain * a, rate_hz=RATE_HZ) < 1e-9
    assert mel_distance(a, b, rate_hz=RATE_HZ) > 0.5


def test_spectral_step_of_some_db_is_measured_in_db() -> None:
    """Noise against the same noise with the upper half of the mel scale 12 dB down."""
    spectrum = np.fft.rfft(noise(1, RATE_HZ))
    frequency_hz = np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)
    middle_hz = 700 * ((1 + 50 / 700) * (1 + 8000 / 700)) ** 0.5 - 700
    stepped = np.fft.irfft(np.where(frequency_hz > middle_hz, 10 ** (-12 / 20), 1.0) * spectrum)
    kept = middle_hz / 8000 + (1 - middle_hz / 8000) * 10**-1.2
    louder_db = -10 * np.log10(kept)
    expected_db = np.sqrt((louder_db**2 + (12 - louder_db) ** 2) / 2)
    both = np.fft.irfft(spectrum), stepped
    plain = MelSettings(spreads=False)
    assert mel_distance(*both, rate_hz=RATE_HZ, settings=plain) == pytest.approx(expected_db, rel=0.03)
    # the step is washed out a little where the louder half spreads into the other
    assert 0.9 * expected_db < mel_distance(*both, rate_hz=RATE_HZ) < expected_db


def test_along_true_continua_between_gliding_tones_the_distances_rise_and_fall_only_with_spreading() -> None:
    n_monotone = {True: 0, False: 0}
    for seed in range(4):
        known = random_syllable_pair(np.random.default_rng(9000 + seed))
        steps = [
            known.sound(position, rate_hz=32_000, rng=np.random.default_rng(0))
            for position in np.linspace(0.0, 1.0, 9)
        ]
        for spreads in n_monotone:
            metric = MelMetric(chosen=MelSettings(spreads=spreads))
            features = [metric.features(step) for step in steps]
            to_a = [metric.distance(features[0], one) for one in features]
            to_b = [metric.distance(features[-1], one) for one in features]
            n_monotone[spreads] += bool(np.all(np.diff(to_a) > 0) and np.all(np.diff(to_b) < 0))
    assert n_monotone[True] >= 3
    assert n_monotone[False] <= 2


@pytest.mark.parametrize("rate_hz", [4_000, 16_000, 250_000])
def test_spreading_leaves_white_noise_as_it_is_and_falls_off_faster_downwards(rate_hz: int) -> None:
    spreading = _spreading(100, rate_hz, 50.0)
    np.testing.assert_allclose(np.ones(100) @ spreading, 1.0)
    reached_db = 10 * np.log10(spreading[50])
    assert np.all(np.diff(reached_db[:48]) > 0)
    assert np.all(np.diff(reached_db[52:]) < 0)
    assert reached_db[50] - reached_db[20] > 1.5 * (reached_db[50] - reached_db[80])


def test_distance_to_both_ends_of_a_continuum_is_monotone() -> None:
    metric = MelMetric()
    steps = [
        metric.features(Sound(samples=harmonic_sound(position), rate_hz=RATE_HZ))
        for position in np.linspace(0, 1, 9)
    ]
    from_a = [metric.distance(steps[0], step) for step in steps]
    to_b = [metric.distance(step, steps[-1]) for step in steps]
    assert np.all(np.diff(from_a) > 0.1)
    assert np.all(np.diff(to_b) < -0.1)
    assert from_a[-1] > 5.0


def test_tiny_move_is_far_smaller_than_a_step() -> None:
    here, near, step = (harmonic_sound(position) for position in (0.5, 0.5001, 0.625))
    assert mel_distance(here, near, rate_hz=RATE_HZ) < 0.02 * mel_distance(here, step, rate_hz=RATE_HZ)


def test_phases_of_the_harmonics_hardly_count() -> None:
    here, shifted, step = harmonic_sound(0.5), harmonic_sound(0.5, phase=1.0), harmonic_sound(0.625)
    assert mel_distance(here, shifted, rate_hz=RATE_HZ) < 0.1 * mel_distance(here, step, rate_hz=RATE_HZ)


def test_silence_around_both_sounds_does_not_dilute_the_distance() -> None:
    a, b = harmonic_sound(0.0), harmonic_sound(0.0) * 0 + noise(3, harmonic_sound(0.0).size)
    padded = [np.concatenate([np.zeros(4000), x, np.zeros(4000)]) for x in (a, b)]
    bare_db, padded_db = mel_distance(a, b, rate_hz=RATE_HZ), mel_distance(*padded, rate_hz=RATE_HZ)
    assert padded_db == pytest.approx(bare_db, rel=0.1)


def test_frames_where_only_one_sounds_do_count() -> None:
    a = harmonic_sound(0.0)
    half = a.copy()
    half[half.size // 2 :] = 0.0
    assert mel_distance(a, half, rate_hz=RATE_HZ) > 5.0


def test_the_same_sound_played_slower_hardly_differs_but_another_sound_does() -> None:
    def glide(duration_s: float, up: float) -> FloatArray:
        time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
        frequency_hz = 2000.0 * 2.0 ** (up * time_s / duration_s)
        return np.sin(2 * np.pi * np.cumsum(frequency_hz) / RATE_HZ) + 0.01 * noise(0, time_s.size)

    slower_db = mel_distance(glide(0.4, 1.0), glide(0.5, 1.0), rate_hz=RATE_HZ)
    falling_db = mel_distance(glide(0.4, 1.0), glide(0.5, -1.0), rate_hz=RATE_HZ)
    assert slower_db < 0.35 * falling_db


@pytest.mark.parametrize("rate_hz", [1000, 8000, 44100, 250_000])
def test_any_rate_and_ten_milliseconds_work(rate_hz: int) -> None:
    n = round(0.01 * rate_hz)
    tone = np.sin(2 * np.pi * 0.2 * np.arange(n))
    assert mel_distance(tone, noise(0, n), rate_hz=rate_hz) > 1.0


def test_low_rates_get_fewer_bands() -> None:
    counts = [
        MelMetric().features(Sound(samples=noise(0, rate_hz), rate_hz=rate_hz)).spectra_db.shape[1]
        for rate_hz in (2000, 4000, 8000, 16000)
    ]
    assert counts[0] < counts[1] < counts[2] == counts[3] == 128


def test_long_sound_keeps_at_most_the_frames_allowed() -> None:
    long = Sound(samples=noise(0, 61 * 4000), rate_hz=4000)
    features = MelMetric().features(long)
    assert features.spectra_db.shape[0] == 4000
    assert MelMetric().distance(features, features) == 0.0


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(800), np.full(800, np.nan)])
def test_sound_without_sound_is_refused(samples: FloatArray) -> None:
    with pytest.raises(SoundError, match="mel distance"):
        MelMetric().features(Sound(samples=samples, rate_hz=RATE_HZ))


def test_features_of_two_rates_are_refused() -> None:
    first = MelMetric().features(Sound(samples=noise(0, 800), rate_hz=8000))
    second = MelMetric().features(Sound(samples=noise(0, 800), rate_hz=16000))
    with pytest.raises(SettingError, match="resample"):
        MelMetric().distance(first, second)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(SettingError, match="above 0"):
        MelSettings(window_s=0.0)
