"""Even spacing on lines whose distances are known, on noisy ones, and on real morphs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from stimgen.calibration.even_chain import even_chain
from stimgen.calibration.expected_distances import Links, expected_logs
from stimgen.calibration.line_length import line_length
from stimgen.calibration.monotone_curve import monotone_curve
from stimgen.calibration.ramp import apply_ramps
from stimgen.calibration.spacing import Spacing, even_positions, jitter_floor
from stimgen.distance import MelMetric, make_metric
from stimgen.errors import SettingError
from stimgen.media.read import read
from stimgen.media.sound import Sound
from stimgen.spaces.transport import TransportSpace
from stimgen.synth import random_vowel_pair

DIGITS = Path(__file__).parents[3] / "shared" / "data" / "spoken_digits" / "recordings"


@dataclass
class Line:
    """A line of sounds that are nothing but points: `place` gives the point of a position."""

    place: Callable[[float], np.ndarray]
    rendered: list[float] = field(default_factory=list)

    def sound_at(self, position: float) -> Sound:
        self.rendered.append(position)
        return Sound(samples=np.atleast_1d(self.place(position)), rate_hz=8000)

    def space_out(self, n_steps: int = 9, **chosen: Any) -> Spacing:
        chosen = {"first": 0.0, "last": 1.0} | chosen
        return even_positions(self.sound_at, Euclid(), n_steps=n_steps, **chosen)

    def ratio_of_linear(self, n_steps: int = 9) -> float:
        points = [np.atleast_1d(self.place(position)) for position in np.linspace(0.0, 1.0, n_steps)]
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        return float(steps.max() / steps.min())


class Euclid:
    """The distance between points."""

    name, unit = "euclid", ""

    def settings(self) -> dict[str, Any]:
        return {}

    def features(self, sound: Sound) -> np.ndarray:
        return sound.samples

    def distance(self, first: np.ndarray, second: np.ndarray) -> float:
        return float(np.linalg.norm(first - second))


def ratio(spacing: Spacing) -> float:
    return max(spacing.distances) / min(spacing.distances)


def jittering(position: float, *, size: float) -> np.ndarray:
    """A point on an uneven line, with a share that changes at once when the position moves at all."""
    rng = np.random.default_rng(round(position * 1e6) + 7_000_000)
    return np.append(position**2 + position, size * rng.normal(size=200) / np.sqrt(200))


def warped(position: float) -> np.ndarray:
    """A curved line along which things move faster and faster, with noise that changes with each 0.01 or so."""
    fast = np.expm1(2 * position)
    hum = 0.08 * np.sin(np.arange(1, 40) * 9 * position + np.arange(39) ** 2)
    return np.concatenate([[fast, 0.3 * np.sin(2 * fast)], hum])


def test_positions_on_a_known_line_are_where_its_inverse_is() -> None:
    found = Line(lambda t: np.array([np.expm1(2 * t)])).space_out()
    exact = np.log1p(np.linspace(0, np.expm1(2), 9)) / 2
    np.testing.assert_allclose(found.positions, exact, atol=0.01)
    assert found.method == "steps"
    assert ratio(found) <= 1.08


def test_steps_of_an_uneven_line_become_even_where_linear_ones_are_not() -> None:
    line = Line(warped)
    assert line.ratio_of_linear() > 2.5
    found = line.space_out()
    assert ratio(found) <= 1.15
    assert np.std(found.distances) / np.mean(found.distances) <= 0.05


def test_distances_are_those_between_the_sounds_at_the_positions() -> None:
    line = Line(warped)
    found = line.space_out()
    direct = [
        np.linalg.norm(warped(one) - warped(other))
        for one, other in zip(found.positions, found.positions[1:], strict=False)
    ]
    np.testing.assert_allclose(found.distances, direct)


def test_a_line_that_is_even_already_stays_linear_and_costs_only_the_floor() -> None:
    found = Line(lambda t: np.array([3.0 * t, 1.0])).space_out()
    assert found.method == "linear"
    assert found.positions == tuple(np.linspace(0, 1, 9).tolist())
    assert found.n_trials == 3


def test_every_position_was_rendered_and_none_twice() -> None:
    line = Line(warped)
    found = line.space_out()
    assert set(found.positions) <= set(line.rendered)
    assert len(line.rendered) == len(set(line.rendered)) == found.n_trials + 9


def test_nine_steps_of_a_smooth_line_take_at_most_twenty_trials() -> None:
    assert Line(warped).space_out().n_trials <= 20


@pytest.mark.parametrize(("first", "last"), [(-0.25, 1.25), (0.2, 0.7), (-1.0, 0.0)])
def test_ends_of_any_range_stay_and_positions_rise(first: float, last: float) -> None:
    found = Line(warped).space_out(first=first, last=last, n_steps=7)
    assert (found.positions[0], found.positions[-1]) == (first, last)
    assert np.all(np.diff(found.positions) > 0)
    assert ratio(found) <= 1.15


@pytest.mark.parametrize("n_steps", [2, 3, 4, 17, 30])
def test_any_number_of_steps_works(n_steps: int) -> None:
    found = Line(warped).space_out(n_steps)
    assert len(found.positions) == n_steps == len(found.distances) + 1
    assert ratio(found) <= 1.25
    assert found.n_trials <= 20 + 3 * n_steps


@settings(deadline=None, max_examples=30)
@example(806, 9, 0.00390625)
@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(0.0, 2.0))
def test_no_line_becomes_less_even_than_linear(seed: int, n_steps: int, size: float) -> None:
    """Lines that turn back, stand still, jump and jitter."""
    rng = np.random.default_rng(seed)
    knots, heights = np.sort(rng.uniform(size=6)), rng.normal(size=(6, 3)).round(1)

    def place(position: float) -> np.ndarray:
        jitter = size * np.random.default_rng(round(1e6 * position)).normal(size=3)
        return np.array([np.interp(position, knots, column) for column in heights.T]) + 0.1 * jitter

    found = Line(place).space_out(n_steps)
    assert found.positions[0] == 0.0
    assert found.positions[-1] == 1.0
    assert np.all(np.diff(found.positions) > 0)
    linear = np.round(np.linspace(0.0, 1.0, n_steps), 6)
    steps = np.linalg.norm(np.diff([place(position) for position in linear], axis=0), axis=1)
    assert np.std(found.distances) / np.mean(found.distances) <= np.std(steps) / np.mean(steps) + 1e-9
    assert ratio(found) * max(min(steps), 1e-12) <= max(steps) * (1 + 1e-9)


def test_a_line_that_never_moves_stays_linear() -> None:
    found = Line(lambda t: np.zeros(3)).space_out()
    assert found.method == "linear"
    assert found.jitter_floor == 0.0


def test_a_line_that_saturates_becomes_more_even() -> None:
    """Half of the way lies in the first tenth."""
    line = Line(lambda t: np.array([np.tanh(8 * t), 0.3 * t]))
    found = line.space_out()
    assert ratio(found) < 1.25 < line.ratio_of_linear()


@pytest.mark.parametrize("at", [0.03, 0.3, 0.97])
def test_steps_around_a_jump_are_even(at: float) -> None:
    line = Line(lambda t: np.array([t + 0.06 * (t > at), 0.2 * t**2]))
    found = line.space_out()
    assert ratio(found) <= 1.15 < line.ratio_of_linear()


def test_an_end_unlike_all_renders_near_it_does_not_spoil_the_steps() -> None:
    """The first position is the recording itself, all others share what rendering adds."""
    line = Line(lambda t: np.array([2.0 * t, 0.2 * (t > 0)]))
    found = line.space_out()
    assert ratio(found) <= 1.15 < line.ratio_of_linear()


def test_two_hundred_steps_take_at_most_three_hundred_trials() -> None:
    assert Line(warped).space_out(200).n_trials <= 300


def test_floor_is_the_distance_between_renders_that_hardly_differ() -> None:
    line = Line(lambda t: jittering(t, size=0.5))
    floor = jitter_floor(line.sound_at, Euclid(), first=0.0, last=1.0)
    assert floor == pytest.approx(0.5 * np.sqrt(2), rel=0.15)
    smooth = jitter_floor(Line(warped).sound_at, Euclid(), first=0.0, last=1.0)
    assert smooth < 0.02 * np.mean(Line(warped).space_out().distances)


def test_floor_near_steps_renders_only_their_neighbours() -> None:
    line = Line(warped)
    jitter_floor(line.sound_at, Euclid(), first=0.0, last=1.0, near=np.linspace(0, 1, 9).tolist())
    assert sum(position in np.linspace(0, 1, 9) for position in line.rendered) == 3


def test_steps_near_the_floor_are_interpolated_between_knots() -> None:
    line = Line(lambda t: jittering(t, size=0.02))
    found = line.space_out(60)
    assert np.mean(found.distances) < 3 * found.jitter_floor
    assert found.method == "knots"
    # where the line would stand without jitter, equal lengths lie at the roots
    lengths = np.array(found.positions) ** 2 + np.array(found.positions)
    np.testing.assert_allclose(lengths, np.linspace(0, 2, 60), atol=0.05)


def test_steps_well_above_the_floor_are_moved_themselves() -> None:
    assert Line(lambda t: jittering(t, size=0.02)).space_out(9).method == "steps"


def test_progress_rises_to_its_end() -> None:
    seen: list[tuple[int, int]] = []
    Line(warped).space_out(progress=lambda n_done, n_all: seen.append((n_done, n_all)))
    done = [n_done for n_done, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1] > 9
    assert all(n_done < n_all for n_done, n_all in seen[:-1])


def test_a_line_that_does_not_rise_is_refused() -> None:
    with pytest.raises(SettingError, match="FIRST < LAST"):
        Line(warped).space_out(first=1.0, last=0.0)
    with pytest.raises(SettingError, match="2 positions"):
        Line(warped).space_out(1)


def test_lengths_undo_distances_that_grow_more_slowly_than_the_way() -> None:
    """Distances are the square root of the way; steps one and two at a time are given."""
    at = np.linspace(0.0, 1.0, 13)
    way = at + at**2
    pairs = [
        (at[i], at[j], float(np.sqrt(way[j] - way[i]))) for i in range(13) for j in (i + 1, i + 2) if j < 13
    ]
    step = float(np.sqrt(2 / 12))
    right = line_length(at, pairs, step=step, n_steps=12, growth=0.5)
    np.testing.assert_allclose(right.share_at(at), way / 2, atol=0.005)
    np.testing.assert_allclose(right.position_of(way / 2), at, atol=0.005)
    wrong = line_length(at, pairs, step=step, n_steps=12, growth=1.0)
    assert np.abs(wrong.share_at(at) - way / 2).max() > 0.03


@given(st.integers(0, 10_000), st.integers(2, 12), st.booleans())
def test_a_monotone_curve_is_that_of_another_program(seed: int, n_points: int, is_rising: bool) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.uniform(0.01, 1.0, n_points)), rng.exponential(size=n_points) ** 3
    y = np.cumsum(y) if is_rising else y
    at = np.linspace(x[0], x[-1], 101)
    found = monotone_curve(x, y, at)
    np.testing.assert_allclose(found, PchipInterpolator(x, y)(at), atol=1e-9 * np.abs(y).max())
    if is_rising:
        assert np.all(np.diff(found) >= -1e-12 * y[-1])


def test_distances_that_follow_a_power_are_expected_to_go_on_so() -> None:
    known = Links(lower=np.array([0.0, 1.0, 2.0]), upper=np.array([1.0, 2.2, 2.8]))
    wanted = Links(lower=np.array([0.5, 7.0]), upper=np.array([1.25, 8.1]))
    found = expected_logs(known, np.log(3.0 * known.ways**0.7), wanted, growth=0.7)
    np.testing.assert_allclose(found, np.log(3.0 * wanted.ways**0.7))


def test_expected_distances_are_drawn_to_known_ones_nearby_and_not_far_away() -> None:
    known = Links(lower=np.arange(8.0), upper=np.arange(8.0) + 1.0)
    logs = np.where(np.arange(8) == 0, 0.3, 0.0)
    wanted = Links(lower=np.array([0.0, 0.2, 6.0]), upper=np.array([1.0, 1.2, 7.0]))
    at_it, near, far = expected_logs(known, logs, wanted, growth=1.0)
    assert at_it == pytest.approx(0.3, abs=0.03)
    assert 0.1 < near < at_it
    assert abs(far) < 0.02


def test_the_chosen_chain_is_the_best_of_all_chains() -> None:
    rng = np.random.default_rng(4)
    places = np.sort(np.concatenate([[0.0, 4.0], rng.uniform(0.4, 3.6, 14)]))
    way = places - places[:, None]
    noisy = np.log(np.maximum(way, 0.1)) + rng.normal(scale=0.2, size=way.shape)
    logs = np.where(np.abs(way - 1.0) < 0.35, noisy, np.nan)
    found = even_chain(logs, places, n_steps=5, log_step=0.0)
    assert found is not None
    step = logs[found[:-1], found[1:]].mean()

    def cost(chain: np.ndarray) -> float:
        return float(((logs[chain[:-1], chain[1:]] - step) ** 2).sum())

    chains = [np.array([0, *inner, 15]) for inner in combinations(range(1, 15), 3)]
    possible = [cost(c) for c in chains if np.all(np.abs(places[c] - np.arange(5)) < 0.6)]
    assert cost(found) == pytest.approx(np.nanmin(possible), rel=0.02)
    assert np.nanmedian(possible) > 2 * cost(found)


def morph_line(a: Sound, b: Sound) -> Callable[[float], Sound]:
    between = TransportSpace().between(a, b, seed=0)

    def sound_at(position: float) -> Sound:
        samples = between(position).samples
        ramped = apply_ramps(samples - samples.mean(), rate_hz=a.rate_hz, ramp_ms=5)
        return Sound(samples=ramped, rate_hz=a.rate_hz)

    return sound_at


@pytest.mark.parametrize("name", ["mel", "mfcc", "erb"])
def test_steps_between_vowels_are_even_in_any_metric(name: str) -> None:
    pair = random_vowel_pair(np.random.default_rng(77))
    a, b = (pair.sound(t, rate_hz=16_000, rng=np.random.default_rng(int(t))) for t in (0.0, 1.0))
    found = even_positions(morph_line(a, b), make_metric(name), first=0.0, last=1.0, n_steps=9)
    assert np.std(found.distances) / np.mean(found.distances) <= 0.05
    assert ratio(found) <= 1.25
    assert found.n_trials <= 40


@pytest.mark.skipif(not DIGITS.is_dir(), reason="no recordings here")
def test_steps_between_spoken_digits_are_even() -> None:
    paths = sorted(DIGITS.glob("*.wav"))
    found = even_positions(
        morph_line(read(paths[100]), read(paths[700])), MelMetric(), first=0.0, last=1.0, n_steps=9
    )
    assert np.std(found.distances) / np.mean(found.distances) <= 0.05
    assert ratio(found) <= 1.25
