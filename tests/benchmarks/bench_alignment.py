"""How far the events of synthetic words miss each other after alignment, clean, in noise and in a room.

The events of a word are the middles of its transitions; words of one pair have the same kinds of segments and
unrelated lengths. An error is that of an event's partner, the mean of both directions, ms. The table gives mean, 90th
percentile and worst over all events, how many miss by more than 25 ms, and how many pairs were aligned linearly. Below
it stands how far pairs of steady vowels, in which nothing happens, are bent, and last how much farther from the truth
the midpoints of morphs are than with the true alignment. Run as

    python tests/benchmarks/bench_alignment.py --pairs 100 --seed 5001 --midpoints 4

Seeds below 1000 were used for choosing; report with others.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np

from stimgen.distance.mel import MelSettings, mel_distance
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spectral.align import align_events
from stimgen.spectral.alignment import Alignment
from stimgen.synth import KnownPair, WordParameters, random_vowel_pair, random_word_pair
from stimgen.synth.pairs import WordKinds

RATE_HZ = 16000
KINDS: tuple[WordKinds, ...] = get_args(WordKinds)
TOO_FAR_MS = 25.0
BENT_MS = 20.0
PLAIN = MelSettings(spreads=False)
REVERBERATION_S, DIRECT_TO_REVERBERANT_DB = 0.4, 3.0
Spoil = Callable[[Sound, np.random.Generator], Sound]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Errors of all events, ms, how many pairs were aligned linearly, and CPU seconds."""

    errors_ms: FloatArray
    n_linear: int
    cpu_s: float


def clean(sound: Sound, rng: np.random.Generator) -> Sound:
    return sound


def in_noise(snr_db: float) -> Spoil:
    """White noise over the whole sound."""

    def spoil(sound: Sound, rng: np.random.Generator) -> Sound:
        rms = float(np.sqrt(np.mean(sound.samples**2)))
        noise = rng.normal(size=sound.n_samples) * rms * 10.0 ** (-snr_db / 20.0)
        return Sound(samples=sound.samples + noise, rate_hz=sound.rate_hz)

    return spoil


def in_room(sound: Sound, rng: np.random.Generator) -> Sound:
    """A tail of decaying noise, of its own for each sound."""
    times_s = np.arange(round(REVERBERATION_S * sound.rate_hz)) / sound.rate_hz
    tail = rng.normal(size=times_s.size) * 10.0 ** (-3.0 * times_s / REVERBERATION_S)
    tail *= np.sqrt(10.0 ** (-DIRECT_TO_REVERBERANT_DB / 10.0) / np.sum(tail**2))
    tail[0] = 1.0
    return Sound(samples=np.convolve(sound.samples, tail)[: sound.n_samples], rate_hz=sound.rate_hz)


CONDITIONS: dict[str, Spoil] = {
    "clean": clean,
    "20 dB SNR": in_noise(20.0),
    "10 dB SNR": in_noise(10.0),
    "in a room": in_room,
}


def draw(kinds: WordKinds, number: int, seed: int) -> tuple[KnownPair[WordParameters], np.random.Generator]:
    rng = np.random.default_rng([seed, KINDS.index(kinds), number])
    return random_word_pair(rng, kinds=kinds), rng


def event_errors_ms(found: Alignment, pair: KnownPair[WordParameters]) -> FloatArray:
    events_a_s, events_b_s = np.array(pair.a.event_times_s), np.array(pair.b.event_times_s)
    in_b_s = np.abs(np.interp(events_a_s, found.times_a_s, found.times_b_s) - events_b_s)
    in_a_s = np.abs(np.interp(events_b_s, found.times_b_s, found.times_a_s) - events_a_s)
    return 500.0 * (in_a_s + in_b_s)


