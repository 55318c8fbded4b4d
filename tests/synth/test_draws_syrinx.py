import numpy as np
import pytest

from stimgen.seeding import child_rng
from stimgen.synth.draws_syrinx import random_rough_call_pair, random_syrinx_pair, random_two_voiced_pair

DRAWS = [random_syrinx_pair, random_two_voiced_pair, random_rough_call_pair]


@pytest.mark.parametrize("draw", DRAWS)
def test_every_draw_renders_within_full_scale_at_any_position(draw) -> None:
    for seed in range(6):
        pair = draw(child_rng(seed))
        for position in (0.0, 0.3, 1.0):
            samples = pair.sound(position, rate_hz=32_000, rng=child_rng(seed, "noise")).samples
            assert 0.05 < np.abs(samples).max() < 0.7
            assert -27.1 < 10 * np.log10(np.mean(samples**2)) < -20.9


@pytest.mark.parametrize("draw", DRAWS)
def test_the_same_seed_gives_the_same_pair_and_another_a_different_one(draw) -> None:
    assert draw(child_rng(5)) == draw(child_rng(5))
    assert draw(child_rng(5)) != draw(child_rng(6))
    assert draw(child_rng(5)).a != draw(child_rng(5)).b


def test_calls_cover_the_range_of_pitch_and_keep_to_it() -> None:
    medians_hz = []
    for seed in range(25):
        pair = random_syrinx_pair(child_rng(seed))
        for one in (pair.a, pair.b):
            times_s = np.linspace(0.3, 0.7, 9) * one.duration_s
            medians_hz.append(float(np.nanmedian(one.f0_hz_at(times_s))))
    assert 400.0 / 1.5 < min(medians_hz) < 800.0
    assert 3500.0 < max(medians_hz) < 6000.0 * 1.5


def test_the_pitch_halfway_lies_between_those_of_both_ends_and_off_their_geometric_mean() -> None:
    off_cents = []
    for seed in range(20):
        pair = random_syrinx_pair(child_rng(seed))
        low_hz, high_hz = sorted(_median_hz(one) for one in (pair.a, pair.b))
        middle_hz = _median_hz(pair.a.toward(pair.b, 0.5))
        assert 0.94 * low_hz < middle_hz < 1.06 * high_hz
        off_cents.append(1200 * np.log2(middle_hz / np.sqrt(low_hz * high_hz)))
    assert np.median(np.abs(off_cents)) > 50.0


def test_two_voices_sound_at_the_same_time_with_pitches_of_their_own() -> None:
    ratios = []
    for seed in range(8):
        one = random_two_voiced_pair(child_rng(seed)).a
        f0s_hz = one.f0s_hz_at(np.linspace(0.0, one.duration_s, 400))
        both = np.isfinite(f0s_hz).all(axis=1)
        assert both.sum() > 8
        ratios.append(np.median(f0s_hz[both, 1] / f0s_hz[both, 0]))
    assert np.ptp(np.log(ratios)) > 0.5


def test_voices_that_sing_at_once_keep_their_order_in_both_calls() -> None:
    pairs = [random_two_voiced_pair(child_rng(seed)) for seed in range(10)]
    together = [pair for pair in pairs if pair.a.sides[0].sounding == pair.a.sides[1].sounding]
    assert 2 <= len(together) <= 8
    apart_octaves = []
    for one in (call for pair in together for call in (pair.a, pair.b)):
        f0s_hz = one.f0s_hz_at(np.linspace(0.2, 0.8, 25) * one.duration_s)
        apart_octaves.append(float(np.diff(np.log2(np.nanmedian(f0s_hz, axis=0)))[0]))
    # sweeps of two voices that start close may cross for a while
    assert min(apart_octaves) > -0.3
    assert max(apart_octaves) > 1.0


def test_rough_calls_never_sound_twice_the_same_and_clean_ones_nearly_do() -> None:
    def alike(draw) -> float:
        found = []
        for seed in range(10):
            one = draw(child_rng(seed)).a
            twice = [one.samples(rate_hz=32_000, rng=child_rng(seed, name)) for name in ("first", "second")]
            found.append(np.corrcoef(*twice)[0, 1])
        return float(np.median(found))

    assert alike(random_rough_call_pair) < 0.6 < 0.9 < alike(random_syrinx_pair)


def _median_hz(one) -> float:
    return float(np.nanmedian(one.f0_hz_at(np.linspace(0.2, 0.8, 25) * one.duration_s)))
