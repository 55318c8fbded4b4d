"""Read a recording: one usable channel as float64, or one clear sentence why not."""

import hashlib
import operator
import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from stimgen.errors import ReadError, SettingError, SoundError
from stimgen.media.decode import Decoded, decode
from stimgen.media.decode_part import Cut, decode_part
from stimgen.media.file_bytes import bytes_of, one_line, printable
from stimgen.media.medium import medium_of
from stimgen.media.sound import FloatArray, Sound, SourceFacts
from stimgen.media.usable import check_level, to_db

MAX_BYTES = 512 * 2**20


def read(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes], *, channel: int | Literal["mean"] | None = None
) -> Sound:
    """Read a recording.

    The bytes are read once; what is hashed is what is decoded. Nothing is repaired: no resampling, no
    removal of DC, no scaling, and a file that promises more than it holds is refused. An MP3 whose encoder
    left no tag with its delay begins with that delay (some 10 to 30 ms of near silence) and ends with the
    filling of its last frame.

    Args:
        path: A WAV, FLAC, AIFF, OGG, MP3, W64, CAF, AU or NIST file of 10 ms to 60 s, at most 512 MiB.
        channel: Which channel of a file with several, counted from 1, or "mean" of all. A file with one
            channel gives that one, whatever is asked.

    Returns:
        The sound, float64, full scale 1.0, with `facts` of its file.

    Raises:
        ReadError: If the file cannot be opened, is no regular file, or is not a whole sound file.
        SoundError: If it was read but is not usable: several channels and none chosen, silent (peak
            without DC below -90 dBFS), constant, not finite, too short or too long.
        SettingError: If the path is no path, or the channel is not an option of this file.

    Examples:
        >>> read("missing.wav")
        Traceback (most recent call last):
        stimgen.errors.ReadError: there is no file missing.wav; check the path
    """
    path = _path_of(path)
    channel = _channel_of(channel)
    label = one_line(str(path))
    if medium_of(path) == "picture":
        raise ReadError(f"{label} is a picture; read it with stimgen.read_picture, or give a sound")
    raw = bytes_of(
        path, label=label, max_bytes=MAX_BYTES, kind="sound file", smaller="cut out the part you need"
    )
    return _sound(path, raw, decode(raw, label=label), channel=channel, label=label)


def read_part(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    *,
    cut: Cut,
    part: str,
    channel: int | Literal["mean"] | None = None,
) -> Sound:
    """Read a part of a recording, which may be longer than one that is read whole.

    Args:
        path: A file as for `read`, of any duration, at most 512 MiB.
        cut: Says which part, given the rate and the number of samples of the file.
        part: What to call the part in errors, after the file's name: "@1.2:1.35".
        channel: As for `read`.

    Returns:
        The part, 10 ms to 60 s, as `read` would give those samples. The `facts` tell of the bytes of the whole
        file and of the levels of the part.

    Raises:
        ReadError: As `read`, and if the part cannot be reached without decoding hours of compressed sound.
        SoundError: As `read`, for the part alone.
        SettingError: As `read`.
        StimgenError: Whatever `cut` raises.
    """
    path = _path_of(path)
    channel = _channel_of(channel)
    label = one_line(str(path))
    raw = bytes_of(
        path, label=label, max_bytes=MAX_BYTES, kind="sound file", smaller="cut out the part you need"
    )
    found = decode_part(raw, cut=cut, label=label, part_label=one_line(f"{path}{part}"))
    sound = _sound(path, raw, found.decoded, channel=channel, label=one_line(f"{path}{part}"))
    if sound.facts is None:
        return sound
    segment_s = (found.start / sound.rate_hz, (found.start + sound.n_samples) / sound.rate_hz)
    return replace(sound, facts=replace(sound.facts, segment_s=segment_s))


