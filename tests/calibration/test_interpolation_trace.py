import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from scipy.interpolate import Akima1DInterpolator

from stimgen.calibration.effective_band import HIGHEST_NATIVE_SHARE, STANDARD_RATES_HZ, effective_band
from stimgen.calibration.interpolation_trace import interpolated_from_hz

SHAPES = {
    "saw": signal.sawtooth,
    "square": signal.square,
    "triangle": lambda phase: signal.sawtooth(phase, 0.5),
    "pulses": lambda phase: np.diff(np.floor(phase / (2 * np.pi)), prepend=0.0),
}
RATES_HZ = [16000, 22050, 32000, 44100, 48000]


def rounded(samples: np.ndarray) -> np.ndarray:
    return np.round(samples * 32767) / 32768


def named(samples: np.ndarray, rate_hz: int) -> int | None:
    lower_hz = tuple(rate for rate in STANDARD_RATES_HZ if rate <= HIGHEST_NATIVE_SHARE * rate_hz)
    return interpolated_from_hz(samples, rate_hz=rate_hz, rates_hz=lower_hz)


def hiss(rate_hz: int, *, seed: int, seconds: float = 0.4) -> np.ndarray:
    """Noise whose loudness goes up and down at the pitch of a voice."""
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    noise = np.random.default_rng(seed).normal(size=times_s.shape)
    return 0.05 * signal.lfilter([1], [1, -0.7], noise) * (1 + 0.7 * np.sin(2 * np.pi * 170 * times_s))


def held(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    return samples[np.arange(samples.shape[0] * rate_hz // old_hz) * old_hz // rate_hz]


def by_lines(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    times = np.arange((samples.shape[0] - 1) * rate_hz // old_hz) * old_hz / rate_hz
    return np.interp(times, np.arange(samples.shape[0]), samples)


def by_cubics(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    times = np.arange((samples.shape[0] - 1) * rate_hz // old_hz) * old_hz / rate_hz
    return np.asarray(Akima1DInterpolator(np.arange(samples.shape[0]), samples)(times))


@pytest.mark.parametrize(
    "old_hz, rate_hz", [(8000, 16000), (8000, 44100), (16000, 22050), (16000, 48000), (32000, 48000)]
)
@pytest.mark.parametrize("seed", range(3))
def test_held_samples_are_named_with_their_rate(old_hz: int, rate_hz: int, seed: int):
    assert named(rounded(held(hiss(old_hz, seed=seed), old_hz, rate_hz)), rate_hz) == old_hz


@pytest.mark.parametrize(
    "old_hz, rate_hz", [(8000, 11025), (8000, 44100), (16000, 22050), (16000, 48000), (32000, 48000)]
)
@pytest.mark.parametrize("seed", range(3))
def test_straight_lines_are_named_with_their_rate(old_hz: int, rate_hz: int, seed: int):
    assert named(rounded(by_lines(hiss(old_hz, seed=seed), old_hz, rate_hz)), rate_hz) == old_hz


@pytest.mark.parametrize("old_hz, rate_hz", [(8000, 22050), (8000, 44100), (22050, 44100)])
def test_local_cubics_are_named_with_their_rate(old_hz: int, rate_hz: int):
    assert named(rounded(by_cubics(hiss(old_hz, seed=4), old_hz, rate_hz)), rate_hz) == old_hz


def test_straight_lines_are_named_though_the_sound_is_clipped_or_holds_a_click():
    raised = by_lines(hiss(8000, seed=5), 8000, 44100)
    clipped = np.clip(raised, *np.percentile(raised, (10, 90)))
    clicked = raised.copy()
    clicked[5000] = 0.9
    assert named(rounded(clipped), 44100) == 8000
    assert named(rounded(clicked), 44100) == 8000


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_said_of_the_same_hiss_made_at_the_high_rate(rate_hz: int, seed: int):
    assert named(rounded(hiss(rate_hz, seed=seed)), rate_hz) is None


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("f0_hz", [100, 125, 160, 200, 250, 320, 400, 500, 800, 1000])
def test_a_periodic_sound_whose_pitch_divides_a_rate_is_not_taken_for_interpolation(
    shape: str, rate_hz: int, f0_hz: int
):
    for n_samples in (rate_hz // 20, rate_hz // 3):
        wave = 0.3 * SHAPES[shape](2 * np.pi * f0_hz * np.arange(n_samples) / rate_hz + 0.01)
        tapered = rounded(wave * signal.windows.tukey(n_samples, 0.2))
        assert effective_band(tapered, rate_hz=rate_hz).native_rate_hz is None


@settings(max_examples=60, deadline=None)
@given(
    rate_hz=st.sampled_from(RATES_HZ),
    n_click=st.sampled_from([1, 2, 20, 40]),
    where=st.floats(0.02, 0.98),
    quiet_dbfs=st.floats(-90, -45),
    seed=st.integers(0, 1000),
)
def test_one_loud_click_in_a_quiet_recording_is_no_trace(
    rate_hz: int, n_click: int, where: float, quiet_dbfs: float, seed: int
):
    quiet = 10 ** (quiet_dbfs / 20) * np.random.default_rng(seed).normal(size=rate_hz // 3)
    start = int(where * (quiet.shape[0] - n_click))
    quiet[start : start + n_click] = 0.9
    assert effective_band(rounded(quiet), rate_hz=rate_hz).native_rate_hz is None


def test_the_pattern_of_a_rounded_straight_slope_is_no_trace():
    slope = 0.3 * signal.sawtooth(2 * np.pi * 125 * np.arange(2205) / 44100 + 0.01)
    assert named(rounded(slope * signal.windows.tukey(2205, 0.2)), 44100) is None


@pytest.mark.parametrize("n_samples", [70, 150, 400])
def test_a_snippet_of_noise_hardly_ever_has_a_trace_by_chance(n_samples: int):
    rng = np.random.default_rng(8)
    assert sum(named(rng.normal(size=n_samples), 44100) is not None for _ in range(200)) <= 2


def test_silence_with_one_click_has_no_trace():
    silent = np.zeros(8000)
    silent[4000] = 0.9
    assert named(silent, 44100) is None
