import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.errors import PictureError, ReadError, SettingError
from stimgen.export.png import png_bytes, round_values
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import read_landmarks, write_landmarks
from stimgen.media.picture_shape import PictureShape, shape_picture
from stimgen.media.transfer import to_encoded
from stimgen.workflows import average_items
from stimgen.workflows.average_vectors import picture_vectors

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_london" / "neutral_front"
WIDTH, HEIGHT = 64, 48
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
# a ring around the dot that moves, and four places that stay
RING = 6.0 * np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1)
STILL = np.array([[6.0, 6.0], [57.0, 6.0], [57.0, 41.0], [6.0, 41.0]])


def dot(x, y, *, depth=0.6, n_channels=1, name="dot", names=()):
    """A dark soft dot on light ground, with landmarks around it that are exact."""
    pixels = 0.8 - depth * np.exp(-((COLUMNS - x) ** 2 + (ROWS - y) ** 2) / (2 * 3.0**2))
    points = np.vstack([RING + [x, y], STILL])
    return sg.Picture(
        pixels=np.repeat(np.rint(pixels * 255)[..., None] / 255, n_channels, axis=2),
        points=Landmarks(xy=points, names=names),
        name=name,
    )


def write(folder, picture, suffix=".tem"):
    folder.mkdir(exist_ok=True)
    path = folder / f"{picture.name}.png"
    path.write_bytes(png_bytes(round_values(picture.pixels, 8)))
    if picture.points is not None:
        path.with_suffix(suffix).write_bytes(write_landmarks(picture.points, like=suffix))
    return path


@pytest.fixture
def three():
    return [
        dot(22, 20, name="one"),
        dot(34, 20, name="two", depth=0.5),
        dot(28, 29, name="three", depth=0.55),
    ]


@pytest.fixture
def folder(tmp_path, three):
    for picture in three:
        write(tmp_path / "dots", picture)
    return tmp_path / "dots"


def darkest(picture):
    flat = int(np.argmin(picture.pixels.mean(axis=2)))
    return flat % picture.width_px, flat // picture.width_px


def only(stimuli):
    (stimulus,) = stimuli.stimuli
    return stimulus.picture


def manifest_of(place):
    return json.loads((place / "manifest.json").read_text(encoding="utf-8"))


# what an average is


def test_shapes_are_averaged_and_light_is_averaged_on_the_mean_shape(three):
    average = only(sg.average_pictures(three[:2], align="none"))
    assert darkest(average) == (28, 20)
    # both dots lie over each other there, so that the darkest light is the mean of their darkest
    darkest_light = np.mean([one.light.min() for one in three[:2]])
    assert average.light.min() == pytest.approx(darkest_light, abs=0.01)
    np.testing.assert_allclose(
        average.points.xy, (three[0].points.xy + three[1].points.xy) / 2, rtol=0, atol=1e-9
    )


def test_a_plain_average_shows_both_dots_where_they_are(three):
    average = only(sg.average_pictures(three[:2], space="crossfade"))
    assert average.points is None
    light = (three[0].light + three[1].light) / 2
    # in linear light, and not of encoded values
    assert np.abs(average.pixels - to_encoded(light, "srgb")).max() <= 0.5 / 255 + 1e-9
    assert np.abs(average.pixels - (three[0].pixels + three[1].pixels) / 2).max() > 5 / 255
    assert average.light.min() > only(sg.average_pictures(three[:2], align="none")).light.min() + 0.1


def test_weights_move_shapes_and_light(three):
    average = only(sg.average_pictures(three, weights=[0.5, 0.25, 0.25], align="none"))
    wanted = 0.5 * three[0].points.xy + 0.25 * three[1].points.xy + 0.25 * three[2].points.xy
    np.testing.assert_allclose(average.points.xy, wanted, rtol=0, atol=1e-9)
    alike = only(sg.average_pictures(three, align="none"))
    assert np.abs(alike.points.xy - wanted).max() > 0.5


