"""From many pictures to their average, or to a blend by weights: a calibrated, measured set of one picture."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stimgen.errors import PictureError, SettingError
from stimgen.export.manifest import SchemaRecord
from stimgen.export.picture_manifest import (
    PictureManifest,
    PicturePathRecord,
    PictureSpaceRecord,
    PictureSummaryRecord,
)
from stimgen.export.picture_set import PictureSet, PictureStimulus
from stimgen.media.picture import Picture
from stimgen.spaces.picture_base import PictureRendering
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.spaces.points import PointsSettings, PointsSpace, encoded
from stimgen.spaces.shape_texture import MeanShape
from stimgen.workflows.average_notes import average_notes
from stimgen.workflows.average_plan import AveragePlan, Given, prepare_average
from stimgen.workflows.average_settings import AverageSettings
from stimgen.workflows.picture_records import calibration_record, light_up, mask_record, plain, stimulus_of
from stimgen.workflows.picture_software import picture_software_versions
from stimgen.workflows.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Averaged:
    """An average before its light is matched.

    Args:
        rendering: The picture.
        space: What averaged, with its settings.
        facts: What was found out about the pictures.
    """

    rendering: PictureRendering
    space: Mapping[str, Any]
    facts: Mapping[str, Any]


def average_pictures(pictures: Given, *, progress: Progress | None = None, **choices: Any) -> PictureSet:
    """Average many pictures, or blend them by weights: shapes, and light on the mean shape.

    Pictures that are named as files are read one at a time, so that a hundred large ones fit into memory.

    Args:
        pictures: A folder, or two or more files or pictures from `stimgen.read_picture`, each with its landmarks or
            with a file of them beside it.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.
        choices: As for `stimgen.workflows.average_settings.AverageSettings`: weights, normalise, space, points, align,
            outside, id, match, luminance, contrast, mask, strict, size, crop, fit, background, transfer, bit_depth,
            seed.

    Returns:
        A set of one picture, which has the landmarks of the mean shape; save it with `.save("folder")`.

    Raises:
        SettingError: If a choice is not allowed or unknown, or pictures do not go together.
        ReadError: If a folder, picture, file of landmarks, mask or table of weights cannot be read.
        PictureError: If a picture is not usable, or two are the same.

    References:
        Rowland & Perrett 1995, IEEE Computer Graphics and Applications 15(5), 70-76.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> one, two = (Picture(pixels=rng.random((16, 16, 1)), name=name) for name in ("one", "two"))
        >>> mixed = average_pictures([one, two], weights="0.25:0.75", space="crossfade")
        >>> light = 0.25 * one.light + 0.75 * two.light
        >>> bool(np.abs(mixed.stimuli[0].picture.light - light).max() < 0.01)
        True
    """
    return render_average(
        prepare_average(pictures, average_settings(**choices), progress=progress), progress=progress
    )


def average_settings(**choices: Any) -> AverageSettings:
    """Return the settings of an average; an unknown choice is an error that says so."""
    known = [one.name for one in dataclasses.fields(AverageSettings)]
    unknown = sorted(set(choices) - set(known))
    if unknown:
        raise SettingError(
            f"{unknown[0]!r} is no choice for an average; allowed are {', '.join(sorted(known))}"
        )
    return AverageSettings(**choices)


def render_average(plan: AveragePlan, *, progress: Progress | None = None) -> PictureSet:
    """Average, calibrate and measure what was prepared.

    Args:
        plan: What to make.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.

    Raises:
        SettingError: If a target of light is not to be had, or an alignment point does not exist.
        PictureError: If landmarks cannot serve, or the average cannot be matched.
    """
    progress = progress or _no_progress
    made = _by_points(plan, progress) if plan.space == "points" else _by_light(plan, progress)
    if not np.all(np.isfinite(made.rendering.pixels)):
        raise PictureError(
            "the average came out with values that are not numbers; bring --weights closer to 0 to 1"
        )
    return _finished(plan, made)


def mean_shape(plan: AveragePlan) -> MeanShape:
    """Return how the pictures of a plan lie over each other, and their mean shape."""
    return MeanShape.of(plan.stand_ins, weights=plan.shares.weights, settings=_points_settings(plan))


def _points_settings(plan: AveragePlan) -> PointsSettings:
    return PointsSettings(align=plan.settings.asked_align, outside=plan.settings.outside)


def _by_points(plan: AveragePlan, progress: Progress) -> Averaged:
    """Average shapes, and light that was warped to the mean shape."""
    mean = mean_shape(plan)
    light = np.zeros(mean.frame.height_px * mean.frame.width_px * mean.n_channels)
    folds = []
    for index, weight in enumerate(mean.weights):
        progress("render", index, len(mean.weights))
        if weight == 0.0:
            continue
        vectors = mean.encode(plan.shelf.picture(index), index)
        light += weight * vectors.texture
        folds.append(vectors.n_folds)
    progress("render", len(mean.weights), len(mean.weights))
    shape = mean.frame.height_px, mean.frame.width_px, mean.n_channels
    rendering = encoded(light.reshape(shape), transfer=mean.transfer, bit_depth=plan.bit_depth)
    settings = dict(PointsSpace(chosen=_points_settings(plan)).settings())
    settings |= {"motion": "weighted mean of aligned landmarks", "outside": plan.settings.outside}
    facts = {
        "alignment": mean.frame.facts(),
        "n_points": mean.points.n_points,
        "n_folds": sum(folds),
        "most_folds": max(folds, default=0),
    }
    return Averaged(
        rendering=replace(rendering, points=mean.points, n_folds=sum(folds)),
        space={"name": "points", "settings": settings},
        facts=facts,
    )


def _by_light(plan: AveragePlan, progress: Progress) -> Averaged:
    """Average the light pixel by pixel."""
    light = np.zeros(plan.stand_ins[0].pixels.shape)
    for index, weight in enumerate(plan.shares.weights):
        progress("render", index, len(plan.items))
        if weight != 0.0:
            light += weight * plan.shelf.picture(index).light
    progress("render", len(plan.items), len(plan.items))
    return Averaged(
        rendering=encoded(light, transfer=plan.stand_ins[0].transfer, bit_depth=plan.bit_depth),
        space={"name": "crossfade", "settings": PictureCrossfadeSpace().settings()},
        facts={},
    )


def _finished(plan: AveragePlan, made: Averaged) -> PictureSet:
    """Match, encode and measure an average, and write down how it was made."""
    settings = plan.settings
    like = replace(plan.stand_ins[0], pixels=made.rendering.pixels, points=None)
    lit, match = light_up([made.rendering], like, settings, bit_depth=plan.bit_depth, mask=plan.mask)
    stimulus = stimulus_of(lit[0], stem=f"{plan.id}_000", index=0, kind="average", **_NO_LINE)
    mask_entry, mask_files = mask_record(plan.mask)
    facts = dict(made.facts)
    if plan.settings.normalise:
        facts["weights_given_sum"] = plan.shares.given_sum
    manifest = PictureManifest(
        schema=SchemaRecord(),
        medium="picture",
        id=plan.id,
        created_utc="",
        stimgen=picture_software_versions(),
        command=None,
        seed=settings.seed,
        sources=[item.record for item in plan.items],
        space=PictureSpaceRecord(**made.space, facts=plain(facts), model_sha256=None),
        path=PicturePathRecord(kind="blend", n_steps=1, first_position=None, last_position=None),
        calibration=calibration_record(settings, match, lit[0].picture, plan.bit_depth, mask_entry),
        summary=PictureSummaryRecord(
            steps={},
            endpoint_fidelity_a=None,
            endpoint_fidelity_b=None,
            warnings=average_notes(plan, stimulus, facts, match),
        ),
        stimuli=[stimulus.record],
        control=None,
    )
    return _set(plan, manifest, stimulus, mask_files)


# what only a step of a line has
_NO_LINE: dict[str, None] = dict.fromkeys(
    ("position", "endpoint_source", "bit_identical", "pair_id", "exemplar_id", "contrast", "source_a", "source_b",
     "distance_from_previous", "distance_to_a", "distance_to_b", "two_source_index")
)  # fmt: skip


def _set(
    plan: AveragePlan, manifest: PictureManifest, stimulus: PictureStimulus, mask_files: Mapping[str, bytes]
) -> PictureSet:
    files: dict[str, bytes] = {}
    for item in plan.items:
        files |= item.stored
    return PictureSet(
        manifest=manifest,
        stimuli=(stimulus,),
        source_bytes=files | dict(mask_files),
        sides=tuple(_side(plan, index) for index in range(len(plan.items))),
        sides_words=_sides_words(plan),
    )


def _sides_words(plan: AveragePlan) -> str:
    is_moved = plan.space == "points" and plan.settings.align != "none"
    return "before alignment" if is_moved else ""


def _side(plan: AveragePlan, index: int) -> Picture:
    """Return a picture for the contact sheet, with its weight where they differ."""
    side = plan.items[index].side
    if plan.shares.are_alike:
        return side
    return replace(side, name=f"{plan.shares.weights[index]:.3g} \u00d7 {side.name}")


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
