"""The tutorial's commands work as they stand there, and its pictures are what they make."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES = sorted(path.name for path in (DOCS / "pictures").glob("*.png"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tutorial")
    command = [sys.executable, str(DOCS / "draw_tutorial.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("stimgen ") >= 8
    return folder


def test_every_picture_that_the_tutorial_shows_is_drawn_and_no_other(drawn: Path) -> None:
    text = (DOCS / "tutorial-pictures.md").read_text(encoding="utf-8")
    shown = sorted(part.split(")")[0] for part in text.split("](pictures/")[1:])
    assert shown == PICTURES == sorted(path.name for path in drawn.iterdir())


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_shown_are_those_that_the_commands_make(drawn: Path, name: str) -> None:
    shown, made = (Image.open(folder / name).convert("RGB") for folder in (DOCS / "pictures", drawn))
    assert made.size == shown.size
    difference = np.abs(np.asarray(made, float) - np.asarray(shown, float)).mean()
    assert difference < 1.0
