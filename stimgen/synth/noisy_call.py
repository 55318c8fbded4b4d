"""A noisy or harsh call: a moving band of noise whose loudness flutters, with or without a tone in it."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.contour import Contour, steady
from stimgen.synth.lines import contour_between, line, log_line
from stimgen.synth.source import (
    below_nyquist,
    frame_times_s,
    noise_bins_hz,
    onset_offset,
    phase_cycles,
    shape_noise,
    sum_harmonics,
)

# From here down a tone in noise cannot be heard or measured, and there is no truth to know about it.
TONELESS_DB = -25.0
_LOWEST_HZ, _HIGHEST_HZ, _STEP_HZ = 200.0, 15_000.0, 25.0


@final
@dataclass(frozen=True, kw_only=True)
class NoisyCallParameters:
    """Everything that makes a synthetic noisy call.

    In the truth between two calls the band travels along log frequency, and the level of band and tone
    together and the ratio of tone to noise lie on straight lines in dB. The flutter's rate goes along its
    logarithm, from its own starting phase: what is heard is how fast it flutters, not which flutter is which,
    so single flutters of a and b do not correspond, and time is linear.

    Args:
        duration_s: Duration, s.
        centre_hz: Centre of the band, Hz.
        width_octaves: Standard deviation of the band in log frequency, octaves.
        flutter_hz: Rate of the amplitude modulation, Hz.
        flutter_depth: Its depth, 0..1.
        flutter_phase: Its phase at the beginning, cycles.
        tone_db: Level of the tone re the noise, dB; `TONELESS_DB` for none. Its harmonics lie under the same
            band as the noise.
        tone_octaves: Its fundamental re the centre of the band, octaves. A call without a tone should be
            given that of what it is to be morphed with, as its own cannot be heard.
        level_db: The level over time re `level_dbfs`, dB.
        level_dbfs: RMS of tone and noise together where `level_db` is 0 dB, dB re full scale.
        attack: Share of the duration in which the call fades in.
        release: Share of the duration in which it fades out.

    Raises:
        SettingError: If a value is out of range.
    """

    duration_s: float
    centre_hz: Contour
    width_octaves: float
    flutter_hz: float = 40.0
    flutter_depth: float = 0.0
    flutter_phase: float = 0.0
    tone_db: float = TONELESS_DB
    tone_octaves: float = 0.0
    level_db: Contour = steady(0.0, unit="db")
    level_dbfs: float = -24.0
    attack: float = 0.1
    release: float = 0.2

    def __post_init__(self) -> None:
        if not 0.01 <= self.duration_s <= 60.0:
            raise SettingError(f"a call lasts 0.01 to 60 s, got {self.duration_s:g} s")
        if not 0.0 <= self.flutter_depth <= 1.0:
            raise SettingError(f"flutter_depth must be 0 to 1, got {self.flutter_depth:g}")
        if min(self.width_octaves, self.flutter_hz) <= 0.0:
            raise SettingError("width_octaves and flutter_hz must be above 0")
        if not (self.attack > 0.0 and 0.0 < self.release <= 1.0 - self.attack):
            raise SettingError("attack and release must be above 0 and at most 1 together")

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the call, shape (round(duration_s * rate_hz),), full scale 1.0."""
        frame_s = frame_times_s(self.duration_s)
        times_s = np.arange(round(self.duration_s * rate_hz)) / rate_hz
        power = 10.0 ** ((self.level_dbfs + self.level_db.at(frame_s / self.duration_s)) / 10.0)
        ratio = 10.0 ** (self.tone_db / 10.0)
        density = (power / (1.0 + ratio))[:, None] * self._noise_shares(frame_s, rate_hz=rate_hz)
        noise = shape_noise(rng.standard_normal(times_s.shape), density=density, rate_hz=rate_hz)
        tone = self._tone(power * ratio / (1.0 + ratio), frame_s=frame_s, times_s=times_s, rate_hz=rate_hz)
        shares = times_s / self.duration_s
        gain = onset_offset(shares, attack=self.attack, release=self.release) * self._flutter(times_s)
        return np.asarray((noise + tone) * gain)

    def toward(self, other: "NoisyCallParameters", position: float) -> "NoisyCallParameters":
        """Return the call at a position; see the class for what lies on which line.

        Args:
            other: The call at position 1.
            position: 0 is this call.
        """
        return replace(
            self,
            duration_s=line(self.duration_s, other.duration_s, position),
            centre_hz=contour_between(self.centre_hz, other.centre_hz, position),
            width_octaves=log_line(self.width_octaves, other.width_octaves, position),
            flutter_hz=log_line(self.flutter_hz, other.flutter_hz, position),
            flutter_depth=line(self.flutter_depth, other.flutter_depth, position),
            flutter_phase=line(self.flutter_phase, other.flutter_phase, position),
            tone_db=line(self.tone_db, other.tone_db, position),
            tone_octaves=line(self.tone_octaves, other.tone_octaves, position),
            level_db=contour_between(self.level_db, other.level_db, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
            attack=line(self.attack, other.attack, position),
            release=line(self.release, other.release, position),
        )

    def moments_s(self) -> FloatArray:
        """Return the beginning and the end, shape (2,), s: time is linear."""
        return np.array([0.0, self.duration_s])

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the tone's fundamental at given moments, s, the same shape, Hz; NaN where noise is stronger."""
        if self.tone_db <= 0.0:
            return np.full(times_s.shape, np.nan)
        return self._tone_hz(times_s)

    def formants_hz_at(self, times_s: FloatArray) -> None:
        """Return None: a call has a band of noise, but no formants."""

    def _tone_hz(self, times_s: FloatArray) -> FloatArray:
        return np.asarray(self.centre_hz.at(times_s / self.duration_s) * 2.0**self.tone_octaves)

    def _band(self, frequencies_hz: FloatArray, times_s: FloatArray) -> FloatArray:
        centre_hz = self.centre_hz.at(times_s / self.duration_s)[:, None]
        return np.asarray(np.exp(-0.5 * (np.log2(frequencies_hz / centre_hz) / self.width_octaves) ** 2))

    def _noise_shares(self, times_s: FloatArray, *, rate_hz: int) -> FloatArray:
        grid_hz = np.arange(_LOWEST_HZ, _HIGHEST_HZ, _STEP_HZ)
        bins_hz = noise_bins_hz(rate_hz)
        total = self._band(grid_hz, times_s).sum(axis=1) * _STEP_HZ
        shares = self._band(np.maximum(bins_hz, _LOWEST_HZ), times_s) * (bins_hz >= _LOWEST_HZ)
        return np.asarray(shares / total[:, None])

    def _tone(
        self, power: FloatArray, *, frame_s: FloatArray, times_s: FloatArray, rate_hz: int
    ) -> FloatArray:
        f0_hz = self._tone_hz(frame_s)
        harmonics_hz = f0_hz[:, None] * np.arange(1, max(1, int(_HIGHEST_HZ / float(f0_hz.min()))) + 1)
        weights = self._band(harmonics_hz, frame_s)
        amplitude = np.sqrt(2.0 * power[:, None] * weights / weights.sum(axis=1, keepdims=True))
        return sum_harmonics(
            phase_cycles(f0_hz, frame_s=frame_s, times_s=times_s),
            frame_s=frame_s,
            times_s=times_s,
            amplitude=amplitude * below_nyquist(harmonics_hz, rate_hz=rate_hz),
            phase_rad=np.full_like(amplitude, -0.5 * np.pi),
        )

    def _flutter(self, times_s: FloatArray) -> FloatArray:
        wave = np.cos(2.0 * np.pi * (self.flutter_hz * times_s + self.flutter_phase))
        # the mean square of 1 + d cos is 1 + d^2 / 2: depth does not change the level
        return np.asarray((1.0 + self.flutter_depth * wave) / np.sqrt(1.0 + 0.5 * self.flutter_depth**2))
