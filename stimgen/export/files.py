"""A folder that exists complete or not at all: written beside its place, then moved there."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from stimgen.errors import WriteError
from stimgen.export.manifest import MANIFEST_NAME, SCHEMA_NAME


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a place where a set must not or cannot be written, before any work is done.

    An empty folder may be filled. With `overwrite` a stimulus set may be replaced, but no other folder or file.

    Args:
        target: Folder of the set.
        overwrite: Whether a set that is there may be replaced.

    Raises:
        WriteError: If something stands in the way or the folder above cannot be written.
    """
    try:
        _refuse_occupied(target, overwrite=overwrite)
        parent = _nearest_folder(target)
        if not os.access(parent, os.W_OK | os.X_OK):
            raise WriteError(
                f"cannot write into {str(parent)!r}: permission denied; choose another place with -o"
            )
    except OSError as error:
        if isinstance(error, WriteError):
            raise
        raise WriteError(
            f"cannot write {str(target)!r}: {_reason(error)}; choose another place with -o"
        ) from error


def save_files(files: Mapping[str, bytes], target: Path, *, overwrite: bool) -> None:
    """Write files into a folder of their own, all or none.

    Args:
        files: Contents by relative forward-slash path.
        target: The folder; it is made, or replaced with `overwrite`.
        overwrite: Whether a set that is there may be replaced; it stays untouched until the new one is complete.

    Raises:
        WriteError: If the folder cannot be written; what stood there before still does.
    """
    check_target(target, overwrite=overwrite)
    # absolute, so that a name with a leading dash or a folder that is "." has a parent and a name
    place = Path(os.path.abspath(target))
    partial = place.parent / f".{place.name[:100]}.{secrets.token_hex(4)}.partial"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        _move_into_place(partial, place)
    except OSError as error:
        raise WriteError(
            f"cannot write {str(target)!r}: {_reason(error)}; choose another place with -o"
        ) from error
    finally:
        # reached on Ctrl-C too; after a move there is nothing left to remove
        shutil.rmtree(partial, ignore_errors=True)


def _move_into_place(partial: Path, place: Path) -> None:
    if not os.path.lexists(place):
        os.replace(partial, place)
        return
    old = partial.with_suffix(".old")
    os.replace(place, old)
    try:
        os.replace(partial, place)
    except BaseException:
        os.replace(old, place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_occupied(target: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise WriteError(f"{str(target)!r} exists and is not a folder; choose another place with -o")
    if target.is_symlink():
        raise WriteError(f"{str(target)!r} is a link; give the folder that it points to with -o")
    if not any(target.iterdir()):
        return
    if not _is_set(target):
        raise WriteError(
            f"folder {str(target)!r} holds other things than a stimulus set; choose another place with -o"
        )
    if not overwrite:
        raise WriteError(
            f"the stimulus set {str(target)!r} exists already; use --overwrite or choose another place with -o"
        )


def _is_set(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        return bool(manifest["schema"]["name"] == SCHEMA_NAME)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _nearest_folder(target: Path) -> Path:
    parent = Path(os.path.abspath(target)).parent
    while not os.path.lexists(parent):
        parent = parent.parent
    if not parent.is_dir():
        raise WriteError(f"{str(parent)!r} is a file, not a folder; choose another place with -o")
    return parent


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
