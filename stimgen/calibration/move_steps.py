"""Moves the steps of a chain until they are even, a few trial stimuli at a time."""

from itertools import pairwise

import numpy as np

from stimgen.calibration.chain import Chain, more_even
from stimgen.calibration.even_chain import even_chain, linked
from stimgen.calibration.expected_distances import Links, expected_logs
from stimgen.calibration.line_length import LineLength, line_length
from stimgen.calibration.trials import Trials
from stimgen.media.sound import FloatArray

N_DIGITS = 6
# Steps that are even enough are left alone. More steps than the second bound are moved all at once only.
_EVEN_RATIO = 1.08
_LONG, _MOST_SINGLE = 17, 64
# One round of the whole line is usual; lines that are still far off take more.
_WHOLE_ROUNDS, _FAR_OFF = 2, 3.0
# Rounds that look for single steps go on to the second bound while anything is still to be had for little.
_LOCAL_ROUNDS, _GOOD_ENOUGH, _MOST_UNEVEN = 8, 0.6, 0.8
_MOST_RENDERS_PER_STEP = 5.5
# A move by less than this share of a step is not worth a render, of many steps less than of few.
_LEAST_MOVE, _LEAST_MOVE_OF_MANY, _LEAST_LAST_MOVE = 0.02, 0.05, 0.25
# Steps may go to any place on a grid, in steps, that shifts from round to round by the golden section.
_GRID, _SHIFT = 0.1, 0.618
_LEAST_GRID_MOVE = 0.03
# A link to what has yet to be rendered must better the chain by so much, as a squared log.
_RENDER_COST = 0.001
_LEAST_GROWTH, _MOST_GROWTH = 0.4, 1.1
_TINY = 1e-12


def move_steps(trials: Trials, linear: Chain) -> Chain:
    """Return the most even chain found between the ends of a given one, which is kept if none is more even.

    The first round, or two, fits how distances grow along the whole line and goes where that wants the steps.
    Later rounds expect each distance from those known around it, choose the chain that is expected to be most
    even of rendered and possible places, and render what it lacks. Many steps, more than 64, are moved all at
    once only.

    Args:
        trials: What is known of the line.
        linear: The chain to begin with, 3 positions or more.
    """
    growth, n_steps = _growth(trials, linear), len(linear.positions)
    if linear.ratio <= _EVEN_RATIO:
        return linear
    least_move = _LEAST_MOVE if n_steps <= _LONG else _LEAST_MOVE_OF_MANY
    best = linear
    for _ in range(_WHOLE_ROUNDS):
        best = _whole_line(trials, linear, best, growth, least_move=least_move)
        if best.unevenness < _FAR_OFF or n_steps > _LONG:
            break
    if n_steps <= _MOST_SINGLE:
        return _single_steps(trials, linear, best, growth)
    return _whole_line(trials, linear, best, growth, least_move=_LEAST_LAST_MOVE)


def _single_steps(trials: Trials, linear: Chain, best: Chain, growth: float) -> Chain:
    n_steps, render_cost = len(best.positions), _RENDER_COST
    for number in range(_LOCAL_ROUNDS):
        done = best.ratio <= _EVEN_RATIO or best.unevenness < _GOOD_ENOUGH
        if done or trials.positions.size >= _MOST_RENDERS_PER_STEP * n_steps:
            break
        places = _places(trials, _fit(trials, best, growth), best)
        shift = _GRID * (_SHIFT * number % 1.0)
        lacking = _lacking(trials, places, best, growth, shift=shift, render_cost=render_cost)
        if lacking.size == 0:
            # a poor chain is worth renders of little promise, and a look at the next grid
            if best.unevenness < _MOST_UNEVEN:
                break
            render_cost = 0.0
            continue
        for position in np.interp(lacking, places, trials.positions):
            trials.render(round(float(position), N_DIGITS))
        best = _best_of_trials(trials, linear, best, growth)
    return best


