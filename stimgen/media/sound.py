"""A sound in memory: one channel of samples, its rate, and what is known of the file that it came from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """What a sound's file was when it was read; levels are of the channel that was used.

    Args:
        file: Name of the file, without its folder; characters that cannot be printed are question marks.
        sha256: Of its bytes, lower-case hexadecimal.
        n_bytes: Size of the file.
        format: Container, as libsndfile names it: "WAV", "FLAC", ...
        subtype: Encoding, as libsndfile names it: "PCM_16", "FLOAT", "VORBIS", ...
        n_channels: Number of channels in the file.
        channel: The channel that was used, counted from 1, or "mean" of all.
        rate_hz: Sampling rate of the file, Hz.
        n_samples: Number of samples of a channel; where only a segment was taken, of the segment.
        duration_s: Duration, s, of the same.
        peak_dbfs: Greatest absolute sample, dB re full scale.
        dc_dbfs: Absolute mean, dB re full scale; -200 stands for anything below.
        raw: The bytes of the file, the very ones that were hashed and decoded; None where they were let go.
        segment_s: First and last moment of what was cut out of the file, s, on the grid of its samples; None for
            all of it. Levels are of the segment, `sha256`, `n_bytes` and `raw` of the whole file.
    """

    file: str
    sha256: str
    n_bytes: int
    format: str
    subtype: str
    n_channels: int
    channel: int | Literal["mean"]
    rate_hz: int
    n_samples: int
    duration_s: float
    peak_dbfs: float
    dc_dbfs: float
    raw: bytes | None = field(default=None, repr=False, compare=False)
    segment_s: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One channel of sound.

    Args:
        samples: Amplitude, shape (n_samples,), float64, full scale is 1.0.
        rate_hz: Sampling rate, Hz.
        name: What to call it in file names and pictures.
        path: The file that it was read from, None for a sound made in memory.
        facts: What that file was, None for a sound made in memory.
    """

    samples: FloatArray
    rate_hz: int
    name: str = "sound"
    path: Path | None = None
    facts: SourceFacts | None = field(default=None, repr=False)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return self.n_samples / self.rate_hz
