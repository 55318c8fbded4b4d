"""Is a collection still what its manifest says: every set in it, one level over all, the table over all."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from stimgen.errors import ManifestError
from stimgen.export.collection import OVERVIEW_NAME, PAIRS_FOLDER, CollectionManifest, PairRecord
from stimgen.export.inside import path_inside, shown
from stimgen.export.manifest import MANIFEST_NAME, Manifest, SourceRecord
from stimgen.export.manifest_read import read_manifest
from stimgen.export.tables import TABLE_NAME, stimuli_table
from stimgen.media.slug import slug
from stimgen.workflows.check_files import (
    MISSING,
    implied_files,
    package_problems,
    read_or_none,
    strangers_within,
)
from stimgen.workflows.check_references import reference_problems
from stimgen.workflows.check_stimulus import differs
from stimgen.workflows.check_terms import header_problems

LEVEL_TOLERANCE_DB = 1e-3
LEVEL_KEYS = (
    "target_level_dbfs",
    "asked_level_dbfs",
    "lowered_db",
    "spl_at_full_scale_db",
    "peak_limit_dbtp",
)
SAME_KEYS = ("duration_s", "metric", "metric_unit")


def collection_problems(
    folder: Path, manifest: CollectionManifest, *, set_problems: Callable[[Path, Manifest], Iterator[str]]
) -> Iterator[str]:
    """Say what is off with a collection.

    Args:
        folder: The collection.
        manifest: Its manifest.
        set_problems: Says what is off with one set.
    """
    yield from _header_problems(manifest)
    if not manifest.pairs:
        yield "the manifest lists no pairs"
    ids = [pair.pair_id for pair in manifest.pairs]
    if len(set(ids)) < len(ids):
        yield "the manifest lists a pair twice"
    sets: list[tuple[PairRecord, Manifest]] = []
    told: set[str] = set()
    for pair in manifest.pairs:
        place = shown(pair.folder)
        if pair.folder != f"{PAIRS_FOLDER}/{pair.pair_id}":
            yield f"{place}: is not the folder of pair {shown(pair.pair_id)}"
            continue
        try:
            # a name or link that leads out of the collection is not followed
            one = read_manifest(path_inside(folder, pair.folder))
        except OSError:
            told.add(place)
            yield f"{place}: missing or not a folder of the collection"
            continue
        except ManifestError as error:
            told.add(place)
            yield f"{place}: {shown(str(error))}"
            continue
        sets.append((pair, one))
        yield from _pair_problems(folder, manifest, pair, one)
        yield from _with_place(place, set_problems(folder / pair.folder, one), implied_files(one), told=told)
    yield from _table_problems(folder, manifest, sets)
    yield from _reference_problems(folder, manifest)
    yield from strangers_within(folder, PAIRS_FOLDER, {pair.folder for pair in manifest.pairs})
    yield from package_problems(folder, _implied(manifest, sets), told=told)


def _with_place(
    place: str, problems: Iterable[str], files: Iterable[str], *, told: set[str]
) -> Iterator[str]:
    """Say what is off with a set where it lies, and note of which of its files something was said."""
    names = {shown(name) for name in files}
    for problem in problems:
        subject = problem.partition(": ")[0]
        if subject in names:
            told.add(f"{place}/{subject}")
            yield f"{place}/{problem}"
        else:
            yield f"{place}: {problem}"


def _header_problems(manifest: CollectionManifest) -> Iterator[str]:
    yield from header_problems(manifest.id, manifest.created_utc)
    file = manifest.table.file
    if "/" in file or manifest.id != slug(file.rpartition(".")[0] or file):
        yield f"id {shown(manifest.id)!r} is not that of the table {shown(file)!r}"
    if bool(manifest.warnings) != (manifest.calibration.lowered_db > 0.0):
        yield (
            f"warnings holds {len(manifest.warnings)} sentences, and calibration.lowered_db is "
            f"{manifest.calibration.lowered_db:g}"
        )


def _reference_problems(folder: Path, manifest: CollectionManifest) -> Iterator[str]:
    calibration = manifest.calibration
    sounds, full_scale_db = calibration.reference_sounds, calibration.spl_at_full_scale_db
    if bool(sounds) != (full_scale_db is not None):
        yield f"the manifest lists {len(sounds)} sounds for a sound level meter, and an SPL of {full_scale_db}"
    yield from reference_problems(folder, sounds, full_scale_db=full_scale_db, rate_hz=calibration.rate_hz)
    yield from strangers_within(folder, "calibration", {sound.file for sound in sounds})


def _pair_problems(
    folder: Path, manifest: CollectionManifest, pair: PairRecord, one: Manifest
) -> Iterator[str]:
    name = shown(pair.folder)
    data = read_or_none(folder, f"{pair.folder}/{MANIFEST_NAME}")
    if data is None or hashlib.sha256(data).hexdigest() != pair.manifest_sha256:
        yield f"{name}/{MANIFEST_NAME}: the sha256 differs from that of the collection; the file was changed"
    yield from _same_problems(manifest, pair, one)
    for stimulus in one.stimuli:
        for key in ("pair_id", "exemplar_id", "contrast"):
            if getattr(stimulus, key) != getattr(pair, key):
                yield f"{name}: the stimuli have another {key} than the collection"
                return
        if stimulus.rate_hz != manifest.calibration.rate_hz:
            yield f"{name}: {stimulus.rate_hz} Hz, the collection has {manifest.calibration.rate_hz} Hz"
            return
    steps = one.summary.steps.get(manifest.calibration.metric)
    said = (pair.n_stimuli, pair.step_mean, pair.step_cv, pair.step_max_min, pair.warnings)
    if steps is None or said != (
        len(one.stimuli),
        steps.step_mean,
        steps.step_cv,
        steps.step_max_min,
        one.summary.warnings,
    ):
        yield f"{name}: the collection does not say of the steps and warnings what the pair's manifest says"


def _same_problems(manifest: CollectionManifest, pair: PairRecord, one: Manifest) -> Iterator[str]:
    """Say where the collection and the set of a pair say the same thing differently."""
    name = shown(pair.folder)
    for key in (*LEVEL_KEYS, *SAME_KEYS):
        got, wanted = getattr(one.calibration, key), getattr(manifest.calibration, key)
        if differs(got, wanted, LEVEL_TOLERANCE_DB) if key in LEVEL_KEYS else got != wanted:
            yield f"{name}: calibration.{key} is {shown(str(got))}, that of the collection is {shown(str(wanted))}"
    if one.seed != manifest.seed:
        yield f"{name}: seed is {one.seed}, that of the collection is {manifest.seed}"
    for role, words in (("a", pair.file_a), ("b", pair.file_b)):
        source = next((source for source in one.sources if source.role == role), None)
        if source is None or not _names(shown(words), source):
            file = None if source is None else source.file
            yield f"{name}: file_{role} is {shown(words)}, recording {role} is {shown(str(file))}"


def _names(words: str, source: SourceRecord) -> bool:
    """Say whether a table's name for a recording, `file` or `file@part`, is that of a recording in a set."""
    file = shown(source.file)
    return words == file if source.segment is None else words.startswith(f"{file}@")


