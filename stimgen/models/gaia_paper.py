"""The losses of GAIA as its released code computes them, with every way in which they differ from the article."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stimgen.models.base import StepResult
from stimgen.models.losses import error, pairwise_distance_loss

STEEPNESS = 20.0
GAMMA, MOST_FAKE, MOST_LOSS = 0.5, 0.9, 1.0


@dataclass(frozen=True, kw_only=True)
class PaperLosses:
    """The terms of one step, scalars, mean absolute differences.

    The code (timsainb/GAIA, commit 3f5d55f, network.py) against the article (Sainburg et al. 2018, arXiv 1807.06650):

    - Means where the article writes sums (norms).
    - Rates: the discriminator's is large while it is behind. Algorithm 1, lines 24 and 25, has the two exchanged, which
      diverges; section 5.2 and the code agree. The code scales Adam's learning rate, the article the gradient, and Adam
      undoes a scaled gradient.
    - The discriminator subtracts a weighted mean of both fake errors, section 5.2 the full sum.
    - The weight of fakes takes gamma .5, which the article does not give, and the error of interpolations alone; it is
      held to .9. Losses are held to -1 to 1. Nothing is cut off from the gradient, not even the weights.
    - Distances: natural logarithms and mean squares, where the article has base 2 and Euclidean distances.
    - Interpolations are decoded by the generator; the text of the article says the discriminator.

    Args:
        real: |x - D(x)|.
        given: |x - D(G(x))|, against x itself, not against G(x) as the author's weblog prints it.
        between: |x_int - D(x_int)|.
        distance: How far distances are from kept.
        alpha: Its weight.
        reconstruction: (x - G(x))^2, for the log alone.
    """

    real: Tensor
    given: Tensor
    between: Tensor
    distance: Tensor
    alpha: float
    reconstruction: Tensor

    @classmethod
    def of(
        cls,
        x: Tensor,
        z: Tensor,
        given: Tensor,
        between: Tensor,
        *,
        judge: Callable[[Tensor], Tensor],
        alpha: float,
    ) -> "PaperLosses":
        """Compute the terms.

        Args:
            x: Items.
            z: Their coordinates.
            given: Their reconstructions by the generator.
            between: Decoded interpolations.
            judge: The discriminator.
            alpha: Weight of the distance loss.
        """
        return cls(
            real=error(judge(x), x, "l1"),
            given=error(judge(given), x, "l1"),
            between=error(judge(between), between, "l1"),
            distance=pairwise_distance_loss(x, z) if alpha else x.new_zeros(()),
            alpha=alpha,
            reconstruction=(x - given).detach().square().mean(),
        )

    def result(self) -> StepResult:
        """Return what both players pay, and how fast they may go."""
        fake = 0.5 * (self.given + self.between)
        behind = torch.sigmoid(STEEPNESS * (self.real - fake)).detach()
        w_fake = torch.sigmoid(STEEPNESS * (GAMMA * self.between - self.real)).clamp(0.0, MOST_FAKE)
        w_between = torch.sigmoid(STEEPNESS * (self.between - self.given))
        generator = w_between * self.between + (1.0 - w_between) * self.given + self.alpha * self.distance
        return StepResult(
            loss={
                "discriminator": (self.real - w_fake * fake).clamp(-MOST_LOSS, MOST_LOSS),
                "generator": generator.clamp(-MOST_LOSS, MOST_LOSS),
            },
            rate={"discriminator": behind, "generator": 1.0 - behind},
            log={
                "reconstruction": self.reconstruction,
                "real": self.real.detach(),
                "given": self.given.detach(),
                "interpolation": self.between.detach(),
                "distance": self.distance.detach(),
            },
        )
