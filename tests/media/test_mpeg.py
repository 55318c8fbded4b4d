import io
import shutil
import struct
import subprocess

import numpy as np
import pytest
import soundfile

from stimgen.errors import ReadError
from stimgen.media.mpeg import frame_at, walk
from stimgen.media.read import read

# what the encoder puts before the sound, by the tag that it writes
ENCODER_DELAY = 576
DECODER_DELAY = 529


def mp3_bytes(rate_hz: int, *, mode: str = "VARIABLE", n_channels: int = 1, duration_s: float = 2.0) -> bytes:
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    wave = 0.4 * np.sin(2 * np.pi * 300 * times_s * (1 + times_s)) * np.exp(-times_s)
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        np.stack([wave] * n_channels, axis=1),
        rate_hz,
        format="MP3",
        bitrate_mode=mode,
        compression_level=0.5,
    )
    return buffer.getvalue()


def untagged(raw: bytes) -> bytes:
    first = frame_at(raw, 0)
    assert first is not None
    return raw[first.end :]


def samples(folder, raw: bytes) -> np.ndarray:
    path = folder / "a.mp3"
    path.write_bytes(raw)
    return read(path, channel=1).samples


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_a_file_without_a_tag_gives_the_same_sound_and_all_of_it(tmp_path, rate_hz, mode, n_channels) -> None:
    raw = mp3_bytes(rate_hz, mode=mode, n_channels=n_channels)
    tagged, whole = samples(tmp_path, raw), samples(tmp_path, untagged(raw))
    assert tagged.shape[0] == 2 * rate_hz
    assert whole.shape[0] == walk(raw).n_samples - DECODER_DELAY
    assert np.array_equal(whole[ENCODER_DELAY:][: tagged.shape[0]], tagged)
    # what comes before is the silence that fills the first frame, with the echo ahead that the encoding makes
    assert np.abs(whole[: ENCODER_DELAY // 4]).max() < 0.05 * np.abs(tagged).max()


def test_the_decoder_alone_would_have_cut_it() -> None:
    raw = untagged(mp3_bytes(44_100))
    assert soundfile.SoundFile(io.BytesIO(raw)).frames < walk(raw).n_samples / 2


def test_a_long_sound_has_no_seams(tmp_path) -> None:
    # soundfile seeks after each piece that it reads, and the decoder begins anew there
    raw = mp3_bytes(44_100, duration_s=4.0)
    at_once = soundfile.read(io.BytesIO(raw))[0]
    assert np.array_equal(samples(tmp_path, raw), at_once)


@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), bytes(50), b"APETAGEX" + bytes(30)])
@pytest.mark.parametrize(
    "head", [b"", b"ID3\3\0\0\0\0\0\x0a" + bytes(10), b"ID3\3\0\0\0\0\0\x0a" + bytes(99)]
)
def test_text_tags_around_the_frames_change_nothing(tmp_path, head, tail) -> None:
    raw = mp3_bytes(16_000)
    for kind in (raw, untagged(raw)):
        assert np.array_equal(samples(tmp_path, head + kind + tail), samples(tmp_path, kind))


@pytest.mark.parametrize("old", [b"Xing", b"Info"])
def test_a_tag_that_does_not_say_the_number_of_frames_is_replaced(tmp_path, old) -> None:
    raw = mp3_bytes(16_000, mode="VARIABLE" if old == b"Xing" else "CONSTANT")
    at = raw.index(old)
    silent = raw[: at + 4] + struct.pack(">I", 0) + raw[at + 8 :]
    assert np.array_equal(samples(tmp_path, silent), samples(tmp_path, untagged(raw)))


