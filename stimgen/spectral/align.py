"""Align two sounds in time by what happens in them."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment, Method, align_linear
from stimgen.spectral.dtw import warp_path
from stimgen.spectral.events import EventWeights, event_features, frame_centres, mel_levels, periodicity

_SHARE_HOP_S = 0.005
# What two sounds without events cost by chance, per frame: keeps the ratio of two small costs near 1.
_CHANCE_COST = 2.0
_SLOPE_STRETCH_S = 0.040


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
