"""The loop: the same weights however it was cut, the best kept, running away told, nothing unpickled."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stimgen.errors import CheckpointError, SettingError, TrainingError
from stimgen.models import MODEL_NAMES
from stimgen.training.checkpoint import load_model, read_card
from stimgen.training.data import TrainingData
from stimgen.training.loop import train
from stimgen.training.settings import TrainingSettings

NETWORK = {"network": {"n_latent": 2, "width": 12, "depth": 2}}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def curve(n=200, seed=0):
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 3, n)
    return np.stack([np.cos(turn), np.sin(turn), turn / 3], axis=1) + rng.normal(0, 0.02, (n, 3))


def choices_of(name):
    return {"n_latent": 2} if name == "pca" else NETWORK


def brief(**more):
    return TrainingSettings(
        **{"n_steps": 40, "check_steps": 10, "keep_steps": 10, "batch": 16, "device": "cpu", **more}
    )


def weights(model):
    return {key: one.clone() for key, one in model.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_training_that_was_stopped_and_resumed_gives_the_same_weights(name, tmp_path):
    data = TrainingData.of(curve())
    whole = train(name, data, brief(), choices=choices_of(name), folder=tmp_path / "whole")

    # the schedule belongs to the full length, so the stop is by an error in the middle, as a kill would be
    class Stop(Exception):
        pass

    def stop(look):
        if look.step == 20:
            raise Stop

    if name != "pca":
        with pytest.raises(Stop):
            train(name, data, brief(), choices=choices_of(name), folder=tmp_path / "cut", look=stop)
        assert read_card(tmp_path / "cut")["step"] == 10
    resumed = train(name, data, brief(), choices=choices_of(name), folder=tmp_path / "cut", resume=True)
    assert same(weights(whole.model), weights(resumed.model))
    assert whole.history == resumed.history
    assert (tmp_path / "whole/log.csv").read_bytes() == (tmp_path / "cut/log.csv").read_bytes()
    assert same(weights(load_model(tmp_path / "cut")), weights(whole.model))


def test_another_seed_gives_other_weights_and_the_callers_draws_stay_untouched():
    data = TrainingData.of(curve())
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    one, two = (train("ae", data, brief(seed=seed), choices=NETWORK) for seed in (0, 1))
    assert torch.equal(torch.rand(3), expected)
    assert not same(weights(one.model), weights(two.model))


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_training_lowers_the_error_of_items_that_it_never_saw(name):
    data = TrainingData.of(curve(400))
    # the released algorithm halves its rates from the start
    n_steps = 1500 if name == "gaia-paper" else 400
    settings = brief(n_steps=n_steps, check_steps=n_steps, rate=3e-3, ema=0.9)
    trained = train(name, data, settings, choices=choices_of(name))
    assert trained.history[-1]["validation"] < 0.5 * float(data.validation.var(axis=0).mean())


def test_early_stopping_keeps_the_best_and_stops_before_the_end():
    rng = np.random.default_rng(0)
    data = TrainingData.of(rng.normal(size=(24, 10)), validation=rng.normal(size=(50, 10)))
    wide = {"network": {"n_latent": 8, "width": 64, "depth": 2}}
    trained = train("ae", data, brief(n_steps=3000, patience=4, rate=3e-3, ema=0.0), choices=wide)
    errors = [row["validation"] for row in trained.history]
    assert trained.card["step"] < 3000
    with torch.no_grad():
        held = torch.from_numpy(data.validation)
        kept = float((trained.model.reconstruct(held) - held).square().mean())
    assert kept == pytest.approx(min(errors), rel=1e-5)
    assert errors[-1] > min(errors)


def test_a_time_budget_ends_a_training():
    started = time.perf_counter()
    trained = train("ae", TrainingData.of(curve()), brief(n_steps=10**7, time_s=0.5), choices=NETWORK)
    assert 0.4 < time.perf_counter() - started < 5
    assert trained.card["step"] > 20


def test_a_training_that_runs_away_is_stopped_with_the_term_named_and_the_last_checkpoint_kept(tmp_path):
    data = TrainingData.of(curve())
    train("ae", data, brief(), choices=NETWORK, folder=tmp_path / "run")
    before = read_card(tmp_path / "run")
    with pytest.raises(
        TrainingError, match=r"diverged at step \d+: the (reconstruction|loss of the autoencoder)"
    ):
        train("ae", data, brief(rate=9.0, n_steps=4000), choices=NETWORK, folder=tmp_path / "other")
    assert read_card(tmp_path / "run") == before


def test_players_move_along_their_own_losses_alone():
    """The critic of ACAI is trained although the autoencoder's loss is not its own, and the other way round."""
    data = TrainingData.of(curve())
    trained = train("acai", data, brief(n_steps=300, check_steps=100, rate=2e-3), choices=NETWORK)
    first, last = trained.history[0], trained.history[-2]
    assert last["critic"] < first["critic"]


