import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.distance import MelMetric
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.base import Space
from stimgen.spaces.stft import StftSpace

RATE_HZ = 16000


def hiss(centre_hz: float, *, duration_s: float = 0.3, level_db: float = 0.0, seed: int = 0) -> Sound:
    """Noise with one peak, 20 % wide, over a floor 30 dB lower."""
    n = round(duration_s * RATE_HZ)
    frequency_hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    height = 0.03 + np.exp(-0.5 * ((frequency_hz - centre_hz) / (0.1 * centre_hz)) ** 2)
    shaped = np.fft.irfft(height * np.fft.rfft(np.random.default_rng(seed).normal(size=n)), n)
    ramp = np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / 320, 0.0, 1.0)
    return Sound(samples=10 ** (level_db / 20) * ramp * shaped / shaped.std(), rate_hz=RATE_HZ, name="hiss")


def peak_hz(samples: FloatArray) -> float:
    n_window = 512
    frames = np.lib.stride_tricks.sliding_window_view(samples, n_window)[::128] * np.hanning(n_window)
    power = np.mean(np.abs(np.fft.rfft(frames)) ** 2, axis=0)
    smooth = np.convolve(power, np.ones(7) / 7, mode="same")
    return float(np.argmax(smooth) * RATE_HZ / n_window)


def level_db(samples: FloatArray) -> float:
    middle = samples[samples.size // 4 : -samples.size // 4]
    return float(10 * np.log10(np.mean(middle**2)))


def test_space_says_what_it_is() -> None:
    space: Space = StftSpace()
    assert space.name == "stft"
    assert not space.is_vector
    assert json.loads(json.dumps(space.settings())) == space.settings()


def test_peak_travels_instead_of_fading() -> None:
    between = StftSpace(align="linear").between(hiss(2000.0), hiss(5000.0, seed=1), seed=0)
    peaks_hz = [peak_hz(between(position).samples) for position in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert peaks_hz[0] == pytest.approx(2000.0, rel=0.08)
    assert peaks_hz[-1] == pytest.approx(5000.0, rel=0.08)
    assert np.all(np.diff(peaks_hz) > 200.0)
    assert peaks_hz[2] == pytest.approx(np.sqrt(2100.0 * 5100.0) - 100.0, rel=0.1)


def test_ends_have_the_spectra_of_the_recordings() -> None:
    a, b = hiss(2000.0, duration_s=1.0), hiss(5000.0, duration_s=1.2, seed=1)
    between = StftSpace(align="linear").between(a, b, seed=0)
    metric = MelMetric()
    ends = [Sound(samples=between(position).samples, rate_hz=RATE_HZ) for position in (0.0, 1.0)]
    redrawn = metric.distance(metric.features(a), metric.features(hiss(2000.0, duration_s=1.0, seed=7)))
    for original, end, other in ((a, ends[0], b), (b, ends[1], a)):
        near = metric.distance(metric.features(original), metric.features(end))
        assert near < 1.25 * redrawn
        assert near < 0.6 * metric.distance(metric.features(original), metric.features(other))


def test_level_lies_on_the_line_between_the_ends() -> None:
    between = StftSpace(align="linear").between(hiss(2000.0), hiss(5000.0, level_db=-12.0, seed=1), seed=0)
    levels_db = [level_db(between(position).samples) for position in np.linspace(0, 1, 5)]
    np.testing.assert_allclose(levels_db, [0.0, -3.0, -6.0, -9.0, -12.0], atol=1.5)


def test_neighbours_share_their_noise_but_seeds_do_not() -> None:
    a, b = hiss(2000.0), hiss(5000.0, seed=1)
    between, other = (StftSpace().between(a, b, seed=seed) for seed in (0, 1))
    here, near, again = (between(position).samples for position in (0.5, 0.5001, 0.5))
    assert np.array_equal(here, again)
    assert np.corrcoef(here, near)[0, 1] > 0.999
    assert abs(np.corrcoef(here, other(0.5).samples)[0, 1]) < 0.2


def test_distance_to_both_ends_is_monotone_over_nine_steps() -> None:
    between = StftSpace().between(hiss(2000.0), hiss(5000.0, duration_s=0.4, seed=1), seed=0)
    metric = MelMetric()
    steps = [
        metric.features(Sound(samples=between(position).samples, rate_hz=RATE_HZ))
        for position in np.linspace(0, 1, 9)
    ]
    assert np.all(np.diff([metric.distance(steps[0], step) for step in steps]) > 0.0)
    assert np.all(np.diff([metric.distance(step, steps[-1]) for step in steps]) < 0.0)


@settings(deadline=None, max_examples=15)
@given(st.floats(-0.5, 1.5), st.sampled_from([160, 400, 5000]), st.sampled_from([200, 3000]))
def test_every_position_has_its_duration_and_is_finite(position: float, n_a: int, n_b: int) -> None:
    rng = np.random.default_rng(3)
    a, b = (Sound(samples=rng.normal(size=n), rate_hz=RATE_HZ) for n in (n_a, n_b))
    between = StftSpace().between(a, b, seed=0)
    n_samples = round((1 - position) * n_a + position * n_b)
    if n_samples < 160:
        with pytest.raises(SettingError, match="nearer to 0..1"):
            between(position)
        return
    rendering = between(position)
    assert abs(rendering.samples.size - n_samples) <= 1
    assert np.all(np.isfinite(rendering.samples))
    assert np.abs(rendering.samples).max() < 100.0


def test_digital_silence_within_a_sound_stays_quiet() -> None:
    samples = hiss(2000.0, duration_s=0.5).samples.copy()
    samples[3000:5000] = 0.0
    a = Sound(samples=samples, rate_hz=RATE_HZ)
    rendered = StftSpace(align="linear").between(a, a, seed=0)(0.5).samples
    assert np.std(rendered[3500:4500]) < 1e-3 * np.std(rendered[:2500])


def test_sounds_that_do_not_go_together_are_refused() -> None:
    fine = hiss(2000.0)
    with pytest.raises(SettingError, match="one rate"):
        StftSpace().between(fine, Sound(samples=fine.samples, rate_hz=8000), seed=0)
    for samples in (np.zeros(800), np.ones(10)):
        with pytest.raises(SoundError, match="10 ms"):
            StftSpace().between(fine, Sound(samples=samples, rate_hz=RATE_HZ), seed=0)


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"align": "never"}, {"floor_db": 3.0}, {"restore_limit_db": -1.0}):
        with pytest.raises(SettingError):
            StftSpace(**wrong)
