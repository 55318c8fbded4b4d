import json

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.errors import ManifestError


@pytest.fixture(scope="module")
def made(pair):
    return sg.morph(*pair, steps=3, space="crossfade")


@pytest.fixture
def folder(made, tmp_path):
    return made.save(tmp_path / "set")


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
    import hashlib

    path = folder / "stimuli" / "a-b_001.wav"
    samples, rate_hz = soundfile.read(path)
    soundfile.write(path, samples * 10 ** (1 / 20), rate_hz, subtype="PCM_16")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_manifest(folder, lambda m: m["stimuli"][1].update(sha256=digest))
    found = problems(folder)
    assert "a-b_001.wav: the sha256 differs from the manifest" not in found
    assert "a-b_001.wav: level_dbfs" in found
    assert "not the set's target" in found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["stimuli"][1].update(distance_from_previous=0.5), "distance from the previous stimulus"),
        (lambda m: m["stimuli"][1].update(rate_hz=8000), "rate_hz is 16000"),
        (lambda m: m["stimuli"][1].update(duration_s=9.0), "duration_s"),
        (lambda m: m["stimuli"][1].update(bit_depth="24"), "bit depth"),
        (lambda m: m["stimuli"][1].update(file="../elsewhere.wav"), "missing or unreadable"),
        (lambda m: m["stimuli"].pop(), "not in the manifest"),
        (lambda m: m["calibration"].update(peak_limit_dbfs=-40.0), "above the limit"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(folder, change, sentence):
    edit_manifest(folder, change)
    assert sentence in problems(folder)


@pytest.mark.parametrize("name", ["stimuli.csv", "contact-sheet.png", "sources/a.wav", "stimuli/a-b_002.wav"])
def test_a_changed_or_missing_file_is_found(folder, name):
    (folder / name).write_bytes(b"something else")
    assert name in problems(folder)
    (folder / name).unlink()
    assert f"{name}: missing" in problems(folder)


def test_a_stranger_among_the_stimuli_is_found(folder):
    soundfile.write(folder / "stimuli" / "new.wav", np.zeros(100), 16_000)
    assert "stimuli/new.wav: not in the manifest" in problems(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 3}', "[" * 100_000])
def test_a_broken_manifest_is_one_sentence(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        sg.check(folder)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_manifest_is_not_a_set(tmp_path):
    with pytest.raises(ManifestError, match="holds no manifest"):
        sg.check(tmp_path)
    with pytest.raises(ManifestError, match="not a folder"):
        sg.check(tmp_path / "nothing")
