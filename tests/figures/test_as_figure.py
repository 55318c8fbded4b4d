import io
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from stimgen.figures.picture import Picture
from stimgen.figures.raster import paint


def every_item() -> Picture:
    picture = Picture(width_in=4.0, height_in=3.0)
    picture.box(0.2, 0.2, width_in=1.0, height_in=0.5, color="#5d7a94")
    picture.box(1.5, 0.2, width_in=0.5, height_in=0.5, color="#0072b2", round_in=0.1)
    shades = np.linspace(0.0, 255.0, 60 * 40).reshape(60, 40).astype(np.uint8)
    picture.cells(0.2, 1.0, width_in=1.5, height_in=1.5, shades=shades)
    picture.line([2.0, 2.5, np.nan, 3.0, 3.8], [1.0, 2.0, np.nan, 1.2, 2.2], color="#d55e00", width_pt=3.0)
    picture.line([2.0, 3.8], [2.5, 2.5], color="#222222", dashed=True)
    picture.marks([2.5, 3.0, 3.5], [0.5] * 3, shape="triangle", color="#d55e00", size_pt=14.0)
    picture.marks([2.5, 3.0, 3.5], [0.8] * 3, shape="circle", color="#0072b2", size_pt=14.0, hollow=True)
    picture.write(2.0, 2.8, "$text_1$", size_pt=16.0, bold=True)
    picture.write(3.9, 2.8, "right", size_pt=16.0, anchor="right")
    picture.write(1.95, 1.6, "turned", size_pt=16.0, anchor="middle", turned=True)
    return picture


def pixels_of(figure: Figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="rgba", dpi=144)
    width, height = (round(144 * size) for size in figure.get_size_inches())
    return np.frombuffer(file.getvalue(), np.uint8).reshape(height, width, 4)[..., :3].astype(int)


def blurred(pixels: np.ndarray) -> np.ndarray:
    """Average squares of 6 pixels: edges and letters are smoothed differently by the two."""
    height, width = (size // 6 for size in pixels.shape[:2])
    return pixels[: 6 * height, : 6 * width].reshape(height, 6, width, 6, 3).mean(axis=(1, 3))


def share_apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    ink, other = 255.0 - blurred(ours), 255.0 - blurred(theirs)
    return float(np.abs(ink - other).sum() / ink.sum())


@pytest.mark.parametrize("index", range(len(every_item().items)))
def test_matplotlib_draws_every_item_alike(index: int) -> None:
    alone = Picture(width_in=4.0, height_in=3.0, items=[every_item().items[index]])
    ours, theirs = np.asarray(paint(alone)).astype(int), pixels_of(alone.figure())
    assert ours.shape == theirs.shape
    assert share_apart(ours, theirs) < 0.3
    assert share_apart(ours, np.roll(theirs, 60, axis=1)) > 0.5


def test_text_stays_text() -> None:
    shown = [text for text in every_item().figure().findobj(Text) if text.get_text()]
    assert [text.get_text() for text in shown] == ["$text_1$", "right", "turned"]
    assert not any(text.get_parse_math() for text in shown)


@pytest.mark.parametrize(("kind", "start"), [("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_other_formats_can_be_written(kind: str, start: bytes) -> None:
    file = io.BytesIO()
    every_item().figure().savefig(file, format=kind)
    assert file.getvalue().startswith(start)


def test_the_users_matplotlib_settings_do_not_change_the_painted_picture() -> None:
    plain = every_item().png_bytes()
    with matplotlib.rc_context({"font.size": 23.0, "image.cmap": "jet", "axes.facecolor": "green"}):
        assert every_item().png_bytes() == plain


def test_a_broken_choice_of_window_system_does_not_matter() -> None:
    program = (
        "from stimgen.figures.picture import Picture;"
        "import os, sys; Picture(width_in=1.0, height_in=1.0).figure();"
        "sys.exit('matplotlib.pyplot' in sys.modules or os.environ['MPLBACKEND'] != 'no_such_backend')"
    )
    environment = os.environ | {"MPLBACKEND": "no_such_backend"}
    finished = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert finished.returncode == 0


def test_a_picture_saves_and_shows_itself(tmp_path: Path) -> None:
    picture = every_item()
    assert picture.save(tmp_path / "picture.png").read_bytes() == picture.png_bytes()
    assert picture._repr_png_() == picture.png_bytes()
