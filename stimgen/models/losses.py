"""Terms that several models pay: errors, distances kept, codes found again."""

from typing import Literal

import torch
from torch import Tensor

from stimgen.errors import SettingError

Error = Literal["l1", "mse"]


def error_per_item(a: Tensor, b: Tensor, kind: Error = "mse") -> Tensor:
    """Return the mean absolute or squared difference of each item, shape (n,)."""
    difference = (a - b).flatten(1)
    if kind == "l1":
        return difference.abs().mean(dim=1)
    if kind == "mse":
        return difference.square().mean(dim=1)
    raise SettingError(f"error {kind!r} is unknown; allowed are l1, mse")


def error(a: Tensor, b: Tensor, kind: Error = "mse") -> Tensor:
    """Return the mean absolute or squared difference, a scalar."""
    return error_per_item(a, b, kind).mean()


def pairwise_distance_loss(x: Tensor, z: Tensor) -> Tensor:
    """Penalise coordinates whose distances are not those of the items.

    Mean squared differences are divided by their mean over the batch and compared as ln(1 + d), so that the scale of
    either side drops out. The article takes log2; natural logarithms are what its released code computes.

    Args:
        x: Items, shape (n, ...).
        z: Their coordinates, row for row, shape (n, n_latent).

    Returns:
        A scalar, 0 where distances are proportional.

    References:
        Sainburg et al. 2018, arXiv 1807.06650, section 2.1.
    """
    logs = []
    for one in (x.flatten(1), z):
        square = (one[:, None] - one[None]).square().mean(dim=2) if one.shape[1] <= 64 else _squares(one)
        logs.append(torch.log1p(square / square.mean().clamp_min(1e-12)))
    return (logs[0] - logs[1]).square().mean()


def _squares(x: Tensor) -> Tensor:
    """Return mean squared differences by products, for many columns."""
    norms = x.square().sum(dim=1)
    return (norms[:, None] + norms[None] - 2.0 * x @ x.T).clamp_min(0.0) / x.shape[1]


def cycle_loss(found: Tensor, wanted: Tensor, scale: Tensor) -> Tensor:
    """Penalise interpolated codes that are not found again in what they decode to.

    Args:
        found: Codes of the decoded interpolations, shape (n, n_latent).
        wanted: The interpolated codes.
        scale: Variance of codes over a batch, which makes the loss free of their scale.

    References:
        Oring, Yakhini & Hel-Or 2020, arXiv 2008.01487, section 3.
    """
    return (found - wanted).square().mean() / scale.clamp_min(1e-8)
