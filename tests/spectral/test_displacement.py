"""Displacement of envelopes: closed forms and properties of the map and of the way along it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.displacement import (
    displacement_maps,
    gaussian_smooth,
    mel_grid_hz,
    read_at,
    source_frequencies,
)

RATE_HZ = 16000
GRID_HZ = mel_grid_hz(RATE_HZ)


def bump(centre_hz: float, *, bandwidth_hz: float = 100.0) -> FloatArray:
    """One formant, natural log of the power of a resonance."""
    ratio = (GRID_HZ / centre_hz) ** 2
    loss = (GRID_HZ * bandwidth_hz / centre_hz**2) ** 2
    return np.asarray(-np.log((1 - ratio) ** 2 + loss))[None, :]


def midpoint(a: FloatArray, b: FloatArray, position: float = 0.5) -> FloatArray:
    maps_hz = displacement_maps(a, b, grid_hz=GRID_HZ, frame_step_s=0.005)
    at = source_frequencies(maps_hz, grid_hz=GRID_HZ, position=position)
    return (1 - position) * read_at(a, grid_hz=GRID_HZ, at_hz=at.a_hz) + position * read_at(
        b, grid_hz=GRID_HZ, at_hz=at.b_hz
    )


def peak_hz(log_power: FloatArray) -> float:
    return float(GRID_HZ[np.argmax(log_power[0])])


def test_equal_envelopes_map_every_frequency_to_itself():
    a = bump(1200.0)
    maps_hz = displacement_maps(a, a, grid_hz=GRID_HZ, frame_step_s=0.005)
    np.testing.assert_allclose(maps_hz[0], GRID_HZ, atol=1e-6)


def test_a_formant_moves_instead_of_fading():
    a, b = bump(1000.0), bump(1600.0)
    moved = midpoint(a, b)
    assert peak_hz(moved) == pytest.approx(np.sqrt(1000.0 * 1600.0), rel=0.06)
    height, faded = 0.5 * (a.max() + b.max()), 0.5 * (a + b)
    assert moved.max() > 0.75 * height
    assert faded.max() < 0.6 * height


def test_a_change_of_gain_moves_nothing():
    a = bump(1000.0) + bump(2500.0)
    maps_hz = displacement_maps(a, a + 7.0, grid_hz=GRID_HZ, frame_step_s=0.005)
    np.testing.assert_allclose(maps_hz[0], GRID_HZ, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-0.5, 1.5))
def test_maps_and_ways_never_fold(seed: int, position: float):
    rng = np.random.default_rng(seed)
    a, b = (np.cumsum(rng.normal(size=(3, GRID_HZ.size)), axis=1) for _ in range(2))
    maps_hz = displacement_maps(a, b, grid_hz=GRID_HZ, frame_step_s=0.005)
    assert np.all(np.diff(maps_hz, axis=1) >= 0)
    np.testing.assert_array_equal(maps_hz[:, [0, -1]], [[0.0, RATE_HZ / 2]] * 3)
    at = source_frequencies(maps_hz, grid_hz=GRID_HZ, position=position)
    for side_hz in (at.a_hz, at.b_hz):
        assert np.all(np.diff(side_hz, axis=1) >= 0)
        assert side_hz.min() >= 0
        assert side_hz.max() <= RATE_HZ / 2


def test_the_ends_are_the_two_envelopes():
    a, b = bump(700.0), bump(2000.0)
    np.testing.assert_allclose(midpoint(a, b, 0.0), a)
    np.testing.assert_allclose(midpoint(a, b, 1.0), b)


def test_peaks_at_positions_lie_in_order():
    a, b = bump(600.0), bump(1500.0)
    peaks_hz = [peak_hz(midpoint(a, b, position)) for position in np.linspace(0, 1, 9)]
    assert np.all(np.diff(peaks_hz) > 0)


def test_smoothing_keeps_a_constant_and_the_sum_of_a_bump():
    np.testing.assert_allclose(gaussian_smooth(np.full((4, 50), 3.0), width=5.0, axis=1), 3.0)
    spike = np.zeros((1, 201))
    spike[0, 100] = 1.0
    smooth = gaussian_smooth(spike, width=4.0, axis=1)
    assert smooth.sum() == pytest.approx(1.0)
    assert smooth.max() == pytest.approx(1 / (4.0 * np.sqrt(2 * np.pi)), rel=1e-3)


def test_reading_at_the_grid_gives_the_values_back():
    values = np.random.default_rng(0).normal(size=(2, GRID_HZ.size))
    np.testing.assert_allclose(read_at(values, grid_hz=GRID_HZ, at_hz=np.tile(GRID_HZ, (2, 1))), values)


def test_several_kinds_are_read_at_the_same_frequencies():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(2, 5, GRID_HZ.size))
    at_hz = np.sort(rng.uniform(0.0, GRID_HZ[-1], (5, 40)), axis=1)
    both = read_at(values, grid_hz=GRID_HZ, at_hz=at_hz)
    for kind in range(2):
        wanted = [np.interp(at, GRID_HZ, row) for at, row in zip(at_hz, values[kind], strict=True)]
        np.testing.assert_allclose(both[kind], wanted, atol=1e-12)


def test_one_row_of_frequencies_serves_all_frames():
    values = np.random.default_rng(4).normal(size=(6, GRID_HZ.size))
    at_hz = np.linspace(0.0, GRID_HZ[-1], 33)[None, :]
    found = read_at(values, grid_hz=GRID_HZ, at_hz=at_hz)
    np.testing.assert_allclose(
        found, read_at(values, grid_hz=GRID_HZ, at_hz=np.tile(at_hz, (6, 1))), atol=0.0
    )
    assert np.ptp(found, axis=0).min() > 0.0


def test_envelopes_of_different_shape_are_refused():
    with pytest.raises(ShapeError, match="one shape"):
        displacement_maps(np.zeros((2, 256)), np.zeros((3, 256)), grid_hz=GRID_HZ, frame_step_s=0.005)
