import hashlib
import json
import os
import shutil

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.errors import ManifestError


@pytest.fixture(scope="module")
def made(pair):
    return sg.morph(*pair, steps=3, space="crossfade", spacing="linear")


@pytest.fixture(scope="module")
def saved(made, tmp_path_factory):
    return made.save(tmp_path_factory.mktemp("saved") / "set")


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "set")


def problems(folder):
    return "\n".join(sg.check(folder).problems)


def edit_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_an_untouched_set_is_as_its_manifest_says(folder):
    report = sg.check(folder)
    assert report.ok
    assert report.n_stimuli == 3


def test_files_added_beside_the_stimuli_by_other_commands_do_not_matter(folder):
    (folder / "report.html").write_text("<p>", encoding="utf-8")
    assert sg.check(folder).ok


def test_one_flipped_bit_is_found(folder):
    path = folder / "stimuli" / "a-b_001.wav"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "a-b_001.wav: the sha256 differs" in problems(folder)


def test_a_stimulus_made_louder_is_found_even_if_its_hash_is_brought_up_to_date(folder):
    path = folder / "stimuli" / "a-b_001.wav"
    samples, rate_hz = soundfile.read(path)
    soundfile.write(path, samples * 10 ** (1 / 20), rate_hz, subtype="PCM_16")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_manifest(folder, lambda m: m["stimuli"][1].update(sha256=digest))
    found = problems(folder)
    assert "a-b_001.wav: the sha256 differs from the manifest" not in found
    assert "a-b_001.wav: level_dbfs" in found
    assert "is not its target of -26.00 dBFS" in found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["stimuli"][1].update(distance_from_previous=0.5), "distance from the previous stimulus"),
        (lambda m: m["stimuli"][1].update(rate_hz=8000), "rate_hz is 16000"),
        (lambda m: m["stimuli"][1].update(duration_s=9.0), "duration_s"),
        (lambda m: m["stimuli"][1].update(bit_depth="24"), "bit depth"),
        (lambda m: m["stimuli"][1].update(file="../elsewhere.wav"), "elsewhere.wav: missing, unreadable or"),
        (lambda m: m["stimuli"].pop(), "not in the manifest"),
        (lambda m: m["calibration"].update(peak_limit_dbfs=-40.0), "above the limit"),
        (lambda m: m["calibration"].update(peak_limit_dbfs=0.0), "above the -1 that stimgen allows"),
        (lambda m: m["calibration"].update(asked_level_dbfs=-30.0), "that were asked for"),
        (lambda m: m["calibration"].update(dither="none"), "calibration.dither"),
        (lambda m: m["calibration"].update(bit_depth="24"), "bit_depth is 16, that of the set is 24"),
        (lambda m: m["calibration"].update(bit_depth="8"), "calibration.bit_depth '8' is unknown"),
        (lambda m: m["calibration"].update(spacing="even"), "calibration.spacing 'even' is unknown"),
        (lambda m: m["calibration"].update(ramp_ms=20.0), "ramp_ms is 5.0, that of the set is 20.0"),
        (lambda m: m["calibration"].update(metric="cepstral"), "the distances were not measured again"),
        (lambda m: m["calibration"].update(metric_settings={"n_bands": "x"}), "were not measured again"),
        (lambda m: m["path"].update(n_steps=4), "path.n_steps is 4"),
        (lambda m: m["path"].update(first_position=-1e308, last_position=1e308), "is not the one of step 0"),
        (lambda m: m["path"].update(last_position=0.9), "position 1 is not the one of step 2"),
        (lambda m: m["path"]["alignment"]["times_a_s"].pop(), "path.alignment"),
        (lambda m: m["stimuli"][1].update(position=0.4), "position 0.4 is not the one of step 1"),
        (lambda m: m["stimuli"][1].update(position=None), "position null is not the one of step 1"),
        (lambda m: m["stimuli"][1].update(kind="endpoint"), "kind endpoint at position 0.5"),
        (lambda m: m["stimuli"][0].update(kind="morph"), "kind morph at position 0"),
        (lambda m: m["stimuli"][1].update(endpoint_source="original"), "endpoint_source original"),
        (lambda m: m["stimuli"][1].update(id="a-b_007"), "not the stem of the file"),
        (lambda m: m["stimuli"][1].update(index=5), "does not number the stimuli"),
        (lambda m: m["stimuli"][1].update(source_a="c"), "more than one source_a"),
        (lambda m: m["stimuli"][1].update(bytes=5), "bytes is"),
        (lambda m: m["stimuli"][1].update(channels=2), "1 channel, the manifest says 2"),
        (lambda m: m["stimuli"][1].update(dc_dbfs=-20.0), "dc_dbfs is"),
        (lambda m: m["stimuli"][0].update(distance_from_previous=1.0), "there is no previous stimulus"),
        (lambda m: m["stimuli"][1].update(distance_from_previous=None), "there is a previous stimulus"),
        (lambda m: m["stimuli"][1].update(distance_to_a=0.1), "distance_to_a is"),
        (lambda m: m["stimuli"][1].update(distance_to_b=0.1), "distance_to_b is"),
        (lambda m: m["stimuli"][1].update(hnr_drop_db=None), "hnr_drop_db is"),
        (lambda m: m["stimuli"][1].update(two_source_index=-3.0), "two_source_index is"),
        (lambda m: m["summary"].update(endpoint_fidelity_a=0.0), "summary.endpoint_fidelity_a is 0"),
        (lambda m: m["summary"].update(endpoint_fidelity_b=None), "summary.endpoint_fidelity_b is null"),
        (lambda m: m["summary"].update(steps={}), "does not summarise mel, mfcc, erb"),
        (lambda m: m["summary"]["steps"]["mel"].update(step_mean=0.5), "summary.steps.mel.step_mean is 0.5"),
        (lambda m: m["summary"]["steps"]["mel"].update(step_cv=0.9), "summary.steps.mel.step_cv is 0.9"),
        (lambda m: m["summary"]["steps"]["mel"].update(step_max_min=None), "step_max_min is None"),
        (lambda m: m["sources"].reverse(), "recordings a, b, in this order"),
        (lambda m: m["sources"][0].update(bytes=5), "sources/a.wav: bytes is"),
        (lambda m: m["sources"][0].update(rate_hz=8000), "sources/a.wav: rate_hz is 16000"),
        (lambda m: m["sources"][0].update(resampled_to_hz=8000), "resampled_to_hz 8000, it should be null"),
        (lambda m: m["sources"][0].update(channels=2), "sources/a.wav: channels is 1"),
        (lambda m: m["sources"][0].update(channel="mean"), "sources/a.wav: channel is 1"),
        (lambda m: m["sources"][0].update(subtype="PCM_16"), "sources/a.wav: subtype is DOUBLE"),
        (lambda m: m["sources"][0].update(n_samples=9), "sources/a.wav: n_samples is"),
        (lambda m: m["sources"][0].update(duration_s=9.0), "sources/a.wav: duration_s is"),
        (lambda m: m["sources"][0].update(peak_dbfs=-1.0), "sources/a.wav: peak_dbfs is"),
        (lambda m: m["sources"][0].update(dc_dbfs=-1.0), "sources/a.wav: dc_dbfs is"),
        (lambda m: m["stimuli"][1].update(file="stimuli/a\nb\x1b.wav"), "stimuli/a?b?.wav: missing"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(folder, change, sentence):
    edit_manifest(folder, change)
    found = sg.check(folder).problems
    assert any(sentence in problem for problem in found)
    assert all(problem.isprintable() for problem in found)


@pytest.mark.parametrize("name", ["stimuli.csv", "contact-sheet.png", "sources/a.wav", "stimuli/a-b_002.wav"])
def test_a_changed_or_missing_file_is_found(folder, name):
    (folder / name).write_bytes(b"something else")
    assert name in problems(folder)
    (folder / name).unlink()
    assert f"{name}: missing" in problems(folder)


def test_a_stranger_among_the_stimuli_is_found(folder):
    soundfile.write(folder / "stimuli" / "new.wav", np.zeros(100), 16_000)
    assert "stimuli/new.wav: not in the manifest" in problems(folder)


def test_hidden_files_among_the_stimuli_are_strangers_but_litter_is_not(folder):
    for name in (".DS_Store", "._a-b_000.wav", "Thumbs.db"):
        (folder / "stimuli" / name).write_bytes(b"litter")
    assert sg.check(folder).ok
    (folder / "stimuli" / ".hidden.wav").write_bytes(b"?")
    assert problems(folder) == "stimuli/.hidden.wav: not in the manifest"


def replace_by(folder, name, kind):
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        path.symlink_to(kind)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "/dev/zero", "../outside"])
@pytest.mark.parametrize(
    "name", ["stimuli.csv", "datapackage.json", "stimuli/a-b_001.wav", "sources/a.wav", "contact-sheet.png"]
)
def test_what_is_no_regular_file_of_the_set_is_neither_waited_for_nor_read(folder, tmp_path, name, kind):
    if kind == "../outside":
        kind = tmp_path / "outside"
        kind.write_bytes((folder / name).read_bytes())
    replace_by(folder, name, kind)
    assert f"{name}: missing, unreadable or not a regular file of the set" in problems(folder)


