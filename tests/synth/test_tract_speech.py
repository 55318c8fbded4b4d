from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth.area_function import uniform_shape, vowel_shape
from stimgen.synth.interpolate import interpolate, true_alignment
from stimgen.synth.tract_speech import Posture, TractSpeech
from stimgen.synth.tract_tube import tube_response

RATE_HZ = 24_000
FRONT = vowel_shape(place=0.74, constriction_cm2=0.3, lips_cm2=4.0, length_cm=16.0)
BACK = vowel_shape(place=0.27, constriction_cm2=0.6, lips_cm2=5.0, length_cm=17.5)


def speech(
    *shapes, f0_hz: float = 120.0, duration_s: float = 0.4, jitter_percent: float = 0.0, **other
) -> TractSpeech:
    shapes = shapes * 2 if len(shapes) == 1 else shapes
    return TractSpeech(
        moments=tuple(np.linspace(0, duration_s, len(shapes)).tolist()),
        postures=tuple(Posture(shape=shape, f0_hz=f0_hz) for shape in shapes),
        jitter_percent=jitter_percent,
        **other,
    )


def rendered(sound: TractSpeech, *, rate_hz: int = RATE_HZ):
    return sound.samples(rate_hz=rate_hz, rng=child_rng(0, "speech"))


@pytest.mark.parametrize("f0_hz", [90.0, 170.0, 290.0])
def test_f0_in_the_wave_is_the_one_asked_for(f0_hz):
    samples = rendered(speech(BACK, f0_hz=f0_hz))[RATE_HZ // 10 : 3 * RATE_HZ // 10]
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size), n=16 * samples.size)) ** 2
    hz = np.fft.rfftfreq(16 * samples.size, 1 / RATE_HZ)
    near = np.abs(hz / f0_hz - 1) < 0.3
    assert hz[near][np.argmax(power[near])] == pytest.approx(f0_hz, rel=0.01)
    # and it is the fundamental: nothing half-way between harmonics
    between = power[np.argmin(np.abs(hz - 1.5 * f0_hz))]
    assert 10 * np.log10(power[near].max() / between) > 20.0


