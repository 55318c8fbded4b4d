"""The recordings in a set: are they the ones of the manifest, and do the stimuli stand to them as it says."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from stimgen.calibration.health import health
from stimgen.calibration.offset import offset
from stimgen.distance import Metric
from stimgen.errors import ReadError, StimgenError
from stimgen.export.inside import path_inside, shown
from stimgen.export.manifest import Manifest, SourceRecord, StimulusRecord
from stimgen.media.read import read, read_part
from stimgen.media.resample import resample
from stimgen.media.sound import FloatArray, Sound, SourceFacts
from stimgen.workflows.check_files import MISSING, read_or_none
from stimgen.workflows.check_stimulus import LEVEL_TOLERANCE_DB, UNREADABLE, dc_differs, differs
from stimgen.workflows.provenance import health_record
from stimgen.workflows.quality import PairQuality, calibrated_end

QUALITY_TOLERANCE = 0.05
# estimates that a later stimgen may refine; all else is what the samples are
HEALTH_TOLERANCES = {
    "duration_s": 1e-4, "peak_dbfs": LEVEL_TOLERANCE_DB, "level_dbfs": LEVEL_TOLERANCE_DB,
    "silence_before_s": 1e-4, "silence_after_s": 1e-4, "longest_silence_inside_s": 1e-4,
    "noise_floor_dbfs": 0.1, "snr_db": 0.1, "effective_band_hz": 0.1,
}  # fmt: skip
OFFSET_TOLERANCE = 1e-6
QUALITIES = ("distance_to_a", "distance_to_b", "hnr_drop_db", "two_source_index")
# keys of the manifest and what they are called in the facts of a file
EXACT = {
    "bytes": "n_bytes", "format": "format", "subtype": "subtype", "rate_hz": "rate_hz", "n_samples": "n_samples",
    "channels": "n_channels", "channel": "channel",
}  # fmt: skip


class SourceCheck:
    """Reads the recordings of a set again and measures the stimuli against them.

    Args:
        folder: The set.
        manifest: Its manifest. Where recordings were left out of the set, nothing is compared.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder, self._manifest = folder, manifest
        self._sounds: dict[str, Sound] = {}
        self._recorded: dict[str, FloatArray] = {}
        self._quality: PairQuality | None = None

    def problems(self) -> Iterator[str]:
        """Hash and read the recordings and compare them with the manifest."""
        for source in self._manifest.sources:
            if source.stored is not None:
                yield from self._read(source, source.stored)

    def prepare(self, metric: Metric) -> Iterator[str]:
        """Give both recordings rate, ramps and level of the stimuli, so that stimuli can be compared with them.

        Args:
            metric: The metric that the manifest names.
        """
        if set(self._sounds) != {"a", "b"} or not self._manifest.stimuli:
            return
        calibration, rate_hz = self._manifest.calibration, self._manifest.stimuli[0].rate_hz
        target = calibration.target_level_dbfs
        targets = [s.target_dbfs for s in self._manifest.stimuli if s.target_dbfs is not None]
        target = max(targets, default=0.0) if target is None else target
        try:
            ends = [
                calibrated_end(
                    resample(self._sounds[role], rate_hz),
                    target_dbfs=target,
                    ramp_ms=calibration.ramp_ms,
                )
                for role in ("a", "b")
            ]
            self._quality = PairQuality(*ends, metric=metric)
        except UNREADABLE as error:
            yield f"the stimuli were not compared with the recordings: {shown(str(error))}"
        self._sounds.clear()

    def step_problems(self, stimulus: StimulusRecord, sound: Sound) -> Iterator[str]:
        """Measure how a stimulus stands to the recordings and compare that with the manifest.

        Args:
            stimulus: Its row in the manifest.
            sound: Its sound without added silence.
        """
        yield from self._identity_problems(stimulus, sound)
        # another rate than that of the set is told of elsewhere
        wrong_rate = sound.rate_hz != self._manifest.stimuli[0].rate_hz
        if self._quality is None or stimulus.position is None or wrong_rate:
            return
        name = shown(stimulus.file)
        if stimulus.index == 0:
            self._quality.restart()
        try:
            found = self._quality.measure(sound.samples, position=stimulus.position)
        except UNREADABLE as error:
            yield f"{name}: cannot be compared with the recordings ({shown(str(error))})"
            return
        for key in QUALITIES:
            got, said = getattr(found, key), getattr(stimulus, key)
            if differs(got, said, QUALITY_TOLERANCE):
                yield f"{name}: {key} is {_number(got)}, the manifest says {_number(said)}"

    def _identity_problems(self, stimulus: StimulusRecord, sound: Sound) -> Iterator[str]:
        """Say whether an end that is called a recording bit for bit is not; a cross-fade may have silence after it."""
        recorded = self._recorded.get("a" if stimulus.position == 0.0 else "b")
        if not stimulus.bit_identical or recorded is None:
            return
        n_samples = recorded.shape[0]
        is_same = np.array_equal(sound.samples[:n_samples], recorded) and not np.any(
            sound.samples[n_samples:]
        )
        if not is_same:
            yield f"{shown(stimulus.file)}: bit_identical is true, but its samples are not those of the recording"

    def _read(self, source: SourceRecord, stored: str) -> Iterator[str]:
        name = shown(stored)
        data = read_or_none(self._folder, stored)
        if data is None:
            yield f"{name}: {MISSING}"
            return
        if hashlib.sha256(data).hexdigest() != source.sha256:
            yield f"{name}: the sha256 differs from the manifest; the file was changed"
        try:
            sound = _read_again(path_inside(self._folder, stored), source)
        except (StimgenError, OSError) as error:
            reason = "it cannot be opened" if isinstance(error, OSError) else str(error)
            reason = str(error) if isinstance(error, ReadError) else reason
            yield f"{name}: cannot be read as recording {source.role} ({shown(reason)})"
            return
        if sound.facts is not None:
            yield from _fact_problems(source, name, sound.facts)
        # judgements such as where a band ends may get better; another stimgen need not agree with them
        if self._manifest.stimgen.get("stimgen") == metadata.version("stimgen"):
            yield from _health_problems(source, name, sound)
        constant = offset(sound.samples, rate_hz=sound.rate_hz)
        if "offset" in source.model_fields_set and differs(constant, source.offset, OFFSET_TOLERANCE):
            yield f"{name}: offset is {constant:g}, the manifest says {source.offset:g}"
        if source.role != "item":
            start, stop = _kept(sound, source)
            recorded = self._recorded[source.role] = sound.samples[start:stop]
            self._sounds[source.role] = replace(sound, samples=recorded - source.offset)


