"""Raised-cosine ramps at both ends of a stimulus."""

import math

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray


def apply_ramps(samples: FloatArray, *, rate_hz: int, ramp_ms: float) -> FloatArray:
    """Fade a sound in and out with raised-cosine (Hann) ramps.

    The ramp rises as sin² from its first to its last sample, so that it starts near zero and never jumps.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        ramp_ms: Length of each ramp, ms; 0 leaves the sound as it is.

    Returns:
        A new array, shape (n_samples,).

    Raises:
        SettingError: If both ramps do not fit into the sound.

    Examples:
        >>> apply_ramps(np.ones(8), rate_hz=1000, ramp_ms=2).round(3).tolist()
        [0.146, 0.854, 1.0, 1.0, 1.0, 1.0, 0.854, 0.146]
    """
    refuse_long_ramps(samples.shape[0], rate_hz=rate_hz, ramp_ms=ramp_ms)
    n_ramp = round(ramp_ms * rate_hz / 1000)
    ramped = samples.astype(np.float64, copy=True)
    if n_ramp:
        rise = np.sin(0.5 * np.pi * (np.arange(n_ramp) + 0.5) / n_ramp) ** 2
        ramped[:n_ramp] *= rise
        ramped[-n_ramp:] *= rise[::-1]
    return ramped


def refuse_long_ramps(
    n_samples: int, *, rate_hz: int, ramp_ms: float, stimulus: str = "a stimulus of"
) -> None:
    """Refuse ramps of which two do not fit into a stimulus.

    Args:
        n_samples: How long the stimulus is.
        rate_hz: Sampling rate, Hz.
        ramp_ms: Length of each ramp, ms.
        stimulus: What to call it in the error, before its duration.

    Raises:
        SettingError: If they do not fit; it names the longest ramp that does.
    """
    if 2 * round(ramp_ms * rate_hz / 1000) > n_samples:
        raise SettingError(
            f"two ramps of {ramp_ms:g} ms do not fit into {stimulus} {1000 * n_samples / rate_hz:.1f} ms; "
            f"use --ramp-ms {longest_ramp_ms(n_samples, rate_hz=rate_hz):.1f} or less"
        )


def longest_ramp_ms(n_samples: int, *, rate_hz: int) -> float:
    """Return the longest ramp of which two fit into a sound, ms, rounded down to a tenth.

    Args:
        n_samples: How long the sound is.
        rate_hz: Sampling rate, Hz.

    Examples:
        >>> longest_ramp_ms(8767, rate_hz=20_000)
        219.1
    """
    return math.floor(10_000 * (n_samples // 2) / rate_hz) / 10
