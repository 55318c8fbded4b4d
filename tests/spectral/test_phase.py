import librosa
import numpy as np
import pytest
from scipy.signal import lfilter

from stimgen.errors import SettingError, ShapeError
from stimgen.spectral.phase import invert
from stimgen.spectral.stft import StftSettings, stft

RATE_HZ = 16000
SETTINGS = StftSettings.for_rate(RATE_HZ)


def vowel(duration_s: float = 0.4) -> np.ndarray:
    """Pulses with a moving pitch through three resonances, and a little noise."""
    n_samples = int(duration_s * RATE_HZ)
    f0_hz = 120 + 20 * np.sin(2 * np.pi * 3 * np.arange(n_samples) / RATE_HZ)
    samples = np.diff(np.floor(np.cumsum(f0_hz) / RATE_HZ), prepend=0.0)
    samples = samples + 0.01 * np.random.default_rng(0).standard_normal(n_samples)
    for formant_hz, width_hz in ((700, 80), (1200, 100), (2600, 150)):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        angle = 2 * np.pi * formant_hz / RATE_HZ
        samples = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], samples)
    return np.asarray(samples / np.abs(samples).max())


def magnitude_of(samples: np.ndarray) -> np.ndarray:
    return np.abs(stft(samples, SETTINGS))


def convergence_db(samples: np.ndarray, wanted: np.ndarray) -> float:
    distance = np.linalg.norm(magnitude_of(samples) - wanted) / np.linalg.norm(wanted)
    return float(20 * np.log10(distance))


def test_the_spectrogram_of_a_vowel_is_met_within_25_db_and_the_figure_is_the_reported_one() -> None:
    wanted = magnitude_of(vowel())
    inversion = invert(wanted, SETTINGS, n_samples=vowel().size)
    assert inversion.spectral_convergence_db < -25.0
    assert inversion.spectral_convergence_db == pytest.approx(
        convergence_db(inversion.samples, wanted), abs=0.01
    )


def test_silence_does_not_meet_the_spectrogram_of_a_vowel() -> None:
    assert convergence_db(np.zeros(vowel().size), magnitude_of(vowel())) == 0.0


def test_a_vowel_is_met_7_db_better_than_by_griffin_lim_in_librosa() -> None:
    wanted = magnitude_of(vowel())
    theirs = librosa.griffinlim(
        wanted,
        n_iter=32,
        n_fft=SETTINGS.window_samples,
        hop_length=SETTINGS.hop_samples,
        length=vowel().size,
        random_state=0,
    )
    ours = invert(wanted, SETTINGS, n_samples=vowel().size).samples
    assert convergence_db(ours, wanted) < convergence_db(theirs, wanted) - 7.0


def test_the_first_guess_alone_gives_a_sine_its_phases() -> None:
    # One iteration can repair little, so a steady tone is met this well by its phase gradient.
    sine = np.sin(2 * np.pi * 1234.5 * np.arange(8000) / RATE_HZ) * np.hanning(8000)
    inversion = invert(magnitude_of(sine), SETTINGS, n_samples=8000, n_iterations=1)
    assert inversion.spectral_convergence_db < -35.0


def test_more_iterations_come_nearer() -> None:
    wanted = magnitude_of(vowel())
    few, many = (invert(wanted, SETTINGS, n_samples=vowel().size, n_iterations=n) for n in (1, 32))
    assert many.spectral_convergence_db < few.spectral_convergence_db - 3.0


@pytest.mark.parametrize("at", [1664, 1700, 2000, 3777])
def test_a_click_comes_back_as_a_click_within_a_millisecond(at: int) -> None:
    click = np.zeros(4000)
    click[at] = 1.0
    energy = invert(magnitude_of(click), SETTINGS, n_samples=4000).samples ** 2
    assert energy[at - 16 : at + 17].sum() > 0.99 * energy.sum()
    assert energy.sum() == pytest.approx(1.0, abs=0.05)


