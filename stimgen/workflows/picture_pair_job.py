"""One pair of a table of pictures: read and judged, or made and kept on disk by its content."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.errors import StimgenError
from stimgen.export.files import save_files
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.export.manifest_read import parse_picture_manifest, read_manifest_json
from stimgen.export.picture_manifest import PictureManifest
from stimgen.media.pairs_table import PairRow
from stimgen.media.picture_read import read_picture
from stimgen.workflows.pair_identity import PairIdentity
from stimgen.workflows.picture_morph import render_pictures
from stimgen.workflows.picture_plan import LightAim, PicturePlan, prepare_pictures
from stimgen.workflows.picture_settings import PictureMorphSettings
from stimgen.workflows.picture_software import picture_software_versions
from stimgen.workflows.work_folder import FINISHED_FOLDER


@dataclass(frozen=True, kw_only=True)
class PicturePairJob:
    """Everything that a worker needs to know to make one pair.

    Args:
        row: The pair.
        settings: The choices; landmark files are the pair's own.
        sources: Whether pictures are copied into the set.
        work: Folder of what is done so far.
    """

    row: PairRow
    settings: PictureMorphSettings
    sources: bool
    work: Path


@dataclass(frozen=True, kw_only=True)
class CheckedPair:
    """What is known of a pair before it is rendered.

    Args:
        pair_id: Which pair.
        light: Mean luminance and RMS contrast of a and of b as they go into the space.
        space: Name of the space that it takes.
        problem: Why it cannot be made; None if it can.
    """

    pair_id: str
    space: str = ""
    light: tuple[tuple[float, float], ...] = ()
    problem: StimgenError | None = None


@dataclass(frozen=True, kw_only=True)
class FinishedPair:
    """A pair's set on disk.

    Args:
        pair_id: Which pair.
        folder: The set, within the work folder.
        luminance: The mean luminance that it reached, None where that is not matched.
        contrast: The RMS contrast that it reached, None where that is not matched.
    """

    pair_id: str
    folder: Path
    luminance: float | None
    contrast: float | None


def check_pair(job: PicturePairJob) -> CheckedPair:
    """Read the pictures of a pair and see whether they go together and with the choices."""
    try:
        plan = make_picture_plan(job)
    except StimgenError as error:
        # made anew, without the pictures that a traceback holds on to
        return CheckedPair(pair_id=job.row.pair_id, problem=type(error)(str(error)))
    light = [measure_luminance(one) for one in plan.pictures]
    return CheckedPair(
        pair_id=job.row.pair_id,
        light=tuple((one.mean_luminance, one.rms_contrast) for one in light),
        space=plan.space.name,
    )


def finish_picture_pair(job: PicturePairJob, *, asked: LightAim, lowered: LightAim | None) -> FinishedPair:
    """Make the set of one pair, or find it made already.

    Args:
        job: The pair.
        asked: The light that all pairs of the collection are to have.
        lowered: The light that all come down to because one does not reach that; None as long as all do.

    Raises:
        StimgenError: If the set cannot be made; it names the pair.
        OSError: If it cannot be written.
    """
    job = replace(job, settings=replace(job.settings, luminance=asked.luminance, contrast=asked.contrast))
    try:
        plan = replace(make_picture_plan(job), lowered=lowered)
        folder = job.work / FINISHED_FOLDER / _key(job, plan)
        if not (folder / MANIFEST_NAME).is_file():
            made = render_pictures(plan)
            save_files(made.files(sources=job.sources), folder, overwrite=False)
        match = read_picture_manifest(folder).calibration.match
    except StimgenError as error:
        raise type(error)(f"pair {job.row.pair_id}: {error}") from error
    return FinishedPair(
        pair_id=job.row.pair_id,
        folder=folder,
        luminance=match.target_mean_luminance,
        contrast=match.target_rms_contrast,
    )


def make_picture_plan(job: PicturePairJob) -> PicturePlan:
    """Read the pictures of a pair and prepare them."""
    row, settings = job.row, job.settings
    a, b = (
        read_picture(ref.path, background=settings.background, transfer=settings.transfer)
        for ref in (row.a, row.b)
    )
    identity = PairIdentity(pair_id=row.pair_id, exemplar_id=row.exemplar_id, contrast=row.contrast)
    return prepare_pictures(a, b, settings, set_id=row.pair_id, identity=identity)


def read_picture_manifest(folder: Path) -> PictureManifest:
    """Read the manifest of a set of pictures."""
    return parse_picture_manifest(read_manifest_json(folder), folder)


def _key(job: PicturePairJob, plan: PicturePlan) -> str:
    """Hash all that a set depends on: bytes of pictures and landmarks, choices, names, versions."""
    chosen = {key: value for key, value in asdict(job.settings).items() if key not in ("points", "mask")}
    files = [
        (one.original.facts and one.original.facts.sha256, one.original.points and one.original.points.sha256)
        for one in plan.sides
    ]
    names = [
        (
            one.original.facts and one.original.facts.file,
            str(one.original.points and one.original.points.path),
        )
        for one in plan.sides
    ]
    mask = plan.mask and plan.mask.facts and plan.mask.facts.sha256
    parts = [
        chosen,
        files,
        names,
        mask,
        asdict(plan.identity),
        plan.lowered and asdict(plan.lowered),
        plan.id,
        job.sources,
        picture_software_versions(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode("utf-8")).hexdigest()[:32]
