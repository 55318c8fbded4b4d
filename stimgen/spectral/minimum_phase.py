"""The phase of the earliest response that a spectrum allows."""

import numpy as np
import scipy.fft

from stimgen.media.sound import FloatArray

_LEAST_SHARE = 1e-4  # of the greatest magnitude: deeper gaps would make the response long


def minimum_phase(magnitude: FloatArray) -> FloatArray:
    """Return the phases of the minimum-phase responses with given magnitudes.

    Args:
        magnitude: Magnitudes of an even real transform, shape (n_spectra, n_fft // 2 + 1).

    Returns:
        Phases, the same shape, radians.

    References:
        Oppenheim & Schafer 2010, Discrete-Time Signal Processing, section 13.5 (the folded real cepstrum).
    """
    loudest = magnitude.max(axis=1, keepdims=True)
    log_magnitude = np.log(np.maximum(magnitude, np.maximum(_LEAST_SHARE * loudest, 1e-300)))
    size = 2 * (magnitude.shape[1] - 1)
    cepstrum = scipy.fft.irfft(log_magnitude, size, axis=1)
    cepstrum[:, 1 : size // 2] *= 2.0
    cepstrum[:, size // 2 + 1 :] = 0.0
    return np.asarray(scipy.fft.rfft(cepstrum, axis=1).imag)
