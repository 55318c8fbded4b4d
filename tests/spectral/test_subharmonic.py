import numpy as np
import pytest

from stimgen.media.sound import Sound
from stimgen.spectral.harmonics import Harmonics, measure_harmonics
from stimgen.spectral.subharmonic import at_fundamental, subharmonic_factor

RATE_HZ, F0_HZ = 32000, 750.0
TIMES_S = np.arange(6400) / RATE_HZ
SOUND = Sound(
    samples=np.asarray(0.05 * sum(np.cos(2.0 * np.pi * k * F0_HZ * TIMES_S) for k in range(1, 8))),
    rate_hz=RATE_HZ,
)


def _fit(f0_hz: float) -> Harmonics:
    frames_s = np.linspace(0.0, 0.2, 41)
    return measure_harmonics(
        SOUND.samples, rate_hz=RATE_HZ, times_s=frames_s, f0_hz=np.full(41, f0_hz), shortest_s=0.006
    )


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_tracks_that_run_too_low_are_brought_to_the_fundamental(factor: int) -> None:
    fit = _fit(F0_HZ / factor)
    assert subharmonic_factor(fit) == factor
    np.testing.assert_allclose(at_fundamental(fit, SOUND, shortest_s=0.006).f0_hz, F0_HZ)


def test_silence_stays_as_it_is() -> None:
    fit = _fit(F0_HZ)
    silent = Harmonics(
        times_s=fit.times_s,
        f0_hz=fit.f0_hz,
        phase=fit.phase,
        coefficients=np.zeros_like(fit.coefficients),
        share=np.zeros_like(fit.share),
    )
    assert subharmonic_factor(silent) == 1


def _voice(f0_hz: float, odd: float) -> Harmonics:
    """A voice of falling harmonics with a resonance on the second, the odd ones changed by a factor."""
    levels = {k: k**-0.8 * (4.0 if k == 2 else 1.0) * (odd if k % 2 else 1.0) for k in range(1, 31)}
    wave = sum(level * np.cos(2.0 * np.pi * k * f0_hz * TIMES_S) for k, level in levels.items())
    frames_s = np.linspace(0.0, 0.2, 41)
    return measure_harmonics(
        np.asarray(0.02 * wave), rate_hz=RATE_HZ, times_s=frames_s, f0_hz=np.full(41, f0_hz), shortest_s=0.006
    )


def test_pulses_that_alternate_a_little_are_heard_at_the_octave() -> None:
    assert subharmonic_factor(_voice(150.0, odd=0.12)) == 2


@pytest.mark.parametrize("odd", [1.0, 0.6])
def test_a_formant_on_the_second_harmonic_is_no_octave(odd: float) -> None:
    assert subharmonic_factor(_voice(150.0, odd=odd)) == 1
