"""Formants of a voice, followed through time, as the anchors between which its envelope is stretched."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.displacement import gaussian_smooth

# Where formants of a tract of 17 cm usually are (Fant 1960, Acoustic Theory of Speech Production).
_NOMINAL_HZ = np.array([500.0, 1450.0, 2500.0, 3500.0])
_TOP_HZ = 5500.0
_ORDER_PER_HZ = 12.0 / 5500.0
_N_BINS = 256
_N_CANDIDATES = 6
_LOWEST_HZ = 150.0
_WIDEST_HZ = 700.0
_NOMINAL_COST = 1.5  # per unit of log frequency
_WIDTH_COST = 1.0 / 500.0  # per Hz of bandwidth
_MOVE_COST = 8.0  # per unit of log frequency, at 5 ms frames
_EMPHASIS_HZ = 100.0
_WHITE = 1e-5
_SMOOTHING_S = 0.010
_BEND_HZ = 100.0


def track_formants(
    log_power: FloatArray, *, grid_hz: FloatArray, weight: FloatArray, frame_step_s: float
) -> FloatArray:
    """Follow the first four formants (three below 4.5 kHz half rate) through smooth envelopes of speech.

    Each frame's envelope up to 5.5 kHz gives an all-pole model; the candidates are its resonances. The tracks
    are the path of ordered candidates that are narrow, move little, and stay near where formants usually are.

    Args:
        log_power: Natural log of the power envelope, shape (n_frames, n_points).
        grid_hz: Frequencies of the points, shape (n_points,), Hz.
        weight: How much each frame counts (its voicing), shape (n_frames,), 0..1.
        frame_step_s: Distance of frames, s.

    Returns:
        Formants, shape (n_frames, n_formants), Hz, rising along each frame.

    References:
        Makhoul 1975, Linear prediction: a tutorial review, Proceedings of the IEEE 63 (selective linear
        prediction); Talkin 1987, Speech formant trajectory estimation using dynamic programming, JASA 82 S55.
    """
    top_hz = min(_TOP_HZ, float(grid_hz[-1]))
    nominal_hz = _NOMINAL_HZ[: 4 if top_hz >= 4500.0 else 3]
    frequency_hz, bandwidth_hz = _resonances(log_power, grid_hz, top_hz, nominal_hz)
    chosen = np.array(list(combinations(range(frequency_hz.shape[1]), nominal_hz.size)), dtype=np.int64)
    local = _WIDTH_COST * bandwidth_hz[:, chosen] + _NOMINAL_COST * np.abs(
        np.log(frequency_hz[:, chosen] / nominal_hz)
    )
    local_cost = local.sum(axis=2) * (weight[:, None] + 1e-2)

    path = _cheapest_path(local_cost, np.log(frequency_hz), chosen, _MOVE_COST * 0.005 / frame_step_s)
    tracks = np.take_along_axis(np.log(frequency_hz), chosen[path.astype(np.int64)], axis=1)
    return np.asarray(np.exp(gaussian_smooth(tracks, width=_SMOOTHING_S / frame_step_s, axis=0)))


def anchor_maps(anchors_a_hz: FloatArray, anchors_b_hz: FloatArray, *, grid_hz: FloatArray) -> FloatArray:
    """Return the frequency of b for each frequency of a, given frequencies that belong together.

    Between anchors, and between the outermost and 0 or half the rate, log(f + 100 Hz) is stretched evenly.

    Args:
        anchors_a_hz: Frequencies in a, shape (n_frames, n_anchors), Hz, rising along each frame.
        anchors_b_hz: Their partners in b, the same shape and unit.
        grid_hz: Frequencies of the points, shape (n_points,), Hz.

    Returns:
        Frequencies in b, shape (n_frames, n_points), Hz, rising along each frame from 0 to half the rate.

    Raises:
        ShapeError: If the anchors of a and b differ in shape.
    """
    if anchors_a_hz.shape != anchors_b_hz.shape:
        raise ShapeError(
            f"anchors must come in pairs, got shapes {anchors_a_hz.shape} and {anchors_b_hz.shape}"
        )
    axis, top = np.log1p(grid_hz / _BEND_HZ), float(np.log1p(grid_hz[-1] / _BEND_HZ))
    maps = np.empty((anchors_a_hz.shape[0], grid_hz.size))
    for frame, (in_a, in_b) in enumerate(
        zip(np.log1p(anchors_a_hz / _BEND_HZ), np.log1p(anchors_b_hz / _BEND_HZ), strict=True)
    ):
        maps[frame] = np.interp(
            axis, np.concatenate([[0.0], in_a, [top]]), np.concatenate([[0.0], in_b, [top]])
        )
    return np.asarray(_BEND_HZ * np.expm1(maps))


def _resonances(
    log_power: FloatArray, grid_hz: FloatArray, top_hz: float, nominal_hz: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return frequencies and bandwidths of candidates, shape (n_frames, n_candidates) each, Hz, rising.

    Where a frame has fewer, the nominal formants stand in, as wide as the widest.
    """
    order = int(round(_ORDER_PER_HZ * top_hz))
    roots = np.linalg.eigvals(_companions(_predictors(log_power, grid_hz, top_hz, order)))
    frequency_hz = np.asarray(np.angle(roots) * top_hz / np.pi, dtype=np.float64)
    bandwidth_hz: FloatArray = -np.log(np.maximum(np.abs(roots), 1e-9)) * 2.0 * top_hz / np.pi
    usable = (frequency_hz > _LOWEST_HZ) & (frequency_hz < 0.98 * top_hz) & (bandwidth_hz < _WIDEST_HZ)
    rank: FloatArray = np.where(usable, frequency_hz, np.inf)
    order_by = np.argsort(rank, axis=1)[:, :_N_CANDIDATES]
    frequency_hz = np.asarray(np.take_along_axis(rank, order_by, axis=1), dtype=np.float64)
    bandwidth_hz = np.asarray(np.take_along_axis(bandwidth_hz, order_by, axis=1), dtype=np.float64)
    missing = ~np.isfinite(frequency_hz)
    return _filled(
        frequency_hz, np.where(missing, 1.5 * _WIDEST_HZ, bandwidth_hz), missing, nominal_hz, top_hz
    )


