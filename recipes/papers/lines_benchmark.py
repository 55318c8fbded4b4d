"""The lines benchmark: does an autoencoder turn one line into another by rotating it?

The data are radii of a circle, one degree of freedom, so the right way between two of them is known. A model
interpolates between pairs of lines; two numbers say how it went. *Mean distance* says whether the pictures in between
are lines at all, *smoothness* whether they turn by even steps. Lines and both numbers follow the released benchmark,
oddities included, so that values stand beside published ones. Three of its habits flatter a model, and `LineScores`
says what they hide:

- a pair of which every picture has the same nearest line has no smoothness, and the release counts it as 0, the best
  value;
- the background is -1, not 0, so that even a blank picture is only 0.031 from a line;
- the long way round scores as well as the short one.

What known paths score (256 pairs of 16 pictures, median of 24 draws of the pairs):

| path | mean distance | smoothness (range of the draws) |
|---|---|---|
| rotation, the short way | 1.7e-7 | 0.0009 (0.0003 to 0.0021) |
| rotation, the long way round | 1.7e-7 | 0.0001 |
| rotation, Gaussian noise of 0.05 on every pixel | 1.27e-3 | 0.004 (0.001 to 0.009) |
| cross-fade of the two pictures | 6.2e-3 | 0.88 (0.86 to 0.91) |
| the first line eight times, then the second | 1.7e-7 | 0.933 |
| a blank picture sixteen times | 0.031 | undefined |

The smoothness of the short way is what 10,000 reference lines leave: a pair of lines that are close to each other turns
by few of their steps, and one such pair outweighs many others.

References:
    Berthelot, Raffel, Roy & Goodfellow 2018, arXiv:1807.07543, section 3 and appendix A.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from stimgen.errors import SettingError, ShapeError

FloatArray = NDArray[np.float32]
Encode = Callable[[FloatArray], NDArray[np.floating]]
Decode = Callable[[FloatArray], NDArray[np.floating]]

SIZE_PX = 32
LINE_WIDTH_PX = 2.0
N_REFERENCE = 10_000
MIN_TURN_RAD = 1e-4
# what a pair costs that has no smoothness: the distance of a blank picture, the smoothness of an abrupt switch
FAILED_DISTANCE = 0.031
FAILED_SMOOTHNESS = 0.933

_N_DRAWN_AT_ONCE = 1_000
_N_COMPARED_AT_ONCE = 512
# float32 cosines are off by less than this; lines that are nearer to the best one are compared again in float64
_FLOAT32_DOUBT = 1e-6


def draw_line(angle_rad: float, *, size_px: int = SIZE_PX) -> FloatArray:
    """Draw one line from the centre of a square picture.

    Args:
        angle_rad: Direction of the line in radians, counter-clockwise from the right.
        size_px: Edge of the picture in pixels; the line is `size_px / 2 - 1` long.

    Returns:
        Picture, shape (size_px, size_px), background -1, line 1.

    Examples:
        >>> line = draw_line(0.0)
        >>> line.shape, float(line.min()), float(line.max())
        ((32, 32), -1.0, 1.0)
        >>> float((line + 1).sum() / 2)  # 15 px long, 2 px wide
        30.0
    """
    line: FloatArray = draw_lines([angle_rad], size_px=size_px)[0]
    return line


def draw_lines(angles_rad: ArrayLike, *, size_px: int = SIZE_PX) -> FloatArray:
    """Draw one line for every angle, 2 px wide and anti-aliased.

    The line is cut into one slice for every pixel of the axis along which it is longer. A slice is 2 px wide across
    that axis, whatever the slope, so a line has 21.2 to 30.0 px of ink depending on its angle. As in the release, a
    slice sits where the line is half a pixel before it, and ink that ends within a pixel is cut off there only at the
    low end of the axis: at the high end the last slice is whole.

    Args:
        angles_rad: Directions in radians, counter-clockwise from the right, shape (n,).
        size_px: Edge of the pictures in pixels.

    Returns:
        Pictures, shape (n, size_px, size_px), background -1, line 1.

    Raises:
        ShapeError: If the angles are not one row.
        SettingError: If an angle is not finite or `size_px` is under 4.
    """
    angles = np.asarray(angles_rad, dtype=np.float64)
    if angles.ndim != 1:
        raise ShapeError(f"angles have shape {angles.shape}; give one row of them, shape (n,)")
    if n_bad := int(np.count_nonzero(~np.isfinite(angles))):
        raise SettingError(f"{n_bad} of {len(angles)} angles are nan or infinite; give radians")
    if size_px < 4:
        raise SettingError(f"size_px is {size_px}; a line needs 4 or more, and the benchmark has {SIZE_PX}")
    pictures = np.empty((len(angles), size_px, size_px), dtype=np.float32)
    for start in range(0, len(angles), _N_DRAWN_AT_ONCE):
        block = slice(start, start + _N_DRAWN_AT_ONCE)
        pictures[block] = 2.0 * _ink(angles[block], size_px=size_px) - 1.0
    return pictures


def _ink(angles_rad: NDArray[np.float64], *, size_px: int) -> NDArray[np.float64]:
    """Share of every pixel that a line covers: shape (n, size_px, size_px), 0 to 1."""
    centre_px = size_px / 2
    length_px = centre_px - 1
    tip_x = centre_px + length_px * np.cos(-angles_rad)
    tip_y = centre_px + length_px * np.sin(-angles_rad)
    lies_flat = np.abs(tip_x - centre_px) > np.abs(tip_y - centre_px)
    tip_along = np.where(lies_flat, tip_x, tip_y)[:, None]
    tip_across = np.where(lies_flat, tip_y, tip_x)[:, None]

    slope = (tip_across - centre_px) / (tip_along - centre_px)
    points_low = tip_along < centre_px
    low_along = np.where(points_low, tip_along, centre_px)
    high_along = np.where(points_low, centre_px, tip_along)
    low_across = np.where(points_low, tip_across, centre_px)

    pixel = np.arange(size_px)
    share_along = np.clip(pixel + 1 - low_along, 0.0, 1.0) * (pixel < high_along)
    edge = (low_across + (pixel - low_along - 0.5) * slope - LINE_WIDTH_PX / 2)[:, :, None]
    share_across = np.clip(np.minimum(pixel + 1, edge + LINE_WIDTH_PX) - np.maximum(pixel, edge), 0.0, 1.0)
    ink = share_along[:, :, None] * share_across
    rows_first: NDArray[np.float64] = np.where(lies_flat[:, None, None], ink.swapaxes(1, 2), ink)
    return rows_first


def random_lines(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw `n` lines of even random directions: shape (n, 32, 32), background -1, line 1."""
    return draw_lines(rng.uniform(0.0, 2 * np.pi, n))


