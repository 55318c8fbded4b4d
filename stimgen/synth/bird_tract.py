"""What a bird's trachea and the cavity behind its beak do to the sound of its syrinx."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.gesture import Gesture, held
from stimgen.synth.lines import line

ComplexArray = npt.NDArray[np.complex128]

SPEED_OF_SOUND_M_PER_S = 350.0


def cavity_cm3_for(cavity_hz: FloatArray, *, opening_cm: float) -> FloatArray:
    """Return the volumes that put a cavity's resonance at frequencies, the same shape, cm³.

    Args:
        cavity_hz: Resonances, Hz, above 0.
        opening_cm: Area over length of the glottis, and of the beak, cm.
    """
    # both openings act together; c in cm/s
    return np.asarray(2.0 * opening_cm * (100.0 * SPEED_OF_SOUND_M_PER_S / (2.0 * np.pi * cavity_hz)) ** 2)


@dataclass(frozen=True, kw_only=True)
class BirdTract:
    """A trachea that reflects at its upper end, then a cavity that opens to glottis and beak.

    The cavity is a Helmholtz resonator whose volume the bird moves while it sings. Trachea after Laje,
    Gardner & Mindlin 2002 (Phys. Rev. E 65, 051921), cavity after Fletcher, Riede & Suthers 2006 (J. Acoust.
    Soc. Am. 119, 1005).

    Args:
        trachea_cm: Length of the trachea, cm.
        reflection: Share of the pressure that the trachea's upper end sends back, with its sign turned,
            0..0.95.
        cavity_cm3: Volume of the cavity, cm³, above 0.
        opening_cm: Area over length of the glottis, and of the beak, cm.
        cavity_q: Quality factor of the cavity's resonance, above 0.5.

    Raises:
        SettingError: If a value is out of range.
    """

    trachea_cm: float = 3.5
    reflection: float = 0.6
    cavity_cm3: Gesture = held(1.0)
    opening_cm: float = 0.1
    cavity_q: float = 3.0

    def __post_init__(self) -> None:
        if not 0.5 <= self.trachea_cm <= 100.0:
            raise SettingError(f"a trachea is 0.5 to 100 cm long, got {self.trachea_cm:g} cm")
        if not 0.0 <= self.reflection <= 0.95:
            raise SettingError(f"the reflection must be between 0 and 0.95, got {self.reflection:g}")
        if min(self.cavity_cm3.values) <= 0.0 or self.opening_cm <= 0.0 or self.cavity_q <= 0.5:
            raise SettingError("cavity_cm3 and opening_cm must be above 0 and cavity_q above 0.5")

    def toward(self, other: "BirdTract", position: float) -> "BirdTract":
        """Return the tract at a position on the straight line to another.

        Raises:
            SettingError: If the two cavities' gestures have different counts of values.
        """
        return BirdTract(
            trachea_cm=line(self.trachea_cm, other.trachea_cm, position),
            reflection=line(self.reflection, other.reflection, position),
            cavity_cm3=self.cavity_cm3.toward(other.cavity_cm3, position),
            opening_cm=line(self.opening_cm, other.opening_cm, position),
            cavity_q=line(self.cavity_q, other.cavity_q, position),
        )

    @property
    def delay_s(self) -> float:
        """How long sound travels through the trachea, one way, s."""
        return 0.01 * self.trachea_cm / SPEED_OF_SOUND_M_PER_S

    def cavity_hz_at(self, clock: FloatArray) -> FloatArray:
        """Return the resonance of the cavity at moments of the clock, the same shape, Hz."""
        c_cm_per_s = 100.0 * SPEED_OF_SOUND_M_PER_S
        stiffness = 2.0 * self.opening_cm / self.cavity_cm3.at(clock)
        return np.asarray(c_cm_per_s / (2.0 * np.pi) * np.sqrt(stiffness))

    def response_at(self, frequencies_hz: FloatArray, clock: FloatArray) -> ComplexArray:
        """Return the closed form of the response from the syrinx to what is radiated.

        Args:
            frequencies_hz: Frequencies, shape (n,), Hz, above 0.
            clock: The moments of the clock at which the cavity is taken, shape (n,).

        Returns:
            Pressure radiated over pressure made, shape (n,); above its resonance the cavity takes away
            12 dB per octave, far below it 6 dB per octave.
        """
        s = 2j * np.pi * frequencies_hz
        trachea = (1.0 - self.reflection) * np.exp(-s * self.delay_s)
        trachea = trachea / (1.0 + self.reflection * np.exp(-2.0 * s * self.delay_s))
        resonance = 2.0 * np.pi * self.cavity_hz_at(clock)
        loss = resonance / self.cavity_q
        # both openings have one inertance; in flows of which it is the unit, the stiffness is resonance² / 2
        cavity = 0.5 * resonance**2 * s / ((s + loss) * (s**2 + s * loss + resonance**2))
        return np.asarray(trachea * cavity, dtype=np.complex128)
