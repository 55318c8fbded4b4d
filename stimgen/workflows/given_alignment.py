"""The time alignment that a user gives: moments of the recordings, brought to the sounds that are morphed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.file_bytes import one_line
from stimgen.media.moments import Meeting, NamedFile, read_labels, read_meetings, split_tier
from stimgen.media.sound import FloatArray
from stimgen.spectral.align_choice import fitted
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.label_pairs import rows_of_labels
from stimgen.workflows.stretch import Stretch, span_of


@dataclass(frozen=True, kw_only=True)
class GivenAlignment:
    """Which moments meet, as a user says.

    Args:
        alignment: In seconds of the sounds that go into the space.
        files: What was read, for the record: one table, or the labels of a and of b; none of an alignment in memory.
    """

    alignment: Alignment
    files: tuple[NamedFile, ...] = ()


def give_alignment(align: Alignment | Sequence[Path], stretches: tuple[Stretch, Stretch]) -> GivenAlignment:
    """Bring a given alignment to the sounds that go into a space.

    Times in files are those of the recordings, in memory those of the sounds as given. Where trimming cut off a
    moment, the beginning or the end of what is left takes its place.

    Args:
        align: The alignment itself, the file of a table, or the label files of a and of b.
        stretches: The parts of both recordings that are used.

    Raises:
        ReadError: If a file cannot be read.
        SettingError: If moments lie outside the recordings or parts, or the labels of a and b do not correspond.
    """
    if isinstance(align, Alignment):
        return GivenAlignment(alignment=_trimmed(align, stretches))
    if len(align) == 1:
        if split_tier(align[0])[0].suffix.lower() == ".textgrid":
            raise SettingError(
                f"{one_line(str(align[0]))} has the labels of one recording; give those of both: "
                "--align a.TextGrid --align b.TextGrid"
            )
        table = read_meetings(align[0])
        rows, files = _rows_within(table.rows, stretches), [table.source]
    else:
        labels = read_labels(align[0]), read_labels(align[1])
        rows, files = rows_of_labels(labels, stretches), [one.source for one in labels]
    times_s = np.array([(row.time_a_s, row.time_b_s) for row in rows])
    return GivenAlignment(alignment=_alignment(times_s, stretches), files=tuple(files))


def _alignment(times_s: FloatArray, stretches: tuple[Stretch, Stretch]) -> Alignment:
    """Add the ends to moments, shape (n, 2), s in the recordings, and pass over what trimming cut off of both."""
    a, b = stretches
    gone = np.zeros(times_s.shape[0], dtype=bool)
    for edge, sign in ((0, -1.0), (1, 1.0)):
        beyond = [sign * (times_s[:, n] - one.kept_s[edge]) >= 0.0 for n, one in enumerate(stretches)]
        gone |= beyond[0] & beyond[1]
    inner_s = times_s[~gone]
    ends_s = (a.duration_s, b.duration_s)
    sides_s = [
        np.concatenate([[0.0], one.place_s(inner_s[:, n]), [ends_s[n]]]) for n, one in enumerate(stretches)
    ]
    return Alignment(times_a_s=sides_s[0], times_b_s=sides_s[1], method="file")


def _trimmed(alignment: Alignment, stretches: tuple[Stretch, Stretch]) -> Alignment:
    """Return an alignment of the sounds as they were given for what is left of them."""
    a, b = stretches
    whole = fitted(
        replace(alignment, method="given", common_duration_s=None),
        a.part_s[1] - a.part_s[0],
        b.part_s[1] - b.part_s[0],
    )
    times_s = np.stack([whole.times_a_s + a.part_s[0], whole.times_b_s + b.part_s[0]], axis=1)
    return replace(_alignment(times_s, stretches), method="given")


def _rows_within(rows: Sequence[Meeting], stretches: tuple[Stretch, Stretch]) -> list[Meeting]:
    """Return the rows of a table that lie in the parts of both recordings, and refuse those that lie in one only."""
    a, b = stretches
    found = []
    for row in rows:
        is_in_a, is_in_b = a.within(row.time_a_s), b.within(row.time_b_s)
        if is_in_a and is_in_b:
            found.append(row)
        elif is_in_a or is_in_b or (a.is_whole and b.is_whole):
            label, one, time_s = ("b", b, row.time_b_s) if is_in_a else ("a", a, row.time_a_s)
            raise SettingError(
                f"{row.place}: {time_s:g} s is not in {label}, which is {span_of(one)}; times are those of the "
                "recordings"
            )
    if not found:
        raise SettingError(
            f"no moment of the table lies in a, which is {span_of(a)}, and in b, {span_of(b)}; times are those of the "
            "recordings"
        )
    return found
