import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stimgen.cli.main import main

STIMGEN = [sys.executable, "-m", "stimgen"]
ENDS = [one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP")]


def run(*words):
    return subprocess.run(
        [*STIMGEN, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def run_here(capsys):
    """Run the command line in this process, which is faster."""
    handlers = {number: signal.getsignal(number) for number in ENDS}

    def run_in_process(*words):
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        told = capsys.readouterr()
        return subprocess.CompletedProcess(words, caught.value.code, told.out, told.err)

    yield run_in_process
    for number, handler in handlers.items():
        signal.signal(number, handler)


def assert_one_sentence(result, code):
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("stimgen: ")
    assert result.stderr.count("\n") == 1


def entries():
    return sorted(path.name for path in Path().iterdir())


@pytest.fixture
def sounds(files):
    Path("sounds").mkdir()
    for file in files:
        file.rename(Path("sounds") / file.name)
    return Path("sounds")


def test_a_folder_becomes_a_set_beside_it(sounds):
    result = run("calibrate", sounds)
    assert result.returncode == 0, result.stderr
    assert entries() == ["sounds", "sounds-set"]
    assert "sounds-set: 2 stimuli at -26 dBFS" in result.stdout
    assert run("check", "sounds-set").returncode == 0


def test_json_is_one_line_about_the_set(sounds, run_here):
    result = run_here("calibrate", sounds, "--level", "keep", "--json", "-o", "set")
    assert result.stdout.count("\n") == 1
    facts = json.loads(result.stdout)
    assert (facts["set"], facts["n_stimuli"], facts["rate_hz"]) == ("set", 2, 16_000)
    assert facts["level_dbfs"] is None


def test_a_dry_run_writes_nothing(sounds, run_here):
    result = run_here("calibrate", sounds, "--dry-run", "--json")
    assert json.loads(result.stdout)["stimuli"] == ["a", "b"]
    assert entries() == ["sounds"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["calibrate"], 2),
        (["calibrate", "sounds", "--level", "abc"], 2),
        (["calibrate", "sounds", "--pad", "1"], 2),
        (["calibrate", "sounds", "--steps", "9"], 2),
        (["calibrate", "sounds", "--channel", "left"], 2),
        (["calibrate", "sounds", "--ramp-ms", "900"], 2),
        (["calibrate", "nowhere"], 1),
        (["calibrate", "sounds/a.wav"], 1),
        (["calibrate", "sounds", "--level", "-3", "--strict"], 1),
    ],
)
def test_what_cannot_be_made_is_one_sentence_and_leaves_nothing(sounds, run_here, words, code):
    assert_one_sentence(run_here(*words), code)
    assert entries() == ["sounds"]


def test_a_set_that_exists_is_kept_without_overwrite(sounds, run_here):
    assert run_here("calibrate", sounds, "-q").returncode == 0
    before = Path("sounds-set/manifest.json").read_bytes()
    assert_one_sentence(run_here("calibrate", sounds), 1)
    assert_one_sentence(run_here("calibrate", sounds, "--overwrite", "--ramp-ms", "900"), 2)
    assert Path("sounds-set/manifest.json").read_bytes() == before
    assert run_here("calibrate", sounds, "--overwrite", "--level", "-30", "-q").returncode == 0
    assert Path("sounds-set/manifest.json").read_bytes() != before


def test_a_set_in_the_way_is_told_before_recordings_are_read(sounds, run_here):
    assert run_here("calibrate", sounds, "-q").returncode == 0
    (sounds / "text.wav").write_text("no sound", encoding="utf-8")
    result = run_here("calibrate", sounds)
    assert_one_sentence(result, 1)
    assert "exists already" in result.stderr
    assert "text.wav is not a sound file" in run_here("calibrate", sounds, "--overwrite").stderr


def test_a_folder_within_that_may_not_be_listed_is_named(sounds, run_here, monkeypatch):
    (sounds / "locked").mkdir()
    plain = os.scandir

    def guarded(place):
        if Path(place).name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return plain(place)

    monkeypatch.setattr(os, "scandir", guarded)
    result = run_here("calibrate", sounds)
    assert_one_sentence(result, 1)
    assert "locked' cannot be listed: permission denied" in result.stderr
