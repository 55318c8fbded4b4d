"""Sounds and pictures that many tests share: short, synthetic, different enough from each other to be morphed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from stimgen import Picture, Sound
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import write_landmarks


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


PLACES = np.array(
    [[14, 12], [58, 12], [58, 46], [14, 46], [27, 24], [46, 24], [36, 33], [30, 41], [43, 41]], dtype=float
)
MOVES = np.array([[2, 0], [-2, 2], [-1, -2], [2, 1], [-6, 3], [5, -3], [5, 2], [-3, -4], [3, 3]], dtype=float)


def blobs(
    places: np.ndarray, *, seed: int, n_channels: int, width_px: int = 72, height_px: int = 60
) -> np.ndarray:
    """Draw one soft blob at each place on a ramp, values 0 to 1, shape (height_px, width_px, n_channels)."""
    # blobs keep their kind, light or dark, from picture to picture
    kinds, own = np.random.default_rng(5), np.random.default_rng(seed)
    rows, columns = np.mgrid[:height_px, :width_px]
    pixels = own.uniform(0.3, 0.4) + 0.2 * (columns / width_px)[..., None] * np.ones(n_channels)
    for x, y in places:
        blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 3.0**2))
        strength = kinds.choice([-0.3, 0.4]) * own.uniform(0.7, 1.0, n_channels)
        pixels = pixels + blob[..., None] * strength
    return np.clip(pixels, 0.02, 0.98)


@pytest.fixture(scope="session")
def picture_pair() -> tuple[Picture, Picture]:
    """Two soft pictures of 72 x 60 px in colour, 8 bit, with nine landmarks that differ by up to 7 px."""
    places = PLACES, PLACES + MOVES
    return tuple(
        Picture(
            pixels=np.rint(blobs(xy, seed=7 + n, n_channels=3) * 255) / 255,
            points=Landmarks(xy=xy),
            name="ab"[n],
        )
        for n, xy in enumerate(places)
    )


@pytest.fixture
def picture_files(
    tmp_path: Path, picture_pair: tuple[Picture, Picture], monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path]:
    """The pair as a.png and b.png with a.tem and b.tem beside them, in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    for picture in picture_pair:
        Image.fromarray(np.rint(picture.pixels * 255).astype(np.uint8)).save(f"{picture.name}.png")
        Path(f"{picture.name}.tem").write_bytes(write_landmarks(picture.points))
    return Path("a.png"), Path("b.png")
