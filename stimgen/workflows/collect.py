"""What a collection has above the sets of its pairs: one manifest, one table of stimuli, one picture."""

import datetime
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import median

import numpy as np

from stimgen.calibration.targets import LevelPlan
from stimgen.export.collection import (
    OVERVIEW_NAME,
    PAIRS_FOLDER,
    CollectionCalibration,
    CollectionManifest,
    PairRecord,
)
from stimgen.export.collection_parts import CollectionSchema, TableRecord
from stimgen.export.encode import decode_wav
from stimgen.export.manifest import MANIFEST_NAME, Manifest, ReferenceSoundRecord, StimulusRecord
from stimgen.export.manifest_read import read_manifest
from stimgen.export.tables import DATAPACKAGE_NAME, TABLE_NAME, datapackage_json, stimuli_table
from stimgen.figures.contact_sheet import SheetStep, png_bytes
from stimgen.figures.overview import OverviewContent, OverviewRow, overview
from stimgen.figures.overview_content import MOST_ROWS
from stimgen.media.pairs_table import PairRow
from stimgen.media.segment import SourceRef
from stimgen.media.slug import slug
from stimgen.workflows.calibration_settings import PEAK_LIMIT_DBTP
from stimgen.workflows.notes import lowered_note
from stimgen.workflows.provenance import software_versions
from stimgen.workflows.records import reference_sounds
from stimgen.workflows.settings import MorphSettings


@dataclass(frozen=True, kw_only=True)
class PairsTable:
    """A table of pairs as it was read.

    Args:
        file: Its name.
        data: Its bytes.
        rows: Its pairs.
    """

    file: str
    data: bytes
    rows: tuple[PairRow, ...]

    @property
    def stored(self) -> str:
        """Path of its copy in the collection."""
        suffix = PurePosixPath(self.file).suffix.lower()
        return "pairs.tsv" if suffix == ".tsv" else "pairs.csv"


def collection_files(
    table: PairsTable, settings: MorphSettings, folder: Path, *, command: str | None
) -> dict[str, bytes]:
    """Return what stands above the sets of the pairs, by path relative to the collection.

    Args:
        table: The table of pairs.
        settings: The choices, the same for all pairs.
        folder: The collection, with every set in it.
        command: The command line to note in the manifest.
    """
    places = [f"{PAIRS_FOLDER}/{row.pair_id}" for row in table.rows]
    manifests = [read_manifest(folder / place) for place in places]
    rate_hz = manifests[0].stimuli[0].rate_hz
    targets = [s.target_dbfs for one in manifests for s in one.stimuli if s.target_dbfs is not None]
    loudest = LevelPlan(lowered_db=0.0, targets_dbfs=(max(targets),), gains_db=(0.0,))
    references, files = reference_sounds(settings, loudest, rate_hz)
    rows = [
        (stimulus, f"{place}/{stimulus.file}")
        for place, one in zip(places, manifests, strict=True)
        for stimulus in one.stimuli
    ]
    files[table.stored] = table.data
    files[TABLE_NAME] = stimuli_table(rows).encode("utf-8")
    manifest = _manifest(table, settings, folder, places, manifests, references, command=command)
    files[OVERVIEW_NAME] = _overview_png(folder, places, manifests, manifest.warnings)
    below = (
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted((folder / PAIRS_FOLDER).rglob("*"))
        if path.is_file()
    )
    package = datapackage_json(manifest.id, itertools.chain(files.items(), below))
    files[DATAPACKAGE_NAME] = package.encode("utf-8")
    files[MANIFEST_NAME] = manifest.to_json().encode("utf-8")
    return files


def _manifest(
    table: PairsTable,
    settings: MorphSettings,
    folder: Path,
    places: Sequence[str],
    manifests: Sequence[Manifest],
    references: list[ReferenceSoundRecord],
    *,
    command: str | None,
) -> CollectionManifest:
    first = manifests[0].calibration
    return CollectionManifest(
        schema=CollectionSchema(),
        id=slug(table.file.rpartition(".")[0] or table.file),
        created_utc=datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        stimgen=software_versions(),
        command=command,
        seed=settings.seed,
        table=TableRecord(
            file=table.file,
            stored=table.stored,
            sha256=hashlib.sha256(table.data).hexdigest(),
            bytes=len(table.data),
        ),
        calibration=CollectionCalibration(
            target_level_dbfs=first.target_level_dbfs,
            asked_level_dbfs=first.asked_level_dbfs,
            lowered_db=first.lowered_db,
            peak_limit_dbtp=PEAK_LIMIT_DBTP,
            rate_hz=manifests[0].stimuli[0].rate_hz,
            duration_s=first.duration_s,
            metric=settings.metric,
            metric_unit=first.metric_unit or "",
            spl_at_full_scale_db=settings.spl_at_full_scale_db,
            reference_sounds=references,
        ),
        warnings=[lowered_note(settings, first.lowered_db)] if first.lowered_db > 0.0 else [],
        pairs=[
            _pair_record(row, place, one, (folder / place / MANIFEST_NAME).read_bytes())
            for row, place, one in zip(table.rows, places, manifests, strict=True)
        ],
    )


