"""The pictures that went into a set: are they the ones of the manifest, and were they shaped as it says."""

from collections.abc import Generator, Iterator
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.export.inside import path_inside, shown
from stimgen.export.picture_manifest import PictureManifest, PictureSourceRecord
from stimgen.media.landmarks_read import read_landmarks, with_landmarks
from stimgen.media.picture import BitDepth, Picture
from stimgen.media.picture_decode import decode_picture
from stimgen.media.picture_read import picture_of
from stimgen.media.picture_shape import Crop, PictureShape, shape_picture
from stimgen.media.transfer import TRANSFERS
from stimgen.workflows.check_files import MISSING, read_or_none
from stimgen.workflows.check_stimulus import UNREADABLE, differs
from stimgen.workflows.check_values import is_same, reason_of
from stimgen.workflows.picture_plan import PreparedPicture
from stimgen.workflows.picture_software import hash_of
from stimgen.workflows.picture_sources import health_record

HEALTH_TOLERANCE, ROUNDED_TOLERANCE = 2e-6, 4e-5
# a picture that was made in memory is stored in 16 bits, whatever it had
DEPTHS: dict[int, tuple[BitDepth, ...]] = {8: (8,), 16: (16, 8)}
# sentences, and at the end what becomes of a picture, None if that is unknown
Found = Generator[str, None, PreparedPicture | None]


class PictureSourceCheck:
    """Reads the pictures and landmark files of a set again.

    Args:
        folder: The set.
        manifest: Its manifest. Where pictures were left out of the set, nothing is compared.
    """

    def __init__(self, folder: Path, manifest: PictureManifest) -> None:
        self._folder, self._manifest = folder, manifest
        self.prepared: list[PreparedPicture | None] = []

    def problems(self) -> Iterator[str]:
        """Compare the pictures with the manifest, and keep in `prepared` what becomes of each, None if unknown."""
        self.prepared.clear()
        for source in self._manifest.sources:
            yield from self._named_problems(source)
            found = None
            if source.stored is not None:
                yield from self._file_problems(source.stored, source.sha256, source.bytes)
            if source.points is not None and source.points.stored is not None:
                yield from self._file_problems(source.points.stored, source.points.sha256, None)
            if source.stored is not None:
                found = yield from self._read(source, source.stored)
            self.prepared.append(found)
        yield from self._mode_problems()

    def _named_problems(self, source: PictureSourceRecord) -> Iterator[str]:
        role = f"picture {source.role}"
        if "/" in source.file:
            yield f"{role}: file {shown(source.file)!r} is a path, not the name of a file"
        if source.health is None:
            yield f"{role}: health is null"
        points, is_line = source.points, self._manifest.path.kind == "line"
        if points is not None and (points.stored is None) != (source.stored is None):
            yield f"{role}: of the picture and its landmarks only one is stored"
        if is_line and source.weight is not None:
            yield f"{role}: weight is {source.weight:g}, but the set is a line"
        stimuli = self._manifest.stimuli
        names = {stimuli[0].source_a, stimuli[0].source_b} if is_line and stimuli else None
        for stored in (source.stored, points.stored if points else None):
            if names is not None and stored is not None and PurePosixPath(stored).stem not in names:
                yield f"{shown(stored)}: is stored as picture {source.role}, which the stimuli call otherwise"

    def _file_problems(self, stored: str, sha256: str, n_bytes: int | None) -> Iterator[str]:
        data = read_or_none(self._folder, stored)
        if data is None:
            yield f"{shown(stored)}: {MISSING}"
            return
        if hash_of(data) != sha256:
            yield f"{shown(stored)}: the sha256 differs from the manifest; the file was changed"
        if n_bytes is not None and len(data) != n_bytes:
            yield f"{shown(stored)}: has {len(data)} bytes, the manifest says {n_bytes}"

    def _read(self, source: PictureSourceRecord, stored: str) -> "Found":
        """Yield what is off with one picture, and return what becomes of it, None if that is unknown."""
        data, name = read_or_none(self._folder, stored), shown(stored)
        gamma = next((one for one in TRANSFERS if one == self._manifest.calibration.gamma_assumed), None)
        if data is None or gamma is None:
            return None
        try:
            usual = decode_picture(data, label=name)
            behind = None if source.background is None else tuple(source.background)
            picture = picture_of(data, path=Path(name), background=behind, transfer=gamma)
            picture = self._with_points(picture, source)
        except (OSError, *UNREADABLE) as error:
            yield f"{name}: cannot be read as picture {source.role} ({reason_of(error)})"
            return None
        yield from _fact_problems(name, source, picture)
        if behind is not None and gamma != usual.transfer:
            return None  # what was put behind it may have been mixed under the curve of the file
        yield from _health_problems(name, source, picture)
        return (yield from _shape_problems(name, source, picture))

    def _with_points(self, picture: Picture, source: PictureSourceRecord) -> Picture:
        if source.points is None or source.points.stored is None:
            return picture
        return with_landmarks(picture, read_landmarks(path_inside(self._folder, source.points.stored)))

    def _mode_problems(self) -> Iterator[str]:
        """Say which picture was made a colour one, or was not, against the manifest."""
        if any(one is None for one in self.prepared):
            return
        known = [one for one in self.prepared if one is not None]
        is_rgb = any(one.picture.n_channels == 3 for one in known)
        for index, (one, source) in enumerate(zip(known, self._manifest.sources, strict=True)):
            wanted = "rgb" if is_rgb and one.picture.n_channels == 1 else None
            if source.mode_made != wanted:
                yield f"picture {source.role}: mode_made is {source.mode_made}, it should be {wanted}"
            if wanted is not None:
                pixels = np.repeat(one.picture.pixels, 3, axis=2)
                self.prepared[index] = replace(one, picture=replace(one.picture, pixels=pixels))


