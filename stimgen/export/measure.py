"""What a finished file holds, measured from its bytes and from nothing else."""

import hashlib
from dataclasses import dataclass

import numpy as np

from stimgen.calibration.level import active_part, level_dbfs, to_db
from stimgen.calibration.loudness import loudness
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.calibration.weighting import a_weighted_dbfs
from stimgen.calibration.window_level import max_window_dbfs
from stimgen.export.encode import decode_wav
from stimgen.media.sound import FloatArray
from stimgen.spectral.bandwidth import bandwidth_hz


@dataclass(frozen=True, kw_only=True)
class FileMeasures:
    """Facts of one WAV file.

    Levels are dB re full scale (true peak: dBTP, lufs: LUFS), times s from the start of the file, frequencies Hz. What
    describes human hearing is None where the listener is not human, loudness also where all is too quiet for it.
    """

    sha256: str
    bytes: int
    rate_hz: int
    n_samples: int
    duration_s: float
    onset_s: float
    offset_s: float
    level_dbfs: float
    peak_dbfs: float
    true_peak_dbtp: float
    dc_dbfs: float
    clipped_samples: int
    bandwidth_hz: float
    a_weighted_dbfs: float | None
    lufs: float | None
    lufs_method: str | None
    max_window_dbfs: float


def count_clipped(samples: FloatArray) -> int:
    """Count samples at or beyond full scale, the lowest and highest code of an integer file included.

    Examples:
        >>> count_clipped(np.array([0.0, -1.0, 0.5, 32767 / 32768]))
        2
    """
    return int(np.count_nonzero((samples >= 1.0 - 1.5 / 2**15) | (samples <= -1.0)))


def without_pad(samples: FloatArray, pad: tuple[int, int]) -> FloatArray:
    """Return what stands between the silence that was added before and after, samples each.

    Examples:
        >>> without_pad(np.array([0.0, 0.5, 0.0]), (1, 1)).tolist()
        [0.5]
    """
    return samples[pad[0] : samples.shape[0] - pad[1]]


def measure_file(data: bytes, *, human: bool = True, pad: tuple[int, int] = (0, 0)) -> FileMeasures:
    """Measure one WAV file of one channel.

    Args:
        data: The bytes of the file.
        human: Whether to measure what describes human hearing.
        pad: Silence that was added before and after, samples; levels and loudness are those of what stands between,
            so that a stimulus has the same ones with and without it.
    """
    samples, rate_hz = decode_wav(data)
    sound = without_pad(samples, pad)
    part = active_part(sound, rate_hz=rate_hz)
    loud = loudness(sound, rate_hz=rate_hz) if human else None
    return FileMeasures(
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        rate_hz=rate_hz,
        n_samples=int(samples.shape[0]),
        duration_s=_tidy(samples.shape[0] / rate_hz, 9),
        onset_s=_tidy((pad[0] + part.start) / rate_hz, 9),
        offset_s=_tidy((pad[0] + part.stop) / rate_hz, 9),
        level_dbfs=_tidy(level_dbfs(sound, part), 4),
        peak_dbfs=_tidy(to_db(float(np.max(np.abs(samples)))), 4),
        true_peak_dbtp=_tidy(true_peak_dbtp(samples), 4),
        dc_dbfs=_tidy(to_db(abs(float(np.mean(samples)))), 2),
        clipped_samples=count_clipped(samples),
        bandwidth_hz=_tidy(bandwidth_hz(sound, rate_hz=rate_hz), 1),
        a_weighted_dbfs=_tidy(a_weighted_dbfs(sound, part), 4) if human else None,
        lufs=None if loud is None or loud.lufs is None else _tidy(loud.lufs, 4),
        lufs_method=None if loud is None else loud.method,
        max_window_dbfs=_tidy(max_window_dbfs(sound, rate_hz=rate_hz), 4),
    )


def _tidy(value: float, n_digits: int) -> float:
    return round(float(value), n_digits)
