"""Align two sounds in time by what happens in them."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment, align_linear
from stimgen.spectral.course import Course, course_of, frame_centres, periodicity
from stimgen.spectral.event_match import MatchWeights, match_events
from stimgen.spectral.events import Events, change_strength, find_events

_SHARE_HOP_S = 0.005
_N_COMPARED = 400
# What two sounds without events differ by chance: keeps the ratio of two small costs near 1.
_CHANCE_COST = 0.03
_SLOPE_STRETCH_S = 0.040
_UNSURE = 0.8


@dataclass(frozen=True, kw_only=True)
class AlignSettings:
    """How two sounds are aligned by their events.

    Args:
        hop_s: Distance of frames, s. Short sounds get closer frames, so that the shorter has
            `n_frames_min`, but not closer than a quarter of `hop_s`; long ones get wider frames, so that
            the longer has `n_frames_max`.
        n_frames_min: Frames wanted in a short sound.
        n_frames_max: Most frames in a long sound.
        shortest_s: Sounds shorter than this are aligned linearly, s.
        active_db: A sound begins and ends where it is within this many dB of its loudest frame; beginnings
            meet beginnings and ends meet ends.
        n_smooth: Frames over which the pairing of moments is smoothed.
        greatest_slope: Greatest slope of the pairing relative to linear time; its inverse is the smallest.
        least_share: Least share of all that happens in both sounds that must have a partner; with less they
            share too little to be aligned, and time is linear.
        linear_above: Cost ratio above which time is linear; four fifths of it where no pair of events is `sure`.
        sure: Strength of events, 0..1, that are no chance: those of vowels as they come and go stay below it.
        weights: What it costs to pair events.
    """

    hop_s: float = 0.005
    n_frames_min: int = 50
    n_frames_max: int = 4000
    shortest_s: float = 0.030
    active_db: float = 45.0
    n_smooth: int = 3
    greatest_slope: float = 8.0
    least_share: float = 0.6
    linear_above: float = 1.2
    sure: float = 0.33
    weights: MatchWeights = field(default_factory=MatchWeights)


def align_events(
    a: Sound,
    b: Sound,
    *,
    harmonic_share_a: FloatArray | None = None,
    harmonic_share_b: FloatArray | None = None,
    settings: AlignSettings | None = None,
) -> Alignment:
    """Pair the moments of two sounds by what happens in them, not by what they sound like.

    The events of both (moments at which the spectrum changes) are paired in order by what changes there and by
    what lies between; those without a partner are left out. Time runs evenly between paired events. Where too little
    has a partner, time is linear from the beginning to the end of what sounds.

    Args:
        a: First sound.
        b: Second sound, of the same rate.
        harmonic_share_a: Harmonic share of a's energy every 5 ms from 0 s, shape (n,), 0..1; estimated
            from the autocorrelation unless given for both sounds.
        harmonic_share_b: The same of b.
        settings: How to align.

    Returns:
        The alignment. Its `cost_ratio` says by how much the courses of both differ along it, relative to
        linear time (1: nothing was gained); it is no measure of error.

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
    one, other = (
        course_of(sound, _at_hops(share, sound, hop_s), hop_s=hop_s, active_db=settings.active_db)
        for sound, share in ((a, harmonic_share_a), (b, harmonic_share_b))
    )
    events_a, events_b = find_events(one), find_events(other)
    match = match_events(events_a, events_b, one, other, weights=settings.weights)
    ends = np.array([0.0, 1.0])
    linear = _smoothed(
        _moments_s(one, a, ends * (one.n_frames - 1)),
        _moments_s(other, b, ends * (other.n_frames - 1)),
        hop_s,
        settings,
    )
    linear = replace(linear, method="linear (events gain nothing)", cost_ratio=1.0)
    if match.share < settings.least_share:
        return linear
    found = _smoothed(
        _moments_s(one, a, _paired_frames(events_a, match.events_a)),
        _moments_s(other, b, _paired_frames(events_b, match.events_b)),
        hop_s,
        settings,
    )
    cost_ratio = (_CHANCE_COST + _difference(one, other, found)) / (
        _CHANCE_COST + _difference(one, other, linear)
    )
    most = settings.linear_above * (1.0 if match.surest >= settings.sure else _UNSURE)
    return replace(found if cost_ratio <= most else linear, cost_ratio=cost_ratio)


def _at_hops(harmonic_share: FloatArray, sound: Sound, hop_s: float) -> FloatArray:
    times_s = np.arange(frame_centres(sound, hop_s).size) * hop_s
    share = np.interp(times_s, np.arange(harmonic_share.size) * _SHARE_HOP_S, harmonic_share)
    return np.asarray(share, dtype=np.float64)


def _moments_s(course: Course, sound: Sound, frames: FloatArray) -> FloatArray:
    """Return the moments of frames, which never fall, with the beginning and the end of the file added."""
    times_s = np.maximum.accumulate(course.times_s(frames))
    return np.concatenate([[0.0], np.minimum(times_s, course.stop_s), [sound.duration_s]])


def _paired_frames(events: Events, which: npt.NDArray[np.int64]) -> FloatArray:
    """Return where the events set in, have their middle and are over, shape (3 n,), frames, the ends once."""
    frames = np.column_stack([events.starts, events.middles, events.stops])[which].ravel()
    return frames[2:-2]


def _difference(a: Course, b: Course, alignment: Alignment) -> float:
    """Return the mean difference of level, harmonic level and strength of change of moments that meet."""
    u = np.linspace(0.0, 1.0, _N_COMPARED)
    knots = 0.5 * (
        alignment.times_a_s / alignment.duration_a_s + alignment.times_b_s / alignment.duration_b_s
    )
    rows = []
    for course, times_s in ((a, alignment.times_a_s), (b, alignment.times_b_s)):
        frame_times_s = course.times_s(np.arange(course.n_frames, dtype=np.float64))
        values = (course.level, course.harmonic, change_strength(course.change))
        rows.append(
            [
                np.interp(np.interp(u, knots, times_s), frame_times_s, one, left=0.0, right=0.0)
                for one in values
            ]
        )
    return float(np.mean(np.abs(np.array(rows[0]) - np.array(rows[1])).sum(axis=0)))


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
