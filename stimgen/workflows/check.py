"""Is a set still what its manifest says: hashes, and everything that can be measured from the files again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from stimgen.distance import Metric, make_metric
from stimgen.export.collection import CollectionManifest, read_any_manifest
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest
from stimgen.export.measure import without_pad
from stimgen.export.picture_collection import PictureCollectionManifest
from stimgen.export.picture_manifest import PictureManifest
from stimgen.workflows.check_files import (
    MISSING,
    implied_files,
    package_problems,
    read_or_none,
    strangers,
    table_problems,
)
from stimgen.workflows.check_manifest import lines_of, manifest_problems
from stimgen.workflows.check_references import reference_problems
from stimgen.workflows.check_sources import SourceCheck
from stimgen.workflows.check_steps import StepCheck
from stimgen.workflows.check_stimulus import UNREADABLE, pad_of, sound_of, stimulus_problems


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What `check` found.

    Args:
        folder: The set.
        n_stimuli: Stimuli that the manifest lists.
        problems: One sentence per thing that is off; empty if all is well.
    """

    folder: Path
    n_stimuli: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is off."""
        return not self.problems


def check(folder: str | Path) -> CheckReport:
    """Hash and measure the files of a set again and compare them with its manifest.

    Where the recordings are in the set, the distances to them are measured again too. Files that were added to the
    set later do not matter, except beside the stimuli. A collection of many pairs is checked pair by pair.

    Args:
        folder: The set, or the collection.

    Raises:
        ManifestError: If there is no readable manifest.
    """
    place = Path(folder)
    manifest = read_any_manifest(place)
    if isinstance(manifest, CollectionManifest):
        from stimgen.workflows.check_collection import collection_problems

        n_stimuli = sum(pair.n_stimuli for pair in manifest.pairs)
        problems = list(collection_problems(place, manifest, set_problems=set_problems))
    elif isinstance(manifest, PictureCollectionManifest):
        from stimgen.workflows.check_picture_collection import picture_collection_problems

        n_stimuli = sum(pair.n_stimuli for pair in manifest.pairs)
        problems = list(picture_collection_problems(place, manifest))
    elif isinstance(manifest, PictureManifest):
        from stimgen.workflows.check_pictures import picture_set_problems

        n_stimuli, problems = len(manifest.stimuli), list(picture_set_problems(place, manifest))
    else:
        n_stimuli, problems = len(manifest.stimuli), list(set_problems(place, manifest))
    return CheckReport(folder=place, n_stimuli=n_stimuli, problems=tuple(dict.fromkeys(problems)))


def set_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Say everything that is off with one set."""
    yield from manifest_problems(manifest)
    yield from _sound_problems(folder, manifest)
    yield from table_problems(folder, manifest)
    yield from package_problems(folder, implied_files(manifest))
    calibration = manifest.calibration
    yield from reference_problems(
        folder,
        calibration.reference_sounds,
        full_scale_db=calibration.spl_at_full_scale_db,
        rate_hz=manifest.stimuli[0].rate_hz if manifest.stimuli else None,
    )
    yield from strangers(folder, manifest)


def _sound_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Go through the sounds once, one in memory at a time."""
    sources = SourceCheck(folder, manifest)
    yield from sources.problems()
    metrics: list[Metric] = []
    try:
        metrics = _metrics(manifest)
    except UNREADABLE as error:
        yield f"the distances were not measured again: {shown(str(error))}"
    if metrics:
        if manifest.calibration.metric_unit != metrics[0].unit:
            unit = shown(str(manifest.calibration.metric_unit))
            yield f"calibration.metric_unit is {unit}, that of {metrics[0].name} is {metrics[0].unit}"
        yield from sources.prepare(metrics[0])
    checks = _step_checks(manifest, metrics)
    for stimulus in manifest.stimuli:
        data = read_or_none(folder, stimulus.file)
        sound = None
        if data is None:
            yield f"{shown(stimulus.file)}: {MISSING}"
        else:
            sound = sound_of(data)
            yield from stimulus_problems(stimulus, manifest, data, sound)
        if sound is not None:
            sound = replace(sound, samples=without_pad(sound.samples, pad_of(stimulus)))
        for steps in checks:
            if steps.is_for(stimulus):
                yield from steps.problems(stimulus, sound)
        if sound is not None:
            yield from sources.step_problems(stimulus, sound)
    for steps in checks:
        yield from steps.summary_problems()


def _metrics(manifest: Manifest) -> list[Metric]:
    """Return the metric of a set and the others that it was measured in; none for a set without steps."""
    calibration = manifest.calibration
    if calibration.metric is None:
        return []
    others = [make_metric(name, settings) for name, settings in calibration.other_metrics.items()]
    return [make_metric(calibration.metric, calibration.metric_settings), *others]


def _step_checks(manifest: Manifest, metrics: list[Metric]) -> list[StepCheck]:
    if not metrics:
        return []
    summaries = [manifest.summary.steps, manifest.summary.control_steps]
    labels = ["summary.steps", "summary.control_steps"]
    return [
        StepCheck(line, summary, metrics, label=label)
        for line, summary, label in zip(lines_of(manifest), summaries, labels, strict=False)
        if line
    ]
