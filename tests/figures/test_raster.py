import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stimgen.figures.picture import Picture
from stimgen.figures.raster import paint, png_file
from stimgen.figures.style import level_colors


def painted(picture: Picture) -> np.ndarray:
    return np.asarray(paint(picture)).astype(int)


def ink(picture: Picture) -> np.ndarray:
    """Return how dark each pixel is, 0 to 1."""
    return 1.0 - painted(picture).mean(axis=2) / 255.0


def square() -> Picture:
    return Picture(width_in=1.0, height_in=1.0)


@given(seed=st.integers(0, 1000), width=st.integers(1, 40), height=st.integers(1, 40))
def test_another_program_reads_the_file_as_it_was_painted(seed: int, width: int, height: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    read = Image.open(io.BytesIO(png_file(Image.fromarray(pixels))))
    np.testing.assert_array_equal(np.asarray(read), pixels)
    assert read.info["dpi"] == pytest.approx((144, 144), abs=0.01)


def test_an_empty_picture_is_white() -> None:
    assert painted(square()).min() == 255


def test_a_box_fills_its_pixels_and_no_others() -> None:
    picture = square()
    picture.box(0.25, 0.5, width_in=0.5, height_in=0.25, color="#000000")
    expected = np.zeros((144, 144))
    expected[72:108, 36:108] = 1.0
    np.testing.assert_array_equal(ink(picture), expected)


def test_a_box_is_never_too_thin_to_be_seen() -> None:
    picture = square()
    picture.box(0.5, 0.5, width_in=0.0001, height_in=0.25, color="#000000")
    assert ink(picture).sum() == 36


def test_round_corners_take_away_a_little() -> None:
    picture = square()
    picture.box(0.25, 0.25, width_in=0.5, height_in=0.5, color="#000000", round_in=0.1)
    dark = ink(picture)
    # Four corners, each a square without its quarter of a disc.
    assert dark.sum() == pytest.approx(72**2 - (4 - np.pi) * 14.4**2, rel=0.01)
    assert dark[36, 36] == 0.0
    assert dark[72, 36] == 1.0


def test_cells_run_from_the_quietest_to_the_loudest_colour() -> None:
    picture = square()
    shades = np.array([[0, 255]], dtype=np.uint8)
    picture.cells(0.0, 0.0, width_in=1.0, height_in=1.0, shades=shades)
    pixels = painted(picture)
    np.testing.assert_array_equal(pixels[70, 0], level_colors()[0])
    np.testing.assert_array_equal(pixels[70, -1], level_colors()[-1])
    assert np.all(np.diff(pixels[70].sum(axis=1)) >= 0)


def test_the_first_row_of_cells_is_at_the_top() -> None:
    picture = square()
    picture.cells(0.0, 0.0, width_in=1.0, height_in=1.0, shades=np.array([[255], [0]], dtype=np.uint8))
    assert painted(picture)[0, 0].sum() > painted(picture)[-1, 0].sum()


@pytest.mark.parametrize("dashed", [False, True])
def test_a_level_line_is_crisp(dashed: bool) -> None:
    picture = square()
    picture.line([0.1, 0.9], [0.5, 0.5], color="#000000", width_pt=1.0, dashed=dashed)
    dark = ink(picture)
    assert set(np.unique(dark)) == {0.0, 1.0}
    assert np.flatnonzero(dark.any(axis=1)).tolist() == [71, 72]
    covered = dark[71, 15:129].mean()
    assert covered == pytest.approx(4 / 7, abs=0.05) if dashed else covered == 1.0


def test_a_slanted_line_covers_its_length_times_its_width() -> None:
    picture = square()
    picture.line([0.1, 0.9], [0.2, 0.7], color="#000000", width_pt=2.0)
    assert ink(picture).sum() == pytest.approx(144 * np.hypot(0.8, 0.5) * 4.0, rel=0.05)


def test_a_dashed_slanted_line_covers_four_sevenths() -> None:
    whole, dashed = square(), square()
    for picture, is_dashed in ((whole, False), (dashed, True)):
        picture.line([0.1, 0.5, 0.9], [0.2, 0.5, 0.3], color="#000000", dashed=is_dashed)
    assert ink(dashed).sum() / ink(whole).sum() == pytest.approx(4 / 7, abs=0.06)


def test_a_line_is_broken_at_missing_points() -> None:
    picture = square()
    picture.line([0.1, 0.3, np.nan, 0.6, 0.8], [0.5, 0.52, np.nan, 0.5, 0.52], color="#000000")
    columns = ink(picture).any(axis=0)
    assert columns[20:42].all()
    assert not columns[48:82].any()
    assert columns[90:112].all()


def test_a_line_of_missing_points_is_no_line() -> None:
    picture = square()
    picture.line([0.1, np.nan, 0.3], [0.5, np.nan, 0.5], color="#000000")
    picture.marks([np.nan], [0.5], shape="circle", color="#000000", size_pt=5.0)
    assert ink(picture).sum() == 0.0


def test_a_faint_line_lets_through_what_lies_below() -> None:
    picture = square()
    picture.line([0.1, 0.9], [0.5, 0.5], color="#000000", width_pt=4.0, opacity=0.5)
    assert ink(picture).max() == pytest.approx(0.5, abs=0.01)


def test_marks_stand_with_their_middle_at_their_point() -> None:
    for shape in ("circle", "diamond"):
        picture = square()
        picture.marks([0.4], [0.6], shape=shape, color="#000000", size_pt=10.0)
        rows, columns = np.indices((144, 144)) + 0.5
        dark = ink(picture)
        assert np.average(columns, weights=dark) == pytest.approx(57.6, abs=0.5)
        assert np.average(rows, weights=dark) == pytest.approx(86.4, abs=0.5)
        assert dark.sum() == pytest.approx({"circle": np.pi * 100, "diamond": 2 * 144.0}[shape], rel=0.1)


def test_a_hollow_mark_is_white_within() -> None:
    picture = square()
    picture.box(0.0, 0.0, width_in=1.0, height_in=1.0, color="#888888")
    picture.marks([0.5], [0.5], shape="circle", color="#000000", size_pt=10.0, hollow=True)
    pixels = painted(picture)[..., 0]
    assert pixels[72, 72] == 255
    assert pixels.min() < 30


def test_turned_text_is_upright_text_turned() -> None:
    upright, turned = square(), square()
    upright.write(0.5, 0.5, "letters", anchor="middle")
    turned.write(0.5, 0.5, "letters", anchor="middle", turned=True)
    np.testing.assert_allclose(ink(turned)[20:120, 20:120], np.rot90(ink(upright))[20:120, 20:120], atol=1.0)
    assert ink(turned).sum() == pytest.approx(ink(upright).sum(), rel=0.02)
    tall = ink(turned).any(axis=1).sum()
    assert tall == pytest.approx(ink(upright).any(axis=0).sum(), abs=1)
    assert tall > 2 * ink(turned).any(axis=0).sum()


def test_what_leaves_the_picture_is_cut() -> None:
    picture = square()
    picture.line([-1.0, 2.0], [-1.0, 2.0], color="#000000")
    picture.marks([0.0, 5.0], [0.0, 5.0], shape="triangle", color="#000000", size_pt=9.0)
    dark = ink(picture)
    assert dark[100, 100] > 0.5
    assert dark.shape == (144, 144)


def test_later_items_lie_over_earlier_ones() -> None:
    picture = square()
    picture.box(0.0, 0.0, width_in=1.0, height_in=1.0, color="#000000")
    picture.box(0.0, 0.0, width_in=1.0, height_in=1.0, color="#ffffff")
    assert ink(picture).max() == 0.0
