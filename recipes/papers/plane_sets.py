"""Five sets in the plane: does an autoencoder keep distances, and do mixtures of codes decode to where the data lie?

The sets are curves, rings and heaps whose density is known well enough to say whether a point could be a member.
`score_plane` asks one model about one set, `ols_table` puts models beside each other over several sets, `mesh_figure`
draws what each decoder makes of a grid of codes.

The identity, which keeps every distance and mixes along straight lines, marks where the scales begin. Values are means
over ten seeds, with 5 000 held-out points and 20 000 decodes; `real` is the identity's reconstruction, `line` its
interpolation:

| set | r | sharp ll, real | line | broad ll, real | line | KL, real | line | off, real | line |
|---|---|---|---|---|---|---|---|---|---|
| s_curve | 1 | 1.60 | -3.50 | 0.16 | -0.25 | 0.00 | 1.16 | 0.01 | 0.65 |
| moons | 1 | 1.52 | -2.31 | 0.46 | 0.23 | 0.00 | 0.90 | 0.01 | 0.51 |
| circles | 1 | 1.05 | -2.05 | 0.25 | 0.26 | 0.00 | 0.88 | 0.01 | 0.43 |
| blobs | 1 | 1.88 | -1.02 | 1.46 | 0.50 | 0.00 | 0.61 | 0.01 | 0.33 |
| swiss_roll | 1 | 1.73 | -3.47 | 0.25 | 0.01 | 0.00 | 1.21 | 0.01 | 0.68 |
| mean | 1 | 1.55 | -2.47 | 0.51 | 0.15 | 0.00 | 0.95 | 0.01 | 0.52 |

A model that copies its input scores as `real` for reconstructions and 1 in `r_xz`; only its interpolations tell it
from one that has learned where the data are. A decoder that puts everything in the densest spot has a higher
likelihood than real data have: read likelihood beside `kl_...`, which is high for what leaves data uncovered. The
broad likelihood is a coarse view, and on the circles it takes straight lines for real data.

The publication names neither its five sets nor its densities, so its absolute values cannot be met; differences can.

References:
    Sainburg et al. 2018, arXiv:1807.06650, table 1 (the models' part of such a comparison).
    Scott 1992, Multivariate Density Estimation, section 6.3.2 (the rule from which the broad bandwidth comes).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial.distance import pdist
from sklearn import datasets

from stimgen.errors import SettingError, ShapeError

FloatArray = NDArray[np.float64]
Points = NDArray[np.float32]
Encode = Callable[[Points], NDArray[np.floating]]
Decode = Callable[[NDArray[np.floating]], NDArray[np.floating]]

PLANE_SETS = ("s_curve", "moons", "circles", "blobs", "swiss_roll")

SHARP_BANDWIDTH = 0.01
KL_BANDWIDTH = 0.02
DENSITY_FLOOR = 1e-3
OFF_QUANTILE = 0.01
N_DISTANCE_POINTS = 1_000

_BLOB_CENTRES = ((-5.0, 0.0), (0.0, 5.0), (5.0, -5.0))
_SCALE_SEED = 180706650
_N_SCALE_POINTS = 100_000
# a 1 % quantile of fewer points is the smallest of them
_MIN_POINTS = 100
_CELLS_PER_BANDWIDTH = 10
_KERNEL_REACH = 6.0
_TOO_MANY_CELLS = 20_000_000

_N_MESH_LINES = 15
_N_LINE_POINTS = 120
_N_FIGURE_POINTS = 1_500
_MESH_COLORS = ("#0072b2", "#d55e00")
_MIX_COLOR = "#009e73"


def plane_set(name: str, n: int, rng: np.random.Generator) -> Points:
    """Draw points of one set, on a scale that is the same for every draw.

    Each axis is shifted and stretched so that one large draw with a seed of its own spans 0 to 1. Other draws may
    reach a little beyond.

    Args:
        name: One of `PLANE_SETS`.
        n: How many points.
        rng: Source of the draw.

    Returns:
        Points in random order, shape (n, 2), float32.

    Raises:
        SettingError: If the set is unknown or n is below 1.

    >>> plane_set("moons", 4, np.random.default_rng(0)).shape
    (4, 2)
    """
    if n < 1:
        raise SettingError(f"n is {n}; ask for at least 1 point")
    raw = _draw_unscaled(name, n, rng)
    low, high = _extent(name)
    return ((raw - low) / (high - low)).astype(np.float32)


def _draw_unscaled(name: str, n: int, rng: np.random.Generator) -> FloatArray:
    seed = int(rng.integers(2**32))
    if name == "s_curve":
        return datasets.make_s_curve(n, noise=0.05, random_state=seed)[0][:, [0, 2]]
    if name == "moons":
        return datasets.make_moons(n, noise=0.05, random_state=seed)[0]
    if name == "circles":
        return datasets.make_circles(n, noise=0.05, factor=0.5, random_state=seed)[0]
    if name == "blobs":
        return datasets.make_blobs(n, centers=np.array(_BLOB_CENTRES), cluster_std=1.0, random_state=seed)[0]
    if name == "swiss_roll":
        return datasets.make_swiss_roll(n, noise=0.3, random_state=seed)[0][:, [0, 2]]
    raise SettingError(f"there is no set {name!r}; choose one of {', '.join(PLANE_SETS)}")


@cache
def _extent(name: str) -> tuple[FloatArray, FloatArray]:
    raw = _draw_unscaled(name, _N_SCALE_POINTS, np.random.default_rng(_SCALE_SEED))
    return raw.min(axis=0), raw.max(axis=0)


def binned_density(reference: ArrayLike, queries: ArrayLike, *, bandwidth: float) -> FloatArray:
    """Estimate the density that a round Gaussian on each reference point gives at the queries, by way of a grid.

    The reference is shared out to the four nearest nodes of a grid of bandwidth / 10, smoothed, and read off between
    nodes. Sharing out and reading off are each a convolution with a triangle of variance cell^2 / 6; the smoothing is
    narrower by both, so that the whole has the bandwidth asked for. Some 6 bandwidths from every reference point and
    further out the density is exactly 0.

    Args:
        reference: Shape (n, 2).
        queries: Shape (m, 2).
        bandwidth: Standard deviation of the Gaussian along each axis, in the points' unit.

    Returns:
        Density per unit of area, shape (m,), not floored.

    Raises:
        SettingError: If the points that both sides share room with are spread too far for a grid.

    >>> peak = binned_density(np.zeros((1, 2)), np.zeros((1, 2)), bandwidth=1.0)
    >>> bool(np.isclose(peak[0], 1 / (2 * np.pi), rtol=0.01))
    True
    """
    reference, queries = np.asarray(reference, dtype=float), np.asarray(queries, dtype=float)
    cell = bandwidth / _CELLS_PER_BANDWIDTH
    # nothing that lies further than the kernel's reach from the other side can matter
    reach = _KERNEL_REACH * bandwidth + 2 * cell
    low = np.maximum(reference.min(axis=0), queries.min(axis=0)) - reach
    high = np.minimum(reference.max(axis=0), queries.max(axis=0)) + reach
    if np.any(high <= low):
        return np.zeros(len(queries))
    size = np.ceil((high - low) / cell) + 1
    if size.prod() > _TOO_MANY_CELLS:
        raise SettingError(
            f"a grid of {size[0]:.0f} by {size[1]:.0f} cells is too large; points spread over {high - low} need a "
            f"bandwidth well above {bandwidth}"
        )
    counts = _shared_counts((reference - low) / cell, (int(size[0]), int(size[1])))
    narrowed = np.sqrt(_CELLS_PER_BANDWIDTH**2 - 2 / 6)
    radius = round(_KERNEL_REACH * _CELLS_PER_BANDWIDTH)
    smooth = gaussian_filter(counts, narrowed, mode="constant", radius=radius)
    at_queries = map_coordinates(smooth, ((queries - low) / cell).T, order=1, mode="constant")
    return at_queries / (len(reference) * cell**2)


def _shared_counts(positions: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Share each point out to its four nodes by area; a point outside of the grid counts nowhere."""
    inside = np.all((positions >= 0) & (positions < np.array(size) - 1), axis=1)
    node = np.floor(positions[inside]).astype(np.intp)
    part = positions[inside] - node
    counts = np.zeros(size[0] * size[1])
    for right in (0, 1):
        for up in (0, 1):
            weight = np.abs(1 - right - part[:, 0]) * np.abs(1 - up - part[:, 1])
            index = (node[:, 0] + right) * size[1] + node[:, 1] + up
            counts += np.bincount(index, weights=weight, minlength=counts.size)
    return counts.reshape(size)


