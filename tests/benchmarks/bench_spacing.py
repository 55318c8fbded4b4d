"""How even steps come out: linear against equal spacing, in the metric that was equalised and in the others.

    python tests/benchmarks/bench_spacing.py [--pairs 8] [--seed 3001] [--steps 9] [--kinds digits finch ...]
                                             [--metrics mel mfcc erb] [--data FOLDER] [--each]

Each pair goes through the transport space with ramps of 5 ms, as in a morph before levels. `cv` is the standard
deviation over the mean of the distances between consecutive steps, `max/min` their greatest ratio; `others` is the
mean cv in the two metrics that were not told. `trials` counts renders that are no step of the result. Digits and
finch syllables are drawn from FOLDER, which holds `spoken_digits/recordings` and `bengalese_finch/Wave` (by default
../shared/data beside the repository, if there); words are spoken by espeak-ng, if installed.
"""

import argparse
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stimgen.calibration.ramp import apply_ramps
from stimgen.calibration.spacing import Spacing, even_positions
from stimgen.distance import METRICS, Metric, make_metric
from stimgen.media.read import read
from stimgen.media.sound import Sound
from stimgen.spaces.transport import TransportSpace
from stimgen.synth import random_syllable_pair, random_vowel_pair, random_word_pair

Pair = tuple[Sound, Sound]
EXAMPLES = Path(__file__).parents[2] / "examples"
WORDS = [
    "bat",
    "pat",
    "bet",
    "sheep",
    "ship",
    "cat",
    "mama",
    "wasser",
    "seven",
    "yellow",
    "honey",
    "sail",
    "thin",
    "zoo",
]
VOICES = ("en-us", "en-gb+f3", "de+f2", "en-us+m3")


def digits(folder: Path, rng: np.random.Generator) -> Pair:
    """Two recordings of different digits, by any speakers."""
    paths = sorted((folder / "spoken_digits" / "recordings").glob("*.wav"))
    while True:
        one, other = (paths[int(i)] for i in rng.integers(len(paths), size=2))
        if one.name[0] != other.name[0]:
            return read(one), read(other)


def finch(folder: Path, rng: np.random.Generator) -> Pair:
    """Two syllables of different labels, with 4 ms of surroundings."""
    notes = finch_notes(folder)
    while True:
        one, other = (notes[int(i)] for i in rng.integers(len(notes), size=2))
        if one[3] != other[3]:
            return cut(folder, *one[:3]), cut(folder, *other[:3])


def finch_notes(folder: Path) -> list[tuple[str, int, int, str]]:
    """Return file, start, length (samples) and label of each syllable that has a recording here."""
    root = ElementTree.parse(folder / "bengalese_finch" / "Annotation.xml").getroot()
    notes = []
    for sequence in root.iter("Sequence"):
        file = str(sequence.findtext("WaveFileName"))
        if not (folder / "bengalese_finch" / "Wave" / file).exists():
            continue
        start = int(str(sequence.findtext("Position")))
        for note in sequence.iter("Note"):
            position, length = (int(str(note.findtext(tag))) for tag in ("Position", "Length"))
            notes.append((file, start + position, length, str(note.findtext("Label"))))
    return notes


def cut(folder: Path, file: str, start: int, length: int) -> Sound:
    song = read(folder / "bengalese_finch" / "Wave" / file)
    around = round(0.004 * song.rate_hz)
    piece = song.samples[max(0, start - around) : start + length + around]
    return Sound(samples=piece.copy(), rate_hz=song.rate_hz, name=f"{file}@{start}")


def words(folder: Path, rng: np.random.Generator) -> Pair:
    """Two words of one synthetic voice."""
    voice = VOICES[int(rng.integers(len(VOICES)))]
    chosen = rng.choice(WORDS, size=2, replace=False)
    return spoken(str(chosen[0]), voice), spoken(str(chosen[1]), voice)


def spoken(word: str, voice: str) -> Sound:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "word.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), word], check=True, capture_output=True)
        return read(path)


def examples(folder: Path, rng: np.random.Generator) -> Pair:
    return read(EXAMPLES / "vowel-a.wav"), read(EXAMPLES / "vowel-i.wav")


def synthetic(folder: Path, rng: np.random.Generator) -> Pair:
    """Two vowels, two words or two bird syllables."""
    kind = int(rng.integers(3))
    rate_hz = 32_000 if kind == 2 else 16_000
    known = (random_vowel_pair, lambda r: random_word_pair(r, kinds="FVCV"), random_syllable_pair)[kind](rng)
    a, b = (known.sound(position, rate_hz=rate_hz, rng=rng) for position in (0.0, 1.0))
    return a, b


