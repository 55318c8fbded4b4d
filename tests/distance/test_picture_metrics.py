"""Distances between pictures: closed forms, what a metric must keep, and scikit-image's structural similarity."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, shift

from stimgen.distance.pictures import PICTURE_METRICS, make_picture_metric
from stimgen.errors import PictureError, SettingError
from stimgen.media.picture import Picture

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_london" / "neutral_front"


def natural(seed: int, *, size: tuple[int, int] = (48, 64), n_channels: int = 1) -> np.ndarray:
    """Noise whose amplitude falls as 1/f, as that of natural pictures does, 0.05 to 0.95."""
    rows, columns = np.fft.fftfreq(size[0])[:, None, None], np.fft.fftfreq(size[1])[None, :, None]
    falls = 1.0 / np.maximum(np.hypot(rows, columns), 1.0 / max(size))
    noise = np.random.default_rng(seed).normal(size=(*size, n_channels))
    pixels = np.fft.ifft2(np.fft.fft2(noise, axes=(0, 1)) * falls, axes=(0, 1)).real
    return 0.05 + 0.9 * (pixels - pixels.min()) / np.ptp(pixels)


def apart(name: str, first: np.ndarray, second: np.ndarray, **chosen: object) -> float:
    metric = make_picture_metric(name, chosen)
    return metric.distance(*(metric.features(Picture(pixels=pixels)) for pixels in (first, second)))


def disc(x_px: float) -> np.ndarray:
    rows, columns = np.mgrid[:64, :96]
    return (1.0 / (1.0 + np.exp(2.0 * (np.hypot(rows - 32, columns - x_px) - 10.0))))[..., None]


@pytest.mark.parametrize("name", PICTURE_METRICS)
@given(seed=st.integers(0, 1000), n_channels=st.sampled_from([1, 3]))
@settings(max_examples=8, deadline=None)
def test_every_metric_is_symmetric_and_keeps_the_triangle(name: str, seed: int, n_channels: int) -> None:
    one, two = natural(seed, n_channels=n_channels), natural(seed + 1, n_channels=n_channels)
    between = 0.5 * (one + two) + 0.05 * natural(seed + 2, n_channels=n_channels) - 0.025
    assert apart(name, one, two) == apart(name, two, one) > 0.01
    assert apart(name, one, one) == 0.0
    assert apart(name, one, two) <= apart(name, one, between) + apart(name, between, two) + 1e-6


@pytest.mark.parametrize("name", PICTURE_METRICS)
def test_a_small_change_counts_in_proportion_to_its_size(name: str) -> None:
    base, towards = natural(1), natural(2) - natural(1)
    whole, tenth = (apart(name, base, base + size * towards) for size in (1e-2, 1e-3))
    assert whole / tenth == pytest.approx(10.0, rel=0.02)


def test_one_minus_ssim_would_count_a_small_change_by_its_square() -> None:
    metric = make_picture_metric("ssim")
    base, towards = natural(1), natural(2) - natural(1)
    features = [metric.features(Picture(pixels=base + size * towards)) for size in (0.0, 1e-3, 1e-2)]
    tenth, whole = (1.0 - metric.similarity(features[0], other) for other in features[1:])  # type: ignore[attr-defined]
    assert whole / tenth == pytest.approx(100.0, rel=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_similarity_is_that_of_scikit_image(seed: int) -> None:
    structural_similarity = pytest.importorskip("skimage.metrics").structural_similarity
    one, two = natural(seed), 0.7 * natural(seed) + 0.3 * natural(seed + 9)
    metric = make_picture_metric("ssim")
    ours = metric.similarity(*(metric.features(Picture(pixels=p)) for p in (one, two)))  # type: ignore[attr-defined]
    theirs = structural_similarity(
        one[..., 0],
        two[..., 0],
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
    )
    assert 0.1 < ours < 0.95
    assert ours == pytest.approx(theirs, abs=1e-5)


def test_near_pictures_are_the_root_of_one_minus_ssim_apart() -> None:
    structural_similarity = pytest.importorskip("skimage.metrics").structural_similarity
    one = natural(4)
    two = one + 0.01 * (natural(5) - one)
    theirs = structural_similarity(
        one[..., 0],
        two[..., 0],
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
    )
    assert apart("ssim", one, two) == pytest.approx(np.sqrt(1.0 - theirs), rel=0.01)


def test_a_picture_and_its_negative_are_further_apart_than_a_picture_and_noise() -> None:
    one = natural(6)
    assert apart("ssim", one, 1.0 - one) > 1.2 > apart("ssim", one, natural(7)) > 0.5


def test_pixel_distance_is_the_root_mean_square_difference_in_percent() -> None:
    one, two = natural(1, n_channels=3), natural(2, n_channels=3)
    assert apart("pixel", one, two) == pytest.approx(100 * np.sqrt(np.mean((one - two) ** 2)), rel=1e-5)


def test_pixel_distance_sees_colours_of_one_luma_unless_told_to_look_at_luma() -> None:
    red, grey = np.zeros((16, 16, 3)), np.full((16, 16, 3), 0.2126 * 0.8)
    red[..., 0] = 0.8
    assert apart("pixel", red, grey) > 30.0
    assert apart("pixel", red, grey, values="luma") < 1e-4


def test_gradient_distance_of_two_gratings_is_what_calculus_says() -> None:
    columns, sigma, wave = np.arange(240), 2.0, 2 * np.pi / 24
    one, two = (0.5 + 0.3 * np.cos(wave * columns + phase) * np.ones((48, 1)) for phase in (0.0, np.pi))
    # derivative of a blurred cosine: amplitude x wave x exp(-(wave sigma)^2 / 2), its root mean square / sqrt 2
    expected = 100 * sigma * 0.6 * np.sin(wave) * np.exp(-((wave * sigma) ** 2) / 2) / np.sqrt(2)
    assert apart("gradient", one[..., None], two[..., None], sigmas_px=[sigma]) == pytest.approx(
        expected, rel=0.02
    )


def test_gradient_distance_does_not_see_brightness_but_sees_blur() -> None:
    one = natural(3)
    blurred = gaussian_filter(one, (1.5, 1.5, 0))
    assert apart("gradient", one, one + 0.04) < 1e-3 < 0.1 < apart("gradient", one, blurred)
    assert apart("pixel", one, one + 0.04) == pytest.approx(4.0)


def test_the_coarse_scale_goes_on_growing_where_the_fine_one_has_stopped() -> None:
    def growth(sigma: float) -> float:
        near, far = (apart("gradient", disc(40), disc(x), sigmas_px=[sigma]) for x in (45.0, 50.0))
        return far / near

    assert growth(1.0) < 1.2 < 1.3 < growth(4.0)


@pytest.mark.parametrize("name", PICTURE_METRICS)
def test_pictures_of_two_sizes_are_refused(name: str) -> None:
    with pytest.raises(SettingError, match="one size"):
        apart(name, natural(1), natural(1, size=(40, 64)))


@pytest.mark.parametrize("name", ["ssim", "gradient"])
def test_a_picture_smaller_than_the_window_is_refused(name: str) -> None:
    with pytest.raises(PictureError, match=f"{name} distance needs"):
        apart(name, natural(1, size=(7, 64)), natural(1, size=(7, 64)))


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("ssim", {"sigma_px": 0.0}),
        ("ssim", {"window": 3}),
        ("pixel", {"values": "light"}),
        ("gradient", {"sigmas_px": []}),
        ("gradient", {"sigmas_px": [0.1]}),
        ("mel", {}),
    ],
)
def test_what_a_metric_does_not_know_is_refused(name: str, chosen: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        make_picture_metric(name, chosen)


@pytest.mark.parametrize("name", PICTURE_METRICS)
def test_settings_make_the_same_metric_again(name: str) -> None:
    metric = make_picture_metric(name)
    assert make_picture_metric(name, metric.settings()) == metric


@pytest.mark.skipif(not FACES.is_dir(), reason="the faces are not on this machine")
def test_two_faces_are_further_apart_than_a_face_and_itself_moved_by_a_pixel() -> None:
    from PIL import Image

    def face(number: str) -> np.ndarray:
        return np.asarray(Image.open(FACES / f"{number}_03.jpg").convert("RGB").resize((128, 128))) / 255.0

    one, other = face("001"), face("004")
    moved = np.clip(shift(one, (0, 1, 0), order=1, mode="nearest"), 0, 1)
    for name in PICTURE_METRICS:
        assert 0.0 < apart(name, one, moved) < apart(name, one, other)
