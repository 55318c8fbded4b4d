import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stimgen.cli.main import Interrupted, main

STIMGEN = [sys.executable, "-m", "stimgen"]
ENDS = [one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP")]
FAST = ["--space", "crossfade", "--steps", "2"]


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
    assert "Traceback" not in result.stderr


def entries():
    return sorted(path.name for path in Path().iterdir())


@pytest.fixture
def table(files):
    Path("my pairs.csv").write_text("file_a,file_b,pair_id\na.wav,b.wav,1\nb.wav,a.wav,2\n", encoding="utf-8")
    return Path("my pairs.csv")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a.wav"], "B is missing"),
        ([], "A and B are missing"),
        (["a.wav", "--pairs", "my pairs.csv"], "leave A and B out"),
        (["a.wav", "b.wav", "--jobs", "2"], "it needs --pairs"),
        (["--pairs", "my pairs.csv", "--jobs", "0"], "--jobs 0"),
        (["a.wav", "b.wav", "--annotation", "labels.txt"], "no recording asks for a label"),
        (["--pairs", "my pairs.csv", "--annotation", "labels.txt"], "no recording asks for a label"),
        (["a.wav@x", "b.wav"], "--annotation FILE"),
        (["a.wav", "b.wav", "--level", "abc"], "--level 'abc' is not allowed"),
        (["a.wav", "b.wav", "--pad", "1"], "two numbers with a colon between them, for example 0.25:0.25"),
        (["a.wav", "b.wav", "--range", "1"], "two numbers with a colon between them, for example 0:1"),
        (["a.wav", "b.wav", "--pad", "nan:0"], "--pad nan:0 is not allowed"),
        (["a.wav", "b.wav", "--crossfade", "wave"], "add --space crossfade or --control crossfade"),
        (["a.wav", "b.wav", "--ramp-ms", "400"], "do not fit into the shortest stimulus"),
        (["--pairs", "my pairs.csv", "--ramp-ms", "400"], "do not fit into the shortest stimulus"),
        (["--pairs", "my pairs.csv", "--duration", "30"], "2 of 2 pairs cannot be made: (1) pair 1: "),
        (["a.wav", "b.wav", "--pad", "1:-1"], "--pad 1:-1"),
        (["a.wav", "b.wav", "--duration", "-1"], "--duration -1 is not allowed"),
        (["a.wav", "b.wav", "--duration", "some"], "keep, interpolate, equal"),
        (["a.wav", "b.wav", "--metric", "foo"], "mel, mfcc, erb"),
        (["a.wav", "b.wav", "--species", "cat"], "human, other"),
        (["a.wav", "b.wav", "--control", "stft"], "allowed are crossfade"),
        (["a.wav", "b.wav", "--spl-at-full-scale", "999"], "from 0 to 220 dB SPL"),
        (["a.wav", "b.wav", "--steps", "2", "--output", ""], "no place for a set"),
    ],
)
def test_wrong_usage_of_morph_is_one_sentence_with_exit_code_2(table, run_here, words, sentence):
    Path("labels.txt").write_text("0.0\t0.1\tx\n", encoding="utf-8")
    before = entries()
    result = run_here("morph", *words)
    assert_one_sentence(result, 2)
    assert sentence in result.stderr
    assert entries() == before


def test_a_folder_in_the_place_of_labels_is_one_sentence(files, run_here):
    Path("labels").mkdir()
    result = run_here("morph", "a.wav@x", "b.wav", "--annotation", "labels")
    assert_one_sentence(result, 1)
    assert "labels is a folder; give a file of labels in it" in result.stderr


def test_what_an_interrupted_run_keeps_is_told(table, run_here, monkeypatch):
    def interrupt(*words, **options):
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr("stimgen.workflows.pairs._finish_all", interrupt)
        result = run_here("morph", "--pairs", table, *FAST, "-o", "set")
    assert_one_sentence(result, 130)
    assert "nothing half-written is left; what was rendered is kept, and the next run" in result.stderr
    with monkeypatch.context() as patch:
        patch.setattr("stimgen.workflows.pairs._draw_all", interrupt)
        result = run_here("morph", "--pairs", table, *FAST, "-o", "other")
    assert result.stderr == "stimgen: interrupted; nothing half-written is left\n"
    assert entries() == [".set.work", "a.wav", "b.wav", "my pairs.csv"]


