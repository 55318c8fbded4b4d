import csv
import hashlib
import json
import shutil

import pytest
import soundfile

import stimgen as sg
from stimgen.errors import ReadError, SettingError, SoundError, WriteError
from stimgen.workflows.pairs import make_pairs
from stimgen.workflows.pairs_plan import prepare_pairs
from stimgen.workflows.settings import MorphSettings

FAST = {"steps": 3, "space": "crossfade", "spacing": "linear"}
TABLE = (
    "file_a,file_b,pair_id,exemplar_id,contrast,talker\n"
    "a.wav,b.wav,first,x,ah-ee,\n"
    'a.wav,c.wav,Second Pair,y,"ah, oh",t2\n'
)


def write_recordings(place, pair, *, click=False):
    place.mkdir(exist_ok=True)
    a, b = pair
    c = b.samples[::-1].copy()
    if click:
        c[c.size // 2] = 0.95
    for name, samples in (("a", a.samples), ("b", b.samples), ("c", c)):
        soundfile.write(place / f"{name}.wav", samples, 16_000)
    return place


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, pair):
    place = write_recordings(tmp_path_factory.mktemp("recordings"), pair)
    (place / "pairs.csv").write_text(TABLE, encoding="utf-8")
    return place


def make(table, target, *, jobs=1, overwrite=False, sources=True, **options):
    plan = prepare_pairs(table, MorphSettings(**{**FAST, **options}))
    return make_pairs(plan, target, jobs=jobs, overwrite=overwrite, sources=sources)


@pytest.fixture(scope="module")
def made(recordings, tmp_path_factory):
    return make(recordings / "pairs.csv", tmp_path_factory.mktemp("made") / "set", spl_at_full_scale_db=90.0)


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "set")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def problems(folder):
    return "\n".join(sg.check(folder).problems)


def test_a_collection_checks_and_nothing_else_is_left_beside_it(made):
    report = sg.check(made)
    assert report.problems == ()
    assert report.n_stimuli == 6
    assert [path.name for path in made.parent.iterdir()] == ["set"]


def test_a_collection_holds_a_set_for_every_pair_and_what_stands_above(made):
    assert sorted(path.name for path in made.iterdir()) == [
        "calibration",
        "datapackage.json",
        "manifest.json",
        "overview.png",
        "pairs",
        "pairs.csv",
        "stimuli.csv",
    ]
    assert sorted(path.name for path in (made / "pairs").iterdir()) == ["first", "second-pair"]
    for pair in (made / "pairs").iterdir():
        assert sg.check(pair).problems == ()
    assert (made / "overview.png").read_bytes().startswith(b"\x89PNG")
    assert (made / "pairs.csv").read_text(encoding="utf-8") == TABLE


