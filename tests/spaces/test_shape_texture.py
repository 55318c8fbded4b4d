"""Shape and texture as vectors, averages and caricatures."""

import numpy as np
import pytest

from stimgen.errors import PictureError, SettingError, ShapeError
from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.spaces.points import PointsSettings
from stimgen.spaces.shape_texture import Caricatures, MeanShape, ShapeTexture, average_pictures, shares

SIZE_PX = 48
UNALIGNED = PointsSettings(align="none")


def picture(seed: int, *, moved_px: float = 0.0) -> Picture:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX] / SIZE_PX
    waves = sum(
        np.cos(2 * np.pi * (rng.uniform(-2, 2) * x + rng.uniform(-2, 2) * y + rng.random())) for _ in range(4)
    )
    xy = np.array([[12.0, 14.0], [35.0, 12.0], [24.0, 24.0], [14.0, 36.0], [34.0, 34.0]])
    xy = xy + rng.normal(0, moved_px, xy.shape) if moved_px else xy
    return Picture(
        pixels=(0.5 + 0.3 * waves / np.abs(waves).max())[..., None], points=Landmarks(xy=xy), name=f"p{seed}"
    )


def test_an_average_of_one_picture_is_that_picture():
    one = picture(1)
    found = average_pictures([one, one], settings=UNALIGNED)
    np.testing.assert_allclose(found.pixels, one.pixels, atol=1e-9)
    np.testing.assert_allclose(found.points.xy, one.points.xy)


def test_where_shapes_agree_an_average_is_the_mean_of_light():
    pictures = [picture(n) for n in range(4)]
    found = average_pictures(pictures, settings=UNALIGNED)
    light = np.mean([one.light for one in pictures], axis=0)
    np.testing.assert_allclose(Picture(pixels=found.pixels).light, light, atol=1e-9)
    # a mean of encoded values would be another picture
    assert np.abs(found.pixels - np.mean([one.pixels for one in pictures], axis=0)).max() > 0.01


def test_shapes_are_averaged_with_the_weights():
    pictures, weights = [picture(n, moved_px=2.0) for n in range(3)], (0.5, 0.3, 0.2)
    found = average_pictures(pictures, weights=weights, settings=UNALIGNED)
    wanted = sum(w * one.points.xy for w, one in zip(weights, pictures, strict=True))
    np.testing.assert_allclose(found.points.xy, wanted)
    assert found.n_folds == 0


def test_all_weight_on_one_picture_gives_it_back():
    pictures = [picture(n, moved_px=2.0) for n in range(3)]
    found = average_pictures(pictures, weights=(0.0, 1.0, 0.0), settings=UNALIGNED)
    np.testing.assert_allclose(found.pixels, pictures[1].pixels, atol=2e-3)


def test_vectors_come_back_as_the_picture():
    pictures = [picture(n, moved_px=1.5) for n in range(3)]
    mean = MeanShape.of(pictures, settings=UNALIGNED)
    for index, one in enumerate(pictures):
        vectors = mean.encode(one, index)
        assert vectors.shape.shape == (10,)
        assert vectors.texture.shape == (SIZE_PX * SIZE_PX,)
        back = mean.decode(vectors)
        assert np.sqrt(np.mean((back.pixels - one.pixels) ** 2)) < 0.01
        np.testing.assert_allclose(back.points.xy, one.points.xy)


def test_principal_components_of_the_vectors_span_the_pictures():
    pictures = [picture(n, moved_px=1.5) for n in range(6)]
    mean = MeanShape.of(pictures, settings=UNALIGNED)
    encoded = [mean.encode(one, index) for index, one in enumerate(pictures)]
    rows = np.array([np.concatenate([one.shape, one.texture]) for one in encoded])
    centre = rows.mean(axis=0)
    left, size, axes = np.linalg.svd(rows - centre, full_matrices=False)
    rebuilt = centre + (left * size)[:, :5] @ axes[:5]
    np.testing.assert_allclose(rebuilt, rows, atol=1e-8)
    fewer = centre + (left * size)[:, :2] @ axes[:2]
    assert np.abs(fewer - rows).max() > 0.01
    again = mean.decode(ShapeTexture(shape=rebuilt[2, :10], texture=rebuilt[2, 10:]))
    assert np.sqrt(np.mean((again.pixels - pictures[2].pixels) ** 2)) < 0.01


def test_a_caricature_goes_away_from_the_average():
    average, one = picture(1), picture(2, moved_px=2.0)
    caricatures = Caricatures.of(one, average, settings=UNALIGNED)
    np.testing.assert_allclose(caricatures(1.5).points.xy, 1.5 * one.points.xy - 0.5 * average.points.xy)
    np.testing.assert_allclose(caricatures(1.0).pixels, one.pixels, atol=1e-9)
    np.testing.assert_allclose(caricatures(0.0, texture=0.0).pixels, average.pixels, atol=1e-9)


@pytest.mark.parametrize(
    ("weights", "message"), [((0.5, 0.4), "sum to 1"), ((1.0,), "as many"), ((np.nan, 1.0), "sum to 1")]
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(SettingError, match=message):
        average_pictures([picture(1), picture(2)], weights=weights)


def test_weights_are_divided_by_their_sum_only_when_asked():
    assert shares([1.0, 1.0, 2.0]) == (0.25, 0.25, 0.5)
    with pytest.raises(SettingError, match="cannot be brought"):
        shares([1.0, -1.0])


def test_what_does_not_belong_is_refused():
    pictures = [picture(n, moved_px=1.5) for n in range(2)]
    mean = MeanShape.of(pictures, settings=UNALIGNED)
    with pytest.raises(PictureError, match="not picture 0"):
        mean.encode(pictures[1], 0)
    with pytest.raises(SettingError, match="no picture 5"):
        mean.encode(pictures[1], 5)
    with pytest.raises(ShapeError, match="values"):
        mean.decode(ShapeTexture(shape=np.zeros(4), texture=np.zeros(9)))
    with pytest.raises(SettingError, match="at least one"):
        average_pictures([])