@pytest.mark.skipif(shutil.which("sox") is None, reason="no sox here")
@pytest.mark.parametrize("compression", ["64", "-4.2"])
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100])
def test_an_independent_decoder_gives_the_same_sound(tmp_path, rate_hz, compression) -> None:
    made, back = tmp_path / "made.mp3", tmp_path / "back.wav"
    make = [
        "sox",
        "-R",
        "-n",
        "-r",
        str(rate_hz),
        "-C",
        compression,
        made,
        "synth",
        "2",
        "pinknoise",
        "vol",
        "0.2",
    ]
    if subprocess.run(make, capture_output=True, check=False).returncode != 0:
        pytest.skip("this sox writes no MP3")
    raw = made.read_bytes()
    # constant bit rates come without a tag
    without = raw if compression == "64" else untagged(raw)
    made.write_bytes(without)
    subprocess.run(["sox", made, back], capture_output=True, check=True)
    theirs, ours = soundfile.read(back)[0][DECODER_DELAY:], samples(tmp_path, without)
    # it keeps the delay of the decoder and loses the last frame
    assert 0 <= ours.shape[0] - theirs.shape[0] <= 1152 + 30
    assert np.abs(ours[: theirs.shape[0]] - theirs).max() < 1e-4


class TestDamage:
    @pytest.mark.parametrize("is_tagged", [True, False])
    def test_a_file_that_was_cut_anywhere_but_between_frames(self, tmp_path, is_tagged) -> None:
        raw = mp3_bytes(16_000) if is_tagged else untagged(mp3_bytes(16_000))
        for share in (0.3, 0.5, 0.9, 0.999):
            with pytest.raises(ReadError, match="is cut short|no frame follows|promises .* frames"):
                samples(tmp_path, raw[: int(share * len(raw))])

    @pytest.mark.parametrize("end", [-1, -20])
    def test_a_tagged_file_that_was_cut_between_frames(self, tmp_path, end) -> None:
        raw = mp3_bytes(16_000)
        ends = [0]
        while (frame := frame_at(raw, ends[-1])) is not None:
            ends.append(frame.end)
        n_frames = len(ends) - 2
        message = f"promises {n_frames} frames of sound but {n_frames + end} are there"
        with pytest.raises(ReadError, match=message):
            samples(tmp_path, raw[: ends[end - 1]])

    @pytest.mark.parametrize("is_tagged", [True, False])
    def test_bytes_that_are_missing_or_too_many_or_no_header(self, tmp_path, is_tagged) -> None:
        raw = mp3_bytes(16_000) if is_tagged else untagged(mp3_bytes(16_000))
        frame = frame_at(raw, 0)
        assert frame is not None
        at = frame.end
        for broken in (
            raw[: at + 20] + raw[at + 27 :],
            raw[: at + 20] + bytes(7) + raw[at + 20 :],
            raw[: at - 20] + b"\xff" * 40 + raw[at + 20 :],
        ):
            with pytest.raises(ReadError, match=r"no frame follows frame \d+, though \d+ bytes are left"):
                samples(tmp_path, broken)

    def test_frames_of_another_rate(self, tmp_path) -> None:
        with pytest.raises(ReadError, match="changes at frame"):
            samples(tmp_path, untagged(mp3_bytes(16_000)) + untagged(mp3_bytes(24_000)))


@pytest.mark.parametrize(
    ("header", "n_bytes", "n_samples", "rate_hz"),
    [
        # 128 kbit/s at 44.1 kHz, without and with padding; 64 kbit/s at 22.05 kHz; 8 kbit/s at 8 kHz
        ("fffb9064", 417, 1152, 44_100),
        ("fffb9264", 418, 1152, 44_100),
        ("fff380c4", 208, 576, 22_050),
        ("ffe318c4", 72, 576, 8_000),
        # layer II, 192 kbit/s at 48 kHz; layer I, 384 kbit/s at 48 kHz
        ("fffda400", 576, 1152, 48_000),
        ("ffffc400", 384, 384, 48_000),
    ],
)
def test_frames_are_as_long_as_the_standard_says(header, n_bytes, n_samples, rate_hz) -> None:
    frame = frame_at(bytes.fromhex(header), 0)
    assert frame is not None
    assert (frame.n_bytes, frame.n_samples, frame.rate_hz) == (n_bytes, n_samples, rate_hz)


@pytest.mark.parametrize(
    "header", ["00000000", "fffb0064", "fffbf064", "fffb9c64", "ffeb9064", "fff99064", "fffb"]
)
def test_what_is_no_header_is_no_frame(header) -> None:
    assert frame_at(bytes.fromhex(header), 0) is None
