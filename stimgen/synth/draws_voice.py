"""Random pairs of voices with one glide, of friction and vowel, of whisper and voice, and of words of these."""

from dataclasses import replace
from typing import Literal

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.event_clock import EventClock
from stimgen.synth.mixed import VOICELESS_DB, MixedParameters, MixedSegment
from stimgen.synth.pairs import KnownPair
from stimgen.synth.speakers import random_speaker
from stimgen.synth.tract import usual_bandwidths_hz
from stimgen.synth.word import WordParameters, vowel_segment

_F0_RANGE_HZ = (85.0, 280.0)
MixedKinds = Literal["FVV", "VFV", "FV", "VF"]


def random_glide_pair(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float] = _F0_RANGE_HZ
) -> KnownPair[WordParameters]:
    """Draw two glides between two vowels each, one early (at 20 to 40 % of it), one late (at 60 to 80 %).

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> pair = random_glide_pair(np.random.default_rng(1))
        >>> shares = [one.event_times_s[0] / one.duration_s for one in (pair.a, pair.b)]
        >>> min(shares) < 0.4 and 0.6 < max(shares)
        True
    """
    spans = [(0.2, 0.4), (0.6, 0.8)]
    if rng.random() < 0.5:
        spans.reverse()
    a, b = (
        _random_glide(rng, event_share=float(rng.uniform(*span)), f0_range_hz=f0_range_hz) for span in spans
    )
    return KnownPair(a=a, b=b)


def random_fricative_vowel_pair(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float] = _F0_RANGE_HZ
) -> KnownPair[MixedParameters]:
    """Draw a steady voiceless fricative (a) and a vowel (b); see `MixedParameters` for the truth.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental of the vowel, Hz.

    Examples:
        >>> pair = random_fricative_vowel_pair(np.random.default_rng(1))
        >>> bool(np.all(np.isnan(pair.a.f0_hz_at(np.array([0.1])))))
        True
    """
    speaker = random_speaker(rng, f0_range_hz=f0_range_hz)
    spoken = _random_voice(rng, speaker.vowels_hz(1, rng=rng)[0])
    rubbed = _as_fricative(rng, spoken)
    spoken = _with_hump_of(rubbed, spoken)
    f0_hz = tuple(speaker.falling_f0_hz(2, rng=rng).tolist())
    durations_s = rng.uniform(0.15, 0.4, size=2)
    levels_dbfs = rng.uniform(-28.0, -20.0, size=2)
    a, b = (
        MixedParameters(
            clock=EventClock(duration_s=float(duration_s)),
            segments=(segment,),
            f0_hz=f0_hz,
            level_dbfs=float(level_dbfs),
        )
        for segment, duration_s, level_dbfs in zip((rubbed, spoken), durations_s, levels_dbfs, strict=True)
    )
    return KnownPair(a=a, b=b)


def random_voiced_voiceless_pair(
    rng: np.random.Generator, *, f0_range_hz: tuple[float, float] = _F0_RANGE_HZ
) -> KnownPair[MixedParameters]:
    """Draw a whispered or breathy vowel and nearly the same vowel in full voice, in either order.

    The weaker voice has a harmonics-to-noise ratio of -10 to 2 dB at 1 kHz, or none in every third pair; the
    full one 14 to 28 dB. Whisper raises the first formant by some 15 % and the second by some 5 %
    (Kallail & Emanuel 1984, JSHR 27:245), the breathy voice in proportion.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the mean fundamental, Hz.

    Examples:
        >>> pair = random_voiced_voiceless_pair(np.random.default_rng(1))
        >>> min(pair.a.segments[0].hnr_db, pair.b.segments[0].hnr_db) < 3.0
        True
    """
    speaker = random_speaker(rng, f0_range_hz=f0_range_hz)
    vowel_hz = speaker.vowels_hz(1, rng=rng)[0]
    duration_s, f0_hz = rng.uniform(0.2, 0.45), speaker.falling_f0_hz(3, rng=rng)
    full = _drifting_vowel(
        vowel_hz, duration_s=duration_s, hnr_db=rng.uniform(14.0, 28.0), f0_hz=f0_hz, rng=rng
    )
    hnr_db = VOICELESS_DB if rng.random() < 1.0 / 3.0 else rng.uniform(-10.0, 2.0)
    raised = 1.0 + np.array([0.15, 0.05, 0.0, 0.0, 0.0]) * (20.0 - hnr_db) / (20.0 - VOICELESS_DB)
    weak = _drifting_vowel(
        vowel_hz * raised * np.exp(rng.normal(0.0, 0.02, size=5)),
        duration_s=duration_s * np.exp(rng.normal(0.0, 0.15)),
        hnr_db=hnr_db,
        f0_hz=f0_hz * np.exp(rng.normal(0.0, 0.05)) if hnr_db > VOICELESS_DB else f0_hz,
        rng=rng,
    )
    return KnownPair(a=weak, b=full) if rng.random() < 0.5 else KnownPair(a=full, b=weak)


