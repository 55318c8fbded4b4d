"""Fundamental frequency by subharmonic summation and the best path through its candidates."""

from dataclasses import dataclass

import numpy as np
import scipy.fft
import soxr

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.frames import frames_at

# Voices and calls need different windows: 64 ms hold four periods of the lowest voice, 16 ms follow a fast
# call.
_VOICE_TOP_HZ = 700.0
_CALL_BOTTOM_HZ = 300.0
_BRIEF_S, _BRIEF_BOTTOM_HZ = 0.040, 500.0
_CANDIDATES_PER_OCTAVE = 48
_SUMMED_HZ = 5500.0
_DECAY = 0.84  # Hermes 1988, equation 4
_HALF_HARMONIC_WEIGHT = 0.6
_OCTAVE_COST = 3.0
_JUMP_COST = 3.0  # from anywhere to anywhere: calls break from one register to another
_FARTHEST_STEP = 12  # candidates a path may move in one frame: a quarter of an octave
_FRAMES_AT_A_TIME = 256  # more no longer fit the processor's cache
_MOST_FRAMES = 16000


@dataclass(frozen=True, kw_only=True)
class PitchRange:
    """A range of fundamental frequency and the frames in which it is searched.

    Args:
        min_hz: Lowest fundamental frequency, Hz.
        max_hz: Highest, Hz.
        window_s: Hann window, s.
        hop_s: Distance of frames, s; longer in sounds of more than 16000 frames.
        shortest_s: Shortest window for measuring harmonics, s.
        n_harmonics: How many harmonics are summed.
    """

    min_hz: float
    max_hz: float
    window_s: float
    hop_s: float
    shortest_s: float
    n_harmonics: int


def pitch_ranges(
    *, f0_min_hz: float, f0_max_hz: float, rate_hz: float, duration_s: float | None = None
) -> tuple[PitchRange, ...]:
    """Return the ranges in which to search: that of voices, then that of calls, and again in brief windows.

    Each is left out where it is not needed.

    Args:
        f0_min_hz: Lowest fundamental frequency, Hz.
        f0_max_hz: Highest, Hz; at most 45 % of the rate is searched.
        rate_hz: Sampling rate, Hz.
        duration_s: How long the sound lasts, s: a chirp of 10 ms sweeps so fast that it is followed in windows
            of 6 ms. None stands for a long one.

    Raises:
        SettingError: If the range is empty at this rate.
    """
    top_hz = min(f0_max_hz, 0.45 * rate_hz)
    if not 0.0 < f0_min_hz < top_hz:
        raise SettingError(
            f"the range of fundamental frequency is empty: {f0_min_hz:g} to {f0_max_hz:g} Hz at {rate_hz:g} Hz; "
            f"choose a lowest value below {top_hz:g} Hz"
        )
    ranges = []
    if f0_min_hz < 0.8 * _VOICE_TOP_HZ:
        voice_top_hz = min(top_hz, _VOICE_TOP_HZ)
        window_s = min(3.84 / f0_min_hz, 0.064)
        ranges.append(PitchRange(min_hz=f0_min_hz, max_hz=voice_top_hz, window_s=window_s, hop_s=0.005,
                                 shortest_s=0.006, n_harmonics=15))  # fmt: skip
    if top_hz > _VOICE_TOP_HZ or not ranges:
        bottom_hz = max(f0_min_hz, _CALL_BOTTOM_HZ)
        scale = min(1.0, _CALL_BOTTOM_HZ / bottom_hz * 4.0)
        ranges.append(PitchRange(min_hz=bottom_hz, max_hz=top_hz, window_s=0.016 * scale, hop_s=0.00125 *
        scale,
                                 shortest_s=0.004 * scale, n_harmonics=8))  # fmt: skip
        if duration_s is not None and duration_s < _BRIEF_S and top_hz > 2.0 * _BRIEF_BOTTOM_HZ:
            ranges.append(PitchRange(min_hz=max(bottom_hz, _BRIEF_BOTTOM_HZ), max_hz=top_hz, window_s=0.006,
                                     hop_s=0.0006, shortest_s=0.0025, n_harmonics=8))  # fmt: skip
    return tuple(ranges)


