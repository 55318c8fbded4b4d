import numpy as np
import pytest

from stimgen.errors import ShapeError, SoundError
from stimgen.media.sound import Sound
from stimgen.media.usable import check_usable

WAVE = 0.1 * np.sin(np.arange(1600) / 5)


def test_a_plain_sound_is_usable() -> None:
    check_usable(Sound(samples=WAVE, rate_hz=16_000))


@pytest.mark.parametrize(
    ("samples", "rate_hz", "message"),
    [
        (0 * WAVE, 16_000, "is silent"),
        (0 * WAVE - 0.5, 16_000, "does not vary: every sample is -0.5"),
        (1e-6 * WAVE, 16_000, "its peak is -140"),
        (np.append(WAVE, np.nan), 16_000, "not numbers"),
        (WAVE[:100], 16_000, "lasts 6.25 ms"),
        (WAVE[:0], 16_000, "lasts 0 ms"),
        (np.tile(WAVE, 700), 16_000, "lasts 70 s"),
        (WAVE, 0, "sampling rate is 0 Hz; allowed are 1000 to 1000000 Hz"),
        (WAVE, 2_000_000, "sampling rate is 2000000 Hz"),
        (1e12 * WAVE, 16_000, "samples are broken"),
    ],
)
def test_what_is_not_usable_is_told_apart(samples, rate_hz, message) -> None:
    with pytest.raises(SoundError, match=message):
        check_usable(Sound(samples=samples, rate_hz=rate_hz))


@pytest.mark.parametrize("samples", [WAVE[:, None], WAVE.astype(np.float32), [0.1] * 1600])
def test_what_is_no_row_of_float64_is_refused(samples) -> None:
    with pytest.raises(ShapeError, match="must be a float64 array of shape"):
        check_usable(Sound(samples=samples, rate_hz=16_000))
