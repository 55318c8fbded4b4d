from dataclasses import fields
from functools import partial

import numpy as np
import pytest

from stimgen.distance.mel import MelMetric
from stimgen.seeding import child_rng
from stimgen.synth.draws_tract import (
    random_creak_pair,
    random_nasalised_pair,
    random_reverberant_pair,
    random_tract_vowel_pair,
)
from stimgen.synth.draws_tract_consonants import random_nasal_pair, random_stop_pair
from stimgen.synth.interpolate import interpolate, true_alignment

RATE_HZ = 16_000
DRAWS = {
    "vowel": random_tract_vowel_pair,
    "nasalised": random_nasalised_pair,
    "nasal": random_nasal_pair,
    "stop": random_stop_pair,
    "stop between vowels": partial(random_stop_pair, kinds="VCV"),
    "creak": random_creak_pair,
    "reverberant": random_reverberant_pair,
}


@pytest.fixture(params=sorted(DRAWS))
def draw(request):
    return DRAWS[request.param]


def test_ends_and_middle_sound_at_speech_levels_without_clipping(draw):
    for seed in range(2):
        pair = draw(child_rng(seed, "pair"))
        for position in (0.0, 0.5, 1.0):
            samples = pair.sound(position, rate_hz=RATE_HZ, rng=child_rng(seed)).samples
            assert np.isfinite(samples).all()
            assert np.abs(samples).max() < 0.7
            assert -33.0 < 10 * np.log10(np.mean(samples**2)) < -18.0


def test_the_middle_is_nearer_to_both_ends_than_the_ends_are_to_each_other(draw):
    metric = MelMetric()
    distances = []
    for seed in range(2):
        pair = draw(child_rng(seed, "pair"))
        a, middle, b = (
            metric.features(pair.sound(position, rate_hz=RATE_HZ, rng=child_rng(0)))
            for position in (0.0, 0.5, 1.0)
        )
        distances.append([metric.distance(*two) for two in ((a, middle), (middle, b), (a, b))])
    to_a, to_b, ends = np.mean(distances, axis=0)
    assert max(to_a, to_b) < 0.9 * ends


def test_moments_correspond_and_rise_to_the_end(draw):
    pair = draw(child_rng(3, "pair"))
    alignment = true_alignment(pair.a, pair.b)
    assert alignment.times_a_s[0] == 0.0 and alignment.times_a_s[-1] == pytest.approx(pair.a.duration_s)
    middle = interpolate(pair.a, pair.b, 0.5)
    assert middle.moments_s() == pytest.approx(0.5 * (alignment.times_a_s + alignment.times_b_s))


def test_position_0_and_1_are_the_ends_themselves(draw):
    pair = draw(child_rng(5, "pair"))
    assert pair.a.moments_s() == pytest.approx(pair.a.toward(pair.b, 0.0).moments_s())
    ends = (pair.a, pair.a.toward(pair.b, 1.0)), (pair.b, pair.b)
    from_a, own = (pairs[1].samples(rate_hz=RATE_HZ, rng=child_rng(0)) for pairs in ends)
    assert from_a == pytest.approx(own, abs=1e-9)


def test_the_same_seed_draws_the_same_and_another_seed_another(draw):
    first, again, other = (draw(child_rng(seed, "pair")) for seed in (0, 0, 1))
    assert first == again != other


def test_vowels_differ_in_voice_length_and_formants():
    pairs = [random_tract_vowel_pair(child_rng(seed, "pair")) for seed in range(40)]
    sounds = [sound for pair in pairs for sound in (pair.a, pair.b)]
    at = np.array([0.1])
    f0_hz = np.array([sound.f0_hz_at(at)[0] for sound in sounds])
    formants_hz = np.array([sound.formants_hz_at(at)[0] for sound in sounds])
    assert f0_hz.min() < 110 < 220 < f0_hz.max()
    assert np.all(formants_hz.min(axis=0)[:2] < [400, 1100]) and np.all(
        formants_hz.max(axis=0)[:2] > [750, 2300]
    )


def test_a_stops_lags_differ_and_so_do_its_places():
    for seed in range(8):
        pair = random_stop_pair(child_rng(seed, "pair"))
        lags_s = [sound.moments_s()[3] - sound.moments_s()[1] for sound in (pair.a, pair.b)]
        places = [sound.postures[0].place for sound in (pair.a, pair.b)]
        assert min(lags_s) < 0.025 < 0.035 < max(lags_s)
        assert abs(places[0] - places[1]) > 0.05


def test_creak_is_slow_and_irregular_and_its_partner_is_not():
    for seed in range(8):
        pair = random_creak_pair(child_rng(seed, "pair"))
        creak, modal = sorted((pair.a, pair.b), key=lambda sound: sound.postures[0].f0_hz)
        assert 38 < creak.postures[0].f0_hz < 75 < 80 < modal.postures[0].f0_hz
        assert creak.jitter_percent > 3 > 1 >= modal.jitter_percent


def test_parameters_are_plain_fields_that_toward_covers():
    pair = random_tract_vowel_pair(child_rng(0, "pair"))
    middle = pair.a.toward(pair.b, 0.5)
    for field in fields(middle):
        mine, theirs = (getattr(sound, field.name) for sound in (pair.a, pair.b))
        if isinstance(mine, float) and mine != theirs:
            assert getattr(middle, field.name) not in (mine, theirs), field.name
