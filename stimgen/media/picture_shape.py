"""Cut a picture out, bring it to a size, and say what was done; landmarks come along."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError
from stimgen.media.file_bytes import one_line
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_check import n_outside
from stimgen.media.picture import Picture
from stimgen.media.picture_background import Background, background_of
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import light_of, to_encoded

Fit = Literal["none", "stretch", "contain", "cover"]
FITS: tuple[Fit, ...] = get_args(Fit)
Size = int | tuple[int, int]

MIN_SIDE_PX = 8
MAX_SIDE_PX = 32_768
MAX_PIXELS = 64 * 2**20

# one channel, or several, of linear light
Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Crop:
    """A part of a picture, in its pixels.

    Args:
        left_px: Columns to the left of it.
        top_px: Rows above it.
        width_px: Its columns.
        height_px: Its rows.
    """

    left_px: int
    top_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class PictureShape:
    """What to make of a picture: first it is cropped, then resized.

    Args:
        crop: The part to keep; None for all.
        size: (width_px, height_px), or one number for the longer side, which keeps the proportions; None to leave it.
        fit: What gives way where a width and height are not in the picture's proportions. "none": nothing, such a
            picture is refused. "stretch": the proportions. "contain": all of the picture is there, in the middle, with
            background beside it. "cover": all of the size is covered, and what is over is cut off evenly on two sides.
        background: What lies beside the picture for "contain".
    """

    crop: Crop | None = None
    size: Size | None = None
    fit: Fit = "none"
    background: Background | None = None


@dataclass(frozen=True, kw_only=True)
class ShapeFacts:
    """What was done to a picture, in the order in which it was done.

    Args:
        crop_px: Left, top, width and height of the part that was kept, None if all.
        box_px: Left, top, right and bottom edge of what was resized, px of the cropped picture from its outer edge;
            parts of pixels at the edge count as such.
        scale_x: Columns made of one.
        scale_y: Rows made of one; above 1 the picture was enlarged, and has no more detail than before.
        pad_px: Columns and rows of background on the left, top, right and bottom.
        background: That background, encoded; None where there is none.
        width_px: Width that came out.
        height_px: Height that came out.
        filter: "lanczos-in-range" if pixels were resampled, in linear light and within the range of the neighbourhood;
            "lanczos" in sets made before that bound; None if not.
        n_clipped: Values that overshot 0 to 1 by more than half a step of the bit depth and were set to 0 or 1.
        n_points_outside: Landmarks outside of what came out.
    """

    crop_px: tuple[int, int, int, int] | None = None
    box_px: tuple[float, float, float, float]
    scale_x: float = 1.0
    scale_y: float = 1.0
    pad_px: tuple[int, int, int, int] = (0, 0, 0, 0)
    background: tuple[float, ...] | None = None
    width_px: int
    height_px: int
    filter: Literal["lanczos", "lanczos-in-range"] | None = None
    n_clipped: int = 0
    n_points_outside: int = 0

    @property
    def is_enlarged(self) -> bool:
        """Whether a side was made longer than it was."""
        return max(self.scale_x, self.scale_y) > 1.0


@dataclass(frozen=True, kw_only=True)
class ShapedPicture:
    """A picture in its new shape.

    Args:
        picture: With its landmarks, if it had some.
        done: What was done.
    """

    picture: Picture
    done: ShapeFacts = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    box: tuple[float, float, float, float]
    inner: tuple[int, int]
    outer: tuple[int, int]

    @property
    def pad(self) -> tuple[int, int, int, int]:
        wide, high = self.outer[0] - self.inner[0], self.outer[1] - self.inner[1]
        return wide // 2, high // 2, wide - wide // 2, high - high // 2


def crop_of(text: str) -> Crop:
    """Return the crop that "LEFT:TOP:WIDTH:HEIGHT" names, px.

    Raises:
        SettingError: If it is no such text.

    Examples:
        >>> crop_of("10:0:512:640")
        Crop(left_px=10, top_px=0, width_px=512, height_px=640)
    """
    if not re.fullmatch(r"\d{1,6}(:\d{1,6}){3}", text.strip()):
        raise SettingError(
            f"crop {one_line(text)!r} is not LEFT:TOP:WIDTH:HEIGHT in px, such as 10:0:512:640"
        )
    left, top, width, height = map(int, text.strip().split(":"))
    return Crop(left_px=left, top_px=top, width_px=width, height_px=height)


def size_of(text: str) -> Size:
    """Return the size that "WIDTHxHEIGHT" or one number for the longer side names, px.

    Raises:
        SettingError: If it is no such text.

    Examples:
        >>> size_of("512x640"), size_of("512")
        ((512, 640), 512)
    """
    found = re.fullmatch(r"(\d{1,6})(?:[xX\u00d7](\d{1,6}))?", text.strip())
    if found is None:
        raise SettingError(
            f"size {one_line(text)!r} is no size in px, such as 512x640, or 512 for the longer side"
        )
    return int(found[1]) if found[2] is None else (int(found[1]), int(found[2]))


def shape_picture(picture: Picture, shape: PictureShape) -> ShapedPicture:
    """Crop and resize a picture and its landmarks.

    Resizing averages light (Lanczos with three lobes, in linear light, widened where the picture becomes smaller), so
    that fine stripes keep their mean luminance. A picture that has its size already is the same afterwards, bit by bit.

    Args:
        picture: What to shape.
        shape: How.

    Returns:
        The picture, and what was done. A point at x lies at (x + 0.5 - left) * scale - 0.5 + pad afterwards.

    Raises:
        SettingError: If the crop reaches beyond the picture, the size is too small or too large, the proportions
            do not fit and `fit` is "none", or a background is needed and there is none.

    References:
        Duchon 1979, "Lanczos filtering in one and two dimensions", J. Applied Meteorology 18, 1016-1022.
    """
    if shape.fit not in FITS:
        raise SettingError(f"fit {shape.fit!r} is unknown; allowed are {', '.join(FITS)}")
    pixels = picture.pixels if shape.crop is None else _cropped(picture, shape.crop)
    height, width = pixels.shape[:2]
    plan = _plan(width, height, shape, name=picture.name)
    is_resized = plan.inner != (width, height) or plan.box != (0.0, 0.0, width, height)
    n_clipped = 0
    if is_resized:
        pixels, n_clipped = _resized(pixels, plan, picture)
    background = None
    if any(plan.pad):
        background = _needed_background(shape, picture.name)
        pixels = _padded(pixels, plan.pad, background)
    scale_x = plan.inner[0] / (plan.box[2] - plan.box[0])
    scale_y = plan.inner[1] / (plan.box[3] - plan.box[1])
    points = picture.points and _moved(picture.points, shape.crop, plan, scale=(scale_x, scale_y))
    done = ShapeFacts(
        crop_px=_plain(shape.crop),
        box_px=plan.box,
        scale_x=scale_x,
        scale_y=scale_y,
        pad_px=plan.pad,
        background=background,
        width_px=plan.outer[0],
        height_px=plan.outer[1],
        filter="lanczos-in-range" if is_resized else None,
        n_clipped=n_clipped,
        n_points_outside=n_outside(points, width_px=plan.outer[0], height_px=plan.outer[1]) if points else 0,
    )
    return ShapedPicture(picture=replace(picture, pixels=pixels, points=points), done=done)


def _cropped(picture: Picture, crop: Crop) -> FloatArray:
    right, bottom = crop.left_px + crop.width_px, crop.top_px + crop.height_px
    if min(crop.left_px, crop.top_px) < 0 or right > picture.width_px or bottom > picture.height_px:
        raise SettingError(
            f"crop {crop.left_px}:{crop.top_px}:{crop.width_px}:{crop.height_px} reaches beyond {picture.name}, which "
            f"has {picture.width_px} x {picture.height_px} px; give a part of it"
        )
    if min(crop.width_px, crop.height_px) < MIN_SIDE_PX:
        raise SettingError(
            f"crop has {crop.width_px} x {crop.height_px} px; at least {MIN_SIDE_PX} a side are needed"
        )
    return np.ascontiguousarray(picture.pixels[crop.top_px : bottom, crop.left_px : right])


def _plan(width: int, height: int, shape: PictureShape, *, name: str) -> _Plan:
    """Work out which part of the picture becomes which size."""
    whole = (0.0, 0.0, float(width), float(height))
    if shape.size is None:
        return _Plan(box=whole, inner=(width, height), outer=(width, height))
    outer = _size(shape.size, width, height)
    if min(outer) < MIN_SIDE_PX or max(outer) > MAX_SIDE_PX or outer[0] * outer[1] > MAX_PIXELS:
        raise SettingError(
            f"size {outer[0]} x {outer[1]} px is out of range; allowed are {MIN_SIDE_PX} to {MAX_SIDE_PX} px a side "
            f"and {MAX_PIXELS // 2**20} x 2^20 in all"
        )
    if not isinstance(shape.size, tuple) or shape.fit == "stretch" or _agree(width, height, outer):
        return _Plan(box=whole, inner=outer, outer=outer)
    if shape.fit == "contain":
        return _Plan(box=whole, inner=_inner_size(width, height, outer), outer=outer)
    if shape.fit == "cover":
        scale = max(outer[0] / width, outer[1] / height)
        # rounding may make a side that fits a hair too long
        left, top = (
            max(0.0, (old - new / scale) / 2) for old, new in ((width, outer[0]), (height, outer[1]))
        )
        return _Plan(box=(left, top, width - left, height - top), inner=outer, outer=outer)
    raise SettingError(
        f"{name} has {width} x {height} px and other proportions than {outer[0]} x {outer[1]}; choose with --fit "
        f"what gives way: stretch, contain or cover"
    )


def _size(size: Size, width: int, height: int) -> tuple[int, int]:
    if isinstance(size, tuple):
        return size
    scale = size / max(width, height)
    return (size, max(1, round(height * scale))) if width >= height else (max(1, round(width * scale)), size)


def _agree(width: int, height: int, outer: tuple[int, int]) -> bool:
    """Whether one side, brought to its new length, brings the other to its own, to the nearest pixel."""
    return outer[1] == round(height * outer[0] / width) or outer[0] == round(width * outer[1] / height)


def _inner_size(width: int, height: int, outer: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size within `outer` that keeps the proportions to the nearest pixel."""
    scale = min(outer[0] / width, outer[1] / height)
    return min(outer[0], max(1, round(width * scale))), min(outer[1], max(1, round(height * scale)))


