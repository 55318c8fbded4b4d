"""A line through a space of pictures: where its steps stand, and what the space makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stimgen.calibration.luminance import match_pictures
from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.calibration.spacing import even_positions, jitter_floor
from stimgen.distance.base import PictureMetric
from stimgen.errors import PictureError
from stimgen.media.picture import Picture
from stimgen.spaces.picture_base import PictureBetween, PictureRendering, PictureSpace
from stimgen.workflows.picture_plan import LightAim, PicturePlan, demand_mask_fits
from stimgen.workflows.progress import Progress

# trial pictures are kept until they add up to this many values; beyond, steps are rendered once more
MAX_KEPT_VALUES = 60_000_000
MASK_FROM = 0.5


@dataclass(frozen=True, kw_only=True)
class PictureContinuum:
    """One rendered line, before its light is matched.

    Args:
        kind: "morph" for what was asked for, "control" for the matched control.
        space_name: The space that rendered it.
        space_settings: Its settings.
        facts: What the space found out about the pair.
        ends: a and b as the space places them.
        positions: One per step.
        renderings: One per step.
        spacing_method: "steps", "knots" or "linear": how the positions were found.
        jitter_floor: Distance between two renders 1e-4 apart, in the unit of the metric.
        n_trials: Pictures rendered that are not among the steps, to find the positions.
        asked: What light all stimuli were to have: as chosen, else the mean of a and b.
        aim: What light all are to have; less where that does not fit all.
    """

    kind: Literal["morph", "control"]
    space_name: str
    space_settings: Mapping[str, Any]
    facts: Mapping[str, Any]
    ends: tuple[Picture, Picture]
    positions: tuple[float, ...]
    renderings: tuple[PictureRendering, ...]
    spacing_method: str
    jitter_floor: float
    n_trials: int
    asked: LightAim
    aim: LightAim


def trace_pictures(
    plan: PicturePlan,
    space: PictureSpace,
    ends: tuple[Picture, Picture],
    *,
    kind: Literal["morph", "control"],
    metric: PictureMetric,
    progress: Progress,
) -> PictureContinuum:
    """Render a line from a to b with its steps where the settings want them.

    Args:
        plan: What to make.
        space: The space that renders.
        ends: The pictures at positions 0 and 1.
        kind: What the line is for.
        metric: The distance that is made equal.
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        SettingError: If pictures or settings do not go together.
        PictureError: If a picture cannot serve in the space, or a step comes out broken.
    """
    settings = plan.settings
    progress("analyse", 0, 1)
    between = space.between(*ends, seed=settings.seed)
    progress("analyse", 1, 1)
    if plan.mask is not None:
        # only aligned ends tell how large the stimuli will be
        demand_mask_fits(plan.mask, between.ends[0])
    asked = aim_of_light(plan, between.ends)
    aim = plan.lowered or asked
    renderer = _Renderer(between, like=ends[0], lit=_lighting(plan, aim))
    first, last = settings.range
    method, n_trials = "linear", 0
    if settings.spacing == "equal" and settings.steps > 2:
        found = even_positions(
            renderer.picture_at,
            metric,
            first=first,
            last=last,
            n_steps=settings.steps,
            progress=lambda done, n_all: progress("space out", done, n_all),
        )
        positions, method, floor, n_trials = found.positions, found.method, found.jitter_floor, found.n_trials
    else:
        # rounded, so that steps meant to fall on 0 and 1 do
        positions = tuple(round(float(t), 12) for t in np.linspace(first, last, settings.steps))
        floor = jitter_floor(renderer.picture_at, metric, first=first, last=last, near=positions)
    return PictureContinuum(
        kind=kind,
        space_name=space.name,
        space_settings=dict(space.settings()),
        facts=dict(between.facts),
        ends=between.ends,
        positions=positions,
        renderings=renderer.steps(positions, progress),
        spacing_method=method,
        jitter_floor=round(floor, 6),
        n_trials=n_trials,
        asked=asked,
        aim=aim,
    )


def aim_of_light(plan: PicturePlan, ends: tuple[Picture, Picture]) -> LightAim:
    """Return the target of mean luminance and RMS contrast: the one asked for, else the mean of a and b as placed."""
    settings = plan.settings
    if settings.match not in ("luminance", "contrast"):
        return LightAim()
    inside = inside_of(plan.mask)
    light = [measure_luminance(end, mask=inside) for end in ends]
    luminance = settings.luminance or float(np.mean([one.mean_luminance for one in light]))
    contrast = settings.contrast or float(np.mean([one.rms_contrast for one in light]))
    return LightAim(luminance=luminance, contrast=contrast if settings.match == "contrast" else None)


def inside_of(mask: Picture | None) -> npt.NDArray[np.bool_] | None:
    """Return where pixels count, shape (height_px, width_px); None for everywhere."""
    return None if mask is None else np.asarray(mask.pixels.mean(axis=2) > MASK_FROM)


def _lighting(plan: PicturePlan, aim: LightAim) -> Callable[[Picture], Picture]:
    """Return what gives a trial picture the light that it will have, so that steps are even in what is written."""
    if aim.luminance is None:
        return lambda picture: picture
    settings = replace(
        plan.settings.match_settings,
        mean_luminance=aim.luminance,
        rms_contrast=aim.contrast,
        bit_depth=plan.bit_depth,
        strict=False,
    )
    inside = inside_of(plan.mask)
    return lambda picture: match_pictures([picture], settings, masks=inside).pictures[0]


class _Renderer:
    """Renders positions, each once as long as memory allows."""

    def __init__(self, between: PictureBetween, *, like: Picture, lit: Callable[[Picture], Picture]) -> None:
        self._between, self._lit = between, lit
        self._like = replace(like, path=None, facts=None, points=None, name="stimulus")
        self._kept: dict[float, PictureRendering] = {}
        self._n_kept = 0

    def picture_at(self, position: float) -> Picture:
        """Return what a step at a position looks like, with the light that it will have where that is known."""
        return self._lit(replace(self._like, pixels=self._at(position).pixels))

    def steps(self, positions: tuple[float, ...], progress: Progress) -> tuple[PictureRendering, ...]:
        """Return the steps and forget all else."""
        renderings = []
        for index, position in enumerate(positions):
            progress("render", index, len(positions))
            renderings.append(self._at(position))
        progress("render", len(positions), len(positions))
        self._kept.clear()
        return tuple(renderings)

    def _at(self, position: float) -> PictureRendering:
        found = self._kept.get(position)
        if found is not None:
            return found
        rendering = self._between(position)
        if not np.all(np.isfinite(rendering.pixels)):
            raise PictureError(
                f"the stimulus at position {position:g} came out with values that are not numbers; "
                "bring --range closer to 0:1 or use another --space"
            )
        if self._n_kept + rendering.pixels.size <= MAX_KEPT_VALUES:
            self._kept[position] = rendering
            self._n_kept += rendering.pixels.size
        return rendering
