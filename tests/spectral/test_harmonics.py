"""Harmonics by projection: closed forms, the full least-squares fit, and the way back."""

import numpy as np
import pytest

from stimgen.spectral.harmonics import measure_harmonics, refine_f0, running_phase, sum_harmonics

RATE_HZ = 16000
DURATION_S = 0.5
N_HARMONICS = 40


def gliding_voice():
    """Samples, frame times and F0 of 40 harmonics with amplitudes 1/k and phases k^2."""
    time_s = np.arange(int(RATE_HZ * DURATION_S)) / RATE_HZ
    phase = 2 * np.pi * (120 * time_s + 20 * time_s**2)
    samples = sum(np.cos(k * phase + k * k) / k for k in range(1, N_HARMONICS + 1))
    times_s = np.linspace(0, DURATION_S, 101)
    return samples, times_s, 120 + 40 * times_s


def test_amplitudes_and_phases_of_a_glide_are_exact():
    samples, times_s, f0_hz = gliding_voice()
    found = measure_harmonics(samples, rate_hz=RATE_HZ, times_s=times_s, f0_hz=f0_hz, shortest_s=0.006)
    orders = np.arange(1, N_HARMONICS + 1)
    wanted = np.exp(1j * orders**2) / orders
    np.testing.assert_allclose(found.coefficients[:, :N_HARMONICS], np.tile(wanted, (101, 1)), atol=1e-4)
    assert found.share.min() > 0.9999


def test_projection_equals_the_full_least_squares_fit():
    samples, times_s, _ = gliding_voice()
    samples = samples + 0.1 * np.random.default_rng(0).normal(size=samples.size)
    f0_hz = np.full(times_s.size, 137.0)
    found = measure_harmonics(samples, rate_hz=RATE_HZ, times_s=times_s, f0_hz=f0_hz, shortest_s=0.006)
    frame, half = 50, 1.5 / 137.0
    since_s = np.arange(samples.size) / RATE_HZ - times_s[frame]
    inside = np.abs(since_s) < half
    weight = 0.5 + 0.5 * np.cos(np.pi * since_s[inside] / half)
    orders = np.arange(1, found.coefficients.shape[1] + 1)
    turns = np.exp(2j * np.pi * 137.0 * since_s[inside, None] * orders)
    columns = np.concatenate([turns.real, -turns.imag], axis=1) * np.sqrt(weight)[:, None]
    fit = np.linalg.lstsq(columns, samples[inside] * np.sqrt(weight), rcond=None)[0]
    wanted = fit[: orders.size] + 1j * fit[orders.size :]
    relative = found.coefficients[frame] * np.exp(1j * found.phase[frame] * orders)
    np.testing.assert_allclose(relative[:40], wanted[:40], atol=2e-3)


def test_summing_gives_the_voice_back():
    samples, times_s, f0_hz = gliding_voice()
    found = measure_harmonics(samples, rate_hz=RATE_HZ, times_s=times_s, f0_hz=f0_hz, shortest_s=0.006)
    again = sum_harmonics(
        times_s=times_s, f0_hz=f0_hz, coefficients=found.coefficients, n_samples=samples.size, rate_hz=RATE_HZ
    )
    assert 10 * np.log10(np.var(samples) / np.var(samples - again)) > 80


def test_noise_is_not_harmonic():
    noise = np.random.default_rng(0).normal(size=8000)
    times_s = np.linspace(0, DURATION_S, 101)
    found = measure_harmonics(
        noise, rate_hz=RATE_HZ, times_s=times_s, f0_hz=np.full(101, 120.0), shortest_s=0.006
    )
    assert abs(found.share.mean()) < 0.15


def test_refinement_removes_an_error_of_two_percent():
    samples, times_s, f0_hz = gliding_voice()
    wrong_hz = 1.02 * f0_hz
    for _ in range(2):
        wrong_hz = refine_f0(samples, rate_hz=RATE_HZ, times_s=times_s, f0_hz=wrong_hz, shortest_s=0.006)
    assert np.max(np.abs(wrong_hz / f0_hz - 1)[5:-5]) < 1e-3  # inside, where no window was moved


def test_the_running_phase_is_the_integral_of_f0():
    times_s = np.linspace(0, 1, 11)
    phase = running_phase(times_s, 100 + 50 * times_s)
    np.testing.assert_allclose(phase, 2 * np.pi * (100 * times_s + 25 * times_s**2))


def test_no_harmonic_is_measured_above_half_the_rate():
    found = measure_harmonics(
        np.ones(800),
        rate_hz=8000,
        times_s=np.linspace(0, 0.1, 21),
        f0_hz=np.full(21, 1500.0),
        shortest_s=0.004,
    )
    assert found.coefficients.shape[1] == 2


@pytest.mark.parametrize("n_samples", [1, 8, 40])
def test_sounds_shorter_than_a_window_do_not_fail(n_samples):
    found = measure_harmonics(
        np.ones(n_samples), rate_hz=8000, times_s=np.array([0.0, n_samples / 8000]), f0_hz=np.full(2, 100.0),
        shortest_s=0.006,
    )  # fmt: skip
    assert np.isfinite(found.coefficients).all()
