"""Read the manifest of a set: one sentence for whatever is wrong with it."""

import os
import stat
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from stimgen.errors import ManifestError, ReadError
from stimgen.export.complete import first_missing, missing_picture_keys
from stimgen.export.inside import read_inside, shown
from stimgen.export.manifest import MANIFEST_NAME, Manifest
from stimgen.export.picture_manifest import PictureManifest
from stimgen.export.strict_json import parse_json

_Kind = TypeVar("_Kind", Manifest, PictureManifest)


def read_manifest(folder: Path) -> Manifest:
    """Read and validate the manifest of a set.

    Args:
        folder: The set.

    Raises:
        ManifestError: If the manifest is missing, may not be read, is not JSON, lacks a key or holds a value of the
            wrong kind.
    """
    return parse_manifest(read_manifest_json(folder), folder)


def read_manifest_json(folder: Path) -> Any:
    """Return what the manifest of a folder holds as JSON, whatever it is.

    Raises:
        ManifestError: If the manifest is missing, may not be read or is not JSON.
    """
    place = shown(str(folder / MANIFEST_NAME))
    _demand_folder(folder)
    try:
        return parse_json(read_inside(folder, MANIFEST_NAME))
    except FileNotFoundError:
        raise ManifestError(
            f"{shown(str(folder))!r} holds no {MANIFEST_NAME}; give the folder that stimgen morph wrote"
        ) from None
    except PermissionError as error:
        raise ManifestError(f"{place!r} may not be read; change its permissions or copy the set") from error
    except ReadError as error:
        raise ManifestError(
            f"{place!r} is unreadable or not a regular file of the set; restore it from a copy of the set"
        ) from error
    except ValueError as error:
        raise ManifestError(
            f"{place!r} cannot be read as JSON: {error}; restore it from a copy of the set"
        ) from error


def parse_manifest(data: Any, folder: Path) -> Manifest:
    """Validate what the manifest of a set of sounds holds.

    Args:
        data: The JSON.
        folder: Where it was read.

    Raises:
        ManifestError: If it lacks a key or holds a value of the wrong kind.
    """
    manifest = _validated(Manifest, data, folder)
    _refuse_missing(first_missing(manifest), folder)
    return manifest


def parse_picture_manifest(data: Any, folder: Path) -> PictureManifest:
    """Validate what the manifest of a set of pictures holds; arguments and errors as for `parse_manifest`."""
    manifest = _validated(PictureManifest, data, folder)
    _refuse_missing(next(missing_picture_keys(manifest), None), folder)
    return manifest


def _validated(kind: type[_Kind], data: Any, folder: Path) -> _Kind:
    try:
        # strict: a number written as text or as true is not what stimgen wrote
        return kind.model_validate(data, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = shown(".".join(str(part) for part in first["loc"])) or "the manifest"
        raise ManifestError(
            f"{shown(str(folder / MANIFEST_NAME))!r} is not a manifest that this stimgen reads: {where}: "
            f"{shown(first['msg'])}; restore it from a copy of the set, or use the stimgen that wrote it"
        ) from None


def _refuse_missing(missing: str | None, folder: Path) -> None:
    if missing is not None:
        raise ManifestError(
            f"{shown(str(folder / MANIFEST_NAME))!r} lacks {missing}, which the stimgen that wrote it writes; "
            "restore it from a copy of the set"
        )


def _demand_folder(folder: Path) -> None:
    name = shown(str(folder))
    try:
        is_folder = stat.S_ISDIR(os.stat(folder).st_mode)
    except PermissionError as error:
        raise ManifestError(
            f"{name!r} may not be entered; change the permissions of the folders above it or copy the set"
        ) from error
    except (OSError, ValueError):
        is_folder = False
    if not is_folder:
        raise ManifestError(f"{name!r} is not a folder; give the folder of a stimulus set")
