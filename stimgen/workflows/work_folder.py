"""The hidden folder beside a collection in which a long run keeps what it has done, so that it can go on."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from stimgen.errors import WorkerError, WriteError
from stimgen.export.files import absolute_place, remove_folder, write_error

MARK_NAME = "stimgen-work.txt"
DRAFTS_FOLDER, FINISHED_FOLDER = "drafts", "finished"
KEPT = "what was rendered is kept, and the next run into the same place goes on from there"
_MARK = "stimgen keeps here what it has done so far; it is removed when the set is complete\n"


@contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """Make or find the work folder of a target, and keep other runs out of it meanwhile.

    Where a run fails, its error gets a note if something is kept for the next one; else the folder is removed.

    Args:
        target: Where the collection will be.

    Raises:
        WriteError: If it cannot be made, is something else, or another run is at work in it.
    """
    place = absolute_place(target)
    folder = place.parent / f".{place.name[:50]}.work"
    made = [one for one in folder.parents if not os.path.lexists(one)]
    try:
        _enter(folder)
        lock = (folder / MARK_NAME).open("r+", encoding="utf-8")
    except OSError as error:
        _remove_empty([folder, *made])
        raise write_error(target, error) from error
    is_used = True
    try:
        with lock:
            _lock(lock, target)
            try:
                yield folder
            except BaseException as error:
                is_used = _note_kept(folder, error)
                if not is_used and os.name != "nt":
                    _give_up(folder, made)  # as long as no other run can be in it
                raise
    finally:
        if not is_used and os.name == "nt":
            _give_up(folder, made)  # where a file that is open cannot be removed


def discard(folder: Path) -> None:
    """Remove a work folder that is no longer needed."""
    remove_folder(folder)


def _enter(folder: Path) -> None:
    mark = folder / MARK_NAME
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise WriteError(
            f"{str(folder)!r} stands where unfinished work is kept, and is no folder; move it elsewhere"
        )
    if not mark.is_file() and (others := sorted(folder.iterdir()) if folder.exists() else []):
        raise WriteError(
            f"{str(folder)!r} is where unfinished work is kept, but holds other things, such as {others[0].name!r}; "
            "move it elsewhere"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not mark.is_file():
        try:
            mark.write_text(_MARK, encoding="utf-8", newline="\n")
        except OSError:
            mark.unlink(missing_ok=True)
            raise


def _note_kept(folder: Path, error: BaseException) -> bool:
    """Whether a folder holds anything for another run; if so, the error says it."""
    if not any(any((folder / name).glob("[!.]*")) for name in (DRAFTS_FOLDER, FINISHED_FOLDER)):
        return False
    # that error says it itself
    if not isinstance(error, WorkerError):
        error.add_note(KEPT)
    return True


def _give_up(folder: Path, made: Sequence[Path]) -> None:
    """Remove a work folder, and the folders above it that were made for it."""
    remove_folder(folder)
    _remove_empty(made)


def _remove_empty(folders: Sequence[Path]) -> None:
    for one in folders:
        with suppress(OSError):
            one.rmdir()  # goes only where nothing was written


def _lock(file: IO[str], target: Path) -> None:
    """Take the lock of the operating system on a file; it goes with the process, however that ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise WriteError(
            f"another stimgen is making {str(target)!r} right now; wait for it, or choose another place with -o"
        ) from None
