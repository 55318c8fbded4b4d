from dataclasses import replace

import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.seeding import child_rng
from stimgen.synth import SyllableParameters, glide
from stimgen.synth.trill import TrillParameters

RATE_HZ = 32_000
NOTE = SyllableParameters(duration_s=0.02, f0_hz=glide(3000.0, 2500.0), harmonics_db=(0.0,), noise_db=-120.0)
A = TrillParameters(note=NOTE, n_notes=5, period_s=(0.03, 0.05), f0_trend_octaves=0.5, level_trend_db=-6.0)
B = TrillParameters(
    note=replace(NOTE, duration_s=0.03, f0_hz=glide(2000.0, 4000.0)), n_notes=5, period_s=(0.1, 0.1)
)


def heard_onsets_s(parameters: TrillParameters) -> np.ndarray:
    samples = parameters.samples(rate_hz=RATE_HZ, rng=child_rng(0))
    sounds = np.convolve(samples != 0.0, np.ones(32), "same") > 0  # bridges the zeros of a wave, not 10 ms
    return np.flatnonzero(np.diff(np.concatenate([[0], sounds.astype(int)])) == 1) / RATE_HZ


def test_notes_begin_where_the_moments_say() -> None:
    assert A.moments_s() == pytest.approx(
        np.array([[0.0, 0.02], [0.03, 0.05], [0.066667, 0.086667], [0.11, 0.13], [0.16, 0.18]]).ravel(),
        abs=1e-5,
    )
    assert heard_onsets_s(A) == pytest.approx(A.onsets_s(), abs=0.001)


def test_onsets_and_offsets_of_the_trill_between_lie_between() -> None:
    middle = A.toward(B, 0.25)
    assert middle.moments_s() == pytest.approx(0.75 * A.moments_s() + 0.25 * B.moments_s())
    assert heard_onsets_s(middle) == pytest.approx(middle.onsets_s(), abs=0.001)


def test_notes_go_up_and_down_along_the_trill() -> None:
    assert A.nth_note(4).f0_hz.values[0] == pytest.approx(3000.0 * 2**0.5)
    samples = A.samples(rate_hz=RATE_HZ, rng=child_rng(0))
    first, last = samples[:640], samples[-640:]
    assert 10 * np.log10(np.mean(last**2) / np.mean(first**2)) == pytest.approx(-6.0, abs=0.3)


def test_the_fundamental_is_told_in_notes_and_not_between() -> None:
    f0_hz = A.f0_hz_at(np.array([0.0, 0.01, 0.025, 0.03, 0.17, 0.5]))
    assert f0_hz == pytest.approx(
        [3000.0, np.sqrt(3000 * 2500), np.nan, 3000 * 2**0.125, np.sqrt(6000 * 2500), np.nan], nan_ok=True
    )


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(SettingError, match="as many notes, got 5 and 6"):
        A.toward(replace(B, n_notes=6), 0.5)
    with pytest.raises(SettingError, match="does not fit"):
        replace(A, period_s=(0.03, 0.02))
    with pytest.raises(SettingError, match="at least 2 notes"):
        replace(A, n_notes=1)
