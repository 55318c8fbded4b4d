"""Sounds to measure a playback chain with, and what a measurement says about dB SPL."""

from dataclasses import dataclass

import numpy as np

from stimgen.calibration.level import SILENCE_DBFS, active_part, level_dbfs, to_db
from stimgen.calibration.ramp import apply_ramps
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray

TONE_HZ = 1000.0
NOISE_BAND_HZ = (100.0, 10_000.0)
DURATION_S = 10.0
# so short that the steady part is within 0.01 dB of the level of the whole
RAMP_MS = 10.0
PEAK_LIMIT_DBTP = -1.0
# a little below what fits under -1 dBTP at -12 dBFS; plain noise of this length has 13 to 14 dB
NOISE_CREST_DB = 10.8
MOST_ROUNDS = 60


@dataclass(frozen=True, kw_only=True)
class ReferenceSound:
    """A sound of known level.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        level_dbfs: RMS level over the active part, dB re full scale.
        true_peak_dbtp: True peak, dBTP.
        band_hz: Lowest and highest frequency, Hz; twice the same for a tone.
        description: What it is, in words.
    """

    samples: FloatArray
    rate_hz: int
    level_dbfs: float
    true_peak_dbtp: float
    band_hz: tuple[float, float]
    description: str


def calibration_tone(rate_hz: int, level_dbfs: float, *, duration_s: float = DURATION_S) -> ReferenceSound:
    """Make a sine of 1 kHz of an exact level, faded in and out over 10 ms.

    All weightings of a sound level meter agree at 1 kHz. At rates below 4 kHz the tone is at a quarter of the rate.

    Args:
        rate_hz: Sampling rate, Hz.
        level_dbfs: RMS level wanted, dB re full scale, at most -4.02 (the crest is 3.01 dB higher).
        duration_s: Duration, ramps included, s, at least 0.5.

    Raises:
        SettingError: If its true peak would pass -1 dBTP or it is too short.

    Examples:
        >>> tone = calibration_tone(16000, -26.0, duration_s=1.0)
        >>> tone.level_dbfs, tone.description
        (-26.0, 'sine of 1000 Hz')
    """
    frequency_hz = min(TONE_HZ, rate_hz / 4)
    n = _n_samples(duration_s, rate_hz=rate_hz)
    raw = np.sin(2 * np.pi * (frequency_hz / rate_hz * np.arange(n) % 1.0))
    return _at_level(
        raw,
        rate_hz=rate_hz,
        wanted_dbfs=level_dbfs,
        band_hz=(frequency_hz, frequency_hz),
        description=f"sine of {frequency_hz:g} Hz",
    )


def calibration_noise(
    rate_hz: int, level_dbfs: float, *, rng: np.random.Generator, duration_s: float = DURATION_S
) -> ReferenceSound:
    """Make pink noise of an exact level and low crest, 100 Hz to 10 kHz, faded in and out over 10 ms.

    Its power per octave is the same in all octaves of the band; the upper edge is at most 45 % of the rate. The phases
    are drawn and then changed until the peaks are low: the highest are clipped and the spectrum is put back, in turns.

    Args:
        rate_hz: Sampling rate, Hz.
        level_dbfs: RMS level wanted, dB re full scale, at most about -12.
        rng: Draws the phases.
        duration_s: Duration, ramps included, s, at least 0.5.

    Raises:
        SettingError: If its true peak would pass -1 dBTP or it is too short.

    References:
        Van der Ouderaa, Schoukens & Renneboog 1988, IEEE Trans. Instrum. Meas. 37, 145-147: clipping in turns.

    Examples:
        >>> noise = calibration_noise(16000, -26.0, rng=np.random.default_rng(1), duration_s=1.0)
        >>> noise.description
        'pink noise, 100 to 7200 Hz'
    """
    low_hz, high_hz = NOISE_BAND_HZ[0], min(NOISE_BAND_HZ[1], 0.45 * rate_hz)
    n = _n_samples(duration_s, rate_hz=rate_hz)
    return _at_level(
        _low_crest(_pink_magnitudes(n, rate_hz=rate_hz, band_hz=(low_hz, high_hz)), rng=rng, n=n),
        rate_hz=rate_hz,
        wanted_dbfs=level_dbfs,
        band_hz=(low_hz, high_hz),
        description=f"pink noise, {low_hz:g} to {high_hz:g} Hz",
    )


