from dataclasses import replace

import numpy as np
import pytest

from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spectral.alignment import Alignment
from stimgen.spectral.pulses import find_pulses
from stimgen.synth import KnownPair
from stimgen.synth.contour import steady
from stimgen.synth.draws_trills import random_pulse_train_pair, random_trill_pair
from stimgen.synth.pulse_train import PulseTrainParameters, Ring
from stimgen.synth.stack import Bump, StackParameters

RATE_HZ = 32000


def _ends(pair: KnownPair) -> tuple[Sound, Sound]:
    rng = np.random.default_rng(0)
    a, b = (pair.sound(position, rate_hz=RATE_HZ, rng=rng) for position in (0.0, 1.0))
    return a, b


def _trains(seed: int) -> tuple[KnownPair[PulseTrainParameters], Sound, Sound]:
    pair = random_pulse_train_pair(np.random.default_rng(seed))
    return pair, *_ends(pair)


def _onsets_s(samples: FloatArray) -> FloatArray:
    return find_pulses(Sound(samples=samples, rate_hz=RATE_HZ)).onsets / RATE_HZ


@pytest.mark.parametrize("seed", range(2201, 2206))
def test_each_pulse_on_the_way_is_one_pulse_at_its_own_moment(seed: int) -> None:
    pair, a, b = _trains(seed)
    between = TransportSpace().between(a, b, seed=0)
    for position in (0.25, 0.5, 0.75):
        true_s = pair.a.toward(pair.b, position).onsets_s()
        np.testing.assert_allclose(_onsets_s(between(position).samples), true_s, atol=0.001)


@pytest.mark.parametrize("seed", range(2201, 2206))
def test_the_energy_of_pulses_goes_evenly_from_one_end_to_the_other(seed: int) -> None:
    _, a, b = _trains(seed)
    between = TransportSpace().between(a, b, seed=0)
    energy_db = [10.0 * np.log10(np.sum(between(t).samples ** 2)) for t in (0.0, 0.25, 0.5, 0.75, 1.0)]
    np.testing.assert_allclose(energy_db, np.linspace(energy_db[0], energy_db[-1], 5), atol=1.5)


def test_the_ends_are_the_recordings() -> None:
    _, a, b = _trains(2210)
    between = TransportSpace().between(a, b, seed=0)
    assert between.pulses is not None
    for position, sound in ((0.0, a), (1.0, b)):
        error = between(position).samples - sound.samples
        assert np.sum(error**2) < 1e-9 * np.sum(sound.samples**2)


def test_a_common_duration_moves_pulses_and_leaves_their_ringing() -> None:
    _, a, b = _trains(2211)
    long_s = 1.5 * max(a.duration_s, b.duration_s)
    made = TransportSpace().between(a, b, seed=0, duration_s=long_s)(0.0).samples
    factor = long_s / a.duration_s
    np.testing.assert_allclose(_onsets_s(made), factor * _onsets_s(a.samples), atol=0.001)
    first, wave = find_pulses(a).onsets[0], find_pulses(a).waves[0]
    start = round(factor * first)
    alike = np.correlate(made[start - 40 : start + wave.size + 40], wave, mode="valid").max()
    assert alike > 0.9 * np.sum(wave**2)


def test_beyond_the_ends_the_pulses_stay_in_order() -> None:
    _, a, b = _trains(2212)
    between = TransportSpace().between(a, b, seed=0)
    for position in (-0.4, 1.4):
        made = between(position).samples
        assert made.size == round(between.duration_s(position) * RATE_HZ)
        assert np.isfinite(made).all()


def test_what_is_not_made_of_paired_pulses_goes_the_way_of_all_sounds() -> None:
    trill = _ends(random_trill_pair(np.random.default_rng(2213)))
    assert TransportSpace().between(*trill, seed=0).pulses is None
    few = PulseTrainParameters(
        n_pulses=3, period_s=(0.05, 0.05), rings=(Ring(frequency_hz=2000.0, decay_s=0.003),)
    )
    many = replace(few, n_pulses=9, period_s=(0.0125, 0.0125))
    rng = np.random.default_rng(2214)
    slow, fast = (
        Sound(samples=one.samples(rate_hz=RATE_HZ, rng=rng), rate_hz=RATE_HZ) for one in (few, many)
    )
    assert TransportSpace().between(slow, fast, seed=0).pulses is None


