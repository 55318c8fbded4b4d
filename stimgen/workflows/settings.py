"""Every choice that a user makes for a morph, checked once."""

from dataclasses import dataclass
from typing import Literal, get_args

from stimgen.distance import METRICS
from stimgen.errors import SettingError
from stimgen.spaces.base import Space
from stimgen.workflows.allowed import (
    demand_number,
    demand_one_of,
    demand_two_numbers,
    demand_whole_number,
)
from stimgen.workflows.calibration_settings import CalibrationSettings

SpaceName = Literal["transport", "stft", "crossfade"]
CrossfadeKind = Literal["spectrogram", "wave"]
AlignName = Literal["events", "linear"]
SpacingName = Literal["equal", "linear"]
DurationName = Literal["keep", "interpolate", "equal"]
ControlName = Literal["crossfade"]

MIN_STEPS, MAX_STEPS = 2, 200
MIN_POSITION, MAX_POSITION = -1.0, 2.0
LOWEST_F0_HZ, HIGHEST_F0_HZ = 20.0, 20_000.0
MIN_DURATION_S, MAX_DURATION_S = 0.010, 60.0


@dataclass(frozen=True, kw_only=True)
class MorphSettings(CalibrationSettings):
    """How to go from a to b, and how the stimuli are calibrated.

    Args:
        steps: Number of stimuli, both ends included, 2 to 200.
        range: First and last position; 0 is a, 1 is b, beyond them lies extrapolation (caricature). Within -1 to 2.
        spacing: "equal" places the steps at equal distances of the finished stimuli in the metric, "linear" at equal
            differences of position.
        metric: "mel", "mfcc" or "erb": the distance that is made equal and told for every step.
        space: "transport" (pitch, aperiodicity and envelope apart), "stft" (sounds without pitch), "crossfade" (the
            control), or a space object.
        crossfade: "spectrogram" blends spectrograms in dB, "wave" blends samples; used by the crossfade space only.
        align: "events" pairs moments by what happens in the sounds, "linear" in proportion to the durations.
        duration: "keep" takes what the space gives, "interpolate" goes from a's duration to b's, "equal" gives every
            stimulus the mean of the recordings' durations, a number is that many seconds for every stimulus.
        control: "crossfade" adds a matched control continuum to the set; None adds none.
        f0_range_hz: Where to look for the fundamental frequency, Hz.

    Raises:
        SettingError: If a value is not allowed.
    """

    steps: int = 9
    range: tuple[float, float] = (0.0, 1.0)
    spacing: SpacingName = "equal"
    metric: str = "mel"
    space: SpaceName | Space = "transport"
    crossfade: CrossfadeKind = "spectrogram"
    align: AlignName = "events"
    duration: DurationName | float = "keep"
    control: ControlName | None = None
    f0_range_hz: tuple[float, float] = (60.0, 8000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, option, example in (("range", "--range", "0:1"), ("f0_range_hz", "--f0-range", "60:8000")):
            pair = demand_two_numbers(option, getattr(self, name), example=example)
            object.__setattr__(self, name, pair)
        self._check_path()
        self._check_analysis()

    def _check_path(self) -> None:
        demand_whole_number("--steps", self.steps, MIN_STEPS, MAX_STEPS)
        first, last = self.range
        if not (MIN_POSITION <= first < last <= MAX_POSITION):
            raise SettingError(
                f"--range {first:g}:{last:g} is not allowed; give FIRST:LAST with "
                f"{MIN_POSITION:g} <= FIRST < LAST <= {MAX_POSITION:g}, for example 0:1"
            )
        demand_one_of("--spacing", self.spacing, get_args(SpacingName))
        demand_one_of("--metric", self.metric, tuple(METRICS))
        if not (isinstance(self.duration, str) and self.duration in get_args(DurationName)):
            demand_number(
                "--duration",
                self.duration,
                MIN_DURATION_S,
                MAX_DURATION_S,
                unit=" s",
                or_=f", or one of {', '.join(get_args(DurationName))}",
            )

    def _check_analysis(self) -> None:
        if isinstance(self.space, str) or not hasattr(self.space, "between"):
            demand_one_of("--space", self.space, get_args(SpaceName))
        demand_one_of("--crossfade", self.crossfade, get_args(CrossfadeKind))
        if self.crossfade != "spectrogram" and self.space != "crossfade" and self.control is None:
            raise SettingError(
                f"--crossfade {self.crossfade} says how a crossfade fades, and none was asked for; add "
                "--space crossfade or --control crossfade, or leave it out"
            )
        demand_one_of("--align", self.align, get_args(AlignName))
        if self.control is not None:
            demand_one_of("--control", self.control, get_args(ControlName))
            if self.space == "crossfade" or getattr(self.space, "name", "") == "crossfade":
                raise SettingError(
                    "--control crossfade beside --space crossfade would be the same continuum twice; leave one out"
                )
        low, high = self.f0_range_hz
        if not (LOWEST_F0_HZ <= low <= high / 1.5 and high <= HIGHEST_F0_HZ):
            raise SettingError(
                f"--f0-range {low:g}:{high:g} is not allowed; give LOW:HIGH in Hz, from {LOWEST_F0_HZ:g} to "
                f"{HIGHEST_F0_HZ:g}, HIGH at least 1.5 times LOW, for example 60:8000"
            )