def _table_problems(
    folder: Path, manifest: CollectionManifest, sets: list[tuple[PairRecord, Manifest]]
) -> Iterator[str]:
    table = read_or_none(folder, manifest.table.stored)
    if table is None or hashlib.sha256(table).hexdigest() != manifest.table.sha256:
        yield f"{shown(manifest.table.stored)}: is missing or not the table that the collection was made from"
    elif len(table) != manifest.table.bytes:
        yield f"{shown(manifest.table.stored)}: has {len(table)} bytes, the manifest says {manifest.table.bytes}"
    if len(sets) < len(manifest.pairs):
        return
    rows = [(stimulus, f"{pair.folder}/{stimulus.file}") for pair, one in sets for stimulus in one.stimuli]
    data = read_or_none(folder, TABLE_NAME)
    if data is None:
        yield f"{TABLE_NAME}: {MISSING}"
    elif data != stimuli_table(rows).encode("utf-8"):
        yield f"{TABLE_NAME}: does not say what the manifests say"


def _implied(manifest: CollectionManifest, sets: list[tuple[PairRecord, Manifest]]) -> Iterator[str]:
    for pair, one in sets:
        yield f"{pair.folder}/{MANIFEST_NAME}"
        yield from (f"{pair.folder}/{name}" for name in implied_files(one))
    yield from (sound.file for sound in manifest.calibration.reference_sounds)
    yield from (TABLE_NAME, OVERVIEW_NAME, manifest.table.stored)
