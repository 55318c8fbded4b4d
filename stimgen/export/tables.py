"""The set as tables: one row per stimulus, and the Frictionless data package that lists every file."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence

from stimgen.export.manifest import Manifest, Record, StimulusRecord
from stimgen.export.picture_manifest import PictureManifest

TABLE_NAME = "stimuli.csv"
DATAPACKAGE_NAME = "datapackage.json"
CONTACT_SHEET_NAME = "contact-sheet.png"
_MEDIA_TYPES = {
    "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "mp3": "audio/mpeg", "aiff": "audio/aiff",
    "aif": "audio/aiff", "csv": "text/csv", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg",
    "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp", "bmp": "image/bmp", "tem": "text/plain",
    "pts": "text/plain", "tsv": "text/tab-separated-values",
}  # fmt: skip
_FIELD_TYPES = {str: "string", int: "integer", float: "number"}


def stimuli_csv(manifest: Manifest | PictureManifest) -> str:
    """Return the table of stimuli: the manifest's keys as headers, one row each, empty where null."""
    return stimuli_table([(stimulus, stimulus.file) for stimulus in manifest.stimuli])


def stimuli_table(stimuli: Sequence[tuple[Record, str]]) -> str:
    """Return a table of stimuli with the paths that their files have from where it will lie.

    Keys that no stimulus has, because an earlier stimgen wrote them all, are no columns.

    Args:
        stimuli: Rows and paths.
    """
    names = [
        name
        for name in (type(stimuli[0][0]) if stimuli else StimulusRecord).model_fields
        if any(name in stimulus.model_fields_set for stimulus, _ in stimuli)
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    for stimulus, file in stimuli:
        row = stimulus.model_dump() | {"file": file}
        writer.writerow(["" if row[name] is None else row[name] for name in names])
    return buffer.getvalue()


def datapackage_json(
    set_id: str, files: Iterable[tuple[str, bytes]], *, row: type[Record] = StimulusRecord
) -> str:
    """Describe files as a Frictionless Data Package (Table Schema for the csv; hash and bytes for all).

    Args:
        set_id: Name of the package.
        files: Relative paths and contents; taken one after the other, so that they need not all be in memory.
        row: What the rows of the table of stimuli are.

    References:
        Frictionless Data Package, version 1.
    """
    resources = [_resource(path, data, row) for path, data in files]
    package = {"profile": "data-package", "name": set_id, "resources": resources}
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def _resource(path: str, data: bytes, row: type[Record]) -> dict[str, object]:
    stem, _, suffix = path.rpartition(".")
    resource: dict[str, object] = {
        "name": path.replace("/", "-").replace("_", "-").replace(".", "-").lower(),
        "path": path,
        "format": suffix.lower() if stem else "",
        "mediatype": _MEDIA_TYPES.get(suffix.lower(), "application/octet-stream"),
        "bytes": len(data),
        "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
    }
    if path == TABLE_NAME:
        resource |= {
            "profile": "tabular-data-resource",
            "encoding": "utf-8",
            "schema": {"fields": _fields(row)},
        }
    return resource


def _fields(row: type[Record]) -> list[dict[str, str]]:
    return [
        {"name": name, "type": _field_type(str(field.annotation))} for name, field in row.model_fields.items()
    ]


def _field_type(annotation: str) -> str:
    if "bool" in annotation:
        return "boolean"
    if "float" in annotation:
        return "number"
    return "integer" if "int" in annotation and "Literal" not in annotation else "string"
