"""From a draft to a stimulus set: levels, files, measures, manifest."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from stimgen.calibration.health_notes import health_line
from stimgen.calibration.targets import LevelPlan
from stimgen.distance import Metric, make_metric
from stimgen.export.at_level import write_at_level
from stimgen.export.encode import decode_wav
from stimgen.export.manifest import (
    Manifest,
    MetricSummary,
    ReferenceSoundRecord,
    SchemaRecord,
    SourceRecord,
    StimulusRecord,
    SummaryRecord,
)
from stimgen.export.measure import without_pad
from stimgen.export.stimulus_set import Side, Stimulus, StimulusSet
from stimgen.media.sound import FloatArray
from stimgen.spaces.base import Rendering
from stimgen.workflows.calibration_settings import PEAK_LIMIT_DBTP
from stimgen.workflows.continuum import Continuum
from stimgen.workflows.draft import Draft, refuse_lowered, wanted_dbfs
from stimgen.workflows.line_records import control_record, path_record, space_record
from stimgen.workflows.notes import level_notes, line_notes, source_notes
from stimgen.workflows.plan import MorphPlan
from stimgen.workflows.progress import Progress
from stimgen.workflows.provenance import software_versions, source_records
from stimgen.workflows.quality import PairQuality, calibrated_end
from stimgen.workflows.recorded_ends import endpoint_notes, with_recorded_ends
from stimgen.workflows.records import (
    calibration_record,
    file_facts,
    file_format,
    reference_sounds,
    summarise_in_all,
)


def finish(
    draft: Draft, *, progress: Progress, lowered_db: float = 0.0, in_collection: bool = False
) -> StimulusSet:
    """Level, encode and measure what was rendered, and write down how it was made.

    Args:
        draft: The rendered lines.
        progress: Called as progress(stage, n_done, n_all).
        lowered_db: By how much all levels are brought down at least, dB, for the sake of other pairs.
        in_collection: Whether a collection judges the lowering, says so, and holds the sounds for a sound level meter.

    Raises:
        SoundError: If a stimulus is silent, or `strict` was asked for and a peak does not fit.
    """
    plan, ends = draft.plan, with_recorded_ends(draft)
    levels, files = write_at_level(
        ends.samples,
        wanted_dbfs(draft),
        file_format=file_format(plan.settings, plan.rate_hz),
        peak_limit_dbtp=PEAK_LIMIT_DBTP,
        lowered_db=lowered_db,
        as_they_are=ends.is_recording,
    )
    if not in_collection:
        refuse_lowered(plan.settings, levels.lowered_db)
    metric = make_metric(plan.settings.metric)
    # a set that had to come down has no stimulus that was left as it was
    is_recording = ends.is_recording if levels.lowered_db == 0.0 else (False,) * len(files)
    stimuli = _measured(draft, files, levels, metric, progress, is_recording=is_recording)
    sources, source_files = source_records(
        ("a", "b"), plan.sides, plan.names, trimmed=plan.settings.trim == "auto"
    )
    references, reference_files = (
        ([], {}) if in_collection else reference_sounds(plan.settings, levels, plan.rate_hz)
    )
    manifest = _manifest(draft, sources, stimuli, levels, metric, references, in_collection=in_collection)
    return StimulusSet(
        manifest=manifest,
        stimuli=tuple(stimuli),
        sides=tuple(
            Side(
                sound=side.sound,
                health=health_line(side.health),
            )
            for side in plan.sides
        ),
        source_bytes=source_files,
        extra_files=reference_files,
        alignment=draft.continua[0].alignment,
    )


def _measured(
    draft: Draft,
    files: Sequence[bytes],
    levels: LevelPlan,
    metric: Metric,
    progress: Progress,
    *,
    is_recording: Sequence[bool],
) -> list[Stimulus]:
    plan = draft.plan
    # the recordings get the same ramps and level as the stimuli, so that distances to them compare like with like
    ends = [
        calibrated_end(sound, target_dbfs=max(levels.targets_dbfs), ramp_ms=plan.settings.ramp_ms)
        for sound in plan.sounds
    ]
    quality = PairQuality(*ends, metric=metric)
    stimuli: list[Stimulus] = []
    for continuum in draft.continua:
        quality.restart()
        for index, rendering in enumerate(continuum.renderings):
            n_done = len(stimuli)
            progress("measure", n_done, len(files))
            record = _record(
                plan, continuum, index, files[n_done], quality=quality,
                target_dbfs=levels.targets_dbfs[n_done], gain_db=levels.gains_db[n_done],
                is_recording=is_recording[n_done],
            )  # fmt: skip
            stimuli.append(
                Stimulus(
                    record=record,
                    wav=files[n_done],
                    f0_times_s=rendering.f0_times_s,
                    f0_hz=rendering.f0_hz,
                )
            )
    progress("measure", len(files), len(files))
    return stimuli


def _record(
    plan: MorphPlan,
    continuum: Continuum,
    index: int,
    data: bytes,
    *,
    quality: PairQuality,
    target_dbfs: float,
    gain_db: float,
    is_recording: bool,
) -> StimulusRecord:
    rendering, position = continuum.renderings[index], continuum.positions[index]
    is_control = continuum.kind == "control"
    is_end = position in (0.0, 1.0)
    stem = f"{plan.id}-control_{index:03d}" if is_control else f"{plan.id}_{index:03d}"
    sound = without_pad(decode_wav(data)[0], plan.settings.pad_samples(plan.rate_hz))
    return StimulusRecord(
        id=stem,
        index=index,
        position=position,
        file=f"stimuli/{stem}.wav",
        kind="control" if is_control else "endpoint" if is_end else "morph",
        endpoint_source=rendering.end_source if is_end else None,
        bit_identical=is_recording if is_end else None,
        pair_id=plan.identity.pair_id,
        exemplar_id=plan.identity.exemplar_id,
        contrast=plan.identity.contrast,
        source_a=plan.names[0],
        source_b=plan.names[1],
        target_dbfs=round(target_dbfs, 4),
        gain_db=round(gain_db, 4),
        f0_median_hz=_median_f0_hz(rendering),
        spectral_convergence_db=_rounded(rendering.spectral_convergence_db, 3),
        **file_facts(data, plan.settings, plan.rate_hz),
        **asdict(quality.measure(sound, position=position)),
    )


def _manifest(
    draft: Draft,
    sources: list[SourceRecord],
    stimuli: list[Stimulus],
    levels: LevelPlan,
    metric: Metric,
    references: list[ReferenceSoundRecord],
    *,
    in_collection: bool,
) -> Manifest:
    plan, settings = draft.plan, draft.plan.settings
    line = draft.continua[0]
    n_steps = len(line.positions)
    summaries = [_summaries(part, plan, metric) for part in (stimuli[:n_steps], stimuli[n_steps:]) if part]
    ends = {s.record.position: s.record for s in stimuli[:n_steps]}
    warnings = [
        *line_notes(
            plan, line.alignment, stimuli[:n_steps], summaries[0][metric.name], metric_unit=metric.unit
        ),
        *endpoint_notes(draft, levels),
        *source_notes(dict(zip("ab", plan.sides, strict=True)), settings),
        *level_notes(settings, levels, stimuli, told_elsewhere=in_collection),
    ]
    return Manifest(
        schema=SchemaRecord(),
        id=plan.id,
        created_utc="",
        stimgen=software_versions(),
        command=None,
        seed=settings.seed,
        sources=sources,
        space=space_record(line),
        path=path_record(line, plan),
        calibration=calibration_record(
            settings,
            levels,
            metric=metric,
            reference_sounds=references,
            spacing=settings.spacing,
            spacing_method=line.spacing_method,
            jitter_floor=line.jitter_floor,
            n_trials=line.n_trials,
            duration=settings.duration if isinstance(settings.duration, str) else "seconds",
            duration_s=plan.duration_s,
        ),
        summary=SummaryRecord(
            steps=summaries[0],
            control_steps=summaries[1] if len(summaries) > 1 else {},
            endpoint_fidelity_a=ends[0.0].distance_to_a if 0.0 in ends else None,
            endpoint_fidelity_b=ends[1.0].distance_to_b if 1.0 in ends else None,
            warnings=warnings,
        ),
        stimuli=[stimulus.record for stimulus in stimuli],
        control=None if len(draft.continua) == 1 else control_record(draft.continua[1], plan),
    )


def _summaries(stimuli: Sequence[Stimulus], plan: MorphPlan, metric: Metric) -> dict[str, MetricSummary]:
    pad = plan.settings.pad_samples(plan.rate_hz)
    samples: list[FloatArray] = [without_pad(stimulus.samples, pad) for stimulus in stimuli]
    known = [s.record.distance_from_previous for s in stimuli if s.record.distance_from_previous is not None]
    return summarise_in_all(samples, plan.rate_hz, known={metric.name: known})


def _median_f0_hz(rendering: Rendering) -> float | None:
    if rendering.f0_hz is None or not np.any(np.isfinite(rendering.f0_hz)):
        return None
    return round(float(np.nanmedian(rendering.f0_hz)), 2)


def _rounded(value: float | None, n_digits: int) -> float | None:
    return None if value is None else round(float(value), n_digits)
