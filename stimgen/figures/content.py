"""What a contact sheet shows, as plain values: nothing here knows how it is drawn."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.alignment import Alignment

MOST_PANELS = 16


@dataclass(frozen=True, kw_only=True)
class SheetStep:
    """One finished stimulus: of a continuum, of its control, or of a set of existing recordings.

    Args:
        index: Step index, the first is 0.
        position: Where it lies on the way: 0 is a, 1 is b, outside when extrapolated; NaN if there is no way.
        samples: Amplitude as written to the file, shape (n_samples,), full scale 1.0.
        rate_hz: Sampling rate, Hz.
        level_dbfs: Level of the active part, dBFS (a full-scale sine is -3.01).
        true_peak_dbtp: Largest value of the waveform, also between samples, dBTP (dB re full scale).
        distance_from_previous: Distance from the step before, in the sheet's metric; None for the first step.
        f0_times_s: Times of the fundamental-frequency track, shape (n_frames,), s; None if there is no track.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz, NaN where unvoiced; None if there is no track.
        name: What to call it where positions say nothing; "" if they do.
        target_dbfs: Level that this step should have, dBFS; None if the sheet's target holds.
        source_level_dbfs: Level of its recording before calibration, dBFS; None if there is none.
        pad_before_s: Silence put before the sound, s; it is marked, not drawn at full length.
        pad_after_s: Silence put after the sound, s.

    Raises:
        ShapeError: If the samples are not one non-empty channel, times and frequencies do not go together, or
            silence is all there is.
    """

    index: int
    position: float
    samples: FloatArray
    rate_hz: int
    level_dbfs: float
    true_peak_dbtp: float
    distance_from_previous: float | None
    f0_times_s: FloatArray | None
    f0_hz: FloatArray | None
    name: str = ""
    target_dbfs: float | None = None
    source_level_dbfs: float | None = None
    pad_before_s: float = 0.0
    pad_after_s: float = 0.0

    def __post_init__(self) -> None:
        _check_samples(f"step {self.index}", self.samples)
        _check_track(self.index, self.f0_times_s, self.f0_hz)
        if min(self.pad_before_s, self.pad_after_s) < 0.0 or self.sound_samples.shape[0] == 0:
            raise ShapeError(
                f"step {self.index} of {self.duration_s:g} s has pads of {self.pad_before_s:g} s and "
                f"{self.pad_after_s:g} s; pads are 0 or more and leave some sound between them"
            )

    @property
    def end(self) -> str | None:
        """Which end of the way it is: "a", "b", or None."""
        return {0.0: "a", 1.0: "b"}.get(round(self.position, 6))

    @property
    def duration_s(self) -> float:
        """Duration with the pads, s."""
        return float(self.samples.shape[0] / self.rate_hz)

    @property
    def sound_samples(self) -> FloatArray:
        """Amplitude between the pads, shape (n_sound_samples,)."""
        first = round(self.pad_before_s * self.rate_hz)
        last = self.samples.shape[0] - round(self.pad_after_s * self.rate_hz)
        return self.samples[first : max(first, last)]

    @property
    def sound_s(self) -> float:
        """Duration without the pads, s."""
        return float(self.sound_samples.shape[0] / self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class SheetSide:
    """One of the two recordings that the continuum joins.

    Args:
        name: What to call it, any text; shortened in the picture where it is too long.
        samples: Amplitude of the recording, shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        health: One short line on the quality of the recording, "" for none.

    Raises:
        ShapeError: If the samples are not one non-empty channel.
    """

    name: str
    samples: FloatArray
    rate_hz: int
    health: str = ""

    def __post_init__(self) -> None:
        _check_samples(f"recording {self.name!r}", self.samples)

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return float(self.samples.shape[0] / self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class Evenness:
    """How even the steps are in one metric.

    Args:
        metric: Name of the metric.
        cv: Coefficient of variation of the distances from step to step; None if there are too few for one.
        max_min: Longest distance over shortest; None if the shortest is 0.
    """

    metric: str
    cv: float | None
    max_min: float | None


@dataclass(frozen=True, kw_only=True)
class SheetContent:
    """Everything that a contact sheet shows.

    Args:
        title: Name of the set.
        subtitle: One line on how it was made: space, number of steps, rate, bit depth.
        steps: Every step in order; the curves show all of them, the panels at most 16 evenly chosen ones.
        side_a: The recording at position 0; None for a set of existing recordings.
        side_b: The recording at position 1; None for a set of existing recordings.
        alignment: Which moment of a meets which of b; None for a set of existing recordings.
        metric_name: Name of the distance between steps.
        metric_unit: Its unit, "" if it has none.
        target_level_dbfs: Level that every step should have, dBFS; None if the steps say it or nothing does.
        notes: Short warnings to print at the foot.
        controls: The steps of a matched control continuum, drawn below the others on the same axes.
        controls_name: What that continuum is.
        evenness: How even the steps are, in the metric named above and in others.

    Raises:
        SettingError: If there are no steps, or one or two of a, b and their alignment are missing.
    """

    title: str
    subtitle: str
    steps: tuple[SheetStep, ...]
    side_a: SheetSide | None
    side_b: SheetSide | None
    alignment: Alignment | None
    metric_name: str
    metric_unit: str
    target_level_dbfs: float | None
    notes: tuple[str, ...] = ()
    controls: tuple[SheetStep, ...] = ()
    controls_name: str = "Control: cross-fade of the two ends"
    evenness: tuple[Evenness, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise SettingError(
                "a contact sheet shows at least 1 step, got none; hand in the finished stimuli"
            )
        given = [part is not None for part in (self.side_a, self.side_b, self.alignment)]
        if any(given) and not all(given):
            raise SettingError(
                f"a contact sheet shows a, b and their alignment or none of the three, got {sum(given)}; "
                f"hand in all of them for a continuum"
            )


class Ended(Protocol):
    """A step that may be an end of the way."""

    @property
    def end(self) -> str | None:
        """Which end of the way it is: "a", "b", or None."""


Step = TypeVar("Step", bound=Ended)


def shown_items(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Choose at most 16 steps, evenly and with the first, the last, and those at a and b among them."""
    if len(steps) <= MOST_PANELS:
        return steps
    ends = [step.end for step in steps]
    fixed = sorted({0, len(steps) - 1, *(ends.index(end) for end in ("a", "b") if end in ends)})
    gaps = np.diff(fixed)
    n_parts = np.ones(len(gaps), dtype=np.int64)
    while n_parts.sum() < MOST_PANELS - 1:
        n_parts[np.argmax(gaps / n_parts)] += 1
    chosen = [
        np.rint(np.linspace(first, last, n + 1)).astype(int)
        for first, last, n in zip(fixed[:-1], fixed[1:], n_parts.tolist(), strict=True)
    ]
    return tuple(steps[i] for i in np.unique(np.concatenate(chosen)))


def _check_samples(what: str, samples: FloatArray) -> None:
    if samples.ndim != 1 or samples.shape[0] == 0:
        raise ShapeError(f"{what} must be one channel with at least 1 sample, got shape {samples.shape}")


def _check_track(index: int, times_s: FloatArray | None, f0_hz: FloatArray | None) -> None:
    if times_s is None and f0_hz is None:
        return
    if times_s is None or f0_hz is None:
        raise ShapeError(f"step {index} has F0 times or F0 values alone; give both or neither")
    if times_s.shape != f0_hz.shape:
        raise ShapeError(
            f"step {index} has {times_s.shape} F0 times for {f0_hz.shape} F0 values; give one time per value"
        )
