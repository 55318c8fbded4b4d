"""A recording's noise at another speed: its transients once each, its tones joined, the rest drawn afresh."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spectral.residual import GrainClock

IntArray = npt.NDArray[np.int64]

_HOP_S, _ATTACK_FRAMES, _BEFORE_FRAMES = 0.001, 2, 10
_LEAST_RISE = 10.0**1.2  # in power over what came before
_LEAST_POWER = 1e-4  # of the loudest frame
_NEAR_S, _TRAIN_S, _MOST_NEIGHBOURS = 0.008, 0.040, 2
_COMPARABLE = 0.25  # in power
_DECAY_S = 0.002
# Noise meets itself by chance at up to about 0.5 over half a grain; tones and hum far above.
_JOINED = 0.7


@dataclass(frozen=True, kw_only=True)
class _Cut:
    """Where each grain is taken from, less its place on the clock, and how it meets its predecessor.

    Args:
        offsets: Samples, shape (n_grains,).
        likeness: Correlation with the predecessor where the two overlap, shape (n_grains,), 0..1.
        is_fresh: Whether the grain repeats noise that was heard just before, shape (n_grains,).
    """

    offsets: IntArray
    likeness: FloatArray
    is_fresh: npt.NDArray[np.bool_]


def stretched_grains(
    samples: FloatArray,
    *,
    clock: GrainClock,
    source_samples: FloatArray,
    rate_hz: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Cut windowed grains out of a sound for a clock that runs much slower or faster.

    Around a transient the grains run at the sound's own speed, so that it happens once and unchanged; the
    stretches between transients give or take the time. Elsewhere a grain that strays by more than a quarter
    of a grain jumps to where it goes on best from its predecessor. Where nothing goes on well, there is only
    noise, and a jump back would repeat it, which is heard as a pitch: such a grain keeps its spectrum and
    draws its phases. Windows of neighbours add up to an even level for what the two have in common.

    Args:
        samples: Amplitude, shape (n_samples,).
        clock: The grains of the output.
        source_samples: Where in the sound each grain's centre comes from, shape (n_grains,), samples, never
            falling.
        rate_hz: Sampling rate, Hz.
        rng: Draws phases.

    Returns:
        Grains, shape (n_grains, 2 x half).

    References:
        Verhelst & Roelands 1993, An overlap-add technique based on waveform similarity, ICASSP (the choice of
        where to jump).
        Roebel 2003, A new approach to transient processing in the phase vocoder, DAFx (transients at their own
        speed).
    """
    half = clock.half
    attacks = _attacks(samples, rate_hz)
    reach = half + half // 2 + round(_DECAY_S * rate_hz)
    source, is_attack = _at_own_speed(source_samples, clock, attacks, reach)
    cut = _cut(samples, clock, source, is_attack)
    grains = _read(samples, clock.centres + cut.offsets, half)
    fresh = cut.is_fresh
    # every grain has its draw, so that neighbouring positions share them
    grains[fresh] = _with_phases(grains[fresh], rng.random((fresh.size, half + 1))[fresh])
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(half) + 0.5) / half)
    fall = rise[::-1]
    sums = rise**2 + fall**2 + 2.0 * cut.likeness[1:, None] * rise * fall
    grains[1:, :half] *= rise / np.sqrt(sums)
    grains[:-1, half:] *= fall / np.sqrt(sums)
    return grains


def _attacks(samples: FloatArray, rate_hz: float) -> FloatArray:
    """Return the places of sudden rises, strongest first, shape (n,), samples; regular trains of them do not count."""
    hop = max(int(round(_HOP_S * rate_hz)), 1)
    n_frames = samples.size // hop
    if n_frames < 2 * _BEFORE_FRAMES:
        return np.zeros(0)
    power = np.square(samples[: n_frames * hop]).reshape(n_frames, hop).mean(axis=1)
    total = np.concatenate([np.zeros(_BEFORE_FRAMES + 1), np.cumsum(power)])
    frames = np.arange(_ATTACK_FRAMES, n_frames)
    # what came before, a frame apart, so that the rise itself is not in it
    stop = frames - _ATTACK_FRAMES + 1 + _BEFORE_FRAMES
    before = (total[stop] - total[stop - _BEFORE_FRAMES]) / _BEFORE_FRAMES
    now = power[frames]
    floor = _LEAST_POWER * float(power.max())
    near = int(round(_NEAR_S / _HOP_S))
    spread = np.lib.stride_tricks.sliding_window_view(np.pad(now, near), 2 * near + 1)
    is_peak = (now >= spread.max(axis=1)) & (now > _LEAST_RISE * np.maximum(before, floor / _LEAST_RISE))
    peaks = frames[is_peak]
    apart = np.abs(peaks[:, None] - peaks[None, :]) <= _TRAIN_S / _HOP_S
    comparable = power[peaks][None, :] >= _COMPARABLE * power[peaks][:, None]
    alone = peaks[(apart & comparable).sum(axis=1) - 1 <= _MOST_NEIGHBOURS]
    strongest_first = alone[np.argsort(-power[alone], kind="stable")]
    return np.asarray((strongest_first + 0.5) * hop, dtype=np.float64)


