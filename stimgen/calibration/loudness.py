"""Loudness after ITU-R BS.1770, with one block for sounds too short for the standard's own."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray

BLOCK_S = 0.400
HOP_S = 0.100
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
# brings a full-scale sine of 997 Hz in one channel to -3.01 LUFS
OFFSET_LU = -0.691
# the low cut at 38 Hz has fallen by more than 200 dB by then
RESPONSE_S = 0.150
# the standard's coefficients b0, b1, b2, a0, a1, a2 of the shelf and of the low cut, for this rate
DESIGN_HZ = 48_000.0
K_FILTER = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621),
)


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """How loud a sound is to a standard listener.

    Args:
        lufs: Loudness, LUFS; None where there is none: silence, or every block below the absolute gate.
        method: How it was measured, in words.
    """

    lufs: float | None
    method: str


def loudness(samples: FloatArray, *, rate_hz: int) -> Loudness:
    """Measure the loudness of one channel, the whole file included.

    A sound of at least 400 ms is measured as the standard says: mean square after the K filter in blocks of 400 ms
    every 100 ms, blocks below -70 LUFS left out, then those more than 10 LU below the mean of the rest. What follows
    the last whole block is not heard. A shorter sound, which the standard does not cover, is one block of its own
    length, and nothing is left out.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        rate_hz: Sampling rate, Hz.

    Returns:
        The loudness and its method.

    Raises:
        ShapeError: If there are no samples.

    References:
        ITU-R BS.1770-4, annex 1.

    Examples:
        >>> sine = np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)
        >>> loudness(sine, rate_hz=48000)
        Loudness(lufs=-3.01, method='BS.1770-4, gated blocks of 400 ms')
        >>> loudness(sine[:9600], rate_hz=48000).method
        'BS.1770-4 shortened to one ungated block of 200 ms'
    """
    n = samples.shape[0]
    if n == 0:
        raise ShapeError("the loudness of a sound without samples is not defined; give at least one sample")
    energy = np.concatenate(([0.0], np.cumsum(_k_filtered(samples, rate_hz=rate_hz) ** 2)))
    block = round(BLOCK_S * rate_hz)
    if n < block:
        method = f"BS.1770-4 shortened to one ungated block of {1000 * n / rate_hz:.3g} ms"
        return Loudness(lufs=_lufs(energy[-1] / n), method=method)
    # the starts are rounded one by one, so that the hop stays 100 ms at every rate
    n_blocks = int((n - block) / (HOP_S * rate_hz) + 1e-9) + 1
    starts = np.round(np.arange(n_blocks) * HOP_S * rate_hz).astype(np.int64)
    starts = starts[starts + block <= n]
    powers = (energy[starts + block] - energy[starts]) / block
    return Loudness(lufs=_gated(powers), method="BS.1770-4, gated blocks of 400 ms")


def _gated(powers: FloatArray) -> float | None:
    """Return the loudness of the blocks that pass both gates, LUFS; None if none does."""
    heard = powers[powers > _power(ABSOLUTE_GATE_LUFS)]
    if heard.size == 0:
        return None
    heard = heard[heard > heard.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
    return _lufs(float(heard.mean()))


def _lufs(power: float) -> float | None:
    return OFFSET_LU + 10 * float(np.log10(power)) if power > 0 else None


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET_LU) / 10))


def _k_filtered(samples: FloatArray, *, rate_hz: int) -> FloatArray:
    """Apply the K filter through the spectrum, with enough silence behind the sound for its response to die away."""
    n = samples.shape[0] + round(RESPONSE_S * rate_hz)
    # four to eight times a power of two: a length that transforms fast
    step = 1 << max(0, n.bit_length() - 3)
    padded = -(-n // step) * step
    response = k_response(np.asarray(np.fft.rfftfreq(padded, 1 / rate_hz), dtype=np.float64))
    return np.asarray(np.fft.irfft(np.fft.rfft(samples, padded) * response, padded)[: samples.shape[0]])


def k_response(frequencies_hz: FloatArray) -> npt.NDArray[np.complex128]:
    """Return what the K filter does to each frequency: a shelf of +4 dB for the head, then a low cut.

    The standard gives the filter as coefficients for 48 kHz. Their response is used at every rate, so that a sound
    reads the same at whichever rate it is kept; from 24 kHz on the response stays what it is there. Meters that
    design the filter anew for each rate differ from this and from each other, by up to 0.2 dB at 8 kHz.

    Args:
        frequencies_hz: Any shape, Hz, >= 0.

    References:
        ITU-R BS.1770-4, annex 1, tables 1 and 2.

    Examples:
        >>> round(20 * float(np.log10(abs(k_response(np.array(10_000.0))))), 1)
        4.0
    """
    delay = np.exp(-2j * np.pi * np.minimum(frequencies_hz, DESIGN_HZ / 2) / DESIGN_HZ)
    response = np.ones_like(delay)
    for b0, b1, b2, a0, a1, a2 in K_FILTER:
        response *= (b0 + delay * (b1 + delay * b2)) / (a0 + delay * (a1 + delay * a2))
    return np.asarray(response)
