"""One stimulus: is its file the one of the manifest, and does it measure as the manifest says."""

import hashlib
import io
from collections.abc import Iterator

import numpy as np
import soundfile

from stimgen.calibration.level import SILENCE_DBFS
from stimgen.errors import StimgenError
from stimgen.export.encode import decode_wav
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest, StimulusRecord
from stimgen.export.measure import FileMeasures, measure_file
from stimgen.media.sound import Sound

# what two correct programs may differ by: decibels, seconds, hertz
LEVEL_TOLERANCE_DB = 0.05
TARGET_TOLERANCE_DB = 0.2
# below this level a mean is nothing but rounding
DC_TOLERANCE_DB, DC_FLOOR_DBFS = 0.1, -120.0
TOLERANCES = {
    "bytes": 0, "rate_hz": 0, "n_samples": 0, "duration_s": 1e-6, "onset_s": 1e-6, "offset_s": 1e-6,
    "level_dbfs": LEVEL_TOLERANCE_DB, "peak_dbfs": LEVEL_TOLERANCE_DB, "true_peak_dbtp": LEVEL_TOLERANCE_DB,
    "clipped_samples": 0, "bandwidth_hz": 0.1, "a_weighted_dbfs": LEVEL_TOLERANCE_DB, "lufs": LEVEL_TOLERANCE_DB,
    "max_window_dbfs": LEVEL_TOLERANCE_DB,
}  # fmt: skip
SUBTYPES = {"16": "PCM_16", "24": "PCM_24", "float32": "FLOAT"}
# what decoding and measuring raise over files and settings that stimgen would not have written
UNREADABLE = (
    StimgenError,
    soundfile.SoundFileError,
    RuntimeError,
    ValueError,
    TypeError,
    ArithmeticError,
    IndexError,
)


def sound_of(data: bytes) -> Sound | None:
    """Decode a stimulus, None if it is not the kind of file that stimgen writes: WAV, one channel, finite samples.

    Other kinds are not decoded, since a small compressed file can unpack to any size.
    """
    try:
        info = soundfile.info(io.BytesIO(data))
        if info.format != "WAV" or info.subtype not in SUBTYPES.values() or info.channels != 1:
            return None
        samples, rate_hz = decode_wav(data)
    except UNREADABLE:
        return None
    if samples.shape[0] == 0 or not bool(np.all(np.isfinite(samples))):
        return None
    return Sound(samples=samples, rate_hz=rate_hz)


def stimulus_problems(
    stimulus: StimulusRecord, manifest: Manifest, data: bytes, sound: Sound | None
) -> Iterator[str]:
    """Say in what a file differs from its row in the manifest.

    Args:
        stimulus: The row.
        manifest: The set.
        data: The bytes of the file.
        sound: What `sound_of` made of them.
    """
    name = shown(stimulus.file)
    if hashlib.sha256(data).hexdigest() != stimulus.sha256:
        yield f"{name}: the sha256 differs from the manifest; the file was changed"
    if sound is None:
        yield f"{name}: cannot be read as a WAV file of one channel in 16, 24 bit or float32 with finite samples"
        return
    info = soundfile.info(io.BytesIO(data))
    if stimulus.channels != 1:
        yield f"{name}: 1 channel, the manifest says {stimulus.channels}"
    if info.subtype != SUBTYPES.get(stimulus.bit_depth):
        yield f"{name}: format {info.subtype}, the manifest says bit depth {shown(stimulus.bit_depth)}"
    try:
        found = measure_file(data, human=manifest.calibration.species == "human", pad=pad_of(stimulus))
    except UNREADABLE as error:
        yield f"{name}: cannot be measured ({shown(str(error))})"
        return
    yield from _measure_problems(stimulus, found)
    yield from _limit_problems(stimulus, manifest, found)


def pad_of(stimulus: StimulusRecord) -> tuple[int, int]:
    """Return the silence that was added before and after a stimulus, samples, by its row in the manifest."""
    pad = round(stimulus.pad_before_s * stimulus.rate_hz), round(stimulus.pad_after_s * stimulus.rate_hz)
    return pad if min(pad) >= 0 and sum(pad) < stimulus.n_samples else (0, 0)


def dc_differs(got_dbfs: float, said_dbfs: float) -> bool:
    """Say whether two offsets, dBFS, differ by more than rounding makes.

    Examples:
        >>> dc_differs(-60.0, -63.0), dc_differs(-130.0, -200.0)
        (True, False)
    """
    if said_dbfs < SILENCE_DBFS:
        return True
    return not abs(max(got_dbfs, DC_FLOOR_DBFS) - max(said_dbfs, DC_FLOOR_DBFS)) <= DC_TOLERANCE_DB


def differs(got: float | None, said: float | None, tolerance: float) -> bool:
    """Say whether a measure is another than the one in the manifest; null is another than any number.

    Examples:
        >>> differs(1.0, 1.05, 0.1), differs(1.0, None, 0.1), differs(None, None, 0.1)
        (False, True, False)
    """
    if got is None or said is None:
        return got is not said
    return not abs(got - said) <= tolerance


def _measure_problems(stimulus: StimulusRecord, found: FileMeasures) -> Iterator[str]:
    for key, tolerance in TOLERANCES.items():
        if key not in stimulus.model_fields_set:
            continue  # an earlier stimgen did not measure it
        got, said = getattr(found, key), getattr(stimulus, key)
        if got is None or said is None:
            if got is not said:
                yield f"{shown(stimulus.file)}: {key} is {_number(got)}, the manifest says {_number(said)}"
        # so that what is no number is off as well
        elif not abs(got - said) <= tolerance:
            yield f"{shown(stimulus.file)}: {key} is {got:g}, the manifest says {said:g}"
    if found.lufs_method != stimulus.lufs_method and "lufs_method" in stimulus.model_fields_set:
        yield f"{shown(stimulus.file)}: lufs_method is not the one that was used"
    if dc_differs(found.dc_dbfs, stimulus.dc_dbfs):
        yield f"{shown(stimulus.file)}: dc_dbfs is {found.dc_dbfs:g}, the manifest says {stimulus.dc_dbfs:g}"


def _limit_problems(stimulus: StimulusRecord, manifest: Manifest, found: FileMeasures) -> Iterator[str]:
    name, calibration = shown(stimulus.file), manifest.calibration
    target, limit = calibration.target_level_dbfs, calibration.peak_limit_dbfs
    target = stimulus.target_dbfs if target is None else target
    if target is None or not abs(found.level_dbfs - target) <= TARGET_TOLERANCE_DB:
        yield f"{name}: level {found.level_dbfs:.2f} dBFS is not its target of {_number(target)} dBFS"
    true_limit = calibration.peak_limit_dbtp
    if true_limit is not None and not found.true_peak_dbtp <= true_limit + LEVEL_TOLERANCE_DB:
        yield f"{name}: true peak {found.true_peak_dbtp:.2f} dBTP is above the limit of {true_limit:.2f} dBTP"
    if not found.peak_dbfs <= limit + LEVEL_TOLERANCE_DB:
        yield f"{name}: peak {found.peak_dbfs:.2f} dBFS is above the limit of {limit:.2f} dBFS"
    if found.clipped_samples:
        yield f"{name}: {found.clipped_samples} clipped samples"


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.2f}"
