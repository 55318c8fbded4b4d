from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth.pulse_train import PulseTrainParameters, Ring

RATE_HZ = 32_000
A = PulseTrainParameters(
    n_pulses=5, period_s=(0.02, 0.03), rings=(Ring(frequency_hz=2000.0, decay_s=0.003),), noise_db=-120.0
)
B = PulseTrainParameters(
    n_pulses=5, period_s=(0.08, 0.08), rings=(Ring(frequency_hz=4500.0, decay_s=0.0015),), noise_db=-120.0
)


def heard_onsets_s(parameters: PulseTrainParameters) -> np.ndarray:
    level = np.abs(parameters.samples(rate_hz=RATE_HZ, rng=child_rng(0)))
    loud = level > 0.15 * level.max()
    before = np.array([loud[max(0, i - 200) : i].any() for i in range(loud.shape[0])])
    return np.flatnonzero(loud & ~before) / RATE_HZ


def test_pulses_come_where_the_moments_say() -> None:
    for parameters in (A, A.toward(B, 0.5), B):
        assert parameters.moments_s()[1:-1] == pytest.approx(parameters.onsets_s())
        assert heard_onsets_s(parameters) == pytest.approx(parameters.onsets_s(), abs=0.0005)
    assert A.toward(B, 0.5).moments_s() == pytest.approx(0.5 * A.moments_s() + 0.5 * B.moments_s())


def test_the_ring_between_is_at_the_geometric_mean() -> None:
    power = np.abs(np.fft.rfft(A.toward(B, 0.5).samples(rate_hz=RATE_HZ, rng=child_rng(0)), n=1 << 16)) ** 2
    smooth = np.convolve(power, np.ones(400) / 400, "same")
    assert np.argmax(smooth) * RATE_HZ / (1 << 16) == pytest.approx(3000.0, rel=0.03)


def test_the_level_is_that_asked_for_at_any_rate() -> None:
    for parameters in (A, A.toward(B, 0.5), B, replace(B, rings=B.rings + A.rings)):
        for rate_hz in (32_000, 48_000):
            samples = parameters.samples(rate_hz=rate_hz, rng=child_rng(0))
            # two rings of one pulse overlap a little
            assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(-30.0, abs=0.4)


def test_louder_pulses_at_the_end_and_noise_between() -> None:
    def peak(samples: np.ndarray, onset_s: float) -> float:
        return float(np.abs(samples[int(onset_s * RATE_HZ) : int((onset_s + 0.01) * RATE_HZ)]).max())

    rising = replace(A, level_trend_db=12.0)
    samples = rising.samples(rate_hz=RATE_HZ, rng=child_rng(0))
    onsets_s = rising.onsets_s()
    # pulses begin between samples, which moves what is sampled of their peaks
    assert 20 * np.log10(peak(samples, onsets_s[-1]) / peak(samples, onsets_s[0])) == pytest.approx(
        12, abs=0.3
    )
    noisy = replace(B, noise_db=-20.0).samples(rate_hz=RATE_HZ, rng=child_rng(0))
    gap = noisy[int(0.05 * RATE_HZ) : int(0.085 * RATE_HZ)]
    assert 10 * np.log10(np.mean(gap**2)) == pytest.approx(-50.0, abs=1.0)


def test_nothing_folds() -> None:
    power = np.abs(np.fft.rfft(B.samples(rate_hz=RATE_HZ, rng=child_rng(0)))) ** 2
    assert 10 * np.log10(power[-power.size // 8 :].sum() / power.sum()) < -35


def test_a_train_has_no_pitch() -> None:
    assert np.isnan(A.f0_hz_at(np.linspace(0.0, A.duration_s, 7))).all()


def test_trains_that_do_not_correspond_or_cannot_be_are_refused() -> None:
    with pytest.raises(SettingError, match="got 5 of 1 and 6 of 1"):
        A.toward(replace(B, n_pulses=6), 0.5)
    with pytest.raises(SettingError, match="at least one ring"):
        replace(A, rings=())
    with pytest.raises(SettingError, match="at least 2 pulses"):
        replace(A, n_pulses=1)
