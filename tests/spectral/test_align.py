from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.align import AlignSettings, align_events
from stimgen.spectral.alignment import Alignment, align_linear, common_duration_s
from stimgen.synth.pairs import WordKinds, random_vowel_pair, random_word_pair
from stimgen.synth.word import WordParameters, closure_segment, fricative_segment, vowel_segment

RATE_HZ = 16000
VOWELS_HZ = (
    (700.0, 1220.0, 2600.0, 3500.0),
    (300.0, 2300.0, 3000.0, 3600.0),
    (310.0, 870.0, 2250.0, 3400.0),
    (530.0, 1850.0, 2500.0, 3500.0),
    (590.0, 900.0, 2500.0, 3400.0),
)


def random_alignment(seed: int, duration_a_s: float, duration_b_s: float) -> Alignment:
    steps = np.random.default_rng(seed).uniform(0.01, 1.0, size=(2, 40))
    share_a, share_b = (np.concatenate([[0.0], np.cumsum(row)]) / row.sum() for row in steps)
    share_a[-1] = share_b[-1] = 1.0
    return Alignment(times_a_s=share_a * duration_a_s, times_b_s=share_b * duration_b_s, method="events")


durations_s = st.floats(0.05, 2.0)


@given(st.integers(0, 999), durations_s, durations_s, st.floats(0.0, 1.0))
def test_pairs_happen_on_the_straight_line_between_their_times(
    seed: int, duration_a_s: float, duration_b_s: float, position: float
) -> None:
    pairs = random_alignment(seed, duration_a_s, duration_b_s)
    output_s = pairs.output_times_s(position)
    np.testing.assert_allclose(output_s, (1 - position) * pairs.times_a_s + position * pairs.times_b_s)
    read = pairs.source_times(position, output_s)
    np.testing.assert_allclose(read.times_a_s, pairs.times_a_s, atol=1e-9)
    np.testing.assert_allclose(read.times_b_s, pairs.times_b_s, atol=1e-9)


@given(st.integers(0, 999), durations_s, durations_s, st.floats(-2.0, 3.0))
def test_output_time_rises_and_ends_at_the_duration_at_any_position(
    seed: int, duration_a_s: float, duration_b_s: float, position: float
) -> None:
    pairs = random_alignment(seed, duration_a_s, duration_b_s)
    duration_s = (1 - position) * duration_a_s + position * duration_b_s
    if duration_s <= 0:
        with pytest.raises(SettingError, match="nearer to 0..1"):
            pairs.output_times_s(position)
        return
    output_s = pairs.output_times_s(position)
    assert output_s[0] == 0.0
    assert output_s[-1] == pytest.approx(duration_s)
    assert np.all(np.diff(output_s) >= 0.0)
    if duration_s > 0.01:
        assert np.all(np.diff(output_s) > 0.0)


def test_output_time_is_continuous_where_extrapolation_begins() -> None:
    pairs = random_alignment(3, 0.6, 0.4)
    for end in (0.0, 1.0):
        inside, outside = (pairs.output_times_s(end + step) for step in (1e-7, -1e-7))
        np.testing.assert_allclose(inside, outside, atol=1e-5)


@given(st.integers(0, 999), durations_s, durations_s, st.floats(-0.2, 1.2), st.floats(0.25, 4.0))
def test_a_common_duration_moves_every_moment_in_proportion(
    seed: int, duration_a_s: float, duration_b_s: float, position: float, common_s: float
) -> None:
    pairs = random_alignment(seed, duration_a_s, duration_b_s)
    if (1 - position) * duration_a_s + position * duration_b_s <= 0.001:
        return
    fixed = replace(pairs, common_duration_s=common_s)
    factor = fixed.time_factor(position)
    assert fixed.duration_s(position) == common_s
    assert factor == pytest.approx(common_s / pairs.duration_s(position))
    np.testing.assert_allclose(fixed.output_times_s(position), factor * pairs.output_times_s(position))
    times_s = np.linspace(0.0, pairs.duration_s(position), 50)
    natural, read = pairs.source_times(position, times_s), fixed.source_times(position, factor * times_s)
    np.testing.assert_allclose(read.times_a_s, natural.times_a_s, atol=1e-7)
    np.testing.assert_allclose(read.times_b_s, natural.times_b_s, atol=1e-7)


