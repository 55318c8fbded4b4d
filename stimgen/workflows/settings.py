"""Every choice that a user makes for a morph, checked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, get_args

from stimgen.distance import METRICS
from stimgen.errors import SettingError
from stimgen.media.file_bytes import is_there
from stimgen.spaces.base import Space
from stimgen.spectral.align_choice import ALIGN_NAMES, AlignName
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.allowed import (
    demand_number,
    demand_one_of,
    demand_two_numbers,
    demand_whole_number,
)
from stimgen.workflows.calibration_settings import CalibrationSettings
from stimgen.workflows.line_bounds import MAX_POSITION, MAX_STEPS, MIN_POSITION, MIN_STEPS, SpacingName

SpaceName = Literal["transport", "stft", "crossfade"]
CrossfadeKind = Literal["spectrogram", "wave"]
# a table of moments that meet, or the label files of a and of b
AlignFiles = str | PathLike[str] | Sequence[str | PathLike[str]]
DurationName = Literal["keep", "interpolate", "equal"]
ControlName = Literal["crossfade"]
EndpointsName = Literal["exact", "resynth"]

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
        align: "events" pairs moments by what happens in the sounds, "linear" in proportion to the durations, "none"
            equal seconds; or which moments meet: a table with the columns time_a_s and time_b_s, two label files (of
            a and of b), or an Alignment of the two sounds as given.
        duration: "keep" takes what the space gives, "interpolate" goes from a's duration to b's, "equal" gives every
            stimulus the mean of the recordings' durations, a number is that many seconds for every stimulus.
        endpoints: "exact" makes the stimuli at positions 0 and 1 the recordings, "resynth" gives them the same
            processing as all others; None leaves it to the space: exact with transport and a cross-fade of samples,
            resynth with stft and a cross-fade of spectrograms.
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
    align: AlignName | AlignFiles | Alignment = "events"
    duration: DurationName | float = "keep"
    endpoints: EndpointsName | None = None
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
        self._check_align()
        if self.endpoints is not None:
            demand_one_of("--endpoints", self.endpoints, get_args(EndpointsName))
            if self.endpoints == "resynth" and not isinstance(self.space, str):
                raise SettingError(
                    "--endpoints resynth needs a space by its name: a space object decides by itself how ends are made"
                )
        if self.control is not None:
            demand_one_of("--control", self.control, get_args(ControlName))
            if self.space == "crossfade" or getattr(self.space, "name", "") == "crossfade":
                raise SettingError(
                    "--control crossfade beside --space crossfade would be the same continuum twice; leave one out"
                )
        self._check_f0_range()

    def _check_align(self) -> None:
        is_word = isinstance(self.align, str) and self.align in ALIGN_NAMES
        if not (is_word or isinstance(self.align, Alignment)):
            object.__setattr__(self, "align", align_files(self.align))
        if self.align in ("events", "linear") and isinstance(self.align, str):
            return
        if not isinstance(self.space, str):
            raise SettingError(
                "--align says how a space aligns time, and a space object does it by itself; leave it out"
            )
        if self.space == "crossfade":
            raise SettingError(
                "a cross-fade runs in linear time; leave --align out, or use --space transport or stft"
            )

    def _check_f0_range(self) -> None:
        low, high = self.f0_range_hz
        if not (LOWEST_F0_HZ <= low <= high / 1.5 and high <= HIGHEST_F0_HZ):
            raise SettingError(
                f"--f0-range {low:g}:{high:g} is not allowed; give LOW:HIGH in Hz, from {LOWEST_F0_HZ:g} to "
                f"{HIGHEST_F0_HZ:g}, HIGH at least 1.5 times LOW, for example 60:8000"
            )

    @property
    def given_align(self) -> Alignment | tuple[Path, ...] | None:
        """Which moments meet as a user says: an alignment, or one table or two label files; None if a word says how."""
        return None if isinstance(self.align, str) else self.align  # type: ignore[return-value]


def align_files(value: object) -> tuple[Path, ...]:
    """Return the one or two files that --align names.

    Raises:
        SettingError: If the value names none, or more than two.

    Examples:
        >>> [path.name for path in align_files(("a.TextGrid", "b.TextGrid"))]
        ['a.TextGrid', 'b.TextGrid']
    """
    values = value if isinstance(value, list | tuple) else (value,)
    are_paths = all(isinstance(one, str | PathLike) and str(one) not in ("", *ALIGN_NAMES) for one in values)
    # a word without a dot or folder is a word that was mistyped rather than a file
    is_word = isinstance(value, str) and Path(value).name == value and not Path(value).suffix
    is_word = is_word and not is_there(Path(str(value)))
    if not (are_paths and 1 <= len(values) <= 2) or is_word:
        is_short = all(isinstance(one, str | PathLike | int | float) for one in values)
        got = repr(value) if is_short else f"a {type(value).__name__}"
        raise SettingError(
            f"--align {got} is unknown; allowed are {', '.join(ALIGN_NAMES)}, a table of moments (moments.csv), or "
            "the label files of a and of b"
        )
    return tuple(Path(one) for one in values)
