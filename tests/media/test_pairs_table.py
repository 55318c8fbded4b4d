import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stimgen.errors import ReadError, SettingError, StimgenError
from stimgen.media import delimited
from stimgen.media.pairs_table import PairRow, read_pairs

BASIC = "file_a,file_b,pair_id,exemplar_id,contrast\na.wav,b.wav,p1,s1,voicing\nb.wav,c.wav,p2,s1,place\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "b.wav", "c.wav", "sub/d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"not read here")
    return tmp_path


def rows_of(folder: Path, content: str | bytes) -> tuple[PairRow, ...]:
    path = folder / "pairs.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_pairs(path)


def ids(rows: tuple[PairRow, ...]) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(row.a.path.name, row.b.path.name, row.pair_id, row.exemplar_id, row.contrast) for row in rows]


EXPECTED = [("a.wav", "b.wav", "p1", "s1", "voicing"), ("b.wav", "c.wav", "p2", "s1", "place")]


@pytest.mark.parametrize(
    "content",
    [
        BASIC,
        BASIC.replace(",", ";"),
        BASIC.replace(",", "\t"),
        BASIC.replace(",", ", "),
        BASIC.replace("\n", "\r\n"),
        BASIC.replace("\n", "\r"),
        BASIC.rstrip("\n"),
        BASIC.replace("\n", "\n\n"),
        BASIC.replace("\n", ",,\n"),
        BASIC + ",,,,\n",
        "sep=;\r\n" + BASIC.replace(",", ";"),
        '"sep=,"\n' + BASIC,
        BASIC.replace("file_a", "  File A ").replace("pair_id", "Pair-ID"),
        BASIC.replace("a.wav", '"a.wav"').replace("voicing", '"voicing"'),
        codecs.BOM_UTF8 + BASIC.encode(),
        codecs.BOM_UTF16_LE + BASIC.replace(",", "\t").encode("utf-16-le"),
        codecs.BOM_UTF16_BE + BASIC.encode("utf-16-be"),
    ],
)
def test_a_table_is_read_as_any_spreadsheet_writes_it(folder, content) -> None:
    assert ids(rows_of(folder, content)) == EXPECTED


def test_separators_and_line_ends_within_quotes_are_text(folder) -> None:
    [row] = rows_of(folder, 'file_a;file_b;contrast;note\na.wav;b.wav;"a; ""b"", c";"x, y"\n')
    assert (row.contrast, row.extra) == ('a; "b", c', {"note": "x, y"})


def test_paths_begin_at_the_folder_of_the_table_and_may_have_backslashes_and_parts(
    folder, monkeypatch
) -> None:
    monkeypatch.chdir("/")
    [row] = rows_of(folder, "file_a,file_b\nsub\\d.wav@0.1:0.2,a.wav\n")
    assert (row.a.path, row.a.start_s, row.a.stop_s) == (folder / "sub/d.wav", 0.1, 0.2)
    assert row.b.path == folder / "a.wav"


def test_a_tilde_is_a_name_like_any_other(folder) -> None:
    with pytest.raises(ReadError, match=r"~/a\.wav \(line 2\)"):
        rows_of(folder, "file_a,file_b\n~/a.wav,b.wav\n")


def test_a_pair_without_id_is_called_by_its_recordings_and_makes_way(folder) -> None:
    content = (
        "file_a,file_b,pair_id\na.wav,b.wav,\nb.wav,a.wav,A-B\na.wav,c.wav,\na.wav@0.1:0.2,a.wav@0.3:,\n"
    )
    assert [row.pair_id for row in rows_of(folder, content)] == ["a-b-2", "a-b", "a-c", "a-0-1-0-2-a-0-3-end"]


def test_ids_become_slugs_and_contrasts_stay_text(folder) -> None:
    [row] = rows_of(
        folder, "file_a,file_b,pair_id,exemplar_id,contrast\na.wav,b.wav,Pair 1!,Sprecher Ö,b – p (VOT)\n"
    )
    assert (row.pair_id, row.exemplar_id, row.contrast) == ("pair-1", "sprecher-o", "b – p (VOT)")


