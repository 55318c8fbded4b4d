"""What distances between sounds not yet rendered are expected to be, from those that are known around them."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray

# Logs of distances deviate from a power of the way by so much; deviations are alike where both ends are less than
# about a step apart; so much of each is peculiar to its two sounds.
_DEVIATION, _ALIKE_WITHIN, _PECULIAR = 0.15, 1.0, 0.03
# A known distance tells of the general level the less, the further it is from one step.
_WAY_WIDTH = 0.3


@dataclass(frozen=True, kw_only=True)
class Links:
    """Pairs of places on a line.

    Args:
        lower: Places in steps, shape (n,).
        upper: Higher places in steps, shape (n,).
    """

    lower: FloatArray
    upper: FloatArray

    @property
    def ways(self) -> FloatArray:
        """From the lower to the upper place, in steps."""
        return np.asarray(self.upper - self.lower)


def expected_logs(known: Links, logs: FloatArray, wanted: Links, *, growth: float) -> FloatArray:
    """Return the expected logs of distances.

    Distances grow as a power of the way, but more or less so here and there: they saturate, or jump where
    rendering decides otherwise. What is known deviates from the power, and the deviation of what is wanted is
    drawn from those of its neighbours (kriging). Their likeness falls off exponentially with the distance of
    both ends, so that between two known places it runs nearly straight and beyond them back to the power.

    Args:
        known: Links whose distances were measured, one or more.
        logs: Natural logs of those distances, shape (n_known,).
        wanted: Links whose distances are wanted.
        growth: The power, above 0.

    Returns:
        Natural logs, shape (n_wanted,).

    References:
        Matheron 1963, Economic Geology 58(8), 1246-1266 (kriging).

    Examples:
        >>> known = Links(lower=np.array([0.0, 1.0]), upper=np.array([1.0, 2.0]))
        >>> wanted = Links(lower=np.array([0.5]), upper=np.array([1.5]))
        >>> expected_logs(known, np.log([2.0, 2.0]), wanted, growth=1.0).round(3).tolist()
        [0.693]
    """
    plain = logs - growth * np.log(known.ways)
    weights = np.exp(-0.5 * ((known.ways - 1.0) / _WAY_WIDTH) ** 2)
    level = float(np.average(plain, weights=weights))
    likeness = _likeness(known, known) + np.eye(logs.size) * (_PECULIAR / _DEVIATION) ** 2
    share = np.linalg.solve(likeness, plain - level)
    return np.asarray(level + growth * np.log(wanted.ways) + _likeness(wanted, known) @ share)


def _likeness(one: Links, other: Links) -> FloatArray:
    apart = np.abs(one.lower[:, None] - other.lower) + np.abs(one.upper[:, None] - other.upper)
    return np.asarray(np.exp(-apart / _ALIKE_WITHIN))
