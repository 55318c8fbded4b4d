"""On the way between noise and voice: hisses stay, whispered formants move, the level holds."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.signal

from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport import TransportBetween, TransportSpace
from stimgen.synth import KnownPair
from stimgen.synth.draws_voice import random_fricative_vowel_pair, random_voiced_voiceless_pair
from stimgen.synth.event_clock import EventClock
from stimgen.synth.mixed import VOICELESS_DB, MixedParameters, MixedSegment

RATE_HZ = 16000
POSITIONS = np.linspace(0.0, 1.0, 9)


def steady(segment: MixedSegment, *, f0_hz: float = 140.0) -> MixedParameters:
    return MixedParameters(
        clock=EventClock(duration_s=0.35, event_times_s=(), transition_s=()),
        segments=(segment,),
        f0_hz=(f0_hz, f0_hz),
    )


def way_between(pair: KnownPair[MixedParameters]) -> TransportBetween:
    rng = np.random.default_rng(0)
    a, b = (pair.sound(t, rate_hz=RATE_HZ, rng=rng) for t in (0.0, 1.0))
    return TransportSpace().between(a, b, seed=0)


def smooth_spectrum_db(samples: FloatArray, *, width_hz: float) -> tuple[FloatArray, FloatArray]:
    """Frequencies, Hz, and levels, dB, smoothed over a width."""
    frequency_hz, power = scipy.signal.welch(samples, RATE_HZ, nperseg=1024)
    width = width_hz / (frequency_hz[1] - frequency_hz[0])
    kernel = np.exp(-0.5 * (np.arange(-40, 41) / width) ** 2)
    return frequency_hz, 10.0 * np.log10(np.convolve(power, kernel / kernel.sum(), mode="same") + 1e-15)


def test_the_hump_of_a_fricative_fades_where_it_is() -> None:
    formants = {"formants_hz": (600.0, 1200.0, 2500.0, 3500.0), "bandwidths_hz": (70.0, 90.0, 140.0, 200.0)}
    hiss = MixedSegment(
        **formants, tilt_db_per_octave=3.0, prominence=0.1, hnr_db=VOICELESS_DB, hnr_slope_db_per_octave=0.0,
        hump_db=22.0, hump_centre_hz=5000.0, hump_octaves=0.25,
    )  # fmt: skip
    vowel = MixedSegment(**formants, hump_centre_hz=5000.0, hump_octaves=0.25)
    pair = KnownPair(a=steady(hiss), b=steady(vowel))
    true = pair.sound(0.5, rate_hz=RATE_HZ, rng=np.random.default_rng(1)).samples
    frequency_hz, true_db = smooth_spectrum_db(true, width_hz=300.0)
    level_db = smooth_spectrum_db(way_between(pair)(0.5).samples, width_hz=300.0)[1]
    compared = (frequency_hz > 300.0) & (frequency_hz < 7000.0)

    # a hump on its way to the first formants would be 15 dB too much around 2 kHz and too little at 5 kHz
    assert float(np.abs(level_db - true_db)[compared].max()) < 5.0


def test_the_formants_of_a_whisper_move_to_those_of_the_voice() -> None:
    def vowel(f1_hz: float, f2_hz: float) -> MixedSegment:
        return MixedSegment(
            formants_hz=(f1_hz, f2_hz, 2600.0, 3600.0), bandwidths_hz=(70.0, 90.0, 140.0, 200.0),
            tilt_db_per_octave=-3.0,
        )  # fmt: skip

    whisper = replace(vowel(350.0, 2100.0), hnr_db=VOICELESS_DB, hnr_slope_db_per_octave=0.0)
    middle = way_between(KnownPair(a=steady(whisper), b=steady(vowel(700.0, 1150.0))))(0.5).samples
    frequency_hz, level_db = smooth_spectrum_db(middle, width_hz=90.0)
    inside = (frequency_hz > 1000.0) & (frequency_hz < 2300.0)

    assert float(frequency_hz[inside][np.argmax(level_db[inside])]) == pytest.approx(1560.0, rel=0.07)


@pytest.mark.parametrize("draw", [random_fricative_vowel_pair, random_voiced_voiceless_pair])
def test_the_level_holds_between_noise_and_voice(
    draw: Callable[[np.random.Generator], KnownPair[MixedParameters]],
) -> None:
    for seed in range(2001, 2007):
        way = way_between(draw(np.random.default_rng(seed)))
        level_db = [10.0 * np.log10(np.mean(way(float(t)).samples ** 2)) for t in POSITIONS]
        line_db = level_db[0] + POSITIONS * (level_db[-1] - level_db[0])
        assert float(np.max(line_db - level_db)) < 2.0


def test_pitch_on_the_way_to_a_whisper_is_that_of_the_voice() -> None:
    checked = 0
    for seed in range(2001, 2025):
        pair = random_voiced_voiceless_pair(np.random.default_rng(seed))
        if min(pair.a.segments[0].hnr_db, pair.b.segments[0].hnr_db) > VOICELESS_DB:
            continue
        found_hz = float(np.nanmedian(way_between(pair)(0.5).f0_hz))
        true = pair.a.toward(pair.b, 0.5)
        assert found_hz == pytest.approx(
            float(true.frames_at(np.array([0.5 * true.duration_s])).f0_hz[0]), rel=0.06
        )
        checked += 1
    assert checked >= 4


def test_a_whistle_and_a_noise_do_not_move_harmonic_by_harmonic() -> None:
    time_s = np.arange(6400) / 32000
    noise = 0.05 * np.random.default_rng(1).standard_normal(time_s.size)
    whistles = [
        Sound(samples=0.1 * np.sin(2.0 * np.pi * hz * time_s + 2.0 * np.cos(12.0 * time_s)), rate_hz=32000)
        for hz in (3000.0, 4000.0)
    ]
    space = TransportSpace()

    assert space.between(*whistles, seed=0).motion == "harmonics"
    assert space.between(whistles[0], Sound(samples=noise, rate_hz=32000), seed=0).motion == "transport"
