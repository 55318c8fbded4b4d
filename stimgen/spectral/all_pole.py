"""All-pole models through a few points of a spectrum, and their resonances."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray

_N_ROUNDS = 40
_STEP = 0.5
_REGULAR = 1e-6  # of the mean power, so that few points still give one answer
_TINY = 1e-300


@dataclass(frozen=True, kw_only=True)
class Resonances:
    """Pairs of poles above 0 Hz, from low to high; frames with fewer end in NaN.

    Args:
        frequency_hz: Shape (n_frames, n_pairs), Hz.
        bandwidth_hz: -3 dB bandwidth, the same shape, Hz.
    """

    frequency_hz: FloatArray
    bandwidth_hz: FloatArray


def all_pole_through(
    power: FloatArray, *, frequency_hz: FloatArray, weight: FloatArray, top_hz: float, order: int
) -> FloatArray:
    """Fit all-pole models to spectra that are known only at some frequencies, such as those of harmonics.

    Linear prediction of a voice fits the harmonics as if they were the envelope, which pulls formants towards
    them. Here the ratio of the power to that of the model is fitted where power is known, and only there
    (the Itakura-Saito distance), by a fixed number of rounds; the best round is kept. With points all over
    the spectrum it is linear prediction.

    Args:
        power: Power at the points, shape (n_frames, n_points), above 0 where the weight is.
        frequency_hz: Where the points are, the same shape, Hz, from 0 to `top_hz`.
        weight: How much each point counts, the same shape, >= 0; at least one above 0 per frame.
        top_hz: Half the rate of the model, Hz.
        order: Number of poles.

    Returns:
        Coefficients of the inverse filter from 1 on, shape (n_frames, order + 1).

    Raises:
        ShapeError: If the three arrays differ in shape.

    References:
        El-Jaroudi & Makhoul 1991, Discrete all-pole modeling, IEEE Transactions on Signal Processing 39,
        411-423 (the error measure and the fixed-point rounds).
    """
    if not power.shape == frequency_hz.shape == weight.shape:
        raise ShapeError(
            f"power, frequencies and weights must have one shape, got {power.shape}, "
            f"{frequency_hz.shape} and {weight.shape}"
        )
    share = weight / weight.sum(axis=1, keepdims=True)
    known = np.where(share > 0.0, np.maximum(power, _TINY), 1.0)
    known = known / (share * known).sum(axis=1, keepdims=True)
    turn = np.exp(-1j * np.pi * (frequency_hz / top_hz)[:, :, None] * np.arange(order + 1))
    inverse = np.linalg.inv(_correlation_matrices((share * known)[:, None, :] @ turn.real))
    filters = inverse[:, :, 0] / np.sqrt(np.maximum(inverse[:, :1, 0], _TINY))
    best, least = filters, np.full(power.shape[0], np.inf)
    for _ in range(_N_ROUNDS):
        response = np.einsum("fpl,fl->fp", turn, filters)
        scale = np.sqrt((share * known * np.abs(response) ** 2).sum(axis=1, keepdims=True))
        filters, response = filters / scale, response / scale
        ratio = np.maximum(known * np.abs(response) ** 2, _TINY)
        distance = (share * (ratio - np.log(ratio) - 1.0)).sum(axis=1)
        best = np.where((distance < least)[:, None], filters, best)
        least = np.minimum(distance, least)
        impulse = np.einsum("fpl,fp->fl", turn, share / response).real
        filters = (1.0 - _STEP) * filters + _STEP * np.einsum("fkl,fl->fk", inverse, impulse)
    return np.asarray(best / best[:, :1])


def resonances(filters: FloatArray, *, top_hz: float) -> Resonances:
    """Return the pairs of poles of all-pole models.

    Args:
        filters: Coefficients from 1 on, shape (n_frames, order + 1).
        top_hz: Half the rate of the model, Hz.

    Examples:
        >>> pole = 0.95 * np.exp(0.25j * np.pi)
        >>> filters = np.poly([pole, pole.conjugate()]).real[None]
        >>> resonances(filters, top_hz=4000.0).frequency_hz.round(3).tolist()
        [[1000.0]]
    """
    n_frames, order = filters.shape[0], filters.shape[1] - 1
    companions = np.zeros((n_frames, order, order))
    companions[:, 0, :] = -filters[:, 1:]
    companions[:, np.arange(1, order), np.arange(order - 1)] = 1.0
    roots = np.linalg.eigvals(companions)
    frequency_hz = np.where(roots.imag > 1e-9, np.angle(roots) * top_hz / np.pi, np.nan)
    radius = np.clip(np.abs(roots), 1e-9, 1.0)
    bandwidth_hz = np.where(np.isnan(frequency_hz), np.nan, -np.log(radius) * 2.0 * top_hz / np.pi)
    by_frequency = np.argsort(frequency_hz, axis=1)[:, : order // 2]
    return Resonances(
        frequency_hz=np.take_along_axis(frequency_hz, by_frequency, axis=1),
        bandwidth_hz=np.take_along_axis(bandwidth_hz, by_frequency, axis=1),
    )


def _correlation_matrices(correlation: FloatArray) -> FloatArray:
    """Return Toeplitz matrices, shape (n_frames, order + 1, order + 1), from shape (n_frames, 1, order + 1)."""
    n_lags = correlation.shape[2]
    lags = np.abs(np.arange(n_lags)[:, None] - np.arange(n_lags)[None, :])
    return np.asarray(correlation[:, 0, lags] * (1.0 + _REGULAR * np.eye(n_lags)))