def _resized(pixels: FloatArray, plan: _Plan, picture: Picture) -> tuple[FloatArray, int]:
    """Return the resampled values and how many overshot."""
    light = light_of(pixels, picture.bit_depth, picture.transfer).astype(np.float32)
    planes = [_resized_plane(light[:, :, n], plan) for n in range(light.shape[2])]
    encoded = to_encoded(np.stack(planes, axis=-1).astype(np.float64), picture.transfer)
    slack = 0.5 / (2**picture.bit_depth - 1)
    n_clipped = int(np.count_nonzero((encoded < -slack) | (encoded > 1 + slack)))
    return np.clip(encoded, 0.0, 1.0), n_clipped


def _resized_plane(light: Plane, plan: _Plan) -> Plane:
    """Resample one channel; what Lanczos' side lobes add beyond the neighbourhood's range is taken off.

    A hundredth of white is a visible grey beside black, and would draw a second outline around every white line. Where
    the picture is enlarged, the neighbourhood of a new pixel are the old ones on its both sides; where it is made
    smaller, the means of what its neighbours and itself cover.
    """
    from PIL import Image

    height, width = light.shape
    left, top, right, bottom = plan.box
    is_wider, is_higher = plan.inner[0] > right - left, plan.inner[1] > bottom - top
    coarse = (width if is_wider else plan.inner[0], height if is_higher else plan.inner[1])
    (start_x, stop_x), (start_y, stop_y) = (
        (0.0, float(width)) if is_wider else (left, right),
        (0.0, float(height)) if is_higher else (top, bottom),
    )
    picture = Image.fromarray(light)
    means = np.asarray(picture.resize(coarse, Image.Resampling.BOX, box=(start_x, start_y, stop_x, stop_y)))
    sampled = np.asarray(picture.resize(plan.inner, Image.Resampling.LANCZOS, box=plan.box))
    least, most = means, means
    for axis, is_enlarged, part_px in ((0, is_higher, (top, bottom)), (1, is_wider, (left, right))):
        n_new = plan.inner[1 - axis]
        least = _bound(least, np.minimum, axis, is_enlarged, part_px, n_new)
        most = _bound(most, np.maximum, axis, is_enlarged, part_px, n_new)
    return np.asarray(np.clip(sampled, least, most))


