import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.calibration.level import active_part
from stimgen.calibration.trim import Trim, trim
from stimgen.errors import ShapeError

RATE_HZ = 8000


def padded_tone(before: int, after: int) -> np.ndarray:
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(1600) / RATE_HZ)
    return np.r_[np.zeros(before), tone, np.zeros(after)]


def test_twenty_ms_of_silence_are_kept_on_either_side():
    assert trim(padded_tone(800, 1600), rate_hz=RATE_HZ) == Trim(start=640, stop=2560)


def test_silence_shorter_than_the_margin_is_kept_whole():
    assert trim(padded_tone(80, 40), rate_hz=RATE_HZ) == Trim(start=0, stop=1720)


@given(before=st.integers(0, 4000), after=st.integers(0, 4000))
def test_no_part_of_the_sound_and_at_most_thirty_ms_of_silence_survive_the_cut(before: int, after: int):
    samples = padded_tone(before, after)
    cut = trim(samples, rate_hz=RATE_HZ)
    part = active_part(samples, rate_hz=RATE_HZ)
    assert cut.start <= part.start <= part.stop <= cut.stop
    # the margin and up to a frame of 10 ms that is partly sound
    assert before - cut.start <= 0.030 * RATE_HZ
    assert cut.stop - (before + 1600) <= 0.030 * RATE_HZ


def test_a_silent_recording_is_kept_whole():
    assert trim(np.zeros(500), rate_hz=RATE_HZ) == Trim(start=0, stop=500)


def test_a_recording_without_samples_is_refused():
    with pytest.raises(ShapeError, match="without samples"):
        trim(np.zeros(0), rate_hz=RATE_HZ)
