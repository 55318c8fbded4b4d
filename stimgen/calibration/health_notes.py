"""The health of a recording in words: warnings, and one line for a picture."""

from stimgen.calibration.health import Health

# 1 % of full scale: a click when a player starts or stops, and headroom lost
DC_DBFS = -40.0
# an offset this near the level of a soft recording is as wrong as a large one in a loud recording
DC_BELOW_LEVEL_DB = 20.0
# longer than a stop's closure: listeners take it for part of the stimulus, and onset times shift by it
SILENCE_S = 0.050
# noise that a listener hears as part of the sound, and that a morph carries into every step
SNR_DB = 20.0
# 12 bits leave rounding noise 74 dB below full scale, as much as quiet recordings have
BITS = 12


def health_notes(health: Health, *, label: str) -> list[str]:
    """Return one sentence for each thing about a recording that is worth a warning.

    Args:
        health: Of the recording.
        label: What to call it, such as its file name.

    Examples:
        >>> import numpy as np
        >>> from stimgen.calibration.health import health
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
        >>> health_notes(health(np.r_[np.zeros(800), noise], rate_hz=8000), label="a.wav")
        ['a.wav starts with 100 ms of silence: it stays in the stimuli unless it is trimmed']
    """
    notes = [
        _dc_note(health, label),
        _clipping_note(health, label),
        _silence_note(health.silence_before_s, f"{label} starts with"),
        _silence_note(health.silence_after_s, f"{label} ends with"),
        _noise_note(health, label),
        _rate_note(health, label),
        _bits_note(health, label),
    ]
    return [note for note in notes if note is not None]


def health_line(health: Health) -> str:
    """Return the band, the noise floor and the offset of a recording in one line of at most 70 characters.

    Examples:
        >>> import numpy as np
        >>> from stimgen.calibration.health import health
        >>> health_line(health(np.random.default_rng(0).normal(0, 0.1, 8000) + 0.01, rate_hz=8000))
        'band to 4.0 kHz · DC -40 dBFS'
    """
    only = "" if health.native_rate_hz is None else "only "
    parts = [f"band {only}to {_khz(health.effective_band_hz)}"]
    if health.noise_floor_dbfs is not None:
        parts.append(f"noise floor {health.noise_floor_dbfs:.0f} dBFS")
    parts.append(f"DC {health.dc_dbfs:.0f} dBFS")
    if health.clipped_samples:
        parts.append("clipped")
    return " · ".join(parts)


def _dc_note(health: Health, label: str) -> str | None:
    if health.dc_dbfs <= min(DC_DBFS, health.level_dbfs - DC_BELOW_LEVEL_DB):
        return None
    return (
        f"{label} has a constant offset of {health.dc_dbfs:.0f} dBFS under a sound of "
        f"{health.level_dbfs:.0f} dBFS: it is taken off before anything else"
    )


def _clipping_note(health: Health, label: str) -> str | None:
    if not health.clipped_samples:
        return None
    return (
        f"{label} is clipped: {_count(health.clipped_samples, 'sample')} in {_count(health.clipped_runs, 'flat top')}"
        f" at its highest or lowest value; record it again at a lower level"
    )


def _silence_note(silence_s: float, starts: str) -> str | None:
    if silence_s <= SILENCE_S:
        return None
    return f"{starts} {1000 * silence_s:.0f} ms of silence: it stays in the stimuli unless it is trimmed"


def _noise_note(health: Health, label: str) -> str | None:
    if health.snr_db is None or health.snr_db >= SNR_DB:
        return None
    return (
        f"{label} is noisy: its pauses are at {health.noise_floor_dbfs:.0f} dBFS, only {health.snr_db:.0f} dB "
        f"below the sound"
    )


def _rate_note(health: Health, label: str) -> str | None:
    if health.native_rate_hz is None:
        return None
    return (
        f"{label} was upsampled or band-limited: its sampling rate is {health.rate_hz} Hz, but it holds nothing "
        f"above {_khz(health.effective_band_hz)}, which {health.native_rate_hz} Hz would have held"
    )


def _bits_note(health: Health, label: str) -> str | None:
    if health.effective_bits is None or health.effective_bits >= BITS:
        return None
    return f"{label} holds only {_count(health.effective_bits, 'bit')} per sample: its rounding noise may be heard"


def _khz(frequency_hz: float) -> str:
    return f"{frequency_hz / 1000:.1f} kHz"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
