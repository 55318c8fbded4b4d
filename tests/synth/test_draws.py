"""What every draw of a pair must do, and what is particular to each."""

from typing import Any

import numpy as np
import pytest

from stimgen.seeding import child_rng
from stimgen.synth.draws_calls import random_noisy_call_pair, random_stack_pair, random_sweep_pair
from stimgen.synth.draws_trills import random_pulse_train_pair, random_trill_pair
from stimgen.synth.draws_voice import (
    random_fricative_vowel_pair,
    random_glide_pair,
    random_mixed_word_pair,
    random_voiced_voiceless_pair,
)
from stimgen.synth.interpolate import interpolate
from stimgen.synth.pairs import KnownPair

VOICES = (
    random_glide_pair,
    random_fricative_vowel_pair,
    random_voiced_voiceless_pair,
    random_mixed_word_pair,
)
CALLS = (
    random_sweep_pair,
    random_stack_pair,
    random_noisy_call_pair,
    random_trill_pair,
    random_pulse_train_pair,
)
DRAWS = [(draw, 16_000) for draw in VOICES] + [(draw, 32_000) for draw in CALLS]


@pytest.mark.parametrize(("draw", "rate_hz"), DRAWS)
def test_the_ends_are_a_and_b_and_the_middle_is_neither(draw, rate_hz) -> None:
    pair = draw(child_rng(3))
    renders = [
        one.samples(rate_hz=rate_hz, rng=child_rng(9))
        for one in (
            pair.a,
            pair.a.toward(pair.b, 0.0),
            pair.a.toward(pair.b, 0.5),
            pair.a.toward(pair.b, 1.0),
            pair.b,
        )
    ]
    # a harmonic that only one of two syllables has is not quite gone at the other
    for near, end in ((1, 0), (3, 4)):
        assert np.std(renders[near] - renders[end]) < 1e-3 * np.std(renders[end])
    assert interpolate(pair.a, pair.b, 0.0) == pair.a
    assert interpolate(pair.a, pair.b, 1.0) == pair.b
    assert not np.array_equal(renders[0][:400], renders[2][:400])
    assert not np.array_equal(renders[0][:400], renders[4][:400])


@pytest.mark.parametrize(("draw", "rate_hz"), DRAWS)
def test_every_position_of_every_draw_can_be_rendered_at_a_usable_level(draw, rate_hz) -> None:
    for seed in range(8):
        pair = draw(child_rng(seed))
        for position in (0.0, 0.3, 0.7, 1.0):
            truth = interpolate(pair.a, pair.b, position)
            samples = truth.samples(rate_hz=rate_hz, rng=child_rng(seed, "noise"))
            assert samples.shape == (round(truth.duration_s * rate_hz),)
            assert np.isfinite(samples).all()
            assert np.abs(samples).max() < 0.7
            assert -41.0 < 10 * np.log10(np.mean(samples**2)) < -18.0


@pytest.mark.parametrize(("draw", "rate_hz"), DRAWS)
def test_moments_rise_from_0_to_the_end_and_travel_on_straight_lines(draw, rate_hz) -> None:
    for seed in range(5):
        pair = draw(child_rng(seed))
        moments_s = [interpolate(pair.a, pair.b, position).moments_s() for position in (0.0, 0.3, 1.0)]
        assert moments_s[1] == pytest.approx(0.7 * moments_s[0] + 0.3 * moments_s[2])
        assert (np.diff(moments_s[1]) > 0.0).all()
        assert moments_s[0][0] == 0.0
        assert moments_s[0][-1] == pytest.approx(pair.a.duration_s)


@pytest.mark.parametrize(("draw", "rate_hz"), DRAWS)
def test_durations_differ_but_not_beyond_what_can_be_morphed(draw, rate_hz) -> None:
    pairs = [draw(child_rng(seed)) for seed in range(40)]
    ratios = np.array([max(p.a.duration_s / p.b.duration_s, p.b.duration_s / p.a.duration_s) for p in pairs])
    assert ratios.max() < 3.5
    assert ratios.max() > 1.2


