"""Levels re full scale over the active part, and the one target that a whole set shares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from stimgen.errors import ShapeError, SoundError
from stimgen.media.sound import FloatArray

ACTIVE_FRAME_S = 0.010
ACTIVE_RANGE_DB = 40.0
SILENCE_DBFS = -200.0
TRUE_PEAK_OVERSAMPLING = 4


@dataclass(frozen=True, kw_only=True)
class ActivePart:
    """The part of a sound over which its level is measured.

    Args:
        start: First sample.
        stop: One past the last sample.
        rate_hz: Sampling rate, Hz.
    """

    start: int
    stop: int
    rate_hz: int

    @property
    def onset_s(self) -> float:
        """Start, s from the start of the file."""
        return self.start / self.rate_hz

    @property
    def offset_s(self) -> float:
        """End, s from the start of the file."""
        return self.stop / self.rate_hz


def to_db(amplitude: float) -> float:
    """Return 20 log10 of an amplitude, dB, never below -200 dB.

    Examples:
        >>> to_db(0.5)
        -6.02
        >>> to_db(0.0)
        -200.0
    """
    return max(SILENCE_DBFS, 20.0 * float(np.log10(amplitude))) if amplitude > 0 else SILENCE_DBFS


def active_part(samples: FloatArray, *, rate_hz: int) -> ActivePart:
    """Find the span from the first to the last 10 ms frame within 40 dB of the loudest frame.

    Frames follow each other without overlap from the first sample; the mean of the whole sound is taken off
    first, so that a constant offset does not count as sound. A last, shorter frame counts with its own length.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        rate_hz: Sampling rate, Hz.

    Returns:
        The active part; the whole sound if it is silent.

    Raises:
        ShapeError: If there are no samples.

    Examples:
        >>> part = active_part(np.r_[np.zeros(100), np.tile([0.5, -0.5], 50), np.zeros(100)], rate_hz=1000)
        >>> part.onset_s, part.offset_s
        (0.1, 0.2)
    """
    n = samples.shape[0]
    if n == 0:
        raise ShapeError(
            "the active part of a sound without samples is not defined; give at least one sample"
        )
    frame = max(1, round(ACTIVE_FRAME_S * rate_hz))
    starts = np.arange(0, n, frame)
    power = np.add.reduceat((samples - samples.mean()) ** 2, starts) / np.diff(np.append(starts, n))
    loudest = power.max()
    if loudest <= 0:
        return ActivePart(start=0, stop=n, rate_hz=rate_hz)
    active = np.flatnonzero(power >= loudest * 10 ** (-ACTIVE_RANGE_DB / 10))
    return ActivePart(
        start=int(starts[active[0]]), stop=min(n, int(starts[active[-1]]) + frame), rate_hz=rate_hz
    )


def level_dbfs(samples: FloatArray, part: ActivePart) -> float:
    """Return the RMS level over the active part, its mean removed, dB re full scale (a full-scale sine is -3.01).

    Examples:
        >>> sine = np.sin(2 * np.pi * 100 * np.arange(1000) / 1000)
        >>> round(level_dbfs(sine, active_part(sine, rate_hz=1000)), 2)
        -3.01
    """
    active = samples[part.start : part.stop]
    return to_db(float(np.std(active)))


def true_peak_dbtp(samples: FloatArray) -> float:
    """Return the peak of the sound after 4-fold oversampling, dB re full scale (ITU-R BS.1770, annex 2).

    Args:
        samples: Amplitude, shape (n_samples,).
    """
    # the rates handed to the resampler are nominal: only their ratio matters
    oversampled = soxr.resample(samples, 1.0, float(TRUE_PEAK_OVERSAMPLING), quality="HQ")
    return to_db(
        max(float(np.max(np.abs(oversampled), initial=0.0)), float(np.max(np.abs(samples), initial=0.0)))
    )


@dataclass(frozen=True, kw_only=True)
class LevelPlan:
    """One target for the whole set and one gain for each stimulus.

    Args:
        target_dbfs: The level that every stimulus gets, dBFS.
        asked_dbfs: The level that was asked for, dBFS; higher than the target if a peak stood in the way.
        gains_db: Gain of each stimulus, dB.
    """

    target_dbfs: float
    asked_dbfs: float
    gains_db: tuple[float, ...]


def plan_levels(
    ramped: Sequence[FloatArray],
    *,
    rate_hz: int,
    target_dbfs: float,
    peak_limit_dbfs: float,
    margin: float = 0.0,
) -> LevelPlan:
    """Choose one gain per stimulus so that all have one level and none passes the peak limit.

    If one stimulus would pass the limit, the target is lowered for all of them, to the next lower tenth of a decibel.

    Args:
        ramped: The stimuli after their ramps, each of shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        target_dbfs: Wanted level of the active part, dBFS.
        peak_limit_dbfs: Highest sample peak allowed, dBFS.
        margin: Amplitude (full scale 1.0) that rounding and dither may add to a peak.

    Raises:
        SoundError: If a stimulus is silent.

    Examples:
        >>> sine = np.sin(2 * np.pi * 100 * np.arange(1000) / 1000)
        >>> plan_levels([sine], rate_hz=1000, target_dbfs=-2.0, peak_limit_dbfs=-1.0).target_dbfs
        -3.6
    """
    levels = [level_dbfs(samples, active_part(samples, rate_hz=rate_hz)) for samples in ramped]
    for index, level in enumerate(levels):
        if level <= SILENCE_DBFS + 1.0:
            raise SoundError(
                f"step {index} came out silent, so it has no level; use recordings that overlap in sound, "
                "or another --space"
            )
    peaks = [to_db(float(np.max(np.abs(samples)))) for samples in ramped]
    limit_dbfs = to_db(10 ** (peak_limit_dbfs / 20) - margin)
    highest = min(limit_dbfs - peak + level for peak, level in zip(peaks, levels, strict=True))
    # a tidy number below the highest that fits; the small term keeps 0.1 dB steps exact in binary
    target = target_dbfs if target_dbfs <= highest else float(np.floor(highest * 10 + 1e-9) / 10)
    return LevelPlan(
        target_dbfs=target, asked_dbfs=target_dbfs, gains_db=tuple(target - level for level in levels)
    )
