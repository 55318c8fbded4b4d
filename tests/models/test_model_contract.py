"""What every model does, whatever it learns: shapes, players, gradients, draws."""

import numpy as np
import pytest
import torch

from stimgen.errors import SettingError, ShapeError
from stimgen.models import MODEL_NAMES, make_model
from stimgen.models.base import Model

VECTORS = {"network": {"n_latent": 2, "width": 16, "depth": 2}}
PICTURES = {"network": {"n_latent": 16, "width": 4, "depth": 2}}
RESIDUAL = {"network": {"n_latent": 5, "width": 4, "depth": 2, "kind": "residual", "output": "sigmoid"}}
ITEMS = {"vectors": ((6,), VECTORS), "pictures": ((1, 8, 8), PICTURES), "residual": ((2, 8, 12), RESIDUAL)}


def made(name: str, kind: str, seed: int = 0) -> Model:
    shape, choices = ITEMS[kind]
    torch.manual_seed(seed)
    if name == "pca":
        return make_model(name, shape, n_latent=choices["network"]["n_latent"])
    return make_model(name, shape, **choices)


def batch(kind: str, n: int = 8) -> torch.Tensor:
    shape, _ = ITEMS[kind]
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=[(name, kind) for name in MODEL_NAMES for kind in ITEMS], ids=" on ".join)
def case(request):
    name, kind = request.param
    model = made(name, kind)
    model.prepare(batch(kind, 32), generator=torch.Generator().manual_seed(0))
    return model, batch(kind)


def step(model, x, *, progress=0.6, seed=3):
    return model.step(x, progress=progress, generator=torch.Generator().manual_seed(seed))


def test_items_become_coordinates_and_items_again(case):
    model, x = case
    z = model.encode(x)
    assert z.shape == (8, model.n_latent)
    assert model.decode(z).shape == x.shape
    assert torch.equal(model.reconstruct(x), model.decode(model.encode(x)))
    assert torch.isfinite(model.decode(100 * z)).all()


def test_every_player_has_a_loss_and_every_parameter_one_player(case):
    model, x = case
    result, players = step(model, x), model.players()
    assert set(result.loss) == set(players)
    owned = [id(one) for player in players.values() for one in player.parameters]
    assert sorted(owned) == sorted(id(one) for one in model.parameters())
    assert "reconstruction" in result.log
    assert all(one.ndim == 0 for one in [*result.loss.values(), *result.log.values()])


def test_every_parameter_gets_a_gradient_from_its_players_loss(case):
    model, x = case
    result = step(model, x)
    for name, player in model.players().items():
        found = torch.autograd.grad(
            result.loss[name], player.parameters, retain_graph=True, allow_unused=True
        )
        assert all(one is not None and torch.isfinite(one).all() for one in found)
        assert any(float(one.abs().max()) > 0 for one in found)


def test_the_same_draws_give_the_same_losses_and_others_do_not(case):
    model, x = case
    first, same = (step(model, x, seed=5) for _ in range(2))
    assert all(torch.equal(first.loss[key], same.loss[key]) for key in first.loss)
    if model.name in ("vae", "acai", "gaia"):
        other = step(model, x, seed=6)
        assert any(not torch.equal(first.log[key], other.log[key]) for key in first.log)


def test_a_few_steps_of_each_player_lower_the_error_of_reconstruction(case):
    model, x = case
    if model.is_closed_form:
        scores = model.encode(x)
        assert torch.isfinite(scores).all()
        return
    x = x.mean(dim=-1, keepdim=True).expand_as(x).clone()  # something that few coordinates can tell
    if model.name == "gaia" and model.settings.variant == "paper":
        # its loss of reconstruction goes through the discriminator alone; the loop's tests show that it learns
        pytest.skip("the released algorithm needs more steps")
    before = float((model.reconstruct(x) - x).detach().square().mean())
    optimisers = {name: torch.optim.Adam(one.parameters, lr=3e-3) for name, one in model.players().items()}
    for number in range(160):
        result = step(model, x, progress=0.0, seed=number)
        for name, player in model.players().items():
            found = torch.autograd.grad(result.loss[name], player.parameters, retain_graph=True)
            for parameter, gradient in zip(player.parameters, found, strict=True):
                parameter.grad = gradient
        for one in optimisers.values():
            one.step()
    assert float((model.reconstruct(x) - x).detach().square().mean()) < 0.8 * before


def test_another_shape_is_refused_in_one_sentence(case):
    model, x = case
    with pytest.raises(ShapeError, match="was made for items of shape"):
        model.demand_batch(x[..., :-1])


@pytest.mark.parametrize(
    ("name", "shape", "choices", "error", "words"),
    [
        ("gan", (2,), {}, SettingError, "allowed are pca, ae"),
        ("ae", (2, 3), {}, ShapeError, "items have shape"),
        (
            "ae",
            (1, 30, 32),
            {"network": {"depth": 2, "n_latent": 56}},
            ShapeError,
            "cannot be halved 2 times",
        ),
        ("ae", (1, 32, 32), {"network": {"depth": 4, "n_latent": 5}}, ShapeError, "multiple of 4"),
        ("ae", (4,), {"network": {"kind": "conv"}}, ShapeError, "take pictures"),
        ("ae", (4,), {"network": {"kind": "linear"}}, SettingError, "allowed are auto, mlp"),
        ("ae", (4,), {"network": {"widths": 3}}, SettingError, "'widths' is no setting"),
        ("gaia", (4,), {"margin": 0.0}, SettingError, "margin must be above 0"),
        ("gaia", (4,), {"direct": -1.0}, SettingError, "direct must be 0 or above"),
        ("gaia", (4,), {"mixing": {"mixing": "three"}}, SettingError, "two-point, dirichlet"),
        ("vae", (4,), {"precision": float("nan")}, SettingError, "precision must be above 0"),
        ("pca", (4,), {"n_latent": 5}, SettingError, "from 1 to 4"),
    ],
)
def test_wrong_settings_are_one_sentence(name, shape, choices, error, words):
    with pytest.raises(error, match=words) as told:
        make_model(name, shape, **choices)
    assert "\n" not in str(told.value)


def test_principal_components_are_those_of_another_program():
    from sklearn.decomposition import PCA

    x = np.random.default_rng(0).normal(size=(50, 7)) @ np.random.default_rng(1).normal(size=(7, 7))
    model = make_model("pca", (7,), n_latent=3)
    model.prepare(torch.tensor(x, dtype=torch.float32), generator=torch.Generator())
    theirs = PCA(n_components=3).fit(x)
    ours = model.encode(torch.tensor(x, dtype=torch.float32)).numpy()
    assert np.allclose(np.abs(ours), np.abs(theirs.transform(x)), atol=1e-4)
    back = model.reconstruct(torch.tensor(x, dtype=torch.float32)).numpy()
    assert np.allclose(back, theirs.inverse_transform(theirs.transform(x)), atol=1e-4)
    assert all(float(row[row.abs().argmax()]) > 0 for row in model.components)
