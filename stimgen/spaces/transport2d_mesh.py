"""A mesh over the ink of a drawing, and the way that it goes: turns turn, areas go in a straight line."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spaces.transport2d_mass import NEAR_PX

# stiffness of paper between strokes relative to ink, and pull of each node towards its chord
_PAPER, _PULL = 0.02, 1e-5
_LEAST_AREA = 0.05
# stretch from which on the mesh is torn more and more, and that at which it is torn
_TEARS_FROM, _TORN_AT = 2.2, 4.0
# area relative to what the drawing's growth explains from which on ink gives way
_THIN = 1.6


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """A square lattice over the ink of a drawing and a margin, each square two triangles.

    Args:
        nodes: Shape (n_nodes, 2), px.
        triangles: Indices of nodes: the corner at the right angle, its neighbour along x, that along y, shape
            (n_triangles, 3).
        spacing_px: Between neighbours.
        ink: Share of the mass that each triangle has, relative to the fullest, shape (n_triangles,), 0 to 1.
    """

    nodes: FloatArray
    triangles: FloatArray
    spacing_px: float
    ink: FloatArray


def mesh_over(mass: FloatArray, *, n_cells: int) -> Mesh:
    """Lay a mesh over the ink of a drawing and what goes along with it.

    Args:
        mass: Shape (height_px, width_px), >= 0, not all 0.
        n_cells: About how many squares lie on ink.
    """
    from scipy.ndimage import binary_dilation

    rows, columns = np.nonzero(mass)
    spacing = max(1.0, float(np.sqrt(rows.size / n_cells)))
    origin = np.array([columns.min(), rows.min()]) - 0.5
    cell_x = ((columns - origin[0]) / spacing).astype(np.int64)
    cell_y = ((rows - origin[1]) / spacing).astype(np.int64)
    margin = max(1, int(np.ceil((NEAR_PX + 0.5) / spacing)))
    shape = (int(cell_y.max()) + 1 + 2 * margin, int(cell_x.max()) + 1 + 2 * margin)
    weight = np.zeros(shape)
    np.add.at(weight, (cell_y + margin, cell_x + margin), mass[rows, columns])
    is_used = binary_dilation(weight > 0.0, np.ones((3, 3)), iterations=margin)
    used_y, used_x = np.nonzero(is_used)
    corner = used_y * (shape[1] + 1) + used_x
    right, below = corner + 1, corner + shape[1] + 1
    triangles = np.concatenate(
        [np.stack([corner, right, below]), np.stack([below + 1, below, right])], axis=1
    ).T
    kept, inverse = np.unique(triangles, return_inverse=True)
    places = np.stack([kept % (shape[1] + 1), kept // (shape[1] + 1)], axis=1) - float(margin)
    ink = weight[used_y, used_x] / weight.max()
    return Mesh(
        nodes=origin + spacing * places,
        triangles=np.asarray(inverse.reshape(triangles.shape)),
        spacing_px=spacing,
        ink=np.concatenate([ink, ink]),
    )


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way of a mesh from where it lies to where a map takes it.

    Each triangle's map is parted into a turn and a stretch. At a share t of the way it has made t of its turn, and its
    stretch is scaled so that its area goes in a straight line; the nodes are placed such that all triangles come as
    near to that as they can. Torn triangles do not hold.

    Args:
        mesh: What goes.
        targets: Where its nodes go, shape (n_nodes, 2), px.

    References:
        Alexa, Cohen-Or & Levin 2000, SIGGRAPH, 157-164 (turns apart from stretches).
    """

    mesh: Mesh
    targets: FloatArray

    @cached_property
    def jacobian(self) -> FloatArray:
        """Of each triangle's whole map, shape (n_triangles, 2, 2): columns are where x and y go."""
        corner, along_x, along_y = (self.targets[self.mesh.triangles[:, k]] for k in range(3))
        signed = self._signed_px[:, None]
        return np.stack([(along_x - corner) / signed, (along_y - corner) / signed], axis=2)

    @cached_property
    def turn_rad(self) -> FloatArray:
        """Of each triangle's map, shape (n_triangles,)."""
        jacobian = self.jacobian
        swirl = jacobian[:, 1, 0] - jacobian[:, 0, 1]
        return np.asarray(np.arctan2(swirl, jacobian[:, 0, 0] + jacobian[:, 1, 1]))

    @cached_property
    def stretch(self) -> FloatArray:
        """The symmetric rest of each triangle's map once its turn is undone, shape (n_triangles, 2, 2)."""
        return np.asarray(np.einsum("nji,njk->nik", _rotation(self.turn_rad), self.jacobian))

    @cached_property
    def longest(self) -> FloatArray:
        """Greatest stretch of each triangle, shape (n_triangles,)."""
        stretch = self.stretch
        half = 0.5 * (stretch[:, 0, 0] + stretch[:, 1, 1])
        return np.asarray(half + np.hypot(0.5 * (stretch[:, 0, 0] - stretch[:, 1, 1]), stretch[:, 0, 1]))

    @cached_property
    def torn(self) -> FloatArray:
        """How torn each triangle is, shape (n_triangles,), 0 to 1: stretched far more than the drawing as a whole."""
        usual = np.average(np.clip(self.longest, 0.5, 4.0), weights=self.mesh.ink + 1e-9)
        relative = self.longest / max(usual, 1.0)
        share = np.clip((relative - _TEARS_FROM) / (_TORN_AT - _TEARS_FROM), 0.0, 1.0)
        return np.asarray(share * share * (3.0 - 2.0 * share))

    @property
    def torn_share(self) -> float:
        """Share of the ink that is torn, 0 to 1."""
        return float(np.average(self.torn, weights=self.mesh.ink + 1e-12))

    @property
    def n_folds(self) -> int:
        """Inked triangles that the map turns over."""
        return int(np.count_nonzero((np.linalg.det(self.jacobian) <= 0.0) & (self.mesh.ink > 0.05)))

    def nodes_at(self, share: float) -> FloatArray:
        """Return where the nodes are at a share of the way, shape (n_nodes, 2), px."""
        nodes, triangles = self.mesh.nodes, self.mesh.triangles
        wanted = self._jacobian_at(share) * self._signed_px[:, None, None]
        weights, factors = self._system
        pulled = np.concatenate([wanted[:, :, 0], wanted[:, :, 1]]) * weights[:, None]
        right = np.zeros_like(nodes)
        for start, stop, part in (
            (0, 1, pulled[: triangles.shape[0]]),
            (0, 2, pulled[triangles.shape[0] :]),
        ):
            for axis in range(2):
                right[:, axis] += np.bincount(triangles[:, stop], part[:, axis], nodes.shape[0])
                right[:, axis] -= np.bincount(triangles[:, start], part[:, axis], nodes.shape[0])
        chord = (1.0 - share) * nodes + share * self.targets
        return np.asarray(factors.solve(right + _PULL * chord))

    def trust_at(self, share: float, *, growth: float) -> FloatArray:
        """Return how far each triangle's ink is meant to show at a share of the way, shape (n_triangles,), 0 to 1.

        Ink that is spread much thinner than the drawing as a whole lies across a gap that opens.

        Args:
            share: Of the way.
            growth: Mass of the drawing at the end of the way relative to its start.
        """
        area = (1.0 - share) + share * np.linalg.det(self.jacobian)
        usual = max((1.0 - share) + share * growth, _LEAST_AREA)
        return np.asarray(np.clip(_THIN * usual / np.maximum(area, 1e-9), 0.0, 1.0) ** 2)

    def _jacobian_at(self, share: float) -> FloatArray:
        partial = (1.0 - share) * np.eye(2) + share * self.stretch
        area = np.maximum(np.linalg.det(partial), _LEAST_AREA)
        goal = (1.0 - share) + share * np.maximum(np.linalg.det(self.stretch), _LEAST_AREA)
        scale = np.sqrt(np.maximum(goal, _LEAST_AREA) / area)
        return np.asarray(_rotation(share * self.turn_rad) @ (scale[:, None, None] * partial))

    @cached_property
    def _signed_px(self) -> FloatArray:
        """Length of the legs, negative where they run against the axes (the second triangle of a square)."""
        half = self.mesh.triangles.shape[0] // 2
        return np.repeat([self.mesh.spacing_px, -self.mesh.spacing_px], half)

    @cached_property
    def _system(self) -> tuple[FloatArray, Any]:
        """Weights of the legs, and the factors of the matrix of their springs and the pull to the chords."""
        from scipy.sparse import coo_matrix, identity
        from scipy.sparse.linalg import splu

        triangles, n_nodes = self.mesh.triangles, self.mesh.nodes.shape[0]
        weights = np.tile((_PAPER + self.mesh.ink) * (1.0 - 0.999 * self.torn), 2)
        start = np.tile(triangles[:, 0], 2)
        stop = np.concatenate([triangles[:, 1], triangles[:, 2]])
        rows = np.concatenate([start, stop, start, stop])
        columns = np.concatenate([start, stop, stop, start])
        values = np.concatenate([weights, weights, -weights, -weights])
        matrix = coo_matrix((values, (rows, columns)), shape=(n_nodes, n_nodes)) + _PULL * identity(n_nodes)
        return weights, splu(matrix.tocsc())


def _rotation(angle_rad: FloatArray) -> FloatArray:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.stack([np.stack([cos, -sin], axis=1), np.stack([sin, cos], axis=1)], axis=1)
