"""The loop that trains every model: players move in turn of one batch, the best is kept, a stop loses little."""

import csv
import io
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stimgen.errors import CheckpointError, SettingError, TrainingError
from stimgen.models import Model, make_model, settings_as_json
from stimgen.models.base import Player, StepResult
from stimgen.seeding import child_rng
from stimgen.training.checkpoint import CARD_NAME, put_into, read_checkpoint, versions, write_checkpoint
from stimgen.training.data import TrainingData
from stimgen.training.precision import chosen_device, chosen_precision, is_convolutional
from stimgen.training.settings import TrainingSettings
from stimgen.training.sheet import sheet_png

LOG_NAME, SHEET_NAME = "log.csv", "sheet.png"
_GOLDEN = 0x9E3779B97F4A7C15
_JUDGED_AT_ONCE = 1024


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is known when the validation items are looked at.

    Args:
        step: Steps done.
        n_steps: Steps at most.
        elapsed_s: Seconds so far.
        log: Terms of the last step, and `validation`, the mean squared error of the validation items.
        is_best: Whether no earlier look found a lower one.
        model: The model with the weights that were judged.
    """

    step: int
    n_steps: int
    elapsed_s: float
    log: Mapping[str, float]
    is_best: bool
    model: Model


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained model.

    Args:
        model: With the best weights, ready for use.
        card: All that is known of the training, plain JSON values.
        history: One mapping per look.
    """

    model: Model
    card: dict[str, Any]
    history: tuple[dict[str, float], ...] = field(repr=False)


def train(
    name: str,
    data: TrainingData,
    settings: TrainingSettings | None = None,
    *,
    choices: Mapping[str, Any] | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    look: Callable[[Look], None] | None = None,
    share: Callable[[Sequence[Tensor]], None] | None = None,
) -> Trained:
    """Train a model.

    On one machine and the CPU the same data, settings and seed give the same weights, whether a training went through
    or was stopped and resumed.

    Args:
        name: Of the model, as for `make_model`.
        data: What to learn from.
        settings: How.
        choices: Settings of the model that differ from its defaults.
        folder: Where checkpoints and the log go; None keeps nothing.
        resume: Go on from the checkpoint in the folder, if there is one.
        look: Called whenever the validation items were looked at.
        share: Called with the gradients of each player before it moves, to average them over processes.

    Raises:
        SettingError: If settings do not go together or with the data.
        TrainingError: If losses run away; the last checkpoint stays as it is.
        CheckpointError: If the folder holds another training, or is broken.
        WriteError: If the folder cannot be written.
    """
    run = _Run(name, data, settings or TrainingSettings(), choices or {}, folder, look=look, share=share)
    run.begin(resume=resume)
    run.go_on()
    return run.result()


