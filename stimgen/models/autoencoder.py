"""The plain autoencoder."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from stimgen.models.base import Model, Player, StepResult
from stimgen.models.losses import Error, error
from stimgen.models.networks import NetworkSettings, make_decoder, make_encoder


@dataclass(frozen=True, kw_only=True)
class AutoencoderSettings:
    """How an autoencoder is built.

    Args:
        network: Both halves.
        error: "mse" or "l1".
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    error: Error = "mse"


class Autoencoder(Model):
    """Two networks that learn to give items back through few coordinates."""

    name = "ae"
    settings: AutoencoderSettings

    def __init__(self, shape: tuple[int, ...], settings: AutoencoderSettings) -> None:
        super().__init__(shape, settings)
        self.n_latent = settings.network.n_latent
        self.encoder = make_encoder(shape, settings.network)
        self.decoder = make_decoder(shape, settings.network)

    def encode(self, x: Tensor) -> Tensor:
        """Return coordinates, shape (n, n_latent)."""
        return self.encoder(x)  # type: ignore[no-any-return]

    def decode(self, z: Tensor) -> Tensor:
        """Return items, shape (n, *shape)."""
        return self.decoder(z)  # type: ignore[no-any-return]

    def players(self) -> dict[str, Player]:
        """Return the one player."""
        return {"autoencoder": Player(parameters=tuple(self.parameters()))}

    def step(self, x: Tensor, *, progress: float, generator: torch.Generator) -> StepResult:
        """Return the error of reconstruction."""
        loss = error(self.reconstruct(x), x, self.settings.error)
        return StepResult(loss={"autoencoder": loss}, log={"reconstruction": loss.detach()})
