import numpy as np
import pytest

from stimgen.media.sound import Sound
from stimgen.spectral.pulses import find_pulses
from stimgen.synth.draws_trills import random_pulse_train_pair
from stimgen.synth.pulse_train import PulseTrainParameters, Ring

RATE_HZ = 32000


def _sound(samples: np.ndarray) -> Sound:
    return Sound(samples=samples, rate_hz=RATE_HZ)


@pytest.mark.parametrize("seed", range(2101, 2107))
def test_every_pulse_of_a_train_is_found_where_it_begins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    train = random_pulse_train_pair(rng).a
    found = find_pulses(_sound(train.samples(rate_hz=RATE_HZ, rng=rng)))
    assert found.onsets.size == train.n_pulses
    np.testing.assert_allclose(found.onsets / RATE_HZ, train.onsets_s(), atol=0.0005)
    assert found.share > 0.9


def test_pulses_and_rest_add_up_to_the_sound() -> None:
    rng = np.random.default_rng(2110)
    sound = _sound(random_pulse_train_pair(rng).b.samples(rate_hz=RATE_HZ, rng=rng))
    found = find_pulses(sound)
    total = np.pad(found.rest.samples, (found.lead, 4000))
    for onset, wave in zip(found.onsets, found.waves, strict=True):
        total[onset : onset + wave.size] += wave
    np.testing.assert_allclose(total[found.lead :][: sound.n_samples], sound.samples, atol=1e-12)
    assert np.sum(found.rest.samples**2) < 0.1 * np.sum(sound.samples**2)


def test_a_note_that_is_held_is_no_pulse() -> None:
    times_s = np.arange(4000) / RATE_HZ
    note = np.where((times_s > 0.03) & (times_s < 0.06), np.sin(2.0 * np.pi * 2500.0 * times_s), 0.0)
    assert find_pulses(_sound(note)).onsets.size == 0
    struck = np.where(times_s > 0.03, note * np.exp(-(times_s - 0.03) / 0.003), 0.0)
    assert find_pulses(_sound(struck)).onsets.size == 1


def test_a_burst_of_noise_is_no_pulse() -> None:
    burst = np.zeros(4000)
    burst[1000:1400] = np.random.default_rng(2111).standard_normal(400)
    assert find_pulses(_sound(burst)).onsets.size == 0


def test_silence_and_the_shortest_sounds_have_no_pulses() -> None:
    for size in (1, 32, 4000):
        found = find_pulses(_sound(np.zeros(size)))
        assert (found.onsets.size, found.share) == (0, 0.0)


def test_pulses_at_both_edges_of_a_sound_are_cut_at_the_edges() -> None:
    train = PulseTrainParameters(
        n_pulses=3, period_s=(0.03, 0.03), rings=(Ring(frequency_hz=2000.0, decay_s=0.003),)
    )
    whole = train.samples(rate_hz=RATE_HZ, rng=np.random.default_rng(2112))
    first, last = (round(float(train.onsets_s()[i]) * RATE_HZ) for i in (0, -1))
    found = find_pulses(_sound(whole[first : last + 60]))
    assert found.onsets[0] <= 16
    assert all(np.isfinite(wave).all() for wave in found.waves)
