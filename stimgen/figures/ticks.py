"""Round tick values and short numbers for axes that are drawn by hand."""

import re

import numpy as np

from stimgen.figures.fonts import text_width_in
from stimgen.figures.spectrogram import FrequencyAxis
from stimgen.media.sound import FloatArray

_FREQUENCIES_APART_IN = 0.15
_MINUS = "\N{MINUS SIGN}"


def round_ticks(
    low: float, high: float, *, length_in: float, apart_in: float, whole: bool = False
) -> list[float]:
    """Return the round values of an axis: as many as stand far enough apart.

    Args:
        low: Where the axis begins.
        high: Where it ends, above `low`.
        length_in: Length of the axis, inches.
        apart_in: Smallest distance of two ticks, inches.
        whole: Whether only whole numbers will do.

    Returns:
        Multiples of 1, 2 or 5 times a power of ten.

    Examples:
        >>> round_ticks(0.0, 0.74, length_in=4.0, apart_in=1.0)
        [0.0, 0.2, 0.4, 0.6]
        >>> round_ticks(-28.9, 2.0, length_in=1.5, apart_in=0.25)
        [-20.0, -10.0, 0.0]
    """
    finest = (high - low) * apart_in / length_in
    power = 10.0 ** np.floor(np.log10(finest))
    if whole:
        power = max(power, 1.0)
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= finest * (1 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def short_number(value: float, *, n_digits: int = 4) -> str:
    """Write a number with at most so many digits, no needless zeros and a real minus sign.

    Examples:
        >>> short_number(0.5), short_number(-26.0), short_number(1 / 3)
        ('0.5', '−26', '0.3333')
    """
    text = f"{value:.{n_digits}g}"
    return text.replace("-", _MINUS)


def signed(value: float, *, n_decimals: int = 1) -> str:
    """Write a number with so many decimals and a real minus sign.

    Examples:
        >>> signed(-8.25, n_decimals=2)
        '−8.25'
    """
    return f"{value:.{n_decimals}f}".replace("-", _MINUS)


def with_minus_signs(text: str) -> str:
    """Put real minus signs before the numbers of a sentence; hyphens within names stay.

    Examples:
        >>> with_minus_signs("noise floor -62 dBFS in dog-2.wav (-8)")
        'noise floor −62 dBFS in dog-2.wav (−8)'
    """
    return re.sub(r"(?<![^\s(])-(?=\d)", _MINUS, text)


def duration_text(duration_s: float) -> str:
    """Write a duration in the unit that suits it.

    Examples:
        >>> duration_text(0.0215), duration_text(0.744), duration_text(59.99)
        ('21.5 ms', '744 ms', '60 s')
    """
    if duration_s < 0.9995:
        return f"{duration_s * 1000:.3g} ms"
    return f"{duration_s:.3g} s"


def frequency_ticks_hz(axis: FrequencyAxis, *, height_in: float) -> list[float]:
    """Return round frequencies that stand far enough apart, Hz: even ones if linear, octaves if mel.

    On a mel axis octaves grow wider upwards, so it is the lowest ones that are left out; where hardly any
    would be left, every second or third octave is taken.

    Examples:
        >>> frequency_ticks_hz(FrequencyAxis(scale="mel", highest_hz=4000.0), height_in=1.1)
        [0.0, 500.0, 1000.0, 2000.0, 4000.0]
    """
    if axis.scale == "linear":
        return round_ticks(0.0, axis.highest_hz, length_in=height_in, apart_in=_FREQUENCIES_APART_IN)
    every_octave_hz: FloatArray = 1000.0 * 2.0 ** np.arange(-2.0, 8.0)
    for n_octaves in (1, 2, 3):
        ticks_hz = every_octave_hz[every_octave_hz <= axis.highest_hz * 1.001][::n_octaves]
        heights_in = axis.height(ticks_hz) * height_in
        apart_in = np.diff(heights_in, append=np.inf)
        near = np.flatnonzero(np.minimum(heights_in, apart_in) < _FREQUENCIES_APART_IN)
        ticks_hz = ticks_hz[near[-1] + 1 :] if near.size else ticks_hz
        if ticks_hz.size >= 2:
            break
    return [0.0, *ticks_hz.tolist()]


def position_text(position: float, *, width_in: float, size_pt: float) -> str:
    """Write a position with three decimals if they fit, else with two, one or none.

    Examples:
        >>> position_text(0.3127, width_in=1.0, size_pt=9.0), position_text(0.3127, width_in=0.3, size_pt=9.0)
        ('0.313', '0.31')
        >>> position_text(0.5, width_in=1.0, size_pt=9.0)
        '0.5'
    """
    for n_decimals in (3, 2, 1):
        text = short_number(round(position, n_decimals) + 0.0)
        if text_width_in(text, size_pt=size_pt) <= width_in:
            return text
    return short_number(round(position))