@pytest.mark.parametrize("weights", [[1, 0, 0], "0:1:0", (0.0, 0.0, 1.0)])
def test_a_weight_of_one_gives_back_the_picture(three, weights):
    index = list(map(float, weights.split(":") if isinstance(weights, str) else weights)).index(1.0)
    average = only(sg.average_pictures(three, weights=weights, align="none"))
    assert np.abs(average.pixels - three[index].pixels).max() < 1.01 / 255
    np.testing.assert_allclose(average.points.xy, three[index].points.xy, rtol=0, atol=1e-9)


def test_the_average_of_two_is_the_middle_of_their_morph(three):
    morph = sg.morph_pictures(*three[:2], steps=3, spacing="linear", align="none").stimuli[1].picture
    average = only(sg.average_pictures(three[:2], align="none"))
    fade = only(sg.average_pictures(three[:2], space="crossfade"))
    apart = np.abs(average.pixels - morph.pixels).mean()
    assert apart < 0.004
    assert np.abs(fade.pixels - morph.pixels).mean() > 5 * apart


def test_negative_weights_exaggerate(three):
    away = only(sg.average_pictures(three[:2], weights=[1.5, -0.5], align="none"))
    assert darkest(away) == (16, 20)


def test_pictures_are_aligned_by_their_landmarks_unless_told_otherwise(three):
    moved = replace(
        three[0], pixels=np.roll(three[0].pixels, 4, axis=1), points=Landmarks(xy=three[0].points.xy + [4, 0])
    )
    pair = [three[0], replace(moved, name="moved")]
    aligned = sg.average_pictures(pair)
    assert darkest(only(aligned)) == (24, 20)
    similarities = aligned.manifest.space.facts["alignment"]["similarities"]
    assert [one["shift_x_px"] for one in similarities] == pytest.approx([2.0, -2.0], abs=1e-6)
    still = sg.average_pictures(pair, align="none").manifest.space.facts["alignment"]["similarities"]
    assert [one["shift_x_px"] for one in still] == [0.0, 0.0]


def test_the_average_keeps_the_size_of_its_pictures_or_what_all_cover(three):
    moved = [replace(one, points=Landmarks(xy=one.points.xy + [0, 6 * n])) for n, one in enumerate(three)]
    kept, cut = (sg.average_pictures(moved, outside=how) for how in ("edge", "crop"))
    assert only(kept).pixels.shape[:2] == (HEIGHT, WIDTH)
    assert only(cut).height_px < HEIGHT
    assert any("repeats its edge there" in note for note in kept.manifest.summary.warnings)
    assert not any("repeats its edge there" in note for note in cut.manifest.summary.warnings)


def test_sixteen_bits_hold_what_eight_round_away(three):
    eight, sixteen = (sg.average_pictures(three, bit_depth=depth) for depth in (8, 16))
    assert sixteen.stimuli[0].record.bit_depth == 16
    assert 0 < np.abs(only(eight).pixels - only(sixteen).pixels).max() <= 0.5 / 255 + 1e-9


def test_a_luminance_that_is_asked_for_is_reached(three):
    plain = sg.average_pictures(three).stimuli[0].record.mean_luminance
    matched = sg.average_pictures(three, match="luminance", luminance=0.4).stimuli[0].record.mean_luminance
    assert matched == pytest.approx(0.4, abs=4e-4)
    assert abs(plain - 0.4) > 0.02


def test_grey_and_colour_pictures_make_a_colour_one(three):
    mixed = [three[0], replace(three[1], pixels=three[1].pixels * [1.0, 0.8, 0.6]), three[2]]
    made = sg.average_pictures(mixed)
    assert only(made).mode == "rgb"
    assert [source.mode_made for source in made.manifest.sources] == ["rgb", None, "rgb"]
    assert any(
        "2 of 3 pictures (one.png the first) were taken as colour" in note
        for note in made.manifest.summary.warnings
    )


# what is read, and how


