"""Read a recording: one usable channel as float64, or one clear sentence why not."""

import hashlib
import operator
import os
import stat
from pathlib import Path
from typing import Literal

import numpy as np

from stimgen.errors import ReadError, SettingError, SoundError
from stimgen.media.decode import Decoded, decode
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
    label = _one_line(str(path))
    raw = _bytes_of(path, label=label)
    decoded = decode(raw, label=label)
    if decoded.samples.shape[1] == 1:
        channel = None  # there is nothing to choose or to mix
    samples = one_channel(decoded, channel=channel, label=label)
    check_level(samples, label=label if channel is None else f"{label}, channel {channel},")
    return Sound(
        samples=samples,
        rate_hz=decoded.rate_hz,
        name=_printable(path.stem),
        path=path,
        facts=_facts(raw, decoded, samples=samples, channel=channel or 1, file=_printable(path.name)),
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
            f'channel {_one_line(repr(channel))} is not an option; give 1, 2, ... (counted from 1) or "mean"'
        )
    return number


def _article(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _bytes_of(path: Path, *, label: str) -> bytes:
    try:
        if path.is_dir():
            raise ReadError(f"{label} is a folder; give a sound file in it")
        # without O_NONBLOCK opening a named pipe waits for a writer, perhaps for ever
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ReadError(f"{label} is a device or pipe; give a regular file")
            _check_size(found.st_size, label=label)
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ReadError(f"there is no file {_one_line(str(path))}; check the path") from error
    except PermissionError as error:
        raise ReadError(f"{label} may not be read; change its permissions or copy it") from error
    except ReadError:
        raise
    except (OSError, ValueError) as error:
        reason = _one_line(getattr(error, "strerror", None) or str(error))
        raise ReadError(f"{label} cannot be opened: {reason}; check the path") from error
    _check_size(len(raw), label=label)
    return raw


def _check_size(n_bytes: int, *, label: str) -> None:
    if n_bytes == 0:
        raise ReadError(f"{label} is empty; copy or export it again")
    if n_bytes > MAX_BYTES:
        raise ReadError(
            f"{label} has {n_bytes / 2**20:.0f} MiB; allowed are {MAX_BYTES // 2**20} MiB; "
            f"cut out the part you need"
        )


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


def _printable(text: str) -> str:
    # file names may hold line breaks and bytes that are no text, which no table or picture can show
    return "".join(c if c.isprintable() else "?" for c in text)


def _one_line(text: str) -> str:
    text = _printable(text)
    return text if len(text) <= 200 else f"{text[:80]}...{text[-80:]}"
