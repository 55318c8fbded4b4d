"""From rendered pictures to a set: light, files, measures, manifest."""

from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stimgen.calibration.luminance import match_pictures
from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.calibration.match_settings import MatchRecord, PictureMatch
from stimgen.calibration.round_picture import round_picture
from stimgen.distance.base import PictureMetric
from stimgen.distance.pictures import PICTURE_METRICS, make_picture_metric
from stimgen.export.manifest import SchemaRecord
from stimgen.export.picture_manifest import MatchRecord as MatchEntry
from stimgen.export.picture_manifest import (
    PictureCalibrationRecord,
    PictureControlRecord,
    PictureManifest,
    PicturePathRecord,
    PictureSpaceRecord,
    PictureStimulusRecord,
    PictureSummaryRecord,
    Sha256,
)
from stimgen.export.picture_set import PictureSet, PictureStimulus
from stimgen.export.png import png_bytes, round_values
from stimgen.media.landmarks_read import write_landmarks
from stimgen.media.picture import BitDepth, Picture
from stimgen.spaces.picture_base import PictureRendering
from stimgen.workflows.picture_continuum import PictureContinuum, inside_of
from stimgen.workflows.picture_notes import outside_shares, picture_notes
from stimgen.workflows.picture_plan import PicturePlan, demand_mask_fits
from stimgen.workflows.picture_quality import PicturePairQuality, summarise_pictures
from stimgen.workflows.picture_settings import PictureSettings
from stimgen.workflows.picture_software import hash_of, picture_software_versions
from stimgen.workflows.picture_sources import picture_source_records, safe_suffix
from stimgen.workflows.progress import Progress

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


def finish_pictures(
    plan: PicturePlan, continua: Sequence[PictureContinuum], *, progress: Progress
) -> PictureSet:
    """Match, encode and measure what was rendered, and write down how it was made.

    Args:
        plan: What was to be made.
        continua: The line that was asked for, and its control if there is one.
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        SettingError: If a target of light is not to be had with `strict`.
        PictureError: If a picture cannot be matched.
    """
    renderings = [one for line in continua for one in line.renderings]
    aim = continua[0].aim
    settings = replace(plan.settings, luminance=aim.luminance, contrast=aim.contrast)
    lit, match = light_up(renderings, continua[0].ends[0], settings, bit_depth=plan.bit_depth, mask=plan.mask)
    metric = make_picture_metric(plan.settings.metric)
    stimuli = _measured(plan, continua, lit, metric, progress)
    sources, files = picture_source_records(("a", "b"), plan.sides, plan.names)
    mask_entry, mask_files = mask_record(plan.mask, taken=files)
    n_steps = len(continua[0].positions)
    line, control = stimuli[:n_steps], stimuli[n_steps:]
    summary = _summary(line, control, metric)
    manifest = PictureManifest(
        schema=SchemaRecord(),
        medium="picture",
        id=plan.id,
        created_utc="",
        stimgen=picture_software_versions(),
        command=None,
        seed=plan.settings.seed,
        sources=sources,
        space=_space_record(continua[0]),
        path=_path_record(continua[0], plan),
        calibration=calibration_record(
            plan.settings,
            match,
            continua[0].ends[0],
            plan.bit_depth,
            mask_entry,
            metric=metric,
            line=continua[0],
        ),
        summary=summary.model_copy(
            update={"warnings": picture_notes(plan, continua[0], line, summary, match)}
        ),
        stimuli=[one.record for one in stimuli],
        control=None
        if len(continua) == 1
        else PictureControlRecord(
            space=_space_record(continua[1]),
            path=_path_record(continua[1], plan),
            spacing_method=continua[1].spacing_method,
            jitter_floor=continua[1].jitter_floor,
        ),
    )
    sides = tuple(
        replace(end, name=source.file) for end, source in zip(continua[0].ends, sources, strict=True)
    )
    return PictureSet(
        manifest=manifest,
        stimuli=tuple(stimuli),
        source_bytes=files | mask_files,
        sides=sides,
        sides_words=_placed_words(continua[0]),
    )


