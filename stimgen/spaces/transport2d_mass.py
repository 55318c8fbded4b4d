"""What of a picture is mass: its contrast against plain paper, and that mass as points of equal weight."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stimgen.errors import PictureError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import luminance, to_linear

IntArray = NDArray[np.int64]
Polarity = Literal["dark on light", "light on dark"]

# ink of the other polarity that anti-aliasing, sharpening or compression leave, share of all
_MOST_MINORITY = 0.1
# how far around ink the picture goes along with it, so that soft edges are whole
NEAR_PX = 2


@dataclass(frozen=True, kw_only=True)
class Mass:
    """The contrast of a picture against its background.

    Args:
        background: Light of the background, one value per channel.
        polarity: Whether what is drawn is darker or lighter than the background.
        contrast: Light minus background on and near ink, else 0, shape (height_px, width_px, n_channels).
        rest: Light minus background elsewhere: what the tolerance takes for background, likewise.
        mass: Mean over channels of the size of the contrast where it is above the tolerance, else 0, shape
            (height_px, width_px).
        border_deviation: Share of the border that is not background, 0 to 1.
    """

    background: FloatArray
    polarity: Polarity
    contrast: FloatArray
    rest: FloatArray
    mass: FloatArray
    border_deviation: float

    @property
    def level(self) -> float:
        """Mass of a pixel of full ink: the greatest but for the quarter of all mass that is strongest."""
        ink = np.sort(self.mass[self.mass > 0.0])
        return float(ink[np.searchsorted(np.cumsum(ink), 0.75 * ink.sum())])

    @property
    def total(self) -> float:
        """Sum of the mass, in pixels of full contrast."""
        return float(self.mass.sum())


def mass_of(picture: Picture, *, tolerance: float, largest_border_deviation: float) -> Mass:
    """Find the background of a picture on its border and take the contrast against it.

    Args:
        picture: One object or a sparse drawing on plain paper.
        tolerance: Encoded values this close to the background are background.
        largest_border_deviation: Greatest share of the border that may be something else.

    Raises:
        PictureError: If the border is not plain, nothing differs from it, or what differs is both darker and lighter.

    Examples:
        >>> from stimgen.synth.shape_picture import ShapePicture
        >>> from stimgen.synth.shapes import Disc
        >>> drawn = ShapePicture(width_px=32, height_px=32, shapes=(Disc(x_px=9, y_px=9, radius_px=5),))
        >>> mass_of(drawn.picture(), tolerance=0.03, largest_border_deviation=0.25).polarity
        'dark on light'
    """
    from scipy.ndimage import binary_dilation

    border = _border(picture.pixels)
    paper = np.median(border, axis=0)
    deviation = float(np.mean(np.any(np.abs(border - paper) > tolerance, axis=1)))
    if deviation > largest_border_deviation:
        raise PictureError(
            f"{picture.name!r} has no plain background: {deviation:.0%} of its border differs from the rest by more "
            f"than {tolerance:g}, at most {largest_border_deviation:.0%} may; crop it, put it on plain paper, or use "
            f"landmarks (--space points)"
        )
    background = to_linear(paper, picture.transfer)
    contrast = picture.light - background
    is_ink = np.any(np.abs(picture.pixels - paper) > tolerance, axis=2)
    mass = np.where(is_ink, np.mean(np.abs(contrast), axis=2), 0.0)
    if not mass.any():
        raise PictureError(
            f"{picture.name!r} is empty: nothing differs from its background by more than {tolerance:g}; choose "
            f"another picture or a lower tolerance"
        )
    is_near = binary_dilation(is_ink, np.ones((3, 3)), iterations=NEAR_PX)[..., None]
    return Mass(
        background=background,
        polarity=_polarity(picture.name, np.where(is_ink, luminance(contrast), 0.0), mass),
        contrast=np.where(is_near, contrast, 0.0),
        rest=np.where(is_near, 0.0, contrast),
        mass=mass,
        border_deviation=deviation,
    )


def equal_points(mass: FloatArray, *, n_halvings: int) -> FloatArray:
    """Return points that each stand for an equal share of a mass, in the order of a tree.

    The mass is halved across its longest extent, each half likewise, and so on; a pixel that a cut meets is shared. So
    the points follow a shape that moves or turns, and points 2k and 2k + 1 have point k of one halving less between
    them.

    Args:
        mass: Shape (height_px, width_px), >= 0, not all 0.
        n_halvings: How often.

    Returns:
        Centroids x, y, shape (2**n_halvings, 2), px.

    Examples:
        >>> equal_points(np.ones((2, 4)), n_halvings=1).tolist()
        [[0.5, 0.5], [2.5, 0.5]]
    """
    places, weights = _grains(mass, n_wanted=8 * 2**n_halvings)
    group = np.zeros(weights.size, dtype=np.int64)
    for level in range(n_halvings):
        places, weights, group = _halve(places, weights, group, n_groups=2**level)
    return _centroids(places, weights, group, 2**n_halvings)


def _border(pixels: FloatArray) -> FloatArray:
    width = max(1, round(0.01 * min(pixels.shape[:2])))
    is_border = np.ones(pixels.shape[:2], dtype=bool)
    is_border[width:-width, width:-width] = False
    return pixels[is_border]


def _polarity(name: str, contrast: FloatArray, mass: FloatArray) -> Polarity:
    darker, lighter = float(-contrast[contrast < 0].sum()), float(contrast[contrast > 0].sum())
    if min(darker, lighter) > _MOST_MINORITY * (darker + lighter):
        raise PictureError(
            f"{name!r} holds both darker and lighter parts than its background ({darker / mass.sum():.0%} and "
            f"{lighter / mass.sum():.0%} of its contrast), which have no common mass; choose a drawing of one polarity "
            f"or use landmarks (--space points)"
        )
    return "dark on light" if darker >= lighter else "light on dark"


def _grains(mass: FloatArray, *, n_wanted: int) -> tuple[FloatArray, FloatArray]:
    """Return places and weights of parts of pixels or of blocks of pixels, about as many as wanted."""
    n_ink = np.count_nonzero(mass)
    if n_ink < n_wanted:
        parts = int(np.ceil(np.sqrt(n_wanted / n_ink)))
        rows, columns = np.nonzero(mass)
        step = (np.arange(parts) + 0.5) / parts - 0.5
        x = (columns[:, None, None] + step[None, None, :] + np.zeros((1, parts, 1))).ravel()
        y = (rows[:, None, None] + step[None, :, None] + np.zeros((1, 1, parts))).ravel()
        return np.stack([x, y], axis=1), np.repeat(mass[rows, columns] / parts**2, parts**2)
    block = max(1, int(np.sqrt(n_ink / (4 * n_wanted))))
    rows, columns = np.nonzero(mass)
    places, weights = np.stack([columns, rows], axis=1).astype(np.float64), mass[rows, columns]
    if block == 1:
        return places, weights
    _, group = np.unique(rows // block * mass.shape[1] + columns // block, return_inverse=True)
    group = np.asarray(group, dtype=np.int64)
    n_groups = int(group.max()) + 1
    return _centroids(places, weights, group, n_groups), np.asarray(
        np.bincount(group, weights, n_groups), dtype=np.float64
    )


def _halve(
    places: FloatArray, weights: FloatArray, group: IntArray, *, n_groups: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Cut every group into halves of equal weight across its longest extent."""
    away = places - _centroids(places, weights, group, n_groups)[group]
    xx, xy, yy = (
        np.bincount(group, weights * away[:, i] * away[:, j], n_groups) for i, j in ((0, 0), (0, 1), (1, 1))
    )
    turn = 0.5 * np.arctan2(2.0 * xy, xx - yy)[group]
    along = np.cos(turn) * away[:, 0] + np.sin(turn) * away[:, 1]
    order = np.lexsort((along, group))
    places, weights, group = places[order], weights[order], group[order]
    totals = np.bincount(group, weights, n_groups)
    before = np.concatenate([[0.0], np.cumsum(totals)])[group]
    reached = np.cumsum(weights) - before
    half = 0.5 * totals[group]
    # what of each grain lies in the first half; the grain that the cut meets is in both
    first = np.clip(half - (reached - weights), 0.0, weights)
    second = weights - first
    in_first, in_second = first > 0.0, second > 0.0
    return (
        np.concatenate([places[in_first], places[in_second]]),
        np.concatenate([first[in_first], second[in_second]]),
        np.concatenate([2 * group[in_first], 2 * group[in_second] + 1]),
    )


def _centroids(places: FloatArray, weights: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    totals = np.bincount(group, weights, n_groups)
    return np.stack([np.bincount(group, weights * places[:, k], n_groups) / totals for k in range(2)], axis=1)