def broad_bandwidth(points: ArrayLike) -> float:
    """Give n^(-1/6) times the root mean squared distance of the points from their mean.

    Scott's rule in the plane has the spread of one axis there; with that of both, the Gaussian is about root 2 wider.

    Args:
        points: Shape (n, 2).

    Returns:
        Standard deviation of a round Gaussian along each axis, in the points' unit.
    """
    points = np.asarray(points, dtype=float)
    return float(len(points) ** (-1 / 6) * np.sqrt(points.var(axis=0).sum()))


@dataclass(frozen=True, kw_only=True)
class PlaneScores:
    """How one model does on one set; points are on the scale of `plane_set`.

    Attributes:
        r_xz: Pearson correlation of distances between points with those between codes; NaN if all codes are equal.
        sharp_ll_interpolation: Mean log density of interpolations under narrow Gaussians on held-out points, nats
            per point.
        sharp_ll_reconstruction: The same for reconstructions.
        broad_ll_interpolation: As the first, with Gaussians of `broad_bandwidth`.
        broad_ll_reconstruction: The same for reconstructions.
        kl_interpolation: Kullback-Leibler divergence of interpolations from the data, nats; slightly below 0 is chance.
        kl_reconstruction: The same for reconstructions.
        off_share_interpolation: Share of interpolations no denser than the thinnest 1 % of real data; 0.01 is ideal.
        off_share_reconstruction: The same for reconstructions.
        reconstruction_l1: Mean absolute error of a coordinate.
        reconstruction_mse: Mean squared error of a coordinate.
    """

    r_xz: float
    sharp_ll_interpolation: float
    sharp_ll_reconstruction: float
    broad_ll_interpolation: float
    broad_ll_reconstruction: float
    kl_interpolation: float
    kl_reconstruction: float
    off_share_interpolation: float
    off_share_reconstruction: float
    reconstruction_l1: float
    reconstruction_mse: float


