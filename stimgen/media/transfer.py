"""From the values of a picture to the light that a display makes of them, and back.

Pictures hold values that were bent for displays and eyes; light adds up only after they are bent straight. Which curve
a picture was made for is an assumption unless a colour profile says so, so it has a name that manifests carry.
"""

from typing import Literal, get_args

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray

TransferName = Literal["srgb", "gamma-2.2", "linear"]
TRANSFERS: tuple[TransferName, ...] = get_args(TransferName)

# IEC 61966-2-1:1999: slope and end of the straight part, offset and exponent of the rest
_SLOPE, _STRAIGHT_LIGHT, _OFFSET, _EXPONENT = 12.92, 0.0031308, 0.055, 2.4


def to_linear(encoded: FloatArray, transfer: TransferName) -> FloatArray:
    """Return the light of encoded values.

    Args:
        encoded: Any shape, 0 to 1; values outside are bent as their mirror image about 0, or on along the curve.
        transfer: "srgb" (IEC 61966-2-1), "gamma-2.2" (a power), or "linear" (the values are light).

    Returns:
        Light relative to white, same shape.

    Raises:
        SettingError: If there is no such transfer function.

    Examples:
        >>> to_linear(np.array([0.0, 0.5, 1.0]), "srgb").round(4).tolist()
        [0.0, 0.214, 1.0]
    """
    _demand(transfer)
    size = np.abs(encoded)
    if transfer == "linear":
        return np.array(encoded, dtype=np.float64)
    if transfer == "gamma-2.2":
        return np.copysign(size**2.2, encoded)
    straight = size <= _SLOPE * _STRAIGHT_LIGHT
    light = np.where(straight, size / _SLOPE, ((size + _OFFSET) / (1.0 + _OFFSET)) ** _EXPONENT)
    return np.copysign(light, encoded)


def light_of(pixels: FloatArray, bit_depth: int, transfer: TransferName) -> FloatArray:
    """Return the light of encoded values, looked up where all are codes of the bit depth; the same as `to_linear`.

    Examples:
        >>> pixels = np.array([0.0, 1 / 255, 0.5, 1.0])
        >>> bool(np.array_equal(light_of(pixels, 8, "srgb"), to_linear(pixels, "srgb")))
        True
        >>> bool(np.array_equal(light_of(pixels[[0, 1, 3]], 8, "srgb"), to_linear(pixels[[0, 1, 3]], "srgb")))
        True
    """
    top = 2**bit_depth - 1
    codes = np.rint(pixels * top)
    # a few tell most pictures that are no codes, before all are compared
    first = codes.ravel()[:64], pixels.ravel()[:64]
    if (
        pixels.size <= top
        or not np.array_equal(first[0] / top, first[1])
        or not np.array_equal(codes / top, pixels)
    ):
        return to_linear(pixels, transfer)
    if codes.min() < 0 or codes.max() > top:
        return to_linear(pixels, transfer)
    return np.asarray(to_linear(np.arange(top + 1) / top, transfer)[codes.astype(np.intp)])


def to_encoded(light: FloatArray, transfer: TransferName) -> FloatArray:
    """Return the encoded values of light; the inverse of `to_linear`.

    Examples:
        >>> bool(np.allclose(to_encoded(to_linear(np.linspace(0, 1, 256), "srgb"), "srgb"), np.linspace(0, 1, 256)))
        True
    """
    _demand(transfer)
    size = np.abs(light)
    if transfer == "linear":
        return np.array(light, dtype=np.float64)
    if transfer == "gamma-2.2":
        return np.copysign(size ** (1.0 / 2.2), light)
    straight = size <= _STRAIGHT_LIGHT
    bent = (1.0 + _OFFSET) * np.maximum(size, _STRAIGHT_LIGHT) ** (1.0 / _EXPONENT) - _OFFSET
    return np.copysign(np.where(straight, size * _SLOPE, bent), light)


def luminance(light: FloatArray) -> FloatArray:
    """Return the luminance of linear light relative to white.

    Args:
        light: Shape (..., n_channels), linear; one channel is grey, three are red, green, blue with the primaries of
            sRGB (Rec. ITU-R BT.709).

    Returns:
        Shape (...,).

    Examples:
        >>> luminance(np.array([[[1.0, 1.0, 1.0]]])).round(6).tolist()
        [[1.0]]
    """
    if light.shape[-1] == 1:
        return np.array(light[..., 0])
    return np.asarray(0.2126 * light[..., 0] + 0.7152 * light[..., 1] + 0.0722 * light[..., 2])


def _demand(transfer: str) -> None:
    if transfer not in TRANSFERS:
        raise SettingError(f"transfer function {transfer!r} is unknown; allowed are {', '.join(TRANSFERS)}")
