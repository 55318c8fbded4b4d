import numpy as np
import pytest

from stimgen.calibration.ramp import apply_ramps
from stimgen.errors import SettingError


def test_a_ramp_is_a_raised_cosine_of_the_asked_length():
    ramped = apply_ramps(np.ones(1000), rate_hz=10_000, ramp_ms=5.0)
    expected = 0.5 * (1 - np.cos(np.pi * (np.arange(50) + 0.5) / 50))
    np.testing.assert_allclose(ramped[:50], expected)
    np.testing.assert_allclose(ramped[-50:], expected[::-1])
    np.testing.assert_array_equal(ramped[50:-50], 1.0)


def test_no_ramp_leaves_a_sound_as_it_is_and_never_changes_the_input():
    samples = np.linspace(-1, 1, 100)
    kept = samples.copy()
    np.testing.assert_array_equal(apply_ramps(samples, rate_hz=1000, ramp_ms=0.0), samples)
    apply_ramps(samples, rate_hz=1000, ramp_ms=10.0)
    np.testing.assert_array_equal(samples, kept)


def test_ramps_that_do_not_fit_are_refused_with_the_longest_that_does():
    with pytest.raises(SettingError, match=r"--ramp-ms 5\.0 or less"):
        apply_ramps(np.ones(10), rate_hz=1000, ramp_ms=6.0)
