"""Which kind of picture file some bytes are, from the bytes and not from a name."""

from typing import Literal

from stimgen.errors import ReadError

PictureFormat = Literal["PNG", "JPEG", "TIFF", "WEBP", "BMP"]

_EXPORT = "export the picture as PNG"
# what other files begin with, so that they can be called by their names
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\x00\x00\x00\x0cJXL", "a JPEG XL"),
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "a PostScript file"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"\x76\x2f\x31\x01", "an OpenEXR file"),
    (b"DDS ", "a DirectDraw surface"),
    (b"II+\x00", "a BigTIFF"),
    (b"MM\x00+", "a BigTIFF"),
    (b"P5", "a PGM"),
    (b"P6", "a PPM"),
    (b"RIFF", "a sound or film (RIFF)"),
    (b"fLaC", "a sound (FLAC)"),
    (b"PK\x03\x04", "an archive or document (ZIP)"),
)
_BOXES = {b"avif": "an AVIF", b"avis": "an AVIF", b"heic": "a HEIC", b"heix": "a HEIC", b"mif1": "a HEIF"}


def format_of(raw: bytes, *, label: str) -> PictureFormat:
    """Return the format of a picture file.

    Args:
        raw: All bytes of the file, or its first 16.
        label: What to call the file in errors.

    Raises:
        ReadError: If it is none of the formats that are read.

    Examples:
        >>> format_of(b"BM" + bytes(14), label="a.png")
        'BMP'
        >>> format_of(b"GIF89a" + bytes(10), label="a.png")
        Traceback (most recent call last):
        stimgen.errors.ReadError: a.png is a GIF, and PNG, JPEG, TIFF, WebP and BMP are read; export the picture as PNG
    """
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith((b"II*\x00", b"MM\x00*")):
        return "TIFF"
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return "WEBP"
    if raw.startswith(b"BM"):
        return "BMP"
    raise ReadError(f"{label} is {_called(raw)}, and PNG, JPEG, TIFF, WebP and BMP are read; {_EXPORT}")


def _called(raw: bytes) -> str:
    if raw[4:8] == b"ftyp":
        return _BOXES.get(raw[8:12], "a film or a picture of a telephone (MP4, HEIF)")
    if b"<svg" in raw[:1000].lower():
        return "an SVG drawing"
    return next((name for start, name in _OTHERS if raw.startswith(start)), "no picture that is known here")
