"""What a user should be told of a finished set: what was changed, and what looks doubtful."""

from collections.abc import Sequence

from stimgen.calibration.level import LevelPlan
from stimgen.export.stimulus_set import Stimulus
from stimgen.spectral.align import Alignment
from stimgen.workflows.plan import MorphPlan
from stimgen.workflows.settings import PEAK_LIMIT_DBFS

STEEP_SLOPE = 7.9
SMALL_STEP_DB = 0.05


def notes_on(
    plan: MorphPlan, alignment: Alignment, levels: LevelPlan, stimuli: Sequence[Stimulus]
) -> list[str]:
    """Return one sentence for each thing that a user should know, empty if all went as asked.

    Args:
        plan: What was to be made.
        alignment: How moments were paired.
        levels: The levels as carried out.
        stimuli: What was made.
    """
    found = []
    steps = [s.record.distance_from_previous for s in stimuli if s.record.distance_from_previous is not None]
    if max(steps) < SMALL_STEP_DB:
        found.append(
            f"the stimuli hardly differ (steps of {max(steps):.3f} dB at most); "
            "check that a and b are different sounds and that --range is wide enough"
        )
    for original, sound, role in zip(plan.originals, plan.sounds, "ab", strict=True):
        if original.rate_hz != sound.rate_hz:
            found.append(f"{role} was resampled from {original.rate_hz} to {sound.rate_hz} Hz")
    if levels.target_dbfs < levels.asked_dbfs:
        found.append(
            f"the level of the whole set was lowered from {levels.asked_dbfs:g} to {levels.target_dbfs:g} dBFS, "
            f"so that no peak passes {PEAK_LIMIT_DBFS:g} dBFS"
        )
    steep = alignment.steepest_slope is not None and alignment.steepest_slope > STEEP_SLOPE
    if alignment.method == "events" and steep:
        found.append(
            f"the time alignment is steep in one place (about {STEEP_SLOPE:.0f} to 1); "
            "a and b may hold different numbers of events"
        )
    return found
