"""Measures of pictures that need a, b or a neighbour: distances, superposition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stimgen.distance.base import PictureMetric
from stimgen.distance.picture_two_source import picture_sources
from stimgen.distance.pictures import PICTURE_METRICS, make_picture_metric
from stimgen.export.manifest import MetricSummary
from stimgen.media.picture import Picture
from stimgen.workflows.step_summary import summarise_steps


@dataclass(frozen=True, kw_only=True)
class PictureQuality:
    """How one picture stands to a, b and its neighbour, in the unit of the metric; None where not defined."""

    distance_from_previous: float | None
    distance_to_a: float
    distance_to_b: float
    two_source_index: float | None


class PicturePairQuality:
    """Measures the steps between two pictures, one after the other.

    Args:
        a: The picture at position 0, as it was placed and rounded.
        b: The picture at position 1.
        metric: The distance that is used.
    """

    def __init__(self, a: Picture, b: Picture, *, metric: PictureMetric) -> None:
        self._metric = metric
        self._a, self._b = metric.features(a), metric.features(b)
        self._two_source = picture_sources(a, b)
        self._previous: Any = None

    def restart(self) -> None:
        """Begin another line between the same pictures: its first step has no previous one."""
        self._previous = None

    def measure(self, picture: Picture) -> PictureQuality:
        """Measure the next step as its file holds it."""
        features = self._metric.features(picture)
        previous, self._previous = self._previous, features
        index = self._two_source.index(picture)
        return PictureQuality(
            distance_from_previous=None if previous is None else self._between(previous, features),
            distance_to_a=self._between(self._a, features),
            distance_to_b=self._between(self._b, features),
            two_source_index=None if index is None else round(float(index), 4),
        )

    def _between(self, first: Any, second: Any) -> float:
        return round(float(self._metric.distance(first, second)), 6)


def summarise_pictures(
    pictures: Sequence[Picture], *, known: dict[str, Sequence[float]]
) -> dict[str, MetricSummary]:
    """Summarise the steps of a line in every metric.

    Args:
        pictures: As their files hold them.
        known: Distances that were measured already, by the name of the metric.
    """
    return {
        name: summarise_steps(known[name] if name in known else _distances(pictures, name))
        for name in [*known, *(name for name in PICTURE_METRICS if name not in known)]
    }


def _distances(pictures: Sequence[Picture], name: str) -> list[float]:
    metric, previous, found = make_picture_metric(name), None, []
    for picture in pictures:
        features = metric.features(picture)
        if previous is not None:
            found.append(float(metric.distance(previous, features)))
        previous = features
    return found
