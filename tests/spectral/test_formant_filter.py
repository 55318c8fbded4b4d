"""The tract as a filter: levels that follow from frequencies, ways between two tracts, and trust in them."""

import numpy as np
import pytest

from stimgen.spectral.formant_filter import (
    Formants,
    explained_share,
    formants_between,
    log_gain,
    usual_bandwidths_hz,
)

DECIBELS = 10.0 / np.log(10.0)


def tract(*frequencies_hz: float) -> Formants:
    frequency_hz = np.array([frequencies_hz])
    return Formants(frequency_hz=frequency_hz, bandwidth_hz=usual_bandwidths_hz(frequency_hz))


def gain_db(formants: Formants, *at_hz: float):
    return DECIBELS * log_gain(formants, np.array([at_hz]))[0]


def test_the_gain_is_1_at_0_hz():
    assert gain_db(tract(500.0, 1500.0, 2500.0, 3500.0), 0.0) == pytest.approx(0.0)


def test_a_formant_that_falls_by_an_octave_lowers_what_lies_above_it_by_12_db():
    high, low = (gain_db(tract(f1_hz, 2300.0, 3000.0, 3700.0), 3700.0) for f1_hz in (700.0, 350.0))
    assert high - low == pytest.approx(12.0, abs=0.5)


def test_two_formants_that_come_near_each_other_raise_each_other():
    apart, near = tract(500.0, 1500.0, 2500.0, 3500.0), tract(500.0, 2200.0, 2500.0, 3500.0)
    assert gain_db(near, 2500.0) > gain_db(apart, 2500.0) + 6.0


def test_the_peak_is_the_ratio_of_frequency_to_bandwidth():
    lone = Formants(frequency_hz=np.array([[500.0]]), bandwidth_hz=np.array([[50.0]]))
    # the higher poles of the tube, at 1500, 2500, ... Hz, add a few dB
    higher_db = -20.0 * np.log10(
        np.prod([1.0 - (500.0 / f_hz) ** 2 for f_hz in (1500, 2500, 3500, 4500, 5500)])
    )
    assert gain_db(lone, 500.0) == pytest.approx(20.0 + higher_db, abs=0.1)


def test_ends_are_the_two_tracts_and_the_middle_lies_between():
    a, b = tract(300.0, 2300.0, 3000.0, 3700.0), tract(700.0, 1100.0, 2500.0, 3500.0)
    for position, end in ((0.0, a), (1.0, b)):
        there = formants_between(a, b, position)
        np.testing.assert_allclose(there.frequency_hz, end.frequency_hz)
        np.testing.assert_allclose(there.bandwidth_hz, end.bandwidth_hz)
    np.testing.assert_allclose(
        np.log(formants_between(a, b, 0.5).frequency_hz + 100.0),
        0.5 * (np.log(a.frequency_hz + 100.0) + np.log(b.frequency_hz + 100.0)),
    )


@pytest.mark.parametrize("position", [-3.0, -0.5, 1.5, 4.0])
def test_beyond_the_ends_formants_keep_their_order(position):
    a, b = tract(300.0, 2300.0, 2500.0, 3700.0), tract(700.0, 1100.0, 2400.0, 3500.0)
    there = formants_between(a, b, position)
    assert np.all(np.diff(there.frequency_hz, axis=1) > 0.0)
    assert np.all(there.frequency_hz > 0.0)
    assert np.isfinite(log_gain(there, np.linspace(0.0, 8000.0, 50)[None, :])).all()


@pytest.mark.parametrize("f0_hz", [100.0, 240.0])
def test_the_right_formants_explain_a_voice_and_wrong_ones_do_not(f0_hz):
    right, wrong = tract(600.0, 1100.0, 2500.0, 3500.0), tract(300.0, 1900.0, 2200.0, 4200.0)
    harmonics_hz = f0_hz * np.arange(1, int(7800 / f0_hz))[None, :]
    amplitude = np.exp(0.5 * log_gain(right, harmonics_hz)) / harmonics_hz
    shares = [
        explained_share(
            one,
            amplitude,
            weight=np.ones_like(amplitude),
            f0_hz=np.array([f0_hz]),
            centre_hz=f0_hz,
            frame_step_s=0.005,
        )[0]
        for one in (right, wrong)
    ]
    assert shares[0] > 0.8
    assert shares[1] < 0.2
