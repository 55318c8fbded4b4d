"""The noise floor of a recording: how loud it is where nothing happens."""

import numpy as np

from stimgen.calibration.level import ACTIVE_FRAME_S, to_db
from stimgen.media.sound import FloatArray

# Shorter stretches are the closures of stops and the valleys between pitch periods. A word cut out tightly has
# no pause, but often a soft fricative or nasal some 15 dB below its vowel: so little below the sound only a
# stretch longer than such a segment counts as a pause.
STEADY_S = {10.0: 0.200, 20.0: 0.050}
# noise varies by a few dB from one frame of 10 ms to the next; a sound that dies away passes through more
STEADY_RANGE_DB = 8.0


def noise_floor_dbfs(samples: FloatArray, *, rate_hz: int, level_dbfs: float) -> float | None:
    """Return the level of the quietest steady pause of a recording, dB re full scale.

    A pause is a stretch of 50 ms at least 20 dB below the active part, or of 200 ms at least 10 dB below it,
    whose frames of 10 ms stay within 8 dB of each other; its own mean is taken off. Frames of exact silence
    (every sample the same) were put there by a program and say nothing of the recording: no stretch may
    contain one.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        level_dbfs: Level over the active part, dB re full scale.

    Returns:
        The level; None where there is no such pause.

    Examples:
        >>> noise = np.random.default_rng(0).normal(0, 0.001, 8000)
        >>> noise_floor_dbfs(noise, rate_hz=8000, level_dbfs=-20.0)
        -60.
        >>> noise_floor_dbfs(noise, rate_hz=8000, level_dbfs=-60.0) is None
        True
    """
    floors_dbfs = [
        floor_dbfs
        for below_db, steady_s in STEADY_S.items()
        if (floor_dbfs := _quietest_dbfs(samples, rate_hz, steady_s=steady_s)) <= level_dbfs - below_db
    ]
    return min(floors_dbfs, default=None)


def _quietest_dbfs(samples: FloatArray, rate_hz: int, *, steady_s: float) -> float:
    """Return the level of the quietest steady stretch, dB re full scale, infinite where there is none."""
    frame = max(2, round(ACTIVE_FRAME_S * rate_hz))
    n_steady = round(steady_s / ACTIVE_FRAME_S)
    frames = samples[: samples.shape[0] // frame * frame].reshape(-1, frame) - samples.mean()
    if frames.shape[0] < n_steady:
        return np.inf
    means, squares, varies = (
        np.lib.stride_tricks.sliding_window_view(of_frames, n_steady)
        for of_frames in (frames.mean(axis=1), np.mean(frames**2, axis=1), np.ptp(frames, axis=1) > 0.0)
    )
    # about the stretch's own mean: that of the whole sound is partly the sound's
    mean = means.mean(axis=1, keepdims=True)
    power = np.maximum(squares - 2 * mean * means + mean**2, 0.0)
    lowest, highest = power.min(axis=1), power.max(axis=1)
    steady = varies.all(axis=1) & (lowest > 0.0) & (highest <= lowest * 10 ** (STEADY_RANGE_DB / 10))
    return to_db(float(np.sqrt(power[steady].mean(axis=1).min()))) if steady.any() else np.inf
