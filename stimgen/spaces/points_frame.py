"""The part of the plane that aligned pictures share, and what lies beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from stimgen.errors import PictureError
from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.spaces.points_align import Align, Similarity, align_shapes

Outside: TypeAlias = Literal["crop", "edge"]
OUTSIDES: tuple[Outside, ...] = get_args(Outside)

_LEAST_SHARE = 0.25
_FAR_OUTSIDE = 0.25
_ON_ONE_LINE = 1e-4


@dataclass(frozen=True, kw_only=True)
class AlignedFrame:
    """Where several pictures lie in the picture that they make together.

    Args:
        similarities: Of each picture: from its own pixels to those of the common picture.
        shapes: Landmarks of each in the common picture, shape (n_points, 2), px.
        width_px: Columns of the common picture.
        height_px: Rows of it.
        outside_share: Of each picture: which share of the common picture lies beside it and repeats its edge.
    """

    similarities: tuple[Similarity, ...]
    shapes: tuple[FloatArray, ...]
    width_px: int
    height_px: int
    outside_share: tuple[float, ...]

    def facts(self) -> dict[str, Any]:
        """Return the alignment as plain JSON values."""
        return {
            "width_px": self.width_px,
            "height_px": self.height_px,
            "similarities": [
                {
                    "scale": one.scale,
                    "angle_deg": float(np.degrees(one.angle_rad)),
                    "shift_x_px": one.shift_x_px,
                    "shift_y_px": one.shift_y_px,
                }
                for one in self.similarities
            ],
            "outside_share": list(self.outside_share),
        }


def check_landmarks(picture: Picture) -> Landmarks:
    """Return the landmarks of a picture that can serve.

    Raises:
        PictureError: If there are none, fewer than 3, some that are not finite or far outside, or all lie on one line.
    """
    points = picture.points
    if points is None:
        raise PictureError(
            f"{picture.name} has no landmarks, which the space 'points' needs; put a landmark file beside the picture, "
            f"give --points A B, or choose --space transport-2d or --space crossfade"
        )
    xy = points.xy
    if xy.shape[0] < 3 or not np.all(np.isfinite(xy)):
        raise PictureError(
            f"{picture.name} has {np.isfinite(xy).all(axis=1).sum()} usable landmarks of {xy.shape[0]}; "
            f"the space 'points' needs 3 or more, all finite; correct its landmark file"
        )
    size = np.array([picture.width_px, picture.height_px])
    beyond = np.maximum(-xy, xy - (size - 1.0)).max(axis=1) / size.max()
    if beyond.max() > _FAR_OUTSIDE:
        worst = int(beyond.argmax())
        raise PictureError(
            f"point {worst} of {picture.name} lies at ({xy[worst, 0]:g}, {xy[worst, 1]:g}), far outside its "
            f"{size[0]} x {size[1]} pixels; give the landmarks of this picture, as it is in its file, "
            f"and if they are, a --crop that holds them"
        )
    spread = np.linalg.svd(xy - xy.mean(axis=0), compute_uv=False)
    if spread[1] <= _ON_ONE_LINE * max(float(spread[0]), 1.0):
        raise PictureError(
            f"all {xy.shape[0]} landmarks of {picture.name} lie on one line; give at least one beside it"
        )
    return points


def align_pictures(
    landmarks: Sequence[Landmarks], *, width_px: int, height_px: int, align: Align, outside: Outside
) -> AlignedFrame:
    """Bring pictures of one size together by their landmarks.

    Args:
        landmarks: Of each picture.
        width_px: Columns of every picture.
        height_px: Rows of every picture.
        align: See `stimgen.spaces.points_align.align_shapes`.
        outside: "crop" keeps the largest upright rectangle, in terms of the sum of its sides, that all pictures cover;
            "edge" keeps the size of the pictures and repeats the edge pixels of those that do not reach so far.

    Raises:
        PictureError: If cropping leaves less than half of a side.
    """
    similarities = align_shapes(landmarks, align)
    if outside == "crop":
        left, top, right, bottom = _shared_rectangle(similarities, width_px, height_px)
        width, height = right - left + 1, bottom - top + 1
        if width * height < _LEAST_SHARE * width_px * height_px:
            raise PictureError(
                f"the aligned pictures share only {max(width, 0)} x {max(height, 0)} of {width_px} x {height_px} "
                f"pixels; crop them alike beforehand, or choose outside='edge' or align='none'"
            )
        similarities = tuple(one.moved(-left, -top) for one in similarities)
        width_px, height_px, sizes = width, height, (width_px, height_px)
    else:
        sizes = (width_px, height_px)
    return AlignedFrame(
        similarities=similarities,
        shapes=tuple(one.apply(mark.xy) for one, mark in zip(similarities, landmarks, strict=True)),
        width_px=width_px,
        height_px=height_px,
        outside_share=tuple(_outside_share(one, (width_px, height_px), sizes) for one in similarities),
    )


def moved_landmarks(like: Landmarks, xy: FloatArray) -> Landmarks:
    """Return landmarks at other places, with the names and lines of given ones and without their file."""
    return replace(like, xy=xy, path=None, sha256=None, raw=None)


def _shared_rectangle(
    similarities: Sequence[Similarity], width_px: int, height_px: int
) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom, whole px, of the rectangle that all pictures cover."""
    from scipy.optimize import linprog

    rows, bounds = [], []
    for one in similarities:
        # A place u of the common picture comes from G (u - s); its four corners must lie within the picture.
        inverse = np.stack(
            [one.undo(np.eye(2)[k : k + 1])[0] - one.undo(np.zeros((1, 2)))[0] for k in (0, 1)], 1
        )
        origin = one.undo(np.zeros((1, 2)))[0]
        for axis, most in ((0, width_px - 1.0), (1, height_px - 1.0)):
            of_x, of_y = inverse[axis]
            for sign, limit in ((1.0, most - origin[axis]), (-1.0, origin[axis])):
                x, y = sign * of_x, sign * of_y
                rows.append([min(x, 0.0), min(y, 0.0), max(x, 0.0), max(y, 0.0)])
                bounds.append(limit)
    share = [1.0 / width_px, 1.0 / height_px, -1.0 / width_px, -1.0 / height_px]
    found = linprog(share, A_ub=rows, b_ub=bounds, bounds=[(None, None)] * 4, method="highs")
    if not found.success:
        return 0, 0, -1, -1
    left, top = np.ceil(found.x[:2] - 1e-6).astype(int)
    right, bottom = np.floor(found.x[2:] + 1e-6).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _outside_share(one: Similarity, size: tuple[int, int], of: tuple[int, int]) -> float:
    """Return the share of a common picture that lies more than rounding beside one of its pictures."""
    if one == Similarity():
        return 0.0
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    source = one.undo(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64))
    beside = np.maximum(-source, source - (np.array(of) - 1.0)).max(axis=1) > 1e-3
    return float(beside.mean())
