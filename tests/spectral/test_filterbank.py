import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.errors import SettingError
from stimgen.spectral.filterbank import hz_to_mel, mel_edges_hz, mel_filterbank, mel_to_hz


def test_mel_scale_is_that_of_htk() -> None:
    frequency_hz = np.array([0.0, 60.0, 700.0, 4321.0, 20000.0])
    np.testing.assert_allclose(hz_to_mel(frequency_hz), librosa.hz_to_mel(frequency_hz, htk=True), rtol=1e-6)
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(frequency_hz)), frequency_hz, atol=1e-8)


def test_wide_bands_equal_those_of_librosa() -> None:
    ours = mel_filterbank(8192, 16000, n_bands=20, min_hz=100.0, max_hz=7000.0)
    theirs = librosa.filters.mel(
        sr=16000, n_fft=8192, n_mels=20, fmin=100.0, fmax=7000.0, htk=True, norm=None
    )
    theirs /= theirs.sum(axis=1, keepdims=True)
    assert np.abs(ours - theirs).max() < 0.01 * theirs.max()


@given(
    n_fft=st.integers(8, 3000),
    rate_hz=st.integers(1000, 250_000),
    n_bands=st.integers(1, 200),
    low=st.floats(0.0, 0.4),
)
def test_flat_spectrum_stays_flat_and_no_band_is_empty(
    n_fft: int, rate_hz: int, n_bands: int, low: float
) -> None:
    bank = mel_filterbank(n_fft, rate_hz, n_bands=n_bands, min_hz=low * rate_hz)
    assert bank.shape == (n_bands, n_fft // 2 + 1)
    assert bank.min() >= 0.0
    np.testing.assert_allclose(bank.sum(axis=1), 1.0, rtol=1e-9)


def test_band_narrower_than_a_bin_reads_between_the_bins() -> None:
    n_fft, rate_hz = 256, 16000
    bin_hz = rate_hz / n_fft
    bank = mel_filterbank(n_fft, rate_hz, n_bands=128)
    edges_hz = mel_edges_hz(128, min_hz=0.0, max_hz=8000.0)
    ramp = np.arange(n_fft // 2 + 1) * bin_hz
    centroids_hz = edges_hz[:-2] / 3 + edges_hz[1:-1] / 3 + edges_hz[2:] / 3
    np.testing.assert_allclose(bank @ ramp, centroids_hz, atol=0.05 * bin_hz)


def test_neighbouring_narrow_bands_differ() -> None:
    bank = mel_filterbank(256, 16000, n_bands=128)
    assert np.abs(np.diff(bank, axis=0)).max(axis=1).min() > 1e-3


def test_tone_is_seen_by_the_band_around_it_alone() -> None:
    bank = mel_filterbank(1024, 16000, n_bands=20)
    edges_hz = mel_edges_hz(20, min_hz=0.0, max_hz=8000.0)
    spectrum = np.zeros(513)
    spectrum[round(1000 * 1024 / 16000)] = 1.0
    seen = np.flatnonzero(bank @ spectrum > 0)
    assert 1 <= seen.size <= 2
    assert all(edges_hz[band] < 1000 < edges_hz[band + 2] for band in seen)


@pytest.mark.parametrize(
    ("n_bands", "min_hz", "max_hz"),
    [(0, 0.0, 8000.0), (4, -1.0, 8000.0), (4, 8000.0, 8000.0), (4, 0.0, 8001.0)],
)
def test_impossible_ranges_are_refused(n_bands: int, min_hz: float, max_hz: float) -> None:
    with pytest.raises(SettingError):
        mel_filterbank(512, 16000, n_bands=n_bands, min_hz=min_hz, max_hz=max_hz)
