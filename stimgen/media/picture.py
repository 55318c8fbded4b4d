"""A picture in memory: pixels as its file encodes them, its landmarks, and what is known of the file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stimgen.media.landmarks import Landmarks
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TransferName, light_of

BitDepth = Literal[8, 16]


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """What a picture's file was when it was read.

    Args:
        file: Name of the file, without its folder; characters that cannot be printed are question marks.
        sha256: Of its bytes, lower-case hexadecimal.
        n_bytes: Size of the file.
        format: As Pillow names it: "PNG", "JPEG", "TIFF", "WEBP", "BMP".
        mode: What the file holds: "grey", "grey+alpha", "rgb", "rgb+alpha" or "palette".
        bit_depth: Bits of a channel in the file.
        width_px: Width as stored, before its rotation.
        height_px: Height as stored.
        orientation: The EXIF orientation that was carried out, 1 to 8; 1 is none.
        icc_profile: What its colour profile calls itself, None where there is none.
        icc_converted: Whether its values were turned into sRGB because its colour profile is another.
        icc_n_clipped: Pixels whose colour sRGB does not hold, and that got the nearest value of each channel then.
        background: The grey or colour, 0 to 1 as encoded, that was put behind its transparent parts; None where there
            are none.
        raw: The bytes of the file, the very ones that were hashed and decoded; None where they were let go.
    """

    file: str
    sha256: str
    n_bytes: int
    format: str
    mode: str
    bit_depth: int
    width_px: int
    height_px: int
    orientation: int = 1
    icc_profile: str | None = None
    icc_converted: bool = False
    icc_n_clipped: int = 0
    background: tuple[float, ...] | None = None
    raw: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture, grey or colour, without transparency.

    Args:
        pixels: Values as the file encodes them, shape (height_px, width_px, n_channels), float64, 0 to 1; one channel
            is grey, three are red, green and blue. Row 0 is the top.
        bit_depth: Bits of a channel that the picture came with, and is written with.
        transfer: How encoded values become light; see `stimgen.media.transfer`.
        name: What to call it in file names and pictures.
        path: The file that it was read from, None for a picture made in memory.
        points: Its landmarks, in its own pixels; None where there are none.
        facts: What that file was, None for a picture made in memory.
    """

    pixels: FloatArray
    bit_depth: BitDepth = 8
    transfer: TransferName = "srgb"
    name: str = "picture"
    path: Path | None = None
    points: Landmarks | None = None
    facts: PictureFacts | None = field(default=None, repr=False)

    @property
    def height_px(self) -> int:
        """Number of rows."""
        return int(self.pixels.shape[0])

    @property
    def width_px(self) -> int:
        """Number of columns."""
        return int(self.pixels.shape[1])

    @property
    def n_channels(self) -> int:
        """1 for grey, 3 for colour."""
        return int(self.pixels.shape[2])

    @property
    def mode(self) -> Literal["grey", "rgb"]:
        """What the channels are."""
        return "grey" if self.n_channels == 1 else "rgb"

    @property
    def light(self) -> FloatArray:
        """The pixels in linear light, shape (height_px, width_px, n_channels), 0 to 1."""
        return light_of(self.pixels, self.bit_depth, self.transfer)
