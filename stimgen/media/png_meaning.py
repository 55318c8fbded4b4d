"""What the numbers of a PNG without a colour profile mean: the curve and the primaries that its chunks name."""

import struct

from stimgen.errors import ReadError
from stimgen.media.png_chunks import PngChunks
from stimgen.media.transfer import TransferName

# sRGB's, in 1/100,000: white, red, green, blue (PNG, section 11.3.3.5)
_SRGB_GAMMA, _LINEAR_GAMMA = 45_455, 100_000
_SRGB_PRIMARIES = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
# programs write 1/2.2 as 45454 to 45500 and primaries to three places
_GAMMA_SLACK, _PRIMARY_SLACK = 100, 200
_SRGB_CODE_POINTS = bytes([1, 13, 0, 1])
_REMEDY = "convert it to sRGB in a picture editor and save it again"


def png_transfer(png: PngChunks, *, label: str) -> TransferName:
    """Return how the values of a PNG become light; one with a profile is left to its profile.

    The first of these that is there decides, as the standard asks: cICP, iCCP, sRGB, gAMA with cHRM. A gAMA of 1/2.2
    is what programs write beside sRGB and means it; a gAMA of 1 means light itself.

    Args:
        png: The parts of the file.
        label: What to call it in errors.

    Raises:
        ReadError: If it is some other curve, or has other primaries.

    References:
        W3C 2025, "Portable Network Graphics (PNG) Specification (third edition)", section 4.3.
    """
    if (code_points := png.others.get(b"cICP")) is not None:
        if code_points != _SRGB_CODE_POINTS:
            raise ReadError(
                f"{label} has colours of another kind than sRGB (cICP {code_points[:4].hex()}); {_REMEDY}"
            )
        return "srgb"
    if b"iCCP" in png.others or b"sRGB" in png.others:
        return "srgb"
    if (primaries := png.others.get(b"cHRM")) is not None and not png.kind.startswith("grey"):
        found = struct.unpack(">8I", primaries) if len(primaries) == 32 else (0,) * 8
        if any(abs(a - b) > _PRIMARY_SLACK for a, b in zip(found, _SRGB_PRIMARIES, strict=True)):
            raise ReadError(f"{label} has other primaries than sRGB (cHRM) and no colour profile; {_REMEDY}")
    if (gamma := png.others.get(b"gAMA")) is None:
        return "srgb"
    found_gamma = struct.unpack(">I", gamma)[0] if len(gamma) == 4 else 0
    if abs(found_gamma - _SRGB_GAMMA) <= _GAMMA_SLACK:
        return "srgb"
    if abs(found_gamma - _LINEAR_GAMMA) <= _GAMMA_SLACK:
        return "linear"
    raise ReadError(
        f"{label} is encoded with an exponent of {found_gamma / 100_000:.3f} (gAMA) and not 0.455; {_REMEDY}"
    )
