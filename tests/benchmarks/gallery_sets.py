"""The sets of the gallery: which sounds are morphed, from 10 ms to 1 s, real and synthetic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from real_pairs import SoundPair, Sources, draw_pair, kinds_at_hand

from stimgen.media.sound import FloatArray, Sound
from stimgen.synth import (
    KnownPair,
    chirp,
    complex_tone,
    random_syllable_pair,
    random_vowel_pair,
    random_word_pair,
    tone,
)

REAL_SETS = {"digits": 4, "finch": 4, "words": 3, "room": 1, "two voices": 1, "creak": 1, "folder": 2}
_SPEECH_RATE_HZ, _CALL_RATE_HZ = 16000, 44100


@dataclass(frozen=True, kw_only=True)
class GallerySet:
    """Two sounds to morph, and what to call them together."""

    title: str
    pair: SoundPair


def gallery_sets(sources: Sources, *, seed: int) -> Iterator[GallerySet]:
    """Yield every set: real ones of the kinds whose data are there, then synthetic ones."""
    for kind in kinds_at_hand(sources):
        for number in range(REAL_SETS[kind]):
            pair = draw_pair(kind, sources, seed=seed, number=number)
            yield GallerySet(title=f"{kind}: {pair.a.name} to {pair.b.name}", pair=pair)
    for number, (title, make) in enumerate(SYNTHETIC.items()):
        yield GallerySet(title=title, pair=make(np.random.default_rng([seed, 1000 + number])))


def _known(
    draw: Callable[[np.random.Generator], KnownPair], rate_hz: int, rng: np.random.Generator
) -> SoundPair:
    pair = draw(rng)
    a, b = (pair.sound(position, rate_hz=rate_hz, rng=rng) for position in (0.0, 1.0))
    return SoundPair(a=replace(a, name="a"), b=replace(b, name="b"))


def _brief_chirps(rng: np.random.Generator) -> SoundPair:
    """Two chirps of 10 ms."""
    up, down = (
        chirp(*hz, duration_s=0.010, rate_hz=_CALL_RATE_HZ, ramp_s=0.002)
        for hz in ((2000.0, 5000.0), (6000.0, 3000.0))
    )
    return SoundPair(a=replace(up, name="up"), b=replace(down, name="down"))


def _brief_syllables(rng: np.random.Generator) -> SoundPair:
    """Syllables shortened to 20 to 40 ms."""
    pair = random_syllable_pair(rng)
    sides = [replace(side, duration_s=long_s) for side, long_s in ((pair.a, 0.020), (pair.b, 0.040))]
    return _known(lambda _: KnownPair(a=sides[0], b=sides[1]), _CALL_RATE_HZ, rng)


def _bursts(rng: np.random.Generator) -> SoundPair:
    """Two bursts of noise of 30 and 60 ms, one dark and one bright."""
    return SoundPair(
        a=_noise(rng, duration_s=0.030, band_hz=(300.0, 1500.0)),
        b=_noise(rng, duration_s=0.060, band_hz=(3000.0, 9000.0)),
    )


def _noise_to_tone(rng: np.random.Generator) -> SoundPair:
    """A second of hiss and a second of a complex tone."""
    a = _noise(rng, duration_s=1.0, band_hz=(1000.0, 7000.0))
    b = complex_tone(180.0, duration_s=1.0, rate_hz=_CALL_RATE_HZ, harmonics_db=(0, -4, -8, -12, -16, -20))
    return SoundPair(a=a, b=replace(b, name="tone"))


def _square_to_triangle(rng: np.random.Generator) -> SoundPair:
    """Waves of odd harmonics of two pitches."""
    odd = np.arange(1, 16)
    sounds = []
    for name, f0_hz, fall in (("square", 220.0, 1.0), ("triangle", 330.0, 2.0)):
        levels_db = np.where(odd % 2 == 1, -20.0 * fall * np.log10(odd), -200.0)
        made = complex_tone(
            f0_hz, duration_s=0.5, rate_hz=_CALL_RATE_HZ, harmonics_db=tuple(levels_db.tolist())
        )
        sounds.append(replace(made, name=name))
    return SoundPair(a=sounds[0], b=sounds[1])


def _sines(rng: np.random.Generator) -> SoundPair:
    """Two sines of a second."""
    low, high = (tone(hz, duration_s=1.0, rate_hz=_CALL_RATE_HZ) for hz in (440.0, 1250.0))
    return SoundPair(a=replace(low, name="440 Hz"), b=replace(high, name="1250 Hz"))


def _noise(rng: np.random.Generator, *, duration_s: float, band_hz: tuple[float, float]) -> Sound:
    n = round(duration_s * _CALL_RATE_HZ)
    spectrum = np.fft.rfft(rng.normal(size=n))
    at_hz = np.fft.rfftfreq(n, 1.0 / _CALL_RATE_HZ)
    distance = np.log2(np.maximum(at_hz, 1.0) / np.sqrt(band_hz[0] * band_hz[1]))
    spectrum *= np.exp(-((distance / (0.5 * np.log2(band_hz[1] / band_hz[0]))) ** 2))
    samples = np.fft.irfft(spectrum, n) * _fade(n)
    return Sound(samples=0.1 * samples / samples.std(), rate_hz=_CALL_RATE_HZ, name="noise")


def _fade(n: int) -> FloatArray:
    edge = min(round(0.003 * _CALL_RATE_HZ), n // 2)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    return np.concatenate([rise, np.ones(n - 2 * edge), rise[::-1]])


SYNTHETIC: dict[str, Callable[[np.random.Generator], SoundPair]] = {
    "vowels": partial(_known, random_vowel_pair, _SPEECH_RATE_HZ),
    "high vowels": partial(_known, partial(random_vowel_pair, f0_range_hz=(220.0, 400.0)), _SPEECH_RATE_HZ),
    "word, fricative first": partial(_known, partial(random_word_pair, kinds="FVV"), _SPEECH_RATE_HZ),
    "word, fricative within": partial(_known, partial(random_word_pair, kinds="VFV"), _SPEECH_RATE_HZ),
    "syllables": partial(_known, random_syllable_pair, _CALL_RATE_HZ),
    "syllables of 20 and 40 ms": _brief_syllables,
    "chirps of 10 ms": _brief_chirps,
    "noise bursts of 30 and 60 ms": _bursts,
    "noise to tone, 1 s": _noise_to_tone,
    "square to triangle wave": _square_to_triangle,
    "sines, 1 s": _sines,
}
