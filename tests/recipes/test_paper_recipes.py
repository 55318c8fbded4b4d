"""The recipes of the papers run, and their figures are what their runs give."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PAPERS = Path(__file__).resolve().parents[2] / "recipes" / "papers"


def run(script: str, *words: object, cwd: Path) -> None:
    command = [sys.executable, str(PAPERS / script), *(str(word) for word in words)]
    here = {**os.environ, "PYTHONPATH": str(PAPERS.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=cwd, env=here, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table1")
    run(
        "gaia_table1.py",
        "--steps",
        60,
        "--seeds",
        2,
        "--models",
        "pca",
        "ae",
        "gaia",
        "--out",
        "out",
        cwd=folder,
    )
    return folder / "out"


def test_table_1_has_a_row_for_every_model_with_mean_and_spread_over_seeds(table: Path) -> None:
    facts = json.loads((table / "figures.json").read_text(encoding="utf-8"))
    assert set(facts["models"]) == {"pca", "ae", "gaia"}
    assert facts["seeds"] == [0, 1]
    runs = [one for one in facts["runs"] if one["model"] == "ae"]
    assert len(runs) == 10
    by_seed = [np.mean([one["r_xz"] for one in runs if one["seed"] == seed]) for seed in (0, 1)]
    assert facts["models"]["ae"]["r_xz"]["mean"] == pytest.approx(np.mean(by_seed))
    assert facts["models"]["ae"]["r_xz"]["sd"] == pytest.approx(np.std(by_seed, ddof=1))
    assert facts["models"]["pca"]["r_xz"]["mean"] == pytest.approx(1.0, abs=1e-3)
    assert facts["models"]["pca"]["reconstruction_mse"]["mean"] < 1e-6
    # straight lines through a space that is the plane itself: half of them off the data
    assert 0.4 < facts["models"]["pca"]["off_share_interpolation"]["mean"] < 0.6
    assert ["model", "gaia"] in facts["ols"]["terms"]


def test_table_1_writes_a_table_and_a_picture(table: Path) -> None:
    text = (table / "table.md").read_text(encoding="utf-8")
    assert text.count("\n") == 5 and "| gaia |" in text
    picture = np.asarray(Image.open(table / "mesh.png").convert("L"))
    assert picture.std() > 5


def test_the_lines_are_learned_and_scored(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import acai_lines;"
        "acai_lines.BUDGETS['smoke'] = (1.0, 1, 300); sys.argv = ['x', '--models', 'pca', 'acai', '--out', 'out'];"
        "acai_lines.main()"
    )
    here = {**os.environ, "PYTHONPATH": str(PAPERS.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(PAPERS)],
        cwd=tmp_path,
        env=here,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    facts = json.loads((tmp_path / "out/figures.json").read_text(encoding="utf-8"))
    by_model = {one["model"]: one for one in facts["runs"]}
    assert set(by_model) == {"pca", "acai"}
    # 64 components give lines back better than a second of ACAI does, and blend them as pixels do
    assert by_model["pca"]["reconstruction_mse"] < by_model["acai"]["reconstruction_mse"]
    assert 0.7 < by_model["pca"]["smoothness"] < 1.0
    assert (tmp_path / "out/pca-0.png").stat().st_size > 1000
    assert by_model["acai"]["n_images"] >= 64
