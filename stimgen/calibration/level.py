"""Levels re full scale over the active part."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray

ACTIVE_FRAME_S = 0.010
ACTIVE_RANGE_DB = 40.0
SILENCE_DBFS = -200.0


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

    Frames follow each other without overlap from the first sample, and each counts about its own mean: neither an
    offset counts as sound, nor the constant that silence becomes where the mean of a lopsided sound is taken off. A
    last, shorter frame counts with its own length.

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
    power = frame_powers(samples, starts)
    loudest = power.max()
    if loudest <= 0:
        return ActivePart(start=0, stop=n, rate_hz=rate_hz)
    active = np.flatnonzero(power >= loudest * 10 ** (-ACTIVE_RANGE_DB / 10))
    return ActivePart(
        start=int(starts[active[0]]), stop=min(n, int(starts[active[-1]]) + frame), rate_hz=rate_hz
    )


def frame_powers(samples: FloatArray, starts: npt.NDArray[np.int64]) -> FloatArray:
    """Return the mean square of frames about their own means.

    Args:
        samples: Amplitude, shape (n_samples,).
        starts: First sample of each frame, shape (n_frames,), rising from 0; each ends where the next begins.
    """
    lengths = np.diff(np.append(starts, samples.shape[0]))
    means = np.add.reduceat(samples, starts) / lengths
    about = samples - np.repeat(means, lengths)
    return np.asarray(np.add.reduceat(about**2, starts) / lengths)


def level_dbfs(samples: FloatArray, part: ActivePart) -> float:
    """Return the RMS level over the active part, its mean removed, dB re full scale (a full-scale sine is -3.01).

    Examples:
        >>> sine = np.sin(2 * np.pi * 100 * np.arange(1000) / 1000)
        >>> round(level_dbfs(sine, active_part(sine, rate_hz=1000)), 2)
        -3.01
    """
    active = samples[part.start : part.stop]
    return to_db(float(np.std(active)))
