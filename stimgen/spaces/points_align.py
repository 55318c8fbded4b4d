"""Bringing the landmarks of pictures together by moving, turning and scaling whole pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from stimgen.errors import PictureError, SettingError
from stimgen.media.landmarks import Landmarks
from stimgen.media.sound import FloatArray

Align: TypeAlias = Literal["none", "procrustes"] | tuple[Literal["points"], int | str, int | str]

_MOST_ROUNDS = 100
_SETTLED = 1e-12


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """A move, turn and scaling of the plane: what was at x is afterwards at scale R(angle) x + shift.

    Args:
        scale: Factor of sizes, > 0.
        angle_rad: Turn from the x axis towards the y axis: clockwise on the screen, where y runs down.
        shift_x_px: Move to the right, after turn and scaling.
        shift_y_px: Move downwards.

    Examples:
        >>> turn = Similarity(scale=2.0, angle_rad=np.pi / 2, shift_x_px=1.0, shift_y_px=0.0)
        >>> turn.apply(np.array([[1.0, 0.0]])).round(9).tolist()
        [[1.0, 2.0]]
        >>> turn.undo(np.array([[1.0, 2.0]])).round(9).tolist()
        [[1.0, 0.0]]
    """

    scale: float = 1.0
    angle_rad: float = 0.0
    shift_x_px: float = 0.0
    shift_y_px: float = 0.0

    def apply(self, xy: FloatArray) -> FloatArray:
        """Return where places go, shape (n, 2), px."""
        return np.asarray(xy @ self._turn.T + self._shift)

    def undo(self, xy: FloatArray) -> FloatArray:
        """Return where places come from, shape (n, 2), px."""
        return np.asarray((xy - self._shift) @ (self._turn / self.scale**2))

    @property
    def undo_map(self) -> FloatArray:
        """The map that `undo` carries out, rows of [x', y'] = M [x, y, 1], shape (2, 3)."""
        linear = self._turn.T / self.scale**2
        return np.column_stack([linear, -linear @ self._shift])

    def moved(self, x_px: float, y_px: float) -> "Similarity":
        """Return the same followed by a move."""
        return Similarity(
            scale=self.scale,
            angle_rad=self.angle_rad,
            shift_x_px=self.shift_x_px + x_px,
            shift_y_px=self.shift_y_px + y_px,
        )

    @property
    def keeps_pixels(self) -> bool:
        """Whether pixels fall on pixels: a move by whole pixels and nothing else."""
        moves_whole = self.shift_x_px == round(self.shift_x_px) and self.shift_y_px == round(self.shift_y_px)
        return self.scale == 1.0 and self.angle_rad == 0.0 and moves_whole

    @property
    def _turn(self) -> FloatArray:
        cosine, sine = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return self.scale * np.array([[cosine, -sine], [sine, cosine]])

    @property
    def _shift(self) -> FloatArray:
        return np.array([self.shift_x_px, self.shift_y_px])


def parse_align(text: str) -> Align:
    """Return the alignment that a word names: "none", "procrustes", or two points such as "0:1".

    Raises:
        SettingError: If it names none.

    Examples:
        >>> parse_align("0:1")
        ('points', 0, 1)
        >>> parse_align("procrustes")
        'procrustes'
    """
    if text in {"none", "procrustes"}:
        return "none" if text == "none" else "procrustes"
    first, colon, second = (part.strip() for part in text.partition(":"))
    if not (colon and first and second):
        raise SettingError(
            f"alignment {text!r} is unknown; allowed are none, procrustes, or two points such as 0:1"
        )
    i, j = (int(part) if part.isdigit() else part for part in (first, second))
    return ("points", i, j)


def align_shapes(landmarks: Sequence[Landmarks], align: Align) -> tuple[Similarity, ...]:
    """Return what brings each of several shapes to the others.

    The common place is the mean of their places, the common size the geometric mean of their sizes, and the turns of
    all add up to none, so that pictures are changed as little as can be.

    Args:
        landmarks: One shape or more, all with the same number of points.
        align: "none"; "procrustes": least squared distances between all shapes and their mean (generalised); or
            ("points", i, j): points i and j, given by index or name, come to lie on their means.

    Raises:
        SettingError: If a point that is asked for does not exist.
        PictureError: If the points that are to be aligned coincide.

    References:
        Gower 1975, Psychometrika 40(1), 33-51.
    """
    if align == "none":
        return tuple(Similarity() for _ in landmarks)
    shapes = np.array([mark.xy[:, 0] + 1j * mark.xy[:, 1] for mark in landmarks])
    if align == "procrustes":
        return _procrustes(shapes)
    chosen = np.array(
        [
            [shape[point_index(mark, point)] for point in align[1:]]
            for shape, mark in zip(shapes, landmarks, strict=True)
        ]
    )
    apart = chosen[:, 1] - chosen[:, 0]
    wanted = chosen.mean(axis=0)
    if np.abs(apart).min() < 1.0 or abs(wanted[1] - wanted[0]) < 1.0:
        raise PictureError(
            f"points {align[1]} and {align[2]} lie {np.abs(apart).min():.2g} px apart in a picture, too near to align "
            f"by; choose two that are far apart, such as the pupils"
        )
    factors = (wanted[1] - wanted[0]) / apart
    return tuple(
        _similarity(factor, wanted[0] - factor * places[0])
        for factor, places in zip(factors, chosen, strict=True)
    )


def point_index(landmarks: Landmarks, point: int | str) -> int:
    """Return the index of a point that is given by index or name.

    Raises:
        SettingError: If there is no such point.
    """
    if isinstance(point, str):
        if point in landmarks.names:
            return landmarks.names.index(point)
        known = ", ".join(landmarks.names[:8]) or "no names"
        raise SettingError(
            f"there is no point named {point!r}; the landmarks have {known}; give an index from 0 on"
        )
    if not 0 <= point < landmarks.n_points:
        raise SettingError(
            f"there is no point {point} among {landmarks.n_points}; allowed are 0 to {landmarks.n_points - 1}"
        )
    return point


def _procrustes(shapes: FloatArray) -> tuple[Similarity, ...]:
    """Turn centred shapes of one size to their mean until it rests; shapes are complex, (n_shapes, n_points)."""
    centres = shapes.mean(axis=1)
    centred = shapes - centres[:, None]
    sizes = np.linalg.norm(centred, axis=1)
    if sizes.min() < 1.0:
        raise PictureError(
            "all landmarks of a picture coincide, so it cannot be aligned; correct its landmarks"
        )
    unit = centred / sizes[:, None]
    # Starting from the first shape turns the mean like it; the mean turn is taken off again below.
    mean = unit[0]
    factors = np.ones(len(shapes), dtype=np.complex128)
    for _ in range(_MOST_ROUNDS):
        # The least-squares factor of shape z on mean m is <z, m> / |z|^2 (Gower 1975, for one complex factor).
        factors = unit.conj() @ mean
        new = (factors[:, None] * unit).mean(axis=0)
        new /= np.linalg.norm(new)
        settled = np.linalg.norm(new - mean) < _SETTLED
        mean = new
        if settled:
            break
    factors = factors / sizes
    factors *= np.exp(-np.mean(np.log(np.abs(factors))) - 1j * np.angle(np.sum(factors / np.abs(factors))))
    place = centres.mean()
    return tuple(
        _similarity(factor, place - factor * centre) for factor, centre in zip(factors, centres, strict=True)
    )


def _similarity(factor: complex, shift: complex) -> Similarity:
    """Return the similarity z -> factor z + shift; what differs from none by rounding is none."""
    scale, angle = abs(factor), float(np.angle(factor))
    return Similarity(
        scale=1.0 if abs(scale - 1.0) < 1e-9 else float(scale),
        angle_rad=0.0 if abs(angle) < 1e-9 else angle,
        shift_x_px=_near_whole(shift.real),
        shift_y_px=_near_whole(shift.imag),
    )


def _near_whole(value: float) -> float:
    return float(round(value)) if abs(value - round(value)) < 1e-6 else float(value)
