"""Does what a manifest says of ends and of time go together: how they were made, and which moments meet."""

from collections.abc import Iterator, Sequence

import numpy as np

from stimgen.export.inside import shown
from stimgen.export.manifest import AlignmentRecord, Manifest, PathRecord, StimulusRecord


def end_problems(stimulus: StimulusRecord, manifest: Manifest) -> Iterator[str]:
    """Say in what a stimulus contradicts what was asked of ends.

    Args:
        stimulus: The row.
        manifest: The set.
    """
    name, source = shown(stimulus.file), stimulus.endpoint_source
    path = _path_of(stimulus, manifest)
    if path.endpoints == "resynth" and source == "carried":
        yield f"{name}: endpoint_source carried, but the ends are to be resynthesised"
    is_own_time = manifest.calibration.duration in ("keep", "interpolate")
    if path.endpoints == "exact" and source == "resynth" and is_own_time:
        yield f"{name}: endpoint_source resynth, but the ends are to be exact"
    if not stimulus.bit_identical:
        return
    if source not in ("original", "carried"):
        yield f"{name}: bit_identical is true of what is not the recording"
    untouched = stimulus.gain_db == 0.0 and stimulus.ramp_ms == 0.0
    if not (untouched and manifest.calibration.level_rule == "keep"):
        yield f"{name}: bit_identical is true, but it has a gain of {stimulus.gain_db:g} dB or ramps"


def alignment_problems(alignment: AlignmentRecord | None, *, name: str) -> Iterator[str]:
    """Say in what an alignment is none.

    Args:
        alignment: As the manifest has it.
        name: Where in the manifest it stands.
    """
    if alignment is None or len(alignment.times_a_s) != len(alignment.times_b_s):
        yield f"{name} pairs moments of a and b but does not list as many of each"
        return
    if not all(_never_falls(times_s) for times_s in (alignment.times_a_s, alignment.times_b_s)):
        yield f"{name} has moments that do not begin at 0 or go back in time"
    n_files = len(alignment.files)
    if (n_files > 0) != (alignment.method == "file") or n_files > 2:
        yield f"{name} is called {shown(alignment.method)!r} and lists {n_files} files"


def _path_of(stimulus: StimulusRecord, manifest: Manifest) -> PathRecord:
    return manifest.control.path if stimulus.kind == "control" and manifest.control else manifest.path


def _never_falls(times_s: Sequence[float]) -> bool:
    with np.errstate(all="ignore"):  # numbers of any size may be written down
        return len(times_s) > 1 and times_s[0] == 0.0 and not bool(np.any(np.diff(times_s) < 0.0))
