"""Pictures are cut and resized in light, landmarks come along, and what was done is said."""

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.media.picture_shape import Crop, PictureShape, crop_of, shape_picture, size_of
from stimgen.media.transfer import to_encoded, to_linear
from stimgen.seeding import child_rng


def picture(height: int = 40, width: int = 60, n_channels: int = 3, **options) -> Picture:
    marks = Landmarks(xy=np.array([[0.0, 0.0], [width - 1.0, height - 1.0], [10.25, 7.5]]))
    return Picture(pixels=child_rng(2).random((height, width, n_channels)), points=marks, **options)


def dots(*places: tuple[float, float], height: int, width: int, radius_px: float = 3.0) -> Picture:
    """Gaussian dots of light on black, whose centres of gravity are known."""
    y, x = np.mgrid[:height, :width]
    light = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * radius_px**2)) for px, py in places)
    marks = Landmarks(xy=np.array(places))
    return Picture(pixels=to_encoded(light[:, :, None] * 0.9, "srgb"), points=marks)


def centre(light: np.ndarray, near: np.ndarray, reach_px: float) -> np.ndarray:
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    weight = np.where(np.hypot(x - near[0], y - near[1]) < reach_px, light, 0.0)
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


@pytest.mark.parametrize(
    "shape",
    [
        PictureShape(),
        PictureShape(size=60),
        PictureShape(size=(60, 40), fit="cover"),
        PictureShape(size=(60, 40), fit="stretch"),
        PictureShape(size=(60, 40), fit="contain"),
        PictureShape(crop=Crop(left_px=0, top_px=0, width_px=60, height_px=40)),
    ],
)
def test_a_picture_that_has_its_shape_already_is_the_same_bit_by_bit(shape):
    before = picture()
    shaped = shape_picture(before, shape)
    assert np.array_equal(shaped.picture.pixels, before.pixels)
    assert shaped.picture.points is not None and before.points is not None
    assert np.array_equal(shaped.picture.points.xy, before.points.xy)
    assert (shaped.done.filter, shaped.done.n_clipped, shaped.done.is_enlarged) == (None, 0, False)


def test_a_crop_is_a_part_of_the_pixels_and_moves_points():
    before = picture()
    shaped = shape_picture(before, PictureShape(crop=crop_of("10:5:30:20")))
    assert np.array_equal(shaped.picture.pixels, before.pixels[5:25, 10:40])
    assert shaped.picture.points is not None
    assert shaped.picture.points.xy.tolist() == [[-10.0, -5.0], [49.0, 34.0], [0.25, 2.5]]
    assert shaped.done.crop_px == (10, 5, 30, 20)
    assert shaped.done.n_points_outside == 2


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        (30, "none", (30, 20)),
        (90, "none", (90, 60)),
        ((30, 20), "none", (30, 20)),
        ((30, 30), "stretch", (30, 30)),
        ((30, 30), "cover", (30, 30)),
        ((30, 30), "contain", (30, 30)),
    ],
)
def test_points_land_where_what_they_mark_lands(size, fit, expected):
    before = dots((20.0, 12.0), (40.0, 28.0), (31.0, 20.0), height=40, width=60, radius_px=1.5)
    shaped = shape_picture(before, PictureShape(size=size, fit=fit, background=0.0))
    after = shaped.picture
    assert (after.width_px, after.height_px) == expected == (shaped.done.width_px, shaped.done.height_px)
    assert after.points is not None
    for xy in after.points.xy:
        found = centre(after.light[:, :, 0], xy, 4.0 * max(shaped.done.scale_x, shaped.done.scale_y))
        # scaled about the centre of the first pixel instead of its outer corner they would be off by 0.25
        assert np.abs(found - xy).max() < 0.06
    assert shaped.done.is_enlarged == (size == 90)


def test_fine_stripes_keep_their_light_and_not_their_codes():
    stripes = np.zeros((64, 64, 1))
    stripes[:, ::2] = 1.0
    stripes[:4] = 0.0  # not of one value afterwards
    after = shape_picture(Picture(pixels=stripes), PictureShape(size=16)).picture
    assert np.allclose(after.light[3:, 2:-2], 0.5, atol=0.02)
    assert np.allclose(after.pixels[3:, 2:-2], 0.735, atol=0.02)


