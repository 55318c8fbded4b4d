"""The true intermediate of two synthetic sounds, and which moments of them correspond."""

from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from stimgen.errors import SettingError
from stimgen.spectral.alignment import Alignment
from stimgen.synth.contour import Contour
from stimgen.synth.syllable import SyllableParameters
from stimgen.synth.vowel import VowelParameters
from stimgen.synth.word import Segment, WordParameters

Interpolable = TypeVar("Interpolable", VowelParameters, WordParameters, SyllableParameters)
# a harmonic that only one of two syllables has comes up from here
_ABSENT_DB = -70.0


def interpolate(a: Interpolable, b: Interpolable, position: float) -> Interpolable:
    """Return the parameters at a position between two sounds of one kind.

    Frequencies and bandwidths go along their logarithms, levels in dB and times along straight lines;
    corresponding moments (see `true_alignment`) meet.

    Args:
        a: One sound.
        b: The other, of the same kind; vowels with as many formants, words with the same kinds of segments.
        position: 0 is a, 1 is b.

    Returns:
        The parameters of the intermediate; exactly a at 0 and b at 1.

    Raises:
        SettingError: If the two do not correspond.

    Examples:
        >>> from stimgen.synth.vowel import vowel
        >>> low = vowel((400.0, 1000.0, 2500.0), f0_hz=100.0, duration_s=0.2)
        >>> high = vowel((400.0, 1000.0, 2500.0), f0_hz=400.0, duration_s=0.4)
        >>> middle = interpolate(low, high, 0.5)
        >>> round(middle.f0_hz.values[0], 3), round(middle.duration_s, 3)
        (200.0, 0.3)
    """
    if position == 0.0:
        return a
    if position == 1.0:
        return b
    if isinstance(a, VowelParameters) and isinstance(b, VowelParameters):
        return _vowel(a, b, position)
    if isinstance(a, WordParameters) and isinstance(b, WordParameters):
        return _word(a, b, position)
    if isinstance(a, SyllableParameters) and isinstance(b, SyllableParameters):
        return _syllable(a, b, position)
    raise SettingError(
        f"there is nothing between a {type(a).__name__} and a {type(b).__name__}; give two of one kind"
    )


def true_alignment(a: Interpolable, b: Interpolable) -> Alignment:
    """Return which moment of a corresponds to which of b.

    For vowels and syllables that is linear time; for words the moments at which their clocks agree.

    Raises:
        SettingError: If the two are words of different kinds.
    """
    if isinstance(a, WordParameters) and isinstance(b, WordParameters):
        _same_kinds(a, b)
        return Alignment(times_a_s=a.knots_s(), times_b_s=b.knots_s(), method="events")
    return Alignment(
        times_a_s=np.array([0.0, a.duration_s]), times_b_s=np.array([0.0, b.duration_s]), method="linear"
    )


def _vowel(a: VowelParameters, b: VowelParameters, position: float) -> VowelParameters:
    if len(a.formants_hz) != len(b.formants_hz):
        raise SettingError(
            f"the vowels must have as many formants, got {len(a.formants_hz)} and {len(b.formants_hz)}"
        )
    pairs = zip(a.formants_hz, b.formants_hz, strict=True)
    return replace(
        a,
        duration_s=_line(a.duration_s, b.duration_s, position),
        f0_hz=_contour(a.f0_hz, b.f0_hz, position),
        formants_hz=tuple(_contour(formant_a, formant_b, position) for formant_a, formant_b in pairs),
        bandwidths_hz=_log_lines(a.bandwidths_hz, b.bandwidths_hz, position),
        tilt_db_per_octave=_line(a.tilt_db_per_octave, b.tilt_db_per_octave, position),
        breath_db=_line(a.breath_db, b.breath_db, position),
        level_dbfs=_line(a.level_dbfs, b.level_dbfs, position),
        fall_db=_line(a.fall_db, b.fall_db, position),
        attack=_line(a.attack, b.attack, position),
        release=_line(a.release, b.release, position),
        jitter_percent=_line(a.jitter_percent, b.jitter_percent, position),
    )


