"""Where to cut a recording so that little silence is left around its sound."""

from dataclasses import dataclass

from stimgen.calibration.level import active_part
from stimgen.media.sound import FloatArray

# Two frames of the active part: soft onsets and the tails of rooms start and end below its 40 dB, and the
# onset and offset ramps of a stimulus (5 to 20 ms) should fall on them rather than on the sound.
MARGIN_S = 0.020


@dataclass(frozen=True, kw_only=True)
class Trim:
    """The samples of a recording to keep.

    Args:
        start: First sample.
        stop: One past the last sample.
    """

    start: int
    stop: int


def trim(samples: FloatArray, *, rate_hz: int) -> Trim:
    """Return the active part and up to 20 ms on either side of it, as far as the recording reaches.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        rate_hz: Sampling rate, Hz.

    Returns:
        What to keep; the whole recording if it is silent.

    Raises:
        ShapeError: If there are no samples.

    Examples:
        >>> import numpy as np
        >>> trim(np.r_[np.zeros(100), np.tile([0.5, -0.5], 50), np.zeros(10)], rate_hz=1000)
        Trim(start=80, stop=210)
    """
    part = active_part(samples, rate_hz=rate_hz)
    margin = round(MARGIN_S * rate_hz)
    return Trim(start=max(0, part.start - margin), stop=min(samples.shape[0], part.stop + margin))
