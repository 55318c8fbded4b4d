"""Harmonics of calls whose level changes within the windows in which harmonics are measured."""

from dataclasses import replace

import numpy as np
import scipy.signal

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.harmonics import Harmonics, measure_harmonics

# Below, the level of single periods would be followed.
_CALL_HZ = 700.0
_PERIODS, _SHORTEST_S = 2.0, 0.001
_LEAST_LEVEL = 1e-3  # of the greatest, in amplitude
_LEAST_GAIN_DB = 1.0


def _has_call_pitch(fit: Harmonics) -> bool:
    """Whether F0 is that of a call, above 700 Hz.

    Args:
        fit: Harmonics of a sound; frames count by the share that is harmonic.
    """
    return float(np.average(fit.f0_hz, weights=np.clip(fit.share, 1e-3, 1.0))) > _CALL_HZ


def evened(fit: Harmonics, sound: Sound, *, shortest_s: float) -> Harmonics:
    """Return the harmonics of a call, measured with its level evened out, if they explain more of it.

    What a window measures is the mean over it, which makes short notes round and long. Divided by its own level, which
    is known more finely in time, a note fills the window; the amplitudes are given their level back.

    Args:
        fit: Harmonics measured without this.
        sound: The sound.
        shortest_s: Shortest window, s.
    """
    if not _has_call_pitch(fit):
        return fit
    weight = np.clip(fit.share, 1e-3, 1.0)
    period_s = float(np.average(1.0 / fit.f0_hz, weights=weight))
    level = _level(sound.samples, window=max(_PERIODS * period_s, _SHORTEST_S) * sound.rate_hz)
    found = measure_harmonics(
        sound.samples / level,
        rate_hz=sound.rate_hz,
        times_s=fit.times_s,
        f0_hz=fit.f0_hz,
        shortest_s=shortest_s,
    )
    at_frames = np.interp(fit.times_s, np.arange(level.size) / sound.rate_hz, level)
    before, after = (np.sum(at_frames**2 * (1.0 - np.clip(one.share, 0.0, 1.0))) for one in (fit, found))
    if after * 10.0 ** (_LEAST_GAIN_DB / 10.0) > before:
        return fit
    return replace(found, coefficients=found.coefficients * at_frames[:, None])


def _level(samples: FloatArray, *, window: float) -> FloatArray:
    """Return the root of the mean square in a Hann window, no lower than a share of its greatest value."""
    half = max(int(round(0.5 * window)), 2)
    hann = 0.5 + 0.5 * np.cos(np.pi * np.arange(1 - half, half) / half)
    power = scipy.signal.oaconvolve(samples**2, hann, mode="same")
    # beyond the ends there is no sound, not silence
    inside = scipy.signal.oaconvolve(np.ones(samples.size), hann, mode="same")
    power = np.maximum(power, 0.0) / inside
    return np.asarray(np.sqrt(np.maximum(power, max(_LEAST_LEVEL**2 * float(power.max()), 1e-300))))
