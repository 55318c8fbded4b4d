"""A bird-like tonal syllable: a moving fundamental, a few harmonics, an envelope and a noise floor."""

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.contour import Contour, steady
from stimgen.synth.lines import contour_between, line
from stimgen.synth.source import (
    below_nyquist,
    frame_times_s,
    noise_bins_hz,
    onset_offset,
    phase_cycles,
    shape_noise,
    sum_harmonics,
)

# a harmonic that only one of two syllables has comes up from here
_ABSENT_DB = -70.0


@final
@dataclass(frozen=True, kw_only=True)
class SyllableParameters:
    """Everything that makes a synthetic syllable.

    Args:
        duration_s: Duration, s.
        f0_hz: Fundamental frequency, usually 600 to 8000 Hz.
        harmonics_db: Level of each harmonic, the fundamental first, dB; only differences matter.
        level_db: The envelope re `level_dbfs`, dB.
        noise_db: Level of a pink noise floor re the tone, dB.
        level_dbfs: RMS where the envelope is 0 dB, dB re full scale.
        attack: Share of the duration in which the syllable fades in.
        release: Share of the duration in which it fades out.

    Raises:
        SettingError: If a value is out of range.
    """

    duration_s: float
    f0_hz: Contour
    harmonics_db: tuple[float, ...]
    level_db: Contour = steady(0.0, unit="db")
    noise_db: float = -35.0
    level_dbfs: float = -24.0
    attack: float = 0.12
    release: float = 0.2

    def __post_init__(self) -> None:
        if not 0.01 <= self.duration_s <= 60.0:
            raise SettingError(f"a syllable lasts 0.01 to 60 s, got {self.duration_s:g} s")
        if not self.harmonics_db or not np.all(np.isfinite(self.harmonics_db)):
            raise SettingError("a syllable needs at least one harmonic, each with a finite level in dB")
        if self.f0_hz.unit != "hz" or self.level_db.unit != "db":
            raise SettingError("a syllable's f0_hz is a contour in Hz and its level_db one in dB")
        if not (self.attack > 0.0 and 0.0 < self.release <= 1.0 - self.attack):
            raise SettingError("attack and release must be above 0 and at most 1 together")

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the syllable, shape (round(duration_s * rate_hz),), full scale 1.0."""
        frame_s = frame_times_s(self.duration_s)
        times_s = np.arange(round(self.duration_s * rate_hz)) / rate_hz
        shares = frame_s / self.duration_s
        f0_hz, level = self.f0_hz.at(shares), 10.0 ** ((self.level_dbfs + self.level_db.at(shares)) / 20.0)
        powers = 10.0 ** (np.array(self.harmonics_db) / 10.0)
        strengths = np.sqrt(2.0 * powers / powers.sum())
        harmonics_hz = f0_hz[:, None] * np.arange(1, strengths.shape[0] + 1)
        amplitude = level[:, None] * strengths * below_nyquist(harmonics_hz, rate_hz=rate_hz)
        tone = sum_harmonics(
            phase_cycles(f0_hz, frame_s=frame_s, times_s=times_s),
            frame_s=frame_s,
            times_s=times_s,
            amplitude=amplitude,
            phase_rad=np.full_like(amplitude, -0.5 * np.pi),
        )
        noise = self._noise(level, rate_hz=rate_hz, white=rng.standard_normal(times_s.shape))
        gain = onset_offset(times_s / self.duration_s, attack=self.attack, release=self.release)
        return np.asarray((tone + noise) * gain)

    def toward(self, other: "SyllableParameters", position: float) -> "SyllableParameters":
        """Return the syllable at a position: F0 goes along logarithms, levels of harmonics and times straight.

        Args:
            other: The syllable at position 1.
            position: 0 is this syllable.
        """
        levels = zip_longest(
            _re_total_db(self.harmonics_db), _re_total_db(other.harmonics_db), fillvalue=_ABSENT_DB
        )
        return replace(
            self,
            duration_s=line(self.duration_s, other.duration_s, position),
            f0_hz=contour_between(self.f0_hz, other.f0_hz, position),
            harmonics_db=tuple(line(mine, theirs, position) for mine, theirs in levels),
            level_db=contour_between(self.level_db, other.level_db, position),
            noise_db=line(self.noise_db, other.noise_db, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
            attack=line(self.attack, other.attack, position),
            release=line(self.release, other.release, position),
        )

    def moments_s(self) -> FloatArray:
        """Return the beginning and the end, shape (2,), s: time is linear."""
        return np.array([0.0, self.duration_s])

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental at given moments, s, the same shape, Hz."""
        return self.f0_hz.at(times_s / self.duration_s)

    def formants_hz_at(self, times_s: FloatArray) -> None:
        """Return None: a syllable has harmonics of known levels, but no formants."""

    def _noise(self, level: FloatArray, *, rate_hz: int, white: FloatArray) -> FloatArray:
        bins_hz = np.maximum(noise_bins_hz(rate_hz), 1.0)
        # pink from 200 Hz to 10 kHz: the power per Hz is 1 / f over ln(10000 / 200)
        pink = np.where((bins_hz >= 200.0) & (bins_hz <= 10_000.0), 1.0 / (bins_hz * np.log(50.0)), 0.0)
        density = (level**2 * 10.0 ** (self.noise_db / 10.0))[:, None] * pink
        return shape_noise(white, density=density, rate_hz=rate_hz)


def _re_total_db(levels_db: tuple[float, ...]) -> tuple[float, ...]:
    powers = 10.0 ** (np.array(levels_db) / 10.0)
    return tuple((10.0 * np.log10(powers / powers.sum())).tolist())
