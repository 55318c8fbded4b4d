"""Two-source index of pictures: closed forms, an independent solver, moving objects and warped faces."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls

from stimgen.distance.picture_two_source import PictureSources, picture_sources, picture_two_source_index
from stimgen.errors import PictureError, ShapeError
from stimgen.media.picture import Picture

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_london" / "neutral_front"
ROWS, COLUMNS = np.mgrid[:96, :128]


def picture(light: np.ndarray, n_channels: int = 1) -> Picture:
    return Picture(pixels=np.repeat(light[..., None], n_channels, axis=2), transfer="linear")


def disc(x_px: float, *, radius_px: float = 10.0, light: float = 0.4) -> np.ndarray:
    return 0.05 + light / (1.0 + np.exp(2.0 * (np.hypot(ROWS - 48, COLUMNS - x_px) - radius_px)))


def bar(angle: float) -> np.ndarray:
    across = np.cos(angle) * (COLUMNS - 64) + np.sin(angle) * (ROWS - 48)
    along = np.cos(angle) * (ROWS - 48) - np.sin(angle) * (COLUMNS - 64)
    return 0.05 + 0.5 / (1.0 + np.exp(3.0 * (np.abs(across) - 2.0))) / (1.0 + np.exp(np.abs(along) - 36.0))


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((96, 128))


def index(stimulus: np.ndarray, a: np.ndarray, b: np.ndarray) -> float | None:
    return picture_two_source_index(picture(stimulus), picture(a), picture(b))


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
@pytest.mark.parametrize(("a", "b"), [(noise(0), noise(1)), (disc(40), disc(80)), (bar(0.0), bar(0.7))])
def test_a_cross_fade_in_light_is_pure_superposition(share: float, a: np.ndarray, b: np.ndarray) -> None:
    assert index((1 - share) * a + share * b, a, b) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("a", "middle", "b"),
    [
        (disc(40), disc(60), disc(80)),
        (disc(60, radius_px=12), disc(60, radius_px=20), disc(60, radius_px=28)),
        (bar(0.0), bar(0.35), bar(0.7)),
    ],
)
def test_a_true_intermediate_scores_low(a: np.ndarray, middle: np.ndarray, b: np.ndarray) -> None:
    found = index(middle, a, b)
    assert found is not None and found < 0.2


def test_a_picture_that_neither_end_explains_scores_near_zero() -> None:
    found = index(noise(2), noise(0), noise(1))
    assert found is not None and found < 0.02


def test_half_of_a_beside_half_of_b_is_less_of_a_mixture_than_both_laid_over_each_other() -> None:
    # each end explains a quarter, both together half: 1 - (1/2) / (3/4)
    found = index(np.where(COLUMNS < 64, noise(0), noise(1)), noise(0), noise(1))
    assert found == pytest.approx(1 / 3, abs=0.03)


def test_a_negative_of_an_end_is_not_explained_by_it() -> None:
    a, b = noise(0), noise(1)
    found = index(1.0 - 0.5 * (a + b), a, b)
    assert found is not None and found < 0.1


def test_the_fit_is_that_of_a_solver_of_non_negative_least_squares() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        pixels = rng.random((3, 12, 12))
        a, b, stimulus = (picture(one) for one in pixels)
        sources = picture_sources(a, b)
        ours = PictureSources(**{**vars(sources), "contrast": 1.0}).index(stimulus)
        target = picture_sources(stimulus, a).edges_a.ravel()
        both, one, other = (
            nnls(np.stack(ends, axis=1), target)[1] ** 2
            for ends in (
                (sources.edges_a.ravel(), sources.edges_b.ravel()),
                (sources.edges_a.ravel(),),
                (sources.edges_b.ravel(),),
            )
        )
        assert ours == pytest.approx(1.0 - both / min(one, other), abs=1e-9)


def test_colour_counts_as_its_luminance() -> None:
    a, b, middle = disc(40), disc(80), disc(60)
    grey = index(middle, a, b)
    colour = picture_two_source_index(picture(middle, 3), picture(a, 3), picture(b, 3))
    assert colour == pytest.approx(grey)


def test_brightness_and_contrast_of_the_stimulus_do_not_matter() -> None:
    a, b, stimulus = noise(0), noise(1), 0.3 * noise(0) + 0.3 * noise(1) + 0.4 * noise(2)
    assert index(0.3 + 0.5 * stimulus, a, b) == pytest.approx(index(stimulus, a, b))
    assert 0.2 < index(stimulus, a, b) < 0.8  # type: ignore[operator]


@pytest.mark.parametrize(
    ("stimulus", "a", "b"),
    [
        (noise(0), noise(0), noise(1)),
        (noise(1), noise(0), noise(1)),
        (noise(2), noise(0), 0.95 * noise(0) + 0.05 * noise(1)),
        (np.full((96, 128), 0.5), noise(0), noise(1)),
        (noise(0), noise(1), np.full((96, 128), 0.5)),
    ],
    ids=["is a", "is b", "ends alike", "stimulus flat", "end flat"],
)
def test_where_it_would_mean_nothing_there_is_no_index(
    stimulus: np.ndarray, a: np.ndarray, b: np.ndarray
) -> None:
    assert index(stimulus, a, b) is None


def test_a_cross_fade_of_faces_scores_far_above_a_warp_along_landmarks() -> None:
    transform = pytest.importorskip("skimage.transform")
    if not FACES.is_dir():
        pytest.skip("the faces are not on this machine")
    from PIL import Image

    side = 256

    def face(number: str) -> tuple[np.ndarray, np.ndarray]:
        image = Image.open(FACES / f"{number}_03.jpg").convert("L").resize((side, side))
        lines = (FACES / f"{number}_03.tem").read_text().splitlines()
        xy = np.array([line.split()[:2] for line in lines[1 : int(lines[0]) + 1]], dtype=float) * side / 1350
        edge = np.linspace(0, side - 1, 5)
        border = [(x, y) for x in edge for y in edge if {x, y} & {0.0, side - 1.0}]
        return np.asarray(image) / 255.0, np.vstack([xy, border])

    def warped(pixels: np.ndarray, own: np.ndarray, mean: np.ndarray) -> np.ndarray:
        place = transform.PiecewiseAffineTransform.from_estimate(mean, own)
        return transform.warp(pixels, place, mode="edge")

    (a, points_a), (b, points_b) = face("001"), face("004")
    mean = 0.5 * (points_a + points_b)
    fade = index(0.5 * (a + b), a, b)
    warp = index(0.5 * (warped(a, points_a, mean) + warped(b, points_b, mean)), a, b)
    assert fade == pytest.approx(1.0, abs=1e-6)
    assert warp is not None and warp < 0.4


def test_pictures_of_two_sizes_and_small_ones_are_refused() -> None:
    with pytest.raises(ShapeError, match="ends of one size"):
        picture_sources(picture(noise(0)), picture(noise(1)[:64]))
    with pytest.raises(ShapeError, match="ends' size"):
        picture_sources(picture(noise(0)), picture(noise(1))).index(picture(noise(0)[:64]))
    with pytest.raises(PictureError, match="8 x 8 px"):
        picture_sources(picture(noise(0)[:7]), picture(noise(1)[:7]))
