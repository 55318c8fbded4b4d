"""The .tem files of PsychoMorph and WebMorph: points, and the lines that join them.

The first line is the number of points, then comes one line "x<TAB>y" a point, then the number of lines, and for each
whether it is closed (0 or 1), how many points it has, and which, counted from 0.
"""

from collections.abc import Iterator

from stimgen.errors import ReadError
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_check import MAX_POINTS, count_of, number_of, places_of

_MAX_LINES = 2000


def landmarks_of_tem(text: str, *, label: str) -> Landmarks:
    """Return the landmarks of a .tem file.

    A whole number is the centre of a pixel and the top left one is (0, 0), so nothing is added: PsychoMorph samples
    pixels at whole numbers, a click on a pixel gives its column and row, and webmorphR mirrors x to width - 1 - x,
    which is right for that convention alone.

    Args:
        text: Contents of the file.
        label: What to call it in errors.

    Raises:
        ReadError: If it is no such file, or damaged.

    References:
        Tiddeman, Burt & Perrett 2001, IEEE Computer Graphics and Applications 21(5), 42-50 (PsychoMorph);
        DeBruine 2018, doi:10.5281/zenodo.1162670 (WebMorph).
    """
    rows = _rows(text)
    line, cells = next(rows, (1, ["nothing"]))
    n_points = count_of(" ".join(cells), most=MAX_POINTS, place=f"{label}, line {line} (number of points)")
    places = []
    for n in range(n_points):
        line, cells = next(rows, (line, []))
        if len(cells) != 2:
            raise ReadError(
                f"{label}, line {line}: point {n} of {n_points} has {len(cells)} numbers and not 2; check the file"
            )
        x, y = (number_of(cell, place=f"{label}, line {line}") for cell in cells)
        places.append((x, y))
    xy = places_of(places, label=label)
    lines, closed = _lines(rows, n_points, label=label)
    return Landmarks(xy=xy, lines=lines, closed=closed)


def tem_of_landmarks(landmarks: Landmarks) -> bytes:
    """Return the bytes of a .tem file, which `landmarks_of_tem` reads back without a change."""
    rows = [str(landmarks.n_points), *(f"{float(x)!r}\t{float(y)!r}" for x, y in landmarks.xy)]
    rows.append(str(len(landmarks.lines)))
    for chain, closed in zip(landmarks.lines, landmarks.closed, strict=True):
        rows += [str(int(closed)), str(len(chain)), " ".join(map(str, chain))]
    return ("\n".join(rows) + "\n").encode("ascii")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(text.split("\n"), 1):
        if cells := row.split():
            yield line, cells


def _lines(
    rows: Iterator[tuple[int, list[str]]], n_points: int, *, label: str
) -> tuple[tuple[tuple[int, ...], ...], tuple[bool, ...]]:
    """Return the chains of points and whether each is closed; a file may end before them."""
    words = ((line, cell) for line, cells in rows for cell in cells)

    def count(most: int, what: str) -> int:
        line, word = next(words, (0, ""))
        if not word:
            raise ReadError(f"{label} ends within its lines, before {what}; copy or export it again")
        return count_of(word, most=most, place=f"{label}, line {line} ({what})")

    first = next(words, None)
    if first is None:
        return (), ()
    n_lines = count_of(first[1], most=_MAX_LINES, place=f"{label}, line {first[0]} (number of lines)")
    lines, closed = [], []
    for _ in range(n_lines):
        closed.append(bool(count(1, "whether a line is closed")))
        n_joined = count(MAX_POINTS, "how many points a line joins")
        lines.append(tuple(count(n_points - 1, "which points a line joins") for _ in range(n_joined)))
    if (rest := next(words, None)) is not None:
        raise ReadError(
            f"{label}, line {rest[0]}: {rest[1][:40]!r} stands behind the last line; check the file"
        )
    return tuple(lines), tuple(closed)
