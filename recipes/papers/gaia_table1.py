"""Five sets in the plane, after table 1 of Sainburg et al. 2018 (arXiv 1807.06650).

    python recipes/papers/gaia_table1.py --budget smoke --out table1

Every model learns each set with the same fully connected networks (three hidden layers of 256 each way, two
coordinates, Adam) and is scored on fresh points. `--budget minutes` and `full` take more steps and seeds. All models
get equal steps; those that are cheaper a step are trained once more for as much compute as GAIA takes (rows `+cpu`).
The VAE's precision is chosen per set out of four by the likelihood of interpolations, with a seed of its own. Written
are figures.json, table.md, mesh.png; `--ablate` adds a row for every open choice of GAIA.
"""

import argparse
import json
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from plane_sets import PLANE_SETS, PlaneRow, PlaneScores, mesh_figure, ols_table, plane_set, score_plane

from stimgen.errors import TrainingError
from stimgen.models import Model
from stimgen.seeding import child_rng
from stimgen.training.data import TrainingData
from stimgen.training.loop import train
from stimgen.training.settings import TrainingSettings

NETWORK = {"n_latent": 2, "width": 256, "depth": 3}
BUDGETS = {"smoke": (150, 1), "minutes": (1500, 2), "full": (8000, 5)}
PRECISIONS = (50.0, 200.0, 800.0, 3200.0)
N_TRAIN, RATE = 20_000, 5e-4
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "pca": ("pca", {"n_latent": 2}),
    "ae": ("ae", {"network": NETWORK}),
    "vae": ("vae", {"network": NETWORK}),
    "acai": ("acai", {"network": NETWORK}),
    "gaia-paper, alpha 0": ("gaia-paper", {"network": NETWORK, "distance": 0.0}),
    "gaia-paper, alpha 1": ("gaia-paper", {"network": NETWORK, "distance": 1.0}),
    "gaia": ("gaia", {"network": NETWORK}),
}
ABLATIONS: dict[str, dict[str, Any]] = {
    "two-point, within the ends": {"mixing": {"spread": 0.0}},
    "dirichlet .1": {"mixing": {"mixing": "dirichlet", "concentration": 0.1}},
    "dirichlet 1": {"mixing": {"mixing": "dirichlet", "concentration": 1.0}},
    "no distance loss": {"distance": 0.0},
    "pixel blends as negatives": {"pixel_negatives": 0.5},
    "no direct reconstruction": {"direct": 0.0, "through": 1.0},
    "reconstruction through D as well": {"through": 1.0},
    "balance 20": {"balance": 20.0},
    "cycle .03": {"cycle": 0.03},
    "no repulsion": {"repulsion": 0.0},
    "margin x 1/2": {"margin": "half"},
    "margin x 2": {"margin": "double"},
    "narrow discriminator": {"critic_width": 0.5},
    "mean absolute errors": {"error": "l1"},
}
SHOWN = ("r_xz", "sharp_ll_interpolation", "broad_ll_interpolation", "sharp_ll_reconstruction", "kl_interpolation",
         "kl_reconstruction", "off_share_interpolation", "reconstruction_mse")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Job:
    """One model on one set."""

    row: str
    model: str
    choices: dict[str, Any]
    name: str
    seed: int
    n_steps: int


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of it; scores are missing where the training diverged."""

    job: Job
    scores: PlaneScores | None
    cpu_s: float
    problem: str = ""
    weights: dict[str, Any] = field(default_factory=dict)


def learn(job: Job) -> tuple[Model, float]:
    """Train one model on one set; give it and its CPU seconds."""
    torch.set_num_threads(1)
    rng = child_rng(job.seed, "points", job.name)
    data = TrainingData.of(plane_set(job.name, N_TRAIN, rng), seed=job.seed)
    settings = TrainingSettings(
        n_steps=job.n_steps, rate=RATE, seed=job.seed, check_steps=job.n_steps, device="cpu"
    )
    started = time.process_time()
    trained = train(job.model, data, settings, choices=job.choices)
    return trained.model, time.process_time() - started


def coders(model: Model) -> tuple[Any, Any]:
    """Return encode and decode on arrays."""

    def through(function: Any) -> Any:
        def call(x: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return np.asarray(function(torch.from_numpy(np.asarray(x, dtype=np.float32))).numpy())

        return call

    return through(model.encode), through(model.decode)


def work(job: Job) -> Done:
    """Train and score one model on one set."""
    try:
        model, cpu_s = learn(job)
        encode, decode = coders(model)
        scores = score_plane(encode, decode, name=job.name, rng=child_rng(job.seed, "score", job.name))
    except (TrainingError, ValueError) as error:
        return Done(job=job, scores=None, cpu_s=float("nan"), problem=str(error))
    return Done(job=job, scores=scores, cpu_s=cpu_s)


def run(jobs: list[Job], n_processes: int) -> list[Done]:
    """Do all jobs, with progress on the way."""
    if n_processes == 1:
        done = []
        for n, job in enumerate(jobs, 1):
            done.append(work(job))
            print(f"{n}/{len(jobs)} {job.row} on {job.name}, seed {job.seed}", flush=True)
        return done
    with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn")) as pool:
        found = []
        for n, one in enumerate(pool.map(work, jobs), 1):
            found.append(one)
            print(f"{n}/{len(jobs)} {one.job.row} on {one.job.name}, seed {one.job.seed}", flush=True)
        return found


def cost_of(name: str, choices: dict[str, Any]) -> float:
    """Return CPU seconds of a step, from 60 of them."""
    job = Job(row="", model=name, choices=choices, name="moons", seed=0, n_steps=60)
    learn(job)
    return learn(job)[1] / 60


def tuned_precision(n_steps: int, seed: int, n_processes: int) -> dict[str, float]:
    """Return the precision of the VAE with the likeliest interpolations, for every set."""
    jobs = [
        Job(
            row="vae tuning",
            model="vae",
            choices={"network": NETWORK, "precision": precision},
            name=name,
            seed=seed,
            n_steps=n_steps,
        )
        for name in PLANE_SETS
        for precision in PRECISIONS
    ]
    best: dict[str, tuple[float, float]] = {}
    for one in run(jobs, n_processes):
        if one.scores is not None:
            found = (one.scores.sharp_ll_interpolation, one.job.choices["precision"])
            best[one.job.name] = max(best.get(one.job.name, found), found)
    return {name: precision for name, (_, precision) in best.items()}


def ablated(change: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of GAIA with one choice changed."""
    from stimgen.models import GaiaSettings

    scale = {"half": 0.5, "double": 2.0}
    return {"network": NETWORK} | {
        key: scale[value] * GaiaSettings().margin if value in ("half", "double") else value
        for key, value in change.items()
    }


