"""How much a picture looks like two pictures laid over each other: the sibling of `stimgen.distance.two_source`."""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter

from stimgen.errors import ShapeError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import luminance

# detail is what is finer than this share of the longer side; smooth light and dark are no sign of a ghost
_COARSE_SHARE = 1.0 / 24.0
_N_BLOCKS = 12
_FEWEST_PX = 8
# an end explains so much of an end; alike as well where one end explains so much of the other
_IS_END, _ALIKE = 0.998, 0.75


@dataclass(frozen=True, kw_only=True)
class PictureSources:
    """Two pictures that a third may be a sum of.

    Args:
        detail_a: Fine detail of a in blocks, shape (n_blocks, n_pixels_of_a_block).
        detail_b: The same of b.
        size_px: Height and width of the pictures.
        contrast: Share of the detail of one that the other does not explain, 0 to 1.
    """

    detail_a: FloatArray = field(repr=False)
    detail_b: FloatArray = field(repr=False)
    size_px: tuple[int, int]
    contrast: float

    def index(self, picture: Picture) -> float | None:
        """Return the two-source index of a picture, see `picture_two_source_index`.

        Raises:
            ShapeError: If it has another size.
        """
        if (picture.height_px, picture.width_px) != self.size_px:
            raise ShapeError(
                f"a picture of {self.size_px[1]} x {self.size_px[0]} px is wanted, got {picture.width_px} x "
                f"{picture.height_px}"
            )
        if self.contrast < 1.0 - _ALIKE:
            return None
        target = _detail(picture)
        total = float(np.sum(target**2))
        by_one, by_both = _explained(target, self.detail_a, self.detail_b)
        left_by_one = total - by_one
        if total <= 0.0 or left_by_one <= (1.0 - _IS_END) * total:
            return None
        return float(np.clip(1.0 - (total - by_both) / left_by_one, 0.0, 1.0))


def picture_source_pair(a: Picture, b: Picture) -> PictureSources:
    """Take from two pictures of one size what the index needs, once for all stimuli between them.

    Raises:
        ShapeError: If their sizes differ.
    """
    if a.pixels.shape[:2] != b.pixels.shape[:2]:
        raise ShapeError(
            f"two pictures of one size are wanted, got {a.width_px} x {a.height_px} and {b.width_px} x {b.height_px}"
        )
    detail_a, detail_b = _detail(a), _detail(b)
    explained = 0.0
    for target, other in ((detail_a, detail_b), (detail_b, detail_a)):
        total = float(np.sum(target**2))
        by_one, _ = _explained(target, other, np.zeros_like(other))
        explained = max(explained, by_one / total if total > 0.0 else 1.0)
    return PictureSources(
        detail_a=detail_a, detail_b=detail_b, size_px=(a.height_px, a.width_px), contrast=1.0 - explained
    )


def picture_two_source_index(stimulus: Picture, a: Picture, b: Picture) -> float | None:
    """Return how much of what one end leaves unexplained in a picture the two ends explain together.

    The detail of a picture is its luminance (linear light) without what is coarser than 1/24 of its longer side. In
    each of about 12 x 12 blocks the detail of the stimulus is fitted by least squares with c a + d b, c and d >= 0,
    and with the nearer end alone. Summed over blocks, the index is 1 - (squared error of both) / (squared error of
    the nearer one). 1 is a pure superposition, as a blend of light is; 0 says that both ends together are no better
    than one. It falls towards the ends for any method, so compare equal positions.

    Args:
        stimulus: The picture that is judged.
        a: One end, of the same size.
        b: The other.

    Returns:
        The index, 0 to 1. None where it would mean nothing: one of a and b explains more than three quarters of the
        other, or one end explains 99.8 % of the stimulus.

    Raises:
        ShapeError: If the sizes differ.

    References:
        Lawson & Hanson 1974, Solving Least Squares Problems, Prentice-Hall, chapter 23 (non-negative least squares).

    Examples:
        >>> noise = np.random.default_rng(0).random((2, 64, 64, 1))
        >>> one, other, both = (Picture(pixels=p, transfer="linear") for p in (*noise, noise.mean(axis=0)))
        >>> round(picture_two_source_index(both, one, other), 6)
        1.0
    """
    return picture_source_pair(a, b).index(stimulus)


def _detail(picture: Picture) -> FloatArray:
    """Return fine detail of the light in blocks, shape (n_blocks, n_pixels); what is over at the edges is left out."""
    light = luminance(picture.light)
    sigma_px = _COARSE_SHARE * max(light.shape)
    fine = light - gaussian_filter(light, sigma_px, mode="nearest", truncate=3.0)
    size = max(_FEWEST_PX, max(light.shape) // _N_BLOCKS)
    size = min(size, *light.shape)
    rows, columns = light.shape[0] // size, light.shape[1] // size
    cut = fine[: rows * size, : columns * size]
    return np.ascontiguousarray(
        cut.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(rows * columns, -1)
    )


def _explained(target: FloatArray, a: FloatArray, b: FloatArray) -> tuple[float, float]:
    """Return the power that the nearer one and both explain, summed over blocks, in closed form."""
    aa, bb, ab, ta, tb = (
        np.einsum("ij,ij->i", left, right)
        for left, right in ((a, a), (b, b), (a, b), (target, a), (target, b))
    )
    by_one = np.maximum(_ratio(np.maximum(ta, 0.0) ** 2, aa), _ratio(np.maximum(tb, 0.0) ** 2, bb))
    determinant = aa * bb - ab**2
    of_a, of_b = ta * bb - tb * ab, tb * aa - ta * ab
    is_inside = (of_a > 0.0) & (of_b > 0.0) & (determinant > 1e-9 * aa * bb)
    by_both = np.where(is_inside, _ratio(of_a * ta + of_b * tb, determinant), by_one)
    return float(by_one.sum()), float(np.maximum(by_both, by_one).sum())


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)
