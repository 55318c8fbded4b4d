"""Files that say which moments of two recordings meet."""

import hashlib

import pytest

from stimgen.errors import ReadError, SettingError
from stimgen.media.annotation_read import read_annotation
from stimgen.media.moments import read_labels, read_meetings, split_tier


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def textgrid(*tiers):
    """A TextGrid in its short form from (kind, name, rows), which ends at 1 s."""
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "0",
        "1",
        "<exists>",
        str(len(tiers)),
    ]
    for kind, name, rows in tiers:
        lines += [f'"{kind}"', f'"{name}"', "0", "1", str(len(rows))]
        lines += [f'"{cell}"' if isinstance(cell, str) else str(cell) for row in rows for cell in row]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "time_a_s,time_b_s\n0.1,0.2\n0.3,0.35\n",
        "Time A s\ttime-b-s\n0.1\t0.2\n\n0.3\t0.35\n",
        "note;time_b_s;time_a_s\nburst;0,2;0,1\nvowel;0,35;0,3\n",
    ],
)
def test_a_table_of_moments_is_read_as_spreadsheets_write_it(write, text):
    path = write("moments.csv", text)
    found = read_meetings(path)
    assert [(row.time_a_s, row.time_b_s) for row in found.rows] == [(0.1, 0.2), (0.3, 0.35)]
    assert found.source.file == "moments.csv"
    assert found.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n0.1,0.2\n", "has no column time_a_s and no column time_b_s"),
        ("time_a_s,time_b_s\n0.1,early\n", r"line 2: time_b_s is 'early', no number"),
        ("time_a_s,time_b_s\n-0.1,0.2\n", r"line 2: time_a_s is -0.1, no time in a recording"),
        ("time_a_s,time_b_s\n1e400,0.2\n", r"line 2: time_a_s is inf, no time"),
        (
            "time_a_s,time_b_s\n0.1,0.2\n0.3,0.2\n",
            r"line 3: 0.3 s of a meets 0.2 s of b, after 0.1 and 0.2 s",
        ),
        ("time_a_s,time_b_s\n0.1,0.2\n0.05,0.3\n", "both times must rise from row to row"),
        ("time_a_s,time_b_s\n", "has a header and no rows"),
    ],
)
def test_a_table_that_is_no_list_of_moments_is_refused_with_its_line(write, text, sentence):
    with pytest.raises(ReadError, match=sentence):
        read_meetings(write("moments.csv", text))


def test_intervals_and_points_of_a_textgrid_are_labels(write):
    grid = textgrid(
        ("IntervalTier", "phones", [(0, 0.2, ""), (0.2, 0.5, "a"), (0.5, 1, "")]),
        ("TextTier", "clicks", [(0.25, "k"), (0.75, "k")]),
    )
    path = write("a.TextGrid", grid)
    phones, clicks = read_labels(f"{path}@phones"), read_labels(f"{path}@clicks")
    assert [(one.label, one.onset, one.offset) for one in phones.segments] == [("a", 0.2, 0.5)]
    assert [(one.label, one.onset, one.offset) for one in clicks.segments] == [
        ("k", 0.25, 0.25),
        ("k", 0.75, 0.75),
    ]
    assert (phones.source.tier, clicks.source.tier, phones.source.file) == ("phones", "clicks", "a.TextGrid")


def test_points_are_labels_of_moments_only(write):
    # a part of a recording has a duration, so that A@LABEL knows intervals alone
    path = write("a.TextGrid", textgrid(("TextTier", "clicks", [(0.25, "k")])))
    assert len(read_labels(path).segments) == 1
    with pytest.raises(ReadError, match="no interval tier"):
        read_annotation(path)


def test_points_and_regions_of_an_audacity_track_are_labels(write):
    path = write("a.txt", "0.1\t0.1\tburst\n0.2\t0.5\ta\n")
    assert [(one.label, one.onset, one.offset) for one in read_labels(path).segments] == [
        ("burst", 0.1, 0.1),
        ("a", 0.2, 0.5),
    ]
    with pytest.raises(ReadError, match="labels a point"):
        read_annotation(path)


def test_of_several_tiers_one_must_be_named(write):
    tier = [(0.25, "k")]
    path = write("a.TextGrid", textgrid(("TextTier", "one", tier), ("TextTier", "two", tier)))
    with pytest.raises(
        SettingError, match=r"labels in 2 tiers, 'one', 'two'; name one of them, such as a.TextGrid@one"
    ):
        read_labels(path)
    with pytest.raises(SettingError, match=r"no labels in a tier 'three', it has labels in 'one', 'two'"):
        read_labels(f"{path}@three")
    track = write("b.txt", "0.1\t0.2\tx\n")
    with pytest.raises(SettingError, match="no labels in a tier 'one', it has no tiers"):
        read_labels(f"{track}@one")


def test_an_at_sign_in_the_name_of_a_file_or_folder_names_no_tier(tmp_path):
    folder = tmp_path / "lab@home"
    folder.mkdir()
    path = folder / "a@b.TextGrid"
    path.write_text(textgrid(("TextTier", "one", [(0.25, "k")])), encoding="utf-8")
    assert split_tier(path) == (path, None)
    assert split_tier(f"{path}@one") == (path, "one")
    assert split_tier(folder / "missing.txt@one") == (folder / "missing.txt", "one")
