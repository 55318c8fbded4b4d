import json
import shutil

import pytest
import soundfile

import stimgen as sg
from stimgen.errors import ManifestError
from stimgen.workflows.calibrate import calibrate
from stimgen.workflows.pairs import make_pairs, prepare_pairs
from stimgen.workflows.settings import MorphSettings

LINE = {"steps": 3, "spacing": "linear", "pad_s": (0.1, 0.2), "trim": "auto", "spl_at_full_scale_db": 94.5}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, pair):
    place = tmp_path_factory.mktemp("recordings")
    for sound in pair:
        soundfile.write(place / f"{sound.name}.wav", sound.samples, sound.rate_hz)
    (place / "list.csv").write_text("file_a,file_b\na.wav,b.wav\nb.wav,a.wav\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def saved(recordings, tmp_path_factory):
    """A line, a calibrated folder and a collection."""
    place = tmp_path_factory.mktemp("saved")
    a, b = (sg.read(recordings / name) for name in ("a.wav", "b.wav"))
    sg.morph(a, b, space="stft", control="crossfade", duration="equal", **LINE).save(place / "line")
    calibrate(recordings, spl_at_full_scale_db=94.5).save(place / "folder")
    settings = MorphSettings(space="crossfade", **LINE)
    make_pairs(prepare_pairs(recordings / "list.csv", settings), place / "collection", jobs=1)
    return place


@pytest.fixture
def copy_of(saved, tmp_path):
    return lambda name: shutil.copytree(saved / name, tmp_path / name)


def edit(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def demand(folder, sentence):
    found = sg.check(folder).problems
    assert any(sentence in problem for problem in found), found
    assert all(problem.isprintable() for problem in found)


@pytest.mark.parametrize("name", ["line", "folder", "collection"])
def test_what_was_not_touched_is_as_its_manifest_says(saved, name):
    assert sg.check(saved / name).problems == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m.update(id="../../etc"), "id '../../etc' is not lower-case letters"),
        (lambda m: m.update(id="b-a"), "id 'a-b_001' is not that of step 1 of b-a"),
        (lambda m: m.update(created_utc="yesterday"), "created_utc 'yesterday' is not a time"),
        (lambda m: m.update(space=None), "space is null, but the set is a line"),
        (lambda m: m["path"].update(alignment=None), "path.alignment is null"),
        (lambda m: m["stimuli"][1].update(source_b=None), "source_b is null"),
        (lambda m: m["stimuli"][1].update(target_dbfs=None), "target_dbfs is null"),
        (lambda m: m["stimuli"][1].update(dc_dbfs=-1e9), "dc_dbfs is"),
        (
            lambda m: m["stimuli"][1].update(bandwidth_hz=m["stimuli"][1]["bandwidth_hz"] + 0.4),
            "bandwidth_hz",
        ),
        (lambda m: m["calibration"].update(metric=None), "calibration.metric is null"),
        (lambda m: m["calibration"].update(metric_unit="sone"), "metric_unit is sone, that of mel is dB"),
        (lambda m: m["calibration"].update(jitter_floor=None), "calibration.jitter_floor is null"),
        (lambda m: m["calibration"].update(spacing_method="steps"), "spacing_method 'steps' is not linear"),
        (lambda m: m["control"].update(spacing_method="x"), "control.spacing_method 'x' is not linear"),
        (lambda m: m["control"]["space"].update(name="stft"), "it should be crossfade"),
        (lambda m: m["calibration"].update(n_trials=None), "calibration.n_trials is null"),
        (lambda m: m["calibration"].update(duration="long"), "calibration.duration 'long' is not keep or"),
        (lambda m: m["calibration"].update(duration="keep"), "and duration 'keep'"),
        (lambda m: m["calibration"].update(duration_s=0.3), "calibration.duration_s is 0.3"),
        (lambda m: m["calibration"].update(ramp_shape="square"), "calibration.ramp_shape 'square' is not"),
        (lambda m: m["calibration"].update(dc_removed=False), "calibration.dc_removed 'False' is not True"),
        (lambda m: m["calibration"].update(max_window_s=1.0), "calibration.max_window_s 1 is not"),
        (lambda m: m["calibration"].update(peak_limit_dbtp=None), "calibration.peak_limit_dbtp is null"),
        (lambda m: m["calibration"].update(species=None), "calibration.species null is not human"),
        (lambda m: m["calibration"].update(strict=True, lowered_db=1.0), "strict is true, but the levels"),
        (lambda m: m["calibration"].update(pad_s=[0.1, 90.0]), "above the 60 s"),
        (lambda m: m["calibration"].update(trim="\x1b[31m"), "calibration.trim '?[31m' is not none"),
        (lambda m: m["sources"][0].update(file="../../a.wav"), "is a path, not the name"),
        (lambda m: m["sources"][0].update(kept=[0, 99999]), "kept is [0, 99999], no part of 4000 samples"),
        (lambda m: m["sources"][0].update(kept=[9, 9]), "kept is [9, 9], no part"),
        (lambda m: m["sources"][0].update(stored=None), "sources/a.wav: not in the manifest"),
        (lambda m: m["sources"][0].update(offset=0.01), "sources/a.wav: offset is"),
        (lambda m: m["sources"][0].update(dc_dbfs=m["sources"][0]["dc_dbfs"] + 0.37), "a.wav: dc_dbfs is"),
        (lambda m: m["sources"][0].update(health=None), "recording a: health is null"),
    ],
)
def test_a_line_that_breaks_its_terms_is_found(copy_of, change, sentence):
    folder = copy_of("line")
    edit(folder, change)
    demand(folder, sentence)


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("rate_hz", 1), ("duration_s", 0.01), ("peak_dbfs", 0.37), ("level_dbfs", 0.37), ("dc_dbfs", 0.37),
        ("effective_band_hz", 0.37), ("clipped_samples", 1), ("silence_before_s", 0.02),
    ],
)  # fmt: skip
def test_health_that_is_a_little_off_is_found(copy_of, key, more):
    folder = copy_of("line")
    edit(folder, lambda m: m["sources"][0]["health"].update({key: m["sources"][0]["health"][key] + more}))
    demand(folder, f"sources/a.wav: health.{key} is")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["path"].update(first_position=0.0), "path.first_position is given, but the set is no"),
        (lambda m: m["calibration"].update(metric="mel"), "calibration.metric is given"),
        (lambda m: m["calibration"].update(spacing="linear"), "calibration.spacing is given"),
        (lambda m: m["calibration"].update(duration="keep"), "calibration.duration is given"),
        (lambda m: m["calibration"].update(other_metrics={"erb": {}}), "calibration.other_metrics is given"),
        (lambda m: m["stimuli"][1].update(source_b="b"), "source_b is given"),
        (lambda m: m["stimuli"][1].update(distance_to_a=1.0), "distance_to_a is given"),
        (lambda m: m["stimuli"][1].update(distance_from_previous=1.0), "distance_from_previous is given"),
        (lambda m: m["stimuli"][1].update(two_source_index=0.0), "two_source_index is given"),
    ],
)
def test_recordings_with_what_only_a_line_has_are_found(copy_of, change, sentence):
    folder = copy_of("folder")
    edit(folder, change)
    demand(folder, sentence)


