"""The variational autoencoder."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stimgen.models.base import Model, Player, StepResult, demand_positive
from stimgen.models.networks import NetworkSettings, make_decoder, make_encoder


@dataclass(frozen=True, kw_only=True)
class VaeSettings:
    """How a variational autoencoder is built and what it weighs.

    Args:
        network: Both halves; the encoder gives a mean and a log variance for every coordinate.
        precision: Weight of the squared error of an item, summed over its values, against the divergence: half the
            inverse of the variance that the decoder's Gaussian has.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    precision: float = 50.0

    def __post_init__(self) -> None:
        demand_positive(precision=self.precision)


class Vae(Model):
    """An autoencoder whose coordinates are normally distributed.

    References:
        Kingma & Welling 2014, arXiv 1312.6114, equation 10 and appendix B.
    """

    name = "vae"
    settings: VaeSettings

    def __init__(self, shape: tuple[int, ...], settings: VaeSettings) -> None:
        super().__init__(shape, settings)
        network = settings.network
        self.n_latent = network.n_latent
        self.encoder = make_encoder(shape, replace(network, n_latent=2 * network.n_latent))
        self.decoder = make_decoder(shape, network)

    def encode(self, x: Tensor) -> Tensor:
        """Return the means, shape (n, n_latent)."""
        return self.spread(x)[0]

    def spread(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the coordinates, each (n, n_latent)."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance.clamp(-20.0, 10.0)

    def decode(self, z: Tensor) -> Tensor:
        """Return items, shape (n, *shape)."""
        return self.decoder(z)  # type: ignore[no-any-return]

    def players(self) -> dict[str, Player]:
        """Return the one player."""
        return {"autoencoder": Player(parameters=tuple(self.parameters()))}

    def step(self, x: Tensor, *, progress: float, generator: torch.Generator) -> StepResult:
        """Return the negative evidence bound per value of an item, with constants left out."""
        mean, log_variance = self.spread(x)
        noise = torch.randn(mean.shape, generator=generator).to(mean.device, mean.dtype)
        decoded = self.decode(mean + noise * (0.5 * log_variance).exp())
        square = (decoded - x).flatten(1).square()
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(dim=1).mean()
        n_values = square.shape[1]
        loss = square.mean() + divergence / (self.settings.precision * n_values)
        log = {"reconstruction": square.mean().detach(), "divergence": divergence.detach()}
        return StepResult(loss={"autoencoder": loss}, log=log)