def test_one_table_lists_all_stimuli_by_paths_that_exist(made):
    with (made / "stimuli.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for row in rows:
        data = (made / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
    assert [row["pair_id"] for row in rows] == ["first"] * 3 + ["second-pair"] * 3
    assert {row["contrast"] for row in rows} == {"ah-ee", "ah, oh"}
    assert [row["exemplar_id"] for row in rows] == ["x"] * 3 + ["y"] * 3


def test_the_manifest_says_of_every_pair_what_the_table_and_the_set_say(made):
    manifest = manifest_of(made)
    assert manifest["schema"] == {"name": "stimgen-collection", "version": 1}
    for pair in manifest["pairs"]:
        own = (made / pair["folder"] / "manifest.json").read_bytes()
        assert hashlib.sha256(own).hexdigest() == pair["manifest_sha256"]
        assert pair["step_cv"] == json.loads(own)["summary"]["steps"]["mel"]["step_cv"]
    assert [pair["extra"] for pair in manifest["pairs"]] == [{"talker": ""}, {"talker": "t2"}]


def test_a_meter_finds_one_tone_for_all_pairs(made):
    assert [one["file"] for one in manifest_of(made)["calibration"]["reference_sounds"]] == [
        "calibration/tone.wav",
        "calibration/noise.wav",
    ]
    assert not any((pair / "calibration").exists() for pair in (made / "pairs").iterdir())


def test_a_peak_in_one_pair_lowers_all_pairs_alike(pair, tmp_path):
    place = write_recordings(tmp_path / "in", pair, click=True)
    table = place / "pairs.csv"
    table.write_text(TABLE, encoding="utf-8")
    folder = make(table, tmp_path / "set", level_dbfs=-12.0)
    lowered_db = manifest_of(folder)["calibration"]["lowered_db"]
    assert lowered_db > 0
    alone = sg.morph(sg.read(place / "a.wav"), sg.read(place / "b.wav"), **FAST, level_dbfs=-12.0)
    assert alone.manifest.calibration.lowered_db < lowered_db
    with (folder / "stimuli.csv").open(encoding="utf-8", newline="") as file:
        levels = [float(row["level_dbfs"]) for row in csv.DictReader(file)]
    assert levels == pytest.approx([-12.0 - lowered_db] * 6, abs=0.02)
    assert sum("was lowered from -12" in w for w in manifest_of(folder)["warnings"]) == 1
    assert sg.check(folder).problems == ()


def test_strict_names_the_level_that_fits_all_pairs_and_that_level_fits(pair, tmp_path):
    place = write_recordings(tmp_path / "in", pair, click=True)
    table = place / "pairs.csv"
    table.write_text(TABLE, encoding="utf-8")
    with pytest.raises(SoundError, match="highest level that fits") as caught:
        make(table, tmp_path / "set", level_dbfs=-12.0, strict=True)
    assert not (tmp_path / "set").exists()
    highest = float(str(caught.value).split("that fits is ")[1].split(" ")[0])
    folder = make(table, tmp_path / "set", level_dbfs=highest, strict=True)
    assert manifest_of(folder)["calibration"]["lowered_db"] == 0.0


def test_equal_durations_are_the_mean_over_all_recordings(recordings, tmp_path):
    folder = make(recordings / "pairs.csv", tmp_path / "set", duration="equal")
    with (folder / "stimuli.csv").open(encoding="utf-8", newline="") as file:
        lengths = {row["n_samples"] for row in csv.DictReader(file)}
    assert lengths == {"3600"}


def test_controls_pads_kept_levels_and_other_species_go_through_a_table(recordings, tmp_path):
    folder = make(
        recordings / "pairs.csv", tmp_path / "set", space="stft", steps=2, control="crossfade",
        level_dbfs="keep", pad_s=(0.1, 0.2), species="other", trim="auto", bit_depth="24",
    )  # fmt: skip
    assert sg.check(folder).problems == ()
    assert manifest_of(folder)["calibration"]["target_level_dbfs"] is None


def test_recordings_can_be_left_out(recordings, tmp_path):
    folder = make(recordings / "pairs.csv", tmp_path / "set", sources=False)
    assert not list(folder.rglob("sources"))
    assert sg.check(folder).problems == ()


def test_two_processes_give_the_bytes_of_one(recordings, made, tmp_path):
    other = make(recordings / "pairs.csv", tmp_path / "set", jobs=2, spl_at_full_scale_db=90.0)
    names = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    for name in names:
        if name.name not in ("manifest.json", "datapackage.json"):
            assert (made / name).read_bytes() == (other / name).read_bytes(), name


def edit(folder, change):
    manifest = manifest_of(folder)
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def change_a_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_changed_byte_in_any_file_is_found(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json")
    for path in files:
        change_a_byte(path)
    found = problems(folder)
    for path in files:
        assert path.relative_to(folder).as_posix() in found
    assert len(files) == 2 * (3 + 2 + 2) + 5


def test_a_changed_byte_in_a_data_package_is_found(folder):
    (folder / "datapackage.json").write_text(
        (folder / "datapackage.json").read_text("utf-8").replace("sha256:", "sha256:0", 1), "utf-8"
    )
    change_a_byte(folder / "pairs" / "first" / "datapackage.json")
    found = problems(folder)
    assert "pairs/first/datapackage.json: the sha256 differs" in found
    assert "calibration/tone.wav: the sha256 differs from datapackage.json" in found


def test_a_changed_manifest_of_a_pair_is_found(folder):
    path = folder / "pairs" / "first" / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"seed": 0', '"seed": 1', 1), "utf-8")
    assert "pairs/first/manifest.json: the sha256 differs from that of the collection" in problems(folder)


def test_a_pair_that_is_gone_is_found(folder):
    shutil.rmtree(folder / "pairs" / "first")
    assert "pairs/first: missing or not a folder of the collection" in problems(folder)


def test_a_pair_exchanged_for_another_good_set_is_found(folder, recordings, tmp_path):
    other = make(recordings / "pairs.csv", tmp_path / "other", level_dbfs=-30.0)
    shutil.rmtree(folder / "pairs" / "first")
    shutil.copytree(other / "pairs" / "first", folder / "pairs" / "first")
    found = problems(folder)
    assert "pairs/first/manifest.json: the sha256 differs from that of the collection" in found
    assert "pairs/first: calibration.target_level_dbfs is -30.0, that of the collection is -26.0" in found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["pairs"].pop(), "stimuli.csv: does not say what the manifests say"),
        (lambda m: m["pairs"].append(m["pairs"][0]), "lists a pair twice"),
        (lambda m: m.update(pairs=[]), "lists no pairs"),
        (lambda m: m["pairs"][0].update(contrast="else"), "another contrast than the collection"),
        (lambda m: m["pairs"][0].update(step_cv=9.0), "does not say of the steps and warnings"),
        (lambda m: m["pairs"][0].update(folder="pairs/second-pair"), "is not the folder of pair first"),
        (
            lambda m: m["pairs"][0].update(pair_id="..", folder="pairs/.."),
            "pairs/..: missing or not a folder",
        ),
        (lambda m: m["table"].update(stored="../pairs.csv"), "is missing or not the table"),
        (lambda m: m["calibration"].update(rate_hz=8000), "16000 Hz, the collection has 8000 Hz"),
        (lambda m: m["calibration"].update(target_level_dbfs=None), "that of the collection is None"),
        (lambda m: m["calibration"]["reference_sounds"][0].update(level_dbfs=0.0), "tone.wav: level_dbfs"),
    ],
)
def test_a_collection_that_says_something_else_is_found(folder, change, sentence):
    edit(folder, change)
    found = sg.check(folder).problems
    assert any(sentence in problem for problem in found)
    assert all(problem.isprintable() for problem in found)


