"""Speech from a moving vocal tract, whose postures and their moments are known."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.area_function import TractShape, pinched_areas_cm2
from stimgen.synth.glottis import RD_RANGE
from stimgen.synth.lines import line, lines, log_line
from stimgen.synth.source import frame_times_s, onset_offset
from stimgen.synth.tract_render import TractFrames, pressures, render_tract
from stimgen.synth.tract_resonances import pole_frequencies_hz
from stimgen.synth.tract_tube import TubeFrames

# wider than any tract: a consonant's place that is not in use
OPEN_CM = 4.0
# the voice comes and goes in this part of the stretch between a voiced and a voiceless posture
_VOICE_RISE = 0.25
# resonances ring mostly while the vibrating folds touch; this share of their mean area is open all the time
_ALWAYS_OPEN = 0.2


@final
@dataclass(frozen=True, kw_only=True)
class Posture:
    """What tract and glottis do at one moment.

    Args:
        shape: The tract without its consonant.
        f0_hz: Rate of the glottal pulses, Hz.
        voice: 1 with voice, 0 without.
        rd: Shape of the glottal pulses, 0.3 (pressed) to 2.7 (breathy).
        glottis_cm2: Mean area of the glottis: about .05 with voice, .1 to .3 for aspiration, cm^2.
        velum_cm2: Opening to the nose, 0 for none, cm^2.
        place: Where a consonant narrows the tract, as a share of its length from the glottis.
        opening_cm: How wide the tract is there, 0 for a closure, `OPEN_CM` for no consonant, cm.

    Raises:
        SettingError: If a value is out of range.
    """

    shape: TractShape
    f0_hz: float
    voice: float = 1.0
    rd: float = 1.0
    glottis_cm2: float = 0.05
    velum_cm2: float = 0.0
    place: float = 0.9
    opening_cm: float = OPEN_CM

    def __post_init__(self) -> None:
        if not RD_RANGE[0] <= self.rd <= RD_RANGE[1] or not 0.0 <= self.voice <= 1.0:
            raise SettingError(
                f"a posture has an rd of {RD_RANGE[0]} to {RD_RANGE[1]} and a voice of 0 to 1, "
                f"got {self.rd:g} and {self.voice:g}"
            )
        if not self.f0_hz > 0.0 or not self.glottis_cm2 > 0.0 or min(self.velum_cm2, self.opening_cm) < 0.0:
            raise SettingError(
                "a posture has f0 and an open area of the glottis above 0, and no negative velum_cm2 or opening_cm"
            )

    def toward(self, other: "Posture", position: float) -> "Posture":
        """Return the posture at a position: the fundamental along logarithms, all that moves along straight lines."""
        straight = ("voice", "rd", "glottis_cm2", "velum_cm2", "place", "opening_cm")
        return Posture(
            shape=self.shape.toward(other.shape, position),
            f0_hz=log_line(self.f0_hz, other.f0_hz, position),
            **{name: line(getattr(self, name), getattr(other, name), position) for name in straight},
        )


@final
@dataclass(frozen=True, kw_only=True)
class TractSpeech:
    """Everything that makes a piece of speech with a physical vocal tract.

    Between two postures, tongue, lips, velum and fundamental move along half cosines, and the opening of a
    consonant and the glottis evenly.

    Args:
        moments: When each posture is reached, s, rising from 0; the last is the duration.
        postures: As many, at least 2.
        nose_cm: Length of the nose from velum to nostrils, cm.
        nostrils_cm2: Area of both nostrils, cm^2.
        noise_db: Level of all noise re what a jet usually makes, dB.
        rest: Share of each period in which the folds rest closed after their pulse; large in creak.
        alternation: How much longer and stronger every second period is than the mean, 0..0.5.
        jitter_percent: Standard deviation of the periods, percent.
        level_dbfs: RMS over the duration, dB re full scale.
        fade_in_s: How long the sound takes to come in, s.
        fade_out_s: How long it takes to go, s.

    Raises:
        SettingError: If the moments do not rise from 0, or their number is not that of the postures.
    """

    moments: tuple[float, ...]
    postures: tuple[Posture, ...]
    nose_cm: float = 11.0
    nostrils_cm2: float = 1.2
    noise_db: float = 0.0
    rest: float = 0.0
    alternation: float = 0.0
    jitter_percent: float = 0.5
    level_dbfs: float = -24.0
    fade_in_s: float = 0.02
    fade_out_s: float = 0.06

    def __post_init__(self) -> None:
        if len(self.moments) != len(self.postures) or len(self.moments) < 2:
            raise SettingError(
                f"speech needs a moment for each posture and at least 2, "
                f"got {len(self.moments)} and {len(self.postures)}"
            )
        if self.moments[0] != 0.0 or bool(np.any(np.diff(self.moments) <= 0.0)):
            raise SettingError(f"the moments must rise from 0 s, got {self.moments}")
        if not (self.fade_in_s > 0.0 and 0.0 < self.fade_out_s <= self.duration_s - self.fade_in_s):
            raise SettingError("the fades must be above 0 s and together no longer than the sound")

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return self.moments[-1]

    def frames_at(self, times_s: FloatArray) -> TractFrames:
        """Return what tract and glottis do at given moments, shape (n_frames,), s."""
        clock = np.interp(times_s, self.moments, np.arange(len(self.moments)))
        eased = np.floor(clock) + 0.5 - 0.5 * np.cos(np.pi * (clock % 1.0))
        knots = np.arange(len(self.postures))

        def moving(name: str, when: FloatArray) -> FloatArray:
            values = [float(getattr(posture, name)) for posture in self.postures]
            return np.asarray(np.interp(when, knots, values))

        diameters = np.array([posture.shape.diameters_cm for posture in self.postures])
        lengths = [posture.shape.length_cm for posture in self.postures]
        length_cm = np.interp(eased, knots, lengths)
        areas_cm2 = pinched_areas_cm2(
            np.stack([np.interp(eased, knots, column) for column in diameters.T], axis=1),
            length_cm=length_cm,
            place=moving("place", eased),
            opening_cm=moving("opening_cm", clock),
        )
        voice = np.minimum(moving("voice", clock) / _VOICE_RISE, 1.0)
        glottis_cm2 = moving("glottis_cm2", clock)
        return TractFrames(
            tubes=TubeFrames(
                areas_cm2=areas_cm2,
                length_cm=length_cm,
                velum_cm2=moving("velum_cm2", eased),
                glottis_cm2=glottis_cm2 * (1.0 - voice * (1.0 - _ALWAYS_OPEN)),
                nose_cm=self.nose_cm,
                nostrils_cm2=self.nostrils_cm2,
            ),
            f0_hz=np.exp(np.interp(eased, knots, np.log([posture.f0_hz for posture in self.postures]))),
            rd=moving("rd", eased),
            voice=voice,
            glottis_cm2=glottis_cm2,
        )

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the speech, shape (round(duration_s * rate_hz),), full scale 1.0."""
        raw = render_tract(
            self.frames_at(frame_times_s(self.duration_s)),
            duration_s=self.duration_s,
            rate_hz=rate_hz,
            noise_db=self.noise_db,
            rest=self.rest,
            alternation=self.alternation,
            jitter_percent=self.jitter_percent,
            rng=rng,
        )
        shares = np.arange(raw.shape[0]) / raw.shape[0]
        attack, release = self.fade_in_s / self.duration_s, self.fade_out_s / self.duration_s
        faded = raw * onset_offset(shares, attack=attack, release=release)
        wanted = 10.0 ** (self.level_dbfs / 20.0)
        return np.asarray(faded * wanted / np.sqrt(np.mean(faded**2)))

    def toward(self, other: "TractSpeech", position: float) -> "TractSpeech":
        """Return the speech at a position: the tract's wall, moments and the glottis' numbers go straight.

        Levels go straight in dB, the fundamental along logarithms; see `Posture.toward` and
        `TractShape.toward`. Resonances follow from the shape: they are not interpolated.

        Args:
            other: The speech at position 1, with as many postures.
            position: 0 is this speech.

        Raises:
            SettingError: If the numbers of postures differ.
        """
        if len(self.postures) != len(other.postures):
            raise SettingError(
                f"the two must have as many postures, got {len(self.postures)} and {len(other.postures)}"
            )
        straight = (
            *("nose_cm", "nostrils_cm2", "noise_db", "rest", "alternation"),
            *("jitter_percent", "level_dbfs", "fade_in_s", "fade_out_s"),
        )
        both = zip(self.postures, other.postures, strict=True)
        return replace(
            self,
            moments=lines(self.moments, other.moments, position),
            postures=tuple(mine.toward(theirs, position) for mine, theirs in both),
            **{name: line(getattr(self, name), getattr(other, name), position) for name in straight},
        )

    def moments_s(self) -> FloatArray:
        """Return when the postures are reached, shape (n_postures,), s: two pieces of speech correspond there."""
        return np.array(self.moments)

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the rate of the pulses at given moments, s, the same shape, Hz, NaN without voice.

        Irregularities (`jitter_percent`, `alternation`) are left out.
        """
        frames = self.frames_at(times_s)
        return np.where(frames.voice * pressures(frames).glottis > 0.1, frames.f0_hz, np.nan)

    def formants_hz_at(self, times_s: FloatArray) -> FloatArray | None:
        """Return the lowest 4 resonances at given moments, s, shape (n_times, 4), Hz; None where a nose takes part."""
        tubes = self.frames_at(times_s).tubes
        if any(posture.velum_cm2 > 0.0 for posture in self.postures):
            return None
        return pole_frequencies_hz(tubes)
