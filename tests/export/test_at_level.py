import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.calibration.true_peak import true_peak_dbtp
from stimgen.export.at_level import FileFormat, write_at_level
from stimgen.export.encode import decode_wav, wav_bytes
from stimgen.seeding import child_rng

RATE_HZ = 16_000


def with_a_tail(tail_db: float) -> np.ndarray:
    times_s = np.arange(1600) / RATE_HZ
    tone = np.sin(2 * np.pi * 500 * times_s)
    return np.r_[tone, 10 ** (tail_db / 20) * tone]


def written_level(data: bytes) -> float:
    samples, rate_hz = decode_wav(data)
    return level_dbfs(samples, active_part(samples, rate_hz=rate_hz))


def write(sounds, *, target_dbfs=-40.0, bit_depth="16"):
    return write_at_level(
        sounds,
        [target_dbfs] * len(sounds),
        file_format=FileFormat(rate_hz=RATE_HZ, bit_depth=bit_depth),
        peak_limit_dbtp=-1.0,
    )


def uncorrected_level(sound: np.ndarray) -> float:
    gain_db = -40.0 - level_dbfs(sound, active_part(sound, rate_hz=RATE_HZ))
    rng = child_rng(0, "dither")
    return written_level(wav_bytes(sound * 10 ** (gain_db / 20), rate_hz=RATE_HZ, bit_depth="16", rng=rng))


def test_a_tail_that_dither_lifts_into_the_active_part_does_not_spoil_the_level():
    # a tail a hair below the border of the active part, so quiet that dither lifts it over; with this one the
    # corrected level is stable, while just at the border no gain is
    sound = with_a_tail(-40.01)
    assert abs(uncorrected_level(sound) + 40.0) > 1.0
    plan, (data,) = write([sound])
    assert plan.targets_dbfs == (-40.0,)
    assert written_level(data) == pytest.approx(-40.0, abs=0.01)


@given(tail_db=st.floats(-40.3, -39.7))
@settings(max_examples=30, deadline=None)
def test_correcting_never_makes_a_level_worse(tail_db: float):
    sound = with_a_tail(tail_db)
    _, (data,) = write([sound])
    assert abs(written_level(data) + 40.0) <= abs(uncorrected_level(sound) + 40.0) + 0.005


@pytest.mark.parametrize("bit_depth", ["16", "24", "float32"])
def test_no_file_passes_the_peak_limit_at_any_bit_depth(bit_depth):
    plan, files = write([with_a_tail(-20.0), with_a_tail(-6.0)], target_dbfs=-3.0, bit_depth=bit_depth)
    assert plan.lowered_db > 0
    for data, target_dbfs in zip(files, plan.targets_dbfs, strict=True):
        assert true_peak_dbtp(decode_wav(data)[0]) <= -1.0
        assert written_level(data) == pytest.approx(target_dbfs, abs=0.01)
    assert max(plan.targets_dbfs) == pytest.approx(-3.0 - plan.lowered_db)


@pytest.mark.parametrize("bit_depth", ["16", "24"])
def test_what_is_left_as_it_is_gets_neither_gain_nor_dither(bit_depth):
    left, other = (np.round(2**12 * with_a_tail(tail_db)) / 2**15 for tail_db in (-20.0, -6.0))
    # neither has the level that is wanted
    wanted_dbfs = [level_dbfs(one, active_part(one, rate_hz=RATE_HZ)) + 0.3 for one in (left, other)]
    plan, (data, other_data) = write_at_level(
        [left, other],
        wanted_dbfs,
        file_format=FileFormat(rate_hz=RATE_HZ, bit_depth=bit_depth),
        peak_limit_dbtp=-1.0,
        as_they_are=[True, False],
    )
    np.testing.assert_array_equal(decode_wav(data)[0], left)
    assert plan.gains_db[0] == 0.0
    assert written_level(other_data) == pytest.approx(wanted_dbfs[1], abs=0.01)


def test_nothing_is_left_as_it_is_in_a_set_that_comes_down():
    loud = np.round(0.99 * 2**15 * with_a_tail(-6.0)) / 2**15
    wanted_dbfs = [level_dbfs(loud, active_part(loud, rate_hz=RATE_HZ))]
    plan, (data,) = write_at_level(
        [loud], wanted_dbfs, file_format=FileFormat(rate_hz=RATE_HZ, bit_depth="16"), peak_limit_dbtp=-1.0,
        as_they_are=[True],
    )  # fmt: skip
    assert plan.lowered_db > 0.0
    assert written_level(data) == pytest.approx(wanted_dbfs[0] - plan.lowered_db, abs=0.01)
    assert true_peak_dbtp(decode_wav(data)[0]) <= -1.0
