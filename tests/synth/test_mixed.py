from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth.event_clock import EventClock
from stimgen.synth.interpolate import interpolate
from stimgen.synth.mixed import VOICELESS_DB, MixedParameters, MixedSegment

RATE_HZ = 16_000
A = (730.0, 1090.0, 2440.0, 3500.0, 4500.0)
WIDTHS = (66.0, 77.0, 134.0, 183.0, 232.0)
VOICED = MixedSegment(formants_hz=A, bandwidths_hz=WIDTHS, hnr_db=24.0, hnr_slope_db_per_octave=-6.0)
RUBBED = MixedSegment(
    formants_hz=A,
    bandwidths_hz=WIDTHS,
    tilt_db_per_octave=3.0,
    prominence=0.1,
    hnr_db=VOICELESS_DB,
    hnr_slope_db_per_octave=0.0,
    hump_db=20.0,
    hump_centre_hz=5000.0,
)


def steady(segment: MixedSegment, *, f0_hz: float = 120.0, level_dbfs: float = -24.0) -> MixedParameters:
    return MixedParameters(
        clock=EventClock(duration_s=0.5), segments=(segment,), f0_hz=(f0_hz, f0_hz), level_dbfs=level_dbfs
    )


def middle_of(parameters: MixedParameters, *, seed: int = 0) -> np.ndarray:
    return parameters.samples(rate_hz=RATE_HZ, rng=child_rng(seed))[1600:6400]


def band_hnr_db(parameters: MixedParameters, low_hz: float, high_hz: float) -> float:
    """Two renders share the voice and nothing else, so their cross-spectrum is the voice's power."""
    one, other = (np.fft.rfft(middle_of(parameters, seed=seed) * np.hanning(4800)) for seed in (1, 2))
    bins_hz = np.fft.rfftfreq(4800, 1 / RATE_HZ)
    inside = (bins_hz > low_hz) & (bins_hz < high_hz)
    voice = np.sum((one * np.conj(other)).real[inside])
    noise = np.sum(np.abs(one - other)[inside] ** 2) / 2
    return float(10 * np.log10(voice / noise))


def test_the_level_lies_on_a_straight_line_between_friction_and_voice() -> None:
    a, b = steady(RUBBED, level_dbfs=-30.0), steady(VOICED, level_dbfs=-22.0)
    levels_db = [
        10 * np.log10(np.mean(middle_of(interpolate(a, b, position)) ** 2))
        for position in np.linspace(0, 1, 9)
    ]
    assert levels_db == pytest.approx(np.linspace(-30.0, -22.0, 9), abs=0.5)


@pytest.mark.parametrize(("low_hz", "high_hz"), [(420.0, 900.0), (900.0, 1740.0), (1740.0, 3420.0)])
def test_the_ratio_in_every_band_lies_on_a_straight_line(low_hz, high_hz) -> None:
    flat = replace(VOICED, tilt_db_per_octave=0.0, prominence=0.0)
    a = steady(replace(flat, hnr_db=VOICELESS_DB, hnr_slope_db_per_octave=0.0))
    b = steady(flat)
    at_b_db = 24.0 - 6.0 * np.log2(np.sqrt(low_hz * high_hz) / 1000.0)
    for position in (0.4, 0.6, 0.8, 1.0):
        wanted_db = (1 - position) * VOICELESS_DB + position * at_b_db
        assert band_hnr_db(interpolate(a, b, position), low_hz, high_hz) == pytest.approx(wanted_db, abs=1.5)


def test_a_voiceless_sound_has_no_voice_to_find() -> None:
    assert np.isnan(steady(RUBBED).f0_hz_at(np.array([0.1, 0.4]))).all()
    assert steady(VOICED).f0_hz_at(np.array([0.1, 0.4])) == pytest.approx([120.0, 120.0])
    rubbed, spoken = middle_of(steady(RUBBED)), middle_of(steady(VOICED))

    def repeats(x: np.ndarray) -> float:
        period = RATE_HZ * 10 // 1200  # of 120 Hz
        return float(np.corrcoef(x[:-period], x[period:])[0, 1])

    assert repeats(spoken) > 0.9
    assert repeats(rubbed) < 0.3


def test_a_hump_that_only_one_has_fades_where_it_is() -> None:
    smooth = replace(RUBBED, tilt_db_per_octave=0.0, prominence=0.0)
    a, b = steady(smooth), steady(replace(smooth, hump_db=0.0, tilt_db_per_octave=-7.0))
    bins_hz = np.fft.rfftfreq(4800, 1 / RATE_HZ)
    for position, height_db in ((0.0, 20.0), (0.5, 10.0)):
        between = interpolate(a, b, position)
        power = np.mean(
            [np.abs(np.fft.rfft(middle_of(between, seed=seed))) ** 2 for seed in range(6)], axis=0
        )
        tilt_db = -3.5 * position * np.log2(1.0 + (bins_hz / 100.0) ** 2)
        level_db = 10 * np.log10(np.convolve(power, np.ones(30) / 30, "same")) - tilt_db
        at_hump, below = (level_db[np.argmin(np.abs(bins_hz - hz))] for hz in (5000.0, 1000.0))
        assert at_hump - below == pytest.approx(height_db, abs=1.5)


def test_a_higher_rate_changes_nothing_below() -> None:
    def low_db(rate_hz: int) -> float:
        x = steady(VOICED).samples(rate_hz=rate_hz, rng=child_rng(0))
        power = np.abs(np.fft.rfft(x)) ** 2 / x.shape[0] ** 2
        return float(10 * np.log10(power[np.fft.rfftfreq(x.shape[0], 1 / rate_hz) < 6000].sum()))

    assert low_db(16_000) == pytest.approx(low_db(44_100), abs=0.2)


def test_what_does_not_correspond_is_refused() -> None:
    two = replace(
        steady(VOICED),
        clock=EventClock(duration_s=0.5, event_times_s=(0.2,), transition_s=(0.02,)),
        segments=(VOICED, RUBBED),
        f0_hz=(120.0, 120.0, 120.0),
    )
    with pytest.raises(SettingError, match="1 segments of 5 and 2 of 5"):
        steady(VOICED).toward(two, 0.5)
    with pytest.raises(SettingError, match="needs 2 segments and 3 values"):
        replace(two, f0_hz=(120.0, 120.0))
    with pytest.raises(SettingError, match="as many formants"):
        replace(two, segments=(VOICED, replace(VOICED, bandwidths_hz=WIDTHS[:4])))
    with pytest.raises(SettingError, match="do not fit"):
        replace(steady(VOICED), attack_s=0.3, release_s=0.3)
