"""What a user should be told of a finished set of pictures: what was changed, and what looks doubtful."""

from collections.abc import Sequence

from stimgen.calibration.match_settings import MatchRecord
from stimgen.export.picture_manifest import PictureSummaryRecord
from stimgen.export.picture_set import PictureStimulus
from stimgen.spaces.points_doubt import ShapeDoubt
from stimgen.workflows.picture_continuum import PictureContinuum
from stimgen.workflows.picture_plan import PicturePlan, PreparedPicture
from stimgen.workflows.step_summary import UNEVEN_RATIO

# of the values of one stimulus
MANY_CLIPPED = 1e-3
MUCH_OUTSIDE = 0.005
# a target that came down by less than this is not worth a sentence
WORTH_TELLING = 0.998


def picture_notes(
    plan: PicturePlan,
    line: PictureContinuum,
    stimuli: Sequence[PictureStimulus],
    summary: PictureSummaryRecord,
    match: MatchRecord,
) -> list[str]:
    """Return one sentence for each thing to know about a set, empty if all is well.

    Args:
        plan: What was to be made.
        line: The line as it was rendered.
        stimuli: Its steps.
        summary: How even they are.
        match: What was done to their light.
    """
    found = _line_notes(plan, stimuli, summary)
    for role, side in zip("ab", plan.sides, strict=True):
        found += source_notes(role, side)
    marks = [side.picture.points for side in plan.sides]
    if plan.space.name == "points" and marks[0] is not None and marks[1] is not None:
        found += ShapeDoubt.of(marks[0].xy, marks[1].xy).sentences("a", "b")
    outside = max((float(share) for share in outside_shares(line)), default=0.0)
    if outside > MUCH_OUTSIDE:
        found.append(
            f"after alignment {100 * outside:.1f} % of a stimulus lies beside one of the pictures, whose edge is "
            "repeated there; --crop or another --align may serve"
        )
    return found + match_notes(match)


def _line_notes(
    plan: PicturePlan, stimuli: Sequence[PictureStimulus], summary: PictureSummaryRecord
) -> list[str]:
    found = []
    metric = plan.settings.metric
    ratio = summary.steps[metric].step_max_min
    if plan.settings.spacing == "equal" and (ratio is None or ratio > UNEVEN_RATIO):
        shown = "without bound" if ratio is None else f"{ratio:.2f}"
        found.append(
            f"the steps could not be made even: longest over shortest is {shown} in {metric}; "
            "fewer --steps or another --metric may serve"
        )
    folds = [one.record.n_folds for one in stimuli if one.record.n_folds]
    if folds:
        remedy = "check the landmarks, or bring --range closer to 0:1"
        if plan.space.name != "points":
            remedy = "where parts cross or holes open, landmarks may serve better"
        found.append(
            f"the map between a and b folds over in {len(folds)} of {len(stimuli)} stimuli (up to {max(folds)} "
            f"{'place' if max(folds) == 1 else 'places'}); look at them; {remedy}"
        )
    clipped = max(one.record.clipped_values / one.picture.pixels.size for one in stimuli)
    if clipped > MANY_CLIPPED:
        found.append(
            f"{100 * clipped:.1f} % of the values of one stimulus were outside black to white and set to them; "
            "bring --range closer to 0:1"
        )
    return found


def source_notes(role: str, side: PreparedPicture) -> list[str]:
    """Return what is worth knowing about one picture that went in.

    Args:
        role: What sentences should call it.
        side: The picture.
    """
    found, facts = [], side.original.facts
    if side.shape.is_enlarged:
        scale = max(side.shape.scale_x, side.shape.scale_y)
        found.append(
            f"{role} was enlarged {scale:.2f} times and has no more detail than before; give a smaller --size"
        )
    if side.became_rgb:
        found.append(f"{role} is grey and was written in colour, as the other picture is")
    if facts is not None and facts.icc_converted:
        beyond = f", {facts.icc_n_clipped} of its pixels lie beyond sRGB" if facts.icc_n_clipped else ""
        found.append(f"{role} has the colour profile {facts.icc_profile!r} and was converted to sRGB{beyond}")
    if side.shape.n_points_outside:
        found.append(f"{side.shape.n_points_outside} landmarks of {role} lie outside of the picture")
    return found


def match_notes(match: MatchRecord) -> list[str]:
    """Return what is worth knowing about how the light was matched."""
    found = []
    if match.is_lowered:
        parts = []
        for what, asked, got in (
            ("mean luminance", match.asked_mean_luminance, match.target_mean_luminance),
            ("RMS contrast", match.asked_rms_contrast, match.target_rms_contrast),
        ):
            if asked is not None and got is not None and got < WORTH_TELLING * asked:
                parts.append(f"{what} from {asked:.4f} to {got:.4f}")
        if parts:
            found.append(f"the whole set was lowered so that all pictures fit: {', '.join(parts)}")
    missed = [one.name for one in match.pictures if not one.is_on_target]
    if missed and match.settings.match != "none":
        found.append(f"{len(missed)} of {len(match.pictures)} pictures miss the target, first {missed[0]}")
    return found


def outside_shares(line: PictureContinuum) -> Sequence[float]:
    """Return which share of the stimuli lies beside a, and beside b, whose edges are repeated there."""
    alignment = line.facts.get("alignment")
    return list(alignment.get("outside_share", ())) if isinstance(alignment, dict) else []