def test_an_offset_and_slow_rumble_are_met_too() -> None:
    # Near 0 Hz the mirrored magnitudes of negative frequencies decide the slopes.
    time_s = np.arange(8000) / RATE_HZ
    rumble = 0.3 + 0.2 * np.sin(2 * np.pi * 7.0 * time_s) + 0.1 * np.sin(2 * np.pi * 440.0 * time_s)
    assert invert(magnitude_of(rumble), SETTINGS, n_samples=8000).spectral_convergence_db < -30.0


def test_white_noise_is_met_over_all_frequencies_and_at_0_hz() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE_HZ)
    wanted = magnitude_of(noise)
    inversion = invert(wanted, SETTINGS, n_samples=RATE_HZ)
    missed = (magnitude_of(inversion.samples) - wanted)[0]
    assert inversion.spectral_convergence_db < -25.0
    assert 20 * np.log10(np.linalg.norm(missed) / np.linalg.norm(wanted[0])) < -17.0


def test_loudness_scales_with_the_magnitudes() -> None:
    wanted = magnitude_of(vowel(0.1))
    one, thousand = (invert(factor * wanted, SETTINGS, n_samples=1600) for factor in (1.0, 1024.0))
    np.testing.assert_allclose(thousand.samples, 1024.0 * one.samples, rtol=1e-12)


def test_the_same_arguments_give_the_same_bytes() -> None:
    gap = np.concatenate([vowel(0.1), np.zeros(2000), vowel(0.1)])
    first, again = (invert(magnitude_of(gap), SETTINGS, n_samples=gap.size, seed=3) for _ in range(2))
    assert first.samples.tobytes() == again.samples.tobytes()


def test_the_seed_decides_phases_below_the_tolerance_only() -> None:
    gap = np.concatenate([vowel(0.1), np.zeros(2000), vowel(0.1)])
    first, other = (invert(magnitude_of(gap), SETTINGS, n_samples=gap.size, seed=seed) for seed in (0, 1))
    assert first.samples.tobytes() != other.samples.tobytes()
    assert np.abs(first.samples - other.samples).max() < 1e-3 * np.abs(first.samples).max()


def test_silence_stays_silence_with_a_defined_figure() -> None:
    inversion = invert(np.zeros((SETTINGS.n_bins, SETTINGS.n_frames(500))), SETTINGS, n_samples=500)
    assert not inversion.samples.any()
    assert inversion.samples.shape == (500,)
    assert inversion.spectral_convergence_db == -300.0


@pytest.mark.parametrize("n_samples", [1, 40, 160])
def test_a_sound_shorter_than_its_window_is_inverted(n_samples: int) -> None:
    samples = np.random.default_rng(0).standard_normal(n_samples)
    inversion = invert(magnitude_of(samples), SETTINGS, n_samples=n_samples)
    assert inversion.samples.shape == (n_samples,)
    assert inversion.spectral_convergence_db < -5.0


def test_magnitudes_that_belong_to_no_sound_give_a_finite_one() -> None:
    wanted = np.random.default_rng(0).random((SETTINGS.n_bins, SETTINGS.n_frames(3000)))
    inversion = invert(wanted, SETTINGS, n_samples=3000)
    assert np.all(np.isfinite(inversion.samples))
    assert -20.0 < inversion.spectral_convergence_db < -5.0


def test_a_single_bin_among_zeros_is_inverted() -> None:
    wanted = np.zeros((SETTINGS.n_bins, SETTINGS.n_frames(3000)))
    wanted[40, 20] = 1.0
    inversion = invert(wanted, SETTINGS, n_samples=3000)
    assert np.all(np.isfinite(inversion.samples))
    assert inversion.samples.any()


def test_heap_integration_alone_is_refused() -> None:
    with pytest.raises(SettingError, match="n_iterations must be at least 1, got 0"):
        invert(magnitude_of(vowel(0.1)), SETTINGS, n_samples=1600, n_iterations=0)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_magnitudes_below_zero_or_not_finite_are_refused(bad: float) -> None:
    wanted = magnitude_of(vowel(0.1))
    wanted[3, 3] = bad
    with pytest.raises(ShapeError, match="finite and not negative"):
        invert(wanted, SETTINGS, n_samples=1600)


def test_magnitudes_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="n_bins, n_frames"):
        invert(magnitude_of(vowel(0.1)), SETTINGS, n_samples=16000)
