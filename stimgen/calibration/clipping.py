"""Flat tops: samples that were cut off at a ceiling, wherever the ceiling now lies."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray

BoolArray = npt.NDArray[np.bool_]

SHORTEST_RUN = 3
# 0: the samples at the ceiling are equal; 2: dither or a second rounding has moved them since
_LEEWAY_STEPS = (0, 2)
# a rounded parabola falls by the square of the distance; peaks of real sounds are up to this much flatter
_FLATTER_THAN_PARABOLA = 3.0
# of the range of the sound: flanks this high on both sides belong to a square wave or a pulse
_JUMP_SHARE = 0.45
# below the highest value of 8-bit files a lone run of three is chance: noise at a low level has some
_FULL_SCALE = 127 / 128
_MAX_SAMPLES_FOR_STEP = 50_000


@dataclass(frozen=True, kw_only=True)
class Clipping:
    """How much of a sound lies at a ceiling.

    Args:
        n_samples: Samples in flat tops.
        n_runs: Flat tops: runs of at least 3 samples at the highest or at the lowest value.
    """

    n_samples: int
    n_runs: int


def find_clipping(samples: FloatArray) -> Clipping:
    """Count the flat tops at the highest and at the lowest value of a sound.

    The ceiling need not be full scale: a recording that was clipped and then turned down has it lower. A run
    counts where the sound leaves it far more steeply than a smooth peak that only rounding made flat: over a
    smooth peak the samples fall with the square of the distance from its middle, so that a run of n equal
    samples may have lost one step of rounding within it and about (d / (n - 1))² steps d half samples away.
    A lone run of three is left out as chance unless it lies at full scale.
    A run that is entered and left by jumps of about half the range or more is a square wave or a pulse.

    Args:
        samples: Amplitude, shape (n_samples,).

    Examples:
        >>> sine = np.sin(2 * np.pi * 0.01 * np.arange(1000))
        >>> find_clipping(0.5 * np.clip(sine, -0.8, 0.8)).n_runs
        20
        >>> find_clipping(sine).n_runs
        0
    """
    step = _rounding_step(samples)
    flat = np.zeros(samples.shape[0], dtype=np.bool_)
    for upside in (samples, -samples):
        # the smallest leeway that finds the most tops: more of it would take in their flanks
        flat |= max(
            (_flat_tops(upside, step=step, leeway=leeway) for leeway in _LEEWAY_STEPS), key=_count_runs
        )
    n_samples, n_runs = int(flat.sum()), _count_runs(flat)
    peak = float(np.abs(samples).max(initial=0.0))
    if n_samples <= SHORTEST_RUN and peak < _FULL_SCALE:
        return Clipping(n_samples=0, n_runs=0)
    return Clipping(n_samples=n_samples, n_runs=n_runs)


def _count_runs(flat: BoolArray) -> int:
    return int(np.count_nonzero(np.diff(np.r_[False, flat].astype(np.int8)) > 0))


def _rounding_step(samples: FloatArray) -> float:
    """Return the least distance between two loud values: encodings such as mu-law are coarser there."""
    magnitudes = np.abs(samples)
    loud = samples[magnitudes >= 0.5 * magnitudes.max(initial=0.0)]
    values = np.unique(np.abs(loud[:_MAX_SAMPLES_FOR_STEP]))
    return float(np.diff(values).min()) if values.size > 1 else 0.0


def _flat_tops(samples: FloatArray, *, step: float, leeway: int) -> BoolArray:
    """Return which samples lie in flat tops at the highest value, shape (n_samples,)."""
    flat = np.zeros(samples.shape[0], dtype=np.bool_)
    highest = float(samples.max(initial=-np.inf))
    # half a step more, so that sums of floats do not decide
    near = np.r_[False, samples >= highest - (leeway + 0.5) * step, False]
    starts, stops = np.flatnonzero(~near[:-1] & near[1:]), np.flatnonzero(near[:-1] & ~near[1:])
    # at an end of the sound one flank is missing
    inside = (stops - starts >= SHORTEST_RUN) & (starts > 0) & (stops < samples.shape[0])
    for start, stop in zip(starts[inside], stops[inside], strict=True):
        if _is_cut_off(samples, int(start), int(stop), loss=step * (leeway + 1)):
            flat[start:stop] = True
    return flat


def _is_cut_off(samples: FloatArray, start: int, stop: int, *, loss: float) -> bool:
    """Return whether a run falls off faster than rounding alone explains, and not by jumps."""
    n_run = stop - start
    reach = (n_run + 1) // 2
    before, after = max(0, start - reach), min(samples.shape[0] - 1, stop - 1 + reach)
    top = float(samples[start])
    fall = 0.5 * (2 * top - float(samples[before]) - float(samples[after]))
    natural = loss * ((n_run - 1 + 2 * reach) / (n_run - 1)) ** 2
    jump = min(top - float(samples[start - 1]), top - float(samples[stop]))
    return fall > _FLATTER_THAN_PARABOLA * natural and jump < _JUMP_SHARE * float(np.ptp(samples))
