"""The manifest of a set: what went in, what was chosen, with which versions, and how the steps came out."""

import hashlib
import io
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import PurePosixPath

import numpy as np
import soundfile

from stimgen.calibration.level import LevelPlan, to_db
from stimgen.distance.base import Metric
from stimgen.export.encode import dither_name
from stimgen.export.manifest import (
    AlignmentRecord,
    CalibrationRecord,
    Manifest,
    MetricSummary,
    PathRecord,
    SchemaRecord,
    SourceRecord,
    SpaceRecord,
    StimulusRecord,
    SummaryRecord,
)
from stimgen.media.decode import decode
from stimgen.media.read import one_channel
from stimgen.media.slug import distinct, slug
from stimgen.media.sound import Sound
from stimgen.spaces.base import Space
from stimgen.spectral.align import Alignment
from stimgen.workflows.settings import PEAK_LIMIT_DBFS, MorphSettings

DEPENDENCIES = ("numpy", "scipy", "numba", "soundfile", "soxr", "matplotlib", "pydantic", "click", "rich")


def name_sources(a: Sound, b: Sound) -> tuple[str, str]:
    """Return distinct ASCII slugs for a and b."""
    slug_a, slug_b = distinct([slug(a.name), slug(b.name)])
    return slug_a, slug_b


def source_record(role: str, sound: Sound, name: str, rate_hz: int) -> tuple[SourceRecord, bytes]:
    """Describe one recording and return its bytes as they go into the set.

    A sound that was made in memory, or changed after it was read, is stored as a float64 WAV file, which holds its
    samples exactly.

    Args:
        role: "a" or "b".
        sound: The recording as it was read.
        name: Its slug.
        rate_hz: Rate of the set, Hz.
    """
    facts = sound.facts if _is_as_read(sound) else None
    if facts is not None and facts.raw is not None:
        data, file = facts.raw, facts.file
    else:
        data, file = _float_wav(sound), f"{name}.wav"
    suffix = _suffix(file, facts.format if facts else "WAV")
    return (
        SourceRecord(
            role="a" if role == "a" else "b",
            file=file,
            stored=f"sources/{name}{suffix}",
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            format=facts.format if facts else "WAV",
            subtype=facts.subtype if facts else "DOUBLE",
            rate_hz=sound.rate_hz,
            resampled_to_hz=rate_hz if rate_hz != sound.rate_hz else None,
            channels=facts.n_channels if facts else 1,
            channel=facts.channel if facts else 1,
            n_samples=sound.n_samples,
            duration_s=round(sound.duration_s, 9),
            segment=None,
            peak_dbfs=round(to_db(float(np.max(np.abs(sound.samples)))), 4),
            dc_dbfs=round(to_db(abs(float(np.mean(sound.samples)))), 2),
        ),
        data,
    )


