import numpy as np
import pytest

import stimgen as sg
from stimgen.calibration.ramp import apply_ramps, longest_ramp_ms
from stimgen.errors import SettingError
from stimgen.workflows.fits import refuse_unfit, shortest_samples
from stimgen.workflows.plan import prepare
from stimgen.workflows.settings import MorphSettings

FAST = {"steps": 3, "spacing": "linear", "space": "crossfade"}


def shortest_planned(pair, **options):
    plan = prepare(*pair, MorphSettings(**{**FAST, **options}))
    return shortest_samples(plan.settings, plan.sounds, plan.duration_s)


def shortest_made(pair, **options):
    return min(stimulus.samples.size for stimulus in sg.morph(*pair, **{**FAST, **options}).stimuli)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"range": (-0.3, 1.4)},
        {"range": (0.2, 0.6)},
        {"duration": "equal"},
        {"duration": 0.3},
        {"crossfade": "wave"},
        {"space": "stft"},
        {"space": "transport", "steps": 2},
        {"space": "stft", "control": "crossfade"},
        {"space": "stft", "control": "crossfade", "crossfade": "wave"},
        {"rate_hz": 22_050},
    ],
)
def test_the_shortest_stimulus_is_known_before_rendering(pair, options):
    assert shortest_planned(pair, **options) == shortest_made(pair, **options)


def test_the_space_of_a_user_is_asked_by_rendering_alone(pair):
    from stimgen.spaces.crossfade import CrossfadeSpace

    assert shortest_planned(pair, space=CrossfadeSpace()) is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"duration": 10.0}, "more than 4 times"),
        ({"crossfade": "wave", "duration": "equal"}, "cannot change durations"),
        ({"crossfade": "wave", "control": "crossfade", "space": "stft", "duration": 0.2}, "cannot change"),
        ({"ramp_ms": 101.0}, r"the shortest stimulus, of 200\.0 ms; use --ramp-ms 100\.0 or less"),
        ({"ramp_ms": 100.0, "range": (0.0, 1.2)}, r"of 190\.0 ms; use --ramp-ms 95\.0 or less"),
    ],
)
def test_what_durations_do_not_allow_is_refused_before_rendering(pair, options, sentence):
    plan = prepare(*pair, MorphSettings(**{**FAST, **options}))
    with pytest.raises(SettingError, match=sentence):
        refuse_unfit(plan.settings, plan.sounds, plan.duration_s)


def test_the_ramp_that_a_refusal_names_fits(pair):
    plan = prepare(*pair, MorphSettings(**FAST, ramp_ms=100.0))
    refuse_unfit(plan.settings, plan.sounds, plan.duration_s)
    assert sg.morph(*pair, **FAST, ramp_ms=100.0).stimuli[-1].record.duration_s == 0.2


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("n_samples", [80, 81, 1_001, 4_413, 19_999])
def test_the_longest_ramp_fits_and_a_longer_one_by_a_tenth_and_two_samples_does_not(rate_hz, n_samples):
    longest_ms = longest_ramp_ms(n_samples, rate_hz=rate_hz)
    apply_ramps(np.ones(n_samples), rate_hz=rate_hz, ramp_ms=longest_ms)
    with pytest.raises(SettingError, match="do not fit"):
        apply_ramps(np.ones(n_samples), rate_hz=rate_hz, ramp_ms=longest_ms + 0.1 + 2000 / rate_hz)
