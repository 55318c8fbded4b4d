"""Landmarks come in from the files that labs have, and go out so that they come back."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimgen.errors import PictureError, ReadError, SettingError
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_check import n_outside
from stimgen.media.landmarks_read import (
    SUFFIXES,
    landmarks_beside,
    read_landmarks,
    with_landmarks,
    write_landmarks,
)
from stimgen.media.picture import Picture

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_london" / "neutral_front"
THREE = [[0.0, 1.0], [5.5, 2.0], [3.0, 7.25]]
FILES = {
    "a.tem": "3\n0.0\t1.0\n5.5\t2.0\n3.0\t7.25\n2\n0\n3\n0 1 2\n1\n2\n0 2\n",
    "a.pts": "version: 1\nn_points:  3\n{\n1.0 2.0\n6.5 3.0\n4.0 8.25\n}\n",
    "a.csv": "name,x,y\nleft,0,1\nright,5.5,2\nchin,3,7.25\n",
    "a.tsv": "X\tY\tvisible\n0\t1\tyes\n5.5\t2\tno\n3\t7.25\tyes\n",
}


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_places(write, name):
    path = write(name, FILES[name])
    found = read_landmarks(path)
    assert found.xy.tolist() == THREE
    assert found.path == path
    assert found.raw == path.read_bytes()
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_tem_keeps_its_lines_and_a_table_its_names(write):
    tem, table = (
        read_landmarks(write("a.tem", FILES["a.tem"])),
        read_landmarks(write("b.csv", FILES["a.csv"])),
    )
    assert (tem.lines, tem.closed, tem.names) == (((0, 1, 2), (0, 2)), (False, True), ())
    assert (table.lines, table.names) == ((), ("left", "right", "chin"))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: ("\ufeff" + text).encode("utf-16-le"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n \n",
    ],
)
def test_line_ends_and_marks_of_other_systems_do_not_matter(write, name, change):
    if name == "a.tsv" and change(FILES[name]) == FILES[name] + "\n \n":
        pytest.skip("a row of a table is what its separators make it")
    assert read_landmarks(write(name, change(FILES[name]))).xy.tolist() == THREE


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.tem", "3\n0\t1\n5,5\t2\n3\t7\n0\n", r"line 3: '5,5' has a decimal comma; write 5.5"),
        ("a.tem", "3\n0\t1\n5\t2\n", "point 2 of 3 has 0 numbers and not 2"),
        ("a.tem", "2\n0\t1\n5\t2\n", "has 2 points; allowed are 3 to 2000"),
        ("a.tem", "99999\n", "line 1 .*'99999' is no whole number from 0 to 2000"),
        ("a.tem", "x\n", "line 1 .*'x' is no whole number"),
        ("a.tem", "", "is empty"),
        ("a.tem", "3\n0\t1\n5\tnan\n3\t7\n0\n", "'nan' is no number"),
        ("a.tem", "3\n0\t1\n5\t1e300\n3\t7\n0\n", r"point 1 is at \(5, 1e\+300\), where no picture is"),
        ("a.tem", "3\n0\t1\n5\t1\n5\t1\n0\n", "has 3 points in 2 places; at least 3 are needed"),
        ("a.tem", "3\n0\t1\n5\t2\n3\t7\n1\n0\n2\n0 3\n", "line 8 .*'3' is no whole number from 0 to 2"),
        ("a.tem", "3\n0\t1\n5\t2\n3\t7\n1\n0\n2\n0\n", "ends within its lines"),
        ("a.tem", "3\n0\t1\n5\t2\n3\t7\n0\nmore\n", "'more' stands behind the last line"),
        ("a.tem", "3\n0\t1\t2\n5\t2\n3\t7\n0\n", "point 0 of 3 has 3 numbers"),
        ("a.pts", "n_points: 3\n{\n1 1\n2 2\n3 4\n}", "is no .pts file; it must have the lines 'version: 1'"),
        ("a.pts", "version: 2\nn_points: 3\n{\n1 1\n2 2\n3 4\n}", "of version '2'; version 1 is read"),
        ("a.pts", "version: 1\nn_points: 4\n{\n1 1\n2 2\n3 4\n}", "promises 4 points and has 3"),
        ("a.pts", "version: 1\nn_points: 3\n{\n1 1\n2,5 2\n3 4\n}", "line 5: '2,5' has a decimal comma"),
        ("a.pts", "version: 1\nn_points: 3\n{\n1 1\n2\n3 4\n}", "line 5 has 1 numbers and not 2"),
        ("a.csv", "u,v\n1,2\n", "has no column x and no column y"),
        ("a.csv", "x,y\n1,2\n3,here\n5,6\n", "line 3: y: 'here' is no number"),
        ("a.csv", "name,x,y\na,1,2\na,3,4\nb,7,9\n", "name 'a' is empty or given twice"),
        ("a.tem", b"3\n\xff\n", "is not UTF-8 text"),
        ("a.txt", "3\n", "is no file of landmarks that is read; allowed are .tem, .pts, .csv, .tsv"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(write, name, text, sentence):
    with pytest.raises(ReadError, match=sentence):
        read_landmarks(write(name, text))


def test_a_table_may_have_decimal_commas_where_they_separate_nothing(write):
    assert read_landmarks(write("a.csv", "x;y\n0;1\n5,5;2\n3;7,25\n")).xy.tolist() == THREE


places = st.lists(
    st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)),
    min_size=3,
    max_size=40,
    unique_by=lambda xy: (round(xy[0], 3), round(xy[1], 3)),
)


@settings(max_examples=40, deadline=None)
@given(places, st.sampled_from(SUFFIXES))
def test_what_is_written_is_read_back(tmp_path_factory, rows, suffix):
    n = len(rows)
    before = Landmarks(
        xy=np.array(rows),
        names=tuple(f"point, {i}" for i in range(n)),
        lines=((0, 1, n - 1), (2,)),
        closed=(True, False),
    )
    path = tmp_path_factory.mktemp("landmarks") / f"a{suffix}"
    path.write_bytes(write_landmarks(before, like=path))
    after = read_landmarks(path)
    # .pts counts from 1, and 1 added and taken away rounds
    assert np.abs(after.xy - before.xy).max() <= (1e-8 if suffix == ".pts" else 0.0)
    assert after.lines == (before.lines if suffix == ".tem" else ())
    assert after.names == (before.names if suffix in (".csv", ".tsv") else ())


def test_landmarks_are_written_like_the_file_they_came_from(write):
    for name, text in FILES.items():
        again = read_landmarks(
            write(f"again{Path(name).suffix}", write_landmarks(read_landmarks(write(name, text))))
        )
        assert again.xy.tolist() == THREE
    with pytest.raises(SettingError, match="cannot be written like 'a.txt'; allowed are .tem"):
        write_landmarks(Landmarks(xy=np.array(THREE)), like="a.txt")


# beside a picture


def test_landmarks_under_the_name_of_the_picture_are_found(write, tmp_path):
    picture = tmp_path / "a.png"
    assert landmarks_beside(picture) is None
    write("b.tem", FILES["a.tem"])
    assert landmarks_beside(picture) is None
    write("a.PTS", FILES["a.pts"])
    found = landmarks_beside(picture)
    assert found is not None and found.xy.tolist() == THREE


def test_two_files_must_say_the_same(write, tmp_path):
    write("a.tem", FILES["a.tem"])
    write("a.pts", FILES["a.pts"])
    found = landmarks_beside(tmp_path / "a.png")
    assert found is not None and found.path == tmp_path / "a.tem"
    write("a.csv", FILES["a.csv"].replace("7.25", "7.5"))
    with pytest.raises(
        ReadError, match=r"lie a.tem and a.csv, which differ; remove one, or name the one to use"
    ):
        landmarks_beside(tmp_path / "a.png")


def test_a_table_of_something_else_beside_the_picture_is_passed_over(write, tmp_path):
    write("a.csv", "trial,answer\n1,yes\n")
    assert landmarks_beside(tmp_path / "a.png") is None
    # the twin: one that names x and y is meant, and must be right
    write("a.csv", "x,y\n1,yes\n")
    with pytest.raises(ReadError, match="'yes' is no number"):
        landmarks_beside(tmp_path / "a.png")


def test_points_may_lie_a_quarter_outside_and_no_further():
    picture = Picture(pixels=np.random.default_rng(0).random((40, 80, 1)))
    edge = Landmarks(xy=np.array([[-20.5, 0.0], [79.5 + 20.0, 5.0], [4.0, 49.5]]))
    assert with_landmarks(picture, edge).points is edge
    assert n_outside(edge, width_px=80, height_px=40) == 3
    beyond = Landmarks(xy=np.array([[0.0, 0.0], [5.0, 5.0], [4.0, 49.6]]))
    with pytest.raises(
        PictureError, match=r"point 2 is at \(4, 49.6\) and the picture has 80 x 40 px; give the landm"
    ):
        with_landmarks(picture, beyond)


def test_points_may_share_a_place(write):
    found = read_landmarks(write("a.tem", "5\n0\t0\n9\t0\n5\t5\n5\t5\n5\t5\n0\n"))
    assert found.n_points == 5


@pytest.mark.skipif(not FACES.exists(), reason="the London faces are not here")
def test_every_template_of_the_london_faces_comes_back_byte_by_byte():
    paths = sorted(FACES.glob("*.tem"))
    assert len(paths) == 30
    for path in paths:
        found = read_landmarks(path)
        assert (found.n_points, len(found.lines)) == (189, 44)
        assert write_landmarks(found) == path.read_bytes()
        assert n_outside(found, width_px=1350, height_px=1350) == 0
        # the pupils are where the description of the set says
        assert 165 < np.linalg.norm(found.xy[1] - found.xy[0]) < 235
