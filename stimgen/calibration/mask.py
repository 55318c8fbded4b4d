"""Masks: which pixels of a picture are the thing to be seen, and which are its background."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stimgen.errors import PictureError, SettingError, ShapeError
from stimgen.media.picture import Picture

BoolArray = npt.NDArray[np.bool_]
Masks = BoolArray | Sequence[BoolArray]
_LEVELS = 255.0


def not_background(picture: Picture, *, background: tuple[float, ...] | None = None) -> BoolArray:
    """Return where a picture is not its background.

    Args:
        picture: The picture.
        background: Its encoded value or colour, 0 to 1, one number per channel; a pixel is background when it is less
            than half a step of 8 bit away from it. None is the commonest value of the picture, at 8 bit.

    Returns:
        Shape (height_px, width_px), true in the foreground.

    Raises:
        SettingError: If the background has another number of channels.
        PictureError: If nothing but background is left.

    Examples:
        >>> pixels = np.full((4, 4, 1), 0.5)
        >>> pixels[1, 1:3] = 0.9
        >>> int(not_background(Picture(pixels=pixels)).sum())
        2
    """
    if background is None:
        rows = np.rint(picture.pixels.reshape(-1, picture.n_channels) * _LEVELS).astype(np.int64)
        numbers = rows @ (256 ** np.arange(picture.n_channels))
        values, counts = np.unique(numbers, return_counts=True)
        commonest = int(values[counts.argmax()])
        background = tuple(commonest // 256**i % 256 / _LEVELS for i in range(picture.n_channels))
    if len(background) != picture.n_channels:
        raise SettingError(
            f"a background of {picture.name!r} has {picture.n_channels} channels, got {len(background)}"
        )
    is_foreground = np.any(np.abs(picture.pixels - np.array(background)) >= 0.5 / _LEVELS, axis=2)
    if not is_foreground.any():
        raise PictureError(
            f"the picture {picture.name!r} is all background, encoded value {background}; give another background"
        )
    return np.asarray(is_foreground)


def masks_of(pictures: Sequence[Picture], masks: Masks | None) -> list[BoolArray]:
    """Return one mask per picture.

    Args:
        pictures: The pictures.
        masks: One for all, shape (height_px, width_px), or one per picture; None is every pixel.

    Raises:
        ShapeError: If a mask has not the size of its picture, is not boolean, or there are too few or too many.
        PictureError: If a mask leaves nothing.
    """
    if masks is None:
        return [np.ones((one.height_px, one.width_px), dtype=np.bool_) for one in pictures]
    each = [masks] * len(pictures) if isinstance(masks, np.ndarray) and masks.ndim == 2 else list(masks)
    if len(each) != len(pictures):
        raise ShapeError(
            f"there are {len(pictures)} pictures but {len(each)} masks; give one for all or one each"
        )
    for picture, mask in zip(pictures, each, strict=True):
        size = (picture.height_px, picture.width_px)
        if mask.dtype != np.bool_ or mask.shape != size:
            raise ShapeError(
                f"the mask of {picture.name!r} must be boolean of shape {size}, got {mask.dtype} of shape {mask.shape}"
            )
        if not mask.any():
            raise PictureError(
                f"the mask of {picture.name!r} leaves no pixel; give one that is true somewhere"
            )
    return each
