"""Which place of one drawing becomes which of another: optimal transport, from coarse to fine.

Optimal transport alone says where each bit of mass goes, but a thin stroke that turns would be sheared and fattened:
the map is the gradient of a convex function and never turns. So the assignment is found between the second drawing and
the first as it has been moved so far: first as one rigid piece, then by moves that are rigid over ever smaller
neighbourhoods, last by a smooth remainder.
"""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray

_STARTS_RAD = (0.0, 0.7, -0.7)
_N_TURNS = 12
_TURN_DONE_RAD = 0.005
# a turn is only kept if it saves at least this share of the cost of transport, and a greater turn only if it saves
# half of what the smaller one leaves
_LEAST_SAVING, _GREATER_SAVING = 0.1, 0.5
_RIGID_SHARES = (0.5, 0.25, 0.12)
_N_REMAINDERS = 2
_REMAINDER_SPACINGS = 2.0


@dataclass(frozen=True, kw_only=True)
class Match:
    """Places of a and where each goes in b, and the other way round.

    Args:
        in_a: Points of a, shape (n_points, 2), px.
        goes_to: Where each goes, smooth over its neighbours, likewise.
        in_b: Points of b, likewise.
        comes_from: The point of a that each is matched to.
        turn_rad: By how much the whole was turned first.
        rms_way_px: Root mean square way of the mass in the plain optimal transport, centres of mass made equal, px.
    """

    in_a: FloatArray
    goes_to: FloatArray
    in_b: FloatArray
    comes_from: FloatArray
    turn_rad: float
    rms_way_px: float


def match(coarse: tuple[FloatArray, FloatArray], fine: tuple[FloatArray, FloatArray]) -> Match:
    """Match two sets of points of equal weight.

    Args:
        coarse: Points of a and of b, shape (n_coarse, 2) each, px.
        fine: More points of the same, shape (n_fine, 2) each.

    References:
        Kantorovich 1942; the assignment is exact (Crouse 2016, IEEE Transactions on Aerospace and Electronic Systems
        52(4), 1679-1696). Rigid moves by weights: Schaefer, McPhail & Warren 2006, ACM Transactions on Graphics 25(3),
        533-540.

    Examples:
        >>> points = np.random.default_rng(0).normal(size=(64, 2))
        >>> found = match((points, points + 3.0), (points, points + 3.0))
        >>> bool(np.allclose(found.goes_to, points + 3.0, atol=0.01))
        True
    """
    a, b = coarse
    moved, turn_rad, cost = _as_one_piece(a, b)
    radius = np.sqrt(np.mean(np.sum((a - a.mean(axis=0)) ** 2, axis=1)))
    widths = [share * radius for share in _RIGID_SHARES]
    for width in widths:
        target = b[assign(moved, b)]
        moved = rigid_moves(a, a, target, width=width)
    points, goals = fine
    moved = rigid_moves(points, a, target, width=widths[-1])
    for _ in range(_N_REMAINDERS):
        target = goals[assign(moved, goals)]
        moved = moved + smooth_at(points, points, target - moved, spacings=_REMAINDER_SPACINGS)
    return Match(
        in_a=points,
        goes_to=moved,
        in_b=goals,
        comes_from=points[np.argsort(assign(moved, goals))],
        turn_rad=turn_rad,
        rms_way_px=float(np.sqrt(cost)),
    )


