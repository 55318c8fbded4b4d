"""Envelopes of sounds whose source weakens some harmonics, as if it weakened none."""

from dataclasses import replace

import numpy as np

from stimgen.spaces.transport_analysis import Analysis
from stimgen.spectral.envelope import harmonic_density
from stimgen.spectral.harmonic_pattern import harmonic_pattern


def without_pattern(one: Analysis) -> Analysis:
    """Return a sound with its pattern, and the envelope that it would have without; itself if it has none.

    Args:
        one: A sound, analysed.
    """
    harmonics, voicing = one.voice.harmonics, one.voice.voicing
    pattern = harmonic_pattern(harmonics, voicing)
    if pattern is None:
        return one
    amplitude = np.abs(harmonics.coefficients) * np.exp(-pattern)
    whole = harmonic_density(amplitude, f0_hz=harmonics.f0_hz, grid_hz=one.grid_hz)
    log_harmonic = np.where(voicing[:, None] > 0.0, whole, one.envelopes.log_harmonic)
    return replace(one, envelopes=replace(one.envelopes, log_harmonic=log_harmonic), pattern=pattern)
