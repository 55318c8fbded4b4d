"""Parts of a manifest that tell of a line: its space, where it goes, and how its time runs."""

from stimgen.export.manifest import ControlRecord, PathRecord, SpaceRecord
from stimgen.workflows.continuum import Continuum
from stimgen.workflows.plan import MorphPlan
from stimgen.workflows.records import alignment_record


def space_record(line: Continuum) -> SpaceRecord:
    """Describe the space that rendered a line."""
    return SpaceRecord(
        name=line.space_name, settings=line.space_settings, motion=line.motion, model_sha256=None
    )


def control_record(line: Continuum, plan: MorphPlan) -> ControlRecord:
    """Describe the control line of a set."""
    return ControlRecord(
        space=space_record(line),
        path=path_record(line, plan),
        spacing_method=line.spacing_method,
        jitter_floor=line.jitter_floor,
    )


def path_record(line: Continuum, plan: MorphPlan) -> PathRecord:
    """Describe where a line goes, how its time is aligned, and what was asked of its ends."""
    first, last = plan.settings.range
    files = plan.given.files if plan.given is not None and line.alignment.method == "file" else ()
    return PathRecord(
        kind="line",
        n_steps=len(line.positions),
        first_position=first,
        last_position=last,
        alignment=alignment_record(line.alignment, files),
        endpoints=plan.settings.endpoints,
    )