def random_mixed_word_pair(
    rng: np.random.Generator, *, kinds: MixedKinds = "FVV", f0_range_hz: tuple[float, float] = _F0_RANGE_HZ
) -> KnownPair[MixedParameters]:
    """Draw a word with a fricative (a) and one with a vowel in its place (b), such as FVV and VVV.

    Args:
        rng: What to draw from.
        kinds: The segments of a: F fricative, V vowel; b has vowels only.
        f0_range_hz: Range of the mean fundamentals, Hz.

    Examples:
        >>> pair = random_mixed_word_pair(np.random.default_rng(1))
        >>> pair.a.segments[0].hnr_db, pair.b.segments[0].hnr_db > 0.0, pair.alignment.times_a_s.shape
        (-20.0, True, (6,))
    """
    voices = [random_speaker(rng, f0_range_hz=f0_range_hz) for _ in range(2)]
    word_b = [_random_voice(rng, vowel_hz) for vowel_hz in voices[1].vowels_hz(len(kinds), rng=rng)]
    word_a = [_random_voice(rng, vowel_hz) for vowel_hz in voices[0].vowels_hz(len(kinds), rng=rng)]
    f0_a_hz, f0_b_hz = (voice.falling_f0_hz(len(kinds) + 1, rng=rng) for voice in voices)
    for i, kind in enumerate(kinds):
        if kind == "F":
            word_a[i] = _as_fricative(rng, word_b[i], level_db=float(rng.uniform(-14.0, -4.0)))
            word_a = [_with_hump_of(word_a[i], segment) for segment in word_a]
            word_b = [_with_hump_of(word_a[i], segment) for segment in word_b]
    # an unheard fundamental at an end is that of the other word
    for end in (0, -1):
        if kinds[end] == "F":
            f0_a_hz[end] = f0_b_hz[end]
    return KnownPair(
        a=_timed_word(rng, segments=word_a, kinds=kinds, f0_hz=f0_a_hz),
        b=_timed_word(rng, segments=word_b, kinds="V" * len(kinds), f0_hz=f0_b_hz),
    )


def _random_glide(
    rng: np.random.Generator, *, event_share: float, f0_range_hz: tuple[float, float]
) -> WordParameters:
    speaker = random_speaker(rng, f0_range_hz=f0_range_hz)
    duration_s = float(rng.uniform(0.25, 0.5))
    room_s = 2.0 * min(event_share, 1.0 - event_share) * duration_s
    return WordParameters(
        duration_s=duration_s,
        segments=tuple(
            vowel_segment(tuple(vowel_hz.tolist()), level_db=float(rng.uniform(-3.0, 0.0)))
            for vowel_hz in speaker.vowels_hz(2, rng=rng)
        ),
        event_times_s=(event_share * duration_s,),
        transition_s=(min(float(rng.uniform(0.04, 0.12)), 0.8 * room_s),),
        f0_hz=tuple(speaker.falling_f0_hz(3, rng=rng).tolist()),
        breath_db=float(rng.uniform(-40.0, -26.0)),
        level_dbfs=float(rng.uniform(-27.0, -21.0)),
    )


def _random_voice(rng: np.random.Generator, formants_hz: FloatArray) -> MixedSegment:
    # the noise of breath has no tilt of its own, so the ratio falls as the voice does
    tilt_db = float(rng.uniform(-8.5, -5.5))
    return MixedSegment(
        formants_hz=tuple(formants_hz.tolist()),
        bandwidths_hz=tuple((usual_bandwidths_hz(formants_hz) * np.exp(rng.normal(0.0, 0.1))).tolist()),
        tilt_db_per_octave=tilt_db,
        level_db=float(rng.uniform(-3.0, 0.0)),
        hnr_db=float(rng.uniform(12.0, 28.0)),
        hnr_slope_db_per_octave=tilt_db,
    )