def test_a_constant_stays_and_a_ramp_stays_straight():
    ramp = np.tile(np.linspace(0.2, 0.8, 80), (20, 1))[:, :, None]
    before = Picture(pixels=to_encoded(ramp, "srgb"))
    after = shape_picture(before, PictureShape(size=(40, 10))).picture.light[:, 3:-3, 0]
    assert np.allclose(np.diff(after, axis=1), 2 * 0.6 / 79, atol=1e-5)
    assert np.allclose(np.diff(after, axis=0), 0.0, atol=1e-6)


def test_contain_pads_evenly_and_needs_a_background():
    before = picture(40, 60)
    shape = PictureShape(size=(31, 31), fit="contain")
    with pytest.raises(
        SettingError, match=r"does not fill its new size; say what lies beside it, such as --background"
    ):
        shape_picture(before, shape)
    shaped = shape_picture(before, PictureShape(size=(31, 31), fit="contain", background="#ff0000"))
    left, top, right, bottom = shaped.done.pad_px
    assert (left, right) == (0, 0) and (top, bottom) == (5, 5)
    assert (shaped.picture.pixels[:5] == [1.0, 0.0, 0.0]).all()
    assert (shaped.picture.pixels[-5:] == [1.0, 0.0, 0.0]).all()
    assert shaped.done.background == (1.0, 0.0, 0.0)
    inner = shape_picture(before, PictureShape(size=(31, 21), fit="stretch")).picture.pixels
    assert np.array_equal(shaped.picture.pixels[5:-5], inner)


def test_cover_cuts_evenly_and_keeps_proportions():
    shaped = shape_picture(picture(40, 60), PictureShape(size=(20, 20), fit="cover"))
    assert shaped.done.box_px == (10.0, 0.0, 50.0, 40.0)
    assert shaped.done.scale_x == shaped.done.scale_y == 0.5
    cut = shape_picture(picture(40, 60), PictureShape(crop=crop_of("10:0:40:40"), size=20)).picture
    # all but the columns at the edge, where one sees what lies beyond and the other does not
    assert np.allclose(shaped.picture.pixels[:, 3:-3], cut.pixels[:, 3:-3], atol=1e-6)


def test_other_proportions_are_refused_unless_it_is_said_what_gives_way():
    with pytest.raises(
        SettingError, match=r"has 60 x 40 px and other proportions than 30 x 30; choose with --fit"
    ):
        shape_picture(picture(), PictureShape(size=(30, 30)))
    # to the nearest pixel is near enough: 41 rows of 60 columns are 20.5 of 30
    assert shape_picture(picture(41, 60), PictureShape(size=(30, 20))).picture.height_px == 20


def test_a_long_thin_picture_takes_its_longer_side_from_one_number():
    shaped = shape_picture(picture(12, 1000), PictureShape(size=700)).picture
    assert (shaped.width_px, shaped.height_px) == (700, 8)
    tall = shape_picture(picture(100, 50), PictureShape(size=50)).picture
    assert (tall.width_px, tall.height_px) == (25, 50)


