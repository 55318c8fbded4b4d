"""The inner loop of reading a cubic spline at many places."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled


@compiled
def read_spline(coefficients: FloatArray, xy: FloatArray, values: FloatArray) -> None:
    """Write the values of a cubic B-spline at places into `values`.

    Args:
        coefficients: Shape (height_px, width_px, n_channels), at least 4 x 4, mirrored at the edges.
        xy: Places, shape (n, 2), px; held to the picture.
        values: Written to, shape (n, n_channels).
    """
    height, width, n_channels = coefficients.shape
    across, down = np.empty(4), np.empty(4)
    columns, rows = np.empty(4, np.int64), np.empty(4, np.int64)
    for place in range(xy.shape[0]):
        for axis in range(2):
            last = width - 1 if axis == 0 else height - 1
            held = min(max(xy[place, axis], 0.0), float(last))
            whole = min(int(held), last)
            s = held - whole
            weights = across if axis == 0 else down
            taps = columns if axis == 0 else rows
            # Unser 1999, equation 6: the cubic B-spline and its three neighbours.
            weights[0] = (1.0 - s) ** 3 / 6.0
            weights[1] = 2.0 / 3.0 - s * s * (2.0 - s) / 2.0
            weights[2] = 2.0 / 3.0 - (1.0 - s) ** 2 * (1.0 + s) / 2.0
            weights[3] = s**3 / 6.0
            for k in range(4):
                tap = abs(whole - 1 + k)
                taps[k] = 2 * last - tap if tap > last else tap
        for channel in range(n_channels):
            total = 0.0
            for j in range(4):
                along = 0.0
                for i in range(4):
                    along += across[i] * coefficients[rows[j], columns[i], channel]
                total += down[j] * along
            values[place, channel] = total
