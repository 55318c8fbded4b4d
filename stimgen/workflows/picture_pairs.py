"""From a table of pairs of pictures to a collection: many sets, their light matched alike."""

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stimgen.errors import ReadError, SettingError, StimgenError
from stimgen.export.collection import PAIRS_FOLDER
from stimgen.export.files import (
    absolute_place,
    check_target,
    move_into_place,
    remove_folder,
    write_error,
)
from stimgen.export.uninterrupted import uninterrupted
from stimgen.media.file_bytes import is_there, one_line
from stimgen.media.pairs_table import PairRow, read_pairs
from stimgen.workflows.allowed import demand_whole_number
from stimgen.workflows.picture_collect import picture_collection_files
from stimgen.workflows.picture_morph import picture_settings
from stimgen.workflows.picture_pair_job import (
    CheckedPair,
    FinishedPair,
    PicturePairJob,
    check_pair,
    finish_picture_pair,
)
from stimgen.workflows.picture_plan import LightAim
from stimgen.workflows.picture_settings import PictureMorphSettings
from stimgen.workflows.progress import Progress, no_progress
from stimgen.workflows.refusals import raise_refusals
from stimgen.workflows.work_folder import discard, work_folder
from stimgen.workflows.workers import run_jobs

MOST_JOBS = 256
POINTS_COLUMNS = ("points_a", "points_b")
# targets of the whole collection are lowered until every pair reaches them, at most so often
_MOST_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class PicturePairsPlan:
    """Many pairs of pictures, read and found fit to be made.

    Args:
        target: Where the collection goes.
        settings: The choices, with the targets of light that all pairs share.
        jobs: One for every pair, in the order of the table.
        spaces: Name of the space of every pair.
    """

    target: Path
    settings: PictureMorphSettings
    jobs: tuple[PicturePairJob, ...]
    spaces: tuple[str, ...]

    @property
    def n_stimuli(self) -> int:
        """Number of pictures that will be made."""
        return len(self.jobs) * self.settings.steps * (1 if self.settings.control is None else 2)


def morph_picture_pairs(
    table: str | Path,
    folder: str | Path,
    *,
    jobs: int = 1,
    overwrite: bool = False,
    sources: bool = True,
    command: str | None = None,
    progress: Progress | None = None,
    **choices: Any,
) -> Path:
    """Make a set for every pair of a table of pictures.

    With `match` "luminance" or "contrast" all pairs get one target: the one given, or the mean over all pictures that
    go in; where a pair cannot reach it, all come down. What is done is kept in a hidden folder beside the target until
    all is complete, by the content of pictures and choices: a run that was stopped goes on where it was.

    Args:
        table: A csv or tsv file with the columns file_a and file_b, and pair_id, exemplar_id, contrast, points_a and
            points_b (landmark files) if wanted.
        folder: Where to.
        jobs: Number of processes. With more than one, call this from under `if __name__ == "__main__":`.
        overwrite: Replace a collection that is there; it stays as it is if the new one cannot be made.
        sources: Whether to put a copy of the pictures into the sets.
        command: The command line to note in the manifest.
        progress: Called as progress(stage, n_done, n_all).
        choices: As for `morph_pictures`, but for `points`.

    Returns:
        The folder.

    Raises:
        SettingError: If the table or a choice is not allowed.
        ReadError: If the table or pictures cannot be read; all that are missing are named.
        PictureError: If pairs cannot be made; up to five are named with their reasons.
        WriteError: If the folder exists or cannot be written.
        WorkerError: If a process ended by itself.
    """
    plan = prepare_picture_pairs(
        table, folder, jobs=jobs, overwrite=overwrite, sources=sources, progress=progress, **choices
    )
    target, settings, rows = plan.target, plan.settings, [job.row for job in plan.jobs]
    with work_folder(target) as work:
        try:
            finished = _finish_all(
                [replace(job, work=work) for job in plan.jobs],
                settings,
                n_processes=jobs,
                progress=progress or no_progress,
            )
        except OSError as error:
            raise error if isinstance(error, StimgenError) else write_error(target, error) from error
        _assemble(Path(table), rows, finished, settings, work, target, command=command, overwrite=overwrite)
        if os.name != "nt":
            discard(work)  # as long as no other run can be in it
    if os.name == "nt":
        discard(work)  # where a file that is open cannot be removed
    return target


def prepare_picture_pairs(
    table: str | Path,
    folder: str | Path,
    *,
    jobs: int = 1,
    overwrite: bool = False,
    sources: bool = True,
    progress: Progress | None = None,
    **choices: Any,
) -> PicturePairsPlan:
    """Read everything, refuse what does not go together, and find the common targets; nothing is written.

    Arguments and errors are those of `morph_picture_pairs`.
    """
    settings = picture_settings(**choices)
    _check_choices(settings, jobs)
    target, report = Path(folder), progress or no_progress
    check_target(target, overwrite=overwrite)
    place = Path(table)
    all_jobs = [
        PicturePairJob(
            row=row, settings=_with_points(settings, row, place.parent), sources=sources, work=Path()
        )
        for row in read_pairs(place)
    ]
    checked = _check_all(all_jobs, jobs, report)
    return PicturePairsPlan(
        target=target,
        settings=_with_targets(settings, checked),
        jobs=tuple(all_jobs),
        spaces=tuple(one.space for one in checked),
    )


