"""From parameters of any kind to a sound."""

from typing import Protocol

import numpy as np

from stimgen.errors import SoundError
from stimgen.media.sound import FloatArray, Sound


class Parameters(Protocol):
    """What can be synthesised: vowels, words, syllables."""

    @property
    def duration_s(self) -> float:
        """Duration, s."""

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the samples."""


def synthesise(
    parameters: Parameters, *, rate_hz: int, rng: np.random.Generator, name: str = "synthetic"
) -> Sound:
    """Render parameters as a sound.

    Args:
        parameters: A vowel, word or syllable.
        rate_hz: Sampling rate, Hz.
        rng: Draws the noises; the same generator state gives the same samples.
        name: What to call the sound.

    Returns:
        The sound, `round(duration_s * rate_hz)` samples, not normalised: its level is the one that was
        asked for.

    Raises:
        SoundError: If the sound would exceed full scale.

    Examples:
        >>> from stimgen.synth.vowel import vowel
        >>> parameters = vowel((500.0, 1500.0, 2500.0, 3500.0), f0_hz=110.0, duration_s=0.2)
        >>> sound = synthesise(parameters, rate_hz=16000, rng=np.random.default_rng(0))
        >>> sound.n_samples
        3200
    """
    samples = parameters.samples(rate_hz=rate_hz, rng=rng)
    peak = float(np.max(np.abs(samples)))
    if peak >= 1.0:
        raise SoundError(
            f"the synthetic sound peaks {20 * np.log10(peak):.1f} dB above full scale; lower its level_dbfs"
        )
    return Sound(samples=samples, rate_hz=rate_hz, name=name)
