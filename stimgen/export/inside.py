"""Read a file of a set: nothing outside its folder, nothing that is not a regular file, nothing endless."""

import os
import stat
from pathlib import Path, PurePosixPath

from stimgen.errors import ReadError

MAX_BYTES = 512 * 2**20
_LONGEST_SHOWN = 120


def read_inside(folder: Path, name: str) -> bytes:
    """Return the bytes of a file of a set.

    Links are followed as long as they stay in the set. A named pipe, a device or a folder is refused without
    waiting for it, a huge file without reading it.

    Args:
        folder: The set.
        name: Path of the file relative to the set, with forward slashes.

    Raises:
        FileNotFoundError: If there is nothing of this name.
        PermissionError: If it may not be read.
        ReadError: If the name leads out of the set, or it is no regular file of at most 512 MiB.
    """
    path = path_inside(folder, name)
    try:
        # without O_NONBLOCK opening a named pipe waits for a writer, perhaps for ever
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ReadError(f"{shown(name)} is not a regular file; restore it from a copy of the set")
            data = b"" if found.st_size > MAX_BYTES else file.read(MAX_BYTES + 1)
    except (FileNotFoundError, PermissionError, ReadError):
        raise
    except (OSError, ValueError) as error:
        raise ReadError(f"{shown(name)} cannot be opened; restore it from a copy of the set") from error
    if max(found.st_size, len(data)) > MAX_BYTES:
        raise ReadError(
            f"{shown(name)} has more than {MAX_BYTES // 2**20} MiB; restore it from a copy of the set"
        )
    return data


def path_inside(folder: Path, name: str) -> Path:
    """Return where a name of a set leads, all links followed.

    Args:
        folder: The set.
        name: Path relative to the set, with forward slashes.

    Raises:
        FileNotFoundError: If there is nothing of this name.
        PermissionError: If a folder on the way may not be entered.
        ReadError: If it leads out of the set or is no path at all.
    """
    relative = PurePosixPath(name)
    outside = ReadError(f"{shown(name)} is not a path within the set; restore the set from a copy")
    if relative.is_absolute() or ".." in relative.parts or "\\" in name or ":" in name:
        raise outside
    try:
        home = folder.resolve(strict=True)
        path = (home / relative).resolve(strict=True)
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, RuntimeError, ValueError) as error:  # loops of links, names too long, null characters
        raise outside from error
    if path == home or not path.is_relative_to(home):
        raise outside
    return path


def shown(name: str) -> str:
    r"""Return a name as it may stand in a sentence: one line, characters that cannot be printed as question marks.

    Examples:
        >>> shown("stimuli/a\nb.wav")
        'stimuli/a?b.wav'
    """
    name = "".join(c if c.isprintable() else "?" for c in name)
    half = _LONGEST_SHOWN // 2
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:half]}...{name[-half:]}"
