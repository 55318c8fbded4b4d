"""Which medium a file is of."""

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from stimgen.media.medium import medium_of


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_pictures_are_known_by_their_bytes_whatever_they_are_called(kind, tmp_path):
    path = tmp_path / "a.wav"
    Image.new("RGB", (9, 9), "red").save(path, format=kind)
    assert medium_of(path) == "picture"


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "AIFF"])
def test_sounds_are_known_by_their_bytes_whatever_they_are_called(kind, tmp_path):
    data = io.BytesIO()
    soundfile.write(data, np.zeros(800), 8000, format=kind)
    path = tmp_path / "a.png"
    path.write_bytes(data.getvalue())
    assert medium_of(path) == "sound"


def test_bitmaps_need_their_name(tmp_path):
    picture = tmp_path / "a.bmp"
    Image.new("RGB", (9, 9), "red").save(picture)
    text = tmp_path / "a.txt"
    text.write_text("BMW and other cars", encoding="utf-8")
    assert (medium_of(picture), medium_of(text)) == ("picture", "sound")


@pytest.mark.parametrize(
    ("name", "medium"), [("no.png", "picture"), ("no.JPG", "picture"), ("no.wav", "sound"), ("no", "sound")]
)
def test_names_decide_where_there_is_no_file(name, medium, tmp_path):
    assert medium_of(tmp_path / name) == medium


def test_a_folder_and_an_impossible_name_are_no_trouble(tmp_path):
    assert medium_of(tmp_path) == "sound"
    assert medium_of("a\0b.png") == "picture"
