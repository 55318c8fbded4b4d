"""What a finished file holds, measured from its bytes and from nothing else."""

import hashlib
from dataclasses import dataclass

import numpy as np

from stimgen.calibration.level import active_part, level_dbfs, to_db, true_peak_dbtp
from stimgen.export.encode import decode_wav
from stimgen.media.sound import FloatArray
from stimgen.spectral.bandwidth import bandwidth_hz


@dataclass(frozen=True, kw_only=True)
class FileMeasures:
    """Facts of one WAV file.

    Levels are dB re full scale (true peak: dBTP), times s from the start of the file, frequencies Hz.
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


def count_clipped(samples: FloatArray) -> int:
    """Count samples at or beyond full scale, the lowest and highest code of an integer file included.

    Examples:
        >>> count_clipped(np.array([0.0, -1.0, 0.5, 32767 / 32768]))
        2
    """
    return int(np.count_nonzero((samples >= 1.0 - 1.5 / 2**15) | (samples <= -1.0)))


def measure_file(data: bytes) -> FileMeasures:
    """Measure one WAV file of one channel.

    Args:
        data: The bytes of the file.
    """
    samples, rate_hz = decode_wav(data)
    part = active_part(samples, rate_hz=rate_hz)
    return FileMeasures(
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        rate_hz=rate_hz,
        n_samples=int(samples.shape[0]),
        duration_s=_tidy(samples.shape[0] / rate_hz, 9),
        onset_s=_tidy(part.onset_s, 9),
        offset_s=_tidy(part.offset_s, 9),
        level_dbfs=_tidy(level_dbfs(samples, part), 4),
        peak_dbfs=_tidy(to_db(float(np.max(np.abs(samples)))), 4),
        true_peak_dbtp=_tidy(true_peak_dbtp(samples), 4),
        dc_dbfs=_tidy(to_db(abs(float(np.mean(samples)))), 2),
        clipped_samples=count_clipped(samples),
        bandwidth_hz=_tidy(bandwidth_hz(samples, rate_hz=rate_hz), 1),
    )


def _tidy(value: float, n_digits: int) -> float:
    return round(float(value), n_digits)
