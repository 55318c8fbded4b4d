"""ERB distance: by how many dB the excitation patterns of two sounds on the ERB-rate scale differ, frame by frame."""

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
)
from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound

_POINTS_PER_BIN = 8
_FEWEST_BANDS = 4
_LEAST_SPACING, _MOST_SPACING = 0.05, 2.0


@dataclass(frozen=True, kw_only=True)
class ErbSettings(FrameSettings):
    """How excitation patterns are compared; the frames are as in `FrameSettings`.

    Args:
        spacing_erb: Distance of neighbouring auditory filters, in equivalent rectangular bandwidths; at half a
            bandwidth nothing falls between them.
        min_hz: Where the lowest filter begins, Hz; below it lie hum and offset, not the sound.
    """

    spacing_erb: float = 0.5
    min_hz: float = 50.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _LEAST_SPACING <= self.spacing_erb <= _MOST_SPACING or not self.min_hz >= 0.0:
            raise SettingError(
                f"auditory filters stand {_LEAST_SPACING:g} to {_MOST_SPACING:g} ERB apart from min_hz of at least 0 "
                f"on, got {self.spacing_erb:g} ERB from {self.min_hz:g} Hz on"
            )


@dataclass(frozen=True, kw_only=True)
class ErbFeatures:
    """What the ERB distance keeps of one sound.

    Args:
        excitation_db: Excitation above the floor, shape (n_frames, n_filters), dB, >= 0; frames tile the sound.
        is_active: Whether a frame is within `active_db` of the loudest, shape (n_frames,).
        rate_hz: Sampling rate, Hz.
    """

    excitation_db: FloatArray
    is_active: FloatArray
    rate_hz: int


@dataclass(frozen=True, kw_only=True)
class ErbMetric:
    """Distance of excitation patterns, dB: root mean square over auditory filters, mean over active frames.

    The excitation of a filter is the power of what it lets through, for filters spread evenly over the
    ERB-rate scale; their skirts carry power to neighbouring filters as the ear does. No presentation level is
    known, so the filters keep the symmetric shape that they have at moderate levels, and each sound counts at
    its own level (mean power of its active frames). Frames meet by linear time scaling of the whole file, and
    only those count that sound in at least one of the two. Above 15 kHz the scale is a formula drawn on, so
    that songs with ultrasound can be compared.

    Args:
        chosen: The settings.

    References:
        Moore & Glasberg 1983, JASA 74(3), 750-753 (excitation patterns from rounded-exponential filters).
        Glasberg & Moore 1990, Hearing Research 47, 103-138 (bandwidths, ERB-rate).

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> noise = Sound(samples=rng.normal(size=8000), rate_hz=16000)
        >>> metric = ErbMetric()
        >>> metric.distance(metric.features(noise), metric.features(noise))
        0.0
    """

    chosen: ErbSettings = field(default_factory=ErbSettings)
    name: str = field(default="erb", init=False)
    unit: str = field(default="dB", init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen)

    def features(self, sound: Sound) -> ErbFeatures:
        """Return the excitation patterns of one sound.

        Raises:
            SoundError: If the sound is empty, silent or not finite, or its rate is too low for the settings.
        """
        chosen = self.chosen
        if chosen.min_hz >= sound.rate_hz / 4.0:
            raise SoundError(
                f"the erb distance needs a rate above {4 * chosen.min_hz:g} Hz, got {sound.rate_hz} Hz in "
                f"{sound.name!r}"
            )
        n_fft = fft_size(chosen, rate_hz=sound.rate_hz)
        bank = _roex_bank(n_fft, sound.rate_hz, chosen.spacing_erb, chosen.min_hz)
        frames = band_frames(sound, bank, chosen=chosen, metric="erb")
        # a steady tone leaves its whole power in the filter that it lies in
        excitation_db = decibels_above_floor(frames.power, frames.level, range_db=chosen.range_db)
        return ErbFeatures(excitation_db=excitation_db, is_active=frames.is_active, rate_hz=sound.rate_hz)

    def distance(self, first: ErbFeatures, second: ErbFeatures) -> float:
        """Return the distance between two sounds, dB.

        Raises:
            SettingError: If the two sounds differ in rate or were measured with different filters.
        """
        refuse_strangers(
            "erb",
            (first.rate_hz, second.rate_hz),
            (first.excitation_db.shape[1], second.excitation_db.shape[1]),
        )
        difference, counts = meet(
            first.excitation_db, second.excitation_db, is_active=(first.is_active, second.is_active)
        )
        per_frame_db = np.sqrt(np.mean(difference**2, axis=1))
        return float((counts * per_frame_db).sum() / counts.sum())


