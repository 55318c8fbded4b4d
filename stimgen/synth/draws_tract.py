"""Random pairs of voices with physical vocal tracts: vowels, nasalised vowels, creak, and vowels in a room."""

from dataclasses import dataclass, replace

import numpy as np

from stimgen.synth.area_function import TractShape, vowel_shape
from stimgen.synth.pairs import KnownPair
from stimgen.synth.reverberant import Reverberant, Room
from stimgen.synth.tract_speech import Posture, TractSpeech

F0_RANGE_HZ = (85.0, 300.0)
DURATION_RANGE_S = (0.2, 0.45)
# Place of the tongue, its constriction and the opening of the lips, cm^2, that give about the vowels i e æ a ɔ o u
# y and the neutral one with `vowel_shape`; found by hand, as starting points of random draws.
_VOWELS = (
    (0.74, 0.25, 4.0),
    (0.70, 0.90, 4.0),
    (0.30, 2.20, 5.5),
    (0.25, 0.70, 5.5),
    (0.30, 0.40, 1.5),
    (0.38, 0.60, 0.7),
    (0.58, 0.40, 0.3),
    (0.73, 0.35, 0.4),
    (0.50, 3.50, 3.5),
)


@dataclass(frozen=True, kw_only=True)
class TractSpeaker:
    """What stays the same in all that one speaker says.

    Args:
        length_cm: Length of the tract with spread lips, cm.
        f0_hz: Mean fundamental, Hz.
        rd: Shape of the glottal pulses.
        noise_db: Level of all noise re the usual, dB.
        nose_cm: Length of the nose, cm.
        nostrils_cm2: Area of both nostrils, cm^2.
    """

    length_cm: float
    f0_hz: float
    rd: float
    noise_db: float
    nose_cm: float
    nostrils_cm2: float

    def speech(self, moments: list[float], postures: list[Posture], rng: np.random.Generator) -> TractSpeech:
        """Return the speaker's speech of given postures at given moments, s, with drawn level and fades."""
        longest_s = 0.4 * moments[-1]
        return TractSpeech(
            moments=tuple(moments),
            postures=tuple(postures),
            nose_cm=self.nose_cm,
            nostrils_cm2=self.nostrils_cm2,
            noise_db=self.noise_db,
            jitter_percent=float(rng.uniform(0.3, 1.0)),
            level_dbfs=float(rng.uniform(-27.0, -22.0)),
            fade_in_s=float(rng.uniform(0.01, 0.03)),
            fade_out_s=min(longest_s, float(rng.uniform(0.04, 0.1))),
        )


def random_tract_speaker(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float] = F0_RANGE_HZ
) -> TractSpeaker:
    """Draw a child, a woman or a man: short tracts go with high voices.

    Args:
        rng: What to draw from.
        f0_range_hz: Lowest and highest mean fundamental, Hz.
    """
    length_cm = float(rng.uniform(13.0, 18.5))
    # 110 Hz at 17.5 cm and 270 Hz at 13 cm, about a man and a child of ten
    f0_hz = 110.0 * (17.5 / length_cm) ** 3 * np.exp(rng.normal(0.0, 0.15))
    return TractSpeaker(
        length_cm=length_cm,
        f0_hz=float(np.clip(f0_hz, *f0_range_hz)),
        rd=float(rng.uniform(0.6, 2.0)),
        noise_db=float(rng.uniform(-6.0, 6.0)),
        nose_cm=length_cm * float(rng.uniform(0.6, 0.7)),
        nostrils_cm2=float(rng.uniform(0.8, 1.6)),
    )


def random_vowel_shape(rng: np.random.Generator, *, speaker: TractSpeaker, which: int) -> TractShape:
    """Draw the shape of one kind of vowel (0..`n_vowels` - 1); rounded lips make the tract longer."""
    place, constriction_cm2, lips_cm2 = _VOWELS[which]
    lips_cm = float(rng.uniform(0.6, 1.0)) + (0.6 if lips_cm2 < 1.0 else 0.0)
    return vowel_shape(
        place=place + float(rng.normal(0.0, 0.02)),
        constriction_cm2=constriction_cm2 * float(np.exp(rng.normal(0.0, 0.2))),
        lips_cm2=lips_cm2 * float(np.exp(rng.normal(0.0, 0.2))),
        length_cm=speaker.length_cm + lips_cm - 0.8,
        lips_cm=lips_cm,
    )


def two_vowels(rng: np.random.Generator) -> tuple[int, int]:
    """Draw two different kinds of vowel."""
    first, second = rng.permutation(len(_VOWELS))[:2]
    return int(first), int(second)


def spoken_fall(rng: np.random.Generator, f0_hz: float, n_postures: int) -> list[float]:
    """Draw the fundamental at each posture: a fall of 5 to 25 % around a mean, Hz, not quite even."""
    fall = float(rng.uniform(0.05, 0.25)) * np.linspace(0.5, -0.5, n_postures)
    return [float(f0_hz * np.exp(x)) for x in fall + rng.normal(0.0, 0.02, n_postures)]