def frame_times_s(duration_s: float, hop_s: float) -> FloatArray:
    """Return evenly spaced times from 0 to the end, at least 2 and at most 16001, shape (n_frames,), s."""
    n_steps = int(np.clip(np.ceil(duration_s / hop_s - 1e-9), 1, _MOST_FRAMES))
    return np.linspace(0.0, duration_s, n_steps + 1)


def track_pitch(
    samples: FloatArray, *, rate_hz: int, pitch_range: PitchRange, times_s: FloatArray
) -> FloatArray:
    """Return the best path of fundamental frequency through a sound; it is defined in every frame, voiced or not.

    Each candidate is scored by the sum of the compressed spectrum at its harmonics, weighted by 0.84^(k - 1),
    less that between its harmonics (which tells an octave below from the octave itself). The path maximises
    the scores, weighted by level, less a cost per octave moved; a jump costs no more than an octave.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        pitch_range: Where to search.
        times_s: Frame centres, shape (n_frames,), s.

    Returns:
        Fundamental frequency, shape (n_frames,), Hz.

    References:
        Hermes 1988, Measurement of pitch by subharmonic summation, JASA 83, 257-264.
    """
    samples, used_rate_hz = _reduce_rate(samples, rate_hz, pitch_range)
    candidates_hz = _candidates_hz(pitch_range)
    scores = np.empty((times_s.size, candidates_hz.size))
    for start in range(0, times_s.size, _FRAMES_AT_A_TIME):
        part = slice(start, start + _FRAMES_AT_A_TIME)
        scores[part] = _score(samples, used_rate_hz, pitch_range, times_s[part], candidates_hz)
    tops = np.maximum(scores.max(axis=1), 0.0)
    loudest = float(tops.max(initial=0.0))
    if loudest > 0.0:
        scores *= (np.sqrt(tops / loudest) / np.maximum(tops, 1e-9 * loudest))[:, None]
    path = _best_path(scores, _OCTAVE_COST / _CANDIDATES_PER_OCTAVE, _JUMP_COST)
    return _refine(scores, path, candidates_hz)


def _reduce_rate(samples: FloatArray, rate_hz: int, pitch_range: PitchRange) -> tuple[FloatArray, float]:
    """Return the sound at no higher a rate than its summed harmonics need."""
    wanted_hz = 2.0 * max(_SUMMED_HZ, 3.0 * pitch_range.max_hz)
    if rate_hz <= 1.2 * wanted_hz:
        return samples, float(rate_hz)
    return np.asarray(soxr.resample(samples, float(rate_hz), wanted_hz, quality="MQ")), wanted_hz


def _candidates_hz(pitch_range: PitchRange) -> FloatArray:
    n_octaves = np.log2(pitch_range.max_hz / pitch_range.min_hz)
    n_candidates = max(int(np.ceil(n_octaves * _CANDIDATES_PER_OCTAVE)) + 1, 2)
    return np.asarray(pitch_range.min_hz * 2.0 ** np.linspace(0.0, n_octaves, n_candidates))


def _score(
    samples: FloatArray,
    rate_hz: float,
    pitch_range: PitchRange,
    times_s: FloatArray,
    candidates_hz: FloatArray,
) -> FloatArray:
    """Return the score of every candidate in every frame, shape (n_frames, n_candidates)."""
    half = max(int(round(0.5 * pitch_range.window_s * rate_hz)), 4)
    n_fft = scipy.fft.next_fast_len(4 * half, real=True)
    frames = frames_at(samples, np.round(times_s * rate_hz).astype(np.intp), 2 * half)
    window = 0.5 + 0.5 * np.cos(np.pi * (np.arange(-half, half) + 0.5) / half)
    spectrum = scipy.fft.rfft(frames * window, n_fft, axis=1)
    # frames side by side, so that the sums run over all of them at once
    magnitude = np.sqrt(np.abs(spectrum.T, order="C"))
    out = np.zeros((candidates_hz.size, times_s.size))
    _sum_harmonics(magnitude, candidates_hz * n_fft / rate_hz, pitch_range.n_harmonics, _DECAY,
                   _HALF_HARMONIC_WEIGHT, out)  # fmt: skip
    return out.T


