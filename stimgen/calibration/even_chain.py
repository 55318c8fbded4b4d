"""The chain of places whose neighbours are most evenly far apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray

Indices = npt.NDArray[np.intp]

# A place stands in for a step that is expected within so many steps of it, and follows another where a step is
# expected between them, give or take so much.
_REACH, _MOST_OFF = 0.6, 0.35
# The step that suits a chain best is known only with the chain.
_MOST_TRIES, _SAME_STEP = 4, 1e-3


def linked(places: FloatArray) -> tuple[Indices, Indices]:
    """Return which places (in steps, rising) may follow each other in a chain: those about one step apart."""
    lower, upper = np.nonzero(np.abs(places - places[:, None] - 1.0) < _MOST_OFF)
    return lower, upper


def even_chain(
    logs: FloatArray,
    places: FloatArray,
    *,
    n_steps: int,
    log_step: float,
    costs: FloatArray | None = None,
) -> Indices | None:
    """Choose one place per step such that neighbours are as near to one distance as can be.

    Among all chains it is the one with the least sum of squared log(distance / step), found by dynamic
    programming (Viterbi 1967, IEEE Transactions on Information Theory 13(2), 260-269). The step is then taken
    from the chain and the choice made again until it stays.

    Args:
        logs: Natural logs of the distance between places, from row to column; nan where they do not follow
            each other. Shape (n_places, n_places).
        places: Where each is expected to stand, in steps from 0 to n_steps - 1, rising, shape (n_places,); the
            first and the last are the ends of any chain.
        n_steps: Number of places in the chain, 2 or more.
        log_step: Natural log of the distance wanted, to begin with.
        costs: What a link costs beyond its deviation, shape of `logs`.

    Returns:
        Rising indices, n_steps of them, or None if no chain has places near all of its steps.
    """
    layers = [_layer(places, number, n_steps) for number in range(n_steps)]
    found: Indices | None = None
    for _ in range(_MOST_TRIES):
        link_costs = (logs - log_step) ** 2 + (0.0 if costs is None else costs)
        found = _cheapest(np.where(np.isnan(link_costs), np.inf, link_costs), layers)
        if found is None:
            break
        before, log_step = log_step, float(logs[found[:-1], found[1:]].mean())
        if abs(log_step - before) < _SAME_STEP:
            break
    return found


def _layer(places: FloatArray, number: int, n_steps: int) -> Indices:
    if number in (0, n_steps - 1):
        return np.array([0 if number == 0 else places.size - 1], dtype=np.intp)
    inner = np.arange(1, places.size - 1)
    return inner[np.abs(places[1:-1] - number) < _REACH]


def _cheapest(costs: FloatArray, layers: Sequence[Indices]) -> Indices | None:
    """Return the cheapest way through all layers."""
    total = np.zeros(1)
    links: list[Indices] = []
    for before, here in zip(layers, layers[1:], strict=False):
        table = costs[np.ix_(before, here)] + total[:, None]
        if table.size == 0 or not np.isfinite(table).any():
            return None
        links.append(np.argmin(table, axis=0))
        total = table.min(axis=0)
    if not np.isfinite(total[0]):
        return None
    at, chain = 0, [layers[-1][0]]
    for layer, link in zip(reversed(layers[:-1]), reversed(links), strict=True):
        at = int(link[at])
        chain.append(layer[at])
    return np.array(chain[::-1], dtype=np.intp)
