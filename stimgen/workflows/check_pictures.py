"""Is a set of pictures still what its manifest says: hashes, and all that can be measured from the files again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from stimgen.distance.pictures import make_picture_metric
from stimgen.errors import StimgenError
from stimgen.export.inside import shown
from stimgen.export.picture_manifest import (
    PictureManifest,
    PictureStimulusRecord,
)
from stimgen.export.tables import CONTACT_SHEET_NAME, TABLE_NAME
from stimgen.media.picture import Picture
from stimgen.media.picture_decode import decode_picture
from stimgen.media.transfer import TRANSFERS, TransferName
from stimgen.workflows.check_files import (
    MISSING,
    package_problems,
    read_or_none,
    strangers_within,
    table_problems,
)
from stimgen.workflows.check_picture_ends import line_problems
from stimgen.workflows.check_picture_manifest import lines_of_pictures, picture_manifest_problems
from stimgen.workflows.check_picture_sources import PictureSourceCheck
from stimgen.workflows.check_picture_space import blend_problems
from stimgen.workflows.check_picture_terms import matched_problems, picture_metrics
from stimgen.workflows.check_stimulus import UNREADABLE, differs
from stimgen.workflows.picture_plan import PreparedPicture
from stimgen.workflows.picture_records import picture_facts
from stimgen.workflows.picture_software import hash_of
from stimgen.workflows.step_summary import summarise_steps

MEASURE_TOLERANCE = 2e-6
DISTANCE_TOLERANCE = 1e-4


def picture_set_problems(folder: Path, manifest: PictureManifest) -> Iterator[str]:
    """Say everything that is off with one set of pictures.

    Args:
        folder: The set.
        manifest: Its manifest.
    """
    yield from picture_manifest_problems(manifest)
    pictures = []
    for stimulus in manifest.stimuli:
        found = _Checked.of(folder, stimulus, manifest)
        yield from found.problems
        pictures.append(found.picture)
    sources = PictureSourceCheck(folder, manifest)
    yield from sources.problems()
    yield from matched_problems(folder, manifest, pictures)
    yield from _placed_problems(folder, manifest, sources.prepared, pictures)
    for stimuli, summary, label in lines_of_pictures(manifest):
        if not stimuli:
            continue  # that there are none was said already
        part = [pictures[manifest.stimuli.index(one)] for one in stimuli]
        yield from _step_problems(manifest, stimuli, part, summary, label)
    yield from table_problems(folder, manifest)
    implied = list(implied_picture_files(manifest))
    yield from package_problems(folder, implied)
    for within in ("stimuli", "sources"):
        yield from strangers_within(folder, within, set(implied))


def implied_picture_files(manifest: PictureManifest) -> Iterator[str]:
    """Yield the path of every file that a set must hold besides its manifest and data package."""
    for stimulus in manifest.stimuli:
        yield stimulus.file
        if stimulus.points_file is not None:
            yield stimulus.points_file
    for source in manifest.sources:
        if source.stored is not None:
            yield source.stored
        if source.points is not None and source.points.stored is not None:
            yield source.points.stored
    mask = manifest.calibration.match.mask_stored
    if mask is not None:
        yield mask
    yield from (TABLE_NAME, CONTACT_SHEET_NAME)


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """One stimulus read again.

    Args:
        picture: What its file holds, None if it cannot be read.
        problems: What is off.
    """

    picture: Picture | None
    problems: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, stimulus: PictureStimulusRecord, manifest: PictureManifest) -> "_Checked":
        """Read and measure one stimulus."""
        name, problems = shown(stimulus.file), []
        problems += list(_points_problems(folder, stimulus))
        data = read_or_none(folder, stimulus.file)
        if data is None:
            return cls(picture=None, problems=(*problems, f"{name}: {MISSING}"))
        if hash_of(data) != stimulus.sha256:
            problems.append(f"{name}: the sha256 differs from the manifest; the file was changed")
        if len(data) != stimulus.bytes:
            problems.append(f"{name}: has {len(data)} bytes, the manifest says {stimulus.bytes}")
        picture = _picture_of(data, stimulus)
        if picture is None:
            problems.append(f"{name}: cannot be read as a PNG file of 8 or 16 bits in grey or colour")
        else:
            problems += list(_measure_problems(stimulus, picture))
        return cls(picture=picture, problems=tuple(problems))


def _picture_of(data: bytes, stimulus: PictureStimulusRecord) -> Picture | None:
    """Decode a stimulus, None if it is not the kind of file that stimgen writes."""
    try:
        decoded = decode_picture(data, label=shown(stimulus.file))
    except (StimgenError, *UNREADABLE):
        return None
    plain = decoded.alpha is None and decoded.profile is None and decoded.orientation == 1
    if decoded.format != "PNG" or not plain or decoded.bit_depth not in (8, 16):
        return None
    transfer: TransferName = next((one for one in TRANSFERS if one == stimulus.gamma_assumed), "srgb")
    return Picture(
        pixels=np.asarray(decoded.samples / np.float64(np.iinfo(decoded.samples.dtype).max)),
        bit_depth=16 if decoded.bit_depth == 16 else 8,
        transfer=transfer,
    )


def _measure_problems(stimulus: PictureStimulusRecord, picture: Picture) -> Iterator[str]:
    for key, got in picture_facts(picture).items():
        said = getattr(stimulus, key)
        if isinstance(got, float) or isinstance(said, float):
            if differs(got, said, MEASURE_TOLERANCE):
                yield f"{shown(stimulus.file)}: {key} is {_number(got)}, the manifest says {_number(said)}"
        elif got != said:
            yield f"{shown(stimulus.file)}: {key} is {got}, the manifest says {shown(str(said))}"


def _points_problems(folder: Path, stimulus: PictureStimulusRecord) -> Iterator[str]:
    if (stimulus.points_file is None) != (stimulus.points_sha256 is None):
        yield f"{shown(stimulus.file)}: points_file and points_sha256 do not go together"
    if stimulus.points_file is None:
        return
    name = shown(stimulus.points_file)
    if PurePosixPath(stimulus.points_file).stem != stimulus.id:
        yield f"{name}: is not named after {shown(stimulus.id)!r}"
    data = read_or_none(folder, stimulus.points_file)
    if data is None:
        yield f"{name}: {MISSING}"
    elif hash_of(data) != stimulus.points_sha256:
        yield f"{name}: the sha256 differs from the manifest; the file was changed"


def _placed_problems(
    folder: Path,
    manifest: PictureManifest,
    sources: Sequence[PreparedPicture | None],
    pictures: Sequence[Picture | None],
) -> Iterator[str]:
    """Compare the stimuli with the pictures that went in, where those are known."""
    known = [source for source in sources if source is not None]
    if len(known) < len(sources):
        return
    if manifest.path.kind == "blend":
        yield from blend_problems(folder, manifest, known, pictures)
        return
    try:
        metric = make_picture_metric(str(manifest.calibration.metric), manifest.calibration.metric_settings)
    except UNREADABLE:
        return  # told of where steps are measured
    yield from line_problems(folder, manifest, known, pictures, metric)


def _step_problems(
    manifest: PictureManifest,
    stimuli: Sequence[PictureStimulusRecord],
    pictures: Sequence[Picture | None],
    summary: dict[str, Any],
    label: str,
) -> Iterator[str]:
    """Measure the distances between neighbours again, in every metric."""
    own = manifest.calibration.metric
    if not stimuli:
        return  # told of where they are numbered
    if own is None:
        yield "calibration.metric is null, but the set is a line"
        return
    settings = picture_metrics(manifest)
    if set(summary) != set(settings):
        yield f"{label} does not summarise {shown(', '.join(settings))} and nothing else"
        return
    for name, chosen in settings.items():
        try:
            distances = _distances(pictures, make_picture_metric(name, chosen))
        except UNREADABLE as error:
            yield f"{label}: the distances in {shown(name)} were not measured again: {shown(str(error))}"
            continue
        if name == own:
            yield from _distance_problems(stimuli, distances)
        known = [one for one in distances if one is not None]
        if known and len(known) == len(stimuli) - 1:
            yield from _summary_problems(f"{label}.{name}", summarise_steps(known), summary[name])


def _distances(pictures: Sequence[Picture | None], metric: Any) -> list[float | None]:
    features = [None if one is None else metric.features(one) for one in pictures]
    return [
        None if one is None or other is None else float(metric.distance(one, other))
        for one, other in zip(features[:-1], features[1:], strict=True)
    ]


def _distance_problems(
    stimuli: Sequence[PictureStimulusRecord], distances: Sequence[float | None]
) -> Iterator[str]:
    if stimuli[0].distance_from_previous is not None:
        yield f"{shown(stimuli[0].file)}: has a distance from a previous stimulus, and there is none"
    for stimulus, got in zip(stimuli[1:], distances, strict=True):
        said = stimulus.distance_from_previous
        if got is not None and differs(got, said, DISTANCE_TOLERANCE * max(1.0, got)):
            yield (
                f"{shown(stimulus.file)}: distance from the previous stimulus is {got:.4f}, the manifest says "
                f"{_number(said)}"
            )


def _summary_problems(label: str, got: Any, said: Any) -> Iterator[str]:
    for key in ("step_mean", "step_cv", "step_max_min"):
        one, other = getattr(got, key), getattr(said, key)
        if differs(one, other, 1e-3 * max(1.0, abs(one or 0.0))):
            yield f"{label}.{key} is {_number(other)}, the stimuli give {_number(one)}"


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.6g}"