def test_ids_that_are_the_same_or_become_so_are_refused_with_both_lines(folder) -> None:
    content = "file_a,file_b,pair_id\na.wav,b.wav,Pair 1\n\nb.wav,c.wav,{}\n"
    for other in ("Pair 1", "pair-1"):
        with pytest.raises(SettingError, match="'Pair 1' in line 2 and .* in line 4 are both 'pair-1'"):
            rows_of(folder, content.format(other))
    assert len(rows_of(folder, content.format("Pair 2"))) == 2


def test_an_exemplar_may_come_twice_but_not_in_two_spellings(folder) -> None:
    content = "file_a,file_b,exemplar_id\na.wav,b.wav,S 1\nb.wav,c.wav,{}\n"
    assert [row.exemplar_id for row in rows_of(folder, content.format("S 1"))] == ["s-1", "s-1"]
    with pytest.raises(SettingError, match="exemplar_id 'S 1' in line 2 and 's-1' in line 3 are both 's-1'"):
        rows_of(folder, content.format("s-1"))


@pytest.mark.parametrize("column", ["pair_id", "exemplar_id", "contrast", "note"])
@pytest.mark.parametrize("cell", ["=1+1", "+voice", "-voice", "@SUM(A1)", " =1+1", "\uff1d1+1"])
def test_a_cell_that_a_spreadsheet_would_run_is_refused_with_its_place(folder, column, cell) -> None:
    with pytest.raises(
        SettingError, match=f"line 3, column {column}: a spreadsheet would run .* as a formula"
    ):
        rows_of(folder, f"file_a,file_b,{column}\na.wav,b.wav,x=1\nb.wav,c.wav,{cell}\n")


@pytest.mark.parametrize("cell", ['"\t=1+1"', '"\r=1+1"', '"=1\n+1"', "a\x1bb"])
def test_a_cell_with_signs_that_do_not_print_is_refused(folder, cell) -> None:
    with pytest.raises(ReadError, match="line 2, column contrast: .* type it again"):
        rows_of(folder, f"file_a,file_b,contrast\na.wav,b.wav,{cell}\n")


def test_a_number_below_zero_is_no_formula_in_another_column(folder) -> None:
    [row] = rows_of(folder, "file_a;file_b;snr_db;Talker age\na.wav;b.wav;-3,5;30\n")
    assert row.extra == {"snr_db": "-3,5", "Talker age": "30"}


def test_all_missing_recordings_are_counted_and_the_first_five_named(folder) -> None:
    body = "".join(f"x{n}.wav,a.wav\n" for n in range(12))
    with pytest.raises(
        ReadError, match=r"12 of 13 files are not there: .*x0\.wav \(line 2\).* and 7 more"
    ) as error:
        rows_of(folder, f"file_a,file_b\n{body}")
    assert "x4.wav (line 6)" in str(error.value)
    assert "x5.wav" not in str(error.value)


def test_a_pair_of_one_recording_is_refused_but_two_parts_of_it_are_a_pair(folder) -> None:
    with pytest.raises(SettingError, match="line 2: a.wav is paired with itself"):
        rows_of(folder, "file_a,file_b\na.wav,a.wav\n")
    assert len(rows_of(folder, "file_a,file_b\na.wav@0:1,a.wav@1:2\n")) == 1


def test_a_part_that_cannot_be_is_told_with_its_line(folder) -> None:
    with pytest.raises(SettingError, match=r"pairs\.csv, line 2: .*a\.wav@2:1: the part ends at 1 s"):
        rows_of(folder, "file_a,file_b\na.wav@2:1,b.wav\n")


