from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from stimgen.calibration.clipping import find_clipping

DIGITS = Path(__file__).parents[3] / "shared" / "data" / "spoken_digits" / "recordings"
RATE_HZ = 16_000


def rounded(samples: np.ndarray, *, bits: int = 16) -> np.ndarray:
    steps = 2 ** (bits - 1)
    return np.round(samples * (steps - 1)) / steps


def tone(frequency_hz: float = 200.0, *, amplitude: float = 1.0, seconds: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ + 0.3)


def noise(seed: int) -> np.ndarray:
    drawn = np.convolve(np.random.default_rng(seed).normal(size=8000), np.hanning(9), mode="same")
    return drawn / np.abs(drawn).max()


def test_each_half_wave_of_a_clipped_tone_is_one_flat_top():
    clipped = np.clip(tone(), -0.7, 0.7)
    found = find_clipping(rounded(clipped))
    assert found.n_runs == 200
    assert found.n_samples == np.count_nonzero(np.abs(clipped) >= 0.7)


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.37, 0.05])
@pytest.mark.parametrize("bits", [16, 24])
def test_clipping_is_seen_after_the_sound_was_turned_down(gain: float, bits: int):
    assert find_clipping(rounded(gain * np.clip(tone(), -0.7, 0.7), bits=bits)).n_runs == 200


def test_clipping_is_seen_through_dither():
    rng = np.random.default_rng(3)
    clipped = 0.5 * np.clip(tone(), -0.7, 0.7) * 32767
    dithered = np.round(clipped + rng.random(clipped.shape) - rng.random(clipped.shape)) / 32768
    assert find_clipping(dithered).n_runs > 150


def test_clipping_on_one_side_only_is_counted_once():
    assert find_clipping(rounded(np.minimum(tone(), 0.7))).n_runs == 100


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_sound_at_full_scale_is_not_clipped(bits: int):
    assert find_clipping(rounded(noise(1), bits=bits)).n_runs == 0
    assert find_clipping(rounded(tone(), bits=bits)).n_runs == 0


@given(
    frequency_hz=st.floats(20, 2000),
    level_db=st.floats(-60, 0),
    bits=st.sampled_from([8, 12, 16]),
)
def test_rounding_makes_no_tone_look_clipped(frequency_hz: float, level_db: float, bits: int):
    low = rounded(tone(frequency_hz, amplitude=10 ** (level_db / 20), seconds=0.2), bits=bits)
    assert find_clipping(low).n_runs == 0


@given(seed=st.integers(0, 1000), ceiling=st.floats(0.3, 0.6))
def test_the_same_noise_is_clipped_or_not(seed: int, ceiling: float):
    whole = noise(seed)
    assert find_clipping(rounded(whole)).n_runs == 0
    assert find_clipping(rounded(0.5 * np.clip(whole, -ceiling, ceiling))).n_runs > 0


def test_square_waves_and_pulses_are_not_clipped():
    square = 0.5 * np.sign(tone(203.0))
    assert find_clipping(square).n_runs == 0
    assert find_clipping(np.maximum(square, 0.0)).n_runs == 0


def test_no_spoken_digit_is_called_clipped():
    if not DIGITS.is_dir():
        pytest.skip("the recordings are not here")
    for path in sorted(DIGITS.glob("*.wav"))[::10]:
        assert find_clipping(sf.read(path)[0]).n_runs == 0, path.name
