import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.figures.spectrogram import FrequencyAxis
from stimgen.figures.ticks import (
    duration_text,
    frequency_ticks_hz,
    round_ticks,
    short_number,
    with_minus_signs,
)


@given(low=st.floats(-100.0, 100.0), span=st.floats(1e-3, 1e4), length_in=st.floats(0.5, 10.0))
def test_ticks_lie_on_the_axis_and_far_enough_apart(low: float, span: float, length_in: float) -> None:
    ticks = np.array(round_ticks(low, low + span, length_in=length_in, apart_in=0.3))
    assert np.all((ticks >= low - 1e-6 * span) & (ticks <= low + span * (1 + 1e-6)))
    assert np.all(np.diff(ticks) / span * length_in >= 0.3 * (1 - 1e-6))


@given(span=st.floats(1e-3, 1e4))
def test_an_axis_with_room_has_several_ticks(span: float) -> None:
    assert len(round_ticks(0.0, span, length_in=5.0, apart_in=0.5)) >= 4


@pytest.mark.parametrize("text", ["0-1", "dog-2.wav", "2024-03-01", "a - b", "--steps", "16-bit"])
def test_hyphens_that_are_no_minus_signs_stay(text: str) -> None:
    assert with_minus_signs(text) == text


def test_a_hyphen_before_a_number_becomes_a_minus_sign() -> None:
    assert with_minus_signs("-3 dB (-8)") == "\N{MINUS SIGN}3 dB (\N{MINUS SIGN}8)"


def test_whole_ticks_are_whole() -> None:
    ticks = round_ticks(-0.5, 2.5, length_in=3.0, apart_in=0.2, whole=True)
    assert ticks == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("highest_hz", [2000.0, 4000.0, 8000.0, 16000.0, 96000.0])
@pytest.mark.parametrize("scale", ["mel", "linear"])
@pytest.mark.parametrize("height_in", [1.0, 2.75])
def test_frequency_ticks_stand_apart_and_begin_at_zero(
    highest_hz: float, scale: str, height_in: float
) -> None:
    axis = FrequencyAxis(scale=scale, highest_hz=highest_hz)
    ticks_hz = np.array(frequency_ticks_hz(axis, height_in=height_in))
    assert ticks_hz[0] == 0.0
    assert ticks_hz.shape[0] >= 3
    assert np.all(np.diff(axis.height(ticks_hz)) * height_in >= 0.15 - 1e-9)


def test_numbers_are_short() -> None:
    assert [short_number(v) for v in (0.0, 1.0, -0.25, 2 / 3)] == ["0", "1", "\N{MINUS SIGN}0.25", "0.6667"]


def test_durations_have_the_unit_that_suits_them() -> None:
    assert [duration_text(d) for d in (0.01, 0.9996, 1.5, 60.0)] == ["10 ms", "1 s", "1.5 s", "60 s"]