def plan(
    n_steps: int, seeds: list[int], precision: dict[str, float], factors: dict[str, float], *, ablate: bool
) -> list[Job]:
    """List all jobs."""
    rows: list[tuple[str, str, dict[str, Any], int]] = []
    for row, (model, choices) in MODELS.items():
        rows.append((row, model, choices, n_steps))
        if factors.get(row, 1.0) > 1.15:
            rows.append((f"{row} +cpu", model, choices, round(n_steps * factors[row])))
    if ablate:
        rows += [(f"gaia: {name}", "gaia", ablated(change), n_steps) for name, change in ABLATIONS.items()]
    return [
        Job(
            row=row,
            model=model,
            choices=choices | ({"precision": precision.get(name, 200.0)} if model == "vae" else {}),
            name=name,
            seed=seed,
            n_steps=steps,
        )
        for row, model, choices, steps in rows
        for name in PLANE_SETS
        for seed in seeds
    ]


def summary(done: list[Done]) -> dict[str, dict[str, Any]]:
    """Return, for every row, mean over sets and seeds, and the standard deviation over seeds of the mean over sets."""
    table: dict[str, dict[str, Any]] = {}
    for row in dict.fromkeys(one.job.row for one in done):
        own = [one for one in done if one.job.row == row]
        good = [one for one in own if one.scores is not None]
        entry: dict[str, Any] = {"n_runs": len(own), "n_diverged": len(own) - len(good)}
        if good:
            entry["cpu_s"] = float(np.mean([one.cpu_s for one in good]))
            for key in SHOWN:
                by_seed = [
                    np.mean([getattr(one.scores, key) for one in good if one.job.seed == seed])
                    for seed in dict.fromkeys(one.job.seed for one in good)
                ]
                entry[key] = {
                    "mean": float(np.mean(by_seed)),
                    "sd": float(np.std(by_seed, ddof=1)) if len(by_seed) > 1 else None,
                }
            entry["off_by_set"] = {
                name: float(
                    np.mean([one.scores.off_share_interpolation for one in good if one.job.name == name])
                )
                for name in PLANE_SETS
                if any(one.job.name == name for one in good)
            }  # type: ignore[union-attr]
        table[row] = entry
    return table


