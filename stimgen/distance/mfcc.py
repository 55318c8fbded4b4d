"""Mel-cepstral distortion: by how many dB the smooth shapes of two sounds' mel spectra differ."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy.fft import dct

from stimgen.distance.mel import mel_bank
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

_MOST_BANDS = 1024


@dataclass(frozen=True, kw_only=True)
class MfccSettings(FrameSettings):
    """How mel cepstra are compared; the frames are as in `FrameSettings`.

    Args:
        n_coefficients: Cosines that the mel spectrum is described with, from the first on; the zeroth, the
            level of the frame, does not count. 13 follow resonances and leave single harmonics out.
        n_bands: Mel bands from `min_hz` to half the rate; below 8 kHz rate fewer.
        min_hz: Lower edge of the first band, Hz.
        spreads: Whether power spreads over neighbouring bands as in the mel distance, so that thin harmonics
            far apart do not all differ alike.
    """

    n_coefficients: int = 13
    n_bands: int = 40
    min_hz: float = 50.0
    spreads: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.n_coefficients < self.n_bands <= _MOST_BANDS or not self.min_hz >= 0.0:
            raise SettingError(
                f"mfcc settings need 1 coefficient or more, more bands than coefficients (up to {_MOST_BANDS}) and "
                f"min_hz of at least 0, got {self}"
            )


@dataclass(frozen=True, kw_only=True)
class MfccFeatures:
    """What the mel-cepstral distortion keeps of one sound.

    Args:
        cepstra_db: Coefficients 1 to K, shape (n_frames, K), scaled so that the square root of their summed
            squares is the root mean square over bands of what they describe, dB.
        is_active: Whether a frame is within `active_db` of the loudest, shape (n_frames,).
        rate_hz: Sampling rate, Hz.
    """

    cepstra_db: FloatArray
    is_active: FloatArray
    rate_hz: int


@dataclass(frozen=True, kw_only=True)
class MfccMetric:
    """Mel-cepstral distortion, dB: root of summed squares over coefficients, mean over active frames.

    With mel cepstra c_k of the natural log of amplitude, log |H| = c_0 + sum over k of c_k cos(k w), the
    distortion of a frame is 10 / ln 10 * sqrt(2 * sum over k from 1 to K of (c_k - c'_k)^2). That is the root
    mean square, over the mel axis, of the difference of two dB spectra after smoothing them to K cosines and
    taking their means off; computed here from the orthonormal cosine transform of dB per band, divided by the
    root of the number of bands. Frames meet by linear time scaling of the whole file, and only those count
    that sound in at least one of the two.

    Args:
        chosen: The settings.

    References:
        Davis & Mermelstein 1980, IEEE Transactions on Acoustics, Speech, and Signal Processing 28(4), 357-366
        (coefficients). Kubichek 1993, Proceedings of IEEE PacRim, 125-128 (distortion).

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> noise = Sound(samples=rng.normal(size=8000), rate_hz=16000)
        >>> metric = MfccMetric()
        >>> metric.distance(metric.features(noise), metric.features(noise))
        0.0
    """

    chosen: MfccSettings = field(default_factory=MfccSettings)
    name: str = field(default="mfcc", init=False)
    unit: str = field(default="dB", init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen)

    def features(self, sound: Sound) -> MfccFeatures:
        """Return the mel cepstra of one sound.

        Raises:
            SoundError: If the sound is empty, silent or not finite, or its rate is too low for the settings.
        """
        chosen = self.chosen
        if chosen.min_hz >= sound.rate_hz / 4.0:
            raise SoundError(
                f"the mfcc distance needs a rate above {4 * chosen.min_hz:g} Hz, got {sound.rate_hz} Hz in "
                f"{sound.name!r}"
            )
        bank = mel_bank(
            fft_size(chosen, rate_hz=sound.rate_hz),
            sound.rate_hz,
            n_bands=chosen.n_bands,
            min_hz=chosen.min_hz,
            spreads=chosen.spreads,
        )
        frames = band_frames(sound, bank, chosen=chosen, metric="mfcc")
        reference = tone_density(frames, chosen)
        spectra_db = decibels_above_floor(frames.power, reference, range_db=chosen.range_db)
        n_bands = spectra_db.shape[1]
        cepstra_db = dct(spectra_db, type=2, norm="ortho", axis=1) / np.sqrt(n_bands)
        last = min(chosen.n_coefficients, n_bands - 1)
        return MfccFeatures(
            cepstra_db=np.ascontiguousarray(cepstra_db[:, 1 : last + 1]),
            is_active=frames.is_active,
            rate_hz=sound.rate_hz,
        )

    def distance(self, first: MfccFeatures, second: MfccFeatures) -> float:
        """Return the distortion between two sounds, dB.

        Raises:
            SettingError: If the two sounds differ in rate or were measured with different settings.
        """
        refuse_strangers(
            "mfcc",
            (first.rate_hz, second.rate_hz),
            (first.cepstra_db.shape[1], second.cepstra_db.shape[1]),
        )
        difference, counts = meet(
            first.cepstra_db, second.cepstra_db, is_active=(first.is_active, second.is_active)
        )
        per_frame_db = np.sqrt(np.sum(difference**2, axis=1))
        return float((counts * per_frame_db).sum() / counts.sum())
