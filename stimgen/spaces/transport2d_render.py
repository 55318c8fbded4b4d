"""A drawing read through a mesh that has moved: every pixel of the result asks where in the drawing it came from."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled

_NEAR = 1e-9


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What of a drawing shows through its moved mesh.

    Args:
        contrast: Shape (height_px, width_px, n_channels); 0 where no triangle lies.
        trust: Of the triangle that shows, shape (height_px, width_px); 1 where none does.
    """

    contrast: FloatArray
    trust: FloatArray


def through_mesh(
    contrast: FloatArray,
    *,
    nodes: FloatArray,
    moved: FloatArray,
    triangles: FloatArray,
    trust: FloatArray,
    n_sub: int = 1,
) -> Shown:
    """Return the contrast of a drawing whose mesh has moved; where no triangle lies it is 0.

    Where triangles overlap, the one with more contrast shows. Reading is cubic (Catmull & Rom 1974), kept within the
    values of the four pixels around, so that edges stay sharp and no halo appears.

    Args:
        contrast: Shape (height_px, width_px, n_channels).
        nodes: Where the mesh lay on the drawing, shape (n_nodes, 2), px.
        moved: Where it lies in the result, likewise.
        triangles: Indices of nodes, shape (n_triangles, 3).
        n_sub: Rows and columns of the result per pixel.
        trust: Passed on to the pixels that each triangle shows, shape (n_triangles,).

    Examples:
        >>> dot = np.zeros((4, 6, 1))
        >>> dot[1, 1] = 1.0
        >>> corners = np.array([[-0.5, -0.5], [3.5, -0.5], [-0.5, 3.5]])
        >>> three = {"triangles": np.array([[0, 1, 2]]), "trust": np.ones(1)}
        >>> shown = through_mesh(dot, nodes=corners, moved=corners + [2, 0], **three)
        >>> float(shown.contrast[1, 3, 0])
        1.0
    """
    shape = (contrast.shape[0] * n_sub, contrast.shape[1] * n_sub)
    shown = np.zeros((*shape, contrast.shape[2]))
    strength, trusted = np.full(shape, -1.0), np.ones(shape)
    moved = (moved + 0.5) * n_sub - 0.5
    _draw(
        contrast,
        nodes,
        moved,
        np.ascontiguousarray(triangles, dtype=np.int64),
        trust,
        shown,
        strength,
        trusted,
    )
    return Shown(contrast=shown, trust=trusted)


def reread(contrast: FloatArray, *, n_sub: int) -> FloatArray:
    """Return a drawing that was drawn finer through a mesh that lies still, and averaged: what that alone does.

    Args:
        contrast: Shape (height_px, width_px, n_channels).
        n_sub: Rows and columns drawn per pixel.

    Examples:
        >>> bool(np.allclose(reread(np.ones((3, 4, 1)), n_sub=2), 1.0))
        True
    """
    height, width, n_channels = contrast.shape
    right, below = width - 0.5, height - 0.5
    corners = np.array([[-0.5, -0.5], [right, -0.5], [-0.5, below], [right, below]])
    fine = through_mesh(
        contrast,
        nodes=corners,
        moved=corners,
        triangles=np.array([[0, 1, 2], [3, 2, 1]]),
        trust=np.ones(2),
        n_sub=n_sub,
    )
    return np.asarray(fine.contrast.reshape(height, n_sub, width, n_sub, n_channels).mean(axis=(1, 3)))


@compiled
def _draw(
    contrast: FloatArray,
    nodes: FloatArray,
    moved: FloatArray,
    triangles: FloatArray,
    trust: FloatArray,
    shown: FloatArray,
    strength: FloatArray,
    trusted: FloatArray,
) -> None:
    height, width, n_channels = shown.shape
    value = np.zeros(n_channels)
    for k in range(triangles.shape[0]):
        i0, i1, i2 = triangles[k, 0], triangles[k, 1], triangles[k, 2]
        x0, y0 = moved[i0, 0], moved[i0, 1]
        ux, uy = moved[i1, 0] - x0, moved[i1, 1] - y0
        vx, vy = moved[i2, 0] - x0, moved[i2, 1] - y0
        det = ux * vy - uy * vx
        if abs(det) < _NEAR:
            continue
        left = max(int(np.ceil(x0 + min(0.0, ux, vx) - _NEAR)), 0)
        right = min(int(np.floor(x0 + max(0.0, ux, vx) + _NEAR)), width - 1)
        top = max(int(np.ceil(y0 + min(0.0, uy, vy) - _NEAR)), 0)
        bottom = min(int(np.floor(y0 + max(0.0, uy, vy) + _NEAR)), height - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                s = ((column - x0) * vy - (row - y0) * vx) / det
                t = ((row - y0) * ux - (column - x0) * uy) / det
                if s < -_NEAR or t < -_NEAR or s + t > 1.0 + _NEAR:
                    continue
                x = nodes[i0, 0] + s * (nodes[i1, 0] - nodes[i0, 0]) + t * (nodes[i2, 0] - nodes[i0, 0])
                y = nodes[i0, 1] + s * (nodes[i1, 1] - nodes[i0, 1]) + t * (nodes[i2, 1] - nodes[i0, 1])
                _read(contrast, x, y, value)
                size = 0.0
                for channel in range(n_channels):
                    size += abs(value[channel])
                if size > strength[row, column]:
                    strength[row, column] = size
                    trusted[row, column] = trust[k]
                    for channel in range(n_channels):
                        shown[row, column, channel] = value[channel]


@compiled
def _read(contrast: FloatArray, x: float, y: float, value: FloatArray) -> None:
    """Read all channels at a place, cubically, within the values of the four pixels around."""
    height, width, n_channels = contrast.shape
    column, row = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - column, y - row
    for channel in range(n_channels):
        total, low, high = 0.0, np.inf, -np.inf
        for j in range(-1, 3):
            at_row = min(max(row + j, 0), height - 1)
            along = 0.0
            for i in range(-1, 3):
                here = contrast[at_row, min(max(column + i, 0), width - 1), channel]
                along += _cubic(fx - i) * here
                if 0 <= i <= 1 and 0 <= j <= 1:
                    low, high = min(low, here), max(high, here)
            total += _cubic(fy - j) * along
        value[channel] = min(max(total, low), high)


@compiled
def _cubic(away: float) -> float:
    """Weight of a sample at a distance (Catmull-Rom)."""
    d = abs(away)
    if d < 1.0:
        return (1.5 * d - 2.5) * d * d + 1.0
    if d < 2.0:
        return ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0
    return 0.0
