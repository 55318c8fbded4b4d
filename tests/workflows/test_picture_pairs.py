"""Many pairs of pictures: one target over all, complete or not at all, the same however it was made."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.errors import PictureError, ReadError, SettingError
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import write_landmarks
from stimgen.workflows import picture_pair_job

FAST = {"steps": 3, "spacing": "linear"}


def write_picture(name: str, seed: int, *, bright: float = 0.5, size_px: int = 40) -> None:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size_px, 0:size_px] / size_px
    waves = np.cos(6 * x * rng.uniform(1, 2) + seed) + np.sin(5 * y * rng.uniform(1, 2))
    values = np.clip(bright + 0.15 * waves, 0.02, 0.98)
    Image.fromarray(np.rint(255 * values).astype(np.uint8)).save(f"{name}.png")
    xy = np.array([[10.0, 10.0], [29.0, 11.0], [20.0, 20.0], [12.0, 29.0], [28.0, 28.0]])
    marks = Landmarks(xy=xy + rng.normal(0, 1.5, xy.shape))
    Path(f"{name}.tem").write_bytes(write_landmarks(marks, like=".tem"))


@pytest.fixture
def table(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate("abcd"):
        write_picture(name, number, bright=0.35 + 0.1 * number)
    path = Path("pairs.csv")
    path.write_text(
        "file_a,file_b,pair_id,contrast\na.png,b.png,first,shape\nc.png,d.png,second,light\n",
        encoding="utf-8",
    )
    return path


def contents(folder: str) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name not in ("manifest.json", "datapackage.json")
    }


def test_every_pair_gets_a_set_and_the_collection_checks(table):
    sg.morph_pairs(table, "out", **FAST)
    names = {path.name for path in Path("out").iterdir()}
    assert names == {"pairs", "pairs.csv", "stimuli.csv", "overview.png", "manifest.json", "datapackage.json"}
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert (manifest["medium"], manifest["schema"]["name"]) == ("picture", "stimgen-collection")
    assert [pair["pair_id"] for pair in manifest["pairs"]] == ["first", "second"]
    lines = Path("out/stimuli.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    assert all("pairs/" in line for line in lines[1:])
    report = sg.check("out")
    assert report.ok, report.problems
    assert report.n_stimuli == 6


def test_one_process_or_two_give_the_same_bytes(table):
    sg.morph_pairs(table, "one", **FAST)
    sg.morph_pairs(table, "two", jobs=2, **FAST)
    assert contents("one") == contents("two")


@pytest.mark.parametrize("match", ["luminance", "contrast"])
def test_all_pairs_get_one_target_of_light(table, match):
    sg.morph_pairs(table, "out", match=match, **FAST)
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    target = manifest["calibration"]["target_mean_luminance"]
    values = [np.asarray(Image.open(path)) / 255 for path in sorted(Path("out/pairs").rglob("stimuli/*.png"))]
    means = [np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).mean() for v in values]
    assert len(means) == 6
    np.testing.assert_allclose(means, target, rtol=2e-3)
    assert sg.check("out").ok


def test_where_one_pair_cannot_reach_a_target_all_come_down(table):
    sg.morph_pairs(table, "out", match="luminance", luminance=0.9, **FAST)
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["calibration"]["target_mean_luminance"] < 0.9
    reached = [
        json.loads(path.read_text(encoding="utf-8"))["calibration"]["match"]["target_mean_luminance"]
        for path in Path("out/pairs").rglob("manifest.json")
    ]
    assert max(reached) - min(reached) < 1e-5
    assert sg.check("out").ok


def test_what_was_made_before_a_stop_is_not_made_again(table, monkeypatch):
    rendered = []
    real = picture_pair_job.render_pictures

    def stops_at_the_second(plan):
        if plan.id == "second" and not rendered.count("stopped"):
            rendered.append("stopped")
            raise KeyboardInterrupt
        rendered.append(plan.id)
        return real(plan)

    monkeypatch.setattr(picture_pair_job, "render_pictures", stops_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        sg.morph_pairs(table, "out", **FAST)
    assert not Path("out").exists()
    sg.morph_pairs(table, "out", **FAST)
    assert rendered == ["first", "stopped", "second"]
    assert [path.name for path in Path().glob(".out*")] == []
    sg.morph_pairs(table, "again", **FAST)
    assert contents("out") == contents("again")


def test_landmarks_may_stand_in_the_table(table):
    for name in "ab":
        Path(f"{name}.tem").rename(f"{name}-marks.tem")
    with pytest.raises(SettingError, match="pair first: neither picture has landmarks"):
        sg.morph_pairs(table, "out", **FAST)
    table.write_text(
        "file_a,file_b,points_a,points_b\na.png,b.png,a-marks.tem,b-marks.tem\n", encoding="utf-8"
    )
    sg.morph_pairs(table, "out", **FAST)
    assert sg.check("out").ok


def test_pairs_that_cannot_be_made_are_named_and_nothing_is_left(table):
    write_picture("d", 9, size_px=52)
    with pytest.raises(SettingError, match="pair second: .*--size"):
        sg.morph_pairs(table, "out", **FAST)
    assert not Path("out").exists()
    Image.new("L", (40, 40), 99).save("d.png")
    with pytest.raises(PictureError, match="pair second: .*one colour"):
        sg.morph_pairs(table, "out", **FAST)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"match": "histogram"}, "differ from pair to pair"),
        ({"points": ("a.tem", "b.tem")}, "points_a and points_b"),
        ({"level_dbfs": -20}, "no choice for pictures"),
        ({"channel": 1}, "choices for sounds"),
        ({"jobs": 0}, "--jobs"),
    ],
)
def test_choices_that_do_not_go_with_many_pairs_are_refused(table, choices, message):
    with pytest.raises(SettingError, match=message):
        sg.morph_pairs(table, "out", **(FAST | choices))
    assert not Path("out").exists()


def test_missing_pictures_and_landmark_files_are_named(table):
    table.write_text("file_a,file_b,points_a,points_b\na.png,b.png,no.tem,b.tem\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"no\.tem"):
        sg.morph_pairs(table, "out", **FAST)
    table.write_text("file_a,file_b\na.png,gone.png\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"gone\.png"):
        sg.morph_pairs(table, "out", **FAST)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("pairs/first/stimuli/first_001.png", lambda data: data[:-20] + b"\0" * 20),
        ("pairs/first/manifest.json", lambda data: data.replace(b'"seed": 0', b'"seed": 1')),
        ("stimuli.csv", lambda data: data.replace(b"shape", b"shade")),
        ("pairs.csv", lambda data: data + b"x"),
        ("overview.png", lambda data: data[:-1]),
        ("manifest.json", lambda data: data.replace(b'"pair_id": "first"', b'"pair_id": "thirst"')),
    ],
)
def test_whatever_is_changed_in_a_collection_is_found(table, name, change):
    sg.morph_pairs(table, "out", **FAST)
    path = Path("out") / name
    path.write_bytes(change(path.read_bytes()))
    assert not sg.check("out").ok


def test_a_target_that_one_pair_cannot_reach_is_lowered_for_all_and_told(table):
    sg.morph_pairs(table, "out", match="luminance", luminance=0.9, **FAST)
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    shared = manifest["calibration"]
    assert shared["asked_mean_luminance"] == 0.9
    assert shared["target_mean_luminance"] < 0.8
    assert any("lowered" in note and "0.9000" in note for note in manifest["warnings"])
    for pair in ("first", "second"):
        one = json.loads(Path(f"out/pairs/{pair}/manifest.json").read_text(encoding="utf-8"))
        match = one["calibration"]["match"]
        assert match["is_lowered"] and match["asked_mean_luminance"] == 0.9
        assert match["target_mean_luminance"] == shared["target_mean_luminance"]
        means = [stimulus["mean_luminance"] for stimulus in one["stimuli"]]
        assert means == pytest.approx([shared["target_mean_luminance"]] * 3, abs=0.002)
    assert sg.check("out").ok
    text = Path("out/manifest.json").read_text(encoding="utf-8")
    Path("out/manifest.json").write_text(
        text.replace('"asked_mean_luminance": 0.9', '"asked_mean_luminance": 0.7')
    )
    assert not sg.check("out").ok
