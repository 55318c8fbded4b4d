"""The labia of a syrinx in motion, with the trachea and the cavity that they drive: the compiled loop."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.synth.oscillation import follow_cycles


@dataclass(frozen=True, kw_only=True)
class Drive:
    """What drives the model at every step.

    Args:
        step_s: Time step, s.
        pressure: Air-sac pressure of each side, shape (n_sides, n_steps), dimensionless; labia are at rest
            below 0.
        tension: Labial tension of each side, shape (n_sides, n_steps), dimensionless.
        quickness_per_s: Time scale of each side's labia, shape (n_sides,), per second.
        breath: Turbulence in the flow re the labial velocity, shape (n_steps,).
        feedback: How strongly the pressure in the trachea works against that of the air sac.
        delay_s: One way through the trachea, s.
        reflection: Share that the trachea's upper end sends back.
        resonance_per_s: Angular resonance of the cavity, shape (n_steps,), rad/s.
        cavity_q: Quality factor of the cavity.
    """

    step_s: float
    pressure: FloatArray
    tension: FloatArray
    quickness_per_s: FloatArray
    breath: FloatArray
    feedback: float
    delay_s: float
    reflection: float
    resonance_per_s: FloatArray
    cavity_q: float


@dataclass(frozen=True, kw_only=True)
class Motion:
    """What the model does.

    Args:
        velocity: Labial velocity of each side, shape (n_sides, n_steps), per unit of its own time scale.
        radiated: Pressure that leaves the beak, shape (n_steps,), arbitrary unit.
    """

    velocity: FloatArray
    radiated: FloatArray


def move(drive: Drive) -> Motion:
    """Run the model from rest.

    Each side follows x'' = g² (-p - k x + x² - x³) - g (x + x²) x' with the pressure p, the tension k and the
    time scale g: the normal form of Amador et al. 2013 (Nature 495, 59), by the Runge-Kutta rule of fourth
    order. The flow goes with the root of the pressure. Steps of at most a tenth of 1 / g keep the pitch right
    to a cent.
    """
    velocity = np.zeros_like(drive.pressure)
    radiated = np.zeros(drive.pressure.shape[1])
    _run(
        drive.step_s,
        drive.pressure,
        drive.tension,
        drive.quickness_per_s,
        drive.breath,
        drive.feedback,
        drive.delay_s,
        drive.reflection,
        drive.resonance_per_s,
        drive.cavity_q,
        _rest(drive),
        velocity,
        radiated,
    )
    return Motion(velocity=velocity, radiated=radiated)


def _rest(drive: Drive) -> FloatArray:
    rest = []
    for pressure, tension in zip(drive.pressure[:, 0], drive.tension[:, 0], strict=True):
        roots = np.roots([-1.0, 1.0, -tension, -pressure])  # where no force acts
        rest.append(roots.real[np.abs(roots.imag) < 1e-9].max())
    return np.array(rest)


@compiled
def _force(x: float, v: float, pressure: float, tension: float) -> float:
    return -pressure - tension * x + x * x - x * x * x - (x + x * x) * v


@compiled
def _run(
    step_s: float,
    pressure: FloatArray,
    tension: FloatArray,
    quickness_per_s: FloatArray,
    breath: FloatArray,
    feedback: float,
    delay_s: float,
    reflection: float,
    resonance_per_s: FloatArray,
    cavity_q: float,
    rest: FloatArray,
    velocity: FloatArray,
    radiated: FloatArray,
) -> None:
    n_sides, n_steps = pressure.shape
    x, v = rest.copy(), np.zeros(n_sides)
    inside = np.zeros(n_steps)  # pressure at the lower end of the trachea
    in_glottis, in_beak, in_cavity = 0.0, 0.0, 0.0
    one_way = delay_s / step_s
    for n in range(n_steps):
        back = inside[n - 1] if n > 0 else 0.0
        made = 0.0
        for side in range(n_sides):
            p = pressure[side, n] - feedback * back
            k, h = tension[side, n], step_s * quickness_per_s[side]
            x0, v0 = x[side], v[side]
            a0 = _force(x0, v0, p, k)
            v1 = v0 + 0.5 * h * a0
            a1 = _force(x0 + 0.5 * h * v0, v1, p, k)
            v2 = v0 + 0.5 * h * a1
            a2 = _force(x0 + 0.5 * h * v1, v2, p, k)
            v3 = v0 + h * a2
            a3 = _force(x0 + h * v2, v3, p, k)
            x[side] = x0 + h / 6.0 * (v0 + 2.0 * v1 + 2.0 * v2 + v3)
            v[side] = v0 + h / 6.0 * (a0 + 2.0 * a1 + 2.0 * a2 + a3)
            velocity[side, n] = v[side]
            made += np.sqrt(max(pressure[side, n], 0.0)) * (v[side] + breath[n])
        inside[n] = made - reflection * _earlier(inside, n - 2.0 * one_way)
        out = (1.0 - reflection) * _earlier(inside, n - one_way)
        # symplectic steps: the flows first, then the pressure that they build up
        resonance = resonance_per_s[n]
        loss = resonance / cavity_q
        in_glottis += step_s * (out - in_cavity - loss * in_glottis)
        beak_change = in_cavity - loss * in_beak
        in_beak += step_s * beak_change
        in_cavity += step_s * 0.5 * resonance * resonance * (in_glottis - in_beak)
        radiated[n] = beak_change


@compiled
def _earlier(values: FloatArray, place: float) -> float:
    low = int(np.floor(place))
    if low < 0:
        return 0.0
    share = place - low
    return float((1.0 - share) * values[low] + share * values[low + 1])


def steady_f0_hz(*, pressure: float, tension: float, quickness_per_s: float) -> float:
    """Return the fundamental of one side that is driven evenly and hears no echo, Hz; 0 where it is silent.

    Examples:
        >>> bool(steady_f0_hz(pressure=0.5, tension=1.0, quickness_per_s=20000.0) > 3000.0)
        True
        >>> steady_f0_hz(pressure=-0.1, tension=1.0, quickness_per_s=20000.0)
        0.0
    """
    n_steps, step_s = 5_000, 0.1 / quickness_per_s
    pressures = np.full((1, n_steps), pressure)
    pressures[0, 0] = -0.2  # at rest first: the jump pushes the labia out of balance
    motion = move(
        Drive(
            step_s=step_s,
            pressure=pressures,
            tension=np.full((1, n_steps), tension),
            quickness_per_s=np.array([quickness_per_s]),
            breath=np.zeros(n_steps),
            feedback=0.0,
            delay_s=2.0 * step_s,
            reflection=0.0,
            resonance_per_s=np.full(n_steps, quickness_per_s),
            cavity_q=1.0,
        )
    )
    late = motion.velocity[0, n_steps // 2 :]
    found = follow_cycles(late, rate_hz=1.0 / step_s, times_s=np.array([0.5 * late.shape[0] * step_s]))
    return float(found.f0_hz[0]) if found.amplitude[0] > 0.02 else 0.0
