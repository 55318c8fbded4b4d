import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import parselmouth
import pytest

from stimgen.errors import ReadError
from stimgen.media import annotation_read
from stimgen.media.annotation_read import read_annotation
from stimgen.media.read import read
from stimgen.media.segment import read_source

FINCH = Path(__file__).parents[3] / "shared" / "data" / "bengalese_finch"
XML = (
    "<Sequences><NumSequence>1</NumSequence><Sequence><WaveFileName>0.wav</WaveFileName><Position>{position}</Position>"
    "<Length>4000</Length><NumNote>1</NumNote><Note><Position>500</Position><Length>1000</Length><Label>b</Label></Note>"
    "</Sequence></Sequences>"
)


def saved(folder: Path, content: str | bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def triples(path: Path) -> list[tuple[str, float, float]]:
    return [(one.label, one.onset, one.offset) for one in read_annotation(path).segments]


@pytest.fixture
def grid() -> parselmouth.TextGrid:
    """Tiers phones (two labels, one with quotes and a sign for comments) and words, with a point tier between."""
    made = parselmouth.TextGrid(0.0, 2.0, ["phones", "marks", "words"], ["marks"])
    call = parselmouth.praat.call
    for tier, times in ((1, (0.25, 0.5, 1.125)), (3, (0.25, 1.125))):
        for time_s in times:
            call(made, "Insert boundary", tier, time_s)
    call(made, "Insert point", 2, 0.75, "item [3]: 4")
    for tier, interval, text in ((1, 2, "ŋ"), (1, 3, '"a" ! 2'), (3, 2, "item [1]:")):
        call(made, "Set interval text", tier, interval, text)
    return made


@pytest.mark.parametrize("command", ["Save as text file", "Save as short text file"])
@pytest.mark.parametrize("encoding", ["as praat chose", "utf-8", "utf-8-sig", "utf-16"])
def test_a_textgrid_that_praat_wrote_gives_its_labelled_intervals(tmp_path, grid, command, encoding) -> None:
    path = tmp_path / "a.TextGrid"
    parselmouth.praat.call(grid, command, str(path))
    if encoding != "as praat chose":
        # Praat writes UTF-16 where a letter is not in ASCII
        path.write_bytes(path.read_bytes().decode("utf-16").encode(encoding))
    found = {(one.tier, one.label, one.onset, one.offset) for one in read_annotation(path).segments}
    assert found == {
        ("phones", "ŋ", 0.25, 0.5),
        ("phones", '"a" ! 2', 0.5, 1.125),
        ("words", "item [1]:", 0.25, 1.125),
    }


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("Save as chronological text file", "save it as a text file"),
        ("Save as binary file", "no text|UTF-8|NUL"),
    ],
)
def test_a_textgrid_in_another_form_is_refused(tmp_path, grid, command, words) -> None:
    path = tmp_path / "a.TextGrid"
    parselmouth.praat.call(grid, command, str(path))
    with pytest.raises(ReadError, match=words):
        read_annotation(path)


def test_a_textgrid_that_was_cut_short_is_refused_wherever_that_was(tmp_path, grid) -> None:
    path = tmp_path / "a.TextGrid"
    parselmouth.praat.call(grid, "Save as short text file", str(path))
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(triples(path)) == 3
    for n in range(1, len(lines)):
        with pytest.raises(ReadError) as error:
            read_annotation(saved(tmp_path, b"".join(lines[:n]), "cut.TextGrid"))
        assert "\n" not in str(error.value)


def test_a_negative_onset_in_a_textgrid_is_refused_and_not_made_positive(tmp_path) -> None:
    text = 'File type = "ooTextFile"\nObject class = "TextGrid"\n-1\n1\n<exists>\n1\n"IntervalTier"\n"t"\n-1\n1\n1\n'
    with pytest.raises(ReadError, match="lasts from -0.5 to 1 s"):
        read_annotation(saved(tmp_path, text + '-0.5\n1\n"a"\n', "a.TextGrid"))
    assert triples(saved(tmp_path, text + '5e-1\n1\n"a"\n', "a.TextGrid")) == [("a", 0.5, 1.0)]


