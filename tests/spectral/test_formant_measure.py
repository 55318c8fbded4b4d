from collections.abc import Iterator
from pathlib import Path

import numpy as np
import parselmouth
import pytest
import soundfile

from stimgen.errors import SettingError, ShapeError
from stimgen.spectral.all_pole import Resonances
from stimgen.spectral.formant_labels import label_formants
from stimgen.spectral.formant_measure import measure_formants
from stimgen.synth import random_vowel_pair, vowel

DIGITS = Path(__file__).parents[3] / "shared" / "data" / "spoken_digits" / "recordings"
RATE_HZ = 16000


def _vowels(
    seed: int, f0_range_hz: tuple[float, float], n: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Samples, moments and the true first three formants at them, shape (n_times, 3), of random vowels."""
    for number in range(n):
        rng = np.random.default_rng([seed, number])
        made = random_vowel_pair(rng, f0_range_hz=f0_range_hz).a
        times_s = np.arange(0.02, made.duration_s - 0.02, 0.005)
        true_hz = np.stack(
            [contour.at(times_s / made.duration_s) for contour in made.formants_hz[:3]], axis=1
        )
        yield made.samples(rate_hz=RATE_HZ, rng=rng), times_s, true_hz


def _praat_hz(
    samples: np.ndarray, rate_hz: int, times_s: np.ndarray, *, n: float, ceiling_hz: float
) -> np.ndarray:
    formants = parselmouth.Sound(samples, rate_hz).to_formant_burg(
        max_number_of_formants=n, maximum_formant=ceiling_hz, time_step=0.005
    )
    return np.array([[formants.get_value_at_time(k, time_s) for k in (1, 2, 3)] for time_s in times_s])


def _off_percent(found_hz: np.ndarray, reference_hz: np.ndarray) -> np.ndarray:
    return 100.0 * np.abs(found_hz / reference_hz - 1.0)


@pytest.mark.parametrize(
    ("f0_range_hz", "limits_percent", "gross_f1"),
    [((90.0, 220.0), (2.5, 1.0, 1.0), 0.0), ((220.0, 400.0), (6.0, 1.5, 1.0), 0.12)],
)
def test_formants_of_synthetic_vowels_are_those_they_were_made_of(
    f0_range_hz: tuple[float, float], limits_percent: tuple[float, ...], gross_f1: float
) -> None:
    medians, off = [], []
    for samples, times_s, true_hz in _vowels(2001, f0_range_hz, 12):
        found = measure_formants(samples, rate_hz=RATE_HZ, times_s=times_s)
        assert found.is_voiced.mean() > 0.9
        off.append(_off_percent(found.formants_hz, true_hz)[found.is_sound])
        medians.append(np.median(off[-1], axis=0))
    assert np.all(np.mean(medians, axis=0) <= limits_percent)
    gross = np.mean(np.concatenate(off) > 15.0, axis=0)
    assert np.all(gross <= (gross_f1, 0.01, 0.01))


def test_whispered_vowels_are_measured_as_noise() -> None:
    # the shape is that of voiced vowels; all of the sound but a hundredth is breath
    made = vowel((700.0, 1300.0, 2500.0, 3500.0, 4500.0), f0_hz=120.0, breath_db=40.0, level_dbfs=-70.0)
    samples = made.samples(rate_hz=RATE_HZ, rng=np.random.default_rng(2001))
    found = measure_formants(samples, rate_hz=RATE_HZ)
    assert found.is_voiced.mean() < 0.2
    assert np.median(found.formants_hz[found.is_sound], axis=0) == pytest.approx([700, 1300, 2500], rel=0.05)


def test_praat_measures_the_same_on_synthetic_vowels_but_is_farther_from_the_truth() -> None:
    apart, own, praat = [], [], []
    for samples, times_s, true_hz in _vowels(2002, (90.0, 220.0), 12):
        found = measure_formants(samples, rate_hz=RATE_HZ, times_s=times_s)
        praat_hz = _praat_hz(samples, RATE_HZ, times_s, n=5.0, ceiling_hz=5500.0)
        apart.append(_off_percent(found.formants_hz, praat_hz)[found.is_sound])
        own.append(_off_percent(found.formants_hz, true_hz)[found.is_sound])
        praat.append(_off_percent(praat_hz, true_hz)[found.is_sound])
    apart_percent, own_percent, praat_percent = (
        np.nanmedian(np.concatenate(each), axis=0) for each in (apart, own, praat)
    )
    # of F1, Praat itself misses the truth by up to 3 %
    assert np.all(apart_percent <= (4.0, 3.0, 3.0))
    assert np.nanmedian(np.concatenate(apart)) <= 3.0
    assert np.all(own_percent < praat_percent)


@pytest.mark.skipif(not DIGITS.is_dir(), reason="the spoken digits are not here")
def test_praat_measures_the_same_on_spoken_digits() -> None:
    files = sorted(DIGITS.glob("*.wav"))
    off = []
    for which in np.random.default_rng(2003).choice(len(files), 20, replace=False):
        samples, rate_hz = soundfile.read(files[which])
        times_s = np.arange(0.03, samples.size / rate_hz - 0.03, 0.005)
        found = measure_formants(samples, rate_hz=rate_hz, times_s=times_s)
        praat_hz = _praat_hz(samples, rate_hz, times_s, n=4.0, ceiling_hz=4000.0)
        off.append(_off_percent(found.formants_hz, praat_hz)[found.is_sound & found.is_voiced])
    off = np.concatenate(off)
    assert np.all(np.nanmedian(off, axis=0) <= 3.0)
    assert np.all(np.nanmean(off > 15.0, axis=0) <= (0.1, 0.15, 0.2))


def test_a_fundamental_that_is_given_is_used() -> None:
    made = vowel((500.0, 1500.0, 2500.0, 3500.0, 4500.0), f0_hz=120.0)
    samples = made.samples(rate_hz=RATE_HZ, rng=np.random.default_rng(0))
    times_s = np.arange(0.05, 0.35, 0.01)
    right, octave_above, noise = (
        measure_formants(samples, rate_hz=RATE_HZ, times_s=times_s, f0_hz=np.full(times_s.shape, f0_hz))
        for f0_hz in (120.0, 240.0, np.nan)
    )
    assert right.is_voiced.all()
    assert not octave_above.is_voiced.any()  # every other harmonic lies between
    assert not noise.is_voiced.any()
    assert np.median(right.formants_hz, axis=0) == pytest.approx([500, 1500, 2500], rel=0.03)


def test_level_and_rate_hardly_change_formants() -> None:
    made = vowel((500.0, 1500.0, 2500.0, 3500.0, 4500.0), f0_hz=(130.0, 110.0))
    plain, high = (made.samples(rate_hz=rate_hz, rng=np.random.default_rng(0)) for rate_hz in (16000, 44100))
    times_s = np.arange(0.05, 0.35, 0.01)
    reference = measure_formants(plain, rate_hz=16000, times_s=times_s).formants_hz
    louder = measure_formants(30.0 * plain, rate_hz=16000, times_s=times_s).formants_hz
    resampled = measure_formants(high, rate_hz=44100, times_s=times_s).formants_hz
    assert louder == pytest.approx(reference, rel=1e-6)
    assert np.median(_off_percent(resampled, reference)) < 1.0


def test_silence_is_no_sound_and_raises_nothing() -> None:
    found = measure_formants(np.zeros(4000), rate_hz=8000)
    assert not found.is_sound.any()
    assert not found.is_voiced.any()


def test_wrong_shapes_and_too_many_formants_are_refused() -> None:
    with pytest.raises(ShapeError, match="one channel"):
        measure_formants(np.ones((100, 2)), rate_hz=8000)
    with pytest.raises(ShapeError, match="one channel"):
        measure_formants(np.zeros(0), rate_hz=8000)
    with pytest.raises(ShapeError, match="at least one moment"):
        measure_formants(np.ones(800), rate_hz=8000, times_s=np.zeros(0))
    with pytest.raises(ShapeError, match="F0"):
        measure_formants(np.ones(800), rate_hz=8000, times_s=np.zeros(3), f0_hz=np.ones(2))
    with pytest.raises(SettingError, match="4 formants"):
        measure_formants(np.ones(1600), rate_hz=16000, n_formants=5)
    with pytest.raises(SettingError, match="2 formants"):
        measure_formants(np.ones(800), rate_hz=4000, n_formants=3)


def _resonances(frames: list[list[tuple[float, float]]]) -> Resonances:
    """Frames of (frequency, bandwidth), Hz."""
    values = np.array(frames)
    return Resonances(frequency_hz=values[:, :, 0], bandwidth_hz=values[:, :, 1])


def test_a_narrow_resonance_is_not_passed_over_and_a_wide_one_is() -> None:
    narrow = _resonances([[(600.0, 60.0), (900.0, 80.0), (2400.0, 120.0), (3400.0, 200.0)]] * 3)
    labels_hz = label_formants(narrow, power=np.ones(3), n_formants=3)
    assert labels_hz.tolist() == [[600.0, 900.0, 2400.0]] * 3
    wide = _resonances([[(600.0, 60.0), (1400.0, 1500.0), (1700.0, 80.0), (2400.0, 120.0)]] * 3)
    assert label_formants(wide, power=np.ones(3), n_formants=3).tolist() == [[600.0, 1700.0, 2400.0]] * 3


def test_a_frame_is_labelled_as_its_neighbours_are() -> None:
    steady = [(500.0, 60.0), (1500.0, 80.0), (2500.0, 120.0), (3500.0, 150.0)]
    # alone, the wide second resonance would be passed over
    odd = [(500.0, 60.0), (1500.0, 500.0), (2500.0, 120.0), (3500.0, 150.0)]
    labels_hz = label_formants(_resonances([steady, odd, steady]), power=np.ones(3), n_formants=3)
    assert labels_hz[1].tolist() == [500.0, 1500.0, 2500.0]


def test_missing_resonances_are_missing_formants() -> None:
    nan = np.nan
    lacking = _resonances([[(500.0, 60.0), (1500.0, 80.0), (nan, nan)]] * 2)
    labels_hz = label_formants(lacking, power=np.ones(2), n_formants=3)
    assert labels_hz[:, :2].tolist() == [[500.0, 1500.0]] * 2
    assert np.isnan(labels_hz[:, 2]).all()
