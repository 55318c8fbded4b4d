"""Distances between finished stimuli: one file per metric."""

from stimgen.distance.base import Metric
from stimgen.distance.mel import MelFeatures, MelMetric, MelSettings, mel_distance

METRICS: dict[str, type[Metric]] = {"mel": MelMetric}

__all__ = ["METRICS", "Metric", "MelFeatures", "MelMetric", "MelSettings", "mel_distance"]
