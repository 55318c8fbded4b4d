import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.distance import METRICS, make_metric
from stimgen.spaces.crossfade import CrossfadeSpace
from stimgen.workflows import continuum


def measured_steps(made, metric):
    """Distances between neighbours, from the bytes of the files as another program reads them."""
    features = []
    for stimulus in made.stimuli:
        samples, rate_hz = soundfile.read(io.BytesIO(stimulus.wav))
        features.append(make_metric(metric).features(sg.Sound(samples=samples, rate_hz=rate_hz)))
    return [
        make_metric(metric).distance(one, other)
        for one, other in zip(features[:-1], features[1:], strict=True)
    ]


def spread(distances):
    return np.std(distances) / np.mean(distances), max(distances) / min(distances)


class JitterySpace:
    """The cross-fade with noise on it that is another at every position."""

    name = "jittery"

    def settings(self):
        return {}

    def between(self, a, b, *, seed):
        return JitteryBetween(CrossfadeSpace().between(a, b, seed=seed))


class JitteryBetween:
    def __init__(self, smooth):
        self._smooth, self.alignment, self.motion = smooth, smooth.alignment, smooth.motion

    def __call__(self, position):
        rendering = self._smooth(position)
        rng = np.random.default_rng(round((2 + position) * 1e9))
        noise = 0.01 * np.abs(rendering.samples).max() * rng.standard_normal(rendering.samples.size)
        return replace(rendering, samples=rendering.samples + noise)


@pytest.fixture(scope="module", params=sorted(METRICS))
def even(request, pair):
    return sg.morph(*pair, steps=9, space="crossfade", metric=request.param)


@pytest.fixture(scope="module")
def linear(pair):
    return sg.morph(*pair, steps=9, space="crossfade", spacing="linear")


def test_steps_are_even_in_the_chosen_metric_as_measured_from_the_files(even):
    metric = even.manifest.calibration.metric
    cv, ratio = spread(measured_steps(even, metric))
    assert cv <= 0.05
    assert ratio <= 1.25
    assert even.manifest.summary.steps[metric].step_cv == pytest.approx(cv, abs=1e-5)
    assert even.manifest.summary.steps[metric].step_max_min == pytest.approx(ratio, abs=1e-4)


def test_linear_steps_of_the_same_pair_are_not_even(linear):
    cv, ratio = spread(measured_steps(linear, "mel"))
    assert cv > 0.05
    assert ratio > 1.25
    assert linear.manifest.summary.steps["mel"].step_cv == pytest.approx(cv, abs=1e-5)


def test_the_summary_says_of_every_metric_what_the_files_give(linear):
    assert set(linear.manifest.summary.steps) == {"mel", "mfcc", "erb"}
    for name, said in linear.manifest.summary.steps.items():
        distances = measured_steps(linear, name)
        cv, ratio = spread(distances)
        assert said.step_mean == pytest.approx(np.mean(distances), abs=1e-5)
        assert (said.step_cv, said.step_max_min) == (
            pytest.approx(cv, abs=1e-5),
            pytest.approx(ratio, abs=1e-4),
        )


def test_every_step_says_its_distance_from_the_previous(even):
    metric = even.manifest.calibration.metric
    said = [s.record.distance_from_previous for s in even.stimuli]
    assert said[0] is None
    assert said[1:] == pytest.approx(measured_steps(even, metric), abs=1e-5)


def test_even_positions_rise_from_the_first_to_the_last_asked_for(even):
    positions = [s.position for s in even.stimuli]
    assert (positions[0], positions[-1]) == (0.0, 1.0)
    assert np.all(np.diff(positions) > 0)
    assert (even.manifest.path.first_position, even.manifest.path.last_position) == (0.0, 1.0)


def test_steps_are_moved_where_equal_positions_are_not_even(pair, linear):
    made = sg.morph(*pair, steps=9, space="crossfade")
    assert made.manifest.calibration.spacing_method == "steps"
    assert made.manifest.calibration.n_trials > 0
    moved = [
        abs(one.position - other.position) for one, other in zip(made.stimuli, linear.stimuli, strict=True)
    ]
    assert max(moved) > 0.01


def test_linear_positions_are_equally_far_apart_and_need_no_trials(linear):
    assert [s.position for s in linear.stimuli] == pytest.approx(np.linspace(0, 1, 9), abs=1e-12)
    calibration = linear.manifest.calibration
    assert (calibration.spacing, calibration.spacing_method, calibration.n_trials) == ("linear", "linear", 0)


def test_the_jitter_floor_is_known_for_every_spacing_and_far_below_a_step(even, linear):
    for made in (even, linear):
        calibration = made.manifest.calibration
        assert 0 < calibration.jitter_floor < 0.2 * made.manifest.summary.steps[calibration.metric].step_mean


def test_steps_beyond_the_recordings_are_even_too(pair):
    made = sg.morph(*pair, steps=7, space="crossfade", range=(-0.3, 1.3))
    positions = [s.position for s in made.stimuli]
    assert (positions[0], positions[-1]) == (-0.3, 1.3)
    assert made.manifest.summary.steps["mel"].step_cv <= 0.05
    assert (made.manifest.path.first_position, made.manifest.path.last_position) == (-0.3, 1.3)


def test_two_steps_are_the_ends(pair):
    made = sg.morph(*pair, steps=2, space="crossfade")
    assert [s.position for s in made.stimuli] == [0.0, 1.0]
    assert made.manifest.summary.steps["mel"].step_cv == 0.0
    assert made.manifest.summary.steps["mel"].step_max_min == 1.0
    assert made.manifest.calibration.jitter_floor > 0


def test_steps_smaller_than_jitter_are_spaced_on_knots(pair, tmp_path):
    made = sg.morph(*pair, steps=13, space=JitterySpace(), range=(0.4, 0.6))
    calibration = made.manifest.calibration
    assert made.manifest.summary.steps["mel"].step_mean < 3 * calibration.jitter_floor
    assert calibration.spacing_method in ("knots", "linear")
    assert calibration.n_trials >= 9
    positions = [s.position for s in made.stimuli]
    assert (positions[0], positions[-1]) == (0.4, 0.6)
    assert np.all(np.diff(positions) > 0)
    assert sg.check(made.save(tmp_path / "set")).problems == ()


def test_33_steps_are_33_files_with_even_steps(pair):
    made = sg.morph(*pair, steps=33, space="crossfade")
    assert [s.record.index for s in made.stimuli] == list(range(33))
    assert made.manifest.summary.steps["mel"].step_cv <= 0.05
    assert made.manifest.summary.steps["mel"].step_max_min <= 1.25


def test_steps_that_do_not_fit_in_memory_are_rendered_again_the_same(linear, pair, monkeypatch):
    monkeypatch.setattr(continuum, "MAX_KEPT_SAMPLES", 0)
    again = sg.morph(*pair, steps=9, space="crossfade", spacing="linear")
    assert [s.wav for s in again.stimuli] == [s.wav for s in linear.stimuli]


def test_progress_goes_through_the_stages_and_ends_each(pair):
    seen = []
    sg.morph(*pair, steps=3, space="crossfade", progress=lambda *told: seen.append(told))
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages == ["analyse", "space out", "render", "measure"]
    for stage in stages:
        last = [told for told in seen if told[0] == stage][-1]
        assert last[1] == last[2]
