import numpy as np
import pytest

from stimgen.seeding import child_rng
from stimgen.synth import random_syllable_pair, random_vowel_pair, random_word_pair


@pytest.mark.parametrize("kinds", ["VV", "VCV", "FVV", "VVV", "VFV", "FVCV", "VCVV"])
def test_events_of_a_and_b_are_displaced_and_the_correspondence_says_how(kinds) -> None:
    displaced_s = []
    for seed in range(10):
        pair = random_word_pair(child_rng(seed, kinds), kinds=kinds)
        assert pair.a.kinds == pair.b.kinds == kinds
        at_b = np.interp(pair.a.event_times_s, pair.alignment.times_a_s, pair.alignment.times_b_s)
        assert at_b == pytest.approx(pair.b.event_times_s)
        linear = np.array(pair.a.event_times_s) * pair.b.duration_s / pair.a.duration_s
        displaced_s.append(np.abs(linear - at_b).max())
    assert max(displaced_s) > 0.04


@pytest.mark.parametrize(
    ("draw", "rate_hz"),
    [(random_vowel_pair, 16_000), (random_word_pair, 24_000), (random_syllable_pair, 32_000)],
)
def test_every_draw_renders_within_full_scale_at_any_position(draw, rate_hz) -> None:
    for seed in range(6):
        pair = draw(child_rng(seed))
        for position in (0.0, 0.3, 1.0):
            sound = pair.sound(position, rate_hz=rate_hz, rng=child_rng(seed, "noise"))
            assert np.isfinite(sound.samples).all()
            assert 0.01 < np.abs(sound.samples).max() < 0.7


def test_the_same_seed_gives_the_same_pair_and_another_a_different_one() -> None:
    assert random_vowel_pair(child_rng(5)) == random_vowel_pair(child_rng(5))
    assert random_vowel_pair(child_rng(5)) != random_vowel_pair(child_rng(6))


def test_the_range_of_the_fundamental_is_kept() -> None:
    for seed in range(20):
        pair = random_vowel_pair(child_rng(seed), f0_range_hz=(220.0, 400.0))
        assert 180.0 < min(pair.a.f0_hz.values) < max(pair.a.f0_hz.values) < 480.0


def test_both_get_one_duration_where_asked() -> None:
    pair = random_syllable_pair(child_rng(0), same_duration=True)
    assert pair.a.duration_s == pair.b.duration_s
    assert random_syllable_pair(child_rng(0)).a.duration_s != random_syllable_pair(child_rng(0)).b.duration_s