def _check_choices(settings: PictureMorphSettings, jobs: int) -> None:
    demand_whole_number("--jobs", jobs, 1, MOST_JOBS)
    if settings.space is not None and not isinstance(settings.space, str):
        raise SettingError("many pairs need a space by its name, so that other processes can make it")
    if settings.points is not None:
        raise SettingError(
            "--points names the landmarks of one pair; with --pairs name the files in the columns points_a and "
            "points_b, or put them beside the pictures"
        )
    if settings.match in ("histogram", "spectrum"):
        raise SettingError(
            f"--match {settings.match} takes its target from one set and would differ from pair to pair; with --pairs "
            "use luminance or contrast, or make the sets one by one"
        )


def _with_points(settings: PictureMorphSettings, row: PairRow, folder: Path) -> PictureMorphSettings:
    for ref in (row.a, row.b):
        if ref.start_s is not None or ref.stop_s is not None or ref.is_labelled:
            raise SettingError(
                f"pair {row.pair_id}: {one_line(str(ref))} names a part, which only recordings have"
            )
    cells = [row.extra.get(column, "") for column in POINTS_COLUMNS]
    if not any(cells):
        return settings
    if not all(cells):
        raise SettingError(
            f"pair {row.pair_id}: of the columns points_a and points_b only one is filled in; fill in both or none"
        )
    # a table may have been written on Windows
    paths = [folder / cell if is_there(folder / cell) else folder / cell.replace("\\", "/") for cell in cells]
    for path in paths:
        if not is_there(path):
            raise ReadError(
                f"pair {row.pair_id}: there is no file {one_line(str(path))}; relative paths begin at the folder "
                "of the table"
            )
    return replace(settings, points=tuple(paths))


def _check_all(all_jobs: Sequence[PicturePairJob], n_processes: int, progress: Progress) -> list[CheckedPair]:
    found: dict[int, CheckedPair] = {}
    progress("check", 0, len(all_jobs))
    for index, one in run_jobs(check_pair, all_jobs, n_processes=n_processes):
        found[index] = one
        progress("check", len(found), len(all_jobs))
    in_order = [found[index] for index in sorted(found)]
    refused = [(f"pair {one.pair_id}", one.problem) for one in in_order if one.problem is not None]
    raise_refusals(refused, n_all=len(in_order), cannot="pairs cannot be made")
    return in_order


def _with_targets(settings: PictureMorphSettings, pairs: Sequence[CheckedPair]) -> PictureMorphSettings:
    """Return the choices with the targets of the whole collection."""
    if settings.match == "none":
        return settings
    light = [one for pair in pairs for one in pair.light]
    luminance = settings.luminance or sum(mean for mean, _ in light) / len(light)
    contrast = settings.contrast or sum(spread for _, spread in light) / len(light)
    return replace(settings, luminance=luminance, contrast=contrast if settings.match == "contrast" else None)


def _finish_all(
    all_jobs: Sequence[PicturePairJob],
    settings: PictureMorphSettings,
    *,
    n_processes: int,
    progress: Progress,
) -> list[FinishedPair]:
    """Make every pair, again with lower targets for all where one does not reach them."""
    asked, lowered = LightAim(luminance=settings.luminance, contrast=settings.contrast), None
    for _ in range(_MOST_ROUNDS):
        finished: dict[int, FinishedPair] = {}
        progress("render", 0, len(all_jobs))
        done = run_jobs(finish_picture_pair, all_jobs, n_processes=n_processes, asked=asked, lowered=lowered)
        for index, one in done:
            finished[index] = one
            progress("render", len(finished), len(all_jobs))
        in_order = [finished[index] for index in range(len(all_jobs))]
        aim = lowered or asked
        lower = LightAim(
            luminance=_lowest(aim.luminance, [one.luminance for one in in_order]),
            contrast=_lowest(aim.contrast, [one.contrast for one in in_order]),
        )
        if lower == aim:
            return in_order
        lowered = lower
    raise SettingError(
        "no target of light fits all pairs; give a lower --luminance or --contrast, or leave --match out"
    )


def _lowest(wanted: float | None, reached: Sequence[float | None]) -> float | None:
    """Return the target that all reach; what differs by rounding in manifests is the same."""
    known = [one for one in reached if one is not None]
    if wanted is None or not known or min(known) >= wanted - 2e-6:
        return wanted
    return min(known)


def _assemble(
    table: Path,
    rows: Sequence[PairRow],
    finished: Sequence[FinishedPair],
    settings: PictureMorphSettings,
    work: Path,
    target: Path,
    *,
    command: str | None,
    overwrite: bool,
) -> None:
    """Put the collection together beside its place and move it there whole."""
    place, whole = absolute_place(target), work / "collection"
    try:
        remove_folder(whole)
        (whole / PAIRS_FOLDER).mkdir(parents=True)
        for one in finished:
            one.folder.rename(whole / PAIRS_FOLDER / one.pair_id)
        now = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        files = picture_collection_files(table, rows, settings, whole, command=command, created_utc=now)
        for name, data in files.items():
            (whole / name).write_bytes(data)
        # hours may have passed, and something else may stand there by now
        check_target(target, overwrite=overwrite)
        with uninterrupted():
            move_into_place(whole, place)
    except (OSError, ValueError, RecursionError) as error:
        raise error if isinstance(error, StimgenError) else write_error(target, error) from error
