from dataclasses import replace

import numpy as np
import pytest
import soxr

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth.gesture import Gesture, held
from stimgen.synth.syrinx import SyrinxParameters
from stimgen.synth.syrinx_side import SyrinxSide

WHOLE = (0.0, 0.15, 0.85, 1.0)


def side(tension: Gesture, *, pressure: float = 0.4, quickness_per_s: float = 19_200.0) -> SyrinxSide:
    return SyrinxSide(
        pressure=held(pressure), tension=tension, quickness_per_s=quickness_per_s, sounding=WHOLE
    )


def call(*sides: SyrinxSide, duration_s: float = 0.2, **others) -> SyrinxParameters:
    return SyrinxParameters(
        duration_s=duration_s,
        sides=sides,
        clock_marks=(0.15, 0.85),
        event_times_s=(0.1 * duration_s, 0.9 * duration_s),
        **others,
    )


LOW, HIGH = side(held(0.3)), side(held(4.0), pressure=1.2)
SWEEP = side(Gesture(values=(0.5, 2.5, 2.5, 1.0)))
CLEAN = {"breath_db": -120.0, "roughness": 0.0}


def cycle_hz(samples: np.ndarray, *, near_hz: float, at_s: float, rate_hz: int) -> float:
    """Return the lag at which two neighbouring pieces of two cycles are most alike, as a frequency."""
    lags = np.arange(int(0.8 * rate_hz / near_hz), int(1.25 * rate_hz / near_hz))
    size, alike = int(2 * rate_hz / near_hz), []
    for lag in lags:
        start = int(at_s * rate_hz) - (lag + size) // 2
        one, other = samples[start : start + size], samples[start + lag : start + lag + size]
        alike.append(one @ other / np.sqrt((one @ one) * (other @ other)))
    best = int(np.argmax(alike))
    before, peak, after = alike[best - 1 : best + 2]
    return float(rate_hz / (lags[best] + 0.5 * (before - after) / (before - 2 * peak + after)))


@pytest.mark.parametrize("one", [LOW, HIGH, SWEEP])
def test_the_fundamental_it_tells_is_that_of_the_sound_within_ten_cents(one: SyrinxSide) -> None:
    parameters, times_s = call(one, **CLEAN), np.linspace(0.05, 0.16, 12)
    told_hz = parameters.f0_hz_at(times_s)
    samples = parameters.samples(rate_hz=192_000, rng=child_rng(0))
    for at_s, f0_hz in zip(times_s, told_hz, strict=True):
        measured_hz = cycle_hz(samples, near_hz=f0_hz, at_s=at_s, rate_hz=192_000)
        assert abs(1200 * np.log2(measured_hz / f0_hz)) < 10.0


def test_the_ends_are_the_two_calls() -> None:
    a, b = call(LOW), call(HIGH, duration_s=0.3)
    assert a.toward(b, 0.0) == a
    assert a.toward(b, 1.0) == b
    assert a.toward(b, 0.5) not in (a, b)


def test_pressures_and_tensions_go_straight_where_the_clocks_agree() -> None:
    a, b = call(LOW), replace(call(SWEEP, duration_s=0.3), event_times_s=(0.02, 0.2))
    middle, clock = a.toward(b, 0.25), np.linspace(0, 1, 41)
    for name in ("pressure_at", "tension_at"):
        at_a, at_b, between = (getattr(one.sides[0], name)(clock) for one in (a, b, middle))
        assert between == pytest.approx(0.75 * at_a + 0.25 * at_b)
    assert middle.moments_s() == pytest.approx(0.75 * a.moments_s() + 0.25 * b.moments_s())
    assert middle.clock_at(middle.moments_s()) == pytest.approx(b.clock_at(b.moments_s()))


def test_the_pitch_halfway_is_that_of_the_physics_and_not_the_geometric_mean() -> None:
    a, b = call(LOW), call(HIGH)
    low_hz, middle_hz, high_hz = (float(one.f0_hz_at(np.array([0.1]))[0]) for one in (a, a.toward(b, 0.5), b))
    assert low_hz < middle_hz < high_hz
    assert 1200 * np.log2(middle_hz / np.sqrt(low_hz * high_hz)) > 100.0


def test_slack_labia_sound_richer_in_harmonics_than_tense_ones() -> None:
    def first_harmonic_share(one: SyrinxSide) -> float:
        parameters = call(one, **CLEAN)
        f0_hz = float(parameters.f0_hz_at(np.array([0.1]))[0])
        samples = parameters.samples(rate_hz=48_000, rng=child_rng(0))[2400:7200]
        power = np.abs(np.fft.rfft(samples * np.hanning(4800))) ** 2
        return float(power[np.abs(np.arange(2401) * 10.0 - f0_hz) < 300.0].sum() / power.sum())

    slack = side(held(-0.02), pressure=0.25)
    assert first_harmonic_share(HIGH) > 0.95 > 0.6 > first_harmonic_share(slack)


