import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stimgen.spectral.residual import grain_clock, retimed_grains

RATE_HZ = 16_000


def laid(grains: np.ndarray, clock) -> np.ndarray:
    out = np.zeros(int(clock.centres[-1]) + 2 * clock.half)
    for centre, grain in zip(clock.centres, grains, strict=True):
        out[centre : centre + 2 * clock.half] += grain
    return out[clock.half : clock.half + clock.n_samples]


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(n)


def test_grains_laid_on_the_clock_unchanged_are_the_sound():
    sound = noise(4000)
    clock = grain_clock(4000, rate_hz=RATE_HZ, grain_s=0.016)
    grains = retimed_grains(sound, clock=clock, source_samples=clock.centres.astype(float))
    np.testing.assert_allclose(laid(grains, clock), sound, atol=1e-12)


@given(factor=st.floats(0.5, 2.0))
def test_no_grain_comes_from_farther_than_a_quarter_of_a_grain(factor: float):
    # a ramp tells where it was read
    clock = grain_clock(4000, rate_hz=RATE_HZ, grain_s=0.016)
    wanted = factor * clock.centres
    ramp = np.arange(20_000.0)
    grains = retimed_grains(ramp, clock=clock, source_samples=wanted)
    middles = grains[2:-2, clock.half]
    assert np.all(np.abs(middles - wanted[2:-2]) <= clock.half / 2 + 2)


def test_a_clock_that_runs_a_little_faster_changes_few_grains():
    sound = noise(12_000)
    clock = grain_clock(8000, rate_hz=RATE_HZ, grain_s=0.016)
    one, other = (
        retimed_grains(sound, clock=clock, source_samples=factor * clock.centres) for factor in (1.2, 1.2002)
    )
    changed = np.any(np.abs(one - other) > 1e-9, axis=1)
    assert 0 <= changed.sum() <= 0.1 * changed.size
    # while a clock that runs much faster changes most of them
    far = retimed_grains(sound, clock=clock, source_samples=1.4 * clock.centres)
    assert np.any(np.abs(one - far) > 1e-9, axis=1).sum() > 0.7 * changed.size
