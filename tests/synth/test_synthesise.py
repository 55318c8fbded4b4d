import numpy as np
import pytest

from stimgen.errors import SoundError
from stimgen.seeding import child_rng
from stimgen.synth import VOWEL_FORMANTS_HZ, SyllableParameters, steady, synthesise, vowel


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000])
def test_the_sound_has_the_rate_name_and_rounded_length_asked_for(rate_hz: int) -> None:
    parameters = vowel(VOWEL_FORMANTS_HZ["ɑ"], f0_hz=120.0, duration_s=0.1234)
    sound = synthesise(parameters, rate_hz=rate_hz, rng=child_rng(0), name="ah")
    assert (sound.rate_hz, sound.name, sound.n_samples) == (rate_hz, "ah", round(0.1234 * rate_hz))
    assert np.abs(sound.samples).max() > 0.02


def test_what_would_clip_is_refused() -> None:
    parameters = SyllableParameters(duration_s=0.1, f0_hz=steady(2000.0), harmonics_db=(0.0,), level_dbfs=0.0)
    with pytest.raises(SoundError, match="above full scale; lower its level_dbfs"):
        synthesise(parameters, rate_hz=32_000, rng=child_rng(0))


def test_jitter_moves_the_periods_by_about_as_much_as_asked() -> None:
    def spread_percent(jitter_percent: float) -> float:
        parameters = vowel(
            VOWEL_FORMANTS_HZ["ɑ"],
            f0_hz=200.0,
            duration_s=2.0,
            breath_db=-90.0,
            jitter_percent=jitter_percent,
        )
        samples = synthesise(parameters, rate_hz=16_000, rng=child_rng(0)).samples
        # the phase of the fundamental alone, from the analytic signal of the band around it
        spectrum = np.fft.fft(samples)
        bins_hz = np.fft.fftfreq(samples.shape[0], 1 / 16_000)
        spectrum[(bins_hz < 120) | (bins_hz > 280)] = 0
        f0_hz = np.diff(np.unwrap(np.angle(np.fft.ifft(spectrum)))) * 16_000 / (2 * np.pi)
        middle = f0_hz[8_000:-8_000]
        return float(100 * middle.std() / middle.mean())

    assert spread_percent(0.0) < 0.02
    # straight lines between the draws take about a third of the variance
    assert 0.5 < spread_percent(1.0) < 1.1
