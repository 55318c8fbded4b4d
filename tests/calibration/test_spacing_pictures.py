"""Even spacing on lines of pictures: the same search, another medium."""

from collections.abc import Callable

import numpy as np
import pytest

from stimgen.calibration.spacing import Spacing, even_positions, jitter_floor
from stimgen.distance.pictures import PICTURE_METRICS, make_picture_metric
from stimgen.media.picture import Picture

ROWS, COLUMNS = np.mgrid[:48, :64]


def blend(position: float) -> Picture:
    """A blend of two patterns that goes slowly first and fast at the end."""
    share = position**3
    one, two = np.sin(ROWS / 4.0) * np.cos(COLUMNS / 7.0), np.cos(ROWS / 9.0 + COLUMNS / 5.0)
    return Picture(pixels=(0.5 + 0.4 * ((1.0 - share) * one + share * two))[..., None])


def growing(position: float) -> Picture:
    """A disc that grows faster and faster."""
    from_middle = np.hypot(ROWS - 24, COLUMNS - 32)
    return Picture(pixels=(1.0 / (1.0 + np.exp(from_middle - 4.0 - 14.0 * position**2)))[..., None])


def ratio(distances: tuple[float, ...] | list[float]) -> float:
    return max(distances) / min(distances)


def spaced(line: Callable[[float], Picture], name: str) -> tuple[Spacing, float]:
    metric = make_picture_metric(name)
    features = [metric.features(line(position)) for position in np.linspace(0, 1, 9)]
    linear = [metric.distance(*pair) for pair in zip(features, features[1:], strict=False)]
    return even_positions(line, metric, first=0.0, last=1.0, n_steps=9), ratio(linear)


@pytest.mark.parametrize("name", PICTURE_METRICS)
@pytest.mark.parametrize("line", [blend, growing])
def test_steps_of_a_line_that_is_not_even_become_even(line: Callable[[float], Picture], name: str) -> None:
    found, linear = spaced(line, name)
    assert linear > 2.0
    assert ratio(found.distances) < 1.1
    assert found.positions[0] == 0.0 and found.positions[-1] == 1.0
    assert list(found.positions) == sorted(found.positions)


def test_pixel_steps_of_a_cubic_blend_stand_at_cube_roots() -> None:
    found, _ = spaced(blend, "pixel")
    np.testing.assert_allclose(found.positions, np.linspace(0, 1, 9) ** (1 / 3), atol=0.02)


def test_a_line_that_is_even_is_left_alone() -> None:
    found, linear = spaced(lambda position: blend(position ** (1 / 3)), "pixel")
    assert linear < 1.01
    assert found.positions == pytest.approx(np.linspace(0, 1, 9))


def test_rounding_to_eight_bit_shows_in_the_jitter_floor() -> None:
    metric = make_picture_metric("pixel")

    def rounded(position: float) -> Picture:
        return Picture(pixels=np.rint(blend(position).pixels * 255) / 255)

    smooth, stepped = (jitter_floor(line, metric, first=0.0, last=1.0) for line in (blend, rounded))
    assert smooth < 0.02 < stepped
