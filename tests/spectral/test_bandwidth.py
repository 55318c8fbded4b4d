import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from stimgen.errors import ShapeError
from stimgen.spectral.bandwidth import bandwidth_hz


def _noise(n_samples: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n_samples)


@pytest.mark.parametrize("rate_hz", [4000, 8000, 44100, 192000])
def test_white_noise_fills_the_band_to_half_the_rate(rate_hz: int) -> None:
    got_hz = bandwidth_hz(_noise(rate_hz), rate_hz=rate_hz)
    assert got_hz == pytest.approx(0.999 * rate_hz / 2, rel=2e-3)
    assert got_hz <= rate_hz / 2


@pytest.mark.parametrize("cutoff_hz", [500.0, 3000.0, 9000.0, 20000.0])
def test_the_band_of_band_limited_noise_is_found_in_a_file_of_a_higher_rate(cutoff_hz: float) -> None:
    rate_hz = 48000
    band = signal.butter(30, cutoff_hz, fs=rate_hz, output="sos")
    samples = signal.sosfiltfilt(band, _noise(rate_hz))
    assert bandwidth_hz(samples, rate_hz=rate_hz) == pytest.approx(cutoff_hz, abs=0.02 * cutoff_hz + 30.0)


@pytest.mark.parametrize("frequency_hz", [100.0, 1000.0, 7000.0])
def test_a_steady_tone_ends_within_two_bins_above_its_frequency(frequency_hz: float) -> None:
    rate_hz = 16000
    ramp = signal.windows.tukey(rate_hz, 0.2)
    tone = ramp * np.sin(2 * np.pi * frequency_hz * np.arange(rate_hz) / rate_hz)
    assert frequency_hz <= bandwidth_hz(tone, rate_hz=rate_hz) <= frequency_hz + 70.0


def test_the_edge_leaves_one_part_in_a_thousand_of_the_power_above_it() -> None:
    rate_hz, seconds = 16000, 4
    time_s = np.arange(rate_hz * seconds) / rate_hz
    low, high = np.sin(2 * np.pi * 500.0 * time_s), np.sin(2 * np.pi * 6000.0 * time_s)
    ramp = signal.windows.tukey(time_s.size, 0.1)
    weak, strong = ((low + amplitude * high) * ramp for amplitude in (0.02, 0.05))
    assert bandwidth_hz(weak, rate_hz=rate_hz) < 600.0  # .0004 of the power lies at 6 kHz
    assert bandwidth_hz(strong, rate_hz=rate_hz) > 5900.0  # .0025


@given(gain=st.floats(1e-150, 1e150), offset=st.floats(-3.0, 3.0))
def test_neither_gain_nor_offset_changes_the_bandwidth(gain: float, offset: float) -> None:
    samples = np.cumsum(_noise(2000))
    plain = bandwidth_hz(samples, rate_hz=16000)
    changed = bandwidth_hz(gain * (samples + offset), rate_hz=16000)
    assert changed == pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.ones(1), np.full(300, 0.25)])
def test_what_has_no_power_above_dc_has_no_bandwidth(samples: np.ndarray) -> None:
    assert bandwidth_hz(samples, rate_hz=16000) == 0.0


def test_a_sound_of_two_samples_has_a_bandwidth() -> None:
    assert 0.0 < bandwidth_hz(np.array([1.0, -1.0]), rate_hz=16000) <= 8000.0


def test_every_moment_counts_alike() -> None:
    """A burst of high noise counts as much at the very end as in the middle."""
    rate_hz = 16000
    low = np.cumsum(_noise(8000))
    burst = 30.0 * np.diff(_noise(801, seed=1))
    middle, end = low.copy(), low.copy()
    middle[4000:4800] += burst
    end[-800:] += burst
    middle_hz, end_hz = bandwidth_hz(middle, rate_hz=rate_hz), bandwidth_hz(end, rate_hz=rate_hz)
    assert middle_hz == pytest.approx(end_hz, rel=0.02)
    assert middle_hz > 2.0 * bandwidth_hz(low, rate_hz=rate_hz)


def test_several_channels_are_refused() -> None:
    with pytest.raises(ShapeError, match="one channel"):
        bandwidth_hz(np.zeros((100, 2)), rate_hz=16000)
