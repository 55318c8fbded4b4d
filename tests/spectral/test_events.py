import numpy as np
import pytest

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.course import Course, course_of, frame_centres, periodicity
from stimgen.spectral.event_match import MatchWeights, match_events
from stimgen.spectral.events import Events, find_events
from stimgen.synth import random_vowel_pair, random_word_pair
from stimgen.synth.pairs import WordKinds

RATE_HZ = 16000
HOP_S = 0.005


def course(sound: Sound) -> Course:
    share = periodicity(sound, hop_s=HOP_S)
    return course_of(sound, share, hop_s=HOP_S, active_db=45.0)


def hiss(rng: np.random.Generator, duration_s: float, *, low: bool) -> FloatArray:
    """Noise whose power lies below or above 4 kHz."""
    n = round(duration_s * RATE_HZ)
    spectrum = np.fft.rfft(rng.normal(size=n))
    is_low = np.fft.rfftfreq(n, 1 / RATE_HZ) < 4000
    return 0.1 * np.fft.irfft(np.where(is_low == low, spectrum, 0.0), n)


def events_at(*middles: float, strength: float = 0.8, n: int = 101) -> Events:
    inner = np.array([0.0, *middles, n - 1.0])
    strengths = np.pad(np.full(len(middles), strength), 1)
    return Events(
        middles=inner, starts=inner, stops=inner, strengths=strengths, steps=np.zeros((inner.size, 2))
    )


def even_course(n: int = 101) -> Course:
    return Course(
        level=np.ones(n), harmonic=np.ones(n), change=np.zeros(n), usual_db=0.0, start_s=0.0, stop_s=1.0
    )


def test_a_change_of_noise_is_found_where_it_is() -> None:
    rng = np.random.default_rng(1)
    samples = np.concatenate([hiss(rng, 0.231, low=True), hiss(rng, 0.3, low=False)])
    one = course(Sound(samples=samples, rate_hz=RATE_HZ))
    found = find_events(one)
    strongest = int(np.argmax(found.strengths))
    assert one.times_s(found.middles)[strongest] == pytest.approx(0.231, abs=0.003)
    assert np.sort(found.strengths)[-2] < 0.5 * found.strengths[strongest]


@pytest.mark.parametrize("kinds", ["VV", "VCV", "FVV", "VFV"])
def test_events_of_a_word_are_found_and_say_what_changes(kinds: WordKinds) -> None:
    rng = np.random.default_rng(3)
    pair = random_word_pair(rng, kinds=kinds)
    one = course(pair.sound(0.0, rate_hz=RATE_HZ, rng=rng))
    found = find_events(one)
    for event_s, (before, after) in zip(
        pair.a.event_times_s, zip(kinds, kinds[1:], strict=False), strict=True
    ):
        nearest = int(np.argmin(np.abs(one.times_s(found.middles) - event_s)))
        assert one.times_s(found.middles)[nearest] == pytest.approx(event_s, abs=0.012)
        rise_of_harmonics = found.steps[nearest, 1]
        if before == after:
            assert abs(rise_of_harmonics) < 0.2
        else:
            assert (rise_of_harmonics > 0.2) == (after == "V")


def test_a_steady_vowel_has_no_events_within() -> None:
    rng = np.random.default_rng(4)
    one = course(random_vowel_pair(rng).sound(0.0, rate_hz=RATE_HZ, rng=rng))
    middles_s = one.times_s(find_events(one).middles)
    assert not np.any((middles_s > 0.05) & (middles_s < one.stop_s - 0.08))


