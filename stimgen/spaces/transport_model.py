"""What the model makes of one side of a pair by itself: all that does not depend on the position."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spaces.transport_phases import Side
from stimgen.spectral.displacement import read_at

NEPER = 10.0 / np.log(10.0)  # dB per unit of natural log of power
# Below -5 dB harmonics are inaudible under noise: a lower ratio would leave all of the way to the last step.
LEAST_HNR, MOST_HNR = -5.0 / NEPER, 52.0 / NEPER
_NEAR_CORRECTION = 0.5 * 12.0 / NEPER
# In speech, harmonics of an unvoiced side begin 20 dB below the least ratio: unheard, yet there from the first steps
# on, so that the level does not sink on the way to a voice.
_UNHEARD = 0.5 * 20.0 / NEPER
_CALL_TILT = -2.0  # amplitude over harmonic number, beyond the last harmonic that a side has


@dataclass(frozen=True, kw_only=True)
class SideModel:
    """One side as the model has it.

    Logs are natural, of power per Hz for envelopes and of amplitude for harmonics.

    Args:
        total_and_ratio: Log of harmonics and noise together, and log of harmonics over noise within bounds,
            shape (2, n_frames, n_points).
        log_harmonic: Log of harmonics under that ratio, shape (n_frames, n_points).
        log_noise: Log of noise under that ratio, the same shape.
        log_power: Log of the whole power of each frame, shape (n_frames,).
        log_amplitude: Log of each harmonic's amplitude, shape (n_frames, n_harmonics).
        small: What leads from there to the measured amplitudes, up to 12 dB, the same shape.
        rest: What leads on from there, the same shape.
    """

    total_and_ratio: FloatArray
    log_harmonic: FloatArray
    log_noise: FloatArray
    log_power: FloatArray
    log_amplitude: FloatArray
    small: FloatArray
    rest: FloatArray


def model_side(side: Side, *, grid_hz: FloatArray, is_call: bool, fades: bool) -> SideModel:
    """Return what the model makes of a side.

    Args:
        side: One side of a pair.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
        is_call: Whether harmonics move one by one, so that they and not the envelope between them are kept.
        fades: Whether a voice comes up from the first steps on where the side has none, as in speech; otherwise it
            comes in the last steps.
    """
    total = side.envelopes.log_total
    ratio = np.clip(side.envelopes.log_harmonic - side.envelopes.log_noise, LEAST_HNR, MOST_HNR)
    log_harmonic, log_noise = split(total, ratio)
    log_amplitude = read_amplitude(log_harmonic, grid_hz, side.f0_hz, side.log_amplitude.shape[1])
    log_amplitude += side.pattern
    if is_call:
        log_amplitude = _with_tail(side, log_amplitude)
    difference = (side.log_amplitude - log_amplitude) * side.is_present
    small = np.clip(difference, -_NEAR_CORRECTION, _NEAR_CORRECTION) * side.voicing[:, None]
    rest = difference - small
    if fades:
        rest = np.where(side.voicing[:, None] > 0.0, rest, np.maximum(rest, -_UNHEARD))
    return SideModel(
        total_and_ratio=np.stack([total, ratio]),
        log_harmonic=log_harmonic,
        log_noise=log_noise,
        log_power=log_power(total, grid_hz),
        log_amplitude=log_amplitude,
        small=small,
        rest=rest,
    )


def split(log_total: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Split a total into harmonics and noise, given the log of harmonics over noise within its bounds."""
    above_harmonic = np.log1p(np.exp(-log_ratio))
    return log_total - above_harmonic, log_total - (above_harmonic + log_ratio)


def log_power(log_density: FloatArray, grid_hz: FloatArray) -> FloatArray:
    """Return natural log of the whole power of each frame, shape (n_frames,)."""
    steps_hz = np.diff(grid_hz)
    weights_hz = 0.5 * (np.append(steps_hz, 0.0) + np.append(0.0, steps_hz))
    return np.asarray(np.log(np.exp(log_density) @ weights_hz))


def read_amplitude(log_harmonic: FloatArray, grid_hz: FloatArray, f0_hz: FloatArray, n: int) -> FloatArray:
    """Read natural log of amplitude at the first n harmonics of F0 from a density, shape (n_frames, n)."""
    at_hz = np.minimum(f0_hz[:, None] * np.arange(1, n + 1), grid_hz[-1])
    found = read_at(log_harmonic, grid_hz=grid_hz, at_hz=at_hz)
    found += np.log(2.0 * f0_hz)[:, None]
    found *= 0.5
    return found


def _with_tail(side: Side, from_envelope: FloatArray) -> FloatArray:
    """Keep measured harmonics where they stand out, and let those fall off that the side does not have."""
    orders = np.arange(1, from_envelope.shape[1] + 1)
    measured = np.maximum(side.log_amplitude, from_envelope)
    last = np.maximum(side.is_present.sum(axis=1).astype(np.intp) - 1, 0)
    tail = measured[np.arange(last.size), last][:, None] + _CALL_TILT * np.log(orders / (last + 1.0)[:, None])
    return np.where(side.is_present > 0.0, measured, tail)