def test_a_pulse_more_or_less_fades_and_leaves_the_others_paired() -> None:
    ring = Ring(frequency_hz=2000.0, decay_s=0.003)
    a = PulseTrainParameters(n_pulses=8, period_s=(0.03, 0.03), rings=(ring,))
    b = replace(a, n_pulses=7)
    rng = np.random.default_rng(2215)
    one, other = (Sound(samples=x.samples(rate_hz=RATE_HZ, rng=rng), rate_hz=RATE_HZ) for x in (a, b))
    between = TransportSpace(TransportSettings(align="none")).between(one, other, seed=0)
    assert between.pulses is not None
    assert between.pulses.partners.shape == (7, 2)
    peaks = [np.abs(between(t).samples[-700:]).max() for t in (0.0, 0.5)]
    assert 0.3 * peaks[0] < peaks[1] < 0.7 * peaks[0]


def test_weak_even_harmonics_stay_with_even_harmonics_on_the_way() -> None:
    bumps = tuple(
        Bump(centre_hz=steady(hz), height_db=12.0, width_octaves=0.4) for hz in (900.0, 2600.0, 5500.0)
    )
    a = StackParameters(duration_s=0.2, f0_hz=steady(450.0), bumps=bumps, even_db=-24.0)
    b = replace(a, f0_hz=steady(600.0), even_db=0.0)
    pair = KnownPair(a=a, b=b)
    between = TransportSpace().between(*_ends(pair), seed=0)
    assert between.motion == "transport"
    assert _even_db(between(0.5).samples, 450.0 * np.sqrt(600.0 / 450.0)) == pytest.approx(-12.0, abs=3.5)


def _even_db(samples: FloatArray, f0_hz: float) -> float:
    """Return how far even harmonics lie below the mean of their neighbours, the median, dB."""
    middle = samples[samples.size // 4 : -samples.size // 4]
    phase = np.exp(-2j * np.pi * f0_hz * np.outer(np.arange(1, 12), np.arange(middle.size)) / RATE_HZ)
    level_db = 20.0 * np.log10(np.abs(phase @ (middle * np.hanning(middle.size))))
    return float(np.median(level_db[1:-1:2] - 0.5 * (level_db[:-2:2] + level_db[2::2])))


def _clicks(at_s: tuple[float, ...]) -> Sound:
    samples = 1e-5 * np.random.default_rng(3).normal(size=round(0.7 * RATE_HZ))
    ring_s = np.arange(300) / RATE_HZ
    for moment_s in at_s:
        start = round(moment_s * RATE_HZ)
        samples[start : start + 300] += 0.5 * np.exp(-ring_s / 0.0008) * np.sin(2.0 * np.pi * 3000.0 * ring_s)
    return Sound(samples=samples, rate_hz=RATE_HZ)


@pytest.mark.parametrize(
    ("meeting_b_s", "expected_s"),
    [((0.15, 0.2, 0.6), (0.125, 0.25, 0.525)), ((0.1, 0.3, 0.45), (0.1, 0.15, 0.2, 0.3, 0.45, 0.6))],
)
def test_pulses_meet_where_a_given_alignment_says_so(meeting_b_s, expected_s) -> None:
    a, b = _clicks((0.1, 0.3, 0.45)), _clicks((0.15, 0.2, 0.6))
    given = Alignment(
        times_a_s=np.array([0.0, 0.1, 0.3, 0.45, 0.7]),
        times_b_s=np.array([0.0, *meeting_b_s, 0.7]),
        method="file",
    )
    between = TransportSpace(TransportSettings(align=given)).between(a, b, seed=0)
    np.testing.assert_allclose(_onsets_s(between(0.5).samples), expected_s, atol=0.001)


def test_the_alignment_that_is_told_is_that_of_the_pulses() -> None:
    a, b = _clicks((0.1, 0.3, 0.45)), _clicks((0.15, 0.2, 0.6))
    told = TransportSpace().between(a, b, seed=0).alignment
    np.testing.assert_allclose(
        np.interp([0.1, 0.3, 0.45], told.times_a_s, told.times_b_s), (0.15, 0.2, 0.6), atol=0.001
    )