@compiled
def _sum_harmonics(
    magnitude: FloatArray,
    candidate_bins: FloatArray,
    n_harmonics: int,
    decay: float,
    between: float,
    out: FloatArray,
) -> None:
    n_bins, n_frames = magnitude.shape
    for candidate in range(candidate_bins.size):
        weight = 1.0
        for half_harmonic in range(1, 2 * n_harmonics + 1):
            place = 0.5 * half_harmonic * candidate_bins[candidate]
            low = int(place)
            if low >= n_bins - 1:
                break
            share = place - low
            is_between = half_harmonic % 2 == 1
            signed = -between * weight if is_between else weight
            for frame in range(n_frames):
                value = magnitude[low, frame] + share * (magnitude[low + 1, frame] - magnitude[low, frame])
                out[candidate, frame] += signed * value
            if not is_between:
                weight *= decay


@compiled
def _best_path(scores: FloatArray, step_cost: float, jump_cost: float) -> FloatArray:
    n_frames, n_candidates = scores.shape
    totals = np.full((n_frames, n_candidates), -np.inf)
    totals[0] = scores[0]
    farthest = min(_FARTHEST_STEP, n_candidates - 1)
    for frame in range(1, n_frames):
        totals[frame, :] = totals[frame - 1].max() - jump_cost
        for step in range(-farthest, farthest + 1):
            cost = step_cost * abs(step)
            # slices with plain counting, which the compiler can take several at a time
            before = totals[frame - 1, max(step, 0) : n_candidates + min(step, 0)]
            here = totals[frame, max(-step, 0) : n_candidates - max(step, 0)]
            for i in range(here.size):
                value = before[i] - cost
                here[i] = value if value > here[i] else here[i]
        for candidate in range(n_candidates):
            totals[frame, candidate] += scores[frame, candidate]
    # where each candidate came from is looked up on the way back, for the path alone
    path = np.zeros(n_frames)
    at = int(np.argmax(totals[-1]))
    path[-1] = at
    for frame in range(n_frames - 2, -1, -1):
        best_at = int(np.argmax(totals[frame]))
        best = totals[frame, best_at] - jump_cost
        for previous in range(max(at - _FARTHEST_STEP, 0), min(at + _FARTHEST_STEP + 1, n_candidates)):
            value = totals[frame, previous] - step_cost * abs(at - previous)
            if value > best:
                best, best_at = value, previous
        at = best_at
        path[frame] = at
    return path


def _refine(scores: FloatArray, path: FloatArray, candidates_hz: FloatArray) -> FloatArray:
    """Move each frame from its candidate to the top of the parabola through it and its neighbours."""
    here = np.clip(path.astype(np.intp), 1, candidates_hz.size - 2) if candidates_hz.size > 2 else None
    if here is None:
        return candidates_hz[path.astype(np.intp)]
    rows = np.arange(path.size)
    left, middle, right = scores[rows, here - 1], scores[rows, here], scores[rows, here + 1]
    bend = left - 2.0 * middle + right
    safe = np.where(bend < 0.0, bend, -1.0)
    shift = np.where(bend < 0.0, np.clip(0.5 * (left - right) / safe, -1.0, 1.0), 0.0)
    step = np.log(candidates_hz[1] / candidates_hz[0])
    refined_hz = candidates_hz[here] * np.exp(step * shift)
    return np.asarray(np.clip(refined_hz, candidates_hz[0], candidates_hz[-1]))