def _filled(
    frequency_hz: FloatArray,
    bandwidth_hz: FloatArray,
    missing: npt.NDArray[np.bool_],
    nominal_hz: FloatArray,
    top_hz: float,
) -> tuple[FloatArray, FloatArray]:
    """Put the nominal formants farthest from any candidate in the missing places, and sort by frequency."""
    spare_hz = np.concatenate([nominal_hz, np.linspace(0.9, 0.99, frequency_hz.shape[1]) * top_hz])
    distance = np.abs(np.log(spare_hz[:, None] / np.where(missing, 1.0, frequency_hz)[:, None, :]))
    nearest = np.where(missing[:, None, :], np.inf, distance).min(axis=2)
    by_distance = spare_hz[np.argsort(-nearest, axis=1, kind="stable")]
    which = np.maximum(np.cumsum(missing, axis=1) - 1, 0)
    frequency_hz = np.where(missing, np.take_along_axis(by_distance, which, axis=1), frequency_hz)
    by_frequency = np.argsort(frequency_hz, axis=1, kind="stable")
    return (
        np.take_along_axis(frequency_hz, by_frequency, axis=1),
        np.take_along_axis(bandwidth_hz, by_frequency, axis=1),
    )


def _predictors(log_power: FloatArray, grid_hz: FloatArray, top_hz: float, order: int) -> FloatArray:
    """Return the coefficients of an all-pole model of each frame, shape (n_frames, order)."""
    at_hz = np.linspace(0.0, top_hz, _N_BINS + 1)
    place = np.interp(at_hz, grid_hz, np.arange(grid_hz.size))
    low = np.minimum(place.astype(np.intp), grid_hz.size - 2)
    share = place - low
    read = log_power[:, low] * (1.0 - share) + log_power[:, low + 1] * share
    read = read + np.log(_EMPHASIS_HZ**2 + at_hz**2)
    power = np.exp(read - read.max(axis=1, keepdims=True))
    correlation = np.fft.irfft(power, axis=1)[:, : order + 1]
    correlation[:, 0] *= 1.0 + _WHITE
    lags = np.abs(np.arange(order)[:, None] - np.arange(order)[None, :])
    solved = np.linalg.solve(correlation[:, lags], correlation[:, 1:, None])
    return np.asarray(solved[:, :, 0])


def _companions(predictors: FloatArray) -> FloatArray:
    n_frames, order = predictors.shape
    matrices = np.zeros((n_frames, order, order))
    matrices[:, 0, :] = predictors
    matrices[:, np.arange(1, order), np.arange(order - 1)] = 1.0
    return matrices


@compiled
def _cheapest_path(
    local: FloatArray, log_frequency: FloatArray, chosen: npt.NDArray[np.int64], move_cost: float
) -> FloatArray:
    n_frames, n_states = local.shape
    origin = np.zeros((n_frames, n_states), dtype=np.int64)
    total = local[0].copy()
    for frame in range(1, n_frames):
        new = np.empty(n_states)
        for state in range(n_states):
            best = np.inf
            for previous in range(n_states):
                cost = total[previous]
                for k in range(chosen.shape[1]):
                    moved = (
                        log_frequency[frame, chosen[state, k]] - log_frequency[frame - 1, chosen[previous, k]]
                    )
                    cost += move_cost * abs(moved)
                if cost < best:
                    best = cost
                    origin[frame, state] = previous
            new[state] = best + local[frame, state]
        total = new
    path = np.zeros(n_frames)
    here = int(np.argmin(total))
    for frame in range(n_frames - 1, -1, -1):
        path[frame] = here
        here = origin[frame, here]
    return path
