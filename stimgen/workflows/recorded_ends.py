"""Ends that are the recordings bit for bit: what is written where neither gain, ramp nor another rate is asked for."""

from dataclasses import dataclass

import numpy as np

from stimgen.calibration.health_notes import DC_BELOW_LEVEL_DB, DC_DBFS
from stimgen.calibration.level import to_db
from stimgen.calibration.targets import LevelPlan
from stimgen.export.encode import fits_exactly
from stimgen.media.sound import FloatArray
from stimgen.spaces.base import Rendering
from stimgen.workflows.calibration_settings import CalibrationSettings
from stimgen.workflows.draft import Draft
from stimgen.workflows.plan import MorphPlan, Prepared


@dataclass(frozen=True, kw_only=True)
class RecordedEnds:
    """The stimuli of a draft, with the recordings themselves in place of ends that are to equal them.

    Args:
        samples: Amplitude of each stimulus, with ramps and at no level yet, in the order of the set.
        is_recording: For each, whether it is a recording as it was read.
    """

    samples: tuple[FloatArray, ...]
    is_recording: tuple[bool, ...]


def with_recorded_ends(draft: Draft) -> RecordedEnds:
    """Put the recordings, offset and all, where ends are to be bit-identical to them.

    That is where the recordings keep their levels and get no ramp, at their own rate, in a bit depth that holds them,
    and their offset is no more than the health of a recording tolerates.

    Args:
        draft: The rendered lines.
    """
    plan = draft.plan
    samples: list[FloatArray] = []
    for line in draft.continua:
        for position, rendering in zip(line.positions, line.renderings, strict=True):
            side = _side_at(plan, position)
            is_kept = side is not None and is_asked(plan.settings) and not obstacles(side, rendering, plan)
            samples.append(_as_read(side, rendering.samples.size) if side and is_kept else rendering.samples)
    rendered = draft.ramped
    return RecordedEnds(
        samples=tuple(samples),
        is_recording=tuple(one is not other for one, other in zip(samples, rendered, strict=True)),
    )


def is_asked(settings: CalibrationSettings) -> bool:
    """Say whether ends keep the level that recordings have, and get no ramp."""
    return settings.asked_level_dbfs is None and settings.ramp_ms == 0.0


def obstacles(side: Prepared, rendering: Rendering, plan: MorphPlan) -> list[str]:
    """Say why an end cannot be its recording bit for bit, a few words for each reason; empty if it can.

    Args:
        side: The recording.
        rendering: What the space made of its position.
        plan: What is made.
    """
    found = []
    if rendering.end_source == "resynth":
        found.append("it is synthesised")
    if side.original.rate_hz != plan.rate_hz:
        found.append(f"it was resampled from {side.original.rate_hz} to {plan.rate_hz} Hz")
    offset_dbfs = to_db(abs(side.offset))
    if offset_dbfs > min(DC_DBFS, side.health.level_dbfs - DC_BELOW_LEVEL_DB):
        found.append(f"its offset of {offset_dbfs:.0f} dBFS was taken off")
    if not fits_exactly(side.original.samples, plan.settings.bit_depth):
        found.append(f"--bit-depth {plan.settings.bit_depth} does not hold it without rounding")
    return found


def endpoint_notes(draft: Draft, levels: LevelPlan) -> list[str]:
    """Return one sentence for each end that `--endpoints exact` was asked for and could not make exact, or not wholly.

    Args:
        draft: The rendered lines.
        levels: The levels as carried out.
    """
    plan, line = draft.plan, draft.continua[0]
    if plan.settings.endpoints != "exact":
        return []
    notes, n_ends = [], 0
    for position, rendering in zip(line.positions, line.renderings, strict=True):
        side = _side_at(plan, position)
        if side is None:
            continue
        n_ends += 1
        label = "a" if position == 0.0 else "b"
        if rendering.end_source == "resynth":
            notes.append(
                f"endpoint {label} is resynthesised, since --duration changes how long it lasts; "
                "use --duration keep for exact ends"
            )
        elif is_asked(plan.settings):
            reasons = obstacles(side, rendering, plan)
            reasons += ["the level of the whole set was lowered"] if levels.lowered_db > 0.0 else []
            if reasons:
                notes.append(
                    f"endpoint {label} is the recording, but not bit for bit: {' and '.join(reasons)}"
                )
    if n_ends == 0:
        notes.append("--endpoints exact is about positions 0 and 1, and neither is among the steps")
    return notes


def _side_at(plan: MorphPlan, position: float) -> Prepared | None:
    return {0.0: plan.sides[0], 1.0: plan.sides[1]}.get(position)


def _as_read(side: Prepared, n_samples: int) -> FloatArray:
    """Return a recording as it was read, without what trimming cut off; silence after the shorter of a cross-fade."""
    start, stop = side.kept
    samples = side.original.samples[start:stop]
    return np.pad(samples, (0, n_samples - samples.shape[0]))
