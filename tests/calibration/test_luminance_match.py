"""The light of a set made alike: on target after rounding, in range, in colour, in masks, and as shinier does it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stimgen.calibration.luminance import match_pictures
from stimgen.calibration.luminance_measure import measure_luminance
from stimgen.calibration.match_settings import MATCHES, MatchedSet, MatchSettings
from stimgen.errors import PictureError, SettingError, ShapeError
from stimgen.media.picture import Picture
from stimgen.media.transfer import luminance

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_london" / "neutral_front"


def natural(
    seed: int, *, low: float = 0.1, high: float = 0.9, size: tuple[int, int] = (96, 80), n_channels: int = 1
) -> Picture:
    """Noise whose amplitude falls as 1/f, at 8 bit, its middle 99 % from low to high."""
    rows, columns = np.fft.fftfreq(size[0])[:, None, None], np.fft.fftfreq(size[1])[None, :, None]
    noise = np.random.default_rng(seed).normal(size=(*size, n_channels))
    if n_channels == 3:
        noise = 0.8 * noise.mean(axis=2, keepdims=True) + 0.2 * noise
    falls = 1.0 / np.maximum(np.hypot(rows, columns), 1.0 / max(size))
    values = np.fft.ifft2(np.fft.fft2(noise, axes=(0, 1)) * falls, axes=(0, 1)).real
    least, most = np.quantile(values, [0.005, 0.995])
    pixels = np.clip(low + (high - low) * (values - least) / (most - least), 0.0, 1.0)
    return Picture(pixels=np.rint(pixels * 255) / 255, name=f"natural-{seed}")


def a_set(n_channels: int = 1) -> list[Picture]:
    ranges = [(0.1, 0.6), (0.3, 0.8), (0.2, 0.7), (0.25, 0.5)]
    return [
        natural(seed, low=low, high=high, n_channels=n_channels) for seed, (low, high) in enumerate(ranges)
    ]


def matched(pictures: list[Picture], match: str, **chosen: Any) -> MatchedSet:
    masks = chosen.pop("masks", None)
    return match_pictures(pictures, MatchSettings(match=match, **chosen), masks=masks)  # type: ignore[arg-type]


def means(pictures: Any, **how: Any) -> np.ndarray:
    return np.array([measure_luminance(picture, **how).mean_luminance for picture in pictures])


def contrasts(pictures: Any, **how: Any) -> np.ndarray:
    return np.array([measure_luminance(picture, **how).rms_contrast for picture in pictures])


def codes(picture: Picture) -> np.ndarray:
    return np.rint(picture.pixels * (2**picture.bit_depth - 1)).astype(int)


def ring_amplitudes(picture: Picture) -> np.ndarray:
    """Mean amplitude per whole cycle per picture, reckoned another way: over the full plane."""
    light = luminance(picture.light)
    rows, columns = (np.fft.fftfreq(n) * max(light.shape) for n in light.shape)
    ring = np.rint(np.hypot(rows[:, None], columns[None, :])).astype(int)
    amplitude = np.abs(np.fft.fft2(light))
    return np.array([amplitude[ring == number].mean() for number in range(1, ring.max() + 1)])


@pytest.mark.parametrize("match", ["luminance", "contrast"])
@pytest.mark.parametrize("more", [1.0013, 1.004, 0.9985])
def test_pictures_of_few_levels_are_on_target_too(match: str, more: float) -> None:
    dim = natural(5, low=0.02, high=0.24, size=(160, 160))
    asked = more * means([dim])[0]
    assert len(np.unique(codes(dim))) < 80
    made = matched([dim], match, mean_luminance=asked)
    assert abs(means([dim])[0] / asked - 1) > 1e-3
    assert means(made.pictures)[0] == pytest.approx(asked, rel=1e-3)
    assert made.record.pictures[0].is_on_target


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("match", ["luminance", "contrast"])
@pytest.mark.parametrize("bit_depth", [8, 16])
def test_mean_and_contrast_are_on_target_as_written(match: str, n_channels: int, bit_depth: int) -> None:
    pictures = a_set(n_channels)
    assert np.ptp(means(pictures)) > 0.1 and np.ptp(contrasts(pictures)) > 0.03
    made = matched(pictures, match, bit_depth=bit_depth)
    np.testing.assert_allclose(means(made.pictures), means(pictures).mean(), rtol=1e-3)
    if match == "contrast":
        np.testing.assert_allclose(contrasts(made.pictures), contrasts(pictures).mean(), rtol=5e-3)
    else:
        assert np.ptp(contrasts(made.pictures)) > 0.03
    assert all(one.is_on_target for one in made.record.pictures) and not made.record.is_lowered
    assert all(one.bit_depth == bit_depth for one in made.pictures)


def test_equal_encoded_means_are_not_equal_light() -> None:
    in_code = matched(a_set(), "luminance", transfer="linear").pictures
    np.testing.assert_allclose(
        means(in_code, transfer="linear"), means(in_code, transfer="linear").mean(), rtol=1e-3
    )
    assert np.ptp(means(in_code)) > 0.01


@pytest.mark.parametrize(("mean", "contrast"), [(0.18, 0.05), (0.4, 0.12)])
def test_given_targets_are_met(mean: float, contrast: float) -> None:
    made = matched(a_set(3), "contrast", mean_luminance=mean, rms_contrast=contrast).pictures
    np.testing.assert_allclose(means(made), mean, rtol=1e-3)
    np.testing.assert_allclose(contrasts(made), contrast, rtol=5e-3)


def test_luminance_matching_keeps_relative_contrast_and_chromaticity() -> None:
    pictures = a_set(3)
    made = matched(pictures, "luminance", bit_depth=16)
    for before, after, entry in zip(pictures, made.pictures, made.record.pictures, strict=True):
        assert entry.after.relative_contrast == pytest.approx(entry.before.relative_contrast, rel=1e-3)
        assert entry.n_clipped == entry.n_paled == 0
        gain = after.light / np.maximum(before.light, 1e-9)
        is_lit = before.light.min(axis=2) > 0.01
        np.testing.assert_allclose(
            gain[is_lit], entry.after.mean_luminance / entry.before.mean_luminance, rtol=5e-3
        )


def test_a_set_that_does_not_fit_is_lowered_as_a_whole() -> None:
    bright, dark = natural(1, low=0.0, high=1.0), natural(2, low=0.05, high=0.2)
    dark.pixels[:4] = 1.0
    made = matched([bright, dark], "luminance", mean_luminance=0.3)
    assert made.record.is_lowered
    assert made.record.asked_mean_luminance == 0.3
    np.testing.assert_allclose(means(made.pictures), made.record.target_mean_luminance, rtol=1e-3)
    assert means(made.pictures).max() < 0.2
    assert all(one.n_clipped <= 0.001 * one.after.n_pixels for one in made.record.pictures)


@pytest.mark.parametrize("match", ["contrast", "spectrum"])
def test_contrast_that_does_not_fit_is_lowered_for_the_whole_set_and_the_mean_stays(match: str) -> None:
    # a picture of rare bright spots: at the mean contrast its spots would be brighter than white
    spots = np.full((96, 80, 1), 0.3)
    spots[::16, ::16] = 1.0
    pictures = [Picture(pixels=spots), natural(1, low=0.3, high=1.0), natural(2, low=0.3, high=1.0)]
    made = matched(pictures, match, bit_depth=16)
    record = made.record
    assert record.is_lowered and record.target_mean_luminance == record.asked_mean_luminance
    assert record.target_rms_contrast < 0.95 * record.asked_rms_contrast  # type: ignore[operator]
    np.testing.assert_allclose(means(made.pictures), means(pictures).mean(), rtol=1e-3)
    assert all(one.n_clipped <= 0.0015 * one.after.n_pixels for one in record.pictures)
    with pytest.raises(SettingError, match="does not fit every picture"):
        matched(pictures, match, strict=True)


def test_more_clipped_pixels_buy_more_contrast_and_are_counted() -> None:
    pictures = [natural(1, low=0.2, high=1.0), natural(2, low=0.0, high=0.6)]
    none, some = (
        matched(pictures, "contrast", rms_contrast=0.3, most_clipped=share) for share in (0.0, 0.05)
    )
    assert none.record.target_rms_contrast < some.record.target_rms_contrast  # type: ignore[operator]
    assert sum(one.n_clipped for one in none.record.pictures) == 0
    assert 0 < sum(one.n_clipped for one in some.record.pictures) <= 0.06 * 2 * 96 * 80


def test_a_colour_that_is_not_to_be_had_so_bright_pales_and_keeps_its_luminance() -> None:
    pixels = np.full((64, 64, 3), 0.5) + 0.05 * np.random.default_rng(0).normal(size=(64, 64, 1))
    pixels[:4] = [0.9, 0.05, 0.05]
    red = Picture(pixels=np.clip(pixels, 0, 1))
    made = matched([red], "luminance", mean_luminance=0.4, most_clipped=0.1)
    entry, after = made.record.pictures[0], made.pictures[0]
    assert entry.n_paled == 4 * 64 and entry.n_clipped == 0
    assert entry.is_on_target
    paled = after.pixels[0, 0]
    assert paled[0] == 1.0 and paled[1] == paled[2] > 0.1
    with pytest.raises((PictureError, SettingError), match="clipped or paled|does not fit"):
        matched([red], "luminance", mean_luminance=0.4, strict=True)


def test_shadows_get_grey_light_and_no_glow() -> None:
    rng = np.random.default_rng(0)
    pixels = np.clip(0.5 + 0.25 * rng.normal(size=(64, 64, 1)), 0.2, 1.0) * np.ones(3)
    pixels[:16] = [0.16, 0.09, 0.06]
    brown = Picture(pixels=pixels)
    before = brown.light[0, 0]
    after = matched([brown], "contrast", rms_contrast=0.08).pictures[0].light[0, 0]
    assert after.mean() > 3 * before.mean()
    np.testing.assert_allclose(np.diff(after), np.diff(before), atol=0.004)
    # multiplied as a whole, its channels would be as many times further apart
    assert abs(after[0] - after[2]) < 2 * abs(before[0] - before[2])


@pytest.mark.parametrize("match", ["luminance", "contrast", "histogram"])
def test_outside_the_mask_nothing_changes_and_inside_it_matches(match: str) -> None:
    pictures = a_set(3)
    mask = np.zeros((96, 80), dtype=bool)
    mask[20:70, 10:60] = True
    made = matched(pictures, match, masks=mask)
    for before, after in zip(pictures, made.pictures, strict=True):
        np.testing.assert_array_equal(after.pixels[~mask], before.pixels[~mask])
        assert np.any(after.pixels[mask] != before.pixels[mask])
    inside = means(made.pictures, mask=mask)
    np.testing.assert_allclose(inside, inside.mean(), rtol=2e-3)
    assert np.ptp(means(made.pictures)) > 0.02


def test_every_picture_may_have_a_mask_of_its_own() -> None:
    pictures = a_set()[:2]
    masks = [np.arange(96)[:, None] * np.ones(80) < n for n in (30, 60)]
    made = matched(pictures, "luminance", masks=masks).pictures
    inside = [measure_luminance(one, mask=mask).mean_luminance for one, mask in zip(made, masks, strict=True)]
    assert inside[0] == pytest.approx(inside[1], rel=2e-3)
    with pytest.raises(ShapeError, match="2 pictures but 1 masks"):
        matched(pictures, "luminance", masks=masks[:1])


def test_histograms_of_greys_are_exactly_the_average_histogram() -> None:
    pictures = a_set()
    made = matched(pictures, "histogram").pictures
    average = np.mean([np.bincount(codes(one).ravel(), minlength=256) for one in pictures], axis=0)
    of_made = [np.bincount(codes(one).ravel(), minlength=256) for one in made]
    assert all(np.array_equal(one, of_made[0]) for one in of_made)
    assert np.abs(of_made[0] - average).max() <= 1.0
    assert len({tuple(np.bincount(codes(one).ravel(), minlength=256)) for one in pictures}) == 4


def test_histogram_matching_keeps_the_order_of_pixels() -> None:
    before = a_set()[3]
    after = matched(a_set(), "histogram").pictures[3]
    order = np.argsort(codes(before).ravel(), kind="stable")
    values, results = codes(before).ravel()[order], codes(after).ravel()[order]
    lows = [results[values == value].min() for value in np.unique(values)]
    highs = [results[values == value].max() for value in np.unique(values)]
    assert all(high <= low for high, low in zip(highs, lows[1:], strict=False))


def test_equal_pixels_are_ordered_by_what_is_around_them() -> None:
    # two equal dots, one on dark and one on bright ground
    pixels = np.repeat([0.2, 0.6], 20)[None, :, None] * np.ones((20, 1, 1))
    pixels[10, 5] = pixels[10, 30] = 0.4
    spread = Picture(pixels=np.linspace(0, 1, 800).reshape(20, 40, 1))
    after = matched([Picture(pixels=pixels), spread], "histogram", bit_depth=16).pictures[0]
    assert after.pixels[10, 5, 0] < after.pixels[10, 30, 0]


def test_flat_parts_are_dithered_rather_than_shaded() -> None:
    flat = np.full((64, 64, 1), 0.5)
    flat[30:34, 30:34] = 0.9
    spread = Picture(pixels=np.linspace(0, 1, 4096).reshape(64, 64, 1))
    made = matched([Picture(pixels=flat), spread], "histogram")
    assert made.record.pictures[0].n_tied > 3500
    after = made.pictures[0].pixels[..., 0]
    quarters = [
        after[:24, :24].mean(),
        after[:24, 40:].mean(),
        after[40:, :24].mean(),
        after[40:, 40:].mean(),
    ]
    assert np.ptp(quarters) < 0.02 < after[:24, :24].std()


def test_histograms_of_colours_match_in_luminance() -> None:
    made = matched(a_set(3), "histogram")
    ordered = [np.sort(luminance(one.light).ravel()) for one in made.pictures]
    assert max(np.abs(one - ordered[0]).max() for one in ordered) < 0.012
    np.testing.assert_allclose(means(made.pictures), made.record.target_mean_luminance, rtol=1e-3)
    assert all(one.is_on_target for one in made.record.pictures)


def test_rotational_spectra_match_ring_by_ring() -> None:
    pictures = a_set()
    before = [ring_amplitudes(one) for one in pictures]
    made = matched(pictures, "spectrum", bit_depth=16)
    after = [ring_amplitudes(one) for one in made.pictures]
    assert max(np.abs(one / before[0] - 1).max() for one in before) > 0.5
    assert max(np.abs(one / after[0] - 1).max() for one in after) < 0.1
    np.testing.assert_allclose(means(made.pictures), means(pictures).mean(), rtol=1e-3)
    assert all(one.residual < 0.01 for one in made.record.pictures)  # type: ignore[operator]


@pytest.mark.parametrize("size", [(96, 80), (75, 81)])
def test_full_spectra_match_in_every_frequency_and_keep_their_phases(size: tuple[int, int]) -> None:
    pictures = [natural(seed, low=0.3, high=0.7, size=size) for seed in range(3)]
    made = matched(pictures, "spectrum", spectrum="full", bit_depth=16)
    spectra = [np.fft.fft2(luminance(one.light)) for one in made.pictures]
    strong = np.abs(spectra[0]) > 1.0
    assert strong.sum() > 300
    for before, after in zip(pictures, spectra, strict=True):
        np.testing.assert_allclose(np.abs(after)[strong], np.abs(spectra[0])[strong], rtol=0.05)
        turned = np.angle(after[strong] / np.fft.fft2(luminance(before.light))[strong])
        assert np.median(np.abs(turned)) < 0.01
    np.testing.assert_allclose(contrasts(made.pictures), contrasts(made.pictures)[0], rtol=5e-3)


def test_no_match_rounds_and_measures_only() -> None:
    pictures = a_set(3)
    made = matched(pictures, "none")
    for before, after in zip(pictures, made.pictures, strict=True):
        np.testing.assert_array_equal(codes(after), codes(before))
    assert made.record.target_mean_luminance is None and not made.record.is_lowered


@pytest.mark.parametrize("match", MATCHES)
def test_the_same_set_gives_the_same_bytes_and_a_record_of_plain_values(match: str) -> None:
    made, again = (matched(a_set(3), match) for _ in range(2))
    assert [one.pixels.tobytes() for one in made.pictures] == [one.pixels.tobytes() for one in again.pictures]
    record = json.loads(json.dumps(made.record.as_json()))
    assert record["settings"]["match"] == match
    assert record["pictures"][0]["after"]["transfer"] == "srgb"


@pytest.mark.parametrize("match", MATCHES)
def test_a_set_that_is_alike_stays_as_it_is(match: str) -> None:
    picture = natural(3, low=0.2, high=0.6)
    made = matched([picture, picture], match).pictures
    assert np.abs(codes(made[0]) - codes(picture)).max() <= 1
    np.testing.assert_array_equal(made[0].pixels, made[1].pixels)


def test_a_board_of_two_levels_is_dithered_at_8_bit_and_exact_at_16() -> None:
    board = Picture(pixels=(np.indices((96, 96)).sum(axis=0) // 8 % 2 * 0.25 + 0.25)[..., None])
    coarse, fine = (
        matched([board], "contrast", mean_luminance=0.1711, rms_contrast=0.0301, bit_depth=depth)
        for depth in (8, 16)
    )
    assert coarse.record.pictures[0].is_dithered and coarse.record.pictures[0].is_on_target
    assert not fine.record.pictures[0].is_dithered and fine.record.pictures[0].is_on_target
    assert len(np.unique(codes(coarse.pictures[0]))) == 4 and len(np.unique(codes(fine.pictures[0]))) == 2


def test_a_picture_too_small_to_be_on_target_says_so() -> None:
    tiny = Picture(pixels=np.array([[0.25, 0.5], [0.5, 0.25]])[..., None])
    made = matched([tiny], "contrast", mean_luminance=0.1711, rms_contrast=0.0301)
    assert not made.record.pictures[0].is_on_target


@pytest.mark.parametrize(
    ("match", "value", "problem"),
    [("luminance", 0.0, "is black"), ("contrast", 0.5, "one luminance all over")],
)
def test_what_no_gain_can_match_is_refused(match: str, value: float, problem: str) -> None:
    with pytest.raises(PictureError, match=problem):
        matched([natural(0), Picture(pixels=np.full((96, 80, 1), value))], match)


def test_spectra_of_two_sizes_or_of_parts_are_refused() -> None:
    with pytest.raises(SettingError, match="one size"):
        matched([natural(0), natural(1, size=(64, 64))], "spectrum")
    mask = np.arange(80) * np.ones((96, 1)) < 40
    with pytest.raises(SettingError, match="whole picture"):
        matched([natural(0), natural(1)], "spectrum", masks=mask)


def test_histograms_of_two_bit_depths_are_refused() -> None:
    fine = Picture(pixels=natural(1).pixels, bit_depth=16)
    with pytest.raises(SettingError, match="16 bit srgb"):
        matched([natural(0), fine], "histogram")


@pytest.mark.parametrize(
    "chosen",
    [
        {"match": "shine"},
        {"match": "luminance", "rms_contrast": 0.2},
        {"match": "histogram", "mean_luminance": 0.2},
        {"match": "luminance", "mean_luminance": 1.0},
        {"match": "contrast", "rms_contrast": 0.0},
        {"most_clipped": 0.5},
        {"transfer": "rec709"},
        {"bit_depth": 12},
        {"spectrum": "square"},
    ],
)
def test_settings_that_mean_nothing_are_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        MatchSettings(**chosen)


def test_no_pictures_and_values_out_of_range_are_refused() -> None:
    with pytest.raises(SettingError, match="got none"):
        match_pictures([])
    with pytest.raises(PictureError, match="allowed are 0 to 1"):
        matched([Picture(pixels=natural(0).pixels * 1.5)], "luminance")


def shinier_result(pictures: list[Picture], folder: Path, **options: Any) -> list[np.ndarray]:
    shinier = pytest.importorskip("shinier")
    chosen = {"dithering": 0, "conserve_memory": False, "seed": 1, "verbose": -1, "output_folder": folder}
    settings = shinier.Options(**chosen, **options)
    images = [np.ascontiguousarray(codes(one).astype(np.uint8).squeeze()) for one in pictures]
    dataset = shinier.ImageDataset(images=images, options=settings)
    results = shinier.ImageProcessor(dataset=dataset, options=settings, verbose=-1).get_results()
    return [np.asarray(one, dtype=np.int64).reshape(codes(pictures[0]).shape) for one in results]


def test_contrast_matching_is_shinier_s_on_grey_values(tmp_path: Path) -> None:
    # shinier works on grey values 0 to 255, which is transfer "linear" here; its targets are the set's means as well
    pictures = a_set()
    theirs = shinier_result(
        pictures, tmp_path, mode=1, as_gray=True, linear_luminance=True, safe_lum_match=False
    )
    ours = matched(pictures, "contrast", transfer="linear", most_clipped=0.01)
    assert not ours.record.is_lowered
    for our, their, before in zip(ours.pictures, theirs, pictures, strict=True):
        assert np.abs(codes(our) - their).max() <= 1
        assert np.mean(codes(our) != their) < 0.15 < np.mean(codes(before) != their)


def test_luminances_of_matched_contrast_in_colour_are_shinier_s(tmp_path: Path) -> None:
    pictures = a_set(3)
    theirs = shinier_result(pictures, tmp_path, mode=1, safe_lum_match=False)
    ours = matched(pictures, "contrast", most_clipped=0.01)
    assert not ours.record.is_lowered
    for our, their, before in zip(ours.pictures, theirs, pictures, strict=True):
        wanted, got, first = (
            luminance(Picture(pixels=one).light)
            for one in (np.asarray(their) / 255.0, our.pixels, before.pixels)
        )
        # 8 bits in three channels leave luminances half a step or so apart
        assert np.mean(np.abs(got - wanted) < 0.006) > 0.99
        assert np.mean(np.abs(first - wanted) < 0.006) < 0.8


def test_histogram_matching_is_shinier_s(tmp_path: Path) -> None:
    pictures = a_set()
    theirs = shinier_result(
        pictures, tmp_path, mode=2, as_gray=True, linear_luminance=True, hist_specification=2
    )
    for our, their in zip(matched(pictures, "histogram").pictures, theirs, strict=True):
        counts = [np.bincount(one.ravel(), minlength=256) for one in (codes(our), their)]
        assert np.abs(counts[0] - counts[1]).max() <= 2
        assert np.mean(np.abs(codes(our) - their) <= 1) > 0.99


def test_full_spectrum_matching_is_shinier_s(tmp_path: Path) -> None:
    pictures = [natural(seed, low=0.35, high=0.6) for seed in range(3)]
    theirs = shinier_result(pictures, tmp_path, mode=4, as_gray=True, linear_luminance=True, rescaling=0)
    ours = matched(pictures, "spectrum", spectrum="full", transfer="linear")
    assert not ours.record.is_lowered
    for our, their in zip(ours.pictures, theirs, strict=True):
        assert np.abs(codes(our) - their).max() <= 1


@pytest.mark.skipif(not FACES.is_dir(), reason="the faces are not on this machine")
@pytest.mark.parametrize("match", ["luminance", "contrast", "histogram", "spectrum"])
def test_faces_are_on_target(match: str) -> None:
    from PIL import Image

    paths = sorted(FACES.glob("*.jpg"))[:4]
    faces = [
        Picture(pixels=np.asarray(Image.open(path).convert("RGB").resize((160, 160))) / 255.0)
        for path in paths
    ]
    made = matched(faces, match)
    assert all(one.is_on_target for one in made.record.pictures)
    assert np.ptp(means(faces)) > 0.02
    np.testing.assert_allclose(means(made.pictures), made.record.target_mean_luminance, rtol=1e-3)
