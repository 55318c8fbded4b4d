"""Plane waves through a row of cylinders, compiled: from the outer end inwards, and from the glottis outwards."""

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled

ComplexArray = npt.NDArray[np.complex128]
IndexArray = npt.NDArray[np.int64]


@compiled
def inwards(
    areas: FloatArray,
    section_s: FloatArray,
    sigma: ComplexArray,
    unit: ComplexArray,
    radiation: ComplexArray,
    branch: ComplexArray,
    branch_section: int,
    source_section: IndexArray,
) -> ComplexArray:
    """Follow pressure and flow from the outer end to the inner end for a flow of 1 out of the outer end.

    Args:
        areas: Areas from the inner end to the outer, shape (n_frames, n_sections), cm^2.
        section_s: How long sound takes through one section, shape (n_frames,), s.
        sigma: Propagation constant times the speed of sound, shape (n_frequencies,), 1/s.
        unit: Characteristic impedance times area, shape (n_frequencies,), g cm^-2 s^-1.
        radiation: Impedance at the outer end, shape (n_frames, n_frequencies), g cm^-4 s^-1.
        branch: Admittance of a side branch, shape (n_frames, n_frequencies).
        branch_section: The branch is at the inner end of this section.
        source_section: Pressure and flow are also wanted at the outer end of this section, shape (n_frames,).

    Returns:
        Pressure and flow at the inner end, pressure at the branch, pressure and flow at the source, shape
        (5, n_frames, n_frequencies).
    """
    n_frames, n_sections = areas.shape
    n_frequencies = sigma.shape[0]
    found = np.zeros((5, n_frames, n_frequencies), dtype=np.complex128)
    for t in range(n_frames):
        for f in range(n_frequencies):
            growth = np.exp(sigma[f] * section_s[t])
            cosh, sinh = 0.5 * (growth + 1.0 / growth), 0.5 * (growth - 1.0 / growth)
            along, across = unit[f] * sinh, sinh / unit[f]
            pressure, flow = radiation[t, f], 1.0 + 0.0j
            for i in range(n_sections - 1, -1, -1):
                if i == source_section[t]:
                    found[3, t, f], found[4, t, f] = pressure, flow
                area = areas[t, i]
                pressure, flow = (
                    cosh * pressure + along / area * flow,
                    across * area * pressure + cosh * flow,
                )
                if i == branch_section:
                    found[2, t, f] = pressure
                    flow = flow + branch[t, f] * pressure
            found[0, t, f], found[1, t, f] = pressure, flow
    return found


@compiled
def impedance_behind(
    areas: FloatArray,
    section_s: FloatArray,
    sigma: ComplexArray,
    unit: ComplexArray,
    glottis: ComplexArray,
    branch: ComplexArray,
    branch_section: int,
    source_section: IndexArray,
) -> ComplexArray:
    """Return the impedance seen from the outer end of a section towards the glottis, (n_frames, n_frequencies).

    Args:
        areas: As for `inwards`, and so are the others.
        section_s: How long sound takes through one section.
        sigma: Propagation constant times the speed of sound.
        unit: Characteristic impedance times area.
        glottis: Impedance at the inner end, shape (n_frames, n_frequencies).
        branch: Admittance of a side branch.
        branch_section: The branch is at the inner end of this section.
        source_section: The section, shape (n_frames,).
    """
    n_frames, n_frequencies = glottis.shape
    behind = np.empty((n_frames, n_frequencies), dtype=np.complex128)
    for t in range(n_frames):
        for f in range(n_frequencies):
            growth = np.exp(sigma[f] * section_s[t])
            cosh, sinh = 0.5 * (growth + 1.0 / growth), 0.5 * (growth - 1.0 / growth)
            z = glottis[t, f]
            for i in range(source_section[t] + 1):
                if i == branch_section:
                    z = z / (1.0 + branch[t, f] * z)
                own = unit[f] / areas[t, i]
                z = (z * cosh + own * sinh) / (cosh + z / own * sinh)
            behind[t, f] = z
    return behind
