"""A folder that exists complete or not at all: written beside its place, then moved there."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from stimgen.errors import ManifestError, WriteError
from stimgen.export.collection import read_any_manifest
from stimgen.export.inside import read_inside
from stimgen.export.manifest import MANIFEST_NAME, Manifest
from stimgen.export.picture_manifest import PictureManifest
from stimgen.export.strict_json import parse_json
from stimgen.export.tables import DATAPACKAGE_NAME
from stimgen.export.uninterrupted import uninterrupted

LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
LONGEST_NAME_BYTES = 255


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a place where a set must not or cannot be written, before any work is done.

    An empty folder may be filled. With `overwrite` a stimulus set may be replaced, but no other folder or file, and
    no set that holds files which stimgen did not write. Whether the place can be written is found out by making and
    removing a folder beside it.

    Args:
        target: Folder of the set.
        overwrite: Whether a set that is there may be replaced.

    Raises:
        WriteError: If something stands in the way or the place cannot be written.
    """
    try:
        place = absolute_place(target)
        _refuse_occupied(place, shown=str(target), overwrite=overwrite)
        probe = _partial(_nearest_folder(place), place.name)
        with uninterrupted():
            probe.mkdir()
            probe.rmdir()
    except (OSError, ValueError, RecursionError) as error:
        raise write_error(target, error) from error


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
    place = absolute_place(target)
    made: list[Path] = []
    partial = _partial(place.parent, place.name)
    try:
        made = _make_folders(place.parent)
        partial.mkdir()
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        with uninterrupted():
            move_into_place(partial, place)
    except (OSError, ValueError, RecursionError) as error:
        raise write_error(target, error) from error
    finally:
        # reached on Ctrl-C too; after a move there is nothing left to remove
        with uninterrupted():
            remove_folder(partial)
            for folder in reversed(made):
                with suppress(OSError):
                    folder.rmdir()  # goes only where nothing was written


def move_into_place(partial: Path, place: Path) -> None:
    """Move a complete folder to where it belongs; what stood there before is gone only after that.

    Raises:
        OSError: If it cannot be moved; what stood there still does.
    """
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
    remove_folder(old)


def remove_folder(folder: Path) -> None:
    """Remove a folder and all that is in it, read-only or not, if it is there."""
    if not os.path.lexists(folder):
        return
    for path, _, _ in os.walk(folder):
        # a set that was made read-only is replaced on request like any other
        with suppress(OSError):
            os.chmod(path, stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def _refuse_occupied(place: Path, *, shown: str, overwrite: bool) -> None:
    try:
        found = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(found.st_mode):
        raise WriteError(f"{shown!r} is a link; give the folder that it points to with -o")
    if not stat.S_ISDIR(found.st_mode):
        raise WriteError(f"{shown!r} exists and is not a folder; choose another place with -o")
    if not any(place.iterdir()):
        return
    try:
        manifest = read_any_manifest(place)
    except ManifestError:
        raise WriteError(
            f"folder {shown!r} holds other things than a stimulus set; choose another place with -o"
        ) from None
    if not overwrite:
        raise WriteError(
            f"the stimulus set {shown!r} exists already; use --overwrite or choose another place with -o"
        )
    known = {MANIFEST_NAME, DATAPACKAGE_NAME, *_listed(place)}
    if isinstance(manifest, Manifest | PictureManifest):
        known |= {one.file for one in manifest.stimuli}
    foreign = sorted(name for name in _names(place) if name not in known)
    if foreign:
        raise WriteError(
            f"the stimulus set {shown!r} also holds {foreign[0]!r}, which stimgen did not write and --overwrite would "
            "remove; move it elsewhere or choose another place with -o"
        )


def _listed(place: Path) -> Iterator[str]:
    """Yield the paths in a set's data package, none if it cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        package = parse_json(read_inside(place, DATAPACKAGE_NAME))
        yield from [str(item["path"]) for item in package["resources"]]


def _names(place: Path) -> Iterator[str]:
    """Yield the relative forward-slash paths of all files below a folder, but for what systems litter."""
    for folder, _, names in os.walk(place):
        for name in names:
            if name not in LITTER and not name.startswith("._"):
                yield (Path(folder) / name).relative_to(place).as_posix()


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return the ones that were not there, the highest first."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
    return missing[::-1]


def _nearest_folder(place: Path) -> Path:
    parent = place.parent
    while not os.path.lexists(parent):
        parent = parent.parent
    if not parent.is_dir():
        raise WriteError(f"{str(parent)!r} is not a folder; choose another place with -o")
    return parent


def absolute_place(target: Path) -> Path:
    """Return a path with a parent and a name, whatever was given: '.', '-set', 'a/../b'."""
    place = Path(os.path.abspath(target))
    if not place.name:
        raise WriteError(f"{str(target)!r} is no place for a set; give a folder of its own with -o")
    for part in place.parts:
        if len(os.fsencode(part)) > LONGEST_NAME_BYTES:
            raise WriteError(
                f"the name {part[:40]!r}... is longer than {LONGEST_NAME_BYTES} bytes; shorten it in -o"
            )
    return place


def _partial(parent: Path, name: str) -> Path:
    # cut by characters of four bytes at most, so that the name stays legal
    return parent / f".{name[:50]}.{secrets.token_hex(4)}.partial"


def write_error(target: Path, error: Exception) -> WriteError:
    """Return one sentence for a place that cannot be written."""
    if isinstance(error, WriteError):
        return error
    reason = "the path is too long" if isinstance(error, RecursionError) else str(error)
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
    shown = str(target)
    shown = shown if len(shown) <= 200 else shown[:100] + "..." + shown[-80:]
    return WriteError(f"cannot write {shown!r}: {reason}; choose another place with -o")
