"""Which moment of one sound meets which moment of another, and what that makes of time at any position."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray, Sound

# Outside 0..1 a stretch that shrinks from a to b could end up with a negative duration; it keeps this
# share of its shorter side instead.
_SHORTEST_SHARE = 0.25
# A recording stretched or shrunk further than this is no longer the same sound at another speed.
_MOST_TIME_FACTOR = 4.0
_SHORTEST_COMMON_S = 0.010

Method = Literal["linear", "events", "linear (events gain nothing)", "none", "file", "given"]


@dataclass(frozen=True, kw_only=True)
class SourceTimes:
    """Where to read both sounds.

    Args:
        times_a_s: Times in a, shape (n_times,), s, never falling, within 0 and a's duration.
        times_b_s: Times in b, the same shape and unit, within 0 and b's duration.
    """

    times_a_s: FloatArray
    times_b_s: FloatArray


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """A monotone pairing of moments.

    Args:
        times_a_s: Moments of a, shape (n,), s, starting at 0 and ending at a's duration, never falling.
        times_b_s: The moments of b that they meet, shape (n,), s, likewise from 0 to b's duration, never
            falling.
        method: How it was found: "linear", "events", "linear (events gain nothing)" where there was nothing to
            align, "none" where equal seconds meet, "file" where a file names the moments, "given" where a
            program does.
        cost_ratio: Difference of the courses of the two sounds along the alignment by events over that along linear
            time (1: nothing was gained), None where no events were looked for.
        steepest_slope: Steepest 40 ms stretch, in seconds of one per second of the other and relative to
            linear time (>= 1), None for linear. Above 6 the two sounds probably have different numbers of
            events.
        common_duration_s: How long the sound lasts at every position, s: all its moments are moved in proportion.
            None where the duration goes from a's to b's.

    Raises:
        ShapeError: If the two arrays differ in shape, have fewer than 2 moments, do not start at 0, or fall.
        SettingError: If the common duration is not above 0.
    """

    times_a_s: FloatArray
    times_b_s: FloatArray
    method: Method
    cost_ratio: float | None = None
    steepest_slope: float | None = None
    common_duration_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("times_a_s", "times_b_s"):
            try:
                times_s = np.asarray(getattr(self, name), dtype=np.float64)
            except (TypeError, ValueError):
                raise ShapeError(
                    f"{name} of an alignment holds numbers of seconds, got {getattr(self, name)!r}"
                ) from None
            object.__setattr__(self, name, times_s)
        shapes = self.times_a_s.shape, self.times_b_s.shape
        if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0][0] < 2:
            raise ShapeError(
                f"an alignment pairs at least 2 moments of each sound, got shapes {shapes[0]} and {shapes[1]}"
            )
        for label, times_s in (("a", self.times_a_s), ("b", self.times_b_s)):
            # so that what is no number is refused as well
            if times_s[0] != 0.0 or not bool(np.all(np.diff(times_s) >= 0.0)):
                raise ShapeError(f"the moments of {label} in an alignment must start at 0 and never fall")
        if self.common_duration_s is not None and not 0.0 < self.common_duration_s < math.inf:
            raise SettingError(f"a common duration must lie above 0 s, got {self.common_duration_s:g} s")

    @property
    def duration_a_s(self) -> float:
        """Duration of a, s."""
        return float(self.times_a_s[-1])

    @property
    def duration_b_s(self) -> float:
        """Duration of b, s."""
        return float(self.times_b_s[-1])

    def duration_s(self, position: float) -> float:
        """Return the duration of the sound at a position, s: the common one, or (1 - position) x a's + position x b's.

        Raises:
            SettingError: If the position lies so far outside 0..1 that no duration is left to start from.

        Examples:
            >>> from dataclasses import replace
            >>> align_linear(1.0, 2.0).duration_s(0.5)
            1.5
            >>> replace(align_linear(1.0, 2.0), common_duration_s=3.0).duration_s(0.5)
            3.0
        """
        natural_s = self._natural_duration_s(position)
        return natural_s if self.common_duration_s is None else self.common_duration_s

    def time_factor(self, position: float) -> float:
        """Return by how much time is stretched at a position (above 1) or shrunk; exactly 1 where it is not.

        Raises:
            SettingError: If the position lies so far outside 0..1 that no duration is left to start from.

        Examples:
            >>> from dataclasses import replace
            >>> replace(align_linear(1.0, 2.0), common_duration_s=3.0).time_factor(0.5)
            2.0
        """
        natural_s = self._natural_duration_s(position)
        if self.common_duration_s is None or math.isclose(self.common_duration_s, natural_s, rel_tol=1e-9):
            return 1.0
        return self.common_duration_s / natural_s

    def _natural_duration_s(self, position: float) -> float:
        duration_s = (1.0 - position) * self.duration_a_s + position * self.duration_b_s
        if not duration_s > 0.0:
            raise SettingError(
                f"position {position:g} would give a duration of {duration_s:.3f} s "
                f"(a lasts {self.duration_a_s:.3f} s, b {self.duration_b_s:.3f} s); choose one nearer to 0..1"
            )
        return duration_s

    def output_times_s(self, position: float) -> FloatArray:
        """Return when each pair of moments happens in the sound at a position.

        Between 0 and 1 a pair at `ta` and `tb` happens at (1 - position) ta + position tb. Outside, the
        same line is followed, but no stretch gets shorter than a quarter of its shorter side; what that
        adds is taken from the other stretches in proportion to what they have above that floor, so that
        the total keeps the value of `duration_s`. A common duration stretches or shrinks all of this evenly.

        Returns:
            Output times, shape (n,), s, from 0 to `duration_s(position)`, never falling, and rising wherever
            both sides rise.
        """
        natural_s = self._natural_output_times_s(position)
        factor = self.time_factor(position)
        return natural_s if factor == 1.0 else np.minimum(natural_s * factor, self.duration_s(position))

    def _natural_output_times_s(self, position: float) -> FloatArray:
        duration_s = self._natural_duration_s(position)
        if 0.0 <= position <= 1.0:
            return (1.0 - position) * self.times_a_s + position * self.times_b_s
        steps_a_s, steps_b_s = np.diff(self.times_a_s), np.diff(self.times_b_s)
        shorter_s = np.minimum(steps_a_s, steps_b_s)
        share = min(_SHORTEST_SHARE, 0.5 * duration_s / max(float(shorter_s.sum()), 1e-12))
        floor_s = share * shorter_s
        above_s = np.maximum((1.0 - position) * steps_a_s + position * steps_b_s - floor_s, 0.0)
        steps_s = floor_s + above_s * ((duration_s - floor_s.sum()) / above_s.sum())
        output_s = np.concatenate([[0.0], np.cumsum(steps_s)])
        output_s[-1] = duration_s
        return np.maximum.accumulate(np.minimum(output_s, duration_s))

    def source_times(self, position: float, output_times_s: FloatArray) -> SourceTimes:
        """Return which moments of a and of b to read for given moments of the sound at a position.

        Args:
            position: 0 is a, 1 is b; any value whose duration is above 0.
            output_times_s: Moments of the output, shape (n_times,), s, in any order; those before 0 or
                after the end read the first or last moment of both sounds.

        Returns:
            The moments to read; at position 0 those of a are the output times themselves, at 1 those of b,
            unless a common duration stretches or shrinks them.

        Examples:
            >>> read = align_linear(1.0, 2.0).source_times(0.5, np.array([0.0, 0.75, 1.5]))
            >>> read.times_a_s.tolist(), read.times_b_s.tolist()
            ([0.0, 0.5, 1.0], [0.0, 1.0, 2.0])
        """
        knots_s = self.output_times_s(position)
        times_a_s = np.interp(output_times_s, knots_s, self.times_a_s)
        times_b_s = np.interp(output_times_s, knots_s, self.times_b_s)
        # division by exactly 1 changes nothing
        own_times_s = output_times_s / self.time_factor(position)
        if position == 0.0:
            times_a_s = np.clip(own_times_s, 0.0, self.duration_a_s)
        elif position == 1.0:
            times_b_s = np.clip(own_times_s, 0.0, self.duration_b_s)
        return SourceTimes(times_a_s=times_a_s, times_b_s=times_b_s)


def align_linear(duration_a_s: float, duration_b_s: float, *, n: int = 2) -> Alignment:
    """Pair moments in proportion to the durations.

    Examples:
        >>> align_linear(1.0, 2.0).times_b_s.tolist()
        [0.0, 2.0]
    """
    share = np.linspace(0.0, 1.0, n)
    return Alignment(times_a_s=share * duration_a_s, times_b_s=share * duration_b_s, method="linear")


def common_duration_s(duration_s: float | None, a: Sound, b: Sound) -> float | None:
    """Return a wanted duration of all positions as a whole number of samples, s; None stays None.

    Raises:
        SettingError: If a or b would be stretched or shrunk more than 4 times, or to less than 10 ms.

    Examples:
        >>> sound = Sound(samples=np.zeros(800), rate_hz=8000)
        >>> common_duration_s(0.20001, sound, sound)
        0.2
    """
    if duration_s is None:
        return None
    shorter_s, longer_s = sorted((a.duration_s, b.duration_s))
    low_s = max(longer_s / _MOST_TIME_FACTOR, min(_SHORTEST_COMMON_S, longer_s))
    high_s = _MOST_TIME_FACTOR * shorter_s
    whole_s = round(duration_s * a.rate_hz) / a.rate_hz if math.isfinite(duration_s) else math.nan
    if low_s - 0.5 / a.rate_hz <= whole_s <= high_s + 0.5 / a.rate_hz:
        return whole_s
    if low_s > high_s:
        raise SettingError(
            f"a lasts {a.duration_s:.3f} s and b {b.duration_s:.3f} s, and nothing is within 4 times of both, so "
            f"--duration {duration_s:g} is not possible; use --duration keep"
        )
    raise SettingError(
        f"a lasts {a.duration_s:.3f} s and b {b.duration_s:.3f} s and neither may be stretched or shrunk more than 4 "
        f"times, so --duration {duration_s:g} is not possible; choose {math.ceil(low_s * 1000 - 1e-9) / 1000:g} to "
        f"{math.floor(high_s * 1000 + 1e-9) / 1000:g} s"
    )
