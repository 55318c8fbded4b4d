"""One of the two sound sources of a bird's syrinx, as gestures of pressure and tension."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.gesture import Gesture
from stimgen.synth.lines import line

# air-sac pressure between calls; below 0 the labia do not oscillate
_REST_PRESSURE = -0.15


@dataclass(frozen=True, kw_only=True)
class SyrinxSide:
    """One of the two sound sources of a syrinx.

    Args:
        pressure: Air-sac pressure while the side sounds, above 0, dimensionless; from about 0.1 it sounds.
        tension: Labial tension, dimensionless; the fundamental rises with it. Near 0 and below a sound is low
            and rich in harmonics, far above 1 it is nearly a pure tone.
        quickness_per_s: Time scale of the labia, per second: 14,000 (big) to 40,000 (small); the fundamental
            is about quickness / 2 pi times the root of the tension.
        sounding: When on the sound's clock the pressure begins to rise, is up, begins to fall, is down.

    Raises:
        SettingError: If a value is out of range.
    """

    pressure: Gesture
    tension: Gesture
    quickness_per_s: float
    sounding: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        if min(self.pressure.values) <= 0.0:
            raise SettingError(f"the pressure must be above 0, got {min(self.pressure.values):g}")
        if not 1_000.0 <= self.quickness_per_s <= 200_000.0:
            raise SettingError(
                f"the quickness must be 1000 to 200000 per second, got {self.quickness_per_s:g}"
            )
        up, held_up, down, held_down = self.sounding
        if not 0.0 <= up < held_up <= down < held_down <= 1.0:
            raise SettingError(f"the four moments of a side must rise from 0 to 1, got {self.sounding}")

    def pressure_at(self, clock: FloatArray) -> FloatArray:
        """Return the pressure with its rise and fall at moments of the clock, the same shape."""
        up, held_up, down, held_down = self.sounding
        share = np.interp(clock, (up, held_up, down, held_down), (0.0, 1.0, 1.0, 0.0))
        gate = 0.5 - 0.5 * np.cos(np.pi * share)
        return np.asarray(_REST_PRESSURE + (self.pressure.at(clock) - _REST_PRESSURE) * gate)

    def tension_at(self, clock: FloatArray) -> FloatArray:
        """Return the tension at moments of the clock, the same shape."""
        return self.tension.at(clock)

    def toward(self, other: "SyrinxSide", position: float) -> "SyrinxSide":
        """Return the side at a position on the straight line to another.

        Raises:
            SettingError: If the other sounds at other moments of the clock or has other counts of values.
        """
        if self.sounding != other.sounding:
            raise SettingError(
                f"the sides sound at different moments of the clock: {self.sounding} and {other.sounding}"
            )
        return SyrinxSide(
            pressure=self.pressure.toward(other.pressure, position),
            tension=self.tension.toward(other.tension, position),
            quickness_per_s=line(self.quickness_per_s, other.quickness_per_s, position),
            sounding=self.sounding,
        )
