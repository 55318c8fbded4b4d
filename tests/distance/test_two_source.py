import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from stimgen.distance import two_source
from stimgen.distance.two_source import source_pair, two_source_index
from stimgen.errors import ShapeError
from stimgen.synth.pairs import KnownPair, random_syllable_pair, random_vowel_pair

RATE_HZ = 16000


def _complex(f0_hz: float, *, duration_s: float = 0.3, rate_hz: int = RATE_HZ) -> np.ndarray:
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    orders = np.arange(1, int(0.4 * rate_hz / f0_hz))[:, None]
    return np.sum(np.cos(2 * np.pi * f0_hz * orders * time_s + orders**2) / orders, axis=0)


def _truths(pair: KnownPair, positions: tuple[float, ...], *, rate_hz: int) -> list[np.ndarray]:
    return [
        pair.sound(t, rate_hz=rate_hz, rng=np.random.default_rng(round(1000 * t))).samples for t in positions
    ]


def _unit(samples: np.ndarray) -> np.ndarray:
    return samples / np.sqrt(np.mean(samples**2))


@pytest.mark.parametrize(
    ("draw", "rate_hz", "seed"),
    [(random_vowel_pair, 16000, seed) for seed in range(500, 506)]
    + [(random_syllable_pair, 32000, seed) for seed in range(500, 506)],
)
def test_a_waveform_cross_fade_scores_higher_than_the_true_intermediate(
    draw: Callable[..., KnownPair], rate_hz: int, seed: int
) -> None:
    pair = draw(np.random.default_rng(seed), same_duration=True)
    a, near, middle, b = _truths(pair, (0.0, 0.125, 0.5, 1.0), rate_hz=rate_hz)
    sources = source_pair(a, b, rate_hz=rate_hz)
    true_near, true_middle = sources.index(near), sources.index(middle)
    fade_near, fade_middle = (sources.index((1 - t) * _unit(a) + t * _unit(b)) for t in (0.125, 0.5))
    assert true_middle is not None and fade_middle is not None
    assert true_middle < 0.52 < 0.6 < fade_middle
    assert true_near is not None and fade_near is not None
    assert true_near < fade_near


def test_a_sum_of_sounds_that_share_no_frequency_is_pure_superposition() -> None:
    low, high = _complex(1100.0), np.sin(2 * np.pi * 400.0 * np.arange(4800) / RATE_HZ)
    assert two_source_index(low + 0.7 * high, low, high, rate_hz=RATE_HZ) == pytest.approx(1.0, abs=0.03)


def test_a_sound_that_neither_end_explains_scores_near_zero() -> None:
    time_s = np.arange(4800) / RATE_HZ
    a, b, other = (np.sin(2 * np.pi * f * time_s) * np.hanning(4800) for f in (500.0, 1000.0, 3000.0))
    got = two_source_index(other, a, b, rate_hz=RATE_HZ)
    assert got is not None
    assert got < 0.02


def test_frames_of_one_end_followed_by_frames_of_the_other_leave_nothing_to_a_mixture() -> None:
    a, b = np.random.default_rng(5).random((2, 10, 9))
    turns = np.concatenate([2.0 * a[:5], 3.0 * b[5:]])
    fit = two_source._fit(turns, a, b)
    assert fit.left_by_one == pytest.approx(0.0, abs=1e-9 * fit.total)
    mixed = two_source._fit(a + b, a, b)
    assert mixed.left_by_one > 0.05 * mixed.total
    assert mixed.left_by_both == pytest.approx(0.0, abs=1e-9 * mixed.total)


def test_the_closed_form_equals_non_negative_least_squares_frame_by_frame() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random((2, 40, 9))
    target = np.abs(rng.normal(size=(40, 1)) * a + rng.normal(size=(40, 1)) * b + 0.1 * rng.random((40, 9)))
    target[::4] = np.maximum(1.5 * a[::4] - 0.9 * b[::4], 0.0)  # where the bound is active
    fit = two_source._fit(target, a, b)
    errors = [nnls(np.stack([x, y], axis=1), z)[1] ** 2 for x, y, z in zip(a, b, target, strict=True)]
    assert fit.left_by_both == pytest.approx(sum(errors), rel=1e-9)
    alone = [
        min(nnls(x[:, None], z)[1], nnls(y[:, None], z)[1]) ** 2 for x, y, z in zip(a, b, target, strict=True)
    ]
    assert fit.left_by_one == pytest.approx(sum(alone), rel=1e-9)
    assert fit.left_by_one > 1.1 * fit.left_by_both


