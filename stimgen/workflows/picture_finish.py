"""From rendered pictures to a set: light, files, measures, manifest."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Literal

import numpy as np

from stimgen.calibration.match_settings import MatchRecord
from stimgen.calibration.round_picture import round_picture
from stimgen.distance.base import PictureMetric
from stimgen.distance.pictures import make_picture_metric
from stimgen.export.manifest import SchemaRecord
from stimgen.export.picture_manifest import (
    PictureControlRecord,
    PictureManifest,
    PicturePathRecord,
    PictureSpaceRecord,
    PictureSummaryRecord,
)
from stimgen.export.picture_set import PictureSet, PictureStimulus
from stimgen.workflows.picture_continuum import PictureContinuum
from stimgen.workflows.picture_notes import outside_shares, picture_notes
from stimgen.workflows.picture_plan import PicturePlan
from stimgen.workflows.picture_quality import PicturePairQuality, summarise_pictures
from stimgen.workflows.picture_records import (
    LitStimulus,
    calibration_record,
    light_up,
    mask_record,
    plain,
    stimulus_of,
)
from stimgen.workflows.picture_software import picture_software_versions
from stimgen.workflows.picture_sources import picture_source_records
from stimgen.workflows.progress import Progress


def match_continua(
    plan: PicturePlan, continua: Sequence[PictureContinuum]
) -> tuple[list[LitStimulus], MatchRecord]:
    """Match the light of all stimuli of a set.

    Args:
        plan: What was to be made.
        continua: The line that was asked for, and its control if there is one.

    Raises:
        SettingError: If a target of light is not to be had with `strict`.
        PictureError: If a picture cannot be matched.
    """
    renderings = [one for line in continua for one in line.renderings]
    aim, asked = continua[0].aim, continua[0].asked
    settings = replace(plan.settings, luminance=aim.luminance, contrast=aim.contrast)
    lit, match = light_up(renderings, continua[0].ends[0], settings, bit_depth=plan.bit_depth, mask=plan.mask)
    if asked.luminance is None:
        return lit, match
    asked_for = replace(match, asked_mean_luminance=asked.luminance, asked_rms_contrast=asked.contrast)
    return lit, asked_for


def finish_pictures(
    plan: PicturePlan,
    continua: Sequence[PictureContinuum],
    lit: Sequence[LitStimulus],
    match: MatchRecord,
    *,
    progress: Progress,
) -> PictureSet:
    """Encode and measure what was rendered and matched, and write down how it was made.

    Args:
        plan: What was to be made.
        continua: The line that was asked for, and its control if there is one.
        lit: Their stimuli, as they will be written.
        match: What was done to their light.
        progress: Called as progress(stage, n_done, n_all).
    """
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
