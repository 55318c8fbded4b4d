"""The way of landmarks from one shape to another, with triangles that never turn over, and where pixels come from."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spaces.piecewise_warp import affine_between, apply_affine, locate, rasterise
from stimgen.spaces.triangulation import IndexArray, Mesh, triangulate

# Points nearer than this in both shapes are one corner.
_MERGE_PX = 0.1
# How far shapes may be moved so that points that coincide in one shape only come apart.
_SLACK_PX = 0.1
_DEEPEST = 12
_TOGETHER_PX = 1e-3
_BEYOND = 0.25
_PER_SIDE = 4


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The rectangle whose outline stays where it is while landmarks move.

    Args:
        left_px: Left edge; the left edge of a picture is at -0.5.
        top_px: Upper edge.
        right_px: Right edge.
        bottom_px: Lower edge.
    """

    left_px: float
    top_px: float
    right_px: float
    bottom_px: float

    @classmethod
    def around(cls, width_px: int, height_px: int, *shapes: FloatArray) -> "Frame":
        """Return the edges of a picture, moved outwards by what points outside of it need and a tenth of its size."""
        low = np.min([shape.min(axis=0) for shape in shapes], axis=0)
        high = np.max([shape.max(axis=0) for shape in shapes], axis=0)
        size = np.array([width_px, height_px], dtype=np.float64)
        left, top = np.where(low <= -0.25, np.minimum(low, -0.5) - 0.1 * size, -0.5)
        edge = size - 0.5
        right, bottom = np.where(high >= edge - 0.25, np.maximum(high, edge) + 0.1 * size, edge)
        return cls(left_px=float(left), top_px=float(top), right_px=float(right), bottom_px=float(bottom))

    @property
    def outline(self) -> FloatArray:
        """Corners and points between them, clockwise from the upper left, shape (16, 2)."""
        corners = np.array(
            [
                [self.left_px, self.top_px],
                [self.right_px, self.top_px],
                [self.right_px, self.bottom_px],
                [self.left_px, self.bottom_px],
            ]
        )
        share = np.arange(_PER_SIDE)[:, None] / _PER_SIDE
        sides = [
            (1.0 - share) * corner + share * after
            for corner, after in zip(corners, np.roll(corners, -1, axis=0), strict=True)
        ]
        return np.vstack(sides)


