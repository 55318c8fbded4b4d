"""Is a set still what its manifest says: hashes, and everything that can be measured from the files again."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import soundfile

from stimgen.distance import Metric, make_metric
from stimgen.errors import SettingError, StimgenError
from stimgen.export.encode import decode_wav
from stimgen.export.manifest import Manifest, StimulusRecord, read_manifest
from stimgen.export.measure import measure_file
from stimgen.export.tables import DATAPACKAGE_NAME, TABLE_NAME, stimuli_csv
from stimgen.media.sound import Sound

# what two correct programs may differ by: decibels, seconds, hertz
LEVEL_TOLERANCE_DB = 0.05
TARGET_TOLERANCE_DB = 0.2
DISTANCE_TOLERANCE = 0.02
TOLERANCES = {
    "rate_hz": 0, "n_samples": 0, "duration_s": 1e-6, "onset_s": 1e-6, "offset_s": 1e-6,
    "level_dbfs": LEVEL_TOLERANCE_DB, "peak_dbfs": LEVEL_TOLERANCE_DB, "true_peak_dbtp": LEVEL_TOLERANCE_DB,
    "clipped_samples": 0, "bandwidth_hz": 1.0,
}  # fmt: skip
SUBTYPES = {"16": "PCM_16", "24": "PCM_24", "float32": "FLOAT"}


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What `check` found.

    Args:
        folder: The set.
        n_stimuli: Stimuli that the manifest lists.
        problems: One sentence per thing that is off; empty if all is well.
    """

    folder: Path
    n_stimuli: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is off."""
        return not self.problems


def check(folder: str | Path) -> CheckReport:
    """Hash and measure the files of a set again and compare them with its manifest.

    Files that were added to the set later do not matter, except beside the stimuli.

    Args:
        folder: The set.

    Raises:
        ManifestError: If there is no readable manifest.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    files: dict[str, bytes] = {}
    problems = [
        *_list_problems(manifest),
        *_file_problems(place, manifest, files),
        *_distance_problems(place, manifest, files),
        *_table_problems(place, manifest),
        *_package_problems(place),
        *_strangers(place, manifest),
    ]
    return CheckReport(folder=place, n_stimuli=len(manifest.stimuli), problems=tuple(dict.fromkeys(problems)))


def _list_problems(manifest: Manifest) -> Iterator[str]:
    if not manifest.stimuli:
        yield "the manifest lists no stimuli"
    if [stimulus.index for stimulus in manifest.stimuli] != list(range(len(manifest.stimuli))):
        yield "the manifest does not number the stimuli 0, 1, 2, ..."
    for name in ("id", "file"):
        values = [getattr(stimulus, name) for stimulus in manifest.stimuli]
        if len(set(values)) < len(values):
            yield f"the manifest lists two stimuli of one {name}"


def _file_problems(folder: Path, manifest: Manifest, files: dict[str, bytes]) -> Iterator[str]:
    for stimulus in manifest.stimuli:
        data = _read_inside(folder, stimulus.file)
        if data is None:
            yield f"{stimulus.file}: missing or unreadable"
            continue
        files[stimulus.file] = data
        if hashlib.sha256(data).hexdigest() != stimulus.sha256:
            yield f"{stimulus.file}: the sha256 differs from the manifest; the file was changed"
        yield from _measure_problems(stimulus, manifest, data)
    for source in manifest.sources:
        if source.stored is None:
            continue
        data = _read_inside(folder, source.stored)
        if data is None:
            yield f"{source.stored}: missing or unreadable"
        elif hashlib.sha256(data).hexdigest() != source.sha256:
            yield f"{source.stored}: the sha256 differs from the manifest; the file was changed"


