import errno

import pytest
import soundfile

from stimgen.errors import ReadError, SettingError, SoundError, WriteError
from stimgen.workflows import pair_job, pairs
from stimgen.workflows.pairs import make_pairs
from stimgen.workflows.pairs_plan import prepare_pairs
from stimgen.workflows.settings import MorphSettings
from stimgen.workflows.work_folder import KEPT, MARK_NAME, work_folder

FAST = {"steps": 2, "space": "crossfade"}


@pytest.fixture
def place(tmp_path, monkeypatch, pair):
    """A current folder with recordings a, b and c, of 0.25, 0.2 and 0.15 s."""
    monkeypatch.chdir(tmp_path)
    a, b = pair
    for name, samples in (("a", a.samples), ("b", b.samples), ("c", b.samples[:2400])):
        soundfile.write(f"{name}.wav", samples, 16_000)
    return tmp_path


def prepared(rows, **options):
    with open("pairs.csv", "w", encoding="utf-8") as file:
        file.write("file_a,file_b\n" + "".join(f"{row}\n" for row in rows))
    return prepare_pairs("pairs.csv", MorphSettings(**{**FAST, **options}))


def refusal(rows, error, **options):
    with pytest.raises(error) as caught:
        prepared(rows, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def left(place):
    return sorted(path.name for path in place.iterdir() if path.suffix not in (".wav", ".csv"))


def test_all_recordings_that_cannot_be_used_are_named_before_anything_is_rendered(place):
    (place / "text.wav").write_text("no sound", encoding="utf-8")
    soundfile.write("short.wav", [0.1] * 20, 16_000)
    sentence = refusal(["a.wav,text.wav", "a.wav,b.wav", "short.wav,b.wav", "text.wav,b.wav"], ReadError)
    assert sentence.startswith("3 of 4 pairs cannot be made: (1) pair a-text and 1 more: text.wav")
    assert "(2) pair short-b: short" in sentence


def test_one_sound_under_two_names_is_found_before_anything_is_rendered(place):
    (place / "copy.wav").write_bytes((place / "a.wav").read_bytes())
    sentence = refusal(["a.wav,copy.wav", "b.wav,a.wav"], SoundError)
    assert sentence.startswith("pair a-copy: a and b hold the same sound")


def test_ramps_are_judged_by_the_shortest_stimulus_of_all_pairs(place):
    sentence = refusal(["a.wav,b.wav", "a.wav,c.wav"], SettingError, ramp_ms=110.0)
    assert sentence.startswith(
        "pair a-c: two ramps of 110 ms do not fit into the shortest stimulus, of 150.0 ms"
    )
    assert sentence.endswith("use --ramp-ms 75.0 or less")
    assert prepared(["a.wav,b.wav", "a.wav,c.wav"], ramp_ms=75.0).rate_hz == 16_000


@pytest.mark.parametrize("options", [{"duration": 10.0}, {"crossfade": "wave", "duration": "equal"}])
def test_durations_that_no_pair_can_have_are_refused_before_anything_is_rendered(place, options):
    assert refusal(["a.wav,b.wav", "b.wav,a.wav"], SettingError, **options).startswith("2 of 2 pairs")


def test_a_folder_in_the_place_of_a_recording_is_called_one(place):
    (place / "sub").mkdir()
    sentence = refusal(["a.wav,sub", "a.wav,none.wav"], ReadError)
    assert "sub (line 2, a folder), none.wav (line 3)" in sentence


def test_ids_that_are_one_only_since_they_were_cut_are_said_to_be(place):
    long = "x" * 40
    (place / "ids.csv").write_text(
        f"file_a,file_b,pair_id\na.wav,b.wav,{long}1\nb.wav,a.wav,{long}2\n", encoding="utf-8"
    )
    with pytest.raises(SettingError, match="which are cut at 40 characters; rename one"):
        prepare_pairs("ids.csv", MorphSettings(**FAST))
    (place / "ids.csv").write_text("file_a,file_b,pair_id\na.wav,b.wav,x\nb.wav,a.wav,x\n", encoding="utf-8")
    with pytest.raises(SettingError, match="in file names; rename one"):
        prepare_pairs("ids.csv", MorphSettings(**FAST))


def test_a_cell_that_is_too_long_is_called_so(place):
    (place / "long.csv").write_text(f"file_a,file_b\na.wav,{'x' * 140_000}\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"line 2: a cell is longer than 131072 characters; check the quotes"):
        prepare_pairs("long.csv", MorphSettings(**FAST))


def full(*words, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("module", "name", "is_kept"),
    [(pair_job, "store_draft", False), (pair_job, "draft_lowering_db", True), (pairs, "finish_pair", True)],
)
def test_a_full_disk_names_the_place_of_the_collection_and_what_is_kept(
    place, monkeypatch, module, name, is_kept
):
    plan = prepared(["a.wav,b.wav"])
    monkeypatch.setattr(module, name, full)
    with pytest.raises(WriteError, match="cannot write 'new/set': no space left on device") as caught:
        make_pairs(plan, "new/set")
    assert getattr(caught.value, "__notes__", []) == [KEPT] * is_kept
    assert left(place) == ["new"] * is_kept


def test_a_set_that_cannot_be_written_on_the_way_names_the_place_of_the_collection(place, monkeypatch):
    plan = prepared(["a.wav,b.wav"])
    monkeypatch.setattr("stimgen.export.files._make_folders", full)
    with pytest.raises(WriteError, match="cannot write 'set': no space"):
        make_pairs(plan, "set")


def test_a_run_that_rendered_nothing_leaves_no_folder_and_claims_nothing(place):
    with pytest.raises(KeyboardInterrupt) as caught, work_folder(place / "far" / "away" / "set"):
        assert (place / "far" / "away" / ".set.work" / MARK_NAME).is_file()
        raise KeyboardInterrupt
    assert not hasattr(caught.value, "__notes__")
    assert left(place) == []


def test_strict_keeps_what_was_rendered_and_says_so(place):
    plan = prepared(["a.wav,b.wav"], level_dbfs=-3.0, strict=True)
    with pytest.raises(SoundError, match="the highest level that fits") as caught:
        make_pairs(plan, "set")
    assert caught.value.__notes__ == [KEPT]
    assert left(place) == [".set.work"]
    assert make_pairs(prepared(["a.wav,b.wav"], level_dbfs=-40.0), "set").is_dir()


def test_a_file_in_the_place_of_the_work_folder_is_named_and_kept(place):
    plan = prepared(["a.wav,b.wav"])
    (place / ".set.work").write_text("dear diary", encoding="utf-8")
    with pytest.raises(WriteError, match=r"\.set\.work' stands where .* and is no folder"):
        make_pairs(plan, "set")
    assert (place / ".set.work").read_text(encoding="utf-8") == "dear diary"
