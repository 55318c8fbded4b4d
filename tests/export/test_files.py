import os

import pytest

from stimgen.errors import WriteError
from stimgen.export import files as files_module
from stimgen.export.files import check_target, save_files

MANIFEST = b'{"schema": {"name": "stimgen-manifest", "version": 1}}'
SET = {"manifest.json": MANIFEST, "stimuli/x_000.wav": b"first"}


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_set_appears_whole_with_its_subfolders(tmp_path):
    save_files(SET, tmp_path / "deep" / "set", overwrite=False)
    assert contents(tmp_path) == {
        os.path.join("deep", "set", *name.split("/")): data for name, data in SET.items()
    }


def test_an_existing_set_is_refused_without_overwrite_and_replaced_with_it(tmp_path):
    save_files(SET, tmp_path / "set", overwrite=False)
    with pytest.raises(WriteError, match="--overwrite"):
        save_files(SET, tmp_path / "set", overwrite=False)
    save_files({"manifest.json": MANIFEST}, tmp_path / "set", overwrite=True)
    assert contents(tmp_path) == {os.path.join("set", "manifest.json"): MANIFEST}


def test_a_folder_with_other_things_is_never_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(WriteError, match="other things"):
        save_files(SET, tmp_path / "thesis", overwrite=True)
    assert contents(tmp_path) == {os.path.join("thesis", "chapter.txt"): b"years of work"}


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "set").write_text("a file", encoding="utf-8")
    with pytest.raises(WriteError, match="not a folder"):
        check_target(tmp_path / "set", overwrite=True)
    with pytest.raises(WriteError, match="not a folder"):
        check_target(tmp_path / "set" / "below", overwrite=True)


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "set").mkdir()
    save_files(SET, tmp_path / "set", overwrite=False)
    assert len(contents(tmp_path)) == 2


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("n_good_moves", [0, 1])
def test_a_failure_or_interrupt_while_moving_keeps_the_old_set_and_leaves_nothing(
    tmp_path, monkeypatch, failure, n_good_moves
):
    save_files(SET, tmp_path / "set", overwrite=False)
    before = contents(tmp_path)
    move, calls = os.replace, []

    def failing(source, target):
        calls.append(source)
        if len(calls) == n_good_moves + 1:
            raise failure
        move(source, target)

    monkeypatch.setattr(files_module.os, "replace", failing)
    with pytest.raises((WriteError, KeyboardInterrupt)):
        save_files({"manifest.json": MANIFEST}, tmp_path / "set", overwrite=True)
    assert contents(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files_module.Path, "write_bytes", full)
    with pytest.raises(WriteError, match="no space left"):
        save_files(SET, tmp_path / "set", overwrite=False)
    assert list(tmp_path.iterdir()) == []
