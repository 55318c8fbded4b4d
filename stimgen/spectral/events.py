"""What happens when in a sound: features by which two different sounds can be aligned.

Two sounds that differ everywhere still share a course of events: both begin, change, close, open and end.
The features therefore say how far a sound is through its own changes, how loud and how periodic it is, and
when it changes, and hardly what it sounds like.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.displacement import gaussian_smooth
from stimgen.spectral.filterbank import mel_filterbank
from stimgen.spectral.frames import frames_at, hann

_N_MEL_BANDS = 40
_N_CEPSTRA = 13
_MEL_RANGE_DB = 60.0
_FLUX_FRAMES = 4
_EDGE_FRAMES = 8
_ABOVE_USUAL = 1.5
# Spectral change that noise and steady vowels show by chance, and what a weak event reaches at its middle
# and in all its frames; below these the features fade instead of following the noise.
_CHANCE_CHANGE = 8.0
_WEAK_FLUX = 2.0
_WEAK_CHANGE = 20.0
_FRAMES_AT_A_TIME = 256  # more no longer fit the processor's cache
_PERIODICITY_WINDOW_S = 0.040
_LONGEST_PERIOD_S = 1.0 / 75.0
_SHORTEST_LAG_S = 1.0 / 600.0


@dataclass(frozen=True, kw_only=True)
class EventWeights:
    """How much each feature counts; chosen on synthetic words whose events are known.

    Args:
        flux: Spectral change, relative to the sound's own 97th percentile.
        rise: Rise of level.
        fall: Fall of level.
        level: Level, 0..1.
        harmonic: Harmonic share of the energy, 0..1.
        clock: Share of the sound's whole spectral change that has gone by, 0..1.
        cepstra: Mel-cepstra 1 to 12, the only features that compare the spectra themselves, per dB.
    """

    flux: float = 14.0
    rise: float = 4.0
    fall: float = 4.0
    level: float = 2.0
    harmonic: float = 4.0
    clock: float = 12.0
    cepstra: float = 0.001


def event_features(
    sound: Sound, harmonic_share: FloatArray, *, hop_s: float, level_range_db: float, weights: EventWeights
) -> FloatArray:
    """Describe the events of a sound, one row per hop.

    Args:
        sound: The sound, with at least a few hops of samples.
        harmonic_share: Harmonic share of the energy at each hop, shape (n_frames,), 0..1.
        hop_s: Distance of frames, s; frame k is centred on k x hop_s.
        level_range_db: Dynamic range that the level feature spans, dB.
        weights: How much each feature counts.

    Returns:
        Weighted features, shape (n_frames, 6 + 12); the sum of absolute differences of two rows is their
        cost.
    """
    levels = mel_levels(sound, hop_s=hop_s)
    level = np.clip((levels.level_db - levels.level_db.max()) / level_range_db + 1.0, 0.0, 1.0)
    cepstra = fft.dct(levels.mel_db, type=2, norm="ortho", axis=1)[:, 1:_N_CEPSTRA]
    flux = _flux(cepstra, level)
    padded = np.pad(level, 1, mode="edge")
    slope = np.gradient((padded[:-2] + padded[1:-1] + padded[2:]) / 3.0) / 0.05
    voiced = gaussian_smooth((harmonic_share * level)[None, :], width=2.0, axis=1)[0]
    columns = [
        weights.flux * np.minimum(flux / max(float(np.percentile(flux, 97)), _WEAK_FLUX), 1.5),
        weights.rise * np.clip(slope, 0.0, 1.0),
        weights.fall * np.clip(-slope, 0.0, 1.0),
        weights.level * level,
        weights.harmonic * voiced,
        weights.clock * np.cumsum(flux) / max(float(flux.sum()), _WEAK_CHANGE),
    ]
    return np.column_stack([*columns, weights.cepstra * cepstra])


def _flux(cepstra: FloatArray, level: FloatArray) -> FloatArray:
    """Return the square root of the spectral change around each frame, zero at the very ends.

    It is the distance between the means of the frames after and before, beyond what is usual in this
    sound; soft frames count less. The root keeps a small change between vowels beside a large one into a
    fricative.
    """
    n, span = cepstra.shape[0], _FLUX_FRAMES
    sums = np.cumsum(np.pad(cepstra, ((span + 1, span), (0, 0)), mode="edge"), axis=0)
    after, before = sums[2 * span + 1 :] - sums[span + 1 : span + 1 + n], sums[span : span + n] - sums[:n]
    change = np.linalg.norm(after - before, axis=1) / span * level**2
    usual = max(_ABOVE_USUAL * float(np.median(change)), _CHANCE_CHANGE)
    change = np.sqrt(np.maximum(change - usual, 0.0))
    edge = min(_EDGE_FRAMES, n // 8)
    change[:edge] = 0.0
    change[n - edge :] = 0.0
    return np.asarray(change, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class MelLevels:
    """Level at every hop, shape (n_frames,), and mel spectra, shape (n_frames, n_bands), dB."""

    level_db: FloatArray
    mel_db: FloatArray


def mel_levels(sound: Sound, *, hop_s: float) -> MelLevels:
    """Return level and mel spectra at every hop, in windows of five hops.

    The spectra have a floor 60 dB below the loudest cell.
    """
    n_window = max(32, round(5.0 * hop_s * sound.rate_hz))
    n_fft = 2 << (n_window - 1).bit_length()
    bank = mel_filterbank(n_fft, sound.rate_hz, n_bands=_N_MEL_BANDS, min_hz=60.0)
    window = hann(n_window)
    centres = frame_centres(sound, hop_s)
    powers, bands = [], []
    for first in range(0, centres.size, _FRAMES_AT_A_TIME):
        frames = frames_at(sound.samples, centres[first : first + _FRAMES_AT_A_TIME], n_window)
        spectrum = fft.rfft(frames * window, n_fft)
        power = spectrum.real**2 + spectrum.imag**2
        powers.append(power.sum(axis=1))
        bands.append(power @ bank.T)
    level, mel = np.concatenate(powers), np.concatenate(bands)
    floor = float(mel.max()) * 10.0 ** (-_MEL_RANGE_DB / 10.0) + 1e-30
    return MelLevels(level_db=10.0 * np.log10(level + 1e-30), mel_db=10.0 * np.log10(np.maximum(mel, floor)))


def frame_centres(sound: Sound, hop_s: float) -> npt.NDArray[np.intp]:
    """Return the samples nearest to 0, hop_s, 2 hop_s, ... up to the end, shape (n_frames,)."""
    n_frames = 1 + int(sound.duration_s / hop_s + 1e-6)
    centres = np.rint(np.arange(n_frames) * hop_s * sound.rate_hz).astype(np.intp)
    return np.asarray(np.minimum(centres, sound.n_samples), dtype=np.intp)


def periodicity(sound: Sound, *, hop_s: float) -> FloatArray:
    """Estimate the harmonic share of the energy at every hop from the autocorrelation.

    The highest peak of the autocorrelation of a windowed frame, divided by that of the window, is the
    share of the energy that repeats.

    Returns:
        Share, shape (n_frames,), 0..1.

    References:
        Boersma 1993, Proceedings of the Institute of Phonetic Sciences Amsterdam 17, 97-110.
    """
    n_window = max(32, round(_PERIODICITY_WINDOW_S * sound.rate_hz))
    n_fft = 2 << (n_window - 1).bit_length()
    window = hann(n_window)
    # Twice as long an inverse transform gives the autocorrelation at half samples.
    of_window = _autocorrelation(window[None, :], n_fft)[0]
    lags = slice(int(2 * _SHORTEST_LAG_S * sound.rate_hz), int(2 * _LONGEST_PERIOD_S * sound.rate_hz) + 1)
    centres = frame_centres(sound, hop_s)
    shares = []
    for first in range(0, centres.size, _FRAMES_AT_A_TIME):
        frames = frames_at(sound.samples, centres[first : first + _FRAMES_AT_A_TIME], n_window) * window
        correlation = _autocorrelation(frames, n_fft)
        share = correlation[:, lags] / of_window[lags] * (of_window[0] / (correlation[:, :1] + 1e-30))
        shares.append(np.clip(share.max(axis=1), 0.0, 1.0))
    return np.concatenate(shares)


def _autocorrelation(frames: FloatArray, n_fft: int) -> FloatArray:
    spectrum = fft.rfft(frames, n_fft)
    return np.asarray(fft.irfft(spectrum.real**2 + spectrum.imag**2, 2 * n_fft))
