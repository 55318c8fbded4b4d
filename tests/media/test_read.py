import hashlib
import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stimgen.errors import ReadError, SettingError, SoundError, StimgenError
from stimgen.media.read import read

RATE_HZ = 16_000
TIMES_S = np.arange(3200) / RATE_HZ
WAVE = 0.3 * np.sin(2 * np.pi * 440 * TIMES_S) * np.exp(-5 * TIMES_S)


def wav_bytes(samples=WAVE, *, rate_hz=RATE_HZ, container="WAV", subtype="PCM_16") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=container, subtype=subtype)
    return buffer.getvalue()


def saved(folder: Path, raw: bytes, name: str = "a.wav") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("container", "subtype", "tolerance"),
    [
        ("WAV", "PCM_U8", 2**-7),
        ("WAV", "PCM_16", 2**-15),
        ("WAV", "PCM_24", 2**-23),
        ("WAV", "PCM_32", 2**-31),
        ("WAV", "FLOAT", 1e-7),
        ("WAV", "DOUBLE", 0.0),
        ("WAV", "ALAW", 0.02),
        ("WAV", "ULAW", 0.02),
        ("WAVEX", "PCM_24", 2**-23),
        ("RF64", "PCM_16", 2**-15),
        ("W64", "PCM_16", 2**-15),
        ("AIFF", "PCM_16", 2**-15),
        ("AIFF", "FLOAT", 1e-7),
        ("AU", "PCM_16", 2**-15),
        ("CAF", "PCM_24", 2**-23),
        ("NIST", "PCM_16", 2**-15),
        ("FLAC", "PCM_16", 2**-15),
        ("FLAC", "PCM_24", 2**-23),
        ("OGG", "VORBIS", 0.1),
        ("MP3", "MPEG_LAYER_III", 0.1),
    ],
)
def test_each_kind_of_file_gives_its_samples_back(tmp_path, container, subtype, tolerance) -> None:
    sound = read(saved(tmp_path, wav_bytes(container=container, subtype=subtype), "take.bin"))
    assert sound.samples.dtype == np.float64
    assert sound.rate_hz == RATE_HZ
    assert sound.samples.shape == WAVE.shape
    assert np.abs(sound.samples - WAVE).max() <= tolerance
    assert sound.facts is not None
    assert sound.facts.subtype == subtype


def test_facts_are_those_of_the_bytes_that_were_decoded(tmp_path) -> None:
    raw = wav_bytes(WAVE + 0.01)
    sound = read(saved(tmp_path, raw, "Vögel 1.wav"))
    facts = sound.facts
    assert facts is not None
    assert (facts.file, sound.name, facts.n_bytes) == ("Vögel 1.wav", "Vögel 1", len(raw))
    assert facts.sha256 == hashlib.sha256(raw).hexdigest()
    assert facts.raw == raw
    assert (facts.format, facts.subtype, facts.n_channels, facts.channel) == ("WAV", "PCM_16", 1, 1)
    assert (facts.rate_hz, facts.n_samples, facts.duration_s) == (RATE_HZ, 3200, 0.2)
    assert facts.peak_dbfs == pytest.approx(20 * np.log10(np.abs(sound.samples).max()))
    assert facts.dc_dbfs == pytest.approx(20 * np.log10(np.abs(sound.samples.mean())))


@pytest.mark.skipif(os.name == "nt", reason="such names do not exist here")
@pytest.mark.parametrize("name", [b"two\nlines.wav", b"latin-\xf6.wav"])
def test_a_name_that_cannot_be_printed_reads_and_becomes_printable(tmp_path, name) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    try:
        path.write_bytes(wav_bytes())
    except OSError:
        pytest.skip("the file system refuses the name")
    sound = read(path)
    assert sound.facts is not None
    assert sound.facts.file.isprintable()
    assert sound.name.isprintable()
    assert "?" in sound.name


def test_dc_is_kept(tmp_path) -> None:
    assert read(saved(tmp_path, wav_bytes(WAVE + 0.1))).samples.mean() == pytest.approx(
        WAVE.mean() + 0.1, abs=1e-4
    )


