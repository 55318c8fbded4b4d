"""A word of vowels, voiced closures and fricatives whose events happen at known times."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.lines import line, lines, log_line, log_lines
from stimgen.synth.source import Frames, frame_times_s, onset_offset, render_frames
from stimgen.synth.tract import usual_bandwidths_hz

SegmentKind = Literal["vowel", "closure", "fricative"]
SILENT_DB = -70.0


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One stretch of a word; between two stretches everything moves smoothly.

    Args:
        kind: "vowel", "closure" (voiced, quiet, dull) or "fricative".
        formants_hz: Formants, Hz, from low to high; as many in every segment of a word.
        bandwidths_hz: Their bandwidths, Hz.
        voice_db: Level of the voiced part re the word's level, dB.
        tilt_db_per_octave: Slope of the voiced source, dB per octave.
        friction_db: Level of the friction noise re the word's level, dB.
        friction_centre_hz: Centre of the friction noise, Hz.
        friction_bandwidth_hz: Its bandwidth, Hz.
    """

    kind: SegmentKind
    formants_hz: tuple[float, ...]
    bandwidths_hz: tuple[float, ...]
    voice_db: float = 0.0
    tilt_db_per_octave: float = -7.0
    friction_db: float = SILENT_DB
    friction_centre_hz: float = 4000.0
    friction_bandwidth_hz: float = 2000.0

    def toward(self, other: "Segment", position: float) -> "Segment":
        """Return the segment at a position: frequencies along logarithms, levels straight."""
        return replace(
            self,
            formants_hz=log_lines(self.formants_hz, other.formants_hz, position),
            bandwidths_hz=log_lines(self.bandwidths_hz, other.bandwidths_hz, position),
            voice_db=line(self.voice_db, other.voice_db, position),
            tilt_db_per_octave=line(self.tilt_db_per_octave, other.tilt_db_per_octave, position),
            friction_db=line(self.friction_db, other.friction_db, position),
            friction_centre_hz=log_line(self.friction_centre_hz, other.friction_centre_hz, position),
            friction_bandwidth_hz=log_line(self.friction_bandwidth_hz, other.friction_bandwidth_hz, position),
        )