def test_gradients_are_given_to_whoever_averages_them():
    seen = []
    train(
        "acai",
        TrainingData.of(curve()),
        brief(n_steps=2),
        choices=NETWORK,
        share=lambda g: seen.append(len(g)),
    )
    assert len(seen) == 4 and all(n > 0 for n in seen)


def test_pictures_are_trained_on_as_well():
    rng = np.random.default_rng(0)
    blobs = rng.random((40, 1, 8, 8))
    network = {"network": {"n_latent": 16, "width": 4, "depth": 1}}
    trained = train("gaia", TrainingData.of(blobs), brief(n_steps=12, precision="float32"), choices=network)
    assert trained.model.reconstruct(torch.zeros(2, 1, 8, 8)).shape == (2, 1, 8, 8)


def test_a_training_on_pictures_leaves_a_sheet_of_items_reconstructions_and_steps_between(tmp_path):
    from PIL import Image

    shades = np.linspace(0, 1, 40)[:, None, None, None] * np.ones((1, 1, 8, 12))
    network = {"network": {"n_latent": 6, "width": 4, "depth": 1, "kind": "residual"}}
    settings = brief(n_steps=4, check_steps=2, keep_steps=2, precision="float32")
    data = TrainingData.of(shades, validation=shades[::4])
    trained = train("ae", data, settings, choices=network, folder=tmp_path / "run")
    sheet = np.asarray(Image.open(tmp_path / "run/sheet.png")) / 255
    assert sheet.shape == (7 * 10, 9 * 14)
    span = data.validation[:9].max()
    # the first row are the items, the second what the model makes of them, the third begins and ends with two of these
    tops = [[sheet[10 * row + 4, 14 * column + 6] for column in range(9)] for row in range(3)]
    assert np.allclose(tops[0], [one[0, 4, 6] / span for one in data.validation[:9]], atol=0.01)
    with torch.no_grad():
        given = trained.model.reconstruct(torch.from_numpy(data.validation[:9]))[:, 0, 4, 6].numpy()
    assert np.allclose(tops[1], np.clip(given / span, 0, 1), atol=0.01)
    assert np.allclose([tops[2][0], tops[2][-1]], tops[1][:2], atol=0.01)


# kills

