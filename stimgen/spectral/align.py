"""Which moment of one sound meets which moment of another, and what that makes of time at any position."""

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.dtw import warp_path
from stimgen.spectral.events import EventWeights, event_features, frame_centres, mel_levels, periodicity

_SHARE_HOP_S = 0.005
# What two sounds without events cost by chance, per frame: keeps the ratio of two small costs near 1.
_CHANCE_COST = 2.0
_SLOPE_STRETCH_S = 0.040
# Outside 0..1 a stretch that shrinks from a to b could end up with a negative duration; it keeps this
# share of its shorter side instead.
_SHORTEST_SHARE = 0.25
# A recording stretched or shrunk further than this is no longer the same sound at another speed.
_MOST_TIME_FACTOR = 4.0
_SHORTEST_COMMON_S = 0.010

Method = Literal["linear", "events", "linear (events gain nothing)"]


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
        method: How it was found: "linear", "events", or "linear (events gain nothing)" where there was
            nothing to align.
        cost_ratio: Cost of the event path over the cost of linear time, None for linear.
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
        shapes = self.times_a_s.shape, self.times_b_s.shape
        if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0][0] < 2:
            raise ShapeError(
                f"an alignment pairs at least 2 moments of each sound, got shapes {shapes[0]} and {shapes[1]}"
            )
        for label, times_s in (("a", self.times_a_s), ("b", self.times_b_s)):
            if times_s[0] != 0.0 or bool(np.any(np.diff(times_s) < 0)):
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


@dataclass(frozen=True, kw_only=True)
class AlignSettings:
    """How two sounds are aligned by their events.

    Args:
        hop_s: Distance of frames, s. Short sounds get closer frames, so that the shorter has
            `n_frames_min`, but not closer than a quarter of `hop_s`; long ones get wider frames, so that
            the longer has `n_frames_max`.
        n_frames_min: Frames wanted in a short sound.
        n_frames_max: Most frames in a long sound; memory and time grow with its square.
        shortest_s: Sounds shorter than this are aligned linearly, s.
        level_range_db: Dynamic range of the level feature, dB.
        active_db: A sound begins and ends where it is within this many dB of its loudest frame; beginnings
            meet beginnings and ends meet ends.
        band_share: Greatest distance from linear time, share of the whole.
        added_cost: Constant cost of each step of the path.
        n_smooth: Frames over which the path is smoothed.
        greatest_slope: Greatest slope of the path relative to linear time; its inverse is the smallest.
        linear_above: Cost ratio above which there is nothing to align and time is linear.
        weights: How much each feature counts.
    """

    hop_s: float = 0.005
    n_frames_min: int = 80
    n_frames_max: int = 4000
    shortest_s: float = 0.030
    level_range_db: float = 35.0
    active_db: float = 40.0
    band_share: float = 0.35
    added_cost: float = 0.02
    n_smooth: int = 11
    greatest_slope: float = 8.0
    linear_above: float = 0.80
    weights: EventWeights = field(default_factory=EventWeights)


def align_events(
    a: Sound,
    b: Sound,
    *,
    harmonic_share_a: FloatArray | None = None,
    harmonic_share_b: FloatArray | None = None,
    settings: AlignSettings | None = None,
) -> Alignment:
    """Pair the moments of two sounds by what happens in them, not by what they sound like.

    Both are described by their course of events (level and its rises and falls, periodicity, spectral
    change, and how much of the whole change has gone by), and the cheapest path through both is taken.
    Where that path costs nearly as much as linear time (the two share no events, or their events already
    coincide), time is linear from the beginning to the end of what sounds.

    Args:
        a: First sound.
        b: Second sound, of the same rate.
        harmonic_share_a: Harmonic share of a's energy every 5 ms from 0 s, shape (n,), 0..1; estimated
            from the autocorrelation unless given for both sounds.
        harmonic_share_b: The same of b.
        settings: How to align.

    Returns:
        The alignment. Its `cost_ratio` says how much of the cost of linear time is left (1: nothing was
        gained); it is no measure of error. A `steepest_slope` near 8, the bound, suggests that the numbers of
        events differ.

    Raises:
        SettingError: If the rates differ.
    """
    settings = settings or AlignSettings()
    if a.rate_hz != b.rate_hz:
        raise SettingError(
            f"two sounds can be aligned at one rate, got {a.rate_hz} and {b.rate_hz} Hz; resample one"
        )
    if min(a.duration_s, b.duration_s) < settings.shortest_s:
        return replace(align_linear(a.duration_s, b.duration_s), method="linear (events gain nothing)")
    if harmonic_share_a is None or harmonic_share_b is None:
        harmonic_share_a = periodicity(a, hop_s=_SHARE_HOP_S)
        harmonic_share_b = periodicity(b, hop_s=_SHARE_HOP_S)
    hop_s = _hop_s(a, b, settings)
    side_a, side_b = _side(a, harmonic_share_a, hop_s, settings), _side(b, harmonic_share_b, hop_s, settings)
    path, linear = (
        warp_path(side_a.features, side_b.features, band_share=share, added_cost=settings.added_cost)
        for share in (settings.band_share, 0.0)
    )
    cost_ratio = (path.cost + _CHANCE_COST) / (linear.cost + _CHANCE_COST)
    if cost_ratio <= settings.linear_above:
        frames_a, frames_b = path.frames_a, path.frames_b
    else:
        frames_a, frames_b = (np.array([0, side.features.shape[0] - 1]) for side in (side_a, side_b))
    found = _smoothed(side_a.times_s(frames_a, a), side_b.times_s(frames_b, b), hop_s, settings)
    method: Method = "events" if cost_ratio <= settings.linear_above else "linear (events gain nothing)"
    return replace(found, method=method, cost_ratio=cost_ratio)


