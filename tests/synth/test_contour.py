import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.errors import SettingError
from stimgen.synth import Contour, glide, spoken_f0, steady


@given(start=st.floats(50, 8000), end=st.floats(50, 8000), share=st.floats(0, 1))
def test_a_glide_moves_evenly_in_log_frequency(start: float, end: float, share: float) -> None:
    value = glide(start, end).at(np.array([share]))[0]
    assert np.log(value) == pytest.approx((1 - share) * np.log(start) + share * np.log(end))


def test_a_contour_in_db_is_straight_in_db() -> None:
    assert glide(-20.0, 0.0, unit="db").at(np.array([0.5]))[0] == pytest.approx(-10.0)


def test_spoken_f0_rises_before_it_falls_and_keeps_both_ends() -> None:
    contour = spoken_f0(120.0, 95.0)
    assert (contour.values[0], contour.values[-1]) == pytest.approx((120.0, 95.0))
    assert max(contour.values) > 120.5
    assert min(contour.values) == pytest.approx(95.0)


@pytest.mark.parametrize(
    ("shares", "values"),
    [
        ((0.0, 0.9), (1.0, 1.0)),
        ((0.0, 0.5, 0.5, 1.0), (1.0,) * 4),
        ((0.0, 1.0), (1.0,)),
        ((0.0, 1.0), (1.0, 0.0)),
    ],
)
def test_broken_contours_are_refused(shares: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(SettingError):
        Contour(shares=shares, values=values)


def test_a_steady_contour_does_not_move() -> None:
    assert np.ptp(steady(123.0).at(np.linspace(0, 1, 9))) == pytest.approx(0.0, abs=1e-9)
