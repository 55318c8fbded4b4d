"""The voice of a sound: its pitch in the range that fits best, how voiced each moment is, and its harmonics."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter1d

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.displacement import gaussian_smooth
from stimgen.spectral.harmonics import Harmonics, measure_harmonics, refine_f0, sum_harmonics
from stimgen.spectral.pitch import PitchRange, frame_times_s, pitch_ranges, track_pitch
from stimgen.spectral.quick_level import evened
from stimgen.spectral.subharmonic import at_fundamental

_REFINEMENTS = 2
# A 3-period window explains half of white noise; 75 % and 90 % of the energy are these shares without that
# half.
_UNVOICED_BELOW, _VOICED_ABOVE = 0.3, 0.6
_SMOOTHING_S, _QUICK_SMOOTHING_S = 0.006, 0.002
# A resonance rings for some 10 ms: longer windows tell noise that rings from a voice. Fast calls are given 12 periods.
_STEADY_PERIODS, _STEADY_S = 12.0, (0.009, 0.018)
STEADY_SHARE = (0.5, 0.75)
# From an octave above the voices of people on, where chirps change within a window, less is asked for.
_EASED_FROM_HZ, _EASED_BY = 700.0, 0.1
# What sounds like a voice for less than 10 periods is chance; from 14 ms on it is one however low.
_CHANCE_PERIODS, _VOICE_PERIODS, _LONG_ENOUGH_S = 8.0, 16.0, 0.027
# Frames this far below the loudest do not count as voiced (hum in pauses), dB.
_SILENT_BELOW_DB, _LOUD_ABOVE_DB = -55.0, -40.0
_LEVEL_WINDOW_S = 0.010
_SOUNDING_STEP_S = 0.002
_JUMP_OCTAVES = 0.4  # from frame to frame
# Choosing a range: calls may fit worse by so much, and tracks that cling to an edge of their range are
# distrusted.
_CALL_BONUS_DB = 1.0
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


@dataclass(frozen=True, kw_only=True)
class Pitch:
    """The pitch of a sound, followed in the range that fits best, and what is harmonic along it.

    Args:
        pitch_range: The range.
        harmonics: Harmonics measured along the pitch, voiced or not.
        steady_share: Share of the energy that stays harmonic in windows in which ringing noise comes apart, the
            best of those that reach a frame, shape (n_frames,), at most 1.
        is_quick: Whether the level changes so fast that it was evened out to measure the harmonics.
    """

    pitch_range: PitchRange
    harmonics: Harmonics
    steady_share: FloatArray
    is_quick: bool = False


def follow_pitch(sound: Sound, *, f0_min_hz: float, f0_max_hz: float) -> Pitch:
    """Follow the pitch of a sound, voiced or not.

    Args:
        sound: The sound.
        f0_min_hz: Lowest fundamental frequency, Hz.
        f0_max_hz: Highest, Hz.

    Raises:
        SettingError: If the range is empty at the sound's rate.
    """
    ranges = pitch_ranges(
        f0_min_hz=f0_min_hz, f0_max_hz=f0_max_hz, rate_hz=sound.rate_hz, duration_s=_sounding_s(sound)
    )
    found = [_follow(sound, pitch_range) for pitch_range in ranges]
    misfits_db = [misfit_db(sound, pitch) for pitch in found]
    for i in range(1, len(ranges)):
        misfits_db[i] -= _CALL_BONUS_DB
    best = found[int(np.argmin(misfits_db))]
    shortest_s = best.pitch_range.shortest_s
    harmonics = at_fundamental(best.harmonics, sound, shortest_s=shortest_s)
    quick = evened(harmonics, sound, shortest_s=shortest_s)
    return replace(best, harmonics=quick, is_quick=quick is not harmonics)


def _sounding_s(sound: Sound) -> float:
    """Return how long a sound is within 30 dB of its loudest 2 ms, s."""
    n = max(round(_SOUNDING_STEP_S * sound.rate_hz), 1)
    power = np.add.reduceat(sound.samples**2, np.arange(0, sound.n_samples, n))
    return float(np.count_nonzero(power > 1e-3 * power.max())) * n / sound.rate_hz


def find_voice(sound: Sound, *, f0_min_hz: float, f0_max_hz: float) -> Voice:
    """Follow the pitch of a sound and take its harmonics out: `follow_pitch` and `voice_along` in one.

    Args:
        sound: The sound; nothing need be voiced.
        f0_min_hz: Lowest fundamental frequency, Hz.
        f0_max_hz: Highest, Hz.

    Raises:
        SettingError: If the range is empty at the sound's rate.
    """
    return voice_along(follow_pitch(sound, f0_min_hz=f0_min_hz, f0_max_hz=f0_max_hz), sound)


def voice_along(
    pitch: Pitch, sound: Sound, *, steady_share: tuple[float, float] | None = STEADY_SHARE
) -> Voice:
    """Grade how voiced a sound is along its pitch, and take its harmonics out.

    Around a resonance noise is nearly a tone for some 10 ms, so a voice has to stay harmonic for longer, and for
    more than a few periods.

    Args:
        pitch: The pitch of the sound.
        sound: The sound.
        steady_share: Shares of the energy, harmonic over some 20 ms, up to which a frame is unvoiced and from which
            on it is voiced; None asks for neither, as calls may change as fast.
    """
    found = pitch.harmonics
    power = frame_power(sound.samples, rate_hz=sound.rate_hz, times_s=found.times_s, window_s=_LEVEL_WINDOW_S)
    level_db = 10.0 * np.log10(np.maximum(power / max(float(power.max()), 1e-300), 1e-12))
    step_s = float(found.times_s[1] - found.times_s[0])
    width = (_QUICK_SMOOTHING_S if pitch.is_quick else _SMOOTHING_S) / step_s
    share, steady = gaussian_smooth(np.stack([found.share, pitch.steady_share]), width=width, axis=1)
    voicing = _ramp(share, _UNVOICED_BELOW, _VOICED_ABOVE) * _ramp(level_db, _SILENT_BELOW_DB, _LOUD_ABOVE_DB)
    if power.max() <= 0.0:
        voicing = np.zeros_like(voicing)
    if steady_share is not None:
        voicing = np.minimum(voicing, _ramp(steady + _ease(found.f0_hz), *steady_share))
        voicing *= _lasting(voicing, found.f0_hz, step_s)
    voicing *= _unbroken(found.f0_hz)
    gated = replace(found, coefficients=found.coefficients * voicing[:, None])
    voiced_part = sum_harmonics(times_s=found.times_s, f0_hz=found.f0_hz, coefficients=gated.coefficients,
                                n_samples=sound.n_samples, rate_hz=sound.rate_hz)  # fmt: skip
    return Voice(
        pitch_range=pitch.pitch_range, harmonics=gated, voicing=voicing, residual=sound.samples - voiced_part
    )


def _unbroken(f0_hz: FloatArray) -> FloatArray:
    """Return a gain that is 0 at both frames of a jump in F0, half at their neighbours and 1 elsewhere.

    Where a call breaks from one register into another, harmonics that swept from one F0 to the other within a
    frame would all sweep at once: a click that the recording does not have.
    """
    jumps = np.abs(np.diff(np.log2(f0_hz))) > _JUMP_OCTAVES
    at_jump = np.concatenate([jumps, [False]]) | np.concatenate([[False], jumps])
    beside = np.concatenate([at_jump[1:], [False]]) | np.concatenate([[False], at_jump[:-1]])
    return np.where(at_jump, 0.0, np.where(beside, 0.5, 1.0))


def voiced_power(voice: Voice, sound: Sound) -> float:
    """Return the share of a sound's power that lies in voiced frames, each weighted by its voicing, 0..1."""
    power = frame_power(
        sound.samples, rate_hz=sound.rate_hz, times_s=voice.harmonics.times_s, window_s=_LEVEL_WINDOW_S
    )
    return float(np.sum(power * voice.voicing) / max(float(power.sum()), 1e-300))


