"""The chain of trials whose neighbours are most evenly far apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stimgen.calibration.trials import Trials
from stimgen.media.sound import FloatArray

Indices = npt.NDArray[np.intp]

# Trials stand in for a step where they are expected within so many steps of it, and follow each other where a step is
# expected between them, give or take so much.
_REACH, _MOST_OFF = 0.6, 0.35
_TINY = 1e-12


def even_chain(trials: Trials, places: FloatArray, *, step: float, n_steps: int) -> tuple[float, ...] | None:
    """Choose one trial per step such that neighbours are as near to one distance as can be.

    Among all chains it is the one with the least sum of squared log(distance / step), found by dynamic
    programming (Viterbi 1967, IEEE Transactions on Information Theory 13(2), 260-269).

    Args:
        trials: Every trial so far; the first and the last one are the ends of any chain.
        places: Where each trial is expected to stand, in steps from 0 to n_steps - 1, rising, shape (n_trials,).
        step: The distance wanted between neighbours, in the unit of the metric, above 0.
        n_steps: Number of sounds in the chain, 2 or more.

    Returns:
        Rising positions, n_steps of them, or None if no chain has trials near all of its steps.
    """
    positions = trials.positions
    costs = np.zeros(1)
    links: list[tuple[Indices, Indices]] = []
    before: Indices = np.array([0], dtype=np.intp)
    for number in range(1, n_steps):
        here = _candidates(places, number, n_steps)
        table = _link_costs(trials, positions, places, (before, here), step) + costs[:, None]
        if table.size == 0 or not np.isfinite(table).any():
            return None
        best = np.argmin(table, axis=0)
        links.append((before, best))
        costs, before = table[best, np.arange(here.size)], here
    return _trace_back(positions, links) if np.isfinite(costs[0]) else None


def _candidates(places: FloatArray, number: int, n_steps: int) -> Indices:
    if number == n_steps - 1:
        return np.array([places.size - 1], dtype=np.intp)
    inner = np.arange(1, places.size - 1)
    return inner[np.abs(places[1:-1] - number) < _REACH]


def _link_costs(
    trials: Trials,
    positions: FloatArray,
    places: FloatArray,
    layers: tuple[Indices, Indices],
    step: float,
) -> FloatArray:
    """Return the cost of each step from one layer to the next, infinite where it makes no sense."""
    costs = np.full((len(layers[0]), len(layers[1])), np.inf)
    for i, one in enumerate(layers[0]):
        for j, other in enumerate(layers[1]):
            if one < other and abs(places[other] - places[one] - 1.0) < _MOST_OFF:
                distance = max(trials.distance(float(positions[one]), float(positions[other])), _TINY)
                costs[i, j] = np.log(distance / step) ** 2
    return costs


def _trace_back(positions: FloatArray, links: Sequence[tuple[Indices, Indices]]) -> tuple[float, ...]:
    chain, at = [float(positions[-1])], 0
    for layer, best in reversed(links):
        at = int(best[at])
        chain.append(float(positions[int(layer[at])]))
    return tuple(reversed(chain))