def spl_db(level_dbfs: float, *, spl_at_full_scale_db: float) -> float:
    """Return the sound pressure level of a digital level, dB SPL.

    Args:
        level_dbfs: RMS level, dB re full scale; any weighting, which the result then has too.
        spl_at_full_scale_db: What a sound with an RMS of 0 dBFS would have where the listener is, dB SPL. A full-scale
            sine has an RMS of -3.01 dBFS and so 3.01 dB less.

    Examples:
        >>> spl_db(-26.0, spl_at_full_scale_db=96.0)
        70.0
    """
    return spl_at_full_scale_db + level_dbfs


def spl_at_full_scale_db(meter_db_spl: float, *, level_dbfs: float) -> float:
    """Return the constant of a playback chain from one reading of a sound level meter, dB SPL at 0 dBFS RMS.

    Args:
        meter_db_spl: What the meter shows where the listener is, dB SPL.
        level_dbfs: Level of the calibration sound that is playing, dB re full scale.

    Examples:
        >>> spl_at_full_scale_db(68.5, level_dbfs=-26.0)
        94.5
    """
    return meter_db_spl - level_dbfs


def _n_samples(duration_s: float, *, rate_hz: int) -> int:
    if not duration_s >= 0.5:
        raise SettingError(
            f"a calibration sound of {duration_s:g} s is too short to read a meter by; give 0.5 s or more"
        )
    return round(duration_s * rate_hz)


def _pink_magnitudes(n: int, *, rate_hz: int, band_hz: tuple[float, float]) -> FloatArray:
    """Return magnitudes that fall by 3 dB per octave inside the band and are 0 outside, shape (n // 2 + 1,)."""
    frequencies_hz = np.arange(n // 2 + 1) * rate_hz / n
    inside = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    return np.where(inside, 1 / np.sqrt(np.maximum(frequencies_hz, band_hz[0])), 0.0)


def _low_crest(magnitudes: FloatArray, *, rng: np.random.Generator, n: int) -> FloatArray:
    """Return a wave with this spectrum whose true peak is not far above its RMS, shape (n,)."""
    turns = rng.random(magnitudes.shape[0])
    wave = np.fft.irfft(magnitudes * np.exp(2j * np.pi * turns), n)
    # the spectrum never changes, and so neither does the RMS
    limit_dbtp = to_db(float(np.std(wave))) + NOISE_CREST_DB
    for _ in range(MOST_ROUNDS):
        if true_peak_dbtp(wave) <= limit_dbtp:
            break
        # clipped at half of that, since putting the spectrum back gives much of each peak back
        clip = 0.5 * 10 ** (limit_dbtp / 20)
        spectrum = np.fft.rfft(np.clip(wave, -clip, clip))
        wave = np.fft.irfft(magnitudes * np.exp(1j * np.angle(spectrum)), n)
    return np.asarray(wave)


def _at_level(
    raw: FloatArray, *, rate_hz: int, wanted_dbfs: float, band_hz: tuple[float, float], description: str
) -> ReferenceSound:
    """Fade a sound in and out, bring it to its level and refuse it if its true peak passes the limit."""
    if not wanted_dbfs > SILENCE_DBFS:
        raise SettingError(f"a calibration sound at {wanted_dbfs:g} dBFS is silent; give a level such as -26")
    ramped = apply_ramps(raw, rate_hz=rate_hz, ramp_ms=RAMP_MS)
    gain_db = wanted_dbfs - level_dbfs(ramped, active_part(ramped, rate_hz=rate_hz))
    peak_dbtp = true_peak_dbtp(ramped) + gain_db
    if peak_dbtp > PEAK_LIMIT_DBTP:
        highest_dbfs = wanted_dbfs - (peak_dbtp - PEAK_LIMIT_DBTP)
        raise SettingError(
            f"a {description} at {wanted_dbfs:g} dBFS would have a true peak of {peak_dbtp:.1f} dBTP, above "
            f"{PEAK_LIMIT_DBTP:g}; the highest level that fits is {np.floor(highest_dbfs * 10) / 10:.1f} dBFS"
        )
    samples = ramped * 10 ** (gain_db / 20)
    return ReferenceSound(
        samples=samples,
        rate_hz=rate_hz,
        level_dbfs=level_dbfs(samples, active_part(samples, rate_hz=rate_hz)),
        true_peak_dbtp=peak_dbtp,
        band_hz=band_hz,
        description=description,
    )
