import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

import stimgen as sg
from stimgen.errors import PictureError, ReadError, SettingError
from stimgen.export.picture_manifest import PictureStimulusRecord
from stimgen.export.png import png_bytes, round_values
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import read_landmarks, write_landmarks
from stimgen.media.picture_read import read_picture
from stimgen.synth.shape_picture import ShapePicture
from stimgen.synth.shapes import Bar, Disc
from stimgen.workflows import picture_morph

METRICS = ["ssim", "pixel", "gradient"]


@pytest.fixture(scope="module")
def made(picture_pair) -> sg.PictureSet:
    return sg.morph_pictures(*picture_pair, steps=5, control="crossfade")


@pytest.fixture(scope="module")
def drawings():
    """A disc that moves and grows, without landmarks."""
    return tuple(
        replace(
            ShapePicture(
                width_px=64,
                height_px=48,
                shapes=(Disc(x_px=x, y_px=y, radius_px=r),),
                ink=(0.2,),
                paper=(0.9,),
            ).picture(),
            name=name,
        )
        for name, x, y, r in (("one", 20, 20, 8), ("two", 42, 27, 10))
    )


def line_of(stimuli):
    return [one for one in stimuli.stimuli if one.record.kind != "control"]


def read_again(stimulus) -> np.ndarray:
    """Read an 8-bit stimulus with another program, shape (height_px, width_px, n_channels), 0 to 1."""
    values = np.asarray(Image.open(io.BytesIO(stimulus.png)))
    return (values[..., None] if values.ndim == 2 else values) / 255


