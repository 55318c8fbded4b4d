"""What a training leaves on disk: weights as safetensors, all else as JSON; nothing is ever unpickled."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_of
from safetensors.torch import save as bytes_of
from torch import Tensor

from stimgen.errors import CheckpointError, StimgenError, WriteError
from stimgen.models import MODEL_NAMES, Model, make_model

CARD_NAME = "card.json"
SCHEMA = {"name": "stimgen-checkpoint", "version": 1}
_MOST_CARD_BYTES = 16 * 2**20


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint as it was read.

    Args:
        card: Everything but numbers of networks.
        tensors: By name: `model.*`, `mean.*` (running mean of weights), `adam.*`.
    """

    card: dict[str, Any]
    tensors: dict[str, Tensor]


def write_checkpoint(
    folder: Path, card: Mapping[str, Any], tensors: Mapping[str, Tensor], *, stem: str
) -> None:
    """Write weights, then the card that names them; at any moment the card on disk names whole weights.

    Args:
        folder: Where to; made if it is not there.
        card: Everything but tensors.
        tensors: By name.
        stem: Name of the file of weights without suffix.

    Raises:
        WriteError: If it cannot be written.
    """
    data = bytes_of({name: one.detach().contiguous().cpu() for name, one in tensors.items()})
    name = f"{stem}.safetensors"
    whole = dict(card) | {
        "schema": SCHEMA,
        "weights": {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / name, data)
        _replace(folder / CARD_NAME, (json.dumps(whole, indent=2) + "\n").encode("utf-8"))
        for old in folder.glob("weights-*.safetensors"):
            if old.name != name:
                old.unlink()
    except OSError as error:
        raise WriteError(
            f"{folder} cannot be written: {error.strerror or error}; choose another place"
        ) from error


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a checkpoint.

    Raises:
        CheckpointError: If there is none, or it is broken or of another version.
    """
    path = folder / CARD_NAME
    try:
        if path.stat().st_size > _MOST_CARD_BYTES:
            raise CheckpointError(f"{path} is too large for a card; give the folder of a checkpoint")
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(
            f"{folder} holds no checkpoint: there is no {CARD_NAME}; check the path"
        ) from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path} is no JSON; restore it from a copy, or train anew") from None
    if not isinstance(card, dict) or card.get("schema") != SCHEMA:
        raise CheckpointError(
            f"{path} is no card of a checkpoint that this stimgen reads; use the version of stimgen that made it"
        )
    wanted = {"model": str, "shape": list, "settings": dict, "weights": dict, "step": int}
    for key, kind in wanted.items():
        if not isinstance(card.get(key), kind):
            raise CheckpointError(
                f"{path}: {key} is missing or of a wrong kind; restore the card from a copy"
            )
    return card


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint and verify its hash.

    Raises:
        CheckpointError: If it is not whole, was changed, or is of another version.
    """
    card = read_card(folder)
    weights = card["weights"]
    name = weights.get("file")
    if not isinstance(name, str) or Path(name).name != name or not name.endswith(".safetensors"):
        raise CheckpointError(
            f"{folder / CARD_NAME} names no file of weights beside it; restore it from a copy"
        )
    try:
        data = (folder / name).read_bytes()
    except OSError:
        raise CheckpointError(
            f"{folder / name} is missing or cannot be read; restore it from a copy"
        ) from None
    if hashlib.sha256(data).hexdigest() != weights.get("sha256"):
        raise CheckpointError(
            f"{folder / name} is not what its card says: it was changed or cut off; restore it"
        )
    try:
        return Checkpoint(card=card, tensors=tensors_of(data))
    except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            f"{folder / name} holds no safetensors ({error}); restore it from a copy"
        ) from None


def load_model(folder: str | os.PathLike[str]) -> Model:
    """Return the model of a checkpoint, ready for use, with the weights that were judged best.

    Args:
        folder: Of the checkpoint.

    Raises:
        CheckpointError: If it is not whole, was changed, or is of another version.
    """
    place = Path(folder)
    found = read_checkpoint(place)
    model = model_of(found.card, place)
    best = {key.removeprefix("best."): one for key, one in found.tensors.items() if key.startswith("best.")}
    demand_fit(model, best, place)
    model.to_empty(device="cpu")
    put_into(model, best, place)
    return model.eval()


def model_of(card: Mapping[str, Any], folder: Path) -> Model:
    """Return the model that a card describes, without room for weights: a card may ask for more than there is.

    Raises:
        CheckpointError: If the card describes none.
    """
    try:
        if card["model"] not in MODEL_NAMES:
            raise CheckpointError(f"{folder / CARD_NAME}: model {card['model']!r} is unknown here")
        with torch.device("meta"):
            return make_model(card["model"], tuple(card["shape"]), **card["settings"])
    except CheckpointError:
        raise
    except (
        StimgenError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        MemoryError,
    ) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"{folder / CARD_NAME} describes no model: {reason}; restore it from a copy"
        ) from None


def put_into(model: Model, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Copy tensors into a model.

    Raises:
        CheckpointError: If names or shapes are not the model's.
    """
    demand_fit(model, tensors, folder)
    with torch.no_grad():
        for name, one in model.state_dict().items():
            one.copy_(tensors[name])


def demand_fit(model: Model, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Refuse tensors that are not those of a model.

    Raises:
        CheckpointError: If names or shapes are not the model's.
    """
    own = model.state_dict()
    wrong = sorted(set(own) ^ set(tensors)) or [
        name for name, one in own.items() if tensors[name].shape != one.shape
    ]
    if wrong:
        raise CheckpointError(f"the weights in {folder} are not those of its card: {wrong[0]}; restore them")


def versions() -> dict[str, str]:
    """Return the versions that a training depends on."""
    return {
        "stimgen": metadata.version("stimgen"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": metadata.version("numpy"),
        "platform": platform.platform(),
    }
