"""A set of pictures on disk: whole or not there, never over something else, and its files hold pictures alone."""

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.errors import WriteError
from stimgen.export import files as files_module

WINDOWS_DEVICES = {"con", "prn", "aux", "nul", "com1", "lpt1"}


@pytest.fixture(scope="module")
def made(picture_pair) -> sg.PictureSet:
    return sg.morph_pictures(*picture_pair, steps=2, space="crossfade")


@pytest.fixture(scope="module")
def other(picture_pair) -> sg.PictureSet:
    return sg.morph_pictures(*picture_pair, steps=3, spacing="linear", seed=7)


def contents(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if not name.endswith("manifest.json")}


# whole or not there


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("n_good", [0, 1, 4, 8])
def test_a_save_that_stops_at_any_file_leaves_nothing(made, tmp_path, monkeypatch, failure, n_good):
    write, calls = Path.write_bytes, []

    def stops(self: Path, data: bytes) -> int:
        calls.append(self)
        if len(calls) == n_good + 1:
            write(self, data[: len(data) // 2])
            raise failure
        return write(self, data)

    monkeypatch.setattr(files_module.Path, "write_bytes", stops)
    with pytest.raises((WriteError, KeyboardInterrupt)):
        made.save(tmp_path / "deep" / "set")
    assert len(calls) == n_good + 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("n_good", [0, 5])
def test_a_save_over_a_set_that_stops_keeps_the_old_one(made, other, tmp_path, monkeypatch, n_good):
    made.save(tmp_path / "set")
    before = contents(tmp_path)
    write, calls = Path.write_bytes, []

    def stops(self: Path, data: bytes) -> int:
        calls.append(self)
        if len(calls) == n_good + 1:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(files_module.Path, "write_bytes", stops)
    with pytest.raises(WriteError, match="no space left"):
        other.save(tmp_path / "set", overwrite=True)
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert sg.check(tmp_path / "set").ok


def test_nothing_is_written_before_all_files_are_there_to_be_written(made, tmp_path, monkeypatch):
    def broken(self: sg.PictureSet) -> Any:
        raise RuntimeError("no sheet")

    monkeypatch.setattr(sg.PictureSet, "contact_sheet", broken)
    with pytest.raises(RuntimeError, match="no sheet"):
        made.save(tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, sys
from pathlib import Path
import stimgen as sg
from stimgen.export import files
a, b = (sg.read_picture(name) for name in ("a.png", "b.png"))
made = sg.morph_pictures(a, b, steps=2, space="crossfade")
write, calls = Path.write_bytes, []
def ends(self, data):
    calls.append(self)
    if len(calls) == 4:
        os._exit(9)
    return write(self, data)
files.Path.write_bytes = ends
made.save("set")
"""


def test_a_process_that_is_killed_leaves_no_folder_of_that_name(picture_files):
    result = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, check=False)
    assert result.returncode == 9, result.stderr
    assert not Path("set").exists()
    # and what is left does not stand in the way of the next
    a, b = (sg.read_picture(path) for path in picture_files)
    sg.morph_pictures(a, b, steps=2, space="crossfade").save("set")
    assert sg.check("set").ok


# over what it may be written


def test_a_set_is_written_over_another_only_where_that_is_asked_for(made, other, tmp_path):
    folder = made.save(tmp_path / "set")
    before = contents(folder)
    with pytest.raises(WriteError, match=r"exists already.*overwrite") as caught:
        other.save(folder)
    assert "\n" not in str(caught.value)
    assert contents(folder) == before
    other.save(folder, overwrite=True)
    assert contents(folder) == contents(other.save(tmp_path / "fresh"))
    assert sg.check(folder).ok


@pytest.mark.parametrize("name", ["responses.csv", "stimuli/mine.png", "sources/notes.txt", ".git/config"])
def test_what_somebody_put_into_a_set_is_never_lost(made, tmp_path, name):
    folder = made.save(tmp_path / "set")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"mine")
    with pytest.raises(WriteError, match=name.replace(".", r"\.")):
        made.save(folder, overwrite=True)
    assert (folder / name).read_bytes() == b"mine"


def test_a_folder_of_photographs_is_not_taken_for_a_set(made, tmp_path):
    (tmp_path / "holiday" / "stimuli").mkdir(parents=True)
    (tmp_path / "holiday" / "stimuli" / "a-b_000.png").write_bytes(made.stimuli[0].png)
    with pytest.raises(WriteError, match="other things"):
        made.save(tmp_path / "holiday", overwrite=True)
    assert [path.name for path in (tmp_path / "holiday").rglob("*.png")] == ["a-b_000.png"]


def test_a_set_of_sounds_can_be_replaced_by_one_of_pictures_and_back(made, pair, tmp_path):
    sounds = sg.morph(*pair, steps=2, space="crossfade")
    folder = made.save(sounds.save(tmp_path / "set"), overwrite=True)
    assert not list(folder.rglob("*.wav"))
    assert sg.check(folder).ok
    sounds.save(folder, overwrite=True)
    assert not list(folder.rglob("stimuli/*.png"))
    assert sg.check(folder).ok


def test_saving_twice_does_not_change_the_set_in_memory(made, tmp_path):
    before = made.manifest
    one = made.save(tmp_path / "one", command="stimgen morph a.png b.png")
    bare = made.save(tmp_path / "bare", sources=False)
    two = made.save(tmp_path / "two", command="stimgen morph a.png b.png")
    assert made.manifest == before
    assert contents(one) == contents(two)
    assert not (bare / "sources").exists()
    manifests = [json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (one, bare)]
    assert [one["command"] for one in manifests] == ["stimgen morph a.png b.png", None]
    assert [one["stored"] for one in manifests[1]["sources"]] == [None, None]


# names


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("Ünïcode Gesicht", "b"), "unicode-gesicht-b"),
        (("a/../../etc", "b"), None),
        (("con", "nul"), None),
        (("-rf", "--help"), None),
        (("日本", "中国"), None),
        (("x" * 300, "y" * 300), None),
        (("same", "same"), "same-same-2"),
        (("", "."), None),
        (("a.png", "A.PNG"), None),
    ],
)
def test_whatever_pictures_are_called_files_have_names_that_every_system_takes(
    picture_pair, tmp_path, names, wanted
):
    pictures = [replace(one, name=name) for one, name in zip(picture_pair, names, strict=True)]
    made = sg.morph_pictures(*pictures, steps=2, space="crossfade")
    assert wanted is None or made.id == wanted
    folder = made.save(tmp_path / "set")
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len({str(path).lower() for path in found}) == len(found)
    for path in found:
        name = path.name
        assert name.isascii()
        assert not set(name) & set('<>:"/\\|?* \x00')
        assert not name.startswith(("-", ".", "~"))
        assert not name.endswith((".", " "))
        assert name.split(".")[0].lower() not in WINDOWS_DEVICES
        assert len(name) < 120
    assert sg.check(folder).ok


# what is in a PNG


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and content of every part of a PNG file, its checksums tested."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        found.append((kind, content))
        at += 12 + length
    assert at == len(data)
    return found


def with_metadata(path: Path) -> None:
    """Give a file all that programs hide in one: a place, a time, a gamma, a comment, a resolution."""
    from PIL.PngImagePlugin import PngInfo

    info, exif = PngInfo(), Image.Exif()
    info.add_text("Comment", "taken at home")
    exif[0x9003], exif[0x010F] = "2020:01:01 00:00:00", "Camera"
    Image.open(path).save(path, pnginfo=info, exif=exif, dpi=(300, 300))


@pytest.mark.parametrize("depth", [8, 16])
def test_stimuli_hold_pixels_and_nothing_of_the_files_they_came_from(picture_files, depth):
    for path in picture_files:
        with_metadata(path)
    a, b = (sg.read_picture(path) for path in picture_files)
    folder = sg.morph_pictures(a, b, steps=2, space="crossfade", bit_depth=depth).save("set")
    for path in (folder / "stimuli").glob("*.png"):
        chunks = chunks_of(path.read_bytes())
        assert {kind for kind, _ in chunks} == {b"IHDR", b"IDAT", b"IEND"}
        assert chunks[0][1] == struct.pack(">IIBBBBB", 72, 60, depth, 2, 0, 0, 0)
        assert b"Camera" not in path.read_bytes()
    # what went in is kept as it was
    assert (folder / "sources" / "a.png").read_bytes() == Path("a.png").read_bytes()


def test_a_contact_sheet_has_no_date_and_no_program_in_it(made):
    kinds = [kind for kind, _ in chunks_of(made.files()["contact-sheet.png"])]
    assert set(kinds) <= {b"IHDR", b"pHYs", b"IDAT", b"IEND"}
    # in memory the sheet is the one in the set
    assert made.contact_sheet().png_bytes() == made.files()["contact-sheet.png"]


def test_stimuli_in_memory_are_what_their_files_hold(made):
    for stimulus in made.stimuli:
        values = np.asarray(Image.open(io.BytesIO(stimulus.png))) / 255
        np.testing.assert_array_equal(values, stimulus.pixels)


@pytest.mark.skipif(os.name == "nt", reason="folders have no such modes on Windows")
def test_a_saved_set_can_be_read_by_those_who_may_read_new_files(made, tmp_path):
    folder = made.save(tmp_path / "set")
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "file").write_bytes(b"")
    assert folder.stat().st_mode == plain.stat().st_mode
    for path in folder.rglob("*"):
        like = plain if path.is_dir() else plain / "file"
        assert path.stat().st_mode == like.stat().st_mode
