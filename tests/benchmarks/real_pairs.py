"""Pairs of real recordings and of a synthetic voice, drawn by seed, for benchmarks and the gallery.

Digits and finch syllables are read from a folder of data (see `DATA`), words are spoken by espeak-ng. Three more
kinds are made of these to be hard: in a room, two voices at once, and a creaky voice.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.signal
import soxr

from stimgen.calibration.trim import trim
from stimgen.media.annotation import Segment
from stimgen.media.annotation_read import read_annotation
from stimgen.media.read import read
from stimgen.media.sound import FloatArray, Sound

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SPEAKERS = ("george", "jackson", "nicolas", "yweweler")
WORDS = (
    "cat",
    "mama",
    "wasser",
    "seven",
    "yellow",
    "honey",
    "sail",
    "thin",
    "zoo",
    "banana",
    "moon",
    "church",
)
WORDS += ("pretty", "judge", "window", "squeak", "loud", "father", "nine", "shower")
LANGUAGES = ("en-us", "en-gb", "de", "en-gb-scotland")
VARIANTS = ("m1", "m3", "m5", "m7", "f1", "f2", "f3", "f4")
_AROUND_S = 0.004
_WORD_RATES_HZ = (22050, 44100, 48000)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where recordings come from, and which of them are used.

    Args:
        data: Folder that holds `spoken_digits/recordings` and `bengalese_finch`.
        speakers: Speakers of digits that are drawn.
        songs: Numbers of finch songs that are drawn, e.g. (0, 7); empty for all.
        extra: Folder of more recordings, None for none.
    """

    data: Path = DATA
    speakers: tuple[str, ...] = SPEAKERS
    songs: tuple[int, ...] = ()
    extra: Path | None = None


@dataclass(frozen=True, kw_only=True)
class SoundPair:
    """Two recordings of one rate."""

    a: Sound
    b: Sound


Draw = Callable[[Sources, np.random.Generator], SoundPair]


def draw_pair(kind: str, sources: Sources, *, seed: int, number: int) -> SoundPair:
    """Draw one pair of a kind; its offsets are taken off and its rates made one."""
    pair = DRAWS[kind](sources, np.random.default_rng([seed, number]))
    rate_hz = max(pair.a.rate_hz, pair.b.rate_hz)
    a, b = (at_rate(sound, rate_hz) for sound in (pair.a, pair.b))
    return SoundPair(a=_centred(a), b=_centred(b))


def kinds_at_hand(sources: Sources) -> list[str]:
    """Return the kinds whose data are there."""
    speaks = shutil.which("espeak-ng") is not None
    has_digits = (sources.data / "spoken_digits").exists()
    there = {
        "digits": has_digits,
        "finch": (sources.data / "bengalese_finch").exists(),
        "words": speaks,
        "room": has_digits,
        "two voices": speaks,
        "creak": speaks,
        "folder": sources.extra is not None,
    }
    return [kind for kind in DRAWS if there[kind]]