@dataclass(frozen=True, kw_only=True)
class LineScores:
    """How well interpolations between lines rotate one line into the other.

    The first two numbers follow the release and stand beside published ones; the two that end in `_scored` count a pair
    without a smoothness as a failure, so that a model cannot win by answering every code with the same picture.

    Args:
        mean_distance: Cosine distance of a picture to its nearest line, mean over all pictures; nan if one has none.
        smoothness: Largest turn of a step as a share of the whole turn, less the share of an even step; mean over all
            pairs, undefined ones counted as 0; 0 is best, and an abrupt switch between 16 pictures has 0.933.
        n_undefined: Pairs without a smoothness: the whole turn is under 1e-4 rad or a picture has no distance.
        n_pairs: All pairs.
        distance_scored: Mean distance, pairs without a smoothness counted as 0.031, a blank picture's distance.
        smoothness_scored: Smoothness, pairs without one counted as 0.933, an abrupt switch.
        share_long_way: Of the pairs that have a smoothness, those that turn by more than half a circle; nan if no
            pair has.
    """

    mean_distance: float
    smoothness: float
    n_undefined: int
    n_pairs: int
    distance_scored: float
    smoothness_scored: float
    share_long_way: float

    @classmethod
    def of(cls, interpolations: ArrayLike) -> Self:
        """Score interpolations.

        Args:
            interpolations: Pictures, background -1 and line 1, shape (n_pairs, n_steps, 32, 32); the release
                has 16 steps.

        Returns:
            The scores.

        Raises:
            ShapeError: If the shape is another, or there is no pair or only one step.
        """
        pictures = _pictures_of_pairs(interpolations)
        n_pairs, n_steps = pictures.shape[:2]
        nearest = _nearest_lines(pictures.reshape(n_pairs * n_steps, -1))
        distances = nearest.distances.reshape(n_pairs, n_steps)
        turns = np.diff(np.unwrap(nearest.angles_rad.reshape(n_pairs, n_steps)))
        whole_turns = np.abs(turns.sum(axis=1))
        defined = np.isfinite(distances).all(axis=1) & (whole_turns >= MIN_TURN_RAD)
        smooth = np.abs(turns[defined]).max(axis=1) / whole_turns[defined] - 1 / (n_steps - 1)
        n_undefined = int(n_pairs - defined.sum())
        return cls(
            mean_distance=float(distances.mean()),
            smoothness=float(smooth.sum() / n_pairs),
            n_undefined=n_undefined,
            n_pairs=n_pairs,
            distance_scored=float(
                (distances[defined].mean(axis=1).sum() + n_undefined * FAILED_DISTANCE) / n_pairs
            ),
            smoothness_scored=float((smooth.sum() + n_undefined * FAILED_SMOOTHNESS) / n_pairs),
            share_long_way=float((whole_turns[defined] > np.pi).mean()) if defined.any() else float("nan"),
        )


