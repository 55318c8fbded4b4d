"""A vowel whose fundamental, formants, bandwidths, tilt, breath and level are all known."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.synth.contour import Contour, glide, steady
from stimgen.synth.lines import contour_between, line, log_lines
from stimgen.synth.source import Frames, frame_times_s, onset_offset, render_frames
from stimgen.synth.tract import usual_bandwidths_hz

# First three formants of American English vowels spoken by men, averages of Peterson & Barney 1952, JASA
# 24:175, table II; the fourth and fifth are those of a uniform tube of 17.5 cm.
VOWEL_FORMANTS_HZ: dict[str, tuple[float, ...]] = {
    "i": (270.0, 2290.0, 3010.0, 3500.0, 4500.0),
    "ɪ": (390.0, 1990.0, 2550.0, 3500.0, 4500.0),
    "ɛ": (530.0, 1840.0, 2480.0, 3500.0, 4500.0),
    "æ": (660.0, 1720.0, 2410.0, 3500.0, 4500.0),
    "ɑ": (730.0, 1090.0, 2440.0, 3500.0, 4500.0),
    "ɔ": (570.0, 840.0, 2410.0, 3500.0, 4500.0),
    "ʊ": (440.0, 1020.0, 2240.0, 3500.0, 4500.0),
    "u": (300.0, 870.0, 2240.0, 3500.0, 4500.0),
    "ʌ": (640.0, 1190.0, 2390.0, 3500.0, 4500.0),
}


@final
@dataclass(frozen=True, kw_only=True)
class VowelParameters:
    """Everything that makes a synthetic vowel; `vowel` fills in what is usual.

    Args:
        duration_s: Duration, s.
        f0_hz: Fundamental frequency, Hz.
        formants_hz: One contour per formant, Hz, from low to high, at least 3.
        bandwidths_hz: One bandwidth per formant, Hz.
        tilt_db_per_octave: Slope of the voiced source with radiation, dB per octave.
        breath_db: Level of the breath noise re the voiced part, dB.
        level_dbfs: RMS of the voiced part at the beginning, dB re full scale: the integral of its spectral
            envelope, so a high voice whose harmonics miss a formant is a few dB quieter, as in speech.
        fall_db: How much the level falls from beginning to end, dB.
        attack: Share of the duration in which the vowel fades in.
        release: Share of the duration in which it fades out.
        jitter_percent: Random drift of the fundamental, percent; 0 keeps the contour exact.

    Raises:
        SettingError: If a value is out of range or the formants and bandwidths do not match.
    """

    duration_s: float
    f0_hz: Contour
    formants_hz: tuple[Contour, ...]
    bandwidths_hz: tuple[float, ...]
    tilt_db_per_octave: float = -7.0
    breath_db: float = -32.0
    level_dbfs: float = -24.0
    fall_db: float = 3.0
    attack: float = 0.08
    release: float = 0.18
    jitter_percent: float = 0.0

    def __post_init__(self) -> None:
        if not 0.01 <= self.duration_s <= 60.0:
            raise SettingError(f"a vowel lasts 0.01 to 60 s, got {self.duration_s:g} s")
        if len(self.formants_hz) < 3 or len(self.formants_hz) != len(self.bandwidths_hz):
            raise SettingError(
                f"a vowel needs at least 3 formants and one bandwidth each, got "
                f"{len(self.formants_hz)} formants and {len(self.bandwidths_hz)} bandwidths"
            )
        if min(self.bandwidths_hz) <= 0.0 or not (
            self.attack > 0.0 and 0.0 < self.release <= 1.0 - self.attack
        ):
            raise SettingError(
                "bandwidths, attack and release must be above 0, and attack plus release at most 1"
            )

    def frames(self) -> Frames:
        """Return what the source and the filter do at every frame."""
        shares = frame_times_s(self.duration_s) / self.duration_s
        n_frames = shares.shape[0]
        voice_dbfs = self.level_dbfs - self.fall_db * np.clip(shares, 0.0, 1.0)
        return Frames(
            f0_hz=self.f0_hz.at(shares),
            formants_hz=np.stack([contour.at(shares) for contour in self.formants_hz], axis=1),
            bandwidths_hz=np.tile(self.bandwidths_hz, (n_frames, 1)),
            tilt_db_per_octave=np.full(n_frames, self.tilt_db_per_octave),
            voice_dbfs=voice_dbfs,
            breath_dbfs=voice_dbfs + self.breath_db,
            friction_dbfs=np.full(n_frames, -200.0),
            friction_centre_hz=np.full(n_frames, 4000.0),
            friction_bandwidth_hz=np.full(n_frames, 2000.0),
            gain=onset_offset(shares, attack=self.attack, release=self.release),
        )

    def samples(self, *, rate_hz: int, rng: np.random.Generator) -> FloatArray:
        """Render the vowel, shape (round(duration_s * rate_hz),), full scale 1.0."""
        return render_frames(
            self.frames(),
            duration_s=self.duration_s,
            rate_hz=rate_hz,
            jitter_percent=self.jitter_percent,
            rng=rng,
        )

    def toward(self, other: "VowelParameters", position: float) -> "VowelParameters":
        """Return the vowel at a position: frequencies and bandwidths go along logarithms, levels and times straight.

        Args:
            other: The vowel at position 1, with as many formants.
            position: 0 is this vowel.

        Raises:
            SettingError: If the numbers of formants differ.
        """
        if len(self.formants_hz) != len(other.formants_hz):
            raise SettingError(
                f"the vowels must have as many formants, got {len(self.formants_hz)} and {len(other.formants_hz)}"
            )
        both = zip(self.formants_hz, other.formants_hz, strict=True)
        return replace(
            self,
            duration_s=line(self.duration_s, other.duration_s, position),
            f0_hz=contour_between(self.f0_hz, other.f0_hz, position),
            formants_hz=tuple(contour_between(mine, theirs, position) for mine, theirs in both),
            bandwidths_hz=log_lines(self.bandwidths_hz, other.bandwidths_hz, position),
            tilt_db_per_octave=line(self.tilt_db_per_octave, other.tilt_db_per_octave, position),
            breath_db=line(self.breath_db, other.breath_db, position),
            level_dbfs=line(self.level_dbfs, other.level_dbfs, position),
            fall_db=line(self.fall_db, other.fall_db, position),
            attack=line(self.attack, other.attack, position),
            release=line(self.release, other.release, position),
            jitter_percent=line(self.jitter_percent, other.jitter_percent, position),
        )

    def moments_s(self) -> FloatArray:
        """Return the beginning and the end, shape (2,), s: time is linear."""
        return np.array([0.0, self.duration_s])

    def f0_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the fundamental at given moments, s, the same shape, Hz, without its random drift."""
        return self.f0_hz.at(times_s / self.duration_s)

    def formants_hz_at(self, times_s: FloatArray) -> FloatArray:
        """Return the formants at given moments, s, shape (n_times, n_formants), Hz."""
        return np.stack([contour.at(times_s / self.duration_s) for contour in self.formants_hz], axis=1)


