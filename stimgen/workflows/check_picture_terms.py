"""Does the manifest of a set of pictures keep to its terms: names, times, matched light, metrics, the control."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.calibration.match_settings import MATCHES, MatchSettings
from stimgen.distance.base import PictureMetric
from stimgen.distance.pictures import PICTURE_METRICS, make_picture_metric
from stimgen.export.inside import shown
from stimgen.export.picture_manifest import MatchRecord, PictureManifest, PictureStimulusRecord
from stimgen.media.picture import Picture
from stimgen.media.picture_read import picture_of
from stimgen.workflows.check_files import MISSING, read_or_none
from stimgen.workflows.check_picture_space import is_of_this_stimgen
from stimgen.workflows.check_stimulus import UNREADABLE, differs
from stimgen.workflows.check_terms import METHODS, header_problems
from stimgen.workflows.check_values import is_same, reason_of
from stimgen.workflows.picture_continuum import inside_of
from stimgen.workflows.picture_software import hash_of

MATCH_TOLERANCES = {"mean_luminance": 2e-3, "rms_contrast": 6e-3}
TARGET_TOLERANCE = 2e-6
SETTINGS = ("mean_luminance", "rms_contrast", "spectrum", "most_clipped", "strict", "bit_depth")
SAME_KEYS = ("pair_id", "exemplar_id", "contrast", "source_a", "source_b")


def picture_terms_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say which names, times and choices of a manifest are none that stimgen writes.

    Args:
        manifest: The manifest.
    """
    yield from header_problems(manifest.id, manifest.created_utc)
    yield from match_problems(manifest)
    for stimulus in manifest.stimuli:
        yield from _count_problems(stimulus, manifest)
    if manifest.path.kind == "line":
        yield from _line_problems(manifest)
        yield from _control_problems(manifest)


def match_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say what in the record of how light was matched does not go together."""
    match, depth = manifest.calibration.match, manifest.calibration.bit_depth
    kind = next((one for one in MATCHES if one == match.match), None)
    if kind is None:
        yield f"calibration.match.match {shown(match.match)!r} is unknown"
        return
    chosen = match.settings
    usual = MatchSettings()
    wanted = {"spectrum": usual.spectrum, "most_clipped": usual.most_clipped, "bit_depth": depth}
    if set(chosen) != set(SETTINGS) or not isinstance(chosen["strict"], bool):
        yield "calibration.match.settings are none of this stimgen"
        return
    for key, value in wanted.items():
        if not is_same(value, chosen[key]):
            yield f"calibration.match.settings.{key} is {shown(str(chosen[key]))}, it should be {value}"
    yield from _target_problems(match, kind)
    names = (match.mask, match.mask_sha256)
    if (names[0] is None) != (names[1] is None) or (match.mask is None and match.mask_stored is not None):
        yield "calibration.match: mask, mask_stored and mask_sha256 do not go together"
    if match.mask is not None and ("/" in match.mask or kind == "none"):
        yield f"calibration.match.mask {shown(match.mask)!r} is no file that something was matched in"


def _target_problems(match: MatchRecord, kind: str) -> Iterator[str]:
    is_lower = False
    for key, kinds in (
        ("mean_luminance", ("luminance", "contrast", "histogram", "spectrum")),
        ("rms_contrast", ("contrast", "histogram", "spectrum")),
    ):
        given = match.settings[key]
        asked, target = getattr(match, f"asked_{key}"), getattr(match, f"target_{key}")
        if (asked is None, target is None) != (kind not in kinds, kind not in kinds):
            yield f"calibration.match: asked_{key} is {asked}, target_{key} is {target}, and match is {kind}"
        elif given is not None and (kind not in kinds[:2] or not is_same(given, asked)):
            yield f"calibration.match.settings.{key} is {shown(str(given))}, asked_{key} is {asked}"
        elif asked is not None and target is not None:
            is_lower = is_lower or target < asked
            if target > asked:
                yield f"calibration.match: target_{key} is {target:g}, above the {asked:g} that were asked for"
    if match.is_lowered != is_lower:
        yield f"calibration.match.is_lowered is {match.is_lowered}, the targets say {is_lower}"
    if match.is_lowered and match.settings["strict"]:
        yield "calibration.match: the set was lowered, but settings.strict is true"


def matched_problems(
    folder: Path, manifest: PictureManifest, pictures: list[Picture | None]
) -> Iterator[str]:
    """Measure the light of stimuli where it was matched, and compare it with the target of the set.

    Args:
        folder: The set.
        manifest: Its manifest.
        pictures: The stimuli, None where one could not be read.
    """
    match, inside = manifest.calibration.match, None
    if match.mask_stored is not None:
        data, name = read_or_none(folder, match.mask_stored), shown(match.mask_stored)
        if data is None:
            yield f"{name}: {MISSING}"
            return
        if hash_of(data) != match.mask_sha256:
            yield f"{name}: the sha256 differs from the manifest; the file was changed"
        try:
            inside = inside_of(picture_of(data, path=Path(name), background=0.0, transfer="linear"))
        except UNREADABLE as error:
            yield f"{name}: cannot be read as a mask ({reason_of(error)})"
            return
    elif match.mask is not None:
        return  # what is measured is the whole picture, what was matched is a part of it
    for stimulus, picture in zip(manifest.stimuli, pictures, strict=True):
        if picture is None:
            continue
        if inside is not None and inside.shape != picture.pixels.shape[:2]:
            yield f"{shown(str(match.mask_stored))}: has not the size of the stimuli"
            return
        found = measure_luminance(picture, mask=inside)
        for key, target in (
            ("mean_luminance", match.target_mean_luminance),
            ("rms_contrast", match.target_rms_contrast if match.match == "contrast" else None),
        ):
            got = getattr(found, key)
            if target is not None and not abs(got - target) <= MATCH_TOLERANCES[key] * target:
                yield f"{shown(stimulus.file)}: {key} {got:.4f} is not the target of the set, {target:.4f}"


def _count_problems(stimulus: PictureStimulusRecord, manifest: PictureManifest) -> Iterator[str]:
    """Say which counts of values and pixels there cannot be."""
    name, n_pixels = shown(stimulus.file), stimulus.width_px * stimulus.height_px
    n_channels = 1 if stimulus.mode == "grey" else 3
    is_blend_of_values = stimulus.kind == "control" or (
        manifest.space is not None and manifest.space.name == "crossfade"
    )
    weights = [source.weight or 0.0 for source in manifest.sources]
    inside = (
        0.0 <= stimulus.position <= 1.0 if stimulus.position is not None else min(weights, default=0.0) >= 0.0
    )
    matched = n_pixels if manifest.calibration.match.match != "none" else 0
    for key, most in (
        # what lies between two values in range is in range
        ("clipped_values", 0 if is_blend_of_values and inside else n_pixels * n_channels),
        ("clipped_pixels", matched),
        ("paled_pixels", matched if stimulus.mode == "rgb" else 0),
    ):
        if getattr(stimulus, key) > most:
            yield f"{name}: {key} is {getattr(stimulus, key)}, there can be {most} at most"


def _line_problems(manifest: PictureManifest) -> Iterator[str]:
    calibration = manifest.calibration
    for name in ("spacing_method", "n_trials", "metric_unit", "jitter_floor"):
        if getattr(calibration, name) is None:
            yield f"calibration.{name} is null, but the set is a line"
    allowed = METHODS.get(str(calibration.spacing))
    methods = {"calibration": calibration.spacing_method}
    if manifest.control is not None:
        methods["control"] = manifest.control.spacing_method
    for name, method in methods.items():
        # an unknown spacing is told of elsewhere
        if allowed is not None and method is not None and method not in allowed:
            yield f"{name}.spacing_method {shown(method)!r} is not {' or '.join(allowed)}"
    if calibration.spacing == "linear" and calibration.n_trials:
        yield f"calibration.n_trials is {calibration.n_trials}, but linear steps need none"
    if calibration.spacing == "equal" and manifest.path.n_steps > 2 and calibration.n_trials == 0:
        yield "calibration.n_trials is 0, but even steps are found by trials"
    yield from _pair_problems(manifest)


def _pair_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say what in the rows of the stimuli is not alike, or missing, though they are of one pair."""
    stimuli = manifest.stimuli
    for name in SAME_KEYS:
        if len({getattr(one, name) for one in stimuli}) > 1:
            yield f"the manifest gives the stimuli more than one {name}"
        elif stimuli and name.startswith("source") and getattr(stimuli[0], name) is None:
            yield f"{name} of the stimuli is null, but the set is a line"
    ends = {one.position: one for one in stimuli if one.kind != "control"}
    for role, end in (("a", ends.get(0.0)), ("b", ends.get(1.0))):
        said = getattr(manifest.summary, f"endpoint_fidelity_{role}")
        wanted = None if end is None else getattr(end, f"distance_to_{role}")
        if differs(wanted, said, TARGET_TOLERANCE):
            yield f"summary.endpoint_fidelity_{role} is {said}, the stimuli say {wanted}"
    for one in stimuli:
        for key in ("distance_to_a", "distance_to_b"):
            if getattr(one, key) is None:
                yield f"{shown(one.file)}: {key} is null, but the set is a line"


