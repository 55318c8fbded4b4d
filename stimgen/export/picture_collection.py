"""A collection of many sets of pictures: the sibling of `stimgen.export.collection`."""

import json
from typing import Literal

from pydantic import Field

from stimgen.export.collection_parts import CollectionSchema, TableRecord
from stimgen.export.manifest import Record


class PicturePairRecord(Record):
    """One pair: what the table says of it, where its set is, and how even its steps are."""

    pair_id: str
    exemplar_id: str | None
    contrast: str | None
    file_a: str
    file_b: str
    extra: dict[str, str]
    folder: str
    manifest_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    n_stimuli: int
    width_px: int
    height_px: int
    step_mean: float
    step_cv: float
    step_max_min: float | None
    warnings: list[str]


class PictureCollectionCalibration(Record):
    """What all pairs share; targets are null where light was not matched."""

    match: str
    asked_mean_luminance: float | None = None
    asked_rms_contrast: float | None = None
    target_mean_luminance: float | None
    target_rms_contrast: float | None
    metric: str
    metric_unit: str


class PictureCollectionManifest(Record):
    """All that is known of a collection; each pair's own manifest says the rest."""

    schema_: CollectionSchema = Field(alias="schema")
    medium: Literal["picture"]
    id: str
    created_utc: str
    stimgen: dict[str, str]
    command: str | None
    seed: int
    table: TableRecord
    calibration: PictureCollectionCalibration
    warnings: list[str]
    pairs: list[PicturePairRecord]

    def to_json(self) -> str:
        """Return the manifest as indented JSON with a newline at its end."""
        return (
            json.dumps(self.model_dump(by_alias=True), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
