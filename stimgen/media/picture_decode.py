"""From the bytes of a picture file to its samples as stored, with all their bits, or one sentence why not."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stimgen.errors import ReadError, StimgenError
from stimgen.media.file_bytes import one_line
from stimgen.media.jpeg_whole import with_longer_scans
from stimgen.media.picture_format import PictureFormat, format_of
from stimgen.media.png_chunks import PngChunks, png_chunks
from stimgen.media.png_meaning import png_transfer
from stimgen.media.png_samples import Samples, demand_all_pixels, png_samples
from stimgen.media.quiet import quiet_stderr
from stimgen.media.tiff_deep import deep_samples
from stimgen.media.tiff_tags import demand_plain_tiff
from stimgen.media.transfer import TransferName

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64 * 2**20
MAX_SIDE_PX = 32_768

_ORIENTATION, _N_SAMPLES = 0x0112, 277
_INTEROP, _INTEROP_INDEX = 0xA005, 1
_MODES = {"1": "grey", "L": "grey", "LA": "grey+alpha", "RGB": "rgb", "RGBA": "rgb+alpha", "P": "palette"}
_OTHER_MODES = {
    "CMYK": "CMYK",
    "YCbCr": "YCbCr",
    "LAB": "Lab",
    "F": "floating point",
    "PA": "palette with alpha",
}


@dataclass(frozen=True, kw_only=True)
class DecodedPicture:
    """What a picture file holds.

    Args:
        samples: Upright, shape (height_px, width_px, n_channels), uint8 or uint16; grey or rgb, no alpha.
        alpha: How much of each pixel is there, shape (height_px, width_px), of the type of `samples`; None if the file
            does not say.
        format: Its kind of file.
        mode: "grey", "grey+alpha", "rgb", "rgb+alpha" or "palette".
        bit_depth: Bits of a channel, or of an index of the palette.
        width_px: Width as stored, before the picture was turned upright.
        height_px: Height as stored.
        orientation: The EXIF orientation that was carried out.
        profile: Its ICC profile, None where there is none.
        transfer: How its values become light where there is no profile.
    """

    samples: Samples
    alpha: Samples | None
    format: PictureFormat
    mode: str
    bit_depth: int
    width_px: int
    height_px: int
    orientation: int
    profile: bytes | None = field(default=None, repr=False)
    transfer: TransferName = "srgb"


def decode_picture(raw: bytes, *, label: str) -> DecodedPicture:
    """Decode a PNG, JPEG, TIFF, WebP or BMP.

    The size in the header is checked before anything is unpacked. Of a JPEG with further pictures behind the first
    (previews and gain maps of telephones) the first is taken, as every viewer does.

    Args:
        raw: All bytes of the file.
        label: What to call the file in errors.

    Raises:
        ReadError: If the format is another, the file is damaged, or it holds what would come out changed: several
            frames, CMYK or Lab, floating point, multiplied alpha.
    """
    format_ = format_of(raw, label=label)
    png = png_chunks(raw, label=label) if format_ == "PNG" else None
    if png:
        _demand_size(png.width_px, png.height_px, label=label)
    with _as_sentences(label, format_):
        return _decoded(raw, format_, png, label=label)


def _decoded(raw: bytes, format_: PictureFormat, png: PngChunks | None, *, label: str) -> DecodedPicture:
    from PIL import Image

    image = Image.open(io.BytesIO(raw), formats=[format_])
    tags = dict(image.tag_v2) if format_ == "TIFF" else {}  # type: ignore[attr-defined]
    width_px, height_px = (tags[256], tags[257]) if tags else image.size
    _demand_size(int(width_px), int(height_px), label=label)
    _demand_one_frame(image, label=label)
    bit_depth = demand_plain_tiff(tags, label=label) if tags else png.bit_depth if png else 8
    profile = _profile(image, png, label=label)
    stored = _known_orientation(tags.get(_ORIENTATION, 1))
    is_deep = bit_depth == 16 and tags.get(_N_SAMPLES, 1) > 1
    if not is_deep:
        image.load()
    _demand_whole(image, raw, png, label=label)
    exif = image.getexif()
    if profile is None and _camera_says_adobe(exif):
        raise ReadError(
            f"{label} says in its EXIF block that it is in Adobe RGB, but has no colour profile; convert it to sRGB "
            f"in a picture editor and save it again"
        )
    # Pillow turns TIFFs upright as it loads them, and forgets the tag; of the others the tag is left
    left = _known_orientation(exif.get(_ORIENTATION, 1))
    if is_deep:
        samples, alpha, mode = _deep_planes(deep_samples(raw, tags, label=label))
    else:
        samples, alpha, mode = _planes(image, png, label=label)
    return DecodedPicture(
        samples=upright(samples, left),
        alpha=None if alpha is None else upright(alpha, left),
        format=format_,
        mode=mode,
        bit_depth=1 if image.mode == "1" else bit_depth,
        width_px=int(width_px),
        height_px=int(height_px),
        orientation=left if left != 1 else stored,
        profile=profile,
        transfer=png_transfer(png, label=label) if png else "srgb",
    )


def upright(samples: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Turn and mirror a picture as its EXIF orientation, 1 to 8, asks for.

    References:
        CIPA DC-008-2019 (EXIF 2.32), tag 0x0112.

    Examples:
        >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
        [[3, 1], [4, 2]]
    """
    if orientation in (5, 6, 7, 8):
        samples = np.swapaxes(samples, 0, 1)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    return np.ascontiguousarray(samples)


