"""How a sound goes: its level, how periodic it is, and how fast its spectrum changes, moment by moment.

Two sounds that differ everywhere still share a course: both begin, change, close, open and end. A course says
little about what a sound sounds like.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.filterbank import mel_filterbank
from stimgen.spectral.frames import frames_at, hann

_N_MEL_BANDS = 40
# Harmonics stand out in mel bands of high voices; this many cepstra no longer show them.
_N_CEPSTRA = 13
_LEVEL_WEIGHT = 0.5
# What lies this far below the loudest cell is as good as silent: a soft floor keeps noise there from counting.
_MEL_RANGE_DB = 45.0
_LEVEL_RANGE_DB = 35.0
_WINDOW_HOPS = 5.0
_CHANGE_FRAMES = 4
_SMOOTHING_FRAMES = 5
_RIPPLE_FRAMES = 3
# Words change most of the time, so what is usual when nothing happens is found among their calmest frames.
_USUAL_SHARE, _USUAL_TIMES = 0.3, 1.3
_FRAMES_AT_A_TIME = 256  # more no longer fit the processor's cache
_PERIODICITY_WINDOW_S = 0.040
_LONGEST_PERIOD_S = 1.0 / 75.0
_SHORTEST_LAG_S = 1.0 / 600.0


@dataclass(frozen=True, kw_only=True)
class Course:
    """The course of a sound from where it begins to where it ends, in even frames.

    Args:
        level: Level, shape (n_frames,), 1 at the loudest frame and 0 where it is 35 dB or more below.
        harmonic: Harmonic share of the energy times `level`, shape (n_frames,), 0..1.
        change: Spectral change around each frame beyond what is usual, shape (n_frames,), dB, >= 0.
        usual_db: The change that is usual in this sound and was taken off, dB; noise and reverberation raise it.
        start_s: Moment of the first frame, s.
        stop_s: Moment of the last frame, s.
    """

    level: FloatArray
    harmonic: FloatArray
    change: FloatArray
    usual_db: float
    start_s: float
    stop_s: float

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.level.shape[0])

    def times_s(self, frames: FloatArray) -> FloatArray:
        """Return the moments of frames, which need not be whole, the same shape, s."""
        return self.start_s + frames * ((self.stop_s - self.start_s) / (self.n_frames - 1))


def course_of(sound: Sound, harmonic_share: FloatArray, *, hop_s: float, active_db: float) -> Course:
    """Follow the course of a sound.

    Args:
        sound: The sound, with at least a few hops of samples.
        harmonic_share: Harmonic share of the energy at each hop, shape (n_frames,), 0..1.
        hop_s: Distance of frames, s.
        active_db: The sound begins and ends where it is within this many dB of its loudest frame.
    """
    power, mel = _powers(sound, hop_s=hop_s)
    level_db = 10.0 * np.log10(power + 1e-30)
    level_db -= level_db.max()
    active = np.flatnonzero(level_db >= -active_db)
    first = int(min(active[0], level_db.size - 2))
    last = int(max(active[-1], first + 1))
    level = np.clip(level_db / _LEVEL_RANGE_DB + 1.0, 0.0, 1.0)
    harmonic = _moving_mean(harmonic_share * level, _SMOOTHING_FRAMES)
    floor = float(mel.max()) * 10.0 ** (-_MEL_RANGE_DB / 10.0) + 1e-30
    inside = slice(first, last + 1)
    change_db = _change_db(10.0 * np.log10(mel[inside] + floor))
    usual_db = _USUAL_TIMES * float(np.quantile(change_db, _USUAL_SHARE))
    return Course(
        level=level[inside],
        harmonic=harmonic[inside],
        change=np.maximum(change_db - usual_db, 0.0),
        usual_db=usual_db,
        start_s=0.0 if first == 0 else first * hop_s,
        stop_s=sound.duration_s if last == level.size - 1 else last * hop_s,
    )


def _change_db(mel_db: FloatArray) -> FloatArray:
    """Return the distance between the mean spectra of the frames after and before, dB.

    The distance is the RMS over bands of smoothed spectra, in which the mean level counts half.
    """
    cepstra = fft.dct(mel_db, type=2, norm="ortho", axis=1)[:, :_N_CEPSTRA] / np.sqrt(_N_MEL_BANDS)
    cepstra[:, 0] *= _LEVEL_WEIGHT
    n, span = cepstra.shape[0], _CHANGE_FRAMES
    sums = np.cumsum(np.pad(cepstra, ((span + 1, span), (0, 0)), mode="edge"), axis=0)
    after, before = sums[2 * span + 1 :] - sums[span + 1 : span + 1 + n], sums[span : span + n] - sums[:n]
    return _moving_mean(
        _moving_mean(np.linalg.norm(after - before, axis=1) / span, _RIPPLE_FRAMES), _RIPPLE_FRAMES
    )


def _powers(sound: Sound, *, hop_s: float) -> tuple[FloatArray, FloatArray]:
    """Return the power at every hop, shape (n_frames,), and that of mel bands, shape (n_frames, n_bands)."""
    n_window = max(32, round(_WINDOW_HOPS * hop_s * sound.rate_hz))
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
    return np.concatenate(powers), np.concatenate(bands)


def _moving_mean(values: FloatArray, n: int) -> FloatArray:
    padded = np.pad(values, n // 2, mode="edge")
    return np.asarray(np.convolve(padded, np.full(n, 1.0 / n), mode="valid"), dtype=np.float64)


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
