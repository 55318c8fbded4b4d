"""Amplitudes and phases of harmonics, measured by projection and put together again."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.turns import cos_sin, polar

ComplexArray = npt.NDArray[np.complex128]

_FEWEST_PERIODS = 3
_LONGEST_S = 0.050
_STEEPEST = 0.3  # how far F0 may move from the centre of a window to its edge, as a share of F0
_TOP_SHARE = 0.97  # of half the rate, up to which harmonics are kept
_LANES = 32
_REACH = 1.3  # of half a window, beyond which none ends however steep F0 is
_REFINING_HARMONICS = 8
_FARTHEST_REFINEMENT = 0.04


@dataclass(frozen=True, kw_only=True)
class Harmonics:
    """The harmonic part of a sound.

    Args:
        times_s: Frame centres, shape (n_frames,), s.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz, defined in every frame.
        phase: Running phase of the fundamental, 2 pi times the integral of F0, shape (n_frames,), radians.
        coefficients: Complex amplitude of each harmonic relative to its multiple of the running phase, shape
            (n_frames, n_harmonics); zero where a harmonic would lie above half the rate.
        share: Share of the energy around each frame that is harmonic, freed of what the same windows would
            explain of white noise, shape (n_frames,), at most 1.
    """

    times_s: FloatArray
    f0_hz: FloatArray
    phase: FloatArray
    coefficients: ComplexArray
    share: FloatArray


def running_phase(times_s: FloatArray, f0_hz: FloatArray) -> FloatArray:
    """Return 2 pi times the integral of F0 (straight lines between frames), shape (n_frames,), radians."""
    cycles = 0.5 * (f0_hz[1:] + f0_hz[:-1]) * np.diff(times_s)
    return np.asarray(2.0 * np.pi * np.concatenate([[0.0], np.cumsum(cycles)]))


def count_harmonics(f0_hz: FloatArray, rate_hz: float) -> npt.NDArray[np.int64]:
    """Return how many harmonics of each frame lie below half the rate, shape (n_frames,), at least 1."""
    return np.maximum(np.floor(_TOP_SHARE * 0.5 * rate_hz / f0_hz), 1.0).astype(np.int64)


def measure_harmonics(
    samples: FloatArray, *, rate_hz: float, times_s: FloatArray, f0_hz: FloatArray,
    shortest_s: float | FloatArray, n_harmonics_max: int | None = None,
) -> Harmonics:  # fmt: skip
    """Measure the harmonics around each frame.

    Each window is a Hann of a whole number of periods (at least 3) in the phase of the fundamental itself,
    which is followed through the window as a line in frequency. In that variable the harmonics are
    orthogonal, so that the least-squares fit of all of them is a projection on each. Windows that would reach
    over an end of the sound are moved inside and the phase carried on.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        times_s: Frame centres, shape (n_frames,), s.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        shortest_s: Shortest window, or one per frame, s; high voices get more periods.
        n_harmonics_max: Measure only so many; None is all below half the rate.
    """
    n_periods = np.maximum(np.ceil(shortest_s * f0_hz), _FEWEST_PERIODS)
    n_periods = np.maximum(np.minimum(n_periods, np.floor(_LONGEST_S * f0_hz)), 2.0)
    half_s = 0.5 * n_periods / f0_hz
    duration_s = samples.size / rate_hz
    centres_s = np.clip(
        times_s, np.minimum(half_s, 0.5 * duration_s), np.maximum(duration_s - half_s, 0.5 * duration_s)
    )
    phase = running_phase(times_s, f0_hz)
    slope = np.gradient(f0_hz, times_s)
    limit = _STEEPEST * f0_hz / half_s
    n_harmonics = count_harmonics(f0_hz, rate_hz)
    if n_harmonics_max is not None:
        n_harmonics = np.minimum(n_harmonics, n_harmonics_max)
    coefficients = np.zeros((times_s.size, int(n_harmonics.max())), dtype=np.complex128)
    share = np.zeros(times_s.size)
    centre_f0_hz = np.interp(centres_s, times_s, f0_hz)
    centre_slope = np.clip(np.interp(centres_s, times_s, slope), -limit, limit)
    _project(np.ascontiguousarray(samples), float(rate_hz), centres_s, centre_f0_hz, centre_slope, n_periods,
             n_harmonics, coefficients, share)  # fmt: skip
    centre_phase = np.mod(_phase_at(centres_s, times_s, f0_hz, phase), 2.0 * np.pi)
    orders = np.arange(1, coefficients.shape[1] + 1)
    coefficients *= polar(np.ones(coefficients.shape), -centre_phase[:, None] * orders)
    noise_share = 1.5 / n_periods  # what a Hann of n periods explains of white noise
    return Harmonics(times_s=times_s, f0_hz=f0_hz, phase=phase, coefficients=coefficients,
                     share=(share - noise_share) / (1.0 - noise_share))  # fmt: skip


def refine_f0(
    samples: FloatArray, *, rate_hz: float, times_s: FloatArray, f0_hz: FloatArray, shortest_s: float
) -> FloatArray:
    """Correct F0 by how the phases of the first harmonics run ahead of it or lag from frame to frame.

    Args:
        samples: Amplitude, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        times_s: Frame centres, shape (n_frames,), s.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        shortest_s: Shortest window, s.

    Returns:
        Corrected F0, shape (n_frames,), Hz, within 4 % of the given one.

    References:
        Flanagan & Golden 1966, Phase vocoder, Bell System Technical Journal 45 (frequency from phase
        advance).
    """
    found = measure_harmonics(samples, rate_hz=rate_hz, times_s=times_s, f0_hz=f0_hz, shortest_s=shortest_s,
                              n_harmonics_max=_REFINING_HARMONICS)  # fmt: skip
    advance = found.coefficients[1:] * np.conj(found.coefficients[:-1])
    orders = np.arange(1, advance.shape[1] + 1)
    weights = np.abs(advance) * orders**2
    total = weights.sum(axis=1)
    per_order = (weights * np.angle(advance) / orders).sum(axis=1) / np.maximum(total, 1e-300)
    step_hz = per_order / (2.0 * np.pi * np.diff(times_s))
    shift_hz = np.zeros_like(f0_hz)
    near = np.zeros_like(f0_hz)
    for part in (slice(None, -1), slice(1, None)):
        shift_hz[part] += total * step_hz
        near[part] += total
    shift_hz /= np.maximum(near, 1e-300)
    return f0_hz * np.clip(1.0 + shift_hz / f0_hz, 1.0 - _FARTHEST_REFINEMENT, 1.0 + _FARTHEST_REFINEMENT)


def sum_harmonics(
    *, times_s: FloatArray, f0_hz: FloatArray, coefficients: ComplexArray, n_samples: int, rate_hz: float
) -> FloatArray:
    """Put harmonics together: the inverse of `measure_harmonics` as far as a sound is harmonic.

    Between frames F0 and the complex amplitudes run on straight lines, the phase on the integral of F0.

    Args:
        times_s: Frame centres, shape (n_frames,), s, rising.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz.
        coefficients: Complex amplitudes relative to the running phase, shape (n_frames, n_harmonics).
        n_samples: Samples to make.
        rate_hz: Sampling rate, Hz.

    Returns:
        Amplitude, shape (n_samples,).
    """
    turns = running_phase(times_s, f0_hz) / (2.0 * np.pi)
    bounds = np.searchsorted(np.arange(n_samples) / rate_hz, times_s)
    out = np.zeros(n_samples)
    _sum_blocks(times_s, f0_hz, turns, bounds, coefficients, float(rate_hz), out)
    return out


def _phase_at(at_s: FloatArray, times_s: FloatArray, f0_hz: FloatArray, phase: FloatArray) -> FloatArray:
    """Return the running phase at any times, exactly for F0 on straight lines between frames."""
    left = np.clip(np.searchsorted(times_s, at_s, side="right") - 1, 0, times_s.size - 2)
    since_s = at_s - times_s[left]
    step_s = np.maximum(times_s[left + 1] - times_s[left], 1e-12)
    rise = (f0_hz[left + 1] - f0_hz[left]) / step_s
    return np.asarray(phase[left] + 2.0 * np.pi * since_s * (f0_hz[left] + 0.5 * rise * since_s))


@compiled
def _project(
    samples: FloatArray, rate_hz: float, centres_s: FloatArray, f0_hz: FloatArray, slope: FloatArray,
    n_periods: FloatArray, n_harmonics: npt.NDArray[np.int64], out: ComplexArray, share: FloatArray,
) -> None:  # fmt: skip
    # A block of samples is turned from harmonic to harmonic at once, and summed up block by block.
    longest = int(_REACH * np.max(n_periods / f0_hz) * rate_hz) + 4 + _LANES
    wave, cosine, sine = np.empty(longest), np.empty(longest), np.empty(longest)
    real, imag = np.empty((out.shape[1], _LANES)), np.empty((out.shape[1], _LANES))
    turned_re, turned_im = np.empty(_LANES), np.empty(_LANES)
    for frame in range(centres_s.size):
        count = n_harmonics[frame]
        size, weight_sum, energy = _cut(
            samples,
            rate_hz,
            centres_s[frame],
            f0_hz[frame],
            slope[frame],
            n_periods[frame],
            wave,
            cosine,
            sine,
        )
        if weight_sum <= 0.0 or energy <= 0.0:
            continue
        real[:count] = 0.0
        imag[:count] = 0.0
        for block in range(0, size, _LANES):
            turned_re[:] = wave[block : block + _LANES]
            turned_im[:] = 0.0
            c, s = cosine[block : block + _LANES], sine[block : block + _LANES]
            for k in range(count):
                for lane in range(_LANES):
                    re = turned_re[lane] * c[lane] - turned_im[lane] * s[lane]
                    im = turned_re[lane] * s[lane] + turned_im[lane] * c[lane]
                    turned_re[lane] = re
                    turned_im[lane] = im
                    real[k, lane] += re
                    imag[k, lane] += im
        power = _settle(real, imag, count, weight_sum, out[frame])
        share[frame] = power * weight_sum / energy


@compiled
def _cut(
    samples: FloatArray, rate_hz: float, centre_s: float, f0_hz: float, slope: float, n_periods: float,
    wave: FloatArray, cosine: FloatArray, sine: FloatArray,
) -> tuple[int, float, float]:  # fmt: skip
    """Write one windowed stretch and the turns of its fundamental, silence after it; return size, weight, energy."""
    reach_s = 0.5 * n_periods / f0_hz * _REACH
    first = max(int(np.ceil((centre_s - reach_s) * rate_hz)), 0)
    last = min(int((centre_s + reach_s) * rate_hz), samples.size - 1)
    while first <= last and abs(_turns(first / rate_hz - centre_s, f0_hz, slope)) >= 0.5 * n_periods:
        first += 1
    while last >= first and abs(_turns(last / rate_hz - centre_s, f0_hz, slope)) >= 0.5 * n_periods:
        last -= 1
    size = last - first + 1
    for n in range(size):
        since_s = (first + n) / rate_hz - centre_s
        turns = _turns(since_s, f0_hz, slope)
        cosine[n], sine[n] = cos_sin(-turns)
        wave[n] = (0.5 + 0.5 * cos_sin(turns / n_periods)[0]) * (1.0 + slope * since_s / f0_hz)
    weight_sum, energy = 0.0, 0.0
    for n in range(size):
        weight_sum += wave[n]
        wave[n] *= samples[first + n]
        energy += wave[n] * samples[first + n]
    for values in (wave, cosine, sine):
        values[size : size + _LANES] = 0.0
    return size, weight_sum, energy


@compiled
def _turns(since_s: float, f0_hz: float, slope: float) -> float:
    return since_s * (f0_hz + 0.5 * slope * since_s)


@compiled
def _settle(real: FloatArray, imag: FloatArray, count: int, weight_sum: float, out: ComplexArray) -> float:
    """Write the complex amplitudes and return their power."""
    power = 0.0
    for k in range(count):
        re, im = 0.0, 0.0
        for lane in range(_LANES):
            re += real[k, lane]
            im += imag[k, lane]
        re, im = 2.0 * re / weight_sum, 2.0 * im / weight_sum
        out[k] = complex(re, im)
        power += 0.5 * (re * re + im * im)
    return power


@compiled
def _sum_blocks(
    times_s: FloatArray, f0_hz: FloatArray, turns: FloatArray, bounds: npt.NDArray[np.int64],
    coefficients: ComplexArray, rate_hz: float, out: FloatArray,
) -> None:  # fmt: skip
    # Horner's rule in z = exp(i phase) for both frames around each stretch of samples.
    n_frames = times_s.size
    for frame in range(n_frames - 1):
        first = 0 if frame == 0 else bounds[frame]
        last = out.size if frame == n_frames - 2 else bounds[frame + 1]
        size = last - first
        if size <= 0:
            continue
        top = coefficients.shape[1] - 1
        while top >= 0 and coefficients[frame, top] == 0.0 and coefficients[frame + 1, top] == 0.0:
            top -= 1
        c, s, part = np.empty(size), np.empty(size), np.empty(size)
        step_s = max(times_s[frame + 1] - times_s[frame], 1e-12)
        rise = (f0_hz[frame + 1] - f0_hz[frame]) / step_s
        for n in range(size):
            since_s = (first + n) / rate_hz - times_s[frame]
            part[n] = min(max(since_s / step_s, 0.0), 1.0)
            c[n], s[n] = cos_sin(turns[frame] + _turns(since_s, f0_hz[frame], rise))
        sum_re, sum_im = np.zeros(size), np.zeros(size)
        for k in range(top, -1, -1):
            re0, im0 = coefficients[frame, k].real, coefficients[frame, k].imag
            re1, im1 = coefficients[frame + 1, k].real - re0, coefficients[frame + 1, k].imag - im0
            for n in range(size):
                re = sum_re[n] + re0 + part[n] * re1
                im = sum_im[n] + im0 + part[n] * im1
                sum_re[n] = re * c[n] - im * s[n]
                sum_im[n] = re * s[n] + im * c[n]
        out[first:last] = sum_re
