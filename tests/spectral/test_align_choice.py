"""How time is aligned, as a choice."""

import numpy as np
import pytest

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import Sound
from stimgen.spaces.stft import StftSpace
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spectral.align_choice import align_by_choice, align_none, align_word, demand_align, fitted
from stimgen.spectral.alignment import Alignment, align_linear

RATE_HZ = 16_000
MEETS = ((0.10, 0.30), (0.20, 0.35))


def given(method="given", end_a_s=0.40, end_b_s=0.50) -> Alignment:
    inner = np.array(MEETS)
    return Alignment(
        times_a_s=np.concatenate([[0.0], inner[:, 0], [end_a_s]]),
        times_b_s=np.concatenate([[0.0], inner[:, 1], [end_b_s]]),
        method=method,
    )


def noises() -> tuple[Sound, Sound]:
    rng = np.random.default_rng(4)
    a, b = (Sound(samples=0.1 * rng.standard_normal(round(s * RATE_HZ)), rate_hz=RATE_HZ) for s in (0.4, 0.5))
    return a, b


@pytest.mark.parametrize(
    "make", [lambda a: StftSpace(align=a), lambda a: TransportSpace(TransportSettings(align=a))]
)
def test_a_space_takes_the_moments_that_are_given(make):
    space = make(given())
    found = space.between(*noises(), seed=0).alignment
    np.testing.assert_allclose(found.times_a_s, [0.0, 0.10, 0.20, 0.40])
    np.testing.assert_allclose(found.times_b_s, [0.0, 0.30, 0.35, 0.50])
    assert found.method == "given"
    assert space.settings()["align"] == "given"


def test_a_given_alignment_ends_exactly_where_the_sounds_end():
    found = fitted(given(end_a_s=0.4004, end_b_s=0.4996), 0.4, 0.5)
    assert (found.duration_a_s, found.duration_b_s) == (0.4, 0.5)
    # moments inside stay
    np.testing.assert_array_equal(found.times_b_s[1:3], [0.30, 0.35])


def test_an_alignment_of_other_sounds_is_refused():
    with pytest.raises(SettingError, match=r"ends at 0.400 s of a, which lasts 0.600 s"):
        fitted(given(), 0.6, 0.5)


def test_only_the_rest_of_the_longer_sound_moves_without_alignment():
    found = align_none(0.5, 0.75)
    inside_s = np.linspace(0.0, 0.5, 10, endpoint=False)
    for position in (0.0, 0.4, 1.0):
        read = found.source_times(position, inside_s)
        np.testing.assert_allclose(read.times_a_s, inside_s, atol=1e-12)
        np.testing.assert_allclose(read.times_b_s, inside_s, atol=1e-12)
    assert found.duration_s(0.4) == pytest.approx(0.6)
    assert found.source_times(0.4, np.array([0.6])).times_b_s == pytest.approx(0.75)


def test_events_are_sought_only_where_they_were_chosen():
    a, b = noises()
    linear = align_linear(0.4, 0.5)

    def never() -> Alignment:
        raise AssertionError("events were sought")

    assert align_by_choice("events", a, b, events=lambda: linear) is linear
    assert [align_by_choice(choice, a, b, events=never).method for choice in ("linear", "none", given())] == [
        "linear",
        "none",
        "given",
    ]


def test_what_is_no_way_to_align_is_refused():
    for choice in ("dtw", None, [0.1, 0.2]):
        with pytest.raises(SettingError, match="'events', 'linear', 'none' or an Alignment"):
            demand_align(choice)


def test_a_manifest_names_a_choice_in_one_word():
    choices = ("none", given("file"), given("events"))
    assert [align_word(choice) for choice in choices] == ["none", "file", "given"]


@pytest.mark.parametrize(
    "moments_s", [(0.0, 0.3, 0.2, 0.4), (0.1, 0.2, 0.3, 0.4), (0.0, float("nan"), 0.3, 0.4)]
)
def test_moments_that_do_not_rise_from_0_are_no_alignment(moments_s):
    with pytest.raises(ShapeError, match="must start at 0 and never fall"):
        Alignment(times_a_s=np.array(moments_s), times_b_s=np.linspace(0.0, 1.0, 4), method="given")