@settings(max_examples=15, deadline=None)
@given(
    f0_hz=st.floats(100.0, 300.0),
    ratio=st.floats(1.1, 1.9),
    t=st.floats(0.05, 0.95),
    gain=st.floats(1e-6, 1e6),
)
def test_the_index_lies_within_0_and_1_and_ignores_level_and_order(
    f0_hz: float, ratio: float, t: float, gain: float
) -> None:
    a, b, stimulus = _complex(f0_hz), _complex(ratio * f0_hz), _complex(ratio**t * f0_hz)
    got = two_source_index(stimulus, a, b, rate_hz=RATE_HZ)
    if got is None:
        assert two_source_index(gain * stimulus, a, b, rate_hz=RATE_HZ) is None
        return
    assert 0.0 <= got <= 1.0
    assert two_source_index(gain * stimulus, gain * b, a, rate_hz=RATE_HZ) == pytest.approx(got, abs=1e-9)


def test_the_index_grows_with_the_share_of_superposition() -> None:
    a, b, between = _complex(150.0), _complex(237.0), _complex(np.sqrt(150.0 * 237.0))
    blends = [(1 - share) * between + share * (a + b) / 2 for share in (0.0, 0.3, 0.6, 1.0)]
    sources = source_pair(a, b, rate_hz=RATE_HZ)
    indices = [sources.index(blend) for blend in blends]
    assert all(index is not None for index in indices)
    assert indices == sorted(indices)
    assert indices[-1] > indices[0] + 0.4


def test_the_ends_have_no_index_even_after_rounding_to_16_bits() -> None:
    a, b = _complex(150.0), _complex(237.0)
    sources = source_pair(a, b, rate_hz=RATE_HZ)
    rounded = np.round(0.1 * a / np.abs(a).max() * 32768) / 32768
    assert sources.index(a) is None
    assert sources.index(3.0 * b) is None
    assert sources.index(rounded) is None
    assert sources.index(a + 0.3 * b) is not None


def test_ends_that_are_alike_give_no_index() -> None:
    rng = np.random.default_rng(0)
    noises = rng.normal(size=(3, RATE_HZ // 2))
    assert source_pair(noises[0], noises[1], rate_hz=RATE_HZ).contrast < 0.2
    assert two_source_index(noises[2], noises[0], noises[1], rate_hz=RATE_HZ) is None
    voice = _complex(150.0)
    assert two_source_index(_complex(180.0), voice, voice, rate_hz=RATE_HZ) is None
    assert source_pair(voice, _complex(237.0), rate_hz=RATE_HZ).contrast > 0.5


def test_silence_gives_no_index() -> None:
    a, b, silence = _complex(150.0), _complex(237.0), np.zeros(4000)
    assert two_source_index(silence, a, b, rate_hz=RATE_HZ) is None
    assert two_source_index(a, silence, b, rate_hz=RATE_HZ) is None
    assert two_source_index(a, silence, silence, rate_hz=RATE_HZ) is None


@pytest.mark.parametrize("bad", [np.zeros(0), np.zeros((100, 2))])
def test_empty_sounds_and_several_channels_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="one channel"):
        two_source_index(_complex(200.0), bad, _complex(150.0), rate_hz=RATE_HZ)


@pytest.mark.parametrize(
    ("rate_hz", "duration_s"), [(4000, 0.01), (8000, 0.01), (192000, 0.01), (192000, 0.05)]
)
def test_short_sounds_and_extreme_rates_work(rate_hz: int, duration_s: float) -> None:
    a, b = (_complex(f, duration_s=duration_s, rate_hz=rate_hz) for f in (300.0, 870.0))
    got = two_source_index(a + b, a, b, rate_hz=rate_hz)
    assert got is None or 0.0 <= got <= 1.0


def test_durations_may_differ() -> None:
    a, b = _complex(150.0, duration_s=0.2), _complex(237.0, duration_s=0.5)
    n = round(0.35 * RATE_HZ)
    mixture = _complex(150.0, duration_s=0.35) + _complex(237.0, duration_s=0.35)
    one = _complex(189.0, duration_s=0.35)
    assert mixture.size == n
    fade, true = (two_source_index(x, a, b, rate_hz=RATE_HZ) for x in (mixture, one))
    assert fade is not None and true is not None
    assert fade > true + 0.3


def test_a_step_of_half_a_second_takes_well_under_a_tenth_of_a_second() -> None:
    rng = np.random.default_rng(0)
    sources = source_pair(
        _complex(150.0, duration_s=0.5, rate_hz=44100), rng.normal(size=22050), rate_hz=44100
    )
    stimulus = _complex(170.0, duration_s=0.5, rate_hz=44100)
    started = time.process_time()
    for _ in range(5):
        sources.index(stimulus)
    assert time.process_time() - started < 0.5