def harmonics_db(sound: TractSpeech, numbers):
    part = rendered(sound)[RATE_HZ // 10 : 3 * RATE_HZ // 10] * np.blackman(RATE_HZ // 5)
    turns = np.exp(-2j * np.pi * 100.0 * numbers[:, None] * np.arange(part.size) / RATE_HZ)
    return 20 * np.log10(np.abs(turns @ part))


@pytest.mark.parametrize("shape", [FRONT, BACK])
def test_harmonics_have_gone_through_the_tubes(shape):
    numbers = np.arange(1, 50)
    neutral = uniform_shape(length_cm=17.0, area_cm2=3.0)
    sounds = [speech(one, f0_hz=100.0, noise_db=-200.0) for one in (shape, neutral)]
    found_db = np.subtract(*(harmonics_db(sound, numbers) for sound in sounds))
    gains = [tube_response(sound.frames_at(np.array([0.2])).tubes, 100.0 * numbers).voice for sound in sounds]
    expected_db = 20 * np.log10(np.abs(gains[0] / gains[1]))[0]
    # both are brought to one level, so what counts is what is left when a constant is taken off
    difference_db = found_db - expected_db
    assert np.abs(difference_db - np.median(difference_db)).max() < 0.5
    assert np.ptp(expected_db) > 20.0


@pytest.mark.parametrize("shape", [FRONT, uniform_shape(length_cm=15.0, area_cm2=3.0)])
def test_praat_finds_the_formants_that_it_says_it_has(shape):
    # both have formants that lie apart: linear prediction draws close ones together
    parselmouth = pytest.importorskip("parselmouth")
    falling = speech(shape, duration_s=0.8)
    first, last = falling.postures
    falling = replace(falling, postures=(replace(first, f0_hz=100.0), replace(last, f0_hz=70.0)))
    # one pole more than the five formants up to 5.4 kHz need, for the glottis
    formants = parselmouth.Sound(rendered(falling), RATE_HZ).to_formant_burg(0.005, 5.5, 5400.0, 0.025, 50.0)
    times_s = np.linspace(0.15, 0.6, 60)
    found = [np.nanmedian([formants.get_value_at_time(k, t) for t in times_s]) for k in (1, 2, 3)]
    assert found == pytest.approx(falling.formants_hz_at(np.array([0.4]))[0, :3].tolist(), rel=0.04)


def test_half_way_between_shapes_is_not_half_way_between_formants():
    a, b = speech(FRONT), speech(BACK)
    at = np.array([0.2])
    ends_hz = np.stack([sound.formants_hz_at(at)[0] for sound in (a, b)])
    middle_hz = a.toward(b, 0.5).formants_hz_at(at)[0]
    departure = np.abs(np.log(middle_hz / np.sqrt(ends_hz[0] * ends_hz[1])))
    assert departure[:2].max() > 0.05
    # it lies between nevertheless
    assert np.all(middle_hz[:2] > 0.95 * ends_hz.min(axis=0)[:2])
    assert np.all(middle_hz[:2] < 1.05 * ends_hz.max(axis=0)[:2])


def test_everything_else_half_way_is_half_way():
    a = speech(FRONT, f0_hz=100.0, duration_s=0.2, level_dbfs=-30.0)
    b = speech(BACK, f0_hz=400.0, duration_s=0.4, level_dbfs=-20.0)
    middle = interpolate(a, b, 0.5)
    assert middle.duration_s == pytest.approx(0.3)
    assert middle.level_dbfs == pytest.approx(-25.0)
    assert middle.f0_hz_at(np.array([0.15])) == pytest.approx(200.0)
    assert true_alignment(a, b).times_b_s == pytest.approx([0.0, 0.4])


@pytest.mark.parametrize("level_dbfs", [-30.0, -20.0])
def test_the_level_is_the_one_asked_for(level_dbfs):
    samples = rendered(speech(FRONT, level_dbfs=level_dbfs))
    assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(level_dbfs, abs=1e-6)
    assert np.abs(samples[[0, -1]]).max() < 1e-3


def test_a_rate_changes_nothing_below_its_half():
    slow, fast = (rendered(speech(FRONT, noise_db=-100.0), rate_hz=rate) for rate in (16_000, 48_000))
    decimated = np.fft.irfft(np.fft.rfft(fast)[: slow.size // 2 + 1], slow.size) / 3

    def low(x):
        spectrum = np.fft.rfft(x)
        spectrum[int(6000 * x.size / 16_000) :] = 0
        return np.fft.irfft(spectrum)

    difference = low(slow) - low(decimated)
    assert 10 * np.log10(np.mean(difference**2) / np.mean(slow**2)) < -40.0


def test_more_noise_makes_the_voice_less_periodic_by_as_much():
    clean, breathy, noisy = (rendered(speech(BACK, noise_db=db)) for db in (-200.0, 0.0, 20.0))
    levels_db = [10 * np.log10(np.mean((x - clean) ** 2)) for x in (breathy, noisy)]
    assert levels_db[1] - levels_db[0] == pytest.approx(20.0, abs=1.5)
    assert -60.0 < levels_db[0] - 10 * np.log10(np.mean(clean**2)) < -20.0


def stop() -> TractSpeech:
    closed = Posture(shape=BACK, f0_hz=120.0, voice=0.0, glottis_cm2=0.2, place=0.87, opening_cm=0.0)
    voiced = Posture(shape=BACK, f0_hz=110.0)
    return TractSpeech(
        moments=(0.0, 0.05, 0.055, 0.11, 0.15, 0.35),
        postures=(
            closed,
            closed,
            replace(closed, opening_cm=0.4),
            replace(closed, opening_cm=2.0, glottis_cm2=0.08),
            voiced,
            voiced,
        ),
    )


def level_db(samples, start_s: float, end_s: float) -> float:
    part = samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    return float(10 * np.log10(np.mean(part**2) + 1e-30))


def test_a_stop_is_silent_while_closed_then_bursts_breathes_and_speaks():
    samples = rendered(stop())
    closure, burst, breath, vowel = (
        level_db(samples, *span) for span in ((0.01, 0.045), (0.05, 0.06), (0.08, 0.105), (0.16, 0.28))
    )
    assert closure < vowel - 70.0
    assert vowel - 40.0 < breath < burst < vowel - 3.0


def test_a_stop_has_no_f0_before_its_voice_and_its_first_formant_rises_out_of_the_closure():
    sound = stop()
    assert np.isnan(sound.f0_hz_at(np.array([0.02, 0.08]))).all()
    assert sound.f0_hz_at(np.array([0.2])) == pytest.approx(110.0, rel=0.01)
    first_hz = sound.formants_hz_at(np.array([0.02, 0.056, 0.2]))[:, 0]
    assert first_hz[0] < 250 < first_hz[1] < first_hz[2]


def test_a_nose_has_no_formants_to_name():
    nasal = replace(speech(BACK), postures=tuple(replace(p, velum_cm2=0.4) for p in speech(BACK).postures))
    assert nasal.formants_hz_at(np.array([0.1])) is None
    assert speech(BACK).formants_hz_at(np.array([0.1])).shape == (1, 4)


def test_speech_of_other_numbers_of_postures_does_not_correspond():
    with pytest.raises(SettingError, match="as many postures, got 2 and 3"):
        speech(FRONT).toward(speech(FRONT, BACK, FRONT), 0.5)


@pytest.mark.parametrize(
    ("moments", "match"),
    [
        ((0.0, 0.2, 0.3), "a moment for each"),
        ((0.1, 0.3), "rise from 0"),
        ((0.0, 0.0), "rise from 0"),
        ((0.0, 0.05), "fades"),
    ],
)
def test_moments_that_do_not_fit_are_refused(moments, match):
    with pytest.raises(SettingError, match=match):
        replace(speech(FRONT), moments=moments)


@pytest.mark.parametrize(
    "wrong", [{"rd": 3.0}, {"voice": 2.0}, {"f0_hz": 0.0}, {"glottis_cm2": 0.0}, {"velum_cm2": -1.0}]
)
def test_impossible_postures_are_refused(wrong):
    with pytest.raises(SettingError, match="a posture has"):
        replace(Posture(shape=FRONT, f0_hz=100.0), **wrong)
