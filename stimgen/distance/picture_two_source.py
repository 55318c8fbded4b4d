"""Two-source index of pictures: whether one looks like something in between or like both ends laid over each other."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from stimgen.errors import PictureError, ShapeError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import luminance

# Fine enough that two faces aligned by their eyes do not share their edges, coarse enough to leave grain out.
_SIGMAS_PER_SIDE = 256.0
_LEAST_SIGMA_PX = 0.7
_LEAST_PX = 8
# A face moved by a sigma had a contrast of 0.16 with itself, by two 0.49; pairs of faces had 0.92 and more.
_LEAST_CONTRAST = 0.25
_LEAST_NOVELTY = 0.002


@dataclass(frozen=True, kw_only=True, eq=False)
class PictureSources:
    """Two ends, ready to be looked for in any number of pictures; made by `picture_sources`.

    Args:
        edges_a: Gradients of a's luminance, shape (2, n_rows, n_columns).
        edges_b: Those of b.
        contrast: Share of one end's gradients that the other does not explain, the smaller of both ways, 0..1.
        size_px: Height and width of both, px.
    """

    edges_a: FloatArray
    edges_b: FloatArray
    contrast: float
    size_px: tuple[int, int]

    def index(self, stimulus: Picture) -> float | None:
        """Return the two-source index of one picture; see `picture_two_source_index`.

        Raises:
            ShapeError: If it has not the size of the ends.
        """
        if (stimulus.height_px, stimulus.width_px) != self.size_px:
            raise ShapeError(
                f"the two-source index needs pictures of the ends' size, {self.size_px[1]} x {self.size_px[0]} px, "
                f"got {stimulus.width_px} x {stimulus.height_px} px in {stimulus.name!r}"
            )
        if self.contrast < _LEAST_CONTRAST:
            return None
        fit = _Fit.of(_edges(stimulus), self.edges_a, self.edges_b)
        if fit.left_by_one <= _LEAST_NOVELTY * fit.total:
            return None
        return float(np.clip(1.0 - fit.left_by_both / fit.left_by_one, 0.0, 1.0))


def picture_sources(a: Picture, b: Picture) -> PictureSources:
    """Analyse two ends once, for many pictures.

    Args:
        a: One end, as the space aligned it.
        b: The other, of the same size.

    Raises:
        ShapeError: If the sizes differ.
        PictureError: If a picture is smaller than 8 x 8 px.
    """
    size = (a.height_px, a.width_px)
    if size != (b.height_px, b.width_px):
        raise ShapeError(
            f"the two-source index needs ends of one size, got {a.width_px} x {a.height_px} and "
            f"{b.width_px} x {b.height_px} px; crop or resize one of them"
        )
    edges_a, edges_b = _edges(a), _edges(b)
    return PictureSources(
        edges_a=edges_a,
        edges_b=edges_b,
        contrast=min(_unexplained(edges_a, edges_b), _unexplained(edges_b, edges_a)),
        size_px=size,
    )


def picture_two_source_index(stimulus: Picture, a: Picture, b: Picture) -> float | None:
    """Return how much of what one end leaves unexplained in a picture the two ends explain together.

    What is explained are the gradients of luminance in linear light, blurred by 1/256 of the shorter side: there laying
    one picture over another is a sum, and edges say what is where. The stimulus is fitted by least squares with
    c a + d b, c and d >= 0, and with c a or d b alone, whichever is nearer. The index is 1 - (squared error of both) /
    (squared error of the nearer one). The nearer end as the baseline keeps a picture from scoring high only because it
    is close to an end. One c and one d hold for the whole picture: a pale copy of each of two objects, far from each
    other, is a mixture; the left half of a beside the right half of b is less of one.

    1 is a pure superposition, as a double exposure; 0 says that a mixture is no better than one end, as for an edge
    that lies where neither end has any. The index falls towards the ends for any method, so compare equal positions. It
    knows nothing of colour. Halfway between 12 pairs of faces, cross-fades gave 1.00 in linear light and 0.86 of
    encoded values (at least 0.77), warps along 189 landmarks 0.21 (at most 0.38).

    Args:
        stimulus: The picture.
        a: One end, as the space aligned it.
        b: The other; all three of one size.

    Returns:
        The index, 0..1. None where it would mean nothing: one of a and b explains more than three quarters of the
        other, the stimulus is of one luminance all over, or it is an end (one end explains 99.8 % of it).

    Raises:
        ShapeError: If the sizes differ.
        PictureError: If a picture is smaller than 8 x 8 px.

    References:
        Lawson & Hanson 1974, Solving Least Squares Problems, Prentice-Hall, chapter 23 (non-negative least squares).

    Examples:
        >>> rows, columns = np.mgrid[:64, :64]
        >>> def disc(x, light=1.0):
        ...     return light / (1.0 + np.exp(np.hypot(rows - 32, columns - x) - 8.0))
        >>> def picture(values):
        ...     return Picture(pixels=values[..., None], transfer="linear")
        >>> left, right = picture(disc(20)), picture(disc(44))
        >>> round(picture_two_source_index(picture(disc(20, 0.5) + disc(44, 0.5)), left, right), 2)
        1.0
        >>> picture_two_source_index(picture(disc(32)), left, right) < 0.2
        True
        >>> picture_two_source_index(left, left, right) is None
        True
    """
    return picture_sources(a, b).index(stimulus)


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """Power of the stimulus' gradients, and what the nearer end and both ends leave of it."""

    total: float
    left_by_one: float
    left_by_both: float

    @classmethod
    def of(cls, target: FloatArray, a: FloatArray, b: FloatArray) -> Self:
        """Fit with non-negative multiples of two regressors, in closed form."""
        aa, bb, ab, ta, tb, total = (
            float(np.einsum("i,i->", left.ravel(), right.ravel()))
            for left, right in ((a, a), (b, b), (a, b), (target, a), (target, b), (target, target))
        )
        by_one = max(_ratio(max(ta, 0.0) ** 2, aa), _ratio(max(tb, 0.0) ** 2, bb))
        determinant, of_a, of_b = aa * bb - ab**2, ta * bb - tb * ab, tb * aa - ta * ab
        by_both = by_one
        if of_a > 0.0 and of_b > 0.0 and determinant > 1e-9 * aa * bb:
            by_both = max((of_a * ta + of_b * tb) / determinant, by_one)
        return cls(total=total, left_by_one=max(total - by_one, 0.0), left_by_both=max(total - by_both, 0.0))


def _edges(picture: Picture) -> FloatArray:
    """Return gradients of blurred luminance, shape (2, n_rows, n_columns), about one sample per sigma."""
    from scipy.ndimage import gaussian_filter

    side = min(picture.height_px, picture.width_px)
    if side < _LEAST_PX:
        raise PictureError(
            f"the two-source index needs pictures of {_LEAST_PX} x {_LEAST_PX} px or more, got "
            f"{picture.width_px} x {picture.height_px} px in {picture.name!r}"
        )
    sigma_px = max(side / _SIGMAS_PER_SIDE, _LEAST_SIGMA_PX)
    gradients = np.stack(np.gradient(gaussian_filter(luminance(picture.light), sigma_px)))
    apart = max(int(sigma_px), 1)
    return np.ascontiguousarray(gradients[:, ::apart, ::apart])


def _unexplained(target: FloatArray, by: FloatArray) -> float:
    """Return the share of a gradient field's power that no positive multiple of another explains; 0 if it has none."""
    total = float(np.vdot(target, target))
    explained = _ratio(max(float(np.vdot(target, by)), 0.0) ** 2, float(np.vdot(by, by)))
    return 1.0 - explained / total if total > 0.0 else 0.0


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else 0.0