def test_a_position_that_lasts_as_long_by_itself_is_not_stretched_at_all() -> None:
    pairs = random_alignment(2, 0.6, 0.4)
    for common_s, position in ((0.6, 0.0), (0.4, 1.0), (0.5, 0.5)):
        fixed = replace(pairs, common_duration_s=common_s)
        assert fixed.time_factor(position) == 1.0
        assert np.array_equal(fixed.output_times_s(position), pairs.output_times_s(position))
    assert replace(pairs, common_duration_s=0.4).time_factor(0.0) == pytest.approx(2 / 3)


@given(st.integers(200, 9000), st.integers(200, 9000), st.floats(0.001, 6.0))
def test_a_common_duration_is_whole_samples_within_four_times_of_both(
    n_a: int, n_b: int, wanted_s: float
) -> None:
    a, b = (Sound(samples=np.zeros(n), rate_hz=8000) for n in (n_a, n_b))
    is_possible = max(n_a, n_b) / 4 - 0.5 <= round(wanted_s * 8000) <= 4 * min(n_a, n_b) + 0.5
    if is_possible and wanted_s > 0.0101:
        found_s = common_duration_s(wanted_s, a, b)
        assert found_s == round(wanted_s * 8000) / 8000
    elif not is_possible:
        with pytest.raises(SettingError, match=r"choose|--duration keep"):
            common_duration_s(wanted_s, a, b)


def test_no_wanted_duration_stays_none_and_impossible_ones_are_refused() -> None:
    short, long = (Sound(samples=np.zeros(n), rate_hz=8000) for n in (80, 8000))
    assert common_duration_s(None, short, long) is None
    with pytest.raises(SettingError, match="use --duration keep"):
        common_duration_s(0.1, short, long)
    with pytest.raises(SettingError, match="above 0 s"):
        replace(align_linear(1.0, 2.0), common_duration_s=0.0)


def test_ends_read_their_own_sound_at_the_output_times_themselves() -> None:
    pairs = random_alignment(1, 0.6, 0.4)
    times_s = np.linspace(0.0, 0.61, 500)
    assert np.array_equal(pairs.source_times(0.0, times_s).times_a_s, np.minimum(times_s, 0.6))
    assert np.array_equal(pairs.source_times(1.0, times_s).times_b_s, np.minimum(times_s, 0.4))
    assert not np.allclose(pairs.source_times(0.0, times_s).times_b_s, np.minimum(times_s, 0.4))


@pytest.mark.parametrize(
    ("times_a_s", "times_b_s"),
    [
        ([0.0, 1.0], [0.0, 0.5, 1.0]),
        ([0.0], [0.0]),
        ([0.1, 1.0], [0.0, 1.0]),
        ([0.0, 1.0, 0.5], [0.0, 0.5, 1.0]),
    ],
)
def test_pairings_that_are_not_monotone_from_zero_are_refused(
    times_a_s: list[float], times_b_s: list[float]
) -> None:
    with pytest.raises(ShapeError):
        Alignment(times_a_s=np.array(times_a_s), times_b_s=np.array(times_b_s), method="events")


