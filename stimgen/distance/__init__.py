"""Distances between finished stimuli: one file per metric."""

from collections.abc import Callable, Mapping
from typing import Any

from stimgen.distance.base import Metric
from stimgen.distance.erb import ErbFeatures, ErbMetric, ErbSettings
from stimgen.distance.mel import MelFeatures, MelMetric, MelSettings, mel_distance
from stimgen.distance.mfcc import MfccFeatures, MfccMetric, MfccSettings
from stimgen.errors import SettingError

METRICS: dict[str, tuple[Callable[..., Metric], Callable[..., Any]]] = {
    "mel": (MelMetric, MelSettings),
    "mfcc": (MfccMetric, MfccSettings),
    "erb": (ErbMetric, ErbSettings),
}


def make_metric(name: str, settings: Mapping[str, Any] | None = None) -> Metric:
    """Return a metric by its name, with given settings or its defaults.

    Raises:
        SettingError: If there is no such metric, or it knows no such setting or value.

    Examples:
        >>> make_metric("mel", {"n_bands": 40}).settings()["n_bands"]
        40
    """
    if name not in METRICS:
        raise SettingError(f"metric {name!r} is unknown; allowed are {', '.join(METRICS)}")
    metric, its_settings = METRICS[name]
    try:
        return metric(chosen=its_settings(**settings)) if settings else metric()
    except TypeError as error:
        raise SettingError(
            f"the settings of metric {name} do not fit: {error}; use this stimgen's names"
        ) from None


__all__ = [
    "METRICS",
    "ErbFeatures",
    "ErbMetric",
    "ErbSettings",
    "MelFeatures",
    "MelMetric",
    "MelSettings",
    "Metric",
    "MfccFeatures",
    "MfccMetric",
    "MfccSettings",
    "make_metric",
    "mel_distance",
]
