"""The lines benchmark of Berthelot et al. 2018 (arXiv 1807.07543), for every model, at equal CPU time.

    python recipes/papers/acai_lines.py --budget smoke --out lines

Networks are those of the release (32 x 32 pictures, 64 coordinates; 16 channels with `--budget full`, which takes the
published 2^24 pictures, 8 otherwise). Scores follow the release, and stand beside those that count undefined
interpolations as failures. Every model gets as many steps as fit into the same CPU seconds, by the cost of a step
that is measured before.
Written are figures.json, table.md and a picture of interpolations for every model.
"""

import argparse
import json
import os
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gaia_table1 import coders
from lines_benchmark import interpolate, random_lines, reconstruction_mse, score_model, sheet

from stimgen.errors import TrainingError
from stimgen.seeding import child_rng
from stimgen.training.data import TrainingData
from stimgen.training.loop import train
from stimgen.training.settings import TrainingSettings

NETWORK = {"kind": "conv", "n_latent": 64, "width": 8, "depth": 4}
PUBLISHED_WIDTH = 16
# seconds a model, seeds, lines to learn from
BUDGETS: dict[str, tuple[float | None, int, int]] = {
    "smoke": (12.0, 1, 4000),
    "minutes": (150.0, 2, 20_000),
    "full": (None, 5, 50_000),
}
PUBLISHED_STEPS = 2**24 // 64
RATE = {"smoke": 2e-3, "minutes": 2e-3, "full": 1e-4}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "pca": ("pca", {"n_latent": 64}),
    "ae": ("ae", {"network": NETWORK}),
    "vae": ("vae", {"network": NETWORK}),
    "acai": ("acai", {"network": NETWORK}),
    "gaia-paper": ("gaia-paper", {"network": NETWORK}),
    "gaia": ("gaia", {"network": NETWORK}),
}
ABLATIONS: dict[str, dict[str, Any]] = {
    "no distance loss": {"distance": 0.0},
    "cycle .1": {"cycle": 0.1},
    "dirichlet .1": {"mixing": {"mixing": "dirichlet", "concentration": 0.1}},
    "pixel blends as negatives": {"pixel_negatives": 0.5},
    "no direct reconstruction": {"direct": 0.0, "through": 1.0},
    "no repulsion": {"repulsion": 0.0},
    "balance 20": {"balance": 20.0},
}
COLUMNS = ("mean_distance", "smoothness", "distance_scored", "smoothness_scored", "n_undefined", "share_long_way",
           "reconstruction_mse", "n_images", "cpu_s")  # fmt: skip


def learn_and_score(
    row: str, name: str, choices: dict[str, Any], *, seed: int, budget: str, out: Path
) -> dict[str, Any]:
    """Train and score one model; a training that diverged is told as such."""
    time_s, _, n_lines = BUDGETS[budget]
    lines = random_lines(child_rng(seed, "lines"), n_lines)[:, None]
    data = TrainingData.of(lines, validation=random_lines(child_rng(seed, "held out"), 512)[:, None])
    n_steps = PUBLISHED_STEPS if time_s is None else max(2, round(time_s / cost_of(name, choices, data)))
    settings = TrainingSettings(n_steps=n_steps, rate=RATE[budget], seed=seed, check_steps=1000)
    started = time.process_time()
    try:
        trained = train(name, data, settings, choices=choices)
    except TrainingError as error:
        return {"model": row, "seed": seed, "problem": str(error)}
    cpu_s = time.process_time() - started
    encode, decode = coders(trained.model.cpu())
    scores = score_model(encode, decode, rng=child_rng(seed, "pairs"))
    mse = reconstruction_mse(encode, decode, random_lines(child_rng(seed, "reconstructed"), 1000))
    sheet(
        interpolate(encode, decode, rng=child_rng(seed, "sheet"), n_pairs=8),
        out / f"{row.replace(': ', '-')}-{seed}.png",
    )
    return {
        "model": row,
        "seed": seed,
        **asdict(scores),
        "reconstruction_mse": mse,
        "n_images": trained.card["step"] * settings.batch,
        "precision": trained.card["precision"],
        "cpu_s": cpu_s,
    }


def cost_of(name: str, choices: dict[str, Any], data: TrainingData) -> float:
    """Return CPU seconds of a step, the difference of a long and a short training."""
    if name == "pca":
        return 1.0
    # nothing adversarial happens before a warm-up, so it is left out here
    changed = choices | ({"warm_up": 0.0, "ramp": 0.0} if name == "gaia" else {})
    spent = []
    for n_steps in (3, 3, 15):
        started = time.process_time()
        train(
            name, data, TrainingSettings(n_steps=n_steps, check_steps=1000, most_error=1e6), choices=changed
        )
        spent.append(time.process_time() - started)
    return max(1e-4, (spent[2] - spent[1]) / 12)


def table_text(runs: list[dict[str, Any]]) -> str:
    """Return mean ± sd over seeds as Markdown."""
    lines = ["| model | " + " | ".join(COLUMNS) + " | diverged |", "|" + "---|" * (len(COLUMNS) + 2)]
    for row in dict.fromkeys(one["model"] for one in runs):
        own = [one for one in runs if one["model"] == row]
        good = [one for one in own if "problem" not in one]
        cells = []
        for key in COLUMNS:
            values = [one[key] for one in good]
            spread = f" ± {np.std(values, ddof=1):.2g}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.4g}{spread}" if values else "")
        lines.append(f"| {row} | {' | '.join(cells)} | {len(own) - len(good)}/{len(own)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--budget", choices=tuple(BUDGETS), default="smoke")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("acai-lines"))
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--models", nargs="*", help="only these rows")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.budget == "full":
        NETWORK["width"] = PUBLISHED_WIDTH
    started = time.perf_counter()
    chosen.out.mkdir(parents=True, exist_ok=True)
    rows = dict(MODELS)
    if chosen.ablate:
        rows |= {f"gaia: {key}": ("gaia", {"network": NETWORK} | change) for key, change in ABLATIONS.items()}
    runs = []
    for row, (name, choices) in rows.items():
        for seed in range(chosen.seed, chosen.seed + BUDGETS[chosen.budget][1]):
            if chosen.models and row not in chosen.models:
                continue
            runs.append(learn_and_score(row, name, choices, seed=seed, budget=chosen.budget, out=chosen.out))
            print(f"{row}, seed {seed}", flush=True)
    facts = {
        "budget": chosen.budget,
        "seconds_a_model": BUDGETS[chosen.budget][0],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread",
        "torch": torch.__version__,
        "seconds": round(time.perf_counter() - started, 1),
        "published": {"ae": [6.88e-3, 0.44], "vae": [1.21e-3, 0.49], "acai": [0.24e-3, 0.10]},
        "runs": runs,
    }
    (chosen.out / "figures.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (chosen.out / "table.md").write_text(table_text(runs), encoding="utf-8")
    print(table_text(runs))


if __name__ == "__main__":
    main()