@pytest.mark.parametrize("size", [100, 61, 40, 30, 17])
@pytest.mark.parametrize("dark, light", [(0.0, 1.0), (0.3, 0.5)])
def test_an_edge_gets_no_second_outline(size, dark, light):
    edge = np.full((44, 44, 1), dark)
    edge[:, 20:] = light
    shaped = shape_picture(Picture(pixels=edge), PictureShape(size=size))
    row = shaped.picture.pixels[size // 2, :, 0]
    assert np.all(np.diff(row) >= -1e-6)
    assert np.isclose(row.min(), dark, atol=1e-6) and np.isclose(row.max(), light, atol=1e-6)
    assert shaped.done.n_clipped == 0
    # as sharp as Lanczos: no more than two old or new pixels are neither dark nor light
    between = np.count_nonzero((row > dark + 0.02) & (row < light - 0.02))
    assert between <= 2 * max(1, size / 44) + 1


@pytest.mark.parametrize(
    "shape", [{"size": (61, 17)}, {"size": (50, 50), "fit": "cover"}, {"size": (23, 70)}]
)
def test_no_value_leaves_the_range_of_its_neighbourhood(shape):
    before = picture(40, 40, 1) if "fit" not in shape else picture(40, 31, 1)
    shaped = shape_picture(before, PictureShape(**{"fit": "stretch", **shape}))
    after, done = shaped.picture.pixels[:, :, 0], shaped.done
    reach = [
        max(1.0, 1 / scale) * (1.0 if scale > 1 else 1.5) + 1e-6 for scale in (done.scale_x, done.scale_y)
    ]
    left, top = done.box_px[:2]
    for y in range(after.shape[0]):
        for x in range(after.shape[1]):
            at_x, at_y = left + (x + 0.5) / done.scale_x - 0.5, top + (y + 0.5) / done.scale_y - 0.5
            columns = slice(max(0, int(np.floor(at_x - reach[0]))), int(np.ceil(at_x + reach[0])) + 1)
            rows = slice(max(0, int(np.floor(at_y - reach[1]))), int(np.ceil(at_y + reach[1])) + 1)
            around = before.pixels[rows, columns, 0]
            assert around.min() - 1e-6 <= after[y, x] <= around.max() + 1e-6


def test_codes_that_are_looked_up_give_the_light_that_is_computed():
    codes = np.round(picture(24, 24).pixels * 255) / 255
    looked_up = shape_picture(Picture(pixels=codes), PictureShape(size=12)).picture.pixels
    computed = shape_picture(Picture(pixels=codes + 1e-9), PictureShape(size=12)).picture.pixels
    assert np.allclose(looked_up, computed, atol=1e-6)


def test_resizing_agrees_with_lanczos_written_out():
    y, x = np.mgrid[0:24, 0:24] / 24
    before = Picture(pixels=(0.5 + 0.3 * np.sin(5 * x + 2 * y + 0.4) * np.cos(4 * y - x))[..., None])
    after = shape_picture(before, PictureShape(size=12)).picture
    where = np.arange(12)[:, None] * 2 + 0.5 - np.arange(24)
    kernel = np.where(np.abs(where) < 6, np.sinc(where / 2) * np.sinc(where / 6), 0.0)
    kernel /= kernel.sum(axis=1, keepdims=True)
    expected = np.clip(to_encoded(kernel @ before.light[:, :, 0] @ kernel.T, "srgb"), 0, 1)
    inside = (slice(2, -2), slice(2, -2))
    difference = np.abs(after.pixels[:, :, 0] - expected)[inside]
    # smooth pictures stay within their range but at crests
    assert np.median(difference) < 1e-6
    assert difference.max() < 0.01
    assert not np.allclose(to_linear(after.pixels[:, :, 0], "srgb"), before.light[::2, ::2, 0], atol=0.01)


@pytest.mark.parametrize("crop", ["40:0:30:10", "0:35:10:10", "0:0:61:40", "0:0:60:7"])
def test_a_crop_beyond_the_picture_or_too_small_is_refused(crop):
    with pytest.raises(SettingError, match="reaches beyond picture, which has 60 x 40 px|at least 8 a side"):
        shape_picture(picture(), PictureShape(crop=crop_of(crop)))


@pytest.mark.parametrize("size", [7, (7, 20), (40_000, 10), (30_000, 30_000), 0])
def test_a_size_out_of_range_is_refused(size):
    with pytest.raises(SettingError, match=r"px is out of range; allowed are 8 to 32768 px a side"):
        shape_picture(picture(), PictureShape(size=size, fit="stretch"))


@pytest.mark.parametrize(
    "text", ["", "1:2:3", "1:2:3:-4", "a:b:c:d", "1.5:2:3:4", "1:2:3:4:5", "12345678:0:9:9"]
)
def test_a_text_that_is_no_crop_is_refused(text):
    with pytest.raises(SettingError, match="is not LEFT:TOP:WIDTH:HEIGHT in px"):
        crop_of(text)


@pytest.mark.parametrize("text", ["", "x", "512x", "-5", "5.5", "512x512x3", "large"])
def test_a_text_that_is_no_size_is_refused(text):
    with pytest.raises(SettingError, match="is no size in px, such as 512x640"):
        size_of(text)


def test_a_fit_that_is_unknown_is_refused():
    with pytest.raises(
        SettingError, match="fit 'squash' is unknown; allowed are none, stretch, contain, cover"
    ):
        shape_picture(picture(), PictureShape(fit="squash"))
