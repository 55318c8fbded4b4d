"""Mel distance: by how many dB the mel spectra of two sounds differ, frame by frame."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from stimgen.distance.short_time import (
    FrameSettings,
    band_frames,
    decibels_above_floor,
    fft_size,
    meet,
    refuse_strangers,
    tone_density,
)
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.filterbank import hz_to_mel, mel_edges_hz, mel_filterbank

_FULL_BANDS_FROM_HZ = 8000.0
_FEWEST_BANDS = 8
_MOST_BANDS = 1024
_MEL_PER_BARK = 135.0


@dataclass(frozen=True, kw_only=True)
class MelSettings(FrameSettings):
    """How mel spectra are compared; the frames are as in `FrameSettings`.

    Args:
        n_bands: Mel bands from `min_hz` to half the rate; below 8 kHz rate fewer, so that they stay as far
            apart in mel as at 8 kHz.
        min_hz: Lower edge of the first band, Hz; below it lie hum and offset, not the sound.
        spreads: Whether power spreads over neighbouring bands as it does in hearing (Schroeder, Atal & Hall
            1979, JASA 66(6), 1647-1652). Without it the distance between two thin harmonics does not grow any
            more once they lie in different bands: along the true continua between gliding tones it then rises
            and falls by chance.
    """

    n_bands: int = 128
    min_hz: float = 50.0
    spreads: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.n_bands <= _MOST_BANDS or not self.min_hz >= 0.0:
            raise SettingError(
                f"mel bands are 1 to {_MOST_BANDS} from min_hz of at least 0 on, got {self.n_bands} from "
                f"{self.min_hz:g} Hz on"
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
        if chosen.min_hz >= sound.rate_hz / 4.0:
            raise SoundError(
                f"the mel distance needs a rate above {4 * chosen.min_hz:g} Hz, got {sound.rate_hz} Hz in "
                f"{sound.name!r}"
            )
        n_fft = fft_size(chosen, rate_hz=sound.rate_hz)
        bank = mel_bank(
            n_fft, sound.rate_hz, n_bands=chosen.n_bands, min_hz=chosen.min_hz, spreads=chosen.spreads
        )
        frames = band_frames(sound, bank, chosen=chosen, metric="mel")
        spectra_db = decibels_above_floor(
            frames.power, tone_density(frames, chosen), range_db=chosen.range_db
        )
        return MelFeatures(spectra_db=spectra_db, is_active=frames.is_active, rate_hz=sound.rate_hz)

    def distance(self, first: MelFeatures, second: MelFeatures) -> float:
        """Return the distance between two sounds, dB.

        Raises:
            SettingError: If the two sounds differ in rate or were measured with different numbers of bands.
        """
        refuse_strangers(
            "mel",
            (first.rate_hz, second.rate_hz),
            (first.spectra_db.shape[1], second.spectra_db.shape[1]),
        )
        difference, counts = meet(
            first.spectra_db, second.spectra_db, is_active=(first.is_active, second.is_active)
        )
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


@lru_cache(maxsize=8)
def mel_bank(n_fft: int, rate_hz: int, *, n_bands: int, min_hz: float, spreads: bool) -> FloatArray:
    """Return the weights of mel bands on power density, with or without spreading in hearing.

    Args:
        n_fft: Length of the Fourier transform, samples.
        rate_hz: Sampling rate, Hz.
        n_bands: Bands from 8 kHz rate on; below it fewer, at least 8.
        min_hz: Lower edge of the first band, Hz.
        spreads: Whether power spreads over neighbouring bands.

    Returns:
        Weights, shape (n_bands, n_fft // 2 + 1); flat spectra stay flat. Not to be written to.
    """
    top = float(hz_to_mel(min(rate_hz, _FULL_BANDS_FROM_HZ) / 2.0))
    fewer = np.ceil(n_bands * top / float(hz_to_mel(_FULL_BANDS_FROM_HZ / 2.0)))
    bank = mel_filterbank(n_fft, rate_hz, n_bands=max(_FEWEST_BANDS, int(fewer)), min_hz=min_hz)
    if spreads:
        bank = _spreading(bank.shape[0], rate_hz, min_hz).T @ bank
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
