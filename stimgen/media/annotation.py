"""Labelled segments of recordings, whatever program wrote them down, and how one of them is asked for."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from stimgen.errors import ReadError, SettingError
from stimgen.media.file_bytes import printable

MAX_SEGMENTS = 200_000
_MOST_LISTED = 8


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of a recording with a label.

    Args:
        label: What the annotator called it, without spaces around; may be empty.
        onset: Where it begins, in the unit.
        offset: Where it ends, in the unit, after the onset; the onset itself of a point.
        unit: "s", or "samples" at the rate of the recording, counted from 0.
        file: Name of the recording without its folder, None where the annotation names none.
        tier: Name of its tier, None where there are no tiers.
    """

    label: str
    onset: float
    offset: float
    unit: Literal["s", "samples"] = "s"
    file: str | None = None
    tier: str | None = None

    def samples(self, rate_hz: int) -> tuple[int, int]:
        """Return the first sample and the one after the last, in a recording of a rate in Hz.

        Examples:
            >>> Segment(label="b", onset=0.5, offset=0.75).samples(8000)
            (4000, 6000)
        """
        scale = rate_hz if self.unit == "s" else 1
        return round(self.onset * scale), round(self.offset * scale)


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """All segments of an annotation file, in order of onset.

    Args:
        name: What to call the file in errors.
        segments: At least one.
    """

    name: str
    segments: tuple[Segment, ...]

    @property
    def names_recordings(self) -> bool:
        """Whether every segment says which recording it is of."""
        return all(segment.file is not None for segment in self.segments)

    def find(self, *, file: str, label: str | None, occurrence: int | None, asked: str) -> Segment:
        """Return the segment that was asked for.

        A label that itself ends in # and a number, such as the note "C#4", is preferred to the fourth "C".
        Where there are several tiers, the label must begin with the tier's name and a slash.

        Args:
            file: Name of the recording, without its folder.
            label: Of the segment; None for any.
            occurrence: Which one in time, counted from 1; None if it is the only one.
            asked: What the user wrote, for errors.

        Raises:
            ReadError: If the annotation has nothing for this recording.
            SettingError: If there is no such segment, or there are several and none was chosen; the sentence
                lists what is there.
        """
        pool, label = _in_tier(self._of(file), label, asked=asked, name=self.name)
        if label is None:
            return self._nth(pool, occurrence, what="segments", pool=pool, asked=asked)
        whole = label if occurrence is None else f"{label}#{occurrence}"
        if exact := _labelled(pool, whole):
            return self._nth(exact, None, what=f"segments labelled {_shown(whole)}", pool=pool, asked=asked)
        found = _labelled(pool, label)
        return self._nth(found, occurrence, what=f"segments labelled {_shown(label)}", pool=pool, asked=asked)

    def _of(self, file: str) -> list[Segment]:
        pool = [segment for segment in self.segments if segment.file in (None, file)]
        if not pool:
            names = list(dict.fromkeys(segment.file or "" for segment in self.segments))
            raise ReadError(
                f"{self.name} has no segments of {printable(file)}; it is about {_listed(map(_shown, names))}; "
                f"give the annotation of this recording"
            )
        return pool

    def _nth(
        self,
        found: Sequence[Segment],
        occurrence: int | None,
        *,
        what: str,
        pool: Sequence[Segment],
        asked: str,
    ) -> Segment:
        if occurrence is None and len(found) == 1:
            return found[0]
        if occurrence is not None and 1 <= occurrence <= len(found):
            return found[occurrence - 1]
        if not found:
            raise SettingError(
                f"{asked}: {self.name} has no {what}; it has {_counted(pool)}; give one of these"
            )
        which = "the only one" if occurrence is None else f"number {occurrence}"
        there = (
            "1 is there; give #1" if len(found) == 1 else f"{len(found)} are there; give #1 to #{len(found)}"
        )
        raise SettingError(
            f"{asked} asks for {which} of the {what} in {self.name}, but {there} (counted from 1)"
        )


def checked(segments: Iterable[Segment], *, name: str, points: bool = False) -> Annotation:
    """Return segments as an annotation, in order of onset, if they are possible.

    Args:
        segments: In the order of the file.
        name: What to call the file in errors.
        points: Whether a segment may end at its onset.

    Raises:
        ReadError: If there is none, there are over 200,000, or one begins before 0, ends at or before its
            onset, or has a time that is no number.
    """
    kept: list[Segment] = []
    for n, segment in enumerate(segments, 1):
        if n > MAX_SEGMENTS:
            raise ReadError(f"{name} has over {MAX_SEGMENTS} segments; give a part of it")
        if not (math.isfinite(segment.onset) and math.isfinite(segment.offset)):
            raise ReadError(f"{name}: segment {n} has a time that is no number; correct it")
        if not 0 <= segment.onset <= segment.offset or (segment.onset == segment.offset and not points):
            raise ReadError(
                f"{name}: segment {n} lasts from {segment.onset:g} to {segment.offset:g} {segment.unit}; "
                f"it must begin at 0 or later and end after its onset; correct it"
            )
        kept.append(segment)
    if not kept:
        raise ReadError(f"{name} holds no segments; label some and save it again")
    return Annotation(name=name, segments=tuple(sorted(kept, key=lambda segment: segment.onset)))


def _in_tier(
    pool: list[Segment], label: str | None, *, asked: str, name: str
) -> tuple[list[Segment], str | None]:
    """Return the segments of the tier that a label begins with, and the rest of the label."""
    tiers = list(dict.fromkeys(segment.tier for segment in pool if segment.tier is not None))
    if not tiers or (len(tiers) == 1 and (label is None or _labelled(pool, label))):
        return pool, label
    # the longest first: a tier may be called "a" and another "a/b"
    for tier in sorted(tiers, key=len, reverse=True):
        if label is not None and _plain(label).startswith(f"{_plain(tier)}/"):
            rest = _plain(label)[len(_plain(tier)) + 1 :]
            return [segment for segment in pool if segment.tier == tier], rest or None
    if len(tiers) == 1:
        return pool, label
    raise SettingError(
        f"{asked} names no tier and {name} has {len(tiers)}: {_listed(map(_shown, tiers))}; "
        f"give TIER/LABEL, such as {printable(tiers[0])}/{printable(pool[0].label) or '#1'}"
    )


def _labelled(pool: Sequence[Segment], label: str) -> list[Segment]:
    return [segment for segment in pool if _plain(segment.label) == _plain(label)]


def _plain(text: str) -> str:
    # the same letters may be one character or two, by what keyboard they were typed on
    return unicodedata.normalize("NFC", text).strip()


def _counted(pool: Sequence[Segment]) -> str:
    counts = Counter(_plain(segment.label) for segment in pool)
    return _listed(f"{_shown(label)} ({n})" for label, n in counts.items())


def _listed(texts: Iterable[str]) -> str:
    texts = list(texts)
    rest = len(texts) - _MOST_LISTED
    return ", ".join(texts[:_MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _shown(label: str) -> str:
    label = printable(label)
    return repr(label if len(label) <= 30 else f"{label[:27]}...")
