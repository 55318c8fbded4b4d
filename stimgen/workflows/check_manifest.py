"""Does a manifest agree with itself: numbering, positions, calibration, summary."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from stimgen.export.encode import BIT_DEPTHS, dither_name
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest, StimulusRecord
from stimgen.workflows.settings import PEAK_LIMIT_DBFS

POSITION_TOLERANCE = 1e-9
LEVEL_TOLERANCE_DB = 1e-3


def manifest_problems(manifest: Manifest) -> Iterator[str]:
    """Say what in a manifest contradicts the rest of it, without a look at the files."""
    yield from _list_problems(manifest)
    yield from _source_problems(manifest)
    yield from _path_problems(manifest)
    yield from _calibration_problems(manifest)
    for stimulus in manifest.stimuli:
        yield from _stimulus_problems(stimulus, manifest)
    yield from _fidelity_problems(manifest)


def _list_problems(manifest: Manifest) -> Iterator[str]:
    if not manifest.stimuli:
        yield "the manifest lists no stimuli"
    if [stimulus.index for stimulus in manifest.stimuli] != list(range(len(manifest.stimuli))):
        yield "the manifest does not number the stimuli 0, 1, 2, ..."
    for name in ("id", "file"):
        values = [getattr(stimulus, name) for stimulus in manifest.stimuli]
        if len(set(values)) < len(values):
            yield f"the manifest lists two stimuli of one {name}"
    for name in ("rate_hz", "source_a", "source_b"):
        if len({getattr(stimulus, name) for stimulus in manifest.stimuli}) > 1:
            yield f"the manifest gives the stimuli more than one {name}"


def _source_problems(manifest: Manifest) -> Iterator[str]:
    if [source.role for source in manifest.sources] != ["a", "b"]:
        yield "the manifest does not list the recordings a and b, in this order"
        return
    if not manifest.stimuli:
        return
    first = manifest.stimuli[0]
    for source, name in zip(manifest.sources, (first.source_a, first.source_b), strict=True):
        if source.stored is not None and PurePosixPath(source.stored).stem != name:
            yield (
                f"{shown(source.stored)}: is stored as recording {source.role}, "
                f"which the stimuli call {shown(name)}"
            )
        wanted = first.rate_hz if first.rate_hz != source.rate_hz else None
        if source.resampled_to_hz != wanted:
            yield (
                f"recording {source.role} of {source.rate_hz} Hz in a set of {first.rate_hz} Hz: "
                f"the manifest says resampled_to_hz {_null(source.resampled_to_hz)}, it should be {_null(wanted)}"
            )


def _path_problems(manifest: Manifest) -> Iterator[str]:
    path = manifest.path
    if path.n_steps != len(manifest.stimuli):
        yield f"path.n_steps is {path.n_steps}, the manifest lists {len(manifest.stimuli)} stimuli"
    if manifest.calibration.spacing != "linear":
        yield (
            f"calibration.spacing {shown(manifest.calibration.spacing)!r} is unknown; positions were not checked"
        )
        return
    with np.errstate(all="ignore"):  # positions of any size may be written down
        positions = np.linspace(path.first_position, path.last_position, len(manifest.stimuli))
    for stimulus, position in zip(manifest.stimuli, positions, strict=True):
        if stimulus.position is None or not abs(stimulus.position - position) <= POSITION_TOLERANCE:
            yield (
                f"{shown(stimulus.file)}: position {_null(stimulus.position)} is not the one of step "
                f"{stimulus.index} from {path.first_position:g} to {path.last_position:g}, {position:g}"
            )
    if len(path.alignment.times_a_s) != len(path.alignment.times_b_s):
        yield "path.alignment pairs moments of a and b but does not list as many of each"


def _calibration_problems(manifest: Manifest) -> Iterator[str]:
    calibration = manifest.calibration
    if calibration.peak_limit_dbfs > PEAK_LIMIT_DBFS:
        yield (
            f"calibration.peak_limit_dbfs is {calibration.peak_limit_dbfs:g}, above the {PEAK_LIMIT_DBFS:g} dBFS "
            "that stimgen allows"
        )
    if calibration.target_level_dbfs > calibration.asked_level_dbfs + LEVEL_TOLERANCE_DB:
        yield (
            f"calibration.target_level_dbfs is {calibration.target_level_dbfs:g}, "
            f"above the {calibration.asked_level_dbfs:g} dBFS that were asked for"
        )
    known = next((depth for depth in BIT_DEPTHS if depth == calibration.bit_depth), None)
    if known is None:
        yield f"calibration.bit_depth {shown(calibration.bit_depth)!r} is unknown"
    elif calibration.dither != dither_name(known):
        yield (
            f"calibration.dither is {shown(calibration.dither)!r}, bit depth {known} has {dither_name(known)!r}"
        )


def _stimulus_problems(stimulus: StimulusRecord, manifest: Manifest) -> Iterator[str]:
    name, calibration = shown(stimulus.file), manifest.calibration
    path = PurePosixPath(stimulus.file)
    if str(path.parent) != "stimuli" or path.suffix != ".wav":
        yield f"{name}: is not a .wav file in the folder stimuli"
    if path.stem != stimulus.id:
        yield f"{name}: the manifest says id {shown(stimulus.id)!r}, which is not the stem of the file"
    is_end = stimulus.position in (0.0, 1.0)
    kind = "endpoint" if is_end else "morph"
    if stimulus.kind != kind:
        yield f"{name}: kind {stimulus.kind} at position {_null(stimulus.position)}, it should be {kind}"
    if (stimulus.endpoint_source is not None) != is_end:
        yield (
            f"{name}: endpoint_source {_null(stimulus.endpoint_source)} at position {_null(stimulus.position)}"
        )
    for key in ("ramp_ms", "bit_depth"):
        got, wanted = getattr(stimulus, key), getattr(calibration, key)
        if got != wanted:
            yield f"{name}: {key} is {shown(str(got))}, that of the set is {shown(str(wanted))}"


def _fidelity_problems(manifest: Manifest) -> Iterator[str]:
    ends = {stimulus.position: stimulus for stimulus in manifest.stimuli}
    for key, end, distance in (("a", ends.get(0.0), "distance_to_a"), ("b", ends.get(1.0), "distance_to_b")):
        said = getattr(manifest.summary, f"endpoint_fidelity_{key}")
        wanted = None if end is None else getattr(end, distance)
        if said != wanted:
            yield f"summary.endpoint_fidelity_{key} is {_null(said)}, the stimuli say {_null(wanted)}"


def _null(value: object) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else shown(str(value))