def _measure_problems(stimulus: StimulusRecord, manifest: Manifest, data: bytes) -> Iterator[str]:
    try:
        info = soundfile.info(io.BytesIO(data))
        found = measure_file(data)
    except (soundfile.SoundFileError, RuntimeError, StimgenError, ValueError) as error:
        yield f"{stimulus.file}: cannot be read as sound ({error})"
        return
    if info.channels != stimulus.channels:
        yield f"{stimulus.file}: {info.channels} channels, the manifest says {stimulus.channels}"
    if info.subtype != SUBTYPES.get(stimulus.bit_depth):
        yield f"{stimulus.file}: format {info.subtype}, the manifest says bit depth {stimulus.bit_depth}"
    for name, tolerance in TOLERANCES.items():
        got, said = getattr(found, name), getattr(stimulus, name)
        if abs(got - said) > tolerance:
            yield f"{stimulus.file}: {name} is {got:g}, the manifest says {said:g}"
    target = manifest.calibration.target_level_dbfs
    if abs(found.level_dbfs - target) > TARGET_TOLERANCE_DB:
        yield f"{stimulus.file}: level {found.level_dbfs:.2f} dBFS is not the set's target of {target:.2f} dBFS"
    if found.peak_dbfs > manifest.calibration.peak_limit_dbfs + LEVEL_TOLERANCE_DB:
        yield (
            f"{stimulus.file}: peak {found.peak_dbfs:.2f} dBFS is above the limit of "
            f"{manifest.calibration.peak_limit_dbfs:.2f} dBFS"
        )
    if found.clipped_samples:
        yield f"{stimulus.file}: {found.clipped_samples} clipped samples"


def _distance_problems(folder: Path, manifest: Manifest, files: dict[str, bytes]) -> Iterator[str]:
    calibration = manifest.calibration
    try:
        metric = make_metric(calibration.metric, calibration.metric_settings)
    except SettingError as error:
        yield f"step distances were not checked: {error}"
        return
    previous: Any = None
    for stimulus in manifest.stimuli:
        features = _features(metric, files.get(stimulus.file))
        if previous is not None and features is not None:
            got = metric.distance(previous, features)
            said = stimulus.distance_from_previous
            if said is None or abs(got - said) > DISTANCE_TOLERANCE:
                yield (
                    f"{stimulus.file}: distance from the previous stimulus is {got:.3f} {metric.unit}, "
                    f"the manifest says {'nothing' if said is None else f'{said:.3f}'}"
                )
        previous = features


def _table_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    data = _read_inside(folder, TABLE_NAME)
    if data is None:
        yield f"{TABLE_NAME}: missing or unreadable"
    elif data != stimuli_csv(manifest).encode("utf-8"):
        yield f"{TABLE_NAME}: does not say what the manifest says"


def _package_problems(folder: Path) -> Iterator[str]:
    data = _read_inside(folder, DATAPACKAGE_NAME)
    if data is None:
        yield f"{DATAPACKAGE_NAME}: missing or unreadable"
        return
    try:
        listed = [(str(item["path"]), str(item["hash"])) for item in json.loads(data)["resources"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield f"{DATAPACKAGE_NAME}: is not a data package that can be read"
        return
    for path, said in listed:
        content = _read_inside(folder, path)
        if content is None:
            yield f"{path}: missing or unreadable"
        elif "sha256:" + hashlib.sha256(content).hexdigest() != said:
            yield f"{path}: the sha256 differs from {DATAPACKAGE_NAME}; the file was changed"


def _strangers(folder: Path, manifest: Manifest) -> Iterator[str]:
    listed = {stimulus.file for stimulus in manifest.stimuli}
    for path in sorted((folder / "stimuli").glob("*")):
        if f"stimuli/{path.name}" not in listed and not path.name.startswith("."):
            yield f"stimuli/{path.name}: not in the manifest"


def _features(metric: Metric, data: bytes | None) -> Any:
    if data is None:
        return None
    try:
        samples, rate_hz = decode_wav(data)
        return metric.features(Sound(samples=samples, rate_hz=rate_hz))
    except (soundfile.SoundFileError, RuntimeError, StimgenError, ValueError):
        return None


def _read_inside(folder: Path, name: str) -> bytes | None:
    """Return the bytes of a file of the set, None if it is not there or the name leads out of the set."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        return None
    try:
        return (folder / path).read_bytes()
    except (OSError, ValueError):
        return None
