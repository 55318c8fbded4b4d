"""The sounds for a sound level meter: are they the ones of the manifest, and what it says of them."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.calibration.reference_sounds import calibration_noise, calibration_tone
from stimgen.export.inside import shown
from stimgen.export.manifest import ReferenceSoundRecord
from stimgen.workflows.check_files import MISSING, read_or_none
from stimgen.workflows.check_stimulus import LEVEL_TOLERANCE_DB, UNREADABLE, sound_of
from stimgen.workflows.records import NOISE_FILE, TONE_FILE

SPL_TOLERANCE_DB = 1e-3
# what a sound is called does not depend on how loud and long it is
ANY_LEVEL_DBFS, ANY_DURATION_S = -30.0, 0.5


def reference_problems(
    folder: Path,
    sounds: Sequence[ReferenceSoundRecord],
    *,
    full_scale_db: float | None,
    rate_hz: int | None,
) -> Iterator[str]:
    """Say whether the sounds for a sound level meter are the ones of the manifest, and have their level.

    Args:
        folder: The set or collection.
        sounds: What its manifest says of them.
        full_scale_db: The dB SPL that it claims for an RMS of 0 dBFS, None if it claims nothing.
        rate_hz: Sampling rate of its stimuli, Hz, None if there are none.
    """
    # the sets of a collection have none of their own
    if sounds and [sound.file for sound in sounds] != [TONE_FILE, NOISE_FILE]:
        yield f"calibration.reference_sounds does not list {TONE_FILE} and {NOISE_FILE} once each, in this order"
        return
    names = _descriptions(rate_hz) if sounds and rate_hz is not None else {}
    for sound in sounds:
        name = shown(sound.file)
        if sound.file in names and sound.description != names[sound.file]:
            yield f"{name}: is called {shown(sound.description)!r}, it is a {names[sound.file]}"
        wanted_db = None if full_scale_db is None else sound.level_dbfs + full_scale_db
        if wanted_db is not None and not abs(sound.level_db_spl - wanted_db) <= SPL_TOLERANCE_DB:
            yield f"{name}: level_db_spl is {sound.level_db_spl:g}, it should be {wanted_db:g}"
        yield from _file_problems(folder, sound, rate_hz)


def _file_problems(folder: Path, sound: ReferenceSoundRecord, rate_hz: int | None) -> Iterator[str]:
    name, data = shown(sound.file), read_or_none(folder, sound.file)
    if data is None:
        yield f"{name}: {MISSING}"
        return
    if len(data) != sound.bytes:
        yield f"{name}: has {len(data)} bytes, the manifest says {sound.bytes}"
    if hashlib.sha256(data).hexdigest() != sound.sha256:
        yield f"{name}: the sha256 differs from the manifest; the file was changed"
        return
    found = sound_of(data)
    if found is None:
        yield f"{name}: cannot be read as a WAV file of one channel"
        return
    if rate_hz is not None and found.rate_hz != rate_hz:
        yield f"{name}: has {found.rate_hz} Hz, the stimuli have {rate_hz} Hz"
    got_dbfs = level_dbfs(found.samples, active_part(found.samples, rate_hz=found.rate_hz))
    if not abs(got_dbfs - sound.level_dbfs) <= LEVEL_TOLERANCE_DB:
        yield f"{name}: level_dbfs is {got_dbfs:.2f}, the manifest says {sound.level_dbfs:g}"


def _descriptions(rate_hz: int) -> dict[str, str]:
    """Return what the sounds are called at a rate, nothing for a rate at which they cannot be made."""
    rng = np.random.default_rng(0)
    try:
        tone = calibration_tone(rate_hz, ANY_LEVEL_DBFS, duration_s=ANY_DURATION_S)
        noise = calibration_noise(rate_hz, ANY_LEVEL_DBFS, rng=rng, duration_s=ANY_DURATION_S)
    except UNREADABLE:
        return {}
    return {TONE_FILE: tone.description, NOISE_FILE: noise.description}
