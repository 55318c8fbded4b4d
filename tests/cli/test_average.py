import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.cli.main import main
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import write_landmarks

ROWS, COLUMNS = np.mgrid[:48, :64]


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; returns its exit code and what it printed."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def run_main(*words):
        given = [str(word) for word in words]
        monkeypatch.setattr(sys, "argv", ["stimgen", *given])
        with pytest.raises(SystemExit) as left:
            main(given)
        printed = capsys.readouterr()
        return left.value.code, printed.out, printed.err

    return run_main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three pictures with landmarks in a folder; the folder around it is the current one."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "dots"
    place.mkdir()
    for name, x, y in (("a", 22, 20), ("b", 34, 20), ("c", 28, 29)):
        values = 200 - 150 * np.exp(-((COLUMNS - x) ** 2 + (ROWS - y) ** 2) / 18.0)
        Image.fromarray(np.rint(values).astype(np.uint8)).save(place / f"{name}.png")
        ring = [[x - 5, y], [x + 5, y], [x, y - 5], [x, y + 5], [6, 6], [57, 6], [57, 41], [6, 41]]
        (place / f"{name}.tem").write_bytes(write_landmarks(Landmarks(xy=np.array(ring, dtype=float))))
    return place


def test_a_folder_becomes_a_set_in_the_default_place(run, folder, tmp_path):
    code, out, err = run("average", "dots")
    assert code == 0
    assert err.startswith("note: once aligned, a picture leaves")
    assert out.startswith("average: average of 3 pictures, 64 x 48 px, space points, mean luminance 0.")
    assert "look at average/contact-sheet.png" in out
    assert run("check", "average")[:2] == (0, "average: 1 stimulus, all as the manifest says\n")
    assert manifest_of(tmp_path / "average")["command"] == "stimgen average dots"


def manifest_of(place):
    return json.loads((place / "manifest.json").read_text(encoding="utf-8"))


def test_python_and_the_command_line_give_the_same_bytes(folder):
    command = [sys.executable, "-m", "stimgen", "average", "dots", "--weights", "0.5:0.3:0.2", "-q"]
    for output in ("one", "two"):
        done = subprocess.run([*command, "-o", output], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    sg.average_pictures("dots", weights=[0.5, 0.3, 0.2]).save("three")
    one, *others = (folder.parent / name for name in ("one", "two", "three"))
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) == 12
    for path in files:
        for other in others:
            if path.name != "manifest.json":
                assert (one / path).read_bytes() == (other / path).read_bytes(), path
    manifests = [manifest_of(place) for place in (one, *others)]
    for manifest in manifests:
        del manifest["created_utc"], manifest["command"]
    assert manifests[0] == manifests[1] == manifests[2]


def test_files_are_blended_by_weights_that_may_be_negative(run, folder):
    code, out, _ = run(
        "average", "dots/b.png", "dots/a.png", "--weights", "-0.5:1.5", "--id", "away", "--json"
    )
    facts = json.loads(out)
    assert code == 0
    assert (facts["set"], facts["id"], facts["n_pictures"], facts["n_stimuli"]) == ("away", "away", 2, 1)
    sources = manifest_of(folder.parent / "away")["sources"]
    assert [(one["file"], one["weight"]) for one in sources] == [("b.png", -0.5), ("a.png", 1.5)]


def test_a_dry_run_writes_nothing(run, folder):
    before = sorted(folder.parent.rglob("*"))
    code, out, _ = run("average", "dots", "--dry-run", "--outside", "crop")
    assert code == 0
    assert out == (
        "would write the average of 3 pictures to average: space points, all alike, "
        "64 x 48 px before alignment, 8 bit\n"
    )
    facts = json.loads(run("average", "dots", "--dry-run", "--json", "--weights", "0:1:0")[1])
    assert (facts["dry_run"], facts["weights"], facts["space"]) == (True, [0, 1, 0], "points")
    assert sorted(folder.parent.rglob("*")) == before


def test_verbose_tells_of_every_picture(run, folder):
    _, _, err = run("average", "dots", "-v")
    assert "  b.png: weight 0.3333, 8 landmarks\n" in err


def test_a_set_is_replaced_only_when_told_to(run, folder):
    assert run("average", "dots")[0] == 0
    code, _, err = run("average", "dots", "--space", "crossfade")
    assert (code, err.count("\n")) == (1, 1)
    assert run("average", "dots", "--space", "crossfade", "--overwrite")[0] == 0
    assert manifest_of(folder.parent / "average")["space"]["name"] == "crossfade"


def test_sources_can_be_left_out(run, folder):
    assert run("average", "dots", "--no-sources")[0] == 0
    assert not (folder.parent / "average/sources").exists()
    assert run("check", "average")[0] == 0


def test_an_average_is_morphed_into_a_caricature(run, folder):
    assert run("average", "dots", "-q")[0] == 0
    words = ("average/stimuli/average_000.png", "dots/b.png", "--range", "0:1.5", "--steps", "4")
    code, _, err = run("morph", *words, "--spacing", "linear", "-o", "caricature")
    assert code == 0, err
    assert run("check", "caricature")[0] == 0
    manifest = manifest_of(folder.parent / "caricature")
    assert [one["position"] for one in manifest["stimuli"]] == [0.0, 0.5, 1.0, 1.5]
    assert manifest["space"]["name"] == "points"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 2, "an average needs 2 to 10000 pictures, got 0; give files, or one folder that holds them"),
        (["dots/a.png"], 2, "got 1"),
        (["nowhere"], 1, "there is no folder or file nowhere"),
        (["dots", "dots"], 2, "is a folder among 2"),
        (["dots", "--weights", "0.5:0.4:0.2"], 2, "--weights must sum to 1, got 1.1"),
        (["dots", "--weights", "0.5:0.5"], 2, "3 pictures need as many --weights, got 2"),
        (["dots", "--weights", "none.csv"], 2, "there is no such file"),
        (["dots", "--match", "spectrum"], 2, "an average is one"),
        (["dots", "--steps", "3"], 2, "No such option"),
        (["dots", "--bit-depth", "12"], 2, "pictures have 8 or 16"),
        (["dots", "--points", "nowhere"], 2, "none of the 3 pictures has landmarks"),
        (["dots", "--output", ""], 2, "is no place for a set"),
        (["dots", "--size", "40x40"], 2, "choose with --fit what gives way"),
        (["dots/a.png", "dots/none.png", "--space", "crossfade"], 1, "there is no file dots/none.png"),
        (["dots/a.png", "dots/a.png"], 1, "hold the same picture"),
        (["dots/a.png", "sound.wav"], 2, "sound.wav is no picture"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(run, folder, words, code, sentence):
    (folder.parent / "sound.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    before = sorted(folder.parent.rglob("*"))
    got, out, err = run("average", *words)
    assert (got, out) == (code, "")
    assert err.startswith("stimgen: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert sorted(folder.parent.rglob("*")) == before


def test_the_help_says_what_it_is_for(run):
    code, out, _ = run("average", "--help")
    assert code == 0
    for option in (
        "--weights",
        "--normalise",
        "--points DIR",
        "--outside",
        "--size",
        "--match",
        "--seed",
        "--dry-run",
    ):
        assert option in out
    assert "average" in run("--help")[1]
