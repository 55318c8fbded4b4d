"""Existing stimuli, made by any program, under one level, ramp, format and manifest."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stimgen.calibration.ramp import apply_ramps, refuse_long_ramps
from stimgen.calibration.targets import LevelPlan, natural_levels
from stimgen.errors import SettingError, SoundError, StimgenError
from stimgen.export.at_level import write_at_level
from stimgen.export.encode import BitDepth
from stimgen.export.manifest import (
    Manifest,
    PathRecord,
    SchemaRecord,
    StimulusRecord,
    SummaryRecord,
)
from stimgen.export.stimulus_set import Stimulus, StimulusSet
from stimgen.media.file_bytes import one_line, printable
from stimgen.media.slug import distinct, slug
from stimgen.media.sound import Sound
from stimgen.workflows.calibration_settings import (
    PEAK_LIMIT_DBTP,
    CalibrationSettings,
    Species,
    TrimName,
)
from stimgen.workflows.draft import refuse_lowered
from stimgen.workflows.notes import level_notes, source_notes
from stimgen.workflows.plan import MAX_TOTAL_SAMPLES, Prepared, prepare_sound
from stimgen.workflows.progress import Progress
from stimgen.workflows.provenance import software_versions, source_records
from stimgen.workflows.records import calibration_record, file_facts, file_format, reference_sounds
from stimgen.workflows.refusals import raise_refusals
from stimgen.workflows.sound_files import CANNOT, find_sound_files, read_sound_files


@dataclass(frozen=True, kw_only=True)
class CalibratePlan:
    """What will be calibrated, every recording read and checked.

    Args:
        id: Name of the set.
        settings: The choices.
        items: The recordings in order.
        names: Their slugs, all different.
        renamed: Files, by their places in the folder, that are called otherwise since another has the slug, and how.
        n_left_out: Files in the folder that are no sound files by their suffix.
    """

    id: str
    settings: CalibrationSettings
    items: tuple[Prepared, ...]
    names: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()
    n_left_out: int = 0

    @property
    def rate_hz(self) -> int:
        """Sampling rate of the set, Hz."""
        return self.items[0].sound.rate_hz


def calibrate(
    folder: str | Path,
    *,
    channel: int | Literal["mean"] | None = None,
    level_dbfs: float | Literal["keep"] = -26.0,
    strict: bool = False,
    species: Species = "human",
    spl_at_full_scale_db: float | None = None,
    ramp_ms: float = 5.0,
    pad_s: tuple[float, float] = (0.0, 0.0),
    trim: TrimName = "none",
    bit_depth: BitDepth = "16",
    rate_hz: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> StimulusSet:
    """Bring every sound file in a folder under one level, ramp and format.

    Args:
        folder: Where the sound files are; folders in it count too.
        channel: Which channel of files with several, counted from 1, or "mean".
        level_dbfs: RMS level over the active part, dB re full scale, or "keep".
        strict: Whether a level that no true peak allows is an error.
        species: "human" or "other"; the latter gets no measures of human hearing.
        spl_at_full_scale_db: dB SPL of a signal with an RMS of 0 dBFS where the listener is.
        ramp_ms: Raised-cosine ramp at both ends, ms.
        pad_s: Silence before and after every stimulus, s, added after levelling.
        trim: "auto" cuts silence off both ends.
        bit_depth: "16" (with TPDF dither), "24" or "float32".
        rate_hz: Sampling rate of the set, Hz; None takes the highest one.
        seed: Seed of the dither.
        progress: Called as progress(stage, n_done, n_all).

    Returns:
        The set; save it with `.save("folder")`.

    Raises:
        SettingError: If a choice is not allowed.
        ReadError: If the folder or a file cannot be read.
        SoundError: If a file is not usable.
    """
    settings = CalibrationSettings(
        level_dbfs=level_dbfs,
        strict=strict,
        species=species,
        spl_at_full_scale_db=spl_at_full_scale_db,
        ramp_ms=ramp_ms,
        pad_s=pad_s,
        trim=trim,
        bit_depth=bit_depth,
        rate_hz=rate_hz,
        seed=seed,
    )
    return bring_to_level(
        prepare_folder(folder, settings, channel=channel, progress=progress), progress=progress
    )


def prepare_folder(
    folder: str | Path,
    settings: CalibrationSettings,
    *,
    channel: int | Literal["mean"] | None = None,
    progress: Progress | None = None,
) -> CalibratePlan:
    """Read and check every sound file in a folder: everything short of changing it.

    Raises:
        SettingError: If a choice does not go with the sounds.
        ReadError: If the folder holds no sound file, or it, a folder in it or a file cannot be read.
        SoundError: If a file is not usable; up to five are named.
    """
    place = Path(folder)
    paths, n_left_out = find_sound_files(place)
    files = [path.relative_to(place).as_posix() for path in paths]
    sounds = read_sound_files(paths, channel=channel, progress=progress)
    rate_hz = settings.rate_hz or max(sound.rate_hz for sound in sounds)
    if sum(sound.duration_s for sound in sounds) * rate_hz > MAX_TOTAL_SAMPLES:
        raise SettingError(
            f"the {len(sounds)} files make more than {MAX_TOTAL_SAMPLES / 1e6:.0f} million samples at {rate_hz} Hz; "
            "use a lower --rate, or several folders at one --level"
        )
    items = _prepare_all(sounds, files, settings, rate_hz)
    shortest = min(range(len(items)), key=lambda n: items[n].sound.n_samples)
    refuse_long_ramps(
        items[shortest].sound.n_samples,
        rate_hz=rate_hz,
        ramp_ms=settings.ramp_ms,
        stimulus=f"the shortest sound, {one_line(files[shortest])} of",
    )
    slugs = [slug(Path(file).with_suffix("").as_posix()) for file in files]
    names = tuple(distinct(slugs))
    called = zip(files, slugs, names, strict=True)
    return CalibratePlan(
        id=folder_id(place),
        settings=settings,
        items=tuple(items),
        names=names,
        renamed=tuple((file, name) for file, plain, name in called if name != plain),
        n_left_out=n_left_out,
    )


def folder_id(folder: str | Path) -> str:
    """Return what a set made of a folder is called."""
    return slug(Path(os.path.abspath(folder)).name)


def bring_to_level(plan: CalibratePlan, *, progress: Progress | None = None) -> StimulusSet:
    """Ramp, level, encode and measure what was prepared.

    Raises:
        SoundError: If a peak does not fit and `strict` was asked for.
    """
    settings, rate_hz = plan.settings, plan.rate_hz
    ramped = [
        apply_ramps(item.sound.samples - item.sound.samples.mean(), rate_hz=rate_hz, ramp_ms=settings.ramp_ms)
        for item in plan.items
    ]
    natural = natural_levels(ramped, rate_hz=rate_hz)
    asked = settings.asked_level_dbfs
    wanted = natural if asked is None else (asked,) * len(ramped)
    levels, files = write_at_level(
        ramped, wanted, file_format=file_format(settings, rate_hz), peak_limit_dbtp=PEAK_LIMIT_DBTP
    )
    refuse_lowered(settings, levels.lowered_db)
    stimuli = []
    for index, data in enumerate(files):
        if progress:
            progress("measure", index, len(files))
        stimuli.append(Stimulus(record=_record(plan, index, data, levels), wav=data))
    return _set(plan, stimuli, levels, natural)


def _set(
    plan: CalibratePlan, stimuli: list[Stimulus], levels: LevelPlan, natural: Sequence[float]
) -> StimulusSet:
    settings = plan.settings
    sources, source_files = source_records(
        ["item"] * len(plan.items), plan.items, plan.names, trimmed=settings.trim == "auto"
    )
    references, reference_files = reference_sounds(settings, levels, plan.rate_hz)
    labelled = dict(zip(plan.names, plan.items, strict=True))
    warnings = [*source_notes(labelled, settings), *level_notes(settings, levels, stimuli)]
    if plan.renamed:
        file, name = plan.renamed[0]
        more = "" if len(plan.renamed) == 1 else f", and {len(plan.renamed) - 1} more likewise"
        warnings.append(
            f"{printable(file)} is called {name} in the set, since another file has the name that its own would "
            f"give{more}"
        )
    if plan.n_left_out:
        files = "one other file or set" if plan.n_left_out == 1 else f"{plan.n_left_out} other files and sets"
        warnings.append(f"{files} in the folder stayed out: no sound by the suffix, or a stimulus set")
    manifest = Manifest(
        schema=SchemaRecord(),
        id=plan.id,
        created_utc="",
        stimgen=software_versions(),
        command=None,
        seed=settings.seed,
        sources=sources,
        space=None,
        path=PathRecord(
            kind="collection",
            n_steps=len(stimuli),
            first_position=None,
            last_position=None,
            alignment=None,
        ),
        calibration=calibration_record(settings, levels, metric=None, reference_sounds=references),
        summary=SummaryRecord(
            steps={}, endpoint_fidelity_a=None, endpoint_fidelity_b=None, warnings=warnings
        ),
        stimuli=[stimulus.record for stimulus in stimuli],
    )
    return StimulusSet(
        manifest=manifest,
        stimuli=tuple(stimuli),
        source_bytes=source_files,
        extra_files=reference_files,
        source_levels_dbfs=tuple(natural),
    )


def _record(plan: CalibratePlan, index: int, data: bytes, levels: LevelPlan) -> StimulusRecord:
    name = plan.names[index]
    return StimulusRecord(
        id=name,
        index=index,
        position=None,
        file=f"stimuli/{name}.wav",
        kind="exemplar",
        endpoint_source=None,
        bit_identical=None,
        pair_id=None,
        exemplar_id=None,
        contrast=None,
        source_a=name,
        source_b=None,
        distance_from_previous=None,
        distance_to_a=None,
        distance_to_b=None,
        target_dbfs=round(levels.targets_dbfs[index], 4),
        gain_db=round(levels.gains_db[index], 4),
        f0_median_hz=None,
        spectral_convergence_db=None,
        hnr_drop_db=None,
        two_source_index=None,
        **file_facts(data, plan.settings, plan.rate_hz),
    )


def _prepare_all(
    sounds: Sequence[Sound], files: Sequence[str], settings: CalibrationSettings, rate_hz: int
) -> list[Prepared]:
    items: list[Prepared] = []
    refused: list[tuple[str, StimgenError]] = []
    for sound, file in zip(sounds, files, strict=True):
        try:
            items.append(prepare_sound(sound, settings, rate_hz=rate_hz))
        except StimgenError as error:
            refused.append((one_line(file), SoundError(str(error))))
    raise_refusals(refused, n_all=len(files), cannot=CANNOT)
    return items
