"""The transport space: exact ends, known middles, and sounds that are hard."""

import numpy as np
import pytest

from stimgen.distance.mel import mel_distance
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.synth import random_syllable_pair, random_vowel_pair

RATE_HZ = 8000


def tone(f0_hz: float, duration_s: float, *, rate_hz: int = RATE_HZ, n_harmonics: int = 10) -> FloatArray:
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    orders = [k for k in range(1, n_harmonics + 1) if k * f0_hz < 0.45 * rate_hz]
    return 0.1 * sum(np.cos(2 * np.pi * k * f0_hz * time_s) / k for k in orders)


def noise(duration_s: float, *, rate_hz: int = RATE_HZ, seed: int = 0) -> FloatArray:
    return 0.1 * np.random.default_rng(seed).normal(size=int(duration_s * rate_hz))


def between(a: FloatArray, b: FloatArray, *, rate_hz: int = RATE_HZ, seed: int = 0, **settings):
    space = TransportSpace(TransportSettings(**settings))
    return space.between(Sound(samples=a, rate_hz=rate_hz), Sound(samples=b, rate_hz=rate_hz), seed=seed)


HARD = {
    "tone and noise": (tone(150, 0.3), noise(0.4)),
    "click and tone": (np.eye(1, 2000, 700)[0], tone(300, 0.2)),
    "pauses": (np.concatenate([tone(120, 0.1), np.zeros(800), tone(200, 0.1)]), tone(180, 0.3)),
    "two noises": (noise(0.2), noise(0.3, seed=1)),
    "ten milliseconds": (tone(500, 0.010), noise(0.012)),
    "nearly silent": (1e-9 * tone(100, 0.3), tone(200, 0.3)),
    "offset": (np.full(2000, 0.3), tone(200, 0.3)),
    "a few samples": (noise(0.004), tone(1000, 0.005)),
    "creak": (np.convolve(np.arange(3000) % 170 == 0, np.exp(-np.arange(60) / 9.0))[:3000], tone(120, 0.3)),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_pairs_give_finite_bounded_stimuli_and_exact_ends(name):
    a, b = HARD[name]
    way = between(a, b)
    loudest = max(np.abs(a).max(), np.abs(b).max())
    for position in np.linspace(0, 1, 5):
        rendered = way(position).samples
        assert rendered.size == round((1 - position) * a.size + position * b.size)
        assert np.isfinite(rendered).all()
        assert np.abs(rendered).max() < 3 * loudest
    np.testing.assert_allclose(way(0.0).samples, a, atol=1e-9)
    np.testing.assert_allclose(way(1.0).samples, b, atol=1e-9)
    assert all(np.isfinite(way(position).samples).all() for position in (-0.25, 1.25))


@pytest.mark.parametrize("rate_hz", [4000, 44100, 192000])
def test_any_rate_works(rate_hz):
    a, b = tone(300, 0.05, rate_hz=rate_hz), noise(0.06, rate_hz=rate_hz)
    way = between(a, b, rate_hz=rate_hz)
    np.testing.assert_allclose(way(0.0).samples, a, atol=1e-9)
    assert np.isfinite(way(0.5).samples).all()


def test_pitch_moves_on_the_logarithmic_axis():
    way = between(tone(100, 0.3), tone(200, 0.3))
    for position in (0.25, 0.5, 0.75):
        assert np.nanmedian(way(position).f0_hz) == pytest.approx(100 * 2**position, rel=0.003)


def test_pitch_goes_on_beyond_the_ends_but_stays_in_range():
    way = between(tone(100, 0.3), tone(200, 0.3))
    assert np.nanmedian(way(1.25).f0_hz) == pytest.approx(100 * 2**1.25, rel=0.01)
    assert np.nanmin(way(-3.0).f0_hz) >= 30.0


def test_an_unvoiced_side_does_not_pull_the_pitch():
    middle = between(tone(150, 0.3), noise(0.3))(0.4)
    assert np.nanmedian(middle.f0_hz) == pytest.approx(150, rel=0.01)


def test_noise_has_no_pitch_at_any_position():
    assert np.isnan(between(noise(0.3), noise(0.3, seed=1))(0.5).f0_hz).mean() > 0.8


def test_where_both_pause_the_middle_is_nearly_silent():
    pause = np.zeros(2400)
    a = np.concatenate([tone(120, 0.2), pause, tone(150, 0.2)])
    b = np.concatenate([noise(0.2), pause, noise(0.2, seed=1)])
    middle = between(a, b, align="linear")(0.5).samples
    assert np.abs(middle[2000:3600]).max() < 1e-3 * np.abs(middle).max()


def test_the_same_sound_twice_stays_that_sound():
    a = tone(140, 0.3)
    assert mel_distance(between(a, a)(0.5).samples, a, rate_hz=RATE_HZ) < 0.5


def test_same_seed_same_bytes_and_order_does_not_matter():
    first, second = between(tone(150, 0.3), noise(0.3)), between(tone(150, 0.3), noise(0.3))
    second(0.9)
    assert first(0.5).samples.tobytes() == second(0.5).samples.tobytes()
    assert first(0.5).samples.tobytes() != first(0.6).samples.tobytes()


@pytest.mark.parametrize(("draw", "rate_hz"), [(random_vowel_pair, 16000), (random_syllable_pair, 32000)])
def test_midpoints_are_nearer_to_the_truth_than_a_mixture_is(draw, rate_hz):
    ours_db, mixture_db = [], []
    for number in range(4):
        rng = np.random.default_rng([4, number])
        pair = draw(rng, same_duration=True)
        a, b, truth = (pair.sound(t, rate_hz=rate_hz, rng=rng).samples for t in (0.0, 1.0, 0.5))
        ours_db.append(mel_distance(between(a, b, rate_hz=rate_hz)(0.5).samples, truth, rate_hz=rate_hz))
        mixture_db.append(mel_distance(0.5 * (a + b), truth, rate_hz=rate_hz))
    assert np.median(ours_db) < 0.5 * np.median(mixture_db)
    assert np.median(ours_db) < 4.0


def test_steps_leave_a_and_approach_b_evenly():
    rng = np.random.default_rng(3)
    pair = random_vowel_pair(rng)
    a, b = (pair.sound(t, rate_hz=16000, rng=rng).samples for t in (0.0, 1.0))
    way = between(a, b, rate_hz=16000)
    steps = [way(position).samples for position in np.linspace(0, 1, 9)]
    assert np.all(np.diff([mel_distance(a, step, rate_hz=16000) for step in steps]) > 0)
    assert np.all(np.diff([mel_distance(b, step, rate_hz=16000) for step in steps]) < 0)


def test_two_rates_are_refused():
    with pytest.raises(SoundError, match="one rate"):
        TransportSpace().between(
            Sound(samples=tone(100, 0.1), rate_hz=8000), Sound(samples=tone(100, 0.1), rate_hz=16000), seed=0
        )


@pytest.mark.parametrize(
    ("samples", "message"), [(np.zeros(3), "at least"), (np.full(400, np.nan), "not finite")]
)
def test_unusable_sounds_are_refused(samples, message):
    with pytest.raises(SoundError, match=message):
        between(samples, tone(100, 0.1))


@pytest.mark.parametrize(
    "settings", [{"f0_min_hz": 500.0, "f0_max_hz": 100.0}, {"align": "x"}, {"noise": "x"}, {"warp": "x"}]
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(SettingError):
        TransportSettings(**settings)


def test_settings_are_plain_values():
    assert TransportSpace().settings()["f0_max_hz"] == 8000.0
