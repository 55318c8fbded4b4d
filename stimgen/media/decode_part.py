"""From the bytes of a sound file, however long, to the samples of one part: those that decoding all would give."""

from collections.abc import Callable
from dataclasses import dataclass

import soundfile

from stimgen.errors import ReadError, StimgenError
from stimgen.media.container import Promise, promise
from stimgen.media.decode import Decoded, _Bytes, _check_header, _encoding, _fault, _unreadable
from stimgen.media.quiet import Complaints, quiet_stderr
from stimgen.media.sound import FloatArray
from stimgen.media.usable import MAX_SAMPLES, check_duration, check_finite

# rate in Hz and samples per channel of the file -> first sample of the part and the one after its last
Cut = Callable[[int, int], tuple[int, int]]
# in these a decoder that begins in the middle gives the very samples that one beginning at the start gives
_EXACT_AFTER_SEEK = (
    *("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32"),
    *("FLOAT", "DOUBLE", "ULAW", "ALAW"),
)


@dataclass(frozen=True, kw_only=True)
class DecodedPart:
    """All channels of a part of a sound file.

    Args:
        decoded: The part; rate, format and subtype are those of the file.
        start: Its first sample, counted from 0 at the beginning of the file.
    """

    decoded: Decoded
    start: int


def decode_part(raw: bytes, *, cut: Cut, label: str, part_label: str) -> DecodedPart:
    """Decode a part of a sound file.

    A file of up to 30 million samples over all channels is decoded whole and checked as whole files are. Of
    longer ones the part alone is read, and the last sample, which shows that nothing is missing at the end.

    Args:
        raw: All bytes of the file.
        cut: Says which samples to take.
        label: What to call the file in errors.
        part_label: What to call the part in errors.

    Raises:
        ReadError: If it is not a sound file, sound is missing or damaged, or it is both long and compressed in
            a way that allows no exact beginning in the middle.
        SoundError: If the rate is absurd, or the part is too short, too long or not finite.
        StimgenError: Whatever `cut` raises.
    """
    said = promise(raw)
    with quiet_stderr() as complaints:
        try:
            part = _decode_part(raw, said, cut=cut, label=label, part_label=part_label)
        except StimgenError:
            raise
        except soundfile.LibsndfileError as error:
            raise ReadError(_unreadable(error.error_string, said, label=label)) from error
        except (RuntimeError, ValueError, OverflowError) as error:
            raise ReadError(_unreadable("", said, label=label)) from error
    _check_complaints(complaints, label=label)
    check_finite(part.decoded.samples, label=part_label)
    return part


def _decode_part(raw: bytes, said: Promise, *, cut: Cut, label: str, part_label: str) -> DecodedPart:
    with soundfile.SoundFile(_Bytes(raw if said.decodable is None else said.decodable)) as file:
        _check_promise(file, said, label=label)
        n_promised = int(file.frames) if said.n_frames is None else said.n_frames
        start, stop = cut(int(file.samplerate), n_promised)
        check_duration(stop - start, rate_hz=file.samplerate, n_channels=file.channels, label=part_label)
        if n_promised * file.channels <= MAX_SAMPLES:
            # in one piece: after a seek the MP3 and Opus decoders begin anew and give other samples
            samples = file.read(n_promised + 1, dtype="float64", always_2d=True)
            _check_count(samples.shape[0], n_promised, label=label)
            samples = samples[start:stop].copy()
        else:
            samples = _sought(file, start, stop, n_promised=n_promised, label=label)
        return DecodedPart(
            decoded=Decoded(
                samples=samples,
                rate_hz=int(file.samplerate),
                format=str(file.format),
                subtype=str(file.subtype),
            ),
            start=start,
        )


def _check_promise(file: soundfile.SoundFile, said: Promise, *, label: str) -> None:
    _check_header(file, label=label)
    if said.unread:
        raise ReadError(_encoding(label))
    if said.fault is not None:
        raise ReadError(_fault(said, label=label))
    if file.format == "MP3" and said.decodable is None:
        raise ReadError(f"{label} does not begin with a frame of MP3 sound; convert it to WAV")


def _sought(file: soundfile.SoundFile, start: int, stop: int, *, n_promised: int, label: str) -> FloatArray:
    if file.subtype not in _EXACT_AFTER_SEEK:
        raise ReadError(
            f"{label} is {n_promised / file.samplerate:.0f} s of compressed sound ({file.subtype}), of which a part "
            f"cannot be reached exactly; convert it to WAV or FLAC, or cut it to less than "
            f"{MAX_SAMPLES // file.channels / file.samplerate:.0f} s"
        )
    file.seek(n_promised - 1)
    n_last = file.read(2, dtype="float64", always_2d=True).shape[0]
    _check_count(n_promised - 1 + n_last, n_promised, label=label)
    file.seek(start)
    samples: FloatArray = file.read(stop - start, dtype="float64", always_2d=True)
    _check_count(start + samples.shape[0], stop, label=label)
    return samples


def _check_count(n_decoded: int, n_promised: int, *, label: str) -> None:
    if n_decoded != n_promised:
        found = "fewer" if n_decoded < n_promised else "more"
        raise ReadError(
            f"{label} is damaged or cut short: its header promises {n_promised} samples but {found} could be "
            f"decoded; copy or export it again"
        )


def _check_complaints(complaints: Complaints, *, label: str) -> None:
    if complaints.errors():
        raise ReadError(f"{label} is damaged: the MP3 decoder met broken data; copy or export it again")