def test_a_folder_is_averaged_in_the_order_of_its_names(folder, three):
    (folder / ".hidden.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("mine")
    (folder / "deeper").mkdir()
    write(folder / "deeper", dot(40, 30, name="four"))
    made = sg.average_pictures(folder)
    assert [source.file for source in made.manifest.sources] == ["one.png", "three.png", "two.png"]
    assert made.manifest.summary.warnings[-1] == (
        "one other file in the folder stayed out, no picture by the first bytes or the suffix: notes.txt"
    )
    by_hand = sg.average_pictures([three[0], three[2], three[1]])
    assert made.stimuli[0].png == by_hand.stimuli[0].png


def test_landmarks_may_lie_in_a_folder_of_their_own(folder, tmp_path):
    beside = sg.average_pictures(folder)
    (tmp_path / "points").mkdir()
    for path in folder.glob("*.tem"):
        path.rename(tmp_path / "points" / path.name)
    with pytest.raises(
        SettingError, match="none of the 3 pictures has landmarks; put files of landmarks beside"
    ):
        sg.average_pictures(folder)
    assert sg.average_pictures(folder, points=tmp_path / "points").stimuli[0].png == beside.stimuli[0].png


def test_names_of_points_are_kept_for_those_who_align_by_them(tmp_path, three):
    names = tuple(f"p{n}" for n in range(12))
    for one in three:
        write(tmp_path, replace(one, points=replace(one.points, names=names)), suffix=".csv")
    made = sg.average_pictures([tmp_path / f"{one.name}.png" for one in three], align="p8:p9")
    made.save(tmp_path / "set")
    assert read_landmarks(tmp_path / "set/stimuli/average_000.csv").names == names


def test_weights_of_a_table_belong_to_files_and_not_to_rows(folder, tmp_path):
    table = tmp_path / "weights.csv"
    table.write_text("file;weight\ntwo.png;0.7\ndots/one.png;0.3\nthree.png;0\n")
    made = sg.average_pictures(folder, weights=table)
    assert {one.file: one.weight for one in made.manifest.sources} == {
        "one.png": 0.3,
        "two.png": 0.7,
        "three.png": 0.0,
    }


def test_weights_are_divided_by_their_sum_only_when_that_is_asked_for(three):
    with pytest.raises(SettingError, match="must sum to 1, got 4; change them, or let --normalise divide"):
        sg.average_pictures(three, weights="2:1:1")
    made = sg.average_pictures(three, weights="2:1:1", normalise=True)
    assert [one.weight for one in made.manifest.sources] == [0.5, 0.25, 0.25]
    assert made.manifest.space.facts["weights_given_sum"] == 4.0


@pytest.mark.parametrize("kept", [0, 1.5])
def test_pictures_that_are_not_kept_in_memory_are_read_again_and_come_out_the_same(folder, monkeypatch, kept):
    wanted = sg.average_pictures(folder, size=40)
    n_read = []
    monkeypatch.setattr(average_items, "MAX_KEPT_VALUES", kept * 40 * 30)
    again = average_items.picture_of
    monkeypatch.setattr(average_items, "picture_of", lambda *a, **k: n_read.append(1) or again(*a, **k))
    assert sg.average_pictures(folder, size=40).stimuli[0].png == wanted.stimuli[0].png
    assert len(n_read) == 3 - int(kept)


def test_a_file_that_changes_meanwhile_does_not_matter(folder, monkeypatch, three):
    wanted = sg.average_pictures(folder)
    monkeypatch.setattr(average_items, "MAX_KEPT_VALUES", 0)

    def change(stage, n_done, n_all):
        if stage == "render" and n_done == 0:
            write(folder, replace(three[0], pixels=1 - three[0].pixels))

    assert sg.average_pictures(folder, progress=change).stimuli[0].png == wanted.stimuli[0].png


def test_progress_is_told_of_reading_and_rendering(folder):
    told = []
    sg.average_pictures(folder, progress=lambda *step: told.append(step))
    assert told == [(stage, n, 3) for stage in ("read", "render") for n in range(4)]


# the set


def test_a_set_holds_all_that_went_in_and_passes_its_check(folder, tmp_path):
    made = sg.average_pictures(folder, id="Mean Dot", weights="0.2:0.3:0.5")
    place = made.save(tmp_path / "set")
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()) == [
        "contact-sheet.png", "datapackage.json", "manifest.json", "sources/one.png", "sources/one.tem",
        "sources/three.png", "sources/three.tem", "sources/two.png", "sources/two.tem", "stimuli.csv",
        "stimuli/mean-dot_000.png", "stimuli/mean-dot_000.tem",
    ]  # fmt: skip
    assert sg.check(place).problems == ()
    manifest = manifest_of(place)
    assert manifest["path"] == {
        "kind": "blend", "n_steps": 1, "first_position": None, "last_position": None
    }  # fmt: skip
    (stimulus,) = manifest["stimuli"]
    assert (stimulus["kind"], stimulus["position"], stimulus["n_folds"]) == ("average", None, 0)
    assert [(one["role"], one["weight"]) for one in manifest["sources"]] == [
        ("item", 0.2), ("item", 0.3), ("item", 0.5)
    ]  # fmt: skip
    (row,) = csv.DictReader(io.StringIO((place / "stimuli.csv").read_text(encoding="utf-8")))
    assert (row["id"], row["position"]) == ("mean-dot_000", "")
    for name in ("one", "two", "three"):
        assert (place / "sources" / f"{name}.png").read_bytes() == (folder / f"{name}.png").read_bytes()


