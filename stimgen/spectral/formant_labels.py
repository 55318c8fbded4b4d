"""Which resonance of a model is which formant: the cheapest path through the frames of a voice."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.all_pole import Resonances
from stimgen.spectral.compiled import compiled

# Least and greatest F1 to F3 of the vowels of men (averages of Peterson & Barney 1952, JASA 24:175, table II),
# and a wide range for F4.
_PLACES_HZ = np.array([[270.0, 730.0], [840.0, 2290.0], [1690.0, 3010.0], [3000.0, 4000.0]])
# Frequencies of shorter tracts, of women and children, are higher by up to this factor.
_TRACTS = (0.9, 1.0, 1.12, 1.25, 1.4)
_LOWEST_HZ = 150.0
_SPREAD = 0.2  # how far outside its range a formant costs 1, in log frequency
_WIDE_HZ, _WIDE_SHARE = 400.0, 0.2  # a bandwidth that costs 1: a constant, and a share of the frequency
_MISSING_COST = 4.0
_SKIP_COST, _SKIP_HZ = 8.0, 250.0  # of passing over a narrow resonance; half as much at this bandwidth
_MOVE_COST = 6.0  # per unit of log frequency from frame to frame
_ABSENT = 12.0  # log frequency of a resonance that a frame lacks


def label_formants(found: Resonances, *, power: FloatArray, n_formants: int) -> FloatArray:
    """Choose a rising set of resonances per frame as the formants of a voice.

    A choice costs little if its resonances are narrow, lie where formants of vowels lie (for the length of
    tract that fits the sound best), move little, and if it passes over no narrow resonance below its highest.
    Faint frames weigh little.

    Args:
        found: Resonances of the frames, shape (n_frames, n_pairs), NaN where absent.
        power: Power of the frames, shape (n_frames,).
        n_formants: How many formants to find, at most 4 and at most the number of pairs.

    Returns:
        Formants, shape (n_frames, n_formants), Hz, rising along each frame, NaN where absent.
    """
    usable = np.nan_to_num(found.frequency_hz) > _LOWEST_HZ
    by_frequency = np.argsort(np.where(usable, found.frequency_hz, np.inf), axis=1)
    frequency_hz = np.take_along_axis(np.where(usable, found.frequency_hz, np.nan), by_frequency, axis=1)
    width_hz = np.take_along_axis(np.where(usable, found.bandwidth_hz, np.nan), by_frequency, axis=1)
    weight = np.sqrt(power / max(float(power.max(initial=0.0)), 1e-300)) + 1e-3
    choices = np.array(list(combinations(range(frequency_hz.shape[1]), n_formants)), dtype=np.int64)
    log_hz = np.log(frequency_hz)
    constant = _width_cost(frequency_hz, width_hz)[:, choices].sum(axis=2) + _skip_cost(width_hz, choices)
    best, least = np.zeros(power.size, dtype=np.int64), np.inf
    for tract in _TRACTS:
        place = _place_cost(log_hz[:, choices], tract * _PLACES_HZ[:n_formants])
        local = (constant + place.sum(axis=2)) * weight[:, None]
        path, total = _cheapest_path(local, np.nan_to_num(log_hz, nan=_ABSENT), choices, weight)
        if total < least:
            best, least = path, total
    return np.asarray(np.take_along_axis(frequency_hz, choices[best], axis=1))


def _width_cost(frequency_hz: FloatArray, width_hz: FloatArray) -> FloatArray:
    cost = width_hz / (_WIDE_HZ + _WIDE_SHARE * frequency_hz)
    return np.asarray(np.nan_to_num(cost, nan=_MISSING_COST))


def _place_cost(log_hz: FloatArray, places_hz: FloatArray) -> FloatArray:
    low, high = np.log(places_hz).T
    outside = np.maximum(np.maximum(low - log_hz, log_hz - high), 0.0)
    return np.asarray(np.nan_to_num((outside / _SPREAD) ** 2))


def _skip_cost(width_hz: FloatArray, choices: npt.NDArray[np.int64]) -> FloatArray:
    """Return what each choice costs for the resonances it passes over, shape (n_frames, n_choices)."""
    per_pair = np.nan_to_num(_SKIP_COST / (1.0 + (width_hz / _SKIP_HZ) ** 2))
    pairs = np.arange(width_hz.shape[1])
    passed = (pairs < choices[:, -1:]) & ~(choices[:, :, None] == pairs).any(axis=1)
    return np.asarray(per_pair @ passed.T.astype(np.float64))


@compiled
def _cheapest_path(
    local: FloatArray, log_hz: FloatArray, choices: npt.NDArray[np.int64], weight: FloatArray
) -> tuple[npt.NDArray[np.int64], float]:
    n_frames, n_choices = local.shape
    origin = np.zeros((n_frames, n_choices), dtype=np.int64)
    total = local[0].copy()
    for frame in range(1, n_frames):
        reached = np.empty(n_choices)
        move_cost = _MOVE_COST * min(weight[frame], weight[frame - 1])
        for choice in range(n_choices):
            best = np.inf
            for previous in range(n_choices):
                cost = total[previous]
                for k in range(choices.shape[1]):
                    moved = log_hz[frame, choices[choice, k]] - log_hz[frame - 1, choices[previous, k]]
                    cost += move_cost * min(abs(moved), 1.0)
                if cost < best:
                    best = cost
                    origin[frame, choice] = previous
            reached[choice] = best + local[frame, choice]
        total = reached
    path = np.zeros(n_frames, dtype=np.int64)
    at = int(np.argmin(total))
    least = total[at]
    for frame in range(n_frames - 1, -1, -1):
        path[frame] = at
        at = origin[frame, at]
    return path, least
