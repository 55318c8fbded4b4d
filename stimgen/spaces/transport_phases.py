"""One side of a pair on the common clock, and the phases of its harmonics laid on those of the other side."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.displacement import gaussian_smooth
from stimgen.spectral.envelope import Envelopes

_PHASE_BINS = 256
_FARTHEST_TURN = 6  # bins of pulse offset per frame
_TURN_COST = 0.05
_BOTH_VOICED = 0.05


@dataclass(frozen=True, kw_only=True)
class Side:
    """One sound of a pair, read at the moments of the common clock.

    Args:
        times_s: Moments, shape (n_frames,), s.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        voicing: 0 to 1, shape (n_frames,).
        log_amplitude: Natural log of the harmonics' amplitudes, shape (n_frames, n_harmonics); very small if
            absent.
        is_present: Whether the harmonic lies below half the rate, as 0.0 or 1.0, the same shape.
        phase: Phases of the harmonics relative to the running phase, the same shape, radians.
        drift: What the running phase gains on the integral of F0 along the clock, shape (n_frames,), radians.
        envelopes: Envelopes, shape (n_frames, n_points) each.
        residual: The sound less its harmonics, shape (n_samples,).
        pattern: By how much the source weakens each harmonic, natural log of amplitude, shape (n_harmonics,), of which
            the envelopes are free.
    """

    times_s: FloatArray
    f0_hz: FloatArray
    voicing: FloatArray
    log_amplitude: FloatArray
    is_present: FloatArray
    phase: FloatArray
    drift: FloatArray
    envelopes: Envelopes
    residual: FloatArray
    pattern: FloatArray


def match_phases(a: Side, b: Side) -> tuple[FloatArray, FloatArray]:
    """Return the offset of b's pulses and what each harmonic's phase gains from a to b beyond it.

    The offset of the pulses turns harmonic k by k times an angle; the angle is the one under which the
    harmonics of the two agree best. What remains per harmonic is kept continuous while both are voiced.
    """
    gain = np.angle(np.exp(1j * (b.phase - a.phase)))
    weight = np.exp(0.5 * (a.log_amplitude + b.log_amplitude)) * a.is_present * b.is_present
    offset = _pulse_offset(gain, weight)
    segments = voiced_stretches((a.voicing > _BOTH_VOICED) & (b.voicing > _BOTH_VOICED))
    orders = np.arange(1, gain.shape[1] + 1)
    rest = np.unwrap(np.angle(np.exp(1j * (gain - offset[:, None] * orders))), axis=0)
    turn = 2.0 * np.pi
    for part in segments:
        offset[part] -= turn * np.round(offset[part].mean() / turn)
        heavy = weight[part] + 1e-12
        rest[part] -= turn * np.round((rest[part] * heavy).sum(axis=0) / heavy.sum(axis=0) / turn)
    return offset, rest


def _pulse_offset(gain: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the smoothest good pulse offset per frame, shape (n_frames,), radians, unwrapped."""
    n_used = min(gain.shape[1], _PHASE_BINS // 2 - 1)
    spectrum = np.zeros((gain.shape[0], _PHASE_BINS), dtype=np.complex128)
    spectrum[:, 1 : n_used + 1] = weight[:, :n_used] * np.exp(1j * gain[:, :n_used])
    agreement = np.fft.fft(spectrum, axis=1).real
    agreement /= max(float(np.abs(agreement).max()), 1e-300)
    path = _circular_path(agreement)
    offset = np.unwrap(path * (2.0 * np.pi / _PHASE_BINS))
    return np.asarray(gaussian_smooth(offset[None, :], width=2.0, axis=1)[0])


@compiled
def _circular_path(scores: FloatArray) -> FloatArray:
    """Return the bin per frame that maximises the scores less a cost of turning; the last bin borders on the first."""
    n_frames, n_bins = scores.shape
    totals = np.full((n_frames, n_bins), -np.inf)
    totals[0] = scores[0]
    around = np.empty(n_bins + 2 * _FARTHEST_TURN)
    for frame in range(1, n_frames):
        for i in range(around.size):
            around[i] = totals[frame - 1, (i - _FARTHEST_TURN) % n_bins]
        here = totals[frame]
        for turn in range(-_FARTHEST_TURN, _FARTHEST_TURN + 1):
            cost = _TURN_COST * abs(turn)
            before = around[_FARTHEST_TURN - turn : _FARTHEST_TURN - turn + n_bins]
            for i in range(here.size):
                value = before[i] - cost
                here[i] = value if value > here[i] else here[i]
        for i in range(here.size):
            here[i] += scores[frame, i]
    # where each bin came from is looked up on the way back, for the path alone
    path = np.zeros(n_frames)
    at = int(np.argmax(totals[-1]))
    path[-1] = at
    for frame in range(n_frames - 2, -1, -1):
        best, best_at = -np.inf, at
        for turn in range(-_FARTHEST_TURN, _FARTHEST_TURN + 1):
            value = totals[frame, (at - turn) % n_bins] - _TURN_COST * abs(turn)
            if value > best:
                best, best_at = value, (at - turn) % n_bins
        at = best_at
        path[frame] = at
    return path


def voiced_stretches(flags: npt.NDArray[np.bool_]) -> list[slice]:
    """Return the runs of true flags, as slices in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
