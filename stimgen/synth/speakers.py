"""Speakers drawn at random: how long the tract is and how high the voice."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.log_uniform import log_uniform
from stimgen.synth.vowel import VOWEL_FORMANTS_HZ


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """A speaker.

    Args:
        f0_hz: Mean fundamental, Hz.
        scale: Formants re those of an average man.
    """

    f0_hz: float
    scale: float

    def vowels_hz(self, n_vowels: int, *, rng: np.random.Generator) -> FloatArray:
        """Draw different vowels, each formant off its average by about 3 %.

        Args:
            n_vowels: How many, at most the number of `VOWEL_FORMANTS_HZ`.
            rng: What to draw from.

        Returns:
            Formants, shape (n_vowels, 5), Hz.
        """
        nominal_hz = np.array(list(VOWEL_FORMANTS_HZ.values()))
        chosen_hz = nominal_hz[rng.permutation(nominal_hz.shape[0])[:n_vowels]]
        return np.asarray(chosen_hz * self.scale * np.exp(rng.normal(0.0, 0.03, size=chosen_hz.shape)))

    def falling_f0_hz(self, n_points: int, *, rng: np.random.Generator) -> FloatArray:
        """Draw a fundamental that falls by 5 to 25 % over evenly spaced points, shape (n_points,), Hz."""
        fall = rng.uniform(0.05, 0.25) * np.linspace(-0.5, 0.5, n_points)
        return np.asarray(self.f0_hz * np.exp(-fall + rng.normal(0.0, 0.02, n_points)))


def random_speaker(rng: np.random.Generator, *, f0_range_hz: tuple[float, float]) -> Speaker:
    """Draw a speaker; high voices tend to come from short tracts.

    The formants of women are about 1.17 and of children about 1.3 times those of men, at mean fundamentals
    of 220 and 270 Hz against 130 (Peterson & Barney 1952, JASA 24:175, table II): they grow about as the
    fundamental to the power 0.3. Single speakers scatter around that by 5 %.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> speaker = random_speaker(np.random.default_rng(0), f0_range_hz=(90.0, 220.0))
        >>> 90.0 <= speaker.f0_hz <= 220.0
        True
    """
    f0_hz = log_uniform(rng, *f0_range_hz)
    trend = (f0_hz / 130.0) ** 0.3
    scale = float(np.clip(trend * np.exp(rng.normal(0.0, 0.05)), 0.9, 1.4))
    return Speaker(f0_hz=f0_hz, scale=scale)