def _pair_record(row: PairRow, place: str, manifest: Manifest, data: bytes) -> PairRecord:
    steps = manifest.summary.steps[str(manifest.calibration.metric)]
    return PairRecord(
        pair_id=row.pair_id,
        exemplar_id=row.exemplar_id,
        contrast=row.contrast,
        file_a=source_words(row.a),
        file_b=source_words(row.b),
        extra=dict(row.extra),
        folder=place,
        manifest_sha256=hashlib.sha256(data).hexdigest(),
        n_stimuli=len(manifest.stimuli),
        step_mean=steps.step_mean,
        step_cv=steps.step_cv,
        step_max_min=steps.step_max_min,
        warnings=list(manifest.summary.warnings),
    )


def source_words(ref: SourceRef) -> str:
    """Return a recording as a table would name it, without its folder."""
    return f"{ref.path.name}@{ref.part}" if ref.part else ref.path.name


def _overview_png(
    folder: Path, places: Sequence[str], manifests: Sequence[Manifest], warnings: Sequence[str]
) -> bytes:
    chosen = np.unique(np.rint(np.linspace(0, len(places) - 1, min(len(places), MOST_ROWS))).astype(int))
    shown = "" if len(chosen) == len(places) else f" \u00b7 {len(chosen)} of them shown"
    first = manifests[0]
    level = first.calibration.target_level_dbfs
    cvs = [one.summary.steps[str(one.calibration.metric)].step_cv for one in manifests]
    n_stimuli = sum(len(one.stimuli) for one in manifests)
    levels = "the recordings' own levels" if level is None else f"{level:g} dBFS"
    content = OverviewContent(
        title=f"{len(places)} pairs",
        subtitle=(
            f"{n_stimuli} stimuli \u00b7 {first.stimuli[0].rate_hz} Hz \u00b7 {levels} \u00b7 "
            f"{first.calibration.metric} steps: cv {median(cvs):.2f} (median), {max(cvs):.2f} (greatest){shown}"
        ),
        rows=tuple(_overview_row(folder / places[n], manifests[n]) for n in chosen),
        metric_name=first.calibration.metric or "",
        metric_unit=first.calibration.metric_unit or "",
        notes=tuple(warnings),
    )
    return png_bytes(overview(content))


def _overview_row(folder: Path, manifest: Manifest) -> OverviewRow:
    line = [stimulus for stimulus in manifest.stimuli if stimulus.kind != "control"]
    shown = [line[n] for n in np.unique([0, len(line) // 2, len(line) - 1])]
    summary = manifest.summary.steps[str(manifest.calibration.metric)]
    return OverviewRow(
        pair_id=line[0].pair_id or manifest.id,
        exemplar_id=line[0].exemplar_id or "",
        contrast=line[0].contrast or "",
        steps=tuple(_sheet_step(folder, stimulus) for stimulus in shown),
        distances=tuple(s.distance_from_previous for s in line if s.distance_from_previous is not None),
        cv=summary.step_cv,
        max_min=summary.step_max_min,
        level_dbfs=float(np.mean([stimulus.level_dbfs for stimulus in manifest.stimuli])),
        level_range_dbfs=_level_range_dbfs(line),
        level_error_db=max(abs(s.level_dbfs - s.target_dbfs) for s in line if s.target_dbfs is not None),
        notes=tuple(manifest.summary.warnings),
    )


def _level_range_dbfs(stimuli: Sequence[StimulusRecord]) -> tuple[float, float] | None:
    """Return the lowest and the highest level where they differ on purpose."""
    targets_dbfs = {stimulus.target_dbfs for stimulus in stimuli}
    if len(targets_dbfs) == 1:
        return None
    levels_dbfs = [stimulus.level_dbfs for stimulus in stimuli]
    return min(levels_dbfs), max(levels_dbfs)


def _sheet_step(folder: Path, stimulus: StimulusRecord) -> SheetStep:
    samples, rate_hz = decode_wav((folder / stimulus.file).read_bytes())
    return SheetStep(
        index=stimulus.index,
        position=float("nan") if stimulus.position is None else stimulus.position,
        samples=samples,
        rate_hz=rate_hz,
        level_dbfs=stimulus.level_dbfs,
        true_peak_dbtp=stimulus.true_peak_dbtp,
        distance_from_previous=stimulus.distance_from_previous,
        pad_before_s=stimulus.pad_before_s,
        pad_after_s=stimulus.pad_after_s,
        f0_times_s=None,
        f0_hz=None,
    )
