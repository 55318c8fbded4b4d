"""The voice of a sound: its pitch in the range that fits best, how voiced each moment is, and its harmonics."""

from dataclasses import dataclass, replace

import numpy as np

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.displacement import gaussian_smooth
from stimgen.spectral.harmonics import Harmonics, measure_harmonics, refine_f0, sum_harmonics
from stimgen.spectral.pitch import PitchRange, frame_times_s, pitch_ranges, track_pitch

_REFINEMENTS = 2
# A 3-period window explains half of white noise; 75 % and 90 % of the energy are these shares without that
# half.
_UNVOICED_BELOW, _VOICED_ABOVE = 0.3, 0.6
_SMOOTHING_S = 0.006
# Frames this far below the loudest do not count as voiced (hum in pauses), dB.
_SILENT_BELOW_DB, _LOUD_ABOVE_DB = -55.0, -40.0
_LEVEL_WINDOW_S = 0.010
# Choosing a range: calls may fit worse by so much, and tracks that cling to an edge of their range are
# distrusted.
_CALL_BONUS_DB = 3.0
_EDGE = 0.06
_EDGE_SHARE_ALLOWED = 0.03
_EDGE_PENALTY_DB = 40.0
_LEAST_RESIDUE = 1e-4
_BRIDGED_BELOW = 0.05


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What is periodic in a sound, and what is left.

    Args:
        pitch_range: The range in which the pitch was followed.
        harmonics: F0 and complex amplitudes per frame, the amplitudes already weighted by the voicing; F0 is
            drawn on through unvoiced stretches.
        voicing: From 0 (noise or silence) to 1 (fully voiced), shape (n_frames,).
        residual: The sound less its harmonics, shape (n_samples,).
    """

    pitch_range: PitchRange
    harmonics: Harmonics
    voicing: FloatArray
    residual: FloatArray


def find_voice(sound: Sound, *, f0_min_hz: float, f0_max_hz: float) -> Voice:
    """Follow the pitch of a sound and take its harmonics out.

    Args:
        sound: The sound; nothing need be voiced.
        f0_min_hz: Lowest fundamental frequency, Hz.
        f0_max_hz: Highest, Hz.

    Raises:
        SettingError: If the range is empty at the sound's rate.
    """
    ranges = pitch_ranges(f0_min_hz=f0_min_hz, f0_max_hz=f0_max_hz, rate_hz=sound.rate_hz)
    fits = [_fit(sound, pitch_range) for pitch_range in ranges]
    misfits_db = [_misfit_db(sound, fit, pitch_range) for fit, pitch_range in zip(fits, ranges, strict=True)]
    misfits_db[-1] -= _CALL_BONUS_DB if len(ranges) > 1 else 0.0
    best = int(np.argmin(misfits_db))
    return _gate(sound, fits[best], ranges[best])


def frame_power(samples: FloatArray, *, rate_hz: float, times_s: FloatArray, window_s: float) -> FloatArray:
    """Return the mean power in a rectangular window around each time, shape (n_frames,)."""
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    half = 0.5 * window_s * rate_hz
    first = np.clip(np.floor(times_s * rate_hz - half), 0, samples.size - 1).astype(np.intp)
    last = np.clip(np.ceil(times_s * rate_hz + half), 1, samples.size).astype(np.intp)
    return np.asarray(np.maximum(total[last] - total[first], 0.0) / np.maximum(last - first, 1))


def _fit(sound: Sound, pitch_range: PitchRange) -> Harmonics:
    times_s = frame_times_s(sound.duration_s, pitch_range.hop_s)
    f0_hz = track_pitch(sound.samples, rate_hz=sound.rate_hz, pitch_range=pitch_range, times_s=times_s)
    for _ in range(_REFINEMENTS):
        f0_hz = refine_f0(
            sound.samples,
            rate_hz=sound.rate_hz,
            times_s=times_s,
            f0_hz=f0_hz,
            shortest_s=pitch_range.shortest_s,
        )
        f0_hz = np.clip(f0_hz, 0.9 * pitch_range.min_hz, min(1.1 * pitch_range.max_hz, 0.48 * sound.rate_hz))
    return measure_harmonics(
        sound.samples, rate_hz=sound.rate_hz, times_s=times_s, f0_hz=f0_hz, shortest_s=pitch_range.shortest_s
    )


def _misfit_db(sound: Sound, fit: Harmonics, pitch_range: PitchRange) -> float:
    """Return how much energy is not harmonic, dB, made worse for tracks at the edges of their range."""
    power = frame_power(sound.samples, rate_hz=sound.rate_hz, times_s=fit.times_s, window_s=_LEVEL_WINDOW_S)
    weight = power / max(float(power.sum()), 1e-300)
    residue = float(np.sum(weight * (1.0 - np.clip(fit.share, 0.0, 1.0))))
    voiced = weight * np.clip(fit.share, 0.0, 1.0)
    at_edge = (fit.f0_hz < (1.0 + _EDGE) * pitch_range.min_hz) | (
        fit.f0_hz > (1.0 - _EDGE) * pitch_range.max_hz
    )
    edge_share = float(voiced[at_edge].sum()) / max(float(voiced.sum()), 1e-12)
    penalty_db = _EDGE_PENALTY_DB * max(edge_share - _EDGE_SHARE_ALLOWED, 0.0)
    return 10.0 * float(np.log10(max(residue, _LEAST_RESIDUE))) + penalty_db


def _gate(sound: Sound, fit: Harmonics, pitch_range: PitchRange) -> Voice:
    """Grade the voicing, weight the harmonics by it and subtract them."""
    power = frame_power(sound.samples, rate_hz=sound.rate_hz, times_s=fit.times_s, window_s=_LEVEL_WINDOW_S)
    level_db = 10.0 * np.log10(np.maximum(power / max(float(power.max()), 1e-300), 1e-12))
    step_s = float(fit.times_s[1] - fit.times_s[0])
    share = gaussian_smooth(fit.share[None, :], width=_SMOOTHING_S / step_s, axis=1)[0]
    voicing = _ramp(share, _UNVOICED_BELOW, _VOICED_ABOVE) * _ramp(level_db, _SILENT_BELOW_DB, _LOUD_ABOVE_DB)
    if power.max() <= 0.0:
        voicing = np.zeros_like(voicing)
    f0_hz = fit.f0_hz
    gated = replace(fit, coefficients=fit.coefficients * voicing[:, None])
    voiced_part = sum_harmonics(times_s=fit.times_s, f0_hz=f0_hz, coefficients=gated.coefficients,
                                n_samples=sound.n_samples, rate_hz=sound.rate_hz)  # fmt: skip
    return Voice(
        pitch_range=pitch_range, harmonics=gated, voicing=voicing, residual=sound.samples - voiced_part
    )


def bridged_f0_hz(voice: Voice) -> FloatArray:
    """Return F0 with unvoiced stretches bridged on a straight line in log frequency, shape (n_frames,), Hz."""
    f0_hz, is_voiced = voice.harmonics.f0_hz, voice.voicing > _BRIDGED_BELOW
    if not is_voiced.any():
        return np.full_like(f0_hz, np.sqrt(voice.pitch_range.min_hz * voice.pitch_range.max_hz))
    times_s = voice.harmonics.times_s
    bridge = np.interp(times_s, times_s[is_voiced], np.log(f0_hz[is_voiced]))
    return np.where(is_voiced, f0_hz, np.exp(bridge))


def _ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))
