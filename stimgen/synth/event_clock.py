"""A clock that events set, so that two sounds correspond where their clocks agree."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.lines import line, lines


@dataclass(frozen=True, kw_only=True)
class EventClock:
    """When the stretches of a sound begin and end.

    Stretch i is steady from clock 2i to 2i + 1, and the transition to the next takes clock 2i + 1 to 2i + 2.

    Args:
        duration_s: Duration of the sound, s.
        event_times_s: Middles of the transitions, s, rising; empty for a sound of one stretch.
        transition_s: Durations of the transitions, s, one per event.

    Raises:
        SettingError: If the counts differ, or transitions overlap or leave the sound.

    Examples:
        >>> clock = EventClock(duration_s=0.4, event_times_s=(0.1,), transition_s=(0.04,))
        >>> clock.at(np.array([0.0, 0.08, 0.1, 0.12, 0.4])).tolist()
        [0.0, 1.0, 1.5, 2.0, 3.0]
    """

    duration_s: float
    event_times_s: tuple[float, ...] = ()
    transition_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.event_times_s) != len(self.transition_s):
            raise SettingError(
                f"every event needs the duration of its transition, got {len(self.event_times_s)} events and "
                f"{len(self.transition_s)} durations"
            )
        if bool(np.any(np.diff(self.knots_s()) <= 0.0)):
            raise SettingError(
                f"the transitions must lie within the sound and not overlap, got events at "
                f"{self.event_times_s} s with transitions of {self.transition_s} s in {self.duration_s:g} s"
            )

    @property
    def n_stretches(self) -> int:
        """How many steady stretches there are, one more than events."""
        return len(self.event_times_s) + 1

    def knots_s(self) -> FloatArray:
        """Return the moments at which the clock shows 0, 1, 2, ..., shape (2 n_stretches,), s."""
        inner = [
            moment_s
            for event_s, long_s in zip(self.event_times_s, self.transition_s, strict=True)
            for moment_s in (event_s - 0.5 * long_s, event_s + 0.5 * long_s)
        ]
        return np.array([0.0, *inner, self.duration_s])

    def at(self, times_s: FloatArray) -> FloatArray:
        """Return what the clock shows at given moments, s, the same shape, from 0 to 2 n_stretches - 1."""
        knots_s = self.knots_s()
        return np.asarray(np.interp(times_s, knots_s, np.arange(knots_s.shape[0])))

    def moving(self, targets: FloatArray, times_s: FloatArray) -> FloatArray:
        """Return values that rest in every stretch and pass along half a cosine between two.

        Args:
            targets: What every stretch aims at, shape (n_stretches,) or (n_stretches, n_values).
            times_s: Moments, shape (n_times,), s.

        Returns:
            The values, shape (n_times,) or (n_times, n_values).
        """
        clock = self.at(times_s)
        if targets.ndim > 1:
            clock = clock[:, None]
        value = targets[0] + 0.0 * clock
        for i, (before, after) in enumerate(pairwise(targets)):
            share = np.clip(clock - (2 * i + 1), 0.0, 1.0)
            value = value + (after - before) * (0.5 - 0.5 * np.cos(np.pi * share))
        return np.asarray(value)

    def through(self, values: FloatArray, times_s: FloatArray) -> FloatArray:
        """Return straight lines by the clock through values at the beginning, every event and the end.

        Args:
            values: The values, shape (n_stretches + 1,).
            times_s: Moments, shape (n_times,), s.
        """
        n_events = len(self.event_times_s)
        known_at = np.array([0.0, *(2.0 * i + 1.5 for i in range(n_events)), 2.0 * n_events + 1.0])
        return np.asarray(np.interp(self.at(times_s), known_at, values))

    def toward(self, other: "EventClock", position: float) -> "EventClock":
        """Return the clock at a position: every moment lies on the straight line between the two.

        Args:
            other: The clock at position 1, with as many events.
            position: 0 is this clock.

        Raises:
            SettingError: If the numbers of events differ.
        """
        if len(self.event_times_s) != len(other.event_times_s):
            raise SettingError(
                f"both sounds must have as many events, got {len(self.event_times_s)} "
                f"and {len(other.event_times_s)}"
            )
        return EventClock(
            duration_s=line(self.duration_s, other.duration_s, position),
            event_times_s=lines(self.event_times_s, other.event_times_s, position),
            transition_s=lines(self.transition_s, other.transition_s, position),
        )
