"""One position between two matched sounds: pitch, envelopes, harmonics and noise, and their sum."""

from dataclasses import replace

import numpy as np

from stimgen.media.sound import FloatArray, Sound
from stimgen.seeding import child_rng
from stimgen.spaces.base import Rendering
from stimgen.spaces.transport_pair import Pair
from stimgen.spaces.transport_phases import Side
from stimgen.spectral.displacement import gaussian_smooth, read_at, source_frequencies
from stimgen.spectral.harmonics import count_harmonics, sum_harmonics
from stimgen.spectral.residual import grain_clock, retimed_grains, shaped_sum

_NEPER = 10.0 / np.log(10.0)  # dB per unit of natural log of power
# Below -5 dB harmonics are inaudible under noise: a lower ratio would leave all of the way to the last step.
_LEAST_HNR, _MOST_HNR = -5.0 / _NEPER, 52.0 / _NEPER
_MOST_LEVEL_CHANGE = 15.0 / _NEPER
_MOST_BEYOND = 12.0 / _NEPER
_MOST_NOISE_GAIN = 0.5 * 15.0 / _NEPER
_NEAR_CORRECTION = 0.5 * 12.0 / _NEPER
_QUICK = 8
_UNVOICED_WEIGHT = 1e-3
_VOICED_FROM = 0.5
_BOTH_VOICED = 0.05
_CALL_TILT = -2.0  # amplitude over harmonic number, beyond the last harmonic that a side has


def render(pair: Pair, position: float, *, seed: int, carries_residual: bool = True,
           f0_limits_hz: tuple[float, float]) -> Rendering:  # fmt: skip
    """Render one position of a matched pair.

    Args:
        pair: Two sounds on one clock.
        position: 0 is a, 1 is b; beyond, everything goes on along its line within bounds.
        seed: Seed of the noise that stands in where neither recording has any.
        carries_residual: Whether noise is made of the recordings' residuals; otherwise all of it is
            synthetic.
        f0_limits_hz: Bounds of F0 when extrapolating, Hz.
    """
    f0_hz = _f0_hz(pair, position, f0_limits_hz)
    log_harmonic, log_noise = _envelopes(pair, position)
    samples = _harmonic_part(pair, position, f0_hz, log_harmonic)
    samples += _noise(pair, position, log_noise, samples.size, seed, carries_residual)
    near = float(np.clip(position, 0.0, 1.0))
    voicing = (1.0 - near) * pair.a.voicing + near * pair.b.voicing
    return Rendering(
        samples=samples,
        rate_hz=pair.rate_hz,
        f0_times_s=pair.clock.output_times_s(position),
        f0_hz=np.where(voicing >= _VOICED_FROM, f0_hz, np.nan),
        end_source="carried" if carries_residual else "resynth",
    )


def with_exact_ends(pair: Pair, a: Sound, b: Sound) -> Pair:
    """Let the residuals be what the ends lack, so that positions 0 and 1 give the two sounds back exactly."""
    sides = []
    for side, sound, position in ((pair.a, a, 0.0), (pair.b, b, 1.0)):
        harmonic_part = _harmonic_part(pair, position, side.f0_hz, _envelopes(pair, position)[0])
        sides.append(replace(side, residual=sound.samples - harmonic_part))
    return replace(pair, a=sides[0], b=sides[1])


def _harmonic_part(pair: Pair, position: float, f0_hz: FloatArray, log_harmonic: FloatArray) -> FloatArray:
    n_samples = int(round(pair.clock.alignment.duration_s(position) * pair.rate_hz))
    amplitude = _amplitudes(pair, position, f0_hz, log_harmonic)
    phase = _phases(pair, position)[:, : amplitude.shape[1]]
    return sum_harmonics(times_s=pair.clock.output_times_s(position), f0_hz=f0_hz,
                         coefficients=amplitude * np.exp(1j * phase), n_samples=n_samples,
                         rate_hz=pair.rate_hz)  # fmt: skip


def _voiced_share_of_b(pair: Pair, position: float) -> FloatArray:
    """Return b's weight in pitch and phase per frame: the position where both are voiced, the voiced side elsewhere."""
    near = float(np.clip(position, 0.0, 1.0))
    from_a = (1.0 - near) * (pair.a.voicing + _UNVOICED_WEIGHT)
    from_b = near * (pair.b.voicing + _UNVOICED_WEIGHT)
    return np.asarray(from_b / (from_a + from_b))


