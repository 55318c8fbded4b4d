import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.distance import ErbMetric, ErbSettings, Metric, make_metric
from stimgen.distance.erb import _roex_bank, erb_hz, erb_rate_to_hz, hz_to_erb_rate
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound

RATE_HZ = 16000


def noise(seed: int, n: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=n)


def tone(frequency_hz: float, *, n: int = 4800, rate_hz: int = RATE_HZ) -> FloatArray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(n) / rate_hz)


def distance(a: FloatArray, b: FloatArray, *, rate_hz: int = RATE_HZ) -> float:
    metric = ErbMetric()
    first, second = (metric.features(Sound(samples=samples, rate_hz=rate_hz)) for samples in (a, b))
    return metric.distance(first, second)


def test_metric_is_found_by_name_and_is_a_metric() -> None:
    metric: Metric = make_metric("erb", {"spacing_erb": 1.0})
    assert (metric.name, metric.unit) == ("erb", "dB")
    assert json.loads(json.dumps(metric.settings())) == metric.settings()
    assert metric.settings()["spacing_erb"] == 1.0


@pytest.mark.parametrize(("frequency_hz", "expected_hz"), [(100, 35.5), (1000, 132.6), (4000, 456.5)])
def test_bandwidths_are_those_of_the_published_formula(frequency_hz: float, expected_hz: float) -> None:
    assert float(erb_hz(frequency_hz)) == pytest.approx(expected_hz, abs=0.1)


def test_the_erb_rate_scale_is_the_integral_of_one_over_the_bandwidth() -> None:
    frequency_hz = np.linspace(0.0, 20_000.0, 200_001)
    integral = np.trapezoid(1.0 / erb_hz(frequency_hz), frequency_hz)
    assert float(hz_to_erb_rate(20_000.0)) == pytest.approx(integral, rel=1e-6)
    np.testing.assert_allclose(erb_rate_to_hz(hz_to_erb_rate(frequency_hz[1:])), frequency_hz[1:], rtol=1e-9)


def test_filters_take_of_white_noise_what_their_bandwidth_takes() -> None:
    bank = _roex_bank(2048, 44_100, 0.5, 50.0)
    low, high = hz_to_erb_rate(50.0), hz_to_erb_rate(22_050.0)
    centres_hz = erb_rate_to_hz(low + (high - low) * (np.arange(bank.shape[0]) + 0.5) / bank.shape[0])
    inner = (centres_hz > 200) & (centres_hz < 15_000)
    np.testing.assert_allclose(bank.sum(axis=1)[inner], erb_hz(centres_hz)[inner], rtol=0.02)


def test_a_steady_tone_stands_at_its_whole_power_in_the_filter_that_it_lies_in() -> None:
    n_filters = _roex_bank(512, RATE_HZ, 0.5, 50.0).shape[0]
    low, high = hz_to_erb_rate(50.0), hz_to_erb_rate(RATE_HZ / 2)
    centre_hz = float(erb_rate_to_hz(low + (high - low) * 30.5 / n_filters))
    features = ErbMetric().features(Sound(samples=tone(centre_hz), rate_hz=RATE_HZ))
    middle = features.excitation_db[features.excitation_db.shape[0] // 2]
    assert middle.max() == pytest.approx(ErbSettings().range_db, abs=0.5)
    # one bandwidth away p g is 4: the skirt lies 10 lg(5 exp(-4)) below
    step = round(1 / ErbSettings().spacing_erb)
    fallen_db = middle.max() - middle[middle.argmax() + np.array([-step, step])]
    np.testing.assert_allclose(fallen_db.mean(), -10 * np.log10(5 * np.exp(-4)), atol=2.0)


def test_half_of_the_scale_some_db_down_is_measured_in_db() -> None:
    spectrum = np.fft.rfft(noise(1, 2 * RATE_HZ))
    frequency_hz = np.fft.rfftfreq(2 * RATE_HZ, 1 / RATE_HZ)
    middle_hz = float(erb_rate_to_hz((hz_to_erb_rate(50.0) + hz_to_erb_rate(RATE_HZ / 2)) / 2))
    stepped = np.fft.irfft(np.where(frequency_hz > middle_hz, 10 ** (-12 / 20), 1.0) * spectrum)
    louder_db = -10 * np.log10(middle_hz / 8000 + (1 - middle_hz / 8000) * 10**-1.2)
    expected_db = np.sqrt((louder_db**2 + (12 - louder_db) ** 2) / 2)
    assert distance(np.fft.irfft(spectrum), stepped) == pytest.approx(expected_db, rel=0.06)


@settings(deadline=None, max_examples=20)
@given(st.integers(200, 6000), st.integers(200, 6000), st.integers(0, 99), st.floats(1e-4, 1e4))
def test_distance_is_symmetric_and_zero_for_itself_at_any_gain(
    n_a: int, n_b: int, seed: int, gain: float
) -> None:
    a, b = noise(seed, n_a), noise(seed + 100, n_b)
    assert distance(a, b) == distance(b, a)
    assert distance(a, a) == 0.0
    assert distance(a, gain * a) < 1e-9
    assert distance(a, b) > 0.5


def test_distance_between_tones_grows_with_their_interval() -> None:
    distances = [distance(tone(1000.0), tone(1000.0 * ratio)) for ratio in (1.03, 1.1, 1.3, 1.7, 2.2)]
    assert np.all(np.diff(distances) > 0.5)


def test_frames_where_only_one_sounds_do_count() -> None:
    a = tone(500.0)
    assert distance(a, np.where(np.arange(a.size) < a.size // 2, a, 0.0)) > 3.0


def test_silence_around_both_sounds_does_not_dilute_the_distance() -> None:
    a, b = tone(700.0), noise(3, 4800)
    padded = [np.concatenate([np.zeros(4000), sound, np.zeros(4000)]) for sound in (a, b)]
    assert distance(*padded) == pytest.approx(distance(a, b), rel=0.15)


@pytest.mark.parametrize("rate_hz", [3000, 8000, 44100, 192_000])
def test_any_rate_and_ten_milliseconds_work(rate_hz: int) -> None:
    n = round(0.01 * rate_hz)
    assert distance(np.sin(2 * np.pi * 0.2 * np.arange(n)), noise(0, n), rate_hz=rate_hz) > 1.0


def test_a_minute_keeps_at_most_the_frames_allowed() -> None:
    features = ErbMetric().features(Sound(samples=noise(0, 60 * 3000), rate_hz=3000))
    assert features.excitation_db.shape[0] == 4000


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(800), np.full(800, np.nan)])
def test_sound_without_sound_is_refused(samples: FloatArray) -> None:
    with pytest.raises(SoundError, match="erb distance"):
        ErbMetric().features(Sound(samples=samples, rate_hz=RATE_HZ))


def test_features_of_two_rates_are_refused() -> None:
    metric = ErbMetric()
    first, second = (metric.features(Sound(samples=noise(0, 800), rate_hz=rate)) for rate in (8000, 16000))
    with pytest.raises(SettingError, match="resample"):
        metric.distance(first, second)


def test_filters_too_far_apart_are_refused() -> None:
    with pytest.raises(SettingError, match="auditory filters"):
        ErbSettings(spacing_erb=3.0)