def score_model(
    encode: Encode, decode: Decode, *, rng: np.random.Generator, n_pairs: int = 256, n_steps: int = 16
) -> LineScores:
    """Score the pictures that a model puts between random pairs of lines.

    Args:
        encode: Maps pictures (n, 1, 32, 32), -1 to 1, float32, to codes (n, n_latent).
        decode: Maps codes (n, n_latent), float32, back to pictures (n, 1, 32, 32).
        rng: Draws the lines.
        n_pairs: Pairs of lines.
        n_steps: Pictures of a pair, both ends with them.

    Returns:
        The scores of interpolations along straight lines between codes, by even steps.

    Raises:
        ShapeError: If `encode` or `decode` answers in another shape.
    """
    return LineScores.of(interpolate(encode, decode, rng=rng, n_pairs=n_pairs, n_steps=n_steps))


def interpolate(
    encode: Encode, decode: Decode, *, rng: np.random.Generator, n_pairs: int = 256, n_steps: int = 16
) -> FloatArray:
    """Give the pictures that `score_model` scores, for a sheet of them: shape (n_pairs, n_steps, 32, 32)."""
    codes = _codes(encode, random_lines(rng, 2 * n_pairs))
    first, second = codes[:n_pairs], codes[n_pairs:]
    steps = [
        _decoded(decode, (1 - share) * first + share * second)
        for share in np.linspace(0, 1, n_steps, dtype=np.float32)
    ]
    return np.stack(steps, axis=1)


def reconstruction_mse(encode: Encode, decode: Decode, lines: FloatArray) -> float:
    """Give the mean squared error of a pixel after encoding and decoding.

    Args:
        encode: As for `score_model`.
        decode: As for `score_model`.
        lines: Pictures, shape (n, 32, 32), -1 to 1.

    Returns:
        Mean over pictures and pixels, in squared units of -1 to 1; a blank picture for every line has about 0.09.

    Raises:
        ShapeError: If `encode` or `decode` answers in another shape.
    """
    pictures = np.asarray(lines, dtype=np.float32)
    return float(np.mean((_decoded(decode, _codes(encode, pictures)) - pictures) ** 2, dtype=np.float64))