def score_plane(
    encode: Encode,
    decode: Decode,
    *,
    name: str,
    rng: np.random.Generator,
    n_held_out: int = 5_000,
    n_decodes: int = 20_000,
) -> PlaneScores:
    """Score a model on three fresh draws of one set: the data's density, the points to encode, the real control.

    The encoded draw is not the one whose density is asked, else a perfect copy would sit on top of its own Gaussian.
    The divergence compares decodes with the control, which has as many points, so that the smoothing of both cancels.

    Args:
        encode: From points, shape (n, 2), float32, to codes, shape (n, 2).
        decode: From codes, shape (n, 2), to points, shape (n, 2).
        name: One of `PLANE_SETS`.
        rng: Source of the draws and of the pairs and weights of interpolations.
        n_held_out: Points of the data's density, at least 100.
        n_decodes: How many reconstructions, and how many interpolations, at least 100.

    Returns:
        The scores.

    Raises:
        SettingError: If the set is unknown or a count is too small.
        ShapeError: If codes or decoded points are not finite numbers of shape (n, 2).

    References:
        Sainburg et al. 2018, arXiv:1807.06650, table 1 and, for the weights of interpolations, algorithm 1.
    """
    for label, n in (("n_held_out", n_held_out), ("n_decodes", n_decodes)):
        if n < _MIN_POINTS:
            raise SettingError(f"{label} is {n}; a 1 % quantile needs at least {_MIN_POINTS} points")
    held_out, encoded, control = (plane_set(name, n, rng) for n in (n_held_out, n_decodes, n_decodes))
    codes = _in_plane(encode(encoded), n_decodes, "encode")
    reconstructed = _in_plane(decode(codes), n_decodes, "decode")
    mixed = _in_plane(decode(mix_in_pairs(codes, rng)), n_decodes, "decode")
    sharp, broad = _densities_under(held_out, mixed, reconstructed, control)
    sharp_ll, broad_ll = _mean_log(sharp), _mean_log(broad)
    off = np.mean(sharp <= np.quantile(sharp[2], OFF_QUANTILE), axis=1)
    kl = _divergences(held_out, mixed, reconstructed, control)
    error = reconstructed.astype(float) - encoded
    return PlaneScores(
        r_xz=_distance_correlation(encoded[:N_DISTANCE_POINTS], codes[:N_DISTANCE_POINTS]),
        sharp_ll_interpolation=float(sharp_ll[0]),
        sharp_ll_reconstruction=float(sharp_ll[1]),
        broad_ll_interpolation=float(broad_ll[0]),
        broad_ll_reconstruction=float(broad_ll[1]),
        kl_interpolation=float(kl[0]),
        kl_reconstruction=float(kl[1]),
        off_share_interpolation=float(off[0]),
        off_share_reconstruction=float(off[1]),
        reconstruction_l1=float(np.mean(np.abs(error))),
        reconstruction_mse=float(np.mean(error**2)),
    )


