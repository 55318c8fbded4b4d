"""What a morph costs: whole processes, stage by stage, beside a plain WORLD interpolation of the same pair.

Two pairs are synthesised: vowels of 0.5 s at 8 kHz and strings of words of 3 s at 44.1 kHz. Each run is a
process of its own, started from nothing but with warm caches (one run before is thrown away), and its cost
is the CPU time that the system charges for it, start of the interpreter included. The plain script
analyses both sounds with WORLD (Harvest, CheapTrick, D4C), goes from one to the other in log F0, log
spectrum and aperiodicity, and writes nine steps without any calibration. Medians over runs, CPU-seconds:

    python tests/benchmarks/bench_morph.py --runs 5
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

STAGES = ("import", "analysis", "calibration", "rendering", "measuring", "sheet", "writing")
N_STEPS = 9
SEED = 2001
# what a stage of the progress reports counts as, while it runs and once it is done
RUNNING = {"analyse": "analysis", "space out": "calibration", "render": "rendering", "measure": "measuring"}
DONE = {**RUNNING, "analyse": "calibration", "render": "calibration"}


def write_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Synthesise one of the two pairs and write it as WAV files of 24 bit."""
    import numpy as np
    import soundfile

    from stimgen.synth import random_vowel_pair, random_word_pair

    rng = np.random.default_rng(SEED)
    if name == "vowels":
        rate_hz, duration_s = 8000, 0.5
        pairs = [random_vowel_pair(rng, duration_range_s=(duration_s, duration_s))]
    else:
        rate_hz, duration_s = 44100, 3.0
        pairs = [random_word_pair(rng, kinds=kinds) for kinds in ("VCV", "FVV", "VVV", "VFV", "FVCV") * 4]
    paths = []
    for position, side in ((0.0, "a"), (1.0, "b")):
        parts = [pair.sound(position, rate_hz=rate_hz, rng=rng).samples for pair in pairs]
        samples = np.concatenate(parts)[: round(duration_s * rate_hz)]
        paths.append(folder / f"{name}-{side}.wav")
        soundfile.write(paths[-1], 0.5 * samples / np.abs(samples).max(), rate_hz, subtype="PCM_24")
    return paths[0], paths[1]


