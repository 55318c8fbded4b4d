"""One sound taken apart for the transport space: its voice, and the envelopes of harmonics and noise."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.displacement import mel_grid_hz
from stimgen.spectral.envelope import Envelopes, envelopes
from stimgen.spectral.voicing import Voice, bridged_f0_hz, voiced_power

GRAIN_S = 0.016


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What is known of one sound by itself.

    Args:
        sound: The sound.
        voice: Its harmonics, voicing and residual.
        envelopes: Its envelopes at the frames of the harmonics.
        f0_hz: F0 drawn through unvoiced stretches, shape (n_frames,), Hz.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
        pattern: By how much the source weakens each harmonic, natural log of amplitude, shape (n_harmonics,), of which
            the envelopes are free; None for none.
    """

    sound: Sound
    voice: Voice
    envelopes: Envelopes
    f0_hz: FloatArray
    grid_hz: FloatArray
    pattern: FloatArray | None = None

    @property
    def f0_centre_hz(self) -> float:
        """Geometric mean of F0 over voiced frames, Hz; 0 if nothing is voiced."""
        weight = self.voice.voicing
        if weight.sum() <= 0.0:
            return 0.0
        return float(np.exp(np.average(np.log(self.f0_hz), weights=weight)))

    @property
    def voiced_share(self) -> float:
        """Share of the power in voiced frames, each weighted by its voicing, 0..1."""
        return voiced_power(self.voice, self.sound)


def analyse(sound: Sound, voice: Voice, *, grid_hz: FloatArray) -> Analysis:
    """Find the envelopes of the harmonics and of the noise of a sound.

    Args:
        sound: The sound.
        voice: Its voice, as from `find_voices`.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
    """
    window_s = min(GRAIN_S, 4.0 * voice.pitch_range.shortest_s)
    found = envelopes(
        voice.harmonics, voice.residual, rate_hz=sound.rate_hz, grid_hz=grid_hz, window_s=window_s
    )
    return Analysis(sound=sound, voice=voice, envelopes=found, f0_hz=bridged_f0_hz(voice), grid_hz=grid_hz)


def envelope_grid_hz(rate_hz: float) -> FloatArray:
    """Return the frequencies at which envelopes are kept, shape (256,), Hz."""
    return mel_grid_hz(rate_hz)
