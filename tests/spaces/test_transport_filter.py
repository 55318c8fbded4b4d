"""The moving filter: levels on the way of two tracts, exact ends, and no harm where formants mean nothing."""

import numpy as np
import pytest

from stimgen.distance.mel import mel_distance
from stimgen.media.sound import Sound
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spaces.transport_filter import MovingFilter
from stimgen.spectral.displacement import mel_grid_hz, read_at, source_frequencies
from stimgen.spectral.formant_filter import Formants, formants_between, log_gain, usual_bandwidths_hz
from stimgen.spectral.formants import anchor_maps
from stimgen.synth import random_vowel_pair, vowel
from stimgen.synth.pairs import KnownPair

RATE_HZ = 16000
GRID_HZ = mel_grid_hz(RATE_HZ)
DECIBELS = 10.0 / np.log(10.0)


def tract(*frequencies_hz: float) -> Formants:
    frequency_hz = np.array([frequencies_hz])
    return Formants(frequency_hz=frequency_hz, bandwidth_hz=usual_bandwidths_hz(frequency_hz))


CLOSE, OPEN = tract(280.0, 2200.0, 2900.0, 3600.0), tract(720.0, 1150.0, 2450.0, 3500.0)


def warped_gains(moving: MovingFilter, position: float):
    """The two tracts' gains moved along frequency and blended, without and with the correction."""
    maps_hz = anchor_maps(moving.a.frequency_hz, moving.b.frequency_hz, grid_hz=GRID_HZ)
    at = source_frequencies(maps_hz, grid_hz=GRID_HZ, position=position)
    sides = [
        read_at(log_gain(one, GRID_HZ[None, :]), grid_hz=GRID_HZ, at_hz=at_hz)
        for one, at_hz in ((moving.a, at.a_hz), (moving.b, at.b_hz))
    ]
    plain = (1.0 - position) * sides[0] + position * sides[1]
    return plain, plain + moving.correction(at, grid_hz=GRID_HZ, position=position)


def test_levels_between_formants_follow_the_formants():
    plain, corrected = warped_gains(MovingFilter(a=CLOSE, b=OPEN, trust=np.ones(1)), 0.5)
    true = log_gain(formants_between(CLOSE, OPEN, 0.5), GRID_HZ[None, :])
    within = GRID_HZ < 4500.0
    assert DECIBELS * np.abs(plain - true)[0, within].max() > 2.0
    assert DECIBELS * np.abs(corrected - true)[0, within].max() < 0.7


@pytest.mark.parametrize("position", [0.0, 1.0])
def test_nothing_is_corrected_at_the_ends(position):
    plain, corrected = warped_gains(MovingFilter(a=CLOSE, b=OPEN, trust=np.ones(1)), position)
    np.testing.assert_allclose(corrected, plain, atol=1e-9)


def test_doubted_formants_correct_nothing():
    plain, corrected = warped_gains(MovingFilter(a=CLOSE, b=OPEN, trust=np.zeros(1)), 0.5)
    np.testing.assert_array_equal(corrected, plain)


def sounds(pair: KnownPair, *positions: float) -> list[Sound]:
    rng = np.random.default_rng(0)
    return [pair.sound(position, rate_hz=RATE_HZ, rng=rng) for position in positions]


def middle_distance(pair: KnownPair, **settings) -> float:
    a, b, truth = sounds(pair, 0.0, 1.0, 0.5)
    middle = TransportSpace(TransportSettings(**settings)).between(a, b, seed=0)(0.5)
    return mel_distance(middle.samples, truth.samples, rate_hz=RATE_HZ)


@pytest.mark.parametrize("f0_range_hz", [(90.0, 200.0), (240.0, 380.0)])
def test_formants_bring_midpoints_of_vowels_nearer_to_the_truth_than_transport(f0_range_hz):
    pairs = [random_vowel_pair(np.random.default_rng([8, i]), f0_range_hz=f0_range_hz) for i in range(5)]
    found = np.array([[middle_distance(pair, warp=warp) for warp in ("auto", "transport")] for pair in pairs])
    assert np.median(found[:, 0]) < 0.75 * np.median(found[:, 1])


def test_two_vowels_of_the_same_formants_stay_as_they_are():
    formants_hz = (500.0, 1500.0, 2500.0, 3500.0, 4500.0)
    pair = KnownPair(a=vowel(formants_hz, f0_hz=110.0), b=vowel(formants_hz, f0_hz=150.0))
    assert middle_distance(pair) < 1.5


def test_the_way_leaves_a_continuously_and_goes_on_beyond_b():
    a, b = sounds(random_vowel_pair(np.random.default_rng(5)), 0.0, 1.0)
    way = TransportSpace(TransportSettings(noise="synthetic")).between(a, b, seed=0)
    steps = [
        mel_distance(a.samples, way(t).samples[: a.n_samples], rate_hz=RATE_HZ) for t in (0.01, 0.02, 0.04)
    ]
    assert steps[0] < 4.0 and np.all(np.diff(steps) < 1.5)
    beyond = way(1.4).samples
    assert np.isfinite(beyond).all() and np.abs(beyond).max() < 5.0 * np.abs(b.samples).max()