def _lacking(
    trials: Trials, places: FloatArray, best: Chain, growth: float, *, shift: float, render_cost: float
) -> FloatArray:
    """Return the places, in steps, that the chain expected to be most even has and no trial stands at."""
    n_steps = len(best.positions)
    grid = np.arange(0.3 + shift, n_steps - 1.3, _GRID)
    grid = grid[np.abs(grid[:, None] - places).min(axis=1) > _LEAST_GRID_MOVE]
    all_places = np.concatenate([places, grid])
    order = np.argsort(all_places)
    all_places, is_trial = all_places[order], order < places.size
    known = _known_logs(trials, places)
    logs = np.full((order.size, order.size), np.nan)
    logs[np.ix_(is_trial, is_trial)] = known
    lower, upper = linked(all_places)
    new = ~(is_trial[lower] & is_trial[upper])
    lower, upper = lower[new], upper[new]
    rows, columns = np.nonzero(np.isfinite(known))
    logs[lower, upper] = expected_logs(
        Links(lower=places[rows], upper=places[columns]),
        known[rows, columns],
        Links(lower=all_places[lower], upper=all_places[upper]),
        growth=growth,
    )
    costs = np.where(is_trial[:, None] & is_trial, 0.0, render_cost)
    chain = even_chain(logs, all_places, n_steps=n_steps, log_step=float(np.log(best.typical)), costs=costs)
    return np.zeros(0) if chain is None else all_places[chain[~is_trial[chain]]]


def _whole_line(trials: Trials, linear: Chain, best: Chain, growth: float, *, least_move: float) -> Chain:
    """Render where the steps should stand by a fit to all that is known."""
    wanted = _fit(trials, best, growth).position_of(np.linspace(0.0, 1.0, len(best.positions)))
    gaps = np.minimum(np.diff(wanted)[:-1], np.diff(wanted)[1:])
    for position, gap in zip(wanted[1:-1], gaps, strict=True):
        if np.abs(trials.positions - position).min() > least_move * gap:
            trials.render(round(float(position), N_DIGITS))
    return _best_of_trials(trials, linear, best, growth)


def _best_of_trials(trials: Trials, linear: Chain, best: Chain, growth: float) -> Chain:
    """Return the most even chain of trials, be it around the places of the fit or those of the best chain."""
    fit = _fit(trials, best, growth)
    n_steps = len(best.positions)
    for places in (fit.share_at(trials.positions) * (n_steps - 1), _places(trials, fit, best)):
        logs = _known_logs(trials, places)
        chain = even_chain(logs, places, n_steps=n_steps, log_step=float(np.log(best.typical)))
        if chain is not None:
            found = Chain.of(trials, [float(position) for position in trials.positions[chain]])
            best = more_even(best, found, linear=linear)
    return best


def _fit(trials: Trials, best: Chain, growth: float) -> LineLength:
    n_steps = len(best.positions)
    return line_length(
        trials.positions, trials.measured(), step=best.typical, n_steps=n_steps - 1, growth=growth
    )


def _places(trials: Trials, fit: LineLength, best: Chain) -> FloatArray:
    """Return where trials stand in steps, such that the steps of the best chain stand at whole numbers."""
    shares = fit.share_at(trials.positions)
    return np.interp(shares, fit.share_at(np.array(best.positions)), np.arange(len(best.positions)))


def _known_logs(trials: Trials, places: FloatArray) -> FloatArray:
    """Return logs of the distances between trials that may follow each other, nan elsewhere."""
    positions = [float(position) for position in trials.positions]
    logs = np.full((places.size, places.size), np.nan)
    for one, other in zip(*linked(places), strict=True):
        logs[one, other] = np.log(max(trials.distance(positions[one], positions[other]), _TINY))
    return logs


def _growth(trials: Trials, chain: Chain) -> float:
    """Return the power of the way that distances grow with, from steps taken one and two at a time."""
    positions, single = chain.positions, chain.distances
    pairs = zip(positions, positions[2:], strict=False)
    double = np.maximum([trials.distance(one, other) for one, other in pairs], _TINY)
    sums = np.array([one + other for one, other in pairwise(single)])
    return float(np.clip(np.median(np.log2(2.0 * double / sums)), _LEAST_GROWTH, _MOST_GROWTH))
