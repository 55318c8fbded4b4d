"""Pulses between pulses: their resonances move in frequency, their levels and decays along logarithms."""

from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.signal

from stimgen.media.sound import FloatArray
from stimgen.spectral.displacement import gaussian_smooth, read_at, source_frequencies
from stimgen.spectral.minimum_phase import minimum_phase

_PADDING = 4
_SMOOTHING_HZ = 80.0
_LEAST_PROMINENCE = 6.0 * np.log(10.0) / 10.0  # natural log of power
_MOST_BELOW = 25.0 * np.log(10.0) / 10.0
_MOST_PEAKS = 8
_LEAST_HZ = 60.0
# Leaving the loudest peak without a partner costs as much as moving it by six octaves.
_SKIP_OCTAVES = 3.0
_OCTAVES_PER_NEPER = 0.1
_BEND_HZ = 100.0
_FLOOR_SHARE = 1e-5
_MOST_BEYOND = 0.5 * 12.0 * np.log(10.0) / 10.0  # natural log of amplitude
_MOST_CHANGE = 0.5 * 6.0 * np.log(10.0) / 10.0


@dataclass(frozen=True, kw_only=True)
class PulseSpectra:
    """Pairs of pulses, taken apart into what moves.

    Args:
        rate_hz: Sampling rate, Hz.
        lead: How many samples of each wave lie before its onset.
        length: Samples of the longest wave.
        bins_hz: Frequencies of the spectra, shape (n_bins,), Hz.
        log_magnitude: Natural log of amplitude of a and b, shape (2, n_pairs, n_bins).
        excess: What phases have beyond those of the earliest response with the same magnitudes, the same
            shape, radians.
        maps_hz: Frequency of b that each of a moves to, shape (n_pairs, n_bins), Hz.
    """

    rate_hz: int
    lead: int
    length: int
    bins_hz: FloatArray
    log_magnitude: FloatArray
    excess: FloatArray
    maps_hz: FloatArray


def pulse_spectra(
    waves_a: tuple[FloatArray, ...], waves_b: tuple[FloatArray, ...], *, lead: int, rate_hz: int
) -> PulseSpectra:
    """Take pairs of pulses apart.

    Args:
        waves_a: The pulses at position 0, at least one.
        waves_b: Their partners at position 1, as many.
        lead: How many samples of each wave lie before its onset.
        rate_hz: Sampling rate, Hz.
    """
    length = max(wave.size for wave in (*waves_a, *waves_b))
    size = int(scipy.fft.next_fast_len(_PADDING * length, real=True))
    size += size % 2
    bins_hz = np.arange(size // 2 + 1) * rate_hz / size
    parts = [_spectra(waves, lead, size) for waves in (waves_a, waves_b)]
    log_magnitude = np.stack([part[0] for part in parts])
    maps_hz = np.stack([peak_map(a, b, bins_hz) for a, b in zip(*log_magnitude, strict=True)])
    return PulseSpectra(
        rate_hz=rate_hz, lead=lead, length=length, bins_hz=bins_hz, log_magnitude=log_magnitude,
        excess=np.stack([part[1] for part in parts]), maps_hz=maps_hz,
    )  # fmt: skip


def waves_between(spectra: PulseSpectra, position: float, *, delays: FloatArray) -> FloatArray:
    """Return the pulses at a position.

    Magnitudes go along straight lines in dB at the frequencies that belong together, and so does the energy of the
    whole, as peaks of unlike width lose some of theirs; the phases are those of
    the earliest response with the magnitudes reached, turned by what both pulses have beyond theirs.

    Args:
        spectra: The pairs.
        position: 0 is a, 1 is b; beyond, magnitudes go on by no more than 12 dB.
        delays: By how much each pulse comes late, shape (n_pairs,), samples, 0 to 1.

    Returns:
        Amplitude, shape (n_pairs, n), with the onset at `spectra.lead`.
    """
    near = float(np.clip(position, 0.0, 1.0))
    at = source_frequencies(spectra.maps_hz, grid_hz=spectra.bins_hz, position=position)
    read_a, read_b = (
        read_at(values, grid_hz=spectra.bins_hz, at_hz=at_hz)
        for values, at_hz in zip(spectra.log_magnitude, (at.a_hz, at.b_hz), strict=True)
    )
    line = (1.0 - position) * read_a + position * read_b
    line = np.clip(line, np.minimum(read_a, read_b) - _MOST_BEYOND, np.maximum(read_a, read_b) + _MOST_BEYOND)
    turn = (1.0 - near) * read_at(spectra.excess[0], grid_hz=spectra.bins_hz, at_hz=at.a_hz)
    turn += near * read_at(spectra.excess[1], grid_hz=spectra.bins_hz, at_hz=at.b_hz)
    energy = (1.0 - position) * _log_energy(spectra.log_magnitude[0])
    energy += position * _log_energy(spectra.log_magnitude[1])
    change = np.clip(0.5 * (energy - _log_energy(line)), -_MOST_CHANGE, _MOST_CHANGE)
    magnitude = np.exp(line + change[:, None])
    size = 2 * (spectra.bins_hz.size - 1)
    late = 2.0 * np.pi * (spectra.lead + delays[:, None]) * np.arange(spectra.bins_hz.size) / size
    made = magnitude * np.exp(1j * (minimum_phase(magnitude) + turn - late))
    waves = scipy.fft.irfft(made, size, axis=1)[:, : spectra.length + spectra.lead]
    fade = np.ones(waves.shape[1])
    fade[-spectra.lead :] = 0.5 + 0.5 * np.cos(np.pi * (np.arange(spectra.lead) + 0.5) / spectra.lead)
    return np.asarray(waves * fade)


def peak_map(log_a: FloatArray, log_b: FloatArray, bins_hz: FloatArray) -> FloatArray:
    """Return which frequency of b each frequency of a moves to: peaks to peaks, straight in between.

    Args:
        log_a: Natural log of a's amplitude, shape (n_bins,).
        log_b: The same of b.
        bins_hz: Frequencies, shape (n_bins,), Hz, evenly spaced from 0.

    Returns:
        Frequencies of b, shape (n_bins,), Hz, rising from 0 to the last bin's.
    """
    peaks_a, peaks_b = _peaks(log_a, bins_hz), _peaks(log_b, bins_hz)
    pairs = _matched(*peaks_a, *peaks_b)
    from_hz = np.array([0.0, *(peaks_a[0][i] for i, _ in pairs), bins_hz[-1]])
    to_hz = np.array([0.0, *(peaks_b[0][j] for _, j in pairs), bins_hz[-1]])
    bent = np.interp(np.log1p(bins_hz / _BEND_HZ), np.log1p(from_hz / _BEND_HZ), np.log1p(to_hz / _BEND_HZ))
    out_hz = np.minimum(_BEND_HZ * np.expm1(bent), bins_hz[-1])
    out_hz[-1] = bins_hz[-1]
    return np.asarray(out_hz)


def _log_energy(log_magnitude: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.exp(2.0 * log_magnitude).sum(axis=1)))