def test_pillow_reads_the_average_as_the_manifest_describes_it(folder, tmp_path):
    made = sg.average_pictures(folder)
    made.save(tmp_path / "set")
    values = np.asarray(Image.open(tmp_path / "set/stimuli/average_000.png")) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    record = made.stimuli[0].record
    assert record.mean_luminance == pytest.approx(light.mean(), abs=1e-6)
    assert record.rms_contrast == pytest.approx(light.std(), abs=1e-6)


def test_the_same_pictures_give_the_same_bytes(folder):
    one, other = (sg.average_pictures(folder).files() for _ in range(2))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] in ([], ["manifest.json"])


def test_pictures_made_in_memory_are_stored_with_their_landmarks(three, tmp_path):
    place = sg.average_pictures(three).save(tmp_path / "set")
    assert sg.check(place).ok
    stored = np.asarray(Image.open(place / "sources/one.png")) / 65535
    np.testing.assert_allclose(stored, three[0].pixels[..., 0], atol=1e-4)


def change_manifest(place, change):
    manifest = manifest_of(place)
    change(manifest)
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m["sources"][0].update(weight=0.9), "do not sum to 1"),
        (lambda m: m["sources"][0].update(weight=None), "has no weight"),
        (lambda m: m["sources"][0].update(role="a"), "items alone"),
        (lambda m: m.update(sources=[m["sources"][0] | {"weight": 1.0}]), "fewer than two pictures"),
        (lambda m: m.update(space=None), "space is null"),
        (lambda m: m["path"].update(n_steps=10**12), "not numbered"),
        (lambda m: m["path"].update(first_position=0.0), "path.first_position is given"),
        (lambda m: m["stimuli"][0].update(position=0.5), "position is given"),
        (lambda m: m["stimuli"][0].update(source_a="one"), "source_a is given"),
        (lambda m: m["stimuli"][0].update(kind="morph"), "kind morph"),
        (lambda m: m["stimuli"][0].update(mean_luminance=0.1), "mean_luminance is"),
        (lambda m: m["calibration"].update(metric="ssim"), "calibration.metric is given"),
        (lambda m: m["calibration"].update(spacing="linear"), "calibration.spacing is given"),
        (lambda m: m["summary"].update(endpoint_fidelity_a=0.1), "endpoint_fidelity_a is given"),
        (lambda m: m.update(id="other"), "is not that of picture 0"),
    ],
)
def test_a_manifest_that_was_changed_is_found_out(folder, tmp_path, change, problem):
    place = sg.average_pictures(folder).save(tmp_path / "set")
    change_manifest(place, change)
    assert any(problem in one for one in sg.check(place).problems)