def _f0_hz(pair: Pair, position: float, limits_hz: tuple[float, float]) -> FloatArray:
    """Return F0 per frame, Hz: straight in log F0 where both are voiced.

    Where only one is voiced, its own course is kept at the distance that the two had when they were last, or will
    next be, voiced together: so F0 does not swoop from in between to the voiced side where the other one ends.
    """
    if position in (0.0, 1.0):
        return pair.a.f0_hz if position == 0.0 else pair.b.f0_hz
    share = _voiced_share_of_b(pair, position)
    log_ratio = _shared_log_ratio(pair)
    from_a = np.log(pair.a.f0_hz) + position * log_ratio
    from_b = np.log(pair.b.f0_hz) - (1.0 - position) * log_ratio
    f0_hz = np.exp(from_a + share * (from_b - from_a))
    low = np.minimum(np.minimum(pair.a.f0_hz, pair.b.f0_hz), limits_hz[0])
    high = np.maximum(np.maximum(pair.a.f0_hz, pair.b.f0_hz), limits_hz[1])
    return np.asarray(np.clip(f0_hz, low, high))


def _shared_log_ratio(pair: Pair) -> FloatArray:
    """Return log of b's F0 over a's per frame, drawn on from the frames that are voiced in both; 0 without any."""
    both = np.flatnonzero(pair.a.voicing * pair.b.voicing > _BOTH_VOICED)
    frames = np.arange(pair.a.f0_hz.size)
    if both.size == 0:
        return np.zeros(frames.size)
    return np.interp(frames, both, np.log(pair.b.f0_hz[both] / pair.a.f0_hz[both]))


def _blend(a: FloatArray, b: FloatArray, position: float) -> FloatArray:
    """Go along the line from a to b, and beyond it by no more than 12 dB."""
    line = (1.0 - position) * a + position * b
    if 0.0 <= position <= 1.0:
        return line
    return np.asarray(np.clip(line, np.minimum(a, b) - _MOST_BEYOND, np.maximum(a, b) + _MOST_BEYOND))


def _split(log_total: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Split a total into harmonics and noise, given the log of harmonics over noise."""
    return log_total - np.logaddexp(0.0, -log_ratio), log_total - np.logaddexp(0.0, log_ratio)


def _ratio(side: Side) -> FloatArray:
    return np.asarray(np.clip(side.envelopes.log_harmonic - side.envelopes.log_noise, _LEAST_HNR, _MOST_HNR))


def _own(side: Side) -> tuple[FloatArray, FloatArray]:
    """Return what the model makes of a side's own envelopes: harmonics and noise after bounding their ratio."""
    return _split(side.envelopes.log_total, _ratio(side))


def _envelopes(pair: Pair, position: float) -> tuple[FloatArray, FloatArray]:
    """Return natural log of power per Hz of harmonics and of noise at a position."""
    at = source_frequencies(pair.maps_hz, grid_hz=pair.grid_hz, position=position)
    total_a, total_b = pair.a.envelopes.log_total, pair.b.envelopes.log_total

    def along(a: FloatArray, b: FloatArray) -> FloatArray:
        read_a = read_at(a, grid_hz=pair.grid_hz, at_hz=at.a_hz)
        return _blend(read_a, read_at(b, grid_hz=pair.grid_hz, at_hz=at.b_hz), position)

    total = along(total_a, total_b)
    ratio = np.clip(along(_ratio(pair.a), _ratio(pair.b)), _LEAST_HNR, _MOST_HNR)
    wanted = _blend(_log_power(total_a, pair.grid_hz), _log_power(total_b, pair.grid_hz), position)
    change = np.clip(wanted - _log_power(total, pair.grid_hz), -_MOST_LEVEL_CHANGE, _MOST_LEVEL_CHANGE)
    total += gaussian_smooth(change[None, :], width=1.0, axis=1)[0][:, None]
    return _split(total, ratio)


def _log_power(log_density: FloatArray, grid_hz: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.trapezoid(np.exp(log_density), grid_hz, axis=1)))


def _amplitudes(pair: Pair, position: float, f0_hz: FloatArray, log_harmonic: FloatArray) -> FloatArray:
    """Return the amplitude of each harmonic at a position, shape (n_frames, n_harmonics)."""
    n_harmonics = np.minimum(count_harmonics(f0_hz, pair.rate_hz), pair.a.phase.shape[1])
    orders = np.arange(1, int(n_harmonics.max()) + 1)
    model_a, model_b = (_model_amplitude(pair, side, orders.size) for side in (pair.a, pair.b))
    if pair.is_call:
        line = _blend(model_a, model_b, position)
    else:
        line = _read_amplitude(log_harmonic, pair.grid_hz, f0_hz, orders.size)
    near = float(np.clip(position, 0.0, 1.0))
    for side, model, nearness in ((pair.a, model_a, 1.0 - near), (pair.b, model_b, near)):
        line += _correction(side, model, nearness)
    return np.where(orders <= n_harmonics[:, None], np.exp(line), 0.0)


def _read_amplitude(log_harmonic: FloatArray, grid_hz: FloatArray, f0_hz: FloatArray, n: int) -> FloatArray:
    """Read natural log of amplitude at the harmonics of F0 from a density."""
    at_hz = np.minimum(f0_hz[:, None] * np.arange(1, n + 1), grid_hz[-1])
    return 0.5 * (read_at(log_harmonic, grid_hz=grid_hz, at_hz=at_hz) + np.log(2.0 * f0_hz)[:, None])