def _control_problems(manifest: PictureManifest) -> Iterator[str]:
    control = manifest.control
    if control is None:
        return
    if control.space.name != "crossfade" or control.space.facts:
        yield f"control.space is {shown(control.space.name)}, it should be crossfade and know nothing of its pictures"
    if control.path != manifest.path:
        yield "control.path is not the path of the set"


def picture_metrics(manifest: PictureManifest) -> dict[str, dict[str, Any]]:
    """Return the settings of the metric of a set, and of the others that it was measured in, by name."""
    calibration = manifest.calibration
    return {str(calibration.metric): calibration.metric_settings, **calibration.other_metrics}


def metric_problems(manifest: PictureManifest) -> Iterator[str]:
    """Say which metrics of a set have settings or units that are none of theirs, and which are missing."""
    calibration = manifest.calibration
    if calibration.metric is None:
        return
    found = picture_metrics(manifest)
    if set(found) != set(PICTURE_METRICS) or calibration.metric in calibration.other_metrics:
        yield f"calibration.metric and other_metrics are not {', '.join(PICTURE_METRICS)}, each once"
    for name, chosen in found.items():
        metric = _metric_or_none(name, chosen)
        if metric is None:
            continue  # told of where steps are measured
        # sets are made with the usual settings; those of another stimgen may be others, but are all there
        usual = make_picture_metric(name) if is_of_this_stimgen(manifest) else metric
        if not is_same(dict(usual.settings()), chosen):
            yield f"the settings of the metric {shown(name)} are not those that sets are measured with"
        if name == calibration.metric and calibration.metric_unit != metric.unit:
            unit = shown(str(calibration.metric_unit))
            yield f"calibration.metric_unit is {unit}, that of {name} is {metric.unit}"


def _metric_or_none(name: str, chosen: dict[str, Any]) -> PictureMetric | None:
    try:
        return make_picture_metric(name, chosen)
    except UNREADABLE:
        return None
