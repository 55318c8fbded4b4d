"""How much sound the header of a file promises, and whether that much is there.

Decoders mend what they can: they cut a file at its end, or take what a broken page leaves. A stimulus must
not be made of half a recording without a word, so the promise is read here, from the bytes, independently
of the decoder.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stimgen.media.mpeg import frame_at, walk

_SIZE_IN_DS64 = 0xFFFFFFFF
# programs that write into a pipe cannot come back to fill in the size and put a huge one (0x7F000000,
# 0x7FFFF000, 0xFFFFFFFF and others); no file that may be read is that long
_PLACEHOLDER = 0x7F000000
# encodings of fixed-size samples: PCM, float, A-law, u-law
_WAV_FIXED = {1, 3, 6, 7}
# those and the ADPCM, GSM and G.72x encodings that libsndfile decodes
_WAV_KNOWN = _WAV_FIXED | {0x02, 0x11, 0x14, 0x31, 0x38, 0x40, 0x45, 0x64}
_WAV_EXTENSIBLE = 0xFFFE
_AIFC_FIXED = {b"NONE", b"twos", b"sowt", b"raw ", b"in24", b"in32", b"fl32", b"FL32", b"fl64", b"FL64"}
_NO_LENGTH = "its header does not say how long it is (a recording that was streamed or not closed)"
_TO_A_FILE = "export it again, straight to a file and not through a pipe"
_IN_HEADER = "it ends within its header"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What the header of a file says.

    Args:
        fault: What is wrong, as a clause that goes after the file's name; None if nothing was found wrong.
        remedy: What to do about the fault.
        unread: Whether the encoding is one that is not read.
        n_frames: How many samples per channel the header promises, None where it gives bytes or nothing.
        decodable: The same sound in bytes that a decoder takes whole, None for the file as it is.
    """

    fault: str | None = None
    remedy: str = "copy or export it again"
    unread: bool = False
    n_frames: int | None = None
    decodable: bytes | None = None


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
    body = raw
    while size := _id3_size(body):
        body = body[size:]
    if body[:4] in _CONTAINERS:
        return _CONTAINERS[body[:4]](body)
    # writers of ID3 tags leave zeros behind them
    body = body.lstrip(b"\0")
    return _mpeg(body) if frame_at(body, 0) is not None else Promise()


def _extent(promised: int, present: int) -> Promise:
    if promised > max(present, _PLACEHOLDER - 1) or (promised == 0 and present > 0):
        return Promise(fault=_NO_LENGTH, remedy=_TO_A_FILE)
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


