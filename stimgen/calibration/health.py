"""The health of a recording: what a stimulus made from it inherits."""

from dataclasses import dataclass

import numpy as np

from stimgen.calibration.clipping import find_clipping
from stimgen.calibration.effective_band import effective_band
from stimgen.calibration.level import (
    ACTIVE_FRAME_S,
    ACTIVE_RANGE_DB,
    ActivePart,
    active_part,
    frame_powers,
    level_dbfs,
    to_db,
)
from stimgen.calibration.noise_floor import noise_floor_dbfs
from stimgen.media.sound import FloatArray

_MOST_BITS = 24


@dataclass(frozen=True, kw_only=True)
class Health:
    """What is to be known of a recording before stimuli are made from it.

    Args:
        rate_hz: Sampling rate, Hz.
        duration_s: Duration, s.
        peak_dbfs: Greatest absolute sample, dB re full scale.
        level_dbfs: RMS over the active part, its mean removed, dB re full scale (a full-scale sine is -3.01).
        dc_dbfs: Absolute mean, dB re full scale; -200 stands for anything below.
        clipped_samples: Samples in flat tops at the highest or lowest value, wherever these lie.
        clipped_runs: Those flat tops.
        silence_before_s: Time before the active part, s.
        silence_after_s: Time after the active part, s.
        longest_silence_inside_s: Longest stretch of frames within the active part that are not active, s.
        noise_floor_dbfs: Level of the quietest steady pause, dB re full scale; None without such a pause.
        snr_db: Level of the active part above the noise floor, dB; None without a noise floor.
        effective_band_hz: Where the spectrum ends, Hz.
        native_rate_hz: Lowest standard rate that would have held an upsampled or band-limited recording, Hz;
            None where it was neither or where that cannot be told.
        effective_bits: Fewest bits per sample that hold every value exactly, up to 24; None where more are
            needed.
    """

    rate_hz: int
    duration_s: float
    peak_dbfs: float
    level_dbfs: float
    dc_dbfs: float
    clipped_samples: int
    clipped_runs: int
    silence_before_s: float
    silence_after_s: float
    longest_silence_inside_s: float
    noise_floor_dbfs: float | None
    snr_db: float | None
    effective_band_hz: float
    native_rate_hz: int | None
    effective_bits: int | None


def health(samples: FloatArray, *, rate_hz: int) -> Health:
    """Measure the health of a recording.

    Args:
        samples: Amplitude, shape (n_samples,), finite, full scale 1.0.
        rate_hz: Sampling rate, Hz.

    Raises:
        ShapeError: If there are no samples.

    Examples:
        >>> sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
        >>> found = health(np.r_[np.zeros(800), sine + 0.01], rate_hz=8000)
        >>> found.silence_before_s, round(found.peak_dbfs, 1), found.clipped_samples
        (0.1, -5.8, 0)
    """
    part = active_part(samples, rate_hz=rate_hz)
    level = level_dbfs(samples, part)
    clipping = find_clipping(samples)
    floor_dbfs = noise_floor_dbfs(samples, rate_hz=rate_hz, level_dbfs=level)
    band = effective_band(samples, rate_hz=rate_hz)
    return Health(
        rate_hz=rate_hz,
        duration_s=samples.shape[0] / rate_hz,
        peak_dbfs=to_db(float(np.abs(samples).max())),
        level_dbfs=level,
        dc_dbfs=to_db(abs(float(samples.mean()))),
        clipped_samples=clipping.n_samples,
        clipped_runs=clipping.n_runs,
        silence_before_s=part.onset_s,
        silence_after_s=(samples.shape[0] - part.stop) / rate_hz,
        longest_silence_inside_s=_longest_silence_inside_s(samples, part),
        noise_floor_dbfs=floor_dbfs,
        snr_db=None if floor_dbfs is None else level - floor_dbfs,
        effective_band_hz=band.band_hz,
        native_rate_hz=band.native_rate_hz,
        effective_bits=effective_bits(samples),
    )


def effective_bits(samples: FloatArray) -> int | None:
    """Return the fewest bits per sample that hold every value of a sound exactly.

    Args:
        samples: Amplitude, shape (n_samples,), full scale 1.0.

    Returns:
        From 1 to 24; None where more are needed, as for most sounds stored as floats.

    Examples:
        >>> effective_bits(np.array([0.5, -0.25, 3 / 128]))
        8
    """
    largest = 1 << (_MOST_BITS - 1)
    if np.abs(samples).max(initial=0.0) > 1.0:
        return None
    scaled = samples * largest
    whole = scaled.astype(np.int64)
    if not np.array_equal(whole, scaled):
        return None
    used = int(np.bitwise_or.reduce(np.abs(whole), initial=0)) | largest
    # the lowest bit that any sample uses; the largest stands for a sound of -1, 0 and 1
    return _MOST_BITS + 1 - (used & -used).bit_length()


def _longest_silence_inside_s(samples: FloatArray, part: ActivePart) -> float:
    """Return the longest stretch of frames of the active part 40 dB or more below its loudest frame, s."""
    frame = max(1, round(ACTIVE_FRAME_S * part.rate_hz))
    inside = samples[part.start : part.stop]
    power = frame_powers(inside, np.arange(0, inside.shape[0], frame))
    silent = np.r_[False, power < power.max() * 10 ** (-ACTIVE_RANGE_DB / 10), False]
    begins, ends = np.flatnonzero(~silent[:-1] & silent[1:]), np.flatnonzero(silent[:-1] & ~silent[1:])
    return float(np.max(ends - begins, initial=0) * frame / part.rate_hz)
