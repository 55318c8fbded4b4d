import numpy as np
import pytest

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.errors import ShapeError

RATE_HZ = 16_000


def tone(
    amplitude: float, *, seconds: float = 0.2, frequency_hz: float = 500.0, phase: float = 0.0
) -> np.ndarray:
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return amplitude * np.sin(2 * np.pi * frequency_hz * times_s + phase)


def test_a_full_scale_sine_is_at_minus_3_01_dbfs():
    sine = tone(1.0)
    assert level_dbfs(sine, active_part(sine, rate_hz=RATE_HZ)) == pytest.approx(-3.0103, abs=1e-3)


def test_silence_around_a_tone_does_not_change_its_level():
    sine = tone(0.5)
    padded = np.r_[np.zeros(3200), sine, np.zeros(4800)]
    part = active_part(padded, rate_hz=RATE_HZ)
    assert (part.onset_s, part.offset_s) == (0.2, 0.4)
    assert level_dbfs(padded, part) == pytest.approx(level_dbfs(sine, active_part(sine, rate_hz=RATE_HZ)))


def test_a_constant_offset_counts_neither_as_sound_nor_as_level():
    padded = np.r_[np.zeros(3200), tone(0.5), np.zeros(4800)]
    shifted = active_part(padded + 0.2, rate_hz=RATE_HZ)
    assert level_dbfs(padded + 0.2, shifted) == pytest.approx(
        level_dbfs(padded, active_part(padded, rate_hz=RATE_HZ)), abs=0.1
    )


def test_frames_41_db_down_are_outside_and_39_db_down_inside_the_active_part():
    quiet = 10 ** (-39 / 20), 10 ** (-41 / 20)
    inside, outside = (np.r_[tone(1.0), tone(level)] for level in quiet)
    assert active_part(inside, rate_hz=RATE_HZ).offset_s == pytest.approx(0.4)
    assert active_part(outside, rate_hz=RATE_HZ).offset_s == pytest.approx(0.2)


def test_the_active_part_of_nothing_is_refused():
    with pytest.raises(ShapeError, match="without samples"):
        active_part(np.zeros(0), rate_hz=RATE_HZ)
