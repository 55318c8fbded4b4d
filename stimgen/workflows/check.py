"""Is a set still what its manifest says: hashes, and everything that can be measured from the files again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stimgen.distance import Metric, make_metric
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest, read_manifest
from stimgen.workflows.check_files import MISSING, package_problems, read_or_none, strangers, table_problems
from stimgen.workflows.check_manifest import manifest_problems
from stimgen.workflows.check_sources import SourceCheck
from stimgen.workflows.check_steps import StepCheck
from stimgen.workflows.check_stimulus import UNREADABLE, sound_of, stimulus_problems


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
    set later do not matter, except beside the stimuli.

    Args:
        folder: The set.

    Raises:
        ManifestError: If there is no readable manifest.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    problems = [
        *manifest_problems(manifest),
        *_sound_problems(place, manifest),
        *table_problems(place, manifest),
        *package_problems(place, manifest),
        *strangers(place, manifest),
    ]
    return CheckReport(folder=place, n_stimuli=len(manifest.stimuli), problems=tuple(dict.fromkeys(problems)))


def _sound_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Go through the sounds once, one in memory at a time."""
    sources = SourceCheck(folder, manifest)
    yield from sources.problems()
    metric: Metric | None = None
    try:
        metric = make_metric(manifest.calibration.metric, manifest.calibration.metric_settings)
    except UNREADABLE as error:
        yield f"the distances were not measured again: {shown(str(error))}"
    steps = StepCheck(manifest, metric) if metric else None
    if metric:
        yield from sources.prepare(metric)
    for stimulus in manifest.stimuli:
        data = read_or_none(folder, stimulus.file)
        sound = None
        if data is None:
            yield f"{shown(stimulus.file)}: {MISSING}"
        else:
            sound = sound_of(data)
            yield from stimulus_problems(stimulus, manifest, data, sound)
        if steps:
            yield from steps.problems(stimulus, sound)
        if sound is not None:
            yield from sources.step_problems(stimulus, sound)
    if steps:
        yield from steps.summary_problems()
