"""Landmarks as a table: columns x and y, and a name of each point if wanted."""

import csv
import io

from stimgen.errors import ReadError
from stimgen.media.delimited import table_of
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_check import MAX_POINTS, number_of, places_of
from stimgen.media.plain_text import text_of


def landmarks_of_table(raw: bytes, *, label: str) -> Landmarks:
    """Return the landmarks of a table.

    The centre of the top left pixel is (0, 0), as in most programs that write tables. A cell may have a decimal comma,
    where something else stands between cells.

    Args:
        raw: All bytes of the file: a table with the columns x and y, in px, and perhaps name; others do not matter.
        label: What to call it in errors.

    Raises:
        ReadError: If it is no such table, a cell is no number, or a name is missing or given twice.
    """
    table = table_of(raw, name=label, required=("x", "y"), optional=("name",), max_rows=MAX_POINTS)
    places, names = [], []
    for row in table.rows:
        x, y = (
            number_of(row.cells[axis].replace(",", "."), place=f"{label}, line {row.line}: {axis}")
            for axis in "xy"
        )
        places.append((x, y))
        name = row.cells.get("name")
        if name is not None and (not name or name in names):
            raise ReadError(
                f"{label}, line {row.line}: name {name!r} is empty or given twice; give each point its own"
            )
        names += [] if name is None else [name]
    return Landmarks(xy=places_of(places, label=label), names=tuple(names))


def has_points(raw: bytes) -> bool:
    """Whether the header of a table names the columns x and y.

    Examples:
        >>> has_points(b"name;X;Y\\n"), has_points(b"trial,answer\\n")
        (True, False)
    """
    header = next((line for line in text_of(raw, label="table").split("\n") if line.strip()), "")
    for separator in ",;\t":
        cells = {cell.strip().strip('"').strip().lower() for cell in header.split(separator)}
        if {"x", "y"} <= cells:
            return True
    return False


def table_of_landmarks(landmarks: Landmarks, *, separator: str = ",") -> bytes:
    """Return the bytes of a table, which `landmarks_of_table` reads back without a change."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    has_names = len(landmarks.names) == landmarks.n_points
    writer.writerow(["name", "x", "y"] if has_names else ["x", "y"])
    for n, (x, y) in enumerate(landmarks.xy):
        place = [repr(float(x)), repr(float(y))]
        writer.writerow([landmarks.names[n], *place] if has_names else place)
    return text.getvalue().encode("utf-8")
