"""Random pairs of stops and nasal consonants with vowels, spoken by physical vocal tracts."""

from dataclasses import replace
from typing import Literal

import numpy as np

from stimgen.synth.area_function import TractShape
from stimgen.synth.draws_tract import (
    F0_RANGE_HZ,
    TractSpeaker,
    random_tract_speaker,
    random_vowel_shape,
    spoken_fall,
    two_vowels,
)
from stimgen.synth.pairs import KnownPair
from stimgen.synth.tract_speech import OPEN_CM, Posture, TractSpeech

# lips, ridge behind the teeth, soft palate, as shares of the tract's length
_PLACES = (0.985, 0.87, 0.64)
_MODAL_CM2 = 0.05

StopKinds = Literal["CV", "VCV"]


def random_stop_pair(
    rng: np.random.Generator, *, kinds: StopKinds = "CV", f0_range_hz: tuple[float, float] = F0_RANGE_HZ
) -> KnownPair[TractSpeech]:
    """Draw two syllables with a stop at different places, one with a short and one with a long lag of the voice.

    The moments that correspond are: the beginning (for VCV: and the beginning and the end of the closing), the
    release, the end of its quick part, the onset of the voice, the end of the opening, and the end.

    Args:
        rng: What to draw from.
        kinds: "CV", which begins closed and silent, or "VCV".
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> pair = random_stop_pair(np.random.default_rng(1))
        >>> pair.a.moments_s().shape, random_stop_pair(np.random.default_rng(1), kinds="VCV").b.moments_s().shape
        ((6,), (8,))
    """
    lags_s = rng.permutation([float(rng.uniform(0.01, 0.02)), float(rng.uniform(0.04, 0.09))])
    places = rng.permutation(_PLACES)[:2]
    a, b = (
        _random_stop(
            rng,
            place=float(place + rng.normal(0.0, 0.01)),
            lag_s=float(lag_s),
            which=which,
            kinds=kinds,
            speaker=random_tract_speaker(rng, f0_range_hz=f0_range_hz),
        )
        for place, lag_s, which in zip(places, lags_s, two_vowels(rng), strict=True)
    )
    return KnownPair(a=a, b=b)


def random_nasal_pair(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float] = F0_RANGE_HZ
) -> KnownPair[TractSpeech]:
    """Draw two syllables of a nasal consonant, at different places, and a vowel.

    The moments that correspond are: the beginning, the release, the end of the opening, and the end.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> random_nasal_pair(np.random.default_rng(1)).a.moments_s().shape
        (4,)
    """
    places = rng.permutation(_PLACES)[:2]
    a, b = (
        _random_nasal(
            rng,
            place=float(place + rng.normal(0.0, 0.01)),
            which=which,
            speaker=random_tract_speaker(rng, f0_range_hz=f0_range_hz),
        )
        for place, which in zip(places, two_vowels(rng), strict=True)
    )
    return KnownPair(a=a, b=b)


def _random_nasal(
    rng: np.random.Generator, *, place: float, which: int, speaker: TractSpeaker
) -> TractSpeech:
    lengths_s = (rng.uniform(0.06, 0.14), rng.uniform(0.03, 0.06), rng.uniform(0.12, 0.28))
    shape = random_vowel_shape(rng, speaker=speaker, which=which)
    velum_cm2 = float(rng.uniform(0.4, 1.0))
    f0s_hz = spoken_fall(rng, speaker.f0_hz, 4)
    closed = Posture(
        shape=shape, f0_hz=f0s_hz[0], rd=speaker.rd, velum_cm2=velum_cm2, place=place, opening_cm=0.0
    )
    opened = replace(
        closed, f0_hz=f0s_hz[2], opening_cm=OPEN_CM, velum_cm2=float(rng.uniform(0.05, 0.3)) * velum_cm2
    )
    postures = [
        closed,
        replace(closed, f0_hz=f0s_hz[1]),
        opened,
        replace(opened, f0_hz=f0s_hz[3], velum_cm2=0.0),
    ]
    return speaker.speech(_moments(lengths_s), postures, rng)


def _random_stop(
    rng: np.random.Generator,
    *,
    place: float,
    lag_s: float,
    which: int,
    kinds: StopKinds,
    speaker: TractSpeaker,
) -> TractSpeech:
    shape = random_vowel_shape(rng, speaker=speaker, which=which)
    # air pressure parts them within some ms, then they move at their own pace; a long lag goes with a wide glottis
    parting_s, parted_cm = float(rng.uniform(0.004, 0.007)), float(rng.uniform(0.3, 0.6))
    speed_cm_per_s = float(rng.uniform(20.0, 40.0))
    spread_cm2 = _MODAL_CM2 + 2.5 * lag_s
    lengths_s = (
        rng.uniform(0.03, 0.06),
        parting_s,
        lag_s - parting_s,
        rng.uniform(0.03, 0.05),
        rng.uniform(0.15, 0.3),
    )
    f0s_hz = spoken_fall(rng, speaker.f0_hz, 4)
    closed = Posture(
        shape=shape,
        f0_hz=f0s_hz[0],
        rd=speaker.rd,
        voice=0.0,
        glottis_cm2=spread_cm2,
        place=place,
        opening_cm=0.0,
    )
    parted = replace(closed, opening_cm=parted_cm)
    onset = replace(
        parted,
        f0_hz=f0s_hz[1],
        glottis_cm2=_MODAL_CM2 + 0.2 * (spread_cm2 - _MODAL_CM2),
        opening_cm=min(parted_cm + speed_cm_per_s * (lag_s - parting_s), OPEN_CM),
    )
    settled = replace(onset, f0_hz=f0s_hz[2], voice=1.0, glottis_cm2=_MODAL_CM2, opening_cm=OPEN_CM)
    postures = [closed, closed, parted, onset, settled, replace(settled, f0_hz=f0s_hz[3])]
    if kinds == "CV":
        return speaker.speech(_moments(lengths_s), postures, rng)
    before = random_vowel_shape(rng, speaker=speaker, which=two_vowels(rng)[0])
    return _with_vowel_before(rng, lengths_s, postures, before=before, speaker=speaker)


def _with_vowel_before(
    rng: np.random.Generator,
    lengths_s: tuple[float, ...],
    postures: list[Posture],
    *,
    before: TractShape,
    speaker: TractSpeaker,
) -> TractSpeech:
    vowel = replace(
        postures[0],
        shape=before,
        voice=1.0,
        glottis_cm2=_MODAL_CM2,
        opening_cm=OPEN_CM,
        f0_hz=1.05 * speaker.f0_hz,
    )
    closed = replace(postures[0], shape=before.toward(postures[0].shape, 0.5), glottis_cm2=_MODAL_CM2)
    earlier_s = (float(rng.uniform(0.08, 0.18)), float(rng.uniform(0.04, 0.06)))
    return speaker.speech(_moments(earlier_s + lengths_s), [vowel, vowel, closed, *postures[1:]], rng)


def _moments(lengths_s: tuple[float, ...]) -> list[float]:
    return [0.0, *(float(moment_s) for moment_s in np.cumsum(lengths_s))]