def _fact_problems(name: str, source: PictureSourceRecord, picture: Picture) -> Iterator[str]:
    facts = picture.facts
    if facts is None:
        return
    background = None if facts.background is None else list(facts.background)
    found: dict[str, object] = {
        key: getattr(facts, key)
        for key in ("format", "mode", "bit_depth", "width_px", "height_px", "orientation", "icc_profile")
    }
    found |= {
        "icc_converted": facts.icc_converted,
        "icc_clipped": facts.icc_n_clipped,
        "background": background,
    }
    for key, got in found.items():
        said = getattr(source, key)
        if got != said:
            yield f"{name}: {key} is {shown(str(got))}, the manifest says {shown(str(said))}"
    points = picture.points
    if points is not None and source.points is not None and points.n_points != source.points.n_points:
        yield f"{name}: has {points.n_points} landmarks, the manifest says {source.points.n_points}"


def _health_problems(name: str, source: PictureSourceRecord, picture: Picture) -> Iterator[str]:
    if source.health is None:
        return
    for key, got in health_record(measure_luminance(picture)).model_dump().items():
        said = getattr(source.health, key)
        # what was made in memory was measured before it was rounded to 16 bits, which can make it white or black
        is_rounded = picture.bit_depth == 16
        if is_rounded and key.startswith("share"):
            continue
        if differs(got, said, ROUNDED_TOLERANCE if is_rounded else HEALTH_TOLERANCE):
            yield f"{name}: health.{key} is {got:g}, the manifest says {said:g}"


def _shape_problems(name: str, source: PictureSourceRecord, picture: Picture) -> "Found":
    """Crop and resize a picture once more; return what comes of it, None if that is not what the manifest says."""
    off: list[str] = []
    for depth in DEPTHS[picture.bit_depth]:
        one = replace(picture, bit_depth=depth)
        try:
            shaped = shape_picture(one, _shape_of(source.shape, one))
        except (KeyError, *UNREADABLE) as error:
            yield f"{name}: cannot be shaped as the manifest says ({reason_of(error)})"
            return None
        off = [key for key, got in asdict(shaped.done).items() if not is_same(got, source.shape.get(key, ""))]
        if not off:
            return PreparedPicture(
                original=picture,
                picture=shaped.picture,
                shape=shaped.done,
                health=measure_luminance(picture),
                became_rgb=source.mode_made is not None,
            )
    yield f"{name}: {', '.join(f'shape.{key}' for key in off)} of the manifest is not what shaping it gives"
    return None


def _shape_of(said: dict[str, Any], picture: Picture) -> PictureShape:
    """Return the choices that lead from a picture to what a record of `ShapeFacts` says."""
    crop = None
    if said["crop_px"] is not None:
        left, top, width, height = said["crop_px"]
        crop = Crop(left_px=left, top_px=top, width_px=width, height_px=height)
    if not any(said["pad_px"]) and said["filter"] is None:
        return PictureShape(crop=crop)
    size = (said["width_px"], said["height_px"])
    if any(said["pad_px"]):
        background = said["background"]
        return PictureShape(crop=crop, size=size, fit="contain", background=background and tuple(background))
    whole = (picture.width_px, picture.height_px) if crop is None else (crop.width_px, crop.height_px)
    return PictureShape(
        crop=crop, size=size, fit="stretch" if is_same([0, 0, *whole], said["box_px"]) else "cover"
    )