@pytest.mark.parametrize("name", ["line", "collection"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r[0].update(level_db_spl=50.0), "tone.wav: level_db_spl is 50, it should be 68.5"),
        (lambda r: r[1].update(bytes=5), "bytes, the manifest says 5"),
        (lambda r: r[1].update(description="a hum"), "noise.wav: is called 'a hum', it is a pink noise"),
        (lambda r: r.append(r[0]), "once each, in this order"),
        (lambda r: r.pop(), "once each, in this order"),
        (lambda r: r.clear(), "calibration/tone.wav: not in the manifest"),
    ],
)
def test_sounds_for_a_meter_that_are_not_as_described_are_found(copy_of, name, change, sentence):
    folder = copy_of(name)
    edit(folder, lambda m: change(m["calibration"]["reference_sounds"]))
    demand(folder, sentence)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m.update(id="../up"), "id '../up' is not lower-case letters"),
        (lambda m: m.update(id="other"), "id 'other' is not that of the table 'list.csv'"),
        (lambda m: m.update(created_utc=""), "created_utc '' is not a time"),
        (lambda m: m.update(seed=7), "seed is 0, that of the collection is 7"),
        (lambda m: m.update(warnings=["all is well"]), "warnings holds 1 sentences"),
        (lambda m: m["table"].update(bytes=1), "bytes, the manifest says 1"),
        (lambda m: m["calibration"].update(peak_limit_dbtp=-3.0), "that of the collection is -3.0"),
        (lambda m: m["calibration"].update(duration_s=0.5), "that of the collection is 0.5"),
        (lambda m: m["calibration"].update(metric_unit="\x1b"), "that of the collection is ?"),
        (lambda m: m["pairs"][0].update(file_a="c.wav"), "file_a is c.wav, recording a is a.wav"),
        (lambda m: m["pairs"][1].update(file_b="a.wav@0:1"), "file_b is a.wav@0:1, recording b is a.wav"),
        (lambda m: m["pairs"][1].update(warnings=["x"]), "does not say of the steps and warnings"),
    ],
)
def test_a_collection_that_says_something_else_than_its_sets_is_found(copy_of, change, sentence):
    folder = copy_of("collection")
    edit(folder, change)
    demand(folder, sentence)