@pytest.mark.parametrize(
    "name", ["stimuli/average_000.png", "stimuli/average_000.tem", "sources/one.png", "sources/two.tem"]
)
def test_a_file_that_was_changed_or_lost_is_found_out(folder, tmp_path, name):
    place = sg.average_pictures(folder).save(tmp_path / "set")
    data = (place / name).read_bytes()
    (place / name).write_bytes(data[:-3] + b"xyz")
    assert any(name in one for one in sg.check(place).problems)
    (place / name).unlink()
    assert any(name in one for one in sg.check(place).problems)


def test_a_caricature_is_a_morph_from_the_average_that_goes_beyond_the_picture(folder, tmp_path):
    sg.average_pictures(folder).save(tmp_path / "set")
    average = sg.read_picture(tmp_path / "set/stimuli/average_000.png")
    picture = sg.read_picture(folder / "two.png")
    made = sg.morph_pictures(average, picture, range=(0, 1.5), steps=4, spacing="linear", align="none")
    assert [one.position for one in made.stimuli] == [0.0, 0.5, 1.0, 1.5]
    mean, own, exaggerated = (made.stimuli[n].points.xy for n in (0, 2, 3))
    np.testing.assert_allclose(exaggerated - mean, 1.5 * (own - mean), atol=1e-6)
    assert np.abs(own - mean).max() > 3


