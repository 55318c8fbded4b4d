"""From a common envelope, a level and a harmonics-to-noise ratio to samples."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.source import below_nyquist, noise_bins_hz, phase_cycles, shape_noise, sum_harmonics
from stimgen.synth.tract import tract_power, tract_response

# Levels count what a recording at 16 kHz holds, whatever the rate of this one.
_STEP_HZ, _HIGHEST_HZ = 25.0, 7500.0
_GRID_HZ = np.arange(50.0, _HIGHEST_HZ, _STEP_HZ)
_TILT_CORNER_HZ, _HNR_AT_HZ = 100.0, 1000.0
# how strongly a wholly voiced glottis modulates its noise (Klatt & Klatt 1990, JASA 87:820: about one half)
_MODULATION_DEPTH = 0.6


@dataclass(frozen=True, kw_only=True)
class MixedFrames:
    """What source and tract do at given moments, each of shape (n_frames,) unless it says otherwise.

    Args:
        f0_hz: Fundamental, Hz.
        formants_hz: Resonances, shape (n_frames, n_formants), Hz.
        bandwidths_hz: Their bandwidths, shape (n_frames, n_formants), Hz.
        tilt_db_per_octave: Slope of the source above 100 Hz, dB per octave.
        prominence: How much of the tract's gain in dB is there, 0..1.
        level_dbfs: Level of voice and noise together, dB re full scale, RMS.
        hnr_db: Ratio of voice to noise at 1 kHz, dB.
        hnr_slope_db_per_octave: How it changes with frequency, dB per octave.
        hump_db: Lift around the resonance of the front cavity, dB.
        hump_centre_hz: That resonance, Hz.
        hump_octaves: Standard deviation of the bell in log frequency that it lifts by, octaves.
    """

    f0_hz: FloatArray
    formants_hz: FloatArray
    bandwidths_hz: FloatArray
    tilt_db_per_octave: FloatArray
    prominence: FloatArray
    level_dbfs: FloatArray
    hnr_db: FloatArray
    hnr_slope_db_per_octave: FloatArray
    hump_db: FloatArray
    hump_centre_hz: FloatArray
    hump_octaves: FloatArray


def harmonic_share(frames: MixedFrames) -> FloatArray:
    """Return the share of the power that the harmonics have, shape (n_frames,), 0..1."""
    harmonics_hz = _harmonics_hz(frames, _HIGHEST_HZ)
    voice = _voice_power(frames, harmonics_hz).sum(axis=1)
    return np.asarray(voice / (voice + _noise_power(frames)))


def render_mixed(
    frames: MixedFrames,
    *,
    frame_s: FloatArray,
    times_s: FloatArray,
    rate_hz: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Render frames: a share of the envelope as harmonics and the rest as noise in step with the glottis.

    The share at frequency f is h / (1 + h) with h the harmonics-to-noise ratio there as a power ratio.

    Args:
        frames: What to render.
        frame_s: Moments of the frames, shape (n_frames,), s, one every `stimgen.synth.source.FRAME_S`.
        times_s: Moments of the samples, shape (n_samples,), s, within the frames.
        rate_hz: Sampling rate, Hz.
        rng: Draws the noise.

    Returns:
        Amplitude, shape (n_samples,), full scale 1.0.
    """
    harmonics_hz = _harmonics_hz(frames, 0.48 * rate_hz)
    voice = _voice_power(frames, harmonics_hz)
    # a harmonic on the border of what is counted counts in part, so that none comes or goes at once
    counted = np.clip((_HIGHEST_HZ - harmonics_hz) / frames.f0_hz[:, None] + 0.5, 0.0, 1.0)
    total_voice, total_noise = (counted * voice).sum(axis=1), _noise_power(frames)
    scale = 10.0 ** (frames.level_dbfs / 10.0) / (total_voice + total_noise)
    amplitude = np.sqrt(2.0 * scale[:, None] * voice) * below_nyquist(harmonics_hz, rate_hz=rate_hz)
    phase_rad = (
        tract_response(
            harmonics_hz, formants_hz=frames.formants_hz, bandwidths_hz=frames.bandwidths_hz
        ).phase_rad
        * frames.prominence[:, None]
    )
    cycles = phase_cycles(frames.f0_hz, frame_s=frame_s, times_s=times_s)
    voiced = sum_harmonics(cycles, frame_s=frame_s, times_s=times_s, amplitude=amplitude, phase_rad=phase_rad)
    depth = _MODULATION_DEPTH * np.interp(times_s, frame_s, total_voice / (total_voice + total_noise))
    modulation = (1.0 + depth * np.cos(2.0 * np.pi * cycles)) / np.sqrt(1.0 + 0.5 * depth**2)
    bins_hz = noise_bins_hz(rate_hz)
    density = scale[:, None] * _noise_density(frames, bins_hz)
    return voiced + shape_noise(
        rng.standard_normal(times_s.shape) * modulation, density=density, rate_hz=rate_hz
    )


def _harmonics_hz(frames: MixedFrames, highest_hz: float) -> FloatArray:
    n_harmonics = max(1, int(highest_hz / float(frames.f0_hz.min())))
    return np.asarray(frames.f0_hz[:, None] * np.arange(1, n_harmonics + 1))


def _voice_power(frames: MixedFrames, harmonics_hz: FloatArray) -> FloatArray:
    tract = tract_response(
        harmonics_hz, formants_hz=frames.formants_hz, bandwidths_hz=frames.bandwidths_hz
    ).power
    ratio = _ratio(frames, harmonics_hz)
    # harmonic k stands for the band of width F0 around it
    return np.asarray(
        frames.f0_hz[:, None]
        * tract ** frames.prominence[:, None]
        * _source(frames, harmonics_hz)
        * ratio
        / (1.0 + ratio)
    )


def _noise_density(frames: MixedFrames, bins_hz: FloatArray) -> FloatArray:
    tract = tract_power(bins_hz, formants_hz=frames.formants_hz, bandwidths_hz=frames.bandwidths_hz)
    heard_hz = np.maximum(bins_hz, _GRID_HZ[0])
    density = (
        tract ** frames.prominence[:, None] * _source(frames, heard_hz) / (1.0 + _ratio(frames, heard_hz))
    )
    return np.asarray(density * (bins_hz >= _GRID_HZ[0]))


def _noise_power(frames: MixedFrames) -> FloatArray:
    return np.asarray(_noise_density(frames, _GRID_HZ).sum(axis=1) * _STEP_HZ)


def _ratio(frames: MixedFrames, frequencies_hz: FloatArray) -> FloatArray:
    octaves = np.log2(frequencies_hz / _HNR_AT_HZ)
    ratio_db = frames.hnr_db[:, None] + frames.hnr_slope_db_per_octave[:, None] * octaves
    return np.asarray(10.0 ** (ratio_db / 10.0))


def _source(frames: MixedFrames, frequencies_hz: FloatArray) -> FloatArray:
    tilt_db = (
        0.5 * frames.tilt_db_per_octave[:, None] * np.log2(1.0 + (frequencies_hz / _TILT_CORNER_HZ) ** 2)
    )
    away = np.log2(frequencies_hz / frames.hump_centre_hz[:, None]) / frames.hump_octaves[:, None]
    hump_db = frames.hump_db[:, None] * np.exp(-0.5 * away**2)
    return np.asarray(10.0 ** ((tilt_db + hump_db) / 10.0))
