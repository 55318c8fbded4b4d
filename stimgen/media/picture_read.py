"""Read a picture: upright, without transparency, in a known colour space, or one clear sentence why not."""

import hashlib
import os
from pathlib import Path

import numpy as np

from stimgen.errors import PictureError, SettingError
from stimgen.media.file_bytes import bytes_of, one_line, printable
from stimgen.media.picture import Picture, PictureFacts
from stimgen.media.picture_background import Background, background_of, over_background
from stimgen.media.picture_decode import DecodedPicture, decode_picture
from stimgen.media.picture_profile import InSrgb, in_srgb
from stimgen.media.png_samples import Samples
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TRANSFERS, TransferName

MAX_BYTES = 256 * 2**20
MIN_SIDE_PX = 8


def read_picture(
    path: str | os.PathLike[str],
    *,
    background: Background | None = None,
    transfer: TransferName | None = None,
) -> Picture:
    """Read a picture.

    The bytes are read once; what is hashed is what is decoded. The EXIF orientation is carried out, so that landmarks
    belong to the upright picture. A picture without a colour profile is taken for sRGB; one with another profile is
    converted to sRGB where that can be done (8 bits, curves and a matrix), and the facts say so.

    Args:
        path: A PNG, JPEG, TIFF, WebP or BMP of one frame, grey, rgb or palette, 1 to 8 bits a channel or 16; each side
            at least 8 px, at most 64 x 2^20 pixels and 256 MiB.
        background: What to put behind transparent parts, see `background_of`; needed only if there are some.
        transfer: How encoded values become light, for a display that is known; None for what the file says, else sRGB.

    Returns:
        The picture with `facts` of its file.

    Raises:
        ReadError: If the file cannot be opened, is damaged, or holds what would come out changed.
        PictureError: If it is transparent and there is no background, too small, or of one colour.
        SettingError: If the path is no path, or a setting is not an option.

    Examples:
        >>> read_picture("missing.png")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.png; check the path
    """
    if not isinstance(path, str | os.PathLike):
        raise SettingError("a picture is read from its path; give a str or pathlib.Path, such as 'a.png'")
    path = Path(path)
    label = one_line(str(path))
    raw = bytes_of(path, label=label, max_bytes=MAX_BYTES, kind="picture", smaller="save it smaller")
    return picture_of(raw, path=path, background=background, transfer=transfer)


def picture_of(
    raw: bytes, *, path: Path, background: Background | None = None, transfer: TransferName | None = None
) -> Picture:
    """Return the picture that the bytes of a file hold, as `read_picture` does.

    Args:
        raw: All bytes of the file.
        path: What to call it; it need not exist.
        background: As for `read_picture`.
        transfer: As for `read_picture`.

    Raises:
        StimgenError: As `read_picture`.
    """
    if transfer is not None and transfer not in TRANSFERS:
        raise SettingError(f"transfer function {transfer!r} is unknown; allowed are {', '.join(TRANSFERS)}")
    behind = None if background is None else background_of(background)
    label = one_line(str(path))
    decoded = decode_picture(raw, label=label)
    _demand_sides(decoded, label=label)
    colour = in_srgb(decoded.samples, decoded.profile, label=label) if decoded.profile else None
    curve = transfer or ("srgb" if colour else decoded.transfer)
    pixels = _unit(colour.samples if colour else decoded.samples)
    is_clear = decoded.alpha is not None and bool((decoded.alpha < np.iinfo(decoded.alpha.dtype).max).any())
    if is_clear and decoded.alpha is not None:
        pixels = over_background(
            pixels, _unit(decoded.alpha), _needed(behind, decoded.alpha, label=label), transfer=curve
        )
    _demand_contents(pixels, label=label)
    return Picture(
        pixels=pixels,
        bit_depth=16 if decoded.bit_depth == 16 else 8,
        transfer=curve,
        name=printable(path.stem),
        path=path,
        facts=_facts(
            raw, decoded, colour, file=printable(path.name), background=behind if is_clear else None
        ),
    )


def _facts(
    raw: bytes,
    decoded: DecodedPicture,
    colour: InSrgb | None,
    *,
    file: str,
    background: tuple[float, ...] | None,
) -> PictureFacts:
    return PictureFacts(
        file=file,
        sha256=hashlib.sha256(raw).hexdigest(),
        n_bytes=len(raw),
        format=decoded.format,
        mode=decoded.mode,
        bit_depth=decoded.bit_depth,
        width_px=decoded.width_px,
        height_px=decoded.height_px,
        orientation=decoded.orientation,
        icc_profile=colour.profile if colour else None,
        icc_converted=colour.converted if colour else False,
        icc_n_clipped=colour.n_clipped if colour else 0,
        background=background,
        raw=raw,
    )


def _unit(samples: Samples) -> FloatArray:
    return np.asarray(samples / np.float64(np.iinfo(samples.dtype).max))


def _needed(
    background: tuple[float, ...] | None,
    alpha: Samples,
    *,
    label: str,
) -> tuple[float, ...]:
    if background is None:
        percent = 100 * np.count_nonzero(alpha < np.iinfo(alpha.dtype).max) / alpha.size
        raise PictureError(
            f"{label} is transparent in {_percent(percent)} % of its pixels; say what stands behind them, such as "
            f"--background 0.5 or --background white"
        )
    return background


def _percent(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _demand_contents(pixels: FloatArray, *, label: str) -> None:
    # most pictures differ in their first rows already
    if bool((pixels[:8] == pixels[0, 0]).all() and (pixels == pixels[0, 0]).all()):
        raise PictureError(
            f"{label} is of one colour all over, so there is nothing to see; give another picture"
        )


def _demand_sides(decoded: DecodedPicture, *, label: str) -> None:
    if min(decoded.width_px, decoded.height_px) < MIN_SIDE_PX:
        raise PictureError(
            f"{label} has {decoded.width_px} x {decoded.height_px} px; at least {MIN_SIDE_PX} a side are needed"
        )
