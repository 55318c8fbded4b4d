"""The pixels of a PNG with whole bytes per channel, all their bits kept.

Pillow gives 8 bits of a 16-bit colour PNG and says nothing, so those are unpacked here.
"""

import zlib

import numpy as np
import numpy.typing as npt

from stimgen.errors import ReadError
from stimgen.media.png_chunks import N_CHANNELS, PngChunks

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

# first column, first row, step across, step down of the seven passes (section 8.2)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_BAND_ROWS = 512


def demand_all_pixels(png: PngChunks, *, label: str) -> None:
    """Refuse a PNG whose pixels are fewer or more than its header says; Pillow leaves missing rows black.

    Raises:
        ReadError: If it is so, or they cannot be unpacked.
    """
    _unpacked(png.data, sum(h * (1 + _row_bytes(png, w)) for h, w in _sizes(png)), label=label)


def png_samples(png: PngChunks, *, label: str) -> Samples:
    """Return the samples of a PNG of 8 or 16 bits a channel.

    Args:
        png: Its parts, of a size that was found fit to be held.
        label: What to call it in errors.

    Returns:
        Shape (height_px, width_px, n_channels), uint8 or uint16.

    Raises:
        ReadError: If the pixels cannot be unpacked, or are more or fewer than the header says.

    References:
        ISO/IEC 15948:2004 (PNG), sections 8 to 10.
    """
    n_channels, n_bytes = N_CHANNELS[png.kind], png.bit_depth // 8
    wide = n_channels * n_bytes
    packed = _unpacked(png.data, sum(h * (1 + w * wide) for h, w in _sizes(png)), label=label)
    samples = np.empty(
        (png.height_px, png.width_px, n_channels), dtype=np.uint8 if n_bytes == 1 else np.uint16
    )
    place = 0
    for left, top, across, down in _passes(png):
        height, width = samples[top::down, left::across].shape[:2]
        n_packed = height * (1 + width * wide)
        rows = packed[place : place + n_packed].reshape(height, 1 + width * wide)
        place += n_packed
        whole = _unfiltered(rows[:, 0], rows[:, 1:].reshape(height, width, wide), label=label)
        samples[top::down, left::across] = whole.view(">u2") if n_bytes == 2 else whole
    return samples


def _passes(png: PngChunks) -> list[tuple[int, int, int, int]]:
    """Return the passes that have pixels; in small pictures some have none."""
    passes = _ADAM7 if png.interlaced else ((0, 0, 1, 1),)
    return [one for one in passes if one[0] < png.width_px and one[1] < png.height_px]


def _sizes(png: PngChunks) -> list[tuple[int, int]]:
    """Return the rows and columns of each pass."""
    return [
        (len(range(top, png.height_px, down)), len(range(left, png.width_px, across)))
        for left, top, across, down in _passes(png)
    ]


def _row_bytes(png: PngChunks, n_columns: int) -> int:
    return -(-n_columns * N_CHANNELS[png.kind] * png.bit_depth // 8)


def _unpacked(data: bytes, n_expected: int, *, label: str) -> npt.NDArray[np.uint8]:
    unpacker = zlib.decompressobj()
    try:
        # one byte more than there should be is enough to see that there are too many
        packed = unpacker.decompress(data, n_expected + 1)
    except zlib.error as error:
        raise ReadError(
            f"{label} is a damaged PNG: its pixels cannot be unpacked; copy or export it again"
        ) from error
    if len(packed) != n_expected or not unpacker.eof:
        raise ReadError(
            f"{label} is a damaged PNG: it holds more or fewer pixels than its header says; copy or export it again"
        )
    return np.frombuffer(packed, dtype=np.uint8)


def _unfiltered(
    kinds: npt.NDArray[np.uint8], rows: npt.NDArray[np.uint8], *, label: str
) -> npt.NDArray[np.uint8]:
    """Undo the filters of all rows, given which each has; shapes (n_rows,) and (n_rows, n_columns, n_bytes)."""
    if kinds.max() > 4:
        raise ReadError(
            f"{label} is a damaged PNG: a row of it has no filter that exists; copy or export it again"
        )
    whole = np.empty_like(rows)
    above = np.zeros(rows.shape[1:], dtype=np.int16)
    for first in range(0, rows.shape[0], _BAND_ROWS):
        band = slice(first, first + _BAND_ROWS)
        whole[band] = _band(kinds[band], rows[band], above)
        above = whole[band][-1].astype(np.int16)
    return whole


def _band(
    kinds: npt.NDArray[np.uint8], rows: npt.NDArray[np.uint8], above: npt.NDArray[np.int16]
) -> npt.NDArray[np.uint8]:
    """Undo the filters of some rows below a known one.

    A byte needs the ones to its left, above, and above left. So all bytes on one line from bottom left to top right
    can be found at once when the lines before are known: element [d, r] of `lines` is column d - r of row r - 1, where
    row -1 is the known one and column -1 is nought.
    """
    n_rows, n_columns, n_bytes = rows.shape
    lines = np.zeros((n_columns + n_rows + 1, n_rows + 1, n_bytes), dtype=np.int16)
    lines[0:n_columns, 0] = above
    for row in range(n_rows):
        lines[row + 1 : row + 1 + n_columns, row + 1] = rows[row]
    sub, up, mean, paeth = (np.broadcast_to((kinds == n)[:, None], (n_rows, n_bytes)) for n in (1, 2, 3, 4))
    any_mean, any_paeth = bool(mean.any()), bool(paeth.any())
    nought = np.zeros((n_rows, n_bytes), dtype=np.int16)
    for d in range(1, n_columns + n_rows):
        # rows whose column at this line exists: column = d - row - 1 between 0 and n_columns - 1
        low, high = max(0, d - n_columns), min(n_rows, d)
        here = slice(low + 1, high + 1)
        left, top = lines[d - 1, here], lines[d - 1, low:high]
        top_left = lines[d - 2, low:high] if d >= 2 else nought[low:high]
        guess = np.where(sub[low:high], left, 0)
        guess = np.where(up[low:high], top, guess)
        if any_mean:
            guess = np.where(mean[low:high], (left + top) >> 1, guess)
        if any_paeth:
            guess = np.where(paeth[low:high], _paeth(left, top, top_left), guess)
        lines[d, here] = (lines[d, here] + guess) & 255
    whole = np.empty(rows.shape, dtype=np.uint8)
    for row in range(n_rows):
        whole[row] = lines[row + 1 : row + 1 + n_columns, row + 1]
    return whole


def _paeth(
    left: npt.NDArray[np.int16], top: npt.NDArray[np.int16], top_left: npt.NDArray[np.int16]
) -> npt.NDArray[np.int16]:
    """Return the neighbour that is nearest to left + top - top left; section 9.4."""
    to_left, to_top = np.abs(top - top_left), np.abs(left - top_left)
    to_corner = np.abs(left + top - 2 * top_left)
    vertical = np.where(to_top <= to_corner, top, top_left)
    return np.where((to_left <= to_top) & (to_left <= to_corner), left, vertical)
