"""Measures of the quality benchmark: each takes samples and a rate, and says None where it would mean nothing.

Every measure is checked on sounds whose answer is known; run as

    python tests/benchmarks/quality_measures.py --self-test

Seeds below 1000 were used for tuning.
"""

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import parselmouth
from quality_defects import buzz_index, click_index, pre_echo_db

from stimgen.media.sound import FloatArray
from stimgen.spectral.alignment import Alignment
from stimgen.spectral.formant_measure import measure_formants

__all__ = [
    "EventError",
    "F0Error",
    "FormantErrors",
    "bootstrap_upper",
    "buzz_index",
    "click_index",
    "event_error_s",
    "f0_error",
    "formant_errors",
    "level_dip_db",
    "pre_echo_db",
]

AtTimes = Callable[[FloatArray], FloatArray]
_PERIODS_PER_WINDOW = 3.0  # Praat's default
_LOUD_DB = 20.0
_GROSS_PERCENT = 15.0
_GUARD_S = 0.010


class F0Error(NamedTuple):
    """How far F0 lies from the truth: median, cents, and share of frames within 50 cents, 0..1."""

    median_cents: float
    share_within_50_cents: float


class FormantErrors(NamedTuple):
    """How far formants lie from the truth: medians, percent, and share of frames with F2 off by above 15 %."""

    f1_percent: float
    f2_percent: float
    gross_share: float


class EventError(NamedTuple):
    """How far an alignment misses the true events, s."""

    mean_s: float
    worst_s: float


def f0_error(
    samples: FloatArray, rate_hz: float, true_f0_hz_at: AtTimes, f0_range_hz: tuple[float, float]
) -> F0Error | None:
    """Compare the fundamental of a sound with the true one, by Praat's autocorrelation (Boersma 1993).

    Frames count where the truth is voiced for a quarter of a window before and after, and the sound is within
    20 dB of its loudest. Praat must name a frequency in each of them, voiced or not: noise in place of a voice
    is an error, and so is a wrong octave.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        true_f0_hz_at: Gives the true fundamental at moments, Hz, NaN where there is none.
        f0_range_hz: Lowest and highest fundamental to look for, Hz; windows last 3 periods of the lowest.

    Returns:
        The error; None if no frame counts.
    """
    lowest_hz, highest_hz = f0_range_hz
    window_s = _PERIODS_PER_WINDOW / lowest_hz
    if samples.size < 1.01 * window_s * rate_hz or not np.any(samples):
        return None
    pitch = parselmouth.Sound(samples, rate_hz).to_pitch_ac(
        time_step=0.1 * window_s,
        pitch_floor=lowest_hz,
        pitch_ceiling=min(highest_hz, 0.48 * rate_hz),
        voicing_threshold=0.0,
        silence_threshold=1e-4,
    )
    times_s, found_hz = pitch.xs(), pitch.selected_array["frequency"]
    true_hz = true_f0_hz_at(times_s)
    counts = _voiced_around(true_f0_hz_at, times_s, 0.25 * window_s)
    counts &= _is_loud(samples, rate_hz, times_s, 0.2 * window_s)
    if not counts.any():
        return None
    found_hz = np.maximum(found_hz[counts], 1e-3)
    cents = 1200.0 * np.abs(np.log2(found_hz / true_hz[counts]))
    return F0Error(float(np.median(cents)), float(np.mean(cents <= 50.0)))


def formant_errors(
    samples: FloatArray,
    rate_hz: float,
    true_formants_hz_at: Callable[[FloatArray], FloatArray | None],
    voiced_at: AtTimes,
) -> FormantErrors | None:
    """Compare the first two formants of a sound with the true ones, by `measure_formants`.

    Frames count where the truth is voiced for 10 ms before and after and the sound is within 20 dB of its
    loudest; a formant that is not found there is infinitely far off.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        true_formants_hz_at: Gives the true formants at moments, Hz, shape (n_times, n_formants), or None.
        voiced_at: Says which moments are voiced: booleans, or a fundamental that is NaN elsewhere.

    Returns:
        The errors; None if the truth has no formants or no frame counts.
    """
    found = measure_formants(samples, rate_hz=rate_hz)
    true_hz = true_formants_hz_at(found.times_s)
    if true_hz is None:
        return None
    counts = _voiced_around(voiced_at, found.times_s, _GUARD_S) & np.isfinite(true_hz[:, :2]).all(axis=1)
    counts &= _is_loud(samples, rate_hz, found.times_s, _GUARD_S)
    if not counts.any():
        return None
    off = 100.0 * np.abs(found.formants_hz[counts, :2] / true_hz[counts, :2] - 1.0)
    off = np.where(np.isnan(off), np.inf, off)
    f1_percent, f2_percent = np.median(off, axis=0).tolist()
    return FormantErrors(f1_percent, f2_percent, float(np.mean(off[:, 1] > _GROSS_PERCENT)))