# what is refused


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"weights": [0.5, 0.5]}, "3 pictures need as many --weights, got 2"),
        ({"weights": "0.2:0.3:0.4"}, "--weights must sum to 1, got 0.9"),
        ({"weights": [float("nan"), 0.5, 0.5]}, "give a number from -10 to 10"),
        ({"weights": [50, -49, 0]}, "the weight 50 of one is not allowed"),
        ({"weights": ["a", "b", "c"]}, "the weight 'a' of one"),
        ({"weights": "1:-1:0", "normalise": True}, "weights that sum to 0 cannot be brought"),
        ({"weights": "0,3 0,7"}, "there is no such file"),
        ({"weights": 0.5}, "give numbers with colons between them"),
        ({"normalise": True}, "there are none; leave it out"),
        ({"space": "transport-2d"}, "allowed are points, crossfade"),
        ({"space": "crossfade", "align": "none"}, "--align is about landmarks"),
        ({"space": "crossfade", "points": "there"}, "--points is about landmarks"),
        ({"space": "crossfade", "outside": "crop"}, "--outside is about landmarks"),
        ({"outside": "wrap"}, "allowed are crop, edge"),
        ({"align": "0:99"}, "no point 99"),
        ({"match": "histogram"}, "an average is one; use --match luminance or contrast"),
        ({"match": "luminance"}, "add --luminance"),
        ({"match": "contrast"}, "add --luminance or --contrast"),
        ({"id": " "}, "is no name for a set"),
        ({"steps": 3}, "'steps' is no choice for an average; allowed are align, "),
        ({"points": 3}, "give the folder of the files of landmarks"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(three, choices, sentence):
    with pytest.raises(SettingError, match=sentence):
        sg.average_pictures(three, **choices)


def test_pictures_that_do_not_go_together_are_refused(three):
    small = replace(three[1], pixels=three[1].pixels[:-8])
    with pytest.raises(
        SettingError,
        match=r"one size, got 64 x 48 px in one.png and 64 x 40 px in two.png; bring them to one with --size",
    ):
        sg.average_pictures([three[0], small, three[2]])
    linear = [three[0], replace(three[1], transfer="linear"), replace(three[2], transfer="linear")]
    with pytest.raises(
        SettingError, match=r"got srgb .* 2 of 3 differ from the first; name one for all with --transfer"
    ):
        sg.average_pictures(linear)
    assert len(sg.average_pictures(linear, transfer="srgb").stimuli) == 1


def test_landmarks_that_do_not_go_together_are_refused(three):
    fewer = replace(three[1], points=Landmarks(xy=three[1].points.xy[:-1]))
    with pytest.raises(PictureError, match="one has 12 landmarks and two has 11; an average needs the same"):
        sg.average_pictures([three[0], fewer])
    with pytest.raises(SettingError, match="two has no landmarks"):
        sg.average_pictures([three[0], replace(three[1], points=None)])
    names = tuple("abcdefghijkl")
    named = [
        replace(one, points=replace(one.points, names=order))
        for one, order in zip(three[:2], (names, names[::-1]), strict=True)
    ]
    with pytest.raises(PictureError, match="point 0 is 'a' in one and 'l' in two"):
        sg.average_pictures(named)


def test_the_same_picture_twice_is_refused(folder, tmp_path):
    copy = tmp_path / "copy.png"
    copy.write_bytes((folder / "one.png").read_bytes())
    copy.with_suffix(".tem").write_bytes((folder / "one.tem").read_bytes())
    with pytest.raises(PictureError, match="one.png and copy.png hold the same picture; leave one out"):
        sg.average_pictures([folder / "one.png", folder / "two.png", copy])


def test_files_that_cannot_be_read_are_all_told_of(folder):
    for name in ("one", "two"):
        (folder / f"{name}.png").write_bytes((folder / f"{name}.png").read_bytes()[:60])
    with pytest.raises(
        ReadError, match=r"2 of 3 pictures cannot be averaged: \(1\) .*one.png.* \(2\) .*two.png"
    ):
        sg.average_pictures(folder)


def test_too_few_pictures_are_refused(folder, tmp_path, three):
    with pytest.raises(SettingError, match="2 to 10000 pictures, got 1"):
        sg.average_pictures([folder / "one.png"])
    with pytest.raises(SettingError, match="got 1"):
        sg.average_pictures(three[0])
    with pytest.raises(SettingError, match="got 0"):
        sg.average_pictures([])
    with pytest.raises(SettingError, match="got int"):
        sg.average_pictures(3)
    with pytest.raises(SettingError, match="is a folder among 2"):
        sg.average_pictures([folder, folder / "one.png"])
    write(tmp_path / "single", three[0])
    with pytest.raises(SettingError, match="holds one, one.png"):
        sg.average_pictures(tmp_path / "single")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="holds no pictures"):
        sg.average_pictures(tmp_path / "empty")
    with pytest.raises(ReadError, match="there is no file"):
        sg.average_pictures([folder / "one.png", folder / "none.png"], space="crossfade")


def test_a_set_is_no_folder_of_pictures_but_its_stimuli_are(folder, tmp_path, three):
    place = sg.morph_pictures(*three[:2], steps=3).save(tmp_path / "set")
    with pytest.raises(ReadError, match=r"is a stimulus set with its sources; give its folder .*stimuli"):
        sg.average_pictures(place)
    assert len(sg.average_pictures(place / "stimuli").manifest.sources) == 3


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            "one.png,0.5\ntwo.png,0.5",
            "has no row for .*three.png; give each picture a weight, 0 to leave it out",
        ),
        ("one.png,0.5\none.png,0.5\n", "has a weight already"),
        ("one.png,0.5\nfour.png,0.5\n", "line 3: 'four.png' names none of the pictures"),
        ('one.png,"0,5"\n', "line 2: the weight '0,5' is no number; write 0.5"),
        ("one.png,half\n", "the weight 'half' is no number; write one such as 0.25"),
    ],
)
def test_a_table_of_weights_that_does_not_fit_is_refused(folder, tmp_path, rows, sentence):
    table = tmp_path / "weights.csv"
    table.write_text(f"file,weight\n{rows}")
    with pytest.raises(SettingError, match=sentence):
        sg.average_pictures(folder, weights=str(table))


# vectors


