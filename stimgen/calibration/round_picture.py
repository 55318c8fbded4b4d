"""Rounds a picture to the values that a file of its bit depth can hold."""

from dataclasses import replace

import numpy as np

from stimgen.errors import PictureError, SettingError
from stimgen.media.picture import BitDepth, Picture

_TINY = 1e-9


def highest_value(bit_depth: int) -> int:
    """Return the whole number that stands for 1 in a file: 255 or 65535.

    Raises:
        SettingError: If the bit depth is neither 8 nor 16.
    """
    if bit_depth not in (8, 16):
        raise SettingError(f"pictures are written with 8 or 16 bit a channel, got {bit_depth}")
    return int(2**bit_depth - 1)


def round_picture(picture: Picture, *, bit_depth: BitDepth | None = None) -> Picture:
    """Return a picture whose values are whole steps of its bit depth, so that what is measured is what is written.

    Args:
        picture: Values 0 to 1; anything outside is an error, not clipped.
        bit_depth: 8 or 16; None is the picture's own.

    Raises:
        SettingError: If the bit depth is neither 8 nor 16.
        PictureError: If a value lies outside 0 to 1 or is not a number.

    Examples:
        >>> round_picture(Picture(pixels=np.full((1, 1, 1), 0.5))).pixels.item() * 255
        128.0
    """
    depth = bit_depth or picture.bit_depth
    highest = highest_value(depth)
    least, most = float(picture.pixels.min()), float(picture.pixels.max())
    if not (least >= -_TINY and most <= 1.0 + _TINY):
        raise PictureError(
            f"values of {picture.name!r} run from {least:.6g} to {most:.6g}, allowed are 0 to 1; "
            f"match its luminance or contrast so that it fits"
        )
    # adding 0 turns the -0 of values a hair below 0 into 0
    return replace(picture, pixels=np.rint(picture.pixels * highest) / highest + 0.0, bit_depth=depth)