def _model_amplitude(pair: Pair, side: Side, n: int) -> FloatArray:
    """Return natural log of the amplitudes that the model gives a side before any correction."""
    from_envelope = _read_amplitude(_own(side)[0], pair.grid_hz, side.f0_hz, n)
    if not pair.is_call:
        return from_envelope
    orders = np.arange(1, n + 1)
    measured = np.maximum(side.log_amplitude[:, :n], from_envelope)
    last = np.maximum(side.is_present[:, :n].sum(axis=1).astype(np.intp) - 1, 0)
    tail = measured[np.arange(last.size), last][:, None] + _CALL_TILT * np.log(orders / (last + 1.0)[:, None])
    return np.where(side.is_present[:, :n] > 0.0, measured, tail)


def _correction(side: Side, model: FloatArray, nearness: float) -> FloatArray:
    """Return what leads from the model to the measured amplitudes at this side's end, fading towards the other.

    Differences of a few dB fade evenly. What is beyond (harmonics that the recording does not have at all) is
    gone after the first steps.
    """
    difference = (side.log_amplitude[:, : model.shape[1]] - model) * side.is_present[:, : model.shape[1]]
    small = np.clip(difference, -_NEAR_CORRECTION, _NEAR_CORRECTION) * side.voicing[:, None]
    return nearness * small + nearness**_QUICK * (difference - small)


def _phases(pair: Pair, position: float) -> FloatArray:
    """Return each harmonic's phase relative to its multiple of the integral of F0, shape (n_frames, n_harmonics)."""
    near = float(np.clip(position, 0.0, 1.0))
    share = _voiced_share_of_b(pair, position)
    from_a = (1.0 - near) * (pair.a.voicing[:, None] * pair.a.is_present + _UNVOICED_WEIGHT)
    from_b = near * (pair.b.voicing[:, None] * pair.b.is_present + _UNVOICED_WEIGHT)
    base = (1.0 - share) * pair.a.drift + share * (pair.b.drift + pair.pulse_offset)
    orders = np.arange(1, pair.a.phase.shape[1] + 1)
    return np.asarray(pair.a.phase + from_b / (from_a + from_b) * pair.phase_to_b + base[:, None] * orders)


def _noise(
    pair: Pair, position: float, log_noise: FloatArray, n_samples: int, seed: int, carries_residual: bool
) -> FloatArray:
    """Return the noise at a position: both residuals, re-timed and reshaped, and synthetic noise for the rest."""
    clock = grain_clock(n_samples, rate_hz=pair.rate_hz, grain_s=pair.grain_s)
    times_s = clock.centres / pair.rate_hz
    place = np.interp(times_s, pair.clock.output_times_s(position), np.arange(pair.clock.ticks.size))
    wanted = _rows_at(log_noise, place)
    near = float(np.clip(position, 0.0, 1.0))
    sources = pair.clock.alignment.source_times(position, times_s)
    after_s = np.maximum(times_s - pair.clock.alignment.duration_s(position), 0.0)  # the last grain's centre
    part = near**2 / (near**2 + (1.0 - near) ** 2)  # one texture at a time, but for the middle
    sides = (pair.a, sources.times_a_s, 1.0 - part), (pair.b, sources.times_b_s, part)
    grains, log_gains, missing = [], [], np.ones_like(wanted)
    if carries_residual:
        for side, at_s, weight in sides:
            if weight <= 0.0:
                continue
            gain = 0.5 * (wanted - _rows_at(_own(side)[1], place))
            capped = np.minimum(gain, _MOST_NOISE_GAIN)
            at = (at_s + after_s) * pair.rate_hz
            grains.append(retimed_grains(side.residual, clock=clock, source_samples=at))
            log_gains.append(capped + 0.5 * np.log(weight))
            missing -= weight * np.exp(2.0 * (capped - gain))
    if float(missing.max()) > 1e-6:
        white = child_rng(seed, "transport", "noise").normal(size=n_samples)
        grains.append(retimed_grains(white, clock=clock, source_samples=clock.centres.astype(np.float64)))
        log_gains.append(0.5 * (wanted + np.log(np.maximum(missing, 1e-30) * pair.rate_hz / 2.0)))
    return shaped_sum(grains, log_gains, clock=clock, rate_hz=pair.rate_hz, grid_hz=pair.grid_hz)


def _rows_at(rows: FloatArray, place: FloatArray) -> FloatArray:
    """Read rows between frames on straight lines."""
    low = np.minimum(place.astype(np.intp), rows.shape[0] - 2)
    share = (place - low)[:, None]
    return np.asarray(rows[low] * (1.0 - share) + rows[low + 1] * share)
