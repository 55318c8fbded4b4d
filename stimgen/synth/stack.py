"""A harmonic stack as songbirds sing it: many harmonics of one source under an envelope with moving bumps."""

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

# The tract lets little pass above its cut-off; levels count all that it does.
_CUTOFF_DB_PER_OCTAVE = 36.0
_LOWEST_HZ, _HIGHEST_HZ, _STEP_HZ = 100.0, 20_000.0, 50.0


@dataclass(frozen=True, kw_only=True)
class Bump:
    """A broad resonance: a bell in dB over log frequency.

    Args:
        centre_hz: Where, Hz, moving.
        height_db: How much it lifts there, dB.
        width_octaves: Standard deviation of the bell, octaves.
    """

    centre_hz: Contour
    height_db: float
    width_octaves: float

    def toward(self, other: "Bump", position: float) -> "Bump":
        """Return the bump at a position: its centre along logarithms, its height and width straight."""
        return Bump(
            centre_hz=contour_between(self.centre_hz, other.centre_hz, position),
            height_db=line(self.height_db, other.height_db, position),
            width_octaves=line(self.width_octaves, other.width_octaves, position),
        )


@final
@dataclass(frozen=True, kw_only=True)
class StackParameters:
    """Everything that makes a synthetic harmonic stack.

    What the tract does belongs to frequencies and what the syrinx does to harmonic numbers, as in speech: in
    helium the pitch of birdsong stays while the balance of its harmonics shifts (Nowicki 1987, Nature
    325:53), and songbirds tune their tract by moving it (Riede et al. 2006, PNAS 103:5543). So in the truth
    between two stacks the bumps of the envelope travel along log frequency and lift whichever harmonics then
    lie there, while a weak fundamental and weak even harmonics, which the source makes, keep their harmonic
    numbers and change their dB.

    Args:
        duration_s: Duration, s.
        f0_hz: Fundamental, usually 300 to 1000 Hz.
        bumps: The envelope's bumps, from low to high.
        cutoff_hz: Above this the envelope falls by 36 dB per octave, Hz.
        slope_db_per_octave: Slope of the envelope below, dB per octave.
        fundamental_db: Extra level of the first harmonic, dB: about -30 for a missing fundamental.
        even_db: Extra level of all even harmonics, dB: about -30 for the timbre of odd harmonics alone.
        level_db: The level over time re `level_dbfs`, dB.
        noise_db: Level of noise under the same envelope re the harmonics, dB.
        level_dbfs: RMS of the harmonics where `level_db` is 0 dB, dB re full scale.
        attack: Share of the duration in which the stack fades in.
        release: Share of the duration in which it fades out.

    Raises:
        SettingError: If a value is out of range.
    """

    duration_s: float
    f0_hz: Contour
    bumps: tuple[Bump, ...]
    cutoff_hz: float = 9000.0
    slope_db_per_octave: float = -4.0
    fundamental_db: float = 0.0
    even_db: float = 0.0
    level_db: Contour = steady(0.0, unit="db")
    noise_db: float = -32.0
    level_dbfs: float = -24.0
    attack: float = 0.12
    release: float = 0.2

    def __post_init__(self) -> None:
        if not 0.01 <= self.duration_s <= 60.0:
            raise SettingError(f"a stack lasts 0.01 to 60 s, got {self.duration_s:g} s")
        if self.f0_hz.unit != "hz" or self.level_db.unit != "db":
            raise SettingError("a stack's f0_hz is a contour in Hz and its level_db one in dB")
        if self.cutoff_hz <= max(self.f0_hz.values):
            raise SettingError(
                f"cutoff_hz must lie above the fundamental, got {self.cutoff_hz:g} Hz and a fundamental of up "
                f"to {max(self.f0_hz.values):g} Hz"
            )
        if not (self.attack > 0.0 and 0.0 < self.release <= 1.0 - self.attack):
            raise SettingError("attack and release must be above 0 and at most 1 together")

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the stack, shape (round(duration_s * rate_hz),), full scale 1.0."""
        frame_s = frame_times_s(self.duration_s)
        times_s = np.arange(round(self.duration_s * rate_hz)) / rate_hz
        shares = frame_s / self.duration_s
        f0_hz = self.f0_hz.at(shares)
        power = 10.0 ** ((self.level_dbfs + self.level_db.at(shares)) / 10.0)
        harmonics_hz = f0_hz[:, None] * np.arange(1, max(1, int(0.48 * rate_hz / f0_hz.min())) + 1)
        weights = self.harmonic_shares(times_s=frame_s, n_harmonics=harmonics_hz.shape[1])
        amplitude = np.sqrt(2.0 * power[:, None] * weights) * below_nyquist(harmonics_hz, rate_hz=rate_hz)
        tone = sum_harmonics(
            phase_cycles(f0_hz, frame_s=frame_s, times_s=times_s),
            frame_s=frame_s,
            times_s=times_s,
            amplitude=amplitude,
            phase_rad=np.full_like(amplitude, -0.5 * np.pi),
        )
        density = (
            power[:, None] * 10.0 ** (self.noise_db / 10.0) * self._noise_shares(shares, rate_hz=rate_hz)
        )
        noise = shape_noise(rng.standard_normal(times_s.shape), density=density, rate_hz=rate_hz)
        gain = onset_offset(times_s / self.duration_s, attack=self.attack, release=self.release)
        return np.asarray((tone + noise) * gain)

    def harmonic_shares(self, *, times_s: FloatArray, n_harmonics: int) -> FloatArray:
        """Return the share of the stack's power that each harmonic has, shape (n_times, n_harmonics).

        Args:
            times_s: Moments, shape (n_times,), s.
            n_harmonics: How many harmonics to tell, the fundamental first; all up to 20 kHz share the power.
        """
        shares = times_s / self.duration_s
        f0_hz = self.f0_hz.at(shares)
        numbers = np.arange(1, max(n_harmonics, int(_HIGHEST_HZ / f0_hz.min())) + 1)
        source_db = np.where(numbers == 1, self.fundamental_db, 0.0) + np.where(
            numbers % 2 == 0, self.even_db, 0
        )
        power = 10.0 ** ((self._envelope_db(f0_hz[:, None] * numbers, shares) + source_db) / 10.0)
        return np.asarray((power / power.sum(axis=1, keepdims=True))[:, :n_harmonics])

    def toward(self, other: "StackParameters", position: float) -> "StackParameters":
        """Return the stack at a position; see the class for what belongs to frequency and what to number.

        Args:
            other: The stack at position 1, with as many bumps.
            position: 0 is this stack.

        Raises:
            SettingError: If the numbers of bumps differ.
        """
        if len(self.bumps) != len(other.bumps):
            raise SettingError(
                f"both stacks must have as many bumps, got {len(self.bumps)} and {len(other.bumps)}"
            )
        both = zip(self.bumps, other.bumps, strict=True)
        return replace(
            self,
            duration_s=line(self.duration_s, other.duration_s, position),
            f0_hz=contour_between(self.f0_hz, other.f0_hz, position),
            bumps=tuple(mine.toward(theirs, position) for mine, theirs in both),
            cutoff_hz=log_line(self.cutoff_hz, other.cutoff_hz, position),
            slope_db_per_octave=line(self.slope_db_per_octave, other.slope_db_per_octave, position),
            fundamental_db=line(self.fundamental_db, other.fundamental_db, position),
            even_db=line(self.even_db, other.even_db, position),
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
        """Return the fundamental at given moments, s, the same shape, Hz, whether it is weak or not."""
        return self.f0_hz.at(times_s / self.duration_s)

    def formants_hz_at(self, times_s: FloatArray) -> None:
        """Return None: harmonics this far apart do not tell where a bump has its peak."""

    def _envelope_db(self, frequencies_hz: FloatArray, shares: FloatArray) -> FloatArray:
        above = np.maximum(np.log2(frequencies_hz / self.cutoff_hz), 0.0)
        envelope_db = (
            self.slope_db_per_octave * np.log2(frequencies_hz / 1000.0) - _CUTOFF_DB_PER_OCTAVE * above
        )
        for bump in self.bumps:
            away = np.log2(frequencies_hz / bump.centre_hz.at(shares)[:, None]) / bump.width_octaves
            envelope_db = envelope_db + bump.height_db * np.exp(-0.5 * away**2)
        return np.asarray(envelope_db)

    def _noise_shares(self, shares: FloatArray, *, rate_hz: int) -> FloatArray:
        def power(frequencies_hz: FloatArray) -> FloatArray:
            return np.asarray(10.0 ** (self._envelope_db(frequencies_hz[None, :], shares) / 10.0))

        bins_hz = noise_bins_hz(rate_hz)
        total = power(np.arange(_LOWEST_HZ, _HIGHEST_HZ, _STEP_HZ)).sum(axis=1) * _STEP_HZ
        return np.asarray(power(np.maximum(bins_hz, _LOWEST_HZ)) * (bins_hz >= _LOWEST_HZ) / total[:, None])
