"""The steps of a line: the distances between neighbours in every metric, and their summary, measured again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stimgen.distance import Metric
from stimgen.export.inside import shown
from stimgen.export.manifest import MetricSummary, StimulusRecord
from stimgen.media.sound import Sound
from stimgen.workflows.check_stimulus import UNREADABLE
from stimgen.workflows.step_summary import summarise_steps

DISTANCE_TOLERANCE = 0.02
CV_TOLERANCE, RATIO_SHARE = 0.01, 0.05
# of steps shorter than this a ratio says nothing
SHORTEST_STEP = 1e-2


class StepCheck:
    """Measures the steps between the stimuli of one line, one after the other.

    Args:
        stimuli: The rows of the line in order.
        summary: What the manifest says of its steps, by metric.
        metrics: The metric of the set first, then the others that the summary names.
        label: What to call the summary in sentences.
    """

    def __init__(
        self,
        stimuli: Sequence[StimulusRecord],
        summary: Mapping[str, MetricSummary],
        metrics: Sequence[Metric],
        *,
        label: str = "summary.steps",
    ) -> None:
        self._stimuli, self._summary, self._metrics, self._label = stimuli, summary, metrics, label
        self._previous: list[Any] = [None] * len(metrics)
        self._distances: list[list[float]] = [[] for _ in metrics]

    def is_for(self, stimulus: StimulusRecord) -> bool:
        """Say whether a stimulus belongs to this line."""
        return any(stimulus is one for one in self._stimuli)

    def problems(self, stimulus: StimulusRecord, sound: Sound | None) -> Iterator[str]:
        """Measure the distance from the previous stimulus and compare it with the manifest.

        Args:
            stimulus: The next stimulus in the order of the manifest.
            sound: Its sound without added silence, None if it could not be read; then two distances are not known.
        """
        said, name = stimulus.distance_from_previous, shown(stimulus.file)
        is_first = stimulus is self._stimuli[0]
        if is_first and said is not None:
            yield f"{name}: distance_from_previous is {said:g}, but there is no previous stimulus"
        if not is_first and said is None:
            yield f"{name}: distance_from_previous is null, but there is a previous stimulus"
        for n, metric in enumerate(self._metrics):
            previous, self._previous[n] = self._previous[n], _features(metric, sound)
            if is_first or previous is None or self._previous[n] is None:
                continue
            try:
                got = metric.distance(previous, self._previous[n])
            except UNREADABLE:
                yield f"{name}: cannot be compared with the previous stimulus in {metric.name}"
                continue
            self._distances[n].append(got)
            if n == 0 and said is not None and not abs(got - said) <= DISTANCE_TOLERANCE:
                yield (
                    f"{name}: distance from the previous stimulus is {got:.3f} {metric.unit}, "
                    f"the manifest says {said:.3f}"
                )

    def summary_problems(self) -> Iterator[str]:
        """Compare the summary of the steps with the distances that were measured, if all of them could be."""
        names = [metric.name for metric in self._metrics]
        if set(self._summary) != set(names):
            yield f"{self._label} does not summarise {', '.join(names)} and nothing else"
            return
        for metric, distances in zip(self._metrics, self._distances, strict=True):
            if not distances or len(distances) != len(self._stimuli) - 1:
                continue
            got, said = summarise_steps(distances), self._summary[metric.name]
            for key in ("step_mean", "step_cv", "step_max_min"):
                if _differs(key, got, said, min(distances)):
                    yield (
                        f"{self._label}.{metric.name}.{key} is {getattr(said, key)}, "
                        f"the stimuli give {getattr(got, key)}"
                    )


def _differs(key: str, got: MetricSummary, said: MetricSummary, shortest: float) -> bool:
    if key == "step_mean":
        return not abs(got.step_mean - said.step_mean) <= DISTANCE_TOLERANCE
    if shortest < SHORTEST_STEP:
        return False
    if key == "step_cv":
        return not abs(got.step_cv - said.step_cv) <= CV_TOLERANCE
    if got.step_max_min is None or said.step_max_min is None:
        return got.step_max_min != said.step_max_min
    return not abs(got.step_max_min - said.step_max_min) <= RATIO_SHARE * got.step_max_min


def _features(metric: Metric, sound: Sound | None) -> Any:
    try:
        return None if sound is None else metric.features(sound)
    except UNREADABLE:
        return None