@dataclass(frozen=True, kw_only=True)
class _Side:
    """The active part of one sound in frames: its features (n_frames, n_features) and its bounds, s."""

    features: FloatArray
    start_s: float
    stop_s: float

    def times_s(self, frames: npt.NDArray[np.int64], sound: Sound) -> FloatArray:
        """Return the moments of the path's frames, with the beginning and the end of the file added."""
        share = frames / (self.features.shape[0] - 1)
        inner_s = self.start_s + share * (self.stop_s - self.start_s)
        return np.concatenate([[0.0], inner_s, [sound.duration_s]])


def _side(sound: Sound, harmonic_share: FloatArray, hop_s: float, settings: AlignSettings) -> _Side:
    n_frames = frame_centres(sound, hop_s).size
    times_s = np.arange(n_frames) * hop_s
    share = np.interp(times_s, np.arange(harmonic_share.size) * _SHARE_HOP_S, harmonic_share)
    level_db = mel_levels(sound, hop_s=hop_s).level_db
    active = np.flatnonzero(level_db >= level_db.max() - settings.active_db)
    first = int(min(active[0], n_frames - 2))
    last = int(max(active[-1], first + 1))
    whole = first == 0, last == n_frames - 1
    features = event_features(
        sound, share, hop_s=hop_s, level_range_db=settings.level_range_db, weights=settings.weights
    )
    return _Side(
        features=features[first : last + 1],
        start_s=0.0 if whole[0] else first * hop_s,
        stop_s=sound.duration_s if whole[1] else last * hop_s,
    )


def _hop_s(a: Sound, b: Sound, settings: AlignSettings) -> float:
    shorter_s, longer_s = sorted((a.duration_s, b.duration_s))
    wanted_s = max(min(settings.hop_s, shorter_s / settings.n_frames_min), settings.hop_s / 4.0)
    return max(wanted_s, longer_s / settings.n_frames_max)


def _smoothed(
    times_a_s: FloatArray, times_b_s: FloatArray, hop_s: float, settings: AlignSettings
) -> Alignment:
    """Smooth a path and keep its slope within bounds.

    With both times as shares of their durations, u is their mean and v how far b is ahead of a. In these
    coordinates the two sounds play the same part, and a bound on the slope is a bound on the slope of v.
    """
    duration_a_s, duration_b_s = float(times_a_s[-1]), float(times_b_s[-1])
    share_a, share_b = times_a_s / duration_a_s, times_b_s / duration_b_s
    n = max(16, round(0.5 * (duration_a_s + duration_b_s) / hop_s)) + 1
    u = np.linspace(0.0, 1.0, n)
    ahead = np.interp(u, 0.5 * (share_a + share_b), share_b - share_a)
    ahead = _moving_mean(ahead, min(settings.n_smooth, n // 4))
    greatest = 2.0 * (settings.greatest_slope - 1.0) / (settings.greatest_slope + 1.0)
    ahead = _with_bounded_slope(ahead, greatest / (n - 1))
    times_a_s, times_b_s = (u - 0.5 * ahead) * duration_a_s, (u + 0.5 * ahead) * duration_b_s
    return Alignment(
        times_a_s=_exact_ends(times_a_s, duration_a_s),
        times_b_s=_exact_ends(times_b_s, duration_b_s),
        method="events",
        steepest_slope=_steepest(ahead, max(1, round(_SLOPE_STRETCH_S / hop_s))),
    )


def _moving_mean(values: FloatArray, n: int) -> FloatArray:
    """Average over n points around each, values that start and end at 0 being mirrored about their ends."""
    half = n // 2
    padded = np.pad(values, half, mode="reflect", reflect_type="odd")
    kernel = np.full(2 * half + 1, 1.0 / (2 * half + 1))
    return np.asarray(np.convolve(padded, kernel, mode="valid"), dtype=np.float64)


def _with_bounded_slope(values: FloatArray, greatest: float) -> FloatArray:
    """Return the middle between the nearest curves above and below that rise and fall by `greatest` a step at most."""
    steps = greatest * np.arange(values.size)
    reach = np.minimum(steps, steps[::-1])
    values = np.clip(values, -reach, reach)
    below = np.minimum(
        np.minimum.accumulate(values - steps) + steps,
        (np.minimum.accumulate((values + steps)[::-1])[::-1]) - steps,
    )
    above = np.maximum(
        np.maximum.accumulate(values + steps) - steps,
        (np.maximum.accumulate((values - steps)[::-1])[::-1]) + steps,
    )
    return np.asarray(0.5 * (below + above), dtype=np.float64)


def _steepest(ahead: FloatArray, n: int) -> float:
    """Return the steepest slope of a stretch of n frames, of one sound against the other, >= 1."""
    n = min(n, ahead.size - 1)
    slope = (ahead[n:] - ahead[:-n]) * ((ahead.size - 1) / n)
    lead = float(np.max(np.abs(slope)))
    return (2.0 + lead) / max(2.0 - lead, 1e-9)


def _exact_ends(times_s: FloatArray, duration_s: float) -> FloatArray:
    times_s = np.maximum.accumulate(np.clip(times_s, 0.0, duration_s))
    times_s[0], times_s[-1] = 0.0, duration_s
    return times_s
