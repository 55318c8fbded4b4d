"""The points space: exact ends, landmarks where positions say, no folds, one picture in the middle."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stimgen.distance.picture_two_source import picture_two_source_index
from stimgen.errors import PictureError, SettingError
from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.spaces.points import PointsSettings, PointsSpace

SIZE_PX = 96
FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces_london" / "neutral_front"


def pattern(seed: int, *, size_px: int = SIZE_PX, n_channels: int = 1) -> np.ndarray:
    """A smooth pattern between 0.2 and 0.8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size_px, 0:size_px] / size_px
    channels = []
    for _ in range(n_channels):
        waves = sum(
            np.cos(2 * np.pi * (rng.uniform(-3, 3) * x + rng.uniform(-3, 3) * y + rng.random()))
            for _ in range(6)
        )
        channels.append(0.5 + 0.3 * waves / np.abs(waves).max())
    return np.stack(channels, axis=2)


def with_points(pixels: np.ndarray, xy: np.ndarray, name: str = "picture", **facts) -> Picture:
    return Picture(pixels=pixels, points=Landmarks(xy=np.asarray(xy, dtype=float)), name=name, **facts)


def shape_of(seed: int, n_points: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).uniform(16, SIZE_PX - 17, (n_points, 2))


def dots(xy: np.ndarray, *, radius_px: float = 1.5, size_px: int = SIZE_PX) -> list[np.ndarray]:
    """One picture per landmark with a soft dot at it."""
    y, x = np.mgrid[0:size_px, 0:size_px]
    return [np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * radius_px**2))[..., None] for px, py in xy]


def place_of(pixels: np.ndarray) -> np.ndarray:
    """Where a dot is: the mean place of what is above half its peak."""
    light = pixels[..., 0]
    y, x = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    weight = np.where(light > 0.5 * light.max(), light, 0.0)
    return np.array([np.sum(weight * x), np.sum(weight * y)]) / weight.sum()


def space(align="none", **settings) -> PointsSpace:
    return PointsSpace(chosen=PointsSettings(align=align, **settings))


@pytest.mark.parametrize("n_channels", [1, 3])
def test_unaligned_ends_are_the_pictures_to_the_bit(n_channels):
    a, b = (with_points(pattern(n, n_channels=n_channels), shape_of(n)) for n in (1, 2))
    way = space().between(a, b, seed=0)
    for position, picture in ((0.0, a), (1.0, b)):
        rendering = way(position)
        np.testing.assert_array_equal(rendering.pixels, picture.pixels)
        assert rendering.end_source == "original"
        np.testing.assert_allclose(rendering.points.xy, picture.points.xy)


def test_neighbours_of_an_end_hardly_differ_from_it():
    a, b = (with_points(pattern(n), shape_of(5) + n) for n in (1, 2))
    way = space().between(a, b, seed=0)
    assert np.abs(way(1e-4).pixels - way(0.0).pixels).max() < 2e-3
    assert np.abs(way(0.5).pixels - way(0.0).pixels).max() > 0.05


@pytest.mark.parametrize("position", [0.25, 0.5, 0.8])
def test_every_landmark_lands_where_the_position_says(position):
    one, other = shape_of(3, 8), shape_of(3, 8) + np.random.default_rng(4).normal(0, 3.0, (8, 2))
    for number, (dot_a, dot_b) in enumerate(zip(dots(one), dots(other), strict=True)):
        way = space().between(
            with_points(dot_a, one, transfer="linear"), with_points(dot_b, other, transfer="linear"), seed=0
        )
        rendering = way(position)
        wanted = (1 - position) * one[number] + position * other[number]
        np.testing.assert_allclose(rendering.points.xy[number], wanted)
        assert np.linalg.norm(place_of(rendering.pixels) - wanted) < 0.5


def test_a_blend_without_a_warp_would_leave_the_dot_in_two_places():
    one, other = shape_of(3, 8), shape_of(3, 8) + 9.0
    a, b = (with_points(dots(xy)[0], xy, transfer="linear") for xy in (one, other))
    middle, fade = space().between(a, b, seed=0)(0.5), PictureCrossfadeSpace().between(a, b, seed=0)(0.5)
    assert middle.pixels.max() > 0.9
    assert fade.pixels.max() < 0.6


@pytest.mark.parametrize("n_points", [3, 5, 12, 40])
@pytest.mark.parametrize("seed", range(5))
def test_maps_do_not_fold_however_landmarks_move(n_points, seed):
    rng = np.random.default_rng(seed)
    one = rng.uniform(10, SIZE_PX - 11, (n_points, 2))
    other = np.clip(one + rng.normal(0, 6.0, one.shape), 5, SIZE_PX - 6)
    way = space().between(with_points(pattern(1), one), with_points(pattern(2), other), seed=0)
    for position in (0.0, 0.3, 0.5, 0.7, 1.0):
        rendering = way(position)
        assert rendering.n_folds == 0
        assert np.isfinite(rendering.pixels).all()
        assert 0.0 <= rendering.pixels.min() <= rendering.pixels.max() <= 1.0


