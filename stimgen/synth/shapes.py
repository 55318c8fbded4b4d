"""Plain shapes as parameters: discs, bars, ellipses, pen strokes and silhouettes, and what lies between two of them.

Places are in px, the centre of the top left pixel is (0, 0), x runs to the right and y down; angles turn from x to y.
"""

import math
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.lines import line

Place = tuple[float, float]


class Shape(Protocol):
    """A shape of one piece or several, that can move towards another of its kind."""

    def distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        """Return the distance to the outline, the same shape as the places, px; below 0 inside."""

    def toward(self, other: Self, position: float) -> Self:
        """Return the true intermediate at a position: 0 is this shape, 1 the other.

        Raises:
            SettingError: If the two do not correspond.
        """


@dataclass(frozen=True, kw_only=True)
class Disc:
    """A disc.

    Args:
        x_px: Centre.
        y_px: Centre.
        radius_px: Radius; between two discs the area goes in a straight line, so that the amount of ink does.
    """

    x_px: float
    y_px: float
    radius_px: float

    def distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        """Return the distance to the outline, px; below 0 inside."""
        return np.asarray(np.hypot(x_px - self.x_px, y_px - self.y_px) - self.radius_px)

    def toward(self, other: "Disc", position: float) -> "Disc":
        """Return the disc at a position between this one and another."""
        return Disc(
            x_px=line(self.x_px, other.x_px, position),
            y_px=line(self.y_px, other.y_px, position),
            radius_px=math.sqrt(max(line(self.radius_px**2, other.radius_px**2, position), 0.0)),
        )


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar with square ends, or a square; it turns about its middle.

    Args:
        x_px: Middle.
        y_px: Middle.
        length_px: Along the bar.
        width_px: Across it.
        angle_deg: Of its length; between two bars it goes in a straight line, without regard to whole turns.
    """

    x_px: float
    y_px: float
    length_px: float
    width_px: float
    angle_deg: float = 0.0

    def distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        """Return the distance to the outline, px; below 0 inside."""
        along, across = _turned(x_px - self.x_px, y_px - self.y_px, self.angle_deg)
        beyond_x = np.abs(along) - 0.5 * self.length_px
        beyond_y = np.abs(across) - 0.5 * self.width_px
        outside = np.hypot(np.maximum(beyond_x, 0.0), np.maximum(beyond_y, 0.0))
        return np.asarray(outside + np.minimum(np.maximum(beyond_x, beyond_y), 0.0))

    def toward(self, other: "Bar", position: float) -> "Bar":
        """Return the bar at a position between this one and another; its area goes in a straight line."""
        length_px, width_px = _sides(
            (self.length_px, self.width_px), (other.length_px, other.width_px), position
        )
        return Bar(
            x_px=line(self.x_px, other.x_px, position),
            y_px=line(self.y_px, other.y_px, position),
            length_px=length_px,
            width_px=width_px,
            angle_deg=line(self.angle_deg, other.angle_deg, position),
        )


@dataclass(frozen=True, kw_only=True)
class Ellipse:
    """An ellipse.

    Args:
        x_px: Centre.
        y_px: Centre.
        long_px: One half axis.
        short_px: The other.
        angle_deg: Of the first half axis.
    """

    x_px: float
    y_px: float
    long_px: float
    short_px: float
    angle_deg: float = 0.0

    def distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        """Return the distance to the outline, px, to first order: right near the outline; below 0 inside."""
        along, across = _turned(x_px - self.x_px, y_px - self.y_px, self.angle_deg)
        level = np.hypot(along / self.long_px, across / self.short_px)
        slope = np.hypot(along / self.long_px**2, across / self.short_px**2)
        middle = -min(self.long_px, self.short_px)
        return np.where(slope > 0.0, (level - 1.0) * level / np.where(slope > 0.0, slope, 1.0), middle)

    def toward(self, other: "Ellipse", position: float) -> "Ellipse":
        """Return the ellipse at a position between this one and another; its area goes in a straight line."""
        long_px, short_px = _sides((self.long_px, self.short_px), (other.long_px, other.short_px), position)
        return Ellipse(
            x_px=line(self.x_px, other.x_px, position),
            y_px=line(self.y_px, other.y_px, position),
            long_px=long_px,
            short_px=short_px,
            angle_deg=line(self.angle_deg, other.angle_deg, position),
        )


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """The line of a round pen.

    Args:
        places_px: The points (x, y) that the pen passes, at least 2.
        width_px: Width of the pen.
    """

    places_px: tuple[Place, ...]
    width_px: float

    def distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        """Return the distance to the outline, px; below 0 inside."""
        return _distance_to_chain(self.places_px, x_px, y_px) - 0.5 * self.width_px

    def toward(self, other: "Stroke", position: float) -> "Stroke":
        """Return the stroke at a position: every point and the width go in straight lines."""
        return Stroke(
            places_px=_places(self.places_px, other.places_px, position),
            width_px=line(self.width_px, other.width_px, position),
        )


@dataclass(frozen=True, kw_only=True)
class Silhouette:
    """A filled polygon.

    Args:
        places_px: Its corners (x, y) in order, at least 3.
    """

    places_px: tuple[Place, ...]

    def distance_px(self, x_px: FloatArray, y_px: FloatArray) -> FloatArray:
        """Return the distance to the outline, px; below 0 inside (where a ray crosses it an odd number of times)."""
        is_inside = np.zeros(np.shape(x_px), dtype=bool)
        ends = (*self.places_px[1:], self.places_px[0])
        for (x0, y0), (x1, y1) in zip(self.places_px, ends, strict=True):
            if y0 != y1:
                crosses = (y0 > y_px) != (y1 > y_px)
                is_inside ^= crosses & (x_px < x0 + (y_px - y0) * (x1 - x0) / (y1 - y0))
        away = _distance_to_chain((*self.places_px, self.places_px[0]), x_px, y_px)
        return np.where(is_inside, -away, away)

    def toward(self, other: "Silhouette", position: float) -> "Silhouette":
        """Return the silhouette at a position: every corner goes in a straight line."""
        return Silhouette(places_px=_places(self.places_px, other.places_px, position))


AnyShape = Disc | Bar | Ellipse | Stroke | Silhouette


def _turned(x_px: FloatArray, y_px: FloatArray, angle_deg: float) -> tuple[FloatArray, FloatArray]:
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return cos * x_px + sin * y_px, cos * y_px - sin * x_px


def _sides(a: Place, b: Place, position: float) -> Place:
    """Return two lengths between those of a and b whose product goes in a straight line."""
    first, second = line(a[0], b[0], position), line(a[1], b[1], position)
    area = line(a[0] * a[1], b[0] * b[1], position)
    scale = math.sqrt(max(area, 0.0) / (first * second))
    return first * scale, second * scale


def _places(a: tuple[Place, ...], b: tuple[Place, ...], position: float) -> tuple[Place, ...]:
    if len(a) != len(b):
        raise SettingError(f"two chains need as many points as each other, got {len(a)} and {len(b)}")
    return tuple((line(p[0], q[0], position), line(p[1], q[1], position)) for p, q in zip(a, b, strict=True))


def _distance_to_chain(places: tuple[Place, ...], x_px: FloatArray, y_px: FloatArray) -> FloatArray:
    nearest = np.full(np.shape(x_px), np.inf)
    for (x0, y0), (x1, y1) in zip(places, places[1:], strict=False):
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        share = np.clip(((x_px - x0) * dx + (y_px - y0) * dy) / square, 0.0, 1.0) if square else 0.0
        nearest = np.minimum(nearest, np.hypot(x_px - x0 - share * dx, y_px - y0 - share * dy))
    return nearest
