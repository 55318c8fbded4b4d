"""Formants of a voice followed through time, and the anchors that they are for its envelope."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.displacement import gaussian_smooth
from stimgen.spectral.formant_candidates import formant_candidates
from stimgen.spectral.formant_filter import Formants, usual_bandwidths_hz

# Where formants of a tract of 17 cm usually are (Fant 1960, Acoustic Theory of Speech Production).
_NOMINAL_HZ = np.array([500.0, 1450.0, 2500.0, 3500.0])
_TOP_HZ = 5500.0
_FOUR_FROM_HZ = 4300.0
_SHARE_OF_BAND = 0.97  # of half the rate: recordings fade out before it
_NOMINAL_COST = 1.5  # per unit of log frequency
_WIDE_HZ, _WIDE_SHARE = 400.0, 0.2  # a resonance so wide costs 1
_MOST_WIDTH_COST = 1.5
_MISSING_COST = 3.5
_SKIP_COST, _NARROW_HZ = 6.0, 250.0  # for passing over a narrow resonance below the highest formant
_MOVE_COST = 8.0  # per unit of log frequency, at 5 ms frames
_STEP_S = 0.010  # formants move no faster than tongue and jaw: so many are enough
_ENDLESS_HZ = 1e5  # stands for no end of a bandwidth, its inverse for none at all
_SMOOTHING_S, _WIDTH_SMOOTHING_S = 0.010, 0.020
_BEND_HZ = 100.0
# Harmonics much farther apart than a formant is wide do not show its bandwidth, which then is a usual one; voices with
# a glottis that is never quite closed have wider ones than those measured on closed glottises.
_SHOWN_PERIODS = 3.0
_BANDWIDTHS = 1.25
_NARROWEST, _WIDEST = 0.7, 4.0  # re usual bandwidths


def track_formants(
    amplitude: FloatArray,
    *,
    f0_hz: FloatArray,
    voicing: FloatArray,
    log_power: FloatArray,
    grid_hz: FloatArray,
    frame_step_s: float,
) -> Formants:
    """Follow the first four formants (three below a rate of 8.9 kHz) of speech.

    The tracks are the path through the resonances of each frame, taken in order, that are narrow, move little,
    pass over no clear resonance and stay near where formants usually are.

    Args:
        amplitude: Amplitudes of the harmonics, shape (n_frames, n_harmonics), 0 where there is none.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        voicing: How voiced each frame is and how much it counts, shape (n_frames,), 0..1.
        log_power: Natural log of the power envelope of harmonics and noise, shape (n_frames, n_points).
        grid_hz: Frequencies of the points, shape (n_points,), Hz.
        frame_step_s: Distance of frames, s.

    Returns:
        The formants, at the frames.

    References:
        Talkin 1987, Speech formant trajectory estimation using dynamic programming, JASA 82 S55.
    """
    top_hz = min(_TOP_HZ, _SHARE_OF_BAND * float(grid_hz[-1]))
    nominal_hz = _NOMINAL_HZ[: 4 if top_hz >= _FOUR_FROM_HZ else 3]
    stride = max(1, round(_STEP_S / frame_step_s))
    part = slice(None, None, stride)
    found = formant_candidates(
        amplitude[part],
        f0_hz=f0_hz[part],
        voicing=voicing[part],
        log_power=log_power[part],
        grid_hz=grid_hz,
        top_hz=top_hz,
        nominal_hz=nominal_hz,
    )
    chosen = np.array(list(combinations(range(found.frequency_hz.shape[1]), nominal_hz.size)), dtype=np.int64)
    local = _costs(found, chosen, nominal_hz) * (voicing[part, None] + 1e-2)
    move_cost = _MOVE_COST * 0.005 / (stride * frame_step_s)
    path = _cheapest_path(local, np.log(found.frequency_hz), chosen, move_cost)
    along = chosen[path.astype(np.int64)]
    tracks_hz, widths_hz = (
        _between_frames(np.take_along_axis(values, along, axis=1), stride, f0_hz.size)
        for values in (found.frequency_hz, found.bandwidth_hz)
    )
    smooth_hz = np.exp(gaussian_smooth(np.log(tracks_hz), width=_SMOOTHING_S / frame_step_s, axis=0))
    return Formants(
        frequency_hz=smooth_hz, bandwidth_hz=_believed_hz(widths_hz, smooth_hz, f0_hz, voicing, frame_step_s)
    )


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


def _between_frames(values: FloatArray, stride: int, n_frames: int) -> FloatArray:
    """Read every frame from every `stride`-th one, straight in logs, shape (n_frames, n_columns)."""
    known, frames = np.arange(0, n_frames, stride), np.arange(n_frames)
    logs = np.log(np.clip(values, 1.0 / _ENDLESS_HZ, _ENDLESS_HZ))
    return np.asarray(np.exp(np.stack([np.interp(frames, known, column) for column in logs.T], axis=1)))


def _costs(found: Formants, chosen: npt.NDArray[np.int64], nominal_hz: FloatArray) -> FloatArray:
    """Return what each choice of candidates costs by itself, shape (n_frames, n_choices)."""
    frequency_hz, bandwidth_hz = found.frequency_hz, found.bandwidth_hz
    width = np.minimum(bandwidth_hz / (_WIDE_HZ + _WIDE_SHARE * frequency_hz), _MOST_WIDTH_COST)
    width = np.where(np.isinf(bandwidth_hz), _MISSING_COST, width)
    off = np.abs(np.log(frequency_hz[:, chosen] / nominal_hz))
    order = np.arange(frequency_hz.shape[1])
    passed = (order < chosen[:, -1:]) & ~(chosen[:, :, None] == order).any(axis=1)
    skipped = _SKIP_COST / (1.0 + (bandwidth_hz / _NARROW_HZ) ** 2)
    return np.asarray(
        width[:, chosen].sum(axis=2) + _NOMINAL_COST * off.sum(axis=2) + skipped @ passed.T.astype(np.float64)
    )


def _believed_hz(
    bandwidth_hz: FloatArray,
    formants_hz: FloatArray,
    f0_hz: FloatArray,
    voicing: FloatArray,
    frame_step_s: float,
) -> FloatArray:
    """Return smooth bandwidths, Hz: those measured as far as harmonics lie close enough to show them."""
    usual_hz = usual_bandwidths_hz(formants_hz)
    weight = voicing[:, None] + 1e-3
    measured = np.log(np.clip(bandwidth_hz / usual_hz, _NARROWEST, _WIDEST))
    smooth = _WIDTH_SMOOTHING_S / frame_step_s
    measured = gaussian_smooth(weight * measured, width=smooth, axis=0) / gaussian_smooth(
        np.broadcast_to(weight, measured.shape), width=smooth, axis=0
    )
    shown = 1.0 / (1.0 + (f0_hz[:, None] / (_SHOWN_PERIODS * usual_hz * np.exp(measured))) ** 2)
    return np.asarray(usual_hz * np.exp(shown * measured + (1.0 - shown) * np.log(_BANDWIDTHS)))


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
