"""Is a collection of pictures still what its manifest says: every set in it, one target, the table over all."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from stimgen.errors import ManifestError
from stimgen.export.collection import OVERVIEW_NAME, PAIRS_FOLDER
from stimgen.export.inside import path_inside, shown
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.export.manifest_read import parse_picture_manifest, read_manifest_json
from stimgen.export.picture_collection import PictureCollectionManifest, PicturePairRecord
from stimgen.export.picture_manifest import PictureManifest
from stimgen.export.tables import TABLE_NAME
from stimgen.media.delimited import table_of
from stimgen.media.pairs_table import MAX_ROWS, OPTIONAL, REQUIRED
from stimgen.media.slug import slug
from stimgen.workflows.check_files import MISSING, package_problems, read_or_none, strangers_within
from stimgen.workflows.check_pictures import implied_picture_files, picture_set_problems
from stimgen.workflows.check_stimulus import UNREADABLE, differs
from stimgen.workflows.check_terms import header_problems
from stimgen.workflows.check_values import reason_of
from stimgen.workflows.picture_collect import collection_warnings, picture_table
from stimgen.workflows.picture_software import hash_of

TARGET_TOLERANCE = 5e-6


def picture_collection_problems(folder: Path, manifest: PictureCollectionManifest) -> Iterator[str]:
    """Say what is off with a collection of pictures.

    Args:
        folder: The collection.
        manifest: Its manifest.
    """
    yield from header_problems(manifest.id, manifest.created_utc)
    file = manifest.table.file
    wanted = "pairs.tsv" if file.lower().endswith(".tsv") else "pairs.csv"
    if manifest.table.stored != wanted:
        yield f"table.stored is {shown(manifest.table.stored)!r}, it should be {wanted}"
    if "/" in file or manifest.id != slug(PurePosixPath(file).stem):
        yield f"id {shown(manifest.id)!r} is not that of the table {shown(file)!r}"
    if not manifest.pairs:
        yield "the manifest lists no pairs"
    ids = [pair.pair_id for pair in manifest.pairs]
    if len(set(ids)) < len(ids):
        yield "the manifest lists a pair twice"
    sets: list[tuple[PicturePairRecord, PictureManifest]] = []
    told: set[str] = set()
    for pair in manifest.pairs:
        place = shown(pair.folder)
        if pair.folder != f"{PAIRS_FOLDER}/{pair.pair_id}":
            yield f"{place}: is not the folder of pair {shown(pair.pair_id)}"
            continue
        try:
            # a name or link that leads out of the collection is not followed
            within = path_inside(folder, pair.folder)
            one = parse_picture_manifest(read_manifest_json(within), within)
        except (OSError, ManifestError) as error:
            told.add(place)
            reason = shown(str(error)) if isinstance(error, ManifestError) else MISSING
            yield f"{place}: {reason}"
            continue
        sets.append((pair, one))
        yield from _pair_problems(folder, manifest, pair, one)
        for problem in picture_set_problems(folder / pair.folder, one):
            yield f"{place}/{problem}"
    if sets and manifest.warnings != collection_warnings(sets[0][1].calibration.match):
        yield "warnings are not those that the light of the pairs gives rise to"
    yield from _table_problems(folder, manifest, sets)
    yield from strangers_within(folder, PAIRS_FOLDER, {pair.folder for pair in manifest.pairs})
    yield from package_problems(folder, list(_implied(manifest, sets)), told=told)


def _pair_problems(
    folder: Path, manifest: PictureCollectionManifest, pair: PicturePairRecord, one: PictureManifest
) -> Iterator[str]:
    name = shown(pair.folder)
    data = read_or_none(folder, f"{pair.folder}/{MANIFEST_NAME}")
    if data is None or hash_of(data) != pair.manifest_sha256:
        yield f"{name}/{MANIFEST_NAME}: the sha256 differs from that of the collection; the file was changed"
    match, wanted = one.calibration.match, manifest.calibration
    if match.match != wanted.match:
        yield f"{name}: match is {shown(match.match)}, that of the collection is {shown(wanted.match)}"
    for key in ("asked_mean_luminance", "asked_rms_contrast", "target_mean_luminance", "target_rms_contrast"):
        got, said = getattr(match, key), getattr(wanted, key)
        if differs(got, said, TARGET_TOLERANCE):
            yield f"{name}: {key} is {got}, that of the collection is {said}"
    for key in ("metric", "metric_unit"):
        if getattr(one.calibration, key) != getattr(wanted, key):
            yield f"{name}: {key} is not that of the collection"
    if one.seed != manifest.seed:
        yield f"{name}: seed is {one.seed}, that of the collection is {manifest.seed}"
    for stimulus in one.stimuli:
        if any(
            getattr(stimulus, key) != getattr(pair, key) for key in ("pair_id", "exemplar_id", "contrast")
        ):
            yield f"{name}: the stimuli are called otherwise than in the collection"
            break
    files = [source.file for source in one.sources]
    if files != [pair.file_a, pair.file_b]:
        yield f"{name}: the collection names other pictures than the pair's manifest"
    steps, first = one.summary.steps.get(wanted.metric), one.stimuli[0] if one.stimuli else None
    if steps is None or first is None:
        return
    got_all = (
        len(one.stimuli),
        first.width_px,
        first.height_px,
        steps.step_mean,
        steps.step_cv,
        steps.step_max_min,
    )
    said_all = (
        pair.n_stimuli, pair.width_px, pair.height_px, pair.step_mean, pair.step_cv, pair.step_max_min,
    )  # fmt: skip
    if got_all != said_all or pair.warnings != one.summary.warnings:
        yield f"{name}: the collection does not say of the stimuli what the pair's manifest says"


def _table_problems(
    folder: Path,
    manifest: PictureCollectionManifest,
    sets: list[tuple[PicturePairRecord, PictureManifest]],
) -> Iterator[str]:
    table = read_or_none(folder, manifest.table.stored)
    if table is None or hash_of(table) != manifest.table.sha256 or len(table) != manifest.table.bytes:
        yield f"{shown(manifest.table.stored)}: is missing or not the table that the collection was made from"
    else:
        yield from _row_problems(table, manifest)
    if len(sets) < len(manifest.pairs):
        return
    data = read_or_none(folder, TABLE_NAME)
    wanted = picture_table([pair.folder for pair, _ in sets], [one for _, one in sets])
    if data is None:
        yield f"{TABLE_NAME}: {MISSING}"
    elif data != wanted.encode("utf-8"):
        yield f"{TABLE_NAME}: does not say what the manifests say"


def _row_problems(data: bytes, manifest: PictureCollectionManifest) -> Iterator[str]:
    """Say which pairs are other than the rows of the table that the collection was made from."""
    name = shown(manifest.table.stored)
    try:
        table = table_of(data, name=name, required=REQUIRED, optional=OPTIONAL, max_rows=MAX_ROWS)
    except UNREADABLE as error:
        yield f"{name}: cannot be read as a table of pairs ({reason_of(error)})"
        return
    if len(table.rows) != len(manifest.pairs):
        yield f"{name}: has {len(table.rows)} rows, the manifest lists {len(manifest.pairs)} pairs"
        return
    for row, pair in zip(table.rows, manifest.pairs, strict=True):
        extra = {key: cell for key, cell in row.cells.items() if key not in REQUIRED + OPTIONAL}
        if pair.extra != extra or pair.contrast != (row.cells.get("contrast") or None):
            yield f"{shown(pair.folder)}: contrast and extra are not those of line {row.line} of {name}"


def _implied(
    manifest: PictureCollectionManifest, sets: list[tuple[PicturePairRecord, PictureManifest]]
) -> Iterator[str]:
    for pair, one in sets:
        yield f"{pair.folder}/{MANIFEST_NAME}"
        yield from (f"{pair.folder}/{name}" for name in implied_picture_files(one))
    yield from (TABLE_NAME, OVERVIEW_NAME, manifest.table.stored)
