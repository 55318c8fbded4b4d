from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.calibration.window_level import loud_moment, max_window_dbfs
from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.synth.pairs import random_syllable_pair, random_vowel_pair, random_word_pair

RATE_HZ = 16_000
DIGITS = Path(__file__).parents[3] / "shared" / "data" / "spoken_digits" / "recordings"


def tone(amplitude: float, *, seconds: float = 0.5) -> FloatArray:
    return amplitude * np.sin(2 * np.pi * 500 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def said_of(samples: FloatArray, *, rate_hz: int = RATE_HZ) -> str | None:
    part = active_part(samples, rate_hz=rate_hz)
    return loud_moment(samples, part, level_dbfs=level_dbfs(samples, part))


def click(kind: str, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
    if kind == "one sample":
        return np.ones(1)
    n = round({"1 ms": 0.001, "5 ms": 0.005}[kind] * rate_hz)
    return rng.standard_normal(n)


def with_clicks(
    samples: FloatArray, *, above_db: float, kind: str, n_clicks: int = 1, rate_hz: int = RATE_HZ
) -> FloatArray:
    """Put clicks in whose loudest 10 ms are this much above the loudest 10 ms of the sound."""
    rng = np.random.default_rng(samples.shape[0])
    clicked = samples.copy()
    peak = 10 ** ((max_window_dbfs(samples, rate_hz=rate_hz) + above_db) / 20)
    for _ in range(n_clicks):
        raw = click(kind, rate_hz=rate_hz, rng=rng)
        start = rng.integers(samples.shape[0] - raw.shape[0])
        clicked[start : start + raw.shape[0]] += raw * peak / np.sqrt(np.sum(raw**2) / (0.01 * rate_hz))
    return clicked


def synthetic(seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    draw = (random_vowel_pair, random_word_pair, random_syllable_pair)[seed % 3]
    return draw(rng).sound(rng.uniform(), rate_hz=RATE_HZ, rng=rng).samples


def brute_force_dbfs(samples: FloatArray, *, rate_hz: int, window_s: float) -> float:
    part = active_part(samples, rate_hz=rate_hz)
    centred = samples - samples[part.start : part.stop].mean()
    window = min(samples.shape[0], round(window_s * rate_hz))
    rms = [np.sqrt(np.mean(centred[i : i + window] ** 2)) for i in range(samples.shape[0] - window + 1)]
    return 20 * float(np.log10(max(rms)))


def test_a_steady_tone_is_as_loud_in_every_window_as_on_the_whole():
    assert max_window_dbfs(tone(1.0), rate_hz=RATE_HZ) == pytest.approx(-3.01, abs=0.01)


def test_a_burst_of_one_window_has_its_own_level_wherever_it_lies():
    for start in (0, 1234, 7840):
        samples = tone(0.001)
        samples[start : start + 160] = tone(0.5, seconds=0.01)
        assert max_window_dbfs(samples, rate_hz=RATE_HZ) == pytest.approx(-9.03, abs=0.05)


def test_one_full_scale_sample_counts_by_its_share_of_the_window():
    samples = tone(0.0005)
    samples[3000] = 1.0
    assert max_window_dbfs(samples, rate_hz=RATE_HZ) == pytest.approx(-10 * np.log10(160), abs=0.05)
    assert max_window_dbfs(samples, rate_hz=RATE_HZ, window_s=0.001) == pytest.approx(
        -10 * np.log10(16), abs=0.1
    )


@given(st.integers(0, 2**31), st.integers(2, 400), st.floats(0.001, 0.05))
def test_sliding_finds_the_loudest_of_all_windows(seed: int, n: int, window_s: float):
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal(n) * 10 ** rng.uniform(-2, 0, n) + 0.1
    assert max_window_dbfs(samples, rate_hz=8000, window_s=window_s) == pytest.approx(
        brute_force_dbfs(samples, rate_hz=8000, window_s=window_s), abs=1e-6
    )


@given(st.integers(0, 2**31), st.integers(1, 30))
def test_no_sound_of_whole_windows_is_louder_than_its_loudest_window(seed: int, n_windows: int):
    samples = np.random.default_rng(seed).standard_normal(n_windows * 160)
    level = level_dbfs(samples, active_part(samples, rate_hz=RATE_HZ))
    assert max_window_dbfs(samples, rate_hz=RATE_HZ) >= level - 1e-9


def test_a_constant_offset_is_not_a_loud_moment():
    assert max_window_dbfs(tone(0.1) + 0.5, rate_hz=RATE_HZ) == pytest.approx(-23.01, abs=0.01)


def test_silence_has_the_lowest_level():
    assert max_window_dbfs(np.zeros(1000), rate_hz=RATE_HZ) == -200.0


def test_nothing_and_windows_without_length_are_refused():
    with pytest.raises(ShapeError, match="without samples"):
        max_window_dbfs(np.zeros(0), rate_hz=RATE_HZ)
    with pytest.raises(SettingError, match="more than 0 s"):
        max_window_dbfs(np.zeros(10), rate_hz=RATE_HZ, window_s=0.0)


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_said_of_a_synthetic_vowel_word_or_syllable(seed: int):
    assert said_of(synthetic(seed)) is None


@pytest.mark.parametrize("kind", ["one sample", "1 ms", "5 ms"])
@pytest.mark.parametrize("seed", range(6))
def test_a_click_15_db_above_all_else_is_named(seed: int, kind: str):
    said = said_of(with_clicks(np.pad(synthetic(seed), 1600), above_db=15.5, kind=kind))
    assert said is not None
    assert "click" in said


def test_the_sentence_tells_the_moment_and_how_far_it_stands_out():
    samples = tone(0.01)
    samples[4000:4016] = 0.5
    part = active_part(samples, rate_hz=RATE_HZ)
    said = loud_moment(samples, part, level_dbfs=-31.0)
    # the click: 16 of 160 samples at 0.5, so -16.0 dBFS; the tone: -43.0
    assert said is not None
    assert said.startswith("the 10 ms around 0.250 s")
    assert "26.9 dB above all but 30 ms" in said
    assert "15.0 dB above its level" in said


def test_a_click_so_loud_that_it_alone_is_the_active_part_is_named():
    samples = np.random.default_rng(1).standard_normal(RATE_HZ // 2) * 0.001
    samples[4000:4100] = tone(0.9)[:100]
    part = active_part(samples, rate_hz=RATE_HZ)
    assert part.offset_s - part.onset_s < 0.03
    assert said_of(samples) is not None


def test_a_loud_20_ms_before_a_quiet_half_second_is_named():
    samples = np.random.default_rng(2).standard_normal(RATE_HZ // 2) * 0.001
    samples[3200:3520] = tone(0.3, seconds=0.02)
    said = said_of(samples)
    assert said is not None
    assert "0.0 dB above its level" in said


def test_a_short_sound_in_digital_silence_is_what_it_is():
    samples = np.zeros(RATE_HZ // 2)
    samples[3200:3520] = tone(0.3, seconds=0.02)
    assert said_of(samples) is None
    assert said_of(tone(0.3, seconds=0.02)) is None


def test_a_gain_changes_nothing_about_what_stands_out():
    clicked = with_clicks(tone(0.3), above_db=16, kind="1 ms")
    assert said_of(clicked) is not None
    assert said_of(0.1 * clicked) == said_of(clicked)
    assert said_of(tone(0.3)) is said_of(tone(0.03)) is None


@pytest.mark.skipif(not DIGITS.exists(), reason="the recordings are not here")
def test_nothing_is_said_of_spoken_digits_until_a_click_is_put_in():
    paths = sorted(DIGITS.glob("*.wav"))[::40]
    for path in paths:
        samples, rate_hz = soundfile.read(path)
        assert said_of(samples, rate_hz=rate_hz) is None, path.name
        clicked = with_clicks(samples, above_db=16, kind="1 ms", rate_hz=rate_hz)
        assert said_of(clicked, rate_hz=rate_hz) is not None, path.name
