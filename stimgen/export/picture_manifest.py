"""The manifest of a set of pictures: the sibling of `stimgen.export.manifest`, with the same keys where they fit."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from stimgen.export.manifest import MetricSummary, NotNegative, Record, SchemaRecord

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class PictureHealthRecord(Record):
    """How a picture is when it is read; luminances relative to white, shares of its values."""

    mean_luminance: float
    rms_contrast: float
    min_luminance: float
    max_luminance: float
    share_black: Share
    share_white: Share


class PointsFileRecord(Record):
    """A file of landmarks; `stored` is the path of its copy in the set, null if left out."""

    file: str
    stored: str | None
    sha256: Sha256
    n_points: int


class PictureSourceRecord(Record):
    """One picture that went in.

    `width_px` and `height_px` are of the file as stored, before its EXIF `orientation` (1 is upright) was carried out.
    `background` is what was put behind transparent parts, 0 to 1 as encoded. `shape` says how it was cropped and
    resized afterwards. `mode_made` is "rgb" where a grey picture became a colour one beside another, else null.
    """

    role: Literal["a", "b", "item"]
    file: str
    stored: str | None
    sha256: Sha256
    bytes: int
    format: str
    mode: str
    bit_depth: int
    width_px: int
    height_px: int
    orientation: int
    icc_profile: str | None
    background: list[float] | None
    icc_converted: bool
    icc_clipped: Whole
    shape: dict[str, Any]
    mode_made: Literal["rgb"] | None
    points: PointsFileRecord | None
    weight: float | None = None
    health: PictureHealthRecord | None = None


class PictureSpaceRecord(Record):
    """The space that rendered the set, with every setting that shapes the result, and what it found in this pair."""

    name: str
    settings: dict[str, Any]
    facts: dict[str, Any]
    model_sha256: str | None


class PicturePathRecord(Record):
    """The line of positions that was rendered; 0 is a, 1 is b. A blend of many pictures has weights instead."""

    kind: Literal["line", "blend"]
    n_steps: int
    first_position: float | None
    last_position: float | None


class PictureControlRecord(Record):
    """The matched control line in the same set: its space, its path, and how its positions were found."""

    space: PictureSpaceRecord
    path: PicturePathRecord
    spacing_method: str
    jitter_floor: NotNegative


class MatchRecord(Record):
    """What was made the same across a set of pictures.

    `match` is "none", "luminance", "contrast", "histogram" or "spectrum", `settings` what else was chosen. Luminances
    and contrasts are relative to white: asked for, and reached by the whole set so that all pictures fit between black
    and white; null where they were not matched. `mask` is the file that says where, null for everywhere.
    """

    match: str
    settings: dict[str, Any]
    asked_mean_luminance: float | None
    asked_rms_contrast: float | None
    target_mean_luminance: float | None
    target_rms_contrast: float | None
    is_lowered: bool
    mask: str | None
    mask_stored: str | None
    mask_sha256: Sha256 | None


class PictureCalibrationRecord(Record):
    """How raw stimuli became calibrated ones; `gamma_assumed` names the curve from values to light."""

    gamma_assumed: str
    luminance_unit: str
    contrast_rule: str
    match: MatchRecord
    bit_depth: int
    spacing: str | None
    spacing_method: str | None
    n_trials: Whole | None
    metric: str | None
    metric_unit: str | None
    metric_settings: dict[str, Any]
    other_metrics: dict[str, dict[str, Any]]
    jitter_floor: NotNegative | None


class PictureSummaryRecord(Record):
    """The set at a glance; endpoint fidelity is the distance of the end stimuli to a and b as they were aligned."""

    steps: dict[str, MetricSummary]
    endpoint_fidelity_a: float | None
    endpoint_fidelity_b: float | None
    warnings: list[str]
    control_steps: dict[str, MetricSummary] = {}


class PictureStimulusRecord(Record):
    """One stimulus as measured from the bytes of its file.

    Luminance is relative to white under `gamma_assumed`; `rms_contrast` as `calibration.contrast_rule` says, and
    `relative_contrast` that over the mean. `clipped_values` were outside black to white and set to them when it was
    rendered, `clipped_pixels` and `paled_pixels` when its light was matched; `n_folds` counts places where the map
    from a or b turns over. `bit_identical` says of an end whether its values are those of the file that went in, but
    for whole pixels that were cut off; null of all else.
    """

    id: str
    index: int
    position: float | None
    file: str
    sha256: Sha256
    bytes: int
    kind: Literal["endpoint", "morph", "exemplar", "attribute", "control", "average"]
    endpoint_source: Literal["original", "carried", "resynth"] | None
    pair_id: str | None
    exemplar_id: str | None
    contrast: str | None
    source_a: str | None
    source_b: str | None
    distance_from_previous: float | None
    distance_to_a: float | None
    distance_to_b: float | None
    width_px: int
    height_px: int
    mode: Literal["grey", "rgb"]
    bit_depth: int
    gamma_assumed: str
    mean_luminance: float
    rms_contrast: float
    relative_contrast: float | None
    min_luminance: float
    max_luminance: float
    share_black: Share
    share_white: Share
    clipped_values: Whole
    clipped_pixels: Whole
    paled_pixels: Whole
    n_folds: Whole | None
    two_source_index: float | None
    points_file: str | None
    points_sha256: Sha256 | None
    bit_identical: bool | None


class PictureManifest(Record):
    """All that is known of one set of pictures."""

    schema_: SchemaRecord = Field(alias="schema")
    medium: Literal["picture"]
    id: str
    created_utc: str
    stimgen: dict[str, str]
    command: str | None
    seed: Whole
    sources: list[PictureSourceRecord]
    space: PictureSpaceRecord | None
    path: PicturePathRecord
    calibration: PictureCalibrationRecord
    summary: PictureSummaryRecord
    stimuli: list[PictureStimulusRecord]
    control: PictureControlRecord | None

    def to_json(self) -> str:
        """Return the manifest as indented JSON with a newline at its end."""
        return (
            json.dumps(self.model_dump(by_alias=True), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
