"""Pulses of a sound: sudden rises that ring out, found, cut out and told from other short sounds."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.minimum_phase import minimum_phase

IntArray = npt.NDArray[np.int64]

_NOW_S, _BEFORE_S, _GAP_S = 0.0015, 0.002, 0.0005
_LEAST_RISE = 10.0**1.2  # in power over what came before
_LEAST_POWER = 1e-4  # of the loudest moment
_LEAST_FALL = 10.0**-1.0  # in power, until the next pulse at the latest
_APART_S = 0.005  # faster ones are a pitch
_ONSET_SHARE = 0.1  # of the pulse's peak amplitude
_LEAD_S, _FADE_S = 0.0005, 0.001
_LONGEST_S = 0.060
_ABOVE_FLOOR = 2.0
_FLOOR_SHARE = 0.1
_MOST_LAG_S = 0.0008
_PADDING = 4
# An exponential decay takes 3.3 times as long for 90 % of its energy as for half of it, a held tone 1.8 times.
_LEAST_TAIL = 2.0


@dataclass(frozen=True, kw_only=True)
class Pulses:
    """The pulses of a sound and all that is left without them.

    Args:
        onsets: Where they begin, shape (n_pulses,), samples, rising.
        lead: How many samples of each wave lie before its onset.
        waves: Amplitudes, one array a pulse; with `rest` they add up to the sound.
        rest: The sound without them.
        share: Their share of the sound's energy, 0..1.
    """

    onsets: IntArray
    lead: int
    waves: tuple[FloatArray, ...]
    rest: Sound
    share: float


def find_pulses(sound: Sound) -> Pulses:
    """Find pulses and cut them out.

    A pulse rises by 12 dB within 2 ms, falls by 10 dB before the next one comes, and is a body hit once: it falls
    all the time, and its energy comes hardly later than that of the minimum-phase response with the same spectrum,
    which is the earliest possible. Chirps and bursts of noise last longer than their spectra ask for and are no pulses.

    Args:
        sound: The sound; it need have none.

    References:
        Oppenheim & Schafer 2010, Discrete-Time Signal Processing, section 5.6.3 (minimum energy delay).
    """
    lead = max(int(round(_LEAD_S * sound.rate_hz)), 1)
    onsets, now = _onsets(sound.samples, sound.rate_hz)
    kept, waves, rest = [], [], sound.samples.copy()
    for onset, window in zip(onsets, _windows(onsets, now, lead, sound.rate_hz), strict=True):
        first = max(onset - lead, 0)
        stop = min(onset - lead + window.size, sound.n_samples)
        wave = np.zeros(window.size)
        part = slice(first - (onset - lead), stop - (onset - lead))
        wave[part] = sound.samples[first:stop] * window[part]
        if _lag_s(wave, lead, sound.rate_hz) > _MOST_LAG_S or not _rings_out(wave, lead):
            continue
        kept.append(onset)
        waves.append(wave)
        rest[first:stop] -= wave[part]
    energy = float(np.sum(sound.samples**2))
    share = float(sum(np.sum(wave**2) for wave in waves)) / max(energy, 1e-300)
    return Pulses(
        onsets=np.array(kept, dtype=np.int64),
        lead=lead,
        waves=tuple(waves),
        rest=Sound(samples=rest, rate_hz=sound.rate_hz, name=sound.name),
        share=share,
    )


def _onsets(samples: FloatArray, rate_hz: int) -> tuple[list[int], FloatArray]:
    """Return where pulses may begin, and the mean power of the 1.5 ms from each sample on."""
    n_now, n_before, n_gap = (max(int(round(s * rate_hz)), 1) for s in (_NOW_S, _BEFORE_S, _GAP_S))
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    places = np.arange(samples.size)
    now = (total[np.minimum(places + n_now, samples.size)] - total[places]) / n_now
    stop = np.maximum(places - n_gap, 0)
    before = (total[stop] - total[np.maximum(stop - n_before, 0)]) / n_before
    floor = _LEAST_POWER * float(now.max(initial=0.0)) + 1e-300
    rises = (now >= _LEAST_RISE * np.maximum(before, 1e-1 * floor)) & (now >= floor)
    onsets: list[int] = []
    for first, last in _runs(rises):
        top = first + int(np.argmax(now[first:last]))
        onset = _attack(samples, top, n_gap, n_now)
        if not onsets or onset - onsets[-1] >= _APART_S * rate_hz:
            onsets.append(onset)
    return [
        onset
        for onset, following in pairwise([*onsets, samples.size])
        if now[onset : min(following, onset + int(_LONGEST_S * rate_hz))].min() <= _LEAST_FALL * now[onset]
    ], now


def _attack(samples: FloatArray, top: int, n_gap: int, n_now: int) -> int:
    """Return the first sample that reaches a tenth of the peak of a pulse."""
    first = max(top - n_gap, 0)
    part = np.abs(samples[first : top + n_now])
    return first + int(np.argmax(part >= _ONSET_SHARE * part.max()))


def _windows(onsets: list[int], now: FloatArray, lead: int, rate_hz: int) -> list[FloatArray]:
    """Return the window that cuts out each pulse, from before its onset until it has rung out."""
    fade = max(int(round(_FADE_S * rate_hz)), 1)
    floor = _ABOVE_FLOOR * float(np.quantile(now, _FLOOR_SHARE)) if now.size else 0.0
    fall = 0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(lead) + 0.5) / lead)
    windows = []
    for onset, following in pairwise([*onsets, now.size + lead]):
        stop = min(following - lead, onset + int(_LONGEST_S * rate_hz))
        quiet = np.flatnonzero(now[onset:stop] <= floor)
        length = int(quiet[0]) + fade if quiet.size else stop - onset
        length = max(min(length, stop - onset), fade)
        windows.append(np.concatenate([rise, np.ones(length - fade), fall]))
    return windows


def _lag_s(wave: FloatArray, lead: int, rate_hz: int) -> float:
    """Return by how much the energy of a wave comes later than its spectrum asks for, s."""
    size = _PADDING * wave.size
    spectrum = np.fft.rfft(wave, size)
    magnitude = np.abs(spectrum)
    earliest = np.fft.irfft(magnitude * np.exp(1j * minimum_phase(magnitude[None, :])[0]), size)
    power = wave**2
    centre = float(power @ np.arange(wave.size)) / max(float(power.sum()), 1e-300) - lead
    power = earliest[: size // 2] ** 2
    return (centre - float(power @ np.arange(power.size)) / max(float(power.sum()), 1e-300)) / rate_hz


def _rings_out(wave: FloatArray, lead: int) -> bool:
    """Whether a wave falls all the time, as what is hit does, and is not held."""
    heard = np.cumsum(wave[lead:] ** 2)
    half, most = (int(np.searchsorted(heard, share * heard[-1])) + 1 for share in (0.5, 0.9))
    return most >= _LEAST_TAIL * half


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
