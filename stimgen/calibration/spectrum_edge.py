"""The edge that a resampler or a codec leaves in the noise of a recording."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from stimgen.media.sound import FloatArray

WINDOW_S = 0.080
_FRAMES_PER_SOUND = 4
_SHORTEST_WINDOW = 64
_MAX_SAMPLES_IN_FRAMES = 3_000_000
_DYNAMIC_RANGE_DB = 200.0

# of the frames: a whistle that sweeps past, a click or a vowel's partials do not lift the first two; the last
# is where the sound is loud
_TIME_PERCENTILES = (20, 50, 95)
# of the bins of a band: between the partials of a voice lies its noise
_LOW, _LOWER, _HIGH = 25, 10, 75
_BAND_WIDTH = 1.10
_GRID_STEP = 1.02
_MIN_BINS = 4

LOWEST_EDGE_HZ = 3_300.0
_HIGHEST_EDGE_SHARE = 0.39
# in steps of the grid: where the bands below an edge start, and the first above it
_FAR_BELOW, _NEARER_BELOW, _JUST_BELOW, _JUST_ABOVE = -30, -19, -8, 3
# Chosen on resampled and on natural low-pass sounds: resonances and tilts fall by 8 dB at most once the fall
# just before is taken off; resampled noise above the rounding of 16 bit by more than 10.
EDGE_DB = 10.0
# with so few frames and bins the percentiles scatter: steps of up to 14 dB were found in single bird syllables
SHORT_EDGE_DB = 16.0
_LOWER_ALLOWANCE_DB = 3.0
_LOUD_EDGE_DB = 8.0
_DOWN_DB = 8.0
# The loudest moments are in the mean: beyond the fall of the filter a converter leaves nothing, while above the
# edges found in native whispers and fricatives there was -20 to -35 dB.
_ABOVE_EDGE, QUIET_ABOVE_DB, _SMOOTHING_HZ = 1.2, 45.0, 200.0


@dataclass(frozen=True, kw_only=True)
class Spectra:
    """Power spectra of a sound.

    Args:
        bin_hz: Distance of two bins, Hz; the first is at 0 Hz.
        mean: Mean power over all frames, any scale, shape (n_bins,).
        levels_db: The 20th, 50th and 95th percentile over the frames, dB, any reference, shape (3, n_bins).
        is_short: Whether the sound was too short for windows of 80 ms.
    """

    bin_hz: float
    mean: FloatArray
    levels_db: FloatArray
    is_short: bool


def spectra_of(samples: FloatArray, *, rate_hz: int) -> Spectra | None:
    """Measure power spectra through Blackman-Harris windows of up to 80 ms, half a window apart.

    The window leaks less than -90 dB, so that a loud low tone does not hide what lies above it, and resolves
    the partials of all but the lowest voices. Windows span at most a quarter of the sound, so that there are
    some; frames of exact silence are left out; long sounds are measured at frames spread over all of them.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.

    Returns:
        The spectra; None for a sound that does not vary or is shorter than a window of 16 samples.
    """
    n_samples = samples.shape[0]
    shortest = min(_SHORTEST_WINDOW, n_samples)
    n_window = int(min(WINDOW_S * rate_hz, max(n_samples / _FRAMES_PER_SOUND, shortest))) // 2 * 2
    peak = float(np.ptp(samples)) if n_samples else 0.0
    if peak == 0.0 or n_window < 16:
        return None
    max_frames = max(8, _MAX_SAMPLES_IN_FRAMES // n_window)
    hop = max(n_window // 2, (n_samples - n_window) // max_frames)
    frames = np.lib.stride_tricks.sliding_window_view(samples, n_window)[::hop]
    frames = (frames[np.ptp(frames, axis=1) > 0.0] - samples.mean()) / peak
    if frames.shape[0] == 0:
        return None
    n_fft = fft.next_fast_len(n_window, real=True)
    power = np.abs(fft.rfft(frames * _blackman_harris(n_window), n_fft)) ** 2
    least = power.max() * 10 ** (-_DYNAMIC_RANGE_DB / 10)
    levels_db = 10 * np.log10(np.percentile(power, _TIME_PERCENTILES, axis=0) + least)
    return Spectra(
        bin_hz=rate_hz / n_fft,
        mean=power.mean(axis=0),
        levels_db=levels_db,
        is_short=n_samples < _FRAMES_PER_SOUND * WINDOW_S * rate_hz,
    )


def edge_hz(spectra: Spectra, *, rate_hz: int) -> float | None:
    """Find where the noise of a recording ends in a step, between 3.3 kHz and 0.39 of its rate.

    A resampler cuts off everything above half the old rate, the hiss of the microphone and the breath of the
    voice as well as the sound. So the step is looked for between the partials (a low percentile of the bins
    of a band a tenth wide) and in most frames (the 20th and 50th percentile over time): pure tones, sweeps
    and voices without noise show nothing there, and nothing is said of them. At an edge

    - three bands below it, down to 0.55 of its frequency, all stand 10 dB (16 dB in sounds
      below 0.32 s) above all that lies above it,
    - the last of them does so even when the fall from the band before, the natural tilt, is taken off,
    - in the loud frames, too, nothing comes near above it,
    - the mean power per Hz above 1.2 times its frequency stays 45 dB below the highest.

    Args:
        spectra: Of the sound.
        rate_hz: Its sampling rate, Hz.

    Returns:
        Where the noise has fallen by 8 dB, Hz; None where there is no such step, or where the sound is too
        short or too clean to tell.
    """
    grid_hz = np.exp(
        np.arange(np.log(LOWEST_EDGE_HZ / 2), np.log(0.5 * rate_hz / _BAND_WIDTH), np.log(_GRID_STEP))
    )
    grid_hz = grid_hz[grid_hz * (_BAND_WIDTH - 1) >= _MIN_BINS * spectra.bin_hz]
    first, n_edges = -_FAR_BELOW, grid_hz.shape[0] - _JUST_ABOVE + _FAR_BELOW
    if n_edges <= 0:
        return None
    low_db, lower_db, high_db = _band_levels_db(spectra, grid_hz)
    above_db = np.maximum.accumulate(high_db[:, ::-1], axis=1)[:, ::-1][:, first + _JUST_ABOVE :]
    step_db = np.minimum(_step_db(low_db, above_db), _step_db(lower_db, above_db) + _LOWER_ALLOWANCE_DB)
    edges_hz = grid_hz[first : first + n_edges]
    allowed = (edges_hz >= LOWEST_EDGE_HZ) & (edges_hz <= _HIGHEST_EDGE_SHARE * rate_hz)
    allowed &= _is_quiet_above(spectra, edges_hz)
    step_db[:, ~allowed | (step_db[-1] < _LOUD_EDGE_DB)] = -np.inf
    row, column = np.unravel_index(int(np.argmax(step_db[:-1])), step_db[:-1].shape)
    if step_db[row, column] < (SHORT_EDGE_DB if spectra.is_short else EDGE_DB):
        return None
    below_db = float(low_db[row, first + column + _JUST_BELOW])
    return _fallen_hz(spectra, int(row), float(edges_hz[column]), below_db=below_db)


def _band_levels_db(spectra: Spectra, grid_hz: FloatArray) -> FloatArray:
    """Return percentiles over the bins of bands that start at given frequencies, shape (3, 3, n_bands)."""
    starts = np.ceil(grid_hz / spectra.bin_hz).astype(int)
    stops = np.ceil(grid_hz * _BAND_WIDTH / spectra.bin_hz).astype(int)
    bands = [
        np.percentile(spectra.levels_db[:, start:stop], (_LOW, _LOWER, _HIGH), axis=1)
        for start, stop in zip(starts, stops, strict=True)
    ]
    return np.stack(bands, axis=-1)


def _step_db(level_db: FloatArray, above_db: FloatArray) -> FloatArray:
    """Return how far the bands below each edge stand above what lies above it, less the tilt just before."""
    n_edges = above_db.shape[1]
    far, nearer, below = (
        level_db[:, -_FAR_BELOW + shift : -_FAR_BELOW + shift + n_edges]
        for shift in (_FAR_BELOW, _NEARER_BELOW, _JUST_BELOW)
    )
    tilt_db = np.maximum(0.0, nearer - below)
    return np.minimum(np.minimum(far, nearer), below - tilt_db) - above_db


def _is_quiet_above(spectra: Spectra, edges_hz: FloatArray) -> NDArray[np.bool_]:
    """Return whether the mean power above edges stays far below its highest, shape of `edges_hz`."""
    n_smooth = max(1, round(_SMOOTHING_HZ / spectra.bin_hz))
    density = np.convolve(spectra.mean, np.full(n_smooth, 1.0 / n_smooth), mode="same")
    highest_from = np.maximum.accumulate(density[::-1])[::-1]
    starts = np.ceil(_ABOVE_EDGE * edges_hz / spectra.bin_hz).astype(int)
    above = highest_from[np.minimum(starts, density.shape[0] - 1)]
    return np.asarray(above <= density.max() * 10 ** (-QUIET_ABOVE_DB / 10))


def _fallen_hz(spectra: Spectra, row: int, near_hz: float, *, below_db: float) -> float:
    """Return the last frequency around an edge at which the noise is within 8 dB of the band below."""
    start, stop = (round(factor * near_hz / spectra.bin_hz) for factor in (0.8, 1.15))
    levels_db = spectra.levels_db[row, start - 2 : stop + 3]
    smooth_db = np.median(np.lib.stride_tricks.sliding_window_view(levels_db, 5), axis=1)
    standing = np.flatnonzero(smooth_db > below_db - _DOWN_DB)
    return float((start + standing[-1]) * spectra.bin_hz) if standing.size else near_hz


def _blackman_harris(n: int) -> FloatArray:
    """Return the periodic Blackman-Harris window, whose sidelobes are below -92 dB, shape (n,).

    That of scipy.signal is the same, but loading it takes longer than all of an analysis.

    References:
        Harris 1978, Proceedings of the IEEE 66, 51-83, table 1: minimum 4-term window.
    """
    angle = 2.0 * np.pi * np.arange(n) / n
    return np.asarray(
        0.35875 - 0.48829 * np.cos(angle) + 0.14128 * np.cos(2 * angle) - 0.01168 * np.cos(3 * angle)
    )
