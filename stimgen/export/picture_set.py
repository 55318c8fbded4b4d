"""A finished set of pictures in memory, and how it is saved: the sibling of `stimgen.export.stimulus_set`."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stimgen.export.files import save_files
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.export.picture_manifest import PictureManifest, PictureStimulusRecord
from stimgen.export.tables import (
    CONTACT_SHEET_NAME,
    DATAPACKAGE_NAME,
    TABLE_NAME,
    datapackage_json,
    stimuli_csv,
)
from stimgen.figures.content import Evenness
from stimgen.figures.picture_content import PictureSheetContent, PictureSide, PictureStep
from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray

if TYPE_CHECKING:
    from stimgen.figures.picture import Picture as Drawing

_SHEET_PX = 400
_SAME_WEIGHT = 1e-9


@dataclass(frozen=True, kw_only=True)
class PictureStimulus:
    """One calibrated picture: the bytes of its file and what was measured from them.

    Args:
        record: Its row in the manifest.
        picture: As a program that opens the file reads it.
        png: The bytes of its file.
        points_file: The bytes of its landmark file, None if it has none.
    """

    record: PictureStimulusRecord
    picture: Picture
    png: bytes = field(repr=False)
    points_file: bytes | None = field(default=None, repr=False)

    @property
    def pixels(self) -> FloatArray:
        """Encoded values, shape (height_px, width_px, n_channels), 0 to 1."""
        return self.picture.pixels

    @property
    def points(self) -> Landmarks | None:
        """Its landmarks, None if it has none."""
        return self.picture.points

    @property
    def position(self) -> float | None:
        """Position on the path: 0 is a, 1 is b."""
        return self.record.position


@dataclass(frozen=True, kw_only=True)
class PictureSet:
    """A rendered, calibrated and measured set of pictures, ready to be saved.

    Args:
        manifest: All that is known of the set.
        stimuli: The stimuli in the order of their steps; those of a control line follow the others.
        source_bytes: The pictures and landmark files that went in, by path relative to the set.
        sides: The pictures that went in, as they were placed for the morph.
        sides_words: What was done to place them, in a few words.
    """

    manifest: PictureManifest
    stimuli: tuple[PictureStimulus, ...]
    source_bytes: Mapping[str, bytes] = field(repr=False)
    sides: tuple[Picture, ...] = field(default=(), repr=False)
    sides_words: str = ""

    @property
    def id(self) -> str:
        """Name of the set and stem of its files, an ASCII slug."""
        return self.manifest.id

    def contact_sheet(self) -> "Drawing":
        """Draw what was made, at a glance; `.figure()` of it is a matplotlib figure."""
        from stimgen.figures.picture_sheet import picture_sheet

        return picture_sheet(self._sheet_content())

    def save(
        self,
        folder: str | Path | None = None,
        *,
        overwrite: bool = False,
        sources: bool = True,
        command: str | None = None,
    ) -> Path:
        """Write the set; it exists complete or not at all.

        Args:
            folder: Where to; by default a folder named after the set in the current one.
            overwrite: Replace a set that is already there; it stays as it is if the new one cannot be written.
            sources: Whether to put a copy of the pictures into the set, so that it can be rebuilt.
            command: The command line to note in the manifest.

        Returns:
            The folder.

        Raises:
            WriteError: If the folder exists or cannot be written.
        """
        target = Path(folder) if folder is not None else Path(self.id)
        save_files(self.files(sources=sources, command=command), target, overwrite=overwrite)
        return target

    def files(self, *, sources: bool = True, command: str | None = None) -> dict[str, bytes]:
        """Return every file of the set by its path in it, the manifest with the time of now.

        Args:
            sources: Whether a copy of the pictures and landmark files is among them.
            command: The command line to note in the manifest.
        """
        manifest = self._dated_manifest(command=command, sources=sources)
        files: dict[str, bytes] = {}
        for stimulus in self.stimuli:
            files[stimulus.record.file] = stimulus.png
            if stimulus.record.points_file is not None and stimulus.points_file is not None:
                files[stimulus.record.points_file] = stimulus.points_file
        if sources:
            files |= self.source_bytes
        files[TABLE_NAME] = stimuli_csv(manifest).encode("utf-8")
        files[CONTACT_SHEET_NAME] = self.contact_sheet().png_bytes()
        package = datapackage_json(manifest.id, files.items(), row=PictureStimulusRecord)
        files[DATAPACKAGE_NAME] = package.encode("utf-8")
        files[MANIFEST_NAME] = manifest.to_json().encode("utf-8")
        return files

    def _dated_manifest(self, *, command: str | None, sources: bool) -> PictureManifest:
        now = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        kept = []
        for source in self.manifest.sources:
            if not sources:
                points = source.points and source.points.model_copy(update={"stored": None})
                source = source.model_copy(update={"stored": None, "points": points})  # noqa: PLW2901
            kept.append(source)
        changes: dict[str, object] = {"created_utc": now, "command": command, "sources": kept}
        calibration = self.manifest.calibration
        if not sources and calibration.match.mask_stored is not None:
            match = calibration.match.model_copy(update={"mask_stored": None})
            changes["calibration"] = calibration.model_copy(update={"match": match})
        return self.manifest.model_copy(update=changes)

    def _sheet_content(self) -> PictureSheetContent:
        calibration, summary = self.manifest.calibration, self.manifest.summary
        steps = [_sheet_step(stimulus) for stimulus in self.stimuli]
        is_control = [stimulus.record.kind == "control" for stimulus in self.stimuli]
        return PictureSheetContent(
            title=self.id,
            subtitle=self._subtitle(),
            steps=tuple(step for step, other in zip(steps, is_control, strict=True) if not other),
            controls=tuple(step for step, other in zip(steps, is_control, strict=True) if other),
            sides=tuple(_sheet_side(side) for side in self.sides),
            sides_words=self.sides_words,
            metric_name=calibration.metric or "",
            metric_unit=calibration.metric_unit or "",
            evenness=tuple(
                Evenness(metric=name, cv=one.step_cv, max_min=one.step_max_min)
                for name, one in summary.steps.items()
            ),
            notes=tuple(summary.warnings),
        )

    def _subtitle(self) -> str:
        manifest, first = self.manifest, self.stimuli[0].record
        size = f"{first.width_px} \u00d7 {first.height_px} px"
        depth = f"{first.bit_depth} bit {'grey' if first.mode == 'grey' else 'colour'}"
        space = manifest.space.name if manifest.space else "blend"
        match = manifest.calibration.match.match
        where = " inside the mask" if manifest.calibration.match.mask is not None else ""
        matched = "" if match == "none" else f" \u00b7 {match} matched{where}"
        if manifest.path.kind == "blend":
            weights = [source.weight or 0.0 for source in manifest.sources]
            is_weighted = max(weights) - min(weights) > _SAME_WEIGHT
            what = f"{'weighted blend' if is_weighted else 'average'} of {len(weights)}"
            return f"{space} \u00b7 {what} \u00b7 {size} \u00b7 {depth}{matched}"
        calibration = manifest.calibration
        spacing = "equal positions"
        if calibration.spacing == "equal":
            # nothing may be more even in the metric than equal positions are
            spacing = f"even in {calibration.metric}"
            spacing += " as they are" if calibration.spacing_method == "linear" else ""
        control = " \u00b7 with crossfade control" if manifest.control is not None else ""
        return f"{space} \u00b7 {manifest.path.n_steps} steps, {spacing} \u00b7 {size} \u00b7 {depth}{matched}{control}"


def eight_bits(picture: Picture, *, most_px: int | None = None) -> npt.NDArray[np.uint8]:
    """Return a picture as red, green and blue in 8 bits, shape (n_rows, n_columns, 3), every nth pixel if it is large.

    Args:
        picture: The picture.
        most_px: Longest side wanted, px: blocks of pixels are averaged down to less than twice that; None keeps all.
    """
    pixels = picture.pixels
    if most_px is not None:
        n = max(1, max(pixels.shape[:2]) // most_px)
        rows, columns = pixels.shape[0] // n, pixels.shape[1] // n
        cut = pixels[: rows * n, : columns * n]
        pixels = cut.reshape(rows, n, columns, n, -1).mean(axis=(1, 3))
    values = np.rint(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:2], 3)))


def _sheet_step(stimulus: PictureStimulus) -> PictureStep:
    record = stimulus.record
    return PictureStep(
        index=record.index,
        position=float("nan") if record.position is None else record.position,
        rgb=eight_bits(stimulus.picture, most_px=_SHEET_PX),
        mean_luminance=record.mean_luminance,
        rms_contrast=record.rms_contrast,
        distance_from_previous=record.distance_from_previous,
        name=record.id if record.position is None else "",
    )


def _sheet_side(picture: Picture) -> PictureSide:
    shown = eight_bits(picture, most_px=_SHEET_PX)
    scale = shown.shape[1] / picture.width_px
    points = picture.points
    return PictureSide(
        name=picture.name,
        rgb=shown,
        # pixel centres are whole numbers in both
        points_xy=None if points is None else (points.xy + 0.5) * scale - 0.5,
        words="no landmarks" if points is None else f"{points.n_points} landmarks",
    )
