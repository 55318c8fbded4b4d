"""All bytes of a file that a user named, or one clear sentence why not."""

import os
import stat
from pathlib import Path

from stimgen.errors import ReadError


def bytes_of(path: Path, *, label: str, max_bytes: int, kind: str, smaller: str) -> bytes:
    """Return the bytes of a regular file.

    Args:
        path: Where it is.
        label: What to call it in errors.
        max_bytes: The most that it may hold.
        kind: What it should be, without article: "sound file".
        smaller: What to do if it is too large.

    Raises:
        ReadError: If it is missing, a folder, a device or pipe, not readable, empty or too large.

    Examples:
        >>> bytes_of(Path("missing.csv"), label="missing.csv", max_bytes=10, kind="table", smaller="split it")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.csv; check the path
    """
    try:
        if path.is_dir():
            raise ReadError(f"{label} is a folder; give a {kind} in it")
        # without O_NONBLOCK opening a named pipe waits for a writer, perhaps for ever
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ReadError(f"{label} is a device or pipe; give a regular file")
            _check_size(found.st_size, label=label, max_bytes=max_bytes, smaller=smaller)
            raw = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise ReadError(f"there is no file {one_line(str(path))}; check the path") from error
    except PermissionError as error:
        raise ReadError(f"{label} may not be read; change its permissions or copy it") from error
    except ReadError:
        raise
    except (OSError, ValueError) as error:
        reason = one_line(getattr(error, "strerror", None) or str(error))
        raise ReadError(f"{label} cannot be opened: {reason}; check the path") from error
    _check_size(len(raw), label=label, max_bytes=max_bytes, smaller=smaller)
    return raw


def is_there(path: Path) -> bool:
    """Whether something that is no folder stands at a path, whatever the path is made of."""
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        # too long a name, or signs that no name may have
        return False


def printable(text: str) -> str:
    """Return a text with question marks for line breaks and what else no table or picture can show."""
    return "".join(c if c.isprintable() else "?" for c in text)


def one_line(text: str) -> str:
    """Return a text that can be shown in an error: printable, at most 163 characters of a long one."""
    text = printable(text)
    return text if len(text) <= 200 else f"{text[:80]}...{text[-80:]}"


def _check_size(n_bytes: int, *, label: str, max_bytes: int, smaller: str) -> None:
    if n_bytes == 0:
        raise ReadError(f"{label} is empty; copy or export it again")
    if n_bytes > max_bytes:
        raise ReadError(
            f"{label} has {n_bytes / 2**20:.0f} MiB; allowed are {max_bytes // 2**20} MiB; {smaller}"
        )
