"""Which part of a recording goes into a space, and where moments of the recording are in that."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.annotation import Segment
from stimgen.media.file_bytes import one_line
from stimgen.media.sound import FloatArray, Sound

# times are often rounded to milliseconds, so that the end of a recording may be given half of one too late
ROUNDING_S = 0.0005


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Which part of a recording goes into a space.

    Args:
        name: What to call the recording in errors.
        file: Name of its file, None of a sound made in memory.
        rate_hz: Rate of the recording, Hz.
        part_s: First and last moment of the part that was chosen, s in the recording.
        kept_s: The same of what trimming left of it.
        is_whole: Whether the part is all of the recording.
        duration_s: How long the sound is that goes into the space, s.
    """

    name: str
    file: str | None
    rate_hz: int
    part_s: tuple[float, float]
    kept_s: tuple[float, float]
    is_whole: bool
    duration_s: float

    def holds(self, segment: Segment) -> bool:
        """Say whether a segment lies in the part."""
        onset_s, offset_s = times_of(segment, self.rate_hz)
        return self.part_s[0] - ROUNDING_S <= onset_s and offset_s <= self.part_s[1] + ROUNDING_S

    def within(self, time_s: float) -> bool:
        """Say whether a moment lies in the part."""
        return self.part_s[0] - ROUNDING_S <= time_s <= self.part_s[1] + ROUNDING_S

    def place_s(self, times_s: FloatArray) -> FloatArray:
        """Return moments of the recording in seconds of the sound; what was cut off is its beginning or end."""
        return np.clip(times_s - self.kept_s[0], 0.0, self.duration_s)


def stretch_of(original: Sound, kept: tuple[int, int], sound: Sound) -> Stretch:
    """Say which part of its recording a sound is.

    Args:
        original: As it was read.
        kept: First sample and one past the last that trimming left of that.
        sound: What goes into the space.
    """
    facts = original.facts
    segment_s = None if facts is None or facts.n_samples != original.n_samples else facts.segment_s
    start_s = 0.0 if segment_s is None else segment_s[0]
    return Stretch(
        name=one_line(original.name),
        file=None if facts is None else facts.file,
        rate_hz=original.rate_hz,
        part_s=(start_s, start_s + original.duration_s),
        kept_s=(start_s + kept[0] / original.rate_hz, start_s + kept[1] / original.rate_hz),
        is_whole=segment_s is None,
        duration_s=sound.duration_s,
    )


def times_of(segment: Segment, rate_hz: int) -> tuple[float, float]:
    """Return onset and offset of a segment, s, in a recording of a rate in Hz."""
    scale = 1.0 if segment.unit == "s" else 1.0 / rate_hz
    return segment.onset * scale, segment.offset * scale


def span_of(stretch: Stretch) -> str:
    """Say in words which part of which recording it is."""
    return f"{stretch.name} from {stretch.part_s[0]:.3f} to {stretch.part_s[1]:.3f} s"
