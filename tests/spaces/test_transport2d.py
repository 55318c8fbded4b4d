from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import PictureError, SettingError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.spaces.transport2d import Transport2dSpace
from stimgen.spaces.transport2d_mass import equal_points, mass_of
from stimgen.spaces.transport2d_match import assign
from stimgen.synth.draws_shapes import random_disc_pair, random_turned_line_pair
from stimgen.synth.shape_picture import KnownPicturePair, ShapePicture
from stimgen.synth.shapes import AnyShape, Bar, Disc

SIZE_PX = 96


def drawn(*shapes: AnyShape, **options) -> Picture:
    return ShapePicture(width_px=SIZE_PX, height_px=SIZE_PX, shapes=shapes, **options).picture()


def rms(a: FloatArray, b: FloatArray) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


def ratio_to_crossfade(known: KnownPicturePair) -> float:
    a, b, truth = (known.picture(position) for position in (0.0, 1.0, 0.5))
    errors = [
        rms(space.between(a, b, seed=0)(0.5).pixels, truth.pixels)
        for space in (PictureCrossfadeSpace(), Transport2dSpace())
    ]
    return errors[0] / errors[1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("draw", [random_disc_pair, random_turned_line_pair], ids=lambda one: one.__name__)
def test_midpoints_are_over_three_times_nearer_to_the_truth_than_the_crossfade(draw, seed):
    assert ratio_to_crossfade(draw(np.random.default_rng(seed), size_px=SIZE_PX)) > 3.0


def test_a_moving_disc_stays_at_its_grey_and_sharp():
    a, b = (drawn(Disc(x_px=x, y_px=48, radius_px=12), ink=(0.2,), paper=(0.9,)) for x in (20, 70))
    middle = Picture(pixels=Transport2dSpace().between(a, b, seed=0)(0.5).pixels).light[..., 0]
    y, x = np.mgrid[:SIZE_PX, :SIZE_PX]
    away = np.hypot(x - 45, y - 48) - 12
    np.testing.assert_allclose(middle[away < -1.5], 0.2, atol=1e-6)
    np.testing.assert_allclose(middle[away > 1.5], 0.9, atol=1e-6)


@pytest.mark.parametrize("angle_deg", [45.0, 85.0])
def test_a_line_turns_and_keeps_length_width_and_blackness(angle_deg):
    a, b = (
        drawn(Bar(x_px=48, y_px=48, length_px=60, width_px=6, angle_deg=turn))
        for turn in (10.0, 10.0 + angle_deg)
    )
    between = Transport2dSpace().between(a, b, seed=0)
    ink = 1.0 - Picture(pixels=between(0.5).pixels).light[..., 0]
    y, x = np.nonzero(ink > 0.01)
    spread = np.linalg.eigvalsh(np.cov(np.stack([x, y]), aweights=ink[y, x], bias=True))
    # standard deviations of an even bar are its sides over sqrt(12); on chords the length would be cos(angle / 2) of it
    np.testing.assert_allclose(np.sqrt(12 * spread[::-1]), [60.0, 6.0], rtol=0.04)
    assert ink[48, 48] == pytest.approx(1.0, abs=1e-6)
    assert between.facts["turn_deg"] == pytest.approx(angle_deg, abs=1.5)


def test_small_drawings_stay_as_crisp_as_they_are():
    thin = (Bar(x_px=x, y_px=14, length_px=18, width_px=2, angle_deg=80) for x in (10, 18))
    a, b = (ShapePicture(width_px=28, height_px=28, shapes=(bar,)).picture() for bar in thin)
    between = Transport2dSpace().between(a, b, seed=0)
    assert between.n_sub > 1
    darkest = [np.sort(between(position).pixels.ravel())[:20].mean() for position in (0.0, 0.02, 0.5)]
    assert darkest[1] - darkest[0] < 0.12
    assert darkest[2] - darkest[0] < 0.25


def test_mass_and_centre_follow_the_straight_line_when_sizes_differ():
    a, b = drawn(Disc(x_px=25, y_px=30, radius_px=8)), drawn(Disc(x_px=60, y_px=60, radius_px=20))
    between = Transport2dSpace().between(a, b, seed=0)
    ends = [1.0 - end.light[..., 0] for end in (a, b)]
    assert between.facts["mass_ratio"] == pytest.approx(ends[1].sum() / ends[0].sum(), rel=0.01)
    for position in (0.25, 0.5, 0.75):
        ink = 1.0 - Picture(pixels=between(position).pixels).light[..., 0]
        assert ink.sum() == pytest.approx((1 - position) * ends[0].sum() + position * ends[1].sum(), rel=0.03)
        y, x = np.mgrid[:SIZE_PX, :SIZE_PX]
        centre = (ink * x).sum() / ink.sum(), (ink * y).sum() / ink.sum()
        np.testing.assert_allclose(centre, (25 + 35 * position, 30 + 30 * position), atol=0.5)


def test_two_discs_become_one_without_grey():
    a = drawn(Disc(x_px=25, y_px=48, radius_px=12), Disc(x_px=70, y_px=48, radius_px=12))
    b = drawn(Disc(x_px=48, y_px=48, radius_px=17))
    between = Transport2dSpace().between(a, b, seed=0)
    for position in (0.2, 0.5, 0.8):
        ink = 1.0 - Picture(pixels=between(position).pixels).light[..., 0]
        fade = (
            1.0 - Picture(pixels=PictureCrossfadeSpace().between(a, b, seed=0)(position).pixels).light[..., 0]
        )
        grey, grey_of_fade = (np.mean((one > 0.1) & (one < 0.9)) for one in (ink, fade))
        assert grey < 0.25 * grey_of_fade


def test_light_on_dark_moves_like_dark_on_light():
    ends = [Disc(x_px=25, y_px=30, radius_px=9), Disc(x_px=60, y_px=60, radius_px=9)]
    dark, light = ([drawn(end, ink=(ink,), paper=(1.0 - ink,)) for end in ends] for ink in (0.0, 1.0))
    between = [Transport2dSpace().between(*pair, seed=0) for pair in (dark, light)]
    assert [one.facts["polarity"] for one in between] == ["dark on light", "light on dark"]
    first, second = (Picture(pixels=one(0.5).pixels).light for one in between)
    # where faint edges end is decided in encoded values, so the two differ there a little
    assert rms(first, 1.0 - second) < 0.02
    assert rms(first, second) > 0.5


def test_colours_go_along():
    a, b = (
        drawn(Disc(x_px=x, y_px=48, radius_px=12), ink=ink, paper=(1.0, 1.0, 1.0))
        for x, ink in ((20, (0.8, 0.0, 0.0)), (70, (0.0, 0.0, 0.8)))
    )
    middle = Picture(pixels=Transport2dSpace().between(a, b, seed=0)(0.5).pixels)
    np.testing.assert_allclose(middle.light[48, 45], (0.4, 0.0, 0.4), atol=1e-6)


def test_beyond_the_ends_the_disc_moves_on_and_too_far_is_refused():
    a, b = (drawn(Disc(x_px=x, y_px=48, radius_px=10)) for x in (40, 60))
    between = Transport2dSpace().between(a, b, seed=0)
    for position, x in ((-0.5, 30), (1.5, 70)):
        assert rms(between(position).pixels, drawn(Disc(x_px=x, y_px=48, radius_px=10)).pixels) < 0.02
    with pytest.raises(SettingError, match="from -0.5 to 1.5, got 1.6"):
        between(1.6)


def test_faint_grain_of_the_paper_is_cross_faded():
    rng = np.random.default_rng(0)
    a, b = (drawn(Disc(x_px=x, y_px=48, radius_px=10), paper=(0.6,)) for x in (30, 60))
    grainy = replace(a, pixels=a.pixels + 0.005 * rng.standard_normal(a.pixels.shape) * (a.pixels > 0.7))
    between = Transport2dSpace().between(grainy, b, seed=0)
    corner = (slice(0, 20), slice(0, 20))
    spreads = [between(position).pixels[corner].std() for position in (0.0, 0.01, 0.5)]
    assert spreads[1] == pytest.approx(spreads[0], rel=0.03)
    assert spreads[2] == pytest.approx(0.5 * spreads[0], rel=0.1)


def test_pictures_without_common_mass_are_refused():
    disc = Disc(x_px=40, y_px=48, radius_px=10)
    dark = drawn(disc)
    space = Transport2dSpace()
    with pytest.raises(PictureError, match="invert one of them"):
        space.between(dark, drawn(disc, ink=(1.0,), paper=(0.0,)), seed=0)
    with pytest.raises(PictureError, match="is empty"):
        space.between(dark, drawn(), seed=0)
    noise = Picture(pixels=np.random.default_rng(0).random((SIZE_PX, SIZE_PX, 1)), name="noise")
    with pytest.raises(PictureError, match=r"'noise' has no plain background: \d+% of its border"):
        space.between(dark, noise, seed=0)
    both = drawn(disc, ink=(0.0,), paper=(0.4,)).pixels.copy()
    both[10:30, 60:80] = 1.0
    with pytest.raises(PictureError, match="both darker and lighter"):
        space.between(dark, Picture(pixels=both), seed=0)


@pytest.mark.parametrize(
    "setting",
    [{"tolerance": 0.0}, {"largest_border_deviation": 0.6}, {"n_halvings": 12}, {"n_cells": 5}],
    ids=lambda one: next(iter(one)),
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(SettingError, match=next(iter(setting))):
        Transport2dSpace(**setting)


def test_a_single_pixel_moves_and_identical_pictures_stay():
    pixels = np.ones((8, 16, 1))
    a, b = pixels.copy(), pixels.copy()
    a[4, 3], b[4, 11] = 0.0, 0.0
    middle = Transport2dSpace().between(Picture(pixels=a), Picture(pixels=b), seed=0)(0.5).pixels[..., 0]
    assert np.unravel_index(middle.argmin(), middle.shape) == (4, 7)
    disc = drawn(Disc(x_px=40, y_px=48, radius_px=10))
    assert rms(Transport2dSpace().between(disc, disc, seed=0)(0.5).pixels, disc.pixels) < 0.01


def test_points_halve_the_mass_and_keep_its_centre():
    mass = mass_of(drawn(Disc(x_px=40, y_px=48, radius_px=10)), tolerance=0.03, largest_border_deviation=0.25)
    points = equal_points(mass.mass, n_halvings=8)
    np.testing.assert_allclose(points.mean(axis=0), (40.0, 48.0), atol=0.01)
    # an even disc has a second moment of r**2 / 4 along each axis
    np.testing.assert_allclose(points.var(axis=0), 25.0, rtol=0.05)


def test_the_assignment_costs_what_an_independent_program_finds():
    ot = pytest.importorskip("ot")
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(64, 2)), rng.normal(size=(64, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]]) + 3.0
    cost = np.mean(np.sum((a - b[assign(a, b)]) ** 2, axis=1))
    assert cost == pytest.approx(ot.emd2([], [], ot.dist(a, b)), rel=1e-9)
    assert cost < np.mean(np.sum((a - b) ** 2, axis=1))