KILLED = """
import sys, numpy as np, torch
torch.set_num_threads(1)
from stimgen.training.data import TrainingData
from stimgen.training.loop import train
from stimgen.training.settings import TrainingSettings
data = TrainingData.of(np.random.default_rng(0).normal(size=(300, 6)))
settings = TrainingSettings(n_steps=100000, check_steps=5, keep_steps=5, batch=16, device="cpu")
print("begun", flush=True)
network = {"n_latent": 2, "width": 16, "depth": 2}
train("gaia", data, settings, choices={"network": network}, folder=sys.argv[1], resume=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills otherwise on Windows")
def test_a_kill_at_any_moment_leaves_a_checkpoint_that_can_be_resumed(tmp_path):
    steps = []
    for number in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        before = steps[-1] if steps else 0
        while not (tmp_path / "run/card.json").exists() or read_card(tmp_path / "run")["step"] <= before:
            time.sleep(0.02)
        time.sleep(0.1 + 0.037 * number)
        process.kill()
        process.wait()
        load_model(tmp_path / "run")
        steps.append(read_card(tmp_path / "run")["step"])
    assert 0 < steps[0] < steps[1] < steps[2]


# bad data and bad checkpoints


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (np.full((10, 2), np.nan), "10 of 10 items hold values that are not finite, first item 0"),
        (np.ones((10, 2)), "all items are alike"),
        (np.zeros((1, 2)), "1 items are too few"),
        (np.zeros((0, 2)), "0 items are too few"),
        (np.zeros(10), "vectors are"),
        (np.zeros((10, 4, 4)), "vectors are"),
        ([[1.0, 2.0], [3.0]], "one shape"),
        ([["a", "b"]] * 5, "not an array of numbers"),
    ],
)
def test_bad_data_is_one_sentence(items, words):
    with pytest.raises(TrainingError, match=words) as told:
        TrainingData.of(items)
    assert "\n" not in str(told.value)


def test_constant_columns_and_fewer_items_than_a_batch_can_be_learned_from():
    x = np.random.default_rng(0).normal(size=(9, 4))
    x[:, 2] = 5.0
    for name in MODEL_NAMES:
        trained = train(name, TrainingData.of(x), brief(batch=64), choices=choices_of(name))
        assert np.isfinite(trained.history[-1]["validation"])


def tampered(folder: Path, how: str) -> None:
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    weights_path = folder / card["weights"]["file"]
    if how == "cut":
        weights_path.write_bytes(weights_path.read_bytes()[:-5])
        return
    if how == "gone":
        weights_path.unlink()
        return
    if how == "pickle":
        torch.save({"x": torch.zeros(2)}, weights_path)
        import hashlib

        card["weights"]["sha256"] = hashlib.sha256(weights_path.read_bytes()).hexdigest()
    if how == "other tensors":
        import hashlib

        save_file({"best.x": torch.zeros(2)}, weights_path)
        card["weights"]["sha256"] = hashlib.sha256(weights_path.read_bytes()).hexdigest()
    changes = {
        "no json": "{",
        "list": "[]",
        "version": json.dumps(card | {"schema": {"name": "stimgen-checkpoint", "version": 99}}),
        "model": json.dumps(card | {"model": "os.system"}),
        "shape": json.dumps(card | {"shape": [3, 3]}),
        "huge": json.dumps(card | {"shape": [10**12]}),
        "setting": json.dumps(card | {"settings": {"network": {"n_latent": -1}}}),
        "unknown setting": json.dumps(card | {"settings": {"eval": 1}}),
        "kind": json.dumps(card | {"settings": {"network": 3}}),
        "weights outside": json.dumps(card | {"weights": card["weights"] | {"file": "../x.safetensors"}}),
        "no weights": json.dumps({k: v for k, v in card.items() if k != "weights"}),
        "other width": json.dumps(
            card | {"settings": card["settings"] | {"network": card["settings"]["network"] | {"width": 13}}}
        ),
    }
    path.write_text(changes.get(how, json.dumps(card)), encoding="utf-8")


TAMPERS = [
    "cut", "gone", "pickle", "other tensors", "no json", "list", "version", "model", "shape", "setting",
    "unknown setting", "kind", "weights outside", "no weights", "other width",
    "huge",
]  # fmt: skip


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "run"
    torch.set_num_threads(1)
    train("ae", TrainingData.of(curve()), brief(), choices=NETWORK, folder=folder)
    return folder


@pytest.mark.parametrize("how", TAMPERS)
def test_a_tampered_checkpoint_is_one_sentence(checkpoint, tmp_path, how):
    folder = Path(shutil.copytree(checkpoint, tmp_path / "run"))
    load_model(folder)
    tampered(folder, how)
    with pytest.raises(CheckpointError) as told:
        load_model(folder)
    assert "\n" not in str(told.value)


def test_what_does_not_belong_together_is_refused(checkpoint, tmp_path):
    folder = Path(shutil.copytree(checkpoint, tmp_path / "run"))
    data = TrainingData.of(curve())
    with pytest.raises(SettingError, match="holds a training already"):
        train("ae", data, brief(), choices=NETWORK, folder=folder)
    for words, more in (
        ("another data", {"data": TrainingData.of(curve(seed=5))}),
        ("another model", {"name": "vae"}),
        ("another settings of the model", {"choices": {"network": {"n_latent": 1, "width": 12, "depth": 2}}}),
        ("another settings of the training", {"settings": brief(rate=1e-3)}),
    ):
        call = {"name": "ae", "data": data, "settings": brief(), "choices": NETWORK, **more}
        name, items, settings = call.pop("name"), call.pop("data"), call.pop("settings")
        with pytest.raises(CheckpointError, match=words):
            train(name, items, settings, folder=folder, resume=True, **call)
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"n_steps": 0}, "n_steps is a whole number"),
        ({"batch": 1}, "batch is a whole number of 2"),
        ({"rate": 0.0}, "rate must be from"),
        ({"ema": 1.0}, "ema must be from"),
        ({"time_s": 0.0}, "time_s must be above 0"),
        ({"device": "tpu"}, "allowed are auto, cpu, cuda"),
        ({"precision": "float16"}, "allowed are auto, float32"),
    ],
)
def test_wrong_settings_of_a_training_are_one_sentence(choice, words):
    with pytest.raises(SettingError, match=words):
        TrainingSettings(**choice)
