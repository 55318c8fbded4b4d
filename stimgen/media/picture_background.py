"""What stands behind the transparent parts of a picture."""

from collections.abc import Sequence

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.file_bytes import one_line
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TransferName, to_encoded, to_linear

Background = float | str | Sequence[float]

_ALLOWED = "give a grey value from 0 to 1, a colour such as white or #808080, or three values from 0 to 1"


def background_of(value: Background) -> tuple[float, ...]:
    """Return a background as encoded values: one for a grey, three for a colour.

    Args:
        value: A number from 0 (black) to 1 (white), or such a number as text; a name that HTML knows; "#rgb" or
            "#rrggbb"; or red, green and blue from 0 to 1. All as files encode them, not as light.

    Raises:
        SettingError: If it is none of these.

    Examples:
        >>> background_of(0.5), background_of("white"), background_of("#f00")
        ((0.5,), (1.0,), (1.0, 0.0, 0.0))
    """
    if isinstance(value, str):
        values = _of_text(value)
    elif isinstance(value, bool) or not isinstance(value, int | float | np.number | Sequence | np.ndarray):
        values = ()
    else:
        try:
            values = tuple(float(one) for one in np.atleast_1d(np.asarray(value, dtype=np.float64)).ravel())
        except (TypeError, ValueError):
            values = ()
    if len(values) not in (1, 3) or not all(0.0 <= one <= 1.0 for one in values):
        raise SettingError(f"background {one_line(repr(value))} is no grey and no colour; {_ALLOWED}")
    return values[:1] if len(set(values)) == 1 else values


def _of_text(text: str) -> tuple[float, ...]:
    from PIL import ImageColor

    plain = text.strip().lower()
    if plain in ImageColor.colormap:
        return tuple(byte / 255 for byte in ImageColor.getrgb(plain)[:3])
    try:
        if not plain.startswith("#"):
            return (float(plain),)
        digits = plain[1:]
        if len(digits) == 3:
            digits = "".join(2 * digit for digit in digits)
        if len(digits) == 6:
            return tuple(byte / 255 for byte in bytes.fromhex(digits))
    except ValueError:
        pass
    return ()


def over_background(
    pixels: FloatArray, alpha: FloatArray, background: tuple[float, ...], *, transfer: TransferName
) -> FloatArray:
    """Put a background behind a picture, in linear light, as a sheet of glass in front of a wall would look.

    Args:
        pixels: Encoded values, shape (height_px, width_px, n_channels), not multiplied by `alpha`.
        alpha: How much of each pixel is there, 0 to 1, shape (height_px, width_px).
        background: One encoded value or three.
        transfer: How encoded values become light.

    Returns:
        Encoded values; three channels if the picture or the background has a colour. Where `alpha` is 1 they are the
        very ones that came in, where it is 0 the background's.

    References:
        Porter & Duff 1984, "Compositing digital images", section 4 (over).
    """
    n_channels = max(pixels.shape[2], len(background))
    pixels = np.repeat(pixels, n_channels, axis=2) if pixels.shape[2] < n_channels else pixels
    behind = np.broadcast_to(np.asarray(background, dtype=np.float64), (n_channels,))
    out = np.where(alpha[:, :, None] > 0, pixels, behind)
    part = (alpha > 0) & (alpha < 1)
    if part.any():
        there = alpha[part][:, None]
        light = there * to_linear(pixels[part], transfer) + (1 - there) * to_linear(behind, transfer)
        out[part] = to_encoded(light, transfer)
    return np.ascontiguousarray(out)
