"""Straight lines between the parameters of two sounds: what the true intermediate of each parameter is."""

import numpy as np

from stimgen.synth.contour import Contour


def line(a: float, b: float, position: float) -> float:
    """Return the value at a position on the straight line from a (position 0) to b (1)."""
    return (1.0 - position) * a + position * b


def lines(a: tuple[float, ...], b: tuple[float, ...], position: float) -> tuple[float, ...]:
    """Return `line` of each pair of values."""
    return tuple(line(one, other, position) for one, other in zip(a, b, strict=True))


def log_line(a: float, b: float, position: float) -> float:
    """Return the value at a position on the straight line in logarithms, as frequencies go; both above 0.

    Examples:
        >>> round(log_line(100.0, 400.0, 0.5), 6)
        200.0
    """
    return float(a ** (1.0 - position) * b**position)


def log_lines(a: tuple[float, ...], b: tuple[float, ...], position: float) -> tuple[float, ...]:
    """Return `log_line` of each pair of values."""
    return tuple(log_line(one, other, position) for one, other in zip(a, b, strict=True))


def contour_between(a: Contour, b: Contour, position: float) -> Contour:
    """Return the contour at a position: in Hz along logarithms, in dB along straight lines."""
    shares = np.unique(np.concatenate([a.shares, b.shares]))
    at_a, at_b = a.at(shares), b.at(shares)
    if a.unit == "db":
        values = (1.0 - position) * at_a + position * at_b
    else:
        values = at_a ** (1.0 - position) * at_b**position
    return Contour(shares=tuple(shares.tolist()), values=tuple(values.tolist()), unit=a.unit)
