import numpy as np
import pytest
from scipy import signal

from stimgen.errors import ShapeError
from stimgen.spectral.all_pole import all_pole_through, resonances

TOP_HZ = 5500.0
FORMANTS_HZ = np.array([700.0, 1200.0, 2500.0, 3600.0, 4600.0])
BANDWIDTHS_HZ = np.array([60.0, 80.0, 130.0, 180.0, 230.0])


def _filter() -> np.ndarray:
    poles = np.exp((-np.pi * BANDWIDTHS_HZ + 2j * np.pi * FORMANTS_HZ) / (2.0 * TOP_HZ))
    return np.poly(np.concatenate([poles, poles.conj()])).real


def _harmonics(f0_hz: float) -> tuple[np.ndarray, np.ndarray]:
    harmonics_hz = np.arange(f0_hz, TOP_HZ, f0_hz)
    response = signal.freqz(1.0, _filter(), worN=harmonics_hz, fs=2.0 * TOP_HZ)[1]
    return harmonics_hz[None], np.abs(response[None]) ** 2


@pytest.mark.parametrize("f0_hz", [100.0, 200.0, 300.0])
def test_the_resonances_of_a_filter_are_found_from_its_harmonics_alone(f0_hz: float) -> None:
    harmonics_hz, power = _harmonics(f0_hz)
    filters = all_pole_through(
        power, frequency_hz=harmonics_hz, weight=np.ones_like(power), top_hz=TOP_HZ, order=10
    )
    found = resonances(filters, top_hz=TOP_HZ)
    assert found.frequency_hz[0] == pytest.approx(FORMANTS_HZ, rel=0.005)


def test_close_harmonics_give_the_bandwidths_too() -> None:
    harmonics_hz, power = _harmonics(100.0)
    filters = all_pole_through(
        power, frequency_hz=harmonics_hz, weight=np.ones_like(power), top_hz=TOP_HZ, order=10
    )
    assert resonances(filters, top_hz=TOP_HZ).bandwidth_hz[0] == pytest.approx(BANDWIDTHS_HZ, rel=0.1)


def test_linear_prediction_of_the_same_harmonics_is_pulled_away() -> None:
    harmonics_hz, power = _harmonics(300.0)
    correlation = np.cos(np.pi / TOP_HZ * np.arange(11)[:, None] * harmonics_hz) @ power[0]
    lags = np.abs(np.arange(10)[:, None] - np.arange(10))
    predicted = np.linalg.solve(correlation[lags] + 1e-9 * correlation[0] * np.eye(10), correlation[1:])
    found = resonances(np.concatenate([[1.0], -predicted])[None], top_hz=TOP_HZ)
    assert np.max(np.abs(found.frequency_hz[0] / FORMANTS_HZ - 1.0)) > 0.02


def test_points_without_weight_change_nothing() -> None:
    harmonics_hz, power = _harmonics(150.0)
    more_hz, more = np.append(harmonics_hz, [[777.0]], axis=1), np.append(power, [[1e9]], axis=1)
    weight = np.append(np.ones_like(power), [[0.0]], axis=1)
    plain = all_pole_through(
        power, frequency_hz=harmonics_hz, weight=np.ones_like(power), top_hz=TOP_HZ, order=8
    )
    with_more = all_pole_through(more, frequency_hz=more_hz, weight=weight, top_hz=TOP_HZ, order=8)
    assert with_more == pytest.approx(plain, abs=1e-9)
    counted = all_pole_through(more, frequency_hz=more_hz, weight=np.ones_like(more), top_hz=TOP_HZ, order=8)
    assert not np.allclose(counted, plain, atol=1e-3)


def test_the_power_of_a_frame_does_not_change_its_model() -> None:
    harmonics_hz, power = _harmonics(150.0)
    two = np.concatenate([power, 1e-12 * power])
    filters = all_pole_through(
        two,
        frequency_hz=np.repeat(harmonics_hz, 2, axis=0),
        weight=np.ones_like(two),
        top_hz=TOP_HZ,
        order=10,
    )
    assert filters[1] == pytest.approx(filters[0], rel=1e-6)


def test_poles_on_the_real_axis_are_no_resonances() -> None:
    pole = 0.9 * np.exp(0.5j * np.pi)
    filters = np.poly([pole, pole.conj(), 0.8, -0.5]).real[None]
    found = resonances(filters, top_hz=4000.0)
    assert found.frequency_hz[0, 0] == pytest.approx(2000.0)
    assert np.isnan(found.frequency_hz[0, 1])
    assert found.bandwidth_hz[0, 0] == pytest.approx(-np.log(0.9) * 8000.0 / np.pi)


def test_arrays_of_different_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="one shape"):
        all_pole_through(
            np.ones((1, 5)), frequency_hz=np.ones((1, 4)), weight=np.ones((1, 5)), top_hz=TOP_HZ, order=2
        )
