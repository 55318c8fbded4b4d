"""Mel distance: by how many dB the mel spectra of two sounds differ, frame by frame."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.filterbank import hz_to_mel, mel_edges_hz, mel_filterbank

# Noise bandwidth of a Hann window, in bins (Harris 1978, Proceedings of the IEEE 66, table 1).
_HANN_BINS = 1.5
_FULL_BANDS_FROM_HZ = 8000.0
_FEWEST_BANDS = 8
_FEWEST_FRAMES = 4
_FRAMES_AT_A_TIME = 1024
_MOST_BANDS, _MOST_FRAMES = 1024, 100_000
_SHORTEST_HOP_S, _LONGEST_WINDOW_S = 0.0001, 1.0
_MEL_PER_BARK = 135.0


@dataclass(frozen=True, kw_only=True)
class MelSettings:
    """How mel spectra are compared.

    Args:
        n_bands: Mel bands from `min_hz` to half the rate; below 8 kHz rate fewer, so that they stay as far
            apart in mel as at 8 kHz.
        min_hz: Lower edge of the first band, Hz; below it lie hum and offset, not the sound.
        window_s: Hann window, s. It does not follow the sound's duration, so that all sounds of a set are
            measured alike; 32 ms holds two periods of a low voice, so that shifts of single pulses hardly
            count.
        hop_s: Distance of frames, s; up to four times as much for sounds longer than `n_frames_max` hops.
        n_frames_max: Frames kept of a sound; in longer ones neighbouring frames are averaged.
        range_db: Floor, dB below the height that a steady tone of the sound's level would have.
        active_db: Frames count that are within this many dB of the loudest frame of either sound.
        spreads: Whether power spreads over neighbouring bands as it does in hearing (Schroeder, Atal & Hall
            1979, JASA 66(6), 1647-1652). Without it the distance between two thin harmonics does not grow any
            more once they lie in different bands: along the true continua between gliding tones it then rises
            and falls by chance.
    """

    n_bands: int = 128
    min_hz: float = 50.0
    window_s: float = 0.032
    hop_s: float = 0.0025
    n_frames_max: int = 4000
    range_db: float = 60.0
    active_db: float = 40.0
    spreads: bool = True

    def __post_init__(self) -> None:
        positive = (self.window_s, self.hop_s, self.range_db, self.active_db)
        if (
            not 1 <= self.n_bands <= _MOST_BANDS
            or not _FEWEST_FRAMES <= self.n_frames_max <= _MOST_FRAMES
            or not self.min_hz >= 0.0
            or not min(positive) > 0.0
            or not (self.hop_s >= _SHORTEST_HOP_S and self.window_s <= _LONGEST_WINDOW_S)
        ):
            raise SettingError(
                f"mel settings must be above 0, with 1 to {_MOST_BANDS} bands, {_FEWEST_FRAMES} to {_MOST_FRAMES} "
                f"frames at most, min_hz at least 0, hops of at least {1000 * _SHORTEST_HOP_S:g} ms and windows of at "
                f"most {1000 * _LONGEST_WINDOW_S:g} ms; got {self}"
            )


@dataclass(frozen=True, kw_only=True)
class MelFeatures:
    """What the mel distance keeps of one sound.

    Args:
        spectra_db: Power per mel band above the floor, shape (n_frames, n_bands), dB, >= 0; frames tile
            the sound.
        is_active: Whether a frame is within `active_db` of the loudest, shape (n_frames,).
        rate_hz: Sampling rate, Hz.
    """

    spectra_db: FloatArray
    is_active: FloatArray
    rate_hz: int


@dataclass(frozen=True, kw_only=True)
class MelMetric:
    """Log-spectral distance on mel bands, dB: root mean square over bands, mean over active frames.

    Each sound counts at its own level (mean power of its active frames), because stimuli are presented at
    one level; the distance therefore does not change with gain. Both are put on a common number of frames
    by linear time scaling of the whole file, and only frames count that are active in at least one of the
    two.

    Args:
        chosen: The settings.

    References:
        Gray & Markel 1976, IEEE Transactions on Acoustics, Speech, and Signal Processing 24(5), 380-391.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> noise = Sound(samples=rng.normal(size=8000), rate_hz=16000)
        >>> metric = MelMetric()
        >>> metric.distance(metric.features(noise), metric.features(noise))
        0.0
    """

    chosen: MelSettings = field(default_factory=MelSettings)
    name: str = field(default="mel", init=False)
    unit: str = field(default="dB", init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen)

    def features(self, sound: Sound) -> MelFeatures:
        """Return the mel spectra of one sound.

        Raises:
            SoundError: If the sound is empty, silent or not finite, or its rate is too low for the settings.
        """
        chosen = self.chosen
        n_frames = _n_frames(sound.duration_s, chosen)
        power, total = _mel_power(sound, n_frames, chosen)
        loudest = float(total.max(initial=0.0))
        if not (0.0 < loudest < np.inf):
            raise SoundError(
                f"the mel distance needs a sound that is finite and not silent, got {sound.name!r}"
            )
        is_active = total >= loudest * 10.0 ** (-chosen.active_db / 10.0)
        # A steady tone of power P stands at P / (noise bandwidth of the window) in the power density.
        tone = float(total[is_active].mean()) * chosen.window_s / _HANN_BINS
        floor = 10.0 ** (-chosen.range_db / 10.0)
        spectra_db = 10.0 * np.log10(np.maximum(power / tone, floor)) + chosen.range_db
        return MelFeatures(
            spectra_db=spectra_db, is_active=is_active.astype(np.float64), rate_hz=sound.rate_hz
        )

    def distance(self, first: MelFeatures, second: MelFeatures) -> float:
        """Return the distance between two sounds, dB.

        Raises:
            SettingError: If the two sounds differ in rate or were measured with different numbers of bands.
        """
        n_bands = first.spectra_db.shape[1], second.spectra_db.shape[1]
        if first.rate_hz != second.rate_hz or n_bands[0] != n_bands[1]:
            raise SettingError(
                f"the mel distance compares sounds of one rate and number of bands, "
                f"got {first.rate_hz} Hz with {n_bands[0]} and {second.rate_hz} Hz with {n_bands[1]}; "
                f"resample one of them"
            )
        n_frames = max(first.is_active.size, second.is_active.size)
        difference = _on_frames(first.spectra_db, n_frames) - _on_frames(second.spectra_db, n_frames)
        counts = np.maximum(_on_frames(first.is_active, n_frames), _on_frames(second.is_active, n_frames))
        per_frame_db = np.sqrt(np.mean(difference**2, axis=1))
        return float((counts * per_frame_db).sum() / counts.sum())


def mel_distance(a: FloatArray, b: FloatArray, *, rate_hz: int, settings: MelSettings | None = None) -> float:
    """Return the mel distance between two sounds, dB; see `MelMetric`.

    Args:
        a: Amplitude, shape (n_samples_a,).
        b: Amplitude, shape (n_samples_b,); the length may differ.
        rate_hz: Sampling rate of both, Hz.
        settings: How to compare.

    Returns:
        Distance, dB, >= 0; symmetric.

    Raises:
        SoundError: If a sound is empty, silent or not finite.
    """
    metric = MelMetric(chosen=settings or MelSettings())
    first = metric.features(Sound(samples=np.asarray(a, dtype=np.float64), rate_hz=rate_hz, name="a"))
    second = metric.features(Sound(samples=np.asarray(b, dtype=np.float64), rate_hz=rate_hz, name="b"))
    return metric.distance(first, second)


def _n_frames(duration_s: float, chosen: MelSettings) -> int:
    """Return how many frames tile a sound: one per hop, with hops of 1 to 4 times `hop_s`."""
    hop_s = min(max(chosen.hop_s, duration_s / chosen.n_frames_max), 4.0 * chosen.hop_s)
    return max(_FEWEST_FRAMES, round(duration_s / hop_s))


@lru_cache(maxsize=8)
def _bank(n_fft: int, rate_hz: int, n_bands: int, min_hz: float) -> FloatArray:
    top = float(hz_to_mel(min(rate_hz, _FULL_BANDS_FROM_HZ) / 2.0))
    fewer = np.ceil(n_bands * top / float(hz_to_mel(_FULL_BANDS_FROM_HZ / 2.0)))
    bank = mel_filterbank(n_fft, rate_hz, n_bands=max(_FEWEST_BANDS, int(fewer)), min_hz=min_hz)
    bank.flags.writeable = False
    return bank


@lru_cache(maxsize=8)
def _spreading(n_bands: int, rate_hz: int, min_hz: float) -> FloatArray:
    """Return how much of each band's density reaches each other, shape (from, to); white noise stays as it is.

    Levels fall by 25 dB per Bark towards lower and by 10 dB per Bark towards higher bands. Distances are taken on the
    mel axis, with the mean of mel per Bark below 8 kHz, because the Bark scale ends where ultrasound begins.
    """
    edges_hz = mel_edges_hz(n_bands, min_hz=min_hz, max_hz=rate_hz / 2.0)
    centres = np.asarray(hz_to_mel(edges_hz[1:-1])) / _MEL_PER_BARK
    away = centres[None, :] - centres[:, None] + 0.474
    gain_db = 15.81 + 7.5 * away - 17.5 * np.sqrt(1.0 + away**2)
    widths_hz = edges_hz[2:] - edges_hz[:-2]
    reached = widths_hz[:, None] * 10.0 ** (gain_db / 10.0)
    matrix = np.asarray(reached / reached.sum(axis=0), dtype=np.float64)
    matrix.flags.writeable = False
    return matrix


def _mel_power(sound: Sound, n_frames: int, chosen: MelSettings) -> tuple[FloatArray, FloatArray]:
    """Return power density per band (n, n_bands), 1/Hz, and power per frame (n,), n <= n_frames_max."""
    n_window = max(8, round(chosen.window_s * sound.rate_hz))
    n_fft = 1 << (n_window - 1).bit_length()
    if sound.n_samples == 0 or chosen.min_hz >= sound.rate_hz / 4.0:
        raise SoundError(
            f"the mel distance needs samples and a rate above {4 * chosen.min_hz:g} Hz, "
            f"got {sound.n_samples} samples at {sound.rate_hz} Hz in {sound.name!r}"
        )
    bank = _bank(n_fft, sound.rate_hz, chosen.n_bands, chosen.min_hz)
    bands, totals = [], []
    for density in _power_densities(sound, n_frames, n_window, n_fft):
        bands.append(density @ bank.T)
        totals.append(density.sum(axis=1) * (sound.rate_hz / n_fft))
    n_cells = min(n_frames, chosen.n_frames_max)
    power = np.concatenate(bands)
    if chosen.spreads:
        power = power @ _spreading(power.shape[1], sound.rate_hz, chosen.min_hz)
    return _cell_means(power, n_cells), _cell_means(np.concatenate(totals), n_cells)


def _power_densities(sound: Sound, n_frames: int, n_window: int, n_fft: int) -> Iterator[FloatArray]:
    """Yield blocks of power density of frames that tile the sound, (n, n_fft // 2 + 1), per Hz."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(n_window) + 0.5) / n_window)
    scale = 2.0 / (sound.rate_hz * float(np.sum(window**2)))
    padded = np.pad(sound.samples, (n_window // 2 + 1, n_window + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_window)
    starts = np.rint((np.arange(n_frames) + 0.5) * (sound.n_samples / n_frames)).astype(np.intp) + 1
    for first in range(0, n_frames, _FRAMES_AT_A_TIME):
        spectrum = np.fft.rfft(windows[starts[first : first + _FRAMES_AT_A_TIME]] * window, n_fft)
        yield scale * (spectrum.real**2 + spectrum.imag**2)


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
