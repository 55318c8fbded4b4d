"""Any synthetic sound as it arrives in a room whose echoes are known."""

from dataclasses import dataclass, replace
from typing import Generic, final

import numpy as np
from scipy.signal import fftconvolve

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.seeding import child_rng
from stimgen.synth.interpolate import Kind


@final
@dataclass(frozen=True, kw_only=True)
class Room:
    """A room as a direct path and a diffuse tail: noise that decays exponentially.

    Args:
        rt60_s: How long the tail takes to fall by 60 dB, s, above 0.
        direct_db: Level of the direct sound re the whole tail, dB.
        gap_s: When the tail begins after the direct sound, s.
        seed: Which of all rooms of these numbers it is, >= 0.

    Raises:
        SettingError: If a time is out of range.

    References:
        Moorer 1979, Computer Music Journal 3(2):13 (a room as decaying noise).
    """

    rt60_s: float
    direct_db: float
    gap_s: float = 0.004
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.01 <= self.rt60_s <= 20.0 or not 0.0 <= self.gap_s <= self.rt60_s:
            raise SettingError(
                f"a room has an rt60_s of 0.01 to 20 s and a gap_s of 0 s to that, got {self.rt60_s:g} "
                f"and {self.gap_s:g} s"
            )

    def response(self, *, rate_hz: int) -> FloatArray:
        """Return the impulse response, shape (1 + round(rt60_s * rate_hz),); the direct sound, 1, comes first."""
        times_s = np.arange(1 + round(self.rt60_s * rate_hz)) / rate_hz
        decay = np.where(times_s > self.gap_s, 10.0 ** (-3.0 * times_s / self.rt60_s), 0.0)
        tail = decay * child_rng(self.seed, "room").standard_normal(times_s.shape[0])
        response = tail * 10.0 ** (-self.direct_db / 20.0) / np.sqrt(np.sum(tail**2))
        response[0] = 1.0
        return np.asarray(response)


@final
@dataclass(frozen=True, kw_only=True)
class Reverberant(Generic[Kind]):
    """A sound in a room.

    Args:
        dry: The sound without the room.
        room: The room.
        tail_s: How much of the tail after the sound's end is kept, s, at least 0.02 s; its second half fades out.

    Raises:
        SettingError: If the tail is too short.
    """

    dry: Kind
    room: Room
    tail_s: float = 0.15

    def __post_init__(self) -> None:
        if self.tail_s < 0.02:
            raise SettingError(f"keep at least 0.02 s of the tail, got {self.tail_s:g} s")

    @property
    def duration_s(self) -> float:
        """Duration with the tail, s."""
        return self.dry.duration_s + self.tail_s

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the sound, shape (round(duration_s * rate_hz),); the direct sound keeps the level of the dry one."""
        dry = self.dry.samples(rate_hz=rate_hz, rng=rng)
        wet = np.zeros(round(self.duration_s * rate_hz))
        heard = fftconvolve(dry, self.room.response(rate_hz=rate_hz))[: wet.shape[0]]
        wet[: heard.shape[0]] = heard
        left = (1.0 - np.arange(wet.shape[0]) / wet.shape[0]) * self.duration_s / (0.5 * self.tail_s)
        return np.asarray(wet * (0.5 - 0.5 * np.cos(np.pi * np.clip(left, 0.0, 1.0))))

    def toward(self, other: "Reverberant[Kind]", position: float) -> "Reverberant[Kind]":
        """Return the sound at a position, in the same room.

        Args:
            other: The sound at position 1, in the same room.
            position: 0 is this sound.

        Raises:
            SettingError: If the rooms or tails differ, or the dry sounds do not correspond.
        """
        if self.room != other.room or self.tail_s != other.tail_s:
            raise SettingError("both sounds must be in the same room and keep as much of its tail")
        return replace(self, dry=self.dry.toward(other.dry, position))

    def moments_s(self) -> FloatArray:
        """Return the moments of the dry sound, and the end of the tail, s."""
        return np.append(self.dry.moments_s(), self.duration_s)

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental of the dry sound, the same shape, Hz; NaN in the tail after its end."""
        inside = times_s <= self.dry.duration_s
        return np.where(inside, self.dry.f0_hz_at(np.minimum(times_s, self.dry.duration_s)), np.nan)

    def formants_hz_at(self, times_s: FloatArray) -> FloatArray | None:
        """Return the resonances of the dry sound, Hz; those of its end in the tail."""
        return self.dry.formants_hz_at(np.minimum(times_s, self.dry.duration_s))
