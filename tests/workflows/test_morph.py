import csv
import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.errors import SettingError, SoundError
from stimgen.export.manifest import StimulusRecord
from stimgen.media.sound import Sound

SPACES = ["transport", "stft", "crossfade"]


@pytest.fixture(scope="module", params=SPACES)
def stimuli(request, pair) -> sg.StimulusSet:
    return sg.morph(*pair, steps=5, space=request.param)


@pytest.fixture(scope="module")
def crossfade(pair) -> sg.StimulusSet:
    return sg.morph(*pair, steps=5, space="crossfade")


def rms_dbfs(samples: np.ndarray) -> float:
    return 10 * np.log10(np.mean((samples - samples.mean()) ** 2))


def test_every_stimulus_has_the_target_level_over_its_active_part(stimuli):
    for stimulus in stimuli.stimuli:
        record = stimulus.record
        active = stimulus.samples[
            round(record.onset_s * record.rate_hz) : round(record.offset_s * record.rate_hz)
        ]
        assert rms_dbfs(active) == pytest.approx(-26.0, abs=0.05)
        assert record.level_dbfs == pytest.approx(rms_dbfs(active), abs=0.01)
        assert record.clipped_samples == 0


def test_durations_go_in_a_straight_line_from_a_to_b(stimuli, pair):
    got = [stimulus.record.duration_s for stimulus in stimuli.stimuli]
    positions = np.array([stimulus.position for stimulus in stimuli.stimuli])
    a_s, b_s = pair[0].duration_s, pair[1].duration_s
    np.testing.assert_allclose(got, (1 - positions) * a_s + positions * b_s, atol=1e-4)


def test_distance_to_a_rises_and_to_b_falls_along_the_steps(stimuli):
    to_a = [stimulus.record.distance_to_a for stimulus in stimuli.stimuli]
    to_b = [stimulus.record.distance_to_b for stimulus in stimuli.stimuli]
    assert np.all(np.diff(to_a) > 0)
    assert np.all(np.diff(to_b) < 0)


def test_the_ends_are_nearer_to_their_recordings_than_any_other_step(stimuli):
    to_a = [stimulus.record.distance_to_a for stimulus in stimuli.stimuli]
    to_b = [stimulus.record.distance_to_b for stimulus in stimuli.stimuli]
    assert to_a[0] < 0.5 * to_a[-1]
    assert to_b[-1] < 0.5 * to_b[0]


def test_ends_are_called_endpoints_and_the_rest_morphs(stimuli):
    kinds = [(s.record.kind, s.record.endpoint_source) for s in stimuli.stimuli]
    end = ("endpoint", "carried" if stimuli.manifest.space.name == "transport" else "resynth")
    assert kinds == [end, *[("morph", None)] * 3, end]


def test_beyond_the_ends_no_step_is_an_endpoint(pair):
    extrapolated = sg.morph(*pair, steps=3, range=(-0.25, 1.25), space="crossfade", spacing="linear")
    assert [s.position for s in extrapolated.stimuli] == [-0.25, 0.5, 1.25]
    assert {s.record.kind for s in extrapolated.stimuli} == {"morph"}
    assert extrapolated.manifest.summary.endpoint_fidelity_a is None


def test_the_same_call_gives_the_same_bytes(stimuli, pair):
    again = sg.morph(*pair, steps=5, space=stimuli.manifest.space.name)
    assert [s.wav for s in again.stimuli] == [s.wav for s in stimuli.stimuli]
    assert again.manifest == stimuli.manifest


def test_another_seed_gives_other_bytes(crossfade, pair):
    other = sg.morph(*pair, steps=5, space="crossfade", seed=1)
    assert [s.wav for s in other.stimuli] != [s.wav for s in crossfade.stimuli]