def mix_in_pairs(codes: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.floating]:
    """Mix each code with another drawn at random, beta z_a + (1 - beta) z_b, beta normal about 0.5 with sd 0.25.

    The weight is not cut to [0, 1]: one mixture in 22 lies beyond one of its two ends, as in training.
    """
    beta = rng.normal(0.5, 0.25, size=(len(codes), 1)).astype(codes.dtype)
    return beta * codes + (1 - beta) * rng.permutation(codes)


def _in_plane(points: ArrayLike, n: int, maker: str) -> NDArray[np.floating]:
    points = np.asarray(points)
    if points.shape != (n, 2):
        raise ShapeError(f"{maker} gave shape {points.shape} for {n} rows; it must give ({n}, 2)")
    if not np.issubdtype(points.dtype, np.floating):
        points = points.astype(float)
    n_broken = int(np.sum(~np.isfinite(points).all(axis=1)))
    if n_broken:
        raise ShapeError(f"{maker} gave {n_broken} of {n} rows that are not finite; the model has diverged")
    return points


def _densities_under(held_out: Points, *groups: NDArray[np.floating]) -> tuple[FloatArray, FloatArray]:
    """Give sharp and broad density, each of shape (groups, points); all groups have equally many points."""
    # one grid for all groups, since smoothing it is most of the cost
    queries = np.concatenate([group.astype(float) for group in groups])
    sharp = binned_density(held_out, queries, bandwidth=SHARP_BANDWIDTH)
    broad = binned_density(held_out, queries, bandwidth=broad_bandwidth(held_out))
    return sharp.reshape(len(groups), -1), broad.reshape(len(groups), -1)


def _mean_log(density: FloatArray) -> FloatArray:
    return np.mean(np.log(np.maximum(density, DENSITY_FLOOR)), axis=-1)


def _divergences(
    held_out: Points, mixed: NDArray[np.floating], reconstructed: NDArray[np.floating], control: Points
) -> FloatArray:
    """Estimate KL(data, model) as the mean over held-out points of log data density - log model density."""
    of_mixed, of_reconstructed, of_data = (
        _mean_log(binned_density(points, held_out, bandwidth=KL_BANDWIDTH))
        for points in (mixed, reconstructed, control)
    )
    return np.array([of_data - of_mixed, of_data - of_reconstructed])


def _distance_correlation(points: NDArray[np.floating], codes: NDArray[np.floating]) -> float:
    between_codes = pdist(codes)
    if np.ptp(between_codes) == 0.0:
        return float("nan")
    return float(np.corrcoef(pdist(points), between_codes)[0, 1])


