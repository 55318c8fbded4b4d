"""A smooth curve through given points that rises wherever they rise."""

import numpy as np

from stimgen.media.sound import FloatArray


def monotone_curve(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """Interpolate with cubics that neither overshoot nor turn back between two points.

    The slope at an inner point is the weighted harmonic mean of the slopes beside it, 0 where they differ in
    sign; at the ends it is that of the parabola through three points, bounded.

    Args:
        x: Rising strictly, shape (n,), n >= 2.
        y: Values there, shape (n,).
        at: Where to interpolate; beyond the ends the outer cubics go on.

    References:
        Fritsch & Carlson 1980, SIAM Journal on Numerical Analysis 17(2), 238-246 (condition).
        Fritsch & Butland 1984, SIAM Journal on Scientific and Statistical Computing 5(2), 300-304 (slopes).

    Examples:
        >>> points = np.array([0.0, 1.0, 2.0])
        >>> monotone_curve(points, points**2, np.array([0.0, 1.5, 2.0])).round(2).tolist()
        [0.0, 2.19, 4.0]
    """
    widths, rises = np.diff(x), np.diff(y) / np.diff(x)
    slopes = np.repeat(rises, 2)[[0, -1]] if widths.size == 1 else _slopes(widths, rises)
    piece = np.clip(np.searchsorted(x, at, side="right") - 1, 0, widths.size - 1)
    width, left, right, rise = widths[piece], slopes[piece], slopes[piece + 1], rises[piece]
    way = at - x[piece]
    bend, twist = (3.0 * rise - 2.0 * left - right) / width, (left + right - 2.0 * rise) / width**2
    return np.asarray(y[piece] + way * (left + way * (bend + way * twist)))


def _slopes(widths: FloatArray, rises: FloatArray) -> FloatArray:
    before, after = 2.0 * widths[1:] + widths[:-1], widths[1:] + 2.0 * widths[:-1]
    turns = rises[:-1] * rises[1:] <= 0.0
    left, right = np.where(turns, 1.0, rises[:-1]), np.where(turns, 1.0, rises[1:])
    inner = np.where(turns, 0.0, (before + after) / (before / left + after / right))
    first = _end_slope(widths[0], widths[1], rises[0], rises[1])
    last = _end_slope(widths[-1], widths[-2], rises[-1], rises[-2])
    return np.concatenate([[first], inner, [last]])


def _end_slope(width: float, next_width: float, rise: float, next_rise: float) -> float:
    slope = ((2.0 * width + next_width) * rise - width * next_rise) / (width + next_width)
    if slope * rise <= 0.0:
        return 0.0
    return 3.0 * rise if rise * next_rise <= 0.0 and abs(slope) > 3.0 * abs(rise) else slope
