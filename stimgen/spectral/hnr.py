"""Harmonics-to-noise ratio: how much of a sound repeats from period to period, against how much does not."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray

F0Range = tuple[float, float]

VOICE_F0_HZ: F0Range = (60.0, 600.0)
BIRD_F0_HZ: F0Range = (500.0, 8000.0)

_PERIODS_PER_WINDOW = 3
_HOPS_PER_WINDOW = 4
_SAMPLES_AT_A_TIME = 48_000  # in frames; more no longer fit the processor's cache
_SILENCE_DB = 20.0
_FEWEST_VOICED = 0.2
_OCTAVE_COST = 0.01
_HIGHEST_STRENGTH = 1.0 - 1e-6
# A frame is voiced from this strength on (-0.9 dB). Over few milliseconds noise in a band looks periodic too
# (2 kHz of noise correlate by about 0.55 with themselves one cycle later), and over few samples any noise.
_VOICED_STRENGTH = 0.45
_SHORT_WINDOW_S = 0.01
_VOICED_STRENGTH_SHORT = 0.6
_VOICED_DEVIATIONS = 3.5
_OVERSAMPLING = 2
_N_SIDE = 16
_N_FINE = 8


@dataclass(frozen=True, kw_only=True)
class HnrResult:
    """How periodic a sound is.

    Args:
        hnr_db: Harmonics-to-noise ratio, mean over voiced frames, dB, at most 60; None where fewer than a
            fifth of the frames that are not silent are voiced.
        voiced_share: Share of the frames that are not silent that are voiced, 0..1.
        f0_range_hz: Fundamental frequencies that were looked for, Hz.
    """

    hnr_db: float | None
    voiced_share: float
    f0_range_hz: F0Range


@dataclass(frozen=True, kw_only=True)
class _Frames:
    """Height of the best autocorrelation peak per frame that is not silent, and whether it is voiced."""

    strength: FloatArray
    is_voiced: npt.NDArray[np.bool_]

    @property
    def voiced_share(self) -> float:
        return float(self.is_voiced.mean()) if self.is_voiced.size else 0.0

    @property
    def support(self) -> float:
        return float((self.strength * self.is_voiced).mean()) if self.strength.size else 0.0


def harmonics_to_noise_ratio(
    samples: FloatArray, *, rate_hz: float, f0_range_hz: F0Range | None = None
) -> HnrResult:
    """Measure the power that repeats with the period against the power that does not.

    Per frame the greatest peak r of the normalised autocorrelation gives 10 log10(r / (1 - r)). Boersma
    divides the autocorrelation of the windowed frame by that of the window, which supposes that the power of
    the sound is even; over few periods it is not, and r can come out above 1. Here the same sum is divided by
    the power that the two overlapping stretches really have, under the same weights. It is then exact for a
    periodic sound from two periods on, so the window can be as short as 3 periods of the lowest F0, and
    gliding pitch costs less. Peaks between samples are found by band-limited interpolation.

    Frames lie wholly within the sound. Silent ones (20 dB below the most powerful) do not count. A frame is
    voiced if r is at least 0.45 (-0.9 dB), or 0.6 (1.8 dB) in windows below 10 ms, and beyond 3.5 standard
    deviations of what white noise of the same number of samples gives. Noise in a band below about 1 kHz is
    not told from a tone in the range of birds. A sound shorter than a window is one frame, and periods longer
    than a third of it are not looked for.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        f0_range_hz: Lowest and highest fundamental frequency, Hz. None tries 60-600 Hz and 500-8000 Hz and
            keeps the better supported one. Sounds that are compared must be measured with one range: see
            `shared_f0_range_hz`.

    Returns:
        The ratio, None for a sound that is silent, unvoiced or shorter than 3 periods.

    Raises:
        SettingError: If the range is empty.
        ShapeError: If there is more than one channel.

    References:
        Boersma 1993, Proceedings of the Institute of Phonetic Sciences (Amsterdam) 17, 97-110.

    Examples:
        >>> tone = np.sin(2.0 * np.pi * 200.0 * np.arange(8000) / 16000)
        >>> noise = np.random.default_rng(0).normal(size=8000) * np.sqrt(0.5 / 100.0)
        >>> round(harmonics_to_noise_ratio(tone + noise, rate_hz=16000).hnr_db)
        20
        >>> harmonics_to_noise_ratio(noise, rate_hz=16000).hnr_db is None
        True
    """
    ranges = (VOICE_F0_HZ, BIRD_F0_HZ) if f0_range_hz is None else (f0_range_hz,)
    analyses = {tried_hz: _analyse(samples, rate_hz, tried_hz) for tried_hz in ranges}
    kept_hz = max(analyses, key=lambda tried_hz: analyses[tried_hz].support)
    frames = analyses[kept_hz]
    hnr_db = None
    if frames.voiced_share >= _FEWEST_VOICED:
        strength = np.minimum(frames.strength[frames.is_voiced], _HIGHEST_STRENGTH)
        hnr_db = float(np.mean(10.0 * np.log10(strength / (1.0 - strength))))
    return HnrResult(hnr_db=hnr_db, voiced_share=frames.voiced_share, f0_range_hz=kept_hz)


def shared_f0_range_hz(a: FloatArray, b: FloatArray, *, rate_hz: float) -> F0Range:
    """Return the range of F0, of 60-600 Hz and 500-8000 Hz, in which two sounds together are more periodic.

    Args:
        a: Amplitude, shape (n_samples_a,).
        b: Amplitude, shape (n_samples_b,).
        rate_hz: Sampling rate of both, Hz.

    Returns:
        Lowest and highest F0, Hz; the lower range where neither sound has a pitch.
    """

    def support(f0_range_hz: F0Range) -> float:
        return sum(_analyse(samples, rate_hz, f0_range_hz).support for samples in (a, b))

    return max((VOICE_F0_HZ, BIRD_F0_HZ), key=support)


def hnr_drop_db(
    position: float, hnr_a_db: float | None, hnr_b_db: float | None, hnr_stimulus_db: float | None
) -> float | None:
    """Return by how much a stimulus is less periodic than its place between a and b lets expect, dB.

    Two voices sounding at once lower the ratio, so a cross-fade drops and a single voice in between does not.

    Args:
        position: 0 is a, 1 is b.
        hnr_a_db: Ratio of a, dB, None if unvoiced.
        hnr_b_db: Ratio of b, measured with the same F0 range.
        hnr_stimulus_db: Ratio of the stimulus, measured with the same F0 range.

    Returns:
        (1 - position) a + position b - stimulus, dB; None if any of the three is None.

    Examples:
        >>> hnr_drop_db(0.25, 20.0, 12.0, 5.0)
        13.0
    """
    if hnr_a_db is None or hnr_b_db is None or hnr_stimulus_db is None:
        return None
    return (1.0 - position) * hnr_a_db + position * hnr_b_db - hnr_stimulus_db


def _analyse(samples: FloatArray, rate_hz: float, f0_range_hz: F0Range) -> _Frames:
    """Return peak heights and voicing of all frames that are not silent; no frames for too short a sound."""
    lowest_hz, highest_hz = f0_range_hz
    if samples.ndim != 1:
        raise ShapeError(f"the harmonics-to-noise ratio needs one channel, got shape {samples.shape}")
    if not 0.0 < lowest_hz < highest_hz:
        raise SettingError(f"an F0 range goes from above 0 to a higher frequency, got {f0_range_hz} Hz")
    n_window = min(round(_PERIODS_PER_WINDOW * rate_hz / lowest_hz), samples.size)
    # In oversampled samples; a period shorter than 2.5 samples has no harmonics left to tell from noise.
    first = int(np.ceil(_OVERSAMPLING * max(rate_hz / highest_hz, 2.5)))
    last = _OVERSAMPLING * n_window // _PERIODS_PER_WINDOW
    if last < first + 2:
        return _Frames(strength=np.zeros(0), is_voiced=np.zeros(0, dtype=np.bool_))
    centred = samples - samples.mean()
    centred = centred / max(float(np.abs(centred).max()), 1e-300)
    hop = max(1, n_window // _HOPS_PER_WINDOW)
    spare = (samples.size - n_window) % hop
    frames = np.lib.stride_tricks.sliding_window_view(centred[spare // 2 :], n_window)[::hop]
    n_at_a_time = max(1, _SAMPLES_AT_A_TIME // n_window)
    blocks = [
        _peaks(frames[at : at + n_at_a_time], first, last) for at in range(0, frames.shape[0], n_at_a_time)
    ]
    strength, power = np.concatenate(blocks, axis=1)
    is_loud = power > power.max() * 10.0 ** (-_SILENCE_DB / 10.0)
    is_voiced = strength >= _least_voiced_strength(n_window, rate_hz)
    return _Frames(strength=strength[is_loud], is_voiced=is_voiced[is_loud])


def _least_voiced_strength(n_window: int, rate_hz: float) -> float:
    least = _VOICED_STRENGTH_SHORT if n_window < _SHORT_WINDOW_S * rate_hz else _VOICED_STRENGTH
    # A squared Hann window weighs as half as many samples.
    return max(least, _VOICED_DEVIATIONS / float(np.sqrt(0.5 * n_window)))


def _peaks(frames: FloatArray, first: int, last: int) -> FloatArray:
    """Return the height of the greatest peak and the power of every frame, shape (2, n_frames)."""
    correlation, power = _correlation(frames, last + _N_SIDE + 1)
    lags = np.arange(first, last + 1)
    here = correlation[:, first : last + 1]
    is_peak = (here >= correlation[:, first - 1 : last]) & (here > correlation[:, first + 1 : last + 2])
    height = np.where(is_peak, here, 0.0)
    height -= _OCTAVE_COST * np.log2(lags)
    best = np.argmax(height, axis=1)
    refined = _refine(correlation, lags[best])
    found = is_peak[np.arange(best.size), best]
    return np.stack([np.where(found, refined, 0.0), power])


def _correlation(frames: FloatArray, n_lags: int) -> tuple[FloatArray, FloatArray]:
    """Return the normalised autocorrelation of frames at lags of half a sample, shape (n_frames, n_lags).

    With window w and sound x it is sum w(t) w(t+k) x(t) x(t+k) over the geometric mean of
    sum w(t) w(t+k) x(t)^2 and sum w(t) w(t+k) x(t+k)^2; the second result is the power at lag 0.
    """
    n_window = frames.shape[1]
    window = _window(n_window)
    n_fft = fft.next_fast_len(n_window + n_lags // _OVERSAMPLING + 1, real=True)
    n_fine = _OVERSAMPLING * n_fft
    frames = frames - (frames @ window / window.sum())[:, None]
    spectrum = fft.rfft(frames * window, n_fft)
    product = fft.irfft(spectrum.real**2 + spectrum.imag**2, n_fine)
    weights = fft.rfft(window, n_fft)
    energy = fft.irfft(fft.rfft(frames**2 * window, n_fft) * weights.conj(), n_fine)
    np.maximum(energy, 0.0, out=energy)
    power = energy[:, 0]
    geometric = energy[:, :n_lags].copy()
    geometric[:, 1:] *= energy[:, : n_fine - n_lags : -1]
    geometric[:, 0] *= power
    np.sqrt(geometric, out=geometric)
    np.maximum(geometric, 1e-9 * np.maximum(power, 1e-300)[:, None], out=geometric)
    return np.divide(product[:, :n_lags], geometric, out=geometric), power


@lru_cache(maxsize=8)
def _window(n_window: int) -> FloatArray:
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(n_window) + 0.5) / n_window))


def _refine(correlation: FloatArray, lags: npt.NDArray[np.int_]) -> FloatArray:
    """Return the height of the peak within one step of each lag."""
    kernel = _interpolation_kernel()
    # The correlation is even, so lags below 0 read their mirror image.
    columns = np.abs(lags[:, None] + np.arange(-_N_SIDE, _N_SIDE + 1))
    curve = np.take_along_axis(correlation, columns, axis=1) @ kernel
    top = np.clip(np.argmax(curve, axis=1), 1, curve.shape[1] - 2)[:, None]
    before, peak, after = np.take_along_axis(curve, top + np.array([-1, 0, 1]), axis=1).T
    bend = np.minimum(before - 2.0 * peak + after, -1e-12)
    return np.asarray(peak - 0.125 * (after - before) ** 2 / bend)


@lru_cache(maxsize=1)
def _interpolation_kernel() -> FloatArray:
    """Return weights from neighbours to points between them, shape (2 _N_SIDE + 1, 2 _N_FINE + 1).

    After oversampling by 2 the upper half of the band is empty, so a short windowed sinc is exact to 1e-6.
    """
    points = np.arange(-_N_FINE, _N_FINE + 1) / _N_FINE
    distance = points[None, :] - np.arange(-_N_SIDE, _N_SIDE + 1)[:, None]
    taper = np.i0(12.0 * np.sqrt(np.maximum(0.0, 1.0 - (distance / _N_SIDE) ** 2))) / np.i0(12.0)
    return np.asarray(np.sinc(distance) * taper)
