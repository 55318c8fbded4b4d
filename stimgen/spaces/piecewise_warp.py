"""Maps that are affine in every triangle: which triangle a pixel lies in, and where it goes."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spaces.triangulation import IndexArray

# Pixels on an edge belong to both triangles; this much beyond, in shares of the triangle, is rounding.
_ON_EDGE = 1e-9
_MOST_AT_ONCE = 2_000_000


def affine_between(triangles: IndexArray, start: FloatArray, stop: FloatArray) -> FloatArray:
    """Return the affine maps that carry the corners of triangles from one shape to another.

    Args:
        triangles: Corners, shape (n_triangles, 3).
        start: Places of the corners before, shape (n_points, 2), px.
        stop: Places after.

    Returns:
        Rows of [x', y'] = M [x, y, 1], shape (n_triangles, 2, 3); a triangle that is flat at the start goes where its
        first corner goes.
    """
    before, after = start[triangles], stop[triangles]
    u, v = before[:, 1] - before[:, 0], before[:, 2] - before[:, 0]
    determinant = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    scale = np.divide(1.0, determinant, out=np.zeros_like(determinant), where=determinant != 0.0)
    inverse = np.stack([np.stack([v[:, 1], -v[:, 0]], 1), np.stack([-u[:, 1], u[:, 0]], 1)], 1)
    sides = np.stack([after[:, 1] - after[:, 0], after[:, 2] - after[:, 0]], axis=2)
    linear = sides @ (inverse * scale[:, None, None])
    shift = after[:, 0] - np.einsum("kij,kj->ki", linear, before[:, 0])
    return np.asarray(np.concatenate([linear, shift[:, :, None]], axis=2))


def apply_affine(maps: FloatArray, triangle: IndexArray, xy: FloatArray) -> FloatArray:
    """Return where places go, each by the map of its triangle, shape (n, 2), px."""
    from stimgen.spaces.affine_kernel import move_places

    moved = np.empty((xy.shape[0], 2))
    move_places(
        np.ascontiguousarray(maps),
        np.ascontiguousarray(triangle, dtype=np.int64),
        np.ascontiguousarray(xy, dtype=np.float64),
        moved,
    )
    return moved


def rasterise(triangles: IndexArray, points: FloatArray, *, width_px: int, height_px: int) -> IndexArray:
    """Return which triangle the centre of each pixel lies in.

    Args:
        triangles: Corners, shape (n_triangles, 3), which cover the picture.
        points: Places of the corners, shape (n_points, 2), px.
        width_px: Columns.
        height_px: Rows.

    Returns:
        Index of the triangle, row by row, shape (height_px * width_px,). A pixel on an edge takes the later one; one
        that no triangle holds takes the nearest.

    Examples:
        >>> corners = np.array([[-0.5, -0.5], [3.5, -0.5], [-0.5, 3.5], [3.5, 3.5]])
        >>> rasterise(np.array([[0, 1, 2], [1, 3, 2]]), corners, width_px=4, height_px=4)[[0, 15]].tolist()
        [0, 1]
    """
    found = np.full((height_px, width_px), -1, dtype=np.intp)
    weights = _barycentric_maps(triangles, points)
    low = np.maximum(np.ceil(points[triangles].min(axis=1) - 1e-6).astype(int), 0)
    high = np.minimum(
        np.floor(points[triangles].max(axis=1) + 1e-6).astype(int), [width_px - 1, height_px - 1]
    )
    for index in np.flatnonzero((low <= high).all(axis=1)):
        (x0, y0), (x1, y1) = low[index], high[index]
        x, y = np.arange(x0, x1 + 1.0), np.arange(y0, y1 + 1.0)[:, None]
        inside = np.ones((y1 - y0 + 1, x1 - x0 + 1), dtype=bool)
        for of_x, of_y, constant in weights[index]:
            inside &= of_x * x + (of_y * y + constant) >= -_ON_EDGE
        found[y0 : y1 + 1, x0 : x1 + 1][inside] = index
    missing = np.argwhere(found < 0)
    if missing.size:
        found[found < 0] = locate(triangles, points, missing[:, ::-1].astype(np.float64))
    return np.asarray(found.ravel())


def locate(triangles: IndexArray, points: FloatArray, xy: FloatArray) -> IndexArray:
    """Return the triangle that each place lies in, or the nearest in terms of its own size.

    Args:
        triangles: Corners, shape (n_triangles, 3).
        points: Places of the corners, shape (n_points, 2), px.
        xy: Places, shape (n, 2), px.

    Returns:
        Indices, shape (n,).
    """
    weights = _barycentric_maps(triangles, points)
    found = np.empty(xy.shape[0], dtype=np.intp)
    band = max(1, _MOST_AT_ONCE // len(triangles))
    for start in range(0, xy.shape[0], band):
        x, y = xy[start : start + band, 0], xy[start : start + band, 1]
        least = np.full((len(triangles), x.size), np.inf)
        for corner in range(3):
            of_x, of_y, constant = (weights[:, corner, k, None] for k in range(3))
            np.minimum(least, of_x * x + of_y * y + constant, out=least)
        found[start : start + band] = least.argmax(axis=0)
    return found


def _barycentric_maps(triangles: IndexArray, points: FloatArray) -> FloatArray:
    """Return what gives the weight of each corner at (x, y, 1), shape (n_triangles, 3, 3); flat ones hold nothing."""
    p = points[triangles]
    q, r = np.roll(p, -1, axis=1), np.roll(p, -2, axis=1)
    raw = np.stack(
        [q[..., 1] - r[..., 1], r[..., 0] - q[..., 0], q[..., 0] * r[..., 1] - r[..., 0] * q[..., 1]], axis=2
    )
    twice = raw[:, :, 2].sum(axis=1)
    scale = np.divide(1.0, twice, out=np.zeros_like(twice), where=np.abs(twice) > 1e-9)
    maps = raw * scale[:, None, None]
    maps[scale == 0.0] = [0.0, 0.0, -np.inf]
    return np.asarray(maps)