def random_word(kinds: str, rng: np.random.Generator) -> WordParameters:
    """Draw a word: V vowel, C voiced closure, F fricative; every stretch lasts at least 100 ms."""
    n_events = len(kinds) - 1
    duration_s = float(rng.uniform(0.3, 0.6)) + 0.09 * n_events
    events_s = np.array([])
    while np.diff(np.concatenate([[0.0], events_s, [duration_s]])).min() < 0.1 or events_s.size == 0:
        events_s = np.sort(rng.uniform(0.08, duration_s - 0.08, n_events))
    scale = float(rng.uniform(0.9, 1.15))
    segments = []
    for kind, vowel in zip(kinds, rng.permutation(len(VOWELS_HZ)), strict=False):
        f1, f2, f3, f4 = VOWELS_HZ[vowel]
        formants_hz = (scale * f1, scale * f2, scale * f3, scale * f4)
        if kind == "V":
            segments.append(vowel_segment(formants_hz, level_db=float(rng.uniform(-3, 3))))
        elif kind == "C":
            segments.append(closure_segment(formants_hz, level_db=float(rng.uniform(-45, -32))))
        else:
            centre_hz, level_db = float(rng.uniform(3000, 6000)), float(rng.uniform(-14, -5))
            segments.append(
                fricative_segment(formants_hz, centre_hz=centre_hz, bandwidth_hz=2000.0, level_db=level_db)
            )
    return WordParameters(
        duration_s=duration_s,
        segments=tuple(segments),
        event_times_s=tuple(events_s.tolist()),
        transition_s=tuple(rng.uniform(0.04, 0.08, n_events).tolist()),
        f0_hz=tuple((rng.uniform(90, 230) * np.exp(rng.uniform(-0.15, 0.15, n_events + 2))).tolist()),
    )


def word_pair(kinds: str, rng: np.random.Generator) -> tuple[WordParameters, WordParameters]:
    """Draw two words whose events lie at most 30 % of the word apart, within the search band."""
    while True:
        one, other = random_word(kinds, rng), random_word(kinds, rng)
        places = [np.array(word.event_times_s) / word.duration_s for word in (one, other)]
        if np.abs(places[0] - places[1]).max() < 0.30:
            return one, other


def spoken(word: WordParameters, rng: np.random.Generator) -> Sound:
    return Sound(samples=word.samples(rate_hz=RATE_HZ, rng=rng), rate_hz=RATE_HZ)


def event_errors_ms(pairs: Alignment, one: WordParameters, other: WordParameters) -> FloatArray:
    """How far the partner of each event is from the true one, mean of both directions, ms."""
    events_a_s, events_b_s = np.array(one.event_times_s), np.array(other.event_times_s)
    in_b_s = np.abs(np.interp(events_a_s, pairs.times_a_s, pairs.times_b_s) - events_b_s)
    in_a_s = np.abs(np.interp(events_b_s, pairs.times_b_s, pairs.times_a_s) - events_a_s)
    return np.asarray(500.0 * (in_a_s + in_b_s))


def test_events_of_different_words_meet_where_linear_time_misses_them() -> None:
    rng = np.random.default_rng(20261)
    errors_ms, linear_ms = [], []
    for kinds in ("VV", "VCV", "FVV", "VVV", "VFV") * 4:
        one, other = word_pair(kinds, rng)
        pairs = align_events(spoken(one, rng), spoken(other, rng))
        errors_ms.append(event_errors_ms(pairs, one, other))
        linear_ms.append(event_errors_ms(align_linear(one.duration_s, other.duration_s), one, other))
    errors, linear = np.concatenate(errors_ms), np.concatenate(linear_ms)
    assert errors.mean() <= 5.0
    assert errors.max() <= 25.0
    assert linear.mean() > 30.0


@pytest.mark.parametrize("kinds", get_args(WordKinds))
def test_every_event_meets_its_partner(kinds: WordKinds) -> None:
    rng = np.random.default_rng(20262)
    for _ in range(3):
        pair = random_word_pair(rng, kinds=kinds)
        a, b = (pair.sound(t, rate_hz=RATE_HZ, rng=rng) for t in (0.0, 1.0))
        errors_ms = event_errors_ms(align_events(a, b), pair.a, pair.b)
        assert errors_ms.mean() <= 5.0
        assert errors_ms.max() <= 25.0


def test_the_beginnings_and_ends_of_transitions_meet_too() -> None:
    rng = np.random.default_rng(20263)
    errors_s, by_middles_s = [], []
    for _ in range(8):
        pair = random_word_pair(rng, kinds="VV")
        a, b = (pair.sound(t, rate_hz=RATE_HZ, rng=rng) for t in (0.0, 1.0))
        found, true = align_events(a, b), pair.alignment
        knots_a_s, knots_b_s = true.times_a_s[1:-1], true.times_b_s[1:-1]
        errors_s.append(np.interp(knots_a_s, found.times_a_s, found.times_b_s) - knots_b_s)
        events_a_s = np.array([0.0, *pair.a.event_times_s, a.duration_s])
        events_b_s = np.array([0.0, *pair.b.event_times_s, b.duration_s])
        by_middles_s.append(np.interp(knots_a_s, events_a_s, events_b_s) - knots_b_s)
    assert np.abs(errors_s).mean() < 0.8 * np.abs(by_middles_s).mean()