def _at_own_speed(
    source_samples: FloatArray, clock: GrainClock, attacks: FloatArray, reach: int
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Let the clock run at the sound's own speed around attacks, as far as they lie apart in both."""
    out = clock.centres.astype(np.float64)
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(source_samples)) > 0.0])
    kept_out: list[float] = []
    kept_in: list[float] = []
    for place in attacks:
        if not source_samples[0] <= place <= source_samples[-1]:
            continue
        when = float(np.interp(place, source_samples[rising], out[rising]))
        if all(
            min(abs(when - other), abs(place - from_there)) >= 2 * reach
            for other, from_there in zip(kept_out, kept_in, strict=True)
        ):
            kept_out.append(when)
            kept_in.append(float(place))
    if not kept_out:
        return source_samples, np.zeros(out.size, dtype=np.bool_)
    when_all, place_all = np.sort(kept_out), np.sort(kept_in)
    from_attack = np.abs(out[:, None] - when_all).min(axis=1)
    from_place = np.abs(source_samples[:, None] - place_all).min(axis=1)
    free = (from_attack > reach) & (from_place > reach)
    knots_out = np.concatenate([out[free], when_all - reach, when_all + reach])
    knots_in = np.concatenate([source_samples[free], place_all - reach, place_all + reach])
    order = np.argsort(knots_out, kind="stable")
    return np.interp(out, knots_out[order], knots_in[order]), from_attack <= reach


def _cut(
    samples: FloatArray, clock: GrainClock, source: FloatArray, is_attack: npt.NDArray[np.bool_]
) -> _Cut:
    half = clock.half
    tolerance = half // 2
    offsets = np.round(source).astype(np.int64) - clock.centres
    likeness, is_fresh = np.ones(offsets.size), np.zeros(offsets.size, dtype=np.bool_)
    for grain in range(1, offsets.size):
        before, wanted = int(offsets[grain - 1]), int(offsets[grain])
        lowest, highest = _within(samples.size, clock, grain, is_free=not is_attack[grain])
        wanted = min(max(wanted, lowest), highest)
        if abs(wanted - before) <= tolerance and lowest <= before <= highest:
            offsets[grain] = before
            likeness[grain] = 0.0 if is_fresh[grain - 1] else 1.0
            continue
        start = int(clock.centres[grain - 1])
        play = 0 if is_attack[grain] else min(tolerance, highest - wanted, wanted - lowest)
        found, alike = _best_join(samples, start + before, start + wanted, half=half, play=play)
        offsets[grain] = wanted + found
        is_fresh[grain] = offsets[grain] < before and alike < _JOINED and not is_attack[grain]
        likeness[grain] = 0.0 if is_fresh[grain] or is_fresh[grain - 1] else alike
    return _Cut(offsets=offsets, likeness=likeness, is_fresh=is_fresh)


def _within(n_samples: int, clock: GrainClock, grain: int, *, is_free: bool) -> tuple[int, int]:
    """Return the offsets between which a grain reads nothing beyond the sound's ends, as long as the output lasts."""
    centre = int(clock.centres[grain])
    lowest, highest = clock.half - centre, n_samples - min(centre + clock.half, clock.n_samples)
    # attacks keep their place, and a sound may be too short for a grain
    return (lowest, highest) if is_free and lowest <= highest else (-centre - n_samples, n_samples)


def _best_join(samples: FloatArray, going: int, wanted: int, *, half: int, play: int) -> tuple[int, float]:
    """Return by how much to move a join so that what comes is most like what would have come, and how like it is."""
    here = _read(samples, np.array([going + half // 2]), half // 2)[0]
    there = _read(samples, np.array([wanted + half // 2]), half // 2 + play)[0]
    products = np.correlate(there, here, mode="valid")
    powers = np.convolve(np.square(there), np.ones(here.size), mode="valid")
    alike = products / np.sqrt(np.maximum(powers * float(here @ here), 1e-300))
    best = int(np.argmax(alike - 1e-9 * np.abs(np.arange(alike.size) - play)))
    return best - play, float(np.clip(alike[best], 0.0, 1.0))


def _read(samples: FloatArray, centres: IntArray, half: int) -> FloatArray:
    """Read stretches around centres, shape (n, 2 x half), with silence beyond the ends."""
    index = centres[:, None] + np.arange(-half, half)[None, :]
    inside = (index >= 0) & (index < samples.size)
    return np.asarray(np.where(inside, samples[np.clip(index, 0, samples.size - 1)], 0.0), dtype=np.float64)


def _with_phases(grains: FloatArray, turns: FloatArray) -> FloatArray:
    """Return noise with the spectra of grains, shape (n, 2 x half), and given phases in turns, shape (n, half + 1)."""
    size = grains.shape[1]
    window = np.sin(np.pi * (np.arange(size) + 0.5) / size)
    spectra = np.abs(np.fft.rfft(grains * window, axis=1)) * np.exp(2j * np.pi * turns)
    # the window halves the power
    return np.asarray(np.sqrt(2.0) * np.fft.irfft(spectra, size, axis=1))
