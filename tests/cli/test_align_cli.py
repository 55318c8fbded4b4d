"""`--align` and `--endpoints` from the command line to the manifest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from stimgen.cli.main import main

FAST = ["--space", "stft", "--steps", "3", "--spacing", "linear", "-o", "set"]


@pytest.fixture
def run(files):
    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "stimgen", "morph", *map(str, files), *FAST, *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        manifest = Path("set/manifest.json")
        found = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else None
        return done, found

    return run


def test_a_table_of_moments_comes_into_the_manifest(run):
    Path("moments.csv").write_text("time_a_s,time_b_s\n0.1,0.05\n", encoding="utf-8")
    done, manifest = run("--align", "moments.csv", "-v")
    assert done.returncode == 0, done.stderr
    assert manifest["path"]["alignment"]["times_b_s"] == [0.0, 0.05, 0.2]
    assert "time alignment: file" in done.stderr


def test_two_label_files_are_given_one_after_the_other(run):
    Path("a.txt").write_text("0.1\t0.15\tv\n", encoding="utf-8")
    Path("b.txt").write_text("0.05\t0.1\tv\n", encoding="utf-8")
    done, manifest = run("--align", "a.txt", "--align", "b.txt")
    assert done.returncode == 0, done.stderr
    assert manifest["path"]["alignment"]["times_b_s"] == [0.0, 0.05, 0.1, 0.2]
    assert [file["file"] for file in manifest["path"]["alignment"]["files"]] == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--align", "eye"], "--align 'eye' is unknown; allowed are events, linear, none"),
        (["--align", "missing.csv"], "there is no file missing.csv"),
        (["--align", "a.txt", "--align", "b.txt", "--align", "c.txt"], "--align was given 3 times"),
        (["--endpoints", "same"], "--endpoints 'same' is unknown; allowed are exact, resynth"),
    ],
)
def test_what_is_no_alignment_and_no_end_is_one_sentence(run, words, sentence):
    done, manifest = run(*words)
    assert done.returncode in (1, 2)
    assert manifest is None
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


def test_exact_ends_without_gain_are_the_files_sample_by_sample(run, files):
    done, manifest = run("--endpoints", "exact", "--level", "keep", "--ramp-ms", "0")
    assert done.returncode == 0, done.stderr
    assert manifest["path"]["endpoints"] == "exact"
    for stimulus, file in zip((manifest["stimuli"][0], manifest["stimuli"][-1]), files, strict=True):
        written, _ = soundfile.read(Path("set") / stimulus["file"], dtype="int16")
        assert written.tobytes() == soundfile.read(file, dtype="int16")[0].tobytes()


def test_the_help_tells_of_both(capsys):
    with pytest.raises(SystemExit):
        main(["morph", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "[default: events]" in told
    assert "[default: exact with transport, resynth with stft and crossfade]" in told