def test_a_pair_outside_the_collection_is_not_read(folder, tmp_path):
    shutil.move(folder / "pairs" / "first", tmp_path / "elsewhere")
    (folder / "pairs" / "first").symlink_to(tmp_path / "elsewhere")
    assert "pairs/first: missing or not a folder of the collection" in problems(folder)


def test_a_key_that_is_missing_is_one_sentence(folder):
    edit(folder, lambda m: m.pop("pairs"))
    with pytest.raises(sg.StimgenError, match="is not a collection that this stimgen reads: pairs") as caught:
        sg.check(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        ("a.wav,nowhere.wav,third", ReadError, "nowhere.wav (line 4)"),
        ("a.wav,b.wav,first", SettingError, "pair_id"),
        ("a.wav,a.wav,third", SettingError, "paired with itself"),
        ("a.wav,b.wav,=cmd()", SettingError, "as a formula"),
        ("a.wav,short.wav,third", SoundError, "pair third: "),
        ("a.wav,text.wav,third", ReadError, "pair third: "),
    ],
)
def test_a_table_that_cannot_be_made_is_one_sentence_and_leaves_nothing(pair, tmp_path, row, error, words):
    place = write_recordings(tmp_path / "in", pair)
    soundfile.write(place / "short.wav", pair[0].samples[:20], 16_000)
    (place / "text.wav").write_text("no sound", encoding="utf-8")
    table = place / "pairs.csv"
    table.write_text(TABLE + row + ",,,\n", encoding="utf-8")
    with pytest.raises(error) as caught:
        make(table, tmp_path / "set")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_semicolons_a_byte_order_mark_and_own_ids_are_read(pair, tmp_path):
    place = write_recordings(tmp_path / "in", pair)
    (place / "list.csv").write_bytes("\ufefffile_a;file_b\r\na.wav;b.wav\r\na.wav;c.wav\r\n".encode())
    folder = make(place / "list.csv", tmp_path / "set")
    assert sorted(path.name for path in (folder / "pairs").iterdir()) == ["a-b", "a-c"]
    assert sg.check(folder).problems == ()


def test_parts_of_one_song_make_pairs(pair, tmp_path):
    place = write_recordings(tmp_path / "in", pair)
    (place / "pairs.csv").write_text("file_a,file_b\na.wav@0:0.12,a.wav@0.12:\n", encoding="utf-8")
    folder = make(place / "pairs.csv", tmp_path / "set")
    assert sg.check(folder).problems == ()
    assert [len(list(p.iterdir())) for p in folder.rglob("sources")] == [1]


@pytest.mark.parametrize("jobs", [0, -1, 257, 1.5])
def test_a_number_of_processes_that_is_none_is_refused(recordings, tmp_path, jobs):
    with pytest.raises(SettingError, match="--jobs"):
        make(recordings / "pairs.csv", tmp_path / "set", jobs=jobs)


def test_a_collection_that_exists_is_kept_unless_overwriting_succeeds(pair, tmp_path):
    place = write_recordings(tmp_path / "in", pair)
    table = place / "pairs.csv"
    table.write_text(TABLE, encoding="utf-8")
    folder = make(table, tmp_path / "set")
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(WriteError, match="--overwrite"):
        make(table, folder)
    with pytest.raises(SettingError, match="do not fit"):
        make(table, folder, overwrite=True, ramp_ms=200.0)
    assert (folder / "manifest.json").read_bytes() == before
    assert sg.check(folder).ok
    make(table, folder, overwrite=True, level_dbfs=-30.0)
    assert manifest_of(folder)["calibration"]["target_level_dbfs"] == -30.0
    assert sg.check(folder).ok
