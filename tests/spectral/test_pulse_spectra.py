import numpy as np
import pytest

from stimgen.spectral.pulse_spectra import peak_map, pulse_spectra, waves_between

RATE_HZ, LEAD, SIZE = 32000, 16, 1200
SINCE_S = (np.arange(SIZE) - LEAD) / RATE_HZ


def _pulse(*rings: tuple[float, float, float]) -> np.ndarray:
    """Return a pulse of rings of (frequency in Hz, decay in s, amplitude)."""
    after_s = np.maximum(SINCE_S, 0.0)
    return sum(
        amplitude
        * -np.expm1(-after_s / 0.0003)
        * np.exp(-after_s / decay_s)
        * np.sin(2.0 * np.pi * hz * after_s)
        for hz, decay_s, amplitude in rings
    )


def _peak_hz(wave: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(wave, 32000))))


def _between(a: np.ndarray, b: np.ndarray, position: float, delay: float = 0.0) -> np.ndarray:
    spectra = pulse_spectra((a,), (b,), lead=LEAD, rate_hz=RATE_HZ)
    return waves_between(spectra, position, delays=np.array([delay]))[0]


def test_positions_0_and_1_give_the_pulses_back() -> None:
    a, b = _pulse((1500.0, 0.003, 0.3), (4000.0, 0.002, 0.2)), _pulse((2200.0, 0.002, 0.4))
    for position, wave in ((0.0, a), (1.0, b)):
        np.testing.assert_allclose(_between(a, b, position)[: SIZE - LEAD], wave[: SIZE - LEAD], atol=1e-4)


def test_one_ring_between_two_rings_has_frequency_decay_and_energy_of_their_means() -> None:
    a, b = _pulse((1000.0, 0.002, 0.4)), _pulse((2000.0, 0.004, 0.1))
    middle = _between(a, b, 0.5)
    assert _peak_hz(middle) == pytest.approx(np.sqrt(1000.0 * 2000.0), rel=0.03)
    energies = [float(np.sum(wave**2)) for wave in (a, middle, b)]
    assert energies[1] == pytest.approx(np.sqrt(energies[0] * energies[2]), rel=0.25)
    late = [float(np.sum(wave[LEAD + 128 :] ** 2) / np.sum(wave**2)) for wave in (a, middle, b)]
    assert late[0] < late[1] < late[2]
    assert np.sum(middle[: LEAD - 4] ** 2) < 1e-3 * energies[1]


def test_a_delay_moves_a_pulse_by_parts_of_a_sample() -> None:
    a, b = _pulse((1000.0, 0.002, 0.4)), _pulse((1400.0, 0.004, 0.1))
    here, half, later = (_between(a, b, 0.5, delay)[100:600] for delay in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(later[1:], here[:-1], atol=1e-3 * np.abs(here).max())
    np.testing.assert_allclose(half[1:], 0.5 * (here[:-1] + here[1:]), atol=0.03 * np.abs(here).max())


def test_resonances_meet_in_order_however_far_they_move() -> None:
    bins_hz = np.arange(2049) * RATE_HZ / 4096
    a = _pulse((2900.0, 0.002, 0.2), (5400.0, 0.003, 0.4), (9500.0, 0.003, 0.3))
    b = _pulse((1150.0, 0.004, 0.3), (1800.0, 0.002, 0.3), (3500.0, 0.002, 0.4))
    log_a, log_b = (np.log(np.abs(np.fft.rfft(wave, 4096)) + 1e-9) for wave in (a, b))
    map_hz = peak_map(log_a, log_b, bins_hz)
    for from_hz, to_hz in ((2900.0, 1150.0), (5400.0, 1800.0), (9500.0, 3500.0)):
        assert np.interp(from_hz, bins_hz, map_hz) == pytest.approx(to_hz, rel=0.05)
    assert (np.diff(map_hz) >= 0.0).all()
    assert (map_hz[0], map_hz[-1]) == (0.0, bins_hz[-1])
