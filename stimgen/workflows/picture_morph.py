"""From two pictures to a calibrated, measured set: the sibling of `stimgen.workflows.morph`."""

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from stimgen.calibration.match_settings import MatchRecord
from stimgen.distance.pictures import make_picture_metric
from stimgen.errors import SettingError
from stimgen.export.picture_set import PictureSet
from stimgen.media.picture import Picture
from stimgen.media.picture_read import read_picture
from stimgen.workflows.picture_continuum import PictureContinuum, trace_pictures
from stimgen.workflows.picture_finish import finish_pictures, match_continua
from stimgen.workflows.picture_plan import LightAim, PicturePlan, make_control_space, prepare_pictures
from stimgen.workflows.picture_settings import FileName, PictureMorphSettings
from stimgen.workflows.progress import Progress

# lower light is tried so often, and taken for the same where it is within this share
_MOST_ROUNDS, _AS_GOOD = 4, 0.995


def morph_pictures(
    a: Picture | FileName, b: Picture | FileName, *, progress: Progress | None = None, **choices: Any
) -> PictureSet:
    """Make a calibrated continuum of pictures from one to another.

    Args:
        a: The picture at position 0, or its file.
        b: The picture at position 1, or its file.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.
        choices: As for `stimgen.workflows.picture_settings.PictureMorphSettings`: steps, range, spacing, metric, space,
            points, align, control, match, luminance, contrast, mask, strict, size, crop, fit, background, transfer,
            bit_depth, seed.

    Returns:
        The set; save it with `.save("folder")`.

    Raises:
        SettingError: If a choice is not allowed or unknown.
        ReadError: If a file of a picture, of landmarks or a mask cannot be read.
        PictureError: If a picture is not usable, or a and b are the same.
    """
    settings = picture_settings(**choices)
    plan = prepare_pictures(_read(a, settings), _read(b, settings), settings)
    return render_pictures(plan, progress=progress)


def _read(given: Picture | FileName, settings: PictureMorphSettings) -> Picture:
    if isinstance(given, Picture):
        return given
    if not isinstance(given, str | PathLike):
        raise SettingError(
            f"a morph is of two pictures or files of pictures, got {type(given).__name__}; read it with read_picture"
        )
    return read_picture(Path(given), background=settings.background, transfer=settings.transfer)


def picture_settings(**choices: Any) -> PictureMorphSettings:
    """Return the settings of a morph of pictures; an unknown choice is an error that says so."""
    import dataclasses

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
    for _ in range(_MOST_ROUNDS):
        continua = _trace(plan, progress)
        lit, match = match_continua(plan, continua)
        lower = _lower(match, continua[0].aim)
        if lower is None or plan.settings.spacing != "equal" or plan.settings.steps < 3:
            break
        # the steps were placed for light that does not fit all of them, and would be uneven with less
        plan = replace(plan, lowered=lower)
    return finish_pictures(plan, continua, lit, match, progress=progress)


def _lower(match: MatchRecord, aim: LightAim) -> LightAim | None:
    """Return the light that all stimuli came down to, None if they did not by so much that it matters."""
    got = LightAim(luminance=match.target_mean_luminance, contrast=match.target_rms_contrast)
    pairs = ((aim.luminance, got.luminance), (aim.contrast, got.contrast))
    shares = [now / before for before, now in pairs if before is not None and now is not None]
    return got if min(shares, default=1.0) < _AS_GOOD else None


def _trace(plan: PicturePlan, progress: Progress) -> list[PictureContinuum]:
    """Render the line and its control."""
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
    return continua


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