class TestChannels:
    stereo = np.stack([WAVE, 0.5 * WAVE[::-1]], axis=1)

    def test_a_file_with_two_is_refused_with_the_ways_out(self, tmp_path) -> None:
        message = r"2 channels .*--channel 1 to --channel 2 \(counted from 1\).*--channel mean"
        with pytest.raises(SoundError, match=message):
            read(saved(tmp_path, wav_bytes(self.stereo)))

    @pytest.mark.parametrize("channel", [1, 2])
    def test_one_can_be_chosen_counted_from_1(self, tmp_path, channel) -> None:
        sound = read(saved(tmp_path, wav_bytes(self.stereo)), channel=channel)
        assert sound.samples == pytest.approx(self.stereo[:, channel - 1], abs=1e-4)
        assert sound.facts is not None
        assert (sound.facts.n_channels, sound.facts.channel) == (2, channel)

    def test_the_mean_mixes_them(self, tmp_path) -> None:
        sound = read(saved(tmp_path, wav_bytes(self.stereo)), channel="mean")
        assert sound.samples == pytest.approx(self.stereo.mean(axis=1), abs=1e-4)

    def test_a_whole_number_of_numpy_is_a_channel(self, tmp_path) -> None:
        sound = read(saved(tmp_path, wav_bytes(self.stereo)), channel=np.int64(2))
        assert sound.samples == pytest.approx(self.stereo[:, 1], abs=1e-4)
        assert sound.facts is not None
        assert type(sound.facts.channel) is int

    @pytest.mark.parametrize("channel", [0, -1, np.int64(0), True, 1.0, "left", b"mean", [1], np.ones(3)])
    def test_what_is_no_channel_is_refused(self, tmp_path, channel) -> None:
        with pytest.raises(SettingError, match="counted from 1"):
            read(saved(tmp_path, wav_bytes()), channel=channel)

    def test_one_beyond_the_last_is_refused(self, tmp_path) -> None:
        with pytest.raises(SettingError, match="has 2 channels, so there is no channel 3"):
            read(saved(tmp_path, wav_bytes(self.stereo)), channel=3)

    @pytest.mark.parametrize("channel", [1, 2, "mean"])
    def test_a_file_with_one_gives_that_one_whatever_is_asked(self, tmp_path, channel) -> None:
        sound = read(saved(tmp_path, wav_bytes()), channel=channel)
        assert sound.samples == pytest.approx(WAVE, abs=1e-4)
        assert sound.facts is not None
        assert (sound.facts.n_channels, sound.facts.channel) == (1, 1)

    def test_a_silent_one_is_refused_by_its_number(self, tmp_path) -> None:
        with pytest.raises(SoundError, match="channel 2, is silent"):
            read(saved(tmp_path, wav_bytes(np.stack([WAVE, 0 * WAVE], axis=1))), channel=2)


