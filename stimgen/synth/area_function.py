"""The shape of a vocal tract: how wide it is from the glottis to the lips, in the numbers that articulation sets."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.lines import line, lines

N_SECTIONS = 40
# where nothing narrows it, a tract of this length is this wide (both about an adult's)
_USUAL_LENGTH_CM = 17.0
_WIDE_CM = 2.7
_LARYNX_CM = 0.8
_LARYNX_END_CM = 2.2
_TONGUE_CM = 4.8  # how far along the tract the tongue's hump reaches, to 1/e of its height
_EDGE_CM = 0.25
# what is left of a closed tract: too narrow to be heard through, and numbers stay finite
_CLOSED_CM = 0.02
CLOSED_CM2 = 0.25 * np.pi * _CLOSED_CM**2


@final
@dataclass(frozen=True, kw_only=True)
class TractShape:
    """A vocal tract as a row of cylinders of equal length.

    Args:
        length_cm: From the glottis to the lips, 6 to 25 cm.
        diameters_cm: Diameter of each cylinder, the glottis first, `N_SECTIONS` of them, above 0.

    Raises:
        SettingError: If a value is out of range.
    """

    length_cm: float
    diameters_cm: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 6.0 <= self.length_cm <= 25.0:
            raise SettingError(f"a vocal tract is 6 to 25 cm long, got {self.length_cm:g} cm")
        if len(self.diameters_cm) != N_SECTIONS or not min(self.diameters_cm) > 0.0:
            raise SettingError(
                f"a vocal tract needs {N_SECTIONS} diameters above 0 cm, got {len(self.diameters_cm)} "
                f"from {min(self.diameters_cm, default=0.0):g} cm"
            )

    def toward(self, other: "TractShape", position: float) -> "TractShape":
        """Return the shape at a position: each point of its wall moves along a straight line.

        So diameters, the square roots of areas, and the length go straight: nothing about resonances is used.

        Args:
            other: The shape at position 1.
            position: 0 is this shape.
        """
        return replace(
            self,
            length_cm=line(self.length_cm, other.length_cm, position),
            diameters_cm=lines(self.diameters_cm, other.diameters_cm, position),
        )


def uniform_shape(*, length_cm: float, area_cm2: float) -> TractShape:
    """Return a tract that is equally wide everywhere: a neutral vowel.

    Examples:
        >>> round(uniform_shape(length_cm=17.5, area_cm2=3.0).diameters_cm[0], 3)
        1.954
    """
    return TractShape(length_cm=length_cm, diameters_cm=(_diameter_cm(area_cm2),) * N_SECTIONS)


def vowel_shape(
    *, place: float, constriction_cm2: float, lips_cm2: float, length_cm: float, lips_cm: float = 1.0
) -> TractShape:
    """Return the shape of a vowel from where and how far the tongue and the lips narrow the tract.

    The three parameters of Stevens & House 1955, JASA 27:484. There the tract widens along a parabola on both
    sides of the narrowest place; here it widens along a Gaussian curve, which ends at the width that the tract
    has where nothing narrows it. The narrow tube of the larynx and the tube of the lips have smooth edges.

    Args:
        place: The narrowest place of the tongue, as a share of the length from the glottis, .15 to .9: about
            .25 for [a], .6 for [u], .75 for [i].
        constriction_cm2: Area there, cm^2.
        lips_cm2: Area of the opening of the lips, cm^2.
        length_cm: Length of the tract, cm.
        lips_cm: Length of the tube of the lips, cm.

    Raises:
        SettingError: If a value is out of range.

    Examples:
        >>> close_front = vowel_shape(place=0.74, constriction_cm2=0.25, lips_cm2=4.0, length_cm=17.0)
        >>> round(min(close_front.diameters_cm[20:]), 1)
        0.6
    """
    if not 0.15 <= place <= 0.9 or not constriction_cm2 > 0.0 or not lips_cm2 > 0.0:
        raise SettingError(
            f"a vowel has its place at .15 to .9 and areas above 0 cm^2, got {place:g}, "
            f"{constriction_cm2:g} and {lips_cm2:g} cm^2"
        )
    size = length_cm / _USUAL_LENGTH_CM
    from_glottis_cm = section_centres() * length_cm
    tongue = np.exp(-(((from_glottis_cm - place * length_cm) / (_TONGUE_CM * size)) ** 2))
    diameters_cm = _WIDE_CM - (_WIDE_CM - _diameter_cm(constriction_cm2)) * tongue
    beyond_larynx = _step((from_glottis_cm - _LARYNX_END_CM * size) / _EDGE_CM)
    diameters_cm = np.minimum(diameters_cm, _LARYNX_CM + (diameters_cm - _LARYNX_CM) * beyond_larynx)
    in_lips = _step((from_glottis_cm - (length_cm - lips_cm)) / _EDGE_CM)
    diameters_cm += (_diameter_cm(lips_cm2) - diameters_cm) * in_lips
    return TractShape(length_cm=length_cm, diameters_cm=tuple(diameters_cm.tolist()))


def pinched_areas_cm2(
    diameters_cm: FloatArray,
    *,
    length_cm: FloatArray,
    place: FloatArray,
    opening_cm: FloatArray,
    reach_cm: float = 0.7,
) -> FloatArray:
    """Return the areas of tracts that tongue or lips narrow further at one place, as in a consonant.

    Args:
        diameters_cm: Shapes without the consonant, shape (n_frames, n_sections), cm.
        length_cm: Their lengths, shape (n_frames,), cm.
        place: Where, shape (n_frames,), as a share of the length from the glottis.
        opening_cm: Diameter there, shape (n_frames,), cm; 0 closes the tract, and one wider than the tract
            changes nothing.
        reach_cm: How far on both sides, to 1/e, cm.

    Returns:
        Areas, shape (n_frames, n_sections), cm^2, at least `CLOSED_CM2`, which stands for none.
    """
    n_sections = diameters_cm.shape[1]
    away_cm = np.abs(section_centres(n_sections) - place[:, None]) * length_cm[:, None]
    # half a section is as narrow as the centre, so that some section always is
    flat_cm = 0.5 * length_cm[:, None] / n_sections
    share = np.exp(-((np.maximum(away_cm - flat_cm, 0.0) / reach_cm) ** 2))
    narrow_cm = np.minimum(diameters_cm, opening_cm[:, None])
    pinched_cm = diameters_cm + (narrow_cm - diameters_cm) * share
    return np.asarray(0.25 * np.pi * np.maximum(pinched_cm, _CLOSED_CM) ** 2)


def section_centres(n_sections: int = N_SECTIONS) -> FloatArray:
    """Return where the middles of the sections are, shape (n_sections,), as shares of the length."""
    return (np.arange(n_sections) + 0.5) / n_sections


def _diameter_cm(area_cm2: float) -> float:
    return float(np.sqrt(4.0 * area_cm2 / np.pi))


def _step(x: FloatArray) -> FloatArray:
    return np.asarray(0.5 + 0.5 * np.tanh(x))
