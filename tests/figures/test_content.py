import numpy as np
import pytest

from stimgen.errors import SettingError, ShapeError
from stimgen.figures.content import SheetContent, SheetSide, SheetStep, shown_items
from stimgen.spectral.alignment import align_linear


def step(index: int, **changes: object) -> SheetStep:
    values: dict[str, object] = {
        "index": index,
        "position": 0.0,
        "samples": np.ones(8),
        "rate_hz": 8,
        "level_dbfs": -26.0,
        "true_peak_dbtp": -20.0,
        "distance_from_previous": None,
        "f0_times_s": None,
        "f0_hz": None,
    }
    return SheetStep(**(values | changes))


@pytest.mark.parametrize("n_steps", [1, 2, 16, 17, 40, 200, 1999])
def test_at_most_sixteen_steps_are_chosen_evenly_with_both_ends(n_steps: int) -> None:
    indices = np.array([s.index for s in shown_items(tuple(step(i) for i in range(n_steps)))])
    assert indices.shape[0] == min(16, n_steps)
    assert (indices[0], indices[-1]) == (0, n_steps - 1)
    assert indices.shape[0] < 2 or np.ptp(np.diff(indices)) <= 1


@pytest.mark.parametrize("n_steps", [17, 41, 57, 201])
def test_the_steps_at_a_and_b_are_chosen_where_there_are_more_than_sixteen(n_steps: int) -> None:
    positions = np.linspace(-0.5, 1.5, n_steps)
    positions[[n_steps // 4, -1 - n_steps // 4]] = 0.0, 1.0
    chosen = shown_items(tuple(step(i, position=position) for i, position in enumerate(positions.tolist())))
    indices = np.array([s.index for s in chosen])
    assert [s.end for s in chosen if s.end] == ["a", "b"]
    assert (indices.shape[0], indices[0], indices[-1]) == (16, 0, n_steps - 1)
    assert np.diff(indices).max() <= 1.35 * (n_steps - 1) / 15 + 1


def test_steps_near_a_and_b_are_not_taken_for_them() -> None:
    positions = [-0.001, 0.0, 0.999, 1.0, 1.00001, float("nan")]
    assert [step(0, position=p).end for p in positions] == [None, "a", None, "b", None, None]


def test_durations_follow_from_samples_and_rate() -> None:
    assert step(0).duration_s == 1.0
    assert SheetSide(name="a", samples=np.ones(12), rate_hz=8).duration_s == 1.5


@pytest.mark.parametrize("samples", [np.ones((2, 3)), np.ones(0)])
def test_sounds_that_are_not_one_channel_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="one channel"):
        step(3, samples=samples)
    with pytest.raises(ShapeError, match="one channel"):
        SheetSide(name="a", samples=samples, rate_hz=8)


def test_a_sound_is_what_lies_between_its_pads() -> None:
    padded = step(0, samples=np.arange(8.0), pad_before_s=0.25, pad_after_s=0.125)
    np.testing.assert_array_equal(padded.sound_samples, np.arange(2.0, 7.0))
    assert (padded.duration_s, padded.sound_s) == (1.0, 0.625)
    assert step(0).sound_s == step(0).duration_s


@pytest.mark.parametrize(("before_s", "after_s"), [(0.5, 0.5), (2.0, 0.0), (-0.1, 0.0)])
def test_pads_that_leave_no_sound_are_refused(before_s: float, after_s: float) -> None:
    with pytest.raises(ShapeError, match="leave some sound"):
        step(0, pad_before_s=before_s, pad_after_s=after_s)


def test_f0_without_its_times_is_refused() -> None:
    with pytest.raises(ShapeError, match="both or neither"):
        step(0, f0_hz=np.ones(3))
    with pytest.raises(ShapeError, match="one time per value"):
        step(0, f0_hz=np.ones(3), f0_times_s=np.ones(2))


def content(**changes: object) -> SheetContent:
    side = SheetSide(name="a", samples=np.ones(8), rate_hz=8)
    values: dict[str, object] = {
        "title": "",
        "subtitle": "",
        "steps": (step(0),),
        "side_a": side,
        "side_b": side,
        "alignment": align_linear(1.0, 1.0),
        "metric_name": "",
        "metric_unit": "",
        "target_level_dbfs": -26.0,
    }
    return SheetContent(**(values | changes))


def test_a_sheet_without_steps_is_refused() -> None:
    with pytest.raises(SettingError, match="at least 1 step"):
        content(steps=())


def test_a_sheet_of_recordings_has_neither_sides_nor_alignment() -> None:
    assert content(side_a=None, side_b=None, alignment=None).side_a is None
    with pytest.raises(SettingError, match="none of the three, got 2"):
        content(side_a=None)
