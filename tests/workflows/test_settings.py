import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.errors import SettingError
from stimgen.spaces.crossfade import CrossfadeSpace
from stimgen.workflows.calibration_settings import CalibrationSettings
from stimgen.workflows.settings import MorphSettings


def refusal(kind, **options):
    with pytest.raises(SettingError) as caught:
        kind(**options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_steps_are_even_in_mel_at_minus_26_dbfs_unless_told_otherwise():
    settings = MorphSettings()
    assert (settings.steps, settings.spacing, settings.metric) == (9, "equal", "mel")
    assert (settings.level_dbfs, settings.strict, settings.spl_at_full_scale_db) == (-26.0, False, None)
    assert (settings.pad_s, settings.trim, settings.duration, settings.control) == (
        (0, 0),
        "none",
        "keep",
        None,
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"level_dbfs": "loud"}, "--level 'loud' is not allowed; give a number from -80 to -3 dBFS, or keep"),
        ({"level_dbfs": True}, "--level True"),
        ({"level_dbfs": None}, "--level None"),
        ({"level_dbfs": -2.9}, "--level -2.9"),
        ({"level_dbfs": float("inf")}, "--level inf"),
        ({"species": "bat"}, "--species 'bat' is unknown; allowed are human, other"),
        ({"trim": "all"}, "--trim 'all' is unknown; allowed are none, auto"),
        ({"pad_s": (-0.1, 0.0)}, "--pad -0.1:0"),
        ({"pad_s": (0.0, 60.1)}, "--pad 0:60.1"),
        (
            {"pad_s": (0.0, float("nan"))},
            "--pad 0:nan is not allowed; give two numbers, for example 0.25:0.25",
        ),
        ({"pad_s": 0.25}, "--pad 0.25 is not allowed; give two numbers"),
        ({"pad_s": (1, 2, 3)}, "--pad (1, 2, 3)"),
        ({"spl_at_full_scale_db": "loud"}, "--spl-at-full-scale 'loud'"),
        ({"spl_at_full_scale_db": float("nan")}, "--spl-at-full-scale nan"),
        ({"spl_at_full_scale_db": -1.0}, "from 0 to 220 dB SPL"),
        ({"bit_depth": 8}, "--bit-depth '8' is unknown; allowed are 16, 24, float32"),
        ({"rate_hz": 16_000.0}, "--rate 16000.0 is not allowed; give a whole number"),
        ({"seed": True}, "--seed True"),
    ],
)
def test_calibration_is_refused_with_what_is_allowed(options, sentence):
    assert sentence in refusal(CalibrationSettings, **options)
    assert sentence in refusal(MorphSettings, **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"metric": "foo"}, "--metric 'foo' is unknown; allowed are mel, mfcc, erb"),
        ({"spacing": "even"}, "--spacing 'even' is unknown; allowed are equal, linear"),
        ({"duration": "long"}, "or one of keep, interpolate, equal"),
        ({"duration": -1.0}, "--duration -1 is not allowed; give a number from 0.01 to 60 s"),
        ({"duration": float("nan")}, "--duration nan"),
        ({"duration": False}, "--duration False"),
        ({"control": "stft"}, "--control 'stft' is unknown; allowed are crossfade"),
        ({"control": "crossfade", "space": "crossfade"}, "the same continuum twice"),
        ({"control": "crossfade", "space": CrossfadeSpace()}, "the same continuum twice"),
        ({"space": object()}, "--space"),
        ({"crossfade": "wave"}, "add --space crossfade or --control crossfade, or leave it out"),
        ({"crossfade": "wave", "space": "stft"}, "none was asked for"),
        ({"steps": 3.0}, "--steps 3.0"),
        ({"range": (0.0, 2.1)}, "--range 0:2.1"),
    ],
)
def test_a_line_is_refused_with_what_is_allowed(options, sentence):
    assert sentence in refusal(MorphSettings, **options)


@pytest.mark.parametrize("options", [{"space": "crossfade"}, {"control": "crossfade"}])
def test_a_kind_of_crossfade_goes_with_a_crossfade(options):
    assert MorphSettings(crossfade="wave", **options).crossfade == "wave"


def test_numbers_of_numpy_are_numbers():
    settings = MorphSettings(steps=np.int64(5), level_dbfs=np.float32(-30), seed=np.int32(3), bit_depth=24)
    assert settings.asked_level_dbfs == -30.0
    assert settings.bit_depth == "24"


def test_natural_levels_are_no_asked_level():
    assert CalibrationSettings(level_dbfs="keep").asked_level_dbfs is None
    assert CalibrationSettings(level_dbfs=-40).asked_level_dbfs == -40.0


@given(before_s=st.floats(0, 60), after_s=st.floats(0, 60), rate_hz=st.integers(1000, 192_000))
def test_silence_is_counted_to_the_nearest_sample(before_s, after_s, rate_hz):
    counted = CalibrationSettings(pad_s=(before_s, after_s)).pad_samples(rate_hz)
    for n_samples, pad_s in zip(counted, (before_s, after_s), strict=True):
        assert abs(n_samples / rate_hz - pad_s) <= 0.5 / rate_hz + 1e-12