def _planes(
    image: "Image.Image", png: PngChunks | None, *, label: str
) -> tuple[Samples, Samples | None, str]:
    """Return colours, alpha, and what the file holds."""
    if png and png.kind != "palette":
        return _png_planes(image, png, label=label)
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)[:, :, None], None, "grey"
    mode = _MODES.get(image.mode)
    if mode is None:
        kind = _OTHER_MODES.get(image.mode, f"of the kind {image.mode}")
        raise ReadError(f"{label} is {kind}; convert it to rgb or grey and save it as PNG")
    if mode == "palette":
        return *_of_palette(image, label=label), mode
    samples = np.asarray(image.convert("L") if image.mode == "1" else image)
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    return *_alpha_apart(samples, mode), mode


def _png_planes(image: "Image.Image", png: PngChunks, *, label: str) -> tuple[Samples, Samples | None, str]:
    if png.bit_depth >= 8:
        samples = png_samples(png, label=label) if png.bit_depth == 16 else np.asarray(image)
    else:
        samples = np.asarray(image.convert("L"))
    samples = samples[:, :, None] if samples.ndim == 2 else samples
    clear = png.others.get(b"tRNS")
    if clear is None:
        return *_alpha_apart(samples, png.kind), png.kind
    n_channels = samples.shape[2]
    if png.kind not in ("grey", "rgb") or len(clear) != 2 * n_channels:
        raise ReadError(f"{label} is a damaged PNG: its transparent colour is none; copy or export it again")
    # the colour that means "nothing here" is written with the bits of the file, and 1, 2 and 4 bits were spread to 8
    colour = np.frombuffer(clear, dtype=">u2").astype(int) & (2**png.bit_depth - 1)
    if png.bit_depth < 8:
        colour = colour * 255 // (2**png.bit_depth - 1)
    there = (samples != colour).any(axis=2)
    alpha = there.astype(samples.dtype) * np.iinfo(samples.dtype).max
    return samples, alpha.astype(samples.dtype), f"{png.kind}+alpha"


def _deep_planes(samples: Samples) -> tuple[Samples, Samples | None, str]:
    mode = {3: "rgb", 4: "rgb+alpha"}[samples.shape[2]]
    return *_alpha_apart(samples, mode), mode


def _alpha_apart(samples: Samples, mode: str) -> tuple[Samples, Samples | None]:
    if mode.endswith("+alpha"):
        return samples[:, :, :-1], samples[:, :, -1]
    return samples, None


