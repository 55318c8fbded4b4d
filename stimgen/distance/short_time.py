"""Short-time power of a sound for metrics: frames that tile it, those that sound, and how two sounds meet."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import fft

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound

# Noise bandwidth of a Hann window, in bins (Harris 1978, Proceedings of the IEEE 66, table 1).
_HANN_BINS = 1.5
_FEWEST_FRAMES = 4
# few enough that a block stays in the processor's cache
_FRAMES_AT_A_TIME = 64
_MOST_FRAMES = 100_000
_SHORTEST_HOP_S, _LONGEST_WINDOW_S = 0.0001, 1.0


@dataclass(frozen=True, kw_only=True)
class FrameSettings:
    """How a sound is cut into frames, and how deep and which of them count.

    Args:
        window_s: Hann window, s. It does not follow the sound's duration, so that all sounds of a set are
            measured alike; 32 ms holds two periods of a low voice, so that shifts of single pulses hardly
            count.
        hop_s: Distance of frames, s; up to four times as much for sounds longer than `n_frames_max` hops.
        n_frames_max: Frames kept of a sound; in longer ones neighbouring frames are averaged.
        range_db: Floor, dB below the height that a steady tone of the sound's level would have.
        active_db: Frames count that are within this many dB of the loudest frame of either sound.
    """

    window_s: float = 0.032
    hop_s: float = 0.0025
    n_frames_max: int = 4000
    range_db: float = 60.0
    active_db: float = 40.0

    def __post_init__(self) -> None:
        positive = (self.window_s, self.hop_s, self.range_db, self.active_db)
        if (
            not _FEWEST_FRAMES <= self.n_frames_max <= _MOST_FRAMES
            or not min(positive) > 0.0
            or not (self.hop_s >= _SHORTEST_HOP_S and self.window_s <= _LONGEST_WINDOW_S)
        ):
            raise SettingError(
                f"the frames of a metric need settings above 0, {_FEWEST_FRAMES} to {_MOST_FRAMES} frames at most, "
                f"hops of at least {1000 * _SHORTEST_HOP_S:g} ms and windows of at most "
                f"{1000 * _LONGEST_WINDOW_S:g} ms; got {self}"
            )


@dataclass(frozen=True, kw_only=True)
class BandFrames:
    """Power of a sound per frame and band, and as a whole.

    Args:
        power: What the bands gather, shape (n_frames, n_bands).
        total: Power per frame, shape (n_frames,).
        is_active: Whether a frame is within `active_db` of the loudest, shape (n_frames,), 0 or 1.
        level: Mean power of the active frames.
    """

    power: FloatArray
    total: FloatArray
    is_active: FloatArray
    level: float


def fft_size(chosen: FrameSettings, *, rate_hz: int) -> int:
    """Return the length of the Fourier transform of a frame, samples: the next power of two above the window.

    Examples:
        >>> fft_size(FrameSettings(), rate_hz=44_100)
        2048
    """
    return 1 << (_window_size(chosen, rate_hz) - 1).bit_length()


def band_frames(sound: Sound, bank: FloatArray, *, chosen: FrameSettings, metric: str) -> BandFrames:
    """Return the power that bands gather in frames that tile a sound.

    Args:
        sound: The sound.
        bank: Weights on power density (1/Hz), shape (n_bands, n_fft // 2 + 1), with n_fft from `fft_size`.
        chosen: The frames.
        metric: What the metric is called in errors.

    Raises:
        SoundError: If the sound is empty, silent or not finite.
    """
    if sound.n_samples == 0:
        raise SoundError(f"the {metric} distance needs samples, got none in {sound.name!r}")
    n_frames = _n_frames(sound.duration_s, chosen)
    n_fft = 2 * (bank.shape[1] - 1)
    bands, totals = [], []
    for density in _power_densities(sound, n_frames, _window_size(chosen, sound.rate_hz), n_fft):
        bands.append(density @ bank.T)
        totals.append(density.sum(axis=1) * (sound.rate_hz / n_fft))
    n_cells = min(n_frames, chosen.n_frames_max)
    total = _cell_means(np.concatenate(totals), n_cells)
    loudest = float(total.max(initial=0.0))
    if not (0.0 < loudest < np.inf):
        raise SoundError(
            f"the {metric} distance needs a sound that is finite and not silent, got {sound.name!r}"
        )
    is_active = total >= loudest * 10.0 ** (-chosen.active_db / 10.0)
    return BandFrames(
        power=_cell_means(np.concatenate(bands), n_cells),
        total=total,
        is_active=is_active.astype(np.float64),
        level=float(total[is_active].mean()),
    )


def tone_density(frames: BandFrames, chosen: FrameSettings) -> float:
    """Return the density at which a steady tone of the sound's level stands: power / (noise bandwidth), 1/Hz."""
    return frames.level * chosen.window_s / _HANN_BINS


def decibels_above_floor(power: FloatArray, reference: float, *, range_db: float) -> FloatArray:
    """Return dB above a floor that lies `range_db` below a reference; 0 at and below the floor.

    Examples:
        >>> decibels_above_floor(np.array([1.0, 1e-3, 0.0]), 1.0, range_db=60.0).tolist()
        [60.0, 30.0, 0.0]
    """
    floor = 10.0 ** (-range_db / 10.0)
    return np.asarray(10.0 * np.log10(np.maximum(power / reference, floor)) + range_db)


def meet(
    first: FloatArray, second: FloatArray, *, is_active: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Put two sounds on common frames by linear time scaling.

    Args:
        first: Values of one sound, shape (n_frames_a, n_values).
        second: Values of the other, shape (n_frames_b, n_values).
        is_active: Which frames of either sound, shapes (n_frames_a,) and (n_frames_b,).

    Returns:
        Their difference, shape (n_frames, n_values), and how much each frame counts, shape (n_frames,): those
        that sound in at least one of the two.
    """
    n_frames = max(first.shape[0], second.shape[0])
    difference = _on_frames(first, n_frames) - _on_frames(second, n_frames)
    counts = np.maximum(*(_on_frames(active, n_frames) for active in is_active))
    return difference, np.asarray(counts)


def refuse_strangers(metric: str, rates_hz: tuple[int, int], n_values: tuple[int, int]) -> None:
    """Refuse to compare features that do not belong together.

    Raises:
        SettingError: If two sounds differ in rate or in the number of values per frame.
    """
    if rates_hz[0] != rates_hz[1] or n_values[0] != n_values[1]:
        raise SettingError(
            f"the {metric} distance compares sounds of one rate and number of bands, got {rates_hz[0]} Hz with "
            f"{n_values[0]} and {rates_hz[1]} Hz with {n_values[1]}; resample one of them"
        )


def _window_size(chosen: FrameSettings, rate_hz: int) -> int:
    return max(8, round(chosen.window_s * rate_hz))


def _n_frames(duration_s: float, chosen: FrameSettings) -> int:
    """Return how many frames tile a sound: one per hop, with hops of 1 to 4 times `hop_s`."""
    hop_s = min(max(chosen.hop_s, duration_s / chosen.n_frames_max), 4.0 * chosen.hop_s)
    return max(_FEWEST_FRAMES, round(duration_s / hop_s))


def _power_densities(sound: Sound, n_frames: int, n_window: int, n_fft: int) -> Iterator[FloatArray]:
    """Yield blocks of power density of frames that tile the sound, (n, n_fft // 2 + 1), per Hz."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(n_window) + 0.5) / n_window)
    window *= np.sqrt(2.0 / (sound.rate_hz * float(np.sum(window**2))))
    padded = np.pad(sound.samples, (n_window // 2 + 1, n_window + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_window)
    starts = np.rint((np.arange(n_frames) + 0.5) * (sound.n_samples / n_frames)).astype(np.intp) + 1
    for first in range(0, n_frames, _FRAMES_AT_A_TIME):
        frames = windows[starts[first : first + _FRAMES_AT_A_TIME]]
        # an offset is no sound, nor is the constant that silence becomes where a sound's mean was taken off
        frames = frames - frames.mean(axis=1, keepdims=True)
        frames *= window
        spectrum = fft.rfft(frames, n_fft)
        density = spectrum.real**2
        density += spectrum.imag**2
        yield density


def _cell_means(values: FloatArray, n_cells: int) -> FloatArray:
    """Average neighbouring rows into `n_cells` cells."""
    n = values.shape[0]
    if n == n_cells:
        return values
    starts = (np.arange(n_cells) * n) // n_cells
    counts = np.diff(np.append(starts, n)).astype(np.float64)
    sums = np.add.reduceat(values, starts, axis=0)
    return np.asarray(sums / counts.reshape(-1, *([1] * (values.ndim - 1))), dtype=np.float64)


def _on_frames(values: FloatArray, n_frames: int) -> FloatArray:
    """Stretch rows to `n_frames` rows by straight lines in time."""
    n = values.shape[0]
    if n == n_frames:
        return values
    at = np.clip((np.arange(n_frames) + 0.5) * (n / n_frames) - 0.5, 0.0, n - 1.0)
    lower = np.minimum(at.astype(np.intp), n - 2)
    share = (at - lower).reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray((1.0 - share) * values[lower] + share * values[lower + 1], dtype=np.float64)
