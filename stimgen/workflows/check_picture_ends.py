"""Do the steps of a line stand to the two pictures that went in as its manifest says."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stimgen.calibration.round_picture import round_picture
from stimgen.distance.base import PictureMetric
from stimgen.export.inside import shown
from stimgen.export.picture_manifest import PictureManifest, PictureStimulusRecord
from stimgen.media.picture import Picture
from stimgen.spaces.picture_base import PictureBetween
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.workflows.check_picture_space import (
    facts_problems,
    is_of_this_stimgen,
    made_again,
    points_problems,
    rendered_problems,
)
from stimgen.workflows.check_stimulus import UNREADABLE, differs
from stimgen.workflows.check_values import reason_of
from stimgen.workflows.picture_plan import PreparedPicture
from stimgen.workflows.picture_quality import PicturePairQuality

# of the metric, as a share above 1: a picture that was made in memory is stored in 16 bits, and rounds otherwise
QUALITY_TOLERANCE = 5e-3
FARTHEST = (-1.0, 2.0)
QUALITIES = ("distance_to_a", "distance_to_b", "two_source_index")


def line_problems(
    folder: Path,
    manifest: PictureManifest,
    sources: Sequence[PreparedPicture],
    pictures: Sequence[Picture | None],
    metric: PictureMetric,
) -> Iterator[str]:
    """Place the two pictures of a line again and compare the stimuli with them.

    Args:
        folder: The set.
        manifest: Its manifest.
        sources: The pictures that went in, as they were shaped.
        pictures: The stimuli, None where one could not be read.
        metric: The distance of the set.
    """
    record = manifest.space
    if record is None or not is_of_this_stimgen(manifest) or len(sources) != 2:
        return
    if not all(
        one.position is not None and FARTHEST[0] <= one.position <= FARTHEST[1] for one in manifest.stimuli
    ):
        yield f"a stimulus has no position from {FARTHEST[0]:g} to {FARTHEST[1]:g}; the stimuli were not compared"
        return
    a, b = sources
    try:
        space = made_again(record)
        if space is None:
            return
        # drawings stay where they are, and finding which point goes where takes long
        is_slow = record.name == "transport-2d"
        between = (PictureCrossfadeSpace() if is_slow else space).between(
            a.picture, b.picture, seed=manifest.seed
        )
        ends = between.ends
        rounded = [round_picture(end, bit_depth=16 if _depth(manifest) == 16 else 8) for end in ends]
        quality = PicturePairQuality(rounded[0], rounded[1], metric=metric)
    except (KeyError, *UNREADABLE) as error:
        yield f"the stimuli were not compared with the pictures that went in: {reason_of(error)}"
        return
    if not is_slow:
        yield from facts_problems("space.facts", between.facts, record.facts)
    for stimulus, picture in zip(manifest.stimuli, pictures, strict=True):
        if picture is not None and picture.pixels.shape != ends[0].pixels.shape:
            yield f"{shown(stimulus.file)}: has not the size or colours of the pictures once they are placed"
        elif picture is not None:
            yield from _quality_problems(stimulus, picture, quality)
    if not is_slow:
        shapes = [None if end.points is None else end.points.xy for end in ends]
        yield from points_problems(folder, manifest, shapes)
        yield from _fold_problems(manifest, between)
        yield from _source_problems(manifest, between)
    if record.name == "crossfade":
        for stimulus, picture in zip(manifest.stimuli, pictures, strict=True):
            if stimulus.position is not None:
                wanted = between(stimulus.position).pixels
                yield from rendered_problems(manifest, stimulus, picture, wanted)
    yield from _end_problems(manifest, (a, b), between, pictures)


def _depth(manifest: PictureManifest) -> int:
    return manifest.calibration.bit_depth


def _quality_problems(
    stimulus: PictureStimulusRecord, picture: Picture, quality: PicturePairQuality
) -> Iterator[str]:
    found = quality.measure(picture)
    for key in QUALITIES:
        got, said = getattr(found, key), getattr(stimulus, key)
        if differs(got, said, QUALITY_TOLERANCE * max(1.0, abs(got or 0.0))):
            yield f"{shown(stimulus.file)}: {key} is {_number(got)}, the manifest says {_number(said)}"


def _fold_problems(manifest: PictureManifest, between: Any) -> Iterator[str]:
    path = getattr(between, "path", None)
    for stimulus in manifest.stimuli:
        wanted = None
        if path is not None and stimulus.kind != "control" and stimulus.position is not None:
            wanted = path.n_turned(stimulus.position)
        if stimulus.n_folds != wanted:
            yield f"{shown(stimulus.file)}: n_folds is {stimulus.n_folds}, it should be {wanted}"


def _end_problems(
    manifest: PictureManifest,
    sources: tuple[PreparedPicture, PreparedPicture],
    between: PictureBetween,
    pictures: Sequence[Picture | None],
) -> Iterator[str]:
    """Say which ends are called the values of their file and are not, or are and are not called so."""
    ends, frame = between.ends, getattr(between, "frame", None)
    repeats_edges = frame is not None and any(frame.outside_share)
    for stimulus, picture in zip(manifest.stimuli, pictures, strict=True):
        if stimulus.position not in (0.0, 1.0) or picture is None:
            continue
        name, source = shown(stimulus.file), sources[int(stimulus.position)]
        found = np.array_equal(picture.pixels, ends[int(stimulus.position)].pixels) and not (
            repeats_edges or _was_changed(source)
        )
        is_original, depth = stimulus.endpoint_source == "original", source.original.bit_depth
        if stimulus.bit_identical and not (found and is_original and depth >= _depth(manifest)):
            yield f"{name}: bit_identical is true, but its values are not those of the picture that went in"
        # what is stored in 16 bits may have been a picture in memory of 8
        if stimulus.bit_identical is False and found and is_original and depth == _depth(manifest) == 8:
            yield f"{name}: bit_identical is false, but its values are those of the picture that went in"


def _source_problems(manifest: PictureManifest, between: Any) -> Iterator[str]:
    """Say which ends were not made as the manifest says."""
    frame = getattr(between, "frame", None)
    for stimulus in manifest.stimuli:
        if stimulus.position in (0.0, 1.0):
            keeps = frame is None or frame.similarities[int(stimulus.position)].keeps_pixels
            wanted = "original" if keeps else "resynth"
            if stimulus.endpoint_source != wanted:
                yield f"{shown(stimulus.file)}: endpoint_source is {stimulus.endpoint_source}, it should be {wanted}"


def _was_changed(source: PreparedPicture) -> bool:
    facts, shape = source.original.facts, source.shape
    is_mixed = facts is not None and (facts.icc_converted or facts.background is not None)
    return is_mixed or source.became_rgb or shape.filter is not None or any(shape.pad_px)


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.6g}"