def test_steady_vowels_keep_linear_time() -> None:
    rng = np.random.default_rng(20264)
    for _ in range(8):
        pair = random_vowel_pair(rng)
        a, b = (pair.sound(t, rate_hz=RATE_HZ, rng=rng) for t in (0.0, 1.0))
        found = align_events(a, b)
        linear_s = found.times_a_s * (b.duration_s / a.duration_s)
        assert np.abs(found.times_b_s - linear_s).max() < 0.015


def test_a_vowel_and_a_hiss_share_no_event_with_a_word() -> None:
    rng = np.random.default_rng(20265)
    word = random_word_pair(rng, kinds="VVV").sound(0.0, rate_hz=RATE_HZ, rng=rng)
    vowel = random_vowel_pair(rng).sound(0.0, rate_hz=RATE_HZ, rng=rng)
    hiss = Sound(samples=0.1 * rng.normal(size=6400), rate_hz=RATE_HZ)
    assert align_events(word, vowel).method == "linear (events gain nothing)"
    assert align_events(word, hiss).method == "linear (events gain nothing)"


def test_the_event_that_one_word_lacks_does_not_pull_the_others() -> None:
    rng = np.random.default_rng(20266)
    errors_ms = []
    for _ in range(6):
        longer, shorter = random_word_pair(rng, kinds="VCVV").a, random_word_pair(rng, kinds="VCV").b
        pairs = align_events(spoken(longer, rng), spoken(shorter, rng))
        common = replace(
            longer, segments=longer.segments[:3], event_times_s=longer.event_times_s[:2],
            transition_s=longer.transition_s[:2], f0_hz=longer.f0_hz[:4],
        )  # fmt: skip
        errors_ms.append(event_errors_ms(pairs, common, shorter))
    assert np.median(errors_ms) < 5.0


def test_swapping_the_sounds_swaps_the_pairs() -> None:
    rng = np.random.default_rng(5)
    one, other = (spoken(word, rng) for word in word_pair("VFV", rng))
    forth, back = align_events(one, other), align_events(other, one)
    moments_s = np.linspace(0.0, one.duration_s, 50)
    there_s = np.interp(moments_s, forth.times_a_s, forth.times_b_s)
    there_by_back_s = np.interp(moments_s, back.times_b_s, back.times_a_s)
    np.testing.assert_allclose(there_s, there_by_back_s, atol=0.02)
    assert np.abs(there_s - moments_s * other.duration_s / one.duration_s).max() > 0.02


@pytest.mark.parametrize("kinds", ["VV", "FVCV", "VFV"])
def test_slopes_stay_within_bounds_and_ends_meet(kinds: str) -> None:
    rng = np.random.default_rng(11)
    one, other = (spoken(random_word(kind, rng), rng) for kind in (kinds, "VCV"))
    pairs = align_events(one, other, settings=AlignSettings(linear_above=10.0))
    assert (pairs.times_a_s[0], pairs.times_b_s[0]) == (0.0, 0.0)
    assert (pairs.times_a_s[-1], pairs.times_b_s[-1]) == (one.duration_s, other.duration_s)
    slopes = np.diff(pairs.times_b_s / other.duration_s) / np.diff(pairs.times_a_s / one.duration_s)
    assert slopes.max() <= 8.0 * (1 + 1e-6)
    assert slopes.min() >= 1 / 8.0 * (1 - 1e-6)
    assert pairs.steepest_slope is not None
    assert pairs.steepest_slope >= 1.0


