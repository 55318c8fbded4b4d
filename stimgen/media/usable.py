"""Is a sound fit to make stimuli from: the same limits for files and for sounds made in memory."""

import numpy as np

from stimgen.errors import ShapeError, SoundError
from stimgen.media.sound import FloatArray, Sound

RATES_HZ = (1_000, 1_000_000)
SHORTEST_S, LONGEST_S = 0.010, 60.0
# over all channels; 240 MB as float64
MAX_SAMPLES = 30_000_000
# one step of 16 bit is -90.3 dBFS: a 16-bit file that only ever toggles its last bit holds no recording
QUIETEST_PEAK_DBFS = -90.0
# samples of 16 or 32 bit that were stored as floats without scaling come to +90 and +187 dBFS; what lies
# beyond is broken
LOUDEST_PEAK_DBFS = 190.0
LOWEST_DB = -200.0


def check_usable(sound: Sound) -> None:
    """Refuse a sound that no stimulus can be made from.

    Args:
        sound: Read from a file or made in memory.

    Raises:
        ShapeError: If the samples are not one row of float64.
        SoundError: If the rate is not allowed, or the samples are too few, too many, not finite, silent or
            constant.

    Examples:
        >>> check_usable(Sound(samples=np.zeros(1000), rate_hz=8000, name="nothing"))
        Traceback (most recent call last):
        stimgen.errors.SoundError: nothing is silent: every sample is 0; choose another recording or channel
    """
    samples = sound.samples
    if not isinstance(samples, np.ndarray) or samples.ndim != 1 or samples.dtype != np.float64:
        is_array = isinstance(samples, np.ndarray)
        got = f"{samples.dtype} of shape {samples.shape}" if is_array else type(samples).__name__
        raise ShapeError(f"{sound.name}: samples must be a float64 array of shape (n_samples,); got {got}")
    check_rate(sound.rate_hz, label=sound.name)
    check_duration(samples.shape[0], rate_hz=sound.rate_hz, n_channels=1, label=sound.name)
    check_finite(samples, label=sound.name)
    check_level(samples, label=sound.name)


def check_rate(rate_hz: int, *, label: str) -> None:
    """Refuse sampling rates below 1 kHz or above 1 MHz.

    Args:
        rate_hz: Sampling rate, Hz.
        label: What to call the sound in the error.

    Raises:
        SoundError: If the rate is outside.
    """
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise SoundError(
            f"{label} says that its sampling rate is {rate_hz} Hz; allowed are {RATES_HZ[0]} to {RATES_HZ[1]} Hz; "
            f"check it or export it again"
        )


def check_duration(n_samples: int, *, rate_hz: int, n_channels: int, label: str) -> None:
    """Refuse sounds that are too short or too long.

    Args:
        n_samples: Samples per channel.
        rate_hz: Sampling rate, Hz, above 0.
        n_channels: Number of channels.
        label: What to call the sound in the error.

    Raises:
        SoundError: Below 10 ms, above 60 s, or above 30 million samples over all channels.
    """
    duration_s = n_samples / rate_hz
    if duration_s < SHORTEST_S:
        raise SoundError(
            f"{label} lasts {duration_s * 1000:.3g} ms; allowed are 10 ms to {LONGEST_S:g} s; "
            f"give a longer recording"
        )
    if duration_s > LONGEST_S:
        raise SoundError(
            f"{label} lasts {duration_s:.4g} s; allowed are 10 ms to {LONGEST_S:g} s; "
            f"cut out the part you need"
        )
    if n_samples * n_channels > MAX_SAMPLES:
        raise SoundError(
            f"{label} holds {n_samples * n_channels} samples in {n_channels} channels; "
            f"allowed are {MAX_SAMPLES}; cut out the part you need or lower its rate"
        )


def check_finite(samples: FloatArray, *, label: str) -> None:
    """Refuse samples that are not numbers.

    Args:
        samples: Amplitude, any shape.
        label: What to call the sound in the error.

    Raises:
        SoundError: If one is NaN or infinite.
    """
    if not bool(np.isfinite(samples).all()):
        raise SoundError(f"{label} holds samples that are not numbers (NaN or Inf); export it again")


def check_level(samples: FloatArray, *, label: str) -> None:
    """Refuse sounds that do not vary, are silent, or are beyond reason.

    Args:
        samples: Amplitude, shape (n_samples,), finite, full scale 1.0.
        label: What to call the sound in the error.

    Raises:
        SoundError: If every sample is the same, the peak without the mean is below -90 dBFS, or the peak is
            above +190 dBFS.
    """
    lowest, highest = float(samples.min()), float(samples.max())
    if lowest == highest == 0.0:
        raise SoundError(f"{label} is silent: every sample is 0; choose another recording or channel")
    if lowest == highest:
        raise SoundError(
            f"{label} does not vary: every sample is {lowest:.4g}; choose another recording or channel"
        )
    peak_dbfs = to_db(max(abs(lowest), abs(highest)))
    if peak_dbfs > LOUDEST_PEAK_DBFS:
        raise SoundError(f"{label} peaks at {peak_dbfs:.0f} dBFS, so its samples are broken; export it again")
    mean = float(samples.mean())
    moving_dbfs = to_db(max(highest - mean, mean - lowest))
    if moving_dbfs < QUIETEST_PEAK_DBFS:
        raise SoundError(
            f"{label} is silent: its peak is {moving_dbfs:.1f} dBFS, the least allowed is "
            f"{QUIETEST_PEAK_DBFS:g} dBFS; choose another recording or channel"
        )


def to_db(amplitude: float) -> float:
    """Return an amplitude, >= 0, in dB re full scale, at least -200."""
    return max(LOWEST_DB, 20.0 * float(np.log10(amplitude))) if amplitude > 0.0 else LOWEST_DB
