"""Interpolations of the coordinates of a batch: between two points, or among all."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from stimgen.errors import SettingError, ShapeError
from stimgen.models.base import demand_positive

Mixing = Literal["two-point", "dirichlet"]


@dataclass(frozen=True, kw_only=True)
class MixingSettings:
    """Which points between the items of a batch are drawn.

    Args:
        mixing: "two-point": shares beta and 1 - beta of two items, as GAIA; "dirichlet": shares of all items.
        middle: Mean of beta.
        spread: Standard deviation of beta, which is normal and not held to 0 to 1, so that some lie beyond the ends.
        concentration: Parameter of the symmetric Dirichlet distribution; small ones make mixtures of few items. The
            normalised chi-squared shares with 1/n degrees of freedom of the released variant are 1 / (2 n) here.

    Raises:
        SettingError: If a value is not allowed.

    References:
        Sainburg et al. 2018, arXiv 1807.06650, section 5.2 (beta ~ N(.5, .25)).
    """

    mixing: Mixing = "two-point"
    middle: float = 0.5
    spread: float = 0.25
    concentration: float = 0.1

    def __post_init__(self) -> None:
        if self.mixing not in get_args(Mixing):
            raise SettingError(
                f"mixing {self.mixing!r} is unknown; allowed are {', '.join(get_args(Mixing))}"
            )
        demand_positive(concentration=self.concentration)
        if not 0.0 <= self.spread <= 2.0:
            raise SettingError(f"spread must be from 0 to 2, got {self.spread:g}")


def draw_shares(n: int, settings: MixingSettings, *, generator: torch.Generator) -> Tensor:
    """Return the share of every item in every interpolation, shape (n, n); rows add up to 1.

    Two-point interpolations pair the first half of the batch with the second: item i with item i + n/2, and, with
    another beta, in opposite order, as the released code does. Of an odd batch the last item is left out there.

    Raises:
        ShapeError: If there are fewer than two items.
    """
    if n < 2:
        raise ShapeError(f"interpolation needs a batch of 2 items or more, got {n}")
    if settings.mixing == "dirichlet":
        # normalised gamma draws are Dirichlet's; torch draws gammas of one parameter with no generator of its own
        shape = torch.full((n, n), settings.concentration, dtype=torch.float64)
        draws = torch._standard_gamma(shape, generator=generator)
        return (draws / draws.sum(dim=1, keepdim=True).clamp_min(1e-300)).float()
    half = n // 2
    beta = settings.middle + settings.spread * torch.randn(2, half, generator=generator)
    shares = torch.zeros(2, half, n)
    rows = torch.arange(half)
    for which, first in enumerate((rows, rows.flip(0))):
        shares[which, rows, first] += beta[which]
        shares[which, rows, rows + half] += 1.0 - beta[which]
    return shares.reshape(2 * half, n)


def mix(z: Tensor, settings: MixingSettings, *, generator: torch.Generator) -> Tensor:
    """Return interpolations of coordinates, shape (n, n_latent), n even for "two-point"."""
    shares = draw_shares(z.shape[0], settings, generator=generator).to(z.device, z.dtype)
    return shares @ z
