"""Reading a picture between its pixels without blurring it."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import PictureError
from stimgen.media.sound import FloatArray

_LEAST_PX = 4


@dataclass(frozen=True, kw_only=True)
class SharpPicture:
    """Coefficients of a cubic spline that goes exactly through the pixels of a picture.

    Reading between pixels in straight lines (bilinear) halves contrasts of fine detail half-way between them, so that
    the middle of a continuum would be softer than its ends. The spline loses far less, at the price of an overshoot
    beside hard edges, which whoever clips must count.

    Args:
        coefficients: Shape (height_px, width_px, n_channels), continued at the edges as their mirror image.

    References:
        Unser 1999, IEEE Signal Processing Magazine 16(6), 22-38.

    Examples:
        >>> light = np.random.default_rng(0).random((8, 8, 1))
        >>> places = np.array([[3.0, 5.0], [0.0, 7.0]])
        >>> bool(np.allclose(SharpPicture.through(light).at(places)[:, 0], [light[5, 3, 0], light[7, 0, 0]]))
        True
    """

    coefficients: FloatArray

    @classmethod
    def through(cls, light: FloatArray) -> "SharpPicture":
        """Return the spline through pixels.

        Args:
            light: Linear light, shape (height_px, width_px, n_channels).

        Raises:
            PictureError: If the picture has fewer than 4 rows or columns.
        """
        from scipy.ndimage import spline_filter1d

        if min(light.shape[:2]) < _LEAST_PX:
            raise PictureError(
                f"a picture of {light.shape[1]} x {light.shape[0]} pixels is too small to be warped; "
                f"give one of at least {_LEAST_PX} x {_LEAST_PX}"
            )
        rows = spline_filter1d(light, order=3, axis=0, mode="mirror")
        return cls(coefficients=np.ascontiguousarray(spline_filter1d(rows, order=3, axis=1, mode="mirror")))

    def at(self, xy: FloatArray) -> FloatArray:
        """Return the values at places.

        Args:
            xy: Places, shape (n, 2), px; those outside the picture read its nearest edge.

        Returns:
            Shape (n, n_channels); a little below the lowest or above the highest pixel beside hard edges.
        """
        from stimgen.spaces.spline_kernel import read_spline

        values = np.empty((xy.shape[0], self.coefficients.shape[2]))
        read_spline(self.coefficients, np.ascontiguousarray(xy, dtype=np.float64), values)
        return values