@dataclass(frozen=True, kw_only=True)
class ShapePath:
    """Landmarks in straight lines from a (position 0) to b (position 1), and the map of the plane that follows them.

    The line is cut into stretches, each with triangles that keep their orientation all along it. A pixel between
    landmarks is carried from stretch to stretch by the triangle that it lies in, so that the map stays one to one even
    where landmarks change places, as those of an iris and of a lid do. Almost all pixels lie in triangles that stay.

    Args:
        start: Corners at position 0: landmarks without doubles, then the outline of the frame; shape (n, 2), px.
        stop: Corners at position 1.
        meshes: Stretches from 0 to 1.
        moved_px: How far corners are off the straight lines of their landmarks at most, from 0 to 1.
        slack: Share of the way by which the line begins and ends early, 0 where it goes from shape to shape.
        aside: How far corners are moved aside beyond the ends, where the landmarks that coincide there would run
            through each other; shape (n, 2), px.
    """

    start: FloatArray
    stop: FloatArray
    meshes: tuple[Mesh, ...]
    moved_px: float
    slack: float
    aside: FloatArray

    @classmethod
    def between(cls, a: FloatArray, b: FloatArray, *, frame: Frame) -> "ShapePath":
        """Return the way from shape a to shape b, both of shape (n_points, 2), px, inside the frame.

        Landmarks that are within 0.1 px of each other in both shapes count as one. Where that leaves triangles that
        turn over, because landmarks coincide in one shape only, the line begins and ends up to 0.1 px off the shapes;
        where landmarks would run through each other, all are moved aside by up to 0.1 px.
        """
        kept = _without_doubles(a, b)
        edge, best = frame.outline, None
        for trial in _trials(a[kept], b[kept]):
            first, last = np.vstack([trial.start, edge]), np.vstack([trial.stop, edge])
            meshes = _stretches(first, last, 0.0, 1.0)
            if best is None or _turned(meshes) < _turned(best.meshes):
                moved_px = max(_farthest(trial.start, a[kept]), _farthest(trial.stop, b[kept]))
                aside = np.vstack([trial.aside, np.zeros_like(edge)])
                best = cls(
                    start=first, stop=last, meshes=meshes, moved_px=moved_px, slack=trial.slack, aside=aside
                )
            if _turned(best.meshes) == 0:
                break
        assert best is not None
        return best

    def corners(self, position: float) -> FloatArray:
        """Return the corners of the triangles at a position, shape (n, 2), px."""
        straight = (1.0 - position) * self.start + position * self.stop
        beyond = max(0.0, -position, position - 1.0)
        if self.slack == 0.0 or beyond == 0.0:
            return np.asarray(straight)
        return np.asarray(straight + min(1.0, beyond / (2.0 * self.slack)) * self.aside)

    def pixels(self, position: float, *, width_px: int, height_px: int) -> "PixelPlaces":
        """Return which triangle each pixel of a picture lies in at a position."""
        line = self._line(position)
        here = line.stretch_at(position)
        triangles = np.flatnonzero(line.is_used[here])
        found = rasterise(
            line.triangles[triangles], self.corners(position), width_px=width_px, height_px=height_px
        )
        return PixelPlaces(
            path=self, position=position, width_px=width_px, height_px=height_px, triangle=triangles[found]
        )

    def n_turned(self, position: float) -> int:
        """Return how many triangles turn over on the way from a position to either end."""
        return _turned(self._line(position).meshes)

    @cached_property
    def _lines(self) -> dict[tuple[int, int], "_Line"]:
        return {}

    def _line(self, position: float) -> "_Line":
        """Return the stretches that reach from 0 to 1 and as far beyond as a position needs."""
        hops = (max(0, int(np.ceil(-position / _BEYOND))), max(0, int(np.ceil((position - 1.0) / _BEYOND))))
        if hops not in self._lines:
            below, above = (self._marks(n_hops) for n_hops in hops)
            before = [self._hop(-low, -high) for high, low in pairwise(below)][::-1]
            after = [self._hop(1.0 + low, 1.0 + high) for low, high in pairwise(above)]
            self._lines[hops] = _Line.of(sum([*before, self.meshes, *after], ()))
        return self._lines[hops]

    def _marks(self, n_hops: int) -> list[float]:
        """Return how far beyond an end each hop reaches; corners go in straight lines within one."""
        bends = [2.0 * self.slack] if self.slack and n_hops else []
        return [0.0, *bends, *(_BEYOND * (k + 1) for k in range(n_hops))]

    def _hop(self, first: float, last: float) -> tuple[Mesh, ...]:
        return _stretches(self.corners(first), self.corners(last), first, last)


@dataclass(frozen=True, kw_only=True)
class _Line:
    """Stretches one after the other, their triangles listed once, and which stretch uses which."""

    meshes: tuple[Mesh, ...]
    triangles: IndexArray
    is_used: FloatArray

    @classmethod
    def of(cls, meshes: tuple[Mesh, ...]) -> "_Line":
        # The least corner first, so that one triangle is written in one way.
        rolled = [
            np.take_along_axis(
                mesh.triangles, (np.argmin(mesh.triangles, axis=1)[:, None] + np.arange(3)) % 3, axis=1
            )
            for mesh in meshes
        ]
        triangles, inverse = np.unique(np.vstack(rolled), axis=0, return_inverse=True)
        is_used = np.zeros((len(meshes), len(triangles)), dtype=bool)
        stretch = np.repeat(np.arange(len(meshes)), [len(mesh.triangles) for mesh in meshes])
        is_used[stretch, inverse.ravel()] = True
        return cls(meshes=meshes, triangles=triangles, is_used=is_used)

    def stretch_at(self, position: float) -> int:
        ends = np.array([mesh.last for mesh in self.meshes[:-1]])
        return int(np.searchsorted(ends, position))


