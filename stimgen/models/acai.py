"""Adversarially constrained autoencoder interpolation."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stimgen.models.base import Model, Player, StepResult, demand_not_negative, demand_share
from stimgen.models.losses import error
from stimgen.models.networks import NetworkSettings, make_decoder, make_encoder


@dataclass(frozen=True, kw_only=True)
class AcaiSettings:
    """How ACAI is built and what it weighs.

    Args:
        network: Of the autoencoder and, up to its last layer, of the critic.
        adversary: Weight lambda of the critic's verdict in the autoencoder's loss.
        toward_data: Share gamma by which reconstructions are moved to the data before the critic calls them real.

    References:
        Berthelot et al. 2018, arXiv 1807.07543, section 2: lambda .5, gamma .2. The article sums squares, its released
        code averages them, as is done here.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    adversary: float = 0.5
    toward_data: float = 0.2

    def __post_init__(self) -> None:
        demand_not_negative(adversary=self.adversary)
        demand_share(toward_data=self.toward_data)


class Acai(Model):
    """An autoencoder whose interpolations a critic cannot tell by their share."""

    name = "acai"
    settings: AcaiSettings

    def __init__(self, shape: tuple[int, ...], settings: AcaiSettings) -> None:
        super().__init__(shape, settings)
        self.n_latent = settings.network.n_latent
        self.encoder = make_encoder(shape, settings.network)
        self.decoder = make_decoder(shape, settings.network)
        # the critic's verdict is the mean of what an encoder gives, as in the released code
        self.critic = make_encoder(shape, replace(settings.network))

    def encode(self, x: Tensor) -> Tensor:
        """Return coordinates, shape (n, n_latent)."""
        return self.encoder(x)  # type: ignore[no-any-return]

    def decode(self, z: Tensor) -> Tensor:
        """Return items, shape (n, *shape)."""
        return self.decoder(z)  # type: ignore[no-any-return]

    def verdict(self, x: Tensor) -> Tensor:
        """Return which share of the minor item the critic sees in items, shape (n,)."""
        return self.critic(x).mean(dim=1)  # type: ignore[no-any-return]

    def players(self) -> dict[str, Player]:
        """Return autoencoder and critic."""
        both = (*self.encoder.parameters(), *self.decoder.parameters())
        return {
            "autoencoder": Player(parameters=both),
            "critic": Player(parameters=tuple(self.critic.parameters())),
        }

    def step(self, x: Tensor, *, progress: float, generator: torch.Generator) -> StepResult:
        """Return the losses of equations 1 and 2; every item is mixed with its mirror in the batch."""
        chosen = self.settings
        z = self.encode(x)
        given = self.decode(z)
        share = torch.rand(x.shape[0], 1, generator=generator).to(z.device, z.dtype)
        share = 0.5 - (share - 0.5).abs()
        mixed = self.decode(share * z + (1.0 - share) * z.flip(0))
        reconstruction = error(given, x)
        seen = self.verdict(mixed)
        autoencoder = reconstruction + chosen.adversary * seen.square().mean()
        seen_by_critic = self.verdict(mixed.detach())
        real = given.detach() + chosen.toward_data * (x - given.detach())
        critic = (seen_by_critic - share[:, 0]).square().mean() + self.verdict(real).square().mean()
        log = {
            "reconstruction": reconstruction.detach(),
            "fooling": seen.detach().square().mean(),
            "critic": critic.detach(),
        }
        return StepResult(loss={"autoencoder": autoencoder, "critic": critic}, log=log)
