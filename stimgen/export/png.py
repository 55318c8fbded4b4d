"""Pictures as PNG files without metadata, in 8 and 16 bits of grey and of colour, which Pillow cannot write all."""

import struct
import zlib

import numpy as np
import numpy.typing as npt

from stimgen.errors import ShapeError
from stimgen.media.picture import BitDepth

Values = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

_ZLIB_LEVEL = 6
_GREY, _RGB = 0, 2


def round_values(pixels: npt.NDArray[np.float64], bit_depth: BitDepth) -> Values:
    """Round encoded values to whole numbers.

    Args:
        pixels: 0 to 1, any shape.
        bit_depth: 8 or 16.

    Returns:
        0 to 255 or 65535, same shape.

    Raises:
        ShapeError: If a value lies outside 0 to 1 by more than half a step: whoever renders decides about those.

    Examples:
        >>> round_values(np.array([0.0, 0.5, 1.0]), 8).tolist()
        [0, 128, 255]
    """
    top = 2**bit_depth - 1
    whole = np.rint(pixels * top)
    if not bool(np.all((whole >= 0.0) & (whole <= top))):
        raise ShapeError(
            "a picture has values outside 0 to 1 or that are no numbers; clip and count them first"
        )
    return np.asarray(whole.astype(np.uint8)) if bit_depth == 8 else np.asarray(whole.astype(np.uint16))


def png_bytes(values: Values) -> bytes:
    """Return whole-number pixels as a PNG file: no date, no program, no colour profile, no resolution.

    Each row takes the filter whose differences add up to least, as the standard advises.

    Args:
        values: Shape (height_px, width_px, n_channels), uint8 or uint16, 1 channel (grey) or 3 (red, green, blue).

    Raises:
        ShapeError: If the shape is another.

    References:
        ISO/IEC 15948:2004, Portable Network Graphics, clauses 9 and 12.8.
    """
    if values.ndim != 3 or values.shape[2] not in (1, 3) or 0 in values.shape:
        raise ShapeError(f"a picture has shape (height, width, 1 or 3), got {values.shape}")
    height, width, n_channels = values.shape
    n_bytes = values.dtype.itemsize
    rows = np.ascontiguousarray(values.astype(f">u{n_bytes}")).reshape(height, -1).view(np.uint8)
    kind = _GREY if n_channels == 1 else _RGB
    head = struct.pack(">IIBBBBB", width, height, 8 * n_bytes, kind, 0, 0, 0)
    data = zlib.compress(_filtered(rows, n_channels * n_bytes).tobytes(), _ZLIB_LEVEL)
    chunks = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _filtered(rows: npt.NDArray[np.uint8], n_back: int) -> npt.NDArray[np.uint8]:
    """Return rows of bytes behind the number of their filter, shape (n_rows, 1 + n_bytes)."""
    now = rows.astype(np.int16)
    left, above, corner = np.zeros_like(now), np.zeros_like(now), np.zeros_like(now)
    left[:, n_back:] = now[:, :-n_back]
    above[1:] = now[:-1]
    corner[1:, n_back:] = now[:-1, :-n_back]
    predictions = (np.zeros_like(now), left, above, (left + above) // 2, _paeth(left, above, corner))
    tried = np.stack([(now - prediction).astype(np.uint8) for prediction in predictions])
    cost = np.abs(tried.view(np.int8).astype(np.int32)).sum(axis=2)
    chosen = cost.argmin(axis=0)
    out = np.empty((rows.shape[0], rows.shape[1] + 1), dtype=np.uint8)
    out[:, 0] = chosen
    out[:, 1:] = tried[chosen, np.arange(rows.shape[0])]
    return out


def _paeth(
    left: npt.NDArray[np.int16], above: npt.NDArray[np.int16], corner: npt.NDArray[np.int16]
) -> npt.NDArray[np.int16]:
    """Return the neighbour that is nearest to left + above - corner; ties go to left, then above."""
    by_left, by_above = np.abs(above - corner), np.abs(left - corner)
    by_corner = np.abs(left + above - 2 * corner)
    other = np.where(by_above <= by_corner, above, corner)
    return np.where((by_left <= by_above) & (by_left <= by_corner), left, other)