@dataclass(frozen=True, kw_only=True)
class PixelPlaces:
    """The pixels of a picture at one position, each in its triangle.

    Args:
        path: The way that they are on.
        position: Where on it.
        width_px: Columns.
        height_px: Rows.
        triangle: Triangle of each pixel, row by row, shape (height_px * width_px,).
    """

    path: ShapePath
    position: float
    width_px: int
    height_px: int
    triangle: IndexArray

    def at(self, position: float, *, then: FloatArray | None = None) -> FloatArray:
        """Return where the pixels are at another position, shape (height_px * width_px, 2), px.

        Args:
            position: Where on the way.
            then: An affine map of the whole picture that follows, rows of [x', y'] = M [x, y, 1], shape (2, 3).
        """
        line = self.path._line(self.position)
        here, there = line.stretch_at(self.position), line.stretch_at(position)
        xy, triangle = _pixel_grid(self.width_px, self.height_px).copy(), self.triangle.copy()
        when = np.full(xy.shape[0], self.position)
        step = 1 if there > here else -1
        for stretch in range(here + step, there + step, step) if there != here else ():
            movers = np.flatnonzero(~line.is_used[stretch][triangle])
            if movers.size == 0:
                continue
            border = line.meshes[stretch].first if step == 1 else line.meshes[stretch].last
            xy[movers] = self._carried(line, xy[movers], triangle[movers], when[movers], border)
            when[movers] = border
            new = np.flatnonzero(line.is_used[stretch] & ~line.is_used[stretch - step])
            triangle[movers] = new[locate(line.triangles[new], self.path.corners(border), xy[movers])]
        return self._carried(line, xy, triangle, when, position, then=then)

    def _carried(
        self,
        line: _Line,
        xy: FloatArray,
        triangle: IndexArray,
        when: FloatArray,
        position: float,
        *,
        then: FloatArray | None = None,
    ) -> FloatArray:
        carried = np.empty_like(xy)
        left = np.arange(xy.shape[0])
        while left.size:
            start = when[left[0]]
            same = when[left] == start
            corners = self.path.corners(position)
            if then is not None:
                corners = corners @ then[:, :2].T + then[:, 2]
            maps = affine_between(line.triangles, self.path.corners(start), corners)
            if left.size == xy.shape[0] and same.all():
                return apply_affine(maps, triangle, xy)
            group = left[same]
            carried[group] = apply_affine(maps, triangle[group], xy[group])
            left = left[~same]
        return carried


@lru_cache(maxsize=2)
def _pixel_grid(width_px: int, height_px: int) -> FloatArray:
    y, x = np.mgrid[0:height_px, 0:width_px]
    grid = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
    grid.flags.writeable = False
    return grid


def _stretches(start: FloatArray, stop: FloatArray, first: float, last: float) -> tuple[Mesh, ...]:
    """Halve a stretch until the triangles of each part keep their orientation."""

    def corners(position: float) -> FloatArray:
        share = (position - first) / (last - first)
        return (1.0 - share) * start + share * stop

    def cut(low: float, high: float, depth: int) -> tuple[Mesh, ...]:
        triangles, n_turned = triangulate(corners(low), corners(high))
        middle = (low + high) / 2.0
        if n_turned == 0 or depth == _DEEPEST:
            return (Mesh(triangles=triangles, first=low, last=high, n_turned=n_turned),)
        return cut(low, middle, depth + 1) + cut(middle, high, depth + 1)

    return cut(first, last, 0)


@dataclass(frozen=True, kw_only=True)
class _Trial:
    start: FloatArray
    stop: FloatArray
    slack: float
    aside: FloatArray


def _trials(a: FloatArray, b: FloatArray) -> list[_Trial]:
    """Return the shapes themselves, then shapes a little off them, in the order in which they are tried."""
    slack = min(0.01, _SLACK_PX / max(_farthest(a, b), _SLACK_PX))
    inner = ((1.0 - slack) * a + slack * b, slack * a + (1.0 - slack) * b)
    # Turned by the golden angle from point to point: no two neighbours are moved alike.
    angle = np.arange(a.shape[0]) * np.pi * (3.0 - np.sqrt(5.0))
    aside = _SLACK_PX * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    still = np.zeros_like(a)
    exact = _Trial(start=a, stop=b, slack=0.0, aside=still)
    off = _Trial(start=inner[0], stop=inner[1], slack=slack, aside=aside)
    apart = _Trial(start=inner[0] + aside, stop=inner[1] - aside, slack=0.0, aside=still)
    coincide = min(_least_distance(a), _least_distance(b)) < _TOGETHER_PX
    return [off, apart] if coincide else [exact, off, apart]


def _least_distance(shape: FloatArray) -> float:
    from scipy.spatial import cKDTree

    return float(cKDTree(shape).query(shape, k=2)[0][:, 1].min())


def _without_doubles(a: FloatArray, b: FloatArray) -> IndexArray:
    apart = np.maximum(
        np.linalg.norm(a[:, None] - a[None], axis=2), np.linalg.norm(b[:, None] - b[None], axis=2)
    )
    is_double = np.tril(apart < _MERGE_PX, -1).any(axis=1)
    return np.flatnonzero(~is_double)


def _farthest(a: FloatArray, b: FloatArray) -> float:
    return float(np.linalg.norm(a - b, axis=1).max())


def _turned(meshes: tuple[Mesh, ...]) -> int:
    return sum(mesh.n_turned for mesh in meshes)
