import math

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.synth.draws_shapes import (
    random_disc_pair,
    random_ellipse_pair,
    random_stroke_pair,
    random_turned_line_pair,
    random_two_disc_pair,
)
from stimgen.synth.shape_picture import KnownPicturePair, ShapePicture
from stimgen.synth.shapes import AnyShape, Bar, Disc, Ellipse, Silhouette, Stroke

TRIANGLE = Silhouette(places_px=((10.2, 12.1), (50.3, 15.7), (28.4, 49.9)))
SHAPES_AND_AREAS = [
    (Disc(x_px=31.3, y_px=30.8, radius_px=17.2), math.pi * 17.2**2),
    (Bar(x_px=31.3, y_px=30.8, length_px=41.0, width_px=3.7, angle_deg=33.0), 41.0 * 3.7),
    (Ellipse(x_px=31.3, y_px=30.8, long_px=25.0, short_px=6.0, angle_deg=70.0), math.pi * 150.0),
    (Stroke(places_px=((12.0, 20.5), (50.0, 44.0)), width_px=5.0), math.hypot(38, 23.5) * 5 + math.pi * 6.25),
    (TRIANGLE, 0.5 * abs(40.1 * 37.8 - 3.6 * 18.2)),
]
DRAWS = [
    random_disc_pair,
    random_ellipse_pair,
    random_stroke_pair,
    random_turned_line_pair,
    random_two_disc_pair,
]


def drawn(*shapes: AnyShape, **options) -> ShapePicture:
    return ShapePicture(width_px=64, height_px=64, shapes=shapes, **options)


@pytest.mark.parametrize(("shape", "area"), SHAPES_AND_AREAS, ids=lambda one: type(one).__name__)
def test_ink_of_a_shape_is_its_area_and_lies_about_its_centroid(shape, area):
    covered = drawn(shape).coverage()
    assert covered.sum() == pytest.approx(area, rel=0.005)
    y, x = np.mgrid[:64, :64]
    middle = (covered * x).sum() / covered.sum(), (covered * y).sum() / covered.sum()
    has_places = isinstance(shape, Silhouette | Stroke)
    expected = np.mean(shape.places_px, axis=0) if has_places else (shape.x_px, shape.y_px)
    np.testing.assert_allclose(middle, expected, atol=0.02)


def test_edges_are_soft_and_everything_else_is_ink_or_paper():
    covered = drawn(Disc(x_px=31.3, y_px=30.8, radius_px=17.2)).coverage()
    soft = (covered > 0.0) & (covered < 1.0)
    y, x = np.mgrid[:64, :64]
    away = np.abs(np.hypot(x - 31.3, y - 30.8) - 17.2)
    assert away[soft].max() < 0.75
    assert soft.sum() > 100


def test_angles_turn_from_x_to_y_and_rows_run_down():
    covered = drawn(Bar(x_px=32, y_px=32, length_px=40, width_px=4, angle_deg=45.0)).coverage()
    assert covered[42, 42] == covered[22, 22] == 1.0
    assert covered[22, 42] == covered[42, 22] == 0.0


def test_overlapping_shapes_are_ink_once_and_light_is_mixed_at_edges():
    disc = Disc(x_px=32, y_px=32, radius_px=10.0)
    np.testing.assert_array_equal(drawn(disc, disc).coverage(), drawn(disc).coverage())
    light = drawn(disc, ink=(0.2,), paper=(0.8,)).picture().light[..., 0]
    np.testing.assert_allclose(light, 0.8 - 0.6 * drawn(disc).coverage(), atol=1e-9)


def test_colours_are_possible_and_must_match():
    picture = drawn(Disc(x_px=32, y_px=32, radius_px=10.0), ink=(1, 0, 0), paper=(1, 1, 1)).picture()
    assert picture.mode == "rgb"
    np.testing.assert_allclose(picture.pixels[32, 32], [1.0, 0.0, 0.0], atol=1e-9)
    with pytest.raises(SettingError, match="both grey or both|both one grey"):
        drawn(ink=(0.0,), paper=(1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Disc(x_px=0, y_px=0, radius_px=4), Disc(x_px=10, y_px=6, radius_px=8)),
        (
            Bar(x_px=0, y_px=0, length_px=10, width_px=2, angle_deg=10),
            Bar(x_px=10, y_px=6, length_px=20, width_px=1, angle_deg=50),
        ),
        (
            Ellipse(x_px=0, y_px=0, long_px=10, short_px=2, angle_deg=10),
            Ellipse(x_px=10, y_px=6, long_px=5, short_px=5, angle_deg=50),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_places_and_angles_and_areas_go_in_straight_lines(a, b):
    def area(shape) -> float:
        if isinstance(shape, Disc):
            return shape.radius_px**2
        return shape.length_px * shape.width_px if isinstance(shape, Bar) else shape.long_px * shape.short_px

    quarter = a.toward(b, 0.25)
    assert (quarter.x_px, quarter.y_px) == (2.5, 1.5)
    assert area(quarter) == pytest.approx(0.75 * area(a) + 0.25 * area(b))
    assert getattr(quarter, "angle_deg", 20.0) == 20.0


@pytest.mark.parametrize("draw", DRAWS, ids=lambda one: one.__name__)
def test_drawn_pairs_are_the_same_for_a_seed_differ_between_seeds_and_stay_inside(draw):
    first, again, other = (draw(np.random.default_rng(seed), size_px=64) for seed in (5, 5, 6))
    assert first == again
    assert first != other
    for position in (0.0, 0.5, 1.0):
        covered = first.at(position).coverage()
        assert covered.sum() > 20
        assert covered[[0, -1]].sum() + covered[:, [0, -1]].sum() == 0.0


def test_a_known_pair_gives_its_ends_exactly_and_moves_between_them():
    a, b = drawn(Disc(x_px=20, y_px=32, radius_px=8)), drawn(Disc(x_px=40, y_px=32, radius_px=8))
    known = KnownPicturePair(a=a, b=b)
    assert known.at(0.0) is a
    assert known.at(1.0) is b
    assert known.at(0.5).shapes[0] == Disc(x_px=30, y_px=32, radius_px=8)


def test_shapes_that_do_not_correspond_are_refused():
    disc, bar = Disc(x_px=9, y_px=9, radius_px=3), Bar(x_px=9, y_px=9, length_px=3, width_px=2)
    with pytest.raises(SettingError, match="same shapes in the same order"):
        drawn(disc).toward(drawn(bar), 0.5)
    with pytest.raises(SettingError, match="as many points"):
        TRIANGLE.toward(Silhouette(places_px=((0, 0), (1, 0), (1, 1), (0, 1))), 0.5)
