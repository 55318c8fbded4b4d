import numpy as np

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.harmonics import Harmonics, measure_harmonics, sum_harmonics
from stimgen.spectral.quick_level import evened

RATE_HZ, SHORTEST_S = 32000, 0.004
TIMES_S = np.arange(6400) / RATE_HZ


def _fit(sound: Sound, f0_hz: float) -> Harmonics:
    frames_s = np.linspace(0.0, 0.2, 161)
    return measure_harmonics(
        sound.samples, rate_hz=RATE_HZ, times_s=frames_s, f0_hz=np.full(161, f0_hz), shortest_s=SHORTEST_S
    )


def _left(sound: Sound, fit: Harmonics) -> float:
    made = sum_harmonics(
        times_s=fit.times_s, f0_hz=fit.f0_hz, coefficients=fit.coefficients, n_samples=6400, rate_hz=RATE_HZ
    )
    return float(np.sum((sound.samples - made) ** 2) / np.sum(sound.samples**2))


def _notes(f0_hz: float) -> Sound:
    gate: FloatArray = np.clip(1.5 * np.sin(2.0 * np.pi * 40.0 * TIMES_S) + 0.2, 0.0, 1.0)
    return Sound(samples=0.2 * gate * np.sin(2.0 * np.pi * f0_hz * TIMES_S), rate_hz=RATE_HZ)


def test_short_notes_of_a_call_keep_their_edges() -> None:
    sound = _notes(3000.0)
    plain = _fit(sound, 3000.0)
    assert _left(sound, evened(plain, sound, shortest_s=SHORTEST_S)) < 0.4 * _left(sound, plain)


def test_a_steady_call_and_a_low_voice_are_left_alone() -> None:
    steady = Sound(samples=0.2 * np.sin(2.0 * np.pi * 3000.0 * TIMES_S), rate_hz=RATE_HZ)
    for sound, f0_hz in ((steady, 3000.0), (_notes(300.0), 300.0)):
        fit = _fit(sound, f0_hz)
        assert evened(fit, sound, shortest_s=SHORTEST_S) is fit
