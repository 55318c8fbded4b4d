"""Gradient distance: by how much the edges of two pictures differ in place, direction and strength."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from stimgen.distance.picture_plane import FloatPlane, demand_size, luma, refuse_unlike
from stimgen.errors import SettingError
from stimgen.media.picture import Picture

_LEAST_PX = 8
_PERCENT = 100.0


@dataclass(frozen=True, kw_only=True)
class GradientSettings:
    """At which scales edges are compared.

    Args:
        sigmas_px: Of the Gaussians before the derivative, px, one per scale. The fine one sees where an edge is, the
            coarse one still sees how far it went once it has moved by more than its own width.
    """

    sigmas_px: tuple[float, ...] = (1.0, 4.0)

    def __post_init__(self) -> None:
        # what comes back from a manifest is a list
        object.__setattr__(self, "sigmas_px", tuple(float(sigma) for sigma in self.sigmas_px))
        if not self.sigmas_px or not all(0.5 <= sigma <= 64.0 for sigma in self.sigmas_px):
            raise SettingError(
                f"sigmas_px of the gradient distance are one or more from 0.5 to 64 px, got {self.sigmas_px}"
            )


@dataclass(frozen=True, kw_only=True)
class GradientMetric:
    """Root mean square difference of gradient vectors of encoded luma, % of full range.

    Gradients are taken of the luma blurred by a Gaussian and multiplied by its sigma, so that an edge counts alike at
    every scale (Lindeberg 1998); the mean is over places and scales. Vectors are compared, not their lengths: an edge
    that turns or goes from dark-bright to bright-dark has changed. What changes everywhere at once, such as the
    brightness of the whole, does not count.

    Args:
        chosen: The settings.

    References:
        Lindeberg 1998, International Journal of Computer Vision 30(2), 79-116, equation 9 with gamma = 1.

    Examples:
        >>> ramp = np.linspace(0.0, 0.5, 64)[None, :, None] * np.ones((64, 1, 1))
        >>> metric = GradientMetric()
        >>> plain, brighter, turned = (
        ...     metric.features(Picture(pixels=p)) for p in (ramp, ramp + 0.4, ramp.transpose(1, 0, 2))
        ... )
        >>> metric.distance(plain, brighter) < 0.01 < metric.distance(plain, turned)
        True
    """

    chosen: GradientSettings = field(default_factory=GradientSettings)
    name: str = field(default="gradient", init=False)
    unit: str = field(default="% of full range", init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen) | {"sigmas_px": list(self.chosen.sigmas_px)}

    def features(self, picture: Picture, /) -> FloatPlane:
        """Return the gradients of one picture, shape (n_scales, 2, height_px, width_px), full ranges.

        Raises:
            PictureError: If the picture is smaller than 8 x 8 px.
        """
        from scipy.ndimage import gaussian_filter

        demand_size(picture, least_px=_LEAST_PX, metric="gradient")
        plane = luma(picture)
        scales = [
            sigma * np.stack(np.gradient(gaussian_filter(plane, sigma, truncate=3.0)))
            for sigma in self.chosen.sigmas_px
        ]
        return np.stack(scales).astype(np.float32)

    def distance(self, first: FloatPlane, second: FloatPlane) -> float:
        """Return the distance between two pictures, % of full range.

        Raises:
            SettingError: If the two pictures differ in size.
        """
        refuse_unlike("gradient", first.shape, second.shape)
        squared = np.square(first - second).sum(axis=1)
        return _PERCENT * float(np.sqrt(np.mean(squared, dtype=np.float64)))
