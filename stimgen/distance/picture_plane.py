"""What picture metrics look at: one plane of encoded grey, and whether two pictures go together."""

import numpy as np
import numpy.typing as npt

from stimgen.errors import PictureError, SettingError
from stimgen.media.picture import Picture
from stimgen.media.transfer import luminance

FloatPlane = npt.NDArray[np.float32]


def luma(picture: Picture) -> FloatPlane:
    """Return the luma of a picture: its encoded channels weighted as light is (Rec. ITU-R BT.709).

    Encoded values are nearly even steps to the eye, light is not; so distances are taken on what files hold.

    Returns:
        Shape (height_px, width_px), single precision (steps of 16 bit are 250 times coarser), 0 to 1.
    """
    return luminance(picture.pixels).astype(np.float32)


def demand_size(picture: Picture, *, least_px: int, metric: str) -> None:
    """Refuse a picture with a side below `least_px` pixels.

    Raises:
        PictureError: If it is too small.
    """
    if min(picture.height_px, picture.width_px) < least_px:
        raise PictureError(
            f"the {metric} distance needs pictures of {least_px} x {least_px} px or more, got {picture.width_px} x "
            f"{picture.height_px} px in {picture.name!r}; give larger pictures, or make them larger (--size)"
        )


def refuse_unlike(metric: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    """Refuse features of two shapes.

    Raises:
        SettingError: If the shapes differ.
    """
    if first != second:
        raise SettingError(
            f"the {metric} distance is between pictures of one size and mode, got shapes {first} and {second}; "
            f"crop or resize one of them"
        )
