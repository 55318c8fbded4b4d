"""Is a collection still what its manifest says: every set in it, one level over all, the table over all."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from stimgen.errors import ManifestError
from stimgen.export.collection import OVERVIEW_NAME, PAIRS_FOLDER, CollectionManifest, PairRecord
from stimgen.export.inside import path_inside, shown
from stimgen.export.manifest import MANIFEST_NAME, Manifest, read_manifest
from stimgen.export.tables import TABLE_NAME, stimuli_table
from stimgen.workflows.check_files import (
    MISSING,
    implied_files,
    package_problems,
    read_or_none,
    reference_problems,
    reference_strangers,
)

LEVEL_TOLERANCE_DB = 1e-3


def collection_problems(
    folder: Path, manifest: CollectionManifest, *, set_problems: Callable[[Path, Manifest], Iterator[str]]
) -> Iterator[str]:
    """Say what is off with a collection.

    Args:
        folder: The collection.
        manifest: Its manifest.
        set_problems: Says what is off with one set.
    """
    if not manifest.pairs:
        yield "the manifest lists no pairs"
    ids = [pair.pair_id for pair in manifest.pairs]
    if len(set(ids)) < len(ids):
        yield "the manifest lists a pair twice"
    sets: list[tuple[PairRecord, Manifest]] = []
    for pair in manifest.pairs:
        place = shown(pair.folder)
        if pair.folder != f"{PAIRS_FOLDER}/{pair.pair_id}":
            yield f"{place}: is not the folder of pair {shown(pair.pair_id)}"
            continue
        try:
            # a name or link that leads out of the collection is not followed
            one = read_manifest(path_inside(folder, pair.folder))
        except OSError:
            yield f"{place}: missing or not a folder of the collection"
            continue
        except ManifestError as error:
            yield f"{place}: {shown(str(error))}"
            continue
        sets.append((pair, one))
        yield from _pair_problems(folder, manifest, pair, one)
        yield from (f"{place}: {problem}" for problem in set_problems(folder / pair.folder, one))
    yield from _table_problems(folder, manifest, sets)
    yield from reference_problems(folder, manifest.calibration.reference_sounds)
    yield from reference_strangers(folder, manifest.calibration.reference_sounds)
    yield from package_problems(folder, _implied(manifest, sets))


def _pair_problems(
    folder: Path, manifest: CollectionManifest, pair: PairRecord, one: Manifest
) -> Iterator[str]:
    name = shown(pair.folder)
    data = read_or_none(folder, f"{pair.folder}/{MANIFEST_NAME}")
    if data is None or hashlib.sha256(data).hexdigest() != pair.manifest_sha256:
        yield f"{name}/{MANIFEST_NAME}: the sha256 differs from that of the collection; the file was changed"
    for key in ("target_level_dbfs", "asked_level_dbfs", "lowered_db", "spl_at_full_scale_db"):
        got, wanted = getattr(one.calibration, key), getattr(manifest.calibration, key)
        if (got is None) != (wanted is None) or (
            got is not None and not abs(got - wanted) <= LEVEL_TOLERANCE_DB
        ):
            yield f"{name}: calibration.{key} is {got}, that of the collection is {wanted}"
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


def _table_problems(
    folder: Path, manifest: CollectionManifest, sets: list[tuple[PairRecord, Manifest]]
) -> Iterator[str]:
    table = read_or_none(folder, manifest.table.stored)
    if table is None or hashlib.sha256(table).hexdigest() != manifest.table.sha256:
        yield f"{shown(manifest.table.stored)}: is missing or not the table that the collection was made from"
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
