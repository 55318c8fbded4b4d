"""The plane recipe's scores against exact densities, an identity that must look real, and models that must not."""

import importlib.util
import sys
from dataclasses import astuple, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from stimgen.errors import SettingError, ShapeError

pytest.importorskip("sklearn")

_FILE = Path(__file__).parents[2] / "recipes" / "papers" / "plane_sets.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recipe_plane_sets", _FILE)
    module = importlib.util.module_from_spec(spec)
    # a dataclass looks its module up by name
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


plane = _load()


def same(points):
    return points


def exact_density(reference, queries, bandwidth):
    squared = ((queries[:, None, :] - reference[None, :, :]) ** 2).sum(axis=-1)
    return np.exp(-squared / (2 * bandwidth**2)).mean(axis=1) / (2 * np.pi * bandwidth**2)


def log_floored(density):
    return np.log(np.maximum(density, 1e-3))


@pytest.fixture(scope="module")
def identity():
    return {
        name: plane.score_plane(same, same, name=name, rng=np.random.default_rng(1))
        for name in plane.PLANE_SETS
    }


def mean_over(scores, field):
    return np.mean([getattr(one, field) for one in scores.values()])


@pytest.mark.parametrize("name", plane.PLANE_SETS)
def test_a_large_draw_fills_the_unit_square_and_a_small_one_shares_its_scale(name):
    large = plane.plane_set(name, 50_000, np.random.default_rng(3))
    small = plane.plane_set(name, 400, np.random.default_rng(4))
    assert large.dtype == np.float32 and large.shape == (50_000, 2)
    assert np.allclose(large.min(axis=0), 0, atol=0.06) and np.allclose(large.max(axis=0), 1, atol=0.06)
    assert np.allclose(np.median(large, axis=0), np.median(small, axis=0), atol=0.12)
    # scaled by itself, a small draw would reach 0 and 1 exactly
    assert not np.any(np.isin(small, [0.0, 1.0]))


