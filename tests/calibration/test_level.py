import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.calibration.level import active_part, level_dbfs, plan_levels, to_db, true_peak_dbtp
from stimgen.errors import ShapeError, SoundError

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


def test_true_peak_sees_what_lies_between_the_samples():
    # a quarter-rate sine sampled at 45 degrees: every sample is at 0.707, the wave between them reaches 1
    sine = tone(1.0, frequency_hz=RATE_HZ / 4, phase=np.pi / 4)
    assert to_db(float(np.max(np.abs(sine)))) == pytest.approx(-3.01, abs=0.01)
    assert true_peak_dbtp(sine[200:-200]) == pytest.approx(0.0, abs=0.25)


@given(
    levels=st.lists(st.floats(-60, 0), min_size=1, max_size=6),
    target=st.floats(-60, -3),
)
def test_after_its_gain_every_stimulus_has_the_target_level_and_fits(levels: list[float], target: float):
    sounds = [tone(10 ** (level / 20)) for level in levels]
    sounds[0] = sounds[0].copy()
    sounds[0][100] *= 4.0  # a click, so that the peak rule has work to do
    plan = plan_levels(sounds, rate_hz=RATE_HZ, target_dbfs=target, peak_limit_dbfs=-1.0)
    scaled = [s * 10 ** (g / 20) for s, g in zip(sounds, plan.gains_db, strict=True)]
    for sound in scaled:
        assert level_dbfs(sound, active_part(sound, rate_hz=RATE_HZ)) == pytest.approx(
            plan.target_dbfs, abs=1e-6
        )
        assert to_db(float(np.max(np.abs(sound)))) <= -1.0 + 1e-6
    assert plan.target_dbfs <= target
    assert plan.target_dbfs == target or plan.target_dbfs == pytest.approx(round(plan.target_dbfs, 1))


def test_the_target_is_lowered_only_when_a_peak_stands_in_the_way():
    low = plan_levels([tone(0.1)], rate_hz=RATE_HZ, target_dbfs=-26.0, peak_limit_dbfs=-1.0)
    high = plan_levels([tone(0.1)], rate_hz=RATE_HZ, target_dbfs=-3.5, peak_limit_dbfs=-1.0)
    assert low.target_dbfs == -26.0
    # a sine's peak is 3.01 dB above its level: the highest that fits is -4.01, to the next lower tenth -4.1
    assert high.target_dbfs == pytest.approx(-4.1)


def test_a_silent_stimulus_is_refused_with_its_step():
    with pytest.raises(SoundError, match="step 1 came out silent"):
        plan_levels([tone(0.1), np.zeros(100)], rate_hz=RATE_HZ, target_dbfs=-26.0, peak_limit_dbfs=-1.0)
