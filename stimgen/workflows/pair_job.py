"""One pair of a table: render it, and later give it its level; both leave their result on disk, keyed by content."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from stimgen.errors import StimgenError, WriteError
from stimgen.export.files import save_files
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.export.manifest_read import read_manifest
from stimgen.export.stimulus_set import StimulusSet
from stimgen.media.annotation import Annotation
from stimgen.media.pairs_table import PairRow
from stimgen.media.segment import read_source
from stimgen.media.sound import Sound
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.draft import Draft, draft_lowering_db, draw
from stimgen.workflows.draft_store import load_draft, store_draft
from stimgen.workflows.finish import finish
from stimgen.workflows.pair_identity import PairIdentity
from stimgen.workflows.plan import MorphPlan, prepare
from stimgen.workflows.provenance import software_versions
from stimgen.workflows.settings import MorphSettings
from stimgen.workflows.work_folder import DRAFTS_FOLDER, FINISHED_FOLDER

# what is decided after rendering: drafts serve whatever is chosen here
AFTER_RENDERING = ("level_dbfs", "strict", "species", "spl_at_full_scale_db", "pad_s", "bit_depth")


@dataclass(frozen=True, kw_only=True)
class PairJob:
    """Everything that a worker needs to know to make one pair.

    Args:
        row: The pair.
        settings: The choices, the same for all pairs; the space by its name.
        channel: Which channel of recordings with several.
        annotation: Where labels of segments are looked up.
        rate_hz: Rate of all sets, Hz.
        equal_duration_s: What `--duration equal` means, s.
        work: Folder of what is done so far.
    """

    row: PairRow
    settings: MorphSettings
    channel: int | Literal["mean"] | None
    annotation: Annotation | None
    rate_hz: int
    equal_duration_s: float | None
    work: Path


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What is known of a pair once it is rendered.

    Args:
        pair_id: Which pair.
        lowered_db: By how much it has to come down for its peaks, dB.
        problem: What went wrong; None if all went well.
    """

    pair_id: str
    lowered_db: float = 0.0
    problem: StimgenError | None = None


def draw_pair(job: PairJob) -> Drawn:
    """Render one pair, or find it rendered already, and say what its peaks need.

    Raises:
        OSError: If what was rendered cannot be kept; no other pair could be either.
    """
    try:
        plan = make_plan(job)
        draft = _draft(job, plan)
        return Drawn(pair_id=job.row.pair_id, lowered_db=draft_lowering_db(draft))
    except StimgenError as error:
        # made anew, without the sounds that a traceback holds on to
        return Drawn(pair_id=job.row.pair_id, problem=type(error)(str(error)))


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A pair's set on disk.

    Args:
        pair_id: Which pair.
        folder: The set, within the work folder.
        lowered_db: By how much its levels were brought down, dB; more than was asked for if dither needed it.
    """

    pair_id: str
    folder: Path
    lowered_db: float


def finish_pair(job: PairJob, *, lowered_db: float, sources: bool) -> Finished:
    """Give a rendered pair its level and write its set, or find it written already.

    Args:
        job: The pair.
        lowered_db: By how much all pairs are brought down, dB.
        sources: Whether recordings are copied into the set.

    Raises:
        StimgenError: If the set cannot be made; it names the pair.
        OSError: If it cannot be written.
    """
    try:
        return _finished(job, lowered_db=lowered_db, sources=sources)
    except StimgenError as error:
        raise type(error)(f"pair {job.row.pair_id}: {error}") from error


def _finished(job: PairJob, *, lowered_db: float, sources: bool) -> Finished:
    plan = make_plan(job)
    later = {name: getattr(job.settings, name) for name in AFTER_RENDERING}
    facts = [sound.facts for sound in plan.originals if sound.facts]
    # the same samples may have been read from another file, part or channel, which the manifest tells
    files = [(one.file, one.sha256, one.segment_s, one.channel) for one in facts]
    moments = [] if plan.given is None else [asdict(one) for one in plan.given.files]
    names = [asdict(plan.identity), plan.id, plan.names, files, moments]
    key = _hash([_draft_key(job, plan), later, names, lowered_db, sources])
    folder = job.work / FINISHED_FOLDER / key
    if not (folder / MANIFEST_NAME).is_file():
        draft = _draft(job, plan)
        stimuli: StimulusSet = finish(draft, progress=_no_progress, lowered_db=lowered_db, in_collection=True)
        try:
            save_files(stimuli.files(sources=sources), folder, overwrite=False)
        except WriteError as error:
            # a user knows the place of the collection, and not this folder on the way there
            raise (error.__cause__ if isinstance(error.__cause__, OSError) else error) from None
    lowered = read_manifest(folder).calibration.lowered_db
    return Finished(pair_id=job.row.pair_id, folder=folder, lowered_db=lowered)


def make_plan(job: PairJob) -> MorphPlan:
    """Read the recordings of a pair and prepare them."""
    a, b = read_pair(job)
    row = job.row
    identity = PairIdentity(pair_id=row.pair_id, exemplar_id=row.exemplar_id, contrast=row.contrast)
    settings = replace(job.settings, align=row.align_files) if row.align_files else job.settings
    return prepare(
        a,
        b,
        settings,
        set_id=row.pair_id,
        identity=identity,
        rate_hz=job.rate_hz,
        equal_duration_s=job.equal_duration_s,
    )


def read_pair(job: PairJob) -> tuple[Sound, Sound]:
    """Read the two recordings of a pair."""
    a, b = (
        read_source(source, channel=job.channel, annotation=job.annotation)
        for source in (job.row.a, job.row.b)
    )
    return a, b


def _draft(job: PairJob, plan: MorphPlan) -> Draft:
    path = job.work / DRAFTS_FOLDER / f"{_draft_key(job, plan)}.npz"
    draft = load_draft(plan, path)
    if draft is None:
        draft = draw(plan, progress=_no_progress)
        path.parent.mkdir(exist_ok=True)
        store_draft(draft, path)
    return draft


def _draft_key(job: PairJob, plan: MorphPlan) -> str:
    """Hash all that rendering depends on: the recordings' bytes, what was cut out of them, choices, versions."""
    chosen = {k: v for k, v in asdict(job.settings).items() if k not in AFTER_RENDERING}
    recordings = [
        (
            hashlib.sha256(sound.samples.tobytes()).hexdigest(),
            sound.rate_hz,
        )
        for sound in plan.originals
    ]
    meetings = None if plan.given is None else _meetings(plan.given.alignment)
    return _hash([chosen, recordings, plan.rate_hz, plan.duration_s, meetings, software_versions()])


def _meetings(alignment: Alignment) -> list[list[float]]:
    return [alignment.times_a_s.tolist(), alignment.times_b_s.tolist()]


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
