"""What every space must do, whichever it is."""

import json

import numpy as np
import pytest

from stimgen.distance import make_metric
from stimgen.errors import SettingError, StimgenError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.base import Space
from stimgen.spaces.crossfade import CrossfadeSpace
from stimgen.spaces.stft import StftSpace
from stimgen.spaces.transport import TransportSettings, TransportSpace

SPACES: list[Space] = [
    TransportSpace(),
    TransportSpace(TransportSettings(align="linear")),
    TransportSpace(TransportSettings(align="none")),
    StftSpace(),
    StftSpace(align="none"),
    CrossfadeSpace(),
    CrossfadeSpace(kind="wave"),
]
KINDS = ["voices", "noises", "clicks", "short", "tone and noise", "silence inside"]


def make(kind: str, rate_hz: int) -> tuple[Sound, Sound]:
    rng = np.random.default_rng(1)
    n_a, n_b = (round(seconds * rate_hz) for seconds in ((0.010, 0.012) if kind == "short" else (0.12, 0.15)))
    t_a, t_b = np.arange(n_a) / rate_hz, np.arange(n_b) / rate_hz
    tone_a, tone_b = np.sin(2 * np.pi * 150 * t_a), np.sin(2 * np.pi * 420 * t_b)
    noise_a, noise_b = 0.1 * rng.standard_normal(n_a), 0.1 * np.diff(rng.standard_normal(n_b + 1))
    a, b = {
        "voices": (0.2 * np.sign(tone_a) + 0.001 * noise_a, 0.2 * tone_b**3 + 0.001 * noise_b),
        "noises": (noise_a, noise_b),
        "clicks": (
            np.where(np.arange(n_a) == n_a // 3, 0.9, 0.0),
            np.where(np.arange(n_b) % 300 == 50, 0.5, 0.0),
        ),
        "short": (0.2 * tone_a, noise_b),
        "tone and noise": (0.2 * tone_a, noise_b),
        "silence inside": (tone_a * (np.abs(t_a - 0.06) > 0.02), noise_b * (np.abs(t_b - 0.08) > 0.03)),
    }[kind]
    return Sound(samples=a, rate_hz=rate_hz, name="a"), Sound(samples=b, rate_hz=rate_hz, name="b")


@pytest.fixture(scope="module", params=SPACES, ids=lambda space: f"{space.name}-{len(space.settings())}")
def space(request) -> Space:
    return request.param


@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
@pytest.mark.parametrize("kind", KINDS)
def test_every_position_renders_finite_sound_that_is_no_louder_than_reason(space, kind, rate_hz):
    a, b = make(kind, rate_hz)
    between = space.between(a, b, seed=0)
    for position in (0.0, 0.3, 1.0):
        samples = between(position).samples
        assert np.all(np.isfinite(samples))
        assert 0.0 < np.abs(samples).max() < 8.0
        if getattr(space, "kind", "") != "wave":
            assert samples.size == round((1 - position) * a.n_samples + position * b.n_samples)


def test_the_ends_are_nearest_to_their_recordings(space):
    # of one duration, because a blend of samples pads the shorter one
    a, b = (Sound(samples=one.samples[:1920], rate_hz=16_000) for one in make("voices", 16_000))
    metric = make_metric("mel")
    between = space.between(a, b, seed=0)
    steps = [metric.features(Sound(samples=between(t).samples, rate_hz=16_000)) for t in (0.0, 0.5, 1.0)]
    to_a, to_b = ([metric.distance(metric.features(end), step) for step in steps] for end in (a, b))
    assert to_a[0] < to_a[1] < to_a[2]
    assert to_b[2] < to_b[1] < to_b[0]


def test_the_same_seed_gives_the_same_samples_and_settings_are_plain_json(space):
    a, b = make("voices", 16_000)
    first, second = (space.between(a, b, seed=3)(0.4).samples for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert json.loads(json.dumps(space.settings())) == dict(space.settings())
    assert isinstance(space.between(a, b, seed=3).motion, str)


def test_neighbours_differ_by_the_morph_and_not_by_chance(space):
    a, b = make("tone and noise", 16_000)
    metric = make_metric("mel")
    between = space.between(a, b, seed=0)
    near, nearer, far = (
        metric.features(Sound(samples=between(t).samples, rate_hz=16_000)) for t in (0.5, 0.5001, 0.625)
    )
    assert metric.distance(near, nearer) < 0.25 * metric.distance(near, far)


def test_two_rates_are_refused(space):
    a, _ = make("voices", 16_000)
    _, b = make("voices", 8_000)
    with pytest.raises(StimgenError, match="rate"):
        space.between(a, b, seed=0)


@pytest.fixture(params=SPACES[:-1], ids=lambda space: f"{space.name}-{len(space.settings())}")
def stretching(request) -> Space:
    """A space that can change durations: all but the blend of samples."""
    return request.param


@pytest.mark.parametrize(("kind", "rate_hz"), [*((kind, 8_000) for kind in KINDS), ("clicks", 44_100)])
def test_a_wanted_duration_is_met_to_the_sample_at_a_finite_level(stretching, kind, rate_hz):
    a, b = make(kind, rate_hz)
    loudest = max(np.abs(sound.samples).max() for sound in (a, b))
    # 10 ms is the least that any space makes
    for factor in (0.9 if kind == "short" else 0.4, 3.2):
        wanted_s = factor * b.duration_s
        between = stretching.between(a, b, seed=0, duration_s=wanted_s)
        for position in (0.0, 0.3, 1.0):
            samples = between(position).samples
            assert samples.size == round(wanted_s * rate_hz)
            assert samples.size == round(between.duration_s(position) * rate_hz)
            assert np.all(np.isfinite(samples))
            assert 1e-4 < np.abs(samples).max() < 4.0 * loudest


def test_without_a_wanted_duration_it_goes_from_that_of_a_to_that_of_b(stretching):
    a, b = make("voices", 8_000)
    between = stretching.between(a, b, seed=0)
    assert [between.duration_s(position) for position in (0.0, 0.5, 1.0)] == pytest.approx(
        [0.12, 0.135, 0.15]
    )


@pytest.mark.parametrize("kind", ["voices", "tone and noise", "clicks"])
def test_an_end_at_its_own_duration_has_the_bytes_that_it_has_without_any(space, kind):
    a, b = make(kind, 16_000)
    if getattr(space, "kind", "") == "wave":
        a = Sound(samples=np.resize(a.samples, b.n_samples), rate_hz=16_000)
    for own, position in ((a, 0.0), (b, 1.0)):
        natural = space.between(a, b, seed=0)(position)
        wanted = space.between(a, b, seed=0, duration_s=own.duration_s)(position)
        assert wanted.samples.tobytes() == natural.samples.tobytes()
        assert wanted.end_source == natural.end_source


def lines_hz(samples: FloatArray, rate_hz: int) -> FloatArray:
    """Frequency of the strongest line in each of a few windows of 60 ms, Hz."""
    n = round(0.06 * rate_hz)
    starts = np.linspace(0.15, 0.85, 4) * (samples.size - n)
    spectra = [np.abs(np.fft.rfft(samples[int(i) : int(i) + n] * np.hanning(n), 16 * n)) for i in starts]
    return np.array([np.argmax(spectrum) * rate_hz / (16 * n) for spectrum in spectra])


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_pitch_keeps_its_course_when_time_is_stretched(space, factor):
    if not isinstance(space, (TransportSpace, CrossfadeSpace)) or getattr(space, "kind", "") == "wave":
        pytest.skip("a space without pitch")
    rate_hz = 16_000
    time_s = np.arange(0, 0.4, 1 / rate_hz)
    glide = Sound(samples=0.3 * np.sin(2 * np.pi * (500 * time_s + 100 * time_s**2)), rate_hz=rate_hz)
    stretched = space.between(glide, glide, seed=0, duration_s=0.4 * factor)(0.0).samples
    centres_s = (0.03 + np.linspace(0.15, 0.85, 4) * (0.4 * factor - 0.06)) / factor
    np.testing.assert_allclose(lines_hz(stretched, rate_hz), 500 + 200 * centres_s, rtol=0.01)


def test_neighbours_of_one_duration_differ_by_the_morph_and_not_by_chance(stretching):
    a, b = make("tone and noise", 16_000)
    metric = make_metric("mel")
    between = stretching.between(a, b, seed=0, duration_s=0.3)
    near, nearer, far = (
        metric.features(Sound(samples=between(t).samples, rate_hz=16_000)) for t in (0.5, 0.5001, 0.625)
    )
    assert metric.distance(near, nearer) < 0.25 * metric.distance(near, far)


@pytest.mark.parametrize("duration_s", [0.037, 0.49, float("nan"), -1.0])
def test_more_than_four_times_is_refused_with_what_is_possible(stretching, duration_s):
    a, b = make("voices", 16_000)
    with pytest.raises(SettingError, match=r"choose 0\.038 to 0\.48 s"):
        stretching.between(a, b, seed=0, duration_s=duration_s)