def _of_palette(image: "Image.Image", *, label: str) -> tuple[Samples, Samples | None]:
    """Look the colours up; a palette of greys gives a grey picture."""
    indices = np.asarray(image)
    palette = np.array(image.getpalette("RGB") or [], dtype=np.uint8).reshape(-1, 3)
    if indices.max(initial=0) >= len(palette):
        raise ReadError(f"{label} uses colours that its palette does not have; save it again as rgb")
    is_grey = bool((palette == palette[:, :1]).all())
    samples = (palette[:, :1] if is_grey else palette)[indices]
    clear = image.info.get("transparency")
    if clear is None:
        return samples, None
    there = np.full(max(256, len(palette)), 255, dtype=np.uint8)
    if isinstance(clear, bytes):
        there[: len(clear)] = np.frombuffer(clear[: len(there)], dtype=np.uint8)
    else:
        there[int(clear)] = 0
    return samples, there[indices]


def _profile(image: "Image.Image", png: PngChunks | None, *, label: str) -> bytes | None:
    profile = image.info.get("icc_profile")
    # Pillow passes over a profile that it cannot put together
    named = png is not None and b"iCCP" in png.others
    named = named or any(content.startswith(b"ICC_PROFILE\0") for _, content in getattr(image, "applist", ()))
    if named and not profile:
        raise ReadError(
            f"{label} has a damaged colour profile; convert it to sRGB in a picture editor and save it again"
        )
    return profile or None


def _demand_whole(image: "Image.Image", raw: bytes, png: PngChunks | None, *, label: str) -> None:
    """Refuse what Pillow completes in silence: a PNG or JPEG with fewer pixels than its header says."""
    from PIL import Image

    if png and png.bit_depth < 16:  # those of 16 bits are unpacked here anyhow
        demand_all_pixels(png, label=label)
    if image.format in ("JPEG", "MPO"):
        again = Image.open(io.BytesIO(with_longer_scans(raw)), formats=["JPEG"])
        if not np.array_equal(np.asarray(image), np.asarray(again)):
            raise ReadError(
                f"{label} is a damaged JPEG: it ends before its last rows; copy or export it again"
            )


def _camera_says_adobe(exif: "Image.Exif") -> bool:
    """Whether a camera names Adobe RGB in the way of DCF: R03 where sRGB would be R98."""
    try:
        return "R03" in str(exif.get_ifd(_INTEROP).get(_INTEROP_INDEX))
    except KeyError:
        # some versions of Pillow say in this way that there is no such block
        return False


def _known_orientation(value: object) -> int:
    """Return 1 to 8; other numbers mean that the camera did not know, which is taken for upright."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _demand_size(width_px: int, height_px: int, *, label: str) -> None:
    if width_px < 1 or height_px < 1:
        raise ReadError(f"{label} says that it is {width_px} x {height_px} px; copy or export it again")
    if max(width_px, height_px) > MAX_SIDE_PX or width_px * height_px > MAX_PIXELS:
        raise ReadError(
            f"{label} says that it has {width_px} x {height_px} px; allowed are {MAX_SIDE_PX} a side and "
            f"{MAX_PIXELS // 2**20} x 2^20 in all; make it smaller"
        )


def _demand_one_frame(image: "Image.Image", *, label: str) -> None:
    n_frames = int(getattr(image, "n_frames", 1))
    if n_frames > 1 and image.format != "MPO":
        raise ReadError(
            f"{label} holds {n_frames} frames or pages, and one picture is wanted; save one of them as PNG"
        )


@contextmanager
def _as_sentences(label: str, format_: PictureFormat) -> Iterator[None]:
    """Turn whatever Pillow raises, prints or warns of into one error."""
    from PIL import Image

    with warnings.catch_warnings(), quiet_stderr():
        warnings.simplefilter("ignore")
        try:
            yield
        except StimgenError:
            raise
        except Image.DecompressionBombError as error:
            raise ReadError(
                f"{label} says that it has more than {MAX_PIXELS // 2**20} x 2^20 px; make it smaller"
            ) from error
        except MemoryError as error:
            raise ReadError(
                f"{label} is too large for the memory of this computer; make it smaller"
            ) from error
        except Exception as error:
            reason = one_line(str(error)) or type(error).__name__
            # its name for bytes in memory, which tells the user nothing
            reason = re.sub(r" ?<_io\.BytesIO object at \w+>", "", reason)
            raise ReadError(
                f"{label} is a damaged {format_}, or of a kind that is not read ({reason}); export it again as PNG"
            ) from error
