"""SSIM distance: how unlike the structure of two pictures is, as a true metric made of structural similarity."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from stimgen.distance.picture_plane import FloatPlane, demand_size, luma, refuse_unlike
from stimgen.errors import SettingError
from stimgen.media.picture import Picture

_WINDOW_SIGMAS = 3.5


@dataclass(frozen=True, kw_only=True)
class SsimSettings:
    """How structure is compared; the defaults are those of Wang et al. 2004.

    Args:
        sigma_px: Of the Gaussian window, px; it ends at 3.5 sigma, so 1.5 is a window of 11 x 11 px.
        k1: Keeps the comparison of means steady in the dark: (k1 x full range) squared is added.
        k2: Keeps the comparison of contrast and structure steady in flat parts.
    """

    sigma_px: float = 1.5
    k1: float = 0.01
    k2: float = 0.03

    def __post_init__(self) -> None:
        if not (0.5 <= self.sigma_px <= 64.0 and 0.0 < self.k1 < 1.0 and 0.0 < self.k2 < 1.0):
            raise SettingError(
                f"the ssim distance needs sigma_px of 0.5 to 64 and k1, k2 between 0 and 1, got {self.sigma_px:g}, "
                f"{self.k1:g} and {self.k2:g}; 1.5, 0.01 and 0.03 are usual"
            )

    @property
    def radius_px(self) -> int:
        """From the middle of the window to its edge, px."""
        return int(_WINDOW_SIGMAS * self.sigma_px + 0.5)


@dataclass(frozen=True, kw_only=True, eq=False)
class SsimFeatures:
    """What the ssim distance keeps of one picture.

    Args:
        luma: Encoded luma, shape (height_px, width_px), 0 to 1.
        mean: Its mean in the window about every place that the window fits around, fewer by 2 radii per side.
        variance: Its variance in the same windows.
    """

    luma: FloatPlane
    mean: FloatPlane
    variance: FloatPlane


@dataclass(frozen=True, kw_only=True)
class SsimMetric:
    """Distance made of structural similarity, 0 to the square root of 3, on encoded luma.

    SSIM is a product of two likenesses per window, S1 of means and S2 of contrast and structure. 1 - SSIM is no
    distance: it grows with the square of a small change, so the steps of a line cut in n add up to an n-th of the
    whole. sqrt(1 - S1) and sqrt(1 - S2) are metrics (Brunet et
    al. 2012), and so is their root of summed squares, sqrt(2 - S1 - S2), per window and over all windows. It grows with
    the change itself, steps add up along a line, and for near neighbours it is sqrt(1 - SSIM).

    Args:
        chosen: The settings.

    References:
        Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Transactions on Image Processing 13(4), 600-612.
        Brunet, Vrscay & Wang 2012, IEEE Transactions on Image Processing 21(4), 1488-1499.

    Examples:
        >>> noise = np.random.default_rng(0).random((2, 32, 32, 1))
        >>> metric = SsimMetric()
        >>> first, second = (metric.features(Picture(pixels=pixels)) for pixels in noise)
        >>> metric.distance(first, first), metric.distance(first, second) > 0.9
        (0.0, True)
    """

    chosen: SsimSettings = field(default_factory=SsimSettings)
    name: str = field(default="ssim", init=False)
    unit: str = field(default="sqrt(1 - SSIM)", init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen)

    def features(self, picture: Picture, /) -> SsimFeatures:
        """Return the luma of one picture and its mean and variance in every window.

        Raises:
            PictureError: If the window does not fit into the picture.
        """
        demand_size(picture, least_px=2 * self.chosen.radius_px + 1, metric="ssim")
        plane = luma(picture)
        mean = self._windowed(plane)
        variance = np.maximum(self._windowed(plane * plane) - mean * mean, 0.0)
        return SsimFeatures(luma=plane, mean=mean, variance=variance)

    def distance(self, first: SsimFeatures, second: SsimFeatures) -> float:
        """Return the distance between two pictures: root mean square over windows of sqrt(2 - S1 - S2).

        Raises:
            SettingError: If the two pictures differ in size.
        """
        of_means, of_structure = self._unlikeness(first, second)
        return float(np.sqrt(np.mean(of_means + of_structure, dtype=np.float64)))

    def similarity(self, first: SsimFeatures, second: SsimFeatures) -> float:
        """Return the mean SSIM of two pictures, -1 to 1, as Wang et al. define it.

        Raises:
            SettingError: If the two pictures differ in size.
        """
        of_means, of_structure = self._unlikeness(first, second)
        return float(np.mean((1.0 - of_means) * (1.0 - of_structure), dtype=np.float64))

    def _unlikeness(self, first: SsimFeatures, second: SsimFeatures) -> tuple[FloatPlane, FloatPlane]:
        """Return 1 - S1 and 1 - S2 per window.

        Both are written with the difference of the pictures (2 x covariance = sum of variances - variance of the
        difference), so that near pictures do not drown in rounding.
        """
        refuse_unlike("ssim", first.luma.shape, second.luma.shape)
        difference, of_mean = first.luma - second.luma, first.mean - second.mean
        apart = of_mean * of_mean
        varies = np.maximum(self._windowed(difference * difference) - apart, 0.0)
        c1, c2 = np.array([self.chosen.k1**2, self.chosen.k2**2], dtype=np.float32)
        of_means = apart / (first.mean * first.mean + second.mean * second.mean + c1)
        return of_means, varies / (first.variance + second.variance + c2)

    def _windowed(self, plane: FloatPlane) -> FloatPlane:
        """Return Gaussian means in the windows that fit into the plane."""
        from scipy.ndimage import gaussian_filter

        radius = self.chosen.radius_px
        blurred = gaussian_filter(plane, self.chosen.sigma_px, radius=radius)
        return np.ascontiguousarray(blurred[radius:-radius, radius:-radius])
