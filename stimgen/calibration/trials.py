"""Trial stimuli along a line: each rendered once, each distance taken once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from stimgen.distance.base import MetricOf
from stimgen.media.sound import FloatArray

Medium = TypeVar("Medium")
StimulusAt = Callable[[float], Medium]
Progress = Callable[[int, int], None]


class Trials:
    """What is known of a line: features of every position rendered so far and the distances asked for.

    Args:
        stimulus_at: Renders a position: a sound, a picture, or whatever the metric takes features of.
        metric: Takes features and distances.
        progress: Called as progress(n_done, n_expected) after each render.
        n_expected: How many renders there may be; progress stays below it until `finish`.
    """

    def __init__(
        self,
        stimulus_at: StimulusAt[Medium],
        metric: MetricOf[Medium],
        *,
        progress: Progress | None = None,
        n_expected: int = 1,
    ) -> None:
        # only features and distances come out again, so the medium is forgotten here
        self._stimulus_at: StimulusAt[Any] = stimulus_at
        self._metric: MetricOf[Any] = metric
        self._progress, self._n_expected = progress, n_expected
        self._features: dict[float, Any] = {}
        self._distances: dict[tuple[float, float], float] = {}

    @property
    def positions(self) -> FloatArray:
        """Every position rendered so far, rising."""
        return np.array(sorted(self._features), dtype=np.float64)

    def distance(self, one: float, other: float) -> float:
        """Return the distance between two positions, rendering what is not there yet."""
        first, second = min(one, other), max(one, other)
        if (first, second) not in self._distances:
            features = self._features_at(first), self._features_at(second)
            self._distances[first, second] = self._metric.distance(*features)
        return self._distances[first, second]

    def render(self, position: float) -> None:
        """Take the features of a position, if they are not there yet."""
        self._features_at(position)

    def steps(self, positions: Sequence[float]) -> FloatArray:
        """Return the distances between neighbours, shape (n_positions - 1,)."""
        pairs = zip(positions, positions[1:], strict=False)
        return np.array([self.distance(one, other) for one, other in pairs], dtype=np.float64)

    def measured(self) -> Iterator[tuple[float, float, float]]:
        """Yield the lower position, the higher one and the distance of every pair that was asked for."""
        for (first, second), distance in self._distances.items():
            yield first, second, distance

    def finish(self) -> None:
        """Tell progress that no more will be rendered."""
        if self._progress is not None:
            self._progress(self._n_expected, self._n_expected)

    def _features_at(self, position: float) -> Any:
        if position not in self._features:
            self._features[position] = self._metric.features(self._stimulus_at(position))
            if self._progress is not None:
                self._progress(min(len(self._features), self._n_expected - 1), self._n_expected)
        return self._features[position]
