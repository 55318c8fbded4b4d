"""What holds for pairs of calls, whose harmonics move one by one."""

import numpy as np
import pytest

from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport import TransportSpace

RATE_HZ = 32000
LEVELS_DB = (0.0, -30.0, -36.0, -40.0)
F0_HZ = (1000.0, 2600.0)


def _stack(f0_hz: float, rng: np.random.Generator) -> Sound:
    """A call whose fundamental is far above its other harmonics, over white noise 50 dB below it."""
    times_s = np.arange(round(0.2 * RATE_HZ)) / RATE_HZ
    tone = np.zeros(times_s.size)
    for order, level_db in enumerate(LEVELS_DB, start=1):
        tone += 10.0 ** (level_db / 20.0) * np.cos(2.0 * np.pi * order * f0_hz * times_s + order)
    noise = 10.0 ** (-50.0 / 20.0) * rng.normal(size=times_s.size)
    return Sound(samples=0.1 * (tone + noise), rate_hz=RATE_HZ)


def _between_harmonics_db(samples: FloatArray, f0_hz: float) -> float:
    """Return the level halfway between harmonics over that at harmonics, dB."""
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    at_hz = np.fft.rfftfreq(samples.size, 1.0 / RATE_HZ)

    def around(orders: FloatArray) -> float:
        return sum(float(power[np.abs(at_hz - order * f0_hz) < 40.0].sum()) for order in orders)

    orders = np.arange(1, len(LEVELS_DB), dtype=np.float64)
    return float(10.0 * np.log10(around(orders + 0.5) / around(orders)))


def test_noise_between_two_calls_is_no_louder_than_in_both():
    rng = np.random.default_rng(1)
    a, b = (_stack(f0_hz, rng) for f0_hz in F0_HZ)
    loudest_db = max(
        _between_harmonics_db(sound.samples, f0_hz) for sound, f0_hz in zip((a, b), F0_HZ, strict=True)
    )
    between = TransportSpace().between(a, b, seed=0)
    assert between.motion == "harmonics"
    middle = between(0.5)
    assert _between_harmonics_db(middle.samples, float(np.sqrt(F0_HZ[0] * F0_HZ[1]))) <= loudest_db


def _harmonic_call(f0_hz: float, duration_s: float, *, level: float = 1.0) -> FloatArray:
    time_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    wave = sum(np.cos(2 * np.pi * k * f0_hz * time_s) / k for k in (1, 2))
    return 0.1 * level * np.hanning(time_s.size) ** 0.3 * wave


def _hiss(duration_s: float, *, level: float = 0.03) -> FloatArray:
    return level * np.random.default_rng(1).normal(size=int(duration_s * RATE_HZ))


def _late_f0_hz(a: list[FloatArray], b: list[FloatArray], *, from_s: float) -> FloatArray:
    one, other = (Sound(samples=np.concatenate(parts), rate_hz=RATE_HZ) for parts in (a, b))
    middle = TransportSpace().between(one, other, seed=0)(0.5)
    return middle.f0_hz[(middle.f0_times_s > from_s) & np.isfinite(middle.f0_hz)]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_brief_note_before_does_not_carry_a_loud_one_off_to_where_nothing_is(swapped):
    pause = _hiss(0.02, level=1e-4)
    a = [pause, _harmonic_call(800.0, 0.015, level=0.1), pause, _harmonic_call(3400.0, 0.1), pause]
    b = [pause, _harmonic_call(2400.0, 0.015, level=0.3), pause, _hiss(0.1), pause]
    found = _late_f0_hz(b, a, from_s=0.08) if swapped else _late_f0_hz(a, b, from_s=0.08)
    assert found.size > 20
    np.testing.assert_allclose(found, 3400.0, rtol=0.02)


def test_two_voices_keep_their_distance_where_one_of_them_pauses():
    pause = _hiss(0.02, level=1e-4)
    a = [pause, _harmonic_call(1500.0, 0.08), pause, _harmonic_call(1500.0, 0.08), pause]
    b = [pause, _harmonic_call(3000.0, 0.08), pause, _hiss(0.08), pause]
    found = _late_f0_hz(a, b, from_s=0.15)
    assert found.size > 20
    np.testing.assert_allclose(found, np.sqrt(1500.0 * 3000.0), rtol=0.02)
