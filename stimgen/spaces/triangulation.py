"""Triangles between landmarks that keep their orientation while the landmarks move."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stimgen.media.sound import FloatArray

IndexArray: TypeAlias = NDArray[np.intp]

# Below this a triangle counts as flat: far under what a pixel shows, far above rounding.
_FLAT_PX2 = 1e-5
_MOST_FLIPS = 400


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Triangles over a stretch of the way between two shapes.

    Args:
        triangles: Indices of corners, shape (n_triangles, 3), each triangle in the same sense of rotation.
        first: Position at which the stretch begins.
        last: Position at which it ends.
        n_turned: Triangles that turn over or lie flat somewhere on it.
    """

    triangles: IndexArray
    first: float
    last: float
    n_turned: int


def triangulate(first: FloatArray, last: FloatArray) -> tuple[IndexArray, int]:
    """Find triangles between points that do not turn over while the points move in straight lines.

    The Delaunay triangulation of the shape half-way is taken. Where one of its triangles turns over on the way, edges
    are exchanged for the other diagonal of the two triangles beside them as long as that makes it turn less.

    Args:
        first: Points at the beginning, shape (n_points, 2), px, their convex hull the same as that of `last`.
        last: The same points at the end.

    Returns:
        Corners, shape (n_triangles, 3), counter-clockwise where y runs up; and how many still turn over or lie flat
        somewhere on the way.

    References:
        Delaunay triangles: Barber, Dobkin & Huhdanpaa 1996, ACM Transactions on Mathematical Software 22(4), 469-483.
        Exchanging diagonals: Lawson 1977, in Mathematical Software III, 161-194.

    Examples:
        >>> square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
        >>> triangles, n_turned = triangulate(np.vstack([square, [[1.0, 1.0]]]), np.vstack([square, [[3.0, 2.0]]]))
        >>> len(triangles), n_turned
        (4, 0)
    """
    triangles = _delaunay((first + last) / 2.0)
    lows = lowest_areas(triangles, first, last)
    if lows.min() > _FLAT_PX2:
        return triangles, 0
    triangles = _exchange_edges(triangles, lows, first, last)
    return triangles, int((lowest_areas(triangles, first, last) <= _FLAT_PX2).sum())


def areas(triangles: IndexArray, points: FloatArray) -> FloatArray:
    """Return the signed areas of triangles, shape (n_triangles,), px squared."""
    return _cross(*_sides(triangles, points)) / 2.0


def lowest_areas(triangles: IndexArray, first: FloatArray, last: FloatArray) -> FloatArray:
    """Return the least signed area of each triangle while its corners move in straight lines, px squared.

    With sides u and v that are linear in position s, u x v is a polynomial of degree 2 in s, so its least value over
    0 to 1 stands at an end or at the vertex of the parabola.
    """
    u_first, v_first = _sides(triangles, first)
    u_last, v_last = _sides(triangles, last)
    start, stop = _cross(u_first, v_first), _cross(u_last, v_last)
    mixed = _cross(u_first, v_last) + _cross(u_last, v_first)
    bend, slope = start - mixed + stop, mixed - 2.0 * start
    vertex = np.clip(-slope / np.where(bend > 0.0, 2.0 * bend, 1.0), 0.0, 1.0)
    inside = np.where(bend > 0.0, start + vertex * (slope + vertex * bend), np.inf)
    return np.asarray(np.minimum(np.minimum(start, stop), inside) / 2.0)


def _delaunay(points: FloatArray) -> IndexArray:
    from scipy.spatial import Delaunay

    triangles = Delaunay(points).simplices.astype(np.intp)
    signed = areas(triangles, points)
    triangles[signed < 0.0] = triangles[signed < 0.0][:, ::-1]
    # Points on one straight side of the frame may come as a triangle without area.
    return np.asarray(triangles[np.abs(signed) > 1e-9])


def _exchange_edges(
    triangles: IndexArray, lows: FloatArray, first: FloatArray, last: FloatArray
) -> IndexArray:
    """Exchange edges of turned triangles while the sum of what is turned falls."""
    corners = [tuple(int(corner) for corner in row) for row in triangles]
    shortfall = [max(0.0, _FLAT_PX2 - float(low)) for low in lows]
    sides = {edge: k for k, row in enumerate(corners) for edge in _edges(row)}
    for _ in range(_MOST_FLIPS):
        best_gain, best = 0.0, None
        for k in (k for k, short in enumerate(shortfall) if short > 0.0):
            for edge in _edges(corners[k]):
                other = sides.get((edge[1], edge[0]))
                if other is None:
                    continue
                apex, far = _apex(corners[k], edge), _apex(corners[other], edge)
                if (apex, far) in sides or (far, apex) in sides:
                    continue
                pair = ((apex, edge[0], far), (far, edge[1], apex))
                new = np.maximum(0.0, _FLAT_PX2 - lowest_areas(np.array(pair, dtype=np.intp), first, last))
                gain = shortfall[k] + shortfall[other] - float(new.sum())
                if gain > best_gain * (1.0 + 1e-9) + 1e-12:
                    best_gain, best = gain, (k, other, edge, pair, new)
        if best is None:
            break
        k, other, edge, pair, new = best
        del sides[edge], sides[edge[1], edge[0]]
        for index, row, short in zip((k, other), pair, new, strict=True):
            corners[index], shortfall[index] = row, float(short)
            sides.update(dict.fromkeys(_edges(row), index))
    return np.array(corners, dtype=np.intp)


def _edges(row: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return (row[0], row[1]), (row[1], row[2]), (row[2], row[0])


def _apex(row: tuple[int, ...], edge: tuple[int, int]) -> int:
    return next(corner for corner in row if corner not in edge)


def _sides(triangles: IndexArray, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    corners = points[triangles]
    return corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]


def _cross(u: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
