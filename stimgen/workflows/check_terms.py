"""Does a manifest keep to its terms: names, times, choices, and what only a line or only a collection has."""

import re
from collections.abc import Iterator
from datetime import datetime

from stimgen.calibration.window_level import WINDOW_S
from stimgen.export.complete import is_later
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest, StimulusRecord

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CHOICES: dict[str, tuple[object, ...]] = {"ramp_shape": ("raised cosine",), "dc_removed": (True,)}
LATER_CHOICES: dict[str, tuple[object, ...]] = {
    "trim": ("none", "auto"),
    "species": ("human", "other"),
    "max_window_s": (WINDOW_S,),
}
LINE_CHOICES: dict[str, tuple[object, ...]] = {"duration": ("keep", "interpolate", "equal", "seconds")}
# where no positions are even, they are linear
METHODS = {"linear": ("linear",), "equal": ("steps", "knots", "linear")}
# what a line has and a collection of recordings has not: parts of the manifest, and keys of them
LINE_PARTS = {
    "path": ("first_position", "last_position", "alignment"),
    "calibration": ("metric", "metric_unit", "spacing", "jitter_floor"),
}
LATER_LINE_KEYS = ("spacing_method", "n_trials", "duration")
NO_LINE_KEYS = (
    "pair_id", "exemplar_id", "contrast", "source_b", "distance_from_previous", "distance_to_a", "distance_to_b",
    "f0_median_hz", "spectral_convergence_db", "hnr_drop_db", "two_source_index",
)  # fmt: skip
DURATION_TOLERANCE_SAMPLES = 1.5
MOST_PAD_S = 60.0


def terms_problems(manifest: Manifest) -> Iterator[str]:
    """Say which names, times and choices of a manifest are none that stimgen writes.

    Args:
        manifest: A manifest that has every key.
    """
    yield from header_problems(manifest.id, manifest.created_utc)
    yield from _choice_problems(manifest, CHOICES)
    if is_later(manifest):
        yield from _choice_problems(manifest, LATER_CHOICES)
        yield from _later_problems(manifest)
    if manifest.path.kind == "line":
        yield from _line_problems(manifest)
    else:
        yield from _no_line_problems(manifest)


def header_problems(set_id: str, created_utc: str) -> Iterator[str]:
    """Say whether the id of a set or collection is no name that is safe everywhere, and its time no time."""
    if not SLUG.fullmatch(set_id):
        yield f"id {shown(set_id)!r} is not lower-case letters, digits and single dashes"
    try:
        datetime.strptime(created_utc, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        yield f"created_utc {shown(created_utc)!r} is not a time such as 2025-01-31T12:00:00Z"


def _choice_problems(manifest: Manifest, choices: dict[str, tuple[object, ...]]) -> Iterator[str]:
    for key, allowed in choices.items():
        got = getattr(manifest.calibration, key)
        if got not in allowed:
            yield f"calibration.{key} {_null(got)} is not {' or '.join(str(one) for one in allowed)}"


def _later_problems(manifest: Manifest) -> Iterator[str]:
    calibration = manifest.calibration
    if calibration.peak_limit_dbtp is None:
        yield "calibration.peak_limit_dbtp is null"
    if calibration.strict and calibration.lowered_db > 0.0:
        yield f"calibration.strict is true, but the levels were lowered by {calibration.lowered_db:g} dB"
    if max(calibration.pad_s) > MOST_PAD_S:
        yield f"calibration.pad_s is {calibration.pad_s}, above the {MOST_PAD_S:g} s that stimgen allows"
    for source in manifest.sources:
        if source.health is None:
            yield f"recording {source.role}: health is null"
    for stimulus in manifest.stimuli:
        if stimulus.target_dbfs is None:
            yield f"{shown(stimulus.file)}: target_dbfs is null"


def _line_problems(manifest: Manifest) -> Iterator[str]:
    calibration = manifest.calibration
    if manifest.space is None:
        yield "space is null, but the set is a line"
    for part, keys in LINE_PARTS.items():
        for key in keys:
            if getattr(getattr(manifest, part), key) is None:
                yield f"{part}.{key} is null, but the set is a line"
    for stimulus in manifest.stimuli:
        yield from _name_problems(stimulus, manifest.id)
    if not is_later(manifest):
        return
    for key in LATER_LINE_KEYS:
        if getattr(calibration, key) is None:
            yield f"calibration.{key} is null, but the set is a line"
    yield from _choice_problems(manifest, LINE_CHOICES)
    yield from _method_problems(manifest)
    yield from _duration_problems(manifest)


def _name_problems(stimulus: StimulusRecord, set_id: str) -> Iterator[str]:
    name = shown(stimulus.file)
    infix = "-control" if stimulus.kind == "control" else ""
    if stimulus.id != f"{set_id}{infix}_{stimulus.index:03d}":
        yield f"{name}: id {shown(stimulus.id)!r} is not that of step {stimulus.index} of {shown(set_id)}"
    if stimulus.source_b is None:
        yield f"{name}: source_b is null, but the set is a line"


def _method_problems(manifest: Manifest) -> Iterator[str]:
    calibration, control = manifest.calibration, manifest.control
    methods = {"calibration": calibration.spacing_method}
    if control is not None:
        methods["control"] = control.spacing_method
        if control.space.name != "crossfade":
            yield f"control.space.name is {shown(control.space.name)}, it should be crossfade"
    for name, method in methods.items():
        # an unknown spacing is told of elsewhere
        allowed = METHODS.get(str(calibration.spacing))
        if allowed is not None and method not in allowed:
            yield f"{name}.spacing_method {_null(method)} is not {' or '.join(allowed)}"


def _duration_problems(manifest: Manifest) -> Iterator[str]:
    calibration = manifest.calibration
    wanted_s = calibration.duration_s
    if (wanted_s is not None) != (calibration.duration in ("equal", "seconds")):
        yield f"calibration.duration_s is {_null(wanted_s)}, and duration {_null(calibration.duration)}"
    if wanted_s is None:
        return
    for stimulus in manifest.stimuli:
        got_s = stimulus.duration_s - stimulus.pad_before_s - stimulus.pad_after_s
        if not abs(got_s - wanted_s) * stimulus.rate_hz <= DURATION_TOLERANCE_SAMPLES:
            yield f"{shown(stimulus.file)}: lasts {got_s:g} s, calibration.duration_s is {wanted_s:g}"


def _no_line_problems(manifest: Manifest) -> Iterator[str]:
    calibration, summary = manifest.calibration, manifest.summary
    parts = {
        "space": manifest.space,
        "control": manifest.control,
        "summary.steps": summary.steps or None,
        "summary.control_steps": summary.control_steps or None,
        "calibration.metric_settings": calibration.metric_settings or None,
        "calibration.other_metrics": calibration.other_metrics or None,
        "calibration.duration_s": calibration.duration_s,
    }
    parts |= {f"calibration.{key}": getattr(calibration, key) for key in LATER_LINE_KEYS}
    for part, keys in LINE_PARTS.items():
        parts |= {f"{part}.{key}": getattr(getattr(manifest, part), key) for key in keys}
    for name, value in parts.items():
        if value is not None:
            yield f"{name} is given, but the set is no line"
    for stimulus in manifest.stimuli:
        for key in NO_LINE_KEYS:
            if getattr(stimulus, key) is not None:
                yield f"{shown(stimulus.file)}: {key} is given, but the set is no line"


def _null(value: object) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else repr(shown(str(value)))
