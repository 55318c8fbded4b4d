"""The hidden folder beside a collection in which a long run keeps what it has done, so that it can go on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from stimgen.errors import WriteError
from stimgen.export.files import absolute_place, remove_folder, write_error

MARK_NAME = "stimgen-work.txt"
_MARK = "stimgen keeps here what it has done so far; it is removed when the set is complete\n"


@contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """Make or find the work folder of a target, and keep other runs out of it meanwhile.

    Args:
        target: Where the collection will be.

    Raises:
        WriteError: If it cannot be made, is something else, or another run is at work in it.
    """
    try:
        place = absolute_place(target)
        folder = place.parent / f".{place.name[:50]}.work"
        _enter(folder)
        lock = (folder / MARK_NAME).open("r+", encoding="utf-8")
    except OSError as error:
        raise write_error(target, error) from error
    with lock:
        _lock(lock, target)
        yield folder


def discard(folder: Path) -> None:
    """Remove a work folder that is no longer needed."""
    remove_folder(folder)


def _enter(folder: Path) -> None:
    mark = folder / MARK_NAME
    if folder.is_symlink() or (folder.exists() and any(folder.iterdir()) and not mark.is_file()):
        raise WriteError(
            f"{str(folder)!r} is where unfinished work is kept, but holds other things; move it elsewhere"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not mark.is_file():
        mark.write_text(_MARK, encoding="utf-8", newline="\n")


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
