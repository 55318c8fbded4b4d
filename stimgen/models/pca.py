"""Principal components: the baseline of everybody, in closed form."""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from stimgen.errors import SettingError
from stimgen.models.base import Model, Player, StepResult


@dataclass(frozen=True, kw_only=True)
class PcaSettings:
    """How many components.

    Args:
        n_latent: Number of components kept, at most the number of values of an item.
    """

    n_latent: int = 16


class Pca(Model):
    """Principal component analysis.

    References:
        Pearson 1901, Philosophical Magazine 2(11), 559-572.
    """

    name = "pca"
    is_closed_form = True
    mean: Tensor
    components: Tensor

    def __init__(self, shape: tuple[int, ...], settings: PcaSettings) -> None:
        super().__init__(shape, settings)
        n_values = prod(shape)
        if not 1 <= settings.n_latent <= n_values:
            raise SettingError(
                f"n_latent is from 1 to {n_values}, the number of values of an item, got {settings.n_latent}"
            )
        self.n_latent = settings.n_latent
        self.register_buffer("mean", torch.zeros(n_values))
        self.register_buffer("components", torch.zeros(settings.n_latent, n_values))

    def prepare(self, x: Tensor, *, generator: torch.Generator) -> None:
        """Find mean and components; signs are such that the largest weight of each is positive.

        Components beyond the number of items less one are 0: the items say nothing about them.
        """
        flat = x.flatten(1).double()
        mean = flat.mean(dim=0)
        _, sizes, rows = torch.linalg.svd(flat - mean, full_matrices=False)
        kept = rows[: self.n_latent]
        largest = kept.gather(1, kept.abs().argmax(dim=1, keepdim=True))
        kept = kept * torch.where(largest < 0, -1.0, 1.0)
        kept[sizes[: self.n_latent] <= 1e-9 * sizes[:1].clamp_min(1e-300)] = 0.0
        self.mean.copy_(mean)
        self.components.zero_()
        self.components[: kept.shape[0]] = kept.to(self.components.dtype)

    def encode(self, x: Tensor) -> Tensor:
        """Return the scores, shape (n, n_latent), in the unit of the items."""
        return (x.flatten(1) - self.mean) @ self.components.T

    def decode(self, z: Tensor) -> Tensor:
        """Return the items at scores."""
        return (z @ self.components + self.mean).reshape(-1, *self.shape)

    def players(self) -> dict[str, Player]:
        """Return none: everything is found in `prepare`."""
        return {}

    def step(self, x: Tensor, *, progress: float, generator: torch.Generator) -> StepResult:
        """Return the error of reconstruction, which nobody lowers."""
        return StepResult(loss={}, log={"reconstruction": (x - self.reconstruct(x)).square().mean()})
