"""The trace that raising a rate by straight lines, by holding samples or by cubics leaves between samples."""

import numpy as np
from scipy import fft

from stimgen.media.sound import FloatArray

_LONGEST_SAMPLES = 1 << 17
# natural sounds reached 0.04 at the rates asked for (0.11 a harmonic tone); straight lines give 0.15 to 1
TRACE_SHARE = 0.12
# several multiples of the old rate show: the lowest that reaches this share of the strongest is it
_MULTIPLE_SHARE = 0.5
# at R - r the trace of the rate r is mirrored; from half the rate downwards straight lines give this and more
_LOWER_OF_MIRRORED_SHARE = 0.45
# of the power of the second differences within 1 % of one frequency: more is a tone, which makes its own line
_TONE_SHARE = 0.3
_TONE_WIDTH = 0.01


def interpolated_from_hz(samples: FloatArray, *, rate_hz: int, rates_hz: tuple[int, ...]) -> int | None:
    """Name the rate from which a sound was brought to its own by simple interpolation.

    Between two old samples straight lines and cubics bend less than at them, so that the size of the second
    difference goes up and down at the old rate: its spectrum has a line there. Tones have such lines of
    their own; where one tone makes up most of the second difference nothing is said.

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
    bends = np.diff(_loudest_stretch(samples), 2)
    sizes = np.abs(bends)
    if not rates_hz or bends.shape[0] < 2 or sizes.sum() <= 0.0 or _tone_share(bends) > _TONE_SHARE:
        return None
    cycles = np.outer(np.array(rates_hz) / rate_hz, np.arange(sizes.shape[0]))
    lines = dict(zip(rates_hz, np.abs(np.exp(-2j * np.pi * cycles) @ sizes) / sizes.sum(), strict=True))
    strongest = max(lines.values())
    if strongest < TRACE_SHARE:
        return None
    found = next(rate for rate, line in lines.items() if line >= _MULTIPLE_SHARE * strongest)
    mirrored = rate_hz - found
    if mirrored > found and mirrored in lines and lines[found] < _LOWER_OF_MIRRORED_SHARE:
        return mirrored
    return found


def _loudest_stretch(samples: FloatArray) -> FloatArray:
    """Return up to 131072 samples around where the sound is loudest."""
    n_quarter = _LONGEST_SAMPLES // 4
    if samples.shape[0] <= _LONGEST_SAMPLES:
        return samples
    energy = np.add.reduceat(samples**2, np.arange(0, samples.shape[0] - n_quarter, n_quarter))
    start = min(int(np.argmax(energy)) * n_quarter, samples.shape[0] - _LONGEST_SAMPLES)
    return samples[start : start + _LONGEST_SAMPLES]


def _tone_share(bends: FloatArray) -> float:
    """Return the share of the power within 1 % of the frequency with the most of it."""
    power = np.abs(fft.rfft(bends * np.hanning(bends.shape[0] + 2)[1:-1])) ** 2
    loudest = int(np.argmax(power))
    reach = max(2, round(_TONE_WIDTH * loudest))
    return float(power[max(0, loudest - reach) : loudest + reach + 1].sum() / power.sum())
