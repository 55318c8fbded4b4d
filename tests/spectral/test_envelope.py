"""Envelopes: known densities of harmonics and noise, and grains of noise."""

import numpy as np
import pytest

from stimgen.spectral.displacement import mel_grid_hz
from stimgen.spectral.envelope import envelopes, harmonic_density, noise_density
from stimgen.spectral.harmonics import Harmonics
from stimgen.spectral.residual import grain_clock, retimed_grains, shaped_sum

RATE_HZ = 16000
GRID_HZ = mel_grid_hz(RATE_HZ)


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