def _spectra(waves: tuple[FloatArray, ...], lead: int, size: int) -> tuple[FloatArray, FloatArray]:
    padded = np.stack([np.pad(wave, (0, size - wave.size)) for wave in waves])
    spectrum = scipy.fft.rfft(np.roll(padded, -lead, axis=1), axis=1)
    magnitude = np.abs(spectrum)
    floor = np.maximum(_FLOOR_SHARE * magnitude.max(axis=1, keepdims=True), 1e-12)
    magnitude = np.maximum(magnitude, floor)
    # unwrapped, so that between two phases lies one and never their sum, which may be nothing
    return np.log(magnitude), np.unwrap(np.angle(spectrum) - minimum_phase(magnitude), axis=1)


def _peaks(log_magnitude: FloatArray, bins_hz: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return frequencies of the resonances, from low to high, Hz, and their levels, natural log of power."""
    power = np.exp(2.0 * log_magnitude)[None, :]
    smooth = np.log(gaussian_smooth(power, width=_SMOOTHING_HZ / bins_hz[1], axis=1)[0] + 1e-300)
    found, _ = scipy.signal.find_peaks(
        smooth, prominence=_LEAST_PROMINENCE, height=float(smooth.max()) - _MOST_BELOW
    )
    found = found[bins_hz[found] >= _LEAST_HZ]
    found = np.sort(found[np.argsort(-smooth[found], kind="stable")[:_MOST_PEAKS]])
    return bins_hz[found], smooth[found] - float(smooth.max())


def _matched(
    a_hz: FloatArray, level_a: FloatArray, b_hz: FloatArray, level_b: FloatArray
) -> list[tuple[int, int]]:
    """Pair peaks in order so that the sum of moves and of what it costs to leave peaks alone is least."""
    n_a, n_b = a_hz.size, b_hz.size
    skip_a, skip_b = (
        _SKIP_OCTAVES * np.exp(np.maximum(level, -_MOST_BELOW) / _MOST_BELOW) for level in (level_a, level_b)
    )
    move = np.abs(np.log2(b_hz[None, :] / a_hz[:, None]))
    move += _OCTAVES_PER_NEPER * np.abs(level_b[None, :] - level_a[:, None])
    total = np.zeros((n_a + 1, n_b + 1))
    total[1:, 0], total[0, 1:] = np.cumsum(skip_a), np.cumsum(skip_b)
    for i in range(1, n_a + 1):
        for j in range(1, n_b + 1):
            total[i, j] = min(total[i - 1, j - 1] + move[i - 1, j - 1], total[i - 1, j] + skip_a[i - 1],
                              total[i, j - 1] + skip_b[j - 1])  # fmt: skip
    pairs, i, j = [], n_a, n_b
    while i > 0 and j > 0:
        if total[i, j] == total[i - 1, j - 1] + move[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif total[i, j] == total[i - 1, j] + skip_a[i - 1]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]
