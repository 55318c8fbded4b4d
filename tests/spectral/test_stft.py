import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.errors import SettingError, ShapeError
from stimgen.spectral.stft import StftSettings, istft, stft

SMALL = StftSettings(window_samples=64, hop_samples=8)


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n_samples)


@pytest.mark.parametrize(
    "rate_hz", [1000, 4000, 8000, 16000, 22050, 32000, 44100, 48000, 96000, 192000, 500000]
)
def test_the_window_lasts_23_to_32_ms_and_the_hop_is_at_most_an_eighth(rate_hz: int) -> None:
    chosen = StftSettings.for_rate(rate_hz)
    assert 0.023 <= chosen.window_samples / rate_hz <= 0.032
    assert chosen.window_samples % 2 == 0
    assert 8 * chosen.hop_samples <= chosen.window_samples


@given(rate_hz=st.integers(1000, 1_000_000), shortest_s=st.none() | st.floats(0.0, 10.0))
def test_every_rate_and_duration_gets_a_window(rate_hz: int, shortest_s: float | None) -> None:
    chosen = StftSettings.for_rate(rate_hz, shortest_s=shortest_s)
    assert 8 * chosen.hop_samples <= chosen.window_samples <= 0.032 * rate_hz


def test_the_window_of_a_short_sound_is_at_most_half_of_it() -> None:
    assert StftSettings.for_rate(44100, shortest_s=0.010).window_samples <= 220
    assert StftSettings.for_rate(44100, shortest_s=0.064) == StftSettings.for_rate(44100)


@settings(max_examples=50, deadline=None)
@given(
    n_samples=st.integers(1, 700),
    window_samples=st.integers(8, 60).map(lambda half: 2 * half),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 99),
)
def test_the_inverse_gives_the_sound_back(
    n_samples: int, window_samples: int, share: float, seed: int
) -> None:
    chosen = StftSettings(
        window_samples=window_samples, hop_samples=max(1, int(share * (window_samples // 4)))
    )
    samples = noise(n_samples, seed)
    back = istft(stft(samples, chosen), chosen, n_samples=n_samples)
    assert np.abs(back - samples).max() < 1e-10


@pytest.mark.parametrize("rate_hz", [4000, 22050, 192000])
def test_a_sound_shorter_than_its_window_comes_back(rate_hz: int) -> None:
    chosen, samples = StftSettings.for_rate(rate_hz), noise(rate_hz // 100)
    assert samples.size < chosen.window_samples
    assert np.abs(istft(stft(samples, chosen), chosen, n_samples=samples.size) - samples).max() < 1e-10


def test_the_inverse_of_inconsistent_spectra_is_the_nearest_sound() -> None:
    rng = np.random.default_rng(1)
    shape = (SMALL.n_bins, SMALL.n_frames(300))
    spectra = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    spectra[[0, -1]] = spectra[[0, -1]].real

    def distance(samples: np.ndarray) -> float:
        # over all frequencies, negative ones too: those strictly between 0 and half the rate count twice
        weight = np.r_[1.0, np.full(SMALL.n_bins - 2, 2.0), 1.0][:, None]
        return float(np.sum(weight * np.abs(stft(samples, SMALL) - spectra) ** 2))

    best = istft(spectra, SMALL, n_samples=300)
    for seed in range(5):
        assert distance(best + 1e-3 * noise(300, seed)) > distance(best)


def test_frame_k_is_centred_on_sample_k_times_hop() -> None:
    click = np.zeros(400)
    click[10 * SMALL.hop_samples] = 1.0
    energy = np.sum(np.abs(stft(click, SMALL)) ** 2, axis=0)
    assert np.argmax(energy) == 10
    assert energy[9] == pytest.approx(energy[11])
    times_s = SMALL.frame_times_s(400, 8000)
    assert times_s[10] == pytest.approx(10 * SMALL.hop_samples / 8000)
    assert times_s.shape == energy.shape


def test_a_sine_of_amplitude_one_peaks_at_a_quarter_of_the_window() -> None:
    sine = np.cos(2 * np.pi * 8 / 64 * np.arange(640))
    assert np.abs(stft(sine, SMALL))[8, 40] == pytest.approx(64 / 4)


def test_spectra_agree_with_librosa() -> None:
    samples = noise(1000)
    theirs = librosa.stft(samples, n_fft=64, hop_length=8, dtype=np.complex128)
    np.testing.assert_allclose(stft(samples, SMALL), theirs, atol=1e-12)


def test_the_samples_are_not_changed() -> None:
    samples = noise(200)
    kept = samples.copy()
    stft(samples, SMALL)
    np.testing.assert_array_equal(samples, kept)


@pytest.mark.parametrize("window_samples", [8, 33, 0, -64])
def test_a_window_that_is_odd_or_tiny_is_refused(window_samples: int) -> None:
    with pytest.raises(SettingError, match="window_samples must be an even number"):
        StftSettings(window_samples=window_samples, hop_samples=1)


@pytest.mark.parametrize("hop_samples", [0, 17])
def test_a_hop_above_a_quarter_of_the_window_is_refused(hop_samples: int) -> None:
    with pytest.raises(SettingError, match="between 1 and a quarter"):
        StftSettings(window_samples=64, hop_samples=hop_samples)


def test_a_rate_below_1000_hz_is_refused() -> None:
    with pytest.raises(SettingError, match="at least 1000, got 999"):
        StftSettings.for_rate(999)


@pytest.mark.parametrize("shape", [(0,), (2, 100)])
def test_samples_that_are_not_one_channel_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="n_samples"):
        stft(np.zeros(shape), SMALL)


def test_spectra_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(33, 38\), got \(33, 26\)"):
        istft(stft(noise(200), SMALL), SMALL, n_samples=300)