def test_onset_meets_onset_after_different_silences() -> None:
    rng = np.random.default_rng(2)
    word = spoken(random_word("VFV", rng), rng)
    late = Sound(samples=np.concatenate([np.zeros(3200), word.samples, np.zeros(800)]), rate_hz=RATE_HZ)
    early = Sound(samples=np.concatenate([np.zeros(320), word.samples, np.zeros(2400)]), rate_hz=RATE_HZ)
    pairs = align_events(late, early)
    moments_s = np.linspace(0.06, word.duration_s - 0.06, 20)
    np.testing.assert_allclose(
        np.interp(0.2 + moments_s, pairs.times_a_s, pairs.times_b_s), 0.02 + moments_s, atol=0.015
    )
    linear_s = (0.2 + moments_s) * early.duration_s / late.duration_s
    assert np.abs(linear_s - (0.02 + moments_s)).max() > 0.05


def test_sounds_without_events_are_aligned_linearly() -> None:
    rng = np.random.default_rng(4)
    hisses = [Sound(samples=rng.normal(size=n), rate_hz=RATE_HZ) for n in (6000, 9000)]
    pairs = align_events(*hisses)
    assert pairs.method == "linear (events gain nothing)"
    assert pairs.cost_ratio is not None
    np.testing.assert_allclose(pairs.times_b_s, 1.5 * pairs.times_a_s, atol=0.011)


def test_words_with_events_are_not_aligned_linearly() -> None:
    rng = np.random.default_rng(6)
    one, other = word_pair("VCV", rng)
    assert align_events(spoken(one, rng), spoken(other, rng)).method == "events"


@pytest.mark.parametrize("n_samples", [1, 160, 480])
def test_very_short_sounds_work(n_samples: int) -> None:
    rng = np.random.default_rng(0)
    click, word = (
        Sound(samples=rng.normal(size=n_samples), rate_hz=RATE_HZ),
        spoken(random_word("VV", rng), rng),
    )
    pairs = align_events(click, word)
    assert pairs.duration_a_s == click.duration_s
    assert pairs.duration_b_s == word.duration_s


def test_silence_is_aligned_linearly() -> None:
    nothing = Sound(samples=np.zeros(8000), rate_hz=RATE_HZ)
    assert align_events(nothing, nothing).method == "linear (events gain nothing)"


def test_harmonic_share_that_is_given_is_used() -> None:
    rng = np.random.default_rng(7)
    one, other = (spoken(word, rng) for word in word_pair("VFV", rng))
    own = align_events(one, other)
    shares = [np.ones(round(sound.duration_s / 0.005) + 1) for sound in (one, other)]
    given_ones = align_events(one, other, harmonic_share_a=shares[0], harmonic_share_b=shares[1])
    assert given_ones.cost_ratio != own.cost_ratio
    only_one = align_events(one, other, harmonic_share_a=shares[0])
    assert only_one.cost_ratio == own.cost_ratio


def test_two_rates_are_refused() -> None:
    with pytest.raises(SettingError, match="one rate"):
        align_events(Sound(samples=np.ones(800), rate_hz=8000), Sound(samples=np.ones(800), rate_hz=16000))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 9999), st.integers(500, 8000), st.integers(500, 8000))
def test_any_two_sounds_give_a_sane_path(seed: int, n_a: int, n_b: int) -> None:
    rng = np.random.default_rng(seed)
    bursts = [
        Sound(
            samples=rng.normal(size=n) * np.repeat(rng.choice([0.0, 0.01, 1.0], 100), n // 100 + 1)[:n],
            rate_hz=8000,
        )
        for n in (n_a, n_b)
    ]
    pairs = align_events(*bursts, settings=AlignSettings(linear_above=10.0))
    assert np.all(np.isfinite(pairs.times_a_s + pairs.times_b_s))
    assert pairs.duration_a_s == bursts[0].duration_s
    assert pairs.duration_b_s == bursts[1].duration_s
    assert np.all(np.diff(pairs.output_times_s(0.5)) > 0.0)


def test_a_minute_is_aligned_within_its_frame_limit() -> None:
    rng = np.random.default_rng(8)
    steps = [rng.choice([0.01, 1.0], 120) for _ in range(2)]
    long = [Sound(samples=rng.normal(size=240_000) * np.repeat(step, 2000), rate_hz=4000) for step in steps]
    pairs = align_events(*long, settings=AlignSettings(linear_above=10.0, n_frames_max=1000))
    assert pairs.times_a_s.size <= 1001
