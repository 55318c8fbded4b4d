"""What a user should be told of a finished average: what was changed, and what looks doubtful."""

from collections.abc import Mapping, Sequence
from typing import Any

from stimgen.calibration.match_settings import MatchRecord
from stimgen.export.picture_set import PictureStimulus
from stimgen.media.file_bytes import one_line
from stimgen.spaces.points_doubt import ShapeDoubt
from stimgen.workflows.average_items import AverageItem
from stimgen.workflows.average_plan import AveragePlan
from stimgen.workflows.picture_notes import MANY_CLIPPED, MUCH_OUTSIDE, match_notes

_MOST_DOUBTS = 2


def average_notes(
    plan: AveragePlan, stimulus: PictureStimulus, facts: Mapping[str, Any], match: MatchRecord
) -> list[str]:
    """Return one sentence for each thing to know about an average, empty if all is well.

    Args:
        plan: What was to be made.
        stimulus: The average.
        facts: What the space found out.
        match: What was done to its light.
    """
    found = _item_notes(plan.items)
    found += _shape_notes(plan)
    found += _outside_notes(plan, facts)
    if facts.get("n_folds"):
        found.append(
            f"the maps to the mean shape fold over in {facts['n_folds']} places (up to {facts['most_folds']} in one "
            "picture); look at the average, and check the landmarks"
        )
    clipped = stimulus.record.clipped_values / stimulus.picture.pixels.size
    if clipped > MANY_CLIPPED:
        found.append(
            f"{100 * clipped:.1f} % of the values were outside black to white and set to them; "
            "bring --weights closer to 0 to 1"
        )
    if plan.left_out:
        which = "one other file" if len(plan.left_out) == 1 else f"{len(plan.left_out)} other files"
        found.append(
            f"{which} in the folder stayed out, no picture by the first bytes or the suffix: "
            f"{', '.join(one_line(name) for name in plan.left_out[:3])}{', ...' if len(plan.left_out) > 3 else ''}"
        )
    return found + match_notes(match)


def _item_notes(items: Sequence[AverageItem]) -> list[str]:
    """Say what was changed of the pictures, and of how many."""
    found = []
    enlarged = [item for item in items if item.shape.is_enlarged]
    if enlarged:
        scale = max(max(item.shape.scale_x, item.shape.scale_y) for item in enlarged)
        found.append(
            f"{_which(enlarged, items)} enlarged, up to {scale:.2f} times, which adds no detail; give a smaller --size"
        )
    grey = [item for item in items if item.record.mode_made == "rgb"]
    if grey:
        found.append(f"{_which(grey, items)} taken as colour, as other pictures are, though grey")
    converted = [item for item in items if item.facts is not None and item.facts.icc_converted]
    if converted:
        beyond = sum(item.facts.icc_n_clipped for item in converted if item.facts is not None)
        lost = f"; {beyond} pixels lie beyond sRGB" if beyond else ""
        found.append(f"{_which(converted, items)} converted to sRGB from another colour profile{lost}")
    outside = [item for item in items if item.shape.n_points_outside]
    if outside:
        n_points = sum(item.shape.n_points_outside for item in outside)
        found.append(f"{n_points} landmarks lie outside of their pictures, the first in {_name(outside[0])}")
    return found


def _shape_notes(plan: AveragePlan) -> list[str]:
    """Say which pictures have landmarks that hardly mean the same points as those of the first."""
    first, *others = plan.items
    if plan.space != "points" or first.stand_in.points is None:
        return []
    found, n_doubtful = [], 0
    for other in others:
        if other.stand_in.points is None:
            continue
        doubt = ShapeDoubt.of(first.stand_in.points.xy, other.stand_in.points.xy)
        told = doubt.sentences(_name(first), _name(other))
        n_doubtful += bool(told)
        found += told if n_doubtful <= _MOST_DOUBTS else []
    if n_doubtful > _MOST_DOUBTS:
        found.append(f"{n_doubtful} of {len(plan.items)} pictures have landmarks that look so")
    return found


def _outside_notes(plan: AveragePlan, facts: Mapping[str, Any]) -> list[str]:
    """Say how much of the average repeats the edges of pictures."""
    shares = facts.get("alignment", {}).get("outside_share", ())
    if not shares or max(shares) <= MUCH_OUTSIDE:
        return []
    worst = max(range(len(shares)), key=lambda n: float(shares[n]))
    return [
        f"once aligned, a picture leaves {100 * sum(shares) / len(shares):.1f} % of the average uncovered (mean of "
        f"{len(shares)}; {_name(plan.items[worst])} {100 * shares[worst]:.1f} %) and repeats its edge there; "
        "--outside crop keeps the part that all cover"
    ]


def _which(some: Sequence[AverageItem], items: Sequence[AverageItem]) -> str:
    if len(some) == 1:
        return f"{_name(some[0])} was"
    return f"{len(some)} of {len(items)} pictures ({_name(some[0])} the first) were"


def _name(item: AverageItem) -> str:
    return one_line(item.record.file)
