import os
import subprocess
import sys
from pathlib import Path

import pytest

import stimgen as sg
from stimgen.errors import WriteError
from stimgen.export import files as files_module
from stimgen.export.files import check_target, save_files

FILES = {"manifest.json": b"{}", "stimuli/x_000.wav": b"first"}


@pytest.fixture(scope="module")
def made(pair):
    return sg.morph(*pair, steps=2, space="crossfade")


@pytest.fixture
def old(made, tmp_path):
    """A set that was written by stimgen."""
    return made.save(tmp_path / "set")


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_set_appears_whole_with_its_subfolders(tmp_path):
    save_files(FILES, tmp_path / "deep" / "set", overwrite=False)
    assert contents(tmp_path / "deep" / "set") == FILES
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["set"]


def test_an_existing_set_is_refused_without_overwrite_and_replaced_with_it(old, tmp_path):
    with pytest.raises(WriteError, match="--overwrite"):
        save_files(FILES, old, overwrite=False)
    save_files(FILES, old, overwrite=True)
    assert contents(tmp_path) == {f"set/{name}": data for name, data in FILES.items()}


@pytest.mark.parametrize("name", ["responses/p1.csv", "notes.txt", "stimuli/mine.wav", ".hidden"])
def test_a_set_that_holds_something_else_is_not_replaced(old, name):
    (old / name).parent.mkdir(exist_ok=True)
    (old / name).write_text("mine", encoding="utf-8")
    before = contents(old)
    with pytest.raises(WriteError, match="which stimgen did not write") as caught:
        save_files(FILES, old, overwrite=True)
    assert name in str(caught.value)
    assert contents(old) == before


@pytest.mark.parametrize("manifest", [None, "{}", '{"schema": {"name": "stimgen-manifest", "version": 1}}'])
def test_a_folder_with_other_things_is_never_replaced(tmp_path, manifest):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    if manifest is not None:
        (tmp_path / "thesis" / "manifest.json").write_text(manifest, encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(WriteError, match="other things"):
        save_files(FILES, tmp_path / "thesis", overwrite=True)
    assert contents(tmp_path) == before


def test_a_file_or_a_link_in_the_way_is_refused(old, tmp_path):
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    (tmp_path / "link").symlink_to(old)
    for place, words in (("file", "not a folder"), ("file/below", "not a folder"), ("link", "is a link")):
        with pytest.raises(WriteError, match=words):
            check_target(tmp_path / place, overwrite=True)


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000 + "b", "a\0b", os.sep])
def test_a_place_that_cannot_be_is_refused_before_any_work(tmp_path, name):
    with pytest.raises(WriteError) as caught:
        check_target(Path(os.sep) if name == os.sep else tmp_path / name, overwrite=False)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "set").mkdir()
    save_files(FILES, tmp_path / "set", overwrite=False)
    assert contents(tmp_path / "set") == FILES


def test_a_read_only_set_is_replaced_without_leftovers(old, tmp_path):
    for folder in (old / "stimuli", old):
        folder.chmod(0o555)
    save_files(FILES, old, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("n_good_moves", [0, 1])
def test_a_failure_while_moving_keeps_the_old_set_and_leaves_nothing(
    old, tmp_path, monkeypatch, failure, n_good_moves
):
    before = contents(tmp_path)
    move, calls = os.replace, []

    def failing(source, target):
        calls.append(source)
        if len(calls) == n_good_moves + 1:
            raise failure
        move(source, target)

    monkeypatch.setattr(files_module.os, "replace", failing)
    with pytest.raises((WriteError, KeyboardInterrupt)):
        save_files(FILES, old, overwrite=True)
    assert contents(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_a_disk_that_fills_up_leaves_neither_files_nor_new_folders(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files_module.Path, "write_bytes", full)
    with pytest.raises(WriteError, match="no space left"):
        save_files(FILES, tmp_path / "deep" / "set", overwrite=False)
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from stimgen.export import files
move, calls = os.replace, []
def moving(source, target):
    move(source, target)
    calls.append(source)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGINT)
files.os.replace = moving
# a parent that runs in the background may have left SIGINT ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    files.save_files({"manifest.json": b"new"}, Path(sys.argv[1]), overwrite=True)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize("n_moves", [1, 2])
def test_a_signal_between_the_moves_waits_until_the_new_set_stands(old, tmp_path, n_moves):
    # a real signal is sent, right after the first or the second move
    words = [sys.executable, "-c", INTERRUPTED, str(old), str(n_moves)]
    result = subprocess.run(words, capture_output=True, text=True, check=True)
    assert result.stdout == "interrupted\n"
    assert contents(tmp_path) == {"set/manifest.json": b"new"}
