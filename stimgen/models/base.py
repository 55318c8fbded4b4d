"""What every model is: an encoder and a decoder, the players that are trained, and what one step costs each of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from stimgen.errors import SettingError, ShapeError


@dataclass(frozen=True, kw_only=True)
class Player:
    """One set of parameters with an optimiser of its own.

    Args:
        parameters: What it moves.
        rate: Its learning rate in multiples of the loop's.
        betas: Decay of Adam's first and second moments.
    """

    parameters: tuple[nn.Parameter, ...]
    rate: float = 1.0
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What one step costs.

    Args:
        loss: One scalar per player; each player moves its own parameters along the gradient of its own loss.
        rate: Multiplier of each player's learning rate in this step; 1 where a player is not named.
        log: Scalars worth following; `reconstruction` is always among them.
    """

    loss: Mapping[str, Tensor]
    log: Mapping[str, Tensor]
    rate: Mapping[str, Tensor | float] = field(default_factory=dict)


class Model(nn.Module, ABC):
    """An encoder, a decoder, and how they learn.

    Args:
        shape: Shape of one item: (n,) for vectors, (n_channels, height, width) for pictures and patches.
        settings: A frozen dataclass of all choices.
    """

    name: ClassVar[str]
    is_closed_form: ClassVar[bool] = False
    n_latent: int

    def __init__(self, shape: tuple[int, ...], settings: Any) -> None:
        super().__init__()
        if len(shape) not in (1, 3) or min(shape, default=0) < 1:
            raise ShapeError(f"items have shape (n,) or (n_channels, height, width), got {shape}")
        self.shape, self.settings = tuple(shape), settings

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Return the coordinates of items, shape (n, n_latent)."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Return the items at coordinates, shape (n, *shape)."""

    @abstractmethod
    def players(self) -> dict[str, Player]:
        """Return who is trained."""

    @abstractmethod
    def step(self, x: Tensor, *, progress: float, generator: torch.Generator) -> StepResult:
        """Return what a batch costs every player.

        Args:
            x: Items, shape (n, *shape).
            progress: Share of the training that is done, 0 to 1.
            generator: What draws are made with.
        """

    def prepare(self, x: Tensor, *, generator: torch.Generator) -> None:  # noqa: B027
        """Take what is worth knowing from the training items before the first step."""

    def reconstruct(self, x: Tensor) -> Tensor:
        """Return items encoded and decoded."""
        return self.decode(self.encode(x))

    def demand_batch(self, x: Tensor) -> None:
        """Refuse a batch of another shape.

        Raises:
            ShapeError: If it is none of this model's.
        """
        if tuple(x.shape[1:]) != self.shape:
            raise ShapeError(
                f"{self.name} was made for items of shape {self.shape}, got {tuple(x.shape[1:])}; make another model "
                "or bring the items to that shape"
            )


def demand_positive(**values: float) -> None:
    """Refuse settings that are not above 0.

    Raises:
        SettingError: If one is not; it is named.
    """
    for name, value in values.items():
        if not value > 0:
            raise SettingError(f"{name} must be above 0, got {value:g}")


def demand_share(**values: float) -> None:
    """Refuse settings that are not from 0 to 1.

    Raises:
        SettingError: If one is not; it is named.
    """
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise SettingError(f"{name} must be from 0 to 1, got {value:g}")


def demand_not_negative(**values: float) -> None:
    """Refuse settings below 0 or not finite.

    Raises:
        SettingError: If one is; it is named.
    """
    for name, value in values.items():
        if not 0.0 <= value < float("inf"):
            raise SettingError(f"{name} must be 0 or above, got {value:g}")
