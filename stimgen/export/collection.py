"""A collection: many stimulus sets under one level target, and the manifest that holds them together."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from stimgen.errors import ManifestError
from stimgen.export.collection_parts import COLLECTION_NAME, CollectionSchema, TableRecord
from stimgen.export.complete import missing_schema_keys
from stimgen.export.inside import shown
from stimgen.export.manifest import MANIFEST_NAME, Manifest, Record, ReferenceSoundRecord
from stimgen.export.manifest_read import parse_manifest, parse_picture_manifest, read_manifest_json
from stimgen.export.picture_collection import PictureCollectionManifest
from stimgen.export.picture_manifest import PictureManifest

OVERVIEW_NAME = "overview.png"
PAIRS_FOLDER = "pairs"


class PairRecord(Record):
    """One pair: what the table says of it, where its set is, and how even its steps are."""

    pair_id: str
    exemplar_id: str | None
    contrast: str | None
    file_a: str
    file_b: str
    extra: dict[str, str]
    folder: str
    manifest_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    n_stimuli: int
    step_mean: float
    step_cv: float
    step_max_min: float | None
    warnings: list[str]


class CollectionCalibration(Record):
    """What all pairs share; null levels where the recordings' own were kept."""

    target_level_dbfs: float | None
    asked_level_dbfs: float | None
    lowered_db: float
    peak_limit_dbtp: float
    rate_hz: int
    duration_s: float | None
    metric: str
    metric_unit: str
    spl_at_full_scale_db: float | None
    reference_sounds: list[ReferenceSoundRecord]


class CollectionManifest(Record):
    """All that is known of a collection; each pair's own manifest says the rest."""

    schema_: CollectionSchema = Field(alias="schema")
    id: str
    created_utc: str
    stimgen: dict[str, str]
    command: str | None
    seed: int
    table: TableRecord
    calibration: CollectionCalibration
    warnings: list[str]
    pairs: list[PairRecord]

    def to_json(self) -> str:
        """Return the manifest as indented JSON with a newline at its end."""
        return (
            json.dumps(self.model_dump(by_alias=True), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )


def read_any_manifest(
    folder: Path,
) -> Manifest | PictureManifest | CollectionManifest | PictureCollectionManifest:
    """Read and validate the manifest of a set of sounds, of a set of pictures, or of a collection of sets.

    Args:
        folder: The set or collection.

    Raises:
        ManifestError: If the manifest is missing, may not be read, is not JSON, lacks a key or holds a value of the
            wrong kind.
    """
    data = read_manifest_json(folder)
    is_picture = isinstance(data, dict) and data.get("medium") == "picture"
    schema = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(schema, dict) or schema.get("name") != COLLECTION_NAME:
        return parse_picture_manifest(data, folder) if is_picture else parse_manifest(data, folder)
    if is_picture:
        return _validated(PictureCollectionManifest, data, folder)
    return _validated(CollectionManifest, data, folder)


_Kind = TypeVar("_Kind", CollectionManifest, PictureCollectionManifest)


def _validated(kind: type[_Kind], data: Any, folder: Path) -> _Kind:
    try:
        manifest = kind.model_validate(data, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = shown(".".join(str(part) for part in first["loc"])) or "the manifest"
        raise ManifestError(
            f"{shown(str(folder / MANIFEST_NAME))!r} is not a collection that this stimgen reads: {where}: "
            f"{shown(first['msg'])}; restore it from a copy of the set, or use the stimgen that wrote it"
        ) from None
    missing = next(missing_schema_keys(manifest.schema_), None)
    if missing is not None:
        raise ManifestError(
            f"{shown(str(folder / MANIFEST_NAME))!r} lacks {missing}, which every stimgen writes; "
            "restore it from a copy of the set"
        )
    return manifest