def _bound(
    values: Plane, which: np.ufunc, axis: int, is_enlarged: bool, part_px: tuple[float, float], n_new: int
) -> Plane:
    """Return the least or greatest value around every new place along one axis."""
    edged = np.concatenate([values.take([0], axis), values, values.take([-1], axis)], axis)
    n_old = values.shape[axis]
    pairs = which(edged.take(range(n_old + 1), axis), edged.take(range(1, n_old + 2), axis))
    if not is_enlarged:
        return np.asarray(which(pairs.take(range(n_old), axis), pairs.take(range(1, n_old + 1), axis)))
    start_px, stop_px = part_px
    places_px = start_px + (np.arange(n_new) + 0.5) * (stop_px - start_px) / n_new
    return np.asarray(pairs.take(np.floor(places_px + 0.5).astype(np.intp), axis))


def _needed_background(shape: PictureShape, name: str) -> tuple[float, ...]:
    if shape.background is None:
        raise SettingError(
            f"{name} does not fill its new size; say what lies beside it, such as --background 0.5, or choose "
            f"--fit cover"
        )
    return background_of(shape.background)


def _padded(pixels: FloatArray, pad: tuple[int, int, int, int], background: tuple[float, ...]) -> FloatArray:
    left, top, right, bottom = pad
    n_channels = max(pixels.shape[2], len(background))
    out = np.empty((pixels.shape[0] + top + bottom, pixels.shape[1] + left + right, n_channels))
    out[:] = background
    out[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return out


def _moved(points: Landmarks, crop: Crop | None, plan: _Plan, *, scale: tuple[float, float]) -> Landmarks:
    """Carry places along; if nothing was done they stay the very same."""
    origin = np.array([crop.left_px, crop.top_px] if crop else [0, 0], dtype=np.float64)
    if scale == (1.0, 1.0) and plan.box[:2] == (0.0, 0.0):
        # exact, where the sum below would round
        return replace(points, xy=points.xy - origin + plan.pad[:2])
    xy = (points.xy - origin + 0.5 - plan.box[:2]) * scale - 0.5 + plan.pad[:2]
    return replace(points, xy=xy)


def _plain(crop: Crop | None) -> tuple[int, int, int, int] | None:
    return None if crop is None else (crop.left_px, crop.top_px, crop.width_px, crop.height_px)
