"""Colour profiles: what a picture's numbers mean, honoured by turning them into sRGB, or refused."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stimgen.errors import ReadError
from stimgen.media.file_bytes import one_line
from stimgen.media.png_samples import Samples

if TYPE_CHECKING:
    from PIL import ImageCms

_REMEDY = "convert it to sRGB in a picture editor and save it again"
_MAX_PROFILE_BYTES = 4 * 2**20
# cmsFLAGS_HIGHRESPRECALC: as fine as the engine computes; Pillow before 10.3 has no name for it
_FINE = 0x0400
# how far a colour may come back from sRGB and still have been inside it: rounding to 8 bits, twice, in the darks
_ROUNDING_LEVELS = 3


@dataclass(frozen=True, kw_only=True)
class InSrgb:
    """A picture whose numbers mean sRGB.

    Args:
        samples: Shape (height_px, width_px, 1 or 3); the very ones that came in unless converted.
        profile: What the profile calls itself.
        converted: Whether the samples are others now.
        n_clipped: Pixels whose colour sRGB does not hold, which took the nearest one of each channel.
    """

    samples: Samples
    profile: str
    converted: bool
    n_clipped: int


def in_srgb(samples: Samples, profile: bytes, *, label: str) -> InSrgb:
    """Give samples the meaning of sRGB, given the profile that says what they mean now.

    A profile that leaves every one of 5,000 colours within one level of where it was is sRGB, whatever it is called,
    and changes nothing. Others of the kinds that a curve and a matrix describe (Adobe RGB, Display P3, a grey with a
    gamma) are carried out, relative to white; tables, as scanners and printers have, are refused, and so is a picture
    of 16 bits, since the colour engine rounds to 8.

    Args:
        samples: Shape (height_px, width_px, 1 or 3), uint8 or uint16.
        profile: An ICC profile.
        label: What to call the picture in errors.

    Raises:
        ReadError: If the profile is broken, is for other colours than the picture has, or cannot be honoured.

    References:
        ICC.1:2022, "Image technology colour management", section 8.3; the engine is Little CMS.
    """
    from PIL import ImageCms

    try:
        if len(profile) > _MAX_PROFILE_BYTES:
            raise ReadError(f"{label} has a colour profile of {len(profile) / 2**20:.0f} MiB; {_REMEDY}")
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = one_line(ImageCms.getProfileDescription(found).strip()) or "without a name"
        _demand_kind(found.profile, name, is_grey=samples.shape[2] == 1, label=label)
        there = _transform(
            found, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")), grey_in=_is_grey(found.profile)
        )
        probe = _probe(is_grey=samples.shape[2] == 1)
        if np.abs(_carried(there, probe).astype(int) - probe).max() <= 1:
            return InSrgb(samples=samples, profile=name, converted=False, n_clipped=0)
        if samples.dtype != np.uint8:
            raise ReadError(
                f"{label} has 16 bits and the colour profile {name!r}, which is honoured at 8 bits only; {_REMEDY}"
            )
        return _converted(samples, found, there, name)
    except ReadError:
        raise
    except Exception as error:
        raise ReadError(
            f"{label} has a damaged colour profile ({one_line(str(error))}); {_REMEDY}"
        ) from error


def _converted(
    samples: Samples, found: "ImageCms.ImageCmsProfile", there: "ImageCms.ImageCmsTransform", name: str
) -> InSrgb:
    from PIL import ImageCms

    in_place = _carried(there, samples)
    n_clipped = 0
    # all greys are within sRGB
    if samples.shape[2] == 3:
        back = _transform(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")), found, grey_in=False)
        moved = np.abs(_carried(back, in_place).astype(np.int16) - samples).max(axis=2) > _ROUNDING_LEVELS
        # only a channel at its end can have been clipped
        n_clipped = int(np.count_nonzero(moved & ((in_place == 0) | (in_place == 255)).any(axis=2)))
    return InSrgb(samples=in_place, profile=name, converted=True, n_clipped=n_clipped)


def _demand_kind(profile: Any, name: str, *, is_grey: bool, label: str) -> None:
    space = profile.xcolor_space.strip()
    if space not in ("RGB", "GRAY") or (space == "GRAY" and not is_grey):
        own = "grey" if is_grey else "rgb"
        raise ReadError(
            f"{label} is {own} and has the colour profile {name!r} for {one_line(space)}; {_REMEDY}"
        )
    if not profile.is_matrix_shaper:
        raise ReadError(
            f"{label} has the colour profile {name!r}, which is a table and not curves and a matrix; {_REMEDY}"
        )


def _is_grey(profile: Any) -> bool:
    return bool(profile.xcolor_space.strip() == "GRAY")


def _transform(
    source: "ImageCms.ImageCmsProfile",
    target: "ImageCms.ImageCmsProfile",
    *,
    grey_in: bool,
) -> "ImageCms.ImageCmsTransform":
    from PIL import ImageCms

    return ImageCms.buildTransform(
        source,
        target,
        "L" if grey_in else "RGB",
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=_FINE,  # type: ignore[arg-type]
    )


def _probe(*, is_grey: bool) -> npt.NDArray[np.uint8]:
    """Return all greys and, for colour, a grid of 17 x 17 x 17 colours, as a picture of one row."""
    ramp = np.arange(256, dtype=np.uint8)
    if is_grey:
        return ramp[None, :, None]
    level = np.linspace(0, 255, 17).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(level, level, level), axis=-1).reshape(-1, 3)
    return np.concatenate([np.repeat(ramp[:, None], 3, axis=1), grid])[None]


def _carried(transform: "ImageCms.ImageCmsTransform", samples: Samples) -> npt.NDArray[np.uint8]:
    """Send samples through a transform; grey ones come back grey."""
    from PIL import Image

    is_grey = samples.shape[2] == 1
    if transform.input_mode == "L":
        picture = Image.fromarray(np.ascontiguousarray(samples[:, :, 0]))
    else:
        picture = Image.fromarray(np.ascontiguousarray(np.repeat(samples, 3, axis=2) if is_grey else samples))
    carried = np.asarray(transform.apply(picture))
    # a grey stays grey: relative to white, equal parts of red, green and blue do
    return carried[:, :, 1:2].copy() if is_grey else carried.copy()
