"""The contact sheet of pictures: it shows the pictures that were written, in order, and nothing lies over anything."""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.errors import SettingError, ShapeError
from stimgen.export.picture_set import eight_bits
from stimgen.figures.picture import Photo, Picture, Words
from stimgen.figures.picture_content import PictureSheetContent, PictureSide, PictureStep
from stimgen.figures.picture_overview import OverviewPair, picture_overview
from stimgen.figures.picture_sheet import picture_sheet
from stimgen.figures.raster import paint

Collisions = Callable[[Picture], list[tuple[str, str]]]
SIZES = [(36, 30), (400, 12), (12, 400), (1000, 60)]


def soft(width_px: int, height_px: int, share: float) -> np.ndarray:
    """Return values that no other share gives, 8 bits, shape (height_px, width_px, 3)."""
    rows, columns = np.mgrid[:height_px, :width_px]
    red = 60 + 100 * share + 80 * columns / width_px
    green = 200 - 150 * rows / height_px
    blue = 40 + 180 * share + 0.0 * rows
    return np.rint(np.stack([red, green, blue], axis=2)).astype(np.uint8)


def step(index: int, n_steps: int, size: tuple[int, int], **changes: object) -> PictureStep:
    share = index / max(1, n_steps - 1)
    made = PictureStep(
        index=index,
        position=share,
        rgb=soft(*size, share),
        mean_luminance=0.3 + 0.01 * share,
        rms_contrast=0.15,
        distance_from_previous=None if index == 0 else 0.1 + 0.01 * (index % 2),
    )
    return replace(made, **changes)


def content(n_steps: int, size: tuple[int, int] = (36, 30), **changes: object) -> PictureSheetContent:
    made = PictureSheetContent(
        title="a-b",
        subtitle=f"points · {n_steps} steps, even in ssim · {size[0]} × {size[1]} px · 8 bit colour",
        steps=tuple(step(n, n_steps, size) for n in range(n_steps)),
        sides=tuple(
            PictureSide(name=f"{name}.png", rgb=soft(*size, share), words="9 landmarks")
            for name, share in (("a", 0.0), ("b", 1.0))
        ),
        sides_words="aligned by all landmarks",
        metric_name="ssim",
        metric_unit="sqrt(1 - SSIM)",
    )
    return replace(made, **changes)


def photos(picture: Picture) -> list[Photo]:
    return [item for item in picture.items if isinstance(item, Photo)]


def texts(picture: Picture) -> list[str]:
    return [item.text for item in picture.items if isinstance(item, Words)]


def edges_in(photo: Photo) -> tuple[float, float, float, float]:
    return (
        photo.left_in,
        photo.top_in,
        photo.left_in + photo.width_in,
        photo.top_in + photo.height_in,
    )


def shown_pixels(painted: np.ndarray, photo: Photo, shape: tuple[int, int]) -> np.ndarray:
    """Return what a sheet shows of a photo, brought to the size of the original."""
    left, top, right, bottom = (round(edge * 144) for edge in edges_in(photo))
    part = Image.fromarray(painted[top : max(top + 1, bottom), left : max(left + 1, right)])
    return np.asarray(part.resize((shape[1], shape[0]), Image.Resampling.BOX), dtype=float)


@pytest.mark.parametrize("kind", ["grey", "colour", "16 bits", "grey in 16 bits"])
def test_a_sheet_as_it_is_built_shows_every_stimulus_in_its_place(picture_pair, tmp_path, kind):
    pictures = []
    for one in picture_pair:
        pixels = one.pixels[..., 1:2] if kind.startswith("grey") else one.pixels
        depth = 16 if "16" in kind else 8
        pixels = np.rint((0.9 * pixels + 0.01) * (2**depth - 1)) / (2**depth - 1)
        pictures.append(replace(one, pixels=pixels, bit_depth=depth))
    made = sg.morph_pictures(*pictures, steps=4, spacing="linear", control="crossfade")
    folder = made.save(tmp_path / "set")
    data = (folder / "contact-sheet.png").read_bytes()
    image = Image.open(io.BytesIO(data))
    sheet = made.contact_sheet()
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (sheet.width_px, sheet.height_px))
    painted, drawn = np.asarray(image), photos(sheet)
    assert len(drawn) == 4 + 4 + 2
    stimuli = [np.broadcast_to(255 * one.pixels, (*one.pixels.shape[:2], 3)) for one in made.stimuli]
    for index, photo in enumerate(drawn[:8]):
        got = shown_pixels(painted, photo, stimuli[index].shape[:2])
        off = [np.abs(got - one).mean() for one in stimuli]
        assert off[index] < 3.0
        # two steps of the same place in a line and its control look alike
        others = [value for other, value in enumerate(off) if other % 4 != index % 4]
        assert off[index] < 0.5 * min(others)


@pytest.mark.parametrize("n_steps", [1, 2, 9, 10, 16, 30, 200])
def test_steps_stand_from_left_to_right_and_from_top_to_bottom(n_steps):
    sheet = picture_sheet(content(n_steps))
    drawn = photos(sheet)[:-2]
    assert len(drawn) == min(n_steps, 16)
    places = [(round(photo.top_in, 6), photo.left_in) for photo in drawn]
    assert places == sorted(places)
    assert len({top for top, _ in places}) == (1 if n_steps < 10 else 2)
    blues = [int(photo.rgb[0, 0, 2]) for photo in drawn]
    assert blues == sorted(blues)
    assert blues[0] == 40
    assert blues[-1] == (40 if n_steps == 1 else 220)
    assert any("16 of them shown" in text for text in texts(sheet)) == (n_steps > 16)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("n_steps", [2, 7, 30])
