"""Morphs whose time alignment is given: as a table of moments, as labels, or in memory."""

import hashlib
import json
import shutil

import numpy as np
import pytest

import stimgen as sg
from stimgen.errors import ReadError, SettingError
from stimgen.media.segment import read_source
from stimgen.spaces.stft import StftSpace
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.plan import prepare
from stimgen.workflows.settings import MorphSettings

RATE_HZ = 16_000
FAST = {"steps": 3, "spacing": "linear", "space": "stft"}


def bursts(duration_s, at_s, *, seed):
    """Noise bursts of 40 ms that begin at given times, in silence."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(round(duration_s * RATE_HZ))
    for time_s in at_s:
        start = round(time_s * RATE_HZ)
        samples[start : start + 640] = 0.2 * rng.standard_normal(640)
    return samples


@pytest.fixture
def words(write_wav):
    """Two recordings of 0.6 and 0.5 s whose first bursts lie at 0.10 and 0.25 s, the second at 0.40 and 0.35 s."""
    return (
        write_wav("a.wav", bursts(0.6, (0.10, 0.40), seed=1), RATE_HZ),
        write_wav("b.wav", bursts(0.5, (0.25, 0.35), seed=2), RATE_HZ),
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "moments.csv"
    path.write_text("time_a_s,time_b_s\n0.1,0.25\n0.4,0.35\n", encoding="utf-8")
    return path


@pytest.fixture
def label(tmp_path):
    def label(name, *rows):
        path = tmp_path / name
        path.write_text("".join(f"{on}\t{off}\t{text}\n" for on, off, text in rows), encoding="utf-8")
        return path

    return label


def aligned(sources, align, **options):
    a, b = (read_source(source) for source in sources)
    plan = prepare(a, b, MorphSettings(**FAST, align=align, **options))
    alignment = plan.space.between(*plan.sounds, seed=0).alignment
    return np.stack([alignment.times_a_s, alignment.times_b_s], axis=1)


def test_moments_of_a_table_meet_and_the_ends_are_added(words, table):
    np.testing.assert_allclose(
        aligned(words, table), [(0, 0), (0.1, 0.25), (0.4, 0.35), (0.6, 0.5)], atol=1e-9
    )


def test_what_meets_is_heard_half_way_in_the_middle(words, table):
    made = sg.morph(*map(sg.read, words), **FAST, align=table)
    middle = made.stimuli[1].samples
    level = np.sqrt(np.convolve(middle**2, np.full(80, 1 / 80), mode="same"))
    onsets_s = np.flatnonzero(np.diff((level > 0.3 * level.max()).astype(int)) > 0) / RATE_HZ
    first = onsets_s[0]
    second = onsets_s[onsets_s > first + 0.1][0]
    assert first == pytest.approx((0.10 + 0.25) / 2, abs=0.012)
    assert second == pytest.approx((0.40 + 0.35) / 2, abs=0.012)


def test_the_manifest_names_the_file_and_the_moments(words, table, tmp_path):
    made = sg.morph(*map(sg.read, words), **FAST, align=str(table))
    found = made.manifest.path.alignment
    assert (found.method, made.manifest.space.settings["align"]) == ("file", "file")
    assert (found.times_a_s, found.times_b_s) == ([0.0, 0.1, 0.4, 0.6], [0.0, 0.25, 0.35, 0.5])
    [file] = found.files
    assert (file.file, file.tier) == ("moments.csv", None)
    assert file.sha256 == hashlib.sha256(table.read_bytes()).hexdigest()
    assert sg.check(made.save(tmp_path / "set")).ok


def test_bounds_of_labels_meet(words, label):
    files = (
        label("a.txt", (0.1, 0.14, "p"), (0.14, 0.2, "a"), (0.4, 0.4, "k")),
        label("b.txt", (0.25, 0.29, "p"), (0.29, 0.31, "a"), (0.35, 0.35, "k")),
    )
    wanted = [(0, 0), (0.1, 0.25), (0.14, 0.29), (0.2, 0.31), (0.4, 0.35), (0.6, 0.5)]
    np.testing.assert_allclose(aligned(words, files), wanted, atol=1e-9)


def test_the_manifest_names_both_files_of_labels_and_their_tiers(words, tmp_path):
    for name, time_s in (("a.TextGrid", 0.1), ("b.TextGrid", 0.25)):
        grid = f'"ooTextFile"\n"TextGrid"\n0\n1\n<exists>\n1\n"TextTier"\n"onsets"\n0\n1\n1\n{time_s}\n"p"\n'
        (tmp_path / name).write_text(grid, encoding="utf-8")
    files = (tmp_path / "a.TextGrid", f"{tmp_path / 'b.TextGrid'}@onsets")
    made = sg.morph(*map(sg.read, words), **FAST, align=files)
    found = made.manifest.path.alignment
    assert [(one.file, one.tier) for one in found.files] == [
        ("a.TextGrid", "onsets"),
        ("b.TextGrid", "onsets"),
    ]
    assert (found.times_a_s, found.times_b_s) == ([0.0, 0.1, 0.6], [0.0, 0.25, 0.5])


@pytest.mark.parametrize(
    ("in_a", "in_b", "sentence"),
    [
        (
            [(0.1, 0.2, "p"), (0.2, 0.3, "a")],
            [(0.1, 0.2, "p"), (0.25, 0.3, "i")],
            r"label 2 is 'a' at 0.200 s in .*a.txt and 'i' at 0.250 s in .*b.txt; both must hold the same labels",
        ),
        (
            [(0.1, 0.2, "p"), (0.2, 0.3, "a")],
            [(0.1, 0.2, "p")],
            r"label 2 is 'a' at 0.200 s in .* and no more in",
        ),
        (
            [(0.1, 0.2, "p")],
            [(0.1, 0.2, "p"), (0.2, 0.3, "a")],
            r"label 2 is no more in .* and 'a' at 0.200 s in",
        ),
        ([(0.1, 0.2, "p")], [(0.1, 0.1, "p")], "label 1, 'p', is a point in one"),
        ([(0.1, 0.7, "p")], [(0.1, 0.2, "p")], r"a.txt: 'p' ends at 0.700 s, but a lasts 0.600 s"),
        (
            [(0.1, 0.4, "p"), (0.2, 0.3, "q")],
            [(0.1, 0.2, "p"), (0.25, 0.3, "q")],
            r"label 1, 'p' and label 2, 'q' overlap in another order|label 2, 'q' and label 1, 'p' overlap",
        ),
    ],
)
def test_labels_that_do_not_correspond_are_refused_with_the_first_that_differs(
    words, label, in_a, in_b, sentence
):
    with pytest.raises(SettingError, match=sentence):
        aligned(words, (label("a.txt", *in_a), label("b.txt", *in_b)))


def test_the_same_letter_may_be_typed_in_two_ways(words, label):
    files = label("a.txt", (0.1, 0.2, "\u00e9")), label("b.txt", (0.25, 0.3, "e\u0301"))
    assert aligned(words, files).shape == (4, 2)


def test_times_are_those_of_the_recording_where_a_part_of_it_is_morphed(words, label, table):
    a, b = words
    parts = (f"{a}@0.05:0.55", f"{b}@0.2:0.5")
    wanted = [(0, 0), (0.05, 0.05), (0.35, 0.15), (0.5, 0.3)]
    np.testing.assert_allclose(aligned(parts, table), wanted, atol=1e-9)
    # labels elsewhere in the recordings do not count, and need not be the same
    files = (
        label("a.txt", (0.01, 0.03, "x"), (0.1, 0.1, "p"), (0.4, 0.4, "q")),
        label("b.txt", (0.02, 0.05, "y"), (0.1, 0.15, "z"), (0.25, 0.25, "p"), (0.35, 0.35, "q")),
    )
    np.testing.assert_allclose(aligned(parts, files), wanted, atol=1e-9)


def test_rows_outside_both_parts_are_passed_over_and_rows_outside_one_refused(words, table):
    a, b = words
    found = aligned((f"{a}@0.3:0.5", f"{b}@0.3:0.45"), table)
    np.testing.assert_allclose(found, [(0, 0), (0.1, 0.05), (0.2, 0.15)], atol=1e-9)
    with pytest.raises(
        SettingError, match=r"line 2: 0.25 s is not in b, which is b-0.3-0.45 from 0.300 to 0.450 s"
    ):
        aligned((a, f"{b}@0.3:0.45"), table)
    with pytest.raises(SettingError, match="no moment of the table lies in a"):
        aligned((f"{a}@0.41:0.55", f"{b}@0.36:0.45"), table)


def test_moments_beyond_the_end_are_refused(words, tmp_path):
    path = tmp_path / "late.csv"
    path.write_text("time_a_s,time_b_s\n0.1,0.25\n0.55,0.6\n", encoding="utf-8")
    with pytest.raises(
        SettingError, match=r"late.csv, line 3: 0.6 s is not in b, which is b from 0.000 to 0.500 s"
    ):
        aligned(words, path)


def test_the_end_may_be_given_with_the_rounding_of_milliseconds(words, tmp_path):
    path = tmp_path / "ends.csv"
    path.write_text("time_a_s,time_b_s\n0,0\n0.1,0.25\n0.6004,0.5004\n", encoding="utf-8")
    np.testing.assert_allclose(aligned(words, path), [(0, 0), (0.1, 0.25), (0.6, 0.5)], atol=1e-9)


def test_moments_move_by_what_trimming_cuts_off(words, table):
    a, b = (sg.read(path) for path in words)
    plan = prepare(a, b, MorphSettings(**FAST, align=table, trim="auto"))
    cut_s = [side.kept[0] / RATE_HZ for side in plan.sides]
    assert min(cut_s) > 0.05
    found = plan.given.alignment
    np.testing.assert_allclose(found.times_a_s[1:-1], np.array([0.1, 0.4]) - cut_s[0], atol=1e-9)
    np.testing.assert_allclose(found.times_b_s[1:-1], np.array([0.25, 0.35]) - cut_s[1], atol=1e-9)


def test_moments_that_trimming_cuts_off_are_passed_over(words, tmp_path):
    path = tmp_path / "moments.csv"
    # before the sound of both; before that of b only; in both; after both
    path.write_text("time_a_s,time_b_s\n0.01,0.02\n0.12,0.03\n0.4,0.35\n0.59,0.49\n", encoding="utf-8")
    plan = prepare(*map(sg.read, words), MorphSettings(**FAST, align=path, trim="auto"))
    starts_s = [side.kept[0] / RATE_HZ for side in plan.sides]
    found = plan.given.alignment
    np.testing.assert_allclose(found.times_a_s[1:-1], np.array([0.12, 0.4]) - starts_s[0], atol=1e-9)
    np.testing.assert_allclose(found.times_b_s[1:-1], [0.0, 0.35 - starts_s[1]], atol=1e-9)


def test_seconds_stay_what_they_are_at_another_rate(words, table):
    found = aligned(words, table, rate_hz=22_050)
    np.testing.assert_allclose(found[1:-1], [(0.1, 0.25), (0.4, 0.35)], atol=1e-9)
    np.testing.assert_allclose(found[-1], (0.6, 0.5), atol=1e-4)


def test_an_alignment_in_memory_is_one_of_the_sounds_as_given(words):
    a, b = (sg.read(path) for path in words)
    given = Alignment(
        times_a_s=np.array([0.0, 0.1, 0.6]), times_b_s=np.array([0.0, 0.25, 0.5]), method="events"
    )
    made = sg.morph(a, b, **FAST, align=given)
    assert made.manifest.path.alignment.method == "given"
    assert made.manifest.path.alignment.files == []
    assert made.manifest.path.alignment.times_b_s == [0.0, 0.25, 0.5]
    trimmed = prepare(a, b, MorphSettings(**FAST, align=given, trim="auto"))
    assert trimmed.given.alignment.times_a_s[1] == pytest.approx(0.1 - trimmed.sides[0].kept[0] / RATE_HZ)
    with pytest.raises(SettingError, match="the alignment given ends at 0.600 s of a, which lasts 0.500 s"):
        sg.morph(b, a, **FAST, align=given)


def test_equal_seconds_meet_without_alignment(words):
    made = sg.morph(*map(sg.read, words), **FAST, align="none")
    found = made.manifest.path.alignment
    assert (found.method, found.times_a_s, found.times_b_s) == ("none", [0.0, 0.5, 0.6], [0.0, 0.5, 0.5])
    assert [s.record.n_samples / RATE_HZ for s in made.stimuli] == [0.6, 0.55, 0.5]


def test_a_given_alignment_goes_with_one_duration_for_all(words, table):
    made = sg.morph(*map(sg.read, words), **FAST, align=table, duration="equal")
    assert {s.record.n_samples for s in made.stimuli} == {round(0.55 * RATE_HZ)}
    assert made.manifest.path.alignment.method == "file"


def test_the_control_keeps_linear_time(words, table, tmp_path):
    made = sg.morph(*map(sg.read, words), **FAST, align=table, control="crossfade")
    assert made.manifest.control.path.alignment.method == "linear"
    assert made.manifest.control.path.alignment.files == []
    assert sg.check(made.save(tmp_path / "set")).ok


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"align": "eye"}, "--align 'eye' is unknown; allowed are events, linear, none, a table of moments"),
        ({"align": ()}, "--align () is unknown"),
        ({"align": ("a.txt", "b.txt", "c.txt")}, "is unknown; allowed are"),
        ({"align": 3}, "--align 3 is unknown"),
        ({"align": "none", "space": "crossfade"}, "a cross-fade runs in linear time"),
        ({"align": "moments.csv", "space": "crossfade"}, "a cross-fade runs in linear time"),
        ({"align": "moments.csv", "space": StftSpace()}, "a space object does it by itself"),
    ],
)
def test_what_cannot_be_aligned_so_is_refused(options, sentence):
    with pytest.raises(SettingError) as caught:
        MorphSettings(**options)
    assert sentence in str(caught.value)


def test_files_that_are_no_such_thing_are_refused(words, tmp_path, label):
    one = label("one.txt", (0.1, 0.2, "p"))
    with pytest.raises(ReadError, match="there is no file missing.csv"):
        aligned(words, "missing.csv")
    with pytest.raises(ReadError, match="has no column time_a_s"):
        aligned(words, one)
    with pytest.raises(SettingError, match="give those of both: --align a.TextGrid --align b.TextGrid"):
        aligned(words, tmp_path / "a.TextGrid")


def test_many_pairs_have_their_files_in_the_table(words, table, label, tmp_path):
    label("a.txt", (0.1, 0.1, "p"))
    label("b.txt", (0.25, 0.25, "p"))
    (tmp_path / "pairs.csv").write_text(
        "file_a,file_b,pair_id,align_file,align_file_a,align_file_b\n"
        "a.wav,b.wav,by-table,moments.csv,,\na.wav,b.wav,by-labels,,a.txt,b.txt\na.wav,b.wav,by-itself,,,\n",
        encoding="utf-8",
    )
    folder = sg.morph_pairs(tmp_path / "pairs.csv", tmp_path / "sets", **FAST)
    found = {}
    for name in ("by-table", "by-labels", "by-itself"):
        manifest = json.loads((folder / "pairs" / name / "manifest.json").read_text(encoding="utf-8"))
        alignment = manifest["path"]["alignment"]
        found[name] = alignment["times_b_s"][1:-1], [file["file"] for file in alignment["files"]]
    assert found["by-table"] == ([0.25, 0.35], ["moments.csv"])
    assert found["by-labels"] == ([0.25], ["a.txt", "b.txt"])
    assert found["by-itself"][1] == []
    assert sg.check(folder).ok


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "a.wav,b.wav,missing.csv,,",
            "line 2: there is no file .*missing.csv; relative paths begin at the folder",
        ),
        ("a.wav,b.wav,moments.csv,a.txt,b.txt", "line 2: which moments meet is told by align_file"),
        ("a.wav,b.wav,,a.txt,", "line 2: which moments meet is told by align_file"),
    ],
)
def test_a_row_whose_files_do_not_go_together_is_refused(words, table, label, tmp_path, row, sentence):
    label("a.txt", (0.1, 0.1, "p"))
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(f"file_a,file_b,align_file,align_file_a,align_file_b\n{row}\n", encoding="utf-8")
    with pytest.raises((ReadError, SettingError), match=sentence):
        sg.morph_pairs(pairs, tmp_path / "sets", **FAST)


def test_one_file_for_many_pairs_is_refused(words, table, tmp_path):
    (tmp_path / "pairs.csv").write_text("file_a,file_b\na.wav,b.wav\n", encoding="utf-8")
    with pytest.raises(SettingError, match="in the column align_file, or in align_file_a and align_file_b"):
        sg.morph_pairs(tmp_path / "pairs.csv", tmp_path / "sets", **FAST, align=table)


def test_a_pair_is_rendered_anew_when_its_file_changes(words, table, tmp_path):
    (tmp_path / "pairs.csv").write_text(
        "file_a,file_b,align_file\na.wav,b.wav,moments.csv\n", encoding="utf-8"
    )
    before = sg.morph_pairs(tmp_path / "pairs.csv", tmp_path / "one", **FAST)
    table.write_text("time_a_s,time_b_s\n0.1,0.3\n0.4,0.4\n", encoding="utf-8")
    after = sg.morph_pairs(tmp_path / "pairs.csv", tmp_path / "two", **FAST)
    waves = [(one / "pairs" / "a-b" / "stimuli" / "a-b_001.wav").read_bytes() for one in (before, after)]
    assert waves[0] != waves[1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda found: found.update(files=[]), "path.alignment is called 'file' and lists 0 files"),
        (lambda found: found.update(method="events"), "path.alignment is called 'events' and lists 1 files"),
        (lambda found: found["times_b_s"].reverse(), "moments that do not begin at 0 or go back in time"),
    ],
)
def test_an_alignment_that_is_none_is_found_in_the_manifest(words, table, tmp_path, change, sentence):
    folder = sg.morph(*map(sg.read, words), **FAST, align=table).save(tmp_path / "set")
    place = shutil.copytree(folder, tmp_path / "copy") / "manifest.json"
    manifest = json.loads(place.read_text(encoding="utf-8"))
    change(manifest["path"]["alignment"])
    place.write_text(json.dumps(manifest), encoding="utf-8")
    assert sentence in "\n".join(sg.check(place.parent).problems)
