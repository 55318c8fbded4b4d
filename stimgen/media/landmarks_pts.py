"""The .pts files of the iBUG group (300-W and its kin): points in braces."""

import re

from stimgen.errors import ReadError
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_check import MAX_POINTS, count_of, number_of, places_of

# their marks were set in MATLAB, where the centre of the top left pixel is (1, 1)
_ORIGIN_PX = 1.0
_HEAD = re.compile(
    r"\s*version\s*:\s*(?P<version>\S+)\s*\n\s*n_points\s*:\s*(?P<n>\S+)\s*\{(?P<rows>[^{}]*)\}\s*"
)


def landmarks_of_pts(text: str, *, label: str) -> Landmarks:
    """Return the landmarks of a .pts file.

    Its places are counted from 1, as MATLAB counts and as the group's own Python programs undo it; so 1 is subtracted.
    Programs that write .pts counted from 0 exist; their points come out one pixel too far up and left, the same in
    every picture.

    Args:
        text: Contents of the file.
        label: What to call it in errors.

    Raises:
        ReadError: If it is no such file of version 1, or damaged.

    References:
        Sagonas, Tzimiropoulos, Zafeiriou & Pantic 2013, "300 Faces in-the-Wild Challenge", ICCV workshops.

    Examples:
        >>> landmarks_of_pts("version: 1\\nn_points: 3\\n{\\n1 1\\n5 2\\n3 4.5\\n}", label="a.pts").xy.tolist()
        [[0.0, 0.0], [4.0, 1.0], [2.0, 3.5]]
    """
    head = _HEAD.fullmatch(text)
    if head is None:
        raise ReadError(
            f"{label} is no .pts file; it must have the lines 'version: 1', 'n_points: N', then points in braces"
        )
    if head["version"] not in ("1", "1.0"):
        raise ReadError(f"{label} is a .pts file of version {head['version'][:40]!r}; version 1 is read")
    n_points = count_of(head["n"], most=MAX_POINTS, place=f"{label} (n_points)")
    first = text.count("\n", 0, head.start("rows")) + 1
    rows = [(line, row.split()) for line, row in enumerate(head["rows"].split("\n"), first) if row.strip()]
    if len(rows) != n_points:
        raise ReadError(f"{label} promises {n_points} points and has {len(rows)}; copy or export it again")
    places = []
    for line, cells in rows:
        if len(cells) != 2:
            raise ReadError(f"{label}, line {line} has {len(cells)} numbers and not 2; check the file")
        x, y = (number_of(cell, place=f"{label}, line {line}") - _ORIGIN_PX for cell in cells)
        places.append((x, y))
    return Landmarks(xy=places_of(places, label=label))


def pts_of_landmarks(landmarks: Landmarks) -> bytes:
    """Return the bytes of a .pts file, which `landmarks_of_pts` reads back to within 1e-9 px."""
    rows = (
        f"{round(float(x) + _ORIGIN_PX, 9)!r} {round(float(y) + _ORIGIN_PX, 9)!r}" for x, y in landmarks.xy
    )
    return "\n".join(["version: 1", f"n_points: {landmarks.n_points}", "{", *rows, "}", ""]).encode("ascii")
