import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.synth.event_clock import EventClock

CLOCK = EventClock(duration_s=0.4, event_times_s=(0.1, 0.25), transition_s=(0.04, 0.06))


def test_the_clock_shows_whole_numbers_at_its_knots() -> None:
    assert CLOCK.at(CLOCK.knots_s()).tolist() == [0, 1, 2, 3, 4, 5]


def test_values_rest_in_stretches_and_are_halfway_at_events() -> None:
    times_s = np.array([0.0, 0.08, 0.1, 0.15, 0.25, 0.4])
    assert CLOCK.moving(np.array([1.0, 3.0, -1.0]), times_s) == pytest.approx([1, 1, 2, 3, 1, -1])
    columns = CLOCK.moving(np.array([[1.0, 10.0], [3.0, 30.0], [-1.0, 0.0]]), times_s)
    assert columns[:, 0] == pytest.approx([1, 1, 2, 3, 1, -1])
    assert columns[:, 1] == pytest.approx([10, 10, 20, 30, 15, 0])


def test_lines_pass_through_their_values_at_the_ends_and_events() -> None:
    assert CLOCK.through(np.array([5.0, 7.0, 1.0, 2.0]), np.array([0.0, 0.1, 0.25, 0.4])) == pytest.approx(
        [5, 7, 1, 2]
    )


def test_every_knot_of_the_clock_between_lies_between() -> None:
    other = EventClock(duration_s=0.6, event_times_s=(0.3, 0.5), transition_s=(0.02, 0.02))
    assert CLOCK.toward(other, 0.25).knots_s() == pytest.approx(
        0.75 * CLOCK.knots_s() + 0.25 * other.knots_s()
    )
    assert CLOCK.toward(other, 0.0) == CLOCK
    assert CLOCK.toward(other, 1.0) == other


def test_events_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SettingError, match="not overlap"):
        EventClock(duration_s=0.4, event_times_s=(0.2, 0.21), transition_s=(0.02, 0.02))
    with pytest.raises(SettingError, match="lie within"):
        EventClock(duration_s=0.4, event_times_s=(0.39,), transition_s=(0.04,))
    with pytest.raises(SettingError, match="2 events and 1 durations"):
        EventClock(duration_s=0.4, event_times_s=(0.1, 0.2), transition_s=(0.02,))
    with pytest.raises(SettingError, match="as many events, got 2 and 0"):
        CLOCK.toward(EventClock(duration_s=0.4), 0.5)
