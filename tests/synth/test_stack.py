from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import steady
from stimgen.synth.stack import Bump, StackParameters

RATE_HZ = 32_000


def stack(f0_hz: float, *, bump_hz: float = 2400.0, height_db: float = 30.0, **more) -> StackParameters:
    bump = Bump(centre_hz=steady(bump_hz), height_db=height_db, width_octaves=0.2)
    settings = {"slope_db_per_octave": 0.0, "noise_db": -120.0} | more
    return StackParameters(duration_s=0.25, f0_hz=steady(f0_hz), bumps=(bump,), **settings)


def harmonics_db(parameters: StackParameters, n_harmonics: int) -> np.ndarray:
    """Levels of harmonics, measured by projection onto them in the steady middle."""
    samples = parameters.samples(rate_hz=RATE_HZ, rng=child_rng(0))[1600:6400]
    window = np.blackman(samples.shape[0])
    times_s = np.arange(samples.shape[0]) / RATE_HZ
    f0_hz = parameters.f0_hz.values[0]
    turns = np.exp(-2j * np.pi * f0_hz * np.arange(1, n_harmonics + 1)[:, None] * times_s)
    amplitude = 2.0 * np.abs(turns @ (window * samples)) / window.sum()
    return np.asarray(20 * np.log10(amplitude / np.sqrt(2)))


def test_harmonics_in_the_wave_have_their_shares_of_the_level() -> None:
    parameters = stack(500.0, fundamental_db=-20.0, level_dbfs=-30.0)
    shares = parameters.harmonic_shares(times_s=np.array([0.1]), n_harmonics=12)[0]
    assert harmonics_db(parameters, 12) == pytest.approx(-30.0 + 10 * np.log10(shares), abs=0.1)
    assert parameters.harmonic_shares(times_s=np.array([0.1]), n_harmonics=60).sum() == pytest.approx(1.0)


def test_bumps_belong_to_frequencies_and_not_to_harmonic_numbers() -> None:
    a, b = stack(400.0), stack(800.0)
    # the bump lies on harmonic 6 of a and on harmonic 3 of b; halfway, at 566 Hz, harmonic 4 is next to it
    strongest = [int(np.argmax(harmonics_db(a.toward(b, t), 12))) + 1 for t in (0.0, 0.5, 1.0)]
    assert strongest == [6, 4, 3]


def test_bumps_travel_along_log_frequency() -> None:
    middle = stack(350.0, bump_hz=1000.0).toward(stack(350.0, bump_hz=4000.0), 0.5)
    assert middle.bumps[0].centre_hz.values == pytest.approx([2000.0, 2000.0])
    levels_db = harmonics_db(middle, 12)
    assert 350.0 * (np.argmax(levels_db) + 1) == pytest.approx(2000.0, abs=175.0)


def test_what_the_source_does_keeps_its_harmonic_numbers() -> None:
    odd = stack(400.0, height_db=0.0, even_db=-30.0)
    full = stack(800.0, height_db=0.0, fundamental_db=-24.0)
    levels_db = harmonics_db(odd.toward(full, 0.5), 8)
    assert levels_db - levels_db[2] == pytest.approx([-12, -15, 0, -15, 0, -15, 0, -15], abs=0.2)


def test_the_level_does_not_depend_on_the_timbre() -> None:
    for parameters in (stack(400.0), stack(850.0, even_db=-30.0), stack(400.0, fundamental_db=-40.0)):
        middle = parameters.samples(rate_hz=RATE_HZ, rng=child_rng(0))[1600:6000]
        assert 10 * np.log10(np.mean(middle**2)) == pytest.approx(-24.0, abs=0.1)


def test_noise_is_as_weak_as_asked() -> None:
    parameters = stack(500.0, noise_db=-15.0)
    one, other = (parameters.samples(rate_hz=RATE_HZ, rng=child_rng(seed))[1600:6400] for seed in (1, 2))
    noise_dbfs = 10 * np.log10(np.mean((one - other) ** 2) / 2)
    assert noise_dbfs == pytest.approx(-24.0 - 15.0, abs=1.0)


def test_stacks_that_do_not_correspond_or_cannot_be_are_refused() -> None:
    with pytest.raises(SettingError, match="as many bumps, got 1 and 0"):
        stack(400.0).toward(replace(stack(400.0), bumps=()), 0.5)
    with pytest.raises(SettingError, match="cutoff_hz must lie above"):
        stack(900.0, cutoff_hz=800.0)
    with pytest.raises(SettingError, match="attack and release"):
        stack(900.0, attack=0.6, release=0.6)
