import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.calibration.reference_sounds import (
    calibration_noise,
    calibration_tone,
    spl_at_full_scale_db,
    spl_db,
)
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.errors import SettingError

RATES_HZ = [1000, 4000, 8000, 11_025, 22_050, 44_100, 96_000]


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def measured_dbfs(samples: np.ndarray, *, rate_hz: int) -> float:
    return level_dbfs(samples, active_part(samples, rate_hz=rate_hz))


def strongest_hz(samples: np.ndarray, *, rate_hz: int) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax()) * rate_hz / samples.shape[0]


def octave_level_db(samples: np.ndarray, low_hz: float, *, rate_hz: int) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequencies_hz = np.fft.rfftfreq(samples.shape[0], 1 / rate_hz)
    return 10 * float(np.log10(power[(frequencies_hz >= low_hz) & (frequencies_hz < 2 * low_hz)].sum()))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_tone_has_its_level_as_a_whole_and_where_it_is_steady(rate_hz: int):
    tone = calibration_tone(rate_hz, -26.0)
    assert tone.samples.shape == (10 * rate_hz,)
    assert measured_dbfs(tone.samples, rate_hz=rate_hz) == pytest.approx(-26.0, abs=0.01)
    steady = tone.samples[rate_hz:-rate_hz]
    assert 20 * np.log10(np.std(steady)) == pytest.approx(-26.0, abs=0.01)


@pytest.mark.parametrize(("rate_hz", "expected_hz"), [(1000, 250), (2000, 500), (4000, 1000), (44_100, 1000)])
def test_the_tone_is_at_1_khz_or_a_quarter_of_the_rate(rate_hz: int, expected_hz: float):
    tone = calibration_tone(rate_hz, -26.0, duration_s=1.0)
    assert strongest_hz(tone.samples, rate_hz=rate_hz) == pytest.approx(expected_hz)
    assert tone.band_hz == (expected_hz, expected_hz)
    assert tone.description == f"sine of {expected_hz} Hz"


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_noise_has_its_level_and_fits_under_minus_1_dbtp_at_minus_12(rate_hz: int):
    noise = calibration_noise(rate_hz, -12.0, rng=rng())
    assert noise.samples.shape == (10 * rate_hz,)
    assert measured_dbfs(noise.samples, rate_hz=rate_hz) == pytest.approx(-12.0, abs=0.01)
    assert true_peak_dbtp(noise.samples) == pytest.approx(noise.true_peak_dbtp, abs=1e-3)
    assert noise.true_peak_dbtp <= -1.0


def test_noise_of_random_phases_would_not_fit():
    spectrum = np.fft.rfft(calibration_noise(16_000, -12.0, rng=rng()).samples)
    spectrum = np.abs(spectrum) * np.exp(2j * np.pi * rng(6).random(spectrum.shape[0]))
    assert true_peak_dbtp(np.fft.irfft(spectrum)) > 0.0


@pytest.mark.parametrize("seed", range(5))
def test_every_octave_of_the_noise_has_the_same_power(seed: int):
    samples = calibration_noise(44_100, -26.0, rng=rng(seed), duration_s=5.0).samples
    levels_db = [octave_level_db(samples, 100 * 2.0**k, rate_hz=44_100) for k in range(6)]
    assert np.ptp(levels_db) < 0.1


def test_the_noise_is_silent_outside_the_band_that_it_names():
    noise = calibration_noise(8000, -26.0, rng=rng())
    power = np.abs(np.fft.rfft(noise.samples)) ** 2
    frequencies_hz = np.fft.rfftfreq(noise.samples.shape[0], 1 / 8000)
    low_hz, high_hz = noise.band_hz
    outside = (frequencies_hz < low_hz - 10) | (frequencies_hz > high_hz + 10)
    assert noise.band_hz == (100.0, 3600.0)
    assert noise.description == "pink noise, 100 to 3600 Hz"
    # the ramps smear a little over the edges
    assert power[outside].sum() < 1e-4 * power.sum()


def test_the_same_seed_gives_the_same_noise_and_another_seed_another():
    first, again, other = (
        calibration_noise(8000, -26.0, rng=rng(s), duration_s=1.0).samples for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.1


def test_both_sounds_begin_and_end_in_silence():
    for sound in (calibration_tone(8000, -20.0), calibration_noise(8000, -20.0, rng=rng())):
        assert np.abs(sound.samples[[0, -1]]).max() < 1e-3 * np.abs(sound.samples).max()
        assert np.abs(sound.samples[80:160]).max() > 0.1 * np.abs(sound.samples).max()


def test_a_tone_too_high_for_its_peak_is_refused_with_the_highest_level_that_fits():
    assert calibration_tone(16_000, -4.1).true_peak_dbtp <= -1.0
    with pytest.raises(
        SettingError, match=r"true peak of 0\.0 dBTP.*the highest level that fits is -4\.1 dBFS"
    ):
        calibration_tone(16_000, -3.0)


def test_a_noise_too_high_for_its_peak_is_refused():
    with pytest.raises(SettingError, match=r"pink noise.*above -1; the highest level that fits is -1"):
        calibration_noise(16_000, -6.0, rng=rng(), duration_s=1.0)


@pytest.mark.parametrize("level", [-200.0, float("-inf"), float("nan")])
def test_a_level_that_is_silence_is_refused(level: float):
    with pytest.raises(SettingError, match="silent"):
        calibration_tone(16_000, level)


@pytest.mark.parametrize("duration_s", [0.0, 0.4, float("nan")])
def test_a_sound_too_short_to_read_a_meter_by_is_refused(duration_s: float):
    with pytest.raises(SettingError, match=r"give 0\.5 s or more"):
        calibration_tone(16_000, -26.0, duration_s=duration_s)
    with pytest.raises(SettingError, match=r"give 0\.5 s or more"):
        calibration_noise(16_000, -26.0, rng=rng(), duration_s=duration_s)


def test_known_answers_of_spl():
    # a rig on which 0 dBFS RMS is 94 dB SPL
    assert spl_db(0.0, spl_at_full_scale_db=94.0) == 94.0
    assert spl_db(-26.0, spl_at_full_scale_db=94.0) == 68.0
    # a full-scale sine has an RMS of -3.01 dBFS
    assert spl_db(-3.01, spl_at_full_scale_db=94.0) == pytest.approx(90.99)
    # the meter shows 71.3 dB while a tone at -26 dBFS plays
    assert spl_at_full_scale_db(71.3, level_dbfs=-26.0) == pytest.approx(97.3)


@given(st.floats(0, 120), st.floats(-60, -4), st.floats(-60, 0))
def test_a_stimulus_is_as_far_from_the_meter_reading_as_from_the_tone(
    reading: float, tone_dbfs: float, level: float
):
    constant = spl_at_full_scale_db(reading, level_dbfs=tone_dbfs)
    assert spl_db(tone_dbfs, spl_at_full_scale_db=constant) == pytest.approx(reading)
    assert spl_db(level, spl_at_full_scale_db=constant) - reading == pytest.approx(level - tone_dbfs)
