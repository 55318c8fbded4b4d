"""Whatever set of pictures stimgen makes, its check finds nothing off with it, with the sources in it or without."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import read_landmarks
from stimgen.spaces.points import PointsSettings, PointsSpace
from stimgen.spaces.transport2d import Transport2dSpace
from stimgen.synth.shape_picture import ShapePicture
from stimgen.synth.shapes import Disc

RED_PAPER = {"size": (80, 60), "fit": "contain", "background": "red"}
CHOICES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "with a control": {"control": "crossfade", "match": "contrast"},
    "beyond the ends": {"range": (-0.3, 1.3), "steps": 4, "spacing": "linear"},
    "lowered": {"match": "luminance", "luminance": 0.9},
    "histogram": {"match": "histogram"},
    "spectrum": {"match": "spectrum"},
    "16 bits": {"bit_depth": 16, "match": "luminance"},
    "in place": {"align": "none"},
    "by two points": {"align": "4:5", "control": "crossfade"},
    "edges repeated": {"space": PointsSpace(chosen=PointsSettings(outside="edge"))},
    "cross-fade": {"space": "crossfade", "metric": "pixel"},
    "cut": {"crop": "4:2:62:56", "metric": "gradient"},
    "smaller": {"size": "51"},
    "larger": {"size": (90, 75)},
    "stretched": {"size": (50, 60), "fit": "stretch"},
    "covered": {"size": (50, 60), "fit": "cover", "crop": "1:1:70:58"},
    "contained": RED_PAPER,
    "linear": {"transfer": "linear", "match": "contrast"},
}


def as_kind(picture: sg.Picture, kind: str) -> sg.Picture:
    """Return a picture of another mode or bit depth, in memory."""
    if kind.startswith("grey"):
        picture = replace(picture, pixels=picture.pixels[..., :1])
    if kind.endswith("16"):
        values = np.rint(picture.pixels * 60_000 + 1_001) / 65_535
        picture = replace(picture, pixels=values, bit_depth=16)
    return picture


def assert_checks(stimuli: sg.PictureSet, tmp_path: Path) -> None:
    assert sg.check(stimuli.save(tmp_path / "with")).problems == ()
    assert sg.check(stimuli.save(tmp_path / "without", sources=False)).problems == ()


@pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES)
def test_a_fresh_set_of_files_is_as_its_manifest_says(picture_files, tmp_path, choices):
    pictures = [sg.read_picture(path) for path in picture_files]
    assert_checks(sg.morph_pictures(*pictures, **({"steps": 3} | choices)), tmp_path)


def test_a_fresh_set_of_drawings_is_as_its_manifest_says(tmp_path):
    drawings = [
        ShapePicture(width_px=40, height_px=32, shapes=(Disc(x_px=x, y_px=15, radius_px=7),)).picture()
        for x in (12, 26)
    ]
    space = Transport2dSpace(n_cells=100)
    assert_checks(sg.morph_pictures(*drawings, steps=2, space=space, control="crossfade"), tmp_path)


def test_points_that_were_chosen_by_name_keep_their_names(picture_pair, tmp_path):
    names = tuple(f"p{n}" for n in range(9))
    pictures = [replace(one, points=Landmarks(xy=one.points.xy, names=names)) for one in picture_pair]
    made = sg.morph_pictures(*pictures, steps=2, align="p4:p5")
    assert read_landmarks(made.save(tmp_path / "set") / "sources" / "a.csv").names == names
    assert_checks(made, tmp_path)


@pytest.mark.parametrize("kinds", [("rgb", "rgb"), ("grey", "grey16"), ("rgb16", "grey"), ("grey16", "rgb")])
@pytest.mark.parametrize("choices", ["in place", "smaller", "contained"])
def test_a_fresh_set_of_pictures_in_memory_is_as_its_manifest_says(picture_pair, tmp_path, kinds, choices):
    pictures = [as_kind(*one) for one in zip(picture_pair, kinds, strict=True)]
    assert_checks(sg.morph_pictures(*pictures, **({"steps": 2} | CHOICES[choices])), tmp_path)


def test_a_fresh_set_of_an_unusual_file_is_as_its_manifest_says(picture_files, tmp_path):
    pixels = np.asarray(Image.open("b.png"))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(pixels)).save("b.jpg", quality=95, exif=exif)
    alpha = np.full(pixels.shape[:2], 255, dtype=np.uint8)
    alpha[:9] = 90
    Image.fromarray(np.dstack([pixels, alpha])).save("a.png")
    a, b = sg.read_picture("a.png", background=0.5), sg.read_picture("b.jpg")
    assert (a.facts.background, b.facts.orientation) == ((0.5,), 6)
    assert_checks(sg.morph_pictures(a, b, steps=2), tmp_path)


def test_landmarks_that_were_moved_after_they_were_read_are_stored_as_they_went_in(picture_files, tmp_path):
    a, b = (sg.read_picture(path) for path in picture_files)
    marks = read_landmarks("b.tem")
    moved = replace(b, points=replace(marks, xy=marks.xy + [1.0, -2.0]))
    made = sg.morph_pictures(a, moved, steps=2)
    folder = made.save(tmp_path / "set")
    np.testing.assert_allclose(read_landmarks(folder / "sources" / "b.tem").xy, moved.points.xy, atol=1e-9)
    assert sg.check(folder).problems == ()


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"weights": "1:3", "normalise": True, "match": "none"},
        {"weights": "-0.5:1.5", "outside": "edge"},
        {"space": "crossfade", "weights": "1.4:-0.4"},
        {"align": "none", "size": "50", "bit_depth": 16},
        RED_PAPER | {"id": "mean"},
        {"align": "4:5", "match": "luminance", "luminance": 0.2},
    ],
)
@pytest.mark.parametrize("kinds", [("rgb", "rgb"), ("grey", "rgb16")])
def test_a_fresh_average_is_as_its_manifest_says(picture_pair, tmp_path, choices, kinds):
    pictures = [as_kind(*one) for one in zip(picture_pair, kinds, strict=True)]
    assert_checks(sg.average_pictures(pictures, **choices), tmp_path)
