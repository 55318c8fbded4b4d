import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.distance import Metric, MfccMetric, MfccSettings, make_metric
from stimgen.distance.mfcc import MfccFeatures
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound

RATE_HZ = 16000


def noise(seed: int, n: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=n)


def distance(a: FloatArray, b: FloatArray, *, rate_hz: int = RATE_HZ, **chosen: object) -> float:
    metric = MfccMetric(chosen=MfccSettings(**chosen))  # type: ignore[arg-type]
    first, second = (metric.features(Sound(samples=samples, rate_hz=rate_hz)) for samples in (a, b))
    return metric.distance(first, second)


def mel_axis(frequency_hz: FloatArray, *, min_hz: float = 50.0) -> FloatArray:
    """Place on the mel axis from min_hz (0) to half the rate (1)."""
    low, high = np.log10(1 + min_hz / 700), np.log10(1 + RATE_HZ / 2 / 700)
    return np.clip((np.log10(1 + frequency_hz / 700) - low) / (high - low), 0, 1)


def with_cosine(samples: FloatArray, order: int, depth_db: float) -> FloatArray:
    """The sound through a filter whose gain is depth_db times a cosine along the mel axis."""
    spectrum = np.fft.rfft(samples)
    axis = mel_axis(np.fft.rfftfreq(samples.size, 1 / RATE_HZ))
    filtered: FloatArray = np.fft.irfft(
        spectrum * 10 ** (depth_db * np.cos(np.pi * order * axis) / 20), samples.size
    )
    return filtered


def resonance(position: float) -> FloatArray:
    """A voice-like sound whose resonance moves with position."""
    time_s = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    f = np.arange(1, 60) * 120.0
    gain = 1.0 / (1.0 + ((f - 500.0 - 1500.0 * position) / 150.0) ** 2)
    tone = gain @ np.cos(2 * np.pi * f[:, None] * time_s)
    sounding: FloatArray = tone + 1e-3 * noise(0, time_s.size)
    return sounding


def test_metric_is_found_by_name_and_is_a_metric() -> None:
    metric: Metric = make_metric("mfcc", {"n_coefficients": 12})
    assert (metric.name, metric.unit) == ("mfcc", "dB")
    assert json.loads(json.dumps(metric.settings())) == metric.settings()
    assert metric.settings()["n_coefficients"] == 12


@settings(deadline=None, max_examples=20)
@given(st.integers(200, 6000), st.integers(200, 6000), st.integers(0, 99), st.floats(1e-4, 1e4))
def test_distance_is_symmetric_and_zero_for_itself_at_any_gain(
    n_a: int, n_b: int, seed: int, gain: float
) -> None:
    a, b = noise(seed, n_a), noise(seed + 100, n_b)
    assert distance(a, b) == distance(b, a)
    assert distance(a, a) == 0.0
    assert distance(a, gain * a) < 1e-9
    assert distance(a, b) > 0.3


@pytest.mark.parametrize("order", [1, 3, 6])
def test_a_cosine_of_some_db_along_the_mel_axis_is_as_far_as_its_root_mean_square(order: int) -> None:
    a = noise(1, 2 * RATE_HZ)
    expected_db = 6.0 / np.sqrt(2)
    assert distance(a, with_cosine(a, order, 6.0), spreads=False) == pytest.approx(expected_db, rel=0.05)


def test_a_cosine_beyond_the_last_coefficient_does_not_count() -> None:
    a = noise(1, 2 * RATE_HZ)
    ripple = with_cosine(a, 12, 6.0)
    assert distance(a, ripple, spreads=False, n_coefficients=8) < 0.6
    assert distance(a, ripple, spreads=False, n_coefficients=16) > 3.0


def test_distortion_is_that_of_cepstra_of_log_amplitude() -> None:
    """Two steady spectra, by the published formula from cepstra found by integration."""
    a, n_bands = noise(1, 2 * RATE_HZ), 40
    b = with_cosine(with_cosine(a, 2, 4.0), 5, 3.0)
    axis = (np.arange(4000) + 0.5) / 4000
    log_amplitude = np.log(10) / 20 * (4.0 * np.cos(2 * np.pi * axis) + 3.0 * np.cos(5 * np.pi * axis))
    cepstra = [2 * np.mean(log_amplitude * np.cos(np.pi * k * axis)) for k in range(1, 14)]
    expected_db = 10 / np.log(10) * np.sqrt(2 * np.sum(np.square(cepstra)))
    assert distance(a, b, spreads=False, n_bands=n_bands) == pytest.approx(expected_db, rel=0.05)


def test_distance_to_both_ends_of_a_moving_resonance_is_monotone() -> None:
    metric = MfccMetric()
    steps = [metric.features(Sound(samples=resonance(t), rate_hz=RATE_HZ)) for t in np.linspace(0.0, 1.0, 9)]
    assert np.all(np.diff([metric.distance(steps[0], step) for step in steps]) > 0.1)
    assert np.all(np.diff([metric.distance(step, steps[-1]) for step in steps]) < -0.1)


def test_frames_where_only_one_sounds_do_count() -> None:
    a = resonance(0.0)
    half = np.where(np.arange(a.size) < a.size // 2, a, 0.0)
    assert distance(a, half) > 3.0


def test_silence_around_both_sounds_does_not_dilute_the_distance() -> None:
    a, b = resonance(0.0), noise(3, 4800)
    padded = [np.concatenate([np.zeros(4000), sound, np.zeros(4000)]) for sound in (a, b)]
    assert distance(*padded) == pytest.approx(distance(a, b), rel=0.15)


@pytest.mark.parametrize("rate_hz", [3000, 8000, 44100, 192_000])
def test_any_rate_and_ten_milliseconds_work(rate_hz: int) -> None:
    n = round(0.01 * rate_hz)
    assert distance(np.sin(2 * np.pi * 0.2 * np.arange(n)), noise(0, n), rate_hz=rate_hz) > 1.0


def test_a_minute_keeps_at_most_the_frames_allowed() -> None:
    features: MfccFeatures = MfccMetric().features(Sound(samples=noise(0, 60 * 3000), rate_hz=3000))
    assert features.cepstra_db.shape == (4000, 13)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(800), np.full(800, np.nan)])
def test_sound_without_sound_is_refused(samples: FloatArray) -> None:
    with pytest.raises(SoundError, match="mfcc distance"):
        MfccMetric().features(Sound(samples=samples, rate_hz=RATE_HZ))


def test_features_of_two_rates_are_refused() -> None:
    metric = MfccMetric()
    first, second = (metric.features(Sound(samples=noise(0, 800), rate_hz=rate)) for rate in (8000, 16000))
    with pytest.raises(SettingError, match="resample"):
        metric.distance(first, second)


def test_more_coefficients_than_bands_are_refused() -> None:
    with pytest.raises(SettingError, match="more bands than coefficients"):
        MfccSettings(n_coefficients=40)
