"""From a table of pairs to a collection: many stimulus sets under one level target."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from stimgen.errors import SettingError, StimgenError
from stimgen.export.collection import PAIRS_FOLDER
from stimgen.export.files import absolute_place, check_target, move_into_place, remove_folder, write_error
from stimgen.export.uninterrupted import uninterrupted
from stimgen.media.medium import medium_of_table
from stimgen.workflows.allowed import demand_whole_number
from stimgen.workflows.collect import collection_files
from stimgen.workflows.draft import refuse_lowered
from stimgen.workflows.pair_job import Drawn, Finished, PairJob, draw_pair, finish_pair
from stimgen.workflows.pairs_plan import CANNOT, PairsPlan, prepare_pairs
from stimgen.workflows.progress import Progress
from stimgen.workflows.refusals import raise_refusals
from stimgen.workflows.settings import MorphSettings
from stimgen.workflows.work_folder import discard, work_folder
from stimgen.workflows.workers import run_jobs

MOST_JOBS = 256


def morph_pairs(
    table: str | Path,
    folder: str | Path,
    *,
    channel: int | Literal["mean"] | None = None,
    annotation: str | Path | None = None,
    jobs: int = 1,
    overwrite: bool = False,
    sources: bool = True,
    progress: Progress | None = None,
    **choices: Any,
) -> Path:
    """Make a stimulus set for every pair of a table, all under one level target; of sounds or of pictures.

    Args:
        table: A csv or tsv file with the columns file_a and file_b, and pair_id, exemplar_id, contrast if wanted; of
            pictures points_a and points_b too.
        folder: Where to.
        channel: Which channel of recordings with several, counted from 1, or "mean".
        annotation: Where labels of segments are looked up.
        jobs: Number of processes. With more than one, call this from under `if __name__ == "__main__":`.
        overwrite: Replace a collection that is there; it stays as it is if the new one cannot be made.
        sources: Whether to put a copy of the recordings into the sets.
        progress: Called as progress(stage, n_done, n_all).
        choices: As for `morph`: steps, spacing, metric, level_dbfs, ...

    Returns:
        The folder.

    Raises:
        SettingError: If the table or a choice is not allowed.
        ReadError: If the table or recordings cannot be read; all that are missing are named.
        SoundError: If pairs cannot be made; up to five are named with their reasons.
        WriteError: If the folder exists or cannot be written.
        WorkerError: If a process ended by itself.
    """
    if medium_of_table(table) == "picture":
        from stimgen.workflows.picture_pairs import morph_picture_pairs

        if channel is not None or annotation is not None:
            raise SettingError("channel and annotation are choices for sounds, and the table names pictures")
        return morph_picture_pairs(
            table, folder, jobs=jobs, overwrite=overwrite, sources=sources, progress=progress, **choices
        )
    unknown = sorted(set(choices) - {field.name for field in dataclasses.fields(MorphSettings)})
    if unknown:
        raise SettingError(f"{unknown[0]!r} is no choice of a morph; see the choices of stimgen.morph")
    check_target(Path(folder), overwrite=overwrite)
    plan = prepare_pairs(
        table, MorphSettings(**choices), channel=channel, annotation=annotation, progress=progress
    )
    return make_pairs(plan, folder, jobs=jobs, overwrite=overwrite, sources=sources, progress=progress)


def make_pairs(
    plan: PairsPlan,
    folder: str | Path,
    *,
    jobs: int = 1,
    overwrite: bool = False,
    sources: bool = True,
    command: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Make the sets that a table asks for.

    What is done is kept in a hidden folder beside the target until all is complete, by the content of recordings and
    choices: a run that was stopped goes on where it was.

    Args:
        plan: What to make.
        folder: Where to.
        jobs: Number of processes.
        overwrite: Replace a collection that is there; it stays as it is if the new one cannot be made.
        sources: Whether to put a copy of the recordings into the sets.
        command: The command line to note in the manifest.
        progress: Called as progress(stage, n_done, n_all).

    Returns:
        The folder.

    Raises:
        SettingError: If a choice is not allowed.
        SoundError: If pairs cannot be made; up to five are named with their reasons.
        WriteError: If the folder exists or cannot be written.
        WorkerError: If a process ended by itself.
    """
    demand_whole_number("--jobs", jobs, 1, MOST_JOBS)
    target = Path(folder)
    check_target(target, overwrite=overwrite)
    progress = progress or _no_progress
    with work_folder(target) as work:
        all_jobs = plan.jobs(work)
        try:
            lowered_db = _draw_all(plan, all_jobs, jobs, progress)
            finished = _finish_all(all_jobs, lowered_db, jobs, progress, sources=sources)
        except OSError as error:
            # errors with a sentence of their own stay; the rest is a disk that is full or gone
            raise error if isinstance(error, StimgenError) else write_error(target, error) from error
        refuse_lowered(plan.settings, max(one.lowered_db for one in finished))
        _assemble(plan, finished, work, target, command=command, overwrite=overwrite)
        if os.name != "nt":
            discard(work)  # as long as no other run can be in it
    if os.name == "nt":
        discard(work)  # where a file that is open cannot be removed
    return target


def _draw_all(plan: PairsPlan, all_jobs: Sequence[PairJob], n_processes: int, progress: Progress) -> float:
    """Render every pair and return by how much all have to come down, dB."""
    drawn: dict[int, Drawn] = {}
    progress("render", 0, len(all_jobs))
    for index, one in run_jobs(draw_pair, all_jobs, n_processes=n_processes):
        drawn[index] = one
        progress("render", len(drawn), len(all_jobs))
    in_order = [drawn[index] for index in sorted(drawn)]
    refused = [(f"pair {one.pair_id}", one.problem) for one in in_order if one.problem is not None]
    raise_refusals(refused, n_all=len(drawn), cannot=CANNOT)
    lowered_db = max(one.lowered_db for one in drawn.values())
    refuse_lowered(plan.settings, lowered_db)
    return lowered_db


def _finish_all(
    all_jobs: Sequence[PairJob], lowered_db: float, n_processes: int, progress: Progress, *, sources: bool
) -> list[Finished]:
    """Write the set of every pair with levels brought down alike."""
    while True:
        finished: dict[int, Finished] = {}
        progress("write", 0, len(all_jobs))
        done = run_jobs(
            finish_pair, all_jobs, n_processes=n_processes, lowered_db=lowered_db, sources=sources
        )
        for index, one in done:
            finished[index] = one
            progress("write", len(finished), len(all_jobs))
        needed_db = max(one.lowered_db for one in finished.values())
        if needed_db <= lowered_db + 1e-9:
            return [finished[index] for index in range(len(all_jobs))]
        # dither lifted a peak over the limit: then all come down with it
        lowered_db = needed_db


def _assemble(
    plan: PairsPlan,
    finished: Sequence[Finished],
    work: Path,
    target: Path,
    *,
    command: str | None,
    overwrite: bool,
) -> None:
    """Put the collection together beside its place and move it there whole."""
    place = absolute_place(target)
    whole = work / "collection"
    try:
        remove_folder(whole)
        (whole / PAIRS_FOLDER).mkdir(parents=True)
        for one in finished:
            one.folder.rename(whole / PAIRS_FOLDER / one.pair_id)
        for name, data in collection_files(plan.table, plan.settings, whole, command=command).items():
            path = whole / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        # hours may have passed, and something else may stand there by now
        check_target(target, overwrite=overwrite)
        with uninterrupted():
            move_into_place(whole, place)
    except (OSError, ValueError, RecursionError) as error:
        raise write_error(target, error) from error


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