class Stages:
    """CPU time of this process, charged to one stage after the other."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self._stage, self._since_s = "import", 0.0

    def enter(self, stage: str) -> str:
        """Charge what was spent to the stage before and return its name."""
        now_s = time.process_time()
        self.spent_s[self._stage] += now_s - self._since_s
        before, self._stage, self._since_s = self._stage, stage, now_s
        return before

    def report(self, stage: str, n_done: int, n_all: int) -> None:
        """Take a progress report."""
        self.enter((DONE if n_done >= n_all else RUNNING)[stage])

    def timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """Charge the calls of a function to a stage."""

        def call(*args: Any, **kwargs: Any) -> Any:
            before = self.enter(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self.enter(before)

        return call


def morph_in_stages(path_a: str, path_b: str, folder: str) -> None:
    """Do what `stimgen morph` does and print the CPU-seconds of each stage."""
    stages = Stages()
    import stimgen.cli.main  # noqa: F401 the command line is loaded, as it is for everyone who types the command
    from stimgen.export import stimulus_set
    from stimgen.media.read import read
    from stimgen.workflows.morph import render
    from stimgen.workflows.plan import prepare
    from stimgen.workflows.settings import MorphSettings

    stages.enter("analysis")
    plan = prepare(read(path_a), read(path_b), MorphSettings(steps=N_STEPS))
    made = render(plan, progress=stages.report)
    stages.enter("writing")
    for name in ("contact_sheet", "png_bytes"):
        setattr(stimulus_set, name, stages.timed(getattr(stimulus_set, name), "sheet"))
    made.save(folder, overwrite=True)
    stages.enter("")
    for stage in STAGES:
        print(stage, stages.spent_s[stage])


def interpolate_with_world(path_a: str, path_b: str, folder: str) -> None:
    """Write nine uncalibrated steps between two recordings, the plain way."""
    import numpy as np
    import pyworld
    import soundfile

    def analyse(path: str) -> tuple[Any, Any, Any, int]:
        samples, rate_hz = soundfile.read(path)
        f0_hz, times_s = pyworld.harvest(samples, rate_hz)
        envelope = pyworld.cheaptrick(samples, f0_hz, times_s, rate_hz)
        return f0_hz, np.log(envelope), pyworld.d4c(samples, f0_hz, times_s, rate_hz), rate_hz

    (f0_a, log_a, noise_a, rate_hz), (f0_b, log_b, noise_b, _) = analyse(path_a), analyse(path_b)
    Path(folder).mkdir(exist_ok=True)
    for step in range(N_STEPS):
        t = step / (N_STEPS - 1)
        n_frames = round((1 - t) * f0_a.size + t * f0_b.size)
        in_a, in_b = (np.rint(np.linspace(0, f0_hz.size - 1, n_frames)).astype(int) for f0_hz in (f0_a, f0_b))
        low, high = f0_a[in_a], f0_b[in_b]
        voiced = (low > 0) & (high > 0)
        f0_hz = np.where(voiced, np.where(voiced, low, 1) ** (1 - t) * np.where(voiced, high, 1) ** t, 0.0)
        samples = pyworld.synthesize(
            f0_hz,
            np.exp((1 - t) * log_a[in_a] + t * log_b[in_b]),
            (1 - t) * noise_a[in_a] + t * noise_b[in_b],
            rate_hz,
        )
        soundfile.write(f"{folder}/{step}.wav", np.clip(samples, -1, 1), rate_hz)


CHILDREN = {"stages": morph_in_stages, "world": interpolate_with_world}


def run(command: list[str]) -> tuple[float, str]:
    """Run a process to its end; return the CPU-seconds that it cost and what it printed."""
    before = os.times()
    done = subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True)
    after = os.times()
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    return spent_s, done.stdout


def measure(name: str, n_runs: int, folder: Path) -> tuple[dict[str, float], float, float]:
    """Return the median cost of each stage, of the command line as a whole, and of the plain script, CPU-seconds."""
    paths = [str(path) for path in write_pair(folder, name)]
    target = str(folder / "set")
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for index in range(n_runs + 1):
        world_s, _ = run([__file__, "--child", "world", *paths, str(folder / "world")])
        whole_s, _ = run(
            [
                "-m",
                "stimgen",
                "morph",
                *paths,
                "--steps",
                str(N_STEPS),
                "-o",
                target,
                "--overwrite",
                "--quiet",
            ]
        )
        _, printed = run([__file__, "--child", "stages", *paths, target])
        if index == 0:
            continue  # the first run fills the caches
        spent["world"].append(world_s)
        spent["whole"].append(whole_s)
        for line in printed.splitlines():
            stage, value = line.split()
            spent[stage].append(float(value))
    medians = {key: statistics.median(values) for key, values in spent.items()}
    return {stage: medians[stage] for stage in STAGES}, medians["whole"], medians["world"]


def main() -> None:
    """Print the costs of both pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pairs", nargs="+", choices=("vowels", "words"), default=["vowels", "words"])
    parser.add_argument("--child", nargs=4, metavar=("WHAT", "A", "B", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        CHILDREN[chosen.child[0]](*chosen.child[1:])
        return
    for name in chosen.pairs:
        with tempfile.TemporaryDirectory() as folder:
            stages, whole_s, world_s = measure(name, chosen.runs, Path(folder))
        print(f"{name}: {'0.5 s at 8 kHz' if name == 'vowels' else '3 s at 44.1 kHz'}")
        for stage, spent_s in stages.items():
            print(f"  {stage:16s}{spent_s:6.2f} CPU-s{spent_s / world_s:7.2f} x the plain script")
        print(f"  {'sum of stages':16s}{sum(stages.values()):6.2f} CPU-s")
        print(f"  {'stimgen morph':16s}{whole_s:6.2f} CPU-s{whole_s / world_s:7.2f} x the plain script")
        print(f"  {'plain script':16s}{world_s:6.2f} CPU-s")


if __name__ == "__main__":
    main()