class TestPaths:
    def test_errors_name_the_path_as_it_was_given(self, tmp_path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        for folder in ("p", "q"):
            Path(folder).mkdir()
            Path(folder, "x.wav").write_bytes(wav_bytes(0 * WAVE))
            with pytest.raises(SoundError, match=f"^{folder}/x.wav is silent"):
                read(f"{folder}/x.wav")

    def test_long_ones_are_shortened_in_the_middle(self, tmp_path) -> None:
        folder = tmp_path / ("d" * 150) / ("e" * 150)
        folder.mkdir(parents=True)
        with pytest.raises(ReadError, match=rf"^{str(tmp_path)[:20]}.*\.\.\.e+/a\.wav is empty") as caught:
            read(saved(folder, b""))
        assert len(str(caught.value)) < 250

    def test_bytes_and_pathlib_paths_are_the_same_file(self, tmp_path) -> None:
        path = saved(tmp_path, wav_bytes())
        for given in (path, str(path), os.fsencode(path)):
            assert read(given).samples == pytest.approx(WAVE, abs=1e-4)
            assert read(given).path == path

    @pytest.mark.parametrize("given", [None, 5, 1.5, ["a.wav"], np.zeros(10)])
    def test_what_is_no_path_is_refused(self, given) -> None:
        with pytest.raises(SettingError, match=r"cannot be read from .*; give its path as a str"):
            read(given)


class TestWhatIsNoFile:
    def test_a_missing_one(self, tmp_path) -> None:
        with pytest.raises(ReadError, match="there is no file"):
            read(tmp_path / "no.wav")

    def test_a_folder(self, tmp_path) -> None:
        with pytest.raises(ReadError, match="is a folder"):
            read(tmp_path)

    def test_an_empty_one(self, tmp_path) -> None:
        with pytest.raises(ReadError, match="is empty"):
            read(saved(tmp_path, b""))

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_one_without_permission(self, tmp_path) -> None:
        path = saved(tmp_path, wav_bytes())
        path.chmod(0)
        with pytest.raises(ReadError, match="may not be read"):
            read(path)

    def test_a_refused_opening_is_told_as_missing_permission(self, tmp_path, monkeypatch) -> None:
        def refuse(*_args: object) -> int:
            raise PermissionError(13, "Permission denied")

        path = saved(tmp_path, wav_bytes())
        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(ReadError, match="may not be read"):
            read(path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_named_pipe_is_refused_without_waiting_for_a_writer(self, tmp_path) -> None:
        os.mkfifo(tmp_path / "pipe.wav")
        with pytest.raises(ReadError, match="device or pipe"):
            read(tmp_path / "pipe.wav")

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
    def test_a_device(self) -> None:
        with pytest.raises(ReadError, match="device or pipe"):
            read("/dev/zero")

    @pytest.mark.parametrize("path", ["a\0b.wav", "x" * 5000 + ".wav"])
    def test_a_name_that_cannot_be_one(self, path) -> None:
        with pytest.raises(ReadError) as caught:
            read(path)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 400

    def test_one_that_is_too_large_is_refused_by_its_size_alone(self, tmp_path) -> None:
        path = tmp_path / "huge.wav"
        with path.open("wb") as file:
            file.truncate(513 * 2**20)
        with pytest.raises(ReadError, match="513 MiB; allowed are 512 MiB"):
            read(path)

    @pytest.mark.parametrize(
        "raw", [b"this is text, not sound\n" * 50, b"RIFF", b"RIFF\x10\0\0\0WAVE", bytes(5000)]
    )
    def test_one_that_is_no_sound(self, tmp_path, raw) -> None:
        with pytest.raises(ReadError, match=r"a\.wav is (not a sound file|damaged)"):
            read(saved(tmp_path, raw))

    def test_text_that_is_named_like_sound(self, tmp_path) -> None:
        with pytest.raises(ReadError, match=r"a\.wav is not a sound file that can be read; give a WAV"):
            read(saved(tmp_path, b"this is text, not sound\n" * 50))

    def test_one_of_a_kind_that_is_not_read(self, tmp_path) -> None:
        with pytest.raises(ReadError, match="give a WAV"):
            read(saved(tmp_path, wav_bytes(container="MAT5", subtype="PCM_16"), "a.mat"))


class TestTruncation:
    @pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
    @pytest.mark.parametrize(
        ("container", "subtype"),
        [
            ("WAV", "PCM_16"),
            ("WAV", "PCM_24"),
            ("WAV", "FLOAT"),
            ("WAV", "ULAW"),
            ("RF64", "PCM_16"),
            ("W64", "PCM_16"),
            ("AIFF", "PCM_16"),
            ("AU", "PCM_16"),
            ("CAF", "PCM_16"),
            ("NIST", "PCM_16"),
            ("FLAC", "PCM_16"),
            ("OGG", "VORBIS"),
            ("OGG", "OPUS"),
            ("MP3", "MPEG_LAYER_III"),
        ],
    )
    def test_a_file_that_was_cut_is_refused(self, tmp_path, container, subtype, share) -> None:
        raw = wav_bytes(container=container, subtype=subtype)
        with pytest.raises(ReadError, match=r"a\.wav is damaged"):
            read(saved(tmp_path, raw[: int(share * len(raw))]))

    @pytest.mark.parametrize("size", [0, 0x7F000000, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
    def test_a_streamed_wav_without_a_length_is_refused(self, tmp_path, size) -> None:
        raw = bytearray(wav_bytes())
        struct.pack_into("<I", raw, raw.index(b"data") + 4, size)
        with pytest.raises(ReadError, match=r"does not say how long it is \(.*streamed.*not through a pipe"):
            read(saved(tmp_path, bytes(raw)))

    def test_a_wav_that_ends_within_a_frame_is_refused(self, tmp_path) -> None:
        raw = bytearray(wav_bytes())
        at = raw.index(b"data")
        struct.pack_into("<I", raw, at + 4, struct.unpack_from("<I", raw, at + 4)[0] - 1)
        with pytest.raises(ReadError, match="end within a frame of 2 bytes"):
            read(saved(tmp_path, bytes(raw)))

    def test_a_chunk_after_the_sound_is_no_truncation(self, tmp_path) -> None:
        raw = wav_bytes() + b"LIST" + struct.pack("<I", 4) + b"INFO"
        assert read(saved(tmp_path, raw)).n_samples == 3200

    def test_a_chunk_before_the_sound_is_skipped(self, tmp_path) -> None:
        raw = wav_bytes()
        at = raw.index(b"data")
        raw = raw[:at] + b"junk" + struct.pack("<I", 5) + bytes(6) + raw[at:]
        assert read(saved(tmp_path, raw)).n_samples == 3200
        with pytest.raises(ReadError, match="promises 6400 bytes of sound but only 6300"):
            read(saved(tmp_path, raw[:-100]))

    def test_flipped_bytes_in_a_flac_never_pass(self, tmp_path) -> None:
        raw = wav_bytes(container="FLAC")
        rng = np.random.default_rng(0)
        for place in rng.integers(200, len(raw), size=30):
            broken = bytearray(raw)
            broken[place] ^= 1 << int(rng.integers(8))
            with pytest.raises(ReadError):
                read(saved(tmp_path, bytes(broken), "a.flac"))

    @pytest.mark.parametrize("n_bytes", [21, 30, 43])
    def test_a_wav_that_was_cut_within_its_header(self, tmp_path, n_bytes) -> None:
        with pytest.raises(ReadError, match=r"damaged or cut short: it ends within its header"):
            read(saved(tmp_path, wav_bytes()[:n_bytes]))


class TestHeadersThatContradictThemselves:
    @pytest.mark.parametrize(
        ("container", "subtype"),
        [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "ALAW"), ("WAV", "ULAW"), ("WAVEX", "PCM_24")],
    )
    @pytest.mark.parametrize("n_channels", [1, 2])
    def test_the_bytes_of_a_frame_must_be_those_of_its_channels(
        self, tmp_path, container, subtype, n_channels
    ) -> None:
        samples = np.stack([WAVE] * n_channels, axis=1)
        raw = bytearray(wav_bytes(samples, container=container, subtype=subtype))
        assert read(saved(tmp_path, bytes(raw)), channel=1).n_samples == 3200
        at = raw.index(b"fmt ") + 8
        block = struct.unpack_from("<H", raw, at + 12)[0]
        struct.pack_into("<H", raw, at + 12, block + n_channels)
        with pytest.raises(
            ReadError, match=rf"take {block} bytes per frame, but it says {block + n_channels}"
        ):
            read(saved(tmp_path, bytes(raw)), channel=1)

    @pytest.mark.parametrize("bits", [8, 24, 32])
    def test_the_bits_of_a_sample_must_fill_its_bytes(self, tmp_path, bits) -> None:
        raw = bytearray(wav_bytes())
        struct.pack_into("<H", raw, 34, bits)
        with pytest.raises(
            ReadError, match=f"of {bits} bits take {bits // 8} bytes per frame, but it says 2"
        ):
            read(saved(tmp_path, bytes(raw)))

    @pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64"])
    def test_the_rate_must_go_with_the_bytes_per_second(self, tmp_path, container) -> None:
        raw = bytearray(wav_bytes(container=container))
        at = raw.index(b"fmt ") + (24 if container == "W64" else 8)
        struct.pack_into("<I", raw, at + 4, 44_100)
        message = "44100 Hz with 2 bytes per frame make 88200 bytes per second, but it says 32000"
        with pytest.raises(ReadError, match=message):
            read(saved(tmp_path, bytes(raw)))

    @pytest.mark.parametrize("bits", [8, 24, 32])
    def test_an_aiff_must_hold_the_samples_that_its_bits_make_of_its_bytes(self, tmp_path, bits) -> None:
        raw = bytearray(wav_bytes(container="AIFF"))
        struct.pack_into(">H", raw, raw.index(b"COMM") + 14, bits)
        with pytest.raises(ReadError, match="promises 3200 samples but"):
            read(saved(tmp_path, bytes(raw), "a.aiff"))


class TestEncodingsThatAreNotRead:
    @pytest.mark.parametrize("subtype", ["DWVW_16", "DWVW_24"])
    def test_one_of_aiff_c(self, tmp_path, subtype) -> None:
        raw = wav_bytes(container="AIFF", subtype=subtype)
        with pytest.raises(ReadError, match=r"encoded in a way that is not read; convert it to WAV"):
            read(saved(tmp_path, raw, "a.aifc"))

    @pytest.mark.parametrize("code", [0x55, 0x160, 0x161, 0x9999])
    def test_one_of_wav(self, tmp_path, code) -> None:
        raw = bytearray(wav_bytes())
        struct.pack_into("<H", raw, 20, code)
        with pytest.raises(ReadError, match=r"encoded in a way that is not read; convert it to WAV"):
            read(saved(tmp_path, bytes(raw)))

    @pytest.mark.parametrize("code", [b"QDM2", b"MAC3", b"zzzz"])
    def test_one_that_nobody_knows(self, tmp_path, code) -> None:
        raw = wav_bytes(container="AIFF", subtype="FLOAT").replace(b"FL32", code).replace(b"fl32", code)
        with pytest.raises(ReadError, match=r"encoded in a way that is not read; convert it to WAV"):
            read(saved(tmp_path, raw, "a.aifc"))


class TestLyingHeaders:
    @pytest.mark.parametrize("rate_hz", [0, 10, 999, 1_000_001, 0xFFFFFFFF])
    def test_an_absurd_rate(self, tmp_path, rate_hz) -> None:
        raw = bytearray(wav_bytes())
        struct.pack_into("<I", raw, 24, rate_hz)
        with pytest.raises(StimgenError, match=r"sampling rate is|no possible rate"):
            read(saved(tmp_path, bytes(raw)))

    @pytest.mark.parametrize("n_channels", [0, 65, 1000, 65535])
    def test_an_absurd_number_of_channels(self, tmp_path, n_channels) -> None:
        raw = bytearray(wav_bytes())
        struct.pack_into("<H", raw, 22, n_channels)
        struct.pack_into("<H", raw, 32, (2 * n_channels) & 0xFFFF)
        with pytest.raises(StimgenError, match=r"[Cc]hannel"):
            read(saved(tmp_path, bytes(raw)))

    def test_a_gigantic_length_allocates_nothing(self, tmp_path) -> None:
        raw = bytearray(wav_bytes(container="FLAC"))
        raw[21] |= 0x0F  # the top bits of the 36-bit count
        with pytest.raises(SoundError, match="lasts .* s; allowed are 10 ms to 60 s"):
            read(saved(tmp_path, bytes(raw), "a.flac"))

    def test_many_channels_of_one_minute_are_too_many_samples(self, tmp_path) -> None:
        samples = np.zeros((8000 * 59, 64), dtype=np.int16)
        with pytest.raises(SoundError, match="allowed are 30000000"):
            read(saved(tmp_path, wav_bytes(samples, rate_hz=8000)), channel=1)


class TestUnusable:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_values_that_are_not_finite(self, tmp_path, value) -> None:
        samples = WAVE.copy()
        samples[100] = value
        with pytest.raises(SoundError, match="not numbers"):
            read(saved(tmp_path, wav_bytes(samples, subtype="FLOAT")))

    def test_silence(self, tmp_path) -> None:
        with pytest.raises(SoundError, match="is silent: every sample is 0"):
            read(saved(tmp_path, wav_bytes(0 * WAVE)))

    def test_nearly_silence_on_top_of_dc(self, tmp_path) -> None:
        with pytest.raises(SoundError, match=r"is silent: its peak is -9\d\.\d dBFS"):
            read(saved(tmp_path, wav_bytes(0.2 + 5e-5 * WAVE, subtype="FLOAT")))

    def test_what_is_just_above_silence_is_read(self, tmp_path) -> None:
        assert read(saved(tmp_path, wav_bytes(0.2 + 2e-4 * WAVE, subtype="FLOAT"))).n_samples == 3200

    def test_a_constant(self, tmp_path) -> None:
        with pytest.raises(SoundError, match="does not vary: every sample is 0.25"):
            read(saved(tmp_path, wav_bytes(0 * WAVE + 0.25)))

    def test_samples_beyond_reason(self, tmp_path) -> None:
        with pytest.raises(SoundError, match="samples are broken"):
            read(saved(tmp_path, wav_bytes(1e200 * WAVE, subtype="DOUBLE")))

    def test_unscaled_integers_in_a_float_file_are_kept_as_they_are(self, tmp_path) -> None:
        sound = read(saved(tmp_path, wav_bytes(32768 * WAVE, subtype="FLOAT")))
        assert sound.samples == pytest.approx(32768 * WAVE, rel=1e-6)

    def test_shorter_than_10_ms(self, tmp_path) -> None:
        with pytest.raises(SoundError, match="lasts 9.94 ms; allowed are 10 ms"):
            read(saved(tmp_path, wav_bytes(WAVE[:159])))
        assert read(saved(tmp_path, wav_bytes(WAVE[:160]))).n_samples == 160

    def test_longer_than_60_s(self, tmp_path) -> None:
        samples = np.tile(WAVE, 301)
        with pytest.raises(SoundError, match=r"lasts 60\.2 s"):
            read(saved(tmp_path, wav_bytes(samples)))
        assert read(saved(tmp_path, wav_bytes(samples[: 60 * RATE_HZ]))).duration_s == 60.0

    def test_a_header_without_sound(self, tmp_path) -> None:
        with pytest.raises(SoundError, match="lasts 0 ms"):
            read(saved(tmp_path, wav_bytes(WAVE[:0])))
