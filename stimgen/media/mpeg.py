"""Walk the frames of an MPEG audio file (MP3), so that its length is counted and not guessed.

Without a tag that gives the number of frames a decoder guesses the length from the size of the file and the
bit rate of the first frame. With a variable bit rate the guess is wrong and the sound is cut there. So the
frames are counted here, and a file without such a tag is given one for decoding.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MPEG_1 = 3
_RATES_HZ = {_MPEG_1: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
# kbit/s by the index in the header; index 0 is the free format, in which frames do not say how long they are
_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS = {
    (_MPEG_1, 1): tuple(range(0, 449, 32)),
    (_MPEG_1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (_MPEG_1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): _LOW,
    (2, 3): _LOW,
}
_64_KBITS = {_MPEG_1: 5, 2: 8, 0: 8}
# what may follow the last frame: ID3v1, its extension, APE and Lyrics3 tags
_TAILS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One frame of MPEG audio, from its header.

    Args:
        at: Where it begins, bytes from the start of the file.
        n_bytes: Its length with the header.
        n_samples: Samples per channel in it.
        rate_hz: Sampling rate, Hz.
        version: Two bits: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5.
        layer: 1, 2 or 3.
        is_mono: Whether it has one channel.
    """

    at: int
    n_bytes: int
    n_samples: int
    rate_hz: int
    version: int
    layer: int
    is_mono: bool

    @property
    def end(self) -> int:
        """Where the next frame begins, bytes."""
        return self.at + self.n_bytes

    @property
    def tag_at(self) -> int:
        """Where a tag stands in a layer III frame that carries one: after the side information, bytes."""
        long, short = (32, 17) if self.version == _MPEG_1 else (17, 9)
        return self.at + 4 + (short if self.is_mono else long)

    def goes_with(self, other: "Frame") -> bool:
        """Whether both can be frames of one sound."""
        return (self.rate_hz, self.layer, self.is_mono) == (other.rate_hz, other.layer, other.is_mono)


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What was found on the way through a file.

    Args:
        fault: What is wrong, as a clause that goes after the file's name; None if nothing is.
        n_frames: Frames of sound, a frame that only carries a tag not counted.
        n_samples: Samples per channel in them, the delay of the encoder and decoder included.
        layer: Layer of the first frame.
        decodable: Frames of sound alone, in layer III led by a frame that gives their number.
    """

    fault: str | None = None
    n_frames: int = 0
    n_samples: int = 0
    layer: int = 3
    decodable: bytes = b""


def frame_at(raw: bytes, at: int) -> Frame | None:
    """Read the header of a frame.

    Args:
        raw: Bytes of the file.
        at: Where the frame should begin.

    Returns:
        The frame, None where no possible header stands (the free format included).

    References:
        ISO/IEC 11172-3:1993, section 2.4.1.3; ISO/IEC 13818-3:1998.

    Examples:
        >>> frame_at(bytes.fromhex("fffb9064"), 0).n_bytes
        417
    """
    if len(raw) < at + 4:
        return None
    word = struct.unpack_from(">I", raw, at)[0]
    version, layer, index = word >> 19 & 3, 4 - (word >> 17 & 3), word >> 12 & 15
    if word >> 21 != 0x7FF or version == 1 or layer == 4 or index in (0, 15) or word >> 10 & 3 == 3:
        return None
    rate_hz = _RATES_HZ[version][word >> 10 & 3]
    bits_per_s = 1000 * _KBITS[_MPEG_1 if version == _MPEG_1 else 2, layer][index]
    padding = word >> 9 & 1
    n_samples = 384 if layer == 1 else 576 if layer == 3 and version != _MPEG_1 else 1152
    slot = 4 if layer == 1 else 1
    return Frame(
        at=at,
        n_bytes=(n_samples // 8 // slot * bits_per_s // rate_hz + padding) * slot,
        n_samples=n_samples,
        rate_hz=rate_hz,
        version=version,
        layer=layer,
        is_mono=word >> 6 & 3 == 3,
    )


def walk(raw: bytes) -> Walked:
    """Go from frame to frame through a file and count.

    Args:
        raw: Bytes of the file from the first frame on.

    Returns:
        What was found. A decoder that is given `decodable` leaves out its own delay of 529 samples, and the
        encoder's where the file's own tag tells it.

    References:
        The tag named Xing or Info is no part of a standard; its fields are described at
        http://gabriel.mp3-tech.org/mp3infotag.html.
    """
    frames = list(_frames(raw))
    if not frames:
        return Walked(fault="its frames do not say how long they are")
    fault = _end_fault(raw, frames)
    if fault is not None:
        return Walked(fault=fault)
    first, end = frames[0], frames[-1].end
    n_tagged = _tagged_count(raw, first)
    n_frames = len(frames) - (n_tagged is not None)
    n_samples = n_frames * first.n_samples
    if n_tagged and n_tagged != n_frames:
        return Walked(fault=f"its header promises {n_tagged} frames of sound but {n_frames} are there")
    if n_tagged or first.layer != 3:
        decodable = raw[:end]
    else:
        start = first.end if n_tagged is not None else 0
        decodable = _info_frame(raw[:4], n_frames=n_frames) + raw[start:end]
    return Walked(n_frames=n_frames, n_samples=n_samples, layer=first.layer, decodable=decodable)


def _frames(raw: bytes) -> Iterator[Frame]:
    at = 0
    while (frame := frame_at(raw, at)) is not None:
        yield frame
        at = frame.end


def _end_fault(raw: bytes, frames: list[Frame]) -> str | None:
    stray = next((n for n, frame in enumerate(frames) if not frame.goes_with(frames[0])), None)
    if stray is not None:
        return f"its rate, layer or number of channels changes at frame {stray + 1}"
    rest = raw[frames[-1].end :]
    if frames[-1].end > len(raw):
        return f"its last frame, number {len(frames)}, is cut short"
    if rest.startswith(_TAILS) or not rest.strip(b"\0"):
        return None
    return f"no frame follows frame {len(frames)}, though {len(rest)} bytes are left"


def _tagged_count(raw: bytes, first: Frame) -> int | None:
    """Return how many frames a tag in the first frame promises: 0 if it does not say, None without a tag."""
    if first.layer != 3:
        return None
    tag = raw[first.tag_at : first.tag_at + 12]
    if tag[:4] in (b"Xing", b"Info") and len(tag) == 12:
        flags, n_frames = struct.unpack_from(">II", tag, 4)
        return int(n_frames) if flags & 1 else 0
    # the tag of another encoder, which the decoder does not read, always stands 32 bytes after the header
    return 0 if raw[first.at + 36 : first.at + 40] == b"VBRI" else None


def _info_frame(header: bytes, *, n_frames: int) -> bytes:
    """Make a frame without sound that says how many frames follow, in the kind of the given header."""
    made = bytearray(header)
    version = made[1] >> 3 & 3
    # no checksum; 64 kbit/s hold the tag at every rate; no padding
    made[1] |= 1
    made[2] = _64_KBITS[version] << 4 | made[2] & 0b1100
    frame = frame_at(bytes(made), 0)
    assert frame is not None
    tag = bytes(frame.tag_at - 4) + b"Info" + struct.pack(">II", 1, n_frames)
    return (bytes(made) + tag).ljust(frame.n_bytes, b"\0")