def test_a_textgrid_with_two_tiers_of_one_name_or_only_points_is_refused(tmp_path) -> None:
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n1\n<exists>\n'
    tier = '"IntervalTier"\n"t"\n0\n1\n1\n0\n1\n"a"\n'
    with pytest.raises(ReadError, match="two tiers called 't'"):
        read_annotation(saved(tmp_path, f"{head}2\n{tier}{tier}", "a.TextGrid"))
    with pytest.raises(ReadError, match="no interval tier"):
        read_annotation(saved(tmp_path, f'{head}1\n"TextTier"\n"t"\n0\n1\n1\n0.5\n"a"\n', "a.TextGrid"))


def test_audacity_labels_are_read_with_and_without_frequencies(tmp_path) -> None:
    text = "0.100000\t0.250000\tba\r\n\\\t300.0\t4000.0\r\n0.5\t0.75\t\r\n0.8\t0.9\ta\tb\r\n"
    expected = [("ba", 0.1, 0.25), ("", 0.5, 0.75), ("a\tb", 0.8, 0.9)]
    assert triples(saved(tmp_path, text, "labels.txt")) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.1\t0.2\ta\n0.5\t0.5\tb\n", "line 2 labels a point"),
        ("0.1\t0.2\ta\n0,5\t0,6\tb\n", "line 2 is no Audacity label"),
        ("0.1\t0.2\ta\nnan\t0.5\tb\n", "segment 2 has a time that is no number"),
        ("0.1\t0.2\ta\n0.5\t0.4\tb\n", "segment 2 lasts from 0.5 to 0.4 s"),
        ("hello world\n", "is no annotation that is read"),
        ("\n\n", "is no annotation that is read"),
    ],
)
def test_a_broken_label_file_is_refused_with_its_line(tmp_path, text, words) -> None:
    with pytest.raises(ReadError, match=words):
        read_annotation(saved(tmp_path, text, "labels.txt"))


@pytest.mark.parametrize("name", ["a.txt", "a.TextGrid", "a.xml", "a.csv"])
@pytest.mark.parametrize(
    "raw",
    [
        bytes(range(256)) * 9,
        b"\0" * 999,
        b"\xff\xfe\0\0",
        "\ud83d\ude00".encode("utf-8", "surrogatepass") * 99,
    ],
)
def test_a_file_of_bytes_is_refused_in_one_line(tmp_path, name, raw) -> None:
    with pytest.raises(ReadError) as error:
        read_annotation(saved(tmp_path, raw, name))
    assert "\n" not in str(error.value)


def test_a_huge_annotation_is_refused_before_it_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(annotation_read, "MAX_BYTES", 2**20)
    with pytest.raises(ReadError, match="allowed are 1 MiB"):
        read_annotation(saved(tmp_path, b"0.1\t0.2\ta\n" * 200_000, "a.txt"))


def test_notes_of_birdsong_recognition_count_from_their_sequence(tmp_path) -> None:
    [one] = read_annotation(saved(tmp_path, XML.format(position=32_000), "Annotation.xml")).segments
    assert (one.label, one.file, one.unit, one.onset, one.offset) == ("b", "0.wav", "samples", 32_500, 33_500)
    assert one.samples(44_100) == (32_500, 33_500)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (XML.format(position="x"), "Position of a Sequence is 'x'"),
        (XML.format(position="-5"), "must be a whole number of samples"),
        (XML.format(position="9" * 400), "must be a whole number of samples"),
        (XML.format(position=1)[:-20], "is not whole XML"),
        (XML.format(position=1).replace("<Label>b</Label>", ""), "a Note has no Label"),
        ("<html></html>", "its root must be Sequences"),
        ("<Sequences>" + "<a>" * 20, "nests its elements over 10 deep"),
        ("<Sequences>" + "<a></a>" * 20 + "</Sequences>", "holds no segments"),
        ('<!DOCTYPE a [<!ENTITY b "bb">]>' + XML.format(position=1), "declares a document type"),
    ],
)
def test_broken_xml_is_refused(tmp_path, text, words) -> None:
    with pytest.raises(ReadError, match=words):
        read_annotation(saved(tmp_path, text, "a.xml"))


