"""The manifest: everything that another lab needs to judge, use and rebuild a stimulus set."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_NAME: Literal["stimgen-manifest"] = "stimgen-manifest"
MANIFEST_NAME = "manifest.json"

NotNegative = Annotated[float, Field(ge=0.0)]
Two = Field(min_length=2, max_length=2)


class Record(BaseModel):
    """Base of all parts: frozen, finite numbers only, unknown keys kept (newer manifests may carry more)."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)


class HealthRecord(Record):
    """How a recording is before anything is done to it; what is not defined is null."""

    rate_hz: int
    duration_s: float
    peak_dbfs: float
    level_dbfs: float
    dc_dbfs: float
    clipped_samples: int
    clipped_runs: int
    silence_before_s: float
    silence_after_s: float
    longest_silence_inside_s: float
    noise_floor_dbfs: float | None
    snr_db: float | None
    effective_band_hz: float
    native_rate_hz: int | None
    effective_bits: int | None


class SourceRecord(Record):
    """One recording that went in.

    Role "a" or "b" of a line, "item" of a collection. Levels in dB re full scale; `stored` is the path of the copy in
    the set, null if left out; `segment` is what was cut out of the file, s, null for all of it; `kept` is what trimming
    left of that, samples, null if it was not asked for; `offset` is the
    constant that was taken off before anything else, full scale 1.0.
    """

    role: Literal["a", "b", "item"]
    file: str
    stored: str | None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int
    format: str | None
    subtype: str | None
    rate_hz: int
    resampled_to_hz: int | None
    channels: int
    channel: int | Literal["mean"]
    n_samples: int
    duration_s: float
    segment: Annotated[list[NotNegative], Two] | None
    peak_dbfs: float
    dc_dbfs: float
    kept: Annotated[list[Annotated[int, Field(ge=0)]], Two] | None = None
    offset: float = 0.0
    health: HealthRecord | None = None


class SpaceRecord(Record):
    """The space that rendered the set, with every setting that shapes the result.

    `motion` says how spectra moved between these recordings, where the space chooses by the sounds.
    """

    name: str
    settings: dict[str, Any]
    motion: str
    model_sha256: str | None


class AlignmentFileRecord(Record):
    """A file that said which moments meet; `tier` is the one that was read, null where there are none."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    tier: str | None = None


class AlignmentRecord(Record):
    """Which moment of a meets which moment of b, s of the sounds as they were morphed.

    `files` are those that named the moments: one table, or the labels of a and those of b; none for other methods.
    """

    method: str
    times_a_s: list[float]
    times_b_s: list[float]
    cost_ratio: float | None
    steepest_slope: float | None
    files: list[AlignmentFileRecord] = []


class PathRecord(Record):
    """The line of positions that was rendered; 0 is a, 1 is b. A collection of recordings has no positions.

    `endpoints` is what was asked of positions 0 and 1: "exact", "resynth", or null where the space decided.
    """

    kind: Literal["line", "collection"]
    n_steps: int
    first_position: float | None
    last_position: float | None
    alignment: AlignmentRecord | None
    endpoints: Literal["exact", "resynth"] | None = None


class ControlRecord(Record):
    """The matched control line in the same set: its space, its path, and how its positions were found."""

    space: SpaceRecord
    path: PathRecord
    spacing_method: str
    jitter_floor: NotNegative


class ReferenceSoundRecord(Record):
    """A sound that stands for the set's level when a sound level meter is read."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int
    description: str
    level_dbfs: float
    level_db_spl: float


