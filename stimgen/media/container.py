"""How much sound the header of a file promises, and whether that much is there.

Decoders mend what they can: they cut a file at its end, or take what a broken page leaves. A stimulus must
not be made of half a recording without a word, so the promise is read here, from the bytes, independently
of the decoder.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_STREAMED_32 = 0xFFFFFFFF
_STREAMED_64 = 0xFFFFFFFFFFFFFFFF
# encodings of fixed-size samples: PCM, float, A-law, u-law
_WAV_FIXED = {1, 3, 6, 7}
_WAV_EXTENSIBLE = 0xFFFE
_AIFC_FIXED = {b"NONE", b"twos", b"sowt", b"raw ", b"in24", b"in32", b"fl32", b"FL32", b"fl64", b"FL64"}
_NO_LENGTH = "its header does not say how long it is (a recording that was streamed or not closed)"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What the header of a file says.

    Args:
        fault: What is wrong, as a clause that goes after the file's name; None if nothing was found wrong.
        n_frames: How many samples per channel the header promises, None where it gives bytes or nothing.
    """

    fault: str | None = None
    n_frames: int | None = None


def promise(raw: bytes) -> Promise:
    """Compare what a file's header promises with the bytes that are there.

    Args:
        raw: All bytes of the file.

    Returns:
        The promise; without fault also for containers that are not known here (the decoder judges those).

    References:
        Microsoft/IBM RIFF 1991; EBU Tech 3306 (RF64); Apple AIFF 1989 and CAF 1.0; Sony Wave64; RFC 9639
        (FLAC); RFC 3533 (Ogg); NIST SPHERE.

    Examples:
        >>> promise(b"RIFF\\0\\0\\0\\0WAVEdata" + struct.pack("<I", 8) + bytes(6)).fault
        'its header promises 8 bytes of sound but only 6 are there'
    """
    body = raw[_id3_size(raw) :]
    if body[:4] in _CONTAINERS:
        return _CONTAINERS[body[:4]](body)
    # the sync word of an MPEG audio frame: eleven ones
    is_mpeg = len(body) > 1 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0
    return _mpeg(body) if is_mpeg else Promise()


def _extent(promised: int, present: int, *, streamed: int) -> Promise:
    if promised == streamed or (promised == 0 and present > 0):
        return Promise(fault=_NO_LENGTH)
    if promised > present:
        return Promise(fault=f"its header promises {promised} bytes of sound but only {present} are there")
    return Promise()


