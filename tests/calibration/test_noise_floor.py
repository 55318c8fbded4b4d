import numpy as np
import pytest

from stimgen.calibration.noise_floor import noise_floor_dbfs

RATE_HZ = 16_000


def noise(level_dbfs: float, seconds: float, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), round(seconds * RATE_HZ))


def tone(seconds: float) -> np.ndarray:
    """At -20 dBFS."""
    return 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 300 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


@pytest.mark.parametrize("floor_dbfs", [-70.0, -55.0, -42.0])
def test_the_level_of_the_noise_in_a_pause_is_found(floor_dbfs: float):
    sound = np.r_[np.zeros(1600), tone(0.4), np.zeros(1600)] + noise(floor_dbfs, 0.6)
    assert noise_floor_dbfs(sound, rate_hz=RATE_HZ, level_dbfs=-20.0) == pytest.approx(floor_dbfs, abs=1.0)


def test_a_constant_offset_is_no_noise():
    sound = np.r_[np.zeros(1600), tone(0.4)] + noise(-60, 0.5)
    assert noise_floor_dbfs(sound + 0.1, rate_hz=RATE_HZ, level_dbfs=-20.0) == pytest.approx(-60, abs=1.0)


def test_a_sound_without_a_pause_has_no_noise_floor():
    assert noise_floor_dbfs(tone(0.5), rate_hz=RATE_HZ, level_dbfs=-20.0) is None


def test_exact_silence_says_nothing_of_the_noise():
    padded = np.r_[np.zeros(3200), tone(0.4)]
    assert noise_floor_dbfs(padded, rate_hz=RATE_HZ, level_dbfs=-20.0) is None
    noisy = np.r_[padded, noise(-50, 0.2)]
    assert noise_floor_dbfs(noisy, rate_hz=RATE_HZ, level_dbfs=-20.0) == pytest.approx(-50, abs=1.0)


def test_a_sound_that_dies_away_is_not_noise():
    decay = tone(0.4) * 10 ** (-np.linspace(0, 100, 6400) / 20)
    assert noise_floor_dbfs(decay, rate_hz=RATE_HZ, level_dbfs=-25.0) is None


def test_a_soft_segment_of_a_word_counts_only_when_it_lasts():
    short = np.r_[tone(0.3), noise(-35, 0.12)]
    long = np.r_[tone(0.3), noise(-35, 0.4)]
    assert noise_floor_dbfs(short, rate_hz=RATE_HZ, level_dbfs=-20.0) is None
    assert noise_floor_dbfs(long, rate_hz=RATE_HZ, level_dbfs=-20.0) == pytest.approx(-35, abs=1.0)


def test_a_sound_of_forty_ms_has_no_noise_floor():
    assert noise_floor_dbfs(noise(-60, 0.04), rate_hz=RATE_HZ, level_dbfs=-20.0) is None