def _word(a: WordParameters, b: WordParameters, position: float) -> WordParameters:
    _same_kinds(a, b)
    pairs = zip(a.segments, b.segments, strict=True)
    return replace(
        a,
        duration_s=_line(a.duration_s, b.duration_s, position),
        segments=tuple(_segment(one, other, position) for one, other in pairs),
        event_times_s=_lines(a.event_times_s, b.event_times_s, position),
        transition_s=_lines(a.transition_s, b.transition_s, position),
        f0_hz=_log_lines(a.f0_hz, b.f0_hz, position),
        breath_db=_line(a.breath_db, b.breath_db, position),
        level_dbfs=_line(a.level_dbfs, b.level_dbfs, position),
        attack=_line(a.attack, b.attack, position),
        release=_line(a.release, b.release, position),
    )


def _segment(a: Segment, b: Segment, position: float) -> Segment:
    friction_hz = _log_lines(
        (a.friction_centre_hz, a.friction_bandwidth_hz),
        (b.friction_centre_hz, b.friction_bandwidth_hz),
        position,
    )
    return replace(
        a,
        formants_hz=_log_lines(a.formants_hz, b.formants_hz, position),
        bandwidths_hz=_log_lines(a.bandwidths_hz, b.bandwidths_hz, position),
        voice_db=_line(a.voice_db, b.voice_db, position),
        tilt_db_per_octave=_line(a.tilt_db_per_octave, b.tilt_db_per_octave, position),
        friction_db=_line(a.friction_db, b.friction_db, position),
        friction_centre_hz=friction_hz[0],
        friction_bandwidth_hz=friction_hz[1],
    )


def _syllable(a: SyllableParameters, b: SyllableParameters, position: float) -> SyllableParameters:
    levels = zip_longest(_re_total_db(a.harmonics_db), _re_total_db(b.harmonics_db), fillvalue=_ABSENT_DB)
    return replace(
        a,
        duration_s=_line(a.duration_s, b.duration_s, position),
        f0_hz=_contour(a.f0_hz, b.f0_hz, position),
        harmonics_db=tuple(_line(level_a, level_b, position) for level_a, level_b in levels),
        level_db=_contour(a.level_db, b.level_db, position),
        noise_db=_line(a.noise_db, b.noise_db, position),
        level_dbfs=_line(a.level_dbfs, b.level_dbfs, position),
        attack=_line(a.attack, b.attack, position),
        release=_line(a.release, b.release, position),
    )


def _re_total_db(levels_db: tuple[float, ...]) -> tuple[float, ...]:
    powers = 10.0 ** (np.array(levels_db) / 10.0)
    return tuple((10.0 * np.log10(powers / powers.sum())).tolist())


def _same_kinds(a: WordParameters, b: WordParameters) -> None:
    if a.kinds != b.kinds or len(a.segments[0].formants_hz) != len(b.segments[0].formants_hz):
        raise SettingError(
            f"the words must have the same kinds of segments and as many formants, "
            f"got {a.kinds} and {b.kinds}"
        )


def _contour(a: Contour, b: Contour, position: float) -> Contour:
    shares = np.unique(np.concatenate([a.shares, b.shares]))
    at_a, at_b = a.at(shares), b.at(shares)
    if a.unit == "db":
        values = (1.0 - position) * at_a + position * at_b
    else:
        values = at_a ** (1.0 - position) * at_b**position
    return Contour(shares=tuple(shares.tolist()), values=tuple(values.tolist()), unit=a.unit)


def _line(a: float, b: float, position: float) -> float:
    return (1.0 - position) * a + position * b


def _lines(a: tuple[float, ...], b: tuple[float, ...], position: float) -> tuple[float, ...]:
    return tuple(_line(one, other, position) for one, other in zip(a, b, strict=True))


def _log_lines(a: tuple[float, ...], b: tuple[float, ...], position: float) -> tuple[float, ...]:
    return tuple(one ** (1.0 - position) * other**position for one, other in zip(a, b, strict=True))
