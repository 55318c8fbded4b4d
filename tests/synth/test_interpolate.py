import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import (
    interpolate,
    random_syllable_pair,
    random_vowel_pair,
    random_word_pair,
    true_alignment,
    vowel,
)
from stimgen.synth.pairs import WordKinds

KINDS: tuple[WordKinds, ...] = ("VV", "VCV", "FVV", "VVV", "VFV", "FVCV", "VCVV")
LOGS = ("f0_hz", "formants_hz", "bandwidths_hz", "friction_centre_hz", "friction_bandwidth_hz")
LINES = ("voice_dbfs", "breath_dbfs", "friction_dbfs", "tilt_db_per_octave")


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), position=st.floats(0, 1), kinds=st.sampled_from(KINDS))
def test_a_words_intermediate_is_the_mean_of_both_at_every_corresponding_moment(
    seed, position, kinds
) -> None:
    pair = random_word_pair(child_rng(seed), kinds=kinds)
    middle = interpolate(pair.a, pair.b, position)
    times_s = np.linspace(0.0, middle.duration_s, 101)
    read = pair.alignment.source_times(position, times_s)
    at_a, at_b = pair.a.frames_at(read.times_a_s), pair.b.frames_at(read.times_b_s)
    at_middle = middle.frames_at(times_s)
    for name in LOGS:
        expected = (1 - position) * np.log(getattr(at_a, name)) + position * np.log(getattr(at_b, name))
        assert np.log(getattr(at_middle, name)) == pytest.approx(expected, abs=1e-6)
    for name in LINES:
        expected = (1 - position) * getattr(at_a, name) + position * getattr(at_b, name)
        assert getattr(at_middle, name) == pytest.approx(expected, abs=1e-4)


@given(seed=st.integers(0, 1000), position=st.floats(0, 1))
def test_a_vowels_intermediate_is_the_mean_of_both_at_every_share_of_the_duration(seed, position) -> None:
    pair = random_vowel_pair(child_rng(seed))
    middle = interpolate(pair.a, pair.b, position)
    shares = np.linspace(0, 1, 41)
    assert middle.duration_s == pytest.approx(
        (1 - position) * pair.a.duration_s + position * pair.b.duration_s
    )
    for one, other, between in [
        (pair.a.f0_hz, pair.b.f0_hz, middle.f0_hz),
        *zip(pair.a.formants_hz, pair.b.formants_hz, middle.formants_hz, strict=True),
    ]:
        expected = (1 - position) * np.log(one.at(shares)) + position * np.log(other.at(shares))
        assert np.log(between.at(shares)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("draw", [random_vowel_pair, random_word_pair, random_syllable_pair])
def test_the_ends_are_the_two_sounds_and_they_differ(draw) -> None:
    pair = draw(child_rng(3))
    assert interpolate(pair.a, pair.b, 0.0) == pair.a
    assert interpolate(pair.a, pair.b, 1.0) == pair.b
    assert pair.a != pair.b


def test_a_syllables_missing_harmonic_comes_up_from_below_the_floor() -> None:
    pair = random_syllable_pair(child_rng(0))
    more, fewer = pair.a, pair.b
    assert len(interpolate(fewer, more, 0.5).harmonics_db) == max(
        len(more.harmonics_db), len(fewer.harmonics_db)
    )


def test_words_of_different_kinds_have_no_intermediate() -> None:
    a, b = random_word_pair(child_rng(0), kinds="VV").a, random_word_pair(child_rng(0), kinds="VVV").b
    with pytest.raises(SettingError, match="same kinds"):
        interpolate(a, b, 0.5)
    with pytest.raises(SettingError, match="same kinds"):
        true_alignment(a, b)


def test_vowels_with_different_numbers_of_formants_have_no_intermediate() -> None:
    a, b = vowel((500.0, 1500.0, 2500.0), f0_hz=100.0), vowel((500.0, 1500.0, 2500.0, 3500.0), f0_hz=100.0)
    with pytest.raises(SettingError, match="as many formants"):
        interpolate(a, b, 0.5)