def test_a_saved_set_is_complete_and_says_of_every_file_what_it_holds(crossfade, tmp_path):
    folder = crossfade.save(tmp_path / "set")
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert names == [
        "contact-sheet.png",
        "datapackage.json",
        "manifest.json",
        "sources/a.wav",
        "sources/b.wav",
        "stimuli.csv",
        *[f"stimuli/a-b_{index:03d}.wav" for index in range(5)],
    ]
    listed = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    left_out = {"manifest.json", "datapackage.json"}
    assert sorted(item["path"] for item in listed) == [name for name in names if name not in left_out]
    for item in listed:
        data = (folder / item["path"]).read_bytes()
        assert item["bytes"] == len(data)
        assert item["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()


def test_another_program_reads_the_files_as_the_manifest_describes_them(crossfade, tmp_path):
    folder = crossfade.save(tmp_path / "set")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"] == {"name": "stimgen-manifest", "version": 1}
    for row in manifest["stimuli"]:
        samples, rate_hz = soundfile.read(folder / row["file"])
        assert (rate_hz, samples.shape[0]) == (row["rate_hz"], row["n_samples"])
        assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(row["peak_dbfs"], abs=0.001)


def test_the_table_has_ascii_headers_and_one_row_for_each_stimulus(crossfade, tmp_path):
    text = (crossfade.save(tmp_path / "set") / "stimuli.csv").read_bytes().decode("utf-8")
    assert "\r" not in text
    assert not text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == list(StimulusRecord.model_fields)
    assert all(name.isascii() and name == name.lower() for name in rows[0])
    assert [row["file"] for row in rows] == [s.record.file for s in crossfade.stimuli]


def test_saving_twice_gives_the_same_bytes_but_for_the_date(crossfade, tmp_path):
    first, second = crossfade.save(tmp_path / "1"), crossfade.save(tmp_path / "2")
    for path in sorted(p for p in first.rglob("*") if p.is_file()):
        twin = second / path.relative_to(first)
        if path.name == "manifest.json":
            one, other = (json.loads(p.read_text(encoding="utf-8")) for p in (path, twin))
            for undated in (one, other):
                undated.pop("created_utc")
            assert one == other
        else:
            assert path.read_bytes() == twin.read_bytes(), path.name


def test_sources_can_be_left_out(crossfade, tmp_path):
    folder = crossfade.save(tmp_path / "set", sources=False)
    assert not (folder / "sources").exists()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [source["stored"] for source in manifest["sources"]] == [None, None]
    assert sg.check(folder).ok


def test_a_stored_sound_made_in_memory_holds_its_samples_exactly(crossfade, pair, tmp_path):
    folder = crossfade.save(tmp_path / "set")
    samples, _ = soundfile.read(folder / "sources" / "a.wav")
    np.testing.assert_array_equal(samples, pair[0].samples)


def test_a_sound_changed_after_reading_is_stored_as_it_was_used(files, pair, tmp_path):
    read = sg.read(files[0])
    changed = replace(read, samples=read.samples[::-1].copy())
    for a, suffix in ((read, "PCM_16"), (changed, "DOUBLE")):
        made = sg.morph(a, pair[1], steps=2, space="crossfade")
        assert made.manifest.sources[0].subtype == suffix
        folder = made.save(tmp_path / suffix)
        np.testing.assert_array_equal(soundfile.read(folder / "sources" / "a.wav")[0], a.samples)
        assert sg.check(folder).ok


def test_the_higher_rate_is_taken_and_the_resampling_noted(pair):
    slow = Sound(samples=pair[1].samples[::2].copy(), rate_hz=8_000, name="slow")
    mixed = sg.morph(pair[0], slow, steps=2, space="crossfade")
    assert {s.rate_hz for s in mixed.stimuli} == {16_000}
    assert [s.resampled_to_hz for s in mixed.manifest.sources] == [None, 16_000]
    assert any("resampled from 8000 to 16000" in warning for warning in mixed.manifest.summary.warnings)


def test_an_asked_rate_is_the_rate_of_the_set(pair):
    assert sg.morph(*pair, steps=2, space="crossfade", rate_hz=22_050).stimuli[0].rate_hz == 22_050


def test_a_level_that_would_pass_the_peak_limit_is_lowered_for_the_whole_set(pair):
    loud = sg.morph(*pair, steps=3, space="crossfade", level_dbfs=-3.0)
    levels = [s.record.level_dbfs for s in loud.stimuli]
    assert max(levels) - min(levels) < 0.01
    assert max(levels) < -3.0
    peaks = [s.record.peak_dbfs for s in loud.stimuli]
    assert -1.3 < max(peaks) <= -1.0
    assert any("lowered" in warning for warning in loud.manifest.summary.warnings)


def test_the_same_sound_twice_is_refused(pair):
    with pytest.raises(SoundError, match="same sound"):
        sg.morph(pair[0], pair[0])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 1}, "--steps 1 is not allowed"),
        ({"steps": 201}, "2 to 200"),
        ({"range": (1.0, 0.0)}, "--range 1:0"),
        ({"range": (0.0, float("nan"))}, "--range"),
        ({"space": "warp"}, "transport, stft, crossfade"),
        ({"crossfade": "both"}, "spectrogram, wave"),
        ({"align": "eye"}, "events, linear"),
        ({"f0_range_hz": (500.0, 400.0)}, "--f0-range 500:400"),
        ({"level_dbfs": 3.0}, "--level 3"),
        ({"level_dbfs": float("nan")}, "--level nan"),
        ({"ramp_ms": -1.0}, "--ramp-ms -1"),
        ({"ramp_ms": 500.0}, "do not fit"),
        ({"bit_depth": "8"}, "16, 24, float32"),
        ({"seed": -1}, "--seed -1"),
        ({"rate_hz": 10}, "--rate 10"),
    ],
)
def test_a_choice_that_is_not_allowed_is_named_with_what_is(pair, options, sentence):
    with pytest.raises(SettingError, match=".*") as caught:
        sg.morph(*pair, **{"space": "crossfade", **options})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
