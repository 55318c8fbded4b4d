from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from stimgen.calibration.effective_band import effective_band
from stimgen.synth.pairs import random_vowel_pair, random_word_pair

DATA = Path(__file__).parents[3] / "shared" / "data"
Resampler = Callable[[np.ndarray, int, int], np.ndarray]


def rounded(samples: np.ndarray) -> np.ndarray:
    return np.round(samples * 32767) / 32768


def voice(rate_hz: int, *, seed: int, noise_dbfs: float = -65.0, seconds: float = 0.6) -> np.ndarray:
    """Partials that fall by 12 dB per octave, with breath and the hiss of a microphone."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * np.cumsum(rng.uniform(90, 250) * (1 + 0.1 * np.sin(5 * times_s))) / rate_hz
    partials = sum(np.sin(n * phase + n) / n**2 for n in range(1, int(0.5 * rate_hz / 280)))
    hiss = 10 ** (noise_dbfs / 20) * rng.normal(size=times_s.shape)
    return 0.2 * np.asarray(partials) * np.hanning(times_s.shape[0]) ** 0.3 + hiss


def by_fourier(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    return np.asarray(signal.resample(samples, round(samples.shape[0] * rate_hz / old_hz)))


def by_polyphase(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    common = np.gcd(old_hz, rate_hz)
    return np.asarray(signal.resample_poly(samples, rate_hz // common, old_hz // common))


def by_soxr(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    return np.asarray(soxr.resample(samples, old_hz, rate_hz))


def by_lines(samples: np.ndarray, old_hz: int, rate_hz: int) -> np.ndarray:
    times_s = np.arange(int(samples.shape[0] * rate_hz / old_hz)) / rate_hz
    return np.interp(times_s, np.arange(samples.shape[0]) / old_hz, samples)


UPSAMPLINGS = [(8000, 16000), (8000, 44100), (16000, 44100), (22050, 48000), (44100, 96000)]


@pytest.mark.parametrize("rates_hz", UPSAMPLINGS)
@pytest.mark.parametrize("resampler", [by_soxr, by_fourier, by_lines])
def test_an_upsampled_recording_is_named_with_its_rate(resampler: Resampler, rates_hz: tuple[int, int]):
    old_hz, rate_hz = rates_hz
    raised = resampler(rounded(voice(old_hz, seed=1)), old_hz, rate_hz)
    for stored in (raised, rounded(raised)):
        found = effective_band(stored, rate_hz=rate_hz)
        assert found.native_rate_hz == old_hz
        assert 0.4 * old_hz <= found.band_hz <= 0.5 * old_hz


def test_a_short_filter_is_seen_as_well():
    raised = rounded(by_polyphase(voice(8000, seed=2, noise_dbfs=-55), 8000, 44100))
    assert effective_band(raised, rate_hz=44100).native_rate_hz == 8000


@pytest.mark.parametrize("rate_hz", sorted({rate for pair in UPSAMPLINGS for rate in pair} - {8000}))
def test_the_same_voice_recorded_at_the_high_rate_is_not(rate_hz: int):
    found = effective_band(rounded(voice(rate_hz, seed=1)), rate_hz=rate_hz)
    assert found.native_rate_hz is None


@settings(max_examples=40, deadline=None)
@given(
    rate_hz=st.sampled_from([16000, 22050, 44100, 48000, 96000]),
    share=st.floats(0.02, 0.9),
    is_rounded=st.booleans(),
)
def test_nothing_is_said_of_a_pure_tone(rate_hz: int, share: float, is_rounded: bool):
    tone = 0.3 * np.sin(np.pi * share * np.arange(rate_hz // 3) + 0.4)
    assert effective_band(rounded(tone) if is_rounded else tone, rate_hz=rate_hz).native_rate_hz is None


@pytest.mark.parametrize("frequency_hz", [2000.0, 4000.0, 5512.5, 8000.0])
@pytest.mark.parametrize("rate_hz", [24000, 44100, 48000])
def test_a_tone_at_half_a_standard_rate_is_not_taken_for_straight_lines(frequency_hz: float, rate_hz: int):
    tone = 0.3 * np.sin(2 * np.pi * frequency_hz * np.arange(rate_hz // 2) / rate_hz + 0.3)
    assert effective_band(tone, rate_hz=rate_hz).native_rate_hz is None


@pytest.mark.parametrize("cutoff_hz", [500, 1500, 4000, 7000])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_a_natural_tilt_is_not_an_edge(cutoff_hz: int, order: int):
    b, a = signal.butter(order, cutoff_hz, fs=44100)
    tilted = 0.3 * signal.lfilter(b, a, np.random.default_rng(order).normal(size=22050))
    assert effective_band(rounded(tilted), rate_hz=44100).native_rate_hz is None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate_hz", [16000, 24000, 44100])
def test_nothing_is_said_of_a_clean_synthetic_vowel_or_word(seed: int, rate_hz: int):
    rng = np.random.default_rng(seed)
    for pair in (random_vowel_pair(rng), random_word_pair(rng)):
        sound = pair.sound(0.0, rate_hz=rate_hz, rng=rng)
        assert effective_band(rounded(sound.samples), rate_hz=rate_hz).native_rate_hz is None


def whisper(rate_hz: int, *, above_db: float, edge_hz: float = 4000.0) -> np.ndarray:
    """Steady noise that ends at an edge, and in one of thirteen moments a fricative that reaches above it."""
    rng = np.random.default_rng(3)
    n_samples = rate_hz
    low, high = (
        signal.sosfilt(signal.cheby2(12, 60, edge_hz * factor, kind, fs=rate_hz, output="sos"), noise)
        for noise, factor, kind in zip(
            rng.normal(size=(2, n_samples)), (1.05, 1.2), ("low", "high"), strict=True
        )
    )
    high[n_samples // 13 :] = 0.0
    return 0.05 * (low + 10 ** (above_db / 20) * np.sqrt(13) * high + 1e-4 * rng.normal(size=n_samples))


@pytest.mark.parametrize("rate_hz", [22050, 44100])
def test_an_edge_above_which_a_short_fricative_is_loud_is_not_a_converters(rate_hz: int):
    assert effective_band(rounded(whisper(rate_hz, above_db=-25)), rate_hz=rate_hz).native_rate_hz is None


@pytest.mark.parametrize("rate_hz", [22050, 44100])
def test_the_same_edge_with_nothing_above_it_is(rate_hz: int):
    assert effective_band(rounded(whisper(rate_hz, above_db=-200)), rate_hz=rate_hz).native_rate_hz == 8000


def test_nothing_is_said_of_a_whistle_that_sweeps():
    times_s = np.arange(22050) / 44100
    whistle = 0.3 * signal.chirp(times_s, 2000, 0.5, 5500) * np.hanning(22050)
    hiss = 1e-4 * np.random.default_rng(0).normal(size=22050)
    for sound in (whistle, rounded(whistle), rounded(whistle + hiss)):
        assert effective_band(sound, rate_hz=44100).native_rate_hz is None


def test_the_band_of_a_tone_ends_at_the_tone_and_that_of_white_noise_at_half_the_rate():
    tone = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 16000)
    assert effective_band(tone, rate_hz=16000).band_hz == pytest.approx(1000, rel=0.1)
    white = np.random.default_rng(0).normal(0, 0.1, 8000)
    assert effective_band(white, rate_hz=16000).band_hz == 8000.0


@pytest.mark.parametrize("rate_hz", [3000, 8000, 44100, 192000])
def test_ten_ms_at_any_rate_have_a_band_and_no_verdict(rate_hz: int):
    short = np.random.default_rng(0).normal(0, 0.1, rate_hz // 100)
    found = effective_band(short, rate_hz=rate_hz)
    assert found.native_rate_hz is None
    assert 0.25 * rate_hz < found.band_hz <= 0.5 * rate_hz


def test_a_sound_that_does_not_vary_has_no_band():
    assert effective_band(np.full(1000, 0.1), rate_hz=8000).band_hz == 0.0


def test_real_songs_are_not_called_upsampled_until_they_are():
    songs = sorted((DATA / "bengalese_finch" / "Wave").glob("*.wav"))
    if not songs:
        pytest.skip("the recordings are not here")
    for path in songs[::5]:
        samples, rate_hz = sf.read(path, stop=64000)
        assert effective_band(samples, rate_hz=rate_hz).native_rate_hz is None, path.name
        raised = rounded(by_soxr(samples, rate_hz, 48000))
        assert effective_band(raised, rate_hz=48000).native_rate_hz == rate_hz, path.name
