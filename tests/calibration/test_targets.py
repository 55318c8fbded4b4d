import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.calibration.targets import lowering_db, natural_levels, tenths_above
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.errors import SoundError

RATE_HZ = 16_000


def tone(amplitude: float) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * 500.0 * np.arange(3200) / RATE_HZ)


@given(levels=st.lists(st.floats(-60, 0), min_size=1, max_size=6), wanted=st.floats(-60, -3))
@settings(deadline=None)
def test_lowered_by_what_is_asked_every_true_peak_fits_and_a_tenth_less_does_not(levels, wanted):
    sounds = [tone(10 ** (level / 20)) for level in levels]
    sounds[0][100] *= 4.0  # a click, so that the peak rule has work to do
    natural = natural_levels(sounds, rate_hz=RATE_HZ)
    lowered = lowering_db(sounds, natural, [wanted] * len(sounds), peak_limit_dbtp=-1.0)
    highest = max(true_peak_dbtp(s) + wanted - level for s, level in zip(sounds, natural, strict=True))
    assert highest - lowered <= -1.0 + 1e-6
    assert lowered == 0.0 or highest - (lowered - 0.1) > -1.0
    assert lowered == pytest.approx(round(lowered, 1))


def test_a_set_is_lowered_only_when_a_peak_stands_in_the_way():
    natural = natural_levels([tone(0.1)], rate_hz=RATE_HZ)
    low, high = (
        lowering_db([tone(0.1)], natural, [wanted], peak_limit_dbtp=-1.0) for wanted in (-26.0, -3.5)
    )
    # a sine's peak is 3.01 dB above its level: the highest that fits is -4.01, to the next lower tenth -4.1
    assert low == 0.0
    assert high == pytest.approx(0.6)


def test_room_for_dither_lowers_a_set_that_would_just_fit():
    sine = tone(1.0)
    level = natural_levels([sine], rate_hz=RATE_HZ)
    just = -1.0 + level[0] - true_peak_dbtp(sine)
    assert lowering_db([sine], level, [just], peak_limit_dbtp=-1.0) == 0.0
    assert lowering_db([sine], level, [just], peak_limit_dbtp=-1.0, margin=1e-3) == 0.1


def test_a_silent_stimulus_is_refused_with_its_step():
    with pytest.raises(SoundError, match="step 1 came out silent"):
        natural_levels([tone(0.1), np.zeros(100)], rate_hz=RATE_HZ)


def test_an_excess_is_rounded_up_to_tenths():
    assert [tenths_above(x) for x in (-1.0, 0.0, 0.01, 0.1, 0.11)] == [0.0, 0.0, 0.1, 0.1, 0.2]
