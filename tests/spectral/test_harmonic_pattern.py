import numpy as np
import pytest

from stimgen.media.sound import Sound
from stimgen.spectral.harmonic_pattern import harmonic_pattern
from stimgen.spectral.voicing import find_voice

RATE_HZ = 32000


def _stack(even_db: float, f0_hz: float = 500.0) -> Sound:
    times_s = np.arange(6400) / RATE_HZ
    samples = np.zeros(times_s.size)
    for order in range(1, 16):
        level_db = -4.0 * np.log2(order) + (even_db if order % 2 == 0 else 0.0)
        samples += 0.1 * 10.0 ** (level_db / 20.0) * np.cos(2.0 * np.pi * order * f0_hz * times_s)
    return Sound(samples=samples, rate_hz=RATE_HZ)


@pytest.mark.parametrize("even_db", [-15.0, -20.0, -30.0])
def test_weak_even_harmonics_are_measured(even_db: float) -> None:
    voice = find_voice(_stack(even_db), f0_min_hz=60.0, f0_max_hz=8000.0)
    pattern = harmonic_pattern(voice.harmonics, voice.voicing)
    assert pattern is not None
    assert (pattern[::2] == 0.0).all()
    np.testing.assert_allclose(pattern[1::2] * 20.0 / np.log(10.0), even_db, atol=2.0)


@pytest.mark.parametrize("even_db", [0.0, -5.0, 6.0])
def test_harmonics_as_strong_as_their_neighbours_have_no_pattern(even_db: float) -> None:
    voice = find_voice(_stack(even_db), f0_min_hz=60.0, f0_max_hz=8000.0)
    assert harmonic_pattern(voice.harmonics, voice.voicing) is None


def test_what_is_not_voiced_has_no_pattern() -> None:
    voice = find_voice(_stack(-30.0), f0_min_hz=60.0, f0_max_hz=8000.0)
    assert harmonic_pattern(voice.harmonics, np.zeros_like(voice.voicing)) is None
