"""A finished stimulus set in memory, and how it is saved."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stimgen.export.encode import decode_wav
from stimgen.export.files import save_files
from stimgen.export.manifest import MANIFEST_NAME, Manifest, StimulusRecord
from stimgen.export.tables import DATAPACKAGE_NAME, TABLE_NAME, datapackage_json, stimuli_csv
from stimgen.figures.contact_sheet import SheetContent, SheetSide, SheetStep, contact_sheet, png_bytes
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.align import Alignment

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONTACT_SHEET_NAME = "contact-sheet.png"


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """One calibrated stimulus: the bytes of its file and what was measured from them.

    Args:
        record: Its row in the manifest.
        wav: The bytes of its WAV file.
        f0_times_s: Times of the fundamental-frequency track, shape (n_frames,), s, or None.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz, NaN where unvoiced, or None.
    """

    record: StimulusRecord
    wav: bytes = field(repr=False)
    f0_times_s: FloatArray | None = field(default=None, repr=False)
    f0_hz: FloatArray | None = field(default=None, repr=False)

    @property
    def samples(self) -> FloatArray:
        """Amplitude as a program that opens the file reads it, shape (n_samples,), full scale 1.0."""
        return decode_wav(self.wav)[0]

    @property
    def rate_hz(self) -> int:
        """Sampling rate, Hz."""
        return self.record.rate_hz

    @property
    def position(self) -> float | None:
        """Position on the path: 0 is a, 1 is b."""
        return self.record.position


@dataclass(frozen=True, kw_only=True)
class StimulusSet:
    """A rendered, calibrated and measured set, ready to be saved.

    Args:
        manifest: All that is known of the set.
        stimuli: The stimuli in the order of their steps.
        sources: The recordings a and b as they went into the space: one rate, one channel.
        source_bytes: What is copied into the set, by path relative to it.
        alignment: Which moment of a meets which moment of b.
    """

    manifest: Manifest
    stimuli: tuple[Stimulus, ...]
    sources: tuple[Sound, Sound] = field(repr=False)
    source_bytes: Mapping[str, bytes] = field(repr=False)
    alignment: Alignment = field(repr=False)

    @property
    def id(self) -> str:
        """Name of the set and stem of its files, an ASCII slug."""
        return self.manifest.id

    def contact_sheet(self) -> "Figure":
        """Draw what was made, at a glance."""
        return contact_sheet(self._sheet_content())

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
            sources: Whether to put a copy of the recordings into the set, so that it can be rebuilt.
            command: The command line to note in the manifest.

        Returns:
            The folder.

        Raises:
            WriteError: If the folder exists or cannot be written.
        """
        target = Path(folder) if folder is not None else Path(self.id)
        manifest = self._dated_manifest(command=command, sources=sources)
        files = {stimulus.record.file: stimulus.wav for stimulus in self.stimuli}
        if sources:
            files |= self.source_bytes
        files[TABLE_NAME] = stimuli_csv(manifest).encode("utf-8")
        files[CONTACT_SHEET_NAME] = png_bytes(self.contact_sheet())
        files[DATAPACKAGE_NAME] = datapackage_json(manifest.id, files).encode("utf-8")
        files[MANIFEST_NAME] = manifest.to_json().encode("utf-8")
        save_files(files, target, overwrite=overwrite)
        return target

    def _dated_manifest(self, *, command: str | None, sources: bool) -> Manifest:
        now = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        kept = [
            source if sources else source.model_copy(update={"stored": None})
            for source in self.manifest.sources
        ]
        return self.manifest.model_copy(update={"created_utc": now, "command": command, "sources": kept})

    def _sheet_content(self) -> SheetContent:
        calibration = self.manifest.calibration
        side_a, side_b = (
            SheetSide(name=sound.name, samples=sound.samples, rate_hz=sound.rate_hz) for sound in self.sources
        )
        steps = tuple(_sheet_step(stimulus) for stimulus in self.stimuli)
        depth = (
            calibration.bit_depth if calibration.bit_depth == "float32" else f"{calibration.bit_depth} bit"
        )
        return SheetContent(
            title=self.id,
            subtitle=f"{self.manifest.space.name} · {len(steps)} steps · {steps[0].rate_hz} Hz · {depth}",
            steps=steps,
            side_a=side_a,
            side_b=side_b,
            alignment=self.alignment,
            metric_name=calibration.metric,
            metric_unit=calibration.metric_unit,
            target_level_dbfs=calibration.target_level_dbfs,
            notes=tuple(self.manifest.summary.warnings),
        )


def _sheet_step(stimulus: Stimulus) -> SheetStep:
    record = stimulus.record
    return SheetStep(
        index=record.index,
        position=float("nan") if record.position is None else record.position,
        samples=stimulus.samples,
        rate_hz=record.rate_hz,
        level_dbfs=record.level_dbfs,
        peak_dbfs=record.peak_dbfs,
        distance_from_previous=record.distance_from_previous,
        f0_times_s=stimulus.f0_times_s,
        f0_hz=stimulus.f0_hz,
    )
