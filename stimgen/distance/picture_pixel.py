"""Pixel distance: the root mean square difference of two pictures' values, place by place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from stimgen.distance.picture_plane import FloatPlane, luma, refuse_unlike
from stimgen.errors import SettingError
from stimgen.media.picture import Picture

Values = Literal["channels", "luma"]
_PERCENT = 100.0


@dataclass(frozen=True, kw_only=True)
class PixelSettings:
    """What of the pictures is compared.

    Args:
        values: "channels" is every channel, so that pictures which differ in colour alone are apart; "luma" is
            their weighted sum.
    """

    values: Values = "channels"

    def __post_init__(self) -> None:
        if self.values not in get_args(Values):
            raise SettingError(
                f"values of the pixel distance are {', '.join(get_args(Values))}, got {self.values!r}"
            )


@dataclass(frozen=True, kw_only=True)
class PixelMetric:
    """Root mean square difference of encoded values, % of full range.

    Values count as files encode them: a step near black then weighs about as much as one near white, as it does to
    the eye, while a difference in light would be of the bright parts alone. It is Euclid's distance, so along a blend
    of encoded values equal positions are equal steps; it does not see what moved where.

    Args:
        chosen: The settings.

    Examples:
        >>> black, grey = (Picture(pixels=np.full((8, 8, 1), value)) for value in (0.0, 0.5))
        >>> metric = PixelMetric()
        >>> metric.distance(metric.features(black), metric.features(grey))
        50.0
    """

    chosen: PixelSettings = field(default_factory=PixelSettings)
    name: str = field(default="pixel", init=False)
    unit: str = field(default="% of full range", init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen)

    def features(self, picture: Picture, /) -> FloatPlane:
        """Return the values of one picture, shape (height_px, width_px) or (height_px, width_px, n_channels)."""
        return picture.pixels.astype(np.float32) if self.chosen.values == "channels" else luma(picture)

    def distance(self, first: FloatPlane, second: FloatPlane) -> float:
        """Return the distance between two pictures, % of full range.

        Raises:
            SettingError: If the two pictures differ in size or mode.
        """
        refuse_unlike("pixel", first.shape, second.shape)
        return _PERCENT * float(np.sqrt(np.mean(np.square(first - second), dtype=np.float64)))
