"""How stimgen's pictures look: colours, sizes of letters, and the colours of levels."""

from functools import cache

import numpy as np
import numpy.typing as npt

DPI = 144

INK = "#222222"
FAINT = "#6b6b6b"
EMPTY = "#ececec"
PAD = "#c9d6e2"
WHITE = "#ffffff"
# Two colours of Okabe and Ito (2008, "Color Universal Design"), which the colour-blind can tell apart.
SIDE_A = "#0072b2"
SIDE_B = "#d55e00"
BAR = "#5d7a94"
F0 = "#5fe3ff"
BLACK = "#000000"

TITLE_PT, HEADING_PT, TEXT_PT, TICK_PT = 16.0, 10.5, 9.0, 8.0

SPINE_PT = 0.8
N_SHADES = 256

# Ten even samples of the map "magma" (Smith and van der Walt, released under CC0). Lightness rises
# steadily, so it also reads in grey and for the colour-blind.
_MAGMA = (
    *("#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f"),
    *("#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf"),
)


@cache
def level_colors() -> npt.NDArray[np.uint8]:
    """Return the colours of levels from the quietest to the loudest, shape (256, 3), red, green and blue.

    Examples:
        >>> level_colors()[0].tolist(), level_colors()[-1].tolist()
        ([0, 0, 4], [252, 253, 191])
    """
    known = np.array([rgb(color) for color in _MAGMA], dtype=np.float64)
    at = np.linspace(0.0, len(_MAGMA) - 1.0, N_SHADES)
    channels = [np.interp(at, np.arange(len(_MAGMA)), known[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour such as "#0072b2"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
