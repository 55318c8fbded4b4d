"""Random pairs of pictures of shapes, to measure morphs on, that know their true intermediates."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.shape_picture import KnownPicturePair, ShapePicture
from stimgen.synth.shapes import AnyShape, Bar, Disc, Ellipse, Stroke


def random_disc_pair(
    rng: np.random.Generator, *, size_px: int = 128, largest_growth: float = 1.0
) -> KnownPicturePair:
    """Draw a disc that moves by at least its radius.

    Args:
        rng: What to draw from.
        size_px: Width and height of the picture.
        largest_growth: By how much the radius may grow or shrink, >= 1; 1 keeps it.

    Examples:
        >>> pair = random_disc_pair(np.random.default_rng(1))
        >>> pair.a.shapes[0].radius_px == pair.b.shapes[0].radius_px
        True
    """
    radius_px = size_px * rng.uniform(0.06, 0.16)
    growth = float(np.exp(rng.uniform(-1.0, 1.0) * np.log(largest_growth)))
    radii_px = (radius_px, radius_px * growth)
    edge_px = max(radii_px) + 0.04 * size_px
    while True:
        places = rng.uniform(edge_px, size_px - 1 - edge_px, size=(2, 2))
        if np.hypot(*(places[1] - places[0])) >= max(radii_px):
            break
    discs = [
        Disc(x_px=float(x), y_px=float(y), radius_px=float(r))
        for (x, y), r in zip(places, radii_px, strict=True)
    ]
    return _pair(rng, size_px, (discs[0],), (discs[1],))


def random_two_disc_pair(rng: np.random.Generator, *, size_px: int = 128) -> KnownPicturePair:
    """Draw two discs of sizes of their own that move side by side without crossing, each by its radius or more.

    Optimal transport has no names: it takes mass to where mass is near. The discs move so that the truth is the nearest
    way; both keep their area.
    """
    radii_px = size_px * rng.uniform(0.06, 0.11, size=2)
    left, right = 0.28 * size_px, 0.72 * size_px
    rows = size_px * np.array([0.3, 0.7]) + size_px * rng.uniform(-0.08, 0.08, size=(2, 2))
    rows = rows if rng.random() < 0.5 else rows[::-1]
    columns = np.array([left, right]) + size_px * rng.uniform(-0.06, 0.06, size=(2, 2))
    starts, stops = (
        tuple(
            Disc(x_px=float(columns[end, k]), y_px=float(rows[end, k]), radius_px=float(radii_px[k]))
            for k in range(2)
        )
        for end in range(2)
    )
    return _pair(rng, size_px, starts, stops)


def random_turned_line_pair(
    rng: np.random.Generator,
    *,
    size_px: int = 128,
    angle_range_deg: tuple[float, float] = (10.0, 45.0),
    largest_shift: float = 0.08,
) -> KnownPicturePair:
    """Draw a line that turns about its middle and shifts.

    Args:
        rng: What to draw from.
        size_px: Width and height of the picture.
        angle_range_deg: Least and greatest turn, either way.
        largest_shift: Greatest shift along x and along y, in shares of the size.
    """
    length_px = size_px * rng.uniform(0.4, 0.7)
    width_px = max(size_px * rng.uniform(0.02, 0.06), 2.0)
    start_deg = rng.uniform(0.0, 180.0)
    turn_deg = rng.uniform(*angle_range_deg) * rng.choice([-1.0, 1.0])
    middle = size_px / 2 - 0.5 + size_px * rng.uniform(-0.03, 0.03, size=2)
    shift = size_px * largest_shift * rng.uniform(-1.0, 1.0, size=2)
    bars = [
        Bar(
            x_px=float(place[0]),
            y_px=float(place[1]),
            length_px=float(length_px),
            width_px=float(width_px),
            angle_deg=float(angle_deg),
        )
        for place, angle_deg in ((middle, start_deg), (middle + shift, start_deg + turn_deg))
    ]
    return _pair(rng, size_px, (bars[0],), (bars[1],))


def random_ellipse_pair(rng: np.random.Generator, *, size_px: int = 128) -> KnownPicturePair:
    """Draw an ellipse that moves, turns by up to 30 degrees and changes both axes."""
    axes_px = size_px * np.stack([rng.uniform(0.10, 0.22, size=2), rng.uniform(0.05, 0.10, size=2)], axis=1)
    start_deg = rng.uniform(0.0, 180.0)
    angles_deg = (start_deg, start_deg + rng.uniform(-30.0, 30.0))
    places = size_px * (0.5 + rng.uniform(-0.2, 0.2, size=(2, 2)))
    ellipses = [
        Ellipse(
            x_px=float(places[end, 0]),
            y_px=float(places[end, 1]),
            long_px=float(axes_px[end, 0]),
            short_px=float(axes_px[end, 1]),
            angle_deg=float(angles_deg[end]),
        )
        for end in range(2)
    ]
    return _pair(rng, size_px, (ellipses[0],), (ellipses[1],))


def random_stroke_pair(rng: np.random.Generator, *, size_px: int = 128) -> KnownPicturePair:
    """Draw a pen stroke of three limbs whose points move by up to a tenth of the picture, and the whole likewise."""
    along = np.linspace(0.22, 0.78, 4)
    across = 0.5 + rng.uniform(-0.2, 0.2, size=4)
    start = np.stack([along, across], axis=1)
    turn = rng.uniform(0.0, 2.0 * np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    start = 0.5 + (start - 0.5) @ np.array([[cos, sin], [-sin, cos]])
    stop = start + rng.uniform(-0.1, 0.1, size=start.shape) + rng.uniform(-0.1, 0.1, size=2)
    width_px = max(size_px * rng.uniform(0.025, 0.05), 2.0)
    strokes = [
        Stroke(places_px=_as_places(size_px * places), width_px=float(width_px)) for places in (start, stop)
    ]
    return _pair(rng, size_px, (strokes[0],), (strokes[1],))


def _as_places(places: FloatArray) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in places)


def _pair(
    rng: np.random.Generator, size_px: int, a: tuple[AnyShape, ...], b: tuple[AnyShape, ...]
) -> KnownPicturePair:
    """Put both on paper: dark on light or light on dark by chance, of one ink."""
    faint, strong = rng.uniform(0.0, 0.1), rng.uniform(0.6, 1.0)
    ink, paper = (faint, strong) if rng.random() < 0.5 else (strong, faint)
    drawn = [
        ShapePicture(
            width_px=size_px, height_px=size_px, shapes=shapes, ink=(float(ink),), paper=(float(paper),)
        )
        for shapes in (a, b)
    ]
    return KnownPicturePair(a=drawn[0], b=drawn[1])
