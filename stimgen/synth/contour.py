"""A value that moves during a sound, such as its fundamental frequency."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray

Unit = Literal["hz", "db"]


@dataclass(frozen=True, kw_only=True)
class Contour:
    """A line through points: straight in log frequency for Hz, straight in level for dB.

    Straight lines (rather than splines) make the contour halfway between two contours the pointwise mean
    of both, which is what a known intermediate needs.

    Args:
        shares: When, as shares of the sound's duration, rising from 0 to 1, at least 2.
        values: The value at each share; above 0 in Hz.
        unit: "hz" or "db".

    Raises:
        SettingError: If the shares do not rise from 0 to 1, the counts differ, or a frequency is not above 0.

    Examples:
        >>> Contour(shares=(0.0, 1.0), values=(100.0, 400.0)).at(np.array([0.0, 0.5, 1.0])).round(3).tolist()
        [100.0, 200.0, 400.0]
    """

    shares: tuple[float, ...]
    values: tuple[float, ...]
    unit: Unit = "hz"

    def __post_init__(self) -> None:
        if len(self.shares) != len(self.values) or len(self.shares) < 2:
            raise SettingError(
                f"a contour needs as many shares as values and at least 2, "
                f"got {len(self.shares)} and {len(self.values)}"
            )
        if self.shares[0] != 0.0 or self.shares[-1] != 1.0 or bool(np.any(np.diff(self.shares) <= 0)):
            raise SettingError(f"the shares of a contour must rise from 0 to 1, got {self.shares}")
        if not np.all(np.isfinite(self.values)) or (self.unit == "hz" and min(self.values) <= 0):
            raise SettingError(
                f"the values of a contour in {self.unit} must be finite and, in Hz, above 0: {self.values}"
            )

    def at(self, shares: FloatArray) -> FloatArray:
        """Return the values at shares of the duration, the same shape; the ends hold outside 0..1."""
        if self.unit == "db":
            return np.interp(shares, self.shares, self.values)
        return np.exp(np.interp(shares, self.shares, np.log(self.values)))


def steady(value: float, *, unit: Unit = "hz") -> Contour:
    """Return a contour that does not move."""
    return Contour(shares=(0.0, 1.0), values=(value, value), unit=unit)


def glide(start: float, end: float, *, unit: Unit = "hz") -> Contour:
    """Return a contour that moves evenly from start to end."""
    return Contour(shares=(0.0, 1.0), values=(start, end), unit=unit)


def spoken_f0(start_hz: float, end_hz: float, *, rise: float = 0.03, n_points: int = 13) -> Contour:
    """Return the fundamental of a short spoken syllable: a small rise, then a fall that flattens out.

    Args:
        start_hz: Fundamental at the beginning, Hz.
        end_hz: Fundamental at the end, Hz.
        rise: How far the early rise lifts the line between both, as a share of the fundamental, at about a
            quarter of the duration.
        n_points: How many points the curve gets, at least 2.

    Examples:
        >>> contour = spoken_f0(120.0, 95.0)
        >>> round(contour.values[0], 6), round(contour.values[-1], 6)
        (120.0, 95.0)
    """
    shares = np.linspace(0.0, 1.0, n_points)
    ease = shares**2 * (3.0 - 2.0 * shares)
    # x (1-x)^3 peaks at x = 1/4 with the height 27/256
    bump = np.log1p(rise) * shares * (1.0 - shares) ** 3 * (256.0 / 27.0)
    values = start_hz * np.exp(np.log(end_hz / start_hz) * ease + bump)
    return Contour(shares=tuple(shares.tolist()), values=tuple(values.tolist()))