@dataclass(frozen=True)
class _WavFormat:
    """The fields of a WAV format chunk, in the order in which they stand there."""

    code: int
    n_channels: int
    rate_hz: int
    bytes_per_s: int
    block: int
    bits: int

    def contradiction(self) -> str | None:
        """Say which two fields cannot both be true, for encodings of fixed-size samples."""
        if self.code not in _WAV_FIXED or not self.n_channels:
            return None
        block = self.n_channels * ((self.bits + 7) // 8)
        if self.block != block:
            return (
                f"its header contradicts itself: {self.n_channels} channels of {self.bits} bits take {block} bytes "
                f"per frame, but it says {self.block}"
            )
        if self.bytes_per_s != self.rate_hz * block:
            return (
                f"its header contradicts itself: {self.rate_hz} Hz with {block} bytes per frame make "
                f"{self.rate_hz * block} bytes per second, but it says {self.bytes_per_s}"
            )
        return None


def _wav_format(raw: bytes, at: int, *, order: str) -> _WavFormat | None:
    if len(raw) < at + 16:
        return None
    code, *others = struct.unpack_from(order + "HHIIHH", raw, at)
    if code == _WAV_EXTENSIBLE and len(raw) >= at + 26:
        code = struct.unpack_from(order + "H", raw, at + 24)[0]
    return _WavFormat(code, *others)


def _wav_data(promised: int, present: int, *, kind: _WavFormat | None) -> Promise:
    if kind is not None and kind.code not in _WAV_KNOWN:
        return Promise(unread=True)
    found = _extent(promised, present)
    if found.fault is not None or kind is None:
        return found
    if (contradiction := kind.contradiction()) is not None:
        return Promise(fault=contradiction)
    if kind.code in _WAV_FIXED and kind.block and promised % kind.block:
        return Promise(fault=f"its {promised} bytes of sound end within a frame of {kind.block} bytes")
    return found


def _riff(raw: bytes) -> Promise:
    order = ">" if raw[:4] == b"RIFX" else "<"
    long_size, kind = None, None
    for name, size, at in _chunks(raw, at=12, order=order):
        if name == b"ds64" and len(raw) >= at + 16:
            long_size = struct.unpack_from("<Q", raw, at + 8)[0]
        elif name == b"fmt ":
            kind = _wav_format(raw, at, order=order)
        elif name == b"data":
            promised = long_size if long_size is not None and size == _SIZE_IN_DS64 else size
            return _wav_data(promised, len(raw) - at, kind=kind)
    return Promise(fault=_IN_HEADER)


def _wave64(raw: bytes) -> Promise:
    at, kind = 40, None
    while at + 24 <= len(raw):
        size = struct.unpack_from("<Q", raw, at + 16)[0]
        if raw[at : at + 4] == b"fmt ":
            kind = _wav_format(raw, at + 24, order="<")
        elif raw[at : at + 4] == b"data":
            return _wav_data(max(0, size - 24), len(raw) - at - 24, kind=kind)
        at += max(24, (size + 7) // 8 * 8)
    return Promise(fault=_IN_HEADER)


def _aiff(raw: bytes) -> Promise:
    n_frames = None
    for name, size, at in _chunks(raw, at=12, order=">"):
        if name == b"COMM" and len(raw) >= at + 6:
            # compressed kinds of AIFF-C count packets here
            if raw[8:12] == b"AIFF" or raw[at + 18 : at + 22] in _AIFC_FIXED:
                n_frames = struct.unpack_from(">I", raw, at + 2)[0]
        elif name == b"SSND":
            found = _extent(size, len(raw) - at)
            return found if found.fault else Promise(n_frames=n_frames)
    return Promise(fault=_IN_HEADER)


def _caf(raw: bytes) -> Promise:
    at = 8
    while at + 12 <= len(raw):
        size = struct.unpack_from(">Q", raw, at + 4)[0]
        if raw[at : at + 4] == b"data":
            return _extent(size, len(raw) - at - 12)
        at += 12 + size
    return Promise(fault=_IN_HEADER)


def _au(raw: bytes) -> Promise:
    if len(raw) < 12:
        return Promise(fault=_IN_HEADER)
    offset, size = struct.unpack_from((">" if raw[:4] == b".snd" else "<") + "II", raw, 4)
    return _extent(size, max(0, len(raw) - offset))


def _sphere(raw: bytes) -> Promise:
    count = re.search(rb"sample_count -i (\d{1,18})\s", raw[:4096])
    return Promise(n_frames=int(count.group(1))) if count else Promise(fault=_NO_LENGTH, remedy=_TO_A_FILE)


def _flac(raw: bytes) -> Promise:
    if len(raw) < 42:
        return Promise(fault=_IN_HEADER)
    # STREAMINFO: 20 bits rate, 3 bits channels, 5 bits depth, 36 bits samples
    n_frames = struct.unpack_from(">Q", raw, 18)[0] & 0xFFFFFFFFF
    return Promise(n_frames=n_frames) if n_frames else Promise(fault=_NO_LENGTH, remedy=_TO_A_FILE)


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
    walked = walk(raw)
    if walked.fault is not None:
        return Promise(fault=walked.fault, remedy="export it again or convert it to WAV")
    # layers I and II know no tag, so every sample that was counted must come
    return Promise(n_frames=None if walked.layer == 3 else walked.n_samples, decodable=walked.decodable)


def _id3_size(raw: bytes) -> int:
    if raw[:3] != b"ID3" or len(raw) < 10:
        return 0
    # four bytes of seven bits each; a flag tells of a footer
    size = (raw[6] & 127) << 21 | (raw[7] & 127) << 14 | (raw[8] & 127) << 7 | (raw[9] & 127)
    return 10 + size + (10 if raw[5] & 0x10 else 0)


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
