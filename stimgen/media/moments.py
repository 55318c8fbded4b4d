"""Moments of two recordings that meet, as a file names them: a table of times, or the labels of both recordings."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from stimgen.errors import ReadError, SettingError
from stimgen.media.annotation import Segment
from stimgen.media.annotation_read import read_annotation
from stimgen.media.delimited import read_table
from stimgen.media.file_bytes import bytes_of, is_there, one_line

COLUMNS = ("time_a_s", "time_b_s")
MAX_ROWS = 10_000
MAX_BYTES = 16 * 2**20
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_MOST_LISTED = 8


@dataclass(frozen=True, kw_only=True)
class NamedFile:
    """A file that was read, for the record.

    Args:
        file: Its name without its folder.
        sha256: Of its bytes, lower-case hexadecimal.
        tier: The tier that was used, None where there are none.
    """

    file: str
    sha256: str
    tier: str | None = None


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """A moment of a and the moment of b that it meets.

    Args:
        time_a_s: In recording a, s.
        time_b_s: In recording b, s.
        place: Where it was written down, for errors.
    """

    time_a_s: float
    time_b_s: float
    place: str


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of one recording.

    Args:
        name: What to call the file in errors.
        source: The file, for the record.
        segments: At least one, in order of onset; a point ends at its onset.
    """

    name: str
    source: NamedFile
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True)
class Meetings:
    """The rows of a table of moments.

    Args:
        name: What to call the file in errors.
        source: The file, for the record.
        rows: At least one, both times rising.
    """

    name: str
    source: NamedFile
    rows: tuple[Meeting, ...]


def read_meetings(path: str | os.PathLike[str]) -> Meetings:
    """Read a table of moments that meet.

    Args:
        path: A table (csv or tsv) with the columns time_a_s and time_b_s, s in recordings a and b, and any others; at
            most 10,000 rows.

    Raises:
        ReadError: If it cannot be read, misses a column, or holds a time that is no number, lies before the
            beginning or does not rise from row to row.

    Examples:
        >>> read_meetings("missing.csv")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.csv; check the path
    """
    path = Path(path)
    table = read_table(path, required=COLUMNS, optional=(), max_rows=MAX_ROWS)
    rows: list[Meeting] = []
    for row in table.rows:
        place = f"{table.name}, line {row.line}"
        time_a_s, time_b_s = (_time_s(row.cells[column], f"{place}: {column}") for column in COLUMNS)
        found = Meeting(time_a_s=time_a_s, time_b_s=time_b_s, place=place)
        if rows and not (found.time_a_s > rows[-1].time_a_s and found.time_b_s > rows[-1].time_b_s):
            raise ReadError(
                f"{place}: {time_a_s:g} s of a meets {time_b_s:g} s of b, after {rows[-1].time_a_s:g} and "
                f"{rows[-1].time_b_s:g} s in the row before; both times must rise from row to row"
            )
        rows.append(found)
    return Meetings(name=table.name, source=_named(path), rows=tuple(rows))


def read_labels(place: str | os.PathLike[str]) -> Labels:
    """Read the labels of one recording: intervals and points.

    Args:
        place: A TextGrid, an Audacity label file, or whatever `read_annotation` reads. Where there are several tiers,
            `FILE@TIER` names the one to use.

    Raises:
        ReadError: If it cannot be read or holds no labels.
        SettingError: If there are several tiers and none is named, or there is no such tier.
    """
    path, tier = split_tier(place)
    segments = read_annotation(path, points=True).segments
    name, tiers = one_line(str(path)), list(dict.fromkeys(segment.tier for segment in segments))
    if tier is None and len(tiers) > 1:
        raise SettingError(
            f"{name} has labels in {len(tiers)} tiers, {_listed(tiers)}; name one of them, such as "
            f"{one_line(path.name)}@{tiers[0]}"
        )
    if tier is not None and tier not in tiers:
        there = "no tiers" if tiers == [None] else f"labels in {_listed(tiers)}"
        raise SettingError(f"{name} has no labels in a tier {one_line(tier)!r}, it has {there}")
    used = tiers[0] if tier is None else tier
    return Labels(
        name=name,
        source=_named(path, tier=used),
        segments=tuple(segment for segment in segments if segment.tier == used),
    )


def split_tier(place: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """Take `FILE@TIER` apart; a file that exists under the whole text is that file.

    Examples:
        >>> split_tier("a.TextGrid@words")[1], split_tier("a.TextGrid")[1]
        ('words', None)
    """
    text = os.fspath(place)
    if "@" not in text or is_there(Path(text)):
        return Path(text), None
    ats = [at for at, c in enumerate(text) if c == "@" and at > 0]
    for at in ats:
        if is_there(Path(text[:at])):
            return Path(text[:at]), text[at + 1 :]
    file, _, tier = text.rpartition("@")
    return (Path(file), tier) if file and Path(file).suffix else (Path(text), None)


def _time_s(cell: str, place: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ReadError(f"{place} is {one_line(cell)[:40]!r}, no number; give a time in s, such as 0.125")
    time_s = float(cell.replace(",", "."))
    if not 0.0 <= time_s < 1e9:
        raise ReadError(f"{place} is {time_s:g}, no time in a recording; give s from 0 on")
    return time_s


def _named(path: Path, *, tier: str | None = None) -> NamedFile:
    label = one_line(str(path))
    raw = bytes_of(path, label=label, max_bytes=MAX_BYTES, kind="file of moments", smaller="split it")
    return NamedFile(file=one_line(path.name), sha256=hashlib.sha256(raw).hexdigest(), tier=tier)


def _listed(tiers: list[str | None]) -> str:
    rest = len(tiers) - _MOST_LISTED
    shown = ", ".join(repr(one_line(str(tier))) for tier in tiers[:_MOST_LISTED])
    return shown + (f" and {rest} more" if rest > 0 else "")