def test_pictures_of_any_proportions_neither_overlap_nor_leave_the_sheet(n_steps, size, collisions):
    sheet = picture_sheet(content(n_steps, size, controls=content(n_steps, size).steps))
    drawn = [edges_in(photo) for photo in photos(sheet)]
    for n, (left, top, right, bottom) in enumerate(drawn):
        assert 0 <= left < right <= sheet.width_in
        assert 0 <= top < bottom <= sheet.height_in
        for other in drawn[n + 1 :]:
            across = min(right, other[2]) - max(left, other[0])
            down = min(bottom, other[3]) - max(top, other[1])
            assert min(across, down) < 1e-6
    for photo in photos(sheet):
        assert photo.height_in <= 2.6 + 1e-9
        assert photo.width_in / photo.height_in == pytest.approx(size[0] / size[1])
    assert collisions(sheet) == []


LONG = [
    "a" * 300,
    "日本語の長い名前" * 20,
    "ناس" * 60,
    "\U0001f426" * 80,
    "e\u0301" * 150,
    "name with\nnewline and\ttab " * 9,
]


@pytest.mark.parametrize("name", LONG, ids=["ascii", "japanese", "arabic", "emoji", "accents", "controls"])
def test_long_names_are_shortened_and_touch_nothing(name, collisions):
    steps = tuple(
        step(n, 8, (36, 30), position=float("nan"), distance_from_previous=None, name=name) for n in range(8)
    )
    sides = tuple(PictureSide(name=name, rgb=soft(36, 30, 0.1 * n), words=name) for n in range(12))
    sheet = picture_sheet(
        content(
            8, title=name, subtitle=name, steps=steps, sides=sides, sides_words=name, metric_name="",
            notes=(name, name, name, name),
        )
    )  # fmt: skip
    assert collisions(sheet) == []
    assert len(sheet.png_bytes()) > 10_000


def test_more_pictures_than_there_is_room_for_are_counted():
    sides = tuple(PictureSide(name=str(n), rgb=soft(36, 30, 0.01 * n)) for n in range(40))
    sheet = picture_sheet(content(1, sides=sides, metric_name=""))
    assert len(photos(sheet)) == 1 + 12
    assert any("28 more" in text for text in texts(sheet))


def test_a_sheet_has_the_same_bytes_twice_and_other_bytes_for_another_picture():
    one, other = (picture_sheet(content(5)).png_bytes() for _ in range(2))
    assert one == other
    steps = list(content(5).steps)
    rgb = steps[2].rgb.copy()
    rgb[10:14, 10:14] = 255
    steps[2] = replace(steps[2], rgb=rgb)
    assert picture_sheet(content(5, steps=tuple(steps))).png_bytes() != one


def test_landmarks_lie_where_they_are_in_the_picture_and_none_beside_it():
    xy = np.array([[0.0, 0.0], [35.0, 29.0], [-4.0, 3.0], [17.5, 14.5]])
    sides = (PictureSide(name="a", rgb=soft(36, 30, 0.0), points_xy=xy),)
    sheet = picture_sheet(content(2, sides=sides))
    photo = photos(sheet)[-1]
    (marks,) = [item for item in sheet.items if getattr(item, "name", "") == "landmarks"]
    per_px_in = photo.width_in / 36
    np.testing.assert_allclose(marks.x_in, photo.left_in + (xy[[0, 1, 3], 0] + 0.5) * per_px_in)
    np.testing.assert_allclose(marks.y_in, photo.top_in + (xy[[0, 1, 3], 1] + 0.5) * per_px_in)


@pytest.mark.parametrize("most_px", [None, 7, 20])
def test_thumbnails_are_means_of_whole_blocks_and_keep_the_light(most_px):
    rng = np.random.default_rng(2)
    picture = sg.Picture(pixels=rng.uniform(0, 1, (31, 45, 3)))
    small = eight_bits(picture, most_px=most_px)
    n = 1 if most_px is None else 45 // most_px
    assert small.shape == (31 // n, 45 // n, 3)
    first = 255 * picture.pixels[:n, :n].mean(axis=(0, 1))
    assert np.abs(small[0, 0] - first).max() <= 0.5


def test_sheets_of_nothing_or_of_other_values_are_refused():
    with pytest.raises(SettingError, match="at least 1 step"):
        content(1, steps=())
    for rgb in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ShapeError, match="8-bit values"):
            step(0, 1, (4, 4), rgb=rgb)


# an overview of many pairs


@pytest.mark.parametrize("size", SIZES)
def test_an_overview_shows_every_pair_in_a_row_of_its_own(size, collisions):
    pairs = [
        OverviewPair(
            name=f"{'pair' * (1 + 20 * row)}-{row}",
            pictures=tuple(soft(*size, 0.2 * column + 0.01 * row) for column in range(5)),
            words=("ssim cv 0.02, 1.10", "luminance 0.200 to 0.300 " * (1 + 9 * row)),
        )
        for row in range(4)
    ]
    drawing = picture_overview(title="4 pairs", subtitle="36 stimuli · even in ssim", pairs=pairs)
    drawn = photos(drawing)
    wanted = [rgb for pair in pairs for rgb in pair.pictures]
    assert all(photo.rgb is rgb for photo, rgb in zip(drawn, wanted, strict=True))
    tops = [[photo.top_in for photo in drawn[5 * row : 5 * row + 5]] for row in range(4)]
    assert all(len(set(row)) == 1 for row in tops)
    for photo, other in zip(drawn, drawn[1:], strict=False):
        is_same_row = photo.top_in == other.top_in
        assert other.left_in >= photo.left_in + photo.width_in if is_same_row else True
        assert is_same_row or other.top_in >= photo.top_in + photo.height_in
    assert collisions(drawing) == []
    assert paint(drawing).size == (drawing.width_px, drawing.height_px)