def vowel(
    formants_hz: tuple[float | tuple[float, float], ...],
    *,
    f0_hz: float | tuple[float, float] | Contour,
    duration_s: float = 0.4,
    breath_db: float = -32.0,
    level_dbfs: float = -24.0,
    jitter_percent: float = 0.0,
) -> VowelParameters:
    """Describe a vowel in a few numbers; bandwidths and the rest get usual values.

    Args:
        formants_hz: Each formant, Hz: one number, or (start, end) for one that moves.
        f0_hz: Fundamental, Hz: one number, (start, end), or a contour.
        duration_s: Duration, s.
        breath_db: Level of the breath noise re the voiced part, dB.
        level_dbfs: RMS level, dB re full scale.
        jitter_percent: Random drift of the fundamental, percent.

    Examples:
        >>> parameters = vowel(VOWEL_FORMANTS_HZ["ɑ"], f0_hz=(120.0, 100.0))
        >>> parameters.samples(rate_hz=16000, rng=np.random.default_rng(0)).shape
        (6400,)
    """
    contours = tuple(_contour(formant) for formant in formants_hz)
    means_hz = np.array([np.exp(np.mean(np.log(contour.values))) for contour in contours])
    return VowelParameters(
        duration_s=duration_s,
        f0_hz=_contour(f0_hz),
        formants_hz=contours,
        bandwidths_hz=tuple(usual_bandwidths_hz(means_hz).tolist()),
        breath_db=breath_db,
        level_dbfs=level_dbfs,
        jitter_percent=jitter_percent,
    )


def _contour(value: float | tuple[float, float] | Contour) -> Contour:
    if isinstance(value, Contour):
        return value
    if isinstance(value, tuple):
        return glide(*value)
    return steady(value)