def test_a_similarity_between_the_pictures_is_undone_by_alignment():
    xy = np.array([[30.0, 30.0], [66.0, 34.0], [48.0, 66.0], [40.0, 50.0]])
    moved = xy + [6.0, -4.0]
    pixels = pattern(7)
    shifted = np.roll(pixels, (-4, 6), axis=(0, 1))
    way = space("procrustes").between(with_points(pixels, xy), with_points(shifted, moved), seed=0)
    a, b = way.ends
    np.testing.assert_allclose(a.points.xy, b.points.xy, atol=1e-9)
    inside = (slice(8, -8), slice(8, -8))
    assert np.abs(a.pixels - b.pixels)[inside].max() < 0.02
    assert np.abs(pixels - shifted)[inside].max() > 0.1


def test_two_points_are_laid_over_each_other():
    one, other = shape_of(8), shape_of(8) * 0.9 + 4.0
    way = space(("points", 0, 1)).between(
        with_points(pattern(1), one), with_points(pattern(2), other), seed=0
    )
    a, b = way.ends
    np.testing.assert_allclose(a.points.xy[:2], b.points.xy[:2], atol=1e-9)


def test_beyond_the_ends_shapes_go_on_and_what_is_clipped_is_counted():
    a, b = (with_points(pattern(n), shape_of(5) + 2 * n) for n in (1, 2))
    way = space().between(a, b, seed=0)
    beyond = way(1.5)
    np.testing.assert_allclose(beyond.points.xy, 1.5 * b.points.xy - 0.5 * a.points.xy)
    n_at_limits = np.count_nonzero((beyond.pixels == 0.0) | (beyond.pixels == 1.0))
    # what overshoots by less than half a step of 8 bit would have been rounded there anyway
    assert 0 < beyond.n_clipped <= n_at_limits <= beyond.n_clipped + 40


def test_swapped_ends_give_the_same_way_backwards():
    a, b = (with_points(pattern(n), shape_of(5) + 3 * n) for n in (1, 2))
    forth, back = space().between(a, b, seed=0)(0.3), space().between(b, a, seed=0)(0.7)
    assert np.abs(forth.pixels - back.pixels).max() < 0.02


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: Picture(pixels=p.pixels), "no landmarks"),
        (lambda p: with_points(p.pixels, p.points.xy[:-1]), "same points"),
        (lambda p: with_points(p.pixels, np.column_stack([np.arange(12.0), np.arange(12.0)])), "one line"),
        (lambda p: with_points(p.pixels, p.points.xy * 10), "far outside"),
        (lambda p: with_points(p.pixels, np.full((12, 2), np.nan)), "usable landmarks"),
        (lambda p: with_points(p.pixels[:, :-4], p.points.xy), "one size"),
        (lambda p: with_points(np.repeat(p.pixels, 3, axis=2), p.points.xy), "one mode"),
    ],
)
def test_what_cannot_serve_is_refused_with_a_remedy(change, message):
    a, b = (with_points(pattern(n), shape_of(n)) for n in (1, 2))
    with pytest.raises((PictureError, SettingError), match=message):
        space().between(a, change(b), seed=0)


def test_landmarks_in_another_order_are_refused_where_they_have_names():
    a, b = (with_points(pattern(n), shape_of(n, 4)) for n in (1, 2))
    names = ("left eye", "right eye", "nose", "mouth")
    named = [
        replace(p, points=replace(p.points, names=n)) for p, n in ((a, names), (b, names[::-1]), (b, names))
    ]
    with pytest.raises(PictureError, match="'left eye' and 'mouth'"):
        space().between(named[0], named[1], seed=0)
    assert space().between(named[0], named[2], seed=0)(0.5).points.names == names


@pytest.mark.parametrize("settings", [{"align": "eyes"}, {"align": ("points", 1, 1)}, {"outside": "black"}])
def test_unknown_settings_are_refused(settings):
    with pytest.raises(SettingError):
        PointsSettings(**settings)


def test_the_same_call_gives_the_same_bytes():
    a, b = (with_points(pattern(n), shape_of(n)) for n in (1, 2))
    first, second = (space("procrustes").between(a, b, seed=0)(0.4).pixels for _ in range(2))
    assert first.tobytes() == second.tobytes()


def face(name: str, size_px: int) -> Picture:
    lines = (FACES / f"{name}.tem").read_text(encoding="utf-8").splitlines()
    xy = np.array([[float(value) for value in line.split()] for line in lines[1 : 1 + int(lines[0])]])
    with Image.open(FACES / f"{name}.jpg") as image:
        share = size_px / image.width
        pixels = np.asarray(image.resize((size_px, size_px), Image.Resampling.BOX)) / 255.0
    return with_points(pixels, (xy + 0.5) * share - 0.5, name)


@pytest.mark.skipif(not FACES.is_dir(), reason="the photographed faces are not here")
def test_faces_morph_without_folds_into_one_face():
    names = sorted(path.stem for path in FACES.glob("*.tem"))
    rng = np.random.default_rng(11)
    for _ in range(4):
        one, other = rng.choice(names, size=2, replace=False)
        way = space("procrustes").between(face(one, 200), face(other, 200), seed=0)
        a, b = way.ends
        middle = way(0.5)
        fade = PictureCrossfadeSpace().between(a, b, seed=0)(0.5)
        assert all(way(position).n_folds == 0 for position in (0.0, 0.25, 0.5, 0.75, 1.0))
        index, faded = (picture_two_source_index(Picture(pixels=p.pixels), a, b) for p in (middle, fade))
        assert index < 0.7 * faded
