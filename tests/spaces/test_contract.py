"""What every space must do, whichever it is."""

import json

import numpy as np
import pytest

from stimgen.distance import make_metric
from stimgen.errors import StimgenError
from stimgen.media.sound import Sound
from stimgen.spaces.base import Space
from stimgen.spaces.crossfade import CrossfadeSpace
from stimgen.spaces.stft import StftSpace
from stimgen.spaces.transport import TransportSettings, TransportSpace

SPACES: list[Space] = [
    TransportSpace(),
    TransportSpace(TransportSettings(align="linear")),
    StftSpace(),
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
