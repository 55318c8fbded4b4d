"""Signs that the landmarks of two pictures do not mean the same points, as where some were placed in another order."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray

_N_NEIGHBOURS = 10
# of 903 pairs of 43 faces with 189 landmarks, gains were .017 at most, and above .9 where two landmarks were exchanged
_LEAST_GAIN = 0.2
# of those pairs .15 at most, of five of their landmarks .23, and .99 in another order
_FAR_APART = 0.45
_OTHER_SIZE = 1.6
_MOST_TOLD = 3


@dataclass(frozen=True, kw_only=True)
class ShapeDoubt:
    """How well the shapes of two pictures go together.

    Args:
        distance: Full Procrustes distance, 0 for similar shapes to 1.
        exchanged: Pairs of landmarks that lie where the other one belongs, the clearest first.
        scale: How many times larger b is drawn than a, above 0.

    References:
        Dryden & Mardia 2016, Statistical Shape Analysis, equation 4.12 (full Procrustes distance).
    """

    distance: float
    exchanged: tuple[tuple[int, int], ...]
    scale: float

    @classmethod
    def of(cls, a: FloatArray, b: FloatArray) -> "ShapeDoubt":
        """Compare two shapes of the same landmarks, each (n_points, 2), px.

        Two landmarks count as exchanged if each lies nearer to where the other's neighbours put it.

        Examples:
            >>> grid = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0)), axis=-1).reshape(-1, 2)
            >>> other = grid.copy()
            >>> other[[1, 14]] = grid[[14, 1]]
            >>> ShapeDoubt.of(grid, 2 * grid).exchanged, ShapeDoubt.of(grid, 2 * other).exchanged
            ((), ((1, 14),))
        """
        from scipy.spatial import cKDTree

        flat_a, flat_b = (_centred(one) for one in (a, b))
        size_a, size_b = (float(np.linalg.norm(one)) for one in (flat_a, flat_b))
        if min(size_a, size_b) <= 0.0:
            return cls(distance=1.0, exchanged=(), scale=1.0)
        likeness = complex(np.sum(np.conj(flat_b) * flat_a)) / (size_a * size_b)
        distance = float(np.sqrt(max(0.0, 1.0 - abs(likeness) ** 2)))
        # b turned and scaled onto a
        fitted = flat_b * (likeness * size_a / size_b)
        xy = np.stack([flat_a.real, flat_a.imag], axis=1)
        near = cKDTree(xy).query(xy, k=min(_N_NEIGHBOURS + 1, len(xy)))[1][:, 1:]
        moved = fitted - flat_a
        expected = flat_a + np.median(moved.real[near], axis=1) + 1j * np.median(moved.imag[near], axis=1)
        off = np.abs(fitted[:, None] - expected[None])
        kept, swapped = np.diag(off)[:, None] + np.diag(off)[None], off + off.T
        gain = np.where(swapped < 0.5 * kept, kept - swapped, 0.0) / (size_a / np.sqrt(len(xy)))
        first, second = np.nonzero(np.triu(gain, 1) > _LEAST_GAIN)
        order = np.argsort(-gain[first, second], kind="stable")
        found: list[tuple[int, int]] = []
        for i, j in zip(first[order].tolist(), second[order].tolist(), strict=True):
            # one wrong landmark would gain beside every other; the clearest pair says it
            if not any(k in one for one in found for k in (i, j)):
                found.append((i, j))
        return cls(distance=distance, exchanged=tuple(found), scale=size_b / size_a)

    def sentences(self, name_a: str, name_b: str) -> list[str]:
        """Return what a user should be told, empty if nothing is in doubt.

        Args:
            name_a: What to call the first shape.
            name_b: What to call the second.
        """
        found = []
        if self.distance > _FAR_APART:
            found.append(
                f"the landmarks of {name_a} and {name_b} hardly form one shape (Procrustes distance "
                f"{self.distance:.2f} of 1); are they the same points in the same order?"
            )
        elif self.exchanged:
            pairs = ", ".join(f"{i} and {j}" for i, j in self.exchanged[:_MOST_TOLD])
            more = " and others" if len(self.exchanged) > _MOST_TOLD else ""
            found.append(
                f"landmarks {pairs}{more} seem to be exchanged in {name_a} or {name_b} (counted from 0); look at them"
            )
        if not 1.0 / _OTHER_SIZE < self.scale < _OTHER_SIZE:
            found.append(
                f"the landmarks of {name_b} span {self.scale:.2f} times what those of {name_a} do; are both those of "
                "their pictures as they are in the files, not of another size?"
            )
        return found


def _centred(shape: FloatArray) -> np.ndarray:
    flat = shape[:, 0] + 1j * shape[:, 1]
    return np.asarray(flat - flat.mean())