def test_one_pair_is_no_pairs(table, run_here):
    Path("one.csv").write_text("file_a,file_b\na.wav,b.wav\n", encoding="utf-8")
    assert (
        "would write 2 stimuli of 1 pair to one"
        in run_here("morph", "--pairs", "one.csv", *FAST, "--dry-run").stdout
    )
    assert (
        "would write 4 stimuli of 2 pairs to my-pairs"
        in run_here("morph", "--pairs", table, *FAST, "--dry-run").stdout
    )


def test_a_table_that_is_not_there_is_one_sentence_with_exit_code_1(files, run_here):
    assert_one_sentence(run_here("morph", "--pairs", "none.csv"), 1)


def test_json_of_pairs_is_one_line_about_the_collection(table):
    result = run("morph", "--pairs", table, *FAST, "--json", "-o", "set")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == 1
    facts = json.loads(result.stdout)
    assert (facts["set"], facts["n_pairs"], facts["n_stimuli"]) == ("set", 2, 4)
    assert (facts["level_dbfs"], facts["metric"], facts["step_cv_greatest"]) == (-26.0, "mel", 0.0)
    assert run("check", "set").returncode == 0
    command = json.loads(Path("set/manifest.json").read_text(encoding="utf-8"))["command"]
    assert command.endswith("morph --pairs 'my pairs.csv' --space crossfade --steps 2 --json -o set")


def test_a_collection_is_put_where_its_table_is_called_and_check_says_what_is_off(table):
    result = run("morph", "--pairs", table, *FAST)
    assert result.returncode == 0, result.stderr
    assert "my-pairs: 4 stimuli of 2 pairs at -26 dBFS" in result.stdout
    assert entries() == ["a.wav", "b.wav", "my pairs.csv", "my-pairs"]
    Path("my-pairs/pairs/2/stimuli/2_000.wav").unlink()
    result = run("check", "my-pairs")
    assert result.returncode == 1
    assert "pairs/2/stimuli/2_000.wav: missing" in result.stdout


def test_a_dry_run_of_pairs_writes_nothing(table, run_here):
    result = run_here("morph", "--pairs", table, "--dry-run", "--json", "--control", "crossfade")
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert (facts["n_pairs"], facts["n_stimuli"], facts["pairs"]) == (2, 36, ["1", "2"])
    assert entries() == ["a.wav", "b.wav", "my pairs.csv"]


def test_parts_by_label_make_a_set(files):
    Path("labels.txt").write_text("0.000000\t0.120000\tfirst\n0.120000\t0.240000\tsecond\n", encoding="utf-8")
    result = run("morph", "a.wav@first", "a.wav@second", "--annotation", "labels.txt", *FAST, "-o", "set")
    assert result.returncode == 0, result.stderr
    manifest = json.loads(Path("set/manifest.json").read_text(encoding="utf-8"))
    assert [source["segment"] for source in manifest["sources"]] == [[0.0, 0.12], [0.12, 0.24]]
    assert run("check", "set").returncode == 0


def test_strict_is_one_sentence_with_exit_code_1(files, run_here):
    result = run_here("morph", *files, *FAST, "--level", "-3", "--strict")
    assert_one_sentence(result, 1)
    assert "the highest level that fits is -" in result.stderr
    assert entries() == ["a.wav", "b.wav"]


def test_what_was_lowered_is_told_on_stderr(files, run_here):
    result = run_here("morph", *files, *FAST, "--level", "-3")
    assert result.returncode == 0
    assert "note: the level of the whole set was lowered from -3 to" in result.stderr


def test_help_of_morph_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from stimgen.cli.main import main\n"
        "try:\n    main(['morph', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(m for m in sys.modules if '.' not in m))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.splitlines()[-1].split())
    assert "--spl-at-full-scale" in result.stdout
    assert not loaded & {"numpy", "scipy", "numba", "soundfile", "matplotlib", "PIL", "pydantic", "rich"}
    assert "click" in loaded
