import numpy as np

from stimgen.spectral.minimum_phase import minimum_phase


def _spectrum(taps: list[float]) -> np.ndarray:
    return np.fft.rfft(np.array(taps), 512)


def test_the_phase_is_that_of_the_response_whose_zeros_lie_inside_the_circle() -> None:
    inside = _spectrum([1.0, -0.5])
    found = minimum_phase(np.abs(inside)[None, :])[0]
    np.testing.assert_allclose(found, np.angle(inside), atol=1e-6)


def test_a_response_with_its_zero_outside_gets_the_phase_of_its_mirror_image() -> None:
    outside, mirrored = _spectrum([-0.5, 1.0]), _spectrum([1.0, -0.5])
    found = minimum_phase(np.abs(outside)[None, :])[0]
    np.testing.assert_allclose(found, np.angle(mirrored), atol=1e-6)
    assert np.abs(found - np.angle(outside)).max() > 1.0
