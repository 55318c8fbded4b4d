import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import Contour, SyllableParameters, glide, steady, synthesise


def test_harmonics_have_the_levels_asked_for() -> None:
    parameters = SyllableParameters(
        duration_s=0.2, f0_hz=steady(2000.0), harmonics_db=(0.0, -10.0, -25.0), noise_db=-120.0
    )
    sound = synthesise(parameters, rate_hz=40_000, rng=child_rng(0))
    spectrum = np.abs(np.fft.rfft(sound.samples))
    peaks_db = 20 * np.log10(spectrum[[400, 800, 1200]])  # bins of 5 Hz
    assert peaks_db - peaks_db[0] == pytest.approx([0.0, -10.0, -25.0], abs=0.05)


def test_the_fundamental_follows_its_contour() -> None:
    contour = Contour(shares=(0.0, 0.5, 1.0), values=(1500.0, 4000.0, 2500.0))
    parameters = SyllableParameters(duration_s=0.2, f0_hz=contour, harmonics_db=(0.0,), noise_db=-120.0)
    samples = synthesise(parameters, rate_hz=48_000, rng=child_rng(0)).samples
    crossings = np.flatnonzero((samples[:-1] < 0) & (samples[1:] >= 0))
    crossings_s = (crossings + samples[crossings] / (samples[crossings] - samples[crossings + 1])) / 48_000
    measured, at_s = 1 / np.diff(crossings_s), 0.5 * (crossings_s[1:] + crossings_s[:-1])
    inside = (at_s > 0.01) & (at_s < 0.18)
    assert measured[inside] == pytest.approx(contour.at(at_s[inside] / 0.2), rel=0.01)


def test_level_and_noise_floor_are_those_asked_for() -> None:
    def level_db(noise_db: float, harmonics_db: tuple[float, ...] = (0.0, -6.0)) -> float:
        parameters = SyllableParameters(
            duration_s=0.3,
            f0_hz=steady(3000.0),
            harmonics_db=harmonics_db,
            noise_db=noise_db,
            level_dbfs=-30.0,
        )
        samples = synthesise(parameters, rate_hz=32_000, rng=child_rng(0)).samples
        return float(10 * np.log10(np.mean(samples[3000:6000] ** 2)))

    assert level_db(-120.0) == pytest.approx(-30.0, abs=0.05)
    # noise as strong as the tone adds 3 dB
    assert level_db(0.0) == pytest.approx(-27.0, abs=0.5)


def test_harmonics_above_half_the_rate_are_left_out() -> None:
    parameters = SyllableParameters(
        duration_s=0.2, f0_hz=glide(6000.0, 7000.0), harmonics_db=(0.0, 0.0, 0.0), noise_db=-120.0
    )
    samples = synthesise(parameters, rate_hz=16_000, rng=child_rng(0)).samples
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.shape[0]))) ** 2
    bins_hz = np.fft.rfftfreq(samples.shape[0], 1 / 16_000)
    outside = (bins_hz < 5500) | (bins_hz > 7500)
    assert 10 * np.log10(power[outside].sum() / power.sum()) < -50


def test_a_syllable_without_harmonics_is_refused() -> None:
    with pytest.raises(SettingError, match="at least one harmonic"):
        SyllableParameters(duration_s=0.1, f0_hz=steady(2000.0), harmonics_db=())
