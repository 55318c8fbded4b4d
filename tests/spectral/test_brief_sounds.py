import numpy as np
import pytest

from stimgen.media.sound import Sound
from stimgen.seeding import child_rng
from stimgen.spectral.voicing import find_voice
from stimgen.synth import chirp

RATE_HZ = 44100


@pytest.mark.parametrize(("start_hz", "end_hz"), [(2000.0, 5000.0), (6000.0, 3000.0), (4000.0, 4000.0)])
def test_a_chirp_of_ten_milliseconds_is_followed(start_hz, end_hz) -> None:
    sound = chirp(start_hz, end_hz, duration_s=0.010, rate_hz=RATE_HZ, ramp_s=0.002)
    voice = find_voice(sound, f0_min_hz=60.0, f0_max_hz=8000.0)
    times_s = voice.harmonics.times_s
    inner = (times_s > 0.002) & (times_s < 0.008)
    true_hz = start_hz * (end_hz / start_hz) ** (times_s / sound.duration_s)
    cents = 1200.0 * np.abs(np.log2(voice.harmonics.f0_hz / true_hz))[inner]
    assert cents.max() < 60.0
    assert voice.voicing[inner].mean() > 0.7


def test_silence_around_a_chirp_does_not_hide_it() -> None:
    chirped = chirp(3000.0, 6000.0, duration_s=0.010, rate_hz=RATE_HZ, ramp_s=0.002).samples
    noise = 1e-5 * child_rng(1).normal(size=chirped.size + 2 * 1323)
    noise[1323 : 1323 + chirped.size] += chirped
    voice = find_voice(Sound(samples=noise, rate_hz=RATE_HZ), f0_min_hz=60.0, f0_max_hz=8000.0)
    times_s = voice.harmonics.times_s - 0.030
    inner = (times_s > 0.003) & (times_s < 0.007)
    cents = 1200.0 * np.abs(
        np.log2(voice.harmonics.f0_hz[inner] / (3000.0 * 2.0 ** (times_s[inner] / 0.010)))
    )
    assert cents.max() < 60.0
    assert voice.voicing[inner].mean() > 0.7


@pytest.mark.parametrize("duration_s", [0.010, 0.020, 0.035])
def test_a_burst_of_noise_has_no_voice_however_brief(duration_s) -> None:
    for number in range(6):
        samples = 0.1 * child_rng(5, number).normal(size=round(duration_s * RATE_HZ))
        voice = find_voice(Sound(samples=samples, rate_hz=RATE_HZ), f0_min_hz=60.0, f0_max_hz=8000.0)
        assert voice.voicing.mean() < 0.1
