"""From two sounds to a calibrated, measured stimulus set."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from stimgen.calibration.level import LevelPlan
from stimgen.calibration.ramp import apply_ramps
from stimgen.distance import Metric, make_metric
from stimgen.errors import SoundError
from stimgen.export.at_level import write_at_level
from stimgen.export.encode import BitDepth, decode_wav
from stimgen.export.manifest import StimulusRecord
from stimgen.export.measure import measure_file
from stimgen.export.stimulus_set import Stimulus, StimulusSet
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.base import Between, Rendering, Space
from stimgen.workflows.notes import notes_on
from stimgen.workflows.plan import MorphPlan, prepare
from stimgen.workflows.provenance import build_manifest, name_sources, source_record
from stimgen.workflows.quality import PairQuality, calibrated_end
from stimgen.workflows.settings import PEAK_LIMIT_DBFS, AlignName, CrossfadeKind, MorphSettings, SpaceName

Progress = Callable[[str, int, int], None]


def morph(
    a: Sound,
    b: Sound,
    *,
    steps: int = 9,
    range: tuple[float, float] = (0.0, 1.0),
    space: SpaceName | Space = "transport",
    crossfade: CrossfadeKind = "spectrogram",
    align: AlignName = "events",
    f0_range_hz: tuple[float, float] = (60.0, 8000.0),
    rate_hz: int | None = None,
    level_dbfs: float = -26.0,
    ramp_ms: float = 5.0,
    bit_depth: BitDepth = "16",
    seed: int = 0,
    progress: Progress | None = None,
) -> StimulusSet:
    """Make a calibrated continuum of stimuli from one sound to another.

    Args:
        a: The sound at position 0.
        b: The sound at position 1.
        steps: Number of stimuli, both ends included, 2 to 200.
        range: First and last position; beyond 0 and 1 lies extrapolation.
        space: "transport", "stft" (sounds without pitch), "crossfade" (the control), or a space object.
        crossfade: "spectrogram" blends spectrograms in dB, "wave" blends samples.
        align: "events" pairs moments by what happens in the sounds, "linear" in proportion to the durations.
        f0_range_hz: Where to look for the fundamental frequency, Hz.
        rate_hz: Sampling rate of the set, Hz; None takes the higher one of the two sounds.
        level_dbfs: RMS level over the active part of every stimulus, dB re full scale.
        ramp_ms: Raised-cosine ramp at both ends, ms.
        bit_depth: "16" (with TPDF dither), "24" or "float32".
        seed: Seed of the noise excitation and of the dither.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.

    Returns:
        The set; save it with `.save("folder")`.

    Raises:
        SettingError: If a choice is not allowed.
        SoundError: If a sound is not usable, or a and b are the same.
    """
    settings = MorphSettings(
        steps=steps,
        range=range,
        space=space,
        crossfade=crossfade,
        align=align,
        f0_range_hz=f0_range_hz,
        rate_hz=rate_hz,
        level_dbfs=level_dbfs,
        ramp_ms=ramp_ms,
        bit_depth=bit_depth,
        seed=seed,
    )
    return render(prepare(a, b, settings), progress=progress)


def render(plan: MorphPlan, *, progress: Progress | None = None) -> StimulusSet:
    """Render, calibrate and measure the steps of a plan.

    Args:
        plan: What to make.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.

    Raises:
        SettingError: If ramps or range do not fit the sounds.
        SoundError: If a stimulus comes out silent or would clip.
    """
    progress = progress or _no_progress
    settings = plan.settings
    progress("analyse", 0, 1)
    between = plan.space.between(*plan.sounds, seed=settings.seed)
    progress("analyse", 1, 1)
    renderings = list(_render_steps(between, plan.positions, progress))
    ramped = [_ramped(rendering.samples, plan) for rendering in renderings]
    levels, files = write_at_level(
        ramped,
        rate_hz=plan.rate_hz,
        target_dbfs=settings.level_dbfs,
        peak_limit_dbfs=PEAK_LIMIT_DBFS,
        bit_depth=settings.bit_depth,
        seed=settings.seed,
    )
    metric = make_metric("mel")
    stimuli = _measured(plan, renderings, files, levels, metric, progress)
    names = name_sources(*plan.originals)
    sources = [
        source_record(role, sound, name, plan.rate_hz)
        for role, sound, name in zip("ab", plan.originals, names, strict=True)
    ]
    manifest = build_manifest(
        plan.id,
        settings=settings,
        space=plan.space,
        sources=[record for record, _ in sources],
        alignment=between.alignment,
        motion=between.motion,
        stimuli=[stimulus.record for stimulus in stimuli],
        levels=levels,
        metric=metric,
        warnings=notes_on(plan, between.alignment, levels, stimuli),
    )
    return StimulusSet(
        manifest=manifest,
        stimuli=tuple(stimuli),
        sources=plan.sounds,
        source_bytes={record.stored: data for record, data in sources if record.stored},
        alignment=between.alignment,
    )


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None


def _render_steps(between: Between, positions: Sequence[float], progress: Progress) -> list[Rendering]:
    renderings = []
    for index, position in enumerate(positions):
        progress("render", index, len(positions))
        rendering = between(position)
        if not np.all(np.isfinite(rendering.samples)):
            raise SoundError(
                f"step {index} at position {position:g} came out with values that are not numbers; "
                "bring --range closer to 0:1 or use another --space"
            )
        renderings.append(rendering)
    progress("render", len(positions), len(positions))
    return renderings


def _ramped(samples: FloatArray, plan: MorphPlan) -> FloatArray:
    return apply_ramps(samples - samples.mean(), rate_hz=plan.rate_hz, ramp_ms=plan.settings.ramp_ms)


def _measured(
    plan: MorphPlan,
    renderings: Sequence[Rendering],
    files: Sequence[bytes],
    levels: LevelPlan,
    metric: Metric,
    progress: Progress,
) -> list[Stimulus]:
    # the recordings get the same ramps and level as the stimuli, so that distances to them compare like with like
    ends = [
        calibrated_end(sound, target_dbfs=levels.target_dbfs, ramp_ms=plan.settings.ramp_ms)
        for sound in plan.sounds
    ]
    quality = PairQuality(*ends, metric=metric)
    stimuli = []
    for index, (rendering, data) in enumerate(zip(renderings, files, strict=True)):
        progress("measure", index, len(files))
        record = _record(plan, index, rendering, data, levels.gains_db[index], quality)
        stimuli.append(
            Stimulus(record=record, wav=data, f0_times_s=rendering.f0_times_s, f0_hz=rendering.f0_hz)
        )
    progress("measure", len(files), len(files))
    return stimuli


def _record(
    plan: MorphPlan, index: int, rendering: Rendering, data: bytes, gain_db: float, quality: PairQuality
) -> StimulusRecord:
    position = plan.positions[index]
    slug_a, slug_b = name_sources(*plan.originals)
    stem = f"{plan.id}_{index:03d}"
    is_end = position in (0.0, 1.0)
    return StimulusRecord(
        id=stem,
        index=index,
        position=position,
        file=f"stimuli/{stem}.wav",
        kind="endpoint" if is_end else "morph",
        endpoint_source=rendering.end_source if is_end else None,
        pair_id=None,
        exemplar_id=None,
        source_a=slug_a,
        source_b=slug_b,
        channels=1,
        bit_depth=plan.settings.bit_depth,
        ramp_ms=plan.settings.ramp_ms,
        gain_db=round(gain_db, 4),
        f0_median_hz=_median_f0_hz(rendering),
        spectral_convergence_db=_rounded(rendering.spectral_convergence_db, 3),
        **asdict(measure_file(data)),
        **asdict(quality.measure(decode_wav(data)[0], position=position)),
    )


def _median_f0_hz(rendering: Rendering) -> float | None:
    if rendering.f0_hz is None or not np.any(np.isfinite(rendering.f0_hz)):
        return None
    return round(float(np.nanmedian(rendering.f0_hz)), 2)


def _rounded(value: float | None, n_digits: int) -> float | None:
    return None if value is None else round(float(value), n_digits)