@pytest.mark.parametrize("name", plane.PLANE_SETS)
def test_the_same_generator_state_gives_the_same_points_and_another_gives_others(name):
    first, again, other = (plane.plane_set(name, 50, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_unknown_set_and_an_empty_draw_are_refused():
    with pytest.raises(SettingError, match="no set 'spiral'; choose one of s_curve"):
        plane.plane_set("spiral", 5, np.random.default_rng(0))
    with pytest.raises(SettingError, match="n is 0"):
        plane.plane_set("moons", 0, np.random.default_rng(0))


@pytest.mark.parametrize("bandwidth", [0.01, 0.02, 0.08])
@pytest.mark.parametrize("name", ["s_curve", "blobs"])
def test_the_binned_density_agrees_with_the_exact_one(name, bandwidth):
    rng = np.random.default_rng(7)
    reference = plane.plane_set(name, 2_000, rng).astype(float)
    # straight mixtures lie in dense places, in thin ones and in none
    queries = plane.mix_in_pairs(plane.plane_set(name, 800, rng).astype(float), rng)
    binned = log_floored(plane.binned_density(reference, queries, bandwidth=bandwidth))
    exact = log_floored(exact_density(reference, queries, bandwidth))
    assert np.abs(binned - exact).max() < 0.02
    assert abs(binned.mean() - exact.mean()) < 0.001
    assert np.ptp(exact) > 2


def test_the_density_of_far_and_huge_points_is_zero_and_needs_no_large_grid():
    rng = np.random.default_rng(8)
    points = plane.plane_set("moons", 500, rng)
    far = np.array([[5.0, 5.0], [-1e12, 1e12]])
    assert np.array_equal(plane.binned_density(points, far, bandwidth=0.01), [0, 0])
    runaway = np.concatenate([points, far])
    mixed = plane.binned_density(points, runaway, bandwidth=0.01)
    assert mixed[-2:].tolist() == [0, 0] and np.all(mixed[:-2] > 0)
    # runaway points still count in the share of mass that each Gaussian has
    diluted = plane.binned_density(runaway, points, bandwidth=0.01)
    assert np.allclose(diluted, mixed[:-2] * 500 / 502, rtol=0.02)


def test_a_grid_too_large_to_hold_is_refused():
    with pytest.raises(SettingError, match="is too large"):
        plane.binned_density([[0, 0], [1, 1]], [[0, 0], [1, 1]], bandwidth=1e-5)


def test_the_broad_bandwidth_is_scott_s_with_the_spread_of_both_axes():
    corners = np.array([[0, 0], [2, 0], [0, 2], [2, 2]] * 16)
    assert plane.broad_bandwidth(corners) == pytest.approx(np.sqrt(2) / 2)


def test_the_identity_keeps_distances_and_its_reconstructions_look_real(identity):
    for name, scores in identity.items():
        assert scores.r_xz == pytest.approx(1), name
        assert scores.off_share_reconstruction == pytest.approx(0.01, abs=0.006), name
        assert scores.kl_reconstruction == pytest.approx(0, abs=0.02), name
        assert scores.reconstruction_l1 == scores.reconstruction_mse == 0, name
    # stored values of an independent trial program, whose blobs had other centres
    assert mean_over(identity, "sharp_ll_reconstruction") == pytest.approx(1.565, abs=0.04)
    assert mean_over(identity, "broad_ll_reconstruction") == pytest.approx(0.537, abs=0.04)


def test_straight_lines_between_points_leave_the_data(identity):
    off = {name: scores.off_share_interpolation for name, scores in identity.items()}
    # blobs are nearest to straight: a third of the pairs share a blob and stay inside it
    assert 0.25 < off["blobs"] < 0.40
    assert all(0.38 < share < 0.75 for name, share in off.items() if name != "blobs")
    assert mean_over(identity, "off_share_interpolation") == pytest.approx(0.52, abs=0.03)
    assert mean_over(identity, "sharp_ll_interpolation") < mean_over(identity, "sharp_ll_reconstruction") - 3
    assert mean_over(identity, "kl_interpolation") == pytest.approx(0.95, abs=0.06)


def test_a_path_along_the_curve_stays_with_the_data_where_a_straight_line_does_not(identity):
    # a code of angle and ring: mixing turns along a ring and never crosses the middle
    def encode(points):
        x, y = (points - 0.5).T
        return np.stack([np.arctan2(y, x), np.hypot(x, y) > 0.37], axis=1)

    def decode(codes):
        radius = np.where(np.rint(codes[:, 1]) > 0, 0.435, 0.218)
        return 0.5 + radius[:, None] * np.stack([np.cos(codes[:, 0]), np.sin(codes[:, 0])], axis=1)

    turned = plane.score_plane(encode, decode, name="circles", rng=np.random.default_rng(2))
    straight = identity["circles"]
    assert turned.off_share_interpolation < 0.02 < straight.off_share_interpolation
    assert turned.sharp_ll_interpolation > straight.sharp_ll_interpolation + 2
    assert turned.kl_interpolation < straight.kl_interpolation
    assert 0 < turned.r_xz < 0.9


def test_a_decoder_stuck_on_one_real_point_is_likely_but_far_from_the_data_as_a_whole(identity):
    centre = plane.plane_set("blobs", 30_000, np.random.default_rng(0))
    densest = centre[np.argmax(plane.binned_density(centre, centre, bandwidth=0.02))]
    stuck = plane.score_plane(
        lambda points: np.zeros((len(points), 2)),
        lambda codes: np.tile(densest, (len(codes), 1)),
        name="blobs",
        rng=np.random.default_rng(1),
    )
    assert np.isnan(stuck.r_xz)
    assert stuck.sharp_ll_reconstruction > identity["blobs"].sharp_ll_reconstruction
    assert stuck.off_share_reconstruction == 0
    assert stuck.kl_reconstruction > 3
    assert stuck.reconstruction_l1 > 0.1


def test_errors_of_reconstruction_are_means_over_coordinates():
    scores = plane.score_plane(
        same,
        lambda codes: codes + [0.1, -0.3],
        name="moons",
        rng=np.random.default_rng(0),
        n_held_out=200,
        n_decodes=200,
    )
    assert scores.reconstruction_l1 == pytest.approx(0.2, abs=1e-6)
    assert scores.reconstruction_mse == pytest.approx(0.05, abs=1e-6)


def test_the_same_seed_gives_the_same_scores_and_another_gives_others():
    first, again, other = (
        astuple(
            plane.score_plane(
                same, same, name="s_curve", rng=np.random.default_rng(seed), n_held_out=500, n_decodes=500
            )
        )
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("encode", "decode", "message"),
    [
        (lambda x: x[:, :1], same, r"encode gave shape \(200, 1\)"),
        (same, lambda z: z[:-1], r"decode gave shape \(199, 2\)"),
        (same, lambda z: z * np.nan, "decode gave 200 of 200 rows that are not finite"),
    ],
)
def test_broken_models_are_refused(encode, decode, message):
    with pytest.raises(ShapeError, match=message):
        plane.score_plane(
            encode, decode, name="moons", rng=np.random.default_rng(0), n_held_out=200, n_decodes=200
        )


def test_too_few_points_for_a_quantile_are_refused():
    with pytest.raises(SettingError, match="n_decodes is 99"):
        plane.score_plane(same, same, name="moons", rng=np.random.default_rng(0), n_decodes=99)


def _rows(value_of, n_seeds=1, models=("near", "far"), names=("blobs", "moons", "s_curve")):
    blank = plane.PlaneScores(**dict.fromkeys(plane.PlaneScores.__dataclass_fields__, 0.0))
    return [
        plane.PlaneRow(model=model, name=name, scores=replace(blank, r_xz=value_of(model, name, seed)))
        for seed in range(n_seeds)
        for model in models
        for name in names
    ]


_MODEL = {"near": 0.9, "far": 0.4}
_SET = {"blobs": 0.0, "moons": 0.2, "s_curve": -0.1}


def test_least_squares_takes_an_exact_sum_apart_whichever_the_reference():
    rows = _rows(lambda model, name, _: _MODEL[model] + _SET[name])
    table = plane.ols_table(rows, reference_set="blobs")
    assert table.terms == (("model", "near"), ("model", "far"), ("set", "moons"), ("set", "s_curve"))
    i_metric = table.metrics.index("r_xz")
    assert np.allclose(table.coefficients[:, i_metric], [0.9, 0.4, 0.2, -0.1])
    assert np.allclose(table.standard_errors, 0, atol=1e-12)
    moved = plane.ols_table(rows, reference_set="s_curve")
    assert moved.terms[2:] == (("set", "blobs"), ("set", "moons"))
    assert np.allclose(moved.coefficients[:, i_metric], [0.8, 0.3, 0.1, 0.3])


def test_standard_errors_are_those_of_group_means_when_only_one_set_is_there():
    # two seeds 0.1 above and below: residual variance 4 * 0.01 / (4 - 2), each mean of 2 rows has half of it
    rows = _rows(lambda model, _, seed: _MODEL[model] + (0.1, -0.1)[seed], n_seeds=2, names=("moons",))
    table = plane.ols_table(rows, reference_set="moons")
    i_metric = table.metrics.index("r_xz")
    assert np.allclose(table.coefficients[:, i_metric], [0.9, 0.4])
    assert np.allclose(table.standard_errors[:, i_metric], np.sqrt(0.02 / 2))
    assert table.n_rows == 4


def test_standard_errors_of_a_two_by_two_design_match_the_hand_calculation():
    # one cell is 0.4 off the sum of parts: the fit shares it, residuals are +-0.1, with 1 degree of freedom s^2 = 0.04;
    # the inverse of X'X = [[2, 0, 1], [0, 2, 1], [1, 1, 2]] has the diagonal 3/4, 3/4, 1
    rows = _rows(
        lambda model, name, _: 0.4 if (model, name) == ("near", "moons") else 0.0, names=("blobs", "moons")
    )
    table = plane.ols_table(rows, reference_set="blobs")
    i_metric = table.metrics.index("r_xz")
    assert np.allclose(table.coefficients[:, i_metric], [0.1, -0.1, 0.2])
    assert np.allclose(table.standard_errors[:, i_metric] ** 2, 0.04 * np.array([0.75, 0.75, 1.0]))


def test_least_squares_agrees_with_statsmodels_where_that_is_installed():
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    rows = _rows(lambda model, name, _: _MODEL[model] + _SET[name] + 0.1 * rng.standard_normal(), n_seeds=3)
    table = plane.ols_table(rows, reference_set="blobs")
    i_metric = table.metrics.index("r_xz")
    design = [[float(term in {("model", r.model), ("set", r.name)}) for term in table.terms] for r in rows]
    fit = api.OLS([r.scores.r_xz for r in rows], design).fit()
    assert np.allclose(table.coefficients[:, i_metric], fit.params)
    assert np.allclose(table.standard_errors[:, i_metric], fit.bse)


def test_a_design_without_spare_rows_has_coefficients_but_no_standard_errors():
    table = plane.ols_table(_rows(lambda *_: 0.5, models=("near",)), reference_set="blobs")
    assert np.isnan(table.standard_errors).all() and np.isfinite(table.coefficients).all()


def test_designs_that_cannot_answer_are_refused():
    rows = _rows(lambda *_: 0.5)
    with pytest.raises(SettingError, match="no row is of the reference set 'circles'; choose one of"):
        plane.ols_table(rows, reference_set="circles")
    with pytest.raises(SettingError, match="cannot tell apart 2 models and 2 sets"):
        plane.ols_table([rows[0], rows[4]], reference_set="blobs")
    with pytest.raises(SettingError, match="r_xz of 'near' on 'blobs' is nan"):
        plane.ols_table(_rows(lambda *_: np.nan), reference_set="blobs")


def test_the_mesh_figure_is_written_with_ink_in_every_colour_and_the_same_each_time(tmp_path):
    results = {
        ("identity", "moons"): (same, same),
        ("identity", "circles"): (same, same),
        ("halved", "moons"): (same, lambda codes: 0.5 * codes),
    }
    plane.mesh_figure(results, tmp_path / "mesh.png")
    plane.mesh_figure(results, tmp_path / "again.png")
    plane.mesh_figure({("identity", "moons"): (same, same)}, tmp_path / "one.png")
    assert (tmp_path / "mesh.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    with Image.open(tmp_path / "mesh.png") as picture, Image.open(tmp_path / "one.png") as single:
        assert picture.width > single.width and picture.height > single.height
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    for color in ((0, 114, 178), (213, 94, 0), (0, 158, 115), (178, 178, 178)):
        assert np.sum(np.abs(pixels - color).max(axis=1) < 40) > 200, color


def test_the_mesh_spans_the_inner_codes_in_both_directions():
    codes = np.random.default_rng(0).uniform([0, -2], [1, 2], size=(5_000, 2))
    first, second = plane._mesh_of_codes(codes)
    assert first.shape == second.shape
    # along a line of the first family only the first code moves
    assert np.ptp(first[:, :, 1], axis=1).max() == 0 < np.ptp(first[:, :, 0], axis=1).min()
    assert np.ptp(second[:, :, 0], axis=1).max() == 0 < np.ptp(second[:, :, 1], axis=1).min()
    for family in (first, second):
        assert np.allclose(family.min(axis=(0, 1)), [0.01, -1.96], atol=0.01)
        assert np.allclose(family.max(axis=(0, 1)), [0.99, 1.96], atol=0.01)


@pytest.mark.parametrize(
    ("results", "file", "message"),
    [
        ({}, "a.png", "got 0 results"),
        ({("m", "moons"): (same, same)}, "a.pdf", "ending in .png"),
        ({("m", "spiral"): (same, same)}, "a.png", "no set 'spiral'"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_refused_and_leaves_no_file(tmp_path, results, file, message):
    with pytest.raises(SettingError, match=message):
        plane.mesh_figure(results, tmp_path / file)
    assert not list(tmp_path.iterdir())
