"""Cosine and sine of turns: against the mathematical library, at whole and quarter turns, far from zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.spectral.turns import cos_sin, polar


@given(st.floats(-1000.0, 1000.0))
def test_cosine_and_sine_agree_with_the_mathematical_library(turns):
    part = turns - np.round(turns)
    np.testing.assert_allclose(
        cos_sin(turns), (np.cos(2 * np.pi * part), np.sin(2 * np.pi * part)), atol=1e-15
    )


@pytest.mark.parametrize("whole", [0.0, 3.0, -7.0, 1e8])
def test_quarter_turns_are_exact(whole):
    assert cos_sin(whole) == (1.0, 0.0)
    assert cos_sin(whole + 0.25) == (0.0, 1.0)
    assert cos_sin(whole + 0.5) == (-1.0, 0.0)
    assert cos_sin(whole - 0.25) == (0.0, -1.0)


def test_polar_numbers_have_their_sizes_and_angles():
    rng = np.random.default_rng(0)
    size, angle = rng.uniform(0.1, 2.0, (3, 50)), rng.uniform(-30.0, 30.0, (3, 50))
    found = polar(size, angle)
    np.testing.assert_allclose(np.abs(found), size, rtol=1e-14)
    np.testing.assert_allclose(found, size * np.exp(1j * angle), atol=1e-13)


def test_polar_takes_arrays_that_are_not_contiguous():
    size, angle = np.ones((4, 6)).T, np.linspace(0.0, 3.0, 24).reshape(4, 6).T
    np.testing.assert_allclose(polar(size, angle), np.exp(1j * angle), atol=1e-14)
