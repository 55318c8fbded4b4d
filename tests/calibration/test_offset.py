import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stimgen as sg
from stimgen.calibration.level import active_part
from stimgen.calibration.offset import offset

RATE_HZ = 16_000


def lopsided(seconds: float = 0.3) -> np.ndarray:
    """A pulse train whose mean is far from 0, with soft ends."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pulses = np.exp(-((times_s * 120 % 1) * 8)) - 0.05
    return 0.5 * np.hanning(times_s.size) * pulses


@given(constant=st.floats(-0.1, 0.1))
def test_a_constant_is_found_in_the_pauses_whatever_the_sound_between_them(constant: float):
    sound = np.r_[np.zeros(1600), lopsided(), np.zeros(3200)]
    assert offset(sound + constant, rate_hz=RATE_HZ) == pytest.approx(constant, abs=1e-9)
    assert abs(sound.mean()) > 0.005


def test_without_pauses_it_is_the_mean():
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(1600) / RATE_HZ) + 0.02
    assert offset(tone, rate_hz=RATE_HZ) == pytest.approx(tone.mean())


def test_the_constant_that_silence_becomes_is_not_active():
    sound = np.r_[lopsided(), np.zeros(4800)]
    part = active_part(sound - sound.mean(), rate_hz=RATE_HZ)
    assert part.offset_s <= 0.3
    assert part == active_part(sound, rate_hz=RATE_HZ)


def test_an_offset_of_the_recordings_changes_no_stimulus(pair):
    shifted = [sg.Sound(samples=s.samples + 0.05, rate_hz=s.rate_hz, name=s.name) for s in pair]
    plain, with_offset = (
        sg.morph(*sounds, steps=3, spacing="linear", bit_depth="24") for sounds in (pair, shifted)
    )
    for one, other in zip(plain.stimuli, with_offset.stimuli, strict=True):
        np.testing.assert_allclose(one.samples, other.samples, atol=1e-5)
    offsets = [manifest.sources[0].offset for manifest in (plain.manifest, with_offset.manifest)]
    assert offsets[1] - offsets[0] == pytest.approx(0.05, abs=1e-6)