class _Run:
    """One training under way."""

    def __init__(
        self,
        name: str,
        data: TrainingData,
        settings: TrainingSettings,
        choices: Mapping[str, Any],
        folder: str | os.PathLike[str] | None,
        *,
        look: Callable[[Look], None] | None,
        share: Callable[[Sequence[Tensor]], None] | None,
    ) -> None:
        self.name, self.data, self.settings = name, data, settings
        self.folder = None if folder is None else Path(folder)
        self.look, self.share = look, share
        self.device = chosen_device(settings.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(child_rng(settings.seed, "weights").integers(2**62)))
            self.model = make_model(name, data.shape, **choices)
        is_pictures = is_convolutional(self.model)
        self.layout = torch.channels_last if is_pictures else torch.contiguous_format
        self.precision = chosen_precision(settings.precision, self.device, is_convolutional=is_pictures)
        self.model.to(self.device)
        if is_pictures:
            self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train_items = self._placed(data.train)
        self.validation_items = self._placed(data.validation)
        self.n_batch = min(settings.batch, len(data.train))
        self.draws = int(child_rng(settings.seed, "draws").integers(2**62))
        self.generator = torch.Generator()
        self.step, self.elapsed_s, self.n_worse = 0, 0.0, 0
        self.best: dict[str, float] | None = None
        self.history: list[dict[str, float]] = []
        self.is_done = False
        self.sheet: bytes | None = None
        self._epoch, self._order = -1, np.empty(0, dtype=np.int64)

    def _placed(self, items: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(items).to(self.device)
        return tensor.contiguous(memory_format=self.layout) if tensor.ndim == 4 else tensor

    def begin(self, *, resume: bool) -> None:
        """Start afresh, or from the checkpoint in the folder."""
        self.generator.manual_seed(self.draws % 2**63)
        self.model.prepare(self.train_items, generator=self.generator)
        self.variance = float(self.train_items.var(dim=0, correction=0).mean())
        self.players = self.model.players()
        self.optimisers = {key: self._optimiser(player) for key, player in self.players.items()}
        self.mean = {key: one.detach().clone() for key, one in self.model.state_dict().items()}
        self.best_weights = {key: one.clone() for key, one in self.mean.items()}
        if self.folder is None:
            return
        if (self.folder / CARD_NAME).exists():
            if not resume:
                raise SettingError(
                    f"{self.folder} holds a training already; resume it, or choose another place"
                )
            self._take_up(self.folder)
        elif self.folder.is_file():
            raise SettingError(f"{self.folder} is a file; choose a folder")

    def _optimiser(self, player: Player) -> torch.optim.Adam:
        return torch.optim.Adam(
            player.parameters, lr=self.settings.rate * player.rate, betas=player.betas, foreach=True
        )

    def _take_up(self, folder: Path) -> None:
        found = read_checkpoint(folder)
        card = found.card
        settings = dict(card.get("training") or {}) | {"device": None, "n_steps": None, "time_s": None}
        own = asdict(self.settings) | {"device": None, "n_steps": None, "time_s": None}
        for what, here, there in (
            ("model", self.name, card["model"]),
            ("settings of the model", json.loads(json.dumps(settings_as_json(self.model))), card["settings"]),
            ("data", self.data.sha256, card.get("data_sha256")),
            ("settings of the training", own, settings),
        ):
            if here != there:
                raise CheckpointError(
                    f"the training in {folder} has another {what}; resume it with the same, or choose another place"
                )
        for prefix, target in (("model.", None), ("mean.", self.mean), ("best.", self.best_weights)):
            part = {k.removeprefix(prefix): v for k, v in found.tensors.items() if k.startswith(prefix)}
            if target is None:
                put_into(self.model, part, folder)
                continue
            if {k: v.shape for k, v in part.items()} != {k: v.shape for k, v in target.items()}:
                raise CheckpointError(
                    f"the weights in {folder} are not those of its card; restore them from a copy"
                )
            for key, one in part.items():
                target[key].copy_(one)
        self._put_moments(found.tensors, folder)
        try:
            self.step, self.elapsed_s = int(card["step"]), float(card["elapsed_s"])
            self.best, self.n_worse = card["best"], int(card["n_worse"])
            self.history = [dict(row) for row in card["history"]]
            self.is_done = bool(card["is_done"]) and self.step >= self.settings.n_steps
        except (KeyError, TypeError, ValueError):
            raise CheckpointError(
                f"{folder / CARD_NAME} lacks what resuming needs; restore it from a copy"
            ) from None

    def _moments(self) -> dict[str, Tensor]:
        return {
            f"adam.{player}.{n}.{key}": torch.as_tensor(value)
            for player, optimiser in self.optimisers.items()
            for n, one in enumerate(optimiser.param_groups[0]["params"])
            for key, value in optimiser.state.get(one, {}).items()
        }

    def _put_moments(self, tensors: Mapping[str, Tensor], folder: Path) -> None:
        for name, value in tensors.items():
            if not name.startswith("adam."):
                continue
            try:
                _, player, number, key = name.split(".")
                optimiser = self.optimisers[player]
                one = optimiser.param_groups[0]["params"][int(number)]
                is_count = key == "step"
                if not is_count and value.shape != one.shape:
                    raise ValueError(name)
                kept = value.clone() if is_count else torch.empty_like(one).copy_(value)
                optimiser.state[one][key] = kept
            except (KeyError, ValueError, IndexError):
                raise CheckpointError(
                    f"the state of the optimiser in {folder} is not that of its model; restore it from a copy"
                ) from None

    def go_on(self) -> None:
        """Train until the end."""
        if self.model.is_closed_form or self.is_done:
            if not self.is_done:
                self.mean = {key: one.detach().clone() for key, one in self.model.state_dict().items()}
                self._look({}, started=time.perf_counter())
                self.is_done = True
                self._keep()
            return
        started = time.perf_counter() - self.elapsed_s
        self.model.train()
        while True:
            self.elapsed_s = time.perf_counter() - started
            progress = self._progress()
            if progress >= 1.0 or (self.settings.patience and self.n_worse >= self.settings.patience):
                break
            result = self._one(progress)
            self.step += 1
            if self.step % self.settings.check_steps == 0:
                self._look(result.log, started=started)
            if self.step % self.settings.keep_steps == 0:
                self._keep()
        if not self.history or self.history[-1]["step"] != self.step:
            self._look({}, started=started)
        self.is_done = True
        self._keep()

    def _progress(self) -> float:
        by_steps = self.step / self.settings.n_steps
        by_time = 0.0 if self.settings.time_s is None else self.elapsed_s / self.settings.time_s
        return max(by_steps, by_time)

    def _one(self, progress: float) -> StepResult:
        """Take one step with every player."""
        self.generator.manual_seed((self.draws + self.step * _GOLDEN) % 2**63)
        x = self.train_items[torch.from_numpy(self._batch()).to(self.device)]
        if x.ndim == 4:
            x = x.contiguous(memory_format=self.layout)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bfloat16"):
            result = self.model.step(x, progress=progress, generator=self.generator)
        self._demand_sound(result)
        names = list(result.loss)
        gradients = {
            name: torch.autograd.grad(
                result.loss[name],
                self.players[name].parameters,
                retain_graph=name != names[-1],
                allow_unused=True,
            )
            for name in names
        }
        rate = self.settings.rate * self._schedule(progress)
        for name in names:
            player, optimiser = self.players[name], self.optimisers[name]
            moved = [one for one in gradients[name] if one is not None]
            if self.share is not None:
                self.share(moved)
            for parameter, gradient in zip(player.parameters, gradients[name], strict=True):
                parameter.grad = gradient
            optimiser.param_groups[0]["lr"] = rate * player.rate * float(result.rate.get(name, 1.0))
            optimiser.step()
        self._follow()
        return result

    def _batch(self) -> np.ndarray:
        n_items = len(self.data.train)
        n_batches = max(1, n_items // self.n_batch)
        epoch, within = divmod(self.step, n_batches)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = child_rng(self.settings.seed, "epoch", epoch).permutation(n_items)
        return self._order[within * self.n_batch : (within + 1) * self.n_batch]

    def _schedule(self, progress: float) -> float:
        """Return the share of the learning rate: 1 for the first half, then a straight line."""
        last = self.settings.last_rate
        return 1.0 if progress <= 0.5 else last + (1.0 - last) * 2.0 * (1.0 - progress)

    def _follow(self) -> None:
        """Move the running mean; early on it forgets faster, so that it does not remember the first weights."""
        decay = min(self.settings.ema, (1.0 + self.step) / (10.0 + self.step))
        with torch.no_grad():
            now = self.model.state_dict()
            keys = [key for key, one in now.items() if one.is_floating_point()]
            torch._foreach_lerp_([self.mean[k] for k in keys], [now[k] for k in keys], 1.0 - decay)

    def _demand_sound(self, result: StepResult) -> None:
        """Refuse to go on with losses that ran away."""
        terms = {**{f"loss of the {name}": one for name, one in result.loss.items()}, **result.log}
        values = torch.stack([one.detach().float().reshape(()) for one in terms.values()])
        kept = "; the last checkpoint is kept" if self.folder is not None else ""
        if not bool(torch.isfinite(values).all()):
            name = next(n for n, one in zip(terms, values, strict=True) if not torch.isfinite(one))
            raise TrainingError(
                f"the training diverged at step {self.step}: the {name} is not finite; take a lower rate{kept}"
            )
        worst = self.settings.most_error * self.variance
        found = float(result.log["reconstruction"])
        if found > worst and self.step > 100:
            raise TrainingError(
                f"the training diverged at step {self.step}: the reconstruction is off by {found:.3g}, where the items "
                f"have a variance of {self.variance:.3g}; take a lower rate{kept}"
            )

    def _look(self, log: Mapping[str, Tensor], *, started: float) -> None:
        """Judge the running mean by the validation items."""
        now = {key: one.detach().clone() for key, one in self.model.state_dict().items()}
        self.model.load_state_dict(self.mean)
        self.model.eval()
        with torch.no_grad():
            total = sum(
                float((self.model.reconstruct(part) - part).square().sum())
                for part in torch.split(self.validation_items, _JUDGED_AT_ONCE)
            )
            error = total / self.validation_items.numel()
            is_best = self.best is None or error < self.best["validation"]
            row = {"step": self.step, "validation": error}
            row |= {key: float(one) for key, one in log.items()}
            if is_best:
                self.best, self.n_worse = {"step": self.step, "validation": error}, 0
            else:
                self.n_worse += 1
            if is_best or not self.settings.patience:
                # without early stopping the last weights count: adversarial terms are no part of this error
                self.best_weights = {key: one.clone() for key, one in self.mean.items()}
            self.history.append(row)
            self.sheet = sheet_png(self.model, self.validation_items) if self.folder else None
            if self.look is not None:
                self.look(
                    Look(
                        step=self.step,
                        n_steps=self.settings.n_steps,
                        elapsed_s=time.perf_counter() - started,
                        log=row,
                        is_best=is_best,
                        model=self.model,
                    )
                )
        self.model.load_state_dict(now)
        self.model.train()

    def _keep(self) -> None:
        """Write a checkpoint and the log."""
        if self.folder is None:
            return
        tensors = {f"model.{key}": one for key, one in self.model.state_dict().items()}
        tensors |= {f"mean.{key}": one for key, one in self.mean.items()}
        tensors |= {f"best.{key}": one for key, one in self.best_weights.items()}
        tensors |= self._moments()
        write_checkpoint(self.folder, self.card(), tensors, stem=f"weights-{self.step:09d}")
        (self.folder / LOG_NAME).write_text(_csv(self.history), encoding="utf-8", newline="")
        if self.sheet is not None:
            (self.folder / SHEET_NAME).write_bytes(self.sheet)

    def card(self) -> dict[str, Any]:
        """Return all that is known of the training."""
        return {
            "model": self.name,
            "shape": list(self.data.shape),
            "settings": settings_as_json(self.model),
            "training": asdict(self.settings),
            "data_sha256": self.data.sha256,
            "n_train": len(self.data.train),
            "n_validation": len(self.data.validation),
            "seed": self.settings.seed,
            "device": str(self.device),
            "precision": self.precision,
            "step": self.step,
            "elapsed_s": round(self.elapsed_s, 3),
            "best": self.best,
            "n_worse": self.n_worse,
            "is_done": self.is_done,
            "n_parameters": sum(one.numel() for one in self.model.parameters()),
            "versions": versions(),
            "history": self.history,
        }

    def result(self) -> Trained:
        """Return the model with its best weights."""
        self.model.load_state_dict(self.best_weights)
        return Trained(model=self.model.eval(), card=self.card(), history=tuple(self.history))


def _csv(rows: Sequence[Mapping[str, float]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
