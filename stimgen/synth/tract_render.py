"""From moving tubes and a moving glottis to samples: each source through the tubes of its moment."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from stimgen.media.sound import FloatArray
from stimgen.synth.area_function import CLOSED_CM2
from stimgen.synth.glottis import glottal_flow
from stimgen.synth.source import FRAME_S, below_nyquist, phase_cycles
from stimgen.synth.tract_tube import TubeFrames, tube_response

# resonances have died away by 60 dB after this (the narrowest are about 30 Hz wide); also the step of the
# frequencies at which tubes are computed, the same at every rate
_RINGING_S = 0.1
# steepest fall of the flow of a loud modal voice, cm^3 s^-2, and the sound pressure of noise of a jet from the
# lungs' pressure through 1 cm^2, dyn cm^-2, which puts a modal voice's breath some 30 dB below the voice
_VOICE = 3.0e5
_NOISE = 60.0
# a jet that meets teeth or lips is louder than one in an open tube (Shadle 1985, The acoustics of fricative
# consonants, MIT RLE technical report 506)
_OBSTACLE = 2.0
# how much of the breath noise is there while the folds touch
_STEADY_BREATH = 0.4


@dataclass(frozen=True, kw_only=True)
class TractFrames:
    """What tract and glottis do at evenly spaced moments, one every `source.FRAME_S`; each of shape (n_frames,).

    Args:
        tubes: The tubes.
        glottis_cm2: Mean area of the glottis, cm^2.
        f0_hz: Rate of the glottal pulses, Hz.
        rd: Their shape parameter.
        voice: Strength of the voice, 0..1, before what a narrow place takes from it.
    """

    tubes: TubeFrames
    glottis_cm2: FloatArray
    f0_hz: FloatArray
    rd: FloatArray
    voice: FloatArray


@dataclass(frozen=True, kw_only=True)
class Pressures:
    """How the lungs' pressure divides, as shares of it; each of shape (n_frames,).

    Args:
        glottis: What falls off across the glottis.
        tract: What falls off across the narrowest place of the tract.
        outlet_cm2: Area of the narrowest place, 0 where the tract is closed, cm^2.
    """

    glottis: FloatArray
    tract: FloatArray
    outlet_cm2: FloatArray


def pressures(frames: TractFrames) -> Pressures:
    """Return how pressure divides between two openings in a row that the same flow passes.

    References:
        Stevens 1971, JASA 50:1180, Airflow and turbulence noise for fricative and stop consonants.
    """
    outlet_cm2 = frames.tubes.areas_cm2.min(axis=1) - CLOSED_CM2
    squared = (outlet_cm2 + frames.tubes.velum_cm2) ** 2
    glottis = squared / (squared + frames.glottis_cm2**2)
    return Pressures(glottis=glottis, tract=1.0 - glottis, outlet_cm2=outlet_cm2)


def render_tract(
    frames: TractFrames,
    *,
    duration_s: float,
    rate_hz: int,
    noise_db: float,
    rest: float,
    alternation: float,
    jitter_percent: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Render frames: glottal pulses, breath noise in step with them, friction noise at the narrowest place.

    The noise of a jet grows with pressure^(3/2) and area^(1/2) (Stevens 1971, JASA 50:1180).

    Args:
        frames: What to render; they must cover the duration.
        duration_s: Duration, s.
        rate_hz: Sampling rate, Hz.
        noise_db: Level of all noise re the usual, dB.
        rest: Share of each period in which the folds rest closed after the pulse.
        alternation: How much longer and stronger every second period is than the mean.
        jitter_percent: Standard deviation of the periods, percent.
        rng: Draws noises and irregularities.

    Returns:
        Sound pressure outside, shape (round(duration_s * rate_hz),), up to a factor.
    """
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    frame_s = np.arange(frames.f0_hz.shape[0], dtype=np.float64) * FRAME_S
    share = pressures(frames)
    cycles = phase_cycles(frames.f0_hz, frame_s=frame_s, times_s=times_s)
    # the first pulse comes with the voice, however long the silence before it is
    flow = glottal_flow(
        cycles - cycles[np.argmax(np.interp(times_s, frame_s, frames.voice) > 0.0)],
        rd=np.interp(times_s, frame_s, frames.rd),
        strength=_VOICE * np.interp(times_s, frame_s, frames.voice * share.glottis),
        rate_hz=rate_hz,
        rest=rest,
        alternation=alternation,
        jitter_percent=jitter_percent,
        rng=rng,
    )
    white = rng.standard_normal((2, times_s.shape[0])) * _NOISE * 10.0 ** (noise_db / 20.0)
    voiced = np.interp(times_s, frame_s, frames.voice)
    pulsing = 1.0 - voiced * (1.0 - _STEADY_BREATH) * (1.0 - flow.openness)
    breath = np.interp(times_s, frame_s, share.glottis**1.5 * frames.glottis_cm2**1.5)
    friction = np.interp(times_s, frame_s, share.tract**1.5 * np.sqrt(share.outlet_cm2))
    sources = np.stack([flow.derivative, white[0] * breath * pulsing, _OBSTACLE * white[1] * friction])
    return _through_tubes(sources, frames.tubes, rate_hz=rate_hz)


def _through_tubes(sources: FloatArray, tubes: TubeFrames, *, rate_hz: int) -> FloatArray:
    """Filter flow derivative, breath and friction, shape (3, n_samples), frame by frame and add up."""
    n_samples, n_frames = sources.shape[1], tubes.length_cm.shape[0]
    hop = FRAME_S * rate_hz
    half = int(np.ceil(hop))
    size = 2 * round(0.5 * _RINGING_S * rate_hz)
    bins_hz = np.arange(1, size // 2) * rate_hz / size
    response = tube_response(tubes, bins_hz)
    outside = below_nyquist(bins_hz, rate_hz=rate_hz)
    # pressure far away is the rate of change of the flow outside; the voice's source is that of a flow already
    changing = outside * 2j * np.pi * bins_hz
    gains = (response.voice * outside, response.breath * changing, response.friction * changing)
    lead = size // 16  # the gentle low-pass also rings before its time
    total = np.zeros(n_samples + 2 * size)
    padded = np.pad(sources, ((0, 0), (half, 2 * half + size)))
    offsets = np.arange(-half, half + 1)
    for t in range(n_frames):
        centre = round(t * hop)
        if centre >= n_samples + half:
            break
        # triangles at the frames' own moments add up to 1
        triangle = np.clip(1.0 - np.abs(offsets + centre - t * hop) / hop, 0.0, None)
        pieces = padded[:, centre : centre + 2 * half + 1] * triangle
        spectra = fft.rfft(pieces, n=size, axis=1)[:, 1:-1]
        spectrum = np.zeros(size // 2 + 1, dtype=np.complex128)
        spectrum[1:-1] = sum((gain[t] * one for gain, one in zip(gains, spectra, strict=True)), np.zeros(1))
        piece = np.roll(fft.irfft(spectrum, n=size), lead)
        start = size - half - lead + centre
        total[start : start + size] += piece
    return total[size : size + n_samples]
