"""Are the settings of a set's spaces their own, and does an average lie on its pictures as its manifest says."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from stimgen.export.inside import path_inside, shown
from stimgen.export.picture_manifest import PictureManifest, PictureSpaceRecord, PictureStimulusRecord
from stimgen.media.landmarks_read import read_landmarks
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import to_encoded
from stimgen.spaces.picture_base import PictureSpace
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.workflows.check_stimulus import UNREADABLE
from stimgen.workflows.check_values import is_same, reason_of
from stimgen.workflows.picture_plan import PreparedPicture
from stimgen.workflows.picture_records import plain

POINTS_TOLERANCE_PX = 1e-4
# twice the error of 16 bits, and what a steep start of the curve makes of it
ROUNDED = 3e-4
BLEND_MOTION = "weighted mean of aligned landmarks"


def space_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say which settings of the spaces of a set are none that they have.

    Args:
        manifest: The manifest.
    """
    control = None if manifest.control is None else manifest.control.space
    if not is_of_this_stimgen(manifest):
        return  # another one may call things otherwise
    for name, record in (("space", manifest.space), ("control.space", control)):
        if record is None:
            continue
        try:
            space = made_again(record)
        except (KeyError, *UNREADABLE) as error:
            yield f"{name}.settings are none of {shown(record.name)} ({reason_of(error)})"
            continue
        if space is None:
            continue
        wanted = dict(space.settings())
        if manifest.path.kind == "blend" and record.name == "points":
            wanted["motion"] = BLEND_MOTION
        if record.name == "crossfade" and (manifest.path.kind == "blend" or record is control):
            wanted = dict(PictureCrossfadeSpace().settings())
        if not is_same(plain(wanted), record.settings):
            yield f"{name}.settings are not those of {shown(record.name)}"
        if record.model_sha256 is not None:
            yield f"{name}.model_sha256 is given, but {shown(record.name)} has no model"


def is_of_this_stimgen(manifest: PictureManifest) -> bool:
    """Say whether a set was made by the stimgen that checks it."""
    return manifest.stimgen.get("stimgen") == metadata.version("stimgen")


def made_again(record: PictureSpaceRecord) -> PictureSpace | None:
    """Return the space that a record names, None if it is not one of stimgen's own.

    Raises:
        StimgenError: If the settings are none of it, as KeyError and TypeError say as well.
    """
    chosen = record.settings
    if record.name == "crossfade":
        return PictureCrossfadeSpace(blend=chosen["blend"])
    if record.name == "points":
        from stimgen.spaces.points import PointsSettings, PointsSpace
        from stimgen.spaces.points_align import parse_align

        return PointsSpace(
            chosen=PointsSettings(align=parse_align(str(chosen["align"])), outside=chosen["outside"])
        )
    if record.name == "transport-2d":
        from stimgen.spaces.transport2d import Transport2dSpace

        own = Transport2dSpace.__dataclass_fields__
        return Transport2dSpace(**{key: chosen[key] for key in own})
    return None


