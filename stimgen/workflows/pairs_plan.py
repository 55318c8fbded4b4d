"""What a table of pairs asks for: every recording read, and every pair checked, before anything is rendered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stimgen.errors import SettingError, StimgenError
from stimgen.media.annotation import Annotation
from stimgen.media.annotation_read import read_annotation
from stimgen.media.pairs_table import PairRow, read_pairs
from stimgen.media.segment import SourceRef, read_source
from stimgen.workflows.collect import PairsTable
from stimgen.workflows.fits import refuse_ramps, shortest_samples
from stimgen.workflows.labels import refuse_unneeded
from stimgen.workflows.pair_job import PairJob, make_plan
from stimgen.workflows.plan import prepare_sound
from stimgen.workflows.progress import Progress
from stimgen.workflows.refusals import raise_refusals
from stimgen.workflows.settings import MorphSettings

CANNOT = "pairs cannot be made"
Refused = tuple[str, StimgenError]


@dataclass(frozen=True, kw_only=True)
class PairsPlan:
    """What a table asks for, with every recording read and checked once.

    Args:
        table: The table.
        settings: The choices.
        channel: Which channel of recordings with several.
        annotation: Where labels of segments are looked up.
        rate_hz: Rate of all sets, Hz.
        equal_duration_s: The mean duration of all recordings, s.
    """

    table: PairsTable
    settings: MorphSettings
    channel: int | Literal["mean"] | None
    annotation: Annotation | None
    rate_hz: int
    equal_duration_s: float

    def jobs(self, work: Path) -> list[PairJob]:
        """Return one job for each pair."""
        return [
            PairJob(
                row=row,
                settings=self.settings,
                channel=self.channel,
                annotation=self.annotation,
                rate_hz=self.rate_hz,
                equal_duration_s=self.equal_duration_s,
                work=work,
            )
            for row in self.table.rows
        ]


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What is known of a recording once it was read: rate, Hz, and duration, s, without what trimming takes."""

    rate_hz: int
    duration_s: float


def prepare_pairs(
    table: str | Path,
    settings: MorphSettings,
    *,
    channel: int | Literal["mean"] | None = None,
    annotation: str | Path | None = None,
    progress: Progress | None = None,
) -> PairsPlan:
    """Read a table of pairs and every recording in it: everything short of rendering.

    Args:
        table: A csv or tsv file with the columns file_a and file_b, and pair_id, exemplar_id, contrast, align_file,
            align_file_a and align_file_b if wanted.
        settings: The choices, the same for all pairs.
        channel: Which channel of recordings with several, counted from 1, or "mean".
        annotation: Where labels of segments are looked up.
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        SettingError: If the table or a choice is not allowed, or does not go with the recordings.
        ReadError: If the table or recordings cannot be read; all that are missing are named.
        SoundError: If a recording is not usable, or two that are paired are the same; up to five pairs are named.
    """
    if not isinstance(settings.space, str):
        raise SettingError("many pairs need a space by its name, so that other processes can make it")
    if settings.given_align is not None:
        raise SettingError(
            "--align FILE says which moments of one pair meet; with --pairs name the files in the column align_file, "
            "or in align_file_a and align_file_b"
        )
    place = Path(table)
    where = None if annotation is None else read_annotation(annotation)
    rows = read_pairs(place, annotation=where)
    refuse_unneeded([ref for row in rows for ref in (row.a, row.b)], annotation)
    found = _read_all(rows, settings, channel, where, progress)
    read = [one for row in rows for ref in (row.a, row.b) if not isinstance(one := found[ref], StimgenError)]
    refused = [
        (f"pair {row.pair_id}", one)
        for row in rows
        for ref in (row.a, row.b)
        if isinstance(one := found[ref], StimgenError)
    ]
    if not read:
        raise_refusals(refused, n_all=len(rows), cannot=CANNOT)
    plan = PairsPlan(
        table=PairsTable(file=place.name, data=place.read_bytes(), rows=tuple(rows)),
        settings=settings,
        channel=channel,
        annotation=where,
        rate_hz=settings.rate_hz or max(one.rate_hz for one in read),
        equal_duration_s=sum(one.duration_s for one in read) / len(read),
    )
    unread = {label for label, _ in refused}
    refused += _refused(plan, without=unread, progress=progress)
    order = {f"pair {row.pair_id}": n for n, row in enumerate(rows)}
    raise_refusals(sorted(refused, key=lambda one: order[one[0]]), n_all=len(rows), cannot=CANNOT)
    return plan


def _read_all(
    rows: Sequence[PairRow],
    settings: MorphSettings,
    channel: int | Literal["mean"] | None,
    annotation: Annotation | None,
    progress: Progress | None,
) -> dict[SourceRef, _Read | StimgenError]:
    """Read every recording once, and keep what it is like or why it cannot be used."""
    found: dict[SourceRef, _Read | StimgenError] = {}
    for n, row in enumerate(rows):
        if progress:
            progress("read", n, len(rows))
        for ref in (row.a, row.b):
            if ref in found:
                continue
            try:
                sound = read_source(ref, channel=channel, annotation=annotation)
                kept = prepare_sound(sound, settings, rate_hz=sound.rate_hz).sound
                found[ref] = _Read(rate_hz=kept.rate_hz, duration_s=kept.duration_s)
            except StimgenError as error:
                found[ref] = _without_sounds(error)
    return found


def _refused(plan: PairsPlan, *, without: set[str], progress: Progress | None) -> Iterator[Refused]:
    """Yield the pairs whose recordings do not go together or with the choices."""
    jobs = plan.jobs(Path())
    shortest: dict[str, int] = {}
    for n, job in enumerate(jobs):
        if progress:
            progress("check", n, len(jobs))
        label = f"pair {job.row.pair_id}"
        if label in without:
            continue
        try:
            pair = make_plan(job)
            n_samples = shortest_samples(pair.settings, pair.sounds, pair.duration_s)
        except StimgenError as error:
            yield label, _without_sounds(error)
        else:
            shortest |= {} if n_samples is None else {label: n_samples}
    if shortest:
        # one ramp serves all pairs, so the one that fits the shortest is what to tell
        label = min(shortest, key=lambda name: shortest[name])
        try:
            refuse_ramps(plan.settings, shortest[label], rate_hz=plan.rate_hz)
        except StimgenError as error:
            yield label, error


def _without_sounds(error: StimgenError) -> StimgenError:
    """Return an error that does not hold on to the sounds at hand where it came up."""
    return type(error)(str(error))
