import io

import numpy as np
import pytest
import soundfile

from stimgen.errors import ReadError, SoundError
from stimgen.media import decode_part as module
from stimgen.media.decode import decode
from stimgen.media.decode_part import decode_part

RATE_HZ = 16_000
KINDS = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "ULAW"),
    ("WAV", "IMA_ADPCM"),
    ("AIFF", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("W64", "PCM_16"),
    ("CAF", "PCM_16"),
    ("OGG", "VORBIS"),
    ("MP3", "MPEG_LAYER_III"),
]


def file_bytes(container: str, subtype: str, *, n_samples: int = 40_000, n_channels: int = 2) -> bytes:
    wave = 0.2 * np.random.default_rng(4).standard_normal((n_samples, n_channels))
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(wave, -0.9, 0.9), RATE_HZ, format=container, subtype=subtype)
    return buffer.getvalue()


def part_of(raw: bytes, start: int, stop: int) -> np.ndarray:
    found = decode_part(raw, cut=lambda _rate_hz, _n: (start, stop), label="song", part_label="song@part")
    assert found.start == start
    return found.decoded.samples


@pytest.mark.parametrize(("container", "subtype"), KINDS)
def test_a_part_has_the_samples_of_the_whole(container, subtype) -> None:
    raw = file_bytes(container, subtype)
    assert np.array_equal(part_of(raw, 12_345, 23_456), decode(raw, label="song").samples[12_345:23_456])
    independent, _ = soundfile.read(io.BytesIO(raw), always_2d=True)
    # MP3 decoders round the last bit of a float32 by how many samples they are asked for
    assert np.abs(part_of(raw, 12_345, 23_456) - independent[12_345:23_456]).max() < 2e-7


def expected_end(raw: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(raw))[0][-10:]


@pytest.mark.parametrize(("container", "subtype"), KINDS[:4] + KINDS[5:9])
def test_a_part_of_a_long_file_is_sought_and_has_the_same_samples(monkeypatch, container, subtype) -> None:
    raw = file_bytes(container, subtype)
    expected = part_of(raw, 12_345, 23_456)
    monkeypatch.setattr(module, "MAX_SAMPLES", 50_000)
    monkeypatch.setattr(module, "check_duration", lambda *_args, **_names: None)
    assert np.array_equal(part_of(raw, 12_345, 23_456), expected)
    assert np.array_equal(part_of(raw, 39_990, 40_000), expected_end(raw))


@pytest.mark.parametrize(("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS")])
def test_a_long_compressed_file_is_refused_with_what_to_do(monkeypatch, container, subtype) -> None:
    monkeypatch.setattr(module, "MAX_SAMPLES", 50_000)
    with pytest.raises(ReadError, match="cannot be reached exactly; convert it to WAV or FLAC"):
        part_of(file_bytes(container, subtype), 100, 5_000)


@pytest.mark.parametrize("limit", [30_000_000, 50_000])
@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_a_file_that_was_cut_short_is_refused_though_the_part_is_there(monkeypatch, container, limit) -> None:
    monkeypatch.setattr(module, "MAX_SAMPLES", limit)
    raw = file_bytes(container, "PCM_16")
    assert part_of(raw, 100, 5_000).shape == (4_900, 2)
    with pytest.raises(ReadError, match="damaged or cut short"):
        part_of(raw[: len(raw) * 3 // 4], 100, 5_000)


def test_only_the_part_must_be_of_a_duration_that_is_allowed() -> None:
    raw = file_bytes("WAV", "PCM_16", n_samples=70 * RATE_HZ, n_channels=1)
    assert part_of(raw, 65 * RATE_HZ, 66 * RATE_HZ).shape == (RATE_HZ, 1)
    with pytest.raises(SoundError, match="song@part lasts 61 s"):
        part_of(raw, 0, 61 * RATE_HZ)


def test_only_the_part_must_be_finite() -> None:
    samples = np.full(8_000, 0.1)
    samples[5_000] = np.nan
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE_HZ, format="WAV", subtype="DOUBLE")
    assert part_of(buffer.getvalue(), 0, 5_000).shape == (5_000, 1)
    with pytest.raises(SoundError, match="song@part holds samples that are not numbers"):
        part_of(buffer.getvalue(), 0, 5_001)


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(ReadError, match="song is not a sound file that can be read"):
        part_of(b"label,onset\n" * 50, 0, 10)
