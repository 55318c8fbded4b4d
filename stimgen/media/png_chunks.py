"""The parts of a PNG file, each checked against its own checksum."""

import struct
import zlib
from dataclasses import dataclass

from stimgen.errors import ReadError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = {0: "grey", 2: "rgb", 3: "palette", 4: "grey+alpha", 6: "rgb+alpha"}
N_CHANNELS = {"grey": 1, "rgb": 3, "palette": 1, "grey+alpha": 2, "rgb+alpha": 4}


@dataclass(frozen=True, kw_only=True)
class PngChunks:
    """What stands in a PNG file.

    Args:
        width_px: Number of columns, as its header says.
        height_px: Number of rows.
        bit_depth: Bits of a channel, or of an index of a palette.
        kind: "grey", "rgb", "palette", "grey+alpha" or "rgb+alpha".
        interlaced: Whether its pixels come in the seven passes of Adam7.
        data: The compressed pixels.
        others: Contents of the first chunk of every other type.
    """

    width_px: int
    height_px: int
    bit_depth: int
    kind: str
    interlaced: bool
    data: bytes
    others: dict[bytes, bytes]


def png_chunks(raw: bytes, *, label: str) -> PngChunks:
    """Take a PNG file apart.

    Args:
        raw: All bytes of the file.
        label: What to call it in errors.

    Raises:
        ReadError: If a part reaches beyond the file, does not match its checksum, or the first or last are missing.

    References:
        ISO/IEC 15948:2004 (PNG), sections 5 and 11.
    """
    place = len(_SIGNATURE)
    data: list[bytes] = []
    others: dict[bytes, bytes] = {}
    while True:
        if place + 12 > len(raw):
            _fail(label, "it ends before its last part")
        length, kind = struct.unpack_from(">I4s", raw, place)
        if length > len(raw) - place - 12:
            _fail(label, "a part of it reaches beyond its end")
        content = raw[place + 8 : place + 8 + length]
        if zlib.crc32(content, zlib.crc32(kind)) != struct.unpack_from(">I", raw, place + 8 + length)[0]:
            _fail(label, "a part of it does not match its checksum")
        place += 12 + length
        if kind == b"IEND":
            return _checked(data, others, label=label)
        if kind == b"IDAT":
            data.append(content)
        elif kind == b"IHDR" and others:
            _fail(label, "its header does not come first")
        else:
            others.setdefault(kind, content)


def _checked(data: list[bytes], others: dict[bytes, bytes], *, label: str) -> PngChunks:
    header = others.pop(b"IHDR", b"")
    if len(header) != 13:
        _fail(label, "it has no header")
    width_px, height_px, bit_depth, kind, compression, filters, interlace = struct.unpack(">IIBBBBB", header)
    if kind not in _KINDS or bit_depth not in (1, 2, 4, 8, 16) or compression or filters or interlace > 1:
        _fail(label, "its header says what no PNG can be")
    return PngChunks(
        width_px=width_px,
        height_px=height_px,
        bit_depth=bit_depth,
        kind=_KINDS[kind],
        interlaced=bool(interlace),
        data=b"".join(data),
        others=others,
    )


def _fail(label: str, reason: str) -> None:
    raise ReadError(f"{label} is a damaged PNG: {reason}; copy or export it again")