def _chunks(raw: bytes, *, at: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, size and start of content of every 4+4 byte chunk."""
    while at + 8 <= len(raw):
        name = raw[at : at + 4]
        size = struct.unpack_from(order + "I", raw, at + 4)[0]
        yield name, size, at + 8
        at += 8 + size + (size & 1)


def _riff(raw: bytes) -> Promise:
    order = ">" if raw[:4] == b"RIFX" else "<"
    long_size, block, code = None, 0, 0
    for name, size, at in _chunks(raw, at=12, order=order):
        if name == b"ds64" and len(raw) >= at + 16:
            long_size = struct.unpack_from("<Q", raw, at + 8)[0]
        elif name == b"fmt " and len(raw) >= at + 16:
            code, _, _, _, block = struct.unpack_from(order + "HHIIH", raw, at)
            if code == _WAV_EXTENSIBLE and len(raw) >= at + 26:
                code = struct.unpack_from(order + "H", raw, at + 24)[0]
        elif name == b"data":
            promised = long_size if long_size is not None and size == _STREAMED_32 else size
            found = _extent(promised, len(raw) - at, streamed=_STREAMED_32)
            if found.fault is None and code in _WAV_FIXED and block and promised % block:
                return Promise(fault=f"its {promised} bytes of sound end within a frame of {block} bytes")
            return found
    return Promise()


def _wave64(raw: bytes) -> Promise:
    at = 40
    while at + 24 <= len(raw):
        size = struct.unpack_from("<Q", raw, at + 16)[0]
        if raw[at : at + 4] == b"data":
            return _extent(max(0, size - 24), len(raw) - at - 24, streamed=_STREAMED_64 - 24)
        at += max(24, (size + 7) // 8 * 8)
    return Promise()


def _aiff(raw: bytes) -> Promise:
    n_frames = None
    for name, size, at in _chunks(raw, at=12, order=">"):
        if name == b"COMM" and len(raw) >= at + 6:
            # compressed kinds of AIFF-C count packets here
            if raw[8:12] == b"AIFF" or raw[at + 18 : at + 22] in _AIFC_FIXED:
                n_frames = struct.unpack_from(">I", raw, at + 2)[0]
        elif name == b"SSND":
            found = _extent(size, len(raw) - at, streamed=_STREAMED_32)
            return found if found.fault else Promise(n_frames=n_frames)
    return Promise(n_frames=n_frames)


def _caf(raw: bytes) -> Promise:
    at = 8
    while at + 12 <= len(raw):
        size = struct.unpack_from(">Q", raw, at + 4)[0]
        if raw[at : at + 4] == b"data":
            return _extent(size, len(raw) - at - 12, streamed=_STREAMED_64)
        at += 12 + size
    return Promise()


def _au(raw: bytes) -> Promise:
    if len(raw) < 12:
        return Promise(fault="it ends within its header")
    offset, size = struct.unpack_from((">" if raw[:4] == b".snd" else "<") + "II", raw, 4)
    return _extent(size, max(0, len(raw) - offset), streamed=_STREAMED_32)


def _sphere(raw: bytes) -> Promise:
    count = re.search(rb"sample_count -i (\d{1,18})\s", raw[:4096])
    return Promise(n_frames=int(count.group(1))) if count else Promise(fault=_NO_LENGTH)


def _flac(raw: bytes) -> Promise:
    if len(raw) < 42:
        return Promise(fault="it ends within its header")
    # STREAMINFO: 20 bits rate, 3 bits channels, 5 bits depth, 36 bits samples
    n_frames = struct.unpack_from(">Q", raw, 18)[0] & 0xFFFFFFFFF
    return Promise(n_frames=n_frames) if n_frames else Promise(fault=_NO_LENGTH)


def _ogg(raw: bytes) -> Promise:
    at, flags = 0, 0
    while at < len(raw) and raw[at : at + 4] == b"OggS" and at + 27 <= len(raw):
        flags, n_segments = raw[at + 5], raw[at + 26]
        at += 27 + n_segments + sum(raw[at + 27 : at + 27 + n_segments])
    if at != len(raw):
        return Promise(fault="its last page is cut short or damaged")
    # 4 marks the last page of a stream
    return Promise() if flags & 4 else Promise(fault="its last page is missing")


def _mpeg(raw: bytes) -> Promise:
    # without this tag the decoder guesses the length from the first frame's bit rate and cuts the sound there
    tag = re.search(rb"(?:Xing|Info)\x00\x00\x00(.)", raw[:256], re.DOTALL)
    if tag is None or not tag.group(1)[0] & 1:
        return Promise(fault="it carries no Xing or Info tag, so its length is not known")
    return Promise()


def _id3_size(raw: bytes) -> int:
    if raw[:3] != b"ID3" or len(raw) < 10:
        return 0
    # four bytes of seven bits each
    size = (raw[6] & 127) << 21 | (raw[7] & 127) << 14 | (raw[8] & 127) << 7 | (raw[9] & 127)
    return 10 + size


_CONTAINERS: dict[bytes, Callable[[bytes], Promise]] = {
    b"RIFF": _riff,
    b"RIFX": _riff,
    b"RF64": _riff,
    b"riff": _wave64,
    b"FORM": _aiff,
    b"caff": _caf,
    b".snd": _au,
    b"dns.": _au,
    b"OggS": _ogg,
    b"NIST": _sphere,
    b"fLaC": _flac,
}
