"""Formants of a voice measured on its wave, frame by frame: resonances of a model through its harmonics."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.all_pole import all_pole_through, resonances
from stimgen.spectral.formant_labels import label_formants
from stimgen.spectral.frames import frames_at, hann
from stimgen.spectral.pitch import pitch_ranges, track_pitch

# Two poles per formant of a tract of 17.5 cm and one pair to spare for the slope of the source.
_TOP_HZ, _ORDER_AT_TOP = 5500.0, 12
_SHARE_OF_BAND = 0.97  # of half the rate: recordings fade out before it
_F0_RANGE_HZ = (60.0, 700.0)
_HOP_S = 0.005
# A Hann window of four periods has zeros between harmonics.
_PERIODS, _SHORTEST_S, _LONGEST_S = 4.0, 0.020, 0.060
_NOISE_WINDOW_S, _N_NOISE_POINTS = 0.030, 128
_LEAST_VOICED_DB = 6.0
_EMPHASIS_HZ = 100.0
_SOUND_DB = 30.0
_TINY = 1e-300


@dataclass(frozen=True, kw_only=True)
class MeasuredFormants:
    """Formants through time.

    Args:
        times_s: Centres of the frames, shape (n_frames,), s.
        formants_hz: Formants, shape (n_frames, n_formants), Hz, rising along each frame; NaN at the end of a
            frame with too few resonances.
        is_sound: Which frames are within 30 dB of the loudest, shape (n_frames,).
        is_voiced: Which frames have harmonics, shape (n_frames,); the others were measured as noise.
    """

    times_s: FloatArray
    formants_hz: FloatArray
    is_sound: npt.NDArray[np.bool_]
    is_voiced: npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class _Points:
    """Points of one spectrum, shape (n_points,) each: frequencies, Hz, powers, levelled; whether of harmonics."""

    frequency_hz: FloatArray
    power: FloatArray
    is_voiced: bool


def measure_formants(
    samples: FloatArray,
    *,
    rate_hz: int,
    times_s: FloatArray | None = None,
    f0_hz: FloatArray | None = None,
    n_formants: int = 3,
) -> MeasuredFormants:
    """Measure the formants of speech up to 5.5 kHz.

    A model of 12 poles (fewer at rates below 11 kHz) is fitted to the power of the harmonics alone, found as
    peaks around multiples of the fundamental, so that formants are not pulled to the nearest harmonic as in
    linear prediction of the wave. Frames whose peaks are less than 6 dB above the spectrum between them are
    taken as noise and fitted everywhere. The resonances are then given to formants by `label_formants`.

    The median error on random synthetic vowels, as a mean over 40 of them, is 1.6 % for F1 and 0.5 % for F2 at
    fundamentals of 90 to 220 Hz, and 5.3 % and 0.7 % at 220 to 400 Hz, where a formant below the fundamental
    cannot be measured.

    Args:
        samples: Amplitude, shape (n_samples,), at least one.
        rate_hz: Sampling rate, Hz.
        times_s: Centres of the frames, shape (n_frames,), s; None for one every 5 ms.
        f0_hz: Fundamental at the frames, shape (n_frames,), Hz, NaN for noise; None to look for it from 60 to
            700 Hz.
        n_formants: How many formants to measure, 1 to 4.

    Returns:
        The formants of every frame; of those that are not sound they mean little.

    Raises:
        ShapeError: If there is more than one channel, no sample or no frame, or F0 does not match the times.
        SettingError: If the rate is too low for so many formants.

    References:
        El-Jaroudi & Makhoul 1991, Discrete all-pole modeling, IEEE Transactions on Signal Processing 39, 411-423.

    Examples:
        >>> from stimgen.synth.vowel import vowel
        >>> parameters = vowel((700.0, 1200.0, 2500.0, 3500.0, 4500.0), f0_hz=120.0)
        >>> samples = parameters.samples(rate_hz=16000, rng=np.random.default_rng(0))
        >>> found = measure_formants(samples, rate_hz=16000)
        >>> np.median(found.formants_hz[found.is_sound], axis=0).round(-2).tolist()
        [700.0, 1200.0, 2500.0]
    """
    top_hz = min(_TOP_HZ, 0.5 * _SHARE_OF_BAND * rate_hz)
    order = 2 * round(0.5 * _ORDER_AT_TOP * top_hz / _TOP_HZ)
    times_s = _times(samples, rate_hz, times_s)
    if not 1 <= n_formants <= min(4, order // 2):
        raise SettingError(
            f"at {rate_hz} Hz 1 to {min(4, order // 2)} formants can be measured, got {n_formants}"
        )
    if f0_hz is None:
        pitch_range = pitch_ranges(f0_min_hz=_F0_RANGE_HZ[0], f0_max_hz=_F0_RANGE_HZ[1], rate_hz=rate_hz)[0]
        f0_hz = track_pitch(samples, rate_hz=rate_hz, pitch_range=pitch_range, times_s=times_s)
    if f0_hz.shape != times_s.shape:
        raise ShapeError(f"F0 must come at the times, got shapes {f0_hz.shape} and {times_s.shape}")
    points = [
        _harmonics(samples, rate_hz, time_s, at_hz, top_hz) or _noise(samples, rate_hz, time_s, top_hz)
        for time_s, at_hz in zip(times_s, f0_hz, strict=True)
    ]
    found = resonances(_models(points, top_hz, order), top_hz=top_hz)
    level = _levels(samples, rate_hz, times_s)
    return MeasuredFormants(
        times_s=times_s,
        formants_hz=label_formants(found, power=level, n_formants=n_formants),
        is_sound=level > level.max() * 10.0 ** (-_SOUND_DB / 10.0),
        is_voiced=np.array([each.is_voiced for each in points]),
    )


def _times(samples: FloatArray, rate_hz: int, times_s: FloatArray | None) -> FloatArray:
    if samples.ndim != 1 or samples.size == 0:
        raise ShapeError(f"formants are measured on samples of one channel, got shape {samples.shape}")
    if times_s is None:
        return np.arange(0.0, samples.size / rate_hz, _HOP_S)
    if times_s.ndim != 1 or times_s.size == 0:
        raise ShapeError(f"formants are measured at a list of at least one moment, got shape {times_s.shape}")
    return times_s


def _harmonics(
    samples: FloatArray, rate_hz: int, time_s: float, f0_hz: float, top_hz: float
) -> _Points | None:
    """Return the peaks around multiples of the fundamental, None where they hardly stand out."""
    if not np.isfinite(f0_hz):
        return None
    window_s = float(np.clip(_PERIODS / f0_hz, _SHORTEST_S, _LONGEST_S))
    power = _spectrum(samples, rate_hz, time_s, window_s, f0_hz / 16.0)
    bin_hz = 0.5 * rate_hz / (power.size - 1)
    places_hz = np.asarray(np.arange(1, max(2, int(top_hz / f0_hz + 0.5))) * f0_hz)
    reach = max(1, round(0.25 * f0_hz / bin_hz))
    around = np.round(places_hz / bin_hz).astype(np.intp)[:, None] + np.arange(-reach, reach + 1)
    around = np.minimum(around, power.size - 1)
    bins = np.take_along_axis(around, power[around].argmax(axis=1)[:, None], axis=1)[:, 0]
    between = power[np.round((places_hz - 0.5 * f0_hz) / bin_hz).astype(np.intp)]
    emphasis = _emphasis(places_hz)
    ratio = np.sum(np.sqrt(power[bins] * emphasis)) / max(float(np.sum(np.sqrt(between * emphasis))), _TINY)
    if not ratio >= 10.0 ** (_LEAST_VOICED_DB / 20.0):
        return None
    inside = bins[bins * bin_hz < top_hz]
    at_hz = np.asarray(inside * bin_hz)
    return _Points(frequency_hz=at_hz, power=power[inside] * _emphasis(at_hz), is_voiced=True)


def _noise(samples: FloatArray, rate_hz: int, time_s: float, top_hz: float) -> _Points:
    """Return the spectrum all over; turbulence has no slope that would have to be levelled."""
    power = _spectrum(samples, rate_hz, time_s, _NOISE_WINDOW_S, top_hz / _N_NOISE_POINTS)
    bins_hz = np.arange(power.size) * 0.5 * rate_hz / (power.size - 1)
    inside = (bins_hz > 50.0) & (bins_hz < top_hz)
    return _Points(frequency_hz=bins_hz[inside], power=power[inside], is_voiced=False)


def _spectrum(
    samples: FloatArray, rate_hz: int, time_s: float, window_s: float, step_hz: float
) -> FloatArray:
    """Return the power spectrum around a moment in steps of at most `step_hz`, shape (n_bins,)."""
    n_window = 2 * max(2, round(0.5 * window_s * rate_hz))
    start = int(np.clip(round(time_s * rate_hz), 0, samples.size)) - n_window // 2
    inside = slice(max(-start, 0), max(min(samples.size - start, n_window), 0))
    frame = np.zeros(n_window)
    frame[inside] = samples[start + inside.start : start + inside.stop]
    n_fft = scipy.fft.next_fast_len(max(n_window, int(np.ceil(rate_hz / step_hz))), real=True)
    n_fft += n_fft % 2
    return np.asarray(np.abs(scipy.fft.rfft(frame * hann(n_window), n_fft)) ** 2 / n_window)


def _models(points: list[_Points], top_hz: float, order: int) -> FloatArray:
    """Return the all-pole models of all frames, shape (n_frames, order + 1)."""
    n_points = max(each.power.size for each in points)
    frequency_hz, power, weight = (np.zeros((len(points), n_points)) for _ in range(3))
    for row, each in enumerate(points):
        part = slice(0, each.power.size)
        frequency_hz[row, part], power[row, part], weight[row, part] = each.frequency_hz, each.power, 1.0
    return all_pole_through(power, frequency_hz=frequency_hz, weight=weight, top_hz=top_hz, order=order)


def _emphasis(frequency_hz: FloatArray) -> FloatArray:
    """Return a gain of power that levels the usual slope of voices, 6 dB per octave above 100 Hz."""
    return _EMPHASIS_HZ**2 + frequency_hz**2


def _levels(samples: FloatArray, rate_hz: int, times_s: FloatArray) -> FloatArray:
    n_window = max(4, round(_NOISE_WINDOW_S * rate_hz))
    centres = np.clip(np.round(times_s * rate_hz), 0, samples.size).astype(np.intp)
    return np.asarray((frames_at(samples, centres, n_window) ** 2 @ hann(n_window)) / n_window)
