"""The transport space: exact ends, known middles, and sounds that are hard."""

from dataclasses import replace

import numpy as np
import pytest

from stimgen.distance.mel import mel_distance
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spectral.hnr import BIRD_F0_HZ, VOICE_F0_HZ, harmonics_to_noise_ratio
from stimgen.synth import random_syllable_pair, random_vowel_pair, synthesise

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


def stretched(sound: Sound, factor: float, **settings) -> FloatArray:
    space = TransportSpace(TransportSettings(**settings))
    return space.between(sound, sound, seed=0, duration_s=factor * sound.duration_s)(0.0).samples


def hnr_db(samples: FloatArray, *, rate_hz: int, f0_range_hz) -> float:
    return harmonics_to_noise_ratio(samples, rate_hz=rate_hz, f0_range_hz=f0_range_hz).hnr_db


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
@pytest.mark.parametrize(
    ("draw", "rate_hz", "f0_range_hz"),
    [(random_vowel_pair, 16000, VOICE_F0_HZ), (random_syllable_pair, 32000, BIRD_F0_HZ)],
)
def test_a_stretched_voice_is_as_periodic_as_one_spoken_at_that_speed(draw, rate_hz, f0_range_hz, factor):
    differences_db, distances_db = [], []
    for number in range(3):
        spoken = draw(np.random.default_rng([6, number])).a
        slower = replace(spoken, duration_s=factor * spoken.duration_s)
        sound, truth = (
            synthesise(one, rate_hz=rate_hz, rng=np.random.default_rng(number)) for one in (spoken, slower)
        )
        found = stretched(sound, factor)
        n = min(found.size, truth.n_samples)
        differences_db.append(
            hnr_db(found, rate_hz=rate_hz, f0_range_hz=f0_range_hz)
            - hnr_db(truth.samples, rate_hz=rate_hz, f0_range_hz=f0_range_hz)
        )
        distances_db.append(mel_distance(found[:n], truth.samples[:n], rate_hz=rate_hz))
    assert abs(np.median(differences_db)) < 1.5
    assert np.median(distances_db) < 2.5


def test_a_breathy_voice_stays_breathy_when_it_is_slowed_down():
    spoken = replace(random_vowel_pair(np.random.default_rng(8)).a, breath_db=-8.0)
    slower = replace(spoken, duration_s=2.0 * spoken.duration_s)
    sound, truth = (synthesise(one, rate_hz=16000, rng=np.random.default_rng(0)) for one in (spoken, slower))
    found_db, truth_db = (
        hnr_db(samples, rate_hz=16000, f0_range_hz=VOICE_F0_HZ)
        for samples in (stretched(sound, 2.0), truth.samples)
    )
    assert found_db == pytest.approx(truth_db, abs=3.0)


def test_an_end_is_carried_only_at_its_own_duration():
    a, b = (Sound(samples=tone(f0_hz, s), rate_hz=RATE_HZ) for f0_hz, s in ((150, 0.3), (200, 0.2)))
    way = TransportSpace().between(a, b, seed=0, duration_s=a.duration_s)
    assert (way(0.0).end_source, way(1.0).end_source) == ("carried", "resynth")
    np.testing.assert_allclose(way(0.0).samples, a.samples, atol=1e-9)
    assert TransportSpace().between(a, b, seed=0)(1.0).end_source == "carried"


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_track_of_pitch_follows_the_new_clock(factor):
    time_s = np.arange(0, 0.5, 1 / RATE_HZ)
    cycles = 120 * time_s + 40 * time_s**2
    glide = Sound(samples=0.1 * sum(np.cos(2 * np.pi * k * cycles) / k for k in range(1, 9)), rate_hz=RATE_HZ)
    found = TransportSpace().between(glide, glide, seed=0, duration_s=0.5 * factor)(0.0)
    inner = (found.f0_times_s > 0.05 * factor) & (found.f0_times_s < 0.45 * factor)
    np.testing.assert_allclose(found.f0_hz[inner], 120 + 80 * found.f0_times_s[inner] / factor, rtol=0.005)
    assert found.f0_times_s[-1] == pytest.approx(0.5 * factor)
