"""The pixels of a TIFF of 16 bits and several channels, all their bits kept.

Pillow gives 8 of those bits and says nothing. But a row of red, green and blue numbers is a row of three times as many
grey ones, and those it gives in full: so the tags are written anew to say that, and the rest of the file stays.
"""

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from stimgen.errors import ReadError

_WIDTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _N_SAMPLES = 256, 258, 259, 262, 274, 277
_PREDICTOR, _TILE_WIDTH, _EXTRA, _FORMAT = 317, 322, 338, 339
_SHORT, _LONG = 3, 4
# the packings for which a predictor means something: LZW, Deflate and its old number, LZMA, Zstandard
_PREDICTED = (5, 8, 32946, 34925, 50000)


def deep_samples(raw: bytes, tags: Mapping[int, Any], *, label: str) -> npt.NDArray[np.uint16]:
    """Return the samples of a TIFF of 16 bits whose channels lie side by side.

    Args:
        raw: All bytes of the file.
        tags: Values by number of the tag, which `demand_plain_tiff` has passed.
        label: What to call the file in errors.

    Returns:
        As stored, shape (height_px, width_px, n_channels).

    Raises:
        ReadError: If its rows do not come out as its tags say.

    References:
        Adobe 1992, "TIFF revision 6.0", sections 2 and 14.
    """
    from PIL import Image

    width, n = int(tags[_WIDTH]), int(tags[_N_SAMPLES])
    image = Image.open(io.BytesIO(_as_grey(raw, tags, n)), formats=["TIFF"])
    wide = np.asarray(image)
    if wide.ndim != 2 or wide.dtype.itemsize != 2 or wide.shape[1] != n * width:
        raise ReadError(
            f"{label} is a damaged TIFF: its rows are not as long as it says; copy or export it again"
        )
    samples = wide.astype(np.uint16).reshape(wide.shape[0], width, n)
    if tags.get(_PREDICTOR, 1) == 2 and tags.get(_COMPRESSION, 1) in _PREDICTED:
        # each number is the difference from the one of its channel to the left, within a strip or tile
        step = int(tags.get(_TILE_WIDTH, width))
        for left in range(0, width, step):
            part = samples[:, left : left + step]
            part[:] = np.cumsum(part, axis=1, dtype=np.uint16)
    return samples


def _as_grey(raw: bytes, tags: Mapping[int, Any], n: int) -> bytes:
    """Return the file with a new directory at its end, which calls its samples grey."""
    order = "<" if raw.startswith(b"II") else ">"
    (start,) = struct.unpack_from(order + "I", raw, 4)
    (n_entries,) = struct.unpack_from(order + "H", raw, start)
    entries = [raw[start + 2 + 12 * k : start + 14 + 12 * k] for k in range(n_entries)]
    told = {
        _WIDTH: (_LONG, n * int(tags[_WIDTH])),
        _BITS: (_SHORT, 16),
        _PHOTOMETRIC: (_SHORT, 1),
        _N_SAMPLES: (_SHORT, 1),
        _PREDICTOR: (_SHORT, 1),
        _FORMAT: (_SHORT, 1),
    }
    if _TILE_WIDTH in tags:
        told[_TILE_WIDTH] = (_LONG, n * int(tags[_TILE_WIDTH]))
    kept = {struct.unpack_from(order + "H", entry)[0]: entry for entry in entries}
    for tag in (_ORIENTATION, _EXTRA):
        kept.pop(tag, None)
    for tag, (kind, value) in told.items():
        number = struct.pack(order + "I", value) if kind == _LONG else struct.pack(order + "HH", value, 0)
        kept[tag] = struct.pack(order + "HHI", tag, kind, 1) + number
    directory = struct.pack(order + "H", len(kept)) + b"".join(kept[tag] for tag in sorted(kept)) + bytes(4)
    at = len(raw) + len(raw) % 2
    return raw[:4] + struct.pack(order + "I", at) + raw[8:].ljust(at - 8, b"\0") + directory
