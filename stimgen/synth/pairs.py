"""Random pairs of synthetic sounds, to measure morphs on, that know their true intermediates."""

from dataclasses import dataclass
from typing import Generic, Literal

import numpy as np

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment
from stimgen.synth.contour import Contour, spoken_f0
from stimgen.synth.interpolate import Kind, interpolate, true_alignment
from stimgen.synth.syllable import SyllableParameters
from stimgen.synth.synthesise import synthesise
from stimgen.synth.tract import usual_bandwidths_hz
from stimgen.synth.vowel import VOWEL_FORMANTS_HZ, VowelParameters
from stimgen.synth.word import Segment, WordParameters, closure_segment, fricative_segment, vowel_segment

WordKinds = Literal["VV", "VCV", "FVV", "VVV", "VFV", "FVCV", "VCVV"]


@dataclass(frozen=True, kw_only=True)
class KnownPair(Generic[Kind]):
    """Two sounds whose intermediates are known.

    Args:
        a: Parameters of one.
        b: Parameters of the other.
    """

    a: Kind
    b: Kind

    @property
    def alignment(self) -> Alignment:
        """Which moment of a corresponds to which of b."""
        return true_alignment(self.a, self.b)

    def sound(self, position: float, *, rate_hz: int, rng: np.random.Generator) -> Sound:
        """Render the truth at a position: 0 is a, 1 is b."""
        return synthesise(interpolate(self.a, self.b, position), rate_hz=rate_hz, rng=rng)


def random_vowel_pair(
    rng: np.random.Generator,
    *,
    f0_range_hz: tuple[float, float] = (90.0, 220.0),
    duration_range_s: tuple[float, float] = (0.25, 0.45),
    same_duration: bool = False,
) -> KnownPair[VowelParameters]:
    """Draw two vowels of random speakers.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.
        duration_range_s: Range of the durations, s.
        same_duration: Whether b gets a's duration.

    Examples:
        >>> pair = random_vowel_pair(np.random.default_rng(1), same_duration=True)
        >>> middle = pair.sound(0.5, rate_hz=16000, rng=np.random.default_rng(0))
        >>> middle.n_samples == round(16000 * pair.a.duration_s)
        True
    """
    first, second = rng.permutation(len(VOWEL_FORMANTS_HZ))[:2]
    durations_s = rng.uniform(*duration_range_s, size=2)
    duration_b_s = durations_s[0] if same_duration else durations_s[1]
    return KnownPair(
        a=_random_vowel(rng, which=int(first), f0_range_hz=f0_range_hz, duration_s=float(durations_s[0])),
        b=_random_vowel(rng, which=int(second), f0_range_hz=f0_range_hz, duration_s=float(duration_b_s)),
    )


def random_word_pair(
    rng: np.random.Generator,
    *,
    kinds: WordKinds = "VV",
    f0_range_hz: tuple[float, float] = (90.0, 220.0),
) -> KnownPair[WordParameters]:
    """Draw two words of the same kinds of segments whose events happen at unrelated times.

    Args:
        rng: What to draw from.
        kinds: One letter per segment: V vowel, C voiced closure, F fricative.
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> random_word_pair(np.random.default_rng(1), kinds="VCV").alignment.times_a_s.shape
        (6,)
    """
    return KnownPair(
        a=_random_word(rng, kinds=kinds, f0_range_hz=f0_range_hz),
        b=_random_word(rng, kinds=kinds, f0_range_hz=f0_range_hz),
    )


def random_syllable_pair(
    rng: np.random.Generator,
    *,
    f0_range_hz: tuple[float, float] = (600.0, 5000.0),
    same_duration: bool = False,
) -> KnownPair[SyllableParameters]:
    """Draw two bird-like syllables.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the centre of the fundamental, Hz; sweeps may leave it by half an octave, but
            not 0.6 to 8 kHz.
        same_duration: Whether b gets a's duration.

    Examples:
        >>> pair = random_syllable_pair(np.random.default_rng(1))
        >>> 600.0 <= min(pair.a.f0_hz.values) and max(pair.a.f0_hz.values) <= 8000.0
        True
    """
    durations_s = rng.uniform(0.08, 0.25, size=2)
    duration_b_s = durations_s[0] if same_duration else durations_s[1]
    return KnownPair(
        a=_random_syllable(rng, f0_range_hz=f0_range_hz, duration_s=float(durations_s[0])),
        b=_random_syllable(rng, f0_range_hz=f0_range_hz, duration_s=float(duration_b_s)),
    )