@dataclass(frozen=True, kw_only=True)
class PlaneRow:
    """The scores of one run: which model, on which set."""

    model: str
    name: str
    scores: PlaneScores


@dataclass(frozen=True, kw_only=True, eq=False)
class OlsTable:
    """Least-squares account of every metric as a sum of what the model adds and what the set adds.

    Attributes:
        metrics: Names of the columns.
        terms: Names of the rows, ("model", name) or ("set", name).
        reference_set: The set that has no term: a model's coefficient is its fitted value on that set. Another
            reference moves all models by one constant, so only differences between models mean something alone.
        coefficients: Shape (terms, metrics), in the metric's unit.
        standard_errors: The same shape; NaN when there are as many terms as rows.
        n_rows: How many runs went in.
    """

    metrics: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    reference_set: str
    coefficients: FloatArray
    standard_errors: FloatArray
    n_rows: int


def ols_table(rows: Sequence[PlaneRow], *, reference_set: str = PLANE_SETS[0]) -> OlsTable:
    """Regress each metric on indicators of model and set, without an intercept.

    Args:
        rows: Any number of runs; several of one model on one set (seeds) are welcome.
        reference_set: The set whose indicator is left out.

    Returns:
        Coefficients and standard errors.

    Raises:
        SettingError: If the reference is in no row, if a score is not finite, or if too few combinations of models
            and sets were run to tell their effects apart.

    References:
        Sainburg et al. 2018, arXiv:1807.06650, table 1, which reports such coefficients of the models.
    """
    names = sorted({row.name for row in rows})
    if reference_set not in names:
        raise SettingError(f"no row is of the reference set {reference_set!r}; choose one of {names}")
    models = list(dict.fromkeys(row.model for row in rows))
    terms = tuple([("model", model) for model in models] + [("set", s) for s in names if s != reference_set])
    metrics = tuple(field.name for field in fields(PlaneScores))
    values = np.array([[getattr(row.scores, metric) for metric in metrics] for row in rows])
    if not np.isfinite(values).all():
        i_row, i_metric = np.argwhere(~np.isfinite(values))[0]
        row = rows[i_row]
        raise SettingError(
            f"{metrics[i_metric]} of {row.model!r} on {row.name!r} is {values[i_row, i_metric]}; leave that run out"
        )
    design = np.array(
        [[term in {("model", row.model), ("set", row.name)} for term in terms] for row in rows], float
    )
    coefficients, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    if rank < len(terms):
        raise SettingError(
            f"{len(rows)} rows cannot tell apart {len(models)} models and {len(names)} sets; "
            "run the models on shared sets"
        )
    return OlsTable(
        metrics=metrics,
        terms=terms,
        reference_set=reference_set,
        coefficients=coefficients,
        standard_errors=_standard_errors(design, values - design @ coefficients),
        n_rows=len(rows),
    )


def _standard_errors(design: FloatArray, residuals: FloatArray) -> FloatArray:
    n_rows, n_terms = design.shape
    if n_rows == n_terms:
        return np.full((n_terms, residuals.shape[1]), np.nan)
    variance = np.sum(residuals**2, axis=0) / (n_rows - n_terms)
    spread = np.diag(np.linalg.inv(design.T @ design))
    return np.sqrt(spread[:, None] * variance)


