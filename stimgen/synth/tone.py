"""Test signals of known level: sines, complex tones, chirps and calibration noise."""

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray, Sound


def tone(
    frequency_hz: float, *, duration_s: float, rate_hz: int, level_dbfs: float = -20.0, ramp_s: float = 0.01
) -> Sound:
    """Return a sine.

    Args:
        frequency_hz: Frequency, Hz, above 0 and below half the rate.
        duration_s: Duration, s.
        rate_hz: Sampling rate, Hz.
        level_dbfs: RMS before the ramps, dB re full scale; a full-scale sine is -3.01.
        ramp_s: Duration of each raised-cosine ramp, s; 0 for none.

    Raises:
        SettingError: If the frequency is outside its range or the ramps do not fit.

    Examples:
        >>> sound = tone(1000.0, duration_s=0.1, rate_hz=48000, level_dbfs=-20.0, ramp_s=0.0)
        >>> round(float(10 * np.log10(np.mean(sound.samples**2))), 6)
        -20.0
    """
    return complex_tone(
        frequency_hz,
        duration_s=duration_s,
        rate_hz=rate_hz,
        harmonics_db=(0.0,),
        level_dbfs=level_dbfs,
        ramp_s=ramp_s,
    )


def complex_tone(
    f0_hz: float,
    *,
    duration_s: float,
    rate_hz: int,
    harmonics_db: tuple[float, ...] = (0.0, -6.0, -12.0, -18.0),
    level_dbfs: float = -20.0,
    ramp_s: float = 0.01,
) -> Sound:
    """Return a harmonic complex tone; all harmonics start at phase 0 as sines.

    Args:
        f0_hz: Fundamental, Hz.
        duration_s: Duration, s.
        rate_hz: Sampling rate, Hz; the highest harmonic must lie below half of it.
        harmonics_db: Level of each harmonic, the fundamental first, dB; only differences matter.
        level_dbfs: RMS before the ramps, dB re full scale.
        ramp_s: Duration of each raised-cosine ramp, s; 0 for none.

    Raises:
        SettingError: If a harmonic is outside 0 to half the rate or the ramps do not fit.
    """
    highest_hz = f0_hz * len(harmonics_db)
    _check_band(f0_hz, highest_hz, rate_hz=rate_hz)
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    powers = 10.0 ** (np.array(harmonics_db) / 10.0)
    amplitudes = np.sqrt(2.0 * powers / powers.sum()) * 10.0 ** (level_dbfs / 20.0)
    samples = np.zeros_like(times_s)
    for k, amplitude in enumerate(amplitudes, start=1):
        samples += amplitude * np.sin(2.0 * np.pi * k * f0_hz * times_s)
    return _finished(samples, rate_hz=rate_hz, ramp_s=ramp_s, name="tone")


def chirp(
    start_hz: float,
    end_hz: float,
    *,
    duration_s: float,
    rate_hz: int,
    level_dbfs: float = -20.0,
    ramp_s: float = 0.01,
) -> Sound:
    """Return a sine that sweeps evenly in log frequency; its phase is the closed form of the integral.

    Args:
        start_hz: First frequency, Hz.
        end_hz: Last frequency, Hz.
        duration_s: Duration, s.
        rate_hz: Sampling rate, Hz.
        level_dbfs: RMS before the ramps, dB re full scale.
        ramp_s: Duration of each raised-cosine ramp, s; 0 for none.

    Raises:
        SettingError: If a frequency is outside 0 to half the rate or the ramps do not fit.
    """
    _check_band(min(start_hz, end_hz), max(start_hz, end_hz), rate_hz=rate_hz)
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    growth = np.log(end_hz / start_hz) / duration_s
    # the integral of start e^{growth t}; its limit for no growth is start t
    cycles = start_hz * (np.expm1(growth * times_s) / growth if growth != 0.0 else times_s)
    samples = np.sqrt(2.0) * 10.0 ** (level_dbfs / 20.0) * np.sin(2.0 * np.pi * cycles)
    return _finished(samples, rate_hz=rate_hz, ramp_s=ramp_s, name="chirp")


def calibration_noise(
    *,
    duration_s: float,
    rate_hz: int,
    rng: np.random.Generator,
    band_hz: tuple[float, float] = (100.0, 8000.0),
    slope_db_per_octave: float = 0.0,
    level_dbfs: float = -25.0,
    ramp_s: float = 0.01,
) -> Sound:
    """Return Gaussian-like noise of an exact level: random phases under a band with straight edges.

    Args:
        duration_s: Duration, s.
        rate_hz: Sampling rate, Hz.
        rng: Draws the phases.
        band_hz: Lowest and highest frequency, Hz.
        slope_db_per_octave: Slope of the spectrum, 0 is white, -3.01 pink.
        level_dbfs: RMS before the ramps, dB re full scale.
        ramp_s: Duration of each raised-cosine ramp, s; 0 for none.

    Raises:
        SettingError: If the band is empty or outside 0 to half the rate, or the ramps do not fit.
    """
    _check_band(*band_hz, rate_hz=rate_hz)
    n = round(duration_s * rate_hz)
    bins_hz = np.fft.rfftfreq(n, 1.0 / rate_hz)
    inside = (bins_hz >= band_hz[0]) & (bins_hz <= band_hz[1]) & (bins_hz > 0.0) & (bins_hz < rate_hz / 2)
    if not bool(inside.any()):
        raise SettingError(
            f"no frequency of a {duration_s:g} s noise lies in {band_hz} Hz; make it longer or wider"
        )
    spectrum = np.zeros(bins_hz.shape[0], dtype=complex)
    octaves = np.log2(bins_hz[inside] / band_hz[0])
    turns = rng.random(int(inside.sum()))
    spectrum[inside] = 10.0 ** (slope_db_per_octave * octaves / 20.0) * np.exp(2j * np.pi * turns)
    samples = np.fft.irfft(spectrum, n=n)
    samples *= 10.0 ** (level_dbfs / 20.0) / np.sqrt(np.mean(samples**2))
    return _finished(samples, rate_hz=rate_hz, ramp_s=ramp_s, name="noise")


def _check_band(low_hz: float, high_hz: float, *, rate_hz: int) -> None:
    if not 0.0 < low_hz <= high_hz < rate_hz / 2:
        raise SettingError(
            f"{low_hz:g} to {high_hz:g} Hz must be above 0 and below half the rate, {rate_hz / 2:g} Hz"
        )


def _finished(samples: FloatArray, *, rate_hz: int, ramp_s: float, name: str) -> Sound:
    n_ramp = round(ramp_s * rate_hz)
    if n_ramp < 0 or 2 * n_ramp > samples.shape[0]:
        raise SettingError(
            f"two ramps of {ramp_s:g} s do not fit into {samples.shape[0] / rate_hz:g} s; shorten ramp_s"
        )
    if n_ramp:
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n_ramp) + 0.5) / n_ramp)
        samples[:n_ramp] *= rise
        samples[-n_ramp:] *= rise[::-1]
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak >= 1.0:
        raise SettingError(f"the {name} would peak at {20 * np.log10(peak):+.1f} dBFS; lower level_dbfs")
    return Sound(samples=samples, rate_hz=rate_hz, name=name)
