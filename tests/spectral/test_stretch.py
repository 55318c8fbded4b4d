"""Noise at another speed: no pitch, no stutter, no hum, no change of level."""

import numpy as np
import pytest

from stimgen.media.sound import FloatArray
from stimgen.spectral.residual import grain_clock, retimed_grains, shaped_sum
from stimgen.spectral.stretch import stretched_grains

RATE_HZ = 16000
FACTORS = [0.5, 1.25, 2.0, 4.0]


def added(grains: FloatArray, n_samples: int) -> FloatArray:
    clock = grain_clock(n_samples, rate_hz=RATE_HZ, grain_s=0.016)
    flat = np.zeros((len(grains), 2))
    grid_hz = np.array([0.0, RATE_HZ / 2])
    return shaped_sum([grains], [flat], clock=clock, rate_hz=RATE_HZ, grid_hz=grid_hz)


def at_speed(samples: FloatArray, factor: float, *, plain: bool = False, seed: int = 0) -> FloatArray:
    n_samples = round(factor * samples.size)
    clock = grain_clock(n_samples, rate_hz=RATE_HZ, grain_s=0.016)
    source = np.minimum(clock.centres, n_samples) / factor + np.maximum(clock.centres - n_samples, 0)
    if plain:
        return added(retimed_grains(samples, clock=clock, source_samples=source), n_samples)
    rng = np.random.default_rng(seed)
    grains = stretched_grains(samples, clock=clock, source_samples=source, rate_hz=RATE_HZ, rng=rng)
    return added(grains, n_samples)


def noise(n_samples: int, *, seed: int = 0) -> FloatArray:
    return 0.1 * np.random.default_rng(seed).normal(size=n_samples)


def repetition(samples: FloatArray) -> float:
    """Greatest autocorrelation of white noise from 3 to 30 ms, mean over frames of 60 ms."""
    n = round(0.06 * RATE_HZ)
    window = np.hanning(n)
    overlap = np.fft.irfft(np.abs(np.fft.rfft(window, 4 * n)) ** 2)
    found = []
    for start in range(0, samples.size - n + 1, n // 2):
        power = np.abs(np.fft.rfft(samples[start : start + n] * window, 4 * n)) ** 2
        lags = slice(round(0.003 * RATE_HZ), round(0.03 * RATE_HZ))
        alike = np.fft.irfft(power)
        found.append(np.abs(alike[lags] / overlap[lags]).max() * overlap[0] / alike[0])
    return float(np.mean(found))


def test_at_its_own_speed_a_sound_comes_back_exactly() -> None:
    sound = noise(5000)
    np.testing.assert_allclose(at_speed(sound, 1.0), sound, atol=1e-12)


@pytest.mark.parametrize("factor", FACTORS)
def test_noise_repeats_itself_no_more_than_noise_does(factor: float) -> None:
    sound = noise(8000, seed=1)
    assert repetition(at_speed(sound, factor)) < repetition(sound) + 0.05
    if factor >= 2.0:
        assert repetition(at_speed(sound, factor, plain=True)) > repetition(sound) + 0.3


@pytest.mark.parametrize("factor", FACTORS)
def test_noise_keeps_its_level(factor: float) -> None:
    found = at_speed(noise(16000, seed=2), factor)
    assert np.sqrt(np.mean(found**2)) == pytest.approx(0.1, rel=0.06)


@pytest.mark.parametrize("factor", [0.4, *FACTORS])
def test_a_click_happens_once_unchanged_and_in_time(factor: float) -> None:
    click = noise(30, seed=3) * np.exp(-np.arange(30) / 8.0) * 10.0
    for place in (1500, 3210, 5000):
        sound = 0.001 * noise(7000, seed=4)
        sound[place : place + 30] += click
        found = at_speed(sound, factor)
        heard = np.correlate(found, click, mode="valid") / (click @ click)
        when = int(np.argmax(heard))
        assert heard[when] == pytest.approx(1.0, abs=0.02)
        assert abs(when - factor * place) < 0.010 * RATE_HZ
        rest = np.concatenate([found[: max(when - 5, 0)], found[when + 60 :]])
        assert np.abs(rest).max() < 0.01 * np.abs(click).max()


@pytest.mark.parametrize("factor", FACTORS)
def test_a_tone_stays_a_tone_and_an_offset_an_offset(factor: float) -> None:
    time_s = np.arange(8000) / RATE_HZ
    tone = at_speed(np.cos(2 * np.pi * 700.0 * time_s), factor)[400:-400]
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(tone.size))) ** 2
    line = round(700.0 * tone.size / RATE_HZ)
    assert spectrum[line - 4 : line + 5].sum() > 0.99 * spectrum.sum()
    np.testing.assert_allclose(at_speed(np.ones(8000), factor), 1.0, atol=1e-6)


def test_what_is_drawn_depends_on_the_seed_alone() -> None:
    sound = noise(4000)
    first, again, other = (at_speed(sound, 3.0, seed=seed) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert not np.allclose(first, other)


@pytest.mark.parametrize("sound", [np.zeros(3000), np.ones(20), noise(100), np.eye(1, 900, 0)[0]])
def test_silence_and_very_short_sounds_work(sound: FloatArray) -> None:
    for factor in FACTORS:
        assert np.all(np.isfinite(at_speed(sound, factor)))
