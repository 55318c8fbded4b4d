"""From the bytes of a sound file to samples of all its channels, with nothing mended on the way."""

import io
from dataclasses import dataclass

import soundfile

from stimgen.errors import ReadError, StimgenError
from stimgen.media.container import Promise, promise
from stimgen.media.quiet import quiet_stderr
from stimgen.media.sound import FloatArray
from stimgen.media.usable import check_duration, check_finite, check_rate

# what libsndfile can tell apart by content and what holds recordings
FORMATS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3", "NIST")
MAX_CHANNELS = 64
_NO_RATE = "Internal error : SF_INFO struct incomplete"
# where libsndfile's words would mislead
_MEANT = {
    _NO_RATE: "its header gives no possible rate or number of channels",
    "File does not exist": "it cannot be decoded",
    "Unspecified internal error": "it cannot be decoded",
}
# encodings that libsndfile knows by name and cannot decode
_UNREAD = (
    "File contains data in an unimplemented format",
    "Supported file format but unsupported encoding",
    "Error : Bad bit width for DWVW",
)
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
    said = promise(raw)
    with quiet_stderr() as complaints:
        try:
            decoded, n_promised = _decode(raw, said, label=label)
        except StimgenError:
            raise
        except soundfile.LibsndfileError as error:
            raise ReadError(_unreadable(error.error_string, said, label=label)) from error
        except (RuntimeError, ValueError, OverflowError) as error:
            raise ReadError(_unreadable("", said, label=label)) from error
    n_decoded = decoded.samples.shape[0]
    if n_decoded != n_promised:
        found = str(n_decoded) if n_decoded < n_promised else "more"
        raise ReadError(
            f"{label} is damaged or cut short: its header promises {n_promised} samples but {found} "
            f"could be decoded; copy or export it again"
        )
    if complaints.errors():
        raise ReadError(f"{label} is damaged: the MP3 decoder met broken data; copy or export it again")
    check_finite(decoded.samples, label=label)
    check_duration(n_decoded, rate_hz=decoded.rate_hz, n_channels=decoded.samples.shape[1], label=label)
    return decoded


def _unreadable(reason: str, said: Promise, *, label: str) -> str:
    reason = " ".join(reason.split()).rstrip(".")
    if reason.startswith("Format not recognised"):
        return f"{label} is not a sound file that can be read; give a {_READABLE} file"
    if said.unread or reason.startswith(_UNREAD):
        return _encoding(label)
    if said.fault is not None and not reason.startswith(_NO_RATE):
        return _fault(said, label=label)
    meant = next((words for start, words in _MEANT.items() if reason.startswith(start)), reason)
    return f"{label} is damaged or cut short: {meant or 'it cannot be decoded'}; copy or export it again"


def _encoding(label: str) -> str:
    return f"{label} is encoded in a way that is not read; convert it to WAV"


def _fault(said: Promise, *, label: str) -> str:
    return f"{label} is damaged or cut short: {said.fault}; {said.remedy}"


class _Bytes(io.BytesIO):
    """Bytes as a file that stays where it is when a broken header sends the decoder to an impossible place."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, if the place exists; the decoder asks afterwards where it is."""
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _decode(raw: bytes, said: Promise, *, label: str) -> tuple[Decoded, int]:
    with soundfile.SoundFile(_Bytes(raw if said.decodable is None else said.decodable)) as file:
        _check_header(file, label=label)
        if said.unread:
            raise ReadError(_encoding(label))
        if said.fault is not None:
            raise ReadError(_fault(said, label=label))
        if file.format == "MP3" and said.decodable is None:
            raise ReadError(f"{label} does not begin with a frame of MP3 sound; convert it to WAV")
        n_promised = int(file.frames) if said.n_frames is None else said.n_frames
        check_duration(n_promised, rate_hz=file.samplerate, n_channels=file.channels, label=label)
        # in one piece: soundfile seeks after every piece, and after a seek the MP3 and Opus decoders begin
        # anew and give other samples; the length was checked, so this reserves no more than its limit
        samples = file.read(n_promised + 1, dtype="float64", always_2d=True)
        return Decoded(
            samples=samples, rate_hz=int(file.samplerate), format=str(file.format), subtype=str(file.subtype)
        ), n_promised


def _check_header(file: soundfile.SoundFile, *, label: str) -> None:
    if file.format not in FORMATS:
        raise ReadError(f"{label} is a {file.format} file, which is not read; give a {_READABLE} file")
    if file.subtype.startswith("DWVW"):
        raise ReadError(_encoding(label))
    check_rate(file.samplerate, label=label)
    if not 1 <= file.channels <= MAX_CHANNELS:
        raise ReadError(
            f"{label} says that it has {file.channels} channels; allowed are 1 to {MAX_CHANNELS}; "
            f"check the file or export it again"
        )