def principal(rows, n_components):
    """Rows rebuilt from their mean and their first principal components."""
    mean = rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows - mean, full_matrices=False)
    return mean + (rows - mean) @ axes[:n_components].T @ axes[:n_components]


def rebuilt(vectors, n_components):
    shapes, textures = (principal(rows, n_components) for rows in (vectors.shapes, vectors.textures))
    return [vectors.picture(shape, texture) for shape, texture in zip(shapes, textures, strict=True)]


def test_principal_components_of_shape_and_texture_give_pictures_back():
    rng = np.random.default_rng(3)
    pictures = [
        dot(*rng.uniform([20, 16], [44, 32]), depth=rng.uniform(0.4, 0.7), name=f"dot {n}") for n in range(10)
    ]
    vectors = picture_vectors(pictures, align="none")
    full, poor = rebuilt(vectors, 9), rebuilt(vectors, 1)
    errors = [np.abs(one.pixels - p.pixels).mean() for one, p in zip(full, pictures, strict=True)]
    poorer = [np.abs(one.pixels - p.pixels).mean() for one, p in zip(poor, pictures, strict=True)]
    assert max(errors) < 0.003
    assert np.mean(poorer) > 4 * np.mean(errors)
    # two directions are all that the shapes of these pictures have
    np.testing.assert_allclose(principal(vectors.shapes, 2), vectors.shapes, atol=1e-9)
    for one, p in zip(full, pictures, strict=True):
        np.testing.assert_allclose(one.points.xy, p.points.xy, atol=1e-9)


def test_the_mean_of_the_vectors_is_the_average(three):
    vectors = picture_vectors(three)
    mean = vectors.picture(vectors.shapes.mean(axis=0), vectors.textures.mean(axis=0))
    average = only(sg.average_pictures(three))
    assert np.abs(mean.pixels - average.pixels).max() < 1 / 255
    assert np.abs(vectors.picture(vectors.shapes[0], vectors.textures[0]).pixels - average.pixels).max() > 0.1


def test_vectors_that_make_no_picture_are_refused(three):
    vectors = picture_vectors(three)
    with pytest.raises(ValueError, match="finite numbers"):
        vectors.picture(vectors.shapes[0] * np.nan, vectors.textures[0])
    with pytest.raises(ValueError, match="must have 24 and 3072 values"):
        vectors.picture(vectors.shapes[0], vectors.textures[0][:-1])
    with pytest.raises(SettingError, match="shapes are made of landmarks"):
        picture_vectors(three, space="crossfade")


# faces


@pytest.fixture(scope="module")
def faces():
    if not FACES.is_dir():
        pytest.skip("the faces are not here")
    return sorted(FACES.glob("*.jpg"))[:10]


def test_principal_components_give_faces_back(faces):
    shaped = [shape_picture(sg.read_picture(face), PictureShape(size=128)).picture for face in faces]
    vectors = picture_vectors(faces, size=128, align="none")
    assert (vectors.shapes.shape, vectors.textures.shape) == ((10, 378), (10, 128 * 128 * 3))
    full, poor = (
        [np.abs(one.pixels - own.pixels).mean() for one, own in zip(rebuilt(vectors, n), shaped, strict=True)]
        for n in (9, 2)
    )
    assert max(full) < 0.01
    assert np.mean(poor) > 3 * np.mean(full)


def test_an_average_face_is_sharp_where_a_plain_average_is_blurred(faces):
    faces = faces[:5]
    average, plain = (
        only(sg.average_pictures(faces, size=160, **how)) for how in ({}, {"space": "crossfade"})
    )
    # the eyes: the box around the first landmarks, which are the pupils
    left, right = average.points.xy[:2]
    rows = slice(int(left[1]) - 8, int(left[1]) + 8)
    columns = slice(int(left[0]) - 12, int(right[0]) + 12)

    def sharpness(picture):
        down, across = np.gradient(picture.light[rows, columns].mean(axis=2))
        return float(np.mean(np.hypot(down, across)))

    assert sharpness(average) > 1.5 * sharpness(plain)