@pytest.mark.skipif(not FINCH.exists(), reason="the songs are not here")
@pytest.mark.parametrize("name", ["0.wav", "70.wav", "133.wav"])
def test_the_syllables_of_a_real_song_are_where_its_sound_is(name) -> None:
    # the makers of the subset found at least 17.9 dB between syllables and the rest, in every song
    annotation = read_annotation(FINCH / "Annotation.xml")
    song = FINCH / "Wave" / name
    outside = read(song).samples ** 2
    n_syllables = sum(one.file == name for one in annotation.segments)
    inside = []
    for n in range(1, n_syllables + 1):
        part = read_source(f"{song}@#{n}", annotation=annotation)
        inside.append(part.samples**2)
        assert part.facts is not None
        assert part.facts.segment_s is not None
        start, stop = (round(time_s * part.rate_hz) for time_s in part.facts.segment_s)
        outside[start:stop] = np.nan
    difference_db = 10 * math.log10(np.concatenate(inside).mean() / np.nanmean(outside))
    assert difference_db > 17.8


class TestCrowsetta:
    crowsetta_needed = pytest.mark.skipif(
        importlib.util.find_spec("crowsetta") is None, reason="crowsetta is not installed"
    )

    def test_without_crowsetta_the_command_that_installs_it_is_told(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setitem(sys.modules, "crowsetta", None)
        path = saved(tmp_path, "onset_s,offset_s,label\n0.1,0.2,a\n", "a.csv")
        with pytest.raises(
            ReadError, match=r'which is not installed; run: pip install "stimgen\[annotation\]"'
        ):
            read_annotation(path)

    @crowsetta_needed
    def test_times_of_a_simple_table_are_not_rounded_and_labels_stay_text(self, tmp_path) -> None:
        text = "onset_s,offset_s,label\n0.1234567,0.2,01\n0.3,0.4,NA\n"
        assert triples(saved(tmp_path, text, "a.csv")) == [("01", 0.1234567, 0.2), ("NA", 0.3, 0.4)]

    @crowsetta_needed
    def test_a_generic_table_names_its_recordings(self, tmp_path) -> None:
        text = (
            "label,onset_s,offset_s,notated_path,annot_path,sequence,annotation\n"
            "a,0.1,0.2,/there/x.wav,x.txt,0,0\na,0.3,0.4,y.wav,y.txt,0,1\n"
        )
        annotation = read_annotation(saved(tmp_path, text, "a.csv"))
        assert [one.file for one in annotation.segments] == ["x.wav", "y.wav"]

    @crowsetta_needed
    def test_phonemes_of_timit_are_in_samples(self, tmp_path) -> None:
        [one, two] = read_annotation(saved(tmp_path, "0 3050 h#\n3050 4559 sh\n", "a.PHN")).segments
        assert (one.label, two.label, two.samples(16_000)) == ("h#", "sh", (3050, 4559))

    @crowsetta_needed
    def test_syllables_of_evsonganaly_are_not_rounded(self, tmp_path) -> None:
        from scipy.io import savemat

        path = tmp_path / "a.wav.not.mat"
        times = {"onsets": np.array([100.1234, 300.0]), "offsets": np.array([200.0, 400.0])}
        savemat(path, times | {"labels": "ab"})
        assert triples(path) == [("a", pytest.approx(0.1001234, abs=1e-9), 0.2), ("b", 0.3, 0.4)]

    @crowsetta_needed
    def test_a_selection_of_raven_counts_once_though_two_views_show_it(self, tmp_path) -> None:
        header = (
            "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\n"
        )
        rows = "1\tWaveform 1\t1\t0.5\t0.75\t100.5\t900.5\tEATO\n1\tSpectrogram 1\t1\t0.5\t0.75\t100.5\t900.5\tEATO\n"
        assert triples(saved(tmp_path, header + rows, "a.txt")) == [("EATO", 0.5, 0.75)]

    @crowsetta_needed
    @pytest.mark.parametrize("name", ["a.csv", "a.phn", "a.mat", "a.not.mat"])
    def test_what_crowsetta_cannot_read_is_told_in_one_line(self, tmp_path, name) -> None:
        with pytest.raises(ReadError, match="cannot be read as .* annotation") as error:
            read_annotation(saved(tmp_path, "a,b\nc\n", name))
        assert "\n" not in str(error.value)
