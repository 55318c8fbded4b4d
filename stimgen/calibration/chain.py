"""A chain of positions along a line and how evenly far apart its neighbours are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stimgen.calibration.trials import Trials
from stimgen.media.sound import FloatArray

_CV_UNIT, _RATIO_UNIT = 0.05, 1.25
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """Positions and the distances between neighbours.

    Args:
        positions: Rising, two or more.
        distances: Of each to the next, in the unit of the metric, above 0, one fewer.
    """

    positions: tuple[float, ...]
    distances: FloatArray

    @classmethod
    def of(cls, trials: Trials, positions: Sequence[float]) -> "Chain":
        """Measure a chain, rendering what is not there yet."""
        distances = np.maximum(trials.steps(positions), _TINY)
        return cls(positions=tuple(positions), distances=distances)

    @property
    def mean(self) -> float:
        """Mean distance, in the unit of the metric."""
        return float(self.distances.mean())

    @property
    def typical(self) -> float:
        """Geometric mean: what the squared logs of the distances are least from."""
        return float(np.exp(np.log(self.distances).mean()))

    @property
    def cv(self) -> float:
        """Standard deviation over mean."""
        return float(self.distances.std() / self.distances.mean())

    @property
    def ratio(self) -> float:
        """Greatest distance over least."""
        return float(self.distances.max() / self.distances.min())

    @property
    def unevenness(self) -> float:
        """The worse of spread and greatest ratio, 1 where either just fails what is wanted of a set."""
        return max(self.cv / _CV_UNIT, float(np.log(self.ratio) / np.log(_RATIO_UNIT)))


def more_even(best: Chain, other: Chain, *, linear: Chain) -> Chain:
    """Return the more even of two chains; one that is in any way less even than linear does not count."""
    counts = other.cv <= linear.cv and other.ratio <= linear.ratio
    return other if counts and other.unevenness < best.unevenness else best
