import csv
import hashlib
import io
import json
import shutil

import pytest

import stimgen as sg

# what manifests of version 1 did not have at first
LATER = {
    "stimuli": [
        "contrast", "target_dbfs", "a_weighted_dbfs", "lufs", "lufs_method", "max_window_dbfs", "level_db_spl",
        "a_weighted_db_spl", "max_window_db_spl", "pad_before_s", "pad_after_s",
    ],
    "calibration": [
        "level_rule", "lowered_db", "peak_limit_dbtp", "strict", "species", "max_window_s", "spacing_method",
        "n_trials", "duration", "duration_s", "pad_s", "trim", "other_metrics", "reference_sounds",
    ],
    "sources": ["kept", "offset", "health"],
}  # fmt: skip


def make_old(folder):
    """Turn a set into what the first stimgen wrote: fewer keys, columns and sums."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name, keys in LATER.items():
        for part in manifest[name] if isinstance(manifest[name], list) else [manifest[name]]:
            for key in keys:
                del part[key]
    steps = manifest["summary"]["steps"]
    manifest["summary"]["steps"] = {"mel": steps["mel"]}
    del manifest["summary"]["control_steps"], manifest["control"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO((folder / "stimuli.csv").read_text(encoding="utf-8"))))
    names = [name for name in rows[0] if name not in LATER["stimuli"]]
    table = "".join(",".join(cells) + "\n" for cells in [names, *[[row[n] for n in names] for row in rows]])
    (folder / "stimuli.csv").write_bytes(table.encode())
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for one in package["resources"]:
        if one["path"] == "stimuli.csv":
            one.update(hash="sha256:" + hashlib.sha256(table.encode()).hexdigest(), bytes=len(table))
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(pair):
    return sg.morph(*pair, steps=3, space="crossfade", spacing="linear", spl_at_full_scale_db=94.0)


@pytest.fixture(scope="module")
def saved(made, tmp_path_factory):
    return made.save(tmp_path_factory.mktemp("saved") / "set")


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "set")


def edit(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_set_of_the_first_stimgen_still_checks(pair, tmp_path):
    made = sg.morph(*pair, steps=3, space="crossfade", spacing="linear")
    folder = make_old(made.save(tmp_path / "set"))
    assert sg.check(folder).problems == ()


def test_an_old_set_with_a_changed_stimulus_does_not(pair, tmp_path):
    made = sg.morph(*pair, steps=3, space="crossfade", spacing="linear")
    folder = make_old(made.save(tmp_path / "set"))
    edit(folder, lambda m: m["stimuli"][1].update(true_peak_dbtp=-20.0))
    assert any("true_peak_dbtp is" in problem for problem in sg.check(folder).problems)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["stimuli"][1].update(target_dbfs=-20.0), "target_dbfs is -20, that of the set is -26"),
        (lambda m: m["stimuli"][1].update(a_weighted_dbfs=-1.0), "a_weighted_dbfs is"),
        (lambda m: m["stimuli"][1].update(lufs=None), "lufs is"),
        (lambda m: m["stimuli"][1].update(lufs_method="by ear"), "lufs_method is not the one that was used"),
        (lambda m: m["stimuli"][1].update(max_window_dbfs=-1.0), "max_window_dbfs is"),
        (lambda m: m["stimuli"][1].update(level_db_spl=None), "level_db_spl is null, it should be 68"),
        (lambda m: m["stimuli"][1].update(level_db_spl=70.0), "level_db_spl is 70, it should be 68"),
        (lambda m: m["stimuli"][1].update(contrast="x"), "more than one contrast"),
        (lambda m: m["stimuli"][1].update(pad_after_s=0.1), "that of the set is [0.0, 0.0]"),
        (lambda m: m["stimuli"][1].update(true_peak_dbtp=-20.0), "true_peak_dbtp is"),
        (lambda m: m["calibration"].update(level_rule="keep"), "calibration.level_rule is keep"),
        (lambda m: m["calibration"].update(lowered_db=3.0), "lowered by 3 dB is another"),
        (lambda m: m["calibration"].update(peak_limit_dbtp=-40.0), "is above the limit of -40.00 dBTP"),
        (lambda m: m["calibration"].update(peak_limit_dbtp=0.0), "above the -1 that stimgen allows"),
        (lambda m: m["calibration"].update(species="other"), "but the listener is not human"),
        (lambda m: m["calibration"].update(spl_at_full_scale_db=None), "but no SPL at full scale"),
        (lambda m: m["calibration"].update(spl_at_full_scale_db=90.0), "it should be 64"),
        (lambda m: m["calibration"].update(trim="auto"), "kept is None, and trim auto"),
        (lambda m: m["calibration"].update(other_metrics={}), "does not summarise mel and nothing else"),
        (lambda m: m["summary"]["steps"]["erb"].update(step_cv=0.9), "summary.steps.erb.step_cv is 0.9"),
        (lambda m: m["sources"][0]["health"].update(snr_db=3.0), "health.snr_db"),
        (lambda m: m["sources"][0]["health"].update(effective_band_hz=1.0), "health.effective_band_hz"),
    ],
)
def test_a_manifest_that_says_something_else_of_levels_is_found(folder, change, sentence):
    edit(folder, change)
    found = sg.check(folder).problems
    assert any(sentence in problem for problem in found)
    assert all(problem.isprintable() for problem in found)


def test_even_positions_that_do_not_rise_or_end_elsewhere_are_found(pair, tmp_path):
    folder = sg.morph(*pair, steps=3, space="crossfade").save(tmp_path / "set")
    edit(folder, lambda m: m["stimuli"][1].update(position=1.5))
    assert any("do not rise from step to step" in problem for problem in sg.check(folder).problems)
    edit(folder, lambda m: m["stimuli"][2].update(position=1.6))
    assert any("from position 0 to 1.6" in problem for problem in sg.check(folder).problems)
