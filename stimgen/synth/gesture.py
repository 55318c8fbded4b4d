"""A muscle's gesture: a smooth movement of a physical parameter, on the clock of a sound."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.lines import lines

_DEGREE = 3


@dataclass(frozen=True, kw_only=True)
class Gesture:
    """A cubic spline, uniform but clamped at both ends, through the hull of its control values.

    It never leaves the range of its control values, and the gesture halfway between two gestures is the
    pointwise mean of both.

    Args:
        values: Control values, at least 4, evenly spread over the clock; the first and last are reached.

    Raises:
        SettingError: If there are fewer than 4 values or one is not finite.

    Examples:
        >>> gesture = Gesture(values=(0.0, 0.0, 1.0, 1.0))
        >>> gesture.at(np.array([0.0, 0.5, 1.0])).round(6).tolist()
        [0.0, 0.5, 1.0]
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) <= _DEGREE or not np.all(np.isfinite(self.values)):
            raise SettingError(f"a gesture needs at least {_DEGREE + 1} finite values, got {self.values}")

    def at(self, clock: FloatArray) -> FloatArray:
        """Return the values at moments of the clock, the same shape; the ends hold outside 0..1."""
        n_inner = len(self.values) - _DEGREE
        knots = np.concatenate([np.zeros(_DEGREE), np.linspace(0.0, 1.0, n_inner + 1), np.ones(_DEGREE)])
        spline = BSpline(knots, np.array(self.values), _DEGREE)
        return np.asarray(spline(np.clip(clock, 0.0, 1.0)), dtype=np.float64)

    def toward(self, other: "Gesture", position: float) -> "Gesture":
        """Return the gesture at a position on the straight line to another with as many values.

        Raises:
            SettingError: If the counts of values differ.
        """
        if len(self.values) != len(other.values):
            raise SettingError(
                f"two gestures must have as many values to have an intermediate, "
                f"got {len(self.values)} and {len(other.values)}"
            )
        return Gesture(values=lines(self.values, other.values, position))


def held(value: float) -> Gesture:
    """Return a gesture that does not move."""
    return Gesture(values=(value,) * (_DEGREE + 1))
