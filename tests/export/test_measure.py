import numpy as np
import pytest

from stimgen.export.at_level import FileFormat, write_at_level
from stimgen.export.encode import wav_bytes
from stimgen.export.measure import count_clipped, measure_file, without_pad
from stimgen.seeding import child_rng

RATE_HZ = 16_000


def tone(n_samples, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * 1000 * np.arange(n_samples) / RATE_HZ)


def encoded(samples, *, pad=(0, 0), bit_depth="24"):
    return wav_bytes(samples, rate_hz=RATE_HZ, bit_depth=bit_depth, rng=child_rng(0, "dither"), pad=pad)


def test_levels_of_a_tone_are_those_of_its_amplitude():
    found = measure_file(encoded(tone(16_000)))
    assert found.level_dbfs == pytest.approx(-9.03, abs=0.01)
    assert found.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert found.true_peak_dbtp == pytest.approx(-6.02, abs=0.05)
    assert found.a_weighted_dbfs == pytest.approx(-9.03, abs=0.01)
    assert found.max_window_dbfs == pytest.approx(-9.03, abs=0.05)
    assert (found.n_samples, found.clipped_samples) == (16_000, 0)


# 880 samples are five and a half frames of 10 ms, so that the frames of a padded file lie otherwise
@pytest.mark.parametrize("pad", [(1, 0), (0, 37), (160, 160), (4001, 1599)])
@pytest.mark.parametrize("n_samples", [800, 880, 16_000])
def test_silence_around_a_sound_changes_no_level_of_it(n_samples, pad):
    bare = measure_file(encoded(tone(n_samples)))
    found = measure_file(encoded(tone(n_samples), pad=pad), pad=pad)
    for key in ("level_dbfs", "a_weighted_dbfs", "max_window_dbfs", "lufs", "bandwidth_hz", "peak_dbfs"):
        assert getattr(found, key) == getattr(bare, key), key
    assert found.onset_s == pytest.approx(bare.onset_s + pad[0] / RATE_HZ, abs=1e-9)
    assert found.offset_s == pytest.approx(bare.offset_s + pad[0] / RATE_HZ, abs=1e-9)
    assert found.n_samples == bare.n_samples + sum(pad)


def test_silence_that_nobody_says_was_added_counts():
    bare, padded = encoded(tone(880)), encoded(tone(880), pad=(4001, 1599))
    assert measure_file(padded).level_dbfs < measure_file(bare).level_dbfs - 0.1


@pytest.mark.parametrize("pad", [(0, 0), (4001, 1599)])
def test_a_short_sound_gets_its_level_whatever_is_added(pad):
    plain = FileFormat(rate_hz=RATE_HZ, bit_depth="24", pad=pad)
    plan, (data,) = write_at_level([tone(880)], [-26.0], file_format=plain, peak_limit_dbtp=-1.0)
    samples = np.round(10 ** (plan.gains_db[0] / 20) * tone(880) * 2**23)
    assert 20 * np.log10(samples.std() / 2**23) == pytest.approx(-26.0, abs=0.005)
    assert measure_file(data, pad=pad).level_dbfs == pytest.approx(-26.0, abs=0.005)


def test_other_listeners_get_no_human_measures():
    found = measure_file(encoded(tone(16_000)), human=False)
    assert (found.a_weighted_dbfs, found.lufs, found.lufs_method) == (None, None, None)
    assert found.level_dbfs == pytest.approx(-9.03, abs=0.01)


def test_codes_at_full_scale_are_clipped_and_others_not():
    assert count_clipped(np.array([32_766, -32_767, 0]) / 2**15) == 0
    assert count_clipped(np.array([32_767, -32_768, 0]) / 2**15) == 2


def test_no_pad_takes_nothing_off():
    np.testing.assert_array_equal(without_pad(np.arange(3.0), (0, 0)), np.arange(3.0))