class CalibrationRecord(Record):
    """How raw stimuli became calibrated ones.

    `level_window` says over what part the level is measured; `metric_settings` are those of the step distances.
    Levels are null where natural ones were kept (`level_rule` "keep"); then each stimulus has its own target.
    """

    target_level_dbfs: float | None
    asked_level_dbfs: float | None
    level_unit: str
    level_window: str
    dc_removed: bool
    ramp_ms: float
    ramp_shape: str
    peak_limit_dbfs: float
    peak_rule: str
    bit_depth: str
    dither: str
    spacing: str | None
    metric: str | None
    metric_unit: str | None
    metric_settings: dict[str, Any]
    jitter_floor: NotNegative | None
    spl_at_full_scale_db: float | None
    level_rule: Literal["equal", "keep"] = "equal"
    lowered_db: NotNegative = 0.0
    peak_limit_dbtp: float | None = None
    strict: bool = False
    species: Literal["human", "other"] | None = None
    max_window_s: float | None = None
    spacing_method: str | None = None
    n_trials: Annotated[int, Field(ge=0)] | None = None
    duration: str | None = None
    duration_s: float | None = None
    pad_s: Annotated[list[NotNegative], Two] = [0.0, 0.0]
    trim: str = "none"
    other_metrics: dict[str, dict[str, Any]] = {}
    reference_sounds: list[ReferenceSoundRecord] = []


class MetricSummary(Record):
    """How even the steps are in one metric: coefficient of variation and longest over shortest step.

    `max_min` is null where a step has no length.
    """

    step_mean: float
    step_cv: float
    step_max_min: float | None


class SummaryRecord(Record):
    """The set at a glance.

    Endpoint fidelity is the distance of the end stimuli to the recordings, null if they are not in the set.
    """

    steps: dict[str, MetricSummary]
    endpoint_fidelity_a: float | None
    endpoint_fidelity_b: float | None
    warnings: list[str]
    control_steps: dict[str, MetricSummary] = {}


class StimulusRecord(Record):
    """One stimulus as measured from the bytes of its file.

    `bit_identical` says of an end whether its samples are those of the recording bit for bit, null of all else.
    """

    id: str
    index: int
    position: float | None
    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int
    kind: Literal["endpoint", "morph", "exemplar", "attribute", "control"]
    endpoint_source: Literal["original", "carried", "resynth"] | None
    pair_id: str | None
    exemplar_id: str | None
    source_a: str
    source_b: str | None
    distance_from_previous: float | None
    distance_to_a: float | None
    distance_to_b: float | None
    rate_hz: int
    channels: int
    bit_depth: str
    n_samples: int
    duration_s: float
    onset_s: float
    offset_s: float
    ramp_ms: float
    gain_db: float
    level_dbfs: float
    peak_dbfs: float
    true_peak_dbtp: float
    dc_dbfs: float
    clipped_samples: int
    bandwidth_hz: float
    f0_median_hz: float | None
    spectral_convergence_db: float | None
    hnr_drop_db: float | None
    two_source_index: float | None
    contrast: str | None = None
    target_dbfs: float | None = None
    a_weighted_dbfs: float | None = None
    lufs: float | None = None
    lufs_method: str | None = None
    max_window_dbfs: float | None = None
    level_db_spl: float | None = None
    a_weighted_db_spl: float | None = None
    max_window_db_spl: float | None = None
    pad_before_s: NotNegative = 0.0
    pad_after_s: NotNegative = 0.0
    bit_identical: bool | None = None


class SchemaRecord(Record):
    """Name and version of the manifest's format."""

    name: Literal["stimgen-manifest"] = SCHEMA_NAME
    version: Literal[1] = 1


class Manifest(Record):
    """All that is known of one stimulus set."""

    schema_: SchemaRecord = Field(alias="schema")
    id: str
    created_utc: str
    stimgen: dict[str, str]
    command: str | None
    seed: Annotated[int, Field(ge=0)]
    sources: list[SourceRecord]
    space: SpaceRecord | None
    path: PathRecord
    calibration: CalibrationRecord
    summary: SummaryRecord
    stimuli: list[StimulusRecord]
    control: ControlRecord | None = None

    def to_json(self) -> str:
        """Return the manifest as indented JSON with a newline at its end."""
        return (
            json.dumps(self.model_dump(by_alias=True), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