def test_a_link_to_a_file_of_the_set_is_that_file(folder):
    path = folder / "stimuli" / "a-b_001.wav"
    path.rename(folder / "elsewhere.wav")
    path.symlink_to(folder / "elsewhere.wav")
    assert sg.check(folder).ok


def edit_package(folder, change):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change(package)
    path.write_text(json.dumps(package), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: p["resources"][0].update(path=["stimuli/a-b_000.wav"]), "can be read"),
        (lambda p: p["resources"][0].update(hash=5), "can be read"),
        (lambda p: p.update(resources={"a": 1}), "can be read"),
        (lambda p: p.update(resources=[]), "does not list contact-sheet.png"),
        (lambda p: p["resources"][0].update(bytes=5), "datapackage.json says 5"),
        (lambda p: p["resources"][0].update(bytes=True), "datapackage.json says True"),
        (lambda p: p["resources"][0].pop("bytes"), "datapackage.json says None"),
        (lambda p: p["resources"].append(p["resources"][0]), "lists a file twice"),
        (
            lambda p: p["resources"][0].update(hash="sha256:" + "0" * 64),
            "the sha256 differs from datapackage",
        ),
    ],
)
def test_a_data_package_that_says_something_else_is_found(folder, change, sentence):
    edit_package(folder, change)
    assert sentence in problems(folder)