def level_dip_db(
    samples_of_steps: Sequence[FloatArray], positions: Sequence[float], rate_hz: float
) -> float | None:
    """Return how far the level of a step falls below the straight line between the ends, dB, the worst step.

    The level of a sound is that of its frames of 20 ms within 40 dB of the loudest, so that silence around it
    does not count. None if an end is silent.
    """
    levels_db = np.array([_level_db(step, rate_hz) for step in samples_of_steps])
    place = np.asarray(positions, dtype=np.float64)
    if not np.isfinite(levels_db[[0, -1]]).all():
        return None
    line_db = levels_db[0] + (levels_db[-1] - levels_db[0]) * (place - place[0]) / (place[-1] - place[0])
    return float(np.max(line_db - levels_db))


def event_error_s(found: Alignment, true: Alignment) -> EventError | None:
    """Return how far an alignment misses the moments that truly meet, mean and worst, s.

    At each event (a pair of moments of the true alignment between its ends) the miss is the mean of that in
    a, read from the event's moment in b, and that in b, read from the moment in a. None without an event.
    """
    events_a_s, events_b_s = true.times_a_s[1:-1], true.times_b_s[1:-1]
    if events_a_s.size == 0:
        return None
    in_b_s = np.abs(np.interp(events_a_s, found.times_a_s, found.times_b_s) - events_b_s)
    in_a_s = np.abs(np.interp(events_b_s, found.times_b_s, found.times_a_s) - events_a_s)
    missed_s = 0.5 * (in_a_s + in_b_s)
    return EventError(float(missed_s.mean()), float(missed_s.max()))


def bootstrap_upper(
    values: Sequence[float] | FloatArray,
    statistic: Callable[[FloatArray], float],
    level: float = 0.95,
    n: int = 1000,
    seed: int = 2001,
) -> float | None:
    """Return the upper bound of a statistic by the percentile bootstrap (Efron 1979); None without values.

    Args:
        values: One value per pair, shape (n_pairs,).
        statistic: Makes one number of values, such as `np.median`.
        level: Share of the resampled statistics at or below the bound.
        n: How many times to resample.
        seed: Draws the samples.
    """
    kept = np.asarray(values, dtype=np.float64)
    if kept.size == 0:
        return None
    draws = np.random.default_rng(seed).integers(0, kept.size, size=(n, kept.size))
    return float(np.quantile([statistic(kept[draw]) for draw in draws], level))


def _voiced_around(voiced_at: AtTimes, times_s: FloatArray, guard_s: float) -> FloatArray:
    voiced = np.ones(times_s.shape, dtype=bool)
    for shift_s in (-guard_s, 0.0, guard_s):
        here = np.asarray(voiced_at(np.clip(times_s + shift_s, 0.0, None)))
        voiced &= here if here.dtype == np.bool_ else np.isfinite(here) & (here > 0.0)
    return voiced


def _power(samples: FloatArray, rate_hz: float, times_s: FloatArray, window_s: float) -> FloatArray:
    """Return the mean power in windows around moments, those outside the sound cut off."""
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    edges = [
        np.clip(np.round((times_s + side * 0.5 * window_s) * rate_hz), 0, samples.size) for side in (-1, 1)
    ]
    start, stop = (edge.astype(np.intp) for edge in edges)
    return (total[stop] - total[start]) / np.maximum(stop - start, 1)


def _is_loud(samples: FloatArray, rate_hz: float, times_s: FloatArray, window_s: float) -> FloatArray:
    power = _power(samples, rate_hz, times_s, window_s)
    return power > power.max(initial=0.0) * 10.0 ** (-_LOUD_DB / 10.0)


def _level_db(samples: FloatArray, rate_hz: float) -> float:
    power = _power(samples, rate_hz, np.arange(0.0, samples.size / rate_hz, 0.005), 0.020)
    kept = power[power > 1e-4 * power.max(initial=0.0)]
    return float(10.0 * np.log10(kept.mean())) if kept.size else -np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true", help="measure known sounds and defects")
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3001)
    chosen = parser.parse_args()
    if not chosen.self_test:
        parser.error("nothing to do; give --self-test")
    from quality_self_test import self_test

    self_test(n_pairs=chosen.pairs, seed=chosen.seed)


if __name__ == "__main__":
    main()
