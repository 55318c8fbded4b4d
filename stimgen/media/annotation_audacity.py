"""Audacity label tracks: one line per label with onset, offset and text between tabs."""

from collections.abc import Iterator

from stimgen.errors import ReadError
from stimgen.media.annotation import Segment
from stimgen.media.file_bytes import one_line


def audacity_segments(text: str, *, name: str, points: bool = False) -> Iterator[Segment]:
    """Yield the region labels of an exported label track.

    Lines that begin with a backslash hold the frequencies of the label above them and are passed over.

    Args:
        text: Contents of the file.
        name: What to call the file in errors.
        points: Whether labels of points, whose onset is their offset, are welcome.

    Raises:
        ReadError: If a line is no label, or is the label of a point, which has no duration, and none is welcome.

    References:
        Audacity manual, Importing and Exporting Labels.

    Examples:
        >>> [one] = audacity_segments("0.5\\t0.75\\tba\\n\\\\\\t100\\t4000\\n", name="labels.txt")
        >>> one.label, one.onset, one.offset
        ('ba', 0.5, 0.75)
    """
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("\\"):
            continue
        cells = line.split("\t", 2)
        try:
            onset, offset = float(cells[0]), float(cells[1])
        except (ValueError, IndexError) as error:
            raise ReadError(
                f"{name}, line {n} is no Audacity label ({one_line(line.strip())[:60]!r}); "
                f"it must be onset in s, tab, offset in s, tab, label"
            ) from error
        if onset == offset and not points:
            raise ReadError(
                f"{name}, line {n} labels a point ({onset:g} s), which has no duration; "
                f"make it a region or remove it"
            )
        yield Segment(label=cells[2].strip() if len(cells) > 2 else "", onset=onset, offset=offset)


def looks_like_labels(text: str) -> bool:
    """Whether the first line that is not empty begins with two numbers between tabs."""
    first = next((line for line in text.split("\n") if line.strip()), "").split("\t", 2)
    try:
        return len(first) > 1 and isinstance(float(first[0]) + float(first[1]), float)
    except ValueError:
        return False
