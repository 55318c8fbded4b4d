"""The annotation that says where labelled parts of recordings are."""

from collections.abc import Sequence
from pathlib import Path

from stimgen.errors import SettingError
from stimgen.media.annotation import Annotation
from stimgen.media.annotation_read import read_annotation
from stimgen.media.segment import SourceRef, check_annotation


def labels_for(refs: Sequence[SourceRef], annotation: str | Path | None) -> Annotation | None:
    """Read an annotation for recordings, and refuse it where it cannot serve them.

    Args:
        refs: All recordings of a run.
        annotation: The file, None if none was given.

    Raises:
        ReadError: If it cannot be read.
        SettingError: If it is needed and missing, given and not needed, or does not say which recording it is of.
    """
    refuse_unneeded(refs, annotation)
    found = None if annotation is None else read_annotation(annotation)
    check_annotation(list(refs), found)
    return found


def refuse_unneeded(refs: Sequence[SourceRef], annotation: str | Path | None) -> None:
    """Refuse an annotation that no recording asks for.

    Args:
        refs: All recordings of a run.
        annotation: The file, None if none was given.

    Raises:
        SettingError: If it was given and is not needed.
    """
    if annotation is not None and not any(ref.is_labelled for ref in refs):
        raise SettingError(
            "--annotation was given, but no recording asks for a label; write A@LABEL, or leave --annotation out"
        )
