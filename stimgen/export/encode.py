"""Rounding to a bit depth and the bytes of a WAV file, the same on every run."""

import io
from typing import Literal, get_args

import numpy as np
import soundfile

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray

BitDepth = Literal["16", "24", "float32"]
BIT_DEPTHS: tuple[BitDepth, ...] = get_args(BitDepth)


def peak_margin(bit_depth: BitDepth) -> float:
    """Return the amplitude (full scale 1.0) that rounding and dither can add to a peak.

    Triangular dither spans ±1 step and rounding adds half a step.
    """
    return {"16": 1.5 / 2**15, "24": 0.5 / 2**23, "float32": 1e-7}[bit_depth]


def dither_name(bit_depth: BitDepth) -> Literal["tpdf", "none"]:
    """Return which dither a bit depth gets: 16 bit needs it, the steps of 24 bit and float32 are below any noise."""
    return "tpdf" if bit_depth == "16" else "none"


def wav_bytes(
    samples: FloatArray,
    *,
    rate_hz: int,
    bit_depth: BitDepth,
    rng: np.random.Generator | None,
    pad: tuple[int, int] = (0, 0),
) -> bytes:
    """Encode one channel as a WAV file.

    16 bit adds triangular (TPDF) dither of ±1 step before rounding (Lipshitz, Wannamaker & Vanderkooy 1992, J. Audio
    Eng. Soc. 40(5):355-375); 24 bit rounds; float32 stores the value.

    Args:
        samples: Amplitude, shape (n_samples,), within ±1.
        rate_hz: Sampling rate, Hz.
        bit_depth: "16", "24" or "float32".
        rng: Draws the dither; None adds none, for samples that lie on the steps of the bit depth already.
        pad: Digital silence before and after, samples; it has no dither.

    Returns:
        The bytes of the file; they hold no date.

    Raises:
        SettingError: If the bit depth is unknown.
        SoundError: If a sample would clip; nothing is ever clipped.
    """
    buffer = io.BytesIO()
    if bit_depth == "float32":
        # libsndfile puts the time of day into the PEAK chunk of float files; scipy writes none
        from scipy.io import wavfile

        wavfile.write(buffer, rate_hz, np.pad(samples.astype(np.float32), pad))
    elif bit_depth == "16":
        dither = 0.0 if rng is None else rng.random(samples.shape[0]) - rng.random(samples.shape[0])
        steps = _whole_steps(samples * 2**15 + dither, limit=2**15)
        soundfile.write(buffer, np.pad(steps.astype(np.int16), pad), rate_hz, format="WAV", subtype="PCM_16")
    elif bit_depth == "24":
        steps = _whole_steps(samples * 2**23, limit=2**23)
        soundfile.write(
            buffer, np.pad(steps.astype(np.int32) << 8, pad), rate_hz, format="WAV", subtype="PCM_24"
        )
    else:
        raise SettingError(f"bit depth {bit_depth!r} is unknown; allowed are {', '.join(BIT_DEPTHS)}")
    return buffer.getvalue()


def fits_exactly(samples: FloatArray, bit_depth: BitDepth) -> bool:
    """Say whether a bit depth holds every sample as it is, without rounding.

    Examples:
        >>> fits_exactly(np.array([0.5, -3 / 2**15]), "16"), fits_exactly(np.array([1 / 2**16]), "16")
        (True, False)
    """
    if bit_depth == "float32":
        return bool(np.array_equal(samples.astype(np.float32), samples))
    scaled = samples * 2 ** {"16": 15, "24": 23}[bit_depth]
    return bool(np.array_equal(np.rint(scaled), scaled))


def decode_wav(data: bytes) -> tuple[FloatArray, int]:
    """Decode the bytes of a one-channel WAV file to amplitudes (full scale 1.0) and its rate in Hz."""
    samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)
    return samples[:, 0], int(rate_hz)


def _whole_steps(scaled: FloatArray, *, limit: int) -> FloatArray:
    steps = np.rint(scaled)
    highest = float(np.max(np.abs(steps), initial=0.0))
    if highest >= limit:
        raise SoundError(
            f"a sample would clip ({20 * np.log10(highest / limit):+.2f} dB re full scale); use a lower --level"
        )
    return steps
