import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.figures.spectrogram import (
    RANGE_DB,
    FrequencyAxis,
    PowerSpectrogram,
    choose_scale,
    common_axis,
    loudest_cell_db,
    power_spectrogram,
)

RATE_HZ = 8000


def tone(frequency_hz: float, *, n_samples: int = 4000, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(n_samples) / rate_hz)


def spectrogram_of(samples: np.ndarray, *, n_columns: int = 50, rate_hz: int = RATE_HZ) -> PowerSpectrogram:
    return power_spectrogram(samples, rate_hz, n_columns=n_columns, window_s=0.016)


def test_a_full_scale_sine_has_power_one_at_its_frequency() -> None:
    spectrogram = spectrogram_of(tone(1000.0))
    middle = spectrogram.power[:, 25]
    assert spectrogram.bins_hz[middle.argmax()] == 1000.0
    assert middle.max() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("n_samples", [1, 2, 31, 79, 4000, 480_000])
def test_there_are_as_many_columns_as_asked_for_but_never_more_than_samples(n_samples: int) -> None:
    assert spectrogram_of(np.ones(n_samples)).power.shape[1] == min(50, n_samples)


@pytest.mark.parametrize("n_samples", [80, 4000, 480_000])
def test_an_event_appears_in_its_column(n_samples: int) -> None:
    samples = np.zeros(n_samples)
    first, last = int(0.6 * n_samples), int(0.7 * n_samples)
    samples[first:last] = tone(1000.0, n_samples=last - first)
    power = spectrogram_of(samples, n_columns=10).power.sum(axis=0)
    assert int(power.argmax()) == 6


@given(height=st.floats(0.0, 1.0), highest_hz=st.floats(100.0, 1e5), scale=st.sampled_from(["mel", "linear"]))
def test_heights_lead_back_to_frequencies(height: float, highest_hz: float, scale: str) -> None:
    axis = FrequencyAxis(scale=scale, highest_hz=highest_hz)
    assert float(axis.height(axis.frequency_hz(np.array(height)))) == pytest.approx(height, abs=1e-9)


@pytest.mark.parametrize("scale", ["mel", "linear"])
def test_an_axis_runs_from_zero_hertz_to_its_top(scale: str) -> None:
    axis = FrequencyAxis(scale=scale, highest_hz=4000.0)
    np.testing.assert_allclose(axis.height(np.array([0.0, 4000.0])), [0.0, 1.0])


def test_a_mel_axis_has_one_thousand_hertz_at_one_thousand_mel() -> None:
    axis = FrequencyAxis(scale="mel", highest_hz=4000.0)
    highest_mel = 2595.0 * np.log10(1 + 4000.0 / 700.0)
    assert float(axis.height(np.array(1000.0))) * highest_mel == pytest.approx(1000.0, abs=0.1)


@pytest.mark.parametrize("scale", ["mel", "linear"])
@pytest.mark.parametrize("frequency_hz", [300.0, 1000.0, 3500.0])
def test_a_tone_is_loudest_in_the_row_of_its_frequency(scale: str, frequency_hz: float) -> None:
    axis = FrequencyAxis(scale=scale, highest_hz=4000.0)
    levels_db = axis.levels_db(spectrogram_of(tone(frequency_hz)), n_rows=80)
    loudest = (int(levels_db[:, 25].argmax()) + 0.5) / 80
    assert loudest == pytest.approx(float(axis.height(np.array(frequency_hz))), abs=0.015)


def test_flat_power_stays_flat_on_any_axis() -> None:
    flat = PowerSpectrogram(power=np.full((257, 3), 0.01, dtype=np.float32), rate_hz=RATE_HZ, duration_s=1.0)
    for scale in ("mel", "linear"):
        levels_db = FrequencyAxis(scale=scale, highest_hz=4000.0).levels_db(flat, n_rows=100)
        np.testing.assert_allclose(levels_db, -20.0, atol=1e-4)


def test_rows_above_half_the_rate_are_empty() -> None:
    noise = np.random.default_rng(0).normal(size=4000)
    levels_db = FrequencyAxis(scale="linear", highest_hz=8000.0).levels_db(spectrogram_of(noise), n_rows=40)
    assert levels_db[22:].max() < -200.0 < -60.0 < levels_db[:18].min()


def test_low_sounds_get_a_mel_axis_and_high_sounds_a_linear_one() -> None:
    low, high = spectrogram_of(tone(500.0)), spectrogram_of(tone(3000.0))
    assert choose_scale([low, low]) == "mel"
    assert choose_scale([high, high]) == "linear"
    assert choose_scale([spectrogram_of(np.zeros(4000))]) == "mel"


def test_the_axis_leaves_out_only_what_would_be_darkest() -> None:
    quiet = 10 ** (-(RANGE_DB - 10) / 20) * tone(6000.0, rate_hz=32000)
    hidden = 10 ** (-(RANGE_DB + 10) / 20) * tone(12000.0, rate_hz=32000)
    spectrogram = spectrogram_of((tone(3000.0, rate_hz=32000) + quiet + hidden)[:3000], rate_hz=32000)
    middle = PowerSpectrogram(power=spectrogram.power[:, 10:40], rate_hz=32000, duration_s=0.1)
    assert 6000.0 < common_axis([middle], "linear").highest_hz < 9000.0


def test_the_axis_never_ends_above_half_the_rate() -> None:
    noise = np.random.default_rng(0).normal(size=4000)
    assert common_axis([spectrogram_of(noise)], "mel").highest_hz == 4000.0


def test_silence_does_not_set_the_brightest_colour() -> None:
    assert loudest_cell_db([np.full((2, 2), -300.0)]) == -150.0
    assert loudest_cell_db([np.full((2, 2), -30.0), np.full((2, 2), -20.0)]) == -20.0
