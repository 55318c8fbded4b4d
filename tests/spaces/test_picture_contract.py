"""What every space of pictures must do, whichever it is; a new one is one more line in `SPACES`."""

import json

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.media.picture import Picture
from stimgen.spaces.picture_base import PictureSpace
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.spaces.transport2d import Transport2dSpace
from stimgen.synth.shape_picture import ShapePicture
from stimgen.synth.shapes import Bar, Disc

SPACES: list[PictureSpace] = [
    PictureCrossfadeSpace(),
    PictureCrossfadeSpace(blend="encoded"),
    Transport2dSpace(),
]


def make(mode: str) -> tuple[Picture, Picture]:
    inks, paper = {
        "grey": (((0.1,), (0.3,)), (0.9,)),
        "rgb": (((0.1, 0.0, 0.3), (0.0, 0.2, 0.1)), (0.9, 0.8, 0.7)),
    }[mode]
    shapes = (
        Disc(x_px=20, y_px=22, radius_px=9),
        Bar(x_px=40, y_px=26, length_px=24, width_px=10, angle_deg=20),
    )
    a, b = (
        ShapePicture(width_px=64, height_px=48, shapes=(shape,), ink=ink, paper=paper).picture()
        for shape, ink in zip(shapes, inks, strict=True)
    )
    return a, b


@pytest.fixture(scope="module", params=SPACES, ids=lambda space: f"{space.name}-{len(space.settings())}")
def space(request) -> PictureSpace:
    return request.param


@pytest.mark.parametrize("mode", ["grey", "rgb"])
def test_ends_are_the_pictures_and_the_middle_is_neither(space, mode):
    a, b = make(mode)
    between = space.between(a, b, seed=0)
    for position, end, other in ((0.0, a, b), (1.0, b, a)):
        pixels = between(position).pixels
        np.testing.assert_array_equal(pixels, end.pixels)
        assert np.abs(pixels - other.pixels).max() > 0.2
    assert between.ends == (a, b)
    assert min(np.abs(between(0.5).pixels - end.pixels).max() for end in (a, b)) > 0.1


@pytest.mark.parametrize("mode", ["grey", "rgb"])
def test_every_position_keeps_the_size_and_stays_within_0_to_1(space, mode):
    a, b = make(mode)
    between = space.between(a, b, seed=0)
    for position in (-0.25, 0.1, 0.5, 1.25):
        pixels = between(position).pixels
        assert pixels.shape == a.pixels.shape
        assert np.all(np.isfinite(pixels))
        assert pixels.min() >= 0.0
        assert pixels.max() <= 1.0


def test_positions_near_an_end_are_near_its_picture(space):
    a, b = make("grey")
    between = space.between(a, b, seed=0)
    for position, end in ((1e-3, a), (1.0 - 1e-3, b)):
        assert np.sqrt(np.mean((between(position).pixels - end.pixels) ** 2)) < 0.01


def test_the_same_inputs_give_the_same_bytes(space):
    a, b = make("grey")
    first, second = (space.between(a, b, seed=3)(0.4).pixels for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_way_back_is_about_the_way_there(space):
    a, b = make("grey")
    there, back = space.between(a, b, seed=0), space.between(b, a, seed=0)
    difference = np.sqrt(np.mean((there(0.3).pixels - back(0.7).pixels) ** 2))
    # far less than a step of 0.1 changes
    assert difference < 0.5 * np.sqrt(np.mean((there(0.3).pixels - there(0.4).pixels) ** 2))


def test_settings_and_facts_are_plain_json(space):
    between = space.between(*make("grey"), seed=0)
    for values in (dict(space.settings()), dict(between.facts)):
        assert json.loads(json.dumps(values)) == values


def test_pictures_that_do_not_go_together_are_refused(space):
    a, b = make("grey")
    for other, what in (
        (Picture(pixels=b.pixels[:-1]), "size"),
        (make("rgb")[1], "mode"),
        (Picture(pixels=b.pixels, transfer="linear"), "transfer function"),
    ):
        with pytest.raises(SettingError, match=f"need one {what}"):
            space.between(a, other, seed=0)
    with pytest.raises(SettingError, match="finite"):
        space.between(a, b, seed=0)(float("nan"))
