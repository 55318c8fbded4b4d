"""The loudest 10 ms of a sound, and a word where they stand out: one loud click hides in the level of a quiet file."""

import numpy as np

from stimgen.calibration.level import ActivePart, active_part, to_db
from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray

WINDOW_S = 0.010
# Chosen on spoken digits, synthetic words and birdsong, with and without clicks put in. Speech and song hold a level
# within 12 dB of their loudest window for 30 ms in all; one or two clicks 15 dB above the rest do not. The plain
# difference between the loudest window and the level tells less: sparse song reaches 18 dB, and a click in a short
# sound raises the level itself.
HELD_S = 0.030
HELD_SHARE = 0.15
STANDS_OUT_DB = 12.0
# what is 60 dB below the loudest window, or below -80 dBFS, is the silence around a sound and not a sound by itself
SILENT_BELOW_LOUDEST_DB = 60.0
SILENT_DBFS = -80.0


def max_window_dbfs(samples: FloatArray, *, rate_hz: int, window_s: float = WINDOW_S) -> float:
    """Return the highest RMS level in any window, dB re full scale, the mean removed as for the level.

    The window moves by single samples; a sound shorter than the window is one window.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        rate_hz: Sampling rate, Hz.
        window_s: Length of the window, s, above 0.

    Raises:
        ShapeError: If there are no samples.
        SettingError: If the window has no length.

    Examples:
        A quiet tone with one full-scale sample in it:

        >>> quiet = 0.001 * np.sin(2 * np.pi * 500 * np.arange(16000) / 16000)
        >>> quiet[8000] = 1.0
        >>> round(max_window_dbfs(quiet, rate_hz=16000), 1)
        -22.1
    """
    if not window_s > 0:
        raise SettingError(f"a window of {window_s:g} s has no length; give more than 0 s")
    powers = _window_powers(samples, active_part(samples, rate_hz=rate_hz), window_s=window_s)
    return to_db(float(np.sqrt(powers.max())))


def loud_moment(samples: FloatArray, part: ActivePart, *, level_dbfs: float) -> str | None:
    """Say in one sentence that a moment stands out of a sound; say nothing where none does.

    A moment stands out where the loudest 10 ms are more than 12 dB above the level that the 10 ms windows reach or pass
    for 30 ms in all (15 % of the sound, if that is less), and all else is not silence. This includes sounds whose level
    is that of one click alone, the rest of them being more than 40 dB below it.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        part: Its active part, from `active_part`.
        level_dbfs: Its level, dBFS.

    Returns:
        The sentence, without the name of the sound and without a full stop; None if nothing stands out.

    Raises:
        ShapeError: If there are no samples.

    Examples:
        >>> sound = 0.01 * np.sin(2 * np.pi * 500 * np.arange(16000) / 16000)
        >>> part = active_part(sound, rate_hz=16000)
        >>> loud_moment(sound, part, level_dbfs=-43.0) is None
        True
        >>> sound[8000:8016] = 0.5
        >>> loud_moment(sound, part, level_dbfs=-32.0)
        'the 10 ms around 0.500 s are 27.0 dB above all but 30 ms of the sound and 16.0 dB above its level; ...'
    """
    powers = _window_powers(samples, part, window_s=WINDOW_S)
    loudest_dbfs = to_db(float(np.sqrt(powers.max())))
    silent_dbfs = max(SILENT_DBFS, loudest_dbfs - SILENT_BELOW_LOUDEST_DB)
    held_s = min(HELD_S, HELD_SHARE * samples.shape[0] / part.rate_hz)
    held_dbfs = _held_dbfs(powers, n_windows=round(held_s * part.rate_hz))
    if held_dbfs <= silent_dbfs or loudest_dbfs - held_dbfs <= STANDS_OUT_DB:
        return None
    start = int(powers.argmax())
    loudest = np.abs(samples[start : start + round(WINDOW_S * part.rate_hz)])
    return (
        f"the 10 ms around {(start + int(loudest.argmax())) / part.rate_hz:.3f} s are "
        f"{loudest_dbfs - held_dbfs:.1f} dB above all but {1000 * held_s:.0f} ms of the sound and "
        f"{loudest_dbfs - level_dbfs:.1f} dB above its level; if that is a click, cut it out of the recording"
    )


def _window_powers(samples: FloatArray, part: ActivePart, *, window_s: float) -> FloatArray:
    """Return the mean square in each window, the mean of the active part removed, shape (n_windows,)."""
    n = samples.shape[0]
    if n == 0:
        raise ShapeError("a sound without samples has no loudest moment; give at least one sample")
    window = min(n, max(1, round(window_s * part.rate_hz)))
    energy = np.zeros(n + 1)
    np.cumsum((samples - samples[part.start : part.stop].mean()) ** 2, out=energy[1:])
    return np.asarray((energy[window:] - energy[:-window]) / window)


def _held_dbfs(powers: FloatArray, *, n_windows: int) -> float:
    """Return the level that this many windows reach or pass, dBFS."""
    rank = min(max(n_windows, 1), powers.shape[0])
    return to_db(float(np.sqrt(max(0.0, np.partition(powers, -rank)[-rank]))))
