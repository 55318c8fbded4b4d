"""What went into a set, and which versions of what made it."""

import hashlib
import io
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import PurePosixPath
from typing import Literal

import numpy as np
import soundfile

from stimgen.calibration.health import Health
from stimgen.calibration.level import to_db
from stimgen.export.manifest import HealthRecord, SourceRecord
from stimgen.media.read import decode_again
from stimgen.media.sound import Sound
from stimgen.workflows.plan import Prepared

DEPENDENCIES = (
    "numpy",
    "scipy",
    "numba",
    "soundfile",
    "soxr",
    "matplotlib",
    "pillow",
    "pydantic",
    "click",
    "rich",
)


def source_record(
    role: Literal["a", "b", "item"], prepared: Prepared, name: str, *, trimmed: bool
) -> tuple[SourceRecord, bytes]:
    """Describe one recording and return its bytes as they go into the set.

    A sound that was made in memory, or changed after it was read, is stored as a float64 WAV file, which holds its
    samples exactly.

    Args:
        role: What it is in the set.
        prepared: The recording.
        name: Its slug.
        trimmed: Whether trimming was asked for.
    """
    sound, rate_hz = prepared.original, prepared.sound.rate_hz
    facts = sound.facts if is_as_read(sound) else None
    if facts is not None and facts.raw is not None:
        data, file = facts.raw, facts.file
    else:
        data, file = _float_wav(sound), f"{name}.wav"
    suffix = _suffix(file, facts.format if facts else "WAV")
    segment = facts.segment_s if facts else None
    return (
        SourceRecord(
            role=role,
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
            segment=None if segment is None else [round(time, 9) for time in segment],
            peak_dbfs=round(to_db(float(np.max(np.abs(sound.samples)))), 4),
            dc_dbfs=round(to_db(abs(float(np.mean(sound.samples)))), 2),
            offset=round(prepared.offset, 12),
            kept=list(prepared.kept) if trimmed else None,
            health=health_record(prepared.health),
        ),
        data,
    )


def source_records(
    roles: Sequence[Literal["a", "b", "item"]],
    items: Sequence[Prepared],
    names: Sequence[str],
    *,
    trimmed: bool,
) -> tuple[list[SourceRecord], dict[str, bytes]]:
    """Describe recordings and return the files to store; what is the same file is stored once.

    Args:
        roles: What each is in the set.
        items: The recordings.
        names: Their slugs.
        trimmed: Whether trimming was asked for.
    """
    records: list[SourceRecord] = []
    stored: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for role, item, name in zip(roles, items, names, strict=True):
        record, data = source_record(role, item, name, trimmed=trimmed)
        place = stored.setdefault(record.sha256, str(record.stored))
        records.append(record.model_copy(update={"stored": place}))
        files[place] = data
    return records, files


def health_record(found: Health) -> HealthRecord:
    """Write the health of a recording down, levels to a hundredth of a decibel."""
    values = {key: _tidy(value) for key, value in asdict(found).items()}
    return HealthRecord.model_validate(values)


def software_versions() -> dict[str, str]:
    """Return the versions of stimgen, python and every dependency in use, and the platform."""
    versions = {"stimgen": metadata.version("stimgen"), "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in DEPENDENCIES}
    versions["libsndfile"] = str(soundfile.__libsndfile_version__)
    versions["platform"] = f"{sys.platform}-{platform.machine()}"
    return versions


def is_as_read(sound: Sound) -> bool:
    """Whether the bytes of its file, decoded again, are the samples that a sound has."""
    facts = sound.facts
    if facts is None or facts.raw is None or facts.rate_hz != sound.rate_hz:
        return False
    return np.array_equal(decode_again(facts), sound.samples)


def _suffix(file: str, file_format: str) -> str:
    """Return the suffix of a stored recording: that of its file, or of its format where the file has none."""
    suffix = "".join(c for c in PurePosixPath(file).suffix.lower() if c.isascii() and c.isalnum())[:8]
    return "." + (suffix or "".join(c for c in file_format.lower() if c.isalnum()) or "bin")


def _float_wav(sound: Sound) -> bytes:
    from scipy.io import wavfile

    buffer = io.BytesIO()
    wavfile.write(buffer, sound.rate_hz, sound.samples)
    return buffer.getvalue()


def _tidy(value: float | int | None) -> float | int | None:
    return round(value, 4) if isinstance(value, float) else value
