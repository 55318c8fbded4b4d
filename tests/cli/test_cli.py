import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

STIMGEN = [sys.executable, "-m", "stimgen"]
FAST = ["--space", "crossfade", "--steps", "3"]


def run(*words, **options):
    return subprocess.run(
        [*STIMGEN, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )


def assert_one_sentence(result, code):
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("stimgen: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def entries(folder):
    return sorted(p.name for p in Path(folder).iterdir())


def test_two_recordings_give_a_set_in_the_default_place(files):
    result = run("morph", *files, *FAST)
    assert result.returncode == 0, result.stderr
    assert len(list(Path("a-b/stimuli").glob("*.wav"))) == 3
    assert "a-b: 3 stimuli at -26 dBFS" in result.stdout
    assert entries(".") == ["a-b", "a.wav", "b.wav"]


def test_python_and_the_command_line_give_the_same_bytes(files):
    import stimgen as sg

    assert run("morph", *files, *FAST, "-o", "by-command").returncode == 0
    sg.morph(sg.read("a.wav"), sg.read("b.wav"), steps=3, space="crossfade").save("by-python")
    for path in sorted(p for p in Path("by-command").rglob("*") if p.is_file() and p.name != "manifest.json"):
        assert path.read_bytes() == (Path("by-python") / path.relative_to("by-command")).read_bytes(), path
    one, other = (
        json.loads(Path(f, "manifest.json").read_text(encoding="utf-8")) for f in ("by-command", "by-python")
    )
    for manifest in (one, other):
        del manifest["created_utc"], manifest["command"]
    assert one == other


def test_json_is_one_line_on_stdout(files):
    result = run("morph", *files, *FAST, "--json")
    assert result.stdout.count("\n") == 1
    facts = json.loads(result.stdout)
    assert (facts["n_stimuli"], facts["level_dbfs"], facts["set"]) == (3, -26.0, "a-b")


def test_quiet_says_nothing(files):
    result = run("morph", *files, *FAST, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_dry_run_writes_nothing(files):
    result = run("morph", *files, "--dry-run")
    assert "would write 9 stimuli" in result.stdout
    assert entries(".") == ["a.wav", "b.wav"]


def test_an_existing_set_is_kept_without_overwrite_and_replaced_with_it(files):
    assert run("morph", *files, *FAST).returncode == 0
    before = Path("a-b/manifest.json").read_bytes()
    assert_one_sentence(run("morph", *files, *FAST), 1)
    assert Path("a-b/manifest.json").read_bytes() == before
    assert run("morph", *files, *FAST, "--overwrite", "--level", "-30").returncode == 0
    assert (
        json.loads(Path("a-b/manifest.json").read_text(encoding="utf-8"))["calibration"]["target_level_dbfs"]
        == -30.0
    )


def test_overwrite_keeps_the_old_set_when_the_new_one_fails(files):
    assert run("morph", *files, *FAST).returncode == 0
    before = Path("a-b/manifest.json").read_bytes()
    assert_one_sentence(run("morph", *files, *FAST, "--overwrite", "--ramp-ms", "900"), 2)
    assert Path("a-b/manifest.json").read_bytes() == before
    assert entries(".") == ["a-b", "a.wav", "b.wav"]


@pytest.mark.parametrize(
    "name", ["Vögel 1.wav", 'it\'s "b" & $x.wav', "-b.wav", "--steps.wav", "日本.wav", "con.wav", ".wav"]
)
def test_any_file_name_works(files, name):
    os.replace("b.wav", name)
    result = run("morph", "a.wav", name, *FAST, "-o", "set")
    assert result.returncode == 0, result.stderr
    for path in Path("set").rglob("*"):
        assert path.name.isascii()
    assert json.loads(Path("set/manifest.json").read_text(encoding="utf-8"))["sources"][1]["file"] == name
    assert run("check", "set").returncode == 0


def test_a_folder_name_with_a_leading_dash_works(files):
    assert run("morph", *files, *FAST, "-o", "-set").returncode == 0
    assert run("check", "--", "-set").returncode == 0


def test_check_says_what_is_off_and_exits_with_1(files):
    assert run("morph", *files, *FAST).returncode == 0
    assert run("check", "a-b").returncode == 0
    Path("a-b/stimuli/a-b_001.wav").write_bytes(b"gone")
    result = run("check", "a-b")
    assert result.returncode == 1
    assert "a-b_001.wav" in result.stdout
    assert json.loads(run("check", "a-b", "--json").stdout)["ok"] is False
    assert_one_sentence(run("check", "nothing-here"), 1)


BAD = {
    "missing": "no file",
    "empty": "empty",
    "text": "not",
    "truncated": "",
    "nan": "NaN",
    "inf": "Inf",
    "silence": "silent",
    "dc": "does not vary",
    "three": "10 ms",
    "stereo": "--channel",
    "header": "",
    "long": "60 s",
    "folder": "folder",
}


def bad_inputs(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.standard_normal(8000)
    made = {name: folder / f"{name}.wav" for name in BAD}
    made["empty"].write_bytes(b"")
    made["text"].write_text("this is no sound\n" * 50, encoding="utf-8")
    for name, samples in {"truncated": noise, "silence": 0 * noise, "dc": 0 * noise + 0.3, "three": noise[:3],
                          "stereo": noise.reshape(-1, 2), "header": noise}.items():  # fmt: skip
        soundfile.write(made[name], samples, 16_000)
    for name, value in {"nan": np.nan, "inf": np.inf}.items():
        spoiled = noise.copy()
        spoiled[100] = value
        soundfile.write(made[name], spoiled, 16_000, subtype="FLOAT")
    soundfile.write(made["long"], np.tile(noise, 122), 16_000)
    data = made["truncated"].read_bytes()
    made["truncated"].write_bytes(data[: len(data) // 2])
    data = bytearray(made["header"].read_bytes())
    data[24:28] = (0).to_bytes(4, "little")
    made["header"].write_bytes(data)
    made["folder"] = folder
    return made


@pytest.mark.parametrize(("name", "words"), BAD.items())
def test_bad_input_is_one_sentence_and_leaves_nothing(files, tmp_path, name, words):
    bad = bad_inputs(tmp_path)[name]
    before = entries(tmp_path)
    for order in ((files[0], bad), (bad, files[0])):
        result = run("morph", *order, *FAST)
        assert_one_sentence(result, 1)
        assert words.lower() in result.stderr.lower()
    assert entries(tmp_path) == before


def test_the_same_file_twice_is_refused(files):
    assert_one_sentence(run("morph", "a.wav", "a.wav"), 1)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read and write all"
)
def test_unreadable_files_and_unwritable_places_are_one_sentence(files, tmp_path):
    os.chmod("b.wav", 0)
    assert_one_sentence(run("morph", *files), 1)
    os.chmod("b.wav", 0o644)
    (tmp_path / "locked").mkdir()
    os.chmod("locked", 0o555)
    assert_one_sentence(run("morph", *files, "-o", "locked/set"), 1)


def test_a_place_below_a_file_cannot_be_written(files):
    assert_one_sentence(run("morph", *files, *FAST, "-o", "a.wav/set"), 1)


@pytest.mark.parametrize(
    "words",
    [
        ["morph", "a.wav", "b.wav", "--steps", "1"],
        ["morph", "a.wav", "b.wav", "--steps", "many"],
        ["morph", "a.wav", "b.wav", "--range", "1"],
        ["morph", "a.wav", "b.wav", "--space", "warp"],
        ["morph", "a.wav", "b.wav", "--channel", "left"],
        ["morph", "a.wav"],
        ["morph", "a.wav", "b.wav", "--no-such-option"],
        ["dance"],
    ],
)
def test_wrong_usage_is_one_sentence_with_exit_code_2(files, words):
    assert_one_sentence(run(*words), 2)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)])
def test_an_interrupt_leaves_nothing_behind(files, signal_number):
    if signal.getsignal(signal_number) == signal.SIG_IGN:
        pytest.skip("whoever runs the tests has them ignore this signal, as nohup does")
    words = [*STIMGEN, "morph", "a.wav", "b.wav", "--space", "crossfade", "--steps", "200"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    assert process.poll() is None, "finished before it could be interrupted"
    process.send_signal(signal_number)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert message == "stimgen: interrupted; nothing half-written is left\n"
    assert entries(".") == ["a.wav", "b.wav"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there are no hang-ups on Windows")
def test_a_hang_up_that_is_ignored_stays_ignored(files):
    words = ["nohup", *STIMGEN, "morph", "a.wav", "b.wav", "--space", "crossfade", "--steps", "60"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.0)
    assert process.poll() is None, "finished before it could be hung up"
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from stimgen.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(m for m in sys.modules if '.' not in m))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.splitlines()[-1].split())
    assert not loaded & {
        "numpy",
        "scipy",
        "numba",
        "soundfile",
        "matplotlib",
        "pydantic",
        "rich",
        "torch",
        "librosa",
    }
    assert "click" in loaded


def test_a_morph_by_transport_loads_neither_torch_nor_librosa(files):
    code = (
        "import sys\n"
        "from stimgen.cli.main import main\n"
        "try:\n    main(['morph', 'a.wav', 'b.wav', '--steps', '2', '-q'])\n"
        "except SystemExit as e:\n    assert not e.code\n"
        "print(*sorted(m for m in sys.modules if '.' not in m))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.splitlines()[-1].split())
    assert not loaded & {"torch", "torchaudio", "librosa", "pyworld", "parselmouth"}
    assert "numpy" in loaded


def test_the_demo_makes_a_set(tmp_path):
    result = run("demo", "--steps", "3", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert run("check", tmp_path / "demo-set").returncode == 0
