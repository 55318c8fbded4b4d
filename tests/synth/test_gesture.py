import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.errors import SettingError
from stimgen.synth.gesture import Gesture, held

VALUES = st.lists(st.floats(-5.0, 5.0), min_size=6, max_size=6).map(tuple)


@given(a=VALUES, b=VALUES, position=st.floats(0, 1))
def test_the_gesture_between_two_is_their_mean_at_every_moment(a, b, position) -> None:
    clock = np.linspace(0.0, 1.0, 31)
    between = Gesture(values=a).toward(Gesture(values=b), position).at(clock)
    expected = (1 - position) * Gesture(values=a).at(clock) + position * Gesture(values=b).at(clock)
    assert between == pytest.approx(expected, abs=1e-9)


@given(values=VALUES)
def test_a_gesture_reaches_its_ends_and_stays_within_its_values(values) -> None:
    at = Gesture(values=values).at(np.linspace(0.0, 1.0, 101))
    assert (at[0], at[-1]) == pytest.approx((values[0], values[-1]))
    assert min(values) - 1e-9 <= at.min() <= at.max() <= max(values) + 1e-9


def test_a_gesture_moves_without_corners() -> None:
    at = Gesture(values=(0.0, 1.0, 0.0, 1.0, 0.0, 1.0)).at(np.linspace(0.0, 1.0, 1001))
    assert np.abs(np.diff(at, n=2)).max() < 1e-3
    assert np.ptp(at) > 0.5


def test_a_held_gesture_does_not_move() -> None:
    assert held(0.3).at(np.linspace(-1.0, 2.0, 9)) == pytest.approx(np.full(9, 0.3))


def test_gestures_with_other_counts_or_too_few_values_are_refused() -> None:
    with pytest.raises(SettingError, match="as many values"):
        held(1.0).toward(Gesture(values=(1.0,) * 5), 0.5)
    with pytest.raises(SettingError, match="at least 4"):
        Gesture(values=(1.0, 2.0, 3.0))