def _measured(
    plan: PicturePlan,
    continua: Sequence[PictureContinuum],
    lit: Sequence[LitStimulus],
    metric: PictureMetric,
    progress: Progress,
) -> list[PictureStimulus]:
    a, b = (round_picture(end, bit_depth=plan.bit_depth) for end in continua[0].ends)
    quality = PicturePairQuality(a, b, metric=metric)
    # the control blends the ends of the morph, so what those are made of, its ends are made of
    sources = _end_sources(continua[0])
    keeps_edges = not any(outside_shares(continua[0]))
    stimuli: list[PictureStimulus] = []
    for line in continua:
        quality.restart()
        for index, position in enumerate(line.positions):
            progress("measure", len(stimuli), len(lit))
            one = lit[len(stimuli)]
            end_source = sources.get(position)
            is_control = line.kind == "control"
            stem = f"{plan.id}-control_{index:03d}" if is_control else f"{plan.id}_{index:03d}"
            stimuli.append(
                stimulus_of(
                    one,
                    stem=stem,
                    index=index,
                    position=position,
                    kind="control" if is_control else "endpoint" if end_source else "morph",
                    endpoint_source=end_source,
                    bit_identical=None
                    if end_source is None
                    else end_source == "original" and keeps_edges and _is_identical(plan, one, position),
                    points_suffix=_suffix_of_landmarks(plan),
                    pair_id=plan.identity.pair_id,
                    exemplar_id=plan.identity.exemplar_id,
                    contrast=plan.identity.contrast,
                    source_a=plan.names[0],
                    source_b=plan.names[1],
                    **asdict(quality.measure(one.picture)),
                )
            )
    progress("measure", len(lit), len(lit))
    return stimuli


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


def _end_sources(line: PictureContinuum) -> dict[float, Literal["original", "carried", "resynth"] | None]:
    """Return what the ends of a morph are, by position; all other steps are none."""
    ends = zip(line.positions, line.renderings, strict=True)
    return {position: one.end_source for position, one in ends if position in (0.0, 1.0)}


def _is_identical(plan: PicturePlan, one: LitStimulus, position: float) -> bool:
    """Whether an end of whole pixels has the values of its file: not resized, matched, padded, of other bit depth."""
    side = plan.sides[int(position)]
    facts, shape = side.original.facts, side.shape
    if shape.filter is not None or any(shape.pad_px) or side.became_rgb:
        return False
    if facts is not None and (facts.icc_converted or facts.background is not None):
        return False
    # what is left is a cut of the values that went in; matching and rounding can have changed them since
    return side.original.bit_depth == plan.bit_depth and bool(
        np.array_equal(one.picture.pixels, one.rendering.pixels)
    )


def _suffix_of_landmarks(plan: PicturePlan) -> str | None:
    """Return the kind of file that a's landmarks came in, None where they came in none."""
    points = plan.sides[0].original.points
    return None if points is None or points.path is None else points.path.suffix.lower()


def calibration_record(
    settings: PictureSettings,
    match: MatchRecord,
    like: Picture,
    bit_depth: int,
    mask: tuple[str, str, Sha256] | None,
    *,
    metric: PictureMetric | None = None,
    line: PictureContinuum | None = None,
    spacing: str | None = None,
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
        spacing: What was asked of the spacing.
    """
    chosen = {key: value for key, value in asdict(match.settings).items() if key not in ("match", "transfer")}
    return PictureCalibrationRecord(
        gamma_assumed=like.transfer,
        luminance_unit=LUMINANCE_UNIT,
        contrast_rule=CONTRAST_RULE,
        match=MatchEntry(
            match=settings.match,
            settings=chosen,
            asked_mean_luminance=_rounded(match.asked_mean_luminance),
            asked_rms_contrast=_rounded(match.asked_rms_contrast),
            target_mean_luminance=_rounded(match.target_mean_luminance),
            target_rms_contrast=_rounded(match.target_rms_contrast),
            is_lowered=match.is_lowered,
            mask=mask[0] if mask else None,
            mask_stored=mask[1] if mask else None,
            mask_sha256=mask[2] if mask else None,
        ),
        bit_depth=bit_depth,
        spacing=getattr(settings, "spacing", spacing),
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


def _summary(
    line: Sequence[PictureStimulus], control: Sequence[PictureStimulus], metric: PictureMetric
) -> PictureSummaryRecord:
    summaries = []
    for part in (line, control):
        if part:
            found = [one.record.distance_from_previous for one in part[1:]]
            known = [distance for distance in found if distance is not None]
            summaries.append(summarise_pictures([one.picture for one in part], known={metric.name: known}))
    ends = {one.record.position: one.record for one in line}
    return PictureSummaryRecord(
        steps=summaries[0],
        control_steps=summaries[1] if len(summaries) > 1 else {},
        endpoint_fidelity_a=ends[0.0].distance_to_a if 0.0 in ends else None,
        endpoint_fidelity_b=ends[1.0].distance_to_b if 1.0 in ends else None,
        warnings=[],
    )


def _space_record(line: PictureContinuum) -> PictureSpaceRecord:
    return PictureSpaceRecord(
        name=line.space_name, settings=dict(line.space_settings), facts=plain(line.facts), model_sha256=None
    )


def _path_record(line: PictureContinuum, plan: PicturePlan) -> PicturePathRecord:
    first, last = plan.settings.range
    return PicturePathRecord(
        kind="line", n_steps=len(line.positions), first_position=first, last_position=last
    )


def _placed_words(line: PictureContinuum) -> str:
    align = line.space_settings.get("align")
    if align is None:
        return ""
    return {"none": "not aligned", "procrustes": "aligned by all landmarks"}.get(
        str(align), f"aligned by points {align}"
    )


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
