import csv
import json
import shutil

import numpy as np
import pytest

import stimgen as sg
from stimgen.errors import SettingError


@pytest.fixture(scope="module")
def made(pair):
    return sg.morph(*pair, steps=4, space="stft", control="crossfade")


@pytest.fixture(scope="module")
def saved(made, tmp_path_factory):
    return made.save(tmp_path_factory.mktemp("saved") / "set")


@pytest.fixture(scope="module")
def alone(pair):
    return sg.morph(*pair, steps=4, space="stft")


def parts(stimuli):
    control = [s for s in stimuli.stimuli if s.record.kind == "control"]
    return [s for s in stimuli.stimuli if s.record.kind != "control"], control


def test_a_control_follows_the_line_with_a_numbering_and_names_of_its_own(made):
    line, control = parts(made)
    assert [s.record.id for s in made.stimuli] == [
        *[f"a-b_{index:03d}" for index in range(4)],
        *[f"a-b-control_{index:03d}" for index in range(4)],
    ]
    for half in (line, control):
        assert [s.record.index for s in half] == [0, 1, 2, 3]


def test_a_control_does_not_change_the_line_beside_it(made, alone):
    assert [s.wav for s in parts(made)[0]] == [s.wav for s in alone.stimuli]


def test_a_control_is_the_cross_fade_of_the_same_recordings(made, pair):
    fade = sg.morph(*pair, steps=4, space="crossfade")
    assert [s.wav for s in parts(made)[1]] == [s.wav for s in fade.stimuli]
    assert made.manifest.control.space.name == "crossfade"
    assert made.manifest.summary.control_steps == fade.manifest.summary.steps


def test_a_control_is_calibrated_like_the_line(made):
    line, control = parts(made)
    for key in ("target_dbfs", "rate_hz", "bit_depth", "ramp_ms"):
        assert len({getattr(s.record, key) for s in [*line, *control]}) == 1
    assert [s.record.level_dbfs for s in control] == pytest.approx([-26.0] * 4, abs=0.02)
    assert made.manifest.summary.control_steps["mel"].step_cv <= 0.05
    assert control[0].record.distance_from_previous is None


def test_a_peak_of_the_control_lowers_the_line_too(pair):
    # the sum of samples has other peaks than the line; whichever is higher decides for both
    options = {"steps": 3, "space": "stft", "spacing": "linear", "level_dbfs": -4.0, "crossfade": "wave"}
    both = sg.morph(*pair, **options, control="crossfade")
    lines = [
        sg.morph(*pair, **{**options, "crossfade": "spectrogram"}),
        sg.morph(*pair, **{**options, "space": "crossfade"}),
    ]
    lowered = [one.manifest.calibration.lowered_db for one in lines]
    assert both.manifest.calibration.lowered_db == pytest.approx(max(lowered), abs=0.11)
    assert len({s.record.target_dbfs for s in both.stimuli}) == 1


def test_a_set_with_a_control_checks_and_both_are_in_the_table(saved, tmp_path):
    folder = shutil.copytree(saved, tmp_path / "set")
    assert sg.check(folder).problems == ()
    with (folder / "stimuli.csv").open(encoding="utf-8", newline="") as file:
        kinds = [row["kind"] for row in csv.DictReader(file)]
    assert kinds == ["endpoint", "morph", "morph", "endpoint", *["control"] * 4]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["control"]["path"].update(n_steps=5), "control.path.n_steps is 5"),
        (lambda m: m.update(control=None), "control stimuli without a control"),
        (lambda m: m["summary"]["control_steps"]["mel"].update(step_mean=9.0), "summary.control_steps.mel"),
        (lambda m: m["stimuli"][5].update(distance_from_previous=9.0), "a-b-control_001.wav: distance from"),
        (lambda m: m["stimuli"][4].update(position=0.1), "from position 0.1 to 1"),
        (lambda m: m["stimuli"][5].update(index=7), "does not number the stimuli"),
    ],
)
def test_a_control_that_is_not_what_the_manifest_says_is_found(saved, tmp_path, change, sentence):
    folder = shutil.copytree(saved, tmp_path / "set")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert any(sentence in problem for problem in sg.check(folder).problems)


def test_kept_levels_and_pads_hold_for_the_control_too(pair, tmp_path):
    made = sg.morph(
        *pair,
        steps=3,
        space="stft",
        control="crossfade",
        level_dbfs="keep",
        pad_s=(0.05, 0.0),
        spacing="linear",
    )
    line, control = parts(made)
    assert [s.record.target_dbfs for s in line] == [s.record.target_dbfs for s in control]
    assert not any(np.any(s.samples[:800]) for s in made.stimuli)
    assert sg.check(made.save(tmp_path / "set")).problems == ()


def test_a_cross_fade_gets_no_cross_fade_as_its_control(pair):
    with pytest.raises(SettingError, match="same continuum twice"):
        sg.morph(*pair, space="crossfade", control="crossfade")
