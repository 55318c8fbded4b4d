import subprocess
import sys

import stimgen as sg


def test_every_public_name_can_be_used_and_there_are_at_most_16():
    assert 0 < len(sg.__all__) <= 16
    for name in sg.__all__:
        assert getattr(sg, name).__doc__


def test_importing_stimgen_imports_nothing_heavy():
    code = "import sys, stimgen; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "stimgen" in loaded
    assert not set(loaded) & {"numpy", "scipy", "torch", "numba", "matplotlib"}


def test_typed_marker_is_shipped():
    from importlib.resources import files

    assert (files("stimgen") / "py.typed").is_file()
