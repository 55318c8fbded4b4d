"""Spectrograms for the eye: a coarse grid, one frequency axis and one decibel reference for all panels.

Nothing is measured from these; they are computed on about as many cells as the picture has pixels, so that a
minute of sound costs little more than a syllable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray

# The span of the colour scale. Below it lies the background noise of field recordings.
RANGE_DB = 50.0

_MOST_FRAMES_PER_COLUMN = 8
_FEWEST_WINDOW_SAMPLES = 32
_QUIETEST_PEAK_DB = -150.0
_LOWEST_POWER = 1e-30

Scale = Literal["mel", "linear"]
Power = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class PowerSpectrogram:
    """Power over frequency and time.

    Args:
        power: Shape (n_bins, n_columns), dimensionless; bins evenly from 0 to half the rate, columns
            evenly over the whole duration.
        rate_hz: Sampling rate, Hz.
        duration_s: Duration, s.
    """

    power: Power
    rate_hz: int
    duration_s: float

    @property
    def bins_hz(self) -> FloatArray:
        """Frequencies of the rows, shape (n_bins,), Hz."""
        return np.linspace(0.0, self.rate_hz / 2, self.power.shape[0])


def power_spectrogram(
    samples: FloatArray, rate_hz: int, *, n_columns: int, window_s: float
) -> PowerSpectrogram:
    """Compute power on a given number of columns.

    Columns that lie further apart than half a window are averaged from up to 8 windows, so that long sounds
    are sampled evenly and not just at the columns' middles.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        n_columns: How many columns to make; there are never more than samples.
        window_s: Length of the Hann window, s; at least 32 samples are taken.

    Returns:
        The spectrogram; a full-scale sine has power near 1.

    Examples:
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
        >>> tone_power = power_spectrogram(tone, 8000, n_columns=5, window_s=0.032)
        >>> float(tone_power.bins_hz[tone_power.power[:, 2].argmax()])
        1000.0
    """
    n_columns = max(1, min(n_columns, samples.shape[0]))
    n_window = max(_FEWEST_WINDOW_SAMPLES, round(window_s * rate_hz))
    n_fft = 2 ** int(np.ceil(np.log2(2 * n_window)))
    column_samples = samples.shape[0] / n_columns
    n_per_column = int(np.clip(np.ceil(2 * column_samples / n_window), 1, _MOST_FRAMES_PER_COLUMN))
    n_frames = n_columns * n_per_column
    starts = np.floor((np.arange(n_frames) + 0.5) * samples.shape[0] / n_frames).astype(int)
    padded = np.pad(samples.astype(np.float32), n_window // 2 + 1)
    window = np.hanning(n_window + 2)[1:-1].astype(np.float32)
    frames = padded[starts[:, None] + np.arange(n_window)[None, :]] * (2 * window / window.sum())
    spectra = np.fft.rfft(frames, n_fft, axis=1)
    power = (spectra.real**2 + spectra.imag**2).reshape(n_columns, n_per_column, -1).mean(axis=1)
    return PowerSpectrogram(
        power=np.ascontiguousarray(power.T, dtype=np.float32),
        rate_hz=rate_hz,
        duration_s=samples.shape[0] / rate_hz,
    )


@dataclass(frozen=True, kw_only=True)
class FrequencyAxis:
    """The vertical axis that all spectrograms of a sheet share.

    Args:
        scale: "mel" or "linear".
        highest_hz: Frequency at the top, Hz; 0 Hz is at the bottom.
    """

    scale: Scale
    highest_hz: float

    def height(self, frequency_hz: FloatArray) -> FloatArray:
        """Return where frequencies lie: 0 is the bottom, 1 the top.

        References:
            O'Shaughnessy 1987, Speech Communication: Human and Machine, p. 150 (mel scale).
        """
        if self.scale == "linear":
            return np.asarray(frequency_hz / self.highest_hz)
        return np.asarray(np.log1p(frequency_hz / 700.0) / np.log1p(self.highest_hz / 700.0))

    def frequency_hz(self, height: FloatArray) -> FloatArray:
        """Return the frequencies at given heights, Hz."""
        if self.scale == "linear":
            return np.asarray(height * self.highest_hz)
        return np.asarray(700.0 * np.expm1(height * np.log1p(self.highest_hz / 700.0)))

    def levels_db(self, spectrogram: PowerSpectrogram, *, n_rows: int) -> FloatArray:
        """Return levels on rows that are even on this axis, shape (n_rows, n_columns), dB re full scale."""
        rows = _rows(self, spectrogram.power.shape[0], spectrogram.rate_hz, n_rows)
        # Few bins enter each row: adding them up one by one is quicker than a product of matrices.
        power = np.zeros((n_rows, spectrogram.power.shape[1]), dtype=np.float32)
        for bins, weights in zip(rows.bins.T, rows.weights.T, strict=True):
            power += weights[:, None] * spectrogram.power[bins]
        return 10.0 * np.log10(np.maximum(power.astype(np.float64), _LOWEST_POWER))


def choose_scale(spectrograms: Sequence[PowerSpectrogram]) -> Scale:
    """Choose mel for sounds whose energy lies low (voices), linear for the others (song, ultrasound).

    A mel axis gives voices the room that their formants need. Where half of the energy lies above 2 kHz, it
    would press together what there is to see, and those who study such sounds are used to a linear axis.
    """
    middles_hz = []
    for spectrogram in spectrograms:
        share = np.cumsum(spectrogram.power.sum(axis=1, dtype=np.float64))
        if share[-1] > 0.0:
            middles_hz.append(float(spectrogram.bins_hz[np.searchsorted(share, 0.5 * share[-1])]))
    return "linear" if middles_hz and float(np.median(middles_hz)) > 2000.0 else "mel"


def common_axis(spectrograms: Sequence[PowerSpectrogram], scale: Scale) -> FrequencyAxis:
    """Let the axis end a little above the highest frequency that any of the spectrograms can show.

    What it leaves out is more than 50 dB below the loudest cell, so it would have had the darkest colour.
    """
    loudest = max(float(s.power.max()) for s in spectrograms)
    visible_hz = [0.0]
    for spectrogram in spectrograms:
        rows = np.flatnonzero(spectrogram.power.max(axis=1) > loudest * 10 ** (-RANGE_DB / 10))
        if rows.size:
            visible_hz.append(float(spectrogram.bins_hz[rows[-1]]))
    half_rate_hz = max(s.rate_hz for s in spectrograms) / 2
    lowest_top_hz = min(2000.0, half_rate_hz)
    return FrequencyAxis(
        scale=scale, highest_hz=float(np.clip(1.1 * max(visible_hz), lowest_top_hz, half_rate_hz))
    )


def loudest_cell_db(panels_db: Sequence[FloatArray]) -> float:
    """Return the level that has the brightest colour, dB; silence does not get it."""
    return max(_QUIETEST_PEAK_DB, *(float(levels_db.max()) for levels_db in panels_db))


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Which bins enter each row and how much, both of shape (n_rows, n_most_bins); a row sums to 1 or 0."""

    bins: npt.NDArray[np.intp]
    weights: Power


# All steps of a sheet have the same bins and rows.
@lru_cache(maxsize=4)
def _rows(axis: FrequencyAxis, n_bins: int, rate_hz: int, n_rows: int) -> _Rows:
    """Triangles from row to row, never narrower than a bin; rows above the bins are empty."""
    bin_hz = rate_hz / 2 / (n_bins - 1)
    middles_hz = axis.frequency_hz((np.arange(n_rows) + 0.5) / n_rows)
    half_width_hz = np.maximum(np.gradient(middles_hz), bin_hz)
    firsts = np.ceil((middles_hz - half_width_hz) / bin_hz)
    n_most = int(np.max(np.ceil(2 * half_width_hz / bin_hz))) + 1
    at = firsts[:, None] + np.arange(n_most)[None, :]
    triangles = 1.0 - np.abs(at * bin_hz - middles_hz[:, None]) / half_width_hz[:, None]
    weights = np.where((at >= 0) & (at < n_bins), np.maximum(triangles, 0.0), 0.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return _Rows(
        bins=np.clip(at, 0, n_bins - 1).astype(np.intp), weights=np.asarray(weights, dtype=np.float32)
    )
