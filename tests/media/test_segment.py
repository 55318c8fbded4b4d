import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from stimgen.errors import ReadError, SettingError, SoundError
from stimgen.media.annotation_read import read_annotation
from stimgen.media.read import decode_again, read
from stimgen.media.segment import SourceRef, check_annotation, parse_source, read_source

RATE_HZ = 22_050
LABELS = "0.10\t0.25\tba\n0.30\t0.45\tda\n0.50\t0.65\tba\n1.0\t1.2\tC#4\n"


@pytest.fixture
def song(tmp_path: Path) -> Path:
    samples = 0.3 * np.random.default_rng(7).standard_normal(2 * RATE_HZ)
    soundfile.write(tmp_path / "song.wav", np.clip(samples, -0.9, 0.9), RATE_HZ, subtype="PCM_16")
    return tmp_path / "song.wav"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "labels.txt").write_text(LABELS)
    return tmp_path / "labels.txt"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("song.wav", {}),
        ("song.wav@1.203:1.311", {"start_s": 1.203, "stop_s": 1.311}),
        ("song.wav@1.2:", {"start_s": 1.2}),
        ("song.wav@:.5", {"stop_s": 0.5}),
        ("song.wav@b", {"label": "b"}),
        ("song.wav@b#2", {"label": "b", "occurrence": 2}),
        ("song.wav@#7", {"occurrence": 7}),
        ("song.wav@words/the end#2", {"label": "words/the end", "occurrence": 2}),
        ("song.wav@1.2", {"label": "1.2"}),
        ("song.wav@a:b", {"label": "a:b"}),
    ],
)
def test_what_stands_after_the_at_is_times_or_a_label(text, fields) -> None:
    assert parse_source(text) == SourceRef(path=Path("song.wav"), **fields)


@given(
    start=st.floats(0, 1e4).map(lambda x: round(x, 6)),
    length=st.floats(0.001, 100).map(lambda x: round(x, 6)),
)
def test_a_ref_of_times_is_written_so_that_it_reads_back(start, length) -> None:
    ref = SourceRef(path=Path("song.wav"), start_s=start, stop_s=start + length)
    again = parse_source(str(ref))
    assert again.start_s == pytest.approx(start, abs=1e-9)
    assert again.stop_s == pytest.approx(start + length, abs=1e-9)


def test_a_file_whose_name_has_an_at_is_that_file(song: Path) -> None:
    odd = song.with_name("song.wav@0.1:0.2")
    os.replace(song, odd)
    assert parse_source(str(odd)) == SourceRef(path=odd)
    assert read_source(str(odd)).n_samples == 2 * RATE_HZ


