"""The flow through the vocal folds: one pulse after another, each of the shape that a quality of voice has."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from stimgen.media.sound import FloatArray

IndexArray = npt.NDArray[np.int64]

# pulses are sampled so much more densely than the sound, as their corners would fold
_OVERSAMPLING = 8
_N_BISECTIONS = 60
RD_RANGE = (0.3, 2.7)


@dataclass(frozen=True, kw_only=True)
class PulseShapes:
    """Pulses of the LF model, times as shares of the pulse.

    Args:
        peak: When the flow is greatest.
        end: When the flow falls fastest (the main excitation).
        return_share: Time constant of the return phase.
        growth: Exponential growth in the open phase.
        decay: Exponential decay in the return phase.
    """

    peak: FloatArray
    end: FloatArray
    return_share: FloatArray
    growth: FloatArray
    decay: FloatArray


@dataclass(frozen=True, kw_only=True)
class GlottalFlow:
    """The voice's source.

    Args:
        derivative: Rate of change of the flow, shape (n_samples,); -1 is the steepest fall of a full pulse.
        openness: How open the glottis is, shape (n_samples,), 0..1.
    """

    derivative: FloatArray
    openness: FloatArray


def pulse_shapes(rd: FloatArray) -> PulseShapes:
    """Return the pulses of the LF model for values of its shape parameter.

    Args:
        rd: Shape parameter Rd, any shape, 0.3 (pressed) over 1 (modal) to 2.7 (breathy).

    References:
        Fant, Liljencrants & Lin 1985, STL-QPSR 26(4):1, A four-parameter model of glottal flow; Fant 1995,
        STL-QPSR 36(2-3):119, The LF-model revisited (how Ra, Rk and Rg follow from Rd).
    """
    ra = 0.01 * (4.8 * rd - 1.0)
    rk = 0.01 * (22.4 + 11.8 * rd)
    rg = rk / (4.0 * (0.11 * rd / (0.5 + 1.2 * rk) - ra))
    peak = 0.5 / rg
    end = peak * (1.0 + rk)
    # decay: the return phase ends at 0 when the pulse ends
    decay = _root(lambda e: e * ra - 1.0 + np.exp(-e * (1.0 - end)), low=1e-3 + 0.0 * rd, high=2.0 / ra)
    # growth: the flow comes back to where it began
    returned = _return_area(1.0 - end, ra, decay)
    growth = _root(
        lambda a: _open_area(a, np.pi / peak, end) - returned, low=-60.0 + 0.0 * rd, high=120.0 + 0.0 * rd
    )
    return PulseShapes(peak=peak, end=end, return_share=ra, growth=growth, decay=decay)


def glottal_flow(
    cycles: FloatArray,
    *,
    rd: FloatArray,
    strength: FloatArray,
    rate_hz: int,
    rest: float,
    alternation: float,
    jitter_percent: float,
    rng: np.random.Generator,
) -> GlottalFlow:
    """Render pulses, one whenever the running phase passes a whole number.

    Args:
        cycles: Running phase of the fundamental, shape (n_samples,), rising.
        rd: Shape parameter, shape (n_samples,), within `RD_RANGE`.
        strength: Steepest fall of the flow, shape (n_samples,), 0 for no pulse; each pulse has
            the strength of the moment at which it begins.
        rate_hz: Sampling rate, Hz.
        rest: Share of each period in which the folds rest closed after the pulse, 0..0.9.
        alternation: How much longer and stronger every second period is than the mean, 0..0.5.
        jitter_percent: Standard deviation of the periods, percent.
        rng: Draws the periods' irregularities.

    Returns:
        The flow, without anything above half the rate.
    """
    n_samples = cycles.shape[0]
    first, last = int(np.ceil(cycles[0] - 1e-9)), int(np.floor(cycles[-1])) + 2
    number = np.arange(first, last + 1)
    swing = np.where(number % 2 == 0, 0.5 * alternation, -0.5 * alternation)
    # a period of 1 + alternation is followed by one of 1 - alternation
    # a period lies between two moments that both move, so its deviation is sqrt(2) times theirs
    phases = number - swing + 0.01 * jitter_percent / np.sqrt(2.0) * rng.standard_normal(number.shape[0])
    starts = np.interp(phases, cycles, np.arange(n_samples), right=np.nan)
    ahead = (phases - cycles[-1]) / (cycles[-1] - cycles[-2]) + n_samples - 1
    starts = np.where(np.isnan(starts), ahead, starts)
    period = np.diff(starts)
    here = np.clip(starts[:-1], 0, n_samples - 1)
    shapes = pulse_shapes(np.interp(here, np.arange(n_samples), rd))
    power = np.interp(here, np.arange(n_samples), strength) * (1.0 + 2.0 * swing[:-1])

    fine = np.arange(n_samples * _OVERSAMPLING) / _OVERSAMPLING
    which = np.clip(np.searchsorted(starts, fine, side="right") - 1, 0, period.shape[0] - 1)
    share = (fine - starts[which]) / ((1.0 - rest) * period[which])
    before = fine < starts[0]
    derivative = np.where(before, 0.0, power[which] * _pulse(share, shapes, which))
    end = shapes.end[which]
    openness = np.where(
        before | (share > end) | (power[which] <= 0.0),
        0.0,
        np.sin(np.pi * np.clip(share / end, 0.0, 1.0)) ** 2,
    )
    return GlottalFlow(
        derivative=np.asarray(resample_poly(derivative, 1, _OVERSAMPLING)), openness=openness[::_OVERSAMPLING]
    )


def _pulse(share: FloatArray, shapes: PulseShapes, which: IndexArray) -> FloatArray:
    peak, end, ra = shapes.peak[which], shapes.end[which], shapes.return_share[which]
    growth, decay = shapes.growth[which], shapes.decay[which]
    early = np.minimum(share, end)
    opening = -np.exp(growth * (early - end)) * np.sin(np.pi * early / peak) / np.sin(np.pi * end / peak)
    late = np.clip(share, end, 1.0)
    returning = -(np.exp(-decay * (late - end)) - np.exp(-decay * (1.0 - end))) / (decay * ra)
    return np.asarray(np.where(share <= end, opening, returning))


def _open_area(growth: FloatArray, omega: FloatArray, end: FloatArray) -> FloatArray:
    # integral of exp(growth (t - end)) sin(omega t) / -sin(omega end) from 0 to end
    sin, cos = np.sin(omega * end), np.cos(omega * end)
    area = (growth * sin - omega * cos + omega * np.exp(-growth * end)) / (growth**2 + omega**2)
    return np.asarray(-area / sin)


def _return_area(long: FloatArray, ra: FloatArray, decay: FloatArray) -> FloatArray:
    left = np.exp(-decay * long)
    return np.asarray(((1.0 - left) / decay - long * left) / (decay * ra))


def _root(function: Callable[[FloatArray], FloatArray], *, low: FloatArray, high: FloatArray) -> FloatArray:
    # halving is slow, but it cannot miss, and there are few pulses
    begins_above = function(low) > 0.0
    for _ in range(_N_BISECTIONS):
        middle = 0.5 * (low + high)
        is_left = (function(middle) > 0.0) == begins_above
        low, high = np.where(is_left, middle, low), np.where(is_left, high, middle)
    return 0.5 * (low + high)