KINDS: dict[str, Callable[[Path, np.random.Generator], Pair]] = {
    "digits": digits,
    "finch": finch,
    "words": words,
    "examples": examples,
    "synthetic": synthetic,
}


class Line:
    """The way between two sounds as morph renders it, each position once."""

    def __init__(self, a: Sound, b: Sound) -> None:
        self.between = TransportSpace().between(a, b, seed=0)
        self.rate_hz = a.rate_hz
        self.kept: dict[float, Sound] = {}

    def sound_at(self, position: float) -> Sound:
        if position not in self.kept:
            samples = self.between(position).samples
            ramped = apply_ramps(samples - samples.mean(), rate_hz=self.rate_hz, ramp_ms=5)
            self.kept[position] = Sound(samples=ramped, rate_hz=self.rate_hz)
        return self.kept[position]


@dataclass(frozen=True, kw_only=True)
class Evenness:
    """Coefficient of variation and greatest ratio of step distances."""

    cv: float
    ratio: float


def evenness(line: Line, metric: Metric, positions: tuple[float, ...]) -> Evenness:
    features = [metric.features(line.sound_at(position)) for position in positions]
    steps = np.array(
        [metric.distance(one, other) for one, other in zip(features, features[1:], strict=False)]
    )
    return Evenness(cv=float(steps.std() / steps.mean()), ratio=float(steps.max() / steps.min()))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pair spaced in one metric."""

    linear: Evenness
    equal: Evenness
    others_linear: float
    others_equal: float
    spacing: Spacing
    n_renders: int
    cpu_s: float


def measure(a: Sound, b: Sound, name: str, n_steps: int) -> Row:
    line = Line(a, b)
    start_s = time.process_time()
    found = even_positions(line.sound_at, make_metric(name), first=0.0, last=1.0, n_steps=n_steps)
    cpu_s = time.process_time() - start_s
    n_renders = len(line.kept)
    linear = tuple(float(t) for t in np.linspace(0.0, 1.0, n_steps))
    others = [make_metric(other) for other in METRICS if other != name]
    return Row(
        linear=evenness(line, make_metric(name), linear),
        equal=evenness(line, make_metric(name), found.positions),
        others_linear=float(np.mean([evenness(line, other, linear).cv for other in others])),
        others_equal=float(np.mean([evenness(line, other, found.positions).cv for other in others])),
        spacing=found,
        n_renders=n_renders - n_steps,
        cpu_s=cpu_s,
    )


def print_rows(label: str, rows: list[Row]) -> None:
    cv, ratio = np.array([row.equal.cv for row in rows]), np.array([row.equal.ratio for row in rows])
    good = np.mean((cv <= 0.05) & (ratio <= 1.25))
    print(
        f"{label:18} {len(rows):4d}"
        f" {np.mean([row.linear.cv for row in rows]):7.3f} {np.mean([row.linear.ratio for row in rows]):6.2f}"
        f" {cv.mean():7.3f} {cv.max():6.3f} {ratio.mean():6.2f} {ratio.max():6.2f} {100 * good:5.0f}"
        f" {np.mean([row.others_linear for row in rows]):7.3f} {np.mean([row.others_equal for row in rows]):7.3f}"
        f" {np.mean([row.n_renders for row in rows]):6.1f} {max(row.n_renders for row in rows):4d}"
        f" {np.mean([row.cpu_s for row in rows]):6.2f}"
    )


def print_head() -> None:
    print(
        f"{'':18} {'n':>4} {'linear':>7} {'m/m':>6} {'cv':>7} {'worst':>6} {'m/m':>6} {'worst':>6} {'ok %':>5}"
        f" {'others':>7} {'equal':>7} {'trials':>6} {'most':>4} {'CPU s':>6}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=3001)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--metrics", nargs="*", choices=list(METRICS), default=list(METRICS))
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--each", action="store_true", help="print every pair")
    chosen = parser.parse_args()
    print_head()
    for kind in chosen.kinds:
        if kind in ("digits", "finch") and not chosen.data.is_dir():
            continue
        n_pairs = 1 if kind == "examples" else chosen.pairs
        rngs = [np.random.default_rng([chosen.seed, list(KINDS).index(kind), i]) for i in range(n_pairs)]
        pairs = [KINDS[kind](chosen.data, rng) for rng in rngs]
        for name in chosen.metrics:
            rows = []
            for number, (a, b) in enumerate(pairs):
                rows.append(measure(a, b, name, chosen.steps))
                if chosen.each:
                    print_rows(f"  {number} {rows[-1].spacing.method}", rows[-1:])
            print_rows(f"{kind} {name}", rows)


if __name__ == "__main__":
    main()
