"""Which level each stimulus gets: one for all or the natural ones, brought down together where a peak needs it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stimgen.calibration.level import SILENCE_DBFS, active_part, level_dbfs, to_db
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.errors import SoundError
from stimgen.media.sound import FloatArray


@dataclass(frozen=True, kw_only=True)
class LevelPlan:
    """The level of every stimulus and the one gain that leads there.

    Args:
        lowered_db: By how much all of them were brought down for the sake of the highest peak, dB, >= 0.
        targets_dbfs: The level that each stimulus gets, after that, dBFS.
        gains_db: Gain of each stimulus, dB.
    """

    lowered_db: float
    targets_dbfs: tuple[float, ...]
    gains_db: tuple[float, ...]


def natural_levels(ramped: Sequence[FloatArray], *, rate_hz: int) -> tuple[float, ...]:
    """Return the level of each sound over its active part, dBFS.

    Raises:
        SoundError: If one is silent.
    """
    levels = tuple(level_dbfs(samples, active_part(samples, rate_hz=rate_hz)) for samples in ramped)
    for index, level in enumerate(levels):
        if level <= SILENCE_DBFS + 1.0:
            raise SoundError(
                f"step {index} came out silent, so it has no level; use recordings that overlap in sound, "
                "or another --space"
            )
    return levels


def lowering_db(
    ramped: Sequence[FloatArray],
    levels_dbfs: Sequence[float],
    wanted_dbfs: Sequence[float],
    *,
    peak_limit_dbtp: float,
    margin: float = 0.0,
) -> float:
    """Return by how much a whole set has to come down so that no true peak passes the limit.

    Args:
        ramped: The stimuli after their ramps, each of shape (n_samples,).
        levels_dbfs: The level of each, dBFS.
        wanted_dbfs: The level that each is to have, dBFS.
        peak_limit_dbtp: Highest true peak allowed, dBTP.
        margin: Amplitude (full scale 1.0) that rounding and dither may add to a peak.

    Returns:
        The next tenth of a decibel at or above what is needed, dB; 0 where all fit.

    Examples:
        >>> import numpy as np
        >>> sine = np.sin(2 * np.pi * 100 * np.arange(1000) / 1000)
        >>> lowering_db([sine], [-3.01], [-2.0], peak_limit_dbtp=-1.0)
        2.1
    """
    limit_dbtp = to_db(10 ** (peak_limit_dbtp / 20) - margin)
    highest = max(
        true_peak_dbtp(samples) + wanted - level
        for samples, level, wanted in zip(ramped, levels_dbfs, wanted_dbfs, strict=True)
    )
    return tenths_above(highest - limit_dbtp)


def tenths_above(excess_db: float) -> float:
    """Return the next tenth of a decibel at or above an excess, 0 if there is none.

    Examples:
        >>> tenths_above(0.31), tenths_above(-2.0), tenths_above(0.3)
        (0.4, 0.0, 0.3)
    """
    # the small term keeps 0.1 dB steps exact in binary
    return max(0.0, math.ceil(excess_db * 10 - 1e-9) / 10)
