"""The constant offset (DC) of a recording: what it would read if there were no sound."""

import numpy as np

from stimgen.calibration.level import ACTIVE_FRAME_S, frame_powers
from stimgen.media.sound import FloatArray

# a pause: frames this far below the loudest, so many of them
_PAUSE_DB = 40.0
_FEWEST_FRAMES = 5


def offset(samples: FloatArray, *, rate_hz: int) -> float:
    """Return the constant that a recording is off by, full scale 1.0.

    It is read in the pauses, where only the offset is left: the mean of a whole recording also has what makes a sound
    lopsided, and taking that off would put it into the pauses. Without 50 ms of pauses it is the mean.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        rate_hz: Sampling rate, Hz.

    Examples:
        >>> sound = np.r_[np.zeros(800), np.tile([0.9, -0.3, -0.3], 400)]
        >>> round(offset(sound + 0.01, rate_hz=8000), 6)
        0.01
    """
    frame = max(1, round(ACTIVE_FRAME_S * rate_hz))
    n_frames = samples.shape[0] // frame
    if n_frames > _FEWEST_FRAMES:
        whole = samples[: n_frames * frame]
        power = frame_powers(whole, np.arange(0, whole.shape[0], frame))
        in_pause = power <= power.max() * 10 ** (-_PAUSE_DB / 10)
        if in_pause.sum() >= _FEWEST_FRAMES:
            return float(np.median(whole.reshape(n_frames, frame)[in_pause].mean(axis=1)))
    return float(samples.mean())