def decode_again(facts: SourceFacts) -> FloatArray:
    """Return the samples that were taken from a file, from its bytes and what is known of them.

    Args:
        facts: With `raw`.

    Returns:
        Shape (n_samples,), the same samples that reading the file gave.

    Raises:
        ReadError: If the bytes were let go, or cannot be decoded.
    """
    if facts.raw is None:
        raise ReadError(f"the bytes of {facts.file} were let go; read the file again")
    if facts.segment_s is None:
        decoded = decode(facts.raw, label=facts.file)
    else:
        start, stop = (round(time_s * facts.rate_hz) for time_s in facts.segment_s)
        decoded = decode_part(
            facts.raw, cut=lambda _rate_hz, _n: (start, stop), label=facts.file, part_label=facts.file
        ).decoded
    return one_channel(decoded, channel=facts.channel, label=facts.file)


def _sound(
    path: Path, raw: bytes, decoded: Decoded, *, channel: int | Literal["mean"] | None, label: str
) -> Sound:
    if decoded.samples.shape[1] == 1:
        channel = None  # there is nothing to choose or to mix
    samples = one_channel(decoded, channel=channel, label=label)
    check_level(samples, label=label if channel is None else f"{label}, channel {channel},")
    return Sound(
        samples=samples,
        rate_hz=decoded.rate_hz,
        name=printable(path.stem),
        path=path,
        facts=_facts(raw, decoded, samples=samples, channel=channel or 1, file=printable(path.name)),
    )


def _path_of(path: object) -> Path:
    if not isinstance(path, str | bytes | os.PathLike):
        raise SettingError(
            f"a file cannot be read from {_article(path)}; give its path as a str or pathlib.Path, such as 'a.wav'"
        )
    return Path(os.fsdecode(path))


def _channel_of(channel: object) -> int | Literal["mean"] | None:
    if channel is None:
        return None
    if isinstance(channel, str) and channel == "mean":
        return "mean"
    try:
        # whole numbers of every kind, NumPy's too
        number = 0 if isinstance(channel, bool) else operator.index(channel)  # type: ignore[arg-type]
    except TypeError:
        number = 0
    if number < 1:
        raise SettingError(
            f'channel {one_line(repr(channel))} is not an option; give 1, 2, ... (counted from 1) or "mean"'
        )
    return number


def _article(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def one_channel(decoded: Decoded, *, channel: int | Literal["mean"] | None, label: str) -> FloatArray:
    """Return the channel that was asked for, shape (n_samples,), or the mean of all.

    Raises:
        SoundError: If there are several channels and none was asked for.
        SettingError: If there is no such channel.
    """
    n_channels = decoded.samples.shape[1]
    if channel is None:
        if n_channels > 1:
            raise SoundError(
                f"{label} has {n_channels} channels and a stimulus is made from one; choose with "
                f"--channel 1 to --channel {n_channels} (counted from 1), or mix with --channel mean"
            )
        return np.ascontiguousarray(decoded.samples[:, 0])
    if channel == "mean":
        # each share first, so that the sum of two full channels cannot overflow
        return np.ascontiguousarray((decoded.samples / n_channels).sum(axis=1))
    if channel > n_channels:
        raise SettingError(
            f"{label} has {n_channels} channels, so there is no channel {channel} (counted from 1); give a lower one"
        )
    return np.ascontiguousarray(decoded.samples[:, channel - 1])


def _facts(
    raw: bytes, decoded: Decoded, *, samples: FloatArray, channel: int | Literal["mean"], file: str
) -> SourceFacts:
    return SourceFacts(
        file=file,
        sha256=hashlib.sha256(raw).hexdigest(),
        n_bytes=len(raw),
        format=decoded.format,
        subtype=decoded.subtype,
        n_channels=decoded.samples.shape[1],
        channel=channel,
        rate_hz=decoded.rate_hz,
        n_samples=samples.shape[0],
        duration_s=samples.shape[0] / decoded.rate_hz,
        peak_dbfs=to_db(float(np.max(np.abs(samples)))),
        dc_dbfs=to_db(abs(float(samples.mean()))),
        raw=raw,
    )