def test_a_stranger_among_the_recordings_is_found(copy_of):
    folder = copy_of("line")
    (folder / "sources" / "c.wav").write_bytes(b"?")
    demand(folder, "sources/c.wav: not in the manifest")


def test_a_set_that_was_copied_into_a_collection_is_found(copy_of):
    folder = copy_of("collection")
    shutil.copytree(folder / "pairs" / "a-b", folder / "pairs" / "p3")
    assert sg.check(folder).problems == ("pairs/p3: not in the manifest",)


def test_what_is_missing_from_a_collection_is_told_of_once(copy_of):
    folder = copy_of("collection")
    name = "pairs/a-b/stimuli/a-b_001.wav"
    (folder / name).unlink()
    assert [problem for problem in sg.check(folder).problems if name in problem] == [
        f"{name}: missing, unreadable or not a regular file of the set"
    ]
    shutil.rmtree(folder / "pairs" / "a-b")
    assert len([problem for problem in sg.check(folder).problems if "missing" in problem]) == 1


@pytest.mark.parametrize(
    ("name", "part", "key"),
    [
        ("line", "schema", "name"),
        ("line", "schema", "version"),
        ("line", "calibration", "level_rule"),
        ("line", "calibration", "peak_limit_dbtp"),
        ("line", "calibration", "trim"),
        ("line", "summary", "control_steps"),
        ("collection", "schema", "version"),
    ],
)
def test_a_manifest_that_lacks_a_key_is_refused_by_the_name_of_the_key(copy_of, name, part, key):
    folder = copy_of(name)
    edit(folder, lambda m: m[part].pop(key))
    with pytest.raises(ManifestError, match=f"lacks {part}.{key}"):
        sg.check(folder)


def test_a_stimulus_that_lacks_a_key_is_refused_although_the_key_has_a_default(copy_of):
    folder = copy_of("line")
    edit(folder, lambda m: m["stimuli"][1].pop("lufs"))
    with pytest.raises(ManifestError, match=r"lacks stimuli\.1\.lufs"):
        sg.check(folder)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("calibration", "pad_s", [0.1]),
        ("calibration", "pad_s", [0.1, 0.2, 0.3]),
        ("calibration", "pad_s", [-0.1, 0.2]),
        ("calibration", "jitter_floor", -5.0),
        ("calibration", "n_trials", -1),
        ("calibration", "strict", 1),
        ("calibration", "level_rule", "loud"),
        ("control", "jitter_floor", -5.0),
    ],
)
def test_a_value_out_of_range_is_refused_by_the_name_of_its_key(copy_of, part, key, value):
    folder = copy_of("line")
    edit(folder, lambda m: m[part].update({key: value}))
    with pytest.raises(ManifestError, match=f"{part}.{key}"):
        sg.check(folder)


@pytest.mark.parametrize("kept", [[99999], [-1, 50], [0, 1, 2]])
def test_a_part_that_has_no_beginning_and_end_is_refused(copy_of, kept):
    folder = copy_of("line")
    edit(folder, lambda m: m["sources"][0].update(kept=kept))
    with pytest.raises(ManifestError, match=r"sources\.0\.kept"):
        sg.check(folder)
