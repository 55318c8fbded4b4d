"""Landmarks in another order or of another size are told from shapes that merely differ."""

import numpy as np
import pytest

import stimgen as sg
from stimgen.media.landmarks import Landmarks
from stimgen.spaces.points_doubt import ShapeDoubt


def oval(seed: int, n: int = 60) -> np.ndarray:
    """Points on three closed curves, as on a head and two eyes, different from seed to seed."""
    rng = np.random.default_rng(seed)
    turns = np.linspace(0, 2 * np.pi, n // 3, endpoint=False)
    curves = []
    for x, y, wide, high in ((100, 100, 60, 80), (75, 85, 14, 7), (125, 85, 14, 7)):
        radii = np.array([wide * rng.uniform(0.85, 1.15), high * rng.uniform(0.8, 1.2)])
        middle = [x + rng.normal(0, 4), y + rng.normal(0, 4)]
        curves.append(middle + radii * np.stack([np.cos(turns), np.sin(turns)], 1))
    return np.concatenate(curves)


@pytest.mark.parametrize("seed", range(12))
def test_shapes_of_one_kind_are_not_doubted_wherever_they_lie(seed):
    angle = np.random.default_rng(seed).uniform(-0.6, 0.6)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    a, b = oval(seed), 1.3 * oval(100 + seed) @ turn.T + [40, -20]
    doubt = ShapeDoubt.of(a, b)
    assert doubt.exchanged == () and doubt.sentences("a", "b") == []
    assert doubt.distance < 0.3


@pytest.mark.parametrize("seed", range(12))
def test_two_exchanged_landmarks_are_named(seed):
    a, b = oval(seed), oval(100 + seed)
    rng = np.random.default_rng(seed)
    i, j = sorted(int(k) for k in (rng.integers(20), 20 + rng.integers(20)))
    b[[i, j]] = b[[j, i]]
    told = ShapeDoubt.of(a, b).sentences("a", "b")
    assert len(told) == 1 and f"{i} and {j}" in told[0] and "exchanged" in told[0]


def test_another_order_and_another_size_are_told():
    a, b = oval(1), oval(2)
    shuffled = b[np.random.default_rng(0).permutation(len(b))]
    for other in (shuffled, b[::-1]):
        told = ShapeDoubt.of(a, other).sentences("a", "b")
        assert len(told) == 1 and "same order" in told[0]
    assert "span 0.5" in ShapeDoubt.of(a, 0.5 * a).sentences("a", "b")[0]


def test_three_points_and_coinciding_ones_are_compared():
    three = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    assert ShapeDoubt.of(three, 3 * three + 1).distance == pytest.approx(0.0, abs=1e-6)
    assert ShapeDoubt.of(three, np.ones((3, 2))).distance == 1.0
    assert ShapeDoubt.of(np.vstack([three, three]), np.vstack([three, three])).exchanged == ()


def test_a_set_and_an_average_say_what_is_doubtful(picture_pair):
    a, b = picture_pair
    swapped = b.points.xy.copy()
    swapped[:] = swapped[::-1]
    wrong = sg.Picture(pixels=b.pixels, name="wrong", points=Landmarks(xy=swapped))
    made = sg.morph_pictures(a, wrong, steps=2, size="40")
    assert any("same order" in note or "exchanged" in note for note in made.manifest.summary.warnings)
    average = sg.average_pictures([a, b, wrong])
    assert any("same order" in note or "exchanged" in note for note in average.manifest.summary.warnings)
    good = sg.average_pictures([a, b])
    assert not any("same order" in note or "exchanged" in note for note in good.manifest.summary.warnings)
