import numpy as np
import pytest

import stimgen as sg
from stimgen.errors import SettingError

STEPS = {"steps": 3, "spacing": "linear"}
SPACES = ["transport", "stft", "crossfade"]


def lengths(stimuli):
    return [s.samples.size for s in stimuli.stimuli]


@pytest.mark.parametrize("space", SPACES)
def test_equal_durations_are_the_mean_of_both_recordings(pair, space, tmp_path):
    made = sg.morph(*pair, **STEPS, space=space, duration="equal")
    assert lengths(made) == [3600, 3600, 3600]
    calibration = made.manifest.calibration
    assert (calibration.duration, calibration.duration_s) == ("equal", pytest.approx(0.225))
    assert sg.check(made.save(tmp_path / "set")).problems == ()


@pytest.mark.parametrize("space", SPACES)
def test_a_duration_in_seconds_is_that_of_every_stimulus(pair, space):
    made = sg.morph(*pair, **STEPS, space=space, duration=0.3)
    assert lengths(made) == [4800] * 3
    calibration = made.manifest.calibration
    assert (calibration.duration, calibration.duration_s) == ("seconds", 0.3)


@pytest.mark.parametrize("space", SPACES)
def test_interpolated_durations_go_from_one_to_the_other(pair, space):
    made = sg.morph(*pair, **STEPS, space=space, duration="interpolate")
    assert lengths(made) == [4000, 3600, 3200]
    calibration = made.manifest.calibration
    assert (calibration.duration, calibration.duration_s) == ("interpolate", None)


def test_kept_durations_are_those_of_the_space(pair):
    assert lengths(sg.morph(*pair, **STEPS, space="stft")) == [4000, 3600, 3200]
    assert lengths(sg.morph(*pair, **STEPS, space="crossfade", crossfade="wave")) == [4000] * 3


def test_a_control_has_the_duration_of_the_line(pair):
    made = sg.morph(*pair, **STEPS, space="stft", control="crossfade", duration=0.25)
    assert lengths(made) == [4000] * 6


def test_trimming_comes_before_durations_and_pads_after(pair):
    a, b = pair
    longer = sg.Sound(samples=np.r_[np.zeros(8000), a.samples, np.zeros(8000)], rate_hz=16_000, name="a")
    made = sg.morph(longer, b, **STEPS, space="crossfade", duration="equal", trim="auto", pad_s=(0.1, 0.0))
    kept = [source.kept[1] - source.kept[0] for source in made.manifest.sources]
    mean_s = sum(kept) / 2 / 16_000
    assert lengths(made) == [round(mean_s * 16_000) + 1600] * 3


def test_equal_durations_of_a_resampled_pair_are_equal_to_the_sample(pair):
    made = sg.morph(*pair, **STEPS, space="stft", duration="equal", rate_hz=11_025)
    assert len(set(lengths(made))) == 1


@pytest.mark.parametrize("duration", ["interpolate", "equal", 0.3])
def test_adding_samples_cannot_change_durations(pair, duration):
    with pytest.raises(SettingError, match="cannot change durations") as caught:
        sg.morph(*pair, **STEPS, space="crossfade", crossfade="wave", duration=duration)
    assert "\n" not in str(caught.value)
