"""A bird's call by the physics of its syrinx: the intermediate of two calls is that of pressures and tensions."""

from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import soxr

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.bird_tract import BirdTract
from stimgen.synth.labia import Drive, Motion, move
from stimgen.synth.lines import line, lines
from stimgen.synth.oscillation import follow_cycles
from stimgen.synth.source import onset_offset
from stimgen.synth.syrinx_side import SyrinxSide

# steps per 1 / quickness; and at least enough to place the echoes of the shortest trachea
_STEPS_PER_UNIT = 10.0
_LEAST_STEPS_PER_S = 192_000.0
# the trachea may still ring when the call ends
_FADE_S = 0.002
# below this share of its loudest moment a call has no pitch, nor where cycles differ by more than this share
_SILENT, _MOST_UNREST = 0.01, 0.03
_BREATH_RATE_HZ = 64_000.0
_ROUGHNESS_RATE_HZ = 8_000.0


@final
@dataclass(frozen=True, kw_only=True)
class SyrinxParameters:
    """Everything that makes a call.

    Gestures run on the call's clock, which goes from 0 to 1 and passes `clock_marks` at `event_times_s`; two
    calls correspond where their clocks agree.

    Args:
        duration_s: Duration, s.
        sides: One or two sources.
        tract: The trachea and the cavity.
        clock_marks: Clock values of the events, rising within 0..1.
        event_times_s: When the events happen, s, rising within the duration.
        breath_db: Turbulence of the flow re labial oscillations of amplitude 1, dB.
        roughness: Standard deviation of fluctuations of the air-sac pressure, as a share of it.
        feedback: How strongly the sound in the trachea pushes back on the labia; it draws one side towards the
            trachea's resonances, and from about 0.05 two sides into sidebands, subharmonics or one pitch.
        level_dbfs: RMS over the duration, dB re full scale.

    Raises:
        SettingError: If a value is out of range.

    References:
        Amador et al. 2013, Nature 495, 59 (labia); Laje, Gardner & Mindlin 2002, Phys. Rev. E 65, 051921
        (trachea); Arneodo, Sanz Perl & Mindlin 2011, Phys. Rev. E, "Acoustic signatures of sound source-tract
        coupling" (feedback).
    """

    duration_s: float
    sides: tuple[SyrinxSide, ...]
    tract: BirdTract = field(default_factory=BirdTract)
    clock_marks: tuple[float, ...] = ()
    event_times_s: tuple[float, ...] = ()
    breath_db: float = -50.0
    roughness: float = 0.001
    feedback: float = 0.0
    level_dbfs: float = -24.0

    def __post_init__(self) -> None:
        if not 0.01 <= self.duration_s <= 60.0:
            raise SettingError(f"a call lasts 0.01 to 60 s, got {self.duration_s:g} s")
        if len(self.sides) not in (1, 2):
            raise SettingError(f"a syrinx has one or two sides, got {len(self.sides)}")
        if len(self.clock_marks) != len(self.event_times_s):
            raise SettingError(
                f"a call needs as many clock_marks as event_times_s, "
                f"got {len(self.clock_marks)} and {len(self.event_times_s)}"
            )
        for values, end in ((self.clock_marks, 1.0), (self.event_times_s, self.duration_s)):
            if np.any(np.diff([0.0, *values, end]) <= 0.0):
                raise SettingError(f"events must rise between 0 and {end:g}, got {values}")
        if self.roughness < 0.0 or not 0.0 <= self.feedback <= 1.0:
            raise SettingError(
                f"roughness must be at least 0 and feedback 0 to 1, got {self.roughness:g} and {self.feedback:g}"
            )

    def moments_s(self) -> FloatArray:
        """Return the moments that correspond between calls, shape (2 + n_events,), s, from 0 to the duration."""
        return np.array([0.0, *self.event_times_s, self.duration_s])

    def clock_at(self, times_s: FloatArray) -> FloatArray:
        """Return the clock at moments, the same shape, 0..1."""
        return np.interp(times_s, self.moments_s(), (0.0, *self.clock_marks, 1.0))

    def toward(self, other: "SyrinxParameters", position: float) -> "SyrinxParameters":
        """Return the call at a position between this one (0) and another (1): the physics goes straight.

        Raises:
            SettingError: If the two do not correspond: other clock marks, other sides, other counts of values.
        """
        if position in (0.0, 1.0):
            return other if position else self
        if self.clock_marks != other.clock_marks or len(self.sides) != len(other.sides):
            raise SettingError(
                f"the calls must have the same clock marks and as many sides, got {self.clock_marks} and "
                f"{other.clock_marks}, {len(self.sides)} and {len(other.sides)}"
            )
        pairs = zip(self.sides, other.sides, strict=True)
        return replace(
            self,
            duration_s=line(self.duration_s, other.duration_s, position),
            sides=tuple(one.toward(another, position) for one, another in pairs),
            tract=self.tract.toward(other.tract, position),
            event_times_s=lines(self.event_times_s, other.event_times_s, position),
            breath_db=line(self.breath_db, other.breath_db, position),
            roughness=line(self.roughness, other.roughness, position),
            feedback=line(self.feedback, other.feedback, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
        )

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the call, shape (round(duration_s * rate_hz),), full scale 1.0.

        Raises:
            SettingError: If the labia do not sound: too little pressure for their tension.
        """
        n = round(self.duration_s * rate_hz)
        oversampling = int(np.ceil(self._steps_per_s() / rate_hz))
        motion = self._motion(n * oversampling, steps_per_s=float(rate_hz * oversampling), rng=rng)
        radiated = soxr.resample(
            motion.radiated, float(rate_hz * oversampling), float(rate_hz), quality="VHQ"
        )
        sound = np.zeros(n)
        sound[: radiated.shape[0]] = radiated[:n]
        if float(np.abs(motion.velocity).max()) < 0.02:
            raise SettingError("the labia do not sound: raise the pressure or the tension")
        share = _FADE_S / self.duration_s
        sound *= onset_offset((np.arange(n) + 0.5) / n, attack=share, release=share)
        return np.asarray(sound * 10.0 ** (self.level_dbfs / 20.0) / np.sqrt(np.mean(sound**2)))

    def f0s_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental of each side, shape (n_times, n_sides), Hz; NaN where it has none.

        It is counted on labia that move without noise: one over the time from one closing to the next. A side
        has none while it is silent (40 dB below the call's loudest) and while, with noise, neighbouring cycles
        differ by more than 3 %.
        """
        return self._voices(times_s)[0]

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental of the side that is the stronger over the call, shape (n_times,), Hz.

        Where it has none, that of the other side, and NaN where neither has one.
        """
        f0s_hz, strength = self._voices(times_s)
        order = np.argsort(-np.sum(strength**2, axis=0))
        stronger, other = f0s_hz[:, order[0]], f0s_hz[:, order[-1]]
        return np.where(np.isnan(stronger), other, stronger)

    def formants_hz_at(self, times_s: FloatArray) -> None:
        """Return None: a bird's harmonics are too far apart to show resonances."""

    def _voices(self, times_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        steps_per_s = self._steps_per_s()
        n_steps = int(np.ceil(self.duration_s * steps_per_s))
        calm = self._motion(n_steps, steps_per_s=steps_per_s, rng=None)
        noisy = self._motion(n_steps, steps_per_s=steps_per_s, rng=np.random.default_rng(0))
        clock, made_s = self.clock_at(times_s), times_s - self.tract.delay_s
        f0s_hz, strengths = [], []
        for side, calm_side, noisy_side in zip(self.sides, calm.velocity, noisy.velocity, strict=True):
            cycles = follow_cycles(calm_side, rate_hz=steps_per_s, times_s=made_s)
            unrest = follow_cycles(noisy_side, rate_hz=steps_per_s, times_s=made_s).unrest
            flow = np.sqrt(np.maximum(side.pressure_at(clock), 0.0))
            tract = np.abs(self.tract.response_at(np.nan_to_num(cycles.f0_hz, nan=1.0), clock))
            f0s_hz.append(np.where(unrest > _MOST_UNREST, np.nan, cycles.f0_hz))
            strengths.append(cycles.amplitude * flow * tract)
        strength = np.stack(strengths, axis=1)
        silent = strength < _SILENT * strength.max()
        return np.where(silent, np.nan, np.stack(f0s_hz, axis=1)), strength

    def _steps_per_s(self) -> float:
        quickest = max(side.quickness_per_s for side in self.sides)
        return max(_STEPS_PER_UNIT * quickest, _LEAST_STEPS_PER_S)

    def _motion(self, n_steps: int, *, steps_per_s: float, rng: np.random.Generator | None) -> Motion:
        times_s = np.arange(n_steps) / steps_per_s
        clock = self.clock_at(times_s)
        pressure = np.stack([side.pressure_at(clock) for side in self.sides])
        breath = np.zeros(n_steps)
        if rng is not None:
            unsteady = self.roughness * _fluctuations(rng, times_s, rate_hz=_ROUGHNESS_RATE_HZ)
            pressure *= np.where(pressure > 0.0, np.maximum(1.0 + unsteady, 0.0), 1.0)
            turbulence = _fluctuations(rng, times_s, rate_hz=_BREATH_RATE_HZ)
            breath = 10.0 ** (self.breath_db / 20.0) * turbulence
        return move(
            Drive(
                step_s=1.0 / steps_per_s,
                pressure=pressure,
                tension=np.stack([side.tension_at(clock) for side in self.sides]),
                quickness_per_s=np.array([side.quickness_per_s for side in self.sides]),
                breath=breath,
                feedback=self.feedback,
                delay_s=self.tract.delay_s,
                reflection=self.tract.reflection,
                resonance_per_s=2.0 * np.pi * self.tract.cavity_hz_at(clock),
                cavity_q=self.tract.cavity_q,
            )
        )


def _fluctuations(rng: np.random.Generator, times_s: FloatArray, *, rate_hz: float) -> FloatArray:
    drawn = rng.standard_normal(int(times_s[-1] * rate_hz) + 2)
    return np.interp(times_s * rate_hz, np.arange(drawn.shape[0]), drawn)