def assign(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return for each point of a the index of its own point of b such that the squares of all ways sum to the least."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    return np.asarray(linear_sum_assignment(cdist(a, b, "sqeuclidean"))[1])


def rigid_moves(places: FloatArray, a: FloatArray, b: FloatArray, *, width: float) -> FloatArray:
    """Move places as the points about them go from a to b, each by the best rigid motion of its neighbourhood.

    Args:
        places: Shape (n_places, 2), px.
        a: Where points are, shape (n_points, 2).
        b: Where they go.
        width: Standard deviation of the Gaussian that weighs neighbours, px.
    """
    weights = _weights(places, a, width)
    middle_a, middle_b = weights @ a, weights @ b
    dot = weights @ np.sum(a * b, axis=1) - np.sum(middle_a * middle_b, axis=1)
    cross = weights @ _cross(a, b) - _cross(middle_a, middle_b)
    return middle_b + _turned(places - middle_a, np.arctan2(cross, dot))


def smooth_at(places: FloatArray, points: FloatArray, values: FloatArray, *, spacings: float) -> FloatArray:
    """Read values known at points at other places, by planes fitted to the neighbourhood of each.

    Args:
        places: Shape (n_places, 2), px.
        points: Shape (n_points, 2), px.
        values: Shape (n_points, 2).
        spacings: Standard deviation of the Gaussian that weighs neighbours, in usual distances between neighbours.
    """
    from scipy.spatial import cKDTree

    spacing = float(np.median(cKDTree(points).query(points, k=2)[0][:, 1]))
    width = spacings * max(spacing, 1e-6)
    weights = _weights(places, points, width)
    middle, level = weights @ points, weights @ values
    squares = np.stack([points[:, 0] ** 2, points[:, 0] * points[:, 1], points[:, 1] ** 2], axis=1)
    xx, xy, yy = (weights @ squares - middle[:, [0, 0, 1]] * middle[:, [0, 1, 1]]).T
    # a ridge, so that points in one row fix no slope across it
    ridge = 0.1 * width**2
    xx, yy = xx + ridge, yy + ridge
    along = [weights @ (points[:, [k]] * values) - middle[:, [k]] * level for k in range(2)]
    det = (xx * yy - xy**2)[:, None]
    slope_x = (yy[:, None] * along[0] - xy[:, None] * along[1]) / det
    slope_y = (xx[:, None] * along[1] - xy[:, None] * along[0]) / det
    away = places - middle
    return np.asarray(level + away[:, [0]] * slope_x + away[:, [1]] * slope_y)


def _as_one_piece(a: FloatArray, b: FloatArray) -> tuple[FloatArray, float, float]:
    """Return a moved and turned as one piece towards b, the angle, and the mean square way without the turn."""
    middle_a, middle_b = a.mean(axis=0), b.mean(axis=0)
    away_a, away_b = a - middle_a, b - middle_b
    still = _mean_square(away_a, away_b[assign(away_a, away_b)])
    best, best_cost = 0.0, (1.0 - _LEAST_SAVING) * still
    for start in _STARTS_RAD:
        turn, cost = _turn_from(start, away_a, away_b)
        if cost < best_cost * (1.0 if abs(turn) < abs(best) + 0.01 or not best else 1.0 - _GREATER_SAVING):
            best, best_cost = turn, cost
    return middle_b + _turned(away_a, np.full(a.shape[0], best)), best, still


def _turn_from(turn: float, a: FloatArray, b: FloatArray) -> tuple[float, float]:
    """Turn a about the origin until it lies best on b, and return the angle and the mean square way that is left."""
    for _ in range(_N_TURNS):
        turned = _turned(a, np.full(a.shape[0], turn))
        goal = b[assign(turned, b)]
        more = float(np.arctan2(np.sum(_cross(turned, goal)), np.sum(turned * goal)))
        if abs(more) < _TURN_DONE_RAD:
            break
        turn += more
    return turn, _mean_square(turned, goal)


def _mean_square(a: FloatArray, b: FloatArray) -> float:
    return float(np.mean(np.sum((a - b) ** 2, axis=1)))


def _weights(places: FloatArray, points: FloatArray, width: float) -> FloatArray:
    from scipy.spatial.distance import cdist

    square = cdist(places, points, "sqeuclidean")
    # relative to the nearest, so that places far from all points follow those
    weights = np.exp(-0.5 * (square - square.min(axis=1, keepdims=True)) / width**2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _turned(places: FloatArray, angle_rad: FloatArray) -> FloatArray:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.stack(
        [cos * places[:, 0] - sin * places[:, 1], sin * places[:, 0] + cos * places[:, 1]], axis=1
    )
