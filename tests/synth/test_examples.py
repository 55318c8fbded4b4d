import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def remade(tmp_path: Path) -> Path:
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.write_examples(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["vowel-a.wav", "vowel-i.wav"])
def test_the_shipped_examples_are_what_their_recipe_makes(remade: Path, name: str) -> None:
    shipped, rate_hz = soundfile.read(EXAMPLES / name, dtype="int16")
    made, _ = soundfile.read(remade / name, dtype="int16")
    # one step, not bytes: sines differ in the last bit between platforms
    assert np.abs(shipped.astype(int) - made.astype(int)).max() <= 1
    assert shipped.ndim == 1
    assert rate_hz == 24_000
    assert 3000 < np.abs(shipped.astype(int)).max() < 16_000
