import numpy as np
import pytest

from stimgen.synth.glottis import GlottalFlow, glottal_flow, pulse_shapes

RATE_HZ = 24_000


def flow(
    *, f0_hz: float, rd: float = 1.0, seconds: float = 0.5, strength=1.0, rate_hz=RATE_HZ, **other
) -> GlottalFlow:
    n = round(seconds * rate_hz)
    settings = {"rest": 0.0, "alternation": 0.0, "jitter_percent": 0.0} | other
    return glottal_flow(
        np.arange(n) * f0_hz / rate_hz,
        rd=np.full(n, rd),
        strength=np.broadcast_to(strength, n),
        rate_hz=rate_hz,
        rng=np.random.default_rng(0),
        **settings,
    )


def excitations_s(derivative, *, rate_hz: int = RATE_HZ):
    inner = derivative[1:-1]
    is_peak = (inner < derivative[:-2]) & (inner <= derivative[2:]) & (inner < 0.4 * derivative.min())
    return (np.flatnonzero(is_peak) + 1) / rate_hz


def test_a_modal_pulse_has_the_published_proportions():
    shapes = pulse_shapes(np.array([1.0]))
    # Fant 1995, eq. 2 to 4 at Rd = 1: Ra 3.8 %, Rk 34.2 %, and Rg from Rd = (0.5 + 1.2 Rk)(Rk / 4 Rg + Ra) / 0.11
    assert shapes.return_share[0] == pytest.approx(0.038)
    assert shapes.end[0] / shapes.peak[0] - 1 == pytest.approx(0.342)
    rg = 0.5 / shapes.peak[0]
    assert (0.5 + 1.2 * 0.342) * (0.342 / (4 * rg) + 0.038) / 0.11 == pytest.approx(1.0)


@pytest.mark.parametrize("rd", [0.3, 0.7, 1.5, 2.7])
def test_the_flow_comes_back_to_zero_after_each_pulse(rd):
    derivative = flow(f0_hz=100.0, rd=rd, seconds=0.2).derivative
    volume = np.cumsum(derivative)
    at_periods = volume[:: RATE_HZ // 100]
    assert np.abs(at_periods).max() < 0.01 * np.ptp(volume)


def test_pulses_come_at_f0_and_fall_as_steeply_as_asked():
    derivative = flow(f0_hz=125.0, strength=3.0).derivative
    assert np.diff(excitations_s(derivative)) == pytest.approx(1 / 125.0, abs=1.5 / RATE_HZ)
    assert -derivative.min() == pytest.approx(3.0, rel=0.15)


def test_a_breathy_pulse_falls_off_faster_towards_high_frequencies():
    spectra = [np.abs(np.fft.rfft(flow(f0_hz=100.0, rd=rd).derivative)) for rd in (0.5, 2.5)]
    ratio = spectra[0][50::50][:60] / spectra[1][50::50][:60]
    assert ratio[30:].mean() > 3 * ratio[0]


def test_in_alternation_every_second_period_is_longer_and_its_pulse_stronger():
    derivative = flow(f0_hz=60.0, alternation=0.2, seconds=1.0).derivative
    periods = np.diff(excitations_s(derivative)) * 60.0
    assert np.abs(periods - 1).min() > 0.05
    assert np.all(np.sign(np.diff(periods))[1:] != np.sign(np.diff(periods))[:-1])
    assert periods[: periods.size // 2 * 2].mean() == pytest.approx(1.0, abs=0.01)
    heights = -derivative[np.rint(excitations_s(derivative) * RATE_HZ).astype(int)]
    assert heights[::2].mean() / heights[1::2].mean() == pytest.approx(1.5, rel=0.15) or heights[
        1::2
    ].mean() / heights[::2].mean() == pytest.approx(1.5, rel=0.15)


def test_folds_that_rest_half_of_the_period_let_no_flow_pass_meanwhile():
    found = flow(f0_hz=50.0, rest=0.5)
    cycle = np.arange(found.derivative.size) * 50.0 / RATE_HZ % 1.0
    resting = (cycle > 0.55) & (cycle < 0.95)
    assert np.abs(found.derivative[resting]).max() < 1e-3
    assert found.openness[resting].max() == 0.0 < found.openness[~resting].max()


def test_jitter_makes_periods_vary_by_as_much_as_asked():
    periods = np.diff(excitations_s(flow(f0_hz=60.0, jitter_percent=5.0, seconds=10.0).derivative)) * 60.0
    # excitations lie a share e into their periods, so they mix the moments at which two pulses begin
    e = pulse_shapes(np.array([1.0])).end[0]
    mixed = np.linalg.norm([1 - e, 1 - 2 * e, e]) / np.sqrt(2)
    assert periods.std() == pytest.approx(0.05 * mixed, rel=0.15)


def test_nothing_folds_down_between_the_harmonics():
    f0_hz = 7_777.0 / 24
    derivative = flow(f0_hz=f0_hz, rd=0.5, seconds=1.0).derivative
    power = np.abs(np.fft.rfft(derivative * np.blackman(derivative.size))) ** 2
    hz = np.fft.rfftfreq(derivative.size, 1 / RATE_HZ)
    is_between = np.abs(hz / f0_hz - np.rint(hz / f0_hz)) > 0.05
    assert 10 * np.log10(power[is_between & (hz < 10_000)].max() / power.max()) < -60.0


def test_no_pulse_where_there_is_no_strength():
    n = RATE_HZ // 2
    found = flow(f0_hz=100.0, strength=np.where(np.arange(n) < n // 2, 0.0, 1.0))
    assert np.abs(found.derivative[: n // 2 - 100]).max() < 1e-6
    assert np.abs(found.derivative[n // 2 + 300 :]).max() > 0.8