def test_labels_are_looked_up_before_any_recording_is_read(folder) -> None:
    (folder / "labels.txt").write_text("0.1\t0.2\tba\n0.3\t0.4\tda\n")
    path = folder / "pairs.csv"
    path.write_text("file_a,file_b\na.wav@ba,a.wav@da\n")
    assert read_pairs(path, annotation=folder / "labels.txt")[0].b.label == "da"
    with pytest.raises(SettingError, match="line 2: .*give the labels with --annotation FILE"):
        read_pairs(path)
    path.write_text("file_a,file_b\na.wav@ba,a.wav@ga\n")
    with pytest.raises(SettingError, match="line 2: .*no segments labelled 'ga'; it has 'ba'"):
        read_pairs(path, annotation=folder / "labels.txt")
    path.write_text("file_a,file_b\na.wav@ba,b.wav@da\n")
    with pytest.raises(SettingError, match="does not name its recording"):
        read_pairs(path, annotation=folder / "labels.txt")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        ("\n\n", "is empty; its first line must name"),
        ("file_a,file_b\n", "has a header and no rows"),
        ("a.wav,b.wav\n", "has no column file_a and no column file_b; its first line, a.wav | b.wav"),
        ("file_a|file_b\na.wav|b.wav\n", "has no column file_a"),
        ("file_a,pair_id\na.wav,p\n", "has no column file_b"),
        ("file_a,file_b,File A\na.wav,b.wav,c.wav\n", "two columns file_a"),
        ("file_a,,file_b\na.wav,x,b.wav\n", "column 2 has no name"),
        ("file_a,file_b\na.wav\n", "line 2 has 1 cells, but the header 2"),
        ("file_a,file_b\na.wav,b.wav,c.wav\n", "line 2 has 3 cells"),
        ("file_a,file_b\na.wav,\n", "line 2: file_b is empty"),
        ('file_a,file_b\n"a.wav,b.wav\n', "line 2: unexpected end of data"),
        (BASIC.replace("voicing", "Über").encode("latin-1"), "is not UTF-8 text .* save it as UTF-8"),
        (BASIC.encode("utf-16-le"), "NUL"),
        ("file_a,file_b\na.wav,b\0.wav\n", "NUL"),
        (b"PK\x03\x04" + bytes(100), "is a spreadsheet and not a table as text"),
        ("file_a,file_b\n" + "a.wav,b.wav\n" * 10_001, "has over 10000 rows"),
    ],
)
def test_what_is_no_table_of_pairs_is_refused_in_one_line(folder, content, words) -> None:
    with pytest.raises(ReadError, match=words.replace("|", r"\|")) as error:
        rows_of(folder, content)
    assert "\n" not in str(error.value)


def test_a_column_that_a_spreadsheet_would_run_is_refused(folder) -> None:
    with pytest.raises(SettingError, match="would run the name of the column '=1"):
        rows_of(folder, "file_a,file_b,=1+1\na.wav,b.wav,x\n")


def test_a_huge_table_is_refused_before_it_is_read(folder, monkeypatch) -> None:
    monkeypatch.setattr(delimited, "MAX_BYTES", 2**20)
    with pytest.raises(ReadError, match="allowed are 1 MiB; split it"):
        rows_of(folder, b"x" * (2**20 + 1))


@given(
    raw=st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda x: f"file_a,file_b,x\n{x}".encode())
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_table_or_refused_in_one_line(folder, raw) -> None:
    with pytest.raises(StimgenError) as error:
        rows_of(folder, raw)
    assert "\n" not in str(error.value)


@given(cells=st.lists(st.text(alphabet='ab;,"=@ é', max_size=8), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_writer_of_tables_wrote_is_read_back_or_refused_as_a_formula(folder, cells) -> None:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(["file_a", "file_b", "contrast"])
    writer.writerows(["a.wav", "b.wav", cell] for cell in cells)
    try:
        rows = rows_of(folder, buffer.getvalue())
    except SettingError:
        assert any(cell.strip().startswith(("=", "@")) for cell in cells)
    else:
        assert [row.contrast or "" for row in rows] == [cell.strip() for cell in cells]
