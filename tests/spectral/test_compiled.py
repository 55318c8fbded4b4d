import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from stimgen.spectral.compiled import compiled

MODULE = """
from stimgen.spectral.compiled import compiled

@compiled
def total(n: int) -> float:
    \"\"\"Add up halves.\"\"\"
    result = 0.0
    for i in range(n):
        result += 0.5 * i
    return result
"""


@compiled
def running_sum(values: np.ndarray) -> float:
    """Add up."""
    result = 0.0
    for value in values:
        result += value
    return result


def run_module(folder: Path, script: str, **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA")}
    here = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": f"{here}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"} | environment
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_compiled_function_gives_what_the_plain_one_gives() -> None:
    values = np.random.default_rng(0).standard_normal(1000)
    assert running_sum(values) == running_sum.py_func(values) != 0.0  # type: ignore[attr-defined]


def test_the_name_and_docstring_of_a_compiled_function_are_kept() -> None:
    assert (running_sum.__name__, running_sum.__doc__) == ("running_sum", "Add up.")


def test_the_order_of_additions_is_kept_because_fast_math_is_off() -> None:
    assert running_sum(np.array([1e16, 1.0, -1e16, 1.0])) == 1.0


def test_machine_code_is_kept_on_disk_where_the_folder_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "adding.py").write_text(MODULE)
    script = "import adding; print(adding.total(4), sum(adding.total.stats.cache_hits.values()))"
    cache = tmp_path / "cache"
    assert run_module(tmp_path, script, NUMBA_CACHE_DIR=str(cache)) == "3.0 0\n"
    assert list(cache.rglob("*.nbc"))
    assert run_module(tmp_path, script, NUMBA_CACHE_DIR=str(cache)) == "3.0 1\n"


@pytest.mark.skipif(os.name == "nt", reason="folders are made unwritable by a file in their place")
def test_a_function_is_compiled_without_a_cache_where_no_folder_can_be_written(tmp_path: Path) -> None:
    # Files stand where numba would make its folders, which stops an administrator's account as well.
    (tmp_path / "adding.py").write_text(MODULE)
    (tmp_path / "__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    home = str(tmp_path / "home")
    script = """
        import numba
        import adding
        try:
            numba.njit(cache=True)(adding.total.py_func)
        except RuntimeError as refused:
            print("numba alone:", "no locator" in str(refused))
        print(adding.total(4))
    """
    assert run_module(tmp_path, script, HOME=home, XDG_CACHE_HOME=home) == "numba alone: True\n3.0\n"
