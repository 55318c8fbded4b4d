"""Distances between finished pictures: the list of them, by name."""

from collections.abc import Callable, Mapping
from typing import Any

from stimgen.distance.base import PictureMetric
from stimgen.distance.picture_gradient import GradientMetric, GradientSettings
from stimgen.distance.picture_pixel import PixelMetric, PixelSettings
from stimgen.distance.picture_ssim import SsimMetric, SsimSettings
from stimgen.errors import SettingError

PICTURE_METRICS: dict[str, tuple[Callable[..., PictureMetric], Callable[..., Any]]] = {
    "ssim": (SsimMetric, SsimSettings),
    "pixel": (PixelMetric, PixelSettings),
    "gradient": (GradientMetric, GradientSettings),
}


def make_picture_metric(name: str, settings: Mapping[str, Any] | None = None) -> PictureMetric:
    """Return a metric for pictures by its name, with given settings or its defaults.

    Raises:
        SettingError: If there is no such metric, or it knows no such setting or value.

    Examples:
        >>> make_picture_metric("gradient", {"sigmas_px": [2.0]}).settings()["sigmas_px"]
        [2.0]
    """
    if name not in PICTURE_METRICS:
        raise SettingError(f"picture metric {name!r} is unknown; allowed are {', '.join(PICTURE_METRICS)}")
    metric, its_settings = PICTURE_METRICS[name]
    try:
        return metric(chosen=its_settings(**settings)) if settings else metric()
    except TypeError as error:
        raise SettingError(
            f"the settings of picture metric {name} do not fit: {error}; use this stimgen's names"
        ) from None
