import time

import numpy as np
import pytest

from stimgen.errors import SoundError
from stimgen.export.encode import BIT_DEPTHS, decode_wav, peak_margin, wav_bytes

RATE_HZ = 22_050


def noise(n: int = 5000, level: float = 0.1) -> np.ndarray:
    return level * np.random.default_rng(3).standard_normal(n)


@pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
def test_what_is_written_comes_back_within_the_steps_of_its_bit_depth(bit_depth):
    samples = noise()
    back, rate_hz = decode_wav(
        wav_bytes(samples, rate_hz=RATE_HZ, bit_depth=bit_depth, rng=np.random.default_rng(0))
    )
    assert rate_hz == RATE_HZ
    largest = float(np.max(np.abs(back - samples)))
    assert 0 < largest <= peak_margin(bit_depth)


@pytest.mark.parametrize("bit_depth", BIT_DEPTHS)
def test_the_bytes_do_not_depend_on_when_they_are_made(bit_depth):
    first = wav_bytes(noise(), rate_hz=RATE_HZ, bit_depth=bit_depth, rng=np.random.default_rng(0))
    time.sleep(1.1)  # file formats that note the time do so in whole seconds
    assert first == wav_bytes(noise(), rate_hz=RATE_HZ, bit_depth=bit_depth, rng=np.random.default_rng(0))


def test_triangular_dither_makes_the_error_independent_of_the_signal():
    # a constant of a quarter step would vanish without dither; with it the mean survives and the error has a variance
    # of 1/12 (rounding) + 1/6 (dither) steps squared
    step = 2.0**-15
    samples = np.full(200_000, 0.25 * step)
    back, _ = decode_wav(wav_bytes(samples, rate_hz=RATE_HZ, bit_depth="16", rng=np.random.default_rng(1)))
    error = (back - samples) / step
    assert abs(error.mean()) < 0.01
    assert error.var() == pytest.approx(1 / 12 + 1 / 6, rel=0.03)


@pytest.mark.parametrize("bit_depth", ["16", "24"])
def test_a_sample_that_would_clip_is_refused(bit_depth):
    with pytest.raises(SoundError, match="clip"):
        wav_bytes(np.array([0.0, 1.01]), rate_hz=RATE_HZ, bit_depth=bit_depth, rng=np.random.default_rng(0))
