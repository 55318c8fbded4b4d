"""The control condition: a blend of two sounds that moves nothing, of spectrograms or of samples."""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.base import Rendering
from stimgen.spectral.alignment import Alignment, align_linear, common_duration_s
from stimgen.spectral.phase import invert
from stimgen.spectral.stft import StftSettings, stft

Kind = Literal["spectrogram", "wave"]

_KINDS = ("spectrogram", "wave")
_SHORTEST_S = 0.010
_DECIBELS_PER_NEPER = 20.0 / math.log(10.0)


@dataclass(frozen=True, kw_only=True)
class CrossfadeSpace:
    """Blends that leave every pitch and resonance of both sounds where it is.

    Args:
        kind: "spectrogram" blends magnitudes in dB after linear time alignment, at the blended duration,
            and inverts them; "wave" blends samples, the shorter sound followed by silence.
        floor_db: Magnitudes are taken as at least this far below their own sound's greatest, dB, < 0
            ("spectrogram").
        extrapolation_limit_db: Beyond 0..1 no bin moves further than this from its value at the nearer end,
            dB, >= 0 ("spectrogram").
        n_iterations: Fast Griffin-Lim iterations of the inversion, >= 1 ("spectrogram").

    Raises:
        SettingError: If a setting is out of its range.

    Examples:
        >>> rate_hz = 8000
        >>> time_s = np.arange(800) / rate_hz
        >>> low = Sound(samples=np.sin(2 * np.pi * 300 * time_s), rate_hz=rate_hz)
        >>> high = Sound(samples=np.sin(2 * np.pi * 900 * time_s[:400]), rate_hz=rate_hz)
        >>> CrossfadeSpace().between(low, high, seed=0)(0.5).samples.shape
        (600,)
    """

    kind: Kind = "spectrogram"
    floor_db: float = -100.0
    extrapolation_limit_db: float = 20.0
    n_iterations: int = 48

    name = "crossfade"
    is_vector = False

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise SettingError(f"a crossfade is of the kind 'spectrogram' or 'wave', got {self.kind!r}")
        if not -200.0 <= self.floor_db < 0.0:
            raise SettingError(
                f"floor_db must lie from -200 to below 0, got {self.floor_db:g}; -100 suits recordings"
            )
        if not 0.0 <= self.extrapolation_limit_db <= 100.0:
            raise SettingError(
                f"extrapolation_limit_db must lie within 0..100, got {self.extrapolation_limit_db:g}"
            )
        if self.n_iterations < 1:
            raise SettingError(f"n_iterations must be at least 1, got {self.n_iterations}; 32 is the default")

    def settings(self) -> dict[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        if self.kind == "wave":
            return {"kind": "wave", "alignment": "common onset", "padding": "silence after the shorter sound"}
        return {
            "kind": "spectrogram",
            "alignment": "linear",
            "blend": "decibels",
            "floor_db": self.floor_db,
            "extrapolation_limit_db": self.extrapolation_limit_db,
            "window": "hann, 23-32 ms, at most half the shorter sound",
            "hops_per_window": 8,
            "inversion": "phase-gradient heap integration, fast Griffin-Lim (momentum 0.99)",
            "n_iterations": self.n_iterations,
        }

    def between(
        self, a: Sound, b: Sound, *, seed: int, duration_s: float | None = None
    ) -> "SpectrogramCrossfade | WaveCrossfade":
        """Return the blends between two sounds of one rate.

        Args:
            a: The sound at position 0.
            b: The sound at position 1.
            seed: Decides phases where magnitudes are too small to say; used by "spectrogram" only.
            duration_s: How long every position lasts, s. None goes from a's duration to b's ("spectrogram") or
                takes the longer one ("wave", which knows no other).

        Raises:
            SettingError: If the rates differ, a or b would be stretched or shrunk more than 4 times, or a "wave"
                would be stretched or shrunk at all.
            SoundError: If a sound is silent ("spectrogram") or has no samples.
        """
        if a.rate_hz != b.rate_hz:
            raise SettingError(
                f"a crossfade needs both sounds at one rate, got {a.rate_hz} Hz ({a.name}) and "
                f"{b.rate_hz} Hz ({b.name}); resample one of them"
            )
        for sound in (a, b):
            if sound.n_samples == 0:
                raise SoundError(f"{sound.name} has no samples; give a sound of at least 10 ms")
        common_s = common_duration_s(duration_s, a, b)
        if self.kind == "wave":
            if common_s is not None and not common_s == a.duration_s == b.duration_s:
                raise SettingError(
                    f"a crossfade of samples cannot change durations, and a and b last {a.duration_s:.3f} and "
                    f"{b.duration_s:.3f} s; use --duration keep or --crossfade spectrogram"
                )
            return _pad_to_common_length(a, b)
        stft_settings = StftSettings.for_rate(a.rate_hz, shortest_s=min(a.duration_s, b.duration_s))
        return SpectrogramCrossfade(
            space=self,
            stft_settings=stft_settings,
            rate_hz=a.rate_hz,
            seed=seed,
            alignment=replace(align_linear(a.duration_s, b.duration_s), common_duration_s=common_s),
            level_a_db=_levels_db(a, stft_settings, floor_db=self.floor_db),
            level_b_db=_levels_db(b, stft_settings, floor_db=self.floor_db),
        )


@dataclass(frozen=True, kw_only=True)
class SpectrogramCrossfade:
    """The way between two sounds by blending their spectrograms in dB.

    Args:
        space: The settings.
        stft_settings: Window and hop of both spectrograms and of the result's.
        rate_hz: Sampling rate of both sounds, Hz.
        seed: Given to the inversion.
        alignment: Linear, from 0 to the durations of both.
        level_a_db: Magnitudes of a, shape (n_bins, n_frames of a), dB, at or above the floor.
        level_b_db: Magnitudes of b, shape (n_bins, n_frames of b), dB, at or above the floor.
    """

    space: CrossfadeSpace
    stft_settings: StftSettings
    rate_hz: int
    seed: int
    alignment: Alignment
    level_a_db: FloatArray
    level_b_db: FloatArray

    @property
    def motion(self) -> str:
        """How spectra move: not at all, they fade."""
        return "none"

    def duration_s(self, position: float) -> float:
        """Return how long the rendering of a position lasts, s."""
        return self.alignment.duration_s(position)

    def __call__(self, position: float) -> Rendering:
        """Render one position.

        Raises:
            SettingError: If the position would give a sound shorter than 10 ms.
        """
        n_samples = self._n_samples(position)
        times_s = self.stft_settings.frame_times_s(n_samples, self.rate_hz)
        read = self.alignment.source_times(position, times_s)
        hop_s = self.stft_settings.hop_samples / self.rate_hz
        level_db = _blend_db(
            _at_frames(self.level_a_db, read.times_a_s / hop_s),
            _at_frames(self.level_b_db, read.times_b_s / hop_s),
            position,
            limit_db=self.space.extrapolation_limit_db,
        )
        inversion = invert(
            np.exp(level_db / _DECIBELS_PER_NEPER),
            self.stft_settings,
            n_samples=n_samples,
            n_iterations=self.space.n_iterations,
            seed=self.seed,
        )
        return Rendering(
            samples=inversion.samples,
            rate_hz=self.rate_hz,
            spectral_convergence_db=inversion.spectral_convergence_db,
        )

    def _n_samples(self, position: float) -> int:
        duration_a_s, duration_b_s = self.alignment.duration_a_s, self.alignment.duration_b_s
        duration_s = (1.0 - position) * duration_a_s + position * duration_b_s
        n_samples = round(duration_s * self.rate_hz) if math.isfinite(duration_s) else 0
        if n_samples < math.floor(_SHORTEST_S * self.rate_hz):
            raise SettingError(
                f"position {position:g} would give a sound of {1e3 * duration_s:.1f} ms, but 10 ms is the "
                f"shortest; {_range_that_works(duration_a_s, duration_b_s)}"
            )
        common_s = self.alignment.common_duration_s
        return n_samples if common_s is None else round(common_s * self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class WaveCrossfade:
    """The way between two sounds by blending their samples.

    Args:
        rate_hz: Sampling rate of both sounds, Hz.
        alignment: Each moment with itself, from 0 to the duration of the longer sound.
        samples_a: Amplitude of a, shape (n_samples,), silence after its end.
        samples_b: Amplitude of b, the same shape, silence after its end.
    """

    rate_hz: int
    alignment: Alignment
    samples_a: FloatArray
    samples_b: FloatArray

    @property
    def motion(self) -> str:
        """How spectra move: not at all, they fade."""
        return "none"

    def duration_s(self, position: float) -> float:
        """Return how long every rendering lasts, s: as long as the longer sound."""
        return self.alignment.duration_s(position)

    def __call__(self, position: float) -> Rendering:
        """Render (1 - position) x a + position x b.

        Raises:
            SettingError: If the position is not a finite number, or the result would be shorter than 10 ms.
        """
        if not math.isfinite(position):
            raise SettingError(f"position must be a finite number, got {position}; 0 is a and 1 is b")
        if self.samples_a.shape[0] < math.floor(_SHORTEST_S * self.rate_hz):
            raise SettingError(
                f"both sounds are shorter than 10 ms (the longer lasts "
                f"{1e3 * self.alignment.duration_a_s:.1f} ms), so no position works; choose longer sounds"
            )
        return Rendering(
            samples=(1.0 - position) * self.samples_a + position * self.samples_b,
            rate_hz=self.rate_hz,
            end_source="original",
        )


def _pad_to_common_length(a: Sound, b: Sound) -> WaveCrossfade:
    n_samples = max(a.n_samples, b.n_samples)
    return WaveCrossfade(
        rate_hz=a.rate_hz,
        alignment=align_linear(n_samples / a.rate_hz, n_samples / a.rate_hz),
        samples_a=np.pad(a.samples, (0, n_samples - a.n_samples)),
        samples_b=np.pad(b.samples, (0, n_samples - b.n_samples)),
    )


def _levels_db(sound: Sound, settings: StftSettings, *, floor_db: float) -> FloatArray:
    """Return the magnitudes of a sound, shape (n_bins, n_frames), dB, raised to the floor."""
    magnitude = np.abs(stft(sound.samples, settings))
    greatest = float(magnitude.max())
    if greatest == 0.0:
        raise SoundError(f"{sound.name} is silent, so it has no spectrogram to blend; choose another sound")
    lowest = greatest * math.exp(floor_db / _DECIBELS_PER_NEPER)
    return np.asarray(_DECIBELS_PER_NEPER * np.log(np.maximum(magnitude, lowest)), dtype=np.float64)


def _at_frames(level_db: FloatArray, frames: FloatArray) -> FloatArray:
    """Read a spectrogram at fractional frames, linearly in dB, holding the last frame to the sound's end."""
    last = level_db.shape[1] - 1
    before = np.clip(np.floor(frames).astype(np.int64), 0, last)
    after = np.minimum(before + 1, last)
    share = np.clip(frames - before, 0.0, 1.0)
    return (1.0 - share) * level_db[:, before] + share * level_db[:, after]


def _blend_db(
    level_a_db: FloatArray, level_b_db: FloatArray, position: float, *, limit_db: float
) -> FloatArray:
    """Blend linearly in dB; beyond an end no bin goes further than the limit from its value there."""
    inside = min(max(position, 0.0), 1.0)
    nearer = (1.0 - inside) * level_a_db + inside * level_b_db
    return nearer + np.clip((position - inside) * (level_b_db - level_a_db), -limit_db, limit_db)


def _range_that_works(duration_a_s: float, duration_b_s: float) -> str:
    if duration_a_s == duration_b_s:
        if duration_a_s < _SHORTEST_S:
            return "both sounds are shorter than that, so no position works; choose longer sounds"
        return "every finite position works"
    bound = (_SHORTEST_S - duration_a_s) / (duration_b_s - duration_a_s)
    if duration_b_s > duration_a_s:
        return f"positions of {math.ceil(bound * 1000) / 1000:g} and above work"
    return f"positions of {math.floor(bound * 1000) / 1000:g} and below work"
