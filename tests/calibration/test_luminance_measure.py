"""What light a picture sends, masks, and rounding."""

import numpy as np
import pytest

from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.calibration.mask import not_background
from stimgen.calibration.round_picture import round_picture
from stimgen.errors import PictureError, SettingError, ShapeError
from stimgen.media.picture import Picture


def test_a_grating_in_light_has_the_mean_and_deviation_of_a_sine() -> None:
    light = 0.4 + 0.3 * np.sin(2 * np.pi * np.arange(64) / 16) * np.ones((4, 1))
    facts = measure_luminance(Picture(pixels=light[..., None], transfer="linear"))
    assert facts.mean_luminance == pytest.approx(0.4)
    assert facts.rms_contrast == pytest.approx(0.3 / np.sqrt(2))
    assert facts.relative_contrast == pytest.approx(0.75 / np.sqrt(2))
    assert (facts.darkest, facts.brightest) == (pytest.approx(0.1), pytest.approx(0.7))


def test_the_transfer_function_decides_what_middle_grey_sends() -> None:
    grey = Picture(pixels=np.full((4, 4, 1), 0.5))
    lights = [
        measure_luminance(grey, transfer=name).mean_luminance
        for name in (None, "srgb", "gamma-2.2", "linear")
    ]
    assert lights == pytest.approx([0.21404, 0.21404, 0.5**2.2, 0.5], abs=1e-5)


def test_colours_count_as_their_luminance() -> None:
    primaries = Picture(pixels=np.eye(3)[None])
    facts = measure_luminance(primaries)
    assert facts.mean_luminance == pytest.approx(1 / 3)
    assert (facts.darkest, facts.brightest) == (pytest.approx(0.0722), pytest.approx(0.7152))
    assert (facts.share_black, facts.share_white) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_a_mask_leaves_the_rest_out() -> None:
    pixels = np.full((6, 6, 1), 1.0)
    pixels[2:4, 2:4] = 0.25
    mask = np.zeros((6, 6), dtype=bool)
    mask[2:4, 2:4] = True
    facts = measure_luminance(Picture(pixels=pixels, transfer="linear"), mask=mask)
    assert (facts.mean_luminance, facts.rms_contrast, facts.n_pixels) == (0.25, 0.0, 4)


def test_a_black_picture_has_no_relative_contrast() -> None:
    facts = measure_luminance(Picture(pixels=np.zeros((4, 4, 3))))
    assert (facts.mean_luminance, facts.relative_contrast, facts.share_black) == (0.0, None, 1.0)


@pytest.mark.parametrize(
    "mask", [np.ones((5, 4), dtype=bool), np.ones((4, 4)), np.ones((4, 4, 1), dtype=bool)]
)
def test_a_mask_that_does_not_fit_is_refused(mask: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="must be boolean of shape"):
        measure_luminance(Picture(pixels=np.ones((4, 4, 1))), mask=mask)


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(PictureError, match="leaves no pixel"):
        measure_luminance(Picture(pixels=np.ones((4, 4, 1))), mask=np.zeros((4, 4), dtype=bool))


@pytest.mark.parametrize("n_channels", [1, 3])
def test_the_commonest_value_is_the_background_unless_one_is_given(n_channels: int) -> None:
    pixels = np.full((8, 8, n_channels), 0.5)
    pixels[:3, :3], pixels[5, 5] = 0.2, 0.9
    picture = Picture(pixels=pixels)
    assert int(not_background(picture).sum()) == 10
    assert int(not_background(picture, background=(0.2,) * n_channels).sum()) == 55


def test_colours_of_one_red_are_told_apart() -> None:
    pixels = np.zeros((4, 4, 3))
    pixels[..., 0], pixels[0, 0, 2] = 1.0, 1.0
    assert int(not_background(Picture(pixels=pixels)).sum()) == 1


def test_a_picture_of_background_alone_has_no_foreground() -> None:
    with pytest.raises(PictureError, match="all background"):
        not_background(Picture(pixels=np.full((4, 4, 1), 0.5)))
    with pytest.raises(SettingError, match="3 channels"):
        not_background(Picture(pixels=np.full((4, 4, 3), 0.5)), background=(0.5,))


@pytest.mark.parametrize(("bit_depth", "highest"), [(8, 255), (16, 65535)])
def test_rounding_goes_to_whole_steps_of_the_bit_depth(bit_depth: int, highest: int) -> None:
    picture = Picture(pixels=np.random.default_rng(0).random((16, 16, 3)))
    rounded = round_picture(picture, bit_depth=bit_depth)
    steps = rounded.pixels * highest
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)
    assert 0.4 / highest < np.abs(rounded.pixels - picture.pixels).max() <= 0.5 / highest + 1e-12
    assert rounded.bit_depth == bit_depth
    np.testing.assert_array_equal(round_picture(rounded).pixels, rounded.pixels)


@pytest.mark.parametrize("bad", [-0.01, 1.01, np.nan])
def test_rounding_does_not_clip(bad: float) -> None:
    pixels = np.full((4, 4, 1), 0.5)
    pixels[1, 1] = bad
    with pytest.raises(PictureError, match="allowed are 0 to 1"):
        round_picture(Picture(pixels=pixels))
