"""The true intermediate of two synthetic sounds, and which moments of them correspond."""

from typing import Protocol, Self, TypeVar

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.spectral.alignment import Alignment


class Interpolable(Protocol):
    """A synthetic sound as parameters that can move towards those of another sound of its kind."""

    @property
    def duration_s(self) -> float:
        """Duration, s."""

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the sound, shape (round(duration_s * rate_hz),), full scale 1.0."""

    def toward(self, other: Self, position: float) -> Self:
        """Return the true intermediate at a position: 0 is this sound, 1 the other.

        Raises:
            SettingError: If the two do not correspond.
        """

    def moments_s(self) -> FloatArray:
        """Return the moments that correspond in all sounds of the kind, s, rising from 0 to the duration."""

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental at given moments, the same shape, Hz; NaN where there is none."""

    def formants_hz_at(self, times_s: FloatArray) -> FloatArray | None:
        """Return the resonances at given moments, shape (n_times, n_formants), Hz; None if there are none."""


Kind = TypeVar("Kind", bound=Interpolable)


def interpolate(a: Kind, b: Kind, position: float) -> Kind:
    """Return the parameters at a position between two sounds of one kind; see `Interpolable.toward`.

    Args:
        a: One sound.
        b: The other, of the same kind; vowels with as many formants, words with the same kinds of segments.
        position: 0 is a, 1 is b.

    Returns:
        The parameters of the intermediate; exactly a at 0 and b at 1.

    Raises:
        SettingError: If the two do not correspond.

    Examples:
        >>> from stimgen.synth.vowel import vowel
        >>> low = vowel((400.0, 1000.0, 2500.0), f0_hz=100.0, duration_s=0.2)
        >>> high = vowel((400.0, 1000.0, 2500.0), f0_hz=400.0, duration_s=0.4)
        >>> middle = interpolate(low, high, 0.5)
        >>> round(middle.f0_hz.values[0], 3), round(middle.duration_s, 3)
        (200.0, 0.3)
    """
    _demand_one_kind(a, b)
    if position == 0.0:
        return a
    if position == 1.0:
        return b
    return a.toward(b, position)


def true_alignment(a: Kind, b: Kind) -> Alignment:
    """Return which moment of a corresponds to which of b.

    For vowels and syllables that is linear time; for words the moments at which their clocks agree.

    Raises:
        SettingError: If the two do not correspond.
    """
    _demand_one_kind(a, b)
    a.toward(b, 0.5)  # refuses two that do not correspond
    times_a_s, times_b_s = a.moments_s(), b.moments_s()
    return Alignment(
        times_a_s=times_a_s, times_b_s=times_b_s, method="linear" if times_a_s.size == 2 else "events"
    )


def _demand_one_kind(a: Interpolable, b: Interpolable) -> None:
    if type(a) is not type(b):
        raise SettingError(
            f"there is nothing between a {type(a).__name__} and a {type(b).__name__}; give two of one kind"
        )
