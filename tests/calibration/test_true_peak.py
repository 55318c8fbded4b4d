import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.media.sound import FloatArray

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.wav"))


def db(amplitude: float) -> float:
    return 20 * float(np.log10(amplitude))


def band_limited_peak_dbtp(samples: FloatArray, *, oversampling: int = 64) -> float:
    """The highest point of the wave through the samples, from a spectrum with many zeros behind it."""
    padded = np.pad(samples, 256)
    n = padded.shape[0]
    spectrum = np.zeros(n * oversampling // 2 + 1, dtype=complex)
    spectrum[: n // 2] = np.fft.rfft(padded)[: n // 2]
    return db(float(np.abs(np.fft.irfft(spectrum, n * oversampling)).max()) * oversampling)


def faded_sine(cycles_per_sample: float, phase: float, *, n: int = 600) -> FloatArray:
    return np.sin(2 * np.pi * cycles_per_sample * np.arange(n) + phase) * np.hanning(n)


def coloured_noise(seed: int, *, n: int = 6000) -> FloatArray:
    white = np.random.default_rng(seed).standard_normal(n)
    return 0.1 * np.convolve(white, [0.25, 0.5, 0.25])[:n] * np.hanning(n)


def test_a_quarter_rate_sine_sampled_beside_its_crests_peaks_at_its_amplitude():
    sine = np.sin(np.pi / 2 * np.arange(4000) + np.pi / 4) * np.hanning(4001)[:4000]
    assert db(np.abs(sine).max()) == pytest.approx(-3.01, abs=0.01)
    assert true_peak_dbtp(sine) == pytest.approx(0.0, abs=0.01)


@given(st.floats(0.01, 0.45), st.floats(0, 2 * np.pi))
def test_a_long_sine_of_any_frequency_peaks_at_its_amplitude(cycles_per_sample: float, phase: float):
    # a crest is at most an eighth of a sample from one of the four points per sample, here for one of many crests
    grid_loss_db = -db(np.cos(np.pi * cycles_per_sample / 4))
    excess_db = true_peak_dbtp(faded_sine(cycles_per_sample, phase, n=4000))
    assert -grid_loss_db - 0.01 <= excess_db <= 0.01


@pytest.mark.parametrize("seed", range(5))
def test_noise_peaks_where_its_band_limited_wave_does(seed: int):
    noise = coloured_noise(seed)
    assert true_peak_dbtp(noise) == pytest.approx(band_limited_peak_dbtp(noise), abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_a_polyphase_resampler_finds_the_same_peak(seed: int):
    noise = coloured_noise(seed + 100)
    expected = db(np.abs(resample_poly(noise, 4, 1, window=("kaiser", 8.0))).max())
    assert true_peak_dbtp(noise) == pytest.approx(expected, abs=0.1)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_ffmpeg_finds_the_same_peak_in_a_vowel(path: Path):
    told = subprocess.run(
        [
            "ffmpeg",
            "-nostats",
            "-hide_banner",
            "-i",
            str(path),
            "-af",
            "ebur128=peak=true",
            "-f",
            "null",
            "-",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    expected = float(told.rsplit("Peak:", 1)[1].split()[0])
    assert true_peak_dbtp(soundfile.read(path)[0]) == pytest.approx(expected, abs=0.1)


@given(st.integers(1, 200), st.integers(0, 2**31))
def test_blocks_left_out_never_hold_the_peak(n: int, seed: int):
    rng = np.random.default_rng(seed)
    # a few samples of very different size, so that the peak may lie anywhere between them
    samples = rng.standard_normal(n) * 10 ** rng.uniform(-3, 0, n)
    padded = np.pad(samples, 256)
    dense = np.zeros(1)
    taps = np.arange(-23, 25)
    for quarter in (0.25, 0.5, 0.75):
        distances = taps - quarter
        weights = np.sinc(distances) * np.i0(7.0 * np.sqrt(1 - (distances / 24) ** 2))
        dense = np.append(dense, np.convolve(padded, (weights / weights.sum())[::-1]))
    expected = db(max(np.abs(dense).max(), np.abs(samples).max()))
    assert true_peak_dbtp(samples) == pytest.approx(expected, abs=1e-4)


@given(st.integers(0, 2**31), st.floats(-60, 20))
def test_a_gain_moves_the_peak_by_just_as_much(seed: int, gain_db: float):
    noise = np.random.default_rng(seed).standard_normal(500)
    moved = true_peak_dbtp(noise * 10 ** (gain_db / 20)) - true_peak_dbtp(noise)
    assert moved == pytest.approx(gain_db, abs=1e-4)


def test_a_wave_that_rises_before_its_first_sample_is_seen():
    # two equal samples: the wave between them is 1.27 times as high; at both ends of a block and of the sound
    for n in (2, 31, 32, 33, 64):
        start, end = np.zeros(n), np.zeros(n)
        start[:2], end[-2:] = 0.5, 0.5
        assert true_peak_dbtp(start) == pytest.approx(db(0.5 * 4 / np.pi), abs=0.05)
        assert true_peak_dbtp(end) == pytest.approx(true_peak_dbtp(start), abs=1e-6)


def test_a_single_sample_is_its_own_peak_and_silence_has_none():
    assert true_peak_dbtp(np.array([0.5])) == pytest.approx(-6.02, abs=0.01)
    assert true_peak_dbtp(np.zeros(100)) == -200.0
    assert true_peak_dbtp(np.zeros(0)) == -200.0
