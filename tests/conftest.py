"""Sounds that many tests share: short, synthetic, different enough from each other to be morphed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stimgen import Sound


def vowel_like(*, f0_hz: float, peak_hz: float, seconds: float, rate_hz: int) -> np.ndarray:
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * np.cumsum(f0_hz * (1 - 0.1 * times_s / seconds)) / rate_hz
    orders = np.arange(1, int(0.45 * rate_hz / f0_hz) + 1)[:, None]
    gains = 1 / (1 + ((orders * f0_hz - peak_hz) / 300.0) ** 2)
    wave = np.sum(gains * np.cos(orders * phase), axis=0)
    noise = 0.003 * np.random.default_rng(int(peak_hz)).standard_normal(times_s.size)
    fade = np.minimum(1, np.minimum(times_s, times_s[::-1]) / 0.02)
    return 0.3 * fade * (wave / np.abs(wave).max() + noise)


@pytest.fixture(scope="session")
def pair() -> tuple[Sound, Sound]:
    """Two vowel-like sounds of different pitch, timbre and duration at 16 kHz."""
    rate_hz = 16_000
    return (
        Sound(
            samples=vowel_like(f0_hz=120, peak_hz=700, seconds=0.25, rate_hz=rate_hz),
            rate_hz=rate_hz,
            name="a",
        ),
        Sound(
            samples=vowel_like(f0_hz=180, peak_hz=2000, seconds=0.20, rate_hz=rate_hz),
            rate_hz=rate_hz,
            name="b",
        ),
    )


@pytest.fixture
def files(tmp_path: Path, pair: tuple[Sound, Sound], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The pair as a.wav and b.wav in a folder of their own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for sound in pair:
        soundfile.write(f"{sound.name}.wav", sound.samples, sound.rate_hz, subtype="PCM_16")
    return Path("a.wav"), Path("b.wav")


@pytest.fixture
def write_wav(tmp_path: Path) -> Callable[..., Path]:
    """Write samples to a named wav file in the test's folder."""

    def write(name: str, samples: np.ndarray, rate_hz: int = 16_000, **options: str) -> Path:
        path = tmp_path / name
        soundfile.write(path, samples, rate_hz, **options)
        return path

    return write
