import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import VOWEL_FORMANTS_HZ, spoken_f0, synthesise, vowel

parselmouth = pytest.importorskip("parselmouth")


def praat_formants_hz(sound, *, highest_hz: float = 5200.0):
    formants = parselmouth.Sound(sound.samples, sound.rate_hz).to_formant_burg(
        0.005, 5, highest_hz, 0.025, 50.0
    )
    times_s = np.linspace(0.2, 0.75, 60) * sound.duration_s
    return [np.median([formants.get_value_at_time(k, t) for t in times_s]) for k in (1, 2, 3)]


@pytest.mark.parametrize("name", sorted(VOWEL_FORMANTS_HZ))
def test_formants_come_out_where_asked_within_3_percent(name: str) -> None:
    # a low voice that moves by a third, so that harmonics sweep over the formants, not sit beside them
    parameters = vowel(VOWEL_FORMANTS_HZ[name], f0_hz=(90.0, 65.0), duration_s=0.8)
    sound = synthesise(parameters, rate_hz=24_000, rng=child_rng(0, name))
    assert praat_formants_hz(sound) == pytest.approx(VOWEL_FORMANTS_HZ[name][:3], rel=0.03)


@pytest.mark.parametrize("f0_hz", [90.0, 180.0, 350.0])
def test_f0_comes_out_where_asked_within_1_percent(f0_hz: float) -> None:
    contour = spoken_f0(f0_hz, 0.8 * f0_hz)
    parameters = vowel(VOWEL_FORMANTS_HZ["ɑ"], f0_hz=contour, duration_s=0.5)
    sound = synthesise(parameters, rate_hz=24_000, rng=child_rng(0))
    pitch = parselmouth.Sound(sound.samples, sound.rate_hz).to_pitch_ac(0.005, 60.0, voicing_threshold=0.45)
    times_s = np.linspace(0.15, 0.8, 50) * 0.5
    measured = np.array([pitch.get_value_at_time(t) for t in times_s])
    assert measured == pytest.approx(contour.at(times_s / 0.5), rel=0.01)


def level_db(level_dbfs: float, *, name: str, f0_hz: float) -> float:
    parameters = vowel(VOWEL_FORMANTS_HZ[name], f0_hz=(1.2 * f0_hz, 0.8 * f0_hz), level_dbfs=level_dbfs)
    samples = synthesise(parameters, rate_hz=24_000, rng=child_rng(0)).samples
    middle = samples[int(0.1 * samples.shape[0]) : int(0.8 * samples.shape[0])]
    return float(10 * np.log10(np.mean(middle**2)))


@pytest.mark.parametrize("name", sorted(VOWEL_FORMANTS_HZ))
def test_the_level_of_a_low_voice_is_the_one_asked_for(name: str) -> None:
    # halfway, half of the 3 dB fall has passed
    assert level_db(-30.0, name=name, f0_hz=80.0) == pytest.approx(-31.5, abs=1.0)


def test_a_level_10_db_higher_is_10_db_higher() -> None:
    low, high = (level_db(level_dbfs, name="i", f0_hz=300.0) for level_dbfs in (-30.0, -20.0))
    assert high - low == pytest.approx(10.0, abs=1e-6)


def test_it_begins_and_ends_in_silence_without_a_click() -> None:
    sound = synthesise(vowel(VOWEL_FORMANTS_HZ["ɑ"], f0_hz=120.0), rate_hz=24_000, rng=child_rng(0))
    peak = np.abs(sound.samples).max()
    assert np.abs(sound.samples[[0, -1]]).max() < 1e-3 * peak
    assert 0.02 < peak < 0.5


def test_nothing_folds_back_below_half_the_rate() -> None:
    def rendered(rate_hz: int) -> np.ndarray:
        parameters = vowel(VOWEL_FORMANTS_HZ["i"], f0_hz=(310.0, 250.0), breath_db=-200.0)
        return synthesise(parameters, rate_hz=rate_hz, rng=child_rng(0)).samples

    low, high = rendered(16_000), rendered(48_000)
    spectrum_low = np.fft.rfft(low)[:2000] / low.shape[0]  # bins of 2.5 Hz, so up to 5 kHz
    spectrum_high = np.fft.rfft(high)[:2000] / high.shape[0]
    difference = np.linalg.norm(spectrum_low - spectrum_high) / np.linalg.norm(spectrum_high)
    assert 20 * np.log10(difference) < -60


def test_the_same_generator_gives_the_same_samples_and_another_different_noise() -> None:
    parameters = vowel(VOWEL_FORMANTS_HZ["u"], f0_hz=120.0, jitter_percent=0.5)
    first, again, other = (parameters.samples(rate_hz=16_000, rng=child_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, atol=1e-4)


def test_a_vowel_with_too_few_formants_is_refused() -> None:
    with pytest.raises(SettingError, match="at least 3 formants"):
        vowel((500.0, 1500.0), f0_hz=100.0)
