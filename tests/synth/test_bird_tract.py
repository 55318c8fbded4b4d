import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.synth.bird_tract import BirdTract, cavity_cm3_for
from stimgen.synth.gesture import held
from stimgen.synth.labia import Drive, move

RATE_HZ = 400_000.0


@pytest.mark.parametrize(
    "tract", [BirdTract(), BirdTract(trachea_cm=7.3, reflection=0.8, cavity_cm3=held(0.3), cavity_q=6.0)]
)
def test_the_loop_filters_like_the_closed_form(tract: BirdTract) -> None:
    # labia too slow to move let an impulse of turbulence through
    n = 40_000
    breath = np.zeros(n)
    breath[10] = 1.0
    drive = Drive(
        step_s=1.0 / RATE_HZ,
        pressure=np.ones((1, n)),
        tension=np.ones((1, n)),
        quickness_per_s=np.array([1e-9]),
        breath=breath,
        feedback=0.0,
        delay_s=tract.delay_s,
        reflection=tract.reflection,
        resonance_per_s=2.0 * np.pi * tract.cavity_hz_at(np.zeros(n)),
        cavity_q=tract.cavity_q,
    )
    frequencies_hz = np.arange(n // 2 + 1) * RATE_HZ / n
    measured = np.abs(np.fft.rfft(move(drive).radiated))
    heard = (frequencies_hz > 200.0) & (frequencies_hz < 12_000.0)
    expected = np.abs(tract.response_at(frequencies_hz[heard], np.zeros(heard.sum()))) * RATE_HZ
    ratio_db = 20 * np.log10(measured[heard] / expected)
    assert np.ptp(20 * np.log10(expected)) > 20.0
    assert np.abs(ratio_db - np.median(ratio_db)).max() < 0.6


def test_a_volume_puts_the_cavity_where_it_was_wanted() -> None:
    volume_cm3 = float(cavity_cm3_for(np.array([3000.0]), opening_cm=0.07)[0])
    tract = BirdTract(cavity_cm3=held(volume_cm3), opening_cm=0.07)
    assert tract.cavity_hz_at(np.array([0.5])) == pytest.approx([3000.0])


def test_between_two_cavities_the_volume_goes_straight_and_the_resonance_does_not() -> None:
    small, large = BirdTract(cavity_cm3=held(0.5)), BirdTract(cavity_cm3=held(2.0))
    middle = small.toward(large, 0.5)
    assert middle.cavity_cm3.at(np.array([0.5])) == pytest.approx([1.25])
    ends_hz = [float(tract.cavity_hz_at(np.array([0.5]))[0]) for tract in (small, large)]
    assert ends_hz[0] == pytest.approx(2 * ends_hz[1])
    assert float(middle.cavity_hz_at(np.array([0.5]))[0]) < 0.95 * np.sqrt(ends_hz[0] * ends_hz[1])


@pytest.mark.parametrize(
    "wrong", [{"trachea_cm": 0.1}, {"reflection": 0.99}, {"cavity_cm3": held(0.0)}, {"cavity_q": 0.5}]
)
def test_impossible_tracts_are_refused(wrong) -> None:
    with pytest.raises(SettingError):
        BirdTract(**wrong)
