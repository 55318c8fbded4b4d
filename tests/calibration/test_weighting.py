import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.calibration.level import ActivePart, active_part, level_dbfs
from stimgen.calibration.weighting import a_weighted_dbfs, a_weighting_db

RATE_HZ = 48_000
# IEC 61672-1:2013, table 3: exact frequencies in steps of one octave, and the weighting to a tenth of a decibel
OCTAVES_DB = {
    -5: -39.4,
    -4: -26.2,
    -3: -16.1,
    -2: -8.6,
    -1: -3.2,
    0: 0.0,
    1: 1.2,
    2: 1.0,
    3: -1.1,
    4: -6.6,
}


def octave_hz(octave: int) -> float:
    return 1000.0 * 10 ** (0.3 * octave)


def sine(
    frequency_hz: float, *, amplitude: float = 1.0, rate_hz: int = RATE_HZ, n: int = 48_000
) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(n) / rate_hz)


def whole(samples: np.ndarray, *, rate_hz: int = RATE_HZ) -> ActivePart:
    return ActivePart(start=0, stop=samples.shape[0], rate_hz=rate_hz)


@pytest.mark.parametrize(("octave", "expected_db"), OCTAVES_DB.items())
def test_the_curve_is_that_of_the_standard_at_octaves(octave: int, expected_db: float):
    assert a_weighting_db(np.array([octave_hz(octave)]))[0] == pytest.approx(expected_db, abs=0.06)


def test_librosa_has_the_same_curve():
    frequencies_hz = np.geomspace(20, 20_000, 200)
    np.testing.assert_allclose(
        a_weighting_db(frequencies_hz), librosa.A_weighting(frequencies_hz, min_db=None), atol=0.02
    )


@pytest.mark.parametrize(("octave", "expected_db"), OCTAVES_DB.items())
def test_a_full_scale_sine_is_at_its_weighting_below_minus_three(octave: int, expected_db: float):
    # a whole number of periods, so that the sine is one line of the spectrum
    samples = sine(round(octave_hz(octave), 1), n=10 * RATE_HZ)
    assert a_weighted_dbfs(samples, whole(samples)) == pytest.approx(expected_db - 3.01, abs=0.1)


@pytest.mark.parametrize("rate_hz", [4000, 8000, 11_025, 44_100, 192_000])
@pytest.mark.parametrize("odd", [0, 1])
def test_a_sine_of_1_khz_has_the_same_level_with_and_without_weighting_at_every_rate(rate_hz: int, odd: int):
    # an even and an odd count of samples, the second not a whole number of periods
    samples = sine(1000, amplitude=0.1, rate_hz=rate_hz, n=2 * rate_hz + odd)
    part = whole(samples, rate_hz=rate_hz)
    assert a_weighted_dbfs(samples, part) == pytest.approx(level_dbfs(samples, part), abs=0.01)


def test_the_powers_of_two_sines_add_after_their_weights():
    samples = sine(125, amplitude=0.5) + sine(4000, amplitude=0.05)
    expected = 10 * np.log10(0.125 * 10 ** (-16.19 / 10) + 0.00125 * 10 ** (0.96 / 10))
    assert a_weighted_dbfs(samples, whole(samples)) == pytest.approx(expected, abs=0.05)


def test_a_line_at_half_the_rate_counts_once():
    samples = 0.5 * np.cos(np.pi * np.arange(8000))
    expected = 20 * np.log10(0.5) + a_weighting_db(np.array([4000.0]))[0]
    assert a_weighted_dbfs(samples, whole(samples, rate_hz=8000)) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 2**31), st.integers(2, 400))
def test_no_sound_is_raised_by_more_than_the_highest_point_of_the_curve(seed: int, n: int):
    # which is 1.27 dB at 2.5 kHz
    samples = np.random.default_rng(seed).standard_normal(n)
    assert a_weighted_dbfs(samples, whole(samples)) <= level_dbfs(samples, whole(samples)) + 1.3


def test_an_offset_and_silence_around_the_sound_do_not_count():
    samples = np.r_[np.zeros(4800), sine(1000, amplitude=0.1), np.zeros(9600)]
    alone = a_weighted_dbfs(samples, active_part(samples, rate_hz=RATE_HZ))
    shifted = a_weighted_dbfs(samples + 0.3, active_part(samples, rate_hz=RATE_HZ))
    assert alone == pytest.approx(-23.01, abs=0.01)
    assert shifted == pytest.approx(alone, abs=1e-6)


def test_silence_is_at_the_lowest_level():
    assert a_weighted_dbfs(np.zeros(100), whole(np.zeros(100))) == -200.0
