"""Is a file a sound or a picture: by its first bytes, or by its name where it cannot be read."""

import os
from pathlib import Path
from typing import Literal

Medium = Literal["sound", "picture"]

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
# what pictures begin with, and where in the file that stands
_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"\xff\xd8\xff"),
    (0, b"II*\x00"),
    (0, b"MM\x00*"),
    (0, b"II+\x00"),
    (0, b"MM\x00+"),
    (8, b"WEBP"),
    (0, b"GIF8"),
)
_N_BYTES = 16


def medium_of(path: str | os.PathLike[str]) -> Medium:
    """Return whether a file is a picture; everything else is left to those who read sounds.

    Args:
        path: The file; it need not be there.

    Examples:
        >>> medium_of("face.png"), medium_of("song.wav"), medium_of("song.wav@1.2:1.3")
        ('picture', 'sound', 'sound')
    """
    place = Path(path)
    head = _head(place)
    if head:
        is_picture = any(head[at : at + len(sign)] == sign for at, sign in _SIGNATURES)
        # two letters are too few to go by: BMP needs its name as well
        is_bitmap = head[:2] == b"BM" and place.suffix.lower() == ".bmp"
        if is_picture or is_bitmap or head[:4] in (b"RIFF", b"fLaC", b"OggS", b"FORM"):
            return "picture" if is_picture or is_bitmap else "sound"
    return "picture" if place.suffix.lower() in PICTURE_SUFFIXES else "sound"


def medium_of_table(path: str | os.PathLike[str]) -> Medium:
    """Return what a table of pairs is about, by the first file that it names; sounds where none can be told.

    Args:
        path: A csv or tsv file with the column file_a; it need not be there or be whole.
    """
    from stimgen.errors import StimgenError
    from stimgen.media.delimited import read_table

    place = Path(path)
    try:
        table = read_table(place, required=("file_a",), optional=(), max_rows=100_000)
    except StimgenError:
        return "sound"  # whoever reads it in earnest says what is wrong
    for row in table.rows:
        cell = row.cells["file_a"]
        if cell:
            return medium_of(place.parent / cell.replace("\\", "/"))
    return "sound"


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_N_BYTES)
    except (OSError, ValueError):
        return b""
