"""Voice and noise through one tract, at any ratio: from a fricative or whisper to a vowel without a dip."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.event_clock import EventClock
from stimgen.synth.lines import line, log_line, log_lines
from stimgen.synth.mixed_render import MixedFrames, harmonic_share, render_mixed
from stimgen.synth.source import frame_times_s, onset_offset

# From here down a voice cannot be told from the noise of its band: below this ratio there is no truth to know.
VOICELESS_DB = -20.0


@dataclass(frozen=True, kw_only=True)
class MixedSegment:
    """One stretch of voice, noise or both.

    Args:
        formants_hz: Formants of the tract, Hz, from low to high, at least 3.
        bandwidths_hz: Their bandwidths, Hz.
        tilt_db_per_octave: Slope of the whole source above 100 Hz, dB per octave.
        prominence: How much of the tract's gain in dB is there: 1 in a vowel, near 0 in a fricative, where
            zeros of the cavity behind the constriction all but cancel the formants (Heinz & Stevens 1961,
            JASA 33:589).
        level_db: Level of voice and noise together re the sound's, dB.
        hnr_db: Ratio of voice to noise at 1 kHz, dB, of power in a band about F0 wide; `VOICELESS_DB` where
            there is no voice.
        hnr_slope_db_per_octave: How the ratio changes with frequency, dB per octave.
        hump_db: How much a front cavity lifts the spectrum around its resonance, dB.
        hump_centre_hz: That resonance, Hz.
        hump_octaves: Standard deviation of the bell in log frequency that it lifts by, octaves.
    """

    formants_hz: tuple[float, ...]
    bandwidths_hz: tuple[float, ...]
    tilt_db_per_octave: float = -7.0
    prominence: float = 1.0
    level_db: float = 0.0
    hnr_db: float = 20.0
    hnr_slope_db_per_octave: float = -6.0
    hump_db: float = 0.0
    hump_centre_hz: float = 5000.0
    hump_octaves: float = 0.4

    def toward(self, other: "MixedSegment", position: float) -> "MixedSegment":
        """Return the segment at a position: frequencies along logarithms, levels and ratios straight."""
        return MixedSegment(
            formants_hz=log_lines(self.formants_hz, other.formants_hz, position),
            bandwidths_hz=log_lines(self.bandwidths_hz, other.bandwidths_hz, position),
            tilt_db_per_octave=line(self.tilt_db_per_octave, other.tilt_db_per_octave, position),
            prominence=line(self.prominence, other.prominence, position),
            level_db=line(self.level_db, other.level_db, position),
            hnr_db=line(self.hnr_db, other.hnr_db, position),
            hnr_slope_db_per_octave=line(
                self.hnr_slope_db_per_octave, other.hnr_slope_db_per_octave, position
            ),
            hump_db=line(self.hump_db, other.hump_db, position),
            hump_centre_hz=log_line(self.hump_centre_hz, other.hump_centre_hz, position),
            hump_octaves=line(self.hump_octaves, other.hump_octaves, position),
        )


@final
@dataclass(frozen=True, kw_only=True)
class MixedParameters:
    """Everything that makes a sound of voice and noise whose ratio and common level are known.

    Straight lines for a voice's and a friction's own levels would leave both weak in the middle, so the
    truth between a voiceless and a voiced sound is stated for their sum and their ratio instead: the level
    of the sum in dB lies on a straight line, and so does the harmonics-to-noise ratio in dB at every
    frequency. The envelope of the sum (tract, tilt, hump) has parameters that lie on lines as those of a
    vowel do; what one of the two does not have (formants, hump) comes up in its place. No speaker makes
    such intermediates: this is what a fair continuum asks for, not physiology.

    Args:
        clock: When the stretches begin and end.
        segments: The stretches, one per stretch of the clock, all with as many formants.
        f0_hz: Fundamental at the beginning, at each event and at the end, Hz. A voiceless stretch should be
            given the fundamental of what it is to be morphed with, as its own cannot be heard.
        level_dbfs: RMS of a segment of 0 dB, dB re full scale, of everything below 7.5 kHz.
        attack_s: Time in which the sound fades in, s.
        release_s: Time in which it fades out, s.

    Raises:
        SettingError: If counts do not match or the fades do not fit into the sound.
    """

    clock: EventClock
    segments: tuple[MixedSegment, ...]
    f0_hz: tuple[float, ...]
    level_dbfs: float = -24.0
    attack_s: float = 0.025
    release_s: float = 0.05

    def __post_init__(self) -> None:
        n_stretches = self.clock.n_stretches
        if len(self.segments) != n_stretches or len(self.f0_hz) != n_stretches + 1:
            raise SettingError(
                f"a sound of {n_stretches} stretches needs {n_stretches} segments and {n_stretches + 1} "
                f"values of f0, got {len(self.segments)} and {len(self.f0_hz)}"
            )
        n_formants = {len(both) for one in self.segments for both in (one.formants_hz, one.bandwidths_hz)}
        if len(n_formants) != 1 or min(n_formants) < 3:
            raise SettingError(
                f"all segments need as many formants and bandwidths, at least 3, got {sorted(n_formants)}"
            )
        if not (min(self.attack_s, self.release_s) > 0.0):
            raise SettingError("attack_s and release_s must be above 0 s")
        if self.attack_s + self.release_s > self.duration_s:
            raise SettingError(
                f"fades of {self.attack_s:g} and {self.release_s:g} s do not fit into {self.duration_s:g} s"
            )

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return self.clock.duration_s

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the sound, shape (round(duration_s * rate_hz),), full scale 1.0."""
        times_s = np.arange(round(self.duration_s * rate_hz)) / rate_hz
        frame_s = frame_times_s(self.duration_s)
        body = render_mixed(
            self.frames_at(frame_s), frame_s=frame_s, times_s=times_s, rate_hz=rate_hz, rng=rng
        )
        attack, release = self.attack_s / self.duration_s, self.release_s / self.duration_s
        return body * onset_offset(times_s / self.duration_s, attack=attack, release=release)

    def frames_at(self, times_s: FloatArray) -> MixedFrames:
        """Return what source and tract do at given moments, shape (n_frames,), s."""
        return MixedFrames(
            f0_hz=np.exp(self.clock.through(np.log(np.array(self.f0_hz)), times_s)),
            formants_hz=np.exp(self._moving("formants_hz", times_s, log=True)),
            bandwidths_hz=np.exp(self._moving("bandwidths_hz", times_s, log=True)),
            tilt_db_per_octave=self._moving("tilt_db_per_octave", times_s),
            prominence=self._moving("prominence", times_s),
            level_dbfs=self.level_dbfs + self._moving("level_db", times_s),
            hnr_db=self._moving("hnr_db", times_s),
            hnr_slope_db_per_octave=self._moving("hnr_slope_db_per_octave", times_s),
            hump_db=self._moving("hump_db", times_s),
            hump_centre_hz=np.exp(self._moving("hump_centre_hz", times_s, log=True)),
            hump_octaves=self._moving("hump_octaves", times_s),
        )

    def toward(self, other: "MixedParameters", position: float) -> "MixedParameters":
        """Return the sound at a position; see the class for what lies on which line.

        Args:
            other: The sound at position 1, with as many segments and formants, of whatever ratios.
            position: 0 is this sound.

        Raises:
            SettingError: If the numbers of segments or formants differ.
        """
        n_mine, n_theirs = len(self.segments[0].formants_hz), len(other.segments[0].formants_hz)
        if len(self.segments) != len(other.segments) or n_mine != n_theirs:
            raise SettingError(
                f"both sounds must have as many segments and formants, got {len(self.segments)} segments of "
                f"{n_mine} and {len(other.segments)} of {n_theirs}"
            )
        both = zip(self.segments, other.segments, strict=True)
        return replace(
            self,
            clock=self.clock.toward(other.clock, position),
            segments=tuple(mine.toward(theirs, position) for mine, theirs in both),
            f0_hz=log_lines(self.f0_hz, other.f0_hz, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
            attack_s=line(self.attack_s, other.attack_s, position),
            release_s=line(self.release_s, other.release_s, position),
        )

    def moments_s(self) -> FloatArray:
        """Return the moments at which the clock shows whole numbers, s."""
        return self.clock.knots_s()

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental at given moments, the same shape, Hz; NaN where noise is the stronger."""
        frames = self.frames_at(times_s)
        return np.where(harmonic_share(frames) > 0.5, frames.f0_hz, np.nan)

    def formants_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the formants at given moments, s, shape (n_times, n_formants), Hz, heard or not."""
        return self.frames_at(times_s).formants_hz

    def _moving(self, name: str, times_s: FloatArray, *, log: bool = False) -> FloatArray:
        targets = np.array([getattr(segment, name) for segment in self.segments], dtype=float)
        return self.clock.moving(np.log(targets) if log else targets, times_s)
