import subprocess
import sys
from pathlib import Path

import pytest

import stimgen as sg

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(scope="module")
def script_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Run the script as a reader of the README would; give what it printed and the set that it saved."""
    folder = tmp_path_factory.mktemp("examples") / "vowels"
    command = [sys.executable, str(EXAMPLES / "morph_in_python.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def test_the_script_saves_a_set_that_passes_the_check(script_run: tuple[str, Path]) -> None:
    report = sg.check(script_run[1])
    assert report.ok, report.problems
    assert report.n_stimuli == 3


def test_the_script_prints_the_level_and_the_step_of_every_stimulus(script_run: tuple[str, Path]) -> None:
    lines = script_run[0].splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["ah-ee_000", "ah-ee_001", "ah-ee_002"]
    levels_dbfs = [float(line.split(" dBFS")[0].rpartition(" ")[2]) for line in lines[:3]]
    assert levels_dbfs == pytest.approx([-26.0] * 3, abs=0.02)
    steps_db = [float(line.split(", ")[-1].split(" dB")[0]) for line in lines[1:3]]
    # two different vowels: a set of copies of one sound would have steps of next to nothing
    assert min(steps_db) > 1.0


def test_a_set_with_a_changed_stimulus_does_not_pass_the_check(script_run: tuple[str, Path]) -> None:
    stimulus = script_run[1] / "stimuli" / "ah-ee_001.wav"
    untouched = stimulus.read_bytes()
    stimulus.write_bytes(untouched[:-2] + b"\x00\x40")
    try:
        assert not sg.check(script_run[1]).ok
    finally:
        stimulus.write_bytes(untouched)
