"""Parts of a manifest that several kinds of sets share."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stimgen.calibration.reference_sounds import calibration_noise, calibration_tone, spl_db
from stimgen.calibration.targets import LevelPlan
from stimgen.calibration.window_level import WINDOW_S
from stimgen.distance import METRICS, Metric, make_metric
from stimgen.export.at_level import FileFormat, write_at_level
from stimgen.export.encode import dither_name
from stimgen.export.manifest import (
    AlignmentFileRecord,
    AlignmentRecord,
    CalibrationRecord,
    MetricSummary,
    ReferenceSoundRecord,
)
from stimgen.export.measure import measure_file
from stimgen.media.moments import NamedFile
from stimgen.media.sound import FloatArray, Sound
from stimgen.seeding import child_rng
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.calibration_settings import PEAK_LIMIT_DBTP, CalibrationSettings
from stimgen.workflows.step_summary import summarise_steps

# with their crests, and rounding and dither, these stay below -1 dBTP
HIGHEST_TONE_DBFS, HIGHEST_NOISE_DBFS = -4.5, -12.5
TONE_FILE, NOISE_FILE = "calibration/tone.wav", "calibration/noise.wav"


def file_format(settings: CalibrationSettings, rate_hz: int) -> FileFormat:
    """Return how the stimuli of a set are written."""
    return FileFormat(
        rate_hz=rate_hz,
        bit_depth=settings.bit_depth,
        pad=settings.pad_samples(rate_hz),
        seed=settings.seed,
    )


def file_facts(data: bytes, settings: CalibrationSettings, rate_hz: int) -> dict[str, Any]:
    """Return what a stimulus' record says of its file, sound pressure levels included where they are known."""
    pad = settings.pad_samples(rate_hz)
    facts = asdict(measure_file(data, human=settings.species == "human", pad=pad))
    full_scale_db = settings.spl_at_full_scale_db
    for name, spl_name in (
        ("level_dbfs", "level_db_spl"),
        ("a_weighted_dbfs", "a_weighted_db_spl"),
        ("max_window_dbfs", "max_window_db_spl"),
    ):
        facts[spl_name] = spl_or_none(facts[name], full_scale_db)
    return facts | {
        "channels": 1,
        "bit_depth": settings.bit_depth,
        "ramp_ms": settings.ramp_ms,
        "pad_before_s": round(pad[0] / rate_hz, 9),
        "pad_after_s": round(pad[1] / rate_hz, 9),
    }


def spl_or_none(dbfs: float | None, full_scale_db: float | None) -> float | None:
    """Return a level as dB SPL, None where either is not known."""
    return (
        None
        if dbfs is None or full_scale_db is None
        else round(spl_db(dbfs, spl_at_full_scale_db=full_scale_db), 4)
    )


def calibration_record(
    settings: CalibrationSettings,
    levels: LevelPlan,
    *,
    metric: Metric | None,
    reference_sounds: Sequence[ReferenceSoundRecord] = (),
    **line: Any,
) -> CalibrationRecord:
    """Describe how raw stimuli became calibrated ones.

    Args:
        settings: The choices.
        levels: The levels as carried out.
        metric: The metric of the steps, None where there are no steps.
        reference_sounds: The sounds for a sound level meter.
        line: What only a line has: spacing, spacing_method, jitter_floor, n_trials, duration, duration_s.
    """
    asked = settings.asked_level_dbfs
    return CalibrationRecord(
        target_level_dbfs=None if asked is None else round(asked - levels.lowered_db, 4),
        asked_level_dbfs=asked,
        level_unit="dB RMS re full scale (a full-scale sine is -3.01)",
        level_window=(
            "active part: first to last 10 ms frame within 40 dB of the loudest, each about its own mean; "
            "then RMS about the mean of the part"
        ),
        level_rule="keep" if asked is None else "equal",
        lowered_db=round(levels.lowered_db, 4),
        dc_removed=True,
        ramp_ms=settings.ramp_ms,
        ramp_shape="raised cosine",
        peak_limit_dbfs=PEAK_LIMIT_DBTP,
        peak_limit_dbtp=PEAK_LIMIT_DBTP,
        peak_rule=(
            "an error if a true peak does not fit"
            if settings.strict
            else "the whole set lowered until the highest true peak fits"
        ),
        strict=settings.strict,
        species=settings.species,
        max_window_s=WINDOW_S,
        pad_s=list(settings.pad_s),
        trim=settings.trim,
        bit_depth=settings.bit_depth,
        dither=dither_name(settings.bit_depth),
        metric=metric.name if metric else None,
        metric_unit=metric.unit if metric else None,
        metric_settings=dict(metric.settings()) if metric else {},
        other_metrics={
            name: dict(make_metric(name).settings()) for name in METRICS if metric and name != metric.name
        },
        spl_at_full_scale_db=settings.spl_at_full_scale_db,
        reference_sounds=list(reference_sounds),
        **({"spacing": None, "jitter_floor": None} | line),
    )