@final
@dataclass(frozen=True, kw_only=True)
class WordParameters:
    """Everything that makes a synthetic word.

    Time runs by the word's own *clock*: segment i is steady from clock 2i to 2i + 1, and the transition to
    the next takes clock 2i + 1 to 2i + 2. Everything is a function of the clock, so that two words of the
    same kinds correspond where their clocks agree.

    Args:
        duration_s: Duration, s.
        segments: The stretches, in order, at least 1.
        event_times_s: Middles of the transitions, s, one fewer than segments.
        transition_s: Durations of the transitions, s, one per event.
        f0_hz: Fundamental at the beginning, at each event and at the end, Hz.
        breath_db: Level of the breath noise re the voiced part, dB.
        level_dbfs: RMS of a segment of 0 dB, dB re full scale.
        attack: Share of the first steady stretch in which the word fades in.
        release: Share of the last steady stretch in which it fades out.

    Raises:
        SettingError: If the counts do not match, or events and transitions overlap or leave the word.
    """

    duration_s: float
    segments: tuple[Segment, ...]
    event_times_s: tuple[float, ...]
    transition_s: tuple[float, ...]
    f0_hz: tuple[float, ...]
    breath_db: float = -32.0
    level_dbfs: float = -24.0
    attack: float = 0.3
    release: float = 0.4

    def __post_init__(self) -> None:
        n_events = len(self.segments) - 1
        if not (n_events == len(self.event_times_s) == len(self.transition_s) == len(self.f0_hz) - 2):
            raise SettingError(
                f"a word of {n_events + 1} segments needs {n_events} events and transitions and "
                f"{n_events + 2} values of f0, got "
                f"{len(self.event_times_s)}, {len(self.transition_s)} and {len(self.f0_hz)}"
            )
        if bool(np.any(np.diff(self.knots_s()) <= 0.0)):
            raise SettingError(
                f"the transitions of a word must lie within it and not overlap, got events at "
                f"{self.event_times_s} s with transitions of {self.transition_s} s in {self.duration_s:g} s"
            )

    @property
    def kinds(self) -> str:
        """The kinds of the segments as letters: V vowel, C closure, F fricative."""
        return "".join(
            {"vowel": "V", "closure": "C", "fricative": "F"}[segment.kind] for segment in self.segments
        )

    def knots_s(self) -> FloatArray:
        """Return the moments at which the clock shows 0, 1, 2, ..., shape (2 n_segments,), s."""
        inner = [
            (event_s - 0.5 * long_s, event_s + 0.5 * long_s)
            for event_s, long_s in zip(self.event_times_s, self.transition_s, strict=True)
        ]
        return np.array([0.0, *(moment_s for both in inner for moment_s in both), self.duration_s])

    def clock(self, times_s: FloatArray) -> FloatArray:
        """Return what the clock shows at given moments, the same shape, from 0 to 2 n_segments - 1."""
        knots_s = self.knots_s()
        return np.asarray(np.interp(times_s, knots_s, np.arange(knots_s.shape[0])))

    def frames(self) -> Frames:
        """Return what the source and the filter do at every frame."""
        return self.frames_at(frame_times_s(self.duration_s))

    def frames_at(self, times_s: FloatArray) -> Frames:
        """Return what the source and the filter do at given moments, shape (n_frames,), s."""
        clock = self.clock(times_s)
        last = 2 * len(self.segments) - 1
        at_events = np.array([0.0, *(2.0 * i + 1.5 for i in range(len(self.event_times_s))), last])
        voice_dbfs = self.level_dbfs + self._moving("voice_db", clock)
        attack = onset_offset(clock, attack=self.attack, release=self.release)
        release = onset_offset(1.0 - (last - clock), attack=self.attack, release=self.release)
        return Frames(
            f0_hz=np.exp(np.interp(clock, at_events, np.log(self.f0_hz))),
            formants_hz=np.exp(self._moving_logs("formants_hz", clock)),
            bandwidths_hz=np.exp(self._moving_logs("bandwidths_hz", clock)),
            tilt_db_per_octave=self._moving("tilt_db_per_octave", clock),
            voice_dbfs=voice_dbfs,
            breath_dbfs=voice_dbfs + self.breath_db,
            friction_dbfs=self.level_dbfs + self._moving("friction_db", clock),
            friction_centre_hz=np.exp(self._moving("friction_centre_hz", clock, log=True)),
            friction_bandwidth_hz=np.exp(self._moving("friction_bandwidth_hz", clock, log=True)),
            gain=np.where(clock < 0.5, attack, 1.0) * np.where(clock > last - 0.5, release, 1.0),
        )

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the word, shape (round(duration_s * rate_hz),), full scale 1.0."""
        return render_frames(
            self.frames(), duration_s=self.duration_s, rate_hz=rate_hz, jitter_percent=0.0, rng=rng
        )

    def toward(self, other: "WordParameters", position: float) -> "WordParameters":
        """Return the word at a position: frequencies go along logarithms, levels and the times of events straight.

        Args:
            other: The word at position 1, of the same kinds of segments.
            position: 0 is this word.

        Raises:
            SettingError: If kinds or numbers of formants differ.
        """
        if self.kinds != other.kinds or len(self.segments[0].formants_hz) != len(
            other.segments[0].formants_hz
        ):
            raise SettingError(
                f"the words must have the same kinds of segments and as many formants, "
                f"got {self.kinds} and {other.kinds}"
            )
        both = zip(self.segments, other.segments, strict=True)
        return replace(
            self,
            duration_s=line(self.duration_s, other.duration_s, position),
            segments=tuple(mine.toward(theirs, position) for mine, theirs in both),
            event_times_s=lines(self.event_times_s, other.event_times_s, position),
            transition_s=lines(self.transition_s, other.transition_s, position),
            f0_hz=log_lines(self.f0_hz, other.f0_hz, position),
            breath_db=line(self.breath_db, other.breath_db, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
            attack=line(self.attack, other.attack, position),
            release=line(self.release, other.release, position),
        )

    def moments_s(self) -> FloatArray:
        """Return the moments of `knots_s`: words correspond where their clocks agree."""
        return self.knots_s()

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental at given moments, s, the same shape, Hz; NaN where friction is louder."""
        frames = self.frames_at(times_s)
        return np.where(frames.voice_dbfs > frames.friction_dbfs, frames.f0_hz, np.nan)

    def formants_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the formants at given moments, s, shape (n_times, n_formants), Hz."""
        return self.frames_at(times_s).formants_hz

    def _moving(self, name: str, clock: FloatArray, *, log: bool = False) -> FloatArray:
        targets = np.array([getattr(segment, name) for segment in self.segments], dtype=float)
        targets = np.log(targets) if log else targets
        value = np.full_like(clock, targets[0])
        for i, (before, after) in enumerate(pairwise(targets)):
            share = np.clip(clock - (2 * i + 1), 0.0, 1.0)
            value += (after - before) * (0.5 - 0.5 * np.cos(np.pi * share))
        return value

    def _moving_logs(self, name: str, clock: FloatArray) -> FloatArray:
        rows = np.log(np.array([getattr(segment, name) for segment in self.segments], dtype=float))
        value = np.tile(rows[0], (clock.shape[0], 1))
        for i, (before, after) in enumerate(pairwise(rows)):
            share = np.clip(clock - (2 * i + 1), 0.0, 1.0)[:, None]
            value += (after - before) * (0.5 - 0.5 * np.cos(np.pi * share))
        return value


def vowel_segment(formants_hz: tuple[float, ...], *, level_db: float = 0.0) -> Segment:
    """Return a vowel of given formants, Hz, at a level re the word's, dB."""
    return Segment(
        kind="vowel", formants_hz=formants_hz, bandwidths_hz=_bandwidths(formants_hz), voice_db=level_db
    )


def closure_segment(formants_hz: tuple[float, ...], *, level_db: float = -38.0) -> Segment:
    """Return a voiced closure: the quiet, dull murmur of a closed tract with these formants, Hz."""
    murmur_hz = (min(250.0, formants_hz[0]), *formants_hz[1:])
    return Segment(
        kind="closure",
        formants_hz=murmur_hz,
        bandwidths_hz=_bandwidths(murmur_hz),
        voice_db=level_db,
        tilt_db_per_octave=-12.0,
    )


def fricative_segment(
    formants_hz: tuple[float, ...], *, centre_hz: float, bandwidth_hz: float, level_db: float = -10.0
) -> Segment:
    """Return a voiceless fricative: noise around a centre, Hz, while the tract has these formants, Hz."""
    return Segment(
        kind="fricative",
        formants_hz=formants_hz,
        bandwidths_hz=_bandwidths(formants_hz),
        voice_db=SILENT_DB,
        friction_db=level_db,
        friction_centre_hz=centre_hz,
        friction_bandwidth_hz=bandwidth_hz,
    )


def _bandwidths(formants_hz: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(usual_bandwidths_hz(np.array(formants_hz)).tolist())
