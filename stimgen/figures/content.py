"""What a contact sheet shows, as plain values: nothing here knows how it is drawn."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.align import Alignment

MOST_PANELS = 16


@dataclass(frozen=True, kw_only=True)
class SheetStep:
    """One finished stimulus of a continuum.

    Args:
        index: Step index, the first is 0.
        position: Where it lies on the way: 0 is a, 1 is b, outside when extrapolated.
        samples: Amplitude as written to the file, shape (n_samples,), full scale 1.0.
        rate_hz: Sampling rate, Hz.
        level_dbfs: Level of the active part, dBFS (a full-scale sine is -3.01).
        peak_dbfs: Largest absolute sample or true peak, dB re full scale.
        distance_from_previous: Distance from the step before, in the sheet's metric; None for the first step.
        f0_times_s: Times of the fundamental-frequency track, shape (n_frames,), s; None if there is no track.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz, NaN where unvoiced; None if there is no track.

    Raises:
        ShapeError: If the samples are not one non-empty channel, or times and frequencies do not go together.
    """

    index: int
    position: float
    samples: FloatArray
    rate_hz: int
    level_dbfs: float
    peak_dbfs: float
    distance_from_previous: float | None
    f0_times_s: FloatArray | None
    f0_hz: FloatArray | None

    def __post_init__(self) -> None:
        _check_samples(f"step {self.index}", self.samples)
        if (self.f0_times_s is None) != (self.f0_hz is None):
            raise ShapeError(f"step {self.index} has F0 times or F0 values alone; give both or neither")
        if (
            self.f0_times_s is not None
            and self.f0_hz is not None
            and self.f0_times_s.shape != self.f0_hz.shape
        ):
            raise ShapeError(
                f"step {self.index} has {self.f0_times_s.shape} F0 times for {self.f0_hz.shape} F0 values; "
                f"give one time per value"
            )

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return float(self.samples.shape[0] / self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class SheetSide:
    """One of the two recordings that the continuum joins.

    Args:
        name: What to call it, any text; shortened in the picture where it is too long.
        samples: Amplitude of the recording, shape (n_samples,).
        rate_hz: Sampling rate, Hz.

    Raises:
        ShapeError: If the samples are not one non-empty channel.
    """

    name: str
    samples: FloatArray
    rate_hz: int

    def __post_init__(self) -> None:
        _check_samples(f"recording {self.name!r}", self.samples)

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return float(self.samples.shape[0] / self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class SheetContent:
    """Everything that a contact sheet shows.

    Args:
        title: Name of the set.
        subtitle: One line on how it was made: space, number of steps, rate, bit depth.
        steps: Every step in order; the curves show all of them, the panels at most 16 evenly chosen ones.
        side_a: The recording at position 0.
        side_b: The recording at position 1.
        alignment: Which moment of a meets which of b.
        metric_name: Name of the distance between steps.
        metric_unit: Its unit, "" if it has none.
        target_level_dbfs: Level that every step should have, dBFS.
        notes: Short warnings to print at the foot.

    Raises:
        SettingError: If there are no steps.
    """

    title: str
    subtitle: str
    steps: tuple[SheetStep, ...]
    side_a: SheetSide
    side_b: SheetSide
    alignment: Alignment
    metric_name: str
    metric_unit: str
    target_level_dbfs: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise SettingError(
                "a contact sheet shows at least 1 step, got none; hand in the finished stimuli"
            )


def shown_steps(steps: tuple[SheetStep, ...]) -> tuple[SheetStep, ...]:
    """Choose at most 16 steps, evenly and with the first and the last among them."""
    if len(steps) <= MOST_PANELS:
        return steps
    chosen = np.rint(np.linspace(0, len(steps) - 1, MOST_PANELS)).astype(int)
    return tuple(steps[i] for i in chosen)


def _check_samples(what: str, samples: FloatArray) -> None:
    if samples.ndim != 1 or samples.shape[0] == 0:
        raise ShapeError(f"{what} must be one channel with at least 1 sample, got shape {samples.shape}")
