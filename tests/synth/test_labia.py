import numpy as np
import pytest
from scipy.integrate import solve_ivp

from stimgen.synth.labia import Drive, move, steady_f0_hz

QUICKNESS_PER_S = 20_000.0


def test_labia_start_where_the_pressure_turns_positive() -> None:
    heard = [steady_f0_hz(pressure=p, tension=1.0, quickness_per_s=QUICKNESS_PER_S) > 0 for p in (-0.1, 0.2)]
    assert heard == [False, True]


def test_slack_labia_need_the_pressure_at_which_their_two_points_of_rest_meet() -> None:
    # without tension the upper two roots of p = x² - x³ meet at x = 2 / 3
    threshold = (2 / 3) ** 2 - (2 / 3) ** 3
    below, above = (
        steady_f0_hz(pressure=threshold * share, tension=0.0, quickness_per_s=QUICKNESS_PER_S)
        for share in (0.95, 1.05)
    )
    assert below == 0.0
    assert 0.0 < above < 0.3 * QUICKNESS_PER_S / (2 * np.pi)


def test_the_fundamental_rises_with_tension() -> None:
    f0_hz = [
        steady_f0_hz(pressure=0.3, tension=tension, quickness_per_s=QUICKNESS_PER_S)
        for tension in (0.1, 0.3, 1.0, 3.0)
    ]
    assert f0_hz[0] > 0.0
    assert np.all(np.diff(f0_hz) > 200.0)


@pytest.mark.parametrize("tension", [2.0, 8.0])
def test_just_above_threshold_the_fundamental_is_that_of_the_linear_equation(tension: float) -> None:
    f0_hz = steady_f0_hz(pressure=0.02 * tension, tension=tension, quickness_per_s=QUICKNESS_PER_S)
    assert f0_hz == pytest.approx(QUICKNESS_PER_S * np.sqrt(tension) / (2 * np.pi), rel=0.02)


def test_the_loop_agrees_with_a_general_solver() -> None:
    n, step_s = 4000, 0.1 / QUICKNESS_PER_S
    pressure = np.concatenate([np.full((1, 10), -0.2), np.full((1, n - 10), 0.5)], axis=1)
    drive = Drive(
        step_s=step_s,
        pressure=pressure,
        tension=np.full((1, n), 0.6),
        quickness_per_s=np.array([QUICKNESS_PER_S]),
        breath=np.zeros(n),
        feedback=0.0,
        delay_s=1e-4,
        reflection=0.5,
        resonance_per_s=np.full(n, 2e4),
        cavity_q=3.0,
    )

    def change(_time: float, state: np.ndarray) -> list[float]:
        x, v = state
        return [v, -0.5 - 0.6 * x + x**2 - x**3 - (x + x**2) * v]

    rest = np.roots([-1.0, 1.0, -0.6, 0.2])
    start = float(rest.real[np.abs(rest.imag) < 1e-9].max())
    times = 0.1 * np.arange(1, n - 9)
    solved = solve_ivp(change, (0.0, times[-1]), [start, 0.0], t_eval=times, rtol=1e-9, atol=1e-10)
    assert np.ptp(solved.y[1]) > 1.0
    assert move(drive).velocity[0, 10:] == pytest.approx(solved.y[1], abs=0.01)
