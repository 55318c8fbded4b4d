"""Read an annotation file of any format that is known here, told apart by its contents and name."""

import os
from pathlib import Path

from stimgen.errors import ReadError
from stimgen.media.annotation import Annotation, checked
from stimgen.media.annotation_audacity import audacity_segments, looks_like_labels
from stimgen.media.annotation_birdsongrec import birdsongrec_segments
from stimgen.media.annotation_crowsetta import crowsetta_format, crowsetta_segments
from stimgen.media.annotation_textgrid import textgrid_segments
from stimgen.media.file_bytes import bytes_of, one_line
from stimgen.media.plain_text import text_of

MAX_BYTES = 16 * 2**20


def read_annotation(path: str | os.PathLike[str], *, points: bool = False) -> Annotation:
    """Read the labelled segments of one or several recordings.

    Args:
        path: Audacity labels (.txt), a Praat TextGrid in text form, the Annotation.xml of the BirdsongRecognition
            data set; and with crowsetta installed evsonganaly's .not.mat, TIMIT's .phn and .wrd, Raven selection
            tables, SongAnnotationGUI's .mat, and crowsetta's .csv tables. At most 16 MiB.
        points: Whether moments are wanted too, which Audacity labels and TextGrids may hold: segments whose onset is
            their offset.

    Returns:
        Its segments in order of onset.

    Raises:
        ReadError: If it is missing, too large, of another format, damaged, or holds impossible times.

    Examples:
        >>> read_annotation("missing.TextGrid")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.TextGrid; check the path
    """
    path = Path(path)
    label = one_line(str(path))
    raw = bytes_of(path, label=label, max_bytes=MAX_BYTES, kind="file of labels", smaller="give a part of it")
    if path.name.lower().endswith(".mat"):
        kind = crowsetta_format(path, "")
    else:
        text = text_of(raw, label=label)
        start = text.lstrip()[:200]
        if path.suffix.lower() == ".textgrid" or "ooTextFile" in start:
            return checked(textgrid_segments(text, name=label, points=points), name=label, points=points)
        if path.suffix.lower() == ".xml" or start.startswith("<"):
            return checked(birdsongrec_segments(text, name=label), name=label)
        if looks_like_labels(text):
            return checked(audacity_segments(text, name=label, points=points), name=label, points=points)
        kind = crowsetta_format(path, text.split("\n", 1)[0])
    if kind is None:
        raise ReadError(
            f"{label} is no annotation that is read; give Audacity labels, a TextGrid saved as text, a "
            f"BirdsongRecognition XML, or a format of crowsetta (.not.mat, .phn, .wrd, .csv, Raven's .txt)"
        )
    return checked(crowsetta_segments(path, kind, name=label), name=label)