def held_pitch(pitch: Pitch, sound: Sound) -> Pitch:
    """Return a pitch whose steady share is measured over 18 ms however high it is, as voices of people bear it."""
    harmonics = pitch.harmonics
    window_s = np.full_like(harmonics.f0_hz, _STEADY_S[1])
    share = _steady_share(sound, harmonics.times_s, harmonics.f0_hz, window_s)
    return replace(pitch, steady_share=np.minimum(share, pitch.steady_share))


def frame_power(samples: FloatArray, *, rate_hz: float, times_s: FloatArray, window_s: float) -> FloatArray:
    """Return the mean power in a rectangular window around each time, shape (n_frames,)."""
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    half = 0.5 * window_s * rate_hz
    first = np.clip(np.floor(times_s * rate_hz - half), 0, samples.size - 1).astype(np.intp)
    last = np.clip(np.ceil(times_s * rate_hz + half), 1, samples.size).astype(np.intp)
    return np.asarray(np.maximum(total[last] - total[first], 0.0) / np.maximum(last - first, 1))


def _follow(sound: Sound, pitch_range: PitchRange) -> Pitch:
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
    harmonics = measure_harmonics(
        sound.samples, rate_hz=sound.rate_hz, times_s=times_s, f0_hz=f0_hz, shortest_s=pitch_range.shortest_s
    )
    steady_share = _steady_share(sound, times_s, f0_hz, _steady_window_s(f0_hz))
    return Pitch(pitch_range=pitch_range, harmonics=harmonics, steady_share=steady_share)


