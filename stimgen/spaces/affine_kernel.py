"""The inner loop of moving many places, each by the map of its triangle."""

import numpy.typing as npt
from numpy import int64

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled


@compiled
def move_places(maps: FloatArray, triangle: npt.NDArray[int64], xy: FloatArray, moved: FloatArray) -> None:
    """Write where places go into `moved`.

    Args:
        maps: Rows of [x', y'] = M [x, y, 1], shape (n_triangles, 2, 3).
        triangle: Triangle of each place, shape (n,).
        xy: Places, shape (n, 2), px.
        moved: Written to, shape (n, 2), px.
    """
    for place in range(xy.shape[0]):
        of = triangle[place]
        x, y = xy[place, 0], xy[place, 1]
        moved[place, 0] = maps[of, 0, 0] * x + maps[of, 0, 1] * y + maps[of, 0, 2]
        moved[place, 1] = maps[of, 1, 0] * x + maps[of, 1, 1] * y + maps[of, 1, 2]
