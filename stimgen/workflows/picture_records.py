"""Parts of a manifest that all sets of pictures share: stimuli as they are written, their light, the mask."""

from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from stimgen.calibration.luminance import match_pictures
from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.calibration.match_settings import MatchRecord, PictureMatch
from stimgen.distance.base import PictureMetric
from stimgen.distance.pictures import PICTURE_METRICS, make_picture_metric
from stimgen.export.picture_manifest import MatchRecord as MatchEntry
from stimgen.export.picture_manifest import (
    PictureCalibrationRecord,
    PictureStimulusRecord,
    Sha256,
)
from stimgen.export.picture_set import PictureStimulus
from stimgen.export.png import png_bytes, round_values
from stimgen.media.landmarks_read import write_landmarks
from stimgen.media.picture import BitDepth, Picture
from stimgen.spaces.picture_base import PictureRendering
from stimgen.workflows.picture_continuum import PictureContinuum, inside_of
from stimgen.workflows.picture_plan import demand_mask_fits
from stimgen.workflows.picture_settings import PictureMorphSettings, PictureSettings
from stimgen.workflows.picture_software import hash_of
from stimgen.workflows.picture_sources import safe_suffix

CONTRAST_RULE = "standard deviation of luminance over pixels, relative to white (Peli 1990)"
LUMINANCE_UNIT = "relative to white, 0 to 1"
_N_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class LitStimulus:
    """One stimulus as it will be written.

    Args:
        picture: Whole steps of its bit depth.
        rendering: What it was made of.
        matched: What matching did to it.
    """

    picture: Picture
    rendering: PictureRendering
    matched: PictureMatch


def light_up(
    renderings: Sequence[PictureRendering],
    like: Picture,
    settings: PictureSettings,
    *,
    bit_depth: BitDepth,
    mask: Picture | None,
) -> tuple[list[LitStimulus], MatchRecord]:
    """Match the light of rendered pictures and round them to what files hold.

    Args:
        renderings: The pictures.
        like: A picture of the same kind.
        settings: The choices.
        bit_depth: Of the files.
        mask: Where pixels count; None for everywhere.

    Raises:
        SettingError: If the mask does not fit or a target is not to be had.
        PictureError: If a picture cannot be matched.
    """
    kind = replace(like, path=None, facts=None, bit_depth=bit_depth)
    pictures = [
        replace(kind, pixels=one.pixels, points=one.points, name=f"step {n}")
        for n, one in enumerate(renderings)
    ]
    chosen = replace(settings.match_settings, bit_depth=bit_depth)
    found = match_pictures(pictures, chosen, masks=_inside(mask, like))
    lit = [
        LitStimulus(picture=picture, rendering=rendering, matched=matched)
        for picture, rendering, matched in zip(found.pictures, renderings, found.record.pictures, strict=True)
    ]
    return lit, found.record


def _inside(mask: Picture | None, like: Picture) -> npt.NDArray[np.bool_] | None:
    if mask is not None:
        demand_mask_fits(mask, like)
    return inside_of(mask)


def stimulus_of(
    one: LitStimulus, *, stem: str, points_suffix: str | None = None, **record: Any
) -> PictureStimulus:
    """Encode one stimulus and describe its file.

    Args:
        one: The stimulus.
        stem: Its id, and the stem of its file.
        points_suffix: Which kind of file its landmarks get; None for the one that keeps all that they have.
        record: What its row in the manifest says beyond what is measured here.
    """
    picture = one.picture
    data = png_bytes(round_values(picture.pixels, picture.bit_depth))
    points = one.rendering.points
    points_file = points_data = None
    if points is not None:
        # only tables keep names, only .tem keeps lines
        suffix = points_suffix or (".csv" if points.names else ".tem")
        points_data = write_landmarks(points, like=suffix)
        points_file = f"stimuli/{stem}{suffix}"
    return PictureStimulus(
        record=PictureStimulusRecord(
            id=stem,
            file=f"stimuli/{stem}.png",
            sha256=hash_of(data),
            bytes=len(data),
            clipped_values=one.rendering.n_clipped,
            clipped_pixels=one.matched.n_clipped,
            paled_pixels=one.matched.n_paled,
            n_folds=one.rendering.n_folds,
            points_file=points_file,
            points_sha256=None if points_data is None else hash_of(points_data),
            **picture_facts(picture),
            **record,
        ),
        picture=picture,
        png=data,
        points_file=points_data,
    )


