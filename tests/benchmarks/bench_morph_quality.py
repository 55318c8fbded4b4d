"""How near morphs come to a known truth: every method on every kind of sound, in one run.

Synthetic pairs know their true intermediates. Two kinds of truth keep the comparison fair: "source-filter" truths
interpolate pitch, formants and levels, "physical" ones what makes them (the shape of a vocal tract, the pressure and
tension of a syrinx). Run as

    python tests/benchmarks/bench_morph_quality.py --pairs 100 --seed 20001 --jobs 2 --out quality.jsonl

Every pair is one line of the file; a run that was stopped goes on where it was, but never on lines of other code.
Seeds below 1000 are for tuning, report with others. Rows:

    crossfade (wave, spectrogram)     the controls
    WORLD, WORLD + DTW                log interpolation of WORLD's parameters in linear time and along an MFCC-DTW
    transport, transport + truth      stimgen's default, and the same along the true alignment
    truth by transport, by WORLD      the truth itself analysed and synthesised; WORLD's is called the floor
    truth, other noise                the truth drawn again

Columns (medians; 90 % is the 90th percentile): `mid` is the mel distance from the true midpoint (dB; no
spreading, so that it is a plain log-spectral distance), `least` the least distance from it over positions .25
to .75 (the main score for physical truths), `F0` the error of the fundamental (cents) and `in50` the share of
frames within 50 cents, `F1`, `F2` the errors of formants (%), `HNR` the drop of the harmonics-to-noise ratio
(dB), `two` the two-source index, `ends` the distance of positions 0 and 1 from the recordings (dB), `end/in`
the end step over the median inner one, `mid/md` the step at the midpoint over the median one, `dip` how far the
level sinks on the way (dB), `ev ms` the mean error at the true events and `worst` the worst in any pair (ms),
`CPU` seconds with all measures, `fail` the pairs that could not be made.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from quality_families import FAMILIES, Family
from quality_methods import METHODS, Between, Case
from quality_score import Score, score
from quality_table import tables

import stimgen

Key = tuple[str, int, int]


def measure_pair(name: str, seed: int, number: int, code: str) -> dict:
    """Draw one pair and measure every method on it."""
    family = FAMILIES[name]
    case = draw_case(family, seed, number)
    rows = {}
    for method, make in METHODS.items():
        if method == "transport + truth" and case.pair.alignment.times_a_s.size == 2:
            continue
        start_s = time.process_time()
        try:
            rows[method] = measure_method(make(case), case)
        except Exception as error:  # a method that fails is a result
            rows[method] = {"error": f"{type(error).__name__}: {error}"}
        rows[method]["cpu_s"] = time.process_time() - start_s
    return {"family": name, "seed": seed, "number": number, "code": code, "rows": rows}


@cache
def code_hash() -> str:
    """Return what tells whether two results come from the same stimgen and the same benchmark."""
    folders = (Path(stimgen.__file__).parent, Path(__file__).parent)
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def draw_case(family: Family, seed: int, number: int) -> Case:
    """Draw pair `number` of a seed, its ends and its midpoint twice with different noise."""
    rng = np.random.default_rng([seed, number])
    pair = family.draw(rng, number)
    a, b, truth, again = (pair.sound(t, rate_hz=family.rate_hz, rng=rng) for t in (0.0, 1.0, 0.5, 0.5))
    return Case(family=family, pair=pair, a=a, b=b, truth=truth, again=again)


def measure_method(between: Between, case: Case) -> dict:
    found: Score = score(between, case)
    return {name: value for name, value in vars(found).items() if value is not None}


def done_already(path: Path) -> Iterator[dict]:
    """Read what an earlier run of this code left; a last line cut short is dropped."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found = json.loads(line)
            except json.JSONDecodeError:
                continue
            if found["code"] == code_hash():
                yield found


def run(wanted: list[Key], path: Path, jobs: int) -> None:
    """Measure what is wanted and not there yet, a line each as it comes."""
    there = {(one["family"], one["seed"], one["number"]) for one in done_already(path)}
    open_keys = [(*key, code_hash()) for key in wanted if key not in there]
    pool = ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn"))
    with pool, path.open("a", encoding="utf-8", newline="\n") as out:
        for count, result in enumerate(pool.map(measure_pair, *zip(*open_keys, strict=True)), 1):
            out.write(json.dumps(result) + "\n")
            out.flush()
            print(f"\r{count}/{len(open_keys)} {result['family']:24}", end="", file=sys.stderr)
    print(file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20001)
    parser.add_argument("--families", nargs="*", choices=list(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keep the results here and go on from them")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report(chosen, chosen.out or Path(folder) / "quality.jsonl")


def report(chosen: argparse.Namespace, path: Path) -> None:
    """Measure what was asked for and print the tables."""
    # all families get on evenly, so that a run that is stopped has something of each
    wanted = [(name, chosen.seed, i) for i in range(chosen.pairs) for name in chosen.families]
    run(wanted, path, chosen.jobs)
    asked = set(wanted)
    results = [one for one in done_already(path) if (one["family"], one["seed"], one["number"]) in asked]
    print(tables(results))


if __name__ == "__main__":
    main()
