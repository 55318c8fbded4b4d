"""Envelopes: known densities of harmonics and noise, formants of a known tract, and grains of noise."""

import numpy as np
import pytest

from stimgen.errors import ShapeError
from stimgen.spectral.displacement import mel_grid_hz
from stimgen.spectral.envelope import envelopes, harmonic_density, noise_density
from stimgen.spectral.formants import anchor_maps, track_formants
from stimgen.spectral.harmonics import Harmonics
from stimgen.spectral.residual import grain_clock, retimed_grains, shaped_sum

RATE_HZ = 16000
GRID_HZ = mel_grid_hz(RATE_HZ)


def resonances(formants_hz, bandwidths_hz):
    """Natural log of power of a cascade of resonances with a glottal tilt."""
    log_power = -2 * np.log(GRID_HZ**2 + 100.0**2)
    for centre_hz, bandwidth_hz in zip(formants_hz, bandwidths_hz, strict=True):
        ratio, loss = (GRID_HZ / centre_hz) ** 2, (GRID_HZ * bandwidth_hz / centre_hz**2) ** 2
        log_power = log_power - np.log((1 - ratio) ** 2 + loss)
    return log_power


@pytest.mark.parametrize("f0_hz", [80.0, 160.0, 320.0])
def test_the_density_of_harmonics_does_not_depend_on_f0(f0_hz):
    density = 1e-6
    amplitude = np.full((1, int(7900 / f0_hz)), np.sqrt(2 * f0_hz * density))
    found = harmonic_density(amplitude, f0_hz=np.array([f0_hz]), grid_hz=GRID_HZ)
    np.testing.assert_allclose(np.exp(found), density)


def test_a_straight_line_in_log_density_is_read_as_one():
    amplitude = np.exp(-0.1 * np.arange(1, 31))[None, :]
    found = harmonic_density(amplitude, f0_hz=np.array([200.0]), grid_hz=GRID_HZ)[0]
    inner = (GRID_HZ > 400) & (GRID_HZ < 5800)
    wanted = -0.2 * GRID_HZ / 200.0 - np.log(400.0)
    np.testing.assert_allclose(found[inner], wanted[inner], atol=1e-9)


def test_white_noise_has_its_variance_as_density():
    noise = 0.1 * np.random.default_rng(0).normal(size=RATE_HZ)
    times_s = np.linspace(0.05, 0.95, 181)
    found = noise_density(noise, rate_hz=RATE_HZ, times_s=times_s, grid_hz=GRID_HZ, window_s=0.016)
    np.testing.assert_allclose(found.mean(axis=0), 0.01 / 8000, rtol=0.25)


def test_silence_has_a_finite_floor():
    silent = Harmonics(
        times_s=np.array([0.0, 0.1]), f0_hz=np.full(2, 100.0), phase=np.zeros(2),
        coefficients=np.zeros((2, 5), dtype=complex), share=np.zeros(2),
    )  # fmt: skip
    found = envelopes(silent, np.zeros(1600), rate_hz=RATE_HZ, grid_hz=GRID_HZ, window_s=0.016)
    assert np.isfinite(found.log_total).all()


def test_formants_of_a_known_tract_are_found_within_3_percent():
    formants_hz = np.array([300.0, 2300.0, 2900.0, 3700.0, 4600.0])
    log_power = np.tile(resonances(formants_hz, (60, 90, 120, 180, 220)), (20, 1))
    found_hz = track_formants(log_power, grid_hz=GRID_HZ, weight=np.ones(20), frame_step_s=0.005)
    np.testing.assert_allclose(found_hz, np.tile(formants_hz[:4], (20, 1)), rtol=0.03)


def test_formants_of_a_flat_spectrum_are_ordered_and_finite():
    found_hz = track_formants(
        np.zeros((5, GRID_HZ.size)), grid_hz=GRID_HZ, weight=np.zeros(5), frame_step_s=0.005
    )
    assert np.all(np.diff(found_hz, axis=1) > 0)


def test_anchors_go_where_they_are_told_and_nothing_folds():
    a_hz, b_hz = np.array([[500.0, 1500.0, 2500.0]]), np.array([[300.0, 2200.0, 3000.0]])
    maps_hz = anchor_maps(a_hz, b_hz, grid_hz=GRID_HZ)
    np.testing.assert_allclose(np.interp(a_hz[0], GRID_HZ, maps_hz[0]), b_hz[0], rtol=0.01)
    assert np.all(np.diff(maps_hz) > 0)
    np.testing.assert_allclose(maps_hz[0, [0, -1]], [0.0, RATE_HZ / 2])
    with pytest.raises(ShapeError, match="pairs"):
        anchor_maps(a_hz, b_hz[:, :2], grid_hz=GRID_HZ)


def laid(samples, source_samples, log_gain=0.0):
    clock = grain_clock(samples.size, rate_hz=RATE_HZ, grain_s=0.016)
    grains = retimed_grains(samples, clock=clock, source_samples=source_samples(clock.centres))
    gains = np.full((clock.centres.size, GRID_HZ.size), log_gain)
    return shaped_sum([grains], [gains], clock=clock, rate_hz=RATE_HZ, grid_hz=GRID_HZ)


def test_grains_laid_unchanged_are_the_sound():
    noise = np.random.default_rng(0).normal(size=5000)
    np.testing.assert_allclose(laid(noise, lambda centres: centres.astype(float)), noise, atol=1e-12)


def test_stretched_noise_keeps_its_power_and_gain_scales_it():
    noise = np.random.default_rng(0).normal(size=32000)
    stretched = laid(noise, lambda centres: 0.6 * centres)
    assert np.var(stretched) == pytest.approx(np.var(noise), rel=0.1)
    assert np.var(laid(noise, lambda centres: 0.6 * centres, np.log(2.0))) == pytest.approx(
        4.0 * np.var(stretched)
    )
