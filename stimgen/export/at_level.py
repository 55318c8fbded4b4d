"""Files that have the level they are meant to have, as measured from their bytes."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stimgen.calibration.level import LevelPlan, active_part, level_dbfs, plan_levels, to_db
from stimgen.export.encode import BitDepth, decode_wav, peak_margin, wav_bytes
from stimgen.media.sound import FloatArray
from stimgen.seeding import child_rng

# rounding and dither can move a frame across the border of the active part; a few corrections settle that
MAX_CORRECTIONS = 6
LEVEL_TOLERANCE_DB = 0.005


def write_at_level(
    ramped: Sequence[FloatArray],
    *,
    rate_hz: int,
    target_dbfs: float,
    peak_limit_dbfs: float,
    bit_depth: BitDepth,
    seed: int,
) -> tuple[LevelPlan, list[bytes]]:
    """Encode stimuli so that each finished file has the one level of the set and none passes the peak limit.

    Gains are first taken from the samples, then corrected by what the encoded files turn out to have. Where a
    frame lies so close to the border of the active part that each correction moves it across again, the
    better of the two levels stays (less than the weight of that frame off, which `check` tolerates).

    Args:
        ramped: The stimuli after their ramps, each of shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        target_dbfs: Wanted level of the active part, dBFS.
        peak_limit_dbfs: Highest sample peak allowed, dBFS.
        bit_depth: "16", "24" or "float32".
        seed: Seed of the dither, which is the same for every stimulus, so that neighbours differ by the morph
            and not by chance.

    Returns:
        The plan as carried out, and the bytes of each file.

    Raises:
        SoundError: If a stimulus is silent.
    """
    margin = peak_margin(bit_depth)
    plan = plan_levels(
        ramped, rate_hz=rate_hz, target_dbfs=target_dbfs, peak_limit_dbfs=peak_limit_dbfs, margin=margin
    )
    best_db = math.inf
    for _ in range(MAX_CORRECTIONS):
        files = _encode(ramped, plan, rate_hz=rate_hz, bit_depth=bit_depth, seed=seed)
        errors_db, highest_dbfs = _measure(files, plan.target_dbfs)
        excess_db = max(0.0, highest_dbfs - peak_limit_dbfs)
        worst_db = max(abs(error) for error in errors_db)
        if excess_db <= 0.0 and worst_db < best_db:
            best_db, best = worst_db, (plan, files)
        if best_db <= LEVEL_TOLERANCE_DB:
            break
        # a corrected gain may lift a peak over the limit: then the whole set comes down by tenths of a decibel
        lowered_db = math.ceil(excess_db * 10 - 1e-9) / 10
        plan = replace(
            plan,
            target_dbfs=round(plan.target_dbfs - lowered_db, 10),
            gains_db=tuple(
                gain - error - lowered_db for gain, error in zip(plan.gains_db, errors_db, strict=True)
            ),
        )
    return best


def _encode(
    ramped: Sequence[FloatArray], plan: LevelPlan, *, rate_hz: int, bit_depth: BitDepth, seed: int
) -> list[bytes]:
    return [
        wav_bytes(
            samples * 10 ** (gain_db / 20),
            rate_hz=rate_hz,
            bit_depth=bit_depth,
            rng=child_rng(seed, "dither"),
        )
        for samples, gain_db in zip(ramped, plan.gains_db, strict=True)
    ]


def _measure(files: Sequence[bytes], target_dbfs: float) -> tuple[list[float], float]:
    """Return by how much each file is too loud, dB, and the highest peak, dBFS."""
    errors_db, peaks_dbfs = [], []
    for data in files:
        samples, rate_hz = decode_wav(data)
        errors_db.append(level_dbfs(samples, active_part(samples, rate_hz=rate_hz)) - target_dbfs)
        peaks_dbfs.append(to_db(float(np.max(np.abs(samples)))))
    return errors_db, max(peaks_dbfs)
