"""Gives every pixel a number of its own such that neighbours get very different ones: an order without direction."""

import numpy as np

from stimgen.calibration.mask import BoolArray
from stimgen.media.sound import FloatArray

# One over the root of x^3 = x + 1, and its square: multiples of the two fill the unit interval evenly, and do so in any
# part of the plane (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences").
_STEP_DOWN, _STEP_RIGHT = 0.7548776662466927, 0.5698402909980532


def spread_places(inside: BoolArray) -> FloatArray:
    """Return numbers from 0 to below 1, spread evenly over any part of a picture; the same picture, the same numbers.

    Args:
        inside: Which pixels get one, shape (height_px, width_px).

    Returns:
        Shape (n_inside,), row by row.

    Examples:
        >>> places = spread_places(np.ones((8, 8), dtype=bool))
        >>> [int(np.sum(places < share)) for share in (0.25, 0.5, 0.75)]
        [15, 32, 48]
    """
    rows, columns = np.nonzero(inside)
    return np.asarray((rows * _STEP_DOWN + columns * _STEP_RIGHT) % 1.0)
