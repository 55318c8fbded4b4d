"""Defects of a rendered wave that no spectral distance shows: clicks, buzz in noise, and echoes before onsets."""

import numpy as np
from scipy import linalg, ndimage, signal

from stimgen.media.sound import FloatArray

_FRAME_S, _HOP_S = 0.040, 0.010
_SHORT_S = 0.001
# A click is shorter than this, and its surroundings reach so far: two periods of the lowest voices.
_CLICK_S, _AROUND_S = 0.002, 0.030
_HIGH_SHARE = 0.7  # of half the rate: a click goes up to there, pulses of voices fall off
_FAINT_DB = -60.0
_BUZZ_LAGS_S = (0.001, 0.025)
_CHANCE = 4.0  # standard deviations that the greatest of some hundred lags reaches in noise
_ONSET_S, _ONSET_GAP_S, _LEAST_ONSET_DB = 0.008, 0.001, 15.0
_SILENCE_DB = -60.0


def click_index(samples: FloatArray, rate_hz: float) -> float | None:
    """Return how far the greatest click sticks out of its surroundings, dB; about 0 to 3 where there is none.

    The sound is predicted linearly (40 ms at a time). What prediction leaves in 1 ms is compared with the
    greatest of what it leaves within 30 ms before and after, but for 2 ms around. Pulses of a voice have such
    neighbours and a slow onset goes on, so neither counts. A burst of a stop, the sudden onset of a tone and
    a lone pulse of creak are clicks too, up to 30 dB, so compare with the sources. The first and last 2 ms
    are not looked at. None below 20 ms and for silence.
    """
    if samples.size < 0.020 * rate_hz or not np.any(samples):
        return None
    high = signal.butter(4, _HIGH_SHARE, "highpass", output="sos")
    left = _energy(signal.sosfiltfilt(high, _prediction_error(samples, rate_hz)), rate_hz, _SHORT_S)
    n_near, n_around = round(_CLICK_S * rate_hz), round(_AROUND_S * rate_hz)
    power = _energy(samples, rate_hz, _FRAME_S)
    floor = float(power.max()) * 10.0 ** (_FAINT_DB / 10.0)
    padded = np.pad(left, n_around)
    widest = ndimage.maximum_filter1d(padded, n_around - n_near)
    middle = (n_around + n_near) // 2
    at = np.arange(left.size) + n_around
    around = np.maximum(widest[at - middle], widest[at + middle])
    inside = slice(n_near, left.size - n_near)
    return float(np.max(10.0 * np.log10((left + floor) / (around + floor))[inside]))


def buzz_index(samples: FloatArray, rate_hz: float) -> float | None:
    """Return how much noise repeats itself or throbs, 0..1; 0 where it does neither beyond chance.

    The greatest correlation at lags of 1 to 25 ms of what linear prediction leaves and of its energy's course,
    less what chance gives in white noise of this length. It means something for sounds without voice alone.
    None below 100 ms and for silence.
    """
    if samples.size < 0.100 * rate_hz or not np.any(samples):
        return None
    error = _prediction_error(samples, rate_hz)
    level = np.sqrt(_energy(error, rate_hz, _HOP_S)) + 1e-12
    even = error / level
    throb = _energy(even, rate_hz, 0.0005)
    return max(_repeats(even, rate_hz, 1.0), _repeats(throb, rate_hz, 0.0005 * rate_hz))


def pre_echo_db(samples: FloatArray, original: FloatArray, rate_hz: float) -> float | None:
    """Return how much less sharply a sound begins than its original, dB; 0 without an echo before the onset.

    Compared is the power in the 8 ms before the steepest onset over that in the 8 ms after it, each in its own
    sound. None where the original has no onset of 15 dB.
    """
    own, true = (_steepest_db(one, rate_hz) for one in (samples, original))
    return None if own is None or true is None or true < _LEAST_ONSET_DB else true - own


def _prediction_error(samples: FloatArray, rate_hz: float) -> FloatArray:
    """Return what linear prediction of order 2 + rate / kHz leaves, shape (n_samples,)."""
    order = 2 + round(rate_hz / 1000.0)
    n_frame, n_hop = round(_FRAME_S * rate_hz), round(_HOP_S * rate_hz)
    padded = np.pad(samples, (n_frame, n_frame))
    window = np.hanning(n_frame + 2)[1:-1]
    error = np.zeros(samples.size)
    for start in range(0, samples.size, n_hop):
        centre = n_frame + start + n_hop // 2
        frame = padded[centre - n_frame // 2 :][:n_frame] * window
        correlation = signal.correlate(frame, frame, "full", "fft")[n_frame - 1 :][: order + 1]
        if correlation[0] <= 1e-20:
            continue
        correlation[0] *= 1.0 + 1e-7
        predictor = linalg.solve_toeplitz(correlation[:-1], correlation[1:])
        stretch = padded[n_frame + start - order :][: n_hop + order]
        left = np.convolve(stretch, np.concatenate([[1.0], -predictor]), "valid")
        stop = min(start + n_hop, samples.size)
        error[start:stop] = left[: stop - start]
    return error


def _energy(samples: FloatArray, rate_hz: float, window_s: float) -> FloatArray:
    """Return the mean power in windows around every sample, shape (n_samples,)."""
    return np.maximum(
        ndimage.uniform_filter1d(samples**2, max(1, round(window_s * rate_hz)), mode="constant"), 0.0
    )


def _repeats(course: FloatArray, rate_hz: float, n_dependent: float) -> float:
    """Return the greatest correlation with itself at the lags, less what independent values reach by chance."""
    centred = course - course.mean()
    first, last = (round(lag_s * rate_hz) for lag_s in _BUZZ_LAGS_S)
    last = min(last, centred.size // 3)
    correlation = signal.correlate(centred, centred, "full", "fft")[centred.size - 1 :]
    lags = np.arange(first, last + 1)
    at_lags = correlation[lags] / (correlation[0] * (1.0 - lags / centred.size))
    chance = _CHANCE * np.sqrt(max(n_dependent, 1.0) / centred.size)
    return float(max(np.max(at_lags) - chance, 0.0))


def _steepest_db(samples: FloatArray, rate_hz: float) -> float | None:
    """Return by how much power rises at the steepest onset, dB; None without an onset.

    An onset is where the power of 1 ms comes within 10 dB of the greatest of the next 30 ms, so that an echo
    before it is not taken for it.
    """
    n, n_gap, n_next = (round(span_s * rate_hz) for span_s in (_ONSET_S, _ONSET_GAP_S, _AROUND_S))
    if samples.size < 3 * n or not np.any(samples):
        return None
    fine = _energy(samples, rate_hz, _SHORT_S)
    # the filter is centred, so it is shifted to reach from here to 30 ms later
    coming = ndimage.maximum_filter1d(fine, n_next, origin=-(n_next // 2), mode="constant")
    is_near = (fine > 0.1 * coming) & (coming > 0.01 * fine.max())
    onsets = np.flatnonzero(is_near[1:] & ~is_near[:-1]) + 1
    onsets = onsets[(onsets >= n + n_gap) & (onsets <= samples.size - n)]
    if not onsets.size:
        return None
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    floor = n * float(fine.max()) * 10.0 ** (_SILENCE_DB / 10.0)
    after = total[onsets + n] - total[onsets] + floor
    before = total[onsets - n_gap] - total[onsets - n_gap - n] + floor
    return float(np.max(10.0 * np.log10(after / before)))
