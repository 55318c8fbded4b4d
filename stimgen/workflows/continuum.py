"""A line through a space as raw sounds: where its steps stand, and what the space makes of them."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from stimgen.calibration.ramp import apply_ramps
from stimgen.calibration.spacing import even_positions, jitter_floor
from stimgen.distance import Metric
from stimgen.errors import SoundError
from stimgen.media.sound import Sound
from stimgen.spaces.base import Between, Rendering, Space
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.plan import MorphPlan
from stimgen.workflows.progress import Progress

# trial sounds are kept until they add up to this many samples; beyond, steps are rendered once more
MAX_KEPT_SAMPLES = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Continuum:
    """One rendered line, before levels.

    Args:
        kind: "morph" for what was asked for, "control" for the matched control.
        space_name: The space that rendered it.
        space_settings: Its settings.
        motion: How spectra moved.
        alignment: Which moment of a meets which of b.
        positions: One per step.
        renderings: One per step; the samples have their ramps and no DC.
        spacing_method: "steps", "knots" or "linear": how the positions were found.
        jitter_floor: Distance between two renders 1e-4 apart, in the unit of the metric.
        n_trials: Sounds rendered that are not among the steps, to find the positions.
    """

    kind: Literal["morph", "control"]
    space_name: str
    space_settings: dict[str, Any]
    motion: str
    alignment: Alignment
    positions: tuple[float, ...]
    renderings: tuple[Rendering, ...]
    spacing_method: str
    jitter_floor: float
    n_trials: int


def trace(
    plan: MorphPlan, space: Space, *, kind: Literal["morph", "control"], metric: Metric, progress: Progress
) -> Continuum:
    """Render a line from a to b with its steps where the settings want them.

    Args:
        plan: What to make.
        space: The space that renders.
        kind: What the line is for.
        metric: The distance that is made equal.
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        SettingError: If ramps, range or duration do not fit the sounds.
        SoundError: If a sound cannot be analysed or a step comes out broken.
    """
    settings = plan.settings
    progress("analyse", 0, 1)
    # a space that knows nothing of durations serves all who ask for none
    a, b = plan.sounds
    between = (
        space.between(a, b, seed=settings.seed)
        if plan.duration_s is None
        else space.between(a, b, seed=settings.seed, duration_s=plan.duration_s)
    )
    progress("analyse", 1, 1)
    renderer = _Renderer(between, plan)
    first, last = settings.range
    if settings.spacing == "equal" and settings.steps > 2:
        found = even_positions(
            renderer.sound_at,
            metric,
            first=first,
            last=last,
            n_steps=settings.steps,
            progress=lambda done, n_all: progress("space out", done, n_all),
        )
        positions, method, floor, n_trials = (
            found.positions,
            found.method,
            found.jitter_floor,
            found.n_trials,
        )
    else:
        # rounded, so that steps meant to fall on 0 and 1 do
        positions = tuple(round(float(t), 12) for t in np.linspace(first, last, settings.steps))
        method = "linear"
        floor = jitter_floor(renderer.sound_at, metric, first=first, last=last, near=positions)
        n_trials = 0
    return Continuum(
        kind=kind,
        space_name=space.name,
        space_settings=dict(space.settings()),
        motion=between.motion,
        alignment=between.alignment,
        positions=positions,
        renderings=renderer.steps(positions, progress),
        spacing_method=method,
        jitter_floor=round(floor, 6),
        n_trials=n_trials,
    )


class _Renderer:
    """Renders positions with ramps and without DC, each once as long as memory allows."""

    def __init__(self, between: Between, plan: MorphPlan) -> None:
        self._between, self._plan = between, plan
        self._kept: dict[float, Rendering] = {}
        self._n_kept = 0

    def sound_at(self, position: float) -> Sound:
        """Return what a step at a position sounds like, but for its level."""
        return Sound(samples=self._at(position).samples, rate_hz=self._plan.rate_hz)

    def steps(self, positions: tuple[float, ...], progress: Progress) -> tuple[Rendering, ...]:
        """Return the steps and forget all else."""
        renderings = []
        for index, position in enumerate(positions):
            progress("render", index, len(positions))
            renderings.append(self._at(position))
        progress("render", len(positions), len(positions))
        self._kept.clear()
        return tuple(renderings)

    def _at(self, position: float) -> Rendering:
        found = self._kept.get(position)
        if found is not None:
            return found
        rendering = self._with_exact_end(self._between(position), position)
        if not np.all(np.isfinite(rendering.samples)):
            raise SoundError(
                f"the stimulus at position {position:g} came out with values that are not numbers; "
                "bring --range closer to 0:1 or use another --space"
            )
        samples = rendering.samples - rendering.samples.mean()
        ramp_ms = self._plan.settings.ramp_ms
        made = replace(rendering, samples=apply_ramps(samples, rate_hz=self._plan.rate_hz, ramp_ms=ramp_ms))
        if self._n_kept + made.samples.size <= MAX_KEPT_SAMPLES:
            self._kept[position] = made
            self._n_kept += made.samples.size
        return made

    def _with_exact_end(self, rendering: Rendering, position: float) -> Rendering:
        """Put the recording in the place of an end that a space only resynthesises, where exact ends are asked for."""
        is_end = position in (0.0, 1.0)
        if not is_end or self._plan.settings.endpoints != "exact" or rendering.end_source != "resynth":
            return rendering
        if self._between.alignment.time_factor(position) != 1.0:
            return rendering  # a recording stretched or shrunk is synthesised
        sound = self._plan.sounds[int(position)]
        return replace(rendering, samples=sound.samples, spectral_convergence_db=None, end_source="original")
