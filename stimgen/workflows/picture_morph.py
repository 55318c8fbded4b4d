"""From two pictures to a calibrated, measured set: the sibling of `stimgen.workflows.morph`."""

from typing import Any

from stimgen.distance.pictures import make_picture_metric
from stimgen.export.picture_set import PictureSet
from stimgen.media.picture import Picture
from stimgen.workflows.picture_continuum import trace_pictures
from stimgen.workflows.picture_finish import finish_pictures
from stimgen.workflows.picture_plan import PicturePlan, make_control_space, prepare_pictures
from stimgen.workflows.picture_settings import PictureMorphSettings
from stimgen.workflows.progress import Progress


def morph_pictures(a: Picture, b: Picture, *, progress: Progress | None = None, **choices: Any) -> PictureSet:
    """Make a calibrated continuum of pictures from one to another.

    Args:
        a: The picture at position 0.
        b: The picture at position 1.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.
        choices: As for `stimgen.workflows.picture_settings.PictureMorphSettings`: steps, range, spacing, metric, space,
            points, align, control, match, luminance, contrast, mask, strict, size, crop, fit, background, transfer,
            bit_depth, seed.

    Returns:
        The set; save it with `.save("folder")`.

    Raises:
        SettingError: If a choice is not allowed or unknown.
        ReadError: If a file of landmarks or a mask cannot be read.
        PictureError: If a picture is not usable, or a and b are the same.
    """
    plan = prepare_pictures(a, b, picture_settings(**choices))
    return render_pictures(plan, progress=progress)


def picture_settings(**choices: Any) -> PictureMorphSettings:
    """Return the settings of a morph of pictures; an unknown choice is an error that says so."""
    import dataclasses

    from stimgen.errors import SettingError

    known = [field.name for field in dataclasses.fields(PictureMorphSettings)]
    unknown = sorted(set(choices) - set(known))
    if unknown:
        raise SettingError(
            f"{unknown[0]!r} is no choice for pictures; allowed are {', '.join(sorted(known))}"
        )
    return PictureMorphSettings(**choices)


def render_pictures(plan: PicturePlan, *, progress: Progress | None = None) -> PictureSet:
    """Render, calibrate and measure the steps of a plan.

    Args:
        plan: What to make.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.

    Raises:
        SettingError: If pictures or settings do not go together.
        PictureError: If a picture cannot serve in the space or be matched.
    """
    progress = progress or _no_progress
    metric = make_picture_metric(plan.settings.metric)
    continua = [
        trace_pictures(plan, plan.space, plan.pictures, kind="morph", metric=metric, progress=progress)
    ]
    if plan.settings.control is not None:
        # the control blends the very ends of the morph, as they were aligned
        space = make_control_space()
        continua.append(
            trace_pictures(plan, space, continua[0].ends, kind="control", metric=metric, progress=progress)
        )
    return finish_pictures(plan, continua, progress=progress)


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
