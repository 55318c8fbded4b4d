"""The table of `--pairs`: which recordings are morphed into which, and what each pair is called."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from stimgen.errors import ReadError, SettingError
from stimgen.media.annotation import Annotation
from stimgen.media.annotation_read import read_annotation
from stimgen.media.delimited import Row, Table, read_table
from stimgen.media.file_bytes import is_there, one_line
from stimgen.media.moments import split_tier
from stimgen.media.segment import SourceRef, check_annotation, parse_source
from stimgen.media.slug import LONGEST, distinct, slug

MAX_ROWS = 10_000
REQUIRED = ("file_a", "file_b")
ALIGN_FILES = ("align_file", "align_file_a", "align_file_b")
OPTIONAL = ("pair_id", "exemplar_id", "contrast", *ALIGN_FILES)
_MOST_LISTED = 5
# what a spreadsheet begins a formula with
_FORMULA = frozenset("=+-@")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """One pair of recordings.

    Args:
        line: Where it stands in the table, counted from 1.
        a: The recording at position 0.
        b: The recording at position 1.
        pair_id: A slug that no other row has.
        exemplar_id: A slug, None if the cell is empty.
        contrast: Text as written, None if the cell is empty.
        align_files: Where it is written which moments of a and b meet: a table, or the labels of a and those of b;
            empty where the cells are.
        extra: Text of all other columns, by name.
    """

    line: int
    a: SourceRef
    b: SourceRef
    pair_id: str
    exemplar_id: str | None = None
    contrast: str | None = None
    align_files: tuple[Path, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)


def read_pairs(
    path: str | os.PathLike[str], *, annotation: Annotation | str | os.PathLike[str] | None = None
) -> tuple[PairRow, ...]:
    """Read a table of pairs and check all that can be known before a recording is read.

    Relative paths begin at the folder of the table. Ids become slugs; a row without `pair_id` is called by its two
    recordings, with -2, -3, ... where that is taken.

    Args:
        path: A table with the columns file_a and file_b, perhaps pair_id, exemplar_id, contrast, align_file (a table
            of moments), align_file_a and align_file_b (labels of a and of b), and any others; at most 10,000 rows.
        annotation: Where labels in the cells (`song.wav@b#2`) are looked for.

    Returns:
        The rows in the order of the table.

    Raises:
        ReadError: If the table or annotation cannot be read, or recordings are missing (all are counted).
        SettingError: If an id is given twice, a cell would be run as a formula by a spreadsheet, a recording is
            paired with itself, or a part of a recording does not exist.

    Examples:
        >>> read_pairs("missing.csv")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.csv; check the path
    """
    path = Path(path)
    table = read_table(path, required=REQUIRED, optional=OPTIONAL, max_rows=MAX_ROWS)
    if annotation is not None and not isinstance(annotation, Annotation):
        annotation = read_annotation(annotation)
    _check_formulas(table)
    rows = []
    for row in table.rows:
        with _told_of(table.name, row.line):
            rows.append(_pair(row, folder=path.parent))
    _check_present(rows, name=table.name)
    for pair in rows:
        with _told_of(table.name, pair.line):
            _check_labels(pair, annotation)
    check_annotation([ref for pair in rows for ref in (pair.a, pair.b)], annotation)
    return tuple(_with_ids(table, rows))


@contextmanager
def _told_of(name: str, line: int) -> Iterator[None]:
    """Say the line of the table in errors."""
    try:
        yield
    except (ReadError, SettingError) as error:
        raise type(error)(f"{name}, line {line}: {error}") from error


def _check_formulas(table: Table) -> None:
    for column in table.columns:
        if column[0] in _FORMULA:
            raise SettingError(
                f"{table.name}: a spreadsheet would run the name of the column {column!r} as a formula; rename it"
            )
    for row in table.rows:
        for column, cell in row.cells.items():
            # a path is never written into a table; other columns may hold numbers below 0
            if column in REQUIRED + ALIGN_FILES or (column not in OPTIONAL and _NUMBER.fullmatch(cell)):
                continue
            # the wide forms of these signs begin a formula too
            if cell and unicodedata.normalize("NFKC", cell[0]) in _FORMULA:
                raise SettingError(
                    f"{table.name}, line {row.line}, column {column}: a spreadsheet would run {one_line(cell)[:40]!r} "
                    f"as a formula; begin it with a letter or digit"
                )


def _pair(row: Row, *, folder: Path) -> PairRow:
    cells = row.cells
    for column in REQUIRED:
        if not cells[column]:
            raise ReadError(f"{column} is empty; name a recording")
    a, b = (_source(cells[column], folder=folder) for column in REQUIRED)
    if a == b:
        raise SettingError(f"{one_line(cells['file_a'])} is paired with itself; name another recording")
    return PairRow(
        line=row.line,
        a=a,
        b=b,
        pair_id="",
        contrast=cells.get("contrast") or None,
        align_files=_align_files(cells, folder=folder),
        extra={column: cell for column, cell in cells.items() if column not in REQUIRED + OPTIONAL},
    )


def _align_files(cells: dict[str, str], *, folder: Path) -> tuple[Path, ...]:
    table, *labels = (cells.get(column, "") for column in ALIGN_FILES)
    if (table and any(labels)) or any(labels) != all(labels):
        raise SettingError(
            "which moments meet is told by align_file (a table), or by both align_file_a and align_file_b (labels); "
            "fill in the one or the other two"
        )
    paths = []
    for cell in filter(None, (table, *labels)):
        # a table that was written on Windows
        places = [folder / cell, folder / cell.replace("\\", "/")]
        paths.append(next((place for place in places if is_there(split_tier(place)[0])), places[0]))
        if not is_there(split_tier(paths[-1])[0]):
            raise ReadError(
                f"there is no file {one_line(str(paths[-1]))}; relative paths begin at the folder of the table"
            )
    return tuple(paths)


def _source(cell: str, *, folder: Path) -> SourceRef:
    ref = parse_source(cell, folder=folder)
    # a table that was written on Windows
    return (
        ref
        if "\\" not in cell or is_there(ref.path)
        else parse_source(cell.replace("\\", "/"), folder=folder)
    )


def _check_present(rows: Sequence[PairRow], *, name: str) -> None:
    lines: dict[Path, int] = {}
    for row in rows:
        for ref in (row.a, row.b):
            lines.setdefault(ref.path, row.line)
    missing = [(path, line) for path, line in lines.items() if not is_there(path)]
    if missing:
        listed = ", ".join(
            f"{one_line(str(path))} (line {line}{', a folder' if _is_folder(path) else ''})"
            for path, line in missing[:_MOST_LISTED]
        )
        rest = len(missing) - _MOST_LISTED
        raise ReadError(
            f"{name}: {len(missing)} of {len(lines)} files are not there: {listed}"
            f"{f' and {rest} more' if rest > 0 else ''}; relative paths begin at the folder of the table"
        )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _check_labels(row: PairRow, annotation: Annotation | None) -> None:
    for ref in (row.a, row.b):
        if ref.is_labelled:
            check_annotation([ref], annotation)
            if annotation is not None:
                annotation.find(
                    file=ref.path.name, label=ref.label, occurrence=ref.occurrence, asked=one_line(str(ref))
                )


def _with_ids(table: Table, rows: Sequence[PairRow]) -> list[PairRow]:
    """Return the rows with their ids; those that the table gives stand, the others make way."""
    given = [_slug_of(row, "pair_id") for row in table.rows]
    _check_one_text_each(table, "pair_id", unique=True)
    _check_one_text_each(table, "exemplar_id", unique=False)
    named = [pair_id for pair_id in given if pair_id is not None]
    made = [
        slug(f"{slug(row.a.name)}-{slug(row.b.name)}")
        for row, pair_id in zip(rows, given, strict=True)
        if pair_id is None
    ]
    others = iter(distinct([*named, *made])[len(named) :])
    return [
        replace(
            pair,
            pair_id=next(others) if pair_id is None else pair_id,
            exemplar_id=_slug_of(row, "exemplar_id"),
        )
        for pair, pair_id, row in zip(rows, given, table.rows, strict=True)
    ]


def _check_one_text_each(table: Table, column: str, *, unique: bool) -> None:
    """Refuse texts of a column that become the same slug: in two rows, or if only different texts count, so written."""
    seen: dict[str, Row] = {}
    for row in table.rows:
        made = _slug_of(row, column)
        first = row if made is None else seen.setdefault(made, row)
        if first is row or (not unique and first.cells[column] == row.cells[column]):
            continue
        longest = max(len(one.cells[column]) for one in (first, row))
        cut = f", which are cut at {LONGEST} characters" if longest > LONGEST else ""
        raise SettingError(
            f"{table.name}: {column} {one_line(first.cells[column])!r} in line {first.line} and "
            f"{one_line(row.cells[column])!r} in line {row.line} are both {made!r} in file names{cut}; rename one"
        )


def _slug_of(row: Row, column: str) -> str | None:
    text = row.cells.get(column, "")
    return slug(text) if text else None
