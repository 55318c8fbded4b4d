"""Where a row of tubes resonates: exactly without losses, and the poles of its transfer function with them."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.tract_tube import (
    CLOSED_RESONANCE,
    DENSITY,
    SOUND_CM_PER_S,
    TubeFrames,
    glottis_impedance,
    propagation,
    radiation,
)
from stimgen.synth.tube_chain import ComplexArray

_N_STEPS = 12
_SMALL = 1e-5
# a pole that runs further away than this has run to another resonance
_FARTHEST = 0.25


def pole_frequencies_hz(tubes: TubeFrames, *, n_poles: int = 4) -> FloatArray:
    """Return the frequencies of the lowest poles of the response of tubes without a nose.

    Newton's method on what the chain of tubes has to be at a pole, from the resonances without loss; where it
    leaves a resonance (a glottis or mouth so open that nothing rings), that resonance stays.

    Args:
        tubes: The tubes, n_frames of them.
        n_poles: How many.

    Returns:
        Frequencies, shape (n_frames, n_poles), Hz, rising.
    """
    lossless_hz = resonances_hz(tubes.areas_cm2, length_cm=tubes.length_cm, n_resonances=n_poles)
    s = np.asarray(2.0 * np.pi * (1j - 0.05) * lossless_hz, dtype=np.complex128)
    for _ in range(_N_STEPS):
        nearby = np.asarray(s * (1.0 + _SMALL))
        value, beside = _characteristic(tubes, s), _characteristic(tubes, nearby)
        step = value * s * _SMALL / (beside - value)
        # short steps keep to the nearest pole
        s = np.asarray(s - step / np.maximum(1.0, np.abs(step) / (0.05 * np.abs(s))))
    found_hz = np.asarray(s.imag / (2.0 * np.pi))
    strayed = ~(np.abs(found_hz / lossless_hz - 1.0) < _FARTHEST)
    return np.sort(np.where(strayed, lossless_hz, found_hz), axis=1)


def resonances_hz(areas_cm2: FloatArray, *, length_cm: FloatArray, n_resonances: int = 4) -> FloatArray:
    """Return the lowest resonances of tubes without a nose and with a closed glottis, as if nothing were lost.

    The eigenvalues of masses (air between the middles of the sections, and outside the lips) and springs (air
    in the sections); yielding walls move each resonance f to sqrt(f^2 + 203^2 Hz^2) (from the wall terms of
    Sondhi & Schroeter 1987 without loss). No resonance can be missed or counted twice.

    Args:
        areas_cm2: Areas from the glottis to the lips, shape (n_frames, n_sections), cm^2, above 0.
        length_cm: Length of the tract, shape (n_frames,), cm.
        n_resonances: How many, at most n_sections.

    Returns:
        Frequencies, shape (n_frames, n_resonances), Hz, rising.

    Examples:
        >>> resonances_hz(np.full((1, 40), 3.0), length_cm=np.array([17.5])).round(-1).tolist()
        [[520.0, 1450.0, 2400.0, 3350.0]]
    """
    n_sections = areas_cm2.shape[1]
    long_cm = (length_cm / n_sections)[:, None]
    half = 0.5 * DENSITY * long_cm / areas_cm2
    outside = 8.0 * DENSITY / (3.0 * np.pi * np.sqrt(np.pi * areas_cm2[:, -1:]))
    mass = half + np.concatenate([half[:, 1:], outside], axis=1)
    spring = DENSITY * SOUND_CM_PER_S**2 / (areas_cm2 * long_cm)
    matrix = np.zeros((areas_cm2.shape[0], n_sections, n_sections))
    here = np.arange(n_sections)
    matrix[:, here, here] = spring / mass
    matrix[:, here[:-1], here[:-1]] += spring[:, 1:] / mass[:, :-1]
    beside = -spring[:, 1:] / np.sqrt(mass[:, :-1] * mass[:, 1:])
    matrix[:, here[:-1], here[1:]] = matrix[:, here[1:], here[:-1]] = beside
    squared = np.maximum(np.linalg.eigvalsh(matrix)[:, :n_resonances], 0.0) + CLOSED_RESONANCE**2
    return np.asarray(np.sqrt(squared) / (2.0 * np.pi))


def _characteristic(tubes: TubeFrames, s: ComplexArray) -> ComplexArray:
    """Return what is 0 at the poles, for complex frequencies s of shape (n_frames, n_poles), 1/s."""
    n_sections = tubes.areas_cm2.shape[1]
    sigma, unit = propagation(s)
    growth = np.exp(sigma * tubes.length_cm[:, None] / (n_sections * SOUND_CM_PER_S))
    cosh, sinh = 0.5 * (growth + 1.0 / growth), 0.5 * (growth - 1.0 / growth)
    pressure, flow = radiation(s, tubes.areas_cm2[:, -1:]), np.ones_like(s)
    for area in tubes.areas_cm2.T[::-1, :, None]:
        z = unit / area
        pressure, flow = cosh * pressure + z * sinh * flow, sinh / z * pressure + cosh * flow
    return np.asarray(glottis_impedance(s, glottis_cm2=tubes.glottis_cm2) * flow + pressure)
