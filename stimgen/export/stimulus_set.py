"""A finished stimulus set in memory, and how it is saved."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stimgen.export.encode import decode_wav
from stimgen.export.files import save_files
from stimgen.export.manifest import MANIFEST_NAME, Manifest, StimulusRecord
from stimgen.export.tables import (
    CONTACT_SHEET_NAME,
    DATAPACKAGE_NAME,
    TABLE_NAME,
    datapackage_json,
    stimuli_csv,
)
from stimgen.figures.contact_sheet import (
    Evenness,
    SheetContent,
    SheetSide,
    SheetStep,
    contact_sheet,
    png_bytes,
)
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment

if TYPE_CHECKING:
    from stimgen.figures.picture import Picture


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
class Side:
    """One recording that a line begins or ends with.

    Args:
        sound: As it went into the space: one channel at the rate of the set.
        health: One line on how the recording is.
    """

    sound: Sound
    health: str = ""


@dataclass(frozen=True, kw_only=True)
class StimulusSet:
    """A rendered, calibrated and measured set, ready to be saved.

    Args:
        manifest: All that is known of the set.
        stimuli: The stimuli in the order of their steps; those of a control line follow the others.
        source_bytes: The recordings, which are copied into the set, by path relative to it.
        sides: The recordings a and b; none where the set is no line.
        extra_files: What else belongs to the set, by path relative to it.
        alignment: Which moment of a meets which moment of b; None where the set is no line.
        source_levels_dbfs: Levels of the recordings that stimuli were made from one by one, dBFS.
    """

    manifest: Manifest
    stimuli: tuple[Stimulus, ...]
    source_bytes: Mapping[str, bytes] = field(repr=False)
    sides: tuple[Side, ...] = field(default=(), repr=False)
    extra_files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    alignment: Alignment | None = field(default=None, repr=False)
    source_levels_dbfs: tuple[float, ...] = field(default=(), repr=False)

    @property
    def id(self) -> str:
        """Name of the set and stem of its files, an ASCII slug."""
        return self.manifest.id

    def contact_sheet(self) -> "Picture":
        """Draw what was made, at a glance; `.figure()` of it is a matplotlib figure."""
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
        save_files(self.files(sources=sources, command=command), target, overwrite=overwrite)
        return target

    def files(self, *, sources: bool = True, command: str | None = None) -> dict[str, bytes]:
        """Return every file of the set by its path in it, the manifest with the time of now.

        Args:
            sources: Whether a copy of the recordings is among them.
            command: The command line to note in the manifest.
        """
        manifest = self._dated_manifest(command=command, sources=sources)
        files = {stimulus.record.file: stimulus.wav for stimulus in self.stimuli}
        if sources:
            files |= self.source_bytes
        files |= self.extra_files
        files[TABLE_NAME] = stimuli_csv(manifest).encode("utf-8")
        files[CONTACT_SHEET_NAME] = png_bytes(self.contact_sheet())
        files[DATAPACKAGE_NAME] = datapackage_json(manifest.id, files.items()).encode("utf-8")
        files[MANIFEST_NAME] = manifest.to_json().encode("utf-8")
        return files

    def _dated_manifest(self, *, command: str | None, sources: bool) -> Manifest:
        now = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        kept = [
            source if sources else source.model_copy(update={"stored": None})
            for source in self.manifest.sources
        ]
        return self.manifest.model_copy(update={"created_utc": now, "command": command, "sources": kept})

    def _sheet_content(self) -> SheetContent:
        calibration = self.manifest.calibration
        sides = [
            SheetSide(name=s.sound.name, samples=s.sound.samples, rate_hz=s.sound.rate_hz, health=s.health)
            for s in self.sides
        ]
        levels = self.source_levels_dbfs or (None,) * len(self.stimuli)
        drawn = [_sheet_step(stimulus, level) for stimulus, level in zip(self.stimuli, levels, strict=True)]
        is_control = [stimulus.record.kind == "control" for stimulus in self.stimuli]
        return SheetContent(
            title=self.id,
            subtitle=self._subtitle(len(drawn) - sum(is_control), has_control=any(is_control)),
            steps=tuple(step for step, other in zip(drawn, is_control, strict=True) if not other),
            controls=tuple(step for step, other in zip(drawn, is_control, strict=True) if other),
            side_a=sides[0] if sides else None,
            side_b=sides[1] if sides else None,
            alignment=self.alignment,
            metric_name=calibration.metric or "",
            metric_unit=calibration.metric_unit or "",
            target_level_dbfs=calibration.target_level_dbfs,
            evenness=tuple(
                Evenness(metric=name, cv=steps.step_cv, max_min=steps.step_max_min)
                for name, steps in self.manifest.summary.steps.items()
            ),
            notes=tuple(self.manifest.summary.warnings),
        )

    def _subtitle(self, n_steps: int, *, has_control: bool) -> str:
        calibration, space = self.manifest.calibration, self.manifest.space
        depth = (
            calibration.bit_depth if calibration.bit_depth == "float32" else f"{calibration.bit_depth} bit"
        )
        rate = f"{self.stimuli[0].rate_hz} Hz"
        if space is None:
            return f"{n_steps} recordings \u00b7 {rate} \u00b7 {depth}"
        even = {"steps": f"even in {calibration.metric}", "knots": f"even in {calibration.metric}"}
        spacing = even.get(calibration.spacing_method or "", "linear")
        control = " \u00b7 with crossfade control" if has_control else ""
        return f"{space.name} \u00b7 {n_steps} steps, {spacing} \u00b7 {rate} \u00b7 {depth}{control}"


def _sheet_step(stimulus: Stimulus, source_level_dbfs: float | None) -> SheetStep:
    record, times_s = stimulus.record, stimulus.f0_times_s
    return SheetStep(
        index=record.index,
        position=float("nan") if record.position is None else record.position,
        name=record.id if record.position is None else "",
        samples=stimulus.samples,
        rate_hz=record.rate_hz,
        level_dbfs=record.level_dbfs,
        target_dbfs=record.target_dbfs,
        source_level_dbfs=source_level_dbfs,
        true_peak_dbtp=record.true_peak_dbtp,
        distance_from_previous=record.distance_from_previous,
        pad_before_s=record.pad_before_s,
        pad_after_s=record.pad_after_s,
        # the track was made for the sound without the silence before it
        f0_times_s=None if times_s is None else times_s + record.pad_before_s,
        f0_hz=stimulus.f0_hz,
    )
