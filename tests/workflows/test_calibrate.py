import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.errors import ReadError, SettingError, SoundError
from stimgen.workflows.calibrate import calibrate


@pytest.fixture
def folder(tmp_path, pair):
    """Four recordings in three folders, two of one name, at two rates and three levels, and a note."""
    place = tmp_path / "lab sounds"
    for name, sound, gain, rate_hz in [
        ("one.wav", pair[0], 0.5, 16_000),
        ("words/one.flac", pair[1], 0.1, 16_000),
        ("words/Two.WAV", pair[0], 1.0, 22_050),
        ("words/far/three.wav", pair[1], 0.02, 16_000),
    ]:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, gain * sound.samples, rate_hz, format="FLAC" if "flac" in name else "WAV")
    (place / "notes.txt").write_text("recorded on a rainy day", encoding="utf-8")
    return place


def add(folder, name, samples, rate_hz=16_000):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, samples, rate_hz)
    return path


def test_every_sound_in_every_folder_becomes_a_stimulus_with_a_name_of_its_own(folder, tmp_path):
    made = calibrate(folder)
    assert {s.record.id for s in made.stimuli} == {"one", "words-far-three", "words-one", "words-two"}
    assert [s.record.index for s in made.stimuli] == [0, 1, 2, 3]
    assert made.id == "lab-sounds"
    saved = made.save(tmp_path / "set")
    assert sorted(path.name for path in (saved / "stimuli").iterdir()) == sorted(
        f"{s.record.id}.wav" for s in made.stimuli
    )


def test_all_get_one_level_rate_and_format(folder):
    made = calibrate(folder, level_dbfs=-30.0, bit_depth="24")
    assert [s.record.level_dbfs for s in made.stimuli] == pytest.approx([-30.0] * 4, abs=0.01)
    assert {(s.rate_hz, s.record.bit_depth) for s in made.stimuli} == {(22_050, "24")}
    assert sum("was resampled from 16000" in w for w in made.manifest.summary.warnings) == 1