@pytest.mark.parametrize(("draw", "rate_hz"), DRAWS)
def test_the_same_seed_gives_the_same_pair_and_another_a_different_one(draw, rate_hz) -> None:
    assert draw(child_rng(5)) == draw(child_rng(5))
    assert draw(child_rng(5)) != draw(child_rng(6))
    assert draw(child_rng(5)).a != draw(child_rng(5)).b


@pytest.mark.parametrize(
    ("draw", "rate_hz"),
    [
        (random_glide_pair, 16_000),
        (random_voiced_voiceless_pair, 16_000),
        (random_mixed_word_pair, 16_000),
        (random_sweep_pair, 32_000),
        (random_stack_pair, 32_000),
        (random_trill_pair, 32_000),
    ],
)
def test_the_wave_has_the_fundamental_that_is_told(draw, rate_hz) -> None:
    n_voiced = 0
    for seed in range(6):
        pair = draw(child_rng(seed))
        for position in (0.0, 0.5):
            truth = interpolate(pair.a, pair.b, position)
            if np.mean(np.isfinite(truth.f0_hz_at(np.linspace(0.0, truth.duration_s, 50)))) > 0.4:
                n_voiced += 1
                assert told_minus_heard_cents(truth, rate_hz=rate_hz) == pytest.approx(0.0, abs=12.0)
    assert n_voiced >= 9


def test_a_fundamental_told_wrongly_would_be_noticed() -> None:
    pair = random_glide_pair(child_rng(0))

    class Liar:
        samples, duration_s = pair.a.samples, pair.a.duration_s

        @staticmethod
        def f0_hz_at(times_s: np.ndarray) -> np.ndarray:
            return pair.a.f0_hz_at(times_s) * 2.0 ** (32.0 / 1200.0)

    assert told_minus_heard_cents(Liar, rate_hz=16_000) == pytest.approx(-32.0, abs=8.0)


def test_fundamentals_between_lie_at_the_geometric_mean_at_corresponding_moments() -> None:
    for draw in (random_glide_pair, random_sweep_pair, random_stack_pair):
        pair = draw(child_rng(4))
        truth = interpolate(pair.a, pair.b, 0.5)
        times_s = np.linspace(0.0, truth.duration_s, 21)
        at_a, at_b = (
            one.f0_hz_at(np.interp(times_s, truth.moments_s(), one.moments_s())) for one in (pair.a, pair.b)
        )
        assert truth.f0_hz_at(times_s) == pytest.approx(np.sqrt(at_a * at_b))


