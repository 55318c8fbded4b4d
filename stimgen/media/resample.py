"""Bring a sound to another sampling rate."""

from dataclasses import replace

import numpy as np
import soxr

from stimgen.errors import SettingError
from stimgen.media.sound import Sound
from stimgen.media.usable import RATES_HZ


def resample(sound: Sound, rate_hz: int) -> Sound:
    """Return the sound at another rate, through the SoX resampler at very high quality (linear phase).

    Args:
        sound: What to resample.
        rate_hz: Wanted rate, Hz, 1000 to 1000000.

    Returns:
        The sound with exactly `round(n_samples * rate_hz / sound.rate_hz)` samples (ties to even), time 0
        unmoved; the very same object where the rate is already the wanted one. Raising a rate adds no band.

    Raises:
        SettingError: If the rate is outside its range.

    Examples:
        >>> sound = Sound(samples=np.sin(np.arange(441) / 9), rate_hz=44100)
        >>> resample(sound, 48000).n_samples
        480
    """
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise SettingError(
            f"a rate of {rate_hz} Hz is not possible; allowed are {RATES_HZ[0]} to {RATES_HZ[1]} Hz"
        )
    if rate_hz == sound.rate_hz:
        return sound
    wanted = round(sound.n_samples * rate_hz / sound.rate_hz)
    made = np.asarray(
        soxr.resample(sound.samples, float(sound.rate_hz), float(rate_hz), quality="VHQ"), dtype=np.float64
    )
    # the library's own count may differ by one
    samples = np.zeros(wanted)
    samples[: made.shape[0]] = made[:wanted]
    return replace(sound, samples=samples, rate_hz=rate_hz)
