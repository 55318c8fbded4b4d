"""Files that have the level they are meant to have, as measured from their bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.calibration.targets import LevelPlan, lowering_db, natural_levels, tenths_above
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.errors import SoundError
from stimgen.export.encode import BitDepth, decode_wav, peak_margin, wav_bytes
from stimgen.export.measure import without_pad
from stimgen.media.sound import FloatArray
from stimgen.seeding import child_rng

# rounding and dither can move a frame across the border of the active part; a few corrections settle that
MAX_CORRECTIONS = 6
LEVEL_TOLERANCE_DB = 0.005


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """How sounds are written.

    Args:
        rate_hz: Sampling rate, Hz.
        bit_depth: "16", "24" or "float32".
        pad: Silence before and after, samples.
        seed: Seed of the dither, which is the same for every stimulus, so that neighbours differ by the morph
            and not by chance.
    """

    rate_hz: int
    bit_depth: BitDepth
    pad: tuple[int, int] = (0, 0)
    seed: int = 0


def write_at_level(
    ramped: Sequence[FloatArray],
    wanted_dbfs: Sequence[float],
    *,
    file_format: FileFormat,
    peak_limit_dbtp: float,
    lowered_db: float = 0.0,
    as_they_are: Sequence[bool] = (),
) -> tuple[LevelPlan, list[bytes]]:
    """Encode stimuli so that each finished file has its level and no true peak passes the limit.

    Gains are first taken from the samples, then corrected by what the encoded files turn out to have. Where a
    frame lies so close to the border of the active part that each correction moves it across again, the
    better of the two levels stays (less than the weight of that frame off, which `check` tolerates).

    Args:
        ramped: The stimuli after their ramps, each of shape (n_samples,).
        wanted_dbfs: Wanted level of the active part of each, dBFS.
        file_format: How they are written.
        peak_limit_dbtp: Highest true peak allowed, dBTP.
        lowered_db: By how much all are brought down at least, dB, for the sake of stimuli elsewhere.
        as_they_are: Which stimuli have their wanted level and lie on the steps of the bit depth already: they get no
            gain and no dither, unless the whole set has to come down. Empty for none.

    Returns:
        The plan as carried out, and the bytes of each file.

    Raises:
        SoundError: If a stimulus is silent.
    """
    levels = natural_levels(ramped, rate_hz=file_format.rate_hz)
    margin = peak_margin(file_format.bit_depth)
    needed_db = lowering_db(ramped, levels, wanted_dbfs, peak_limit_dbtp=peak_limit_dbtp, margin=margin)
    lowered_db = max(lowered_db, needed_db)
    targets = tuple(wanted - lowered_db for wanted in wanted_dbfs)
    gains = tuple(target - level for target, level in zip(targets, levels, strict=True))
    as_they_are = as_they_are or (False,) * len(ramped)
    plan = _left_alone(LevelPlan(lowered_db=lowered_db, targets_dbfs=targets, gains_db=gains), as_they_are)
    best_db = math.inf
    for _ in range(MAX_CORRECTIONS):
        files = _encode(ramped, plan, file_format, as_they_are)
        errors_db, highest_dbtp = _measure(files, plan.targets_dbfs, pad=file_format.pad)
        excess_db = tenths_above(highest_dbtp - peak_limit_dbtp)
        worst_db = max(abs(error) for error in errors_db)
        if excess_db <= 0.0 and worst_db < best_db:
            best_db, best = worst_db, (plan, files)
        if best_db <= LEVEL_TOLERANCE_DB:
            break
        # a corrected gain may lift a peak over the limit: then the whole set comes down by tenths of a decibel
        plan = _left_alone(_corrected(plan, errors_db, excess_db), as_they_are)
    if math.isinf(best_db):
        raise SoundError(
            f"the true peaks do not come under {peak_limit_dbtp:g} dBTP at {plan.targets_dbfs[0]:g} dBFS; "
            "use a lower --level"
        )
    return best


def _corrected(plan: LevelPlan, errors_db: Sequence[float], excess_db: float) -> LevelPlan:
    return replace(
        plan,
        lowered_db=round(plan.lowered_db + excess_db, 10),
        targets_dbfs=tuple(round(target - excess_db, 10) for target in plan.targets_dbfs),
        gains_db=tuple(
            gain - error - excess_db for gain, error in zip(plan.gains_db, errors_db, strict=True)
        ),
    )


def _left_alone(plan: LevelPlan, as_they_are: Sequence[bool]) -> LevelPlan:
    """Take the gains of what is written as it is back to exactly 0, if the set keeps its level."""
    if plan.lowered_db > 0.0:
        return plan
    gains = zip(plan.gains_db, as_they_are, strict=True)
    return replace(plan, gains_db=tuple(0.0 if is_left else gain_db for gain_db, is_left in gains))


def _encode(
    ramped: Sequence[FloatArray], plan: LevelPlan, file_format: FileFormat, as_they_are: Sequence[bool]
) -> list[bytes]:
    return [
        wav_bytes(
            samples * 10 ** (gain_db / 20),
            rate_hz=file_format.rate_hz,
            bit_depth=file_format.bit_depth,
            rng=None if is_left and plan.lowered_db == 0.0 else child_rng(file_format.seed, "dither"),
            pad=file_format.pad,
        )
        for samples, gain_db, is_left in zip(ramped, plan.gains_db, as_they_are, strict=True)
    ]


def _measure(
    files: Sequence[bytes], targets_dbfs: Sequence[float], *, pad: tuple[int, int]
) -> tuple[list[float], float]:
    """Return by how much each file is too loud, dB, and the highest true peak, dBTP."""
    errors_db, peaks_dbtp = [], []
    for data, target_dbfs in zip(files, targets_dbfs, strict=True):
        samples, rate_hz = decode_wav(data)
        sound = without_pad(samples, pad)
        errors_db.append(level_dbfs(sound, active_part(sound, rate_hz=rate_hz)) - target_dbfs)
        peaks_dbtp.append(true_peak_dbtp(samples))
    return errors_db, max(peaks_dbtp)
