"""Formants: found on known tracts through harmonics and noise, at any pitch, and the maps that they anchor."""

import numpy as np
import pytest

from stimgen.errors import ShapeError
from stimgen.spectral.displacement import mel_grid_hz
from stimgen.spectral.envelope import harmonic_density
from stimgen.spectral.formant_filter import Formants, log_gain
from stimgen.spectral.formants import anchor_maps, track_formants

RATE_HZ = 16000
GRID_HZ = mel_grid_hz(RATE_HZ)
N_FRAMES = 20


def tract(frequencies_hz, bandwidths_hz) -> Formants:
    rows = [
        np.tile(np.asarray(values, dtype=float), (N_FRAMES, 1)) for values in (frequencies_hz, bandwidths_hz)
    ]
    return Formants(frequency_hz=rows[0], bandwidth_hz=rows[1])


def log_voice(formants: Formants, at_hz):
    """Natural log of power of a tract with a glottal source that falls by 12 dB per octave, radiation by 6 less."""
    return log_gain(formants, at_hz) - np.log(at_hz**2 + 100.0**2)


def tracked(formants: Formants, *, f0_hz: float, is_noise: bool = False) -> Formants:
    f0s_hz = np.full(N_FRAMES, f0_hz)
    amplitude = np.exp(0.5 * log_voice(formants, f0s_hz[:, None] * np.arange(1, int(7800 / f0_hz))))
    return track_formants(
        amplitude,
        f0_hz=f0s_hz,
        voicing=np.zeros(N_FRAMES) if is_noise else np.ones(N_FRAMES),
        log_power=log_voice(formants, GRID_HZ[None, :]),
        grid_hz=GRID_HZ,
        frame_step_s=0.005,
    )


FRONT = ((300.0, 2300.0, 2900.0, 3700.0, 4600.0), (60.0, 120.0, 150.0, 190.0, 240.0))
BACK = ((580.0, 1050.0, 2450.0, 3500.0, 4500.0), (70.0, 80.0, 130.0, 180.0, 230.0))
SHORT = ((330.0, 2600.0, 3500.0, 4300.0, 5100.0), (60.0, 140.0, 180.0, 220.0, 260.0))


@pytest.mark.parametrize(("made", "is_noise"), [(FRONT, False), (BACK, False), (SHORT, False), (BACK, True)])
def test_formants_of_a_known_tract_are_found_within_3_percent(made, is_noise):
    found = tracked(tract(*made), f0_hz=110.0, is_noise=is_noise)
    np.testing.assert_allclose(found.frequency_hz, np.tile(made[0][:4], (N_FRAMES, 1)), rtol=0.03)


@pytest.mark.parametrize("f0_hz", [90.0, 180.0, 270.0])
def test_formants_are_not_drawn_to_harmonics(f0_hz):
    found = tracked(tract(*BACK), f0_hz=f0_hz)
    np.testing.assert_allclose(found.frequency_hz[0], BACK[0][:4], rtol=0.03)


def test_a_wide_formant_is_found_to_be_wide():
    wide = (BACK[0], (250.0, 260.0, *BACK[1][2:]))
    narrow_hz, wide_hz = (tracked(tract(*made), f0_hz=100.0).bandwidth_hz[0, :2] for made in (BACK, wide))
    np.testing.assert_allclose(narrow_hz, BACK[1][:2], rtol=0.35)
    np.testing.assert_allclose(wide_hz, wide[1][:2], rtol=0.35)


def test_formants_of_a_flat_spectrum_are_ordered_and_finite():
    found = track_formants(
        np.zeros((5, 3)), f0_hz=np.full(5, 100.0), voicing=np.zeros(5), log_power=np.zeros((5, GRID_HZ.size)),
        grid_hz=GRID_HZ, frame_step_s=0.005,
    )  # fmt: skip
    assert np.all(np.diff(found.frequency_hz, axis=1) > 0)
    assert np.all(found.bandwidth_hz > 0) and np.isfinite(found.bandwidth_hz).all()


def test_anchors_go_where_they_are_told_and_nothing_folds():
    a_hz, b_hz = np.array([[500.0, 1500.0, 2500.0]]), np.array([[300.0, 2200.0, 3000.0]])
    maps_hz = anchor_maps(a_hz, b_hz, grid_hz=GRID_HZ)
    np.testing.assert_allclose(np.interp(a_hz[0], GRID_HZ, maps_hz[0]), b_hz[0], rtol=0.01)
    assert np.all(np.diff(maps_hz) > 0)
    np.testing.assert_allclose(maps_hz[0, [0, -1]], [0.0, RATE_HZ / 2])
    with pytest.raises(ShapeError, match="pairs"):
        anchor_maps(a_hz, b_hz[:, :2], grid_hz=GRID_HZ)


def test_a_peak_between_two_harmonics_is_drawn_when_the_filter_is_known():
    f0_hz, formants = np.array([300.0]), Formants(
        frequency_hz=np.array([[750.0, 1500.0, 2500.0, 3500.0]]), bandwidth_hz=np.array([[70.0, 90.0, 130.0, 180.0]])
    )  # fmt: skip
    harmonics_hz = f0_hz[:, None] * np.arange(1, 26)
    amplitude = np.exp(0.5 * log_voice(formants, harmonics_hz)) * np.sqrt(2.0 * f0_hz)
    inner = (GRID_HZ > 650) & (GRID_HZ < 5000)  # the curve has no slope at the first harmonic
    true = log_voice(formants, GRID_HZ[None, :])[0, inner]
    plain = harmonic_density(amplitude, f0_hz=f0_hz, grid_hz=GRID_HZ)[0, inner]
    sharp = harmonic_density(
        amplitude, f0_hz=f0_hz, grid_hz=GRID_HZ, log_gain=lambda at_hz: log_gain(formants, at_hz)
    )[0, inner]
    decibels = 10.0 / np.log(10.0)
    assert decibels * np.abs(plain - true).max() > 8.0
    assert decibels * np.abs(sharp - true).max() < 1.0
