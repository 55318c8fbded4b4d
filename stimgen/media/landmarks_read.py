"""Landmarks of a picture from a file of any format that is known here, and back."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from stimgen.errors import ReadError, SettingError
from stimgen.media.file_bytes import bytes_of, is_there, one_line
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_check import demand_in_picture
from stimgen.media.landmarks_csv import has_points, landmarks_of_table, table_of_landmarks
from stimgen.media.landmarks_pts import landmarks_of_pts, pts_of_landmarks
from stimgen.media.landmarks_tem import landmarks_of_tem, tem_of_landmarks
from stimgen.media.picture import Picture
from stimgen.media.plain_text import text_of

MAX_BYTES = 4 * 2**20
SUFFIXES = (".tem", ".pts", ".csv", ".tsv")

# two files of one picture say the same if no point is further apart than one rounds to in print
_SAME_PX = 0.01

_WRITERS: dict[str, Callable[[Landmarks], bytes]] = {
    ".tem": tem_of_landmarks,
    ".pts": pts_of_landmarks,
    ".csv": table_of_landmarks,
    ".tsv": lambda landmarks: table_of_landmarks(landmarks, separator="\t"),
}


def read_landmarks(path: str | os.PathLike[str]) -> Landmarks:
    """Read the landmarks of a picture.

    Args:
        path: A .tem of PsychoMorph or WebMorph, a .pts of the iBUG group, or a table with the columns x and y (.csv,
            .tsv); told apart by suffix; 3 to 2,000 points, at most 4 MiB.

    Returns:
        The landmarks, in px from the centre of the top left pixel, with the bytes of their file.

    Raises:
        ReadError: If it cannot be read, is of another format, damaged, or holds too few points or impossible ones.

    Examples:
        >>> read_landmarks("missing.tem")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.tem; check the path
    """
    path = Path(path)
    label = one_line(str(path))
    _known_suffix(path, label=label)
    raw = bytes_of(
        path, label=label, max_bytes=MAX_BYTES, kind="file of landmarks", smaller="leave points out"
    )
    return landmarks_of(raw, path=path)


def landmarks_of(raw: bytes, *, path: Path) -> Landmarks:
    """Return the landmarks that the bytes of a file hold, as `read_landmarks` does.

    Args:
        raw: All bytes of the file.
        path: What to call it; its suffix says what kind it is, and it need not exist.

    Raises:
        ReadError: As `read_landmarks`.
    """
    label = one_line(str(path))
    found = _parsed(raw, _known_suffix(path, label=label), label=label)
    return replace(found, path=path, sha256=hashlib.sha256(raw).hexdigest(), raw=raw)


def landmarks_beside(picture: str | os.PathLike[str]) -> Landmarks | None:
    """Read the landmarks that lie beside a picture under its name: face.tem beside face.jpg.

    Tables without columns x and y are passed over, since they hold something else.

    Args:
        picture: Path of the picture.

    Returns:
        The landmarks, None if there are none.

    Raises:
        ReadError: If a file of landmarks cannot be read, or there are several that differ.
    """
    found = [read_landmarks(path) for path in _candidates(Path(picture))]
    for other in found[1:]:
        if other.xy.shape != found[0].xy.shape or np.abs(other.xy - found[0].xy).max() > _SAME_PX:
            raise ReadError(
                f"beside {one_line(str(picture))} lie {_file(found[0])} and {_file(other)}, which differ; remove one, "
                f"or name the one to use"
            )
    return found[0] if found else None


def with_landmarks(picture: Picture, landmarks: Landmarks) -> Picture:
    """Return a picture with landmarks, which belong to it as it stands: upright, at this size.

    Raises:
        PictureError: If a point is outside by more than a quarter of the picture's width or height.
    """
    label = _file(landmarks) if landmarks.path else f"the landmarks of {picture.name}"
    demand_in_picture(landmarks, width_px=picture.width_px, height_px=picture.height_px, label=label)
    return replace(picture, points=landmarks)


def with_landmarks_beside(picture: Picture) -> Picture:
    """Return a picture with the landmarks that lie beside its file; itself if it has some, no file, or none are there.

    Raises:
        ReadError: If a file of landmarks cannot be read, or there are several that differ.
        PictureError: If a point is outside by more than a quarter of the picture's width or height.
    """
    if picture.points is not None or picture.path is None:
        return picture
    found = landmarks_beside(picture.path)
    return picture if found is None else with_landmarks(picture, found)


def write_landmarks(landmarks: Landmarks, *, like: str | os.PathLike[str] | None = None) -> bytes:
    """Return the bytes of a file of landmarks, which `read_landmarks` reads back.

    Only .tem keeps lines and only tables keep names.

    Args:
        landmarks: What to write.
        like: A suffix or a path with one of `SUFFIXES`; None for that of the file they came from, else .tem.

    Raises:
        SettingError: If it is none of them.

    Examples:
        >>> write_landmarks(Landmarks(xy=np.array([[0.0, 1.0], [2.0, 0.5], [1.0, 1.0]])), like=".csv")
        b'x,y\\n0.0,1.0\\n2.0,0.5\\n1.0,1.0\\n'
    """
    name = os.fspath(like) if like is not None else str(landmarks.path or ".tem")
    suffix = next((known for known in SUFFIXES if name.lower().endswith(known)), None)
    if suffix is None:
        raise SettingError(
            f"landmarks cannot be written like {one_line(name)!r}; allowed are {', '.join(SUFFIXES)}"
        )
    return _WRITERS[suffix](landmarks)


def _parsed(raw: bytes, suffix: str, *, label: str) -> Landmarks:
    if suffix in (".csv", ".tsv"):
        return landmarks_of_table(raw, label=label)
    reader = landmarks_of_tem if suffix == ".tem" else landmarks_of_pts
    return reader(text_of(raw, label=label), label=label)


def _candidates(picture: Path) -> list[Path]:
    """Return the files under a picture's name that hold landmarks; two spellings of one file are one."""
    found: list[Path] = []
    for suffix in SUFFIXES:
        for path in (picture.with_suffix(suffix), picture.with_suffix(suffix.upper())):
            if not is_there(path) or any(path.samefile(other) for other in found):
                continue
            if suffix in (".tem", ".pts") or _is_table_of_points(path):
                found.append(path)
    return found


def _is_table_of_points(path: Path) -> bool:
    label = one_line(str(path))
    try:
        return has_points(bytes_of(path, label=label, max_bytes=MAX_BYTES, kind="table", smaller="split it"))
    except ReadError:
        # a table that cannot be read was not meant for this, or names no columns
        return False


def _known_suffix(path: Path, *, label: str) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ReadError(f"{label} is no file of landmarks that is read; allowed are {', '.join(SUFFIXES)}")
    return suffix


def _file(landmarks: Landmarks) -> str:
    return one_line(landmarks.path.name) if landmarks.path else "landmarks"
