"""What pictures went into a set, and what was done to them, as records and as files to store."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Literal

import numpy as np

from stimgen.calibration.luminance_measure import LuminanceFacts
from stimgen.export.picture_manifest import (
    PictureHealthRecord,
    PictureSourceRecord,
    PointsFileRecord,
)
from stimgen.export.png import png_bytes, round_values
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import landmarks_of, write_landmarks
from stimgen.media.picture import Picture, PictureFacts
from stimgen.media.picture_read import picture_of
from stimgen.workflows.picture_plan import PreparedPicture

Role = Literal["a", "b", "item"]


def picture_source_records(
    roles: Sequence[Role],
    items: Sequence[PreparedPicture],
    names: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
) -> tuple[list[PictureSourceRecord], dict[str, bytes]]:
    """Describe pictures and return the files to store; what is the same file is stored once.

    Args:
        roles: What each is in the set.
        items: The pictures.
        names: Their slugs.
        weights: Of each in a blend; None for a line.
    """
    records: list[PictureSourceRecord] = []
    stored: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for index, (role, item, name) in enumerate(zip(roles, items, names, strict=True)):
        weight = None if weights is None else float(weights[index])
        record, own = _source_record(role, item, name, weight=weight)
        places = {}
        for place, data in own.items():
            places[place] = stored.setdefault(f"{hashlib.sha256(data).hexdigest()}", place)
            files[places[place]] = data
        points = record.points
        if points is not None:
            points = points.model_copy(update={"stored": places[str(points.stored)]})
        records.append(record.model_copy(update={"stored": places[str(record.stored)], "points": points}))
    return records, files


def _source_record(
    role: Role, prepared: PreparedPicture, name: str, *, weight: float | None
) -> tuple[PictureSourceRecord, dict[str, bytes]]:
    picture = prepared.original
    facts = picture.facts if _is_as_read(picture) else None
    data, facts = _file_of(picture, facts, name)
    stored = f"sources/{name}{safe_suffix(facts.file, facts.format)}"
    files = {stored: data}
    points = None
    if picture.points is not None:
        points, points_data = _points_record(picture.points, name)
        files[str(points.stored)] = points_data
    return (
        PictureSourceRecord(
            role=role,
            file=facts.file,
            stored=stored,
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            format=facts.format,
            mode=facts.mode,
            bit_depth=facts.bit_depth,
            width_px=facts.width_px,
            height_px=facts.height_px,
            orientation=facts.orientation,
            icc_profile=facts.icc_profile,
            icc_converted=facts.icc_converted,
            icc_clipped=facts.icc_n_clipped,
            background=None if facts.background is None else list(facts.background),
            shape=_shape(prepared),
            mode_made="rgb" if prepared.became_rgb else None,
            points=points,
            weight=weight,
            health=health_record(prepared.health),
        ),
        files,
    )


def health_record(found: LuminanceFacts) -> PictureHealthRecord:
    """Write the light of a picture down."""
    return PictureHealthRecord(
        mean_luminance=round(found.mean_luminance, 6),
        rms_contrast=round(found.rms_contrast, 6),
        min_luminance=round(found.darkest, 6),
        max_luminance=round(found.brightest, 6),
        share_black=round(found.share_black, 6),
        share_white=round(found.share_white, 6),
    )


def _shape(prepared: PreparedPicture) -> dict[str, object]:
    """Return how a picture was shaped as JSON values."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(prepared.shape).items()
    }


def _points_record(points: Landmarks, name: str) -> tuple[PointsFileRecord, bytes]:
    suffix, data = points.path.suffix.lower() if points.path is not None else ".tem", points.raw
    if data is None or not _are_as_read(points):
        # only tables keep names, by which points may have been chosen
        suffix = ".csv" if points.names and suffix != ".tsv" else suffix
        data = write_landmarks(points, like=suffix)
    file = points.path.name if points.path is not None else f"{name}{suffix}"
    record = PointsFileRecord(
        file=file,
        stored=f"sources/{name}{suffix}",
        sha256=hashlib.sha256(data).hexdigest(),
        n_points=points.n_points,
    )
    return record, data


def _are_as_read(points: Landmarks) -> bool:
    """Whether the bytes of their file, read again, are the places and names that landmarks have."""
    if points.raw is None or points.path is None:
        return False
    again = landmarks_of(points.raw, path=points.path)
    return again.names == points.names and bool(np.array_equal(again.xy, points.xy))


def _file_of(picture: Picture, facts: PictureFacts | None, name: str) -> tuple[bytes, PictureFacts]:
    """Return the bytes of a picture's file; one that was made in memory becomes a PNG of 16 bits."""
    if facts is not None and facts.raw is not None:
        return facts.raw, facts
    data = png_bytes(round_values(np.clip(picture.pixels, 0.0, 1.0), 16))
    made = PictureFacts(
        file=f"{name}.png",
        sha256=hashlib.sha256(data).hexdigest(),
        n_bytes=len(data),
        format="PNG",
        mode=picture.mode,
        bit_depth=16,
        width_px=picture.width_px,
        height_px=picture.height_px,
    )
    return data, made


def _is_as_read(picture: Picture) -> bool:
    """Whether the bytes of its file, decoded again, are the pixels that a picture has."""
    facts = picture.facts
    if facts is None or facts.raw is None or picture.path is None:
        return False
    again = picture_of(facts.raw, path=picture.path, background=facts.background)
    return again.pixels.shape == picture.pixels.shape and bool(np.array_equal(again.pixels, picture.pixels))


def safe_suffix(file: str, file_format: str) -> str:
    """Return the suffix of a stored picture: that of its file, or of its format where the file has none."""
    suffix = "".join(c for c in PurePosixPath(file).suffix.lower() if c.isascii() and c.isalnum())[:8]
    return "." + (suffix or file_format.lower() or "bin")