def _as_fricative(rng: np.random.Generator, vowel: MixedSegment, *, level_db: float = 0.0) -> MixedSegment:
    """Draw a fricative said with the tract set for a vowel, whose formants are hardly heard."""
    sharp = rng.random() < 0.7  # s and sh have a narrow hump, f and th a low and wide one
    return MixedSegment(
        formants_hz=vowel.formants_hz,
        bandwidths_hz=tuple(2.0 * width_hz for width_hz in vowel.bandwidths_hz),
        tilt_db_per_octave=float(rng.uniform(1.0, 4.0) if sharp else rng.uniform(-1.0, 2.0)),
        prominence=float(rng.uniform(0.05, 0.25)),
        level_db=level_db,
        hnr_db=VOICELESS_DB,
        hnr_slope_db_per_octave=0.0,
        hump_db=float(rng.uniform(16.0, 26.0) if sharp else rng.uniform(4.0, 10.0)),
        hump_centre_hz=float(np.exp(rng.uniform(np.log(2600.0), np.log(6500.0)))),
        hump_octaves=float(rng.uniform(0.2, 0.5) if sharp else rng.uniform(0.6, 1.0)),
    )


def _with_hump_of(fricative: MixedSegment, segment: MixedSegment) -> MixedSegment:
    """Return a segment whose own hump, heard or not, lies where that of a fricative does."""
    return replace(segment, hump_centre_hz=fricative.hump_centre_hz, hump_octaves=fricative.hump_octaves)


def _drifting_vowel(
    vowel_hz: FloatArray, *, duration_s: float, hnr_db: float, f0_hz: FloatArray, rng: np.random.Generator
) -> MixedParameters:
    # one transition through nearly all of it stands for the small movements that every spoken vowel has
    tilt_db = float(-1.5 - 5.5 * np.clip((hnr_db - VOICELESS_DB) / 40.0, 0.0, 1.0) + rng.normal(0.0, 0.7))
    breath = {"hnr_db": float(hnr_db), "hnr_slope_db_per_octave": 0.0 if hnr_db == VOICELESS_DB else tilt_db}
    ends_hz = [vowel_hz * np.exp(rng.normal(0.0, 0.03, size=vowel_hz.shape)) for _ in range(2)]
    return MixedParameters(
        clock=EventClock(
            duration_s=float(duration_s),
            event_times_s=(0.5 * float(duration_s),),
            transition_s=(0.8 * float(duration_s),),
        ),
        segments=tuple(
            MixedSegment(
                formants_hz=tuple(end_hz.tolist()),
                bandwidths_hz=tuple(usual_bandwidths_hz(end_hz).tolist()),
                tilt_db_per_octave=tilt_db,
                level_db=float(rng.uniform(-2.0, 0.0)),
                **breath,
            )
            for end_hz in ends_hz
        ),
        f0_hz=tuple(f0_hz.tolist()),
        level_dbfs=float(rng.uniform(-28.0, -20.0)),
    )


def _timed_word(
    rng: np.random.Generator, *, segments: list[MixedSegment], kinds: str, f0_hz: FloatArray
) -> MixedParameters:
    lengths_s = np.array(
        [rng.uniform(0.08, 0.16) if kind == "F" else rng.uniform(0.09, 0.26) for kind in kinds]
    )
    between = zip(kinds, kinds[1:], strict=False)
    transitions_s = [
        rng.uniform(0.03, 0.06) if "F" not in neighbours else rng.uniform(0.015, 0.025)
        for neighbours in between
    ]
    return MixedParameters(
        clock=EventClock(
            duration_s=float(lengths_s.sum()),
            event_times_s=tuple(np.cumsum(lengths_s)[:-1].tolist()),
            transition_s=tuple(float(long_s) for long_s in transitions_s),
        ),
        segments=tuple(segments),
        f0_hz=tuple(f0_hz.tolist()),
        level_dbfs=float(rng.uniform(-26.0, -21.0)),
    )
