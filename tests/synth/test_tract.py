import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import freqz

from stimgen.synth.tract import tract_power, tract_response, usual_bandwidths_hz

FORMANTS = np.array([[500.0, 1500.0, 2500.0, 3500.0, 4500.0]])


def test_gain_and_phase_agree_with_scipys_response_of_the_same_poles() -> None:
    bandwidths = usual_bandwidths_hz(FORMANTS)
    higher = 4500.0 + 1000.0 * np.arange(1, 13)
    poles_hz = np.concatenate([FORMANTS[0], higher])
    rate = 2.0 * 1000.0 * poles_hz.shape[0]
    frequencies = np.arange(20.0, 16_000.0, 20.0)
    expected = np.ones(frequencies.shape[0], dtype=complex)
    for pole_hz, width_hz in zip(poles_hz, usual_bandwidths_hz(poles_hz), strict=True):
        pole = np.exp(-np.pi * width_hz / rate + 2j * np.pi * pole_hz / rate)
        denominator = np.real(np.poly([pole, np.conj(pole)]))
        expected *= freqz([denominator.sum()], denominator, worN=2 * np.pi * frequencies / rate)[1]
    response = tract_response(frequencies[None], formants_hz=FORMANTS, bandwidths_hz=bandwidths)
    assert np.allclose(response.power[0], np.abs(expected) ** 2, rtol=1e-6)
    assert np.allclose(np.exp(1j * response.phase_rad[0]), expected / np.abs(expected), atol=1e-6)


def test_phase_never_jumps_between_neighbouring_frequencies() -> None:
    frequencies = np.arange(1.0, 16_000.0, 1.0)
    response = tract_response(
        frequencies[None], formants_hz=FORMANTS, bandwidths_hz=usual_bandwidths_hz(FORMANTS)
    )
    assert np.abs(np.diff(response.phase_rad[0])).max() < 0.1
    assert np.ptp(response.phase_rad[0]) > 1.0  # and it is not simply constant


@given(shift=st.floats(0.8, 1.3))
def test_power_peaks_at_the_formants(shift: float) -> None:
    formants = FORMANTS * shift
    frequencies = np.arange(100.0, 4000.0 * shift, 2.0)
    power = tract_power(frequencies, formants_hz=formants, bandwidths_hz=usual_bandwidths_hz(formants))[0]
    peaks = frequencies[1:-1][(power[1:-1] > power[:-2]) & (power[1:-1] > power[2:])]
    assert np.allclose(peaks, formants[0, : peaks.shape[0]], rtol=0.01)
    assert peaks.shape[0] == 4


def test_the_gain_at_0_hz_is_one() -> None:
    power = tract_power(np.array([0.0]), formants_hz=FORMANTS, bandwidths_hz=usual_bandwidths_hz(FORMANTS))
    assert np.allclose(power, 1.0)
