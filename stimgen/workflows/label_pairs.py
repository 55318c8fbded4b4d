"""Labels of two recordings that correspond, one by one and in order: their bounds are moments that meet."""

import unicodedata
from itertools import zip_longest

from stimgen.errors import SettingError
from stimgen.media.annotation import Segment
from stimgen.media.file_bytes import one_line
from stimgen.media.moments import Labels, Meeting
from stimgen.workflows.stretch import Stretch, span_of, times_of


def rows_of_labels(labels: tuple[Labels, Labels], stretches: tuple[Stretch, Stretch]) -> list[Meeting]:
    """Pair the bounds of labels that correspond, one by one and in order.

    Args:
        labels: Those of a and those of b.
        stretches: The parts of both recordings that are used; labels elsewhere do not count.

    Returns:
        Moments that meet, both times never falling; where one interval ends and the next begins there is one.

    Raises:
        SettingError: If the labels of a and b are not the same in the same order, reach beyond the recordings,
            overlap in different orders, or none is in a part.
    """
    sides = [_segments_in(one, stretch) for one, stretch in zip(labels, stretches, strict=True)]
    rows: list[Meeting] = []
    for n, (in_a, in_b) in enumerate(zip_longest(*sides), 1):
        _demand_same(n, in_a, in_b, labels, stretches)
        times_a_s, times_b_s = times_of(in_a, stretches[0].rate_hz), times_of(in_b, stretches[1].rate_hz)
        place = f"label {n}, {in_a.label!r}"
        rows += [
            Meeting(time_a_s=time_a_s, time_b_s=time_b_s, place=place)
            for time_a_s, time_b_s in zip(times_a_s, times_b_s, strict=True)
        ]
    rows.sort(key=lambda row: (row.time_a_s, row.time_b_s))
    for before, row in zip(rows[:-1], rows[1:], strict=True):
        if row.time_b_s < before.time_b_s:
            raise SettingError(
                f"{before.place} and {row.place} overlap in another order in {labels[1].name} than in "
                f"{labels[0].name}; give labels that follow each other, or a table of moments"
            )
    return [
        row
        for n, row in enumerate(rows)
        if n == 0 or (row.time_a_s, row.time_b_s) != (rows[n - 1].time_a_s, rows[n - 1].time_b_s)
    ]


def _segments_in(labels: Labels, stretch: Stretch) -> list[Segment]:
    """Return the labels that lie in the part of a recording that is used; of a whole recording all must."""
    own = [segment for segment in labels.segments if segment.file in (None, stretch.file)]
    found = [segment for segment in own if stretch.holds(segment)]
    if stretch.is_whole and len(found) < len(own):
        far = next(segment for segment in own if not stretch.holds(segment))
        raise SettingError(
            f"{labels.name}: {one_line(far.label)!r} ends at {times_of(far, stretch.rate_hz)[1]:.3f} s, but "
            f"{stretch.name} lasts {stretch.part_s[1]:.3f} s; give the labels of this recording"
        )
    if not found:
        raise SettingError(
            f"{labels.name} has no label in {stretch.name}, which is {span_of(stretch)}; times are those of the "
            "recording"
        )
    return found


def _demand_same(
    n: int,
    in_a: Segment | None,
    in_b: Segment | None,
    labels: tuple[Labels, Labels],
    stretches: tuple[Stretch, Stretch],
) -> None:
    if in_a is not None and in_b is not None and _plain(in_a) == _plain(in_b):
        if (in_a.onset == in_a.offset) == (in_b.onset == in_b.offset):
            return
        raise SettingError(
            f"label {n}, {one_line(in_a.label)!r}, is a point in one of {labels[0].name} and {labels[1].name} and an "
            "interval in the other; make them alike"
        )
    said = [
        "no more" if one is None else f"{one_line(one.label)!r} at {times_of(one, stretch.rate_hz)[0]:.3f} s"
        for one, stretch in zip((in_a, in_b), stretches, strict=True)
    ]
    raise SettingError(
        f"label {n} is {said[0]} in {labels[0].name} and {said[1]} in {labels[1].name}; both must hold the same "
        "labels in the same order"
    )


def _plain(segment: Segment) -> str:
    return unicodedata.normalize("NFC", segment.label).strip()
