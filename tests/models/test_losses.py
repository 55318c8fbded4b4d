"""Losses against sums written out, and against the equations that they name."""

import math

import numpy as np
import pytest
import torch

from stimgen.errors import ShapeError
from stimgen.models import make_model
from stimgen.models.gaia_paper import PaperLosses
from stimgen.models.losses import cycle_loss, error, pairwise_distance_loss
from stimgen.models.mixing import MixingSettings, draw_shares, mix

rng = np.random.default_rng(4)


def tensor(*shape):
    return torch.tensor(rng.normal(size=shape), dtype=torch.float32)


def test_errors_are_means_over_items_and_values():
    a, b = tensor(3, 2, 4), tensor(3, 2, 4)
    assert float(error(a, b, "l1")) == pytest.approx(float(np.abs(a.numpy() - b.numpy()).mean()), rel=1e-5)
    assert float(error(a, b, "mse")) == pytest.approx(float(((a - b).numpy() ** 2).mean()), rel=1e-5)


@pytest.mark.parametrize("n_values", [3, 200])
def test_the_distance_loss_is_the_released_one(n_values):
    x, z = tensor(6, n_values), tensor(6, 2)
    logs = []
    for one in (x.numpy().astype(float), z.numpy().astype(float)):
        d = np.array([[((p - q) ** 2).mean() for q in one] for p in one])
        logs.append(np.log(1 + d / d.mean()))
    expected = ((logs[0] - logs[1]) ** 2).mean()
    assert float(pairwise_distance_loss(x, z)) == pytest.approx(expected, rel=1e-4)
    assert float(pairwise_distance_loss(x, 3 * x)) == pytest.approx(0, abs=1e-8)


def test_the_cycle_loss_is_free_of_the_scale_of_codes():
    found, wanted = tensor(5, 2), tensor(5, 2)
    one = cycle_loss(found, wanted, wanted.var(dim=0).mean())
    assert float(cycle_loss(7 * found, 7 * wanted, (7 * wanted).var(dim=0).mean())) == pytest.approx(
        float(one), rel=1e-5
    )


# interpolations


def test_two_point_shares_pair_the_halves_as_the_released_code_does():
    shares = draw_shares(8, MixingSettings(), generator=torch.Generator().manual_seed(0))
    assert shares.shape == (8, 8)
    assert torch.allclose(shares.sum(dim=1), torch.ones(8), atol=1e-6)
    partners = [tuple(np.flatnonzero(row.numpy())) for row in shares]
    assert partners == [(0, 4), (1, 5), (2, 6), (3, 7), (3, 4), (2, 5), (1, 6), (0, 7)]


def test_beta_is_normal_with_the_middle_and_spread_asked_for():
    generator = torch.Generator().manual_seed(1)
    draws = torch.cat(
        [draw_shares(64, MixingSettings(), generator=generator)[:32, :32].diag() for _ in range(400)]
    )
    assert float(draws.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(draws.std()) == pytest.approx(0.25, abs=0.01)
    outside = float(((draws < 0) | (draws > 1)).float().mean())
    assert outside == pytest.approx(0.0455, abs=0.006)


@pytest.mark.parametrize("concentration", [0.05, 1.0, 20.0])
def test_dirichlet_shares_have_the_mean_and_variance_of_their_distribution(concentration):
    settings = MixingSettings(mixing="dirichlet", concentration=concentration)
    generator, n = torch.Generator().manual_seed(2), 10
    draws = torch.cat([draw_shares(n, settings, generator=generator) for _ in range(800)]).double().numpy()
    assert np.allclose(draws.sum(axis=1), 1, atol=1e-5)
    assert draws.min() >= 0
    assert draws.mean() == pytest.approx(1 / n, abs=1e-9)
    expected = (1 / n) * (1 - 1 / n) / (n * concentration + 1)
    assert draws.var() == pytest.approx(expected, rel=0.1)


def test_mixing_is_linear_and_needs_two():
    z = tensor(6, 3)
    settings = MixingSettings()
    a, b = (mix(one, settings, generator=torch.Generator().manual_seed(3)) for one in (z, 2 * z + 1))
    assert torch.allclose(2 * a + 1, b, atol=1e-5)
    assert mix(tensor(7, 3), settings, generator=torch.Generator()).shape == (6, 3)
    with pytest.raises(ShapeError, match="2 items or more, got 1"):
        mix(z[:1], settings, generator=torch.Generator())


# the released algorithm


def sigmoid(value):
    return 1 / (1 + math.exp(-20 * value))


def test_the_paper_variant_computes_what_the_released_code_computes():
    real, given, between, distance = 0.03, 0.05, 0.08, 0.4
    made = PaperLosses(
        **{
            k: torch.tensor(v)
            for k, v in {"real": real, "given": given, "between": between, "distance": distance}.items()
        },
        alpha=0.1,
        reconstruction=torch.tensor(0.0),
    ).result()
    fake = (given + between) / 2
    w_fake = min(max(sigmoid(0.5 * between - real), 0), 0.9)
    w_between = sigmoid(between - given)
    assert float(made.rate["discriminator"]) == pytest.approx(sigmoid(real - fake), rel=1e-5)
    assert float(made.rate["generator"]) == pytest.approx(1 - sigmoid(real - fake), rel=1e-5)
    assert float(made.loss["discriminator"]) == pytest.approx(real - w_fake * fake, rel=1e-5)
    expected = w_between * between + (1 - w_between) * given + 0.1 * distance
    assert float(made.loss["generator"]) == pytest.approx(expected, rel=1e-5)


def test_a_discriminator_that_is_ahead_slows_down():
    def rate(real, fake):
        parts = {
            k: torch.tensor(v)
            for k, v in {"real": real, "given": fake, "between": fake, "distance": 0.0}.items()
        }
        return float(
            PaperLosses(**parts, alpha=0.0, reconstruction=torch.tensor(0.0)).result().rate["discriminator"]
        )

    assert rate(0.01, 0.3) < 0.01 < 0.99 < rate(0.3, 0.01)


def test_ours_stops_repelling_beyond_the_margin_and_begins_after_the_warm_up():
    torch.manual_seed(0)
    model = make_model(
        "gaia", (4,), network={"n_latent": 2, "width": 8, "depth": 1}, margin=1e-6, repulsion=5.0
    )
    x = tensor(8, 4)
    model.prepare(x, generator=torch.Generator())

    def critic(progress):
        result = model.step(x, progress=progress, generator=torch.Generator().manual_seed(0))
        return float(result.loss["discriminator"].detach()), float(result.log["real"])

    loss, real = critic(0.9)
    assert loss == pytest.approx(real, abs=1e-5)  # interpolations are off by more than the margin already
    wide = make_model(
        "gaia", (4,), network={"n_latent": 2, "width": 8, "depth": 1}, margin=50.0, repulsion=5.0
    )
    wide.load_state_dict(model.state_dict())
    model = wide
    loss, real = critic(0.9)
    assert loss > real + 100
    loss, real = critic(0.0)
    assert loss == pytest.approx(real)
