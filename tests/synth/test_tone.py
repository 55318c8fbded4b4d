import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import calibration_noise, chirp, complex_tone, tone


def rms_db(samples) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


def test_a_tone_is_a_sine_of_the_level_asked_for() -> None:
    sound = tone(1000.0, duration_s=0.1, rate_hz=48_000, level_dbfs=-3.5, ramp_s=0.0)
    expected = 10 ** (-3.5 / 20) * np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48_000)
    assert sound.samples == pytest.approx(expected, abs=1e-12)


def test_ramps_take_both_ends_to_silence_and_leave_the_middle() -> None:
    ramped = tone(1000.0, duration_s=0.1, rate_hz=48_000, ramp_s=0.01).samples
    plain = tone(1000.0, duration_s=0.1, rate_hz=48_000, ramp_s=0.0).samples
    assert ramped[480:-480] == pytest.approx(plain[480:-480])
    assert abs(ramped[:20]).max() < 0.01 * abs(plain).max()
    assert abs(ramped[-20:]).max() < 0.01 * abs(plain).max()


def test_a_chirp_passes_the_geometric_mean_halfway() -> None:
    samples = chirp(500.0, 2000.0, duration_s=1.0, rate_hz=48_000, ramp_s=0.0).samples
    part = samples[23_500:24_500]
    crossings = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
    assert 48_000 * (crossings.shape[0] - 1) / (crossings[-1] - crossings[0]) == pytest.approx(
        1000.0, rel=0.01
    )


def test_a_chirp_that_does_not_move_is_a_tone() -> None:
    still = chirp(700.0, 700.0, duration_s=0.1, rate_hz=16_000).samples
    assert still == pytest.approx(tone(700.0, duration_s=0.1, rate_hz=16_000).samples)


def test_a_complex_tone_has_its_harmonics_in_proportion() -> None:
    sound = complex_tone(200.0, duration_s=0.5, rate_hz=16_000, harmonics_db=(0.0, -12.0), ramp_s=0.0)
    spectrum_db = 20 * np.log10(np.abs(np.fft.rfft(sound.samples))[[100, 200]])
    assert spectrum_db[0] - spectrum_db[1] == pytest.approx(12.0)
    assert rms_db(sound.samples) == pytest.approx(-20.0)


def test_noise_has_its_level_exactly_and_nothing_outside_its_band() -> None:
    sound = calibration_noise(
        duration_s=0.5,
        rate_hz=32_000,
        rng=child_rng(0),
        band_hz=(500.0, 4000.0),
        level_dbfs=-25.0,
        ramp_s=0.0,
    )
    power = np.abs(np.fft.rfft(sound.samples)) ** 2
    bins_hz = np.fft.rfftfreq(sound.n_samples, 1 / 32_000)
    inside = (bins_hz >= 500.0) & (bins_hz <= 4000.0)
    assert rms_db(sound.samples) == pytest.approx(-25.0, abs=1e-9)
    assert power[~inside].sum() < 1e-12 * power[inside].sum()
    assert not np.allclose(sound.samples, np.roll(sound.samples, 1))


def test_pink_noise_has_as_much_power_in_every_octave() -> None:
    sound = calibration_noise(
        duration_s=2.0,
        rate_hz=32_000,
        rng=child_rng(0),
        band_hz=(125.0, 8000.0),
        slope_db_per_octave=-3.0103,
        ramp_s=0.0,
    )
    power = np.abs(np.fft.rfft(sound.samples)) ** 2
    bins_hz = np.fft.rfftfreq(sound.n_samples, 1 / 32_000)
    octaves = [
        power[(bins_hz >= low) & (bins_hz < 2 * low)].sum() for low in (125, 250, 500, 1000, 2000, 4000)
    ]
    assert 10 * np.log10(np.array(octaves) / octaves[0]) == pytest.approx(np.zeros(6), abs=0.05)


@pytest.mark.parametrize("frequency_hz", [0.0, 8000.0, -5.0])
def test_a_tone_outside_the_band_of_the_rate_is_refused(frequency_hz: float) -> None:
    with pytest.raises(SettingError, match="half the rate"):
        tone(frequency_hz, duration_s=0.1, rate_hz=16_000)


def test_a_tone_that_would_clip_is_refused() -> None:
    with pytest.raises(SettingError, match="lower level_dbfs"):
        tone(1000.0, duration_s=0.1, rate_hz=16_000, level_dbfs=0.0)


def test_ramps_longer_than_the_tone_are_refused() -> None:
    with pytest.raises(SettingError, match="shorten ramp_s"):
        tone(1000.0, duration_s=0.01, rate_hz=16_000, ramp_s=0.02)
