"""A trill: one note sung several times in a row, at a known rate."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.contour import Contour
from stimgen.synth.lines import line
from stimgen.synth.syllable import SyllableParameters


@final
@dataclass(frozen=True, kw_only=True)
class TrillParameters:
    """Everything that makes a synthetic trill.

    Two trills of as many notes correspond note by note, so in the truth between them every onset and offset
    lies on a straight line.

    Args:
        note: The first note.
        n_notes: How many notes, at least 2.
        period_s: Time from onset to onset between the first two and between the last two notes, s; those
            between change evenly. The note must fit into the shorter.
        f0_trend_octaves: How much higher the last note is than the first, octaves.
        level_trend_db: How much louder the last note is than the first, dB.

    Raises:
        SettingError: If a value is out of range or the note does not fit.

    Examples:
        >>> from stimgen.synth.contour import glide
        >>> note = SyllableParameters(duration_s=0.02, f0_hz=glide(3000.0, 2000.0), harmonics_db=(0.0,))
        >>> trill = TrillParameters(note=note, n_notes=4, period_s=(0.03, 0.05))
        >>> trill.onsets_s().round(3).tolist(), round(trill.duration_s, 3)
        ([0.0, 0.03, 0.07, 0.12], 0.14)
    """

    note: SyllableParameters
    n_notes: int
    period_s: tuple[float, float]
    f0_trend_octaves: float = 0.0
    level_trend_db: float = 0.0

    def __post_init__(self) -> None:
        if self.n_notes < 2:
            raise SettingError(f"a trill has at least 2 notes, got {self.n_notes}")
        if not self.note.duration_s < min(self.period_s):
            raise SettingError(
                f"a note of {self.note.duration_s:g} s does not fit into a period of {min(self.period_s):g} s"
            )

    @property
    def duration_s(self) -> float:
        """Duration from the first onset to the last offset, s."""
        return float(self.onsets_s()[-1]) + self.note.duration_s

    def onsets_s(self) -> FloatArray:
        """Return when the notes begin, shape (n_notes,), s."""
        return np.concatenate([[0.0], np.cumsum(np.linspace(*self.period_s, self.n_notes - 1))])

    def nth_note(self, number: int) -> SyllableParameters:
        """Return note number 0, 1, ... with its own pitch and level."""
        share = number / (self.n_notes - 1)
        factor = 2.0 ** (share * self.f0_trend_octaves)
        f0_hz = Contour(
            shares=self.note.f0_hz.shares, values=tuple(factor * hz for hz in self.note.f0_hz.values)
        )
        return replace(self.note, f0_hz=f0_hz, level_dbfs=self.note.level_dbfs + share * self.level_trend_db)

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the trill, shape (round(duration_s * rate_hz),), full scale 1.0; pauses are silent."""
        samples = np.zeros(round(self.duration_s * rate_hz))
        for number, onset_s in enumerate(self.onsets_s()):
            start = round(float(onset_s) * rate_hz)
            note = self.nth_note(number).samples(rate_hz=rate_hz, rng=rng)[: samples.shape[0] - start]
            samples[start : start + note.shape[0]] += note
        return samples

    def toward(self, other: "TrillParameters", position: float) -> "TrillParameters":
        """Return the trill at a position: notes as syllables do, periods straight.

        Args:
            other: The trill at position 1, with as many notes.
            position: 0 is this trill.

        Raises:
            SettingError: If the numbers of notes differ.
        """
        if self.n_notes != other.n_notes:
            raise SettingError(f"both trills must have as many notes, got {self.n_notes} and {other.n_notes}")
        return replace(
            self,
            note=self.note.toward(other.note, position),
            period_s=(
                line(self.period_s[0], other.period_s[0], position),
                line(self.period_s[1], other.period_s[1], position),
            ),
            f0_trend_octaves=line(self.f0_trend_octaves, other.f0_trend_octaves, position),
            level_trend_db=line(self.level_trend_db, other.level_trend_db, position),
        )

    def moments_s(self) -> FloatArray:
        """Return every onset and offset, shape (2 n_notes,), s."""
        onsets_s = self.onsets_s()
        return np.stack([onsets_s, onsets_s + self.note.duration_s], axis=1).ravel()

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental at given moments, s, the same shape, Hz; NaN between notes."""
        f0_hz = np.full(times_s.shape, np.nan)
        for number, onset_s in enumerate(self.onsets_s()):
            inside = (times_s >= onset_s) & (times_s <= onset_s + self.note.duration_s)
            f0_hz[inside] = self.nth_note(number).f0_hz_at(times_s[inside] - onset_s)
        return f0_hz

    def formants_hz_at(self, times_s: FloatArray) -> None:
        """Return None: notes have harmonics of known levels, but no formants."""
