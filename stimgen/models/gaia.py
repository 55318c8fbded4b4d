"""GAIA: two autoencoders, one of which learns to give real items back and interpolations not."""

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from stimgen.errors import SettingError
from stimgen.models.base import (
    Model,
    Player,
    StepResult,
    demand_not_negative,
    demand_positive,
    demand_share,
)
from stimgen.models.gaia_paper import PaperLosses
from stimgen.models.losses import Error, cycle_loss, error, error_per_item, pairwise_distance_loss
from stimgen.models.mixing import MixingSettings, mix
from stimgen.models.networks import NetworkSettings, make_decoder, make_encoder

Variant = Literal["ours", "paper"]


@dataclass(frozen=True, kw_only=True)
class GaiaSettings:
    """How GAIA is built and what it weighs.

    Errors are divided by the variance of the data (or its mean absolute deviation), so that no weight depends on scale.

    Args:
        network: Of the generator.
        variant: "ours", or "paper": the algorithm of the released code; of the weights only `distance` counts there.
        critic_width: Width of the discriminator in shares of the generator's.
        error: "mse" or "l1".
        mixing: Which interpolations are drawn.
        direct: Weight of the generator's own error of reconstruction.
        through: Weight of the error of reconstructions as the discriminator gives them back.
        interpolation: Weight of the discriminator's error of interpolations in the generator's loss.
        repulsion: Weight of the same in the discriminator's loss, which raises it.
        margin: Error up to which the discriminator raises it, relative to the variance of the data; a bound that does
            not follow the discriminator's own error, else a busy discriminator would push ever harder.
        balance: Steepness of the sigmoid by which each player slows down while it is ahead; 0 for none.
        distance: Weight of distances kept, alpha in the article; None is 1 for vectors and 0 for pictures, whose
            distances say little of what they show: on lines a weight of .1 keeps GAIA from learning anything.
        cycle: Weight of interpolated codes found again.
        pixel_negatives: Weight of the same repulsion from blends of the items themselves.
        warm_up: Share of the training before anything adversarial.
        ramp: Share of the training over which that comes in.
        cool_down: Share of the training at its end over which the weight of interpolations for the generator falls to
            a tenth, so that reconstructions end sharp.
        critic_rate: Learning rate of the discriminator in multiples of the generator's.
        betas: Decay of Adam's moments.

    Raises:
        SettingError: If a value is not allowed.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    variant: Variant = "ours"
    critic_width: float = 1.0
    error: Error = "mse"
    mixing: MixingSettings = field(default_factory=MixingSettings)
    direct: float = 2.0
    through: float = 0.0
    interpolation: float = 1.0
    repulsion: float = 1.0
    margin: float = 0.2
    balance: float = 0.0
    distance: float | None = None
    cycle: float = 0.0
    pixel_negatives: float = 0.0
    warm_up: float = 0.05
    ramp: float = 0.1
    cool_down: float = 0.3
    critic_rate: float = 2.0
    betas: tuple[float, float] = (0.5, 0.9)

    def __post_init__(self) -> None:
        if self.variant not in get_args(Variant):
            raise SettingError(
                f"variant {self.variant!r} is unknown; allowed are {', '.join(get_args(Variant))}"
            )
        if self.error not in get_args(Error):
            raise SettingError(f"error {self.error!r} is unknown; allowed are {', '.join(get_args(Error))}")
        demand_positive(critic_width=self.critic_width, critic_rate=self.critic_rate, margin=self.margin)
        demand_share(warm_up=self.warm_up, ramp=self.ramp, cool_down=self.cool_down)
        weights = (
            "direct",
            "through",
            "interpolation",
            "repulsion",
            "balance",
            "cycle",
            "pixel_negatives",
        )
        demand_not_negative(**{name: getattr(self, name) for name in weights})
        demand_not_negative(distance=self.distance or 0.0)

    def distance_weight(self, shape: tuple[int, ...]) -> float:
        """Return the weight of distances kept for items of a shape."""
        if self.distance is not None:
            return self.distance
        return 1.0 if len(shape) == 1 else 0.0


class Gaia(Model):
    """Generator and discriminator are autoencoders; interpolations of the one must be given back by the other.

    References:
        Sainburg et al. 2018, arXiv 1807.06650. The default replaces its unbounded reward of bad reconstructions by a
        hinge with a fixed margin (as Zhao, Mathieu & LeCun 2017, arXiv 1609.03126, equation 1) and adds the generator's
        own error; see docs/papers.md.
    """

    name = "gaia"
    settings: GaiaSettings
    scale: Tensor

    def __init__(self, shape: tuple[int, ...], settings: GaiaSettings) -> None:
        super().__init__(shape, settings)
        network = settings.network
        self.n_latent = network.n_latent
        narrow = replace(network, width=max(1, round(network.width * settings.critic_width)))
        self.encoder, self.decoder = make_encoder(shape, network), make_decoder(shape, network)
        self.critic_encoder, self.critic_decoder = make_encoder(shape, narrow), make_decoder(shape, narrow)
        self.register_buffer("scale", torch.ones(()))

    def prepare(self, x: Tensor, *, generator: torch.Generator) -> None:
        """Take the spread of the items, by which errors are divided."""
        away = x - x.mean(dim=0)
        spread = away.square().mean() if self.settings.error == "mse" else away.abs().mean()
        self.scale.copy_(spread.clamp_min(1e-12))

    def encode(self, x: Tensor) -> Tensor:
        """Return coordinates, shape (n, n_latent)."""
        return self.encoder(x)  # type: ignore[no-any-return]

    def decode(self, z: Tensor) -> Tensor:
        """Return items, shape (n, *shape)."""
        return self.decoder(z)  # type: ignore[no-any-return]

    def judge(self, x: Tensor) -> Tensor:
        """Return items as the discriminator gives them back."""
        return self.critic_decoder(self.critic_encoder(x))  # type: ignore[no-any-return]

    def players(self) -> dict[str, Player]:
        """Return generator and discriminator."""
        chosen = self.settings
        generator = (*self.encoder.parameters(), *self.decoder.parameters())
        critic = (*self.critic_encoder.parameters(), *self.critic_decoder.parameters())
        if chosen.variant == "paper":
            return {"generator": Player(parameters=generator), "discriminator": Player(parameters=critic)}
        return {
            "generator": Player(parameters=generator, betas=chosen.betas),
            "discriminator": Player(parameters=critic, betas=chosen.betas, rate=chosen.critic_rate),
        }

    def step(self, x: Tensor, *, progress: float, generator: torch.Generator) -> StepResult:
        """Return the losses of both players."""
        z = self.encode(x)
        z_between = mix(z, self.settings.mixing, generator=generator)
        between = self.decode(z_between)
        if self.settings.variant == "paper":
            return PaperLosses.of(
                x,
                z,
                self.decode(z),
                between,
                judge=self.judge,
                alpha=self.settings.distance_weight(self.shape),
            ).result()
        return self._ours(x, z, z_between, between, progress=progress, generator=generator)

    def _ours(
        self,
        x: Tensor,
        z: Tensor,
        z_between: Tensor,
        between: Tensor,
        *,
        progress: float,
        generator: torch.Generator,
    ) -> StepResult:
        chosen, kind = self.settings, self.settings.error
        ramp = min(1.0, max(0.0, progress - chosen.warm_up) / max(chosen.ramp, 1e-9))
        given = self.decode(z)
        reconstruction = error(given, x, kind) / self.scale
        loss = chosen.direct * reconstruction
        log = {"reconstruction": (given - x).detach().square().mean()}
        weight = chosen.distance_weight(self.shape)
        if weight:
            distance = pairwise_distance_loss(x, z)
            loss = loss + weight * distance
            log["distance"] = distance.detach()
        if chosen.cycle:
            cycle = cycle_loss(self.encode(between), z_between, z.detach().var(dim=0).mean())
            loss = loss + chosen.cycle * cycle
            log["cycle"] = cycle.detach()
        if chosen.through:
            loss = loss + chosen.through * error(self.judge(given), x, kind) / self.scale
        real = error(self.judge(x), x, kind) / self.scale
        critic, rate = real, {}
        log["real"] = real.detach()
        if ramp > 0.0:
            seen = error(self.judge(between), between, kind) / self.scale
            cooled = 1.0
            if chosen.cool_down:
                cooled = 1.0 - 0.9 * max(0.0, (progress - 1.0) / chosen.cool_down + 1.0)
            loss = loss + chosen.interpolation * ramp * cooled * seen
            critic = critic + chosen.repulsion * ramp * self._repelled(between.detach())
            if chosen.pixel_negatives:
                blend = 0.5 * (x + x[torch.randperm(x.shape[0], generator=generator).to(x.device)])
                critic = critic + chosen.pixel_negatives * ramp * self._repelled(blend)
            log["interpolation"] = seen.detach()
            if chosen.balance:
                ahead = torch.sigmoid(chosen.balance * (real - seen)).detach()
                rate = {"discriminator": 2.0 * ahead, "generator": 2.0 * (1.0 - ahead)}
        return StepResult(loss={"generator": loss, "discriminator": critic}, log=log, rate=rate)

    def _repelled(self, x: Tensor) -> Tensor:
        """Return by how much the discriminator's error of items falls short of the margin."""
        errors = error_per_item(self.judge(x), x, self.settings.error) / self.scale
        return (self.settings.margin - errors).clamp_min(0.0).mean()
