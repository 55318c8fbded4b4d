"""Does a manifest have all keys that its stimgen wrote: those of the first stimgen, or every later one too."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stimgen.export.manifest import Manifest, Record
    from stimgen.export.picture_manifest import PictureManifest

# what manifests of version 1 did not have at first; whoever writes one of them writes all
LATER_KEYS = {
    "calibration": (
        "level_rule", "lowered_db", "peak_limit_dbtp", "strict", "species", "max_window_s", "spacing_method",
        "n_trials", "duration", "duration_s", "pad_s", "trim", "other_metrics", "reference_sounds",
    ),
    "stimuli": (
        "contrast", "target_dbfs", "a_weighted_dbfs", "lufs", "lufs_method", "max_window_dbfs", "level_db_spl",
        "a_weighted_db_spl", "max_window_db_spl", "pad_before_s", "pad_after_s",
    ),
    "sources": ("kept", "offset", "health"),
    "summary": ("control_steps",),
}  # fmt: skip


def first_missing(manifest: "Manifest") -> str | None:
    """Return the first key that a manifest lacks although it may not, as `calibration.trim`; None if it lacks none."""
    lacking = next(missing_schema_keys(manifest.schema_), None)
    if lacking is not None or not is_later(manifest):
        return lacking
    for where, part, keys in _parts(manifest):
        for key in keys:
            if key not in part.model_fields_set:
                return f"{where}.{key}"
    return None if "control" in manifest.model_fields_set else "control"


def is_later(manifest: "Manifest") -> bool:
    """Say whether a manifest has any of the keys that the first stimgen did not write."""
    found = any(key in part.model_fields_set for _, part, keys in _parts(manifest) for key in keys)
    return found or "control" in manifest.model_fields_set


def missing_schema_keys(schema: "Record") -> Iterator[str]:
    """Yield what the name and version of a format lack; both have defaults for those who write them only."""
    for key in ("name", "version"):
        if key not in schema.model_fields_set:
            yield f"schema.{key}"


def missing_picture_keys(manifest: "PictureManifest") -> Iterator[str]:
    """Yield what the manifest of a set of pictures lacks and every stimgen writes, as `sources.0.weight`."""
    yield from missing_schema_keys(manifest.schema_)
    for n, source in enumerate(manifest.sources):
        for key in ("weight", "health"):
            if key not in source.model_fields_set:
                yield f"sources.{n}.{key}"
    if "control_steps" not in manifest.summary.model_fields_set:
        yield "summary.control_steps"


def _parts(manifest: "Manifest") -> Iterator[tuple[str, "Record", tuple[str, ...]]]:
    yield "calibration", manifest.calibration, LATER_KEYS["calibration"]
    yield "summary", manifest.summary, LATER_KEYS["summary"]
    for name, records in (("sources", manifest.sources), ("stimuli", manifest.stimuli)):
        for n, record in enumerate(records):
            yield f"{name}.{n}", record, LATER_KEYS[name]