def tally(kinds: WordKinds, n_pairs: int, seed: int, spoil: Spoil) -> Tally:
    errors_ms, n_linear, cpu_s = [], 0, 0.0
    for number in range(n_pairs):
        pair, rng = draw(kinds, number, seed)
        a, b = (spoil(pair.sound(t, rate_hz=RATE_HZ, rng=rng), rng) for t in (0.0, 1.0))
        start_s = time.process_time()
        found = align_events(a, b)
        cpu_s += time.process_time() - start_s
        errors_ms.append(event_errors_ms(found, pair))
        n_linear += found.method != "events"
    return Tally(errors_ms=np.concatenate(errors_ms), n_linear=n_linear, cpu_s=cpu_s)


def bends_ms(n_pairs: int, seed: int, spoil: Spoil) -> FloatArray:
    """Return how far pairs of vowels depart from linear time at most, shape (n_pairs,), ms."""
    found_ms = []
    for number in range(n_pairs):
        rng = np.random.default_rng([seed, len(KINDS), number])
        pair = random_vowel_pair(rng)
        a, b = (spoil(pair.sound(t, rate_hz=RATE_HZ, rng=rng), rng) for t in (0.0, 1.0))
        found = align_events(a, b)
        linear_s = found.times_a_s * (b.duration_s / a.duration_s)
        found_ms.append(1000.0 * float(np.abs(found.times_b_s - linear_s).max()))
    return np.array(found_ms)


def midpoint_ratio(n_pairs: int, seed: int) -> float:
    """Return the mean distance from the true midpoint over that with the true alignment."""
    distances_db = []
    for kinds in KINDS:
        for number in range(n_pairs):
            pair, rng = draw(kinds, number, seed)
            a, b, truth = (pair.sound(t, rate_hz=RATE_HZ, rng=rng) for t in (0.0, 1.0, 0.5))
            spaces = [TransportSpace(TransportSettings(align=align)) for align in ("events", pair.alignment)]
            made = [space.between(a, b, seed=0)(0.5).samples for space in spaces]
            distances_db.append(
                [mel_distance(each, truth.samples, rate_hz=RATE_HZ, settings=PLAIN) for each in made]
            )
    by_events_db, by_truth_db = np.mean(distances_db, axis=0)
    return float(by_events_db / by_truth_db)


def line(label: str, errors_ms: FloatArray, rest: str) -> str:
    figures = errors_ms.mean(), np.quantile(errors_ms, 0.9), errors_ms.max()
    return (
        f"{label:22} "
        + " ".join(f"{figure:7.1f}" for figure in figures)
        + f" {100.0 * np.mean(errors_ms > TOO_FAR_MS):6.2f}% {rest}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20, help="pairs of words per kind")
    parser.add_argument("--seed", type=int, default=5001)
    parser.add_argument("--conditions", nargs="*", choices=list(CONDITIONS), default=list(CONDITIONS))
    parser.add_argument("--midpoints", type=int, default=0, help="pairs per kind whose midpoints are made")
    chosen = parser.parse_args()
    for condition in chosen.conditions:
        print(f"\n{condition} ({chosen.pairs} pairs a kind, seed {chosen.seed}): errors of events, ms")
        print(f"{'':22} {'mean':>7} {'90 %':>7} {'worst':>7} {'> 25 ms':>7} linear  CPU ms")
        tallies = [tally(kinds, chosen.pairs, chosen.seed, CONDITIONS[condition]) for kinds in KINDS]
        for kinds, one in zip(KINDS, tallies, strict=True):
            print(line(kinds, one.errors_ms, f"{one.n_linear:6} {1000 * one.cpu_s / chosen.pairs:7.1f}"))
        every_ms = np.concatenate([one.errors_ms for one in tallies])
        print(line("all", every_ms, f"{sum(one.n_linear for one in tallies):6}"))
        bent_ms = bends_ms(chosen.pairs, chosen.seed, CONDITIONS[condition])
        print(
            line(
                "bend of steady vowels",
                bent_ms,
                f"({100 * np.mean(bent_ms > BENT_MS):.1f} % > {BENT_MS:g} ms)",
            )
        )
    if chosen.midpoints:
        ratio = midpoint_ratio(chosen.midpoints, chosen.seed)
        print(f"\ndistance of midpoints from the truth over that with the true alignment: {ratio:.3f}")


if __name__ == "__main__":
    main()
