"""The trace that raising a rate by straight lines, by holding samples or by cubics leaves between samples."""

import numpy as np
from scipy import fft

from stimgen.media.sound import FloatArray

_LONGEST_SAMPLES, _FEWEST_SAMPLES = 1 << 17, 64
# Orders of the differences: the first shows held samples, the second straight lines and cubics. With each the
# share up to which a line can be the mirror image, at R - r, of that of the rate r: held samples give 1 from a
# third or a quarter and 0.5 or less from two thirds or three quarters of R, straight lines 0.45 from half downwards.
_MIRRORED_BELOW = {1: 0.75, 2: 0.45}
# natural sounds whose line stands out reached 0.04; cubics give 0.05 to 0.5, straight lines 0.15 to 1, held 0.3 to 1
TRACE_SHARE = 0.08
# over the root of the number of samples: three times what the sizes in white noise scatter by
_CHANCE_SHARE = 3.0
# one click outweighs all of a quiet sound: the few largest differences count no more than the rest
_LARGEST_PERCENTILE = 99.0
# in steps of the rounding: straight slopes rounded to 16 bit bend by one or two, in patterns that have lines
_FEWEST_STEPS = 4
# A pulse train has lines at every multiple of its pitch, one as high as the next (1.0 at most was found); the
# line of interpolation stands alone, 1.4 to 10 times above all around it.
STANDING_OUT = 1.25
# where to look for others: far enough for pitches of up to 4 kHz, but not as far as what surrounds 0 Hz
_NEAREST_HZ, _FARTHEST_HZ, _FARTHEST_SHARE = 60.0, 4500.0, 0.5
_WINDOW_BINS = 2.5
_N_MULTIPLES = 12
# several multiples of the old rate show: the lowest that reaches this share of the strongest is it
_MULTIPLE_SHARE = 0.5
# of the power of the differences within 1 % of one frequency: more is a tone, which makes its own line
_TONE_SHARE = 0.3
_TONE_WIDTH = 0.01


def interpolated_from_hz(samples: FloatArray, *, rate_hz: int, rates_hz: tuple[int, ...]) -> int | None:
    """Name the rate from which a sound was brought to its own by simple interpolation.

    Held samples stay where they are between two old samples, and straight lines and cubics bend less there
    than at them, so that the size of the first or of the second difference goes up and down at the old rate:
    its spectrum has a line there. Tones have such lines of their own; where one tone makes up most of the
    difference nothing is said. Nor is anything said of a line among others as high, as trains of pulses have.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        rates_hz: The old rates to look for, Hz, ascending.

    Returns:
        One of `rates_hz`; None where there is no such line.

    References:
        Gallagher 2005, Detection of linear and cubic interpolation in JPEG compressed images, 2nd Canadian
        Conference on Computer and Robot Vision.

    Examples:
        >>> slow = np.random.default_rng(0).normal(size=400)
        >>> fast = np.interp(np.arange(0, 399, 8000 / 22050), np.arange(400), slow)
        >>> interpolated_from_hz(fast, rate_hz=22050, rates_hz=(8000, 11025, 16000))
        8000
    """
    if not rates_hz or samples.shape[0] < _FEWEST_SAMPLES:
        return None
    loudest = _loudest_stretch(samples)
    for order, mirrored_below in _MIRRORED_BELOW.items():
        differences = np.diff(loudest, order)
        found = _rate_of_line(differences, rate_hz=rate_hz, rates_hz=rates_hz, mirrored_below=mirrored_below)
        if found is not None:
            return found
    return None


def _rate_of_line(
    differences: FloatArray, *, rate_hz: int, rates_hz: tuple[int, ...], mirrored_below: float
) -> int | None:
    """Return the old rate at which the size of the differences goes up and down, if it does."""
    if not differences.any() or _tone_share(differences) > _TONE_SHARE:
        return None
    sizes = np.abs(differences)
    largest = float(np.percentile(sizes, _LARGEST_PERCENTILE))
    if largest < _FEWEST_STEPS * sizes[sizes > 0.0].min():
        return None
    sizes = np.minimum(sizes, largest)
    spectrum, bin_hz = _spectrum(sizes, rate_hz=rate_hz)
    lines = {rate: float(spectrum[round(_folded(rate, rate_hz) / bin_hz)]) for rate in rates_hz}
    strongest = max(lines.values())
    if strongest < max(TRACE_SHARE, _CHANCE_SHARE / np.sqrt(sizes.shape[0])):
        return None
    found = next(rate for rate, line in lines.items() if line >= _MULTIPLE_SHARE * strongest)
    around = _highest_around(spectrum, found, rate_hz=rate_hz, bin_hz=bin_hz, n_sizes=sizes.shape[0])
    if lines[found] < STANDING_OUT * around:
        return None
    mirrored = rate_hz - found
    return mirrored if mirrored in lines and lines[found] < mirrored_below else found


def _folded(frequency_hz: float, rate_hz: int) -> float:
    """Return where a frequency shows between 0 Hz and half the sampling rate."""
    return abs(frequency_hz - rate_hz * round(frequency_hz / rate_hz))


def _spectrum(sizes: FloatArray, *, rate_hz: int) -> tuple[FloatArray, float]:
    """Return the spectrum of the sizes through a Hann window as shares of that at 0 Hz, and its bins' distance."""
    windowed = sizes * np.hanning(sizes.shape[0] + 2)[1:-1]
    n_fft = 2 * fft.next_fast_len(sizes.shape[0], real=True)
    return np.abs(fft.rfft(windowed, n_fft)) / windowed.sum(), rate_hz / n_fft


def _highest_around(
    spectrum: FloatArray, found_hz: int, *, rate_hz: int, bin_hz: float, n_sizes: int
) -> float:
    """Return the highest of the spectrum around a line, leaving out the line and all that is a multiple of it."""
    bins_hz = np.arange(spectrum.shape[0]) * bin_hz
    nearest_hz = max(_NEAREST_HZ, _WINDOW_BINS * rate_hz / n_sizes)
    line_hz = _folded(found_hz, rate_hz)
    farthest_hz = max(min(_FARTHEST_HZ, _FARTHEST_SHARE * line_hz), 2.0 * nearest_hz)
    around = np.abs(bins_hz - line_hz) <= farthest_hz
    for multiple in range(_N_MULTIPLES + 1):
        around &= np.abs(bins_hz - _folded(multiple * found_hz, rate_hz)) > nearest_hz
    return float(spectrum[around].max(initial=0.0))


def _loudest_stretch(samples: FloatArray) -> FloatArray:
    """Return up to 131072 samples around where the sound is loudest."""
    n_quarter = _LONGEST_SAMPLES // 4
    if samples.shape[0] <= _LONGEST_SAMPLES:
        return samples
    energy = np.add.reduceat(samples**2, np.arange(0, samples.shape[0] - n_quarter, n_quarter))
    start = min(int(np.argmax(energy)) * n_quarter, samples.shape[0] - _LONGEST_SAMPLES)
    return samples[start : start + _LONGEST_SAMPLES]


def _tone_share(differences: FloatArray) -> float:
    """Return the share of the power within 1 % of the frequency with the most of it."""
    power = np.abs(fft.rfft(differences * np.hanning(differences.shape[0] + 2)[1:-1])) ** 2
    loudest = int(np.argmax(power))
    reach = max(2, round(_TONE_WIDTH * loudest))
    return float(power[max(0, loudest - reach) : loudest + reach + 1].sum() / power.sum())
