"""What a user should be told of a finished set: what was changed, and what looks doubtful."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stimgen.calibration.health_notes import health_notes
from stimgen.calibration.level import active_part
from stimgen.calibration.targets import LevelPlan
from stimgen.calibration.window_level import loud_moment
from stimgen.export.manifest import MetricSummary
from stimgen.export.measure import without_pad
from stimgen.export.stimulus_set import Stimulus
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.calibration_settings import PEAK_LIMIT_DBTP, CalibrationSettings
from stimgen.workflows.plan import MorphPlan, Prepared
from stimgen.workflows.step_summary import UNEVEN_RATIO

# pairs of words made of the same segments reach about 3
STEEP_SLOPE = 6.0
SMALL_STEP_DB = 0.05
# speech is mostly below 6 dB; above this, partials were lost
MOST_HNR_DROP_DB = 12.0
_NUMBERS = re.compile(r"[-+]?[0-9][0-9.]*")


def line_notes(
    plan: MorphPlan,
    alignment: Alignment,
    stimuli: Sequence[Stimulus],
    summary: MetricSummary,
    *,
    metric_unit: str,
) -> list[str]:
    """Return one sentence for each doubtful thing about a line, empty if all is well.

    Args:
        plan: What was to be made.
        alignment: How moments were paired.
        stimuli: The steps of the line.
        summary: How even they are in the metric that was used.
        metric_unit: Its unit.
    """
    found = []
    steps = [s.record.distance_from_previous for s in stimuli if s.record.distance_from_previous is not None]
    if max(steps) < SMALL_STEP_DB:
        found.append(
            f"the stimuli hardly differ (steps of {max(steps):.3f} {metric_unit} at most); "
            "check that a and b are different sounds and that --range is wide enough"
        )
    ratio = summary.step_max_min
    if plan.settings.spacing == "equal" and (ratio is None or ratio > UNEVEN_RATIO):
        shown = "without bound" if ratio is None else f"{ratio:.2f}"
        found.append(
            f"the steps could not be made even: longest over shortest is {shown} in {plan.settings.metric}; "
            "fewer --steps or another --metric may serve"
        )
    drops = [s.record.hnr_drop_db for s in stimuli if s.record.hnr_drop_db is not None]
    if drops and max(drops) > MOST_HNR_DROP_DB:
        found.append(
            f"one stimulus is {max(drops):.0f} dB less harmonic than the line between a and b; listen to it, and try "
            "--f0-range or another --space"
        )
    steep = alignment.steepest_slope is not None and alignment.steepest_slope > STEEP_SLOPE
    if alignment.method == "events" and steep:
        found.append(
            f"the time alignment is steep in one place (about {STEEP_SLOPE:.0f} to 1); "
            "a and b may hold different numbers of events"
        )
    return found


def source_notes(sides: Mapping[str, Prepared], settings: CalibrationSettings) -> list[str]:
    """Return one sentence for each thing to know about the recordings: their health, and what was done to them.

    What holds for several recordings but for its figures is told once, of the first.

    Args:
        sides: The recordings by what a sentence should call them.
        settings: The choices.
    """
    found: dict[str, list[str]] = {}
    for label, side in sides.items():
        original, sound = side.original, side.sound
        judged = side.health
        if settings.trim == "auto":
            # cut off, so there is nothing to warn of
            judged = replace(judged, silence_before_s=0.0, silence_after_s=0.0)
        notes = health_notes(judged, label=label)
        if original.rate_hz != sound.rate_hz:
            notes.append(f"{label} was resampled from {original.rate_hz} to {sound.rate_hz} Hz")
        for note in notes:
            # two sides of a pair are told apart; of many recordings only what differs in kind
            kind = note if len(sides) == 2 else _NUMBERS.sub("#", note.replace(label, "", 1))
            found.setdefault(kind, []).append(note)
    return [
        notes[0]
        + ("" if len(notes) == 1 else f"; the like holds for {len(notes)} of {len(sides)} recordings")
        for notes in found.values()
    ]


def level_notes(
    settings: CalibrationSettings,
    levels: LevelPlan,
    stimuli: Sequence[Stimulus],
    *,
    told_elsewhere: bool = False,
) -> list[str]:
    """Return one sentence for each thing to know about levels.

    Args:
        settings: The choices.
        levels: The levels as carried out.
        stimuli: What was made.
        told_elsewhere: Whether a collection says once for all pairs that levels were lowered.
    """
    found = []
    if levels.lowered_db > 0.0 and not told_elsewhere:
        found.append(lowered_note(settings, levels.lowered_db))
    loud = [(stimulus, moment) for stimulus in stimuli if (moment := _loud_moment(stimulus)) is not None]
    if loud:
        stimulus, moment = loud[0]
        more = "" if len(loud) == 1 else f"; so it is in {len(loud)} of {len(stimuli)} stimuli"
        found.append(f"{stimulus.record.id}: {moment}{more}")
    return found


def lowered_note(settings: CalibrationSettings, lowered_db: float) -> str:
    """Say that a whole set was lowered."""
    asked = settings.asked_level_dbfs
    change = (
        f"by {lowered_db:g} dB"
        if asked is None
        else f"from {asked:g} to {round(asked - lowered_db, 4):g} dBFS"
    )
    return f"the level of the whole set was lowered {change}, so that no true peak passes {PEAK_LIMIT_DBTP:g} dBTP"


def _loud_moment(stimulus: Stimulus) -> str | None:
    record = stimulus.record
    pad = round(record.pad_before_s * record.rate_hz), round(record.pad_after_s * record.rate_hz)
    sound = without_pad(stimulus.samples, pad)
    part = active_part(sound, rate_hz=record.rate_hz)
    return loud_moment(sound, part, level_dbfs=record.level_dbfs)
