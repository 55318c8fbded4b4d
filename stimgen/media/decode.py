"""From the bytes of a sound file to samples of all its channels, with nothing mended on the way."""

import io
from dataclasses import dataclass

import numpy as np
import soundfile

from stimgen.errors import ReadError, StimgenError
from stimgen.media.container import promise
from stimgen.media.quiet import quiet_stderr
from stimgen.media.sound import FloatArray
from stimgen.media.usable import check_duration, check_finite, check_rate

# what libsndfile can tell apart by content and what holds recordings
FORMATS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3", "NIST")
MAX_CHANNELS = 64
_BLOCK = 65_536
# where libsndfile's words would mislead
_MEANT = {
    "Internal error : SF_INFO struct incomplete": "its header gives no possible rate or number of channels",
    "File does not exist": "it cannot be decoded",
    "Unspecified internal error": "it cannot be decoded",
}
_READABLE = "WAV, FLAC, AIFF, OGG, MP3, W64, CAF, AU or NIST"


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """All channels of a sound file.

    Args:
        samples: Amplitude, shape (n_samples, n_channels), float64, full scale 1.0.
        rate_hz: Sampling rate, Hz.
        format: Container, as libsndfile names it.
        subtype: Encoding, as libsndfile names it.
    """

    samples: FloatArray
    rate_hz: int
    format: str
    subtype: str


def decode(raw: bytes, *, label: str) -> Decoded:
    """Decode a sound file.

    The header is checked before anything is allocated, and what was decoded is checked against the header.

    Args:
        raw: All bytes of the file.
        label: What to call the file in errors.

    Raises:
        ReadError: If it is not a sound file, its number of channels is absurd, or sound is missing or damaged.
        SoundError: If its rate is absurd, it is too short or too long, or holds values that are not finite.
    """
    with quiet_stderr() as complaints:
        try:
            decoded, n_promised = _decode(raw, label=label)
        except StimgenError:
            raise
        except soundfile.LibsndfileError as error:
            raise ReadError(_unreadable(error.error_string, label=label)) from error
        except (RuntimeError, ValueError, OverflowError) as error:
            raise ReadError(_unreadable("", label=label)) from error
    n_decoded = decoded.samples.shape[0]
    if n_decoded != n_promised:
        raise ReadError(
            f"{label} is damaged or cut short: its header promises {n_promised} samples but {n_decoded} "
            f"could be decoded; copy or export it again"
        )
    if complaints.errors():
        raise ReadError(f"{label} is damaged: the MP3 decoder met broken data; copy or export it again")
    check_finite(decoded.samples, label=label)
    check_duration(n_decoded, rate_hz=decoded.rate_hz, n_channels=decoded.samples.shape[1], label=label)
    return decoded


def _unreadable(reason: str, *, label: str) -> str:
    reason = " ".join(reason.split()).rstrip(".")
    if reason.startswith("Format not recognised"):
        return f"{label} is not a sound file that can be read; give a {_READABLE} file"
    meant = next((words for start, words in _MEANT.items() if reason.startswith(start)), reason)
    return f"{label} is damaged or cut short: {meant or 'it cannot be decoded'}; copy or export it again"


class _Bytes(io.BytesIO):
    """Bytes as a file that stays where it is when a broken header sends the decoder to an impossible place."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, if the place exists; the decoder asks afterwards where it is."""
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _decode(raw: bytes, *, label: str) -> tuple[Decoded, int]:
    with soundfile.SoundFile(_Bytes(raw)) as file:
        _check_header(file, label=label)
        said = promise(raw)
        if said.fault is not None:
            raise ReadError(f"{label} is damaged or cut short: {said.fault}; copy or export it again")
        n_promised = int(file.frames) if said.n_frames is None else said.n_frames
        check_duration(n_promised, rate_hz=file.samplerate, n_channels=file.channels, label=label)
        samples = _read_all(file, n_at_most=n_promised)
        return Decoded(
            samples=samples, rate_hz=int(file.samplerate), format=str(file.format), subtype=str(file.subtype)
        ), n_promised


def _check_header(file: soundfile.SoundFile, *, label: str) -> None:
    if file.format not in FORMATS:
        raise ReadError(f"{label} is a {file.format} file, which is not read; give a {_READABLE} file")
    check_rate(file.samplerate, label=label)
    if not 1 <= file.channels <= MAX_CHANNELS:
        raise ReadError(
            f"{label} says that it has {file.channels} channels; allowed are 1 to {MAX_CHANNELS}; "
            f"check the file or export it again"
        )


def _read_all(file: soundfile.SoundFile, *, n_at_most: int) -> FloatArray:
    # block by block, so that a header that lies about the length allocates no more than what is there
    blocks: list[FloatArray] = []
    n_read = 0
    while n_read <= n_at_most:
        block = file.read(_BLOCK, dtype="float64", always_2d=True)
        if block.shape[0] == 0:
            break
        blocks.append(block)
        n_read += block.shape[0]
    return np.concatenate(blocks) if blocks else np.zeros((0, file.channels))