@pytest.mark.parametrize(
    "name", ["stimuli/a-b_000.wav", "sources/a.wav", "sources/b.wav", "stimuli.csv", "contact-sheet.png"]
)
def test_a_file_that_the_data_package_leaves_out_is_found(folder, name):
    edit_package(folder, lambda p: p.update(resources=[one for one in p["resources"] if one["path"] != name]))
    assert problems(folder) == f"datapackage.json: does not list {name}"


@pytest.mark.parametrize("subtype", ["ULAW", "MS_ADPCM", "FLOAT"])
def test_a_stimulus_in_another_encoding_or_without_numbers_is_one_sentence(folder, subtype):
    path = folder / "stimuli" / "a-b_001.wav"
    samples, rate_hz = soundfile.read(path)
    if subtype == "FLOAT":
        samples[7] = np.nan
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    assert "a-b_001.wav: cannot be read as a WAV file of one channel" in problems(folder)


def test_a_recording_that_was_exchanged_with_its_hashes_is_found_by_what_it_measures(folder):
    path = folder / "sources" / "a.wav"
    _, rate_hz = soundfile.read(path)
    noise = 0.1 * np.random.default_rng(0).standard_normal(4000)
    soundfile.write(path, noise, rate_hz, subtype="DOUBLE")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    edit_manifest(folder, lambda m: m["sources"][0].update(sha256=digest, bytes=len(data)))
    found = problems(folder)
    assert "sources/a.wav: the sha256 differs from the manifest" not in found
    assert "sources/a.wav: peak_dbfs" in found
    assert "a-b_001.wav: distance_to_a is" in found


def test_a_missing_stimulus_does_not_put_its_neighbour_in_the_wrong(folder):
    (folder / "stimuli" / "a-b_001.wav").unlink()
    assert "a-b_002.wav" not in problems(folder)


def test_a_recording_that_is_no_sound_is_one_sentence(folder):
    (folder / "sources" / "a.wav").write_bytes(b"no sound")
    assert "sources/a.wav: cannot be read as recording a" in problems(folder)


@pytest.mark.parametrize(
    "options",
    [
        {"space": "transport"},
        {"space": "stft"},
        {"space": "crossfade", "crossfade": "wave"},
        {"space": "crossfade", "bit_depth": "24"},
        {"space": "crossfade", "bit_depth": "float32"},
        {"space": "crossfade", "rate_hz": 8000},
        {"space": "crossfade", "rate_hz": 22_050, "align": "linear"},
        {"space": "crossfade", "range": (-0.3, 1.3), "steps": 4, "ramp_ms": 0.0},
        {"space": "crossfade", "level_dbfs": -3.0},
    ],
)
def test_every_fresh_set_is_as_its_manifest_says(pair, tmp_path, options):
    stimuli = sg.morph(*pair, **({"steps": 3} | options))
    assert sg.check(stimuli.save(tmp_path / "with")).problems == ()
    assert sg.check(stimuli.save(tmp_path / "without", sources=False)).problems == ()


@pytest.mark.parametrize("channel", [2, "mean"])
def test_a_fresh_set_from_files_of_other_channels_rates_and_formats_is_as_its_manifest_says(
    pair, tmp_path, write_wav, channel
):
    a, b = pair
    stereo = np.stack([0.5 * a.samples, a.samples + 0.01], axis=1)
    path_a = write_wav("a.flac", stereo, a.rate_hz, subtype="PCM_24")
    path_b = write_wav("b.wav", b.samples, 22_050, subtype="PCM_16")
    stimuli = sg.morph(sg.read(path_a, channel=channel), sg.read(path_b), steps=3, space="crossfade")
    folder = stimuli.save(tmp_path / "set")
    assert sg.check(folder).problems == ()
    edit_manifest(folder, lambda m: m["sources"][0].update(channel=1))
    assert "a.flac: peak_dbfs" in problems(folder)


def test_a_folder_without_a_manifest_is_not_a_set(tmp_path):
    with pytest.raises(ManifestError, match="holds no manifest"):
        sg.check(tmp_path)
    with pytest.raises(ManifestError, match="not a folder"):
        sg.check(tmp_path / "nothing")
