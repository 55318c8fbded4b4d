"""Noise that keeps its texture: grains of a recording's residual, re-timed and reshaped."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from stimgen.media.sound import FloatArray
from stimgen.spectral.displacement import read_at

ComplexArray = npt.NDArray[np.complex128]

_GRAINS_AT_A_TIME = 64  # more no longer fit the processor's cache


@dataclass(frozen=True, kw_only=True)
class GrainClock:
    """Even grains of one output: each half overlaps its neighbour.

    Args:
        n_samples: Length of the output, samples.
        half: Half a grain, samples; also the distance of grains.
        centres: Centre of each grain, shape (n_grains,), samples; the first is 0, the last at or after the
            end.
    """

    n_samples: int
    half: int
    centres: npt.NDArray[np.int64]


def grain_clock(n_samples: int, *, rate_hz: float, grain_s: float) -> GrainClock:
    """Lay grains of a given length over an output."""
    half = max(int(round(0.5 * grain_s * rate_hz)), 8)
    return GrainClock(
        n_samples=n_samples, half=half, centres=np.arange(0, n_samples + half, half, dtype=np.int64)
    )


def retimed_grains(samples: FloatArray, *, clock: GrainClock, source_samples: FloatArray) -> FloatArray:
    """Cut windowed grains out of a sound for a clock that runs at another speed.

    Grains keep their distance to their neighbours as long as that puts none more than a quarter of a grain off its
    place, and jump then by half a grain. Where neighbours keep their distance they overlap as the same waveform and the
    halves of their windows add to 1 in amplitude; where one jumps the two are unrelated and the halves add to
    1 in power.

    Args:
        samples: Amplitude, shape (n_samples,).
        clock: The grains of the output.
        source_samples: Where in the sound each grain's centre comes from, shape (n_grains,), samples.

    Returns:
        Grains, shape (n_grains, 2 x half). Laid on the clock unchanged, with source_samples equal to the
        centres, they add up to the sound itself.
    """
    half = clock.half
    offsets = _held(np.round(source_samples).astype(np.int64) - clock.centres, half // 2)
    firsts = clock.centres + offsets - half
    before, after = max(-int(firsts.min()), 0), max(int(firsts.max()) + 2 * half - samples.size, 0)
    padded = np.pad(samples, (before, after))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    grains = np.asarray(windows[firsts + before], dtype=np.float64)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(half) + 0.5) / half)
    jumps = np.diff(offsets) != 0
    rises = np.where(jumps[:, None], np.sqrt(rise), rise)
    grains[1:, :half] *= rises
    grains[:-1, half:] *= rises[:, ::-1]
    return grains


def shaped_sum(
    grains: list[FloatArray],
    log_gains: list[FloatArray],
    *,
    clock: GrainClock,
    rate_hz: float,
    grid_hz: FloatArray,
) -> FloatArray:
    """Shape grains in frequency and add them up.

    Args:
        grains: Several sets of grains, each of shape (n_grains, 2 x half).
        log_gains: For each set the natural log of the amplitude gain, shape (n_grains, n_points).
        clock: The grains of the output.
        rate_hz: Sampling rate, Hz.
        grid_hz: Frequencies of the points, shape (n_points,), Hz.

    Returns:
        Amplitude, shape (clock.n_samples,).
    """
    half = clock.half
    n_fft = scipy.fft.next_fast_len(4 * half, real=True)
    bins_hz = np.linspace(0.0, 1.0, n_fft // 2 + 1)[None, :] * (rate_hz / 2.0)
    out = np.zeros(int(clock.centres[-1]) + 2 * half + n_fft)
    for first in range(0, clock.centres.size, _GRAINS_AT_A_TIME):
        part = slice(first, first + _GRAINS_AT_A_TIME)
        spectrum: ComplexArray | float = 0.0
        for one, log_gain in zip(grains, log_gains, strict=True):
            gain = read_at(log_gain[part], grid_hz=grid_hz, at_hz=bins_hz)
            padded = np.pad(one[part], ((0, 0), (half, n_fft - 3 * half)))
            spectrum = spectrum + np.exp(gain, out=gain) * scipy.fft.rfft(padded, axis=1)
        pieces = scipy.fft.irfft(spectrum, n_fft, axis=1)
        for centre, piece in zip(clock.centres[part], pieces, strict=True):
            out[centre : centre + n_fft] += piece
    return out[2 * half : 2 * half + clock.n_samples]


def _held(offsets: npt.NDArray[np.int64], tolerance: int) -> npt.NDArray[np.int64]:
    """Bring each offset to the nearest multiple of twice the tolerance.

    The multiples are the same for every clock: where a clock changes a little, single grains move to the next multiple
    at moments of their own. If an offset were held until it is off by the tolerance, one grain that moves would take
    all later ones with it, and two sounds at nearly the same position would have different noise.
    """
    step = max(2 * tolerance, 1)
    return np.asarray((offsets + step // 2) // step * step, dtype=np.int64)
