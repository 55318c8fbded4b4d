"""Annotation formats that crowsetta reads: evsonganaly, TIMIT, Raven, SongAnnotationGUI, and its own tables."""

import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any, Literal

from stimgen.errors import ReadError
from stimgen.media.annotation import Segment
from stimgen.media.file_bytes import one_line

# columns of a Raven selection table that may hold what the annotator called a selection
_RAVEN_LABELS = ("Annotation", "annotation", "Label", "label", "Species", "species", "Type", "type")


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format of crowsetta.

    Args:
        name: What crowsetta calls it.
        loading: Options for loading a file.
        converting: Options for taking the annotations out: crowsetta rounds times to milliseconds unless told.
        unit: What of its segments counts here.
    """

    name: str
    loading: dict[str, Any] = field(default_factory=dict)
    converting: dict[str, Any] = field(default_factory=dict)
    unit: Literal["s", "samples"] = "s"


_EXACT = {"round_times": False}
# a label may be NA, or 01
_LABELS_AS_TEXT = {"dtype": {"label": str}, "keep_default_na": False, "skipinitialspace": True}
_BY_SUFFIX: tuple[tuple[tuple[str, ...], Format], ...] = (
    ((".not.mat",), Format(name="notmat", converting=_EXACT)),
    ((".mat",), Format(name="yarden", converting=_EXACT)),
    # at a rate of 1 Hz the onsets are sample numbers
    ((".phn", ".wrd"), Format(name="timit", converting=_EXACT | {"samplerate": 1}, unit="samples")),
    ((".csv",), Format(name="simple-seq", loading={"read_csv_kwargs": _LABELS_AS_TEXT}, converting=_EXACT)),
)


def crowsetta_format(path: Path, header: str) -> Format | None:
    """Return the format that a file's name and first line speak of, None if none of these.

    Args:
        path: The file.
        header: Its first line.

    Examples:
        >>> crowsetta_format(Path("bird1.wav.not.mat"), "").name
        'notmat'
    """
    name = path.name.lower()
    if name.endswith(".txt") and "Begin Time (s)" in header:
        columns = header.rstrip("\n").split("\t")
        label = next((column for column in _RAVEN_LABELS if column in columns), _RAVEN_LABELS[0])
        return Format(name="raven", loading={"annot_col": label})
    if name.endswith(".csv") and "annot_path" in header:
        return Format(name="generic-seq")
    return next((kind for suffixes, kind in _BY_SUFFIX if name.endswith(suffixes)), None)


def crowsetta_segments(path: Path, kind: Format, *, name: str) -> Iterator[Segment]:
    """Yield the segments or boxes of a file; frequency bounds of boxes are not used.

    Args:
        path: The file, of a size that was checked.
        kind: Its format.
        name: What to call the file in errors.

    Raises:
        ReadError: If crowsetta is not installed or cannot read the file.

    References:
        Nicholson 2023, crowsetta, Journal of Open Source Software 8(84), 5338.
    """
    try:
        crowsetta = importlib.import_module("crowsetta")
    except ImportError as error:
        raise ReadError(
            f'{name} is read by crowsetta, which is not installed; run: pip install "stimgen[annotation]"'
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = crowsetta.formats.by_name(kind.name).from_file(path, **kind.loading)
            found = reader.to_annot(**kind.converting)
            segments = list(_segments(found if isinstance(found, list) else [found], kind))
    except Exception as error:  # a broken file may bring up anything in pandas, scipy and crowsetta
        reason = one_line(str(error)) or type(error).__name__
        raise ReadError(
            f"{name} cannot be read as {kind.name} annotation ({reason[:120]}); check or export it again"
        ) from error
    yield from segments


def _segments(annotations: list[Any], kind: Format) -> Iterator[Segment]:
    several = kind.name in {"generic-seq", "yarden"}
    for annotation in annotations:
        notated = str(annotation.notated_path) if several and annotation.notated_path is not None else None
        file = None if notated in (None, "None") else PureWindowsPath(notated).name
        if hasattr(annotation, "bboxes") and annotation.bboxes is not None:
            # Raven writes a selection once per view
            boxes = ((str(box.label), float(box.onset), float(box.offset)) for box in annotation.bboxes)
            for label, onset, offset in dict.fromkeys(boxes):
                yield Segment(label=label, onset=onset, offset=offset, file=file)
            continue
        for one in annotation.seq.segments:
            onset, offset = one.onset_s, one.offset_s
            unit = kind.unit
            if onset is None:
                onset, offset, unit = one.onset_sample, one.offset_sample, "samples"
            yield Segment(
                label=str(one.label).strip(), onset=float(onset), offset=float(offset), unit=unit, file=file
            )
