"""Does the manifest of a set of pictures agree with itself: numbering, positions, kinds, weights, targets."""

import math
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from stimgen.export.inside import shown
from stimgen.export.picture_manifest import PictureManifest, PictureStimulusRecord
from stimgen.media.transfer import TRANSFERS
from stimgen.workflows.check_picture_space import space_problems
from stimgen.workflows.check_picture_terms import metric_problems, picture_terms_problems
from stimgen.workflows.picture_records import CONTRAST_RULE, LUMINANCE_UNIT

POSITION_TOLERANCE = 1e-9
FEWEST_IN_BLEND = 2
# what only a line has: keys of the calibration, and of a stimulus
LINE_KEYS = ("spacing", "spacing_method", "n_trials", "metric", "metric_unit", "jitter_floor")
LINE_STIMULUS_KEYS = (
    "position", "pair_id", "exemplar_id", "contrast", "source_a", "source_b", "distance_from_previous",
    "distance_to_a", "distance_to_b", "two_source_index",
)  # fmt: skip


def lines_of_pictures(
    manifest: PictureManifest,
) -> Iterator[tuple[list[PictureStimulusRecord], dict[str, Any], str]]:
    """Yield the stimuli of each line of a set, the summary of its steps, and what that is called in the manifest."""
    main = [one for one in manifest.stimuli if one.kind != "control"]
    control = [one for one in manifest.stimuli if one.kind == "control"]
    if manifest.path.kind == "line":
        yield main, manifest.summary.steps, "summary.steps"
        if control:
            yield control, manifest.summary.control_steps, "summary.control_steps"