def test_a_slow_transition_is_wider_than_a_sudden_one() -> None:
    n = 400
    widths = []
    for blur in (1, 60):
        step = np.convolve(
            np.pad(np.repeat([0.0, 1.0], n // 2), blur, mode="edge"), np.ones(blur) / blur, "same"
        )
        share = step[blur : blur + n] if blur > 1 else np.repeat([0.0, 1.0], n // 2)
        gain = np.interp(np.arange(n * 40), np.arange(n) * 40, share)
        rng = np.random.default_rng(5)
        low, high = hiss(rng, n * 40 / RATE_HZ, low=True), hiss(rng, n * 40 / RATE_HZ, low=False)
        one = course(Sound(samples=low * 0.03**gain + high * 0.03 ** (1 - gain), rate_hz=RATE_HZ))
        found = find_events(one)
        strongest = int(np.argmax(found.strengths))
        widths.append(found.stops[strongest] - found.starts[strongest])
    assert widths[1] > 2.0 * widths[0]


def test_noise_raises_what_is_usual() -> None:
    rng = np.random.default_rng(6)
    vowel = random_vowel_pair(rng).sound(0.0, rate_hz=RATE_HZ, rng=rng)
    noisy = Sound(samples=vowel.samples + rng.normal(scale=0.02, size=vowel.n_samples), rate_hz=RATE_HZ)
    assert course(noisy).usual_db > 1.5 * course(vowel).usual_db


def test_a_course_begins_and_ends_with_what_sounds() -> None:
    rng = np.random.default_rng(7)
    samples = np.concatenate([np.zeros(3200), hiss(rng, 0.3, low=True), np.zeros(1600)])
    sound = Sound(samples=samples, rate_hz=RATE_HZ)
    one = course(sound)
    assert one.start_s == pytest.approx(0.2, abs=0.02)
    assert one.stop_s == pytest.approx(0.5, abs=0.02)
    assert one.n_frames < frame_centres(sound, HOP_S).size
    assert one.times_s(np.array([0.0, one.n_frames - 1.0])) == pytest.approx([one.start_s, one.stop_s])


def test_all_events_are_paired_in_order_where_numbers_agree() -> None:
    match = match_events(events_at(20, 60), events_at(40, 80), even_course(), even_course())
    assert match.events_a.tolist() == match.events_b.tolist() == [0, 1, 2, 3]
    assert match.share == pytest.approx(1.0)
    assert match.surest == pytest.approx(0.8)


def test_the_event_without_a_partner_is_left_alone() -> None:
    match = match_events(events_at(20, 50, 80), events_at(22, 79), even_course(), even_course())
    assert match.events_a.tolist() == [0, 1, 3, 4]
    assert match.events_b.tolist() == [0, 1, 2, 3]
    assert match.share == pytest.approx(0.8)


def test_unlike_events_are_not_paired() -> None:
    louder, softer = events_at(50), events_at(50)
    louder.steps[1], softer.steps[1] = (1.0, 1.0), (-1.0, -1.0)
    match = match_events(louder, softer, even_course(), even_course())
    assert match.events_a.tolist() == match.events_b.tolist() == [0, 2]
    assert match.share == 0.0


def test_stretches_that_sound_alike_meet() -> None:
    first_half_quiet = np.repeat([0.1, 1.0], [50, 51])
    a = Course(
        level=first_half_quiet,
        harmonic=first_half_quiet,
        change=np.zeros(101),
        usual_db=0.0,
        start_s=0.0,
        stop_s=1.0,
    )
    b = Course(
        level=np.repeat([0.1, 1.0], [70, 31]), harmonic=np.repeat([0.1, 1.0], [70, 31]), change=np.zeros(101),
        usual_db=0.0, start_s=0.0, stop_s=1.0,
    )  # fmt: skip
    match = match_events(events_at(50), events_at(30, 70), a, b, weights=MatchWeights(stretch=0.1))
    assert match.events_b[match.events_a == 1].tolist() == [2]


def test_any_number_of_events_may_stay_alone() -> None:
    many = events_at(*np.linspace(5, 95, 12), strength=0.01)
    match = match_events(many, events_at(), even_course(), even_course())
    assert match.events_a.tolist() == [0, 13]
    assert match.events_b.tolist() == [0, 1]
    assert match.share == 0.0


def test_nothing_to_pair_has_no_share() -> None:
    match = match_events(events_at(), events_at(), even_course(), even_course())
    assert (match.share, match.surest) == (0.0, 0.0)
