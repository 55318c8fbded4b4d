import re
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt

from stimgen.calibration.loudness import K_FILTER, loudness
from stimgen.errors import ShapeError

RATES_HZ = [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000]


def sine(
    frequency_hz: float, *, seconds: float = 1.0, rate_hz: int = 48_000, amplitude: float = 1.0
) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def steps_of_noise(seed: int, *, rate_hz: int, seconds: float = 3.0) -> np.ndarray:
    """Noise whose level changes every 100 ms by up to 60 dB, so that both gates have work to do."""
    rng = np.random.default_rng(seed)
    n_steps = round(seconds / 0.1)
    gains = 10 ** (rng.uniform(-60, 0, n_steps) / 20)
    n = round(seconds * rate_hz)
    return 0.2 * rng.standard_normal(n) * gains[np.arange(n) * n_steps // n]


def meter(rate_hz: int, block_s: float = 0.4):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    return pyloudnorm.Meter(rate_hz, block_size=block_s)


def test_a_full_scale_sine_of_997_hz_is_at_minus_3_01_lufs():
    assert loudness(sine(997, seconds=3.0), rate_hz=48_000).lufs == pytest.approx(-3.01, abs=0.01)


@given(st.floats(-60, 0))
@settings(max_examples=20)
def test_a_gain_moves_the_loudness_by_just_as_much(gain_db: float):
    tone = sine(500, seconds=0.3)
    louder, softer = (loudness(gain * tone, rate_hz=48_000).lufs for gain in (1.0, 10 ** (gain_db / 20)))
    assert louder is not None and softer is not None
    assert softer - louder == pytest.approx(gain_db, abs=1e-9)


def test_one_short_block_at_48_khz_is_the_power_after_the_filter_of_the_standard_sample_by_sample():
    noise = np.random.default_rng(4).standard_normal(round(0.123 * 48_000))
    expected = -0.691 + 10 * np.log10(np.mean(sosfilt(np.array(K_FILTER), noise) ** 2))
    assert loudness(noise, rate_hz=48_000).lufs == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seconds", [0.25, 2.0])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_sound_reads_the_same_at_every_rate(rate_hz: int, seconds: float):
    # a sound in the band of the lowest rate, brought to the others by an exact Fourier interpolation
    rng = np.random.default_rng(5)
    n = round(seconds * 400)
    spectrum = (rng.standard_normal(n // 2) + 1j * rng.standard_normal(n // 2)) / np.arange(10, 10 + n // 2)

    def at(rate: int) -> np.ndarray:
        samples = round(seconds * rate)
        padded = np.zeros(samples // 2 + 1, dtype=complex)
        padded[20 * round(seconds) : 20 * round(seconds) + n // 2] = spectrum
        return np.hanning(samples) * np.fft.irfft(padded, samples) * samples

    assert loudness(at(rate_hz), rate_hz=rate_hz).lufs == pytest.approx(
        loudness(at(48_000), rate_hz=48_000).lufs, abs=0.02
    )


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("seed", [1, 2])
def test_pyloudnorm_finds_the_same_loudness_behind_both_gates(seed: int, rate_hz: int):
    samples = steps_of_noise(seed, rate_hz=rate_hz)
    # white noise, with as much power near half the rate as anywhere, is where designs for low rates differ most
    assert loudness(samples, rate_hz=rate_hz).lufs == pytest.approx(
        meter(rate_hz).integrated_loudness(samples), abs=0.15 if rate_hz < 16_000 else 0.1
    )


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.2, 0.39])
@pytest.mark.parametrize("rate_hz", [22_050, 44_100])
def test_pyloudnorm_with_a_block_as_short_as_the_sound_finds_the_same_loudness(rate_hz: int, seconds: float):
    samples = 0.1 * np.random.default_rng(3).standard_normal(round(seconds * rate_hz))
    length_s = samples.shape[0] / rate_hz
    found = loudness(samples, rate_hz=rate_hz)
    assert found.lufs == pytest.approx(meter(rate_hz, length_s).integrated_loudness(samples.copy()), abs=0.06)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 48_000])
def test_ffmpeg_finds_the_same_loudness(tmp_path: Path, rate_hz: int):
    samples = steps_of_noise(7, rate_hz=rate_hz)
    soundfile.write(tmp_path / "noise.wav", samples, rate_hz, subtype="FLOAT")
    told = subprocess.run(
        ["ffmpeg", "-nostats", "-hide_banner", "-i", "noise.wav", "-af", "ebur128", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stderr
    expected = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", told)[-1])
    assert loudness(samples, rate_hz=rate_hz).lufs == pytest.approx(expected, abs=0.1)


def test_long_silence_after_a_sound_is_gated_away():
    tone = sine(997, seconds=4.0, amplitude=0.1)
    alone = loudness(tone, rate_hz=48_000).lufs
    padded = loudness(np.r_[tone, np.zeros(480_000)], rate_hz=48_000).lufs
    assert alone == pytest.approx(-23.01, abs=0.01)
    # the blocks across the end count in part
    assert padded == pytest.approx(alone, abs=0.2)


def test_a_part_10_lu_below_the_mean_is_left_out_and_one_a_little_below_is_not():
    loud = sine(997, seconds=10.0, amplitude=0.1)
    alone, with_quiet, with_medium = (
        loudness(np.r_[loud, gain * loud], rate_hz=48_000).lufs for gain in (1.0, 0.1, 0.5)
    )
    assert with_quiet == pytest.approx(alone, abs=0.15)
    assert with_medium == pytest.approx(-23.01 + 10 * np.log10((1 + 0.25) / 2), abs=0.1)


@pytest.mark.parametrize("samples", [np.zeros(100), np.zeros(48_000), sine(997, amplitude=1e-4)])
def test_where_every_block_is_silent_or_below_the_gate_there_is_no_loudness(samples: np.ndarray):
    assert loudness(samples, rate_hz=48_000).lufs is None


def test_a_short_sound_below_the_gate_still_has_a_loudness_since_nothing_is_gated():
    assert loudness(sine(997, seconds=0.3, amplitude=1e-4), rate_hz=48_000).lufs == pytest.approx(
        -83, abs=0.1
    )


def test_the_method_names_the_length_of_a_shortened_block():
    assert "200 ms" in loudness(sine(997, seconds=0.2), rate_hz=48_000).method
    assert "400 ms" in loudness(sine(997, seconds=0.4), rate_hz=48_000).method


@pytest.mark.parametrize("rate_hz", [1000, 2000, 3364, 5000])
def test_low_rates_agree_with_one_that_is_high_enough(rate_hz: int):
    expected = loudness(sine(300, rate_hz=12_000), rate_hz=12_000).lufs
    assert loudness(sine(300, rate_hz=rate_hz), rate_hz=rate_hz).lufs == pytest.approx(expected, abs=0.15)


def test_the_loudness_of_nothing_is_refused():
    with pytest.raises(ShapeError, match="without samples"):
        loudness(np.zeros(0), rate_hz=48_000)


def test_nothing_is_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loudness(np.zeros(10), rate_hz=8000)
        loudness(np.ones(1), rate_hz=8000)