def software_versions() -> dict[str, str]:
    """Return the versions of stimgen, python and every dependency in use, and the platform."""
    versions = {"stimgen": metadata.version("stimgen"), "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in DEPENDENCIES}
    versions["libsndfile"] = str(soundfile.__libsndfile_version__)
    versions["platform"] = f"{sys.platform}-{platform.machine()}"
    return versions


def calibration_record(settings: MorphSettings, levels: LevelPlan, metric: Metric) -> CalibrationRecord:
    """Describe how raw stimuli became calibrated ones."""
    return CalibrationRecord(
        target_level_dbfs=round(levels.target_dbfs, 4),
        asked_level_dbfs=levels.asked_dbfs,
        level_unit="dB RMS re full scale (a full-scale sine is -3.01)",
        level_window="active part: first to last 10 ms frame within 40 dB of the loudest, mean removed",
        dc_removed=True,
        ramp_ms=settings.ramp_ms,
        ramp_shape="raised cosine",
        peak_limit_dbfs=PEAK_LIMIT_DBFS,
        peak_rule="target of the whole set lowered until the highest sample peak fits",
        bit_depth=settings.bit_depth,
        dither=dither_name(settings.bit_depth),
        spacing="linear",
        metric=metric.name,
        metric_unit=metric.unit,
        metric_settings=dict(metric.settings()),
        jitter_floor=None,
        spl_at_full_scale_db=None,
    )


def summarise_steps(distances: Sequence[float]) -> MetricSummary:
    """Say how even the steps are.

    Args:
        distances: From each stimulus to the next, shape (n_steps - 1,).

    Examples:
        >>> summarise_steps([1.0, 2.0, 3.0]).step_max_min
        3.0
    """
    mean, shortest = float(np.mean(distances)), min(distances)
    return MetricSummary(
        step_mean=round(mean, 6),
        step_cv=round(float(np.std(distances)) / mean, 6) if mean > 0 else 0.0,
        step_max_min=round(max(distances) / shortest, 6) if shortest > 0 else None,
    )


def alignment_record(alignment: Alignment) -> AlignmentRecord:
    """Write an alignment down in seconds, to the microsecond."""
    return AlignmentRecord(
        method=alignment.method,
        times_a_s=[round(float(time), 6) for time in alignment.times_a_s],
        times_b_s=[round(float(time), 6) for time in alignment.times_b_s],
        cost_ratio=_rounded(alignment.cost_ratio),
        steepest_slope=_rounded(alignment.steepest_slope),
    )


def build_manifest(
    set_id: str,
    *,
    settings: MorphSettings,
    space: Space,
    sources: Sequence[SourceRecord],
    alignment: Alignment,
    motion: str,
    stimuli: Sequence[StimulusRecord],
    levels: LevelPlan,
    metric: Metric,
    warnings: Sequence[str],
) -> Manifest:
    """Put the manifest of a set together; date and command are added when it is saved."""
    steps = [s.distance_from_previous for s in stimuli if s.distance_from_previous is not None]
    ends = {s.position: s for s in stimuli if s.kind == "endpoint"}
    return Manifest(
        schema=SchemaRecord(),
        id=set_id,
        created_utc="",
        stimgen=software_versions(),
        command=None,
        seed=settings.seed,
        sources=list(sources),
        space=SpaceRecord(name=space.name, settings=dict(space.settings()), motion=motion, model_sha256=None),
        path=PathRecord(
            kind="line",
            n_steps=settings.steps,
            first_position=settings.range[0],
            last_position=settings.range[1],
            alignment=alignment_record(alignment),
        ),
        calibration=calibration_record(settings, levels, metric),
        summary=SummaryRecord(
            steps={metric.name: summarise_steps(steps)},
            endpoint_fidelity_a=ends[0.0].distance_to_a if 0.0 in ends else None,
            endpoint_fidelity_b=ends[1.0].distance_to_b if 1.0 in ends else None,
            warnings=list(warnings),
        ),
        stimuli=list(stimuli),
    )


def _is_as_read(sound: Sound) -> bool:
    """Whether the bytes of its file, decoded again, are the samples that a sound has."""
    facts = sound.facts
    if facts is None or facts.raw is None or facts.rate_hz != sound.rate_hz:
        return False
    decoded = decode(facts.raw, label=facts.file)
    return np.array_equal(one_channel(decoded, channel=facts.channel, label=facts.file), sound.samples)


def _suffix(file: str, file_format: str) -> str:
    """Return the suffix of a stored recording: that of its file, or of its format where the file has none."""
    suffix = "".join(c for c in PurePosixPath(file).suffix.lower() if c.isascii() and c.isalnum())[:8]
    return "." + (suffix or "".join(c for c in file_format.lower() if c.isalnum()) or "bin")


def _float_wav(sound: Sound) -> bytes:
    from scipy.io import wavfile

    buffer = io.BytesIO()
    wavfile.write(buffer, sound.rate_hz, sound.samples)
    return buffer.getvalue()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
