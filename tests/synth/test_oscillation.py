import numpy as np
import pytest

from stimgen.seeding import child_rng
from stimgen.synth.oscillation import follow_cycles

RATE_HZ = 200_000


def test_the_fundamental_of_a_sweep_is_found_within_a_cent() -> None:
    times_s = np.arange(int(0.1 * RATE_HZ)) / RATE_HZ
    wave = 0.7 * np.sin(2 * np.pi * (1000.0 * times_s + 0.5 * 20_000.0 * times_s**2))
    asked_s = np.array([0.02, 0.05, 0.08])
    cycles = follow_cycles(wave, rate_hz=RATE_HZ, times_s=asked_s)
    cents = 1200 * np.log2(cycles.f0_hz / (1000.0 + 20_000.0 * asked_s))
    assert np.abs(cents).max() < 1.0
    assert cycles.amplitude == pytest.approx([0.7] * 3, rel=1e-3)
    assert cycles.unrest.max() < 0.001


def test_unrest_is_about_the_scatter_of_the_cycles() -> None:
    lengths_s = 0.001 * np.exp(child_rng(0).normal(0.0, 0.05, 200))
    phase = np.interp(np.arange(0, lengths_s.sum(), 1 / RATE_HZ), np.cumsum(lengths_s), np.arange(200))
    unrest = follow_cycles(
        np.sin(2 * np.pi * phase), rate_hz=RATE_HZ, times_s=np.linspace(0.02, 0.18, 50)
    ).unrest
    # the median of |normal| is 0.67 standard deviations, and neighbours add half of their variance
    assert np.median(unrest) == pytest.approx(0.05 * 0.6745 * np.sqrt(1.5), rel=0.3)


def test_what_does_not_oscillate_has_no_fundamental() -> None:
    cycles = follow_cycles(np.ones(1000), rate_hz=RATE_HZ, times_s=np.array([0.001]))
    assert np.isnan(cycles.f0_hz).all()
    assert cycles.amplitude.max() == 0.0


def test_before_the_first_and_after_the_last_cycle_there_is_no_fundamental() -> None:
    times_s = np.arange(int(0.1 * RATE_HZ)) / RATE_HZ
    wave = np.where((times_s > 0.03) & (times_s < 0.07), np.sin(2 * np.pi * 1000.0 * times_s), 0.0)
    f0_hz = follow_cycles(wave, rate_hz=RATE_HZ, times_s=np.array([0.02, 0.05, 0.08])).f0_hz
    assert np.isnan(f0_hz).tolist() == [True, False, True]