def table_text(table: dict[str, dict[str, Any]]) -> str:
    """Return the table as Markdown."""
    lines = ["| model | " + " | ".join(SHOWN) + " | diverged | CPU s |", "|" + "---|" * (len(SHOWN) + 3)]
    for row, entry in table.items():
        cells = []
        for key in SHOWN:
            value = entry.get(key)
            if value is None:
                cells.append("")
                continue
            digits = ".1e" if key == "reconstruction_mse" else ".3f"
            spread = "" if value["sd"] is None else f" ± {format(value['sd'], digits)}"
            cells.append(format(value["mean"], digits) + spread)
        lines.append(
            f"| {row} | {' | '.join(cells)} | {entry['n_diverged']}/{entry['n_runs']} | {entry.get('cpu_s', 0):.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--budget", choices=tuple(BUDGETS), default="smoke")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("gaia-table1"))
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--steps", type=int, help="instead of the budget's")
    parser.add_argument("--seeds", type=int, help="instead of the budget's number")
    parser.add_argument("--models", nargs="*", help="only these rows, and what they are made equal to")
    chosen = parser.parse_args()
    started = time.perf_counter()
    n_steps, n_seeds = (
        given or usual
        for given, usual in zip((chosen.steps, chosen.seeds), BUDGETS[chosen.budget], strict=True)
    )
    seeds = [chosen.seed + n for n in range(n_seeds)]
    dearest = cost_of(*MODELS["gaia"])
    factors = {row: dearest / cost_of(*MODELS[row]) for row in ("ae", "vae", "acai", "gaia-paper, alpha 1")}
    wants_vae = chosen.models is None or any(row.startswith("vae") for row in chosen.models)
    precision = tuned_precision(n_steps, chosen.seed + 1000, chosen.jobs) if wants_vae else {}
    jobs = [
        job
        for job in plan(n_steps, seeds, precision, factors, ablate=chosen.ablate)
        if chosen.models is None or job.row in chosen.models
    ]
    done = run(jobs, chosen.jobs)
    table = summary(done)
    good = [PlaneRow(model=one.job.row, name=one.job.name, scores=one.scores) for one in done if one.scores]
    chosen.out.mkdir(parents=True, exist_ok=True)
    facts = {
        "budget": chosen.budget,
        "n_steps": n_steps,
        "seeds": seeds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread a run",
        "torch": torch.__version__,
        "steps_at_equal_compute": factors,
        "vae_precision": precision,
        "seconds": round(time.perf_counter() - started, 1),
        "models": table,
        "diverged": [
            f"{one.job.row} on {one.job.name}, seed {one.job.seed}: {one.problem}"
            for one in done
            if not one.scores
        ],
        "ols": _ols(good),
        "runs": [
            {"model": one.job.row, "set": one.job.name, "seed": one.job.seed, "cpu_s": one.cpu_s}
            | asdict(one.scores)
            for one in done
            if one.scores
        ],
    }
    (chosen.out / "figures.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (chosen.out / "table.md").write_text(table_text(table), encoding="utf-8")
    _mesh(jobs, chosen.out / "mesh.png")
    print(table_text(table))


def _ols(rows: list[PlaneRow]) -> dict[str, Any]:
    finite = [row for row in rows if np.isfinite(row.scores.r_xz)]
    if not finite:
        return {}
    found = ols_table(finite)
    return {
        "reference_set": found.reference_set,
        "metrics": found.metrics,
        "terms": [list(term) for term in found.terms],
        "coefficients": found.coefficients.round(5).tolist(),
        "standard_errors": np.nan_to_num(found.standard_errors, nan=-1.0).round(5).tolist(),
    }


def _mesh(jobs: list[Job], path: Path) -> None:
    """Draw the first seed of the main rows."""
    first = jobs[0].seed
    results = {}
    for job in jobs:
        if job.row in ("ae", "vae", "gaia-paper, alpha 1", "gaia") and job.seed == first:
            try:
                results[job.row, job.name] = coders(learn(job)[0])
            except TrainingError:
                continue
    mesh_figure(results, path)


if __name__ == "__main__":
    main()
