"""How the time of two sounds is aligned, as a choice: events, linear, none, or moments that are given."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment, align_linear

AlignName = Literal["events", "linear", "none"]
Align = AlignName | Alignment

ALIGN_NAMES: tuple[str, ...] = get_args(AlignName)
# resampling moves the end of a sound by less than this
_END_TOLERANCE_S = 0.001


def demand_align(align: object) -> None:
    """Refuse what is no way to align.

    Raises:
        SettingError: If it is neither one of the words nor an alignment.
    """
    if not isinstance(align, Alignment) and not (isinstance(align, str) and align in ALIGN_NAMES):
        raise SettingError(
            f"align is {', '.join(map(repr, ALIGN_NAMES))} or an Alignment, got {align!r}; 'events' suits most sounds"
        )


def align_word(align: Align) -> str:
    """Return a choice as a manifest writes it: the word itself, "file" for moments of a file, else "given"."""
    if isinstance(align, str):
        return align
    return "file" if align.method == "file" else "given"


def align_by_choice(align: Align, a: Sound, b: Sound, *, events: Callable[[], Alignment]) -> Alignment:
    """Pair the moments of two sounds as was chosen.

    Args:
        align: "events", "linear" (in proportion to the durations), "none" (equal seconds meet), or the alignment
            itself.
        a: The sound at position 0.
        b: The sound at position 1.
        events: Finds the alignment by events; called for "events" only.

    Raises:
        SettingError: If a given alignment is one of sounds of other durations.

    Examples:
        >>> short, long = (Sound(samples=np.zeros(n), rate_hz=8000) for n in (4000, 8000))
        >>> align_by_choice("linear", short, long, events=lambda: None).times_b_s.tolist()
        [0.0, 1.0]
    """
    if isinstance(align, Alignment):
        return fitted(align, a.duration_s, b.duration_s)
    if align == "linear":
        return align_linear(a.duration_s, b.duration_s)
    return align_none(a.duration_s, b.duration_s) if align == "none" else events()


def align_none(duration_a_s: float, duration_b_s: float) -> Alignment:
    """Pair equal seconds; what the longer sound has beyond the shorter one meets the end of that one.

    Durations still go from a's to b's: only the rest of the longer sound gets shorter and is gone at the end of the
    line, all before it stays where it is.

    Args:
        duration_a_s: Duration of a, s.
        duration_b_s: Duration of b, s.

    Examples:
        >>> found = align_none(0.5, 0.75)
        >>> found.times_a_s.tolist(), found.times_b_s.tolist()
        ([0.0, 0.5, 0.5], [0.0, 0.5, 0.75])
        >>> found.output_times_s(0.5).tolist()
        [0.0, 0.5, 0.625]
    """
    shorter_s = min(duration_a_s, duration_b_s)
    times_s = [np.array([0.0, shorter_s, duration_s]) for duration_s in (duration_a_s, duration_b_s)]
    return Alignment(times_a_s=times_s[0], times_b_s=times_s[1], method="none")


def fitted(alignment: Alignment, duration_a_s: float, duration_b_s: float) -> Alignment:
    """Return an alignment that ends exactly where two sounds end.

    Args:
        alignment: One whose ends are within 1 ms of those of the sounds.
        duration_a_s: Duration of a, s.
        duration_b_s: Duration of b, s.

    Raises:
        SettingError: If it ends elsewhere.
    """
    for label, got_s, wanted_s in (
        ("a", alignment.duration_a_s, duration_a_s),
        ("b", alignment.duration_b_s, duration_b_s),
    ):
        if not abs(got_s - wanted_s) <= _END_TOLERANCE_S:
            raise SettingError(
                f"the alignment given ends at {got_s:.3f} s of {label}, which lasts {wanted_s:.3f} s; "
                "its first and last moments are the ends of the sounds as they go into the morph"
            )
    return replace(
        alignment,
        times_a_s=_ending_at(alignment.times_a_s, duration_a_s),
        times_b_s=_ending_at(alignment.times_b_s, duration_b_s),
    )


def _ending_at(times_s: FloatArray, duration_s: float) -> FloatArray:
    ended_s = np.minimum(times_s, duration_s)
    ended_s[-1] = duration_s
    return ended_s