def reference_sounds(
    settings: CalibrationSettings, levels: LevelPlan, rate_hz: int
) -> tuple[list[ReferenceSoundRecord], dict[str, bytes]]:
    """Return the tone and the noise that stand for a set's level, and their files; none without an SPL constant.

    Where natural levels are kept they have the level of the loudest stimulus. Where that is too high for their own
    peaks, they have the highest level that fits; each record says which it is.
    """
    full_scale_db = settings.spl_at_full_scale_db
    if full_scale_db is None:
        return [], {}
    level_dbfs = max(levels.targets_dbfs)
    made = {
        TONE_FILE: calibration_tone(rate_hz, min(level_dbfs, HIGHEST_TONE_DBFS)),
        NOISE_FILE: calibration_noise(
            rate_hz,
            min(level_dbfs, HIGHEST_NOISE_DBFS),
            rng=child_rng(settings.seed, "calibration noise"),
        ),
    }
    records, files = [], {}
    plain = FileFormat(rate_hz=rate_hz, bit_depth=settings.bit_depth, seed=settings.seed)
    for name, sound in made.items():
        _, (data,) = write_at_level(
            [sound.samples], [sound.level_dbfs], file_format=plain, peak_limit_dbtp=PEAK_LIMIT_DBTP
        )
        found = measure_file(data, human=False)
        records.append(
            ReferenceSoundRecord(
                file=name,
                sha256=found.sha256,
                bytes=found.bytes,
                description=sound.description,
                level_dbfs=found.level_dbfs,
                level_db_spl=round(spl_db(found.level_dbfs, spl_at_full_scale_db=full_scale_db), 4),
            )
        )
        files[name] = data
    return records, files


def step_distances(samples: Sequence[FloatArray], rate_hz: int, metric: Metric) -> list[float]:
    """Return the distance from each stimulus to the next in a metric.

    Args:
        samples: Amplitudes without added silence, each of shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        metric: The metric.
    """
    features = [metric.features(Sound(samples=one, rate_hz=rate_hz)) for one in samples]
    return [metric.distance(one, other) for one, other in zip(features[:-1], features[1:], strict=True)]


def summarise_in_all(
    samples: Sequence[FloatArray], rate_hz: int, *, known: Mapping[str, Sequence[float]]
) -> dict[str, MetricSummary]:
    """Summarise the steps of a line in every metric.

    Args:
        samples: Amplitudes without added silence, each of shape (n_samples,).
        rate_hz: Sampling rate, Hz.
        known: Distances that were measured already, by the name of the metric.
    """
    return {
        name: summarise_steps(known.get(name) or step_distances(samples, rate_hz, make_metric(name)))
        for name in [*known, *(name for name in METRICS if name not in known)]
    }


def alignment_record(alignment: Alignment, files: Sequence[NamedFile] = ()) -> AlignmentRecord:
    """Write an alignment down in seconds, to the microsecond.

    Args:
        alignment: Which moments meet.
        files: What said so, where files did.
    """
    return AlignmentRecord(
        method=alignment.method,
        times_a_s=[round(float(time), 6) for time in alignment.times_a_s],
        times_b_s=[round(float(time), 6) for time in alignment.times_b_s],
        cost_ratio=_rounded(alignment.cost_ratio),
        steepest_slope=_rounded(alignment.steepest_slope),
        files=[AlignmentFileRecord(file=one.file, sha256=one.sha256, tier=one.tier) for one in files],
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
