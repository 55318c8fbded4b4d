"""Tables as text with commas, semicolons or tabs between cells, as spreadsheets of all countries write them."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stimgen.errors import ReadError
from stimgen.media.file_bytes import bytes_of, one_line, printable
from stimgen.media.plain_text import text_of

MAX_BYTES = 16 * 2**20
_SEPARATORS = (",", ";", "\t")
# the first bytes of .xlsx and .ods, and of .xls
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table.

    Args:
        line: Where it begins in the file, counted from 1.
        cells: Text by column, without spaces around.
    """

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a header.

    Args:
        name: What to call it in errors.
        columns: Names in order; those that were asked for as asked, others as written.
        rows: At least one.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class _Record:
    """The cells of one line, or of several if quoted cells go on."""

    line: int
    cells: list[str]


def read_table(path: Path, *, required: Sequence[str], optional: Sequence[str], max_rows: int) -> Table:
    """Read a table with a header.

    Between cells stand commas, semicolons or tabs: those that show the required columns, or that a first line `sep=;`
    names. Empty lines are passed over, and so are empty cells behind the last column.

    Args:
        path: UTF-8 text, with or without a mark in front, or UTF-16 with one; at most 16 MiB.
        required: Columns that must be there; case, spaces and dashes in the header do not matter for these.
        optional: Columns that are known in the same way.
        max_rows: The most rows that may be there.

    Raises:
        ReadError: If it cannot be read, is no such text, has no header, misses a column or has one twice, has
            no rows or too many, or a row with another number of cells or signs that do not print.
    """
    name = one_line(str(path))
    raw = bytes_of(path, label=name, max_bytes=MAX_BYTES, kind="table", smaller="split it")
    return table_of(raw, name=name, required=required, optional=optional, max_rows=max_rows)


def table_of(
    raw: bytes, *, name: str, required: Sequence[str], optional: Sequence[str], max_rows: int
) -> Table:
    """Return the table that the bytes of a file hold, as `read_table` does.

    Args:
        raw: All bytes of the file.
        name: What to call it in errors.
        required: As for `read_table`.
        optional: As for `read_table`.
        max_rows: As for `read_table`.

    Raises:
        ReadError: As `read_table`.
    """
    if raw.startswith(_SPREADSHEETS):
        raise ReadError(f"{name} is a spreadsheet and not a table as text; save it as CSV (UTF-8)")
    lines = text_of(raw, label=name).split("\n")
    separator = _separator(lines, required)
    records = _records(lines, separator, name=name)
    header = next(records, None)
    if header is None:
        raise ReadError(f"{name} is empty; its first line must name the columns {', '.join(required)}")
    columns = _columns(header.cells, [*required, *optional], name=name)
    if missing := [column for column in required if column not in columns]:
        raise ReadError(
            f"{name} has no column {' and no column '.join(missing)}; its first line, {one_line(' | '.join(columns))}, "
            f"must name the columns {', '.join(required)}"
        )
    rows: list[Row] = []
    for record in records:
        if len(rows) == max_rows:
            raise ReadError(f"{name} has over {max_rows} rows; split it")
        rows.append(_row(record, columns, name=name))
    if not rows:
        raise ReadError(f"{name} has a header and no rows; give at least one row")
    return Table(name=name, columns=tuple(columns), rows=tuple(rows))


def _separator(lines: list[str], required: Sequence[str]) -> str:
    """Return what stands between cells; a line that names it is emptied, so that line numbers stay."""
    named = lines[0].strip().strip('"').lower()
    if named.startswith("sep=") and len(named) == 5:
        separator = named[4]
        lines[0] = ""
        return separator
    if lines[0].lower().startswith("sep=\t"):
        lines[0] = ""
        return "\t"
    header = next((line for line in lines if line.strip()), "")

    def shown(separator: str) -> tuple[int, int]:
        found = {_plain(cell) for cell in header.replace('"', "").split(separator)}
        return len(found & set(required)), header.count(separator)

    return max(_SEPARATORS, key=shown)


def _records(lines: list[str], separator: str, *, name: str) -> Iterator[_Record]:
    reader = csv.reader(
        (f"{line}\n" for line in lines), delimiter=separator, skipinitialspace=separator != "\t", strict=True
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = one_line(str(error))
            if "field limit" in reason:
                reason = f"a cell is longer than {csv.field_size_limit()} characters"
            raise ReadError(
                f"{name}, line {line}: {reason}; check the quotes there, or export the table again"
            ) from error
        cells = [cell.replace("\u00a0", " ").strip(" ") for cell in cells]
        if any(cells):
            yield _Record(line=line, cells=cells)


def _columns(cells: list[str], known: list[str], *, name: str) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    columns = [plain if (plain := _plain(cell)) in known else cell for cell in cells]
    for n, column in enumerate(columns, 1):
        if not column:
            raise ReadError(f"{name}: column {n} has no name; name it in the first line or remove it")
        if not column.isprintable() or len(column) > 100:
            raise ReadError(
                f"{name}: column {n} is called {one_line(column)[:40]!r}; give it a short name on one line"
            )
        if column in columns[: n - 1]:
            raise ReadError(f"{name} has two columns {column}; remove or rename one")
    return columns


def _row(record: _Record, columns: list[str], *, name: str) -> Row:
    cells = list(record.cells)
    while len(cells) > len(columns) and not cells[-1]:
        cells.pop()
    if len(cells) != len(columns):
        raise ReadError(
            f"{name}, line {record.line} has {len(cells)} cells, but the header {len(columns)}; put text that "
            f"holds a separator in quotes"
        )
    for column, cell in zip(columns, cells, strict=True):
        if not cell.isprintable():
            raise ReadError(
                f"{name}, line {record.line}, column {column}: {printable(cell)[:40]!r} holds a tab, line break or "
                f"sign that does not print; type it again"
            )
    return Row(line=record.line, cells=dict(zip(columns, cells, strict=True)))


def _plain(header: str) -> str:
    return "_".join(header.strip().lower().replace("-", " ").replace("_", " ").split())
