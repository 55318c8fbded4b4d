import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from stimgen.cli.main import main

STIMGEN = [sys.executable, "-m", "stimgen"]
FAST = ["--space", "crossfade", "--steps", "3", "--spacing", "linear"]


class Result:
    def __init__(self, returncode, stdout, stderr):
        self.returncode, self.stdout, self.stderr = returncode, stdout, stderr


@pytest.fixture
def run(capsys):
    """Run a command in this process: nothing of it needs one of its own, and each would cost a second."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def run_here(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Result(ended.value.code or 0, *capsys.readouterr())

    yield run_here
    for one, handler in before.items():
        signal.signal(one, handler)


def assert_one_sentence(result, code, words=""):
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("stimgen: ")
    assert result.stderr.count("\n") == 1
    assert "unexpected" not in result.stderr
    assert words.lower() in result.stderr.lower()


def entries(folder="."):
    return sorted(path.name for path in Path(folder).iterdir())


INPUTS = ["a.png", "a.tem", "b.png", "b.tem"]


# what it does


def test_two_pictures_with_landmarks_beside_them_give_a_set_in_the_default_place(run, picture_files):
    result = run("morph", *picture_files, "--steps", "3")
    assert result.returncode == 0, result.stderr
    assert "a-b: 3 stimuli of" in result.stdout
    assert "look at a-b" in result.stdout
    assert entries() == sorted(["a-b", *INPUTS])
    manifest = json.loads(Path("a-b/manifest.json").read_text(encoding="utf-8"))
    assert (manifest["space"]["name"], manifest["calibration"]["metric"]) == ("points", "ssim")
    assert run("check", "a-b").returncode == 0


def test_python_and_the_command_line_give_the_same_bytes(run, picture_files):
    import stimgen as sg

    words = ["--steps", "4", "--crop", "2:2:68:56", "--match", "luminance", "--control", "crossfade", "-q"]
    assert run("morph", *picture_files, *words, "-o", "by-command").returncode == 0
    a, b = (sg.read_picture(one) for one in picture_files)
    made = sg.morph_pictures(a, b, steps=4, crop="2:2:68:56", match="luminance", control="crossfade")
    made.save("by-python")
    for path in sorted(p for p in Path("by-command").rglob("*") if p.is_file() and p.name != "manifest.json"):
        assert path.read_bytes() == (Path("by-python") / path.relative_to("by-command")).read_bytes(), path
    one, other = (
        json.loads(Path(f, "manifest.json").read_text(encoding="utf-8")) for f in ("by-command", "by-python")
    )
    for manifest in (one, other):
        del manifest["created_utc"], manifest["command"]
    assert one == other


def test_two_processes_give_the_same_bytes(picture_files):
    words = ["morph", "a.png", "b.png", "--steps", "3", "-q", "-o"]
    for name, seed in (("one", "0"), ("two", "1")):
        subprocess.run([*STIMGEN, *words, name], check=True, env=os.environ | {"PYTHONHASHSEED": seed})
    for path in sorted(p for p in Path("one").rglob("*") if p.is_file() and p.name != "manifest.json"):
        assert path.read_bytes() == (Path("two") / path.relative_to("one")).read_bytes(), path


def test_points_can_be_named_and_go_before_those_beside(run, picture_files):
    os.replace("a.tem", "other.tem")
    result = run("morph", *picture_files, "--points", "other.tem", "b.tem", "--steps", "2")
    assert result.returncode == 0, result.stderr
    manifest = json.loads(Path("a-b/manifest.json").read_text(encoding="utf-8"))
    assert [one["points"]["file"] for one in manifest["sources"]] == ["other.tem", "b.tem"]


def test_json_is_one_line_on_stdout(run, picture_files):
    result = run("morph", *picture_files, "--steps", "3", "--json")
    assert result.stdout.count("\n") == 1
    facts = json.loads(result.stdout)
    assert (facts["medium"], facts["n_stimuli"], facts["metric"], facts["set"]) == (
        "picture",
        3,
        "ssim",
        "a-b",
    )
    assert facts["step_mean"] > 0


def test_quiet_says_nothing_and_verbose_says_each_step(run, picture_files):
    result = run("morph", *picture_files, *FAST, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    result = run("morph", *picture_files, *FAST, "--overwrite", "--verbose")
    assert result.stderr.count("mean luminance") == 3


@pytest.mark.parametrize("more", [[], ["--json"], ["--quiet"]])
def test_a_dry_run_writes_nothing(run, picture_files, more):
    result = run("morph", *picture_files, "--dry-run", "--size", "40", *more)
    assert result.returncode == 0
    assert entries() == INPUTS
    if more == ["--json"]:
        facts = json.loads(result.stdout)
        assert (facts["n_stimuli"], facts["width_px"], facts["height_px"], facts["dry_run"]) == (
            9,
            40,
            33,
            True,
        )
    else:
        assert ("would write 9 stimuli to a-b" in result.stdout) is (more == [])


def test_a_dry_run_of_many_pairs_tells_of_all_and_writes_nothing(run, picture_files):
    Path("pairs.csv").write_text("file_a,file_b\na.png,b.png\nb.png,a.png\n", encoding="utf-8")
    words = [
        "morph",
        "--pairs",
        "pairs.csv",
        "--steps",
        "3",
        "--match",
        "luminance",
        "--control",
        "crossfade",
    ]
    result = run(*words, "--dry-run", "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["n_pairs"], told["n_stimuli"], told["spaces"]) == (2, 12, ["points"])
    assert "would write 12 stimuli" in run(*words, "--dry-run").stdout
    assert entries() == sorted([*INPUTS, "pairs.csv"])
    made = run(*words, "--json", "-o", "made")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["target_mean_luminance"] == pytest.approx(
        told["target_mean_luminance"], abs=1e-6
    )
    assert_one_sentence(run(*words, "--dry-run", "-o", "made"), 1, "exists")


def test_an_existing_set_is_kept_without_overwrite_and_replaced_with_it(run, picture_files):
    assert run("morph", *picture_files, *FAST).returncode == 0
    before = Path("a-b/manifest.json").read_bytes()
    assert_one_sentence(run("morph", *picture_files, *FAST), 1, "exists already")
    assert Path("a-b/manifest.json").read_bytes() == before
    assert run("morph", *picture_files, *FAST, "--overwrite", "--seed", "3").returncode == 0
    assert json.loads(Path("a-b/manifest.json").read_text(encoding="utf-8"))["seed"] == 3


def test_overwrite_keeps_the_old_set_when_the_new_one_fails(run, picture_files):
    assert run("morph", *picture_files, *FAST).returncode == 0
    before = Path("a-b/manifest.json").read_bytes()
    words = ["--overwrite", "--match", "luminance", "--luminance", "0.99", "--strict"]
    assert_one_sentence(run("morph", *picture_files, *FAST, *words), 2, "does not fit every picture")
    assert Path("a-b/manifest.json").read_bytes() == before
    assert entries() == sorted(["a-b", *INPUTS])


@pytest.mark.parametrize(
    "name",
    [
        "V\u00f6gel 1.png",
        'it\'s "b" & $x.png',
        "-b.png",
        "--steps.png",
        "\u65e5\u672c.png",
        "con.png",
        "a:b.png",
        ".png",
    ],
)
def test_any_file_name_works(run, picture_files, name):
    os.replace("b.png", name)
    result = run("morph", "a.png", name, *FAST, "-o", "set")
    assert result.returncode == 0, result.stderr
    for path in Path("set").rglob("*"):
        assert path.name.isascii()
    assert json.loads(Path("set/manifest.json").read_text(encoding="utf-8"))["sources"][1]["file"] == name
    assert run("check", "set").returncode == 0


@pytest.mark.parametrize("suffix", ["jpg", "tif", "webp", "bmp", "JPEG"])
def test_every_format_that_is_read_goes_through(run, picture_files, suffix):
    for name in "ab":
        Image.open(f"{name}.png").save(f"{name}.{suffix}")
        os.unlink(f"{name}.png")
    assert run("morph", f"a.{suffix}", f"b.{suffix}", "--steps", "2").returncode == 0
    assert run("check", "a-b").returncode == 0


def test_a_picture_without_a_suffix_is_told_by_its_first_bytes(run, picture_files):
    shutil.copy("a.png", "first")
    shutil.copy("b.png", "second")
    assert run("morph", "first", "second", *FAST).returncode == 0
    assert "sources/first.png" in Path("first-second/manifest.json").read_text(encoding="utf-8")


def test_a_link_to_a_picture_is_that_picture(run, picture_files):
    Path("link.png").symlink_to("b.png")
    assert run("morph", "a.png", "link.png", *FAST).returncode == 0
    assert run("check", "a-link").returncode == 0


# what it refuses


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def make_bad(name: str) -> Path:
    """Write a picture that cannot serve, with landmarks that would do."""
    path = Path(f"{name}.png")
    shutil.copy("b.tem", f"{name}.tem")
    if name == "transparent":
        Image.fromarray(noise(60, 72, 4)).save(path)
    elif name == "flat":
        Image.fromarray(np.full((60, 72, 3), 90, dtype=np.uint8)).save(path)
    elif name == "thin":
        Image.fromarray(noise(60, 1, 3)).save(path)
    elif name == "tiny":
        Image.fromarray(noise(4, 4, 3)).save(path)
    elif name == "cmyk":
        Image.fromarray(noise(60, 72, 4), mode="CMYK").save(path, format="JPEG")
    elif name == "frames":
        frames = [Image.fromarray(noise(60, 72, 3, seed=seed)) for seed in (1, 2)]
        frames[0].save(path, format="WEBP", save_all=True, append_images=frames[1:])
    elif name == "cut":
        path.write_bytes(Path("b.png").read_bytes()[:900])
    elif name == "empty":
        path.write_bytes(b"")
    elif name == "text":
        path.write_text("no picture\n" * 40, encoding="utf-8")
    elif name == "gif":
        Image.fromarray(noise(60, 72)).save(path, format="GIF")
    elif name == "bomb":
        path.write_bytes(Path("b.png").read_bytes()[:16] + b"\x7f\xff\xff\xff" * 2 + bytes(40))
    elif name == "folder":
        path.mkdir()
    return path


BAD = {
    "transparent": "--background", "flat": "one colour", "thin": "1 x 60 px", "tiny": "4 x 4 px", "cmyk": "CMYK",
    "frames": "2 frames", "cut": "damaged", "empty": "empty", "text": "no picture", "gif": "GIF", "bomb": "",
    "folder": "folder", "missing": "no file",
}  # fmt: skip


@pytest.mark.parametrize(("name", "words"), BAD.items())
def test_a_bad_picture_is_one_sentence_and_leaves_nothing(run, picture_files, name, words):
    path = make_bad(name)
    before = entries()
    for order in (("a.png", path), (path, "a.png")):
        assert_one_sentence(run("morph", *order), 1, words)
    assert entries() == before


def tem(*lines, newline="\n", start=b""):
    return start + newline.join(map(str, lines)).encode() + newline.encode()


PLACES = ["20\t20", "50\t22", "52\t40", "22\t42", "30\t30", "40\t33", "33\t36", "36\t25", "44\t28"]
BAD_POINTS = {
    "nan": (tem(9, *PLACES[:8], "nan\t3"), "no number"),
    "infinite": (tem(9, *PLACES[:8], "1e999\t3"), ""),
    "far outside": (tem(9, *PLACES[:8], "400\t3"), "400"),
    "one line": (tem(9, *[f"{n}\t{n}" for n in range(9)]), "one line"),
    "one place": (tem(9, *["20\t20"] * 9), "1 places"),
    "two": (tem(2, *PLACES[:2]), "2 points"),
    "fewer": (tem(8, *PLACES[:8]), "landmarks"),
    "too short": (tem(9, *PLACES[:5]), "point 5"),
    "comma": (tem(9, *PLACES[:8], "3,5\t3"), "decimal comma"),
    "no text": (bytes(range(256)), ""),
    "empty": (b"", ""),
    "huge": (b"1\n" * 4_000_000, ""),
}


@pytest.mark.parametrize(("data", "words"), BAD_POINTS.values(), ids=BAD_POINTS)
def test_bad_landmarks_are_one_sentence_and_leave_nothing(run, picture_files, data, words):
    Path("b.tem").write_bytes(data)
    for order in (("a.png", "b.png"), ("b.png", "a.png")):
        assert_one_sentence(run("morph", *order, "--steps", "3"), 1, words)
    assert entries() == INPUTS


@pytest.mark.parametrize(
    "data",
    [
        tem(9, *PLACES, 0, newline="\r\n"),
        tem(9, *PLACES, start=b"\xef\xbb\xbf"),
        tem(9, *PLACES[:8], PLACES[0]),
        tem(9, *PLACES[:8], "-10\t70"),
        tem(9, *reversed(PLACES)),
    ],
    ids=["CRLF", "byte order mark", "one place twice", "a little outside", "in another order"],
)
def test_unusual_landmarks_go_through(run, picture_files, data):
    Path("b.tem").write_bytes(data)
    result = run("morph", *picture_files, "--steps", "3")
    assert result.returncode == 0, result.stderr
    assert run("check", "a-b").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["a.png"], 2, "B is missing"),
        ([], 2, "A and B are missing"),
        (["a.png", "a.png"], 1, "the same picture"),
        (["a.png", "s.wav"], 2, "not of one kind"),
        (["s.wav", "b.png"], 2, "not of one kind"),
        (["s.wav", "t.wav", "--size", "512"], 2, "--size is a choice for pictures"),
        (["s.wav", "t.wav", "--points", "a.tem", "b.tem"], 2, "--points is a choice for pictures"),
        (["s.wav", "t.wav", "--match", "none"], 2, "--match is a choice for pictures"),
        (["a.png", "b.png", "--level", "-30"], 2, "--level is a choice for sounds"),
        (["a.png", "b.png", "--channel", "1"], 2, "--channel is a choice for sounds"),
        (["a.png", "b.png", "--rate", "8000"], 2, "--rate is a choice for sounds"),
        (["a.png", "b.png", "--endpoints", "exact"], 2, "--endpoints is a choice for sounds"),
        (["a.png", "b.png", "--jobs", "2"], 2, "--jobs"),
        (["a.png", "b.png", "--points", "a.tem", "none.tem"], 1, "no file none.tem"),
        (["a.png", "b.png", "--points", "a.tem", "a.png"], 1, "no file of landmarks"),
        (["a.png", "b.png", "--points", "a.tem"], 2, "--points"),
        (["a.png", "b.png", "--metric", "mel"], 2, "--metric 'mel'"),
        (["a.png", "b.png", "--space", "transport"], 2, "--space 'transport'"),
        (["a.png", "b.png", "--steps", "1"], 2, "--steps"),
        (["a.png", "b.png", "--steps", "many"], 2, "--steps"),
        (["a.png", "b.png", "--range", "0:9"], 2, "--range 0:9"),
        (["a.png", "b.png", "--range", "nan:1"], 2, "--range"),
        (["a.png", "b.png", "--align", "events"], 2, "'events' is unknown"),
        (["a.png", "b.png", "--align", "0:1", "--align", "2:3"], 2, "--align"),
        (["a.png", "b.png", "--size", "0x0"], 2, "0 x 0"),
        (["a.png", "b.png", "--size", "99999x99999"], 2, "out of range"),
        (["a.png", "b.png", "--size", "30000", "--steps", "200"], 2, ""),
        (["a.png", "b.png", "--crop", "0:0:0:0"], 2, "at least 8"),
        (["a.png", "b.png", "--bit-depth", "float32"], 2, "8 or 16"),
        (["a.png", "b.png", "--match", "all"], 2, "--match 'all'"),
        (["a.png", "b.png", "--mask", "a.png"], 2, "add --match"),
        (["a.png", "b.png", "--match", "luminance", "--mask", "none.png"], 1, "no file none.png"),
        (["a.png", "b.png", "--match", "spectrum", "--mask", "a.png"], 2, "whole pictures"),
        (["a.png", "b.png", "--luminance", "0.3"], 2, "luminance"),
        (["a.png", "b.png", "--background", "puce"], 2, "background"),
        (["a.png", "b.png", "--no-such-option"], 2, "--no-such-option"),
        (["a.png", "b.png", "-o", ""], 2, "--output"),
        (["a.png", "b.png", "-o", "a.png"], 1, "not a folder"),
        (["a.png", "b.png", "-o", "a.png/set"], 1, "a.png"),
        (["a.png", "b.png", "-o", "/dev/null/set"], 1, "/dev/null"),
        (["a.png", "b.png", "-o", "."], 1, "other things"),
    ],
)
def test_wrong_usage_is_one_sentence_and_leaves_nothing(run, picture_files, words, code, sentence):
    for name in "st":
        soundfile.write(f"{name}.wav", 0.1 * np.sin(np.arange(4000) / (ord(name) - 100)), 16_000)
    before = entries()
    assert_one_sentence(run("morph", *words), code, sentence)
    assert entries() == before


def test_pictures_without_landmarks_are_offered_what_serves(run, picture_files):
    os.unlink("a.tem")
    result = run("morph", *picture_files)
    assert_one_sentence(result, 2, "a has no landmarks")
    for remedy in ("--points", "--space transport-2d", "--space crossfade", "stimgen train"):
        assert remedy in result.stderr
    assert_one_sentence(run("morph", *picture_files, "--space", "points"), 1, "a has no landmarks")


def test_two_files_of_landmarks_that_differ_are_refused(run, picture_files):
    Path("a.pts").write_text("version: 1\nn_points: 3\n{\n1 1\n50 1\n20 40\n}\n", encoding="ascii")
    assert_one_sentence(run("morph", *picture_files), 1, "which differ")


def test_pictures_of_two_sizes_are_told_how_they_become_one(run, picture_files):
    Image.open("b.png").resize((60, 50)).save("b.png")
    assert_one_sentence(run("morph", *picture_files, "--space", "crossfade"), 2, "--size WIDTHxHEIGHT")
    assert run("morph", *picture_files, *FAST, "--size", "60x50").returncode == 0


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read and write all"
)
def test_unreadable_files_and_unwritable_places_are_one_sentence(run, picture_files):
    os.chmod("b.png", 0)
    assert_one_sentence(run("morph", *picture_files), 1)
    os.chmod("b.png", 0o644)
    Path("locked").mkdir(mode=0o555)
    assert_one_sentence(run("morph", *picture_files, "-o", "locked/set"), 1)


# what it loads, and what an end in the middle leaves


LOADED = """
import sys
from stimgen.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(sys.modules))
"""


def modules_of(*words):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--help"], ["morph", "--help"]])
def test_help_loads_nothing_heavy(words):
    loaded = modules_of(*words)
    assert "click" in loaded
    assert not loaded & {
        "numpy",
        "scipy",
        "numba",
        "soundfile",
        "PIL",
        "matplotlib",
        "pydantic",
        "rich",
        "torch",
    }


def test_a_cross_fade_of_pictures_loads_nothing_of_sounds(picture_files):
    loaded = modules_of("morph", "a.png", "b.png", *FAST, "-q")
    assert {"numpy", "PIL"} <= loaded
    assert not loaded & {"numba", "soundfile", "soxr", "torch", "matplotlib", "skimage", "ot", "shinier"}
    assert not loaded & {"stimgen.media.read", "stimgen.spaces.base", "stimgen.export.encode"}


def test_a_morph_by_landmarks_loads_nothing_of_sounds(picture_files):
    loaded = modules_of("morph", "a.png", "b.png", "--steps", "2", "-q")
    assert "stimgen.spaces.points" in loaded
    assert not loaded & {"soundfile", "soxr", "torch", "matplotlib", "skimage", "ot", "shinier"}
    assert not loaded & {"stimgen.media.read", "stimgen.spaces.base", "stimgen.export.encode"}


def test_a_morph_of_sounds_reads_no_pictures(files):
    loaded = modules_of("morph", "a.wav", "b.wav", *FAST, "-q")
    assert "soundfile" in loaded
    assert not loaded & {
        "stimgen.media.picture_read",
        "stimgen.media.landmarks_read",
        "stimgen.spaces.points",
    }
    assert not {name for name in loaded if name.startswith("stimgen.workflows.picture_")}


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(tmp_path, monkeypatch, signal_number):
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        Image.fromarray(noise(200, 200, 3, seed=ord(name))).save(f"{name}.png")
    words = [*STIMGEN, "morph", "a.png", "b.png", "--space", "crossfade", "--steps", "200"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    assert process.poll() is None, "finished before it could be interrupted"
    process.send_signal(signal_number)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert message == "stimgen: interrupted; nothing half-written is left\n"
    assert entries() == ["a.png", "b.png"]
