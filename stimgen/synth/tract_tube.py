"""Sound in a row of tubes with yielding walls: what of the glottis' flow and of noise leaves the lips and the nose."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.tube_chain import ComplexArray, impedance_behind, inwards

# moist air at 35 degrees Celsius, in cm, g and s (Flanagan 1972, Speech Analysis, Synthesis and Perception)
SOUND_CM_PER_S = 35_000.0
DENSITY = 1.14e-3
# Walls and losses of Sondhi & Schroeter 1987, IEEE Transactions ASSP 35:955: ratio of wall resistance to mass,
# squared frequency of the wall's own resonance, lowest resonance of a tract closed at both ends, friction and
# heat, all in rad/s
_WALL_DAMPING = 130.0 * np.pi
_WALL_RESONANCE_SQUARED = (30.0 * np.pi) ** 2
CLOSED_RESONANCE = 406.0 * np.pi
_FRICTION = 4.0
# the walls of the nose are folded; their friction per area of the tube is greater (about 3 times: bandwidths
# near 100 Hz, Fant 1960, Acoustic Theory of Speech Production)
_NOSE_FRICTION = 9.0 * _FRICTION
# the lungs' pressure while speaking, and the thickness of the vocal folds
_LUNGS = 8_000.0
_FOLDS_CM = 0.3
VELUM_SHARE = 0.5
_N_NOSE = 22
_NOSE_WIDEST_CM2 = 4.0
# the jet from the narrowest place makes its noise where it meets something, about so much further outwards
_JET_CM = 1.0
# wider places blow no turbulence that could be heard (their Reynolds number is low)
_TURBULENT_CM2 = 1.0


@dataclass(frozen=True, kw_only=True)
class TubeFrames:
    """Tubes from the glottis to the lips and the nose at several moments.

    Args:
        areas_cm2: Areas from the glottis to the lips, shape (n_frames, n_sections), cm^2, above 0.
        length_cm: Length of the tract, shape (n_frames,), cm.
        velum_cm2: Opening to the nose half-way along the tract, shape (n_frames,), cm^2, 0 for none.
        glottis_cm2: Area of the glottis that sound passes all the time, shape (n_frames,), cm^2, above 0; it damps
            low resonances.
        nose_cm: Length of the nose from the velum to the nostrils, cm.
        nostrils_cm2: Area of both nostrils, cm^2.
    """

    areas_cm2: FloatArray
    length_cm: FloatArray
    velum_cm2: FloatArray
    glottis_cm2: FloatArray
    nose_cm: float
    nostrils_cm2: float


@dataclass(frozen=True, kw_only=True)
class TubeResponse:
    """What leaves lips and nose per unit at the source, each of shape (n_frames, n_frequencies).

    Args:
        voice: Volume flow outside per volume flow through the glottis.
        breath: Volume flow outside per sound pressure of noise across the glottis and area of it, cm^3 s^-1 dyn^-1.
        friction: Volume flow outside per sound pressure of noise 1 cm outwards of the narrowest place,
            cm^5 s^-1 dyn^-1.
    """

    voice: ComplexArray
    breath: ComplexArray
    friction: ComplexArray


def tube_response(tubes: TubeFrames, frequencies_hz: FloatArray) -> TubeResponse:
    """Return the responses of tubes: plane waves in cylinders, chained from the lips to the glottis.

    Args:
        tubes: The tubes.
        frequencies_hz: Where, shape (n_frequencies,), Hz, above 0.

    References:
        Sondhi & Schroeter 1987, IEEE Transactions ASSP 35:955 (chain matrices, walls, losses); Flanagan 1972,
        Speech Analysis, Synthesis and Perception (radiation of a piston in a wall).
    """
    s = np.asarray(2j * np.pi * frequencies_hz, dtype=np.complex128)
    areas_cm2, n_sections = tubes.areas_cm2, tubes.areas_cm2.shape[1]
    section_s = tubes.length_cm / n_sections / SOUND_CM_PER_S
    glottis = glottis_impedance(s, glottis_cm2=tubes.glottis_cm2)
    nose_admittance, nose_per_pressure = _nose(tubes, s)
    narrowest = n_sections - 1 - np.argmin(areas_cm2[:, ::-1], axis=1)
    jet = np.minimum(narrowest + np.rint(_JET_CM * n_sections / tubes.length_cm).astype(int), n_sections - 1)
    sigma, unit = propagation(s)
    velum = round(VELUM_SHARE * n_sections)
    lips = radiation(s, areas_cm2[:, -1:])
    found = inwards(areas_cm2, section_s, sigma, unit, lips, nose_admittance, velum, jet)
    outside = 1.0 + found[2] * nose_per_pressure
    voice = outside * glottis / (glottis * found[1] + found[0])
    friction = np.zeros_like(voice)
    blown = areas_cm2.min(axis=1) < _TURBULENT_CM2
    behind = impedance_behind(
        areas_cm2[blown],
        section_s[blown],
        sigma,
        unit,
        glottis[blown],
        nose_admittance[blown],
        velum,
        jet[blown],
    )
    friction[blown] = 1.0 / (found[3, blown] + found[4, blown] * behind)
    return TubeResponse(voice=voice, breath=voice / (glottis * tubes.glottis_cm2[:, None]), friction=friction)


def propagation(s: ComplexArray, *, friction: float = _FRICTION) -> tuple[ComplexArray, ComplexArray]:
    """Return sigma, 1/s, and the characteristic impedance times area, each of the shape of s, 1/s."""
    loss = np.sqrt(s * friction)
    wall = s * CLOSED_RESONANCE**2 / ((s + _WALL_DAMPING) * s + _WALL_RESONANCE_SQUARED) + loss
    gamma = np.sqrt((loss + s) / (wall + s))
    return np.asarray(gamma * (wall + s)), np.asarray(DENSITY * SOUND_CM_PER_S * gamma)


def radiation(s: ComplexArray, area_cm2: FloatArray) -> ComplexArray:
    """Return the impedance of the air outside an opening, shape (n_frames, n_frequencies), from (n_frames, 1) areas."""
    resistance = 128.0 * DENSITY * SOUND_CM_PER_S / (9.0 * np.pi**2 * area_cm2)
    mass = 8.0 * DENSITY / (3.0 * np.pi * np.sqrt(np.pi * area_cm2))
    return np.asarray(s * mass * resistance / (s * mass + resistance))


def glottis_impedance(s: ComplexArray, *, glottis_cm2: FloatArray) -> ComplexArray:
    """Return the impedance of the glottis, shape (n_frames, n_frequencies), from areas of shape (n_frames,)."""
    # Bernoulli's law: dp/du of a jet of speed sqrt(2 p / density); and the mass of the air between the folds
    return np.asarray((np.sqrt(2.0 * DENSITY * _LUNGS) + s * DENSITY * _FOLDS_CM) / glottis_cm2[:, None])


def _nose(tubes: TubeFrames, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return the nose's admittance at the velum, and the flow out of it per pressure there."""
    admittance = np.zeros((tubes.velum_cm2.shape[0], s.shape[0]), dtype=np.complex128)
    per_pressure = admittance.copy()
    is_open = tubes.velum_cm2 > 0.0
    velum_cm2 = tubes.velum_cm2[is_open, None]
    n_open = velum_cm2.shape[0]
    areas_cm2 = _nose_areas_cm2(velum_cm2, nostrils_cm2=tubes.nostrils_cm2)
    sigma, unit = propagation(s, friction=_NOSE_FRICTION)
    pressure, flow, *_ = inwards(
        areas_cm2,
        np.full(n_open, tubes.nose_cm / _N_NOSE / SOUND_CM_PER_S),
        sigma,
        unit,
        radiation(s, areas_cm2[:, -1:]),
        np.zeros((n_open, s.shape[0]), dtype=np.complex128),
        0,
        np.zeros(n_open, dtype=np.int64),
    )
    admittance[is_open], per_pressure[is_open] = flow / pressure, 1.0 / pressure
    return admittance, per_pressure


def _nose_areas_cm2(velum_cm2: FloatArray, *, nostrils_cm2: float) -> FloatArray:
    """Return areas from the velum, wide in the middle, narrow at the nostrils, shape (n_frames, n_nose)."""
    along = (np.arange(_N_NOSE) + 0.5) / _N_NOSE
    inside = np.interp(along, [0.0, 0.5, 1.0], [_NOSE_WIDEST_CM2, _NOSE_WIDEST_CM2, nostrils_cm2])
    # the first section is as narrow as the velum's opening, so that it can close
    opening = 0.5 - 0.5 * np.cos(np.pi * np.clip((along - 1.0 / _N_NOSE) / 0.3, 0.0, 1.0))
    return np.asarray(velum_cm2 + (inside - velum_cm2) * opening)