def test_an_at_in_a_folder_or_label_is_no_hindrance(song: Path) -> None:
    folder = song.parent / "me@lab"
    folder.mkdir()
    os.replace(song, folder / "song.wav")
    assert parse_source(f"{folder}/song.wav@b@d") == SourceRef(path=folder / "song.wav", label="b@d")
    assert parse_source(f"{folder}/none.txt").label is None


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("nan:1", "nan is no time in a recording"),
        ("1:inf", "inf is no time"),
        ("-1:1", "-1 is no time"),
        ("1.5:1.2", "ends at 1.2 s and begins at 1.5 s"),
        ("1:1", "ends at 1 s and begins at 1 s"),
        ("", "names no part"),
        (":", "names no part"),
        ("b#0", "counted from 1"),
        ("1.9:2.1", "reaches beyond the end of the recording, which lasts 2.000 s"),
        ("7:", "reaches beyond the end"),
    ],
)
def test_an_impossible_part_is_refused_in_one_line(song: Path, part, words) -> None:
    with pytest.raises(SettingError, match=words) as error:
        read_source(f"{song}@{part}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [None, 3, ["a.wav"]])
def test_what_is_no_path_is_refused(value) -> None:
    with pytest.raises(SettingError, match="give its path"):
        read_source(value)


def test_a_part_is_cut_at_the_nearest_samples_and_not_changed(song: Path) -> None:
    part = read_source(f"{song}@0.20301:0.31149")
    start, stop = round(0.20301 * RATE_HZ), round(0.31149 * RATE_HZ)
    assert np.array_equal(part.samples, read(song).samples[start:stop])
    assert part.name == "song-0.20301-0.31149"
    assert part.facts is not None
    assert part.facts.segment_s == (start / RATE_HZ, stop / RATE_HZ)
    assert part.facts.n_samples == stop - start
    assert part.facts.peak_dbfs == pytest.approx(20 * np.log10(np.abs(part.samples).max()))


def test_the_facts_of_a_part_keep_the_bytes_of_the_whole_file(song: Path) -> None:
    facts, whole = read_source(f"{song}@0.2:0.3").facts, read(song).facts
    assert facts is not None
    assert whole is not None
    assert (facts.raw, facts.sha256, facts.n_bytes) == (whole.raw, whole.sha256, whole.n_bytes)
    assert whole.segment_s is None


@pytest.mark.parametrize("part", ["", "@0.20301:0.31149", "@1.9:"])
def test_the_bytes_and_facts_give_the_samples_again(song: Path, part) -> None:
    sound = read_source(f"{song}{part}")
    assert sound.facts is not None
    assert np.array_equal(decode_again(sound.facts), sound.samples)


def test_an_open_end_is_the_end_and_so_is_one_rounded_beyond_it(song: Path) -> None:
    whole = read(song).samples
    assert np.array_equal(read_source(f"{song}@1.5:").samples, whole[round(1.5 * RATE_HZ) :])
    assert np.array_equal(read_source(f"{song}@1.5:2.0004").samples, whole[round(1.5 * RATE_HZ) :])
    assert np.array_equal(read_source(f"{song}@:0.5").samples, whole[: round(0.5 * RATE_HZ)])


def test_a_part_that_is_silent_or_too_short_is_told_of_by_its_own_name(song: Path) -> None:
    samples = read(song).samples
    samples[: RATE_HZ // 2] = 0.0
    soundfile.write(song, samples, RATE_HZ)
    with pytest.raises(SoundError, match=r"song\.wav@0\.1:0\.2 is silent"):
        read_source(f"{song}@0.1:0.2")
    with pytest.raises(SoundError, match=r"song\.wav@0\.6:0\.605 lasts 4.99 ms"):
        read_source(f"{song}@0.6:0.605")


def test_a_part_of_a_recording_longer_than_a_minute_is_read(tmp_path: Path) -> None:
    samples = 0.1 * np.sin(np.arange(90 * 8000) * 0.3)
    soundfile.write(tmp_path / "long.wav", samples, 8000)
    with pytest.raises(SoundError, match="lasts 90 s"):
        read_source(tmp_path / "long.wav")
    assert read_source(f"{tmp_path}/long.wav@80:80.5").n_samples == 4000


@pytest.mark.parametrize(
    ("part", "segment_s", "name"),
    [
        ("da", (0.3, 0.45), "song-da"),
        ("ba#2", (0.5, 0.65), "song-ba-2"),
        ("#2", (0.3, 0.45), "song-2"),
        ("C#4", (1.0, 1.2), "song-C-4"),
    ],
)
def test_a_label_is_found_in_the_annotation(song, labels, part, segment_s, name) -> None:
    sound = read_source(f"{song}@{part}", annotation=labels)
    assert sound.facts is not None
    assert sound.facts.segment_s == pytest.approx(segment_s, abs=1 / RATE_HZ)
    assert sound.name == name


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("ba", "asks for the only one of the segments labelled 'ba' .* 2 are there; give #1 to #2"),
        ("ba#3", "asks for number 3 .* 2 are there"),
        ("ga", r"has no segments labelled 'ga'; it has 'ba' \(2\), 'da' \(1\), 'C#4' \(1\)"),
        ("#9", "number 9 of the segments .* 4 are there"),
    ],
)
def test_a_label_that_is_not_there_or_not_alone_is_refused_with_what_is_there(
    song, labels, part, words
) -> None:
    with pytest.raises(SettingError, match=words):
        read_source(f"{song}@{part}", annotation=labels)


def test_a_label_without_annotation_is_refused_with_what_to_do(song: Path) -> None:
    with pytest.raises(SettingError, match="give the labels with --annotation FILE"):
        read_source(f"{song}@ba")


def test_an_annotation_that_ends_after_the_recording_is_refused(song: Path, labels: Path) -> None:
    labels.write_text("1.5\t2.5\tba\n")
    with pytest.raises(
        ReadError, match="but the recording only to 2.000 s; give the annotation of this recording"
    ):
        read_source(f"{song}@ba", annotation=labels)


def test_an_annotation_without_names_is_for_one_recording_only(song: Path, labels: Path) -> None:
    refs = [SourceRef(path=Path(name), label="ba", occurrence=1) for name in ("x.wav", "y.wav")]
    with pytest.raises(SettingError, match="does not name its recording, but labels are looked for in 2"):
        check_annotation(refs, read_annotation(labels))
    check_annotation([refs[0], SourceRef(path=Path("y.wav"), start_s=1.0)], read_annotation(labels))
