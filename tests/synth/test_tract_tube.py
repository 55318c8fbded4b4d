import numpy as np
import pytest
from scipy.optimize import brentq

from stimgen.synth.area_function import CLOSED_CM2, vowel_shape
from stimgen.synth.tract_resonances import pole_frequencies_hz, resonances_hz
from stimgen.synth.tract_tube import TubeFrames, tube_response

SOUND_CM_PER_S = 35_000.0
WALLS_HZ = 203.0
FREQUENCIES_HZ = np.arange(50.0, 6000.0, 2.0)


def tubes(areas_cm2, *, length_cm: float, velum_cm2: float = 0.0, glottis_cm2: float = 0.005) -> TubeFrames:
    return TubeFrames(
        areas_cm2=np.atleast_2d(areas_cm2),
        length_cm=np.array([length_cm]),
        velum_cm2=np.array([velum_cm2]),
        glottis_cm2=np.array([glottis_cm2]),
        nose_cm=11.0,
        nostrils_cm2=1.2,
    )


def gain_db(frames: TubeFrames):
    return 20 * np.log10(np.abs(tube_response(frames, FREQUENCIES_HZ).voice[0]))


def peaks_hz(frames: TubeFrames):
    gain = gain_db(frames)
    inner = gain[1:-1]
    return FREQUENCIES_HZ[1:-1][(inner > gain[:-2]) & (inner > gain[2:])]


def quarter_waves_hz(length_cm: float, n: int):
    open_hz = (2 * np.arange(n) + 1) * SOUND_CM_PER_S / (4 * length_cm)
    return np.hypot(open_hz, WALLS_HZ)


def end_cm(area_cm2: float) -> float:
    # what the air outside the lips adds to the length: 8 / (3 pi) radii of a piston in a wall
    return 8.0 / (3.0 * np.pi) * np.sqrt(area_cm2 / np.pi)


@pytest.mark.parametrize("length_cm", [17.5, 13.0])
def test_a_uniform_tube_resonates_at_odd_quarter_waves(length_cm):
    frames = tubes(np.full(40, 3.0), length_cm=length_cm)
    expected = quarter_waves_hz(length_cm + end_cm(3.0), 3)
    assert peaks_hz(frames)[:3] == pytest.approx(expected, rel=0.03)
    assert resonances_hz(frames.areas_cm2, length_cm=frames.length_cm)[0, :3] == pytest.approx(
        expected, rel=0.01
    )


def test_a_tract_of_17_and_a_half_cm_is_neutral():
    # the textbook's 500, 1500, 2500 Hz are without the air outside and yielding walls, which nearly cancel at first
    found = peaks_hz(tubes(np.full(40, 1.0), length_cm=17.5 - end_cm(1.0)))[:3]
    assert found[1:] == pytest.approx([1500, 2500], rel=0.03)
    assert np.sqrt(found[0] ** 2 - WALLS_HZ**2) == pytest.approx(500, rel=0.03)


@pytest.mark.parametrize(("back_cm2", "front_cm2"), [(8.0, 1.0), (1.0, 8.0)])
def test_two_tubes_resonate_where_the_closed_form_has_it(back_cm2, front_cm2):
    areas = np.repeat([back_cm2, front_cm2], 20)
    back_cm, front_cm = 8.5, 8.5 + end_cm(front_cm2)

    # a closed back tube in front of an open one: cos cos A_back = sin sin ... written without poles
    def mismatch(f_hz: float) -> float:
        k = 2 * np.pi * f_hz / SOUND_CM_PER_S
        return front_cm2 * np.cos(k * back_cm) * np.cos(k * front_cm) - back_cm2 * np.sin(
            k * back_cm
        ) * np.sin(k * front_cm)

    grid_hz = np.arange(50.0, 4000.0, 10.0)
    signs = np.sign([mismatch(f) for f in grid_hz])
    roots_hz = [brentq(mismatch, grid_hz[i], grid_hz[i + 1]) for i in np.flatnonzero(signs[1:] != signs[:-1])]
    expected = np.hypot(roots_hz[:3], WALLS_HZ)
    frames = tubes(areas, length_cm=17.0)
    assert resonances_hz(areas[None], length_cm=np.array([17.0]))[0, :3] == pytest.approx(expected, rel=0.02)
    # friction weighs on the air and lowers a resonance below 300 Hz by 3 %
    assert peaks_hz(frames)[:3] == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("place", [0.3, 0.5, 0.74])
