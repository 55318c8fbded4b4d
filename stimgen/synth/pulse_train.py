"""A train of pulses, each of which makes a few resonances ring: clicks, rattles, creaks of animals."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.lines import line, log_line

# the first pulse comes this late and the last rings out this long, so that no pulse is cut
_LEAD_S, _TAIL_S = 0.008, 0.02
# The pulse rises in this time, which keeps it band-limited: a ring at f falls by 12 dB per octave above f, and
# this rise adds 6 dB per octave above 1 / (2 pi rise).
_RISE_S = 0.0003


@dataclass(frozen=True, kw_only=True)
class Ring:
    """One resonance that a pulse sets ringing.

    Args:
        frequency_hz: Frequency, Hz.
        decay_s: Time in which its amplitude falls to 1/e, s.
        level_db: Its energy in a pulse, dB; only differences matter.
    """

    frequency_hz: float
    decay_s: float
    level_db: float = 0.0

    def toward(self, other: "Ring", position: float) -> "Ring":
        """Return the ring at a position: frequency and decay along logarithms, level straight."""
        return Ring(
            frequency_hz=log_line(self.frequency_hz, other.frequency_hz, position),
            decay_s=log_line(self.decay_s, other.decay_s, position),
            level_db=line(self.level_db, other.level_db, position),
        )


@final
@dataclass(frozen=True, kw_only=True)
class PulseTrainParameters:
    """Everything that makes a synthetic pulse train; two trains of as many pulses correspond pulse by pulse.

    Args:
        n_pulses: How many pulses, at least 2.
        period_s: Time from pulse to pulse at the beginning and at the end, s; those between change evenly.
        rings: What each pulse sets ringing, from low to high.
        level_trend_db: How much louder the last pulse is than the first, dB.
        noise_db: Level of a white noise floor below 16 kHz re the train, dB.
        level_dbfs: RMS of the train of equally loud pulses, dB re full scale.

    Raises:
        SettingError: If a value is out of range.
    """

    n_pulses: int
    period_s: tuple[float, float]
    rings: tuple[Ring, ...]
    level_trend_db: float = 0.0
    noise_db: float = -45.0
    level_dbfs: float = -30.0

    def __post_init__(self) -> None:
        if self.n_pulses < 2 or min(self.period_s) <= 0.0:
            raise SettingError(
                f"a pulse train has at least 2 pulses and periods above 0 s, got {self.n_pulses} "
                f"and {self.period_s}"
            )
        if not self.rings:
            raise SettingError("a pulse train needs at least one ring")

    @property
    def duration_s(self) -> float:
        """Duration, s, with 8 ms before the first pulse and 20 ms after the last."""
        return float(self.onsets_s()[-1]) + _TAIL_S

    def onsets_s(self) -> FloatArray:
        """Return when the pulses begin, shape (n_pulses,), s."""
        return _LEAD_S + np.concatenate([[0.0], np.cumsum(np.linspace(*self.period_s, self.n_pulses - 1))])

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the train, shape (round(duration_s * rate_hz),), full scale 1.0."""
        times_s = np.arange(round(self.duration_s * rate_hz)) / rate_hz
        gains = 10.0 ** (self.level_trend_db * np.linspace(0.0, 1.0, self.n_pulses) / 20.0)
        powers = 10.0 ** (np.array([ring.level_db for ring in self.rings]) / 10.0)
        energy = 10.0 ** (self.level_dbfs / 10.0) * self.duration_s / self.n_pulses
        train = np.zeros_like(times_s)
        for ring, power in zip(self.rings, powers / powers.sum(), strict=True):
            scale = np.sqrt(energy * power / _ring_energy(ring))
            for onset_s, gain in zip(self.onsets_s(), gains, strict=True):
                train += gain * scale * _ring(ring, times_s - onset_s)
        # the power below any frequency does not depend on the rate
        noise_power = 10.0 ** ((self.level_dbfs + self.noise_db) / 10.0) * rate_hz / 32_000.0
        # the ends of a recording that was cut out are faded
        edge = np.clip(np.minimum(times_s, self.duration_s - times_s) / 0.004, 0.0, 1.0)
        return np.asarray((train + np.sqrt(noise_power) * rng.standard_normal(times_s.shape)) * edge)

    def toward(self, other: "PulseTrainParameters", position: float) -> "PulseTrainParameters":
        """Return the train at a position: periods and levels straight, frequencies and decays in logarithms.

        Args:
            other: The train at position 1, with as many pulses and rings.
            position: 0 is this train.

        Raises:
            SettingError: If the numbers of pulses or rings differ.
        """
        if (self.n_pulses, len(self.rings)) != (other.n_pulses, len(other.rings)):
            raise SettingError(
                f"both trains must have as many pulses and rings, got {self.n_pulses} of {len(self.rings)} "
                f"and {other.n_pulses} of {len(other.rings)}"
            )
        both = zip(self.rings, other.rings, strict=True)
        return replace(
            self,
            period_s=(
                line(self.period_s[0], other.period_s[0], position),
                line(self.period_s[1], other.period_s[1], position),
            ),
            rings=tuple(mine.toward(theirs, position) for mine, theirs in both),
            level_trend_db=line(self.level_trend_db, other.level_trend_db, position),
            noise_db=line(self.noise_db, other.noise_db, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
        )

    def moments_s(self) -> FloatArray:
        """Return the beginning, every pulse and the end, shape (n_pulses + 2,), s."""
        return np.concatenate([[0.0], self.onsets_s(), [self.duration_s]])

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return NaN everywhere, the same shape: pulses this rare have a rate, but no pitch."""
        return np.full(times_s.shape, np.nan)

    def formants_hz_at(self, times_s: FloatArray) -> None:
        """Return None: what rings is heard only in the instants after a pulse."""


def _ring(ring: Ring, since_s: FloatArray) -> FloatArray:
    after_s = np.maximum(since_s, 0.0)
    envelope = -np.expm1(-after_s / _RISE_S) * np.exp(-after_s / ring.decay_s)
    return np.asarray(envelope * np.sin(2.0 * np.pi * ring.frequency_hz * after_s))


def _ring_energy(ring: Ring) -> float:
    """Return the integral of the ring squared, s."""
    # (1 - e^{-t/r})^2 e^{-2t/d} sin^2(wt) is a sum of e^{-ct} (1 - cos 2wt) / 2, whose integrals are known
    energy = 0.0
    for weight, rises in ((1.0, 0.0), (-2.0, 1.0), (1.0, 2.0)):
        c = 2.0 / ring.decay_s + rises / _RISE_S
        twice = 4.0 * np.pi * ring.frequency_hz
        energy += weight * 0.5 * (1.0 / c - c / (c**2 + twice**2))
    return energy
