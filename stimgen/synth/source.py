"""From frames of parameters to samples: a voiced source, breath and friction, each through its filter."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.tract import tract_power, tract_response

FRAME_S = 0.002
# levels are integrated up to here whatever the rate, so that a rate changes nothing below its Nyquist
# frequency
_GRID_STEP_HZ = 25.0
_LEVEL_GRID_HZ = np.arange(50.0, 10_000.0, _GRID_STEP_HZ)
# the source is flat below and falls by its tilt above, as glottal pulses do around their own first resonance
_TILT_CORNER_HZ = 100.0
# how strongly the glottal cycle modulates breath noise (Klatt & Klatt 1990, JASA 87:820, use about one half)
_BREATH_DEPTH = 0.6


@dataclass(frozen=True, kw_only=True)
class Frames:
    """What the source and the filter do at evenly spaced moments, one every `FRAME_S`.

    Args:
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        formants_hz: Resonances, shape (n_frames, n_formants), Hz.
        bandwidths_hz: Their bandwidths, shape (n_frames, n_formants), Hz.
        tilt_db_per_octave: Slope of the voiced source, shape (n_frames,), dB per octave.
        voice_dbfs: Level of the voiced part, shape (n_frames,), dB re full scale, RMS.
        breath_dbfs: Level of the breath noise, shape (n_frames,), likewise.
        friction_dbfs: Level of the friction noise, shape (n_frames,), likewise.
        friction_centre_hz: Centre of the friction noise, shape (n_frames,), Hz.
        friction_bandwidth_hz: Its bandwidth, shape (n_frames,), Hz.
        gain: Onset and offset, shape (n_frames,), 0..1.
    """

    f0_hz: FloatArray
    formants_hz: FloatArray
    bandwidths_hz: FloatArray
    tilt_db_per_octave: FloatArray
    voice_dbfs: FloatArray
    breath_dbfs: FloatArray
    friction_dbfs: FloatArray
    friction_centre_hz: FloatArray
    friction_bandwidth_hz: FloatArray
    gain: FloatArray


def frame_times_s(duration_s: float) -> FloatArray:
    """Return the moments of the frames that cover a duration, shape (n_frames,), s, and one more."""
    return np.arange(int(np.ceil(duration_s / FRAME_S)) + 2, dtype=np.float64) * FRAME_S


def onset_offset(shares: FloatArray, *, attack: float, release: float) -> FloatArray:
    """Return a gain that rises and falls along half cosines, the same shape, 0..1.

    Args:
        shares: Moments as shares of the duration.
        attack: Share of the duration that the rise takes.
        release: Share of the duration that the fall takes.
    """
    position = np.minimum(np.clip(shares / attack, 0.0, 1.0), np.clip((1.0 - shares) / release, 0.0, 1.0))
    return 0.5 - 0.5 * np.cos(np.pi * position)


def render_frames(
    frames: Frames, *, duration_s: float, rate_hz: int, jitter_percent: float, rng: np.random.Generator
) -> FloatArray:
    """Render frames: harmonics of the voiced source, breath noise in step with the glottis, friction noise.

    Args:
        frames: What to render; they must cover the duration.
        duration_s: Duration, s.
        rate_hz: Sampling rate, Hz.
        jitter_percent: Standard deviation of a random drift of the fundamental (a new value every 10 ms),
            percent.
        rng: Draws the drift and the noises.

    Returns:
        Amplitude, shape (round(duration_s * rate_hz),), full scale 1.0.
    """
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    frame_s = np.arange(frames.f0_hz.shape[0], dtype=np.float64) * FRAME_S
    n_drift = int(frame_s[-1] / 0.01) + 2
    drift = np.exp(0.01 * jitter_percent * rng.standard_normal(n_drift))
    f0_hz = frames.f0_hz * np.interp(frame_s, np.arange(n_drift) * 0.01, drift)
    cycles = phase_cycles(f0_hz, frame_s=frame_s, times_s=times_s)
    tract_on_grid = tract_power(
        _LEVEL_GRID_HZ, formants_hz=frames.formants_hz, bandwidths_hz=frames.bandwidths_hz
    )
    amplitude, phase_rad = _voiced_harmonics(
        frames, f0_hz=f0_hz, rate_hz=rate_hz, tract_on_grid=tract_on_grid
    )
    voiced = sum_harmonics(cycles, frame_s=frame_s, times_s=times_s, amplitude=amplitude, phase_rad=phase_rad)
    bins_hz = noise_bins_hz(rate_hz)
    modulation = (1.0 + _BREATH_DEPTH * np.cos(2.0 * np.pi * cycles)) / np.sqrt(1.0 + 0.5 * _BREATH_DEPTH**2)
    breath = rng.standard_normal(times_s.shape) * modulation
    friction = rng.standard_normal(times_s.shape)
    breath_density = _breath_density(frames, bins_hz, tract_on_grid=tract_on_grid)
    noise = shape_noise(breath, density=breath_density, rate_hz=rate_hz)
    noise += shape_noise(friction, density=_friction_density(frames, bins_hz), rate_hz=rate_hz)
    return np.asarray((voiced + noise) * np.interp(times_s, frame_s, frames.gain))


def phase_cycles(f0_hz: FloatArray, *, frame_s: FloatArray, times_s: FloatArray) -> FloatArray:
    """Return the running phase in cycles, shape (n_samples,): the integral of straight lines.

    Args:
        f0_hz: Fundamental at the frames, shape (n_frames,), Hz.
        frame_s: Moments of the frames, shape (n_frames,), s.
        times_s: Moments of the samples, shape (n_samples,), s, within the frames.
    """
    at_frames = np.concatenate([[0.0], np.cumsum(0.5 * (f0_hz[1:] + f0_hz[:-1]) * np.diff(frame_s))])
    frame = np.clip(np.searchsorted(frame_s, times_s, side="right") - 1, 0, frame_s.shape[0] - 2)
    since_s = times_s - frame_s[frame]
    slope = (f0_hz[frame + 1] - f0_hz[frame]) / (frame_s[frame + 1] - frame_s[frame])
    return np.asarray(at_frames[frame] + f0_hz[frame] * since_s + 0.5 * slope * since_s**2)


def sum_harmonics(
    cycles: FloatArray,
    *,
    frame_s: FloatArray,
    times_s: FloatArray,
    amplitude: FloatArray,
    phase_rad: FloatArray,
) -> FloatArray:
    """Add up harmonics, shape (n_samples,): amplitudes and phases are straight lines between frames.

    Args:
        cycles: Running phase of the fundamental, shape (n_samples,), cycles.
        frame_s: Moments of the frames, shape (n_frames,), s.
        times_s: Moments of the samples, shape (n_samples,), s.
        amplitude: Peak amplitude of each harmonic, shape (n_frames, n_harmonics).
        phase_rad: Phase of each harmonic, shape (n_frames, n_harmonics), radians, unwrapped over frames.
    """
    total = np.zeros_like(times_s)
    for k in range(amplitude.shape[1]):
        turn = 2.0 * np.pi * (k + 1) * cycles + np.interp(times_s, frame_s, phase_rad[:, k])
        total += np.interp(times_s, frame_s, amplitude[:, k]) * np.cos(turn)
    return total


def below_nyquist(frequencies_hz: FloatArray, *, rate_hz: int) -> FloatArray:
    """Return a gain, the same shape, that fades out between .44 and .48 of the rate: nothing folds."""
    return 0.5 + 0.5 * np.cos(np.pi * np.clip((frequencies_hz / rate_hz - 0.44) / 0.04, 0.0, 1.0))


def _voiced_harmonics(
    frames: Frames, *, f0_hz: FloatArray, rate_hz: int, tract_on_grid: FloatArray
) -> tuple[FloatArray, FloatArray]:
    n_harmonics = max(1, int(0.48 * rate_hz / float(f0_hz.min())))
    harmonics_hz = f0_hz[:, None] * np.arange(1, n_harmonics + 1)
    tract = tract_response(harmonics_hz, formants_hz=frames.formants_hz, bandwidths_hz=frames.bandwidths_hz)
    power = tract.power * _source_power(frames, harmonics_hz)
    # harmonic k stands for the band of width F0 around it, so the power of all is the integral from F0 / 2 up
    inside = np.clip((_LEVEL_GRID_HZ - 0.5 * f0_hz[:, None]) / _GRID_STEP_HZ + 0.5, 0.0, 1.0)
    total = (inside * tract_on_grid * _source_power(frames, _LEVEL_GRID_HZ)).sum(axis=1) * _GRID_STEP_HZ
    scale = 2.0 * f0_hz * 10.0 ** (frames.voice_dbfs / 10.0) / total
    return np.sqrt(scale[:, None] * power) * below_nyquist(harmonics_hz, rate_hz=rate_hz), tract.phase_rad


def _source_power(frames: Frames, frequencies_hz: FloatArray) -> FloatArray:
    exponent = frames.tilt_db_per_octave[:, None] / (10.0 * np.log10(2.0))
    return np.asarray((1.0 + (frequencies_hz / _TILT_CORNER_HZ) ** 2) ** (0.5 * exponent))


def noise_bins_hz(rate_hz: int) -> FloatArray:
    """Return the frequencies at which `shape_noise` wants its densities, shape (n_bins,), Hz."""
    return np.asarray(np.fft.rfftfreq(_noise_window(rate_hz), 1.0 / rate_hz), dtype=np.float64)


def _noise_window(rate_hz: int) -> int:
    return int(2 ** round(np.log2(0.010 * rate_hz)))


def shape_noise(white: FloatArray, *, density: FloatArray, rate_hz: int) -> FloatArray:
    """Filter white noise by spectra that change over time, in windows of about 10 ms.

    Args:
        white: Noise of variance 1, shape (n_samples,).
        density: Wanted power per Hz at the frames, shape (n_frames, n_bins); see `noise_bins_hz`.
        rate_hz: Sampling rate, Hz.

    Returns:
        Shaped noise, shape (n_samples,).
    """
    size = _noise_window(rate_hz)
    hop, n = size // 4, white.shape[0]
    n_blocks = int(np.ceil(n / hop)) + 4
    padded = np.zeros(n_blocks * hop + size)
    padded[size : size + n] = white
    starts = np.arange(n_blocks) * hop
    window = np.sqrt(np.hanning(size + 1)[:-1])
    frame = np.clip(np.rint((starts - size / 2) / rate_hz / FRAME_S).astype(int), 0, density.shape[0] - 1)
    # white noise of variance 1 has the density 2 / rate
    gain = np.sqrt(density[frame] * rate_hz / 2.0)
    spectra = np.fft.rfft(padded[starts[:, None] + np.arange(size)] * window, axis=1)
    blocks = np.fft.irfft(spectra * gain, n=size, axis=1) * window
    shaped = np.zeros_like(padded)
    for start, block in zip(starts, blocks, strict=True):
        shaped[start : start + size] += block
    # squared sqrt-Hann windows a quarter apart add up to 2
    return shaped[size : size + n] / 2.0


def _breath_density(frames: Frames, bins_hz: FloatArray, *, tract_on_grid: FloatArray) -> FloatArray:
    tract = tract_power(bins_hz, formants_hz=frames.formants_hz, bandwidths_hz=frames.bandwidths_hz)
    scale = 10.0 ** (frames.breath_dbfs / 10.0) / (_GRID_STEP_HZ * tract_on_grid.sum(axis=1))
    return np.asarray(scale[:, None] * tract * (bins_hz > _LEVEL_GRID_HZ[0]))


def _friction_density(frames: Frames, bins_hz: FloatArray) -> FloatArray:
    centre_hz, width_hz = frames.friction_centre_hz[:, None], frames.friction_bandwidth_hz[:, None]

    def power(f_hz: FloatArray) -> FloatArray:
        return np.asarray(1.0 / (1.0 + ((f_hz**2 - centre_hz**2) / (f_hz * width_hz)) ** 2))

    scale = 10.0 ** (frames.friction_dbfs / 10.0) / (_GRID_STEP_HZ * power(_LEVEL_GRID_HZ).sum(axis=1))
    density = scale[:, None] * power(np.maximum(bins_hz, 1.0)) * (bins_hz > _LEVEL_GRID_HZ[0])
    return np.asarray(density)
