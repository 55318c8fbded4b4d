from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import Contour, glide, steady
from stimgen.synth.noisy_call import NoisyCallParameters

RATE_HZ = 32_000


def call(centre_hz: float | Contour, **more) -> NoisyCallParameters:
    centre = centre_hz if isinstance(centre_hz, Contour) else steady(centre_hz)
    return NoisyCallParameters(**({"duration_s": 1.0, "centre_hz": centre, "width_octaves": 0.2} | more))


def body(parameters: NoisyCallParameters, *, seed: int = 0) -> np.ndarray:
    n = round(parameters.duration_s * RATE_HZ)
    return parameters.samples(rate_hz=RATE_HZ, rng=child_rng(seed))[n // 5 : 4 * n // 5]


def log_centre_hz(samples: np.ndarray) -> float:
    """The middle of the band in log frequency; power per octave is that per Hz times the frequency."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    bins_hz = np.fft.rfftfreq(samples.shape[0], 1 / RATE_HZ)
    inside = (bins_hz > 300) & (bins_hz < 15_000)
    weights = power[inside] / bins_hz[inside]
    return float(np.exp(np.sum(weights * np.log(bins_hz[inside])) / weights.sum()))


def test_the_band_lies_around_its_centre_and_halfway_at_the_geometric_mean() -> None:
    a, b = call(2000.0), call(6000.0)
    for position, wanted_hz in ((0.0, 2000.0), (0.5, np.sqrt(12e6)), (1.0, 6000.0)):
        assert log_centre_hz(body(a.toward(b, position))) == pytest.approx(wanted_hz, rel=0.03)


def test_the_centre_moves() -> None:
    moving = call(glide(2000.0, 8000.0)).samples(rate_hz=RATE_HZ, rng=child_rng(0))
    assert log_centre_hz(moving[6000:10_000]) == pytest.approx(2000 * 4**0.25, rel=0.05)
    assert log_centre_hz(moving[22_000:26_000]) == pytest.approx(2000 * 4**0.75, rel=0.05)


def test_the_level_of_tone_and_noise_lies_on_a_straight_line_whatever_the_flutter() -> None:
    a = call(2000.0, tone_db=-25.0, level_dbfs=-30.0)
    b = call(5000.0, tone_db=10.0, level_dbfs=-22.0, flutter_depth=0.9, flutter_hz=50.0)
    levels_db = [10 * np.log10(np.mean(body(a.toward(b, t)) ** 2)) for t in np.linspace(0, 1, 5)]
    assert levels_db == pytest.approx(np.linspace(-30, -22, 5), abs=0.6)


def test_the_tone_is_as_strong_and_as_high_as_asked() -> None:
    parameters = call(3000.0, tone_db=-3.0, tone_octaves=-0.1)
    one, other = (body(parameters, seed=seed) for seed in (1, 2))
    # two renders share the tone alone
    tone, noise = np.mean(one * other), np.mean((one - other) ** 2) / 2
    assert 10 * np.log10(tone / noise) == pytest.approx(-3.0, abs=1.0)
    peak_hz = np.argmax(np.abs(np.fft.rfft(one))) * RATE_HZ / one.shape[0]
    assert peak_hz == pytest.approx(3000.0 * 2**-0.1, abs=3.0)


def test_a_weak_tone_is_no_pitch_and_a_strong_one_is() -> None:
    times_s = np.array([0.2, 0.8])
    assert np.isnan(call(3000.0, tone_db=-1.0).f0_hz_at(times_s)).all()
    strong = call(glide(2000.0, 4000.0), tone_db=1.0, tone_octaves=0.1)
    assert strong.f0_hz_at(times_s) == pytest.approx(2000.0 * 2 ** (times_s + 0.1))


def test_it_flutters_at_its_rate_and_halfway_at_the_geometric_mean() -> None:
    a, b = (call(3000.0, flutter_depth=0.9, flutter_hz=rate_hz) for rate_hz in (20.0, 80.0))
    for position, wanted_hz in ((0.0, 20.0), (0.5, 40.0), (1.0, 80.0)):
        power = body(a.toward(b, position)) ** 2
        rates_hz = np.fft.rfftfreq(power.shape[0], 1 / RATE_HZ)
        spectrum = np.abs(np.fft.rfft(power - power.mean())) * ((rates_hz > 5) & (rates_hz < 200))
        assert rates_hz[np.argmax(spectrum)] == pytest.approx(wanted_hz, abs=2.0)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SettingError, match="0 to 1, got 1.5"):
        call(3000.0, flutter_depth=1.5)
    with pytest.raises(SettingError, match="above 0"):
        replace(call(3000.0), width_octaves=0.0)
    with pytest.raises(SettingError, match="0.01 to 60 s"):
        call(3000.0, duration_s=0.001)
