"""Every choice that a user makes for a morph, checked once."""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from stimgen.errors import SettingError
from stimgen.export.encode import BIT_DEPTHS, BitDepth
from stimgen.spaces.base import Space

SpaceName = Literal["transport", "stft", "crossfade"]
CrossfadeKind = Literal["spectrogram", "wave"]
AlignName = Literal["events", "linear"]

MIN_STEPS, MAX_STEPS = 2, 200
MIN_POSITION, MAX_POSITION = -1.0, 2.0
MIN_LEVEL_DBFS, MAX_LEVEL_DBFS = -80.0, -3.0
MIN_RATE_HZ, MAX_RATE_HZ = 1_000, 1_000_000
LOWEST_F0_HZ, HIGHEST_F0_HZ = 20.0, 20_000.0
MAX_RAMP_MS = 1_000.0
PEAK_LIMIT_DBFS = -1.0


@dataclass(frozen=True, kw_only=True)
class MorphSettings:
    """How to go from a to b, and how the stimuli are calibrated.

    Args:
        steps: Number of stimuli, both ends included, 2 to 200.
        range: First and last position; 0 is a, 1 is b, beyond them lies extrapolation (caricature). Within -1 to 2.
        space: "transport" (pitch, aperiodicity and envelope apart), "stft" (sounds without pitch), "crossfade" (the
            control), or a space object.
        crossfade: "spectrogram" blends spectrograms in dB, "wave" blends samples; used by the crossfade space only.
        align: "events" pairs moments by what happens in the sounds, "linear" in proportion to the durations.
        f0_range_hz: Where to look for the fundamental frequency, Hz.
        rate_hz: Sampling rate of the set, Hz; None takes the higher one of the two recordings.
        level_dbfs: RMS level over the active part of every stimulus, dB re full scale.
        ramp_ms: Raised-cosine ramp at both ends, ms.
        bit_depth: "16" (with TPDF dither), "24" or "float32".
        seed: Seed of the noise excitation and of the dither.

    Raises:
        SettingError: If a value is not allowed.
    """

    steps: int = 9
    range: tuple[float, float] = (0.0, 1.0)
    space: SpaceName | Space = "transport"
    crossfade: CrossfadeKind = "spectrogram"
    align: AlignName = "events"
    f0_range_hz: tuple[float, float] = (60.0, 8000.0)
    rate_hz: int | None = None
    level_dbfs: float = -26.0
    ramp_ms: float = 5.0
    bit_depth: BitDepth = "16"
    seed: int = 0

    def __post_init__(self) -> None:
        # what is written as a number in Python is the same choice
        object.__setattr__(self, "bit_depth", str(self.bit_depth))
        for name in ("range", "f0_range_hz"):
            object.__setattr__(self, name, _two_numbers(name, getattr(self, name)))
        self._check_path()
        self._check_analysis()
        self._check_calibration()

    def _check_path(self) -> None:
        _integer("--steps", self.steps, MIN_STEPS, MAX_STEPS)
        first, last = self.range
        if not (MIN_POSITION <= first < last <= MAX_POSITION):
            raise SettingError(
                f"--range {first:g}:{last:g} is not allowed; give FIRST:LAST with "
                f"{MIN_POSITION:g} <= FIRST < LAST <= {MAX_POSITION:g}, for example 0:1"
            )

    def _check_analysis(self) -> None:
        if isinstance(self.space, str) or not hasattr(self.space, "between"):
            _one_of("--space", self.space, get_args(SpaceName))
        _one_of("--crossfade", self.crossfade, get_args(CrossfadeKind))
        _one_of("--align", self.align, get_args(AlignName))
        low, high = self.f0_range_hz
        if not (LOWEST_F0_HZ <= low <= high / 1.5 and high <= HIGHEST_F0_HZ):
            raise SettingError(
                f"--f0-range {low:g}:{high:g} is not allowed; give LOW:HIGH in Hz, from {LOWEST_F0_HZ:g} to "
                f"{HIGHEST_F0_HZ:g}, HIGH at least 1.5 times LOW, for example 60:8000"
            )
        if self.rate_hz is not None:
            _integer("--rate", self.rate_hz, MIN_RATE_HZ, MAX_RATE_HZ, unit=" Hz")

    def _check_calibration(self) -> None:
        _number("--level", self.level_dbfs, MIN_LEVEL_DBFS, MAX_LEVEL_DBFS, unit=" dBFS")
        _number("--ramp-ms", self.ramp_ms, 0.0, MAX_RAMP_MS, unit=" ms")
        _one_of("--bit-depth", self.bit_depth, BIT_DEPTHS)
        _integer("--seed", self.seed, 0, 2**63 - 1)


def _two_numbers(name: str, value: Any) -> tuple[float, float]:
    try:
        first, last = value
        return float(first), float(last)
    except (TypeError, ValueError):
        raise SettingError(f"{name} {value!r} is not allowed; give two numbers, for example (0, 1)") from None


def _integer(option: str, value: int, low: int, high: int, *, unit: str = "") -> None:
    # NumPy's whole numbers count too
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and low <= int(value) <= high):
        raise SettingError(
            f"{option} {value!r} is not allowed; give a whole number from {low} to {high}{unit}"
        )


def _number(option: str, value: float, low: float, high: float, *, unit: str) -> None:
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and low <= value <= high):
        shown = f"{value:g}" if number else repr(value)
        raise SettingError(f"{option} {shown} is not allowed; give a number from {low:g} to {high:g}{unit}")


def _one_of(option: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingError(f"{option} {value!r} is unknown; allowed are {', '.join(allowed)}")