@pytest.mark.parametrize("draw", [random_fricative_vowel_pair, random_voiced_voiceless_pair])
def test_the_level_of_voiced_and_voiceless_does_not_dip(draw) -> None:
    for seed in range(6):
        pair = draw(child_rng(seed))
        levels_db = []
        for position in np.linspace(0.0, 1.0, 5):
            samples = pair.sound(float(position), rate_hz=16_000, rng=child_rng(seed)).samples
            inside = samples[samples.size // 4 : 3 * samples.size // 4]
            levels_db.append(10 * np.log10(np.mean(inside**2)))
        assert levels_db == pytest.approx(np.linspace(levels_db[0], levels_db[-1], 5), abs=1.0)


def test_one_glide_is_early_and_the_other_late_in_either_order() -> None:
    pairs = [random_glide_pair(child_rng(seed)) for seed in range(20)]
    shares = np.array([[one.event_times_s[0] / one.duration_s for one in (pair.a, pair.b)] for pair in pairs])
    assert (np.sort(shares) >= (0.2, 0.6)).all()
    assert (np.sort(shares) <= (0.4, 0.8)).all()
    assert 3 < (shares[:, 0] < shares[:, 1]).sum() < 17


def test_a_fricative_is_voiceless_and_its_vowel_is_not() -> None:
    for seed in range(20):
        pair = random_fricative_vowel_pair(child_rng(seed))
        assert np.isnan(pair.a.f0_hz_at(np.array([0.07]))).all()
        assert pair.b.f0_hz_at(np.array([0.0])) == pytest.approx(pair.b.f0_hz[0])


@pytest.mark.parametrize("kinds", ["FVV", "VFV", "FV", "VF"])
def test_a_word_with_a_fricative_meets_one_of_vowels(kinds) -> None:
    pair = random_mixed_word_pair(child_rng(2), kinds=kinds)
    for i, kind in enumerate(kinds):
        knots_a_s, knots_b_s = pair.a.moments_s(), pair.b.moments_s()
        middle_a_s, middle_b_s = (knots[2 * i : 2 * i + 2].mean() for knots in (knots_a_s, knots_b_s))
        assert bool(np.isnan(pair.a.f0_hz_at(np.array([middle_a_s])))[0]) == (kind == "F")
        assert np.isfinite(pair.b.f0_hz_at(np.array([middle_b_s]))).all()


def test_sweeps_stay_in_their_range_and_have_every_shape() -> None:
    ends, turns = set(), set()
    for seed in range(60):
        for one in (random_sweep_pair(child_rng(seed)).a, random_sweep_pair(child_rng(seed)).b):
            values = np.array(one.f0_hz.values)
            assert values.min() >= 800.0
            assert values.max() <= 8000.0
            assert 0.0399 <= one.duration_s <= 0.3001
            steps = np.sign(np.diff(values))
            ends.add((steps[0], steps[-1]))
            turns.add(int(np.count_nonzero(np.diff(steps))))
    assert len(ends) == 4
    assert {0, 1} < turns
    assert max(turns) >= 4


def test_stacks_have_10_to_25_harmonics_and_some_a_missing_fundamental_or_odd_ones_only() -> None:
    drawn = [one for seed in range(40) for one in _both(random_stack_pair(child_rng(seed)))]
    for one in drawn:
        f0_hz = np.exp(np.mean(np.log(one.f0_hz.values)))
        assert one.cutoff_hz <= 12_000.0
        assert 9.0 < one.cutoff_hz / f0_hz < 27.0
    assert 0.1 < np.mean([one.fundamental_db < -10.0 for one in drawn]) < 0.4
    assert 0.08 < np.mean([one.even_db < -10.0 for one in drawn]) < 0.35


def test_noisy_calls_with_and_without_tones_and_flutter_are_drawn() -> None:
    drawn = [one for seed in range(40) for one in _both(random_noisy_call_pair(child_rng(seed)))]
    assert 0.15 < np.mean([one.tone_db > -20.0 for one in drawn]) < 0.6
    assert 0.4 < np.mean([one.flutter_depth > 0.0 for one in drawn]) < 0.8


def test_trills_and_pulse_trains_have_3_to_12_at_10_to_60_a_second() -> None:
    numbers, rates_hz = set(), []
    for seed in range(60):
        for pair in (random_trill_pair(child_rng(seed)), random_pulse_train_pair(child_rng(seed))):
            for one in _both(pair):
                rates_hz += (1.0 / np.diff(one.onsets_s())).tolist()
                numbers.add(one.onsets_s().size)
    assert numbers == set(range(3, 13))
    assert 9.99 < min(rates_hz) < 12.0
    assert 50.0 < max(rates_hz) < 60.01


def told_minus_heard_cents(truth: Any, *, rate_hz: int) -> float:
    """How far from what is told the harmonics of a wave are: where a comb that moves as told fits best."""
    samples = truth.samples(rate_hz=rate_hz, rng=child_rng(1))
    times_s = np.arange(samples.shape[0]) / rate_hz
    told_at_s = np.linspace(0.0, truth.duration_s, 400)
    f0_hz = np.interp(times_s, told_at_s, truth.f0_hz_at(told_at_s))
    voiced = np.isfinite(f0_hz)
    cycles = np.cumsum(np.where(voiced, f0_hz, 0.0)) / rate_hz
    # every voiced stretch by itself, as phases start anew after a pause
    stretch = np.cumsum(np.diff(voiced.astype(int), prepend=0) == 1)
    offsets = np.arange(-60.0, 61.0, 4.0)
    fits = np.zeros(offsets.shape[0])
    for number in np.unique(stretch[voiced]):
        here = voiced & (stretch == number)
        for i, offset in enumerate(offsets):
            turns = cycles[here] * 2.0 ** (offset / 1200.0)
            for k in range(1, 6):
                fits[i] += np.abs(np.sum(samples[here] * np.exp(-2j * np.pi * k * turns))) ** 2
    return float(offsets[np.argmax(fits)])


def _both(pair: KnownPair[Any]) -> tuple[Any, Any]:
    return pair.a, pair.b
