import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.synth.area_function import (
    CLOSED_CM2,
    N_SECTIONS,
    TractShape,
    pinched_areas_cm2,
    section_centres,
    uniform_shape,
    vowel_shape,
)
from stimgen.synth.tract_resonances import resonances_hz


def formants_hz(shape: TractShape):
    areas_cm2 = 0.25 * np.pi * np.array([shape.diameters_cm]) ** 2
    return resonances_hz(areas_cm2, length_cm=np.array([shape.length_cm]))[0]


def areas_cm2(shape: TractShape):
    return 0.25 * np.pi * np.array(shape.diameters_cm) ** 2


def test_a_vowel_is_narrowest_where_and_as_much_as_asked():
    shape = vowel_shape(place=0.7, constriction_cm2=0.4, lips_cm2=4.0, length_cm=17.0)
    narrowest = np.argmin(np.where(section_centres() > 0.2, areas_cm2(shape), np.inf))
    assert section_centres()[narrowest] == pytest.approx(0.7, abs=1.0 / N_SECTIONS)
    assert areas_cm2(shape)[narrowest] == pytest.approx(0.4, rel=0.03)
    assert areas_cm2(shape)[-1] == pytest.approx(4.0, rel=0.05)


def test_front_close_back_open_and_rounded_back_vowels_come_out_as_phonetics_has_them():
    front = formants_hz(vowel_shape(place=0.74, constriction_cm2=0.25, lips_cm2=4.0, length_cm=17.0))
    low = formants_hz(vowel_shape(place=0.25, constriction_cm2=0.7, lips_cm2=5.5, length_cm=17.0))
    rounded = formants_hz(vowel_shape(place=0.58, constriction_cm2=0.4, lips_cm2=0.3, length_cm=17.0))
    assert front[0] < 400 and front[1] > 2000
    assert low[0] > 650 and low[1] < 1500
    assert rounded[0] < 450 and rounded[1] < 1100


def test_a_smaller_speaker_has_the_same_formants_further_up():
    large, small = (
        formants_hz(
            vowel_shape(
                place=0.5, constriction_cm2=2.0, lips_cm2=2.0, length_cm=length_cm, lips_cm=length_cm / 17
            )
        )
        for length_cm in (17.0, 12.0)
    )
    # the walls' part does not scale, and the width stays
    assert small[1:] / large[1:] == pytest.approx(17.0 / 12.0, rel=0.06)


def test_half_way_each_point_of_the_wall_is_half_way():
    narrow, wide = (uniform_shape(length_cm=length, area_cm2=area) for length, area in ((14, 1.0), (18, 4.0)))
    middle = narrow.toward(wide, 0.5)
    assert middle.length_cm == pytest.approx(16.0)
    # diameters go straight, so the area is ((1 + 2) / 2)^2
    assert areas_cm2(middle) == pytest.approx(2.25)


def test_a_closure_closes_at_its_place_only():
    diameters_cm = np.full((2, N_SECTIONS), 2.0)
    areas = pinched_areas_cm2(
        diameters_cm,
        length_cm=np.array([17.0, 17.0]),
        place=np.array([0.64, 0.985]),
        opening_cm=np.zeros(2),
    )
    assert areas.min(axis=1) == pytest.approx(CLOSED_CM2)
    assert section_centres()[np.argmin(areas, axis=1)] == pytest.approx([0.64, 0.985], abs=1.0 / N_SECTIONS)
    assert areas[:, : N_SECTIONS // 3] == pytest.approx(np.pi, rel=1e-3)


def test_an_opening_wider_than_the_tract_changes_nothing():
    diameters_cm = np.linspace(0.5, 2.0, N_SECTIONS)[None]
    areas = pinched_areas_cm2(
        diameters_cm, length_cm=np.array([17.0]), place=np.array([0.5]), opening_cm=np.array([4.0])
    )
    assert areas == pytest.approx(0.25 * np.pi * diameters_cm**2)


@pytest.mark.parametrize("wrong", [{"place": 0.05}, {"constriction_cm2": 0.0}, {"lips_cm2": -1.0}])
def test_impossible_vowels_are_refused(wrong):
    usual = {"place": 0.5, "constriction_cm2": 1.0, "lips_cm2": 1.0, "length_cm": 17.0}
    with pytest.raises(SettingError, match=r"place at \.15 to \.9"):
        vowel_shape(**(usual | wrong))


def test_a_tract_of_other_sections_is_refused():
    with pytest.raises(SettingError, match="40 diameters"):
        TractShape(length_cm=17.0, diameters_cm=(1.0, 2.0))
    with pytest.raises(SettingError, match="6 to 25 cm"):
        uniform_shape(length_cm=30.0, area_cm2=3.0)