def sheet(interpolations: ArrayLike, path: str | Path) -> None:
    """Write the first 8 interpolations as a PNG, one pair in a row, first line on the left.

    Values beyond -1 and 1 are shown as black and white, values that are not finite as black.

    Args:
        interpolations: Pictures, shape (n_pairs, n_steps, 32, 32), background -1 and line 1.
        path: File to write.

    Raises:
        ShapeError: If the shape is another.
    """
    gap_px = 2
    pictures = np.nan_to_num(_pictures_of_pairs(interpolations)[:8], nan=-1.0, posinf=-1.0, neginf=-1.0)
    grey = np.rint((np.clip(pictures, -1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)
    framed = np.pad(grey, ((0, 0), (0, 0), (gap_px, 0), (gap_px, 0)), constant_values=96)
    n_rows, n_columns, height_px, width_px = framed.shape
    tiled = framed.swapaxes(1, 2).reshape(n_rows * height_px, n_columns * width_px)
    Image.fromarray(np.pad(tiled, ((0, gap_px), (0, gap_px)), constant_values=96)).save(path, format="PNG")


@dataclass(frozen=True, kw_only=True)
class _Nearest:
    """Angle in radians of the nearest line and cosine distance to it, both of shape (n,); nan where there is none."""

    angles_rad: NDArray[np.float64]
    distances: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Reference:
    """Lines of 10,000 even directions, without 2 pi, which is 0 again.

    `ink` are the lines plus 1, shape (10000, 1024), so the background is 0; `lengths` are Euclidean, of the lines
    themselves, shape (10000,).
    """

    angles_rad: NDArray[np.float64]
    ink: FloatArray
    lengths: NDArray[np.float64]


@cache
def _reference() -> _Reference:
    angles_rad = np.linspace(0.0, 2 * np.pi, N_REFERENCE, endpoint=False)
    lines = draw_lines(angles_rad).reshape(N_REFERENCE, -1)
    reference = _Reference(
        angles_rad=angles_rad,
        ink=lines + 1,
        lengths=np.linalg.norm(lines.astype(np.float64), axis=1),
    )
    for array in (reference.angles_rad, reference.ink, reference.lengths):
        array.setflags(write=False)
    return reference


def _nearest_lines(pictures: FloatArray) -> _Nearest:
    """Find the reference line of the smallest cosine distance for every picture of 1024 pixels, shape (n, 1024)."""
    angles_rad = np.full(len(pictures), np.nan)
    distances = np.full(len(pictures), np.nan)
    # a picture of zeros has no direction, hence no cosine
    usable = np.flatnonzero(np.isfinite(pictures).all(axis=1) & (pictures != 0).any(axis=1))
    for start in range(0, len(usable), _N_COMPARED_AT_ONCE):
        rows = usable[start : start + _N_COMPARED_AT_ONCE]
        index, distances[rows] = _nearest_of_block(pictures[rows].astype(np.float64))
        angles_rad[rows] = _reference().angles_rad[index]
    return _Nearest(angles_rad=angles_rad, distances=distances)


def _nearest_of_block(pictures: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Index of the nearest reference line and the distance to it; of lines equally near, the first.

    float32 products find the few lines that may be nearest, float64 decides among them. Without that, rounding would
    choose among mirrored lines that are equally near, and equal pictures could seem to turn.
    """
    reference = _reference()
    units = pictures / np.linalg.norm(pictures, axis=1, keepdims=True)
    row, line = np.nonzero(_may_be_nearest(units, reference))
    candidates = reference.ink[line].astype(np.float64) - 1.0
    distance = 1.0 - np.einsum("ij,ij->i", units[row], candidates) / reference.lengths[line]
    order = np.lexsort((line, distance.round(12), row))
    first = order[np.unique(row[order], return_index=True)[1]]
    return line[first], distance[first]


def _may_be_nearest(units: NDArray[np.float64], reference: _Reference) -> NDArray[np.bool_]:
    """Mark the lines whose cosine with a unit vector is the largest but for rounding: shape (n, 10000)."""
    # u.(ink - 1) = u.ink - sum(u): a line has ink on 45 pixels at most, and a float32 sum over these is far closer than
    # one over 1024 pixels, of which nearly all add the same background
    cosines = units.astype(np.float32) @ reference.ink.T
    cosines -= units.sum(axis=1, keepdims=True).astype(np.float32)
    cosines /= reference.lengths.astype(np.float32)
    marked: NDArray[np.bool_] = cosines >= cosines.max(axis=1, keepdims=True) - np.float32(_FLOAT32_DOUBT)
    return marked


def _pictures_of_pairs(interpolations: ArrayLike) -> FloatArray:
    pictures = np.asarray(interpolations, dtype=np.float32)
    if pictures.ndim != 4 or pictures.shape[2:] != (SIZE_PX, SIZE_PX) or min(pictures.shape[:2]) < 1:
        raise ShapeError(
            f"interpolations have shape {pictures.shape}; give (n_pairs, n_steps, {SIZE_PX}, {SIZE_PX}), "
            "without a channel axis"
        )
    if pictures.shape[1] < 2:
        raise ShapeError(f"interpolations have {pictures.shape[1]} step; give 2 or more, both ends with them")
    return pictures


def _codes(encode: Encode, lines: FloatArray) -> FloatArray:
    codes = np.asarray(encode(lines[:, None]), dtype=np.float32)
    if codes.ndim != 2 or len(codes) != len(lines):
        raise ShapeError(
            f"encode made codes of shape {codes.shape} from {len(lines)} lines; "
            f"it must make ({len(lines)}, n_latent): flatten each code into one row"
        )
    return codes


def _decoded(decode: Decode, codes: FloatArray) -> FloatArray:
    pictures = np.asarray(decode(codes), dtype=np.float32)
    wanted = (len(codes), 1, SIZE_PX, SIZE_PX)
    if pictures.shape != wanted:
        raise ShapeError(f"decode made pictures of shape {pictures.shape}; it must make {wanted}")
    return pictures[:, 0]
