"""The manifest of a set of pictures: the sibling of `stimgen.export.manifest`, with the same keys where they fit."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from stimgen.export.manifest import MetricSummary, NotNegative, Record, SchemaRecord

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class PictureHealthRecord(Record):
    """How a picture is before anything is done to it; luminances relative to white, shares of its pixels."""

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
    `crop` is left, top, width and height that were kept, px of the upright picture; null for all of it. `resized_to`
    is width and height afterwards, px; null if no size was asked for. `clipped_values` were outside black to white
    after resizing and set to them. `background` is what was put behind transparent parts, 0 to 1 as encoded.
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
    crop: list[int] | None
    resized_to: list[int] | None
    clipped_values: Whole
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

    `match` is "none", "luminance", "contrast", "histogram" or "spectrum". The targets are luminance relative to white;
    null where they were not set. `mask` is the file that says where, null for everywhere. `contrast_factor` is by how
    much the contrast of the whole set was lowered so that all values fit between black and white, 1 for not at all.
    """

    match: str
    target_luminance: float | None
    target_contrast: float | None
    contrast_factor: float
    mask: str | None
    mask_sha256: Sha256 | None
    settings: dict[str, Any]


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

    Luminance is relative to white under `gamma_assumed`; `rms_contrast` as `calibration.contrast_rule` says.
    `clipped_values` were outside black to white and set to them; `n_folds` counts places where the map from a or b
    turns over. `bit_identical` says of an end whether its values are those of the picture that went in.
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
    min_luminance: float
    max_luminance: float
    share_black: Share
    share_white: Share
    clipped_values: Whole
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
