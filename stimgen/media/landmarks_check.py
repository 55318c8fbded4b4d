"""What every file of landmarks must hold, whatever its format."""

import re
from collections.abc import Sequence

import numpy as np

from stimgen.errors import PictureError, ReadError
from stimgen.media.file_bytes import one_line
from stimgen.media.landmarks import Landmarks
from stimgen.media.sound import FloatArray

MIN_POINTS = 3
MAX_POINTS = 2000
# beyond this no picture reaches, and rounding would begin to show
_MAX_PX = 1e6
# nearer to each other than this, two points are one place
_SAME_PX = 1e-6
# part of a side by which a point may lie outside: crowns of hair and chins do, points of other pictures lie further off
_MARGIN = 0.25

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")


def number_of(text: str, *, place: str) -> float:
    """Return the number that a text is, with a point before its decimals.

    Raises:
        ReadError: If it is no such number.

    Examples:
        >>> number_of("565,5", place="a.tem, line 2")
        Traceback (most recent call last):
        stimgen.errors.ReadError: a.tem, line 2: '565,5' has a decimal comma; write 565.5
    """
    if _NUMBER.fullmatch(text):
        return float(text)
    if _NUMBER.fullmatch(text.replace(",", ".")):
        raise ReadError(f"{place}: {text!r} has a decimal comma; write {text.replace(',', '.')}")
    raise ReadError(f"{place}: {one_line(text)[:40]!r} is no number; give px, such as 565.5")


def count_of(text: str, *, most: int, place: str) -> int:
    """Return the whole number from 0 to `most` that a text is.

    Raises:
        ReadError: If it is none.
    """
    if not re.fullmatch(r"\d{1,6}", text) or int(text) > most:
        raise ReadError(
            f"{place}: {one_line(text)[:40]!r} is no whole number from 0 to {most}; check the file"
        )
    return int(text)


def places_of(rows: Sequence[tuple[float, float]], *, label: str) -> FloatArray:
    """Return places as an array, shape (n_points, 2).

    Several points may share a place: in closed mouths the inner lips do, at the corners of eyes the lids.

    Raises:
        ReadError: If there are fewer than 3 or over 2,000, fewer than 3 different ones, or one that is no place.
    """
    xy = np.array(rows, dtype=np.float64).reshape(-1, 2)
    if not MIN_POINTS <= len(xy) <= MAX_POINTS:
        raise ReadError(f"{label} has {len(xy)} points; allowed are {MIN_POINTS} to {MAX_POINTS}")
    beyond = ~(np.abs(xy) <= _MAX_PX).all(axis=1)
    if beyond.any():
        first = int(np.argmax(beyond))
        raise ReadError(f"{label}: point {first} is at {_shown(xy[first])}, where no picture is; give px")
    n_places = len(np.unique(np.round(xy / _SAME_PX), axis=0))
    if n_places < MIN_POINTS:
        raise ReadError(
            f"{label} has {len(xy)} points in {n_places} places; at least {MIN_POINTS} are needed"
        )
    return xy


def n_outside(landmarks: Landmarks, *, width_px: int, height_px: int) -> int:
    """Return how many points lie outside a picture, whose outer edges are half a pixel beyond the outer centres.

    Examples:
        >>> marks = Landmarks(xy=np.array([[-0.5, 0.0], [-0.6, 0.0], [3.0, 9.5]]))
        >>> n_outside(marks, width_px=4, height_px=10)
        1
    """
    return int(np.count_nonzero(_beyond_px(landmarks.xy, width_px, height_px).max(axis=1) > 0))


def demand_in_picture(landmarks: Landmarks, *, width_px: int, height_px: int, label: str) -> None:
    """Refuse landmarks that cannot belong to a picture of this size.

    Raises:
        PictureError: If a point is outside by more than a quarter of the picture's width or height.
    """
    part = _beyond_px(landmarks.xy, width_px, height_px) / np.array([width_px, height_px])
    worst = int(np.argmax(part.max(axis=1)))
    if part[worst].max() > _MARGIN:
        raise PictureError(
            f"{label}: point {worst} is at {_shown(landmarks.xy[worst])} and the picture has {width_px} x "
            f"{height_px} px; give the landmarks that were set in this picture, upright and at this size"
        )


def _beyond_px(xy: FloatArray, width_px: int, height_px: int) -> FloatArray:
    far = np.array([width_px, height_px]) - 0.5
    return np.asarray(np.maximum(np.maximum(-0.5 - xy, xy - far), 0.0))


def _shown(place: FloatArray) -> str:
    return f"({place[0]:g}, {place[1]:g})"