def test_the_level_is_the_one_asked_for_and_the_length_that_of_the_duration() -> None:
    samples = call(SWEEP, duration_s=0.1234, level_dbfs=-30.0).samples(rate_hz=22_050, rng=child_rng(0))
    assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(-30.0, abs=1e-6)
    assert samples.shape == (round(0.1234 * 22_050),)


def test_nothing_folds_at_a_low_rate() -> None:
    # both rates divide 192 kHz, at which labia of this quickness are moved, so only the resampling differs
    parameters = call(side(held(0.02), pressure=0.3), **CLEAN)
    low = parameters.samples(rate_hz=16_000, rng=child_rng(0))
    high = soxr.resample(parameters.samples(rate_hz=96_000, rng=child_rng(0)), 96_000, 16_000, quality="VHQ")
    gain = (low @ high) / (high @ high)  # the level counts what lies above 8 kHz, too
    assert 10 * np.log10(np.sum((low - gain * high) ** 2) / np.sum(low**2)) < -70.0


def test_the_same_generator_gives_the_same_sound_and_noise_differs_otherwise() -> None:
    parameters = call(SWEEP)
    one, same, other = (parameters.samples(rate_hz=32_000, rng=child_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)


def test_it_begins_and_ends_in_silence() -> None:
    samples = call(SWEEP).samples(rate_hz=32_000, rng=child_rng(0))
    assert np.abs(samples[[0, -1]]).max() < 1e-4 < 0.05 < np.abs(samples).max()


def test_each_side_of_two_has_its_pitch_and_the_stronger_one_leads() -> None:
    late = replace(HIGH, sounding=(0.4, 0.5, 0.85, 1.0))
    parameters = call(LOW, late)
    f0s_hz = parameters.f0s_hz_at(np.array([0.05, 0.15]))
    assert np.isnan(f0s_hz).tolist() == [[False, True], [False, False]]
    assert f0s_hz[1, 1] > 1.5 * f0s_hz[1, 0]
    assert parameters.f0_hz_at(np.array([0.05]))[0] == f0s_hz[0, 0]
    assert parameters.f0_hz_at(np.array([0.15]))[0] in f0s_hz[1]


def test_a_call_that_is_mostly_noise_has_no_fundamental() -> None:
    middle_s = np.linspace(0.05, 0.15, 21)
    assert np.isnan(call(LOW, roughness=0.4).f0_hz_at(middle_s)).mean() > 0.8
    assert not np.isnan(call(LOW).f0_hz_at(middle_s)).any()


def test_sides_that_hear_each_other_change_the_sound() -> None:
    apart, coupled = (
        call(LOW, side(held(0.6)), feedback=feedback, **CLEAN).samples(rate_hz=32_000, rng=child_rng(0))
        for feedback in (0.0, 0.1)
    )
    assert np.corrcoef(apart, coupled)[0, 1] < 0.9


def test_labia_without_enough_pressure_are_refused() -> None:
    with pytest.raises(SettingError, match="do not sound"):
        call(side(held(0.0), pressure=0.05)).samples(rate_hz=32_000, rng=child_rng(0))


@pytest.mark.parametrize(
    "other",
    [
        call(LOW, LOW),
        replace(call(LOW), clock_marks=(0.2, 0.85)),
        call(side(Gesture(values=(1.0,) * 5))),
        call(replace(LOW, sounding=(0.1, 0.15, 0.85, 1.0))),
    ],
)
def test_calls_that_do_not_correspond_have_no_intermediate(other: SyrinxParameters) -> None:
    with pytest.raises(SettingError):
        call(LOW).toward(other, 0.5)


@pytest.mark.parametrize(
    "wrong",
    [{"duration_s": 0.001}, {"roughness": -0.1}, {"feedback": 2.0}, {"clock_marks": (0.1,)}, {"sides": ()}],
)
def test_impossible_calls_are_refused(wrong) -> None:
    with pytest.raises(SettingError):
        replace(call(LOW), **wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"pressure": held(-0.1)}, {"quickness_per_s": 10.0}, {"sounding": (0.2, 0.1, 0.8, 1.0)}],
)
def test_impossible_sides_are_refused(wrong) -> None:
    with pytest.raises(SettingError):
        replace(LOW, **wrong)