@pytest.mark.parametrize("glottis_cm2", [0.005, 0.03])
def test_poles_are_where_the_response_peaks(place, glottis_cm2):
    shape = vowel_shape(place=place, constriction_cm2=0.8, lips_cm2=3.0, length_cm=17.0)
    areas_cm2 = 0.25 * np.pi * np.array(shape.diameters_cm) ** 2
    frames = tubes(areas_cm2, length_cm=17.0, glottis_cm2=glottis_cm2)
    assert pole_frequencies_hz(frames)[0] == pytest.approx(peaks_hz(frames)[:4], rel=0.02)


def test_poles_of_a_tight_tract_are_its_resonances_without_loss():
    frames = tubes(np.full(40, 3.0), length_cm=17.5)
    lossless_hz = resonances_hz(frames.areas_cm2, length_cm=frames.length_cm)
    assert pole_frequencies_hz(frames) == pytest.approx(lossless_hz, rel=0.03)


def test_an_open_glottis_damps_the_first_resonance_most():
    shut, leaky = (gain_db(tubes(np.full(40, 3.0), length_cm=17.5, glottis_cm2=cm2)) for cm2 in (0.005, 0.2))
    at_first, at_third = (np.argmin(np.abs(FREQUENCIES_HZ - f)) for f in (520, 2400))
    assert shut[at_first] - leaky[at_first] > 3.0
    assert shut[at_first] - leaky[at_first] > shut[at_third] - leaky[at_third] > 0.0


def test_the_first_resonance_is_as_wide_as_a_vowels():
    gain = gain_db(tubes(np.full(40, 3.0), length_cm=17.5))
    first = np.argmax(np.where(FREQUENCIES_HZ < 1000, gain, -np.inf))
    above = (gain > gain[first] - 3.01) & (FREQUENCIES_HZ < 1000)
    # Fant 1972, STL-QPSR 13(2-3):28: with the glottis closed
    assert 20.0 < np.ptp(FREQUENCIES_HZ[above]) < 70.0


def test_closed_lips_and_an_open_nose_leave_a_zero_where_the_mouth_is_three_quarter_waves():
    areas = np.full(40, 3.0)
    areas[-1] = CLOSED_CM2
    murmur = gain_db(tubes(areas, length_cm=17.0, velum_cm2=1.0))
    mouth_cm = 0.5 * 17.0 * 19.0 / 20.0
    expected = np.hypot(3 * SOUND_CM_PER_S / (4 * mouth_cm), WALLS_HZ)
    near = np.abs(FREQUENCIES_HZ / expected - 1) < 0.1
    found = np.argmin(np.where(near, murmur, np.inf))
    assert FREQUENCIES_HZ[found] == pytest.approx(expected, rel=0.03)
    assert murmur[near].max() - murmur[found] > 10.0


def test_a_nose_does_not_matter_once_the_velum_is_all_but_closed_and_does_when_open():
    oral, touching, nasalised = (
        gain_db(tubes(np.full(40, 3.0), length_cm=17.0, velum_cm2=cm2)) for cm2 in (0.0, 1e-4, 0.5)
    )
    assert np.abs(touching - oral).max() < 0.5
    assert np.abs(nasalised - oral).max() > 10.0


def test_little_leaves_a_closed_tract():
    opened = gain_db(tubes(np.full(40, 3.0), length_cm=17.0))
    shut_areas = np.full(40, 3.0)
    shut_areas[30] = CLOSED_CM2
    assert np.median(opened - gain_db(tubes(shut_areas, length_cm=17.0))) > 40.0


@pytest.mark.parametrize("section", [25, 32])
def test_friction_sounds_at_the_quarter_wave_of_the_cavity_before_it(section):
    areas = np.full(40, 3.0)
    areas[section] = 0.05
    gain = np.abs(tube_response(tubes(areas, length_cm=17.0), FREQUENCIES_HZ).friction[0])
    cavity_hz = SOUND_CM_PER_S / (4 * ((39 - section) / 40 * 17.0 + end_cm(3.0)))
    heard = (FREQUENCIES_HZ > 600) & (FREQUENCIES_HZ < 3500)
    assert FREQUENCIES_HZ[np.argmax(np.where(heard, gain, 0.0))] == pytest.approx(cavity_hz, rel=0.1)


def test_wide_tracts_blow_no_friction_noise():
    assert not np.any(tube_response(tubes(np.full(40, 3.0), length_cm=17.0), FREQUENCIES_HZ).friction)