def _read_again(path: Path, source: SourceRecord) -> Sound:
    segment = source.segment
    if segment is None or len(segment) != 2:
        return read(path, channel=source.channel)
    return read_part(
        path,
        cut=lambda rate_hz, n_samples: (round(segment[0] * rate_hz), round(segment[1] * rate_hz)),
        part=f"@{segment[0]:g}:{segment[1]:g}",
        channel=source.channel,
    )


def _kept(sound: Sound, source: SourceRecord) -> tuple[int, int]:
    """Return the first sample that trimming left and the one after the last."""
    kept = source.kept
    is_part = kept is not None and len(kept) == 2 and 0 <= kept[0] < kept[1] <= sound.n_samples
    return (kept[0], kept[1]) if is_part and kept is not None else (0, sound.n_samples)


def _health_problems(source: SourceRecord, name: str, sound: Sound) -> Iterator[str]:
    if source.health is None:
        return
    found = health_record(health(sound.samples, rate_hz=sound.rate_hz)).model_dump()
    for key, said in source.health.model_dump().items():
        got = found.get(key)
        if got is not None and said is not None and key == "dc_dbfs":
            is_off = dc_differs(got, said)
        else:
            is_off = differs(got, said, HEALTH_TOLERANCES.get(key, 0.0))
        if is_off:
            yield f"{name}: health.{key} is {_number(got)}, the manifest says {_number(said)}"


def _fact_problems(source: SourceRecord, name: str, facts: SourceFacts) -> Iterator[str]:
    for key, fact in EXACT.items():
        got, said = getattr(facts, fact), getattr(source, key)
        if got != said:
            yield f"{name}: {key} is {got}, the manifest says {shown(str(said))}"
    if not abs(facts.duration_s - source.duration_s) <= 1e-6:
        yield f"{name}: duration_s is {facts.duration_s:g}, the manifest says {source.duration_s:g}"
    if not abs(facts.peak_dbfs - source.peak_dbfs) <= LEVEL_TOLERANCE_DB:
        yield f"{name}: peak_dbfs is {facts.peak_dbfs:g}, the manifest says {source.peak_dbfs:g}"
    if dc_differs(facts.dc_dbfs, source.dc_dbfs):
        yield f"{name}: dc_dbfs is {facts.dc_dbfs:g}, the manifest says {source.dc_dbfs:g}"


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.3f}"
