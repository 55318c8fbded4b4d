import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.errors import SettingError
from stimgen.media.resample import resample
from stimgen.media.sound import Sound


def sine(frequency_hz: float, *, rate_hz: int, n: int) -> Sound:
    return Sound(samples=np.sin(2 * np.pi * frequency_hz * np.arange(n) / rate_hz), rate_hz=rate_hz)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(44_100, 48_000), (48_000, 16_000), (16_000, 44_100)])
def test_a_sine_stays_the_same_sine_at_the_same_time(from_hz: int, to_hz: int) -> None:
    made = resample(sine(1000.0, rate_hz=from_hz, n=from_hz // 2), to_hz)
    expected = sine(1000.0, rate_hz=to_hz, n=to_hz // 2)
    inner = slice(to_hz // 20, -to_hz // 20)
    assert np.abs(made.samples[inner] - expected.samples[inner]).max() < 1e-5
    assert made.rate_hz == to_hz


def test_what_lies_above_the_new_band_is_gone() -> None:
    made = resample(sine(9000.0, rate_hz=48_000, n=24_000), 16_000)
    assert np.abs(made.samples[1000:-1000]).max() < 1e-5


@settings(max_examples=60, deadline=None)
@given(n=st.integers(80, 5000), from_hz=st.integers(4000, 96_000), to_hz=st.integers(4000, 96_000))
def test_the_number_of_samples_is_the_rounded_ratio(n: int, from_hz: int, to_hz: int) -> None:
    made = resample(sine(300.0, rate_hz=from_hz, n=n), to_hz)
    assert made.n_samples == round(n * to_hz / from_hz)
    assert np.isfinite(made.samples).all()


def test_the_same_rate_gives_the_same_object() -> None:
    sound = sine(300.0, rate_hz=8000, n=800)
    assert resample(sound, 8000) is sound


def test_name_and_facts_stay() -> None:
    sound = Sound(samples=np.ones(800), rate_hz=8000, name="take")
    assert resample(sound, 16_000).name == "take"


@pytest.mark.parametrize("rate_hz", [0, -1, 999, 1_000_001])
def test_absurd_rates_are_refused(rate_hz: int) -> None:
    with pytest.raises(SettingError, match="allowed are 1000 to 1000000"):
        resample(sine(300.0, rate_hz=8000, n=800), rate_hz)