def random_tract_vowel_pair(
    rng: np.random.Generator,
    *,
    f0_range_hz: tuple[float, float] = F0_RANGE_HZ,
    duration_range_s: tuple[float, float] = DURATION_RANGE_S,
) -> KnownPair[TractSpeech]:
    """Draw two vowels of two speakers; half of all vowels glide towards another one.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.
        duration_range_s: Range of the durations, s.

    Examples:
        >>> pair = random_tract_vowel_pair(np.random.default_rng(1))
        >>> pair.sound(0.5, rate_hz=16000, rng=np.random.default_rng(0)).rate_hz
        16000
    """
    a, b = (
        _random_vowel(
            rng,
            speaker=random_tract_speaker(rng, f0_range_hz=f0_range_hz),
            which=which,
            duration_s=float(rng.uniform(*duration_range_s)),
        )
        for which in two_vowels(rng)
    )
    return KnownPair(a=a, b=b)


def random_nasalised_pair(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float] = F0_RANGE_HZ
) -> KnownPair[TractSpeech]:
    """Draw an oral vowel and a nasalised one, in either order, of two speakers.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> pair = random_nasalised_pair(np.random.default_rng(1))
        >>> sorted(max(p.velum_cm2 for p in sound.postures) > 0.1 for sound in (pair.a, pair.b))
        [False, True]
    """
    pair = random_tract_vowel_pair(rng, f0_range_hz=f0_range_hz)
    velum_cm2 = np.sort(rng.uniform(0.15, 0.8, size=3))
    nasalised = replace(
        pair.b,
        postures=tuple(
            replace(posture, velum_cm2=float(cm2))
            for posture, cm2 in zip(pair.b.postures, velum_cm2, strict=True)
        ),
    )
    return KnownPair(a=pair.a, b=nasalised) if rng.random() < 0.5 else KnownPair(a=nasalised, b=pair.a)


def random_creak_pair(rng: np.random.Generator) -> KnownPair[TractSpeech]:
    """Draw a vowel in a modal voice and one in creak (40 to 70 irregular pulses a second), in either order.

    Args:
        rng: What to draw from.

    Examples:
        >>> pair = random_creak_pair(np.random.default_rng(1))
        >>> min(pair.a.rest, pair.b.rest), max(pair.a.rest, pair.b.rest) >= 0.4
        (0.0, True)
    """
    pair = random_tract_vowel_pair(rng, f0_range_hz=(85.0, 140.0), duration_range_s=(0.3, 0.5))
    f0s_hz = spoken_fall(rng, float(rng.uniform(43.0, 65.0)), len(pair.b.postures))
    rd = float(rng.uniform(0.4, 0.8))
    creak = replace(
        pair.b,
        postures=tuple(
            replace(posture, f0_hz=f0_hz, rd=rd, glottis_cm2=0.02)
            for posture, f0_hz in zip(pair.b.postures, f0s_hz, strict=True)
        ),
        rest=float(rng.uniform(0.4, 0.6)),
        alternation=float(rng.uniform(0.0, 0.3)),
        jitter_percent=float(rng.uniform(4.0, 9.0)),
        # few, strong pulses: their peaks are high above their RMS
        level_dbfs=pair.b.level_dbfs - 3.0,
    )
    return KnownPair(a=pair.a, b=creak) if rng.random() < 0.5 else KnownPair(a=creak, b=pair.a)


def random_reverberant_pair(
    rng: np.random.Generator, *, rt60_range_s: tuple[float, float] = (0.2, 0.8)
) -> KnownPair[Reverberant[TractSpeech]]:
    """Draw two vowels of two speakers in one room.

    Args:
        rng: What to draw from.
        rt60_range_s: Range of the time in which the room's echoes fall by 60 dB, s.

    Examples:
        >>> pair = random_reverberant_pair(np.random.default_rng(1))
        >>> pair.a.room == pair.b.room
        True
    """
    pair = random_tract_vowel_pair(rng)
    room = Room(
        rt60_s=float(rng.uniform(*rt60_range_s)),
        direct_db=float(rng.uniform(0.0, 10.0)),
        gap_s=float(rng.uniform(0.002, 0.01)),
        seed=int(rng.integers(2**31)),
    )
    tail_s = 0.3 * room.rt60_s
    return KnownPair(
        a=Reverberant(dry=pair.a, room=room, tail_s=tail_s),
        b=Reverberant(dry=pair.b, room=room, tail_s=tail_s),
    )


def _random_vowel(
    rng: np.random.Generator, *, speaker: TractSpeaker, which: int, duration_s: float
) -> TractSpeech:
    start = random_vowel_shape(rng, speaker=speaker, which=which)
    glides = rng.random() < 0.5
    goal = random_vowel_shape(
        rng, speaker=speaker, which=int(rng.integers(len(_VOWELS))) if glides else which
    )
    share = float(rng.uniform(0.2, 0.6)) if glides else 1.0
    f0s_hz = spoken_fall(rng, speaker.f0_hz, 3)
    # the voice gets laxer towards the end
    rds = np.minimum(speaker.rd * np.array([1.0, 1.0, rng.uniform(1.0, 1.3)]), 2.7)
    shapes = (start, start.toward(goal, 0.5 * share), start.toward(goal, share))
    glottis_cm2 = float(rng.uniform(0.03, 0.08))
    postures = [
        Posture(shape=shape, f0_hz=f0_hz, rd=float(rd), glottis_cm2=glottis_cm2)
        for shape, f0_hz, rd in zip(shapes, f0s_hz, rds, strict=True)
    ]
    return speaker.speech([0.0, 0.5 * duration_s, duration_s], postures, rng)
