"""Raised-cosine ramps at both ends of a stimulus."""

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
    n_ramp = round(ramp_ms * rate_hz / 1000)
    if 2 * n_ramp > samples.shape[0]:
        duration_ms = 1000 * samples.shape[0] / rate_hz
        raise SettingError(
            f"two ramps of {ramp_ms:g} ms do not fit into a stimulus of {duration_ms:.1f} ms; "
            f"use --ramp-ms {duration_ms / 2:.1f} or less"
        )
    ramped = samples.astype(np.float64, copy=True)
    if n_ramp:
        rise = np.sin(0.5 * np.pi * (np.arange(n_ramp) + 0.5) / n_ramp) ** 2
        ramped[:n_ramp] *= rise
        ramped[-n_ramp:] *= rise[::-1]
    return ramped