def _steady_share(sound: Sound, times_s: FloatArray, f0_hz: FloatArray, window_s: FloatArray) -> FloatArray:
    """Return the harmonic share in windows in which ringing noise comes apart, the best of those that reach a frame."""
    share = measure_harmonics(
        sound.samples, rate_hz=sound.rate_hz, times_s=times_s, f0_hz=f0_hz, shortest_s=window_s
    ).share
    reach = int(round(0.25 * float(np.median(window_s)) / float(times_s[1] - times_s[0])))
    return np.asarray(maximum_filter1d(share, 2 * reach + 1))


def _steady_window_s(f0_hz: FloatArray) -> FloatArray:
    return np.asarray(np.clip(_STEADY_PERIODS / f0_hz, *_STEADY_S))


def misfit_db(sound: Sound, pitch: Pitch) -> float:
    """Return how much energy is not harmonic, dB, made worse for tracks at the edges of their range."""
    times_s, f0_hz, limits = pitch.harmonics.times_s, pitch.harmonics.f0_hz, pitch.pitch_range
    power = frame_power(sound.samples, rate_hz=sound.rate_hz, times_s=times_s, window_s=_LEVEL_WINDOW_S)
    weight = power / max(float(power.sum()), 1e-300)
    share = np.clip(np.minimum(pitch.harmonics.share, pitch.steady_share), 0.0, 1.0)
    residue = float(np.sum(weight * (1.0 - share)))
    at_edge = (f0_hz < (1.0 + _EDGE) * limits.min_hz) | (f0_hz > (1.0 - _EDGE) * limits.max_hz)
    voiced = weight * share
    edge_share = float(voiced[at_edge].sum()) / max(float(voiced.sum()), 1e-12)
    penalty_db = _EDGE_PENALTY_DB * max(edge_share - _EDGE_SHARE_ALLOWED, 0.0)
    return 10.0 * float(np.log10(max(residue, _LEAST_RESIDUE))) + penalty_db


def _ease(f0_hz: FloatArray) -> FloatArray:
    return _EASED_BY * _ramp(np.log2(f0_hz / _EASED_FROM_HZ), 0.0, 1.0)


def _lasting(voicing: FloatArray, f0_hz: FloatArray, step_s: float) -> FloatArray:
    """Return per frame how convincing its voiced stretch is, 0..1: by its periods, weighted by voicing."""
    is_voiced = voicing > 0.0
    stretch = np.cumsum(np.diff(is_voiced, prepend=False))
    counted_hz = np.maximum(f0_hz, _VOICE_PERIODS / _LONG_ENOUGH_S)
    periods = np.bincount(stretch, weights=voicing * step_s * counted_hz)[stretch]
    return _ramp(periods, _CHANCE_PERIODS, _VOICE_PERIODS)


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