def mesh_figure(
    results: Mapping[tuple[str, str], tuple[Encode, Decode]], path: str | Path, *, seed: int = 0
) -> None:
    """Draw what each decoder makes of a regular mesh of codes: models are columns, sets are rows.

    The mesh spans the 1 % to 99 % quantiles of the codes of held-out points. All panels show -0.2 to 1.2 on both axes;
    what is decoded to elsewhere is outside of the picture. A pair that is not in the results has a panel that says so.

    Args:
        results: From (model, set) to (encode, decode), as `score_plane` takes them.
        path: PNG file to write.
        seed: Of the held-out points and the interpolations.

    Raises:
        SettingError: If there are no results, a set is unknown, or the file is not a PNG.
        ShapeError: If codes or decoded points are not finite numbers of shape (n, 2).
    """
    path = Path(path)
    if not results or path.suffix.lower() != ".png":
        raise SettingError(
            f"got {len(results)} results and {path.name!r}; give at least 1 and a name ending in .png"
        )
    models = list(dict.fromkeys(model for model, _ in results))
    names = sorted({name for _, name in results}, key=_place_of)
    figure = Figure(
        figsize=(max(3.6, 2.4 * len(models) + 0.6), 2.4 * len(names) + 0.9), dpi=150, layout="constrained"
    )
    grid = figure.subplots(len(names), len(models), squeeze=False, sharex=True, sharey=True)
    for axes_row, name in zip(grid, names, strict=True):
        axes_row[0].set_ylabel(name.replace("_", " "), fontsize=12)
        for axes, model in zip(axes_row, models, strict=True):
            axes.set(
                xlim=(-0.2, 1.2), ylim=(-0.2, 1.2), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), aspect="equal"
            )
            if (model, name) in results:
                _draw_mesh(axes, *results[model, name], name=name, rng=np.random.default_rng(seed))
            else:
                axes.text(0.5, 0.5, "not run", ha="center", va="center", fontsize=11)
    for axes, model in zip(grid[0], models, strict=True):
        axes.set_title(model, fontsize=12)
    figure.legend(handles=_legend_handles(), loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    png = BytesIO()
    FigureCanvasAgg(figure).print_png(png)
    path.write_bytes(png.getvalue())


def _place_of(name: str) -> int:
    if name not in PLANE_SETS:
        raise SettingError(f"there is no set {name!r}; choose one of {', '.join(PLANE_SETS)}")
    return PLANE_SETS.index(name)


def _draw_mesh(axes: Axes, encode: Encode, decode: Decode, *, name: str, rng: np.random.Generator) -> None:
    held_out = plane_set(name, _N_FIGURE_POINTS, rng)
    codes = _in_plane(encode(held_out), _N_FIGURE_POINTS, "encode")
    mixed = _in_plane(decode(mix_in_pairs(codes, rng)), _N_FIGURE_POINTS, "decode")
    axes.plot(*held_out.T, ".", color="0.7", markersize=3, markeredgewidth=0, zorder=1)
    for lines, color in zip(_mesh_of_codes(codes), _MESH_COLORS, strict=True):
        flat = lines.reshape(-1, 2)
        decoded = _in_plane(decode(flat), len(flat), "decode").reshape(lines.shape)
        axes.add_collection(
            LineCollection(list(decoded), colors=color, linewidths=0.6, zorder=2), autolim=False
        )
    axes.plot(*mixed.T, ".", color=_MIX_COLOR, markersize=2.2, markeredgewidth=0, alpha=0.7, zorder=3)


def _mesh_of_codes(codes: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Give the lines along the first and along the second axis of the codes, each of shape (lines, points, 2)."""
    low, high = np.quantile(codes, [0.01, 0.99], axis=0)
    along = [np.linspace(low[i], high[i], _N_LINE_POINTS, dtype=codes.dtype) for i in (0, 1)]
    across = [np.linspace(low[i], high[i], _N_MESH_LINES, dtype=codes.dtype) for i in (0, 1)]
    first = np.stack(np.meshgrid(along[0], across[1]), axis=-1)
    second = np.stack(np.meshgrid(across[0], along[1], indexing="ij"), axis=-1)
    return first, second


def _legend_handles() -> list[Line2D]:
    dots = {"marker": ".", "linestyle": "", "markersize": 9}
    return [
        Line2D([], [], color="0.7", label="held-out points", **dots),
        Line2D([], [], color=_MIX_COLOR, label="interpolations", **dots),
        Line2D([], [], color=_MESH_COLORS[0], label="mesh along code 1"),
        Line2D([], [], color=_MESH_COLORS[1], label="mesh along code 2"),
    ]
