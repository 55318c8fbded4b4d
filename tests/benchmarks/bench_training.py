"""Speed of training GAIA on 64 x 64 pictures, against a plain loop of the same networks.

    python tests/benchmarks/bench_training.py --steps 30

The plain loop is eager float32 with maps in the usual order and one backward pass per player, no running mean, no
checks: what a first version would be. Both run on one thread and see the same pictures. Told are pictures a second of
CPU time, their ratio, the greatest resident memory of each (in a process of its own), and the cost of the first and
last third of the steps.
"""

import argparse
import resource
import time
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch

from stimgen.models import make_model
from stimgen.training.data import TrainingData
from stimgen.training.loop import Look, train
from stimgen.training.settings import TrainingSettings

NETWORK = {"kind": "conv", "n_latent": 128, "width": 16, "depth": 4}
N_BATCH = 64


def pictures() -> np.ndarray:
    """Draw blurred noise."""
    rng = np.random.default_rng(0)
    coarse = rng.random((512, 1, 16, 16))
    return np.asarray(np.kron(coarse, np.ones((1, 1, 4, 4))), dtype=np.float32)


def peak_mib() -> float:
    """Return the greatest resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(n_steps: int, precision: str) -> dict[str, Any]:
    """Time the loop."""
    torch.set_num_threads(1)
    data = TrainingData.of(pictures())
    times: list[tuple[int, float]] = []

    def look(found: Look) -> None:
        times.append((found.step, time.process_time()))

    settings = TrainingSettings(
        n_steps=n_steps, batch=N_BATCH, check_steps=max(1, n_steps // 3), device="cpu", precision=precision
    )
    trained = train(
        "gaia", data, settings, choices={"network": NETWORK, "warm_up": 0.0, "ramp": 0.0}, look=look
    )
    spans = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(times[:-1], times[1:], strict=True) if b[0] > a[0]]
    per_step = float(np.mean(spans))
    return {
        "images_per_s": N_BATCH / per_step,
        "first_s": spans[0],
        "last_s": spans[-1],
        "peak_mib": peak_mib(),
        "precision": trained.card["precision"],
    }


def plain(n_steps: int) -> dict[str, Any]:
    """Time a loop as one would write it first."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.from_numpy(pictures())
    model = make_model("gaia", tuple(x.shape[1:]), network=NETWORK, warm_up=0.0, ramp=0.0)
    model.prepare(x, generator=torch.Generator())
    players = model.players()
    optimisers = {
        name: torch.optim.Adam(one.parameters, lr=5e-4, foreach=False) for name, one in players.items()
    }
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    started = time.process_time()
    for number in range(n_steps + 3):
        if number == 3:
            started = time.process_time()
        batch = x[torch.from_numpy(rng.integers(len(x), size=N_BATCH))]
        result = model.step(batch, progress=0.5, generator=generator)
        names = list(players)
        found = {}
        for name in names:
            model.zero_grad()
            result.loss[name].backward(retain_graph=name != names[-1])
            found[name] = [one.grad for one in players[name].parameters]
        for name in names:
            for parameter, gradient in zip(players[name].parameters, found[name], strict=True):
                parameter.grad = gradient
            optimisers[name].step()
    per_step = (time.process_time() - started) / n_steps
    return {"images_per_s": N_BATCH / per_step, "peak_mib": peak_mib()}


def alone(function: Any, *arguments: Any) -> dict[str, Any]:
    """Call a function in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--steps", type=int, default=30)
    chosen = parser.parse_args()
    base = alone(plain, chosen.steps)
    print(f"plain float32 loop: {base['images_per_s']:.1f} pictures/CPU-s, peak {base['peak_mib']:.0f} MiB")
    for precision in ("float32", "auto"):
        found = alone(ours, chosen.steps, precision)
        print(
            f"stimgen, {precision} ({found['precision']}): {found['images_per_s']:.1f} pictures/CPU-s, "
            f"{found['images_per_s'] / base['images_per_s']:.2f} x, peak {found['peak_mib']:.0f} MiB, "
            f"step {found['first_s']:.2f} s in the second third, {found['last_s']:.2f} s in the last"
        )


if __name__ == "__main__":
    main()
