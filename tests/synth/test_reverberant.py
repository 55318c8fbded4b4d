import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth.reverberant import Reverberant, Room
from stimgen.synth.vowel import vowel

RATE_HZ = 16_000
ROOM = Room(rt60_s=0.5, direct_db=3.0)


def dry(f0_hz: float = 120.0, duration_s: float = 0.3):
    return vowel((500.0, 1500.0, 2500.0), f0_hz=f0_hz, duration_s=duration_s)


def test_the_tail_decays_by_60_db_in_its_time():
    tail = Room(rt60_s=0.4, direct_db=0.0, gap_s=0.0).response(rate_hz=RATE_HZ)[1:]
    blocks_db = 10 * np.log10(np.mean(tail[:6400].reshape(16, 400) ** 2, axis=1))
    slope_db_per_s = np.polyfit(np.arange(16) * 400 / RATE_HZ, blocks_db, 1)[0]
    assert slope_db_per_s == pytest.approx(-60.0 / 0.4, rel=0.05)


def test_the_direct_sound_is_as_loud_re_the_tail_as_asked():
    response = Room(rt60_s=0.4, direct_db=6.0, gap_s=0.01).response(rate_hz=RATE_HZ)
    assert response[0] == 1.0
    assert 10 * np.log10(np.sum(response[1:] ** 2)) == pytest.approx(-6.0)
    assert not np.any(response[1 : round(0.01 * RATE_HZ)])


def test_another_seed_is_another_room_and_the_same_the_same():
    responses = [Room(rt60_s=0.4, direct_db=0.0, seed=seed).response(rate_hz=RATE_HZ) for seed in (0, 0, 1)]
    assert np.array_equal(responses[0], responses[1])
    assert not np.allclose(responses[0], responses[2])


def test_the_sound_goes_on_after_its_end_and_fades_out():
    wet = Reverberant(dry=dry(), room=ROOM, tail_s=0.2)
    samples = wet.samples(rate_hz=RATE_HZ, rng=child_rng(0))
    assert samples.size == round(0.5 * RATE_HZ)
    after = samples[round(0.31 * RATE_HZ) : round(0.35 * RATE_HZ)]
    assert 0.02 < np.sqrt(np.mean(after**2)) / np.sqrt(np.mean(samples**2)) < 1.0
    assert np.abs(samples[-1]) < 1e-4


def test_a_room_that_hardly_echoes_leaves_the_sound_as_it_was():
    wet = Reverberant(dry=dry(), room=Room(rt60_s=0.5, direct_db=120.0))
    samples = wet.samples(rate_hz=RATE_HZ, rng=child_rng(0))
    alone = dry().samples(rate_hz=RATE_HZ, rng=child_rng(0))
    assert samples[: alone.size] == pytest.approx(alone, abs=1e-5)


def test_half_way_is_the_dry_sound_half_way_in_the_same_room():
    a, b = (Reverberant(dry=dry(f0_hz, long_s), room=ROOM) for f0_hz, long_s in ((100.0, 0.2), (400.0, 0.4)))
    middle = a.toward(b, 0.5)
    assert middle.room == ROOM
    assert middle.duration_s == pytest.approx(0.45)
    assert middle.f0_hz_at(np.array([0.1, 0.4])) == pytest.approx([200.0, np.nan], nan_ok=True)
    assert middle.moments_s() == pytest.approx([0.0, 0.3, 0.45])
    assert middle.formants_hz_at(np.array([0.4]))[0] == pytest.approx([500.0, 1500.0, 2500.0])


def test_two_rooms_do_not_correspond():
    with pytest.raises(SettingError, match="same room"):
        Reverberant(dry=dry(), room=ROOM).toward(
            Reverberant(dry=dry(), room=Room(rt60_s=0.2, direct_db=3.0)), 0.5
        )


def test_impossible_rooms_and_tails_are_refused():
    with pytest.raises(SettingError, match="rt60_s"):
        Room(rt60_s=0.0, direct_db=0.0)
    with pytest.raises(SettingError, match="tail"):
        Reverberant(dry=dry(), room=ROOM, tail_s=0.0)