def erb_hz(frequency_hz: FloatArray | float) -> FloatArray:
    """Return the equivalent rectangular bandwidth of the auditory filter at a frequency, Hz.

    References:
        Glasberg & Moore 1990, equation 3.

    Examples:
        >>> round(float(erb_hz(1000.0)), 1)
        132.6
    """
    return np.asarray(24.7 * (4.37e-3 * np.asarray(frequency_hz, dtype=np.float64) + 1.0))


def hz_to_erb_rate(frequency_hz: FloatArray | float) -> FloatArray:
    """Return how many equivalent rectangular bandwidths lie below a frequency.

    References:
        Glasberg & Moore 1990, equation 4; the factor is 1000 ln 10 / (24.7 * 4.37), so that the scale is the
        integral of 1 / ERB.

    Examples:
        >>> round(float(hz_to_erb_rate(1000.0)), 1)
        15.6
    """
    return np.asarray(_ERB_FACTOR * np.log10(4.37e-3 * np.asarray(frequency_hz, dtype=np.float64) + 1.0))


def erb_rate_to_hz(erb_rate: FloatArray | float) -> FloatArray:
    """Return the frequency at a place on the ERB-rate scale, Hz; the inverse of `hz_to_erb_rate`."""
    return np.asarray((10.0 ** (np.asarray(erb_rate, dtype=np.float64) / _ERB_FACTOR) - 1.0) / 4.37e-3)


_ERB_FACTOR = 1000.0 * np.log(10.0) / (24.7 * 4.37)


@lru_cache(maxsize=8)
def _roex_bank(n_fft: int, rate_hz: int, spacing_erb: float, min_hz: float) -> FloatArray:
    """Return the power that each auditory filter takes of a power density, shape (n_filters, n_fft // 2 + 1), Hz.

    A filter at f_c lets (1 + p g) exp(-p g) of the power through, with g = |f - f_c| / f_c and p = 4 f_c / ERB. The
    density is drawn as straight lines between the bins, so that filters narrower than a bin are not missed.
    """
    low, high = (float(hz_to_erb_rate(edge_hz)) for edge_hz in (min_hz, rate_hz / 2.0))
    n_filters = max(_FEWEST_BANDS, round((high - low) / spacing_erb))
    centres_hz = erb_rate_to_hz(low + (high - low) * (np.arange(n_filters) + 0.5) / n_filters)
    offsets = (np.arange(_POINTS_PER_BIN) + 0.5) / _POINTS_PER_BIN
    bin_hz = rate_hz / n_fft
    points_hz = bin_hz * (np.arange(n_fft // 2)[:, None] + offsets)
    bank = np.zeros((n_filters, n_fft // 2 + 1))
    for row, centre_hz in zip(bank, centres_hz, strict=True):
        slope = 4.0 * np.abs(points_hz - centre_hz) / erb_hz(centre_hz)
        weight = (1.0 + slope) * np.exp(-slope) * (bin_hz / _POINTS_PER_BIN)
        row[:-1] += weight @ (1.0 - offsets)
        row[1:] += weight @ offsets
    bank.flags.writeable = False
    return bank
