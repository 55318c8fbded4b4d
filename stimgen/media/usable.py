"""Is a sound fit to make stimuli from: the same limits for files and for sounds made in memory."""

from dataclasses import replace
from typing import Any

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
        SoundError: If it is no Sound, its name is no text, its rate is no whole number or not allowed, or the
            samples are too few, too many, not finite, silent or constant.

    Examples:
        >>> check_usable(Sound(samples=np.zeros(1000), rate_hz=8000, name="nothing"))
        Traceback (most recent call last):
        stimgen.errors.SoundError: nothing is silent: every sample is 0; choose another recording or channel
    """
    _check_kind(sound)
    samples = sound.samples
    check_rate(sound.rate_hz, label=sound.name)
    check_duration(samples.shape[0], rate_hz=sound.rate_hz, n_channels=1, label=sound.name)
    check_finite(samples, label=sound.name)
    check_level(samples, label=sound.name)


def as_float64(sound: Sound) -> Sound:
    """Return the sound with samples as float64, where that changes no value.

    Args:
        sound: Made in memory, perhaps with samples of another float type or byte order, or a NumPy whole
            number as its rate.

    Returns:
        The same sound with float64 samples and an int rate; the very same object where nothing is to be
        done, or where it is nothing that can be converted exactly (`check_usable` says what is wrong).

    Examples:
        >>> made = as_float64(Sound(samples=np.array([0.5, -0.25], dtype=np.float32), rate_hz=8000))
        >>> made.samples
        array([ 0.5 , -0.25])
    """
    given: object = sound
    if not isinstance(given, Sound):
        return sound
    samples: object = sound.samples
    rate_hz: object = sound.rate_hz
    if isinstance(samples, np.ndarray) and samples.dtype.kind == "f" and samples.dtype.itemsize <= 8:
        # the very same array where it is native float64 already
        converted = samples.astype(np.float64, copy=False)
        if converted is not samples:
            sound = replace(sound, samples=converted)
    return replace(sound, rate_hz=int(rate_hz)) if isinstance(rate_hz, np.integer) else sound


def _check_kind(sound: object) -> None:
    if not isinstance(sound, Sound):
        raise SoundError(
            f"{_kind(sound)} is no sound; read a file with stimgen.read(path), or make "
            f"stimgen.Sound(samples=samples, rate_hz=44100) of an array"
        )
    name: object = sound.name
    rate_hz: object = sound.rate_hz
    if not isinstance(name, str):
        raise SoundError(
            f"the name of a sound must be a str; got {_kind(name)}; give name='a' or leave it out"
        )
    if isinstance(rate_hz, bool) or not isinstance(rate_hz, int | np.integer):
        raise SoundError(
            f"{name}: rate_hz must be a whole number of Hz; got {_short(rate_hz)} of type "
            f"{type(rate_hz).__name__}; give an int such as 44100"
        )
    _check_samples(sound.samples, label=name)


def _check_samples(samples: object, *, label: str) -> None:
    got = _kind(samples)
    remedy = "convert it with np.asarray(samples, dtype=np.float64)"
    if isinstance(samples, np.ndarray):
        if samples.ndim == 1 and samples.dtype == np.float64:
            return
        got = f"{samples.dtype} of shape {samples.shape}"
        if samples.ndim != 1:
            remedy = "take one channel, such as samples[:, 0] of shape (n_samples, n_channels)"
        elif samples.dtype.kind in "iub":
            remedy = _scaling(samples.dtype)
    raise ShapeError(
        f"{label}: samples must be a float64 array of shape (n_samples,); got {got}; {remedy}, full scale is 1.0"
    )


def _scaling(dtype: np.dtype[Any]) -> str:
    if dtype == np.uint8:
        return "convert 8-bit samples with (samples - 128.0) / 128"
    return f"convert {dtype} samples with samples / {2 ** (8 * dtype.itemsize - 1)}"


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _short(value: object) -> str:
    text = "".join(c if c.isprintable() else "?" for c in repr(value))
    return text if len(text) <= 40 else f"{text[:37]}..."


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
