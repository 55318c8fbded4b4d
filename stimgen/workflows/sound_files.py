"""Find and read the sound files in a folder and the folders in it, stimulus sets left out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn

from stimgen.errors import ReadError, StimgenError
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.media.file_bytes import one_line
from stimgen.media.read import read
from stimgen.media.sound import Sound
from stimgen.workflows.progress import Progress
from stimgen.workflows.refusals import raise_refusals

CANNOT = "files cannot be used"
SUFFIXES = frozenset(
    [".wav", ".wave", ".flac", ".aif", ".aiff", ".ogg", ".oga", ".mp3", ".w64", ".caf", ".au"]
)


def find_sound_files(folder: Path) -> tuple[list[Path], int]:
    """Return the sound files below a folder in order, and how many other files and stimulus sets there are.

    Args:
        folder: Where to look; hidden files and folders are passed over.

    Raises:
        ReadError: If it is no folder, is a stimulus set, holds no sound files, or it or a folder in it cannot be
            listed.
    """
    try:
        is_folder = folder.is_dir()
        is_set = (folder / MANIFEST_NAME).is_file() and (folder / "stimuli").is_dir()
    except OSError as error:
        error.filename = str(folder)
        _refuse_unlisted(error)
    if not is_folder:
        raise ReadError(f"{str(folder)!r} is not a folder; give a folder of sound files")
    if is_set:
        raise ReadError(
            f"{str(folder)!r} is a stimulus set with its recordings; give its folder {str(folder / 'stimuli')!r}"
        )
    found, others = [], 0
    for place, folders, names in os.walk(folder, onerror=_refuse_unlisted):
        shown = [name for name in folders if not name.startswith(".")]
        # a stimulus set within the folder holds copies of what is calibrated, perhaps from an earlier run
        sets = [name for name in shown if os.path.isfile(Path(place) / name / MANIFEST_NAME)]
        others += len(sets)
        folders[:] = sorted(name for name in shown if name not in sets)
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                found.append(Path(place) / name)
            elif not name.startswith("."):
                others += 1
    if not found:
        raise ReadError(
            f"{str(folder)!r} holds no sound files; give a folder with files ending in {', '.join(sorted(SUFFIXES))}"
        )
    return found, others


def read_sound_files(
    paths: Sequence[Path], *, channel: int | Literal["mean"] | None, progress: Progress | None
) -> list[Sound]:
    """Read sound files.

    Args:
        paths: The files.
        channel: Which channel of files with several, counted from 1, or "mean".
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        StimgenError: If files cannot be read or are not usable; up to five are named.
    """
    sounds: list[Sound] = []
    refused: list[tuple[str, StimgenError]] = []
    for n, path in enumerate(paths):
        if progress:
            progress("read", n, len(paths))
        try:
            sounds.append(read(path, channel=channel))
        except StimgenError as error:
            refused.append(("", error))
    raise_refusals(refused, n_all=len(paths), cannot=CANNOT)
    return sounds


def _refuse_unlisted(error: OSError) -> NoReturn:
    reason = (error.strerror or str(error)).lower()
    raise ReadError(
        f"the folder {one_line(str(error.filename))!r} cannot be listed: {reason}; change its permissions, or give a "
        "folder without it"
    ) from error