def blend_problems(
    folder: Path,
    manifest: PictureManifest,
    sources: Sequence[PreparedPicture],
    pictures: Sequence[Picture | None],
) -> Iterator[str]:
    """Lay the pictures of a blend over each other again and compare what is found with the manifest.

    Args:
        folder: The set.
        manifest: Its manifest.
        sources: The pictures that went in, as they were shaped.
        pictures: The average, None where it could not be read.
    """
    record, weights = manifest.space, [source.weight or 0.0 for source in manifest.sources]
    if record is None or not is_of_this_stimgen(manifest) or not manifest.stimuli or not sources:
        return
    mean = None
    try:
        space = made_again(record)
        if record.name == "points" and space is not None:
            from stimgen.spaces.shape_texture import MeanShape

            chosen = getattr(space, "chosen", None)
            mean = MeanShape.of([one.picture for one in sources], weights=weights, settings=chosen)
    except (KeyError, *UNREADABLE) as error:
        yield f"the average was not compared with the pictures that went in: {reason_of(error)}"
        return
    stimulus = manifest.stimuli[0]
    if mean is None:
        if stimulus.n_folds is not None or set(record.facts) - {"weights_given_sum"}:
            yield "space.facts and n_folds are of landmarks, which the space does not use"
        yield from points_problems(folder, manifest, (None, None))
        if record.name == "crossfade":
            light = sum(weight * one.picture.light for weight, one in zip(weights, sources, strict=True))
            wanted = to_encoded(np.asarray(light), sources[0].picture.transfer)
            yield from rendered_problems(manifest, stimulus, pictures[0], wanted)
        return
    folds = [mean.n_folds(index) for index, weight in enumerate(weights) if weight != 0.0]
    facts = {"alignment": mean.frame.facts(), "n_points": mean.points.n_points}
    facts |= {"n_folds": sum(folds), "most_folds": max(folds, default=0)}
    yield from facts_problems("space.facts", facts, record.facts)
    if stimulus.n_folds != sum(folds):
        yield f"{shown(stimulus.file)}: n_folds is {stimulus.n_folds}, it should be {sum(folds)}"
    found = None if stimulus.points_file is None else _read_points(folder, stimulus.points_file)
    if found is None or not _are_near(found, mean.points.xy):
        yield f"{shown(stimulus.file)}: its landmarks are not those of the mean shape"


def facts_problems(name: str, got: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    """Say which facts of a space are not those that are found again.

    Args:
        name: Where they stand in the manifest.
        got: What was found.
        said: What the manifest says.
    """
    for key, value in plain(got).items():
        if key not in said or not is_same(value, said[key]):
            yield f"{name}.{key} is not what the pictures that went in give"


def rendered_problems(
    manifest: PictureManifest, stimulus: PictureStimulusRecord, picture: Picture | None, wanted: FloatArray
) -> Iterator[str]:
    """Say whether a stimulus whose light was not matched is another than the one that was made again.

    Args:
        manifest: The manifest.
        stimulus: Its row.
        picture: What its file holds, None where it could not be read.
        wanted: What it should be, encoded values.
    """
    if picture is None or manifest.calibration.match.match != "none":
        return
    step = 1.0 / (2**picture.bit_depth - 1)
    # what was made in memory is stored in 16 bits, and a value of 8 can be rounded otherwise
    is_same_size = picture.pixels.shape == wanted.shape
    if not is_same_size or np.abs(picture.pixels - np.clip(wanted, 0.0, 1.0)).max() > 0.75 * step + ROUNDED:
        yield f"{shown(stimulus.file)}: is not the blend that its position or weights and settings give"


def points_problems(
    folder: Path, manifest: PictureManifest, shapes: Sequence[FloatArray | None]
) -> Iterator[str]:
    """Say which steps do not have their landmarks where their position puts them."""
    first, last = shapes
    gives_points = manifest.space is not None and manifest.space.name == "points"
    for stimulus in manifest.stimuli:
        position, name = stimulus.position, shown(stimulus.file)
        if (stimulus.kind != "control" and gives_points) != (stimulus.points_file is not None):
            yield f"{name}: points_file is {shown(str(stimulus.points_file))}, which its space does not give"
        if stimulus.points_file is None or position is None or first is None or last is None:
            continue
        found = _read_points(folder, stimulus.points_file)
        wanted = (1.0 - position) * first + position * last
        if found is None or not _are_near(found, wanted):
            yield f"{shown(stimulus.points_file)}: its landmarks are not those of position {position:g}"


def _read_points(folder: Path, name: str) -> FloatArray | None:
    try:
        return read_landmarks(path_inside(folder, name)).xy
    except (OSError, *UNREADABLE):
        return None


def _are_near(found: FloatArray, wanted: FloatArray) -> bool:
    return found.shape == wanted.shape and bool(np.abs(found - wanted).max() <= POINTS_TOLERANCE_PX)
