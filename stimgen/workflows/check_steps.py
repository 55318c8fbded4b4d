"""The steps of a set: the distances between neighbours, and their summary, measured again."""

from collections.abc import Iterator
from typing import Any

from stimgen.distance import Metric
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest, MetricSummary, StimulusRecord
from stimgen.media.sound import Sound
from stimgen.workflows.check_stimulus import UNREADABLE
from stimgen.workflows.provenance import summarise_steps

DISTANCE_TOLERANCE = 0.02
CV_TOLERANCE, RATIO_SHARE = 0.01, 0.05
# of steps shorter than this a ratio says nothing
SHORTEST_STEP = 1e-2


class StepCheck:
    """Measures the steps between the stimuli of a set, one after the other.

    Args:
        manifest: The set.
        metric: The metric that its manifest names.
    """

    def __init__(self, manifest: Manifest, metric: Metric) -> None:
        self._manifest, self._metric = manifest, metric
        self._previous: Any = None
        self._distances: list[float] = []

    def problems(self, stimulus: StimulusRecord, sound: Sound | None) -> Iterator[str]:
        """Measure the distance from the previous stimulus and compare it with the manifest.

        Args:
            stimulus: The next stimulus in the order of the manifest.
            sound: Its sound, None if it could not be read; then two distances are not known.
        """
        previous, self._previous = self._previous, self._features(sound)
        said, name = stimulus.distance_from_previous, shown(stimulus.file)
        if stimulus is self._manifest.stimuli[0]:
            if said is not None:
                yield f"{name}: distance_from_previous is {said:g}, but there is no previous stimulus"
        elif said is None:
            yield f"{name}: distance_from_previous is null, but there is a previous stimulus"
        elif previous is not None and self._previous is not None:
            try:
                got = self._metric.distance(previous, self._previous)
            except UNREADABLE:
                yield f"{name}: cannot be compared with the previous stimulus"
                return
            self._distances.append(got)
            if not abs(got - said) <= DISTANCE_TOLERANCE:
                yield (
                    f"{name}: distance from the previous stimulus is {got:.3f} {self._metric.unit}, "
                    f"the manifest says {said:.3f}"
                )

    def summary_problems(self) -> Iterator[str]:
        """Compare the summary of the steps with the distances that were measured, if all of them could be."""
        summary = self._manifest.summary.steps
        if set(summary) != {self._metric.name}:
            yield f"summary.steps does not summarise the metric {self._metric.name} and it alone"
            return
        if not self._distances or len(self._distances) != len(self._manifest.stimuli) - 1:
            return
        got, said = summarise_steps(self._distances), summary[self._metric.name]
        for key in ("step_mean", "step_cv", "step_max_min"):
            if self._differs(key, got, said):
                yield (
                    f"summary.steps.{self._metric.name}.{key} is {getattr(said, key)}, "
                    f"the stimuli give {getattr(got, key)}"
                )

    def _differs(self, key: str, got: MetricSummary, said: MetricSummary) -> bool:
        if key == "step_mean":
            return not abs(got.step_mean - said.step_mean) <= DISTANCE_TOLERANCE
        if min(self._distances) < SHORTEST_STEP:
            return False
        if key == "step_cv":
            return not abs(got.step_cv - said.step_cv) <= CV_TOLERANCE
        if got.step_max_min is None or said.step_max_min is None:
            return got.step_max_min != said.step_max_min
        return not abs(got.step_max_min - said.step_max_min) <= RATIO_SHARE * got.step_max_min

    def _features(self, sound: Sound | None) -> Any:
        try:
            return None if sound is None else self._metric.features(sound)
        except UNREADABLE:
            return None
