"""Mean luminance and contrast of a set made equal, at a target that fits all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stimgen.calibration.match_settings import MatchSettings
from stimgen.calibration.relight import Lit, Relit
from stimgen.errors import PictureError
from stimgen.media.sound import FloatArray

MEAN_TOLERANCE, CONTRAST_TOLERANCE = 0.001, 0.005
# Rounding and clipping shift what is achieved; the aim is moved until it is well within tolerance. Pictures of few
# levels answer in jumps, so the aim moves by a part of the miss only once the first move has not been enough.
_CLOSE_ENOUGH = 0.3
_MOVES = (1.0, 0.5, 0.5, 0.35)


@dataclass(frozen=True, kw_only=True, eq=False)
class Aim:
    """What luminances a set is to have.

    Args:
        wanted: New luminances of each picture inside its mask, shape (n_inside,), before rounding.
        asked_mean: Mean that was asked for.
        asked_contrast: Standard deviation that was asked for, None where it is left as it comes.
        mean: Mean that fits the set.
        contrast: Standard deviation that fits the set.
        is_contrast_matched: Whether every picture is to have that standard deviation, or only their mean does.
        correct: How a picture that misses because of rounding or clipping is brought there: by another gain, by
            another gain and offset, or not at all.
        n_tied: Per picture, pixels ordered by their place alone.
    """

    wanted: Sequence[FloatArray]
    asked_mean: float | None
    asked_contrast: float | None
    mean: float | None
    contrast: float | None
    is_contrast_matched: bool = True
    correct: Literal["gain", "line", "nothing"] = "nothing"
    n_tied: Sequence[int] = ()


def aim_at_mean(lits: Sequence[Lit], chosen: MatchSettings) -> Aim:
    """Multiply the light of every picture so that all have one mean; contrast relative to the mean stays.

    If a colour or a white would go out of range in more than `most_clipped` of a picture, the mean of the whole set is
    lowered until it fits everywhere.

    Raises:
        PictureError: If a picture is black.
    """
    means = [float(lit.luminance.mean()) for lit in lits]
    for lit, mean in zip(lits, means, strict=True):
        if mean <= 0.0:
            raise PictureError(
                f"the picture {lit.picture.name!r} is black: no gain gives it light; leave it out"
            )
    asked = chosen.mean_luminance or float(np.mean(means))
    room = [
        mean / _but_for_few(lit.brightest_channel, chosen.most_clipped)
        for lit, mean in zip(lits, means, strict=True)
    ]
    target = min(asked, *room)
    wanted = [lit.luminance * (target / mean) for lit, mean in zip(lits, means, strict=True)]
    return Aim(
        wanted=wanted, asked_mean=asked, asked_contrast=None, mean=target, contrast=None, correct="gain"
    )


def aim_at_contrast(lits: Sequence[Lit], chosen: MatchSettings) -> Aim:
    """Stretch and shift the luminances of every picture so that all have one mean and one standard deviation.

    If more than `most_clipped` of a picture would be below black or above white, the contrast of the whole set is
    lowered until it fits everywhere; the mean stays.

    Raises:
        PictureError: If a picture has no contrast.
    """
    means, deviations = ([float(f(lit.luminance)) for lit in lits] for f in (np.mean, np.std))
    for lit, deviation in zip(lits, deviations, strict=True):
        if deviation <= 1e-9:
            raise PictureError(
                f"the picture {lit.picture.name!r} has one luminance all over: no gain gives it contrast; leave it out"
            )
    scores = [
        (lit.luminance - mean) / deviation
        for lit, mean, deviation in zip(lits, means, deviations, strict=True)
    ]
    asked_mean = chosen.mean_luminance or float(np.mean(means))
    asked = chosen.rms_contrast or float(np.mean(deviations))
    target = asked * largest_scale([asked * score for score in scores], asked_mean, chosen)
    return Aim(
        wanted=[asked_mean + target * score for score in scores],
        asked_mean=asked_mean,
        asked_contrast=asked,
        mean=asked_mean,
        contrast=target,
        correct="line",
    )


def largest_scale(departures: Sequence[FloatArray], mean: float, chosen: MatchSettings) -> float:
    """Return the largest factor, at most 1, with which mean + factor x departure fits every picture.

    Half of `most_clipped` may be below black, half above white.
    """
    few, scale = chosen.most_clipped / 2.0, 1.0
    for departure in departures:
        up, down = _but_for_few(departure, few), _but_for_few(-departure, few)
        scale = min(scale, (1.0 - mean) / up if up > 0.0 else 1.0, mean / down if down > 0.0 else 1.0)
    return scale


def carry_out(lit: Lit, wanted: FloatArray, aim: Aim) -> Relit:
    """Give a picture its luminances; where rounding keeps it off the target, dither it.

    A picture of few levels, a flat one above all, has each level rounded the same way everywhere, which may shift its
    mean by half a step.
    """
    if aim.mean is None:
        return lit.rounded()
    if aim.correct == "nothing":
        return lit.relight(wanted, adds_grey=True)
    best = _approached(lit, wanted, aim, is_dithered=False)
    if _miss(best, aim) <= 1.0:
        return best
    return min(best, _approached(lit, wanted, aim, is_dithered=True), key=lambda one: _miss(one, aim))


def _approached(lit: Lit, wanted: FloatArray, aim: Aim, *, is_dithered: bool) -> Relit:
    """Give a picture its luminances, and again with another aim while rounding or clipping keep it off the target."""
    # a gain is more light of the same colour, all else brings stray light
    adds_grey = aim.correct != "gain"
    best = relit = lit.relight(wanted, is_dithered=is_dithered, adds_grey=adds_grey)
    for share in _MOVES:
        if _miss(best, aim) < _CLOSE_ENOUGH:
            break
        wanted = _corrected(wanted, relit, aim, share=share)
        relit = lit.relight(wanted, is_dithered=is_dithered, adds_grey=adds_grey)
        best = min(best, relit, key=lambda one: _miss(one, aim))
    return best


def _corrected(wanted: FloatArray, relit: Relit, aim: Aim, *, share: float) -> FloatArray:
    """Return luminances that make up for a share of what the last ones missed."""
    mean, deviation = float(relit.luminance.mean()), float(relit.luminance.std())
    if aim.mean is None or mean <= 0.0:
        return wanted
    if aim.correct == "gain" or aim.contrast is None or deviation <= 0.0:
        return np.asarray(wanted * (aim.mean / mean) ** share)
    centre = float(wanted.mean())
    stretch = (aim.contrast / deviation) ** share
    return np.asarray(centre + share * (aim.mean - mean) + stretch * (wanted - centre))


def _miss(relit: Relit, aim: Aim) -> float:
    """Return how far a picture is off its target, 1 where it just fails."""
    miss = abs(float(relit.luminance.mean()) / (aim.mean or 1.0) - 1.0) / MEAN_TOLERANCE
    if aim.contrast is None:
        return miss
    return max(miss, abs(float(relit.luminance.std()) / aim.contrast - 1.0) / CONTRAST_TOLERANCE)


def _but_for_few(values: FloatArray, share: float) -> float:
    """Return the greatest value once the greatest few are left out."""
    place = values.size - 1 - int(share * values.size)
    return float(np.partition(values, place)[place])
