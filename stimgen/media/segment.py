"""`song.wav@1.203:1.311`: a part of a recording, named by times or by a label, read as a sound of its own."""

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from stimgen.errors import ReadError, SettingError
from stimgen.media.annotation import Annotation
from stimgen.media.annotation_read import read_annotation
from stimgen.media.file_bytes import is_there, one_line, printable
from stimgen.media.read import read, read_part
from stimgen.media.sound import Sound

# times are often rounded to milliseconds, so that the end of a recording may be given half of one too late
ROUNDING_S = 0.0005
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+|nan|inf|infinity)(?:e[+-]?\d+)?"
_TIMES = re.compile(rf"({_NUMBER})?:({_NUMBER})?", re.IGNORECASE)
_OCCURRENCE = re.compile(r"(.*)#([+-]?\d{1,9})", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class SourceRef:
    """A recording, or a part of one.

    Args:
        path: The file.
        start_s: First moment, s; None for the beginning of the file.
        stop_s: Last moment, s; None for its end.
        label: Of a segment in an annotation; None for any.
        occurrence: Which of the segments with that label in time, counted from 1; None for the only one.

    Raises:
        SettingError: If a time is negative or no number, the part ends before it begins, or the occurrence is
            below 1.
    """

    path: Path
    start_s: float | None = None
    stop_s: float | None = None
    label: str | None = None
    occurrence: int | None = None

    def __post_init__(self) -> None:
        for time_s in (self.start_s, self.stop_s):
            if time_s is not None and not (math.isfinite(time_s) and time_s >= 0):
                raise SettingError(
                    f"{one_line(str(self))}: {time_s:g} is no time in a recording; give seconds from 0 on, "
                    f"such as @1.2:1.35"
                )
        if self.stop_s is not None and self.stop_s <= (self.start_s or 0.0):
            raise SettingError(
                f"{one_line(str(self))}: the part ends at {self.stop_s:g} s and begins at {self.start_s or 0:g} s; "
                f"give the earlier time first"
            )
        if self.occurrence is not None and self.occurrence < 1:
            raise SettingError(
                f"{one_line(str(self))}: #{self.occurrence} is no occurrence; they are counted from 1"
            )

    @property
    def is_labelled(self) -> bool:
        """Whether an annotation is needed to find the part."""
        return self.label is not None or self.occurrence is not None

    @property
    def part(self) -> str:
        """What stands after the @, empty for a whole file."""
        if self.is_labelled:
            return (self.label or "") + ("" if self.occurrence is None else f"#{self.occurrence}")
        if self.start_s is None and self.stop_s is None:
            return ""
        return ":".join("" if time_s is None else _seconds(time_s) for time_s in (self.start_s, self.stop_s))

    @property
    def name(self) -> str:
        """What to call the sound: the file's stem, and the part after a dash."""
        if self.is_labelled:
            words = [self.label or "", "" if self.occurrence is None else str(self.occurrence)]
        elif self.part:
            words = [_seconds(self.start_s or 0.0), "end" if self.stop_s is None else _seconds(self.stop_s)]
        else:
            words = []
        return printable("-".join([self.path.stem, *(word for word in words if word)]))

    def __str__(self) -> str:
        return f"{self.path}@{self.part}" if self.part else str(self.path)


def parse_source(text: str | os.PathLike[str], *, folder: Path | None = None) -> SourceRef:
    """Take apart what a user wrote for a recording.

    A file that exists under the whole text is that file, even if an @ is in its name. Two numbers with a colon are
    times, and one of them may be left out; anything else after the @ is a label, with `#2` for its second occurrence.

    Args:
        text: `song.wav`, `song.wav@1.203:1.311`, `song.wav@1.2:`, `song.wav@b`, `song.wav@b#2` or `song.wav@#7`.
        folder: Where a relative path begins; None for the current folder.

    Raises:
        SettingError: If it is no path, nothing stands after the @, or `SourceRef` refuses it.

    Examples:
        >>> ref = parse_source("song.wav@1.203:1.311")
        >>> ref.start_s, ref.stop_s, ref.name
        (1.203, 1.311, 'song-1.203-1.311')
        >>> ref = parse_source("song.wav@b#2")
        >>> ref.label, ref.occurrence
        ('b', 2)
    """
    if not isinstance(text, str | bytes | os.PathLike):
        raise SettingError(
            f"a recording cannot be read from a value of type {type(text).__name__}; give its path, such as 'a.wav'"
        )
    text = os.fsdecode(text)
    base = Path() if folder is None else folder
    ats = [at for at, c in enumerate(text) if c == "@"]
    if not ats or is_there(base / text):
        return SourceRef(path=base / text)
    for at in reversed(ats):
        if text[:at] and is_there(base / text[:at]):
            return _ref(base / text[:at], text[at + 1 :], text=text)
    # there is no such file; what was meant is told best by what the error will name
    path, part = text[: ats[-1]], text[ats[-1] + 1 :]
    if Path(path).suffix or _TIMES.fullmatch(part):
        return _ref(base / path, part, text=text)
    return SourceRef(path=base / text)


def read_source(
    source: str | os.PathLike[str] | SourceRef,
    *,
    channel: int | Literal["mean"] | None = None,
    annotation: Annotation | str | os.PathLike[str] | None = None,
) -> Sound:
    """Read a recording or a part of one.

    The part is cut at the samples nearest to its times, `round(start_s * rate)` up to `round(stop_s * rate)`, and not
    otherwise changed. An end at most half a millisecond beyond that of the recording, as rounding makes it, is
    the recording's end.

    Args:
        source: As for `parse_source`, or its result.
        channel: As for `read`.
        annotation: Where to look for labels: a file, or what `read_annotation` made of it.

    Returns:
        The sound. Of a part, the name tells which, and `facts.segment_s` its onset and offset, s, in the file.

    Raises:
        ReadError: If the recording or annotation cannot be read, or they do not belong together.
        SoundError: If the sound is not usable; the file that holds a part may be of any duration.
        SettingError: If there is no such part, or a label is given without annotation.
    """
    ref = source if isinstance(source, SourceRef) else parse_source(source)
    if not ref.part:
        return read(ref.path, channel=channel)
    if ref.is_labelled:
        start_stop = _Labelled(ref, _annotation(ref, annotation))
        return replace(
            read_part(ref.path, cut=start_stop, part=f"@{ref.part}", channel=channel), name=ref.name
        )
    return replace(read_part(ref.path, cut=_Timed(ref), part=f"@{ref.part}", channel=channel), name=ref.name)


def check_annotation(refs: Sequence[SourceRef], annotation: Annotation | None) -> None:
    """Refuse labels that an annotation cannot answer for.

    Args:
        refs: All recordings of a run.
        annotation: What was given with them.

    Raises:
        SettingError: If a label is given without annotation, or labels in several recordings with an annotation
            that does not say which recording it is of, so that it can only be right for one.
    """
    labelled = [ref for ref in refs if ref.is_labelled]
    for ref in labelled:
        _annotation(ref, annotation)
    paths = list(dict.fromkeys(ref.path for ref in labelled))
    if annotation is not None and not annotation.names_recordings and len(paths) > 1:
        raise SettingError(
            f"{annotation.name} does not name its recording, but labels are looked for in {len(paths)}, "
            f"{one_line(str(paths[0]))} and {one_line(str(paths[1]))}; give the other parts by times, such as @1.2:1.35"
        )


class _Timed:
    """Cuts at the times of a ref."""

    def __init__(self, ref: SourceRef) -> None:
        self._ref = ref

    def __call__(self, rate_hz: int, n_samples: int) -> tuple[int, int]:
        """Return the first sample and the one after the last."""
        ref, start = self._ref, round((self._ref.start_s or 0.0) * rate_hz)
        stop = n_samples if ref.stop_s is None else _within(round(ref.stop_s * rate_hz), n_samples, rate_hz)
        if max(start + 1, stop) > n_samples:
            raise SettingError(
                f"{one_line(str(ref))} reaches beyond the end of the recording, which lasts "
                f"{n_samples / rate_hz:.3f} s; give earlier times, or none after the colon for its end"
            )
        return start, stop


class _Labelled:
    """Cuts where an annotation says."""

    def __init__(self, ref: SourceRef, annotation: Annotation) -> None:
        self._ref, self._annotation = ref, annotation

    def __call__(self, rate_hz: int, n_samples: int) -> tuple[int, int]:
        """Return the first sample and the one after the last."""
        ref, name = self._ref, self._annotation.name
        asked = one_line(str(ref))
        found = self._annotation.find(
            file=ref.path.name, label=ref.label, occurrence=ref.occurrence, asked=asked
        )
        start, stop = found.samples(rate_hz)
        stop = _within(stop, n_samples, rate_hz)
        if max(start + 1, stop) > n_samples:
            raise ReadError(
                f"{asked} lasts to {stop / rate_hz:.3f} s by {name}, but the recording only to "
                f"{n_samples / rate_hz:.3f} s; give the annotation of this recording"
            )
        return start, stop


def _annotation(ref: SourceRef, annotation: Annotation | str | os.PathLike[str] | None) -> Annotation:
    if annotation is None:
        raise SettingError(
            f"{one_line(str(ref))} names a part by its label; give the labels with --annotation FILE, or times in s, "
            f"such as @1.2:1.35"
        )
    return annotation if isinstance(annotation, Annotation) else read_annotation(annotation)


def _ref(path: Path, part: str, *, text: str) -> SourceRef:
    if (times := _TIMES.fullmatch(part)) and part != ":":
        start_s, stop_s = (None if time is None else float(time) for time in times.groups())
        return SourceRef(path=path, start_s=start_s, stop_s=stop_s)
    label, occurrence = part.strip(), None
    if counted := _OCCURRENCE.fullmatch(label):
        label, occurrence = counted[1], int(counted[2])
    if not label and occurrence is None or part == ":":
        raise SettingError(
            f"{one_line(text)} names no part of the recording after the @; give times in s, such as @1.2:1.35, "
            f"or a label"
        )
    return SourceRef(path=path, label=label or None, occurrence=occurrence)


def _within(stop: int, n_samples: int, rate_hz: int) -> int:
    return n_samples if n_samples < stop <= n_samples + ROUNDING_S * rate_hz else stop


def _seconds(time_s: float) -> str:
    text = f"{time_s:.9f}".rstrip("0").rstrip(".") if math.isfinite(time_s) else str(time_s)
    return text or "0"
