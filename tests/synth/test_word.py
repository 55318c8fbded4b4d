import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import WordParameters, closure_segment, fricative_segment, synthesise, vowel_segment

A = (730.0, 1090.0, 2440.0, 3500.0, 4500.0)
I = (270.0, 2290.0, 3010.0, 3500.0, 4500.0)  # noqa: E741


def word(*segments, events=(0.15, 0.25), transitions=(0.02, 0.02)) -> WordParameters:
    return WordParameters(
        duration_s=0.4,
        segments=segments,
        event_times_s=events,
        transition_s=transitions,
        f0_hz=(120.0, 118.0, 112.0, 100.0)[: len(segments) + 1],
    )


def level_db(samples, rate_hz: int, start_s: float, stop_s: float) -> float:
    part = samples[int(start_s * rate_hz) : int(stop_s * rate_hz)]
    return float(10 * np.log10(np.mean(part**2)))


def test_a_closure_is_as_much_quieter_as_asked_and_lies_between_its_events() -> None:
    sound = synthesise(
        word(vowel_segment(A), closure_segment(A, level_db=-38.0), vowel_segment(I)),
        rate_hz=24_000,
        rng=child_rng(0),
    )
    before, inside, after = (
        level_db(sound.samples, 24_000, *span) for span in ((0.06, 0.13), (0.17, 0.23), (0.28, 0.35))
    )
    assert inside - before == pytest.approx(-38.0, abs=3.0)
    assert inside - after == pytest.approx(-38.0, abs=3.0)


def test_the_middle_of_a_transition_is_at_the_event() -> None:
    parameters = word(vowel_segment(A), vowel_segment(I), events=(0.2,), transitions=(0.05,))
    frames = parameters.frames_at(np.array([0.1, 0.2, 0.3]))
    assert frames.formants_hz[:, 1] == pytest.approx([1090.0, np.sqrt(1090.0 * 2290.0), 2290.0])


def test_a_fricative_is_noise_around_its_centre_and_a_vowel_is_not() -> None:
    fricative = fricative_segment(A, centre_hz=5000.0, bandwidth_hz=1500.0)
    sound = synthesise(word(vowel_segment(A), fricative, vowel_segment(A)), rate_hz=24_000, rng=child_rng(0))

    def centre_hz(start_s: float, stop_s: float) -> float:
        part = sound.samples[int(start_s * 24_000) : int(stop_s * 24_000)]
        power = np.abs(np.fft.rfft(part * np.hanning(part.shape[0]))) ** 2
        return float(np.sum(np.fft.rfftfreq(part.shape[0], 1 / 24_000) * power) / power.sum())

    assert centre_hz(0.17, 0.23) == pytest.approx(5000.0, rel=0.2)
    assert centre_hz(0.05, 0.13) < 1200.0


def test_the_clock_shows_whole_numbers_at_its_knots() -> None:
    parameters = word(vowel_segment(A), closure_segment(A), vowel_segment(I))
    assert parameters.clock(parameters.knots_s()).tolist() == [0, 1, 2, 3, 4, 5]
    assert parameters.kinds == "VCV"


def test_overlapping_transitions_are_refused() -> None:
    with pytest.raises(SettingError, match="not overlap"):
        word(vowel_segment(A), closure_segment(A), vowel_segment(I), events=(0.2, 0.21))


def test_counts_that_do_not_match_are_refused() -> None:
    with pytest.raises(SettingError, match="needs 2 events"):
        word(vowel_segment(A), closure_segment(A), vowel_segment(I), events=(0.2,))