def _random_vowel(
    rng: np.random.Generator, *, which: int, f0_range_hz: tuple[float, float], duration_s: float
) -> VowelParameters:
    middle_hz = _random_formants_hz(rng, which=which)
    ends_hz = middle_hz[:, None] * np.exp(rng.normal(0.0, 0.04, size=(middle_hz.shape[0], 2)))
    shares = (0.0, 0.5, 1.0)
    formants = tuple(
        Contour(shares=shares, values=(float(start), float(middle), float(end)))
        for (start, end), middle in zip(ends_hz, middle_hz, strict=True)
    )
    f0_hz = _log_uniform(rng, *f0_range_hz)
    fall = float(np.exp(-rng.uniform(0.05, 0.25)))
    return VowelParameters(
        duration_s=duration_s,
        f0_hz=spoken_f0(f0_hz / np.sqrt(fall), f0_hz * np.sqrt(fall)),
        formants_hz=formants,
        bandwidths_hz=tuple((usual_bandwidths_hz(middle_hz) * np.exp(rng.normal(0.0, 0.1))).tolist()),
        tilt_db_per_octave=float(rng.uniform(-8.5, -5.5)),
        breath_db=float(rng.uniform(-40.0, -26.0)),
    )


def _random_formants_hz(
    rng: np.random.Generator, *, which: int, length_scale: float | None = None
) -> FloatArray:
    nominal_hz = np.array(list(VOWEL_FORMANTS_HZ.values())[which])
    scale = float(np.exp(rng.uniform(-0.04, 0.16))) if length_scale is None else length_scale
    return np.asarray(nominal_hz * scale * np.exp(rng.normal(0.0, 0.03, size=nominal_hz.shape[0])))


def _random_word(rng: np.random.Generator, *, kinds: str, f0_range_hz: tuple[float, float]) -> WordParameters:
    longest_s = {"V": 0.26, "C": 0.11, "F": 0.16}
    shortest_s = {"V": 0.09, "C": 0.06, "F": 0.08}
    lengths_s = np.array([rng.uniform(shortest_s[kind], longest_s[kind]) for kind in kinds])
    between = ["".join(sorted(two)) for two in zip(kinds, kinds[1:], strict=False)]
    transitions_s = [rng.uniform(0.03, 0.06) if two == "VV" else rng.uniform(0.015, 0.025) for two in between]
    f0_hz = _log_uniform(rng, *f0_range_hz) * np.exp(
        -rng.uniform(0.05, 0.25) * np.linspace(-0.5, 0.5, len(kinds) + 1)
        + rng.normal(0.0, 0.02, len(kinds) + 1)
    )
    return WordParameters(
        duration_s=float(lengths_s.sum()),
        segments=_random_segments(rng, kinds=kinds),
        event_times_s=tuple(np.cumsum(lengths_s)[:-1].tolist()),
        transition_s=tuple(float(long_s) for long_s in transitions_s),
        f0_hz=tuple(f0_hz.tolist()),
        breath_db=float(rng.uniform(-40.0, -26.0)),
    )


def _random_segments(rng: np.random.Generator, *, kinds: str) -> tuple[Segment, ...]:
    scale = float(np.exp(rng.uniform(-0.04, 0.16)))
    # neighbouring vowels differ, as otherwise there would be no event between them
    vowels = rng.permutation(len(VOWEL_FORMANTS_HZ))[: len(kinds)]
    segments = []
    for kind, which in zip(kinds, vowels, strict=True):
        formants_hz = tuple(_random_formants_hz(rng, which=int(which), length_scale=scale).tolist())
        if kind == "V":
            segments.append(vowel_segment(formants_hz, level_db=float(rng.uniform(-3.0, 0.0))))
        elif kind == "C":
            segments.append(closure_segment(formants_hz, level_db=float(rng.uniform(-45.0, -32.0))))
        else:
            centre_hz = float(rng.uniform(2800.0, 6000.0))
            width_hz = float(rng.uniform(0.3, 0.7)) * centre_hz
            level_db = float(rng.uniform(-14.0, -6.0))
            segments.append(
                fricative_segment(formants_hz, centre_hz=centre_hz, bandwidth_hz=width_hz, level_db=level_db)
            )
    return tuple(segments)


def _random_syllable(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float], duration_s: float
) -> SyllableParameters:
    shares = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    middle = np.array(shares) - 0.5
    sweep = rng.normal(0.0, 0.35) * middle + rng.normal(0.0, 1.0) * (middle**2 - 0.1)
    wiggle = rng.normal(0.0, 0.03, size=len(shares))
    bend = np.clip(sweep + wiggle, -0.5 * np.log(2.0), 0.5 * np.log(2.0))
    f0_hz = np.clip(_log_uniform(rng, *f0_range_hz) * np.exp(bend), 600.0, 8000.0)
    n_harmonics = int(np.clip(9000.0 // f0_hz.mean(), 1, 6))
    slope_db = rng.uniform(4.0, 14.0)
    harmonics_db = -slope_db * np.arange(n_harmonics) + rng.normal(0.0, 4.0, size=n_harmonics)
    return SyllableParameters(
        duration_s=duration_s,
        f0_hz=Contour(shares=shares, values=tuple(f0_hz.tolist())),
        harmonics_db=tuple(harmonics_db.tolist()),
        level_db=Contour(
            shares=shares, values=tuple(rng.uniform(-8.0, 0.0, size=len(shares)).tolist()), unit="db"
        ),
        noise_db=float(rng.uniform(-40.0, -28.0)),
    )


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