def luminance_of(values: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1 and Rec. ITU-R BT.709, written out once more."""
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    if light.shape[2] == 1:
        return light[..., 0]
    return 0.2126 * light[..., 0] + 0.7152 * light[..., 1] + 0.0722 * light[..., 2]


# what is in a set


def test_a_saved_set_is_complete_and_says_of_every_file_what_it_holds(made, tmp_path):
    folder = made.save(tmp_path / "set")
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    stems = [f"a-b{infix}_{index:03d}" for infix in ("", "-control") for index in range(5)]
    assert names == sorted(
        [
            "contact-sheet.png",
            "datapackage.json",
            "manifest.json",
            *[f"sources/{name}" for name in ("a.png", "a.tem", "b.png", "b.tem")],
            "stimuli.csv",
            *[f"stimuli/{stem}.png" for stem in stems],
            *[f"stimuli/{stem}.tem" for stem in stems[:5]],
        ]
    )
    listed = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert sorted(item["path"] for item in listed) == [
        name for name in names if name not in {"manifest.json", "datapackage.json"}
    ]
    for item in listed:
        data = (folder / item["path"]).read_bytes()
        assert (item["bytes"], item["hash"]) == (len(data), "sha256:" + hashlib.sha256(data).hexdigest())


def test_the_table_has_a_row_per_stimulus_with_the_keys_of_the_manifest(made, tmp_path):
    folder = made.save(tmp_path / "set")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["schema"], manifest["medium"]) == (
        {"name": "stimgen-manifest", "version": 1},
        "picture",
    )
    assert list(manifest) == [
        "schema", "medium", "id", "created_utc", "stimgen", "command", "seed", "sources", "space", "path",
        "calibration", "summary", "stimuli", "control",
    ]  # fmt: skip
    with (folder / "stimuli.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(PictureStimulusRecord.model_fields) == list(manifest["stimuli"][0])
    for row, stimulus in zip(rows, manifest["stimuli"], strict=True):
        assert row == {key: "" if value is None else str(value) for key, value in stimulus.items()}


def test_another_program_reads_the_files_as_the_manifest_describes_them(made):
    for stimulus in made.stimuli:
        record, picture = stimulus.record, Image.open(io.BytesIO(stimulus.png))
        assert (picture.width, picture.height, picture.mode) == (record.width_px, record.height_px, "RGB")
        assert picture.info == {}
        values = read_again(stimulus)
        np.testing.assert_array_equal(values, stimulus.pixels)
        light = luminance_of(values)
        assert record.mean_luminance == pytest.approx(light.mean(), abs=1e-6)
        assert record.rms_contrast == pytest.approx(light.std(), abs=1e-6)
        assert record.share_black == pytest.approx(np.mean(values == 0.0), abs=1e-6)


def test_ends_are_called_endpoints_and_the_rest_morphs(made):
    kinds = [(one.record.kind, one.record.endpoint_source) for one in made.stimuli]
    assert kinds[:5] == [("endpoint", "resynth"), *[("morph", None)] * 3, ("endpoint", "resynth")]
    assert [kind for kind, _ in kinds[5:]] == ["control"] * 5


def test_distance_to_a_rises_and_to_b_falls_along_the_steps(made):
    to_a, to_b = (
        [getattr(one.record, key) for one in line_of(made)] for key in ("distance_to_a", "distance_to_b")
    )
    assert to_a[0] == to_b[-1] == 0.0
    assert np.all(np.diff(to_a) > 0)
    assert np.all(np.diff(to_b) < 0)


def test_the_middle_is_less_of_a_double_exposure_than_that_of_its_control(made):
    middle, control = made.stimuli[2].record, made.stimuli[7].record
    assert middle.two_source_index < 0.8 * control.two_source_index


def test_landmarks_of_the_steps_lie_in_straight_lines_between_those_of_the_ends(made):
    places = [one.points.xy for one in line_of(made)]
    assert np.abs(places[-1] - places[0]).max() > 2.0
    for stimulus in line_of(made):
        expected = (1 - stimulus.position) * places[0] + stimulus.position * places[-1]
        np.testing.assert_allclose(stimulus.points.xy, expected, atol=1e-9)


def test_landmark_files_say_where_the_landmarks_are(made, tmp_path):
    folder = made.save(tmp_path / "set")
    for stimulus in line_of(made):
        written = read_landmarks(folder / stimulus.record.points_file)
        np.testing.assert_array_equal(written.xy, stimulus.points.xy)


@pytest.mark.parametrize(("suffix", "keeps_names"), [(".tem", False), (".pts", False), (".csv", True)])
def test_landmark_files_of_the_steps_are_of_the_kind_of_those_that_went_in(
    picture_files, picture_pair, suffix, keeps_names
):
    names = tuple(f"p{n}" for n in range(9)) if keeps_names else ()
    for picture in picture_pair:
        marks = Landmarks(xy=picture.points.xy, names=names)
        Path(f"{picture.name}-marks{suffix}").write_bytes(write_landmarks(marks, like=suffix))
    made = sg.morph_pictures(
        *map(read_picture, picture_files), steps=3, spacing="linear",
        points=(f"a-marks{suffix}", f"b-marks{suffix}"),
    )  # fmt: skip
    folder = made.save("set")
    middle = read_landmarks(folder / made.stimuli[1].record.points_file)
    assert middle.path.suffix == suffix
    assert middle.names == names
    np.testing.assert_allclose(middle.xy, made.stimuli[1].points.xy, atol=1e-8)
    assert sg.check(folder).problems == ()


def test_a_set_without_sources_names_no_stored_file(made, tmp_path):
    folder = made.save(tmp_path / "set", sources=False)
    assert not (folder / "sources").exists()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [(one["stored"], one["points"]["stored"]) for one in manifest["sources"]] == [(None, None)] * 2
    assert sg.check(folder).problems == ()


# the same inputs, settings and seed give the same bytes


@pytest.mark.parametrize("space", ["points", "crossfade"])
def test_the_same_call_gives_the_same_bytes(picture_pair, space):
    one, other = (sg.morph_pictures(*picture_pair, steps=4, space=space) for _ in range(2))
    assert one.manifest == other.manifest
    files = [made.files() for made in (one, other)]
    assert all(files[0][name] == files[1][name] for name in files[0] if name != "manifest.json")


def test_drawings_move_the_same_way_every_time(drawings):
    one, other = (
        sg.morph_pictures(*drawings, steps=3, spacing="linear", space="transport-2d") for _ in range(2)
    )
    assert [s.png for s in one.stimuli] == [s.png for s in other.stimuli]
    assert one.stimuli[1].png not in (one.stimuli[0].png, one.stimuli[2].png)


# ends


def picture_of_mode(picture, mode: str, bit_depth: int):
    pixels = picture.pixels if mode == "rgb" else picture.pixels[..., 1:2]
    top = 2**bit_depth - 1
    # 16 bits that no 8 bits give
    values = np.rint(np.clip(pixels + (1e-3 if bit_depth == 16 else 0.0), 0, 1) * top)
    return replace(picture, pixels=values / top, bit_depth=bit_depth)


def is_cut_of(values: np.ndarray, whole: np.ndarray) -> bool:
    """Whether one array is a rectangle of another, value by value and in the same type."""
    if values.dtype != whole.dtype or values.shape[2] != whole.shape[2]:
        return False
    height, width = values.shape[:2]
    return any(
        np.array_equal(values, whole[top : top + height, left : left + width])
        for top in range(whole.shape[0] - height + 1)
        for left in range(whole.shape[1] - width + 1)
    )


SHAPES = {
    "whole": {},
    "cropped": {"crop": "4:2:64:56"},
    "resized": {"size": "60"},
    "its own size": {"size": "72"},
}
PLACINGS = {
    "crossfade": {"space": "crossfade"},
    "left in place": {"align": "none"},
    "by all points": {"align": "procrustes"},
    "by two points": {"align": "4:5"},
}


@pytest.mark.parametrize("placing", PLACINGS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("modes", "depths", "out", "match"),
    [
        (("rgb", "rgb"), (8, 8), None, "none"),
        (("grey", "grey"), (16, 16), None, "none"),
        (("rgb", "rgb"), (16, 16), 8, "none"),
        (("grey", "rgb"), (8, 8), None, "none"),
        (("grey", "grey"), (8, 16), None, "none"),
        (("rgb", "rgb"), (8, 8), 16, "none"),
        (("rgb", "grey"), (16, 8), 8, "none"),
        (("grey", "grey"), (8, 8), None, "luminance"),
    ],
)
def test_bit_identical_says_of_an_end_whether_it_holds_the_values_of_its_file(
    picture_pair, placing, shape, modes, depths, out, match
):
    pictures = [picture_of_mode(*one) for one in zip(picture_pair, modes, depths, strict=True)]
    made = sg.morph_pictures(
        *pictures, steps=2, bit_depth=out, match=match, **SHAPES[shape], **PLACINGS[placing]
    )
    n_identical = 0
    for stimulus, picture, depth in zip(made.stimuli, pictures, depths, strict=True):
        written = round_values(stimulus.pixels, stimulus.record.bit_depth)
        assert png_bytes(written) == stimulus.png
        is_identical = is_cut_of(written, round_values(picture.pixels, depth))
        assert stimulus.record.bit_identical == is_identical
        n_identical += is_identical
    untouched = placing in ("crossfade", "left in place") and shape != "resized" and match == "none"
    expected = [
        untouched and depth == (out or max(depths)) and (mode == "rgb") == ("rgb" in modes)
        for mode, depth in zip(modes, depths, strict=True)
    ]
    assert n_identical == sum(expected)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ("values between the steps of 8 bits", {}),
        ("paper beside it", {"size": (96, 60), "fit": "contain", "background": 0.5}),
        ("coloured paper beside grey", {"size": (96, 60), "fit": "contain", "background": "red"}),
    ],
)
def test_an_end_with_other_values_than_its_file_is_not_bit_identical(picture_pair, change, options):
    pictures = [replace(one, points=None) for one in picture_pair]
    if change.startswith("values"):
        pictures = [replace(one, pixels=np.clip(one.pixels + 1e-4, 0, 1)) for one in pictures]
    if "grey" in change:
        pictures = [picture_of_mode(one, "grey", 8) for one in pictures]
    made = sg.morph_pictures(*pictures, steps=2, space="crossfade", **options)
    assert [one.record.bit_identical for one in made.stimuli] == [False, False]
    assert made.stimuli[0].record.width_px == (96 if options else 72)


def test_a_transparent_picture_over_a_background_is_not_bit_identical(picture_files):
    values = np.asarray(Image.open("a.png"))
    alpha = np.full(values.shape[:2], 255, dtype=np.uint8)
    alpha[:10] = 128
    Image.fromarray(np.dstack([values, alpha])).save("a.png")
    pictures = [read_picture(one, background=0.5) for one in picture_files]
    made = sg.morph_pictures(*pictures, steps=2, space="crossfade")
    assert [one.record.bit_identical for one in made.stimuli] == [False, True]


def test_ends_whose_landmarks_agree_are_kept_bit_by_bit_by_any_alignment(picture_pair):
    a, b = (replace(one, points=picture_pair[0].points) for one in picture_pair)
    for align in ("procrustes", "none", "0:1"):
        made = sg.morph_pictures(a, b, steps=3, spacing="linear", align=align)
        assert [one.record.bit_identical for one in made.stimuli] == [True, None, True]
        np.testing.assert_array_equal(read_again(made.stimuli[0]), a.pixels)
        np.testing.assert_array_equal(read_again(made.stimuli[-1]), b.pixels)


def test_an_end_of_a_control_is_what_the_end_of_its_morph_is(made, picture_pair):
    assert [(one.record.endpoint_source, one.record.bit_identical) for one in made.stimuli[5:]] == [
        ("resynth", False), *[(None, None)] * 3, ("resynth", False),
    ]  # fmt: skip
    left = sg.morph_pictures(*picture_pair, steps=2, align="none", control="crossfade")
    assert [(one.record.endpoint_source, one.record.bit_identical) for one in left.stimuli] == [
        ("original", True)
    ] * 4


def test_an_end_with_repeated_edges_is_not_bit_identical(picture_pair):
    from stimgen.spaces.points import PointsSettings, PointsSpace

    a, b = picture_pair
    moved = replace(b, points=replace(a.points, xy=a.points.xy + [4.0, 2.0]))
    for outside, expected in (("edge", False), ("crop", True)):
        space = PointsSpace(chosen=PointsSettings(align="procrustes", outside=outside))
        made = sg.morph_pictures(a, moved, steps=2, space=space)
        assert [one.record.bit_identical for one in made.stimuli] == [expected] * 2


# even steps


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("space", ["points", "crossfade", "transport-2d"])
def test_steps_are_even_in_the_metric_that_was_asked_for(picture_pair, drawings, metric, space):
    pair = drawings if space == "transport-2d" else picture_pair
    even, linear = (
        sg.morph_pictures(*pair, steps=7, space=space, metric=metric, spacing=spacing, bit_depth=16)
        for spacing in ("equal", "linear")
    )
    steps, plain = (made.manifest.summary.steps[metric] for made in (even, linear))
    assert list(even.manifest.summary.steps)[0] == metric
    assert steps.step_cv <= 0.05
    assert steps.step_max_min <= 1.25
    # positions were chosen before values were rounded to 16 bit
    assert steps.step_cv <= plain.step_cv + 1e-4
    assert steps.step_max_min <= plain.step_max_min + 1e-4
    positions = [one.position for one in even.stimuli]
    assert (positions[0], positions[-1]) == (0.0, 1.0)
    assert np.all(np.diff(positions) > 0)


def rms_apart(first, second) -> float:
    return 100 * np.sqrt(np.mean((read_again(first) - read_again(second)) ** 2))


def gradient_apart(first, second) -> float:
    def gradients(one, sigma):
        luma = read_again(one) @ np.array([0.2126, 0.7152, 0.0722])
        return sigma * np.stack(np.gradient(gaussian_filter(luma, sigma, truncate=3.0)))

    squares = [((gradients(first, s) - gradients(second, s)) ** 2).sum(axis=0).mean() for s in (1.0, 4.0)]
    return 100 * np.sqrt(np.mean(squares))


@pytest.mark.parametrize(("metric", "apart"), [("pixel", rms_apart), ("gradient", gradient_apart)])
def test_distances_are_those_between_the_files(picture_pair, metric, apart):
    made = sg.morph_pictures(*picture_pair, steps=4, metric=metric)
    got = [apart(one, other) for one, other in zip(made.stimuli, made.stimuli[1:], strict=False)]
    assert [one.record.distance_from_previous for one in made.stimuli[1:]] == pytest.approx(got, rel=1e-4)
    assert made.manifest.summary.steps[metric].step_mean == pytest.approx(np.mean(got), rel=1e-4)


def test_linear_spacing_puts_steps_at_equal_positions(picture_pair):
    made = sg.morph_pictures(*picture_pair, steps=5, spacing="linear", range=(-0.25, 1.25))
    assert [one.position for one in made.stimuli] == [-0.25, 0.125, 0.5, 0.875, 1.25]


# beyond the ends, and the control


def test_a_caricature_goes_on_where_the_line_between_the_ends_points(picture_pair):
    made = sg.morph_pictures(*picture_pair, steps=3, spacing="linear", range=(-0.5, 1.5), align="none")
    assert {one.record.kind for one in made.stimuli} == {"morph"}
    assert made.manifest.summary.endpoint_fidelity_a is None
    a, b = (one.points.xy for one in picture_pair)
    np.testing.assert_allclose(made.stimuli[0].points.xy, a - 0.5 * (b - a), atol=1e-9)
    np.testing.assert_allclose(made.stimuli[2].points.xy, b + 0.5 * (b - a), atol=1e-9)
    # light is exaggerated as shape is: far from both, and not one of the ends again
    assert rms_apart(made.stimuli[0], made.stimuli[2]) > rms_apart(
        *sg.morph_pictures(*picture_pair, steps=2, align="none").stimuli
    )


def test_a_control_is_the_cross_fade_of_the_aligned_ends(made, picture_pair):
    alone = sg.morph_pictures(*picture_pair, steps=5)
    assert [one.png for one in line_of(made)] == [one.png for one in alone.stimuli]
    control = [one for one in made.stimuli if one.record.kind == "control"]
    assert (control[0].png, control[-1].png) == (made.stimuli[0].png, made.stimuli[4].png)
    assert [one.record.index for one in control] == [0, 1, 2, 3, 4]
    assert made.manifest.control.space.name == "crossfade"
    assert made.manifest.summary.control_steps["ssim"].step_cv <= 0.05
    assert control[0].record.distance_from_previous is None
    a, b = (read_again(one) for one in (control[0], control[-1]))
    light = (np.array(luminance_of(one)) for one in (a, b))
    half = next(one for one in control if abs(one.position - 0.5) < 0.1)
    first, last = light
    expected = (1 - half.position) * first.mean() + half.position * last.mean()
    assert luminance_of(read_again(half)).mean() == pytest.approx(expected, abs=1e-3)


# light


def test_matched_luminance_is_reached_in_the_files(picture_pair):
    made = sg.morph_pictures(*picture_pair, steps=4, match="luminance", luminance=0.22, control="crossfade")
    means = [luminance_of(read_again(one)).mean() for one in made.stimuli]
    assert means == pytest.approx([0.22] * 8, rel=1e-3)
    plain = sg.morph_pictures(*picture_pair, steps=4)
    assert np.ptp([luminance_of(read_again(one)).mean() for one in plain.stimuli]) > 0.01


def test_matched_contrast_is_reached_in_the_files(picture_pair):
    made = sg.morph_pictures(*picture_pair, steps=4, match="contrast", luminance=0.3, contrast=0.08)
    light = [luminance_of(read_again(one)) for one in made.stimuli]
    assert [one.mean() for one in light] == pytest.approx([0.3] * 4, rel=1e-3)
    assert [one.std() for one in light] == pytest.approx([0.08] * 4, rel=5e-3)


def test_without_targets_the_set_takes_the_mean_of_its_ends(picture_pair):
    plain, made = (sg.morph_pictures(*picture_pair, steps=4, match=match) for match in ("none", "contrast"))
    light = [luminance_of(plain.stimuli[index].pixels) for index in (0, -1)]
    match = made.manifest.calibration.match
    assert match.asked_mean_luminance == pytest.approx(np.mean([one.mean() for one in light]), abs=2e-4)
    assert match.asked_rms_contrast == pytest.approx(np.mean([one.std() for one in light]), abs=2e-4)


@pytest.mark.parametrize("match", ["histogram", "spectrum"])
def test_matched_histograms_and_spectra_are_alike_in_the_files(picture_pair, match):
    plain, made = (sg.morph_pictures(*picture_pair, steps=3, match=one) for one in ("none", match))

    def unlike(stimuli):
        light = [luminance_of(read_again(one)) for one in stimuli.stimuli]
        if match == "histogram":
            parts = [np.sort(one, axis=None) for one in light]
        else:
            # rings of whole cycles per longer side
            rows, columns = (np.fft.fftfreq(n) * max(light[0].shape) for n in light[0].shape)
            ring = np.rint(np.hypot(rows[:, None], columns)).astype(int)
            inside = (ring > 0) & (ring < 12)
            parts = [np.bincount(ring[inside], np.abs(np.fft.fft2(one))[inside])[1:] for one in light]
        return max(np.abs(one - parts[0]).max() / np.abs(parts[0]).max() for one in parts)

    assert unlike(made) < 0.25 * unlike(plain)


def test_a_target_that_does_not_fit_lowers_the_whole_set_or_is_refused(picture_pair):
    made = sg.morph_pictures(*picture_pair, steps=3, match="luminance", luminance=0.9)
    match = made.manifest.calibration.match
    assert (match.asked_mean_luminance, match.is_lowered) == (0.9, True)
    means = [luminance_of(read_again(one)).mean() for one in made.stimuli]
    assert means == pytest.approx([match.target_mean_luminance] * 3, rel=1e-3)
    assert any("was lowered" in note for note in made.manifest.summary.warnings)
    with pytest.raises(SettingError, match="does not fit every picture"):
        sg.morph_pictures(*picture_pair, steps=3, match="luminance", luminance=0.9, strict=True)


def test_only_what_lies_inside_a_mask_is_matched(picture_pair, tmp_path):
    mask = np.zeros((60, 72), dtype=np.uint8)
    mask[10:50, 10:62] = 255
    Image.fromarray(mask).save(tmp_path / "oval.png")
    options = {"steps": 3, "space": "crossfade", "spacing": "linear"}
    plain = sg.morph_pictures(*picture_pair, **options)
    made = sg.morph_pictures(
        *picture_pair, **options, match="luminance", luminance=0.25, mask=tmp_path / "oval.png"
    )
    inside = mask > 127
    for before, after in zip(plain.stimuli, made.stimuli, strict=True):
        one, other = read_again(before), read_again(after)
        assert luminance_of(other)[inside].mean() == pytest.approx(0.25, rel=1e-3)
        assert luminance_of(one)[inside].mean() != pytest.approx(0.25, rel=1e-2)
        np.testing.assert_array_equal(one[~inside], other[~inside])
    folder = made.save(tmp_path / "set")
    match = made.manifest.calibration.match
    assert (match.mask, match.mask_stored) == ("oval.png", "sources/mask.png")
    assert (folder / match.mask_stored).read_bytes() == (tmp_path / "oval.png").read_bytes()
    assert sg.check(folder).problems == ()


@pytest.mark.parametrize("name", ["a.png", "b.png", "a-b.png", "mask.png", "M\u00e4ske.PNG"])
def test_a_mask_of_any_name_is_stored_beside_the_pictures_and_not_over_them(picture_files, name):
    mask = np.zeros((60, 72), dtype=np.uint8)
    mask[10:50] = 255
    folder = picture_files[0].resolve().parent / "masks"
    folder.mkdir()
    Image.fromarray(mask).save(folder / name)
    pictures = [replace(read_picture(one), name="mask") for one in picture_files]
    made = sg.morph_pictures(*pictures, steps=2, space="crossfade", match="luminance", mask=folder / name)
    saved = made.save("set")
    stored = sorted(path.name for path in (saved / "sources").iterdir())
    assert len(stored) == 3
    assert all(one.isascii() for one in stored)
    assert sg.check(saved).problems == ()
    assert sg.check(made.save("bare", sources=False)).problems == ()


def test_a_mask_of_another_size_is_refused_before_anything_is_rendered(picture_pair, tmp_path):
    Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save(tmp_path / "mask.png")
    rendered = []
    with pytest.raises(SettingError, match="40 x 40 px and the stimuli 72 x 60"):
        sg.morph_pictures(
            *picture_pair, steps=9, space="crossfade", match="luminance", mask=tmp_path / "mask.png",
            progress=lambda stage, *_: rendered.append(stage),
        )  # fmt: skip
    assert not {"space out", "render"} & set(rendered)


# what is refused


def test_the_same_picture_twice_is_refused(picture_pair):
    a, _ = picture_pair
    with pytest.raises(PictureError, match="the same picture"):
        sg.morph_pictures(a, replace(a, name="other"))


def test_one_picture_with_two_shapes_is_a_morph_of_shape_alone(picture_pair):
    a, b = picture_pair
    made = sg.morph_pictures(a, replace(a, name="moved", points=b.points), steps=3, align="none")
    assert made.stimuli[0].png == made.stimuli[-1].png
    assert made.stimuli[0].png != made.stimuli[1].png


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"steps": 1}, "--steps 1 is not allowed"),
        ({"steps": True}, "--steps True is not allowed"),
        ({"range": (1.0, 0.0)}, "--range 1:0 is not allowed"),
        ({"range": (0.0, float("nan"))}, "give two numbers"),
        ({"metric": "mel"}, "--metric 'mel' is unknown"),
        ({"space": "stft"}, "--space 'stft' is unknown"),
        ({"space": "points", "align": "eyes"}, "'eyes' is unknown"),
        ({"align": "0:0"}, "two different points"),
        ({"align": "0:99"}, "no point 99"),
        ({"align": "left:right"}, "no point named 'left'"),
        ({"align": ("a", "b")}, "is unknown"),
        ({"match": "shine"}, "match 'shine' is unknown|--match 'shine' is unknown"),
        ({"luminance": 0.3}, "mean_luminance is a target|--luminance"),
        ({"match": "luminance", "luminance": float("nan")}, "--luminance nan is not allowed"),
        ({"match": "contrast", "contrast": 0.7}, "--contrast 0.7 is not allowed"),
        ({"fit": "cover"}, "add --size"),
        ({"size": "1x1"}, "out of range"),
        ({"crop": "0:0:900:900"}, "reaches beyond"),
        ({"bit_depth": "24"}, "pictures have 8 or 16"),
        ({"transfer": "rec709"}, "--transfer 'rec709' is unknown"),
        ({"background": "nocolour"}, "no grey and no colour"),
        ({"seed": -1}, "--seed -1 is not allowed"),
        ({"control": "stft"}, "--control 'stft' is unknown"),
        ({"space": "crossfade", "control": "crossfade"}, "same continuum twice"),
        ({"space": "crossfade", "align": "none"}, "is about landmarks"),
        ({"points": ("a.tem",)}, "give two files"),
        ({"level_dbfs": -26.0}, "'level_dbfs' is no choice for pictures"),
    ],
)
def test_a_choice_that_is_not_allowed_is_one_sentence(picture_pair, choices, sentence):
    with pytest.raises(SettingError, match=sentence) as caught:
        sg.morph_pictures(*picture_pair, **choices)
    assert "\n" not in str(caught.value)


def test_pictures_without_landmarks_are_told_what_else_there_is(picture_pair):
    bare = [replace(one, points=None) for one in picture_pair]
    for pictures, words in ((bare, "neither picture has"), ([bare[0], picture_pair[1]], "a has no")):
        with pytest.raises(SettingError, match=words) as caught:
            sg.morph_pictures(*pictures)
        for remedy in ("--points", "--space transport-2d", "--space crossfade", "stimgen train"):
            assert remedy in str(caught.value)


def test_different_numbers_of_landmarks_are_refused(picture_pair):
    a, b = picture_pair
    with pytest.raises(PictureError, match="a has 9 landmarks and b has 8"):
        sg.morph_pictures(a, replace(b, points=Landmarks(xy=b.points.xy[:8])))


def test_pictures_of_two_sizes_are_refused_and_brought_to_one_on_request(picture_pair):
    a, b = picture_pair
    small = replace(b, pixels=b.pixels[:50, :60], points=Landmarks(xy=b.points.xy))
    with pytest.raises(SettingError, match="a has 72 x 60 px and b 60 x 50"):
        sg.morph_pictures(a, small)
    assert sg.morph_pictures(a, small, steps=2, size="36x30", fit="stretch").stimuli[0].record.width_px <= 36


def test_a_missing_landmark_file_is_refused(picture_files):
    with pytest.raises(ReadError, match=r"no file nothing\.tem"):
        sg.morph_pictures(*map(read_picture, picture_files), points=("a.tem", "nothing.tem"))


@pytest.mark.parametrize("space", ["transport-2d"])
def test_bars_move_and_do_not_fade(space):
    a, b = (
        replace(
            ShapePicture(
                width_px=64, height_px=48, ink=(0.1,), paper=(0.9,),
                shapes=(Bar(x_px=x, y_px=24, length_px=24, width_px=6, angle_deg=90),),
            ).picture(),
            name=name,
        )
        for name, x in (("left", 18), ("right", 46))
    )  # fmt: skip
    moved, faded = (
        sg.morph_pictures(a, b, steps=3, spacing="linear", space=one).stimuli[1]
        for one in (space, "crossfade")
    )
    ink = a.pixels.min()
    assert read_again(moved).min() == pytest.approx(ink, abs=0.03)
    assert read_again(faded).min() > ink + 0.3


def test_steps_are_even_in_the_light_that_a_lowered_set_has(monkeypatch):
    def spots(scale: float, name: str) -> sg.Picture:
        """Few bright spots on black: contrast that is high beside a small mean does not fit."""
        noise = gaussian_filter(np.random.default_rng(int(scale)).standard_normal((48, 48)), scale)
        high = np.clip(noise / noise.max(), 0, 1) ** 2
        return sg.Picture(pixels=high[..., None], name=name)

    ends = spots(2, "fine"), spots(5, "coarse")
    choices = {"space": "crossfade", "steps": 5, "match": "contrast", "contrast": 0.45, "metric": "pixel"}
    made = sg.morph_pictures(*ends, **choices)
    match = made.manifest.calibration.match
    assert match.is_lowered and match.asked_rms_contrast == 0.45 and match.target_rms_contrast < 0.3
    assert made.manifest.summary.steps["pixel"].step_max_min < 1.09
    monkeypatch.setattr(picture_morph, "_MOST_ROUNDS", 1)
    once = sg.morph_pictures(*ends, **choices)
    assert once.manifest.summary.steps["pixel"].step_max_min > 1.15
