"""What a collection has above the sets of its pairs of pictures: one manifest, one table, one picture."""

import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from stimgen.export.collection import OVERVIEW_NAME, PAIRS_FOLDER
from stimgen.export.collection_parts import CollectionSchema, TableRecord
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.export.manifest_read import parse_picture_manifest, read_manifest_json
from stimgen.export.picture_collection import (
    PictureCollectionCalibration,
    PictureCollectionManifest,
    PicturePairRecord,
)
from stimgen.export.picture_manifest import MatchRecord, PictureManifest, PictureStimulusRecord
from stimgen.export.picture_set import eight_bits
from stimgen.export.tables import DATAPACKAGE_NAME, TABLE_NAME, datapackage_json, stimuli_table
from stimgen.figures.picture_overview import OverviewPair, picture_overview
from stimgen.media.pairs_table import PairRow
from stimgen.media.picture_read import read_picture
from stimgen.media.slug import slug
from stimgen.workflows.picture_notes import WORTH_TELLING
from stimgen.workflows.picture_settings import PictureMorphSettings
from stimgen.workflows.picture_software import hash_of, picture_software_versions

_MOST_SHOWN, _THUMBNAIL_PX = 12, 120


def picture_collection_files(
    table: Path,
    rows: Sequence[PairRow],
    settings: PictureMorphSettings,
    folder: Path,
    *,
    command: str | None,
    created_utc: str,
) -> dict[str, bytes]:
    """Return what stands above the sets of the pairs, by path relative to the collection.

    Args:
        table: The table of pairs.
        rows: Its rows.
        settings: The choices, the same for all pairs.
        folder: The collection, with every set in it.
        command: The command line to note in the manifest.
        created_utc: When that was.
    """
    places = [f"{PAIRS_FOLDER}/{row.pair_id}" for row in rows]
    manifests = [parse_picture_manifest(read_manifest_json(folder / p), folder / p) for p in places]
    data = table.read_bytes()
    stored = "pairs.tsv" if table.suffix.lower() == ".tsv" else "pairs.csv"
    files = {stored: data, TABLE_NAME: picture_table(places, manifests).encode("utf-8")}
    first = manifests[0].calibration
    manifest = PictureCollectionManifest(
        schema=CollectionSchema(),
        medium="picture",
        id=slug(table.stem),
        created_utc=created_utc,
        stimgen=picture_software_versions(),
        command=command,
        seed=settings.seed,
        table=TableRecord(file=table.name, stored=stored, sha256=hash_of(data), bytes=len(data)),
        calibration=PictureCollectionCalibration(
            match=settings.match,
            asked_mean_luminance=first.match.asked_mean_luminance,
            asked_rms_contrast=first.match.asked_rms_contrast,
            target_mean_luminance=first.match.target_mean_luminance,
            target_rms_contrast=first.match.target_rms_contrast,
            metric=settings.metric,
            metric_unit=first.metric_unit or "",
        ),
        warnings=collection_warnings(first.match),
        pairs=[
            _pair_record(row, place, one, (folder / place / MANIFEST_NAME).read_bytes())
            for row, place, one in zip(rows, places, manifests, strict=True)
        ],
    )
    files[OVERVIEW_NAME] = _overview(folder, manifest, places, manifests)
    below = (
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted((folder / PAIRS_FOLDER).rglob("*"))
        if path.is_file()
    )
    package = datapackage_json(manifest.id, itertools.chain(files.items(), below), row=PictureStimulusRecord)
    files[DATAPACKAGE_NAME] = package.encode("utf-8")
    files[MANIFEST_NAME] = manifest.to_json().encode("utf-8")
    return files


def picture_table(places: Sequence[str], manifests: Sequence[PictureManifest]) -> str:
    """Return the table of all stimuli of a collection, with paths from its folder."""
    return stimuli_table(
        [
            (stimulus, f"{place}/{stimulus.file}")
            for place, one in zip(places, manifests, strict=True)
            for stimulus in one.stimuli
        ]
    )


def collection_warnings(match: MatchRecord) -> list[str]:
    """Return what is worth knowing about the light that all pairs share."""
    parts = [
        f"{what} from {asked:.4f} to {got:.4f}"
        for what, asked, got in (
            ("mean luminance", match.asked_mean_luminance, match.target_mean_luminance),
            ("RMS contrast", match.asked_rms_contrast, match.target_rms_contrast),
        )
        if asked is not None and got is not None and got < WORTH_TELLING * asked
    ]
    return [f"all pairs were lowered so that all pictures fit: {', '.join(parts)}"] if parts else []


def _pair_record(row: PairRow, place: str, manifest: PictureManifest, data: bytes) -> PicturePairRecord:
    steps, first = manifest.summary.steps[str(manifest.calibration.metric)], manifest.stimuli[0]
    return PicturePairRecord(
        pair_id=row.pair_id,
        exemplar_id=row.exemplar_id,
        contrast=row.contrast,
        file_a=row.a.path.name,
        file_b=row.b.path.name,
        extra=dict(row.extra),
        folder=place,
        manifest_sha256=hashlib.sha256(data).hexdigest(),
        n_stimuli=len(manifest.stimuli),
        width_px=first.width_px,
        height_px=first.height_px,
        step_mean=steps.step_mean,
        step_cv=steps.step_cv,
        step_max_min=steps.step_max_min,
        warnings=list(manifest.summary.warnings),
    )


def _overview(
    folder: Path,
    manifest: PictureCollectionManifest,
    places: Sequence[str],
    manifests: Sequence[PictureManifest],
) -> bytes:
    n_shown = min(len(places), _MOST_SHOWN)
    pairs = [
        _overview_pair(folder / place, one)
        for place, one in zip(places[:n_shown], manifests[:n_shown], strict=True)
    ]
    match = manifest.calibration.match
    shown = "" if n_shown == len(places) else f" \u00b7 the first {n_shown} shown"
    drawing = picture_overview(
        title=f"{len(places)} pairs",
        subtitle=(
            f"{sum(pair.n_stimuli for pair in manifest.pairs)} stimuli \u00b7 even in {manifest.calibration.metric}"
            f"{'' if match == 'none' else f' · {match} matched'}{shown}"
        ),
        pairs=pairs,
    )
    return drawing.png_bytes()


def _overview_pair(folder: Path, manifest: PictureManifest) -> OverviewPair:
    line = [stimulus for stimulus in manifest.stimuli if stimulus.kind != "control"]
    chosen = sorted({0, len(line) // 4, len(line) // 2, (3 * len(line)) // 4, len(line) - 1})
    summary = manifest.summary.steps[str(manifest.calibration.metric)]
    ratio = "" if summary.step_max_min is None else f", {summary.step_max_min:.2f}"
    return OverviewPair(
        name=manifest.id,
        pictures=tuple(
            eight_bits(read_picture(folder / line[index].file), most_px=_THUMBNAIL_PX) for index in chosen
        ),
        words=(
            f"{manifest.calibration.metric} cv {summary.step_cv:.2f}{ratio}",
            f"luminance {min(s.mean_luminance for s in line):.3f} to {max(s.mean_luminance for s in line):.3f}",
            f"contrast {min(s.rms_contrast for s in line):.3f} to {max(s.rms_contrast for s in line):.3f}",
            *(
                f"{len(manifest.summary.warnings)} {'note' if len(manifest.summary.warnings) == 1 else 'notes'} "
                "in its manifest"
                for _ in manifest.summary.warnings[:1]
            ),
        ),
    )
