"""Does a manifest agree with itself: numbering, positions, calibration, summary."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np

from stimgen.export.encode import BIT_DEPTHS, dither_name
from stimgen.export.inside import shown
from stimgen.export.manifest import Manifest, PathRecord, StimulusRecord
from stimgen.workflows.calibration_settings import PEAK_LIMIT_DBTP
from stimgen.workflows.check_ends import alignment_problems, end_problems
from stimgen.workflows.check_terms import terms_problems

POSITION_TOLERANCE = 1e-9
LEVEL_TOLERANCE_DB = 1e-3
SPL_NAMES = (
    ("level_dbfs", "level_db_spl"),
    ("a_weighted_dbfs", "a_weighted_db_spl"),
    ("max_window_dbfs", "max_window_db_spl"),
)


def lines_of(manifest: Manifest) -> list[list[StimulusRecord]]:
    """Return the stimuli of the main line, then those of its control if there is one."""
    main = [stimulus for stimulus in manifest.stimuli if stimulus.kind != "control"]
    control = [stimulus for stimulus in manifest.stimuli if stimulus.kind == "control"]
    return [main, control] if control else [main]


def manifest_problems(manifest: Manifest) -> Iterator[str]:
    """Say what in a manifest contradicts the rest of it, without a look at the files."""
    yield from terms_problems(manifest)
    yield from _list_problems(manifest)
    yield from _source_problems(manifest)
    yield from _path_problems(manifest)
    yield from _calibration_problems(manifest)
    for stimulus in manifest.stimuli:
        yield from _stimulus_problems(stimulus, manifest)
        yield from _level_problems(stimulus, manifest)
    yield from _fidelity_problems(manifest)


def _list_problems(manifest: Manifest) -> Iterator[str]:
    if not manifest.stimuli:
        yield "the manifest lists no stimuli"
    for line in lines_of(manifest):
        if [stimulus.index for stimulus in line] != list(range(len(line))):
            yield "the manifest does not number the stimuli 0, 1, 2, ..."
    for name in ("id", "file"):
        values = [getattr(stimulus, name) for stimulus in manifest.stimuli]
        if len(set(values)) < len(values):
            yield f"the manifest lists two stimuli of one {name}"
    same = ("rate_hz",) if manifest.path.kind == "collection" else ("rate_hz", "source_a", "source_b")
    for name in (*same, "pair_id", "exemplar_id", "contrast"):
        if len({getattr(stimulus, name) for stimulus in manifest.stimuli}) > 1:
            yield f"the manifest gives the stimuli more than one {name}"


def _source_problems(manifest: Manifest) -> Iterator[str]:
    roles = [source.role for source in manifest.sources]
    if manifest.path.kind == "collection":
        wanted_roles = ["item"] * len(manifest.stimuli)
        names: list[str | None] = [stimulus.source_a for stimulus in manifest.stimuli]
    else:
        wanted_roles = ["a", "b"]
        names = [manifest.stimuli[0].source_a, manifest.stimuli[0].source_b] if manifest.stimuli else []
    if roles != wanted_roles:
        yield f"the manifest does not list the recordings {', '.join(wanted_roles[:2])}, in this order"
        return
    if not manifest.stimuli:
        return
    rate_hz = manifest.stimuli[0].rate_hz
    for source, name in zip(manifest.sources, names, strict=True):
        # one file that holds both a and b is stored once
        if source.stored is not None and PurePosixPath(source.stored).stem not in names:
            yield (
                f"{shown(source.stored)}: is stored as recording {source.role}, "
                f"which the stimuli call {shown(str(name))}"
            )
        wanted = rate_hz if rate_hz != source.rate_hz else None
        if source.resampled_to_hz != wanted:
            yield (
                f"recording {source.role} of {source.rate_hz} Hz in a set of {rate_hz} Hz: "
                f"the manifest says resampled_to_hz {_null(source.resampled_to_hz)}, it should be {_null(wanted)}"
            )
        if (source.kept is not None) != (manifest.calibration.trim == "auto"):
            trim = shown(manifest.calibration.trim)
            yield f"recording {source.role}: kept is {source.kept}, and trim {trim}"
        if source.kept is not None and not source.kept[0] < source.kept[1] <= source.n_samples:
            yield f"recording {source.role}: kept is {source.kept}, no part of {source.n_samples} samples"
        if "/" in source.file:
            yield f"recording {source.role}: file {shown(source.file)!r} is a path, not the name of a file"


def _path_problems(manifest: Manifest) -> Iterator[str]:
    if manifest.path.kind == "collection":
        if manifest.path.n_steps != len(manifest.stimuli):
            yield f"path.n_steps is {manifest.path.n_steps}, the manifest lists {len(manifest.stimuli)} stimuli"
        for stimulus in manifest.stimuli:
            if stimulus.position is not None:
                yield f"{shown(stimulus.file)}: has a position, but the set is no line"
        return
    lines = lines_of(manifest)
    if (len(lines) > 1) != (manifest.control is not None):
        yield "the manifest has control stimuli without a control, or a control without stimuli"
    yield from _line_problems(manifest, manifest.path, lines[0], name="path")
    if manifest.control is not None and len(lines) > 1:
        yield from _line_problems(manifest, manifest.control.path, lines[1], name="control.path")


def _line_problems(
    manifest: Manifest, path: PathRecord, stimuli: Sequence[StimulusRecord], *, name: str
) -> Iterator[str]:
    if path.n_steps != len(stimuli):
        yield f"{name}.n_steps is {path.n_steps}, the manifest lists {len(stimuli)} stimuli"
    spacing = manifest.calibration.spacing
    if spacing not in ("linear", "equal"):
        yield f"calibration.spacing {shown(str(spacing))!r} is unknown; positions were not checked"
    elif path.first_position is None or path.last_position is None:
        yield f"{name} does not say where the line begins and ends"
    elif spacing == "linear":
        yield from _linear_problems(stimuli, path.first_position, path.last_position)
    else:
        yield from _equal_problems(stimuli, path.first_position, path.last_position)
    yield from alignment_problems(path.alignment, name=f"{name}.alignment")


def _linear_problems(stimuli: Sequence[StimulusRecord], first: float, last: float) -> Iterator[str]:
    with np.errstate(all="ignore"):  # positions of any size may be written down
        positions = np.linspace(first, last, len(stimuli))
    for stimulus, position in zip(stimuli, positions, strict=True):
        if stimulus.position is None or not abs(stimulus.position - position) <= POSITION_TOLERANCE:
            yield (
                f"{shown(stimulus.file)}: position {_null(stimulus.position)} is not the one of step "
                f"{stimulus.index} from {first:g} to {last:g}, {position:g}"
            )


def _equal_problems(stimuli: Sequence[StimulusRecord], first: float, last: float) -> Iterator[str]:
    positions = [stimulus.position for stimulus in stimuli]
    for stimulus in stimuli:
        if stimulus.position is None:
            yield f"{shown(stimulus.file)}: has no position"
            return
    known = [position for position in positions if position is not None]
    if known and not (
        abs(known[0] - first) <= POSITION_TOLERANCE and abs(known[-1] - last) <= POSITION_TOLERANCE
    ):
        yield f"the stimuli go from position {known[0]:g} to {known[-1]:g}, not from {first:g} to {last:g}"
    if any(after <= before for before, after in zip(known[:-1], known[1:], strict=True)):
        yield "the positions of the stimuli do not rise from step to step"


def _calibration_problems(manifest: Manifest) -> Iterator[str]:
    calibration = manifest.calibration
    for key in ("peak_limit_dbfs", "peak_limit_dbtp"):
        limit = getattr(calibration, key)
        if limit is not None and limit > PEAK_LIMIT_DBTP:
            yield f"calibration.{key} is {limit:g}, above the {PEAK_LIMIT_DBTP:g} that stimgen allows"
    target, asked = calibration.target_level_dbfs, calibration.asked_level_dbfs
    if (target is None or asked is None) != (calibration.level_rule == "keep"):
        yield f"calibration.level_rule is {calibration.level_rule}, but the target level is {_null(target)}"
    elif target is not None and asked is not None:
        if target > asked + LEVEL_TOLERANCE_DB:
            yield (
                f"calibration.target_level_dbfs is {target:g}, above the {asked:g} dBFS that were asked for"
            )
        elif (
            "lowered_db" in calibration.model_fields_set
            and not abs(asked - calibration.lowered_db - target) <= LEVEL_TOLERANCE_DB
        ):
            yield (
                f"calibration.target_level_dbfs is {target:g}, but {asked:g} dBFS lowered by "
                f"{calibration.lowered_db:g} dB is another"
            )
    known = next((depth for depth in BIT_DEPTHS if depth == calibration.bit_depth), None)
    if known is None:
        yield f"calibration.bit_depth {shown(calibration.bit_depth)!r} is unknown"
    elif calibration.dither != dither_name(known):
        yield (
            f"calibration.dither is {shown(calibration.dither)!r}, bit depth {known} has {dither_name(known)!r}"
        )
    if bool(calibration.reference_sounds) and calibration.spl_at_full_scale_db is None:
        yield "the manifest lists sounds for a sound level meter but no SPL at full scale"


def _stimulus_problems(stimulus: StimulusRecord, manifest: Manifest) -> Iterator[str]:
    name, calibration = shown(stimulus.file), manifest.calibration
    path = PurePosixPath(stimulus.file)
    if str(path.parent) != "stimuli" or path.suffix != ".wav":
        yield f"{name}: is not a .wav file in the folder stimuli"
    if path.stem != stimulus.id:
        yield f"{name}: the manifest says id {shown(stimulus.id)!r}, which is not the stem of the file"
    is_end = stimulus.position in (0.0, 1.0)
    kind = "exemplar" if manifest.path.kind == "collection" else "endpoint" if is_end else "morph"
    if stimulus.kind not in (kind, "control"):
        yield f"{name}: kind {stimulus.kind} at position {_null(stimulus.position)}, it should be {kind}"
    if (stimulus.endpoint_source is not None) != is_end:
        yield (
            f"{name}: endpoint_source {_null(stimulus.endpoint_source)} at position {_null(stimulus.position)}"
        )
    yield from end_problems(stimulus, manifest)
    for key in ("ramp_ms", "bit_depth"):
        got, wanted = getattr(stimulus, key), getattr(calibration, key)
        if got != wanted:
            yield f"{name}: {key} is {shown(str(got))}, that of the set is {shown(str(wanted))}"
    pads = [stimulus.pad_before_s, stimulus.pad_after_s]
    wanted_pads = [round(pad * stimulus.rate_hz) / max(1, stimulus.rate_hz) for pad in calibration.pad_s]
    if any(not abs(got - pad) <= 1e-6 for got, pad in zip(pads, wanted_pads, strict=False)):
        yield f"{name}: silence of {pads} s around it, that of the set is {calibration.pad_s} s"


def _level_problems(stimulus: StimulusRecord, manifest: Manifest) -> Iterator[str]:
    name, calibration = shown(stimulus.file), manifest.calibration
    target = calibration.target_level_dbfs
    if target is not None and stimulus.target_dbfs is not None:
        if not abs(stimulus.target_dbfs - target) <= LEVEL_TOLERANCE_DB:
            yield f"{name}: target_dbfs is {stimulus.target_dbfs:g}, that of the set is {target:g}"
    elif target is None and stimulus.target_dbfs is None:
        yield f"{name}: the set keeps natural levels, but target_dbfs is null"
    if calibration.species == "other":
        for key in ("a_weighted_dbfs", "lufs", "a_weighted_db_spl"):
            if getattr(stimulus, key) is not None:
                yield f"{name}: {key} is given, but the listener is not human"
    constant = calibration.spl_at_full_scale_db
    for dbfs_key, spl_key in SPL_NAMES:
        dbfs, spl = getattr(stimulus, dbfs_key), getattr(stimulus, spl_key)
        wanted = None if constant is None or dbfs is None else dbfs + constant
        if (spl is None) != (wanted is None) or (
            spl is not None and wanted is not None and not abs(spl - wanted) <= LEVEL_TOLERANCE_DB
        ):
            yield f"{name}: {spl_key} is {_null(spl)}, it should be {_null(wanted)}"


def _fidelity_problems(manifest: Manifest) -> Iterator[str]:
    ends = {stimulus.position: stimulus for stimulus in lines_of(manifest)[0]}
    for key, end, distance in (("a", ends.get(0.0), "distance_to_a"), ("b", ends.get(1.0), "distance_to_b")):
        said = getattr(manifest.summary, f"endpoint_fidelity_{key}")
        wanted = None if end is None else getattr(end, distance)
        if said != wanted:
            yield f"summary.endpoint_fidelity_{key} is {_null(said)}, the stimuli say {_null(wanted)}"


def _null(value: object) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else shown(str(value))
