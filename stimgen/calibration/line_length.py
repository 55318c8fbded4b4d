"""How far it is along a line of sounds, from distances between trials on it that are about one step apart."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stimgen.calibration.monotone_curve import monotone_curve
from stimgen.media.sound import FloatArray

# Distances repeat to about 4 % when both positions move a little; per step the density changes by about 70 %.
_DISTANCE_ERROR = 0.04
_CHANGE_PER_STEP = 0.7
# A distance twice as large as a step says little about steps: its weight falls off as a Gaussian of its log.
_LOG_WIDTH = 0.35
_LEAST_WEIGHT = 0.02
_LEAST_DENSITY = 0.05
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class LineLength:
    """Length covered up to each of some positions; equal lengths make equal steps.

    Args:
        positions: Rising, shape (n,).
        lengths: From 0 on, rising, shape (n,).
    """

    positions: FloatArray
    lengths: FloatArray

    def position_of(self, shares: FloatArray) -> FloatArray:
        """Return where given shares (0..1) of the whole length are covered."""
        return monotone_curve(self.lengths, self.positions, shares * self.lengths[-1])

    def share_at(self, positions: FloatArray) -> FloatArray:
        """Return the share (0..1) of the whole length that is covered at positions."""
        return np.asarray(monotone_curve(self.positions, self.lengths, positions) / self.lengths[-1])


def line_length(
    positions: FloatArray,
    measured: Iterable[tuple[float, float, float]],
    *,
    step: float,
    n_steps: int,
    growth: float,
) -> LineLength:
    """Fit lengths such that distances of about one step grow with them as length ** growth.

    Two renders differ by their places on the line and by what no two renders share (noise, phases), so that
    distances grow more slowly than the way between them and adding them up would count the latter once per
    step. The way between two trials is therefore taken as (distance / step) ** (1 / growth). A density,
    constant between neighbouring trials, is fitted to all ways by least squares, held together by the
    expectation that it changes little from one trial to the next.

    Args:
        positions: Every trial, rising, shape (n,).
        measured: Lower position, higher position, distance; both positions are trials.
        step: The distance between neighbouring steps, in the unit of the metric, above 0.
        n_steps: How many of them there are about, which is the length in steps.
        growth: Exponent, above 0.

    Examples:
        >>> at = np.linspace(0.0, 1.0, 9)
        >>> pairs = [(one, other, other**2 - one**2) for one, other in zip(at, at[2:])]
        >>> length = line_length(at, pairs, step=0.25, n_steps=4, growth=1.0)
        >>> round(float(length.position_of(np.array([0.25]))[0]), 1)
        0.5
    """
    found = [(one, other, max(distance, _TINY)) for one, other, distance in measured]
    lower, upper, distances = (np.array(values) for values in zip(*found, strict=True))
    ways = (distances / step) ** (1.0 / growth)
    weights = np.exp(-0.5 * (np.log(distances / step) / _LOG_WIDTH) ** 2)
    precisions = np.where(weights >= _LEAST_WEIGHT, weights * growth / (ways * _DISTANCE_ERROR), 0.0)
    widths = np.diff(positions)
    usual = n_steps / float(positions[-1] - positions[0])
    counts = precisions > 0.0
    is_between = (positions[:-1] >= lower[counts, None]) & (positions[1:] <= upper[counts, None])
    rows = is_between * widths * precisions[counts, None]
    ties = _ties(positions, usual, n_steps)
    normal = rows.T @ rows + ties.T @ ties
    known = rows.T @ (ways * precisions)[counts]
    try:
        density = np.linalg.solve(normal, known)
    except np.linalg.LinAlgError:
        # trials so close to each other that rounding leaves some densities undecided: the smallest that fit
        density = np.linalg.lstsq(normal, known, rcond=None)[0]
    bounded = np.maximum(density, _LEAST_DENSITY * usual)
    return LineLength(positions=positions, lengths=np.concatenate([[0.0], np.cumsum(bounded * widths)]))


def _ties(positions: FloatArray, usual: float, n_steps: int) -> FloatArray:
    """Return a row per pair of neighbouring densities that costs their difference, shape (n - 2, n - 1)."""
    middles = 0.5 * (positions[1:] + positions[:-1])
    step = float(positions[-1] - positions[0]) / n_steps
    cost = 1.0 / (usual * _CHANGE_PER_STEP * np.sqrt(np.diff(middles) / step))
    return np.diff(np.eye(middles.size), axis=0) * cost[:, None]