def picture_manifest_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say what in a manifest contradicts the rest of it, without a look at the files."""
    yield from _list_problems(manifest)
    yield from _term_problems(manifest)
    yield from picture_terms_problems(manifest)
    yield from metric_problems(manifest)
    yield from space_problems(manifest)
    yield from _source_list_problems(manifest)
    if manifest.path.kind == "line":
        yield from _line_problems(manifest)
    else:
        yield from _blend_problems(manifest)
    for stimulus in manifest.stimuli:
        yield from _record_problems(stimulus, manifest)


def _list_problems(manifest: PictureManifest) -> Iterator[str]:
    if not manifest.stimuli:
        yield "the manifest lists no stimuli"
    for name in ("id", "file"):
        values = [getattr(one, name) for one in manifest.stimuli]
        if len(set(values)) < len(values):
            yield f"the manifest lists two stimuli of one {name}"
    for name in ("width_px", "height_px", "mode", "bit_depth", "gamma_assumed", "pair_id"):
        if len({getattr(one, name) for one in manifest.stimuli}) > 1:
            yield f"the manifest gives the stimuli more than one {name}"
    if (manifest.control is not None) != any(one.kind == "control" for one in manifest.stimuli):
        yield "the manifest has control stimuli without a control, or a control without stimuli"


def _term_problems(manifest: PictureManifest) -> Iterator[str]:
    calibration = manifest.calibration
    for key, wanted in (("contrast_rule", CONTRAST_RULE), ("luminance_unit", LUMINANCE_UNIT)):
        if getattr(calibration, key) != wanted:
            yield f"calibration.{key} is {shown(str(getattr(calibration, key)))}, it should be {wanted}"
    if calibration.gamma_assumed not in TRANSFERS:
        yield f"calibration.gamma_assumed {shown(calibration.gamma_assumed)!r} is unknown"


def _source_list_problems(manifest: PictureManifest) -> Iterator[str]:
    roles = [source.role for source in manifest.sources]
    is_line = manifest.path.kind == "line"
    if roles != (["a", "b"] if is_line else ["item"] * len(roles)):
        wanted = "a and b, in this order" if is_line else "items alone"
        yield f"the manifest does not list the pictures as {wanted}"
    weights = [source.weight for source in manifest.sources]
    if is_line:
        return
    if any(weight is None for weight in weights):
        yield "a picture of a blend has no weight"
    elif not abs(math.fsum(weight for weight in weights if weight is not None) - 1.0) <= 1e-6:
        yield "the weights of the pictures do not sum to 1"


def _line_problems(manifest: PictureManifest) -> Iterator[str]:
    path, spacing = manifest.path, manifest.calibration.spacing
    if spacing not in ("linear", "equal"):
        yield f"calibration.spacing {shown(str(spacing))!r} is unknown; positions were not checked"
        return
    if manifest.space is None or path.first_position is None or path.last_position is None:
        yield "the set is a line, but space, first_position or last_position is null"
        return
    first, last = path.first_position, path.last_position
    for stimuli, _, label in lines_of_pictures(manifest):
        if [one.index for one in stimuli] != list(range(len(stimuli))) or len(stimuli) != path.n_steps:
            yield f"{label}: the stimuli are not numbered 0 to {path.n_steps - 1}"
        known = [one.position for one in stimuli if one.position is not None]
        if len(known) != len(stimuli) or not known:
            yield f"{label}: a stimulus of the line has no position"
            continue
        if not (abs(known[0] - first) <= POSITION_TOLERANCE and abs(known[-1] - last) <= POSITION_TOLERANCE):
            yield f"the stimuli go from position {known[0]:g} to {known[-1]:g}, not from {first:g} to {last:g}"
        if any(after <= before for before, after in zip(known[:-1], known[1:], strict=True)):
            yield "the positions of the stimuli do not rise from step to step"
        even = np.linspace(first, last, len(known))
        if spacing == "linear" and not np.allclose(known, even, rtol=0.0, atol=POSITION_TOLERANCE):
            yield f"{label}: the positions are not evenly spaced, calibration.spacing says linear"


def _blend_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say what a blend has that only a line has, and what it lacks."""
    path, calibration, summary = manifest.path, manifest.calibration, manifest.summary
    if manifest.space is None or len(manifest.sources) < FEWEST_IN_BLEND:
        yield "the set is a blend, but space is null or there are fewer than two pictures"
    n_found = len(manifest.stimuli)
    if [one.index for one in manifest.stimuli] != list(range(n_found)) or n_found != path.n_steps:
        yield f"the stimuli are not numbered 0 to {path.n_steps - 1}"
    parts: dict[str, Any] = {
        "path.first_position": path.first_position,
        "path.last_position": path.last_position,
        "control": manifest.control,
        "summary.steps": summary.steps or None,
        "summary.control_steps": summary.control_steps or None,
        "summary.endpoint_fidelity_a": summary.endpoint_fidelity_a,
        "summary.endpoint_fidelity_b": summary.endpoint_fidelity_b,
        "calibration.metric_settings": calibration.metric_settings or None,
        "calibration.other_metrics": calibration.other_metrics or None,
    }
    parts |= {f"calibration.{key}": getattr(calibration, key) for key in LINE_KEYS}
    for stimulus in manifest.stimuli:
        parts |= {f"{shown(stimulus.file)}: {key}": getattr(stimulus, key) for key in LINE_STIMULUS_KEYS}
        if stimulus.id != f"{manifest.id}_{stimulus.index:03d}":
            yield f"{shown(stimulus.file)}: id {shown(stimulus.id)!r} is not that of picture {stimulus.index}"
    for name, value in parts.items():
        if value is not None:
            yield f"{name} is given, but the set is a blend"


def _record_problems(stimulus: PictureStimulusRecord, manifest: PictureManifest) -> Iterator[str]:
    name, path = shown(stimulus.file), PurePosixPath(stimulus.file)
    if str(path.parent) != "stimuli" or path.suffix != ".png" or path.stem != stimulus.id:
        yield f"{name}: is not the file of {shown(stimulus.id)!r} in the folder stimuli"
    is_line = manifest.path.kind == "line"
    if is_line:
        infix = "-control" if stimulus.kind == "control" else ""
        if stimulus.id != f"{manifest.id}{infix}_{stimulus.index:03d}":
            yield f"{name}: id {shown(stimulus.id)!r} is not that of step {stimulus.index}"
    is_end = stimulus.position in (0.0, 1.0)
    kinds = ("control", "endpoint" if is_end else "morph") if is_line else ("average",)
    if stimulus.kind not in kinds:
        yield f"{name}: kind {stimulus.kind} at position {stimulus.position}, it should be {kinds[-1]}"
    for key in ("endpoint_source", "bit_identical"):
        if (getattr(stimulus, key) is not None) != is_end:
            yield f"{name}: {key} is {getattr(stimulus, key)} at position {stimulus.position}"
    for key, wanted in (
        ("bit_depth", manifest.calibration.bit_depth),
        ("gamma_assumed", manifest.calibration.gamma_assumed),
    ):
        if getattr(stimulus, key) != wanted:
            yield f"{name}: {key} is {shown(str(getattr(stimulus, key)))}, that of the set is {shown(str(wanted))}"