def test_the_set_checks_with_and_without_its_recordings(folder, tmp_path):
    made = calibrate(folder, pad_s=(0.1, 0.1), trim="auto", spl_at_full_scale_db=90.0, species="other")
    assert sg.check(made.save(tmp_path / "with")).problems == ()
    assert sg.check(made.save(tmp_path / "without", sources=False)).problems == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["stimuli"][1].update(level_dbfs=-20.0), "level_dbfs is"),
        (lambda m: m["stimuli"][1].update(position=0.5), "has a position, but the set is no line"),
        (lambda m: m["stimuli"][1].update(kind="morph"), "it should be exemplar"),
        (lambda m: m["path"].update(n_steps=3), "path.n_steps is 3"),
        (lambda m: m["sources"][1].update(role="a"), "does not list the recordings item, item"),
        (lambda m: m["sources"][1]["health"].update(level_dbfs=0.0), "health.level_dbfs"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(folder, tmp_path, change, sentence):
    saved = calibrate(folder).save(tmp_path / "set")
    path = saved / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert any(sentence in problem for problem in sg.check(saved).problems)


def test_other_files_stay_out_and_are_told_of(folder):
    assert any(
        "one other file or set in the folder" in w for w in calibrate(folder).manifest.summary.warnings
    )
    (folder / ".hidden.wav").write_bytes(b"no sound")
    (folder / "words" / "table.csv").write_text("a,b", encoding="utf-8")
    warnings = calibrate(folder).manifest.summary.warnings
    assert any("2 other files and sets in the folder" in warning for warning in warnings)


def test_nothing_is_told_where_all_files_are_sounds(folder):
    (folder / "notes.txt").unlink()
    assert not any("stayed out" in warning for warning in calibrate(folder).manifest.summary.warnings)


def test_a_set_within_the_folder_stays_out(folder):
    calibrate(folder).save(folder / "set")
    again = calibrate(folder)
    assert len(again.stimuli) == 4
    assert any("2 other files and sets" in warning for warning in again.manifest.summary.warnings)


def test_a_set_itself_is_refused_with_where_its_stimuli_are(folder, tmp_path):
    saved = calibrate(folder).save(tmp_path / "set")
    with pytest.raises(ReadError, match="stimuli"):
        calibrate(saved)
    assert len(calibrate(saved / "stimuli").stimuli) == 4


def test_names_that_would_be_one_are_kept_apart(folder, pair):
    add(folder, "words-one.wav", pair[0].samples)
    ids = [s.record.id for s in calibrate(folder).stimuli]
    assert len(ids) == len(set(ids)) == 5
    assert {"words-one", "words-one-2"} <= set(ids)


def test_one_recording_under_two_names_is_stored_once_and_levelled_twice(folder, tmp_path):
    (folder / "copy.wav").write_bytes((folder / "one.wav").read_bytes())
    made = calibrate(folder)
    assert len(made.stimuli) == 5
    saved = made.save(tmp_path / "set")
    assert len(list((saved / "sources").iterdir())) == 4
    assert sg.check(saved).problems == ()


def test_kept_levels_need_no_gain(folder, tmp_path):
    made = calibrate(folder, level_dbfs="keep", bit_depth="float32", ramp_ms=0.0)
    assert [s.record.gain_db for s in made.stimuli] == pytest.approx([0.0] * 4, abs=1e-9)
    rows = {s.record.id: s for s in made.stimuli}
    samples, _ = soundfile.read(folder / "words" / "Two.WAV")
    np.testing.assert_allclose(rows["words-two"].samples, samples - samples.mean(), atol=1e-6)
    assert sg.check(made.save(tmp_path / "set")).problems == ()


def test_a_recording_at_the_rate_of_the_set_is_changed_by_gain_alone(folder):
    made = calibrate(folder, ramp_ms=0.0, bit_depth="float32")
    stimulus = next(s for s in made.stimuli if s.record.id == "words-two")
    samples, _ = soundfile.read(folder / "words" / "Two.WAV")
    wanted = (samples - samples.mean()) * 10 ** (stimulus.record.gain_db / 20)
    np.testing.assert_allclose(stimulus.samples, wanted, atol=1e-5)


def test_an_empty_folder_a_missing_one_and_a_file_are_refused(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    for place, words in [
        (tmp_path / "empty", "holds no sound files"),
        (tmp_path / "nowhere", "is not a folder"),
        (folder / "one.wav", "is not a folder"),
    ]:
        with pytest.raises(ReadError, match=words) as caught:
            calibrate(place)
        assert "\n" not in str(caught.value)


def test_several_channels_need_a_choice(folder):
    add(folder, "stereo.wav", 0.1 * np.random.default_rng(0).standard_normal((4000, 2)))
    with pytest.raises(SoundError, match=r"stereo\.wav.*--channel"):
        calibrate(folder)
    assert len(calibrate(folder, channel="mean").stimuli) == 5


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("silent.wav", np.zeros(4000)),
        ("short.wav", np.full(20, 0.1)),
        ("brief.wav", 0.1 * np.random.default_rng(0).standard_normal(200)),
    ],
)
def test_a_file_that_is_not_usable_is_named(folder, name, samples):
    add(folder, f"words/{name}", samples)
    with pytest.raises((SoundError, SettingError), match=name) as caught:
        calibrate(folder, ramp_ms=10.0)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(folder):
    (folder / "words" / "broken.wav").write_bytes(b"RIFF....no sound at all")
    with pytest.raises(ReadError, match=r"broken\.wav"):
        calibrate(folder)


def test_strict_names_the_highest_level_that_fits_all(folder):
    with pytest.raises(SoundError, match="the highest level that fits is -"):
        calibrate(folder, level_dbfs=-3.0, strict=True)


def test_the_folder_is_left_as_it_was(folder, tmp_path):
    before = {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
    calibrate(folder).save(tmp_path / "set")
    assert before == {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_files_that_cannot_be_used_are_all_named(folder):
    for name in ("broken.wav", "words/torn.wav"):
        (folder / name).write_bytes(b"RIFF....no sound at all")
    with pytest.raises(
        ReadError, match=r"2 of 6 files cannot be used: \(1\) .*broken\.wav.* \(2\) .*torn\.wav"
    ):
        calibrate(folder)


def test_ramps_that_do_not_fit_name_the_shortest_file_and_a_ramp_that_fits(folder):
    add(folder, "brief.wav", 0.1 * np.random.default_rng(0).standard_normal(2001))
    with pytest.raises(SettingError, match=r"shortest sound, brief\.wav of .* use --ramp-ms 62\.5 or less"):
        calibrate(folder, ramp_ms=110.0, rate_hz=16_000)
    assert len(calibrate(folder, ramp_ms=62.5, rate_hz=16_000).stimuli) == 5


def test_a_name_that_was_taken_is_told_of(folder, pair):
    add(folder, "words/Two!.wav", pair[1].samples)
    notes = [note for note in calibrate(folder).manifest.summary.warnings if "is called" in note]
    assert notes == [
        "words/Two.WAV is called words-two-2 in the set, since another file has the name that its own would give"
    ]


@pytest.mark.parametrize("name", ["", "words"])
def test_a_folder_that_may_not_be_listed_is_named(folder, monkeypatch, name):
    plain = os.scandir

    def guarded(place):
        if Path(place) == folder / name:
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return plain(place)

    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(ReadError, match=f"{name or folder.name}' cannot be listed: permission denied"):
        calibrate(folder)
