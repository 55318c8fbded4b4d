"""The fundamental of something that oscillates, counted cycle by cycle."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from stimgen.media.sound import FloatArray

_UNREST_CYCLES = 9


@dataclass(frozen=True, kw_only=True)
class Cycles:
    """What `follow_cycles` finds.

    Args:
        f0_hz: One over the duration of the cycle, shape (n_times,), Hz; NaN before the first and after the last.
        amplitude: Greatest magnitude within the cycle, shape (n_times,); 0 where f0_hz is NaN.
        unrest: How far a cycle's duration typically is from the mean of its neighbours', as a share, shape
            (n_times,): the median over nine cycles; NaN where f0_hz is.
    """

    f0_hz: FloatArray
    amplitude: FloatArray
    unrest: FloatArray


def follow_cycles(velocity: FloatArray, *, rate_hz: float, times_s: FloatArray) -> Cycles:
    """Follow the cycles between upward zero crossings.

    Args:
        velocity: The oscillation, shape (n_samples,), with one upward crossing per cycle and many samples in
            between.
        rate_hz: Samples per second, Hz.
        times_s: The moments that are asked for, shape (n_times,), s.

    Returns:
        Fundamental and amplitude at the moments, along straight lines between the middles of cycles.

    Examples:
        >>> wave = np.sin(2 * np.pi * 500.0 * np.arange(4800) / 48000)
        >>> follow_cycles(wave, rate_hz=48000.0, times_s=np.array([0.05])).f0_hz.round(2).tolist()
        [500.0]
    """
    before = np.flatnonzero((velocity[:-1] < 0.0) & (velocity[1:] >= 0.0))
    if before.shape[0] < 2:
        nothing = np.full(times_s.shape, np.nan)
        return Cycles(f0_hz=nothing, amplitude=np.zeros(times_s.shape), unrest=nothing)
    crossing_s = (before + velocity[before] / (velocity[before] - velocity[before + 1])) / rate_hz
    middle_s, cycle_s = 0.5 * (crossing_s[1:] + crossing_s[:-1]), np.diff(crossing_s)
    peak = np.maximum.reduceat(np.abs(velocity), before)[:-1]
    outside = (times_s < crossing_s[0]) | (times_s > crossing_s[-1])
    return Cycles(
        f0_hz=np.where(outside, np.nan, np.interp(times_s, middle_s, 1.0 / cycle_s)),
        amplitude=np.where(outside, 0.0, np.interp(times_s, middle_s, peak)),
        unrest=np.where(outside, np.nan, np.interp(times_s, middle_s, _unrest(cycle_s))),
    )


def _unrest(cycle_s: FloatArray) -> FloatArray:
    if cycle_s.shape[0] < 3:
        return np.zeros_like(cycle_s)
    log_s = np.log(cycle_s)
    inner = np.abs(log_s[1:-1] - 0.5 * (log_s[2:] + log_s[:-2]))
    apart = np.concatenate([inner[:1], inner, inner[-1:]])
    return np.asarray(median_filter(apart, size=_UNREST_CYCLES, mode="nearest"))
