"""The files of a set beside its sounds: the table, the data package, and what lies among the stimuli."""

import hashlib
from collections.abc import Container, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from stimgen.export.files import LITTER
from stimgen.export.inside import path_inside, read_inside, shown
from stimgen.export.manifest import Manifest
from stimgen.export.picture_manifest import PictureManifest
from stimgen.export.strict_json import parse_json
from stimgen.export.tables import CONTACT_SHEET_NAME, DATAPACKAGE_NAME, TABLE_NAME, stimuli_csv

MISSING = "missing, unreadable or not a regular file of the set"


def read_or_none(folder: Path, name: str) -> bytes | None:
    """Return the bytes of a file of the set, None where it cannot be read or is none."""
    try:
        return read_inside(folder, name)
    except OSError:
        return None


def table_problems(folder: Path, manifest: Manifest | PictureManifest) -> Iterator[str]:
    """Say whether the table of stimuli differs from the manifest."""
    data = read_or_none(folder, TABLE_NAME)
    if data is None:
        yield f"{TABLE_NAME}: {MISSING}"
    elif data != stimuli_csv(manifest).encode("utf-8"):
        yield f"{TABLE_NAME}: does not say what the manifest says"


def package_problems(folder: Path, implied: Iterable[str], *, told: Container[str] = ()) -> Iterator[str]:
    """Say whether the data package lists every file that must be there, and each file as it is.

    Args:
        folder: The set or collection.
        implied: Every file that must be there.
        told: Paths of files, and of folders with files, of which something was said already.
    """
    data = read_or_none(folder, DATAPACKAGE_NAME)
    if data is None:
        yield f"{DATAPACKAGE_NAME}: {MISSING}"
        return
    resources = _resources(data)
    if resources is None:
        yield f"{DATAPACKAGE_NAME}: is not a data package that can be read"
        return
    paths = [str(resource["path"]) for resource in resources]
    if len(set(paths)) < len(paths):
        yield f"{DATAPACKAGE_NAME}: lists a file twice"
    for name in implied:
        if name not in paths:
            yield f"{DATAPACKAGE_NAME}: does not list {shown(name)}"
    for path, resource in {str(resource["path"]): resource for resource in resources}.items():
        if not any(shown(str(place)) in told for place in (path, *PurePosixPath(path).parents)):
            yield from _resource_problems(folder, path, resource)


def strangers(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Name what lies among the stimuli or recordings but is none of them."""
    yield from strangers_within(folder, "stimuli", {stimulus.file for stimulus in manifest.stimuli})
    stored = {source.stored for source in manifest.sources if source.stored is not None}
    yield from strangers_within(folder, "sources", stored)
    references = {sound.file for sound in manifest.calibration.reference_sounds}
    yield from strangers_within(folder, "calibration", references)


def strangers_within(folder: Path, within: str, listed: Container[str]) -> Iterator[str]:
    """Name what lies in a folder of the set but is not listed; what operating systems litter does not count."""
    try:
        names = sorted(path.name for path in path_inside(folder, within).iterdir())
    except OSError:
        return  # if there should be files, each one that is missing is named elsewhere
    for name in names:
        if f"{within}/{name}" not in listed and name not in LITTER and not name.startswith("._"):
            yield f"{within}/{shown(name)}: not in the manifest"


def implied_files(manifest: Manifest) -> Iterator[str]:
    """Yield the path of every file that a set must hold besides its manifest and data package."""
    yield from (stimulus.file for stimulus in manifest.stimuli)
    yield from (source.stored for source in manifest.sources if source.stored is not None)
    yield from (sound.file for sound in manifest.calibration.reference_sounds)
    yield from (TABLE_NAME, CONTACT_SHEET_NAME)


def _resources(data: bytes) -> list[dict[str, Any]] | None:
    try:
        resources = parse_json(data)["resources"]
    except (ValueError, KeyError, TypeError):
        return None
    is_list = isinstance(resources, list) and all(isinstance(resource, dict) for resource in resources)
    if not is_list or not all(
        isinstance(resource.get(key), str) for resource in resources for key in ("path", "hash")
    ):
        return None
    return list(resources)


def _resource_problems(folder: Path, path: str, resource: dict[str, Any]) -> Iterator[str]:
    content = read_or_none(folder, path)
    if content is None:
        yield f"{shown(path)}: {MISSING}"
        return
    if "sha256:" + hashlib.sha256(content).hexdigest() != resource["hash"]:
        yield f"{shown(path)}: the sha256 differs from {DATAPACKAGE_NAME}; the file was changed"
    said = resource.get("bytes")
    # True is 1 in Python, but no size
    if type(said) is not int or said != len(content):
        yield f"{shown(path)}: has {len(content)} bytes, {DATAPACKAGE_NAME} says {shown(repr(said))}"