def digits(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Two recordings of different digits, by any of the speakers."""
    paths = _digit_paths(sources.data, sources.speakers)
    while True:
        one, other = (paths[int(i)] for i in rng.integers(len(paths), size=2))
        if one.name[0] != other.name[0]:
            return SoundPair(a=read(one), b=read(other))


def finch(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Two syllables of different labels, with 4 ms of surroundings."""
    notes = _finch_notes(sources.data, sources.songs)
    while True:
        one, other = (notes[int(i)] for i in rng.integers(len(notes), size=2))
        if one.label != other.label:
            return SoundPair(a=_syllable(sources.data, one), b=_syllable(sources.data, other))


def words(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Two words of one or two synthetic voices, at 22.05, 44.1 or 48 kHz."""
    chosen = rng.choice(WORDS, size=2, replace=False)
    rate_hz = int(rng.choice(_WORD_RATES_HZ))
    a, b = (spoken(str(word), rng) for word in chosen)
    return SoundPair(a=at_rate(a, rate_hz), b=at_rate(b, rate_hz))


def room(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Two digits in one room: a reverberation of 0.2 to 0.6 s, its direct sound 0 to 10 dB above the rest."""
    pair = digits(sources, rng)
    t60_s, direct_db = rng.uniform(0.2, 0.6), rng.uniform(0.0, 10.0)
    return SoundPair(
        a=_in_room(pair.a, rng, t60_s=t60_s, direct_db=direct_db),
        b=_in_room(pair.b, rng, t60_s=t60_s, direct_db=direct_db),
    )


def two_voices(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Twice two words at once, the second 0 to 10 dB below the first."""
    return SoundPair(a=_mixed(rng), b=_mixed(rng))


def creak(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Two words in a creaky voice: pulses at 30 to 55 Hz whose intervals differ by 15 %."""
    sounds = []
    for word in rng.choice(WORDS, size=2, replace=False):
        sound = spoken(str(word), rng, variants=("m1", "m7"))
        sounds.append(replace(sound, samples=_creaky(sound.samples, sound.rate_hz, rng)))
    return SoundPair(a=sounds[0], b=sounds[1])


def from_folder(sources: Sources, rng: np.random.Generator) -> SoundPair:
    """Any two recordings of the extra folder."""
    if sources.extra is None:
        raise ValueError("no extra folder was given")
    paths = sorted(sources.extra.glob("*.wav"))
    one, other = (paths[int(i)] for i in rng.choice(len(paths), size=2, replace=False))
    return SoundPair(a=read(one), b=read(other))


DRAWS: dict[str, Draw] = {
    "digits": digits,
    "finch": finch,
    "words": words,
    "room": room,
    "two voices": two_voices,
    "creak": creak,
    "folder": from_folder,
}


def spoken(
    word: str, rng: np.random.Generator, *, variants: tuple[str, ...] = VARIANTS, pitch: int | None = None
) -> Sound:
    """Let espeak-ng speak a word in a drawn voice, pitch and speed, without the silence around it."""
    voice = f"{rng.choice(LANGUAGES)}+{rng.choice(variants)}"
    chosen_pitch = int(rng.integers(20, 80)) if pitch is None else pitch
    speed = int(rng.integers(110, 190))
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "word.wav"
        command = ["espeak-ng", "-v", voice, "-p", str(chosen_pitch), "-s", str(speed), "-w", str(path), word]
        subprocess.run(command, check=True, capture_output=True)
        found = read(path)
    return replace(found, samples=_trimmed(found), name=word, path=None, facts=None)


def at_rate(sound: Sound, rate_hz: int) -> Sound:
    """Return a sound at another rate."""
    if sound.rate_hz == rate_hz:
        return sound
    samples = soxr.resample(sound.samples, sound.rate_hz, rate_hz, quality="VHQ")
    return replace(sound, samples=np.asarray(samples, dtype=np.float64), rate_hz=rate_hz)


def _centred(sound: Sound) -> Sound:
    return replace(sound, samples=sound.samples - sound.samples.mean())


def _trimmed(sound: Sound) -> FloatArray:
    part = trim(sound.samples, rate_hz=sound.rate_hz)
    return sound.samples[part.start : part.stop].copy()


@lru_cache(maxsize=4)
def _digit_paths(data: Path, speakers: tuple[str, ...]) -> list[Path]:
    paths = sorted((data / "spoken_digits" / "recordings").glob("*.wav"))
    return [path for path in paths if path.stem.split("_")[1] in speakers]


@lru_cache(maxsize=4)
def _finch_notes(data: Path, songs: tuple[int, ...]) -> list[Segment]:
    folder = data / "bengalese_finch"
    there = {path.name for path in (folder / "Wave").glob("*.wav") if not songs or int(path.stem) in songs}
    return [note for note in read_annotation(folder / "Annotation.xml").segments if note.file in there]


def _syllable(data: Path, note: Segment) -> Sound:
    song = _song(data / "bengalese_finch" / "Wave" / str(note.file))
    start, stop = note.samples(song.rate_hz)
    around = round(_AROUND_S * song.rate_hz)
    piece = song.samples[max(0, start - around) : stop + around]
    return Sound(samples=piece.copy(), rate_hz=song.rate_hz, name=f"{note.label} {note.file}@{start}")


@lru_cache(maxsize=32)
def _song(path: Path) -> Sound:
    return read(path)


def _in_room(sound: Sound, rng: np.random.Generator, *, t60_s: float, direct_db: float) -> Sound:
    """Add reverberation: noise that falls by 60 dB in T60, 2 ms after the direct sound."""
    times_s = np.arange(round(t60_s * sound.rate_hz)) / sound.rate_hz
    tail = rng.normal(size=times_s.size) * 10.0 ** (-3.0 * times_s / t60_s) * (times_s > 0.002)
    tail *= 10.0 ** (-direct_db / 20.0) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    wet = scipy.signal.fftconvolve(sound.samples, tail)[: sound.n_samples + tail.size // 2]
    return replace(sound, samples=0.5 * wet / np.abs(wet).max(), name=f"{sound.name} in a room", facts=None)


def _mixed(rng: np.random.Generator) -> Sound:
    first, second = (spoken(str(word), rng) for word in rng.choice(WORDS, size=2, replace=False))
    n = max(first.n_samples, second.n_samples)
    parts = [np.pad(one.samples, (0, n - one.n_samples)) for one in (first, second)]
    parts = [part / np.sqrt(np.mean(part**2)) for part in parts]
    mixed = parts[0] + 10.0 ** (-rng.uniform(0.0, 10.0) / 20.0) * parts[1]
    return replace(first, samples=0.5 * mixed / np.abs(mixed).max(), name=f"{first.name} and {second.name}")


def _creaky(samples: FloatArray, rate_hz: int, rng: np.random.Generator) -> FloatArray:
    """Speak again with the resonances and the level of a sound, but with slow and uneven pulses."""
    mean_s = 1.0 / rng.uniform(30.0, 55.0)
    intervals_s = mean_s * np.exp(0.15 * rng.normal(size=int(samples.size / rate_hz / mean_s * 2) + 2))
    at = np.round(np.cumsum(intervals_s) * rate_hz).astype(int)
    source = 0.002 * rng.normal(size=samples.size)
    source[at[at < samples.size]] += 1.0
    half = round(0.012 * rate_hz)
    window = np.hanning(2 * half + 1)[:-1]
    out = np.zeros(samples.size + 4 * half)
    for start in range(0, samples.size - 2 * half, half):
        part = slice(start, start + 2 * half)
        frame = samples[part] * window
        correlation = np.correlate(frame, frame, "full")[frame.size - 1 :][:23] + 1e-9 * np.eye(1, 23)[0]
        correlation[0] *= 1.0001
        weights = scipy.linalg.solve_toeplitz(correlation[:-1], correlation[1:])
        gain = np.sqrt(max(correlation[0] - weights @ correlation[1:], 0.0))
        piece = np.pad(source[part] * window, (0, 2 * half))
        out[start : start + 4 * half] += scipy.signal.lfilter([gain], np.r_[1.0, -weights], piece)
    out = out[: samples.size]
    return np.asarray(0.5 * out / max(float(np.abs(out).max()), 1e-9))