def picture_facts(picture: Picture) -> dict[str, Any]:
    """Return what a stimulus' record says of its picture."""
    light = measure_luminance(picture)
    relative = light.relative_contrast
    return {
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "mode": picture.mode,
        "bit_depth": picture.bit_depth,
        "gamma_assumed": picture.transfer,
        "mean_luminance": round(light.mean_luminance, _N_DIGITS),
        "rms_contrast": round(light.rms_contrast, _N_DIGITS),
        "relative_contrast": None if relative is None else round(relative, _N_DIGITS),
        "min_luminance": round(light.darkest, _N_DIGITS),
        "max_luminance": round(light.brightest, _N_DIGITS),
        "share_black": round(light.share_black, _N_DIGITS),
        "share_white": round(light.share_white, _N_DIGITS),
    }


def calibration_record(
    settings: PictureSettings,
    match: MatchRecord,
    like: Picture,
    bit_depth: int,
    mask: tuple[str, str, Sha256] | None,
    *,
    metric: PictureMetric | None = None,
    line: PictureContinuum | None = None,
) -> PictureCalibrationRecord:
    """Describe how raw pictures became calibrated ones.

    Args:
        settings: The choices.
        match: What matching did.
        like: A picture of the set's kind.
        bit_depth: Of the files.
        mask: Name, place in the set and hash of the mask; None for none.
        metric: The metric of the steps, None where there are no steps.
        line: The line, None where there is none.
    """
    chosen = {key: value for key, value in asdict(match.settings).items() if key not in ("match", "transfer")}
    # targets that nobody asked for are no choice; they stand beside these
    chosen |= {"mean_luminance": settings.luminance, "rms_contrast": settings.contrast}
    asked = _rounded(match.asked_mean_luminance), _rounded(match.asked_rms_contrast)
    target = _rounded(match.target_mean_luminance), _rounded(match.target_rms_contrast)
    return PictureCalibrationRecord(
        gamma_assumed=like.transfer,
        luminance_unit=LUMINANCE_UNIT,
        contrast_rule=CONTRAST_RULE,
        match=MatchEntry(
            match=settings.match,
            settings=chosen,
            asked_mean_luminance=asked[0],
            asked_rms_contrast=asked[1],
            target_mean_luminance=target[0],
            target_rms_contrast=target[1],
            is_lowered=target != asked,
            mask=mask[0] if mask else None,
            mask_stored=mask[1] if mask else None,
            mask_sha256=mask[2] if mask else None,
        ),
        bit_depth=bit_depth,
        spacing=settings.spacing if isinstance(settings, PictureMorphSettings) else None,
        spacing_method=line.spacing_method if line else None,
        n_trials=line.n_trials if line else None,
        metric=metric.name if metric else None,
        metric_unit=metric.unit if metric else None,
        metric_settings=dict(metric.settings()) if metric else {},
        other_metrics={
            name: dict(make_picture_metric(name).settings())
            for name in PICTURE_METRICS
            if metric and name != metric.name
        },
        jitter_floor=line.jitter_floor if line else None,
    )


def mask_record(
    mask: Picture | None, *, taken: Container[str] = ()
) -> tuple[tuple[str, str, Sha256] | None, dict[str, bytes]]:
    """Return name, place and hash of a mask, and its file; nothing where there is none.

    Args:
        mask: The mask.
        taken: Places of other files, which it must not get.
    """
    if mask is None or mask.facts is None or mask.facts.raw is None:
        return None, {}
    suffix = safe_suffix(mask.facts.file, mask.facts.format)
    stored = f"sources/mask{suffix}"
    for n in count(2):
        if stored not in taken:
            break
        stored = f"sources/mask-{n}{suffix}"
    return (mask.facts.file, stored, mask.facts.sha256), {stored: mask.facts.raw}


def plain(value: Any) -> Any:
    """Return values as JSON has them, numbers to nine digits."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 9)
    return int(value) if isinstance(value, np.integer) else value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _N_DIGITS)
