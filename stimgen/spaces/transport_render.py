"""One position between two matched sounds: pitch, envelopes, harmonics and noise, and their sum."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray, Sound
from stimgen.seeding import child_rng
from stimgen.spaces.base import Rendering
from stimgen.spaces.transport_model import LEAST_HNR, MOST_HNR, NEPER, log_power, read_amplitude, split
from stimgen.spaces.transport_pair import Pair
from stimgen.spaces.transport_phases import Side, voiced_stretches
from stimgen.spectral.displacement import gaussian_smooth, read_at, source_frequencies
from stimgen.spectral.harmonics import count_harmonics, sum_harmonics
from stimgen.spectral.residual import GrainClock, grain_clock, retimed_grains, shaped_sum
from stimgen.spectral.stretch import stretched_grains
from stimgen.spectral.turns import polar

_MOST_LEVEL_CHANGE = 25.0 / NEPER
_MOST_BEYOND = 12.0 / NEPER
_MOST_NOISE_GAIN = 0.5 * 15.0 / NEPER
_QUICK = 8
_UNVOICED_WEIGHT = 1e-3
_VOICED_FROM = 0.5
_BOTH_VOICED = 0.05
# shares of a voice's power from which on the frames that it shares with the other tell of all of it
_TELLING_SHARE = (0.02, 0.10)
_LETS_GO_S = 0.020


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
    is_own_time = pair.clock.alignment.time_factor(position) == 1.0
    return Rendering(
        samples=samples,
        rate_hz=pair.rate_hz,
        f0_times_s=pair.clock.output_times_s(position),
        f0_hz=np.where(voicing >= _VOICED_FROM, f0_hz, np.nan),
        end_source="carried" if carries_residual and is_own_time else "resynth",
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
    phase = _phases(pair, position, amplitude.shape[1])
    return sum_harmonics(times_s=pair.clock.output_times_s(position), f0_hz=f0_hz,
                         coefficients=polar(amplitude, phase), n_samples=n_samples,
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
    """Return log of b's F0 over a's per frame, drawn on from the frames that are voiced in both; 0 without any.

    It is drawn on as far as those frames bear it out: where they hold next to nothing of the voice that goes on alone,
    they say nothing about it, and it keeps its own course, or finds back to it within 20 ms.
    """
    both = np.flatnonzero(pair.a.voicing * pair.b.voicing > _BOTH_VOICED)
    frames = np.arange(pair.a.f0_hz.size)
    if both.size == 0:
        return np.zeros(frames.size)
    log_ratio = np.interp(frames, both, np.log(pair.b.f0_hz[both] / pair.a.f0_hz[both]))
    is_a = pair.a.voicing >= pair.b.voicing
    return np.asarray(log_ratio * np.where(is_a, _borne_out(pair.a, both), _borne_out(pair.b, both)))


def _borne_out(side: Side, both: npt.NDArray[np.intp]) -> FloatArray:
    """Return how far some frames tell of the voice of a side in each frame, shape (n_frames,), 0 to 1.

    They tell of all of it by the power of the voice that lies in them, and of what is near them in one voiced stretch.
    """
    power = side.voicing * np.exp(2.0 * side.log_amplitude).sum(axis=1)
    share = float(power[both].sum() / max(float(power.sum()), 1e-300))
    low, high = _TELLING_SHARE
    told = np.full(side.times_s.size, np.clip((share - low) / (high - low), 0.0, 1.0))
    for part in voiced_stretches(side.voicing > 0.0):
        inside = both[(both >= part.start) & (both < part.stop)]
        if inside.size:
            apart_s = _nearest_s(side.times_s[part], side.times_s[inside])
            told[part] = np.maximum(told[part], np.clip(1.0 - apart_s / _LETS_GO_S, 0.0, 1.0))
    return told


def _nearest_s(times_s: FloatArray, to_s: FloatArray) -> FloatArray:
    """Return how far each moment lies from the nearest of others, which rise, s."""
    after = np.minimum(np.searchsorted(to_s, times_s), to_s.size - 1)
    before = np.maximum(after - 1, 0)
    return np.asarray(np.minimum(np.abs(to_s[after] - times_s), np.abs(to_s[before] - times_s)))


def _blend(a: FloatArray, b: FloatArray, position: float) -> FloatArray:
    """Go along the line from a to b, and beyond it by no more than 12 dB."""
    line = (1.0 - position) * a
    line += position * b
    if 0.0 <= position <= 1.0:
        return line
    return np.asarray(np.clip(line, np.minimum(a, b) - _MOST_BEYOND, np.maximum(a, b) + _MOST_BEYOND))


def _envelopes(pair: Pair, position: float) -> tuple[FloatArray, FloatArray]:
    """Return natural log of power per Hz of harmonics and of noise at a position."""
    if position in (0.0, 1.0):
        model = pair.model_a if position == 0.0 else pair.model_b
        return model.log_harmonic, model.log_noise
    if pair.is_call:
        return _call_envelopes(pair, position)
    at = source_frequencies(pair.maps_hz, grid_hz=pair.grid_hz, position=position)
    read_a = read_at(pair.model_a.total_and_ratio, grid_hz=pair.grid_hz, at_hz=at.a_hz)
    read_b = read_at(pair.model_b.total_and_ratio, grid_hz=pair.grid_hz, at_hz=at.b_hz)
    total, ratio = _blend(read_a, read_b, position)
    if pair.tract is not None:
        total += pair.tract.correction(at, grid_hz=pair.grid_hz, position=position)
    wanted = _blend(pair.model_a.log_power, pair.model_b.log_power, position)
    change = np.clip(wanted - log_power(total, pair.grid_hz), -_MOST_LEVEL_CHANGE, _MOST_LEVEL_CHANGE)
    total += gaussian_smooth(change[None, :], width=1.0, axis=1)[0][:, None]
    return split(total, np.clip(ratio, LEAST_HNR, MOST_HNR, out=ratio))


def _call_envelopes(pair: Pair, position: float) -> tuple[FloatArray, FloatArray]:
    """Return the same for calls, whose noise keeps to its own line: harmonics move past each other."""
    harmonic = _blend(pair.model_a.log_harmonic, pair.model_b.log_harmonic, position)
    noise = _blend(pair.model_a.log_noise, pair.model_b.log_noise, position)
    return harmonic, noise


def _amplitudes(pair: Pair, position: float, f0_hz: FloatArray, log_harmonic: FloatArray) -> FloatArray:
    """Return the amplitude of each harmonic at a position, shape (n_frames, n_harmonics).

    Near an end its measured amplitudes correct the model. Differences of a few dB fade evenly towards the other end;
    what is beyond (harmonics that the recording does not have at all) is gone after the first steps.
    """
    n_harmonics = np.minimum(count_harmonics(f0_hz, pair.rate_hz), pair.a.phase.shape[1])
    n = int(n_harmonics.max())
    if pair.is_call:
        line = _blend(pair.model_a.log_amplitude[:, :n], pair.model_b.log_amplitude[:, :n], position)
    else:
        line = read_amplitude(log_harmonic, pair.grid_hz, f0_hz, n)
        line += _blend(pair.a.pattern[:n], pair.b.pattern[:n], position)
    near = float(np.clip(position, 0.0, 1.0))
    if near < 1.0:
        line += (1.0 - near) * pair.model_a.small[:, :n] + (1.0 - near) ** _QUICK * pair.model_a.rest[:, :n]
    if near > 0.0:
        line += near * pair.model_b.small[:, :n] + near**_QUICK * pair.model_b.rest[:, :n]
    return np.where(np.arange(1, n + 1) <= n_harmonics[:, None], np.exp(line), 0.0)


def _phases(pair: Pair, position: float, n: int) -> FloatArray:
    """Return each harmonic's phase relative to its multiple of the integral of F0, shape (n_frames, n_harmonics)."""
    near = float(np.clip(position, 0.0, 1.0))
    share = _voiced_share_of_b(pair, position)
    from_a = (1.0 - near) * (pair.a.voicing[:, None] * pair.a.is_present[:, :n] + _UNVOICED_WEIGHT)
    from_b = near * (pair.b.voicing[:, None] * pair.b.is_present[:, :n] + _UNVOICED_WEIGHT)
    base = (1.0 - share) * pair.a.drift + share * (pair.b.drift + pair.pulse_offset)
    orders = np.arange(1, n + 1)
    from_a += from_b
    from_b /= from_a
    from_b *= pair.phase_to_b[:, :n]
    from_b += pair.a.phase[:, :n]
    from_b += base[:, None] * orders
    return from_b


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
    sides = (
        (pair.a, pair.model_a, sources.times_a_s, 1.0 - part),
        (pair.b, pair.model_b, sources.times_b_s, part),
    )
    grains, log_gains, missing = [], [], np.ones_like(wanted)
    if carries_residual:
        for side, model, at_s, weight in sides:
            if weight <= 0.0:
                continue
            gain = 0.5 * (wanted - _rows_at(model.log_noise, place))
            capped = np.minimum(gain, _MOST_NOISE_GAIN)
            at = (at_s + after_s) * pair.rate_hz
            grains.append(_own_grains(pair, side, position, clock, at, seed))
            log_gains.append(capped + 0.5 * np.log(weight))
            missing -= weight * np.exp(2.0 * (capped - gain))
    if float(missing.max()) > 1e-6:
        white = child_rng(seed, "transport", "noise").normal(size=n_samples)
        grains.append(retimed_grains(white, clock=clock, source_samples=clock.centres.astype(np.float64)))
        log_gains.append(0.5 * (wanted + np.log(np.maximum(missing, 1e-30) * pair.rate_hz / 2.0)))
    return shaped_sum(grains, log_gains, clock=clock, rate_hz=pair.rate_hz, grid_hz=pair.grid_hz)


def _own_grains(
    pair: Pair, side: Side, position: float, clock: GrainClock, source_samples: FloatArray, seed: int
) -> FloatArray:
    """Cut a side's residual into grains, with more care where a common duration stretches or shrinks time."""
    if pair.clock.alignment.time_factor(position) == 1.0:
        return retimed_grains(side.residual, clock=clock, source_samples=source_samples)
    rng = child_rng(seed, "transport", "stretch", "a" if side is pair.a else "b")
    return stretched_grains(
        side.residual, clock=clock, source_samples=source_samples, rate_hz=pair.rate_hz, rng=rng
    )


def _rows_at(rows: FloatArray, place: FloatArray) -> FloatArray:
    """Read rows between frames on straight lines."""
    low = np.minimum(place.astype(np.intp), rows.shape[0] - 2)
    share = (place - low)[:, None]
    return np.asarray(rows[low] * (1.0 - share) + rows[low + 1] * share)
