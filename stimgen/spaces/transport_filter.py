"""The vocal tract of two voices as a filter that moves: levels follow from where the formants are on the way."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.displacement import SourceFrequencies, read_at
from stimgen.spectral.envelope import Envelopes, sharpened
from stimgen.spectral.formant_filter import Formants, explained_share, formants_between, log_gain
from stimgen.spectral.formants import track_formants
from stimgen.spectral.voicing import Voice

# Formants that explain less of the peaks than the first share are not believed, those above the second fully.
_DOUBTED_BELOW, _BELIEVED_ABOVE = 0.4, 0.7
_COMPARED_TOP_HZ, _COMPARED_SHARE = 5200.0, 0.85  # up to where, and as a share of half the rate
_HEARD_FROM = 2.0  # natural log of power
_MOST_CORRECTION = 4.0  # natural log of power


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What the formants say about one voice, at the frames of its harmonics.

    Args:
        formants: The formants.
        trust: How far they are believed, shape (n_frames,), 0..1; 0 where nothing is voiced.
        envelopes: The envelopes with the formants' peaks between the harmonics.
    """

    formants: Formants
    trust: FloatArray
    envelopes: Envelopes


@dataclass(frozen=True, kw_only=True)
class MovingFilter:
    """The formants of both sides on their common clock.

    Args:
        a: Formants of a.
        b: Formants of b.
        trust: How far both are believed, shape (n_frames,), 0..1.
    """

    a: Formants
    b: Formants
    trust: FloatArray

    def correction(self, at: SourceFrequencies, *, grid_hz: FloatArray, position: float) -> FloatArray:
        """Return what the filter on the way has more than the line from a's gain to b's, natural log of power.

        Moving two envelopes along frequency and going straight from one level to the other keeps the peaks but
        not their levels: two formants that come near each other raise each other, and all that lies above a
        formant that falls, falls with it by 12 dB per octave. It is nothing at positions 0 and 1.

        Args:
            at: Which frequencies of a and b are read for each point.
            grid_hz: The points, shape (n_points,), Hz.
            position: 0 is a, 1 is b.

        Returns:
            Shape (n_frames, n_points).
        """
        gain = log_gain(formants_between(self.a, self.b, position), grid_hz[None, :])
        gain -= (1.0 - position) * log_gain(self.a, at.a_hz)
        gain -= position * log_gain(self.b, at.b_hz)
        np.clip(gain, -_MOST_CORRECTION, _MOST_CORRECTION, out=gain)
        gain *= self.trust[:, None]
        return gain


def find_formants(voice: Voice, found: Envelopes, *, centre_hz: float, grid_hz: FloatArray) -> Spoken:
    """Follow the formants of a voice and draw their peaks between its harmonics.

    Args:
        voice: The voice.
        found: Its envelopes.
        centre_hz: Its usual F0, Hz.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
    """
    harmonics = voice.harmonics
    step_s = float(harmonics.times_s[1] - harmonics.times_s[0])
    amplitude = np.abs(harmonics.coefficients)
    formants = track_formants(
        amplitude,
        f0_hz=harmonics.f0_hz,
        voicing=voice.voicing,
        log_power=found.log_total,
        grid_hz=grid_hz,
        frame_step_s=step_s,
    )
    share = explained_share(
        formants,
        amplitude,
        weight=_heard(voice, found, grid_hz),
        f0_hz=harmonics.f0_hz,
        centre_hz=centre_hz,
        frame_step_s=step_s,
    )
    believed = np.clip((share - _DOUBTED_BELOW) / (_BELIEVED_ABOVE - _DOUBTED_BELOW), 0.0, 1.0)
    trust = believed * voice.voicing
    sharp = sharpened(found, harmonics, partial(log_gain, formants), grid_hz=grid_hz, trust=trust)
    return Spoken(formants=formants, trust=trust, envelopes=sharp)


def _heard(voice: Voice, found: Envelopes, grid_hz: FloatArray) -> FloatArray:
    """Return which harmonics stand out of the noise where formants are, shape (n_frames, n_harmonics), 0..1.

    Around 9 dB it is one half: a Hann window of three periods explains a part of noise as harmonics.
    """
    harmonics = voice.harmonics
    at_hz = harmonics.f0_hz[:, None] * np.arange(1, harmonics.coefficients.shape[1] + 1)
    over_noise = read_at(
        found.log_harmonic - found.log_noise, grid_hz=grid_hz, at_hz=np.minimum(at_hz, grid_hz[-1])
    )
    inside = at_hz < min(_COMPARED_TOP_HZ, _COMPARED_SHARE * float(grid_hz[-1]))
    return np.asarray(inside / (1.0 + np.exp(_HEARD_FROM - over_noise)))


def moving_filter(a: Spoken, b: Spoken, *, places_a: FloatArray, places_b: FloatArray) -> MovingFilter:
    """Put the formants of two voices on one clock.

    Args:
        a: The voice at position 0.
        b: The voice at position 1.
        places_a: Which frames of a to read, shape (n_ticks,), in frames.
        places_b: Which frames of b, likewise.
    """
    formants_a, trust_a = _read(a, places_a)
    formants_b, trust_b = _read(b, places_b)
    return MovingFilter(a=formants_a, b=formants_b, trust=np.minimum(trust_a, trust_b))


def _read(one: Spoken, places: FloatArray) -> tuple[Formants, FloatArray]:
    """Return formants and trust between frames: straight in trust and in logs of frequency and bandwidth."""
    frames = np.arange(one.trust.size)

    def at(values: FloatArray) -> FloatArray:
        columns = [np.exp(np.interp(places, frames, np.log(column))) for column in values.T]
        return np.stack(columns, axis=1)

    formants = Formants(
        frequency_hz=at(one.formants.frequency_hz), bandwidth_hz=at(one.formants.bandwidth_hz)
    )
    return formants, np.interp(places, frames, one.trust)
