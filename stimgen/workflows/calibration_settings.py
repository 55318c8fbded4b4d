"""Every choice about levels, ramps, time at the ends and file format, for whatever becomes a stimulus."""

from dataclasses import dataclass
from typing import Literal, get_args

from stimgen.errors import SettingError
from stimgen.export.encode import BIT_DEPTHS, BitDepth
from stimgen.workflows.allowed import (
    demand_number,
    demand_one_of,
    demand_two_numbers,
    demand_whole_number,
)

Species = Literal["human", "other"]
TrimName = Literal["none", "auto"]

MIN_LEVEL_DBFS, MAX_LEVEL_DBFS = -80.0, -3.0
MIN_RATE_HZ, MAX_RATE_HZ = 1_000, 1_000_000
MAX_RAMP_MS = 1_000.0
MAX_PAD_S = 60.0
MIN_SPL_DB, MAX_SPL_DB = 0.0, 220.0
PEAK_LIMIT_DBTP = -1.0


@dataclass(frozen=True, kw_only=True)
class CalibrationSettings:
    """How stimuli are calibrated.

    Args:
        level_dbfs: RMS level over the active part of every stimulus, dB re full scale, or "keep": the levels that the
            recordings have, interpolated between the two of a pair.
        strict: Whether a level that no true peak allows is an error; otherwise the whole set is lowered.
        species: "human" reports A-weighted level and loudness, "other" does not, since both describe human hearing.
        spl_at_full_scale_db: Sound pressure level, dB SPL, that a signal with an RMS of 0 dBFS has where the
            listener is; None claims nothing.
        ramp_ms: Raised-cosine ramp at both ends, ms.
        pad_s: Silence before and after every stimulus, s, added after levelling.
        trim: "auto" cuts silence off both ends of the recordings, "none" leaves them.
        bit_depth: "16" (with TPDF dither), "24" or "float32".
        rate_hz: Sampling rate of the set, Hz; None takes the highest one of the recordings.
        seed: Seed of the noise excitation and of the dither.

    Raises:
        SettingError: If a value is not allowed.
    """

    level_dbfs: float | Literal["keep"] = -26.0
    strict: bool = False
    species: Species = "human"
    spl_at_full_scale_db: float | None = None
    ramp_ms: float = 5.0
    pad_s: tuple[float, float] = (0.0, 0.0)
    trim: TrimName = "none"
    bit_depth: BitDepth = "16"
    rate_hz: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        # what is written as a number in Python is the same choice
        object.__setattr__(self, "bit_depth", str(self.bit_depth))
        object.__setattr__(self, "pad_s", demand_two_numbers("--pad", self.pad_s, example="0.25:0.25"))
        if self.level_dbfs != "keep":
            demand_number(
                "--level", self.level_dbfs, MIN_LEVEL_DBFS, MAX_LEVEL_DBFS, unit=" dBFS", or_=", or keep"
            )
        demand_one_of("--species", self.species, get_args(Species))
        demand_one_of("--trim", self.trim, get_args(TrimName))
        demand_number("--ramp-ms", self.ramp_ms, 0.0, MAX_RAMP_MS, unit=" ms")
        demand_one_of("--bit-depth", self.bit_depth, BIT_DEPTHS)
        demand_whole_number("--seed", self.seed, 0, 2**63 - 1)
        if self.spl_at_full_scale_db is not None:
            demand_number(
                "--spl-at-full-scale", self.spl_at_full_scale_db, MIN_SPL_DB, MAX_SPL_DB, unit=" dB SPL"
            )
        if self.rate_hz is not None:
            demand_whole_number("--rate", self.rate_hz, MIN_RATE_HZ, MAX_RATE_HZ, unit=" Hz")
        before_s, after_s = self.pad_s
        if not (0.0 <= before_s <= MAX_PAD_S and 0.0 <= after_s <= MAX_PAD_S):
            raise SettingError(
                f"--pad {before_s:g}:{after_s:g} is not allowed; give BEFORE:AFTER in s, each from 0 to "
                f"{MAX_PAD_S:g}, for example 0.25:0.25"
            )

    @property
    def asked_level_dbfs(self) -> float | None:
        """The one level asked for, dBFS; None where natural levels are kept."""
        return None if self.level_dbfs == "keep" else float(self.level_dbfs)

    def pad_samples(self, rate_hz: int) -> tuple[int, int]:
        """Return the silence before and after every stimulus in samples."""
        return round(self.pad_s[0] * rate_hz), round(self.pad_s[1] * rate_hz)
