import math

import pytest

from stimgen.errors import ReadError, SettingError
from stimgen.media.annotation import Segment, checked


def found(segments: list[Segment], label: str | None, occurrence: int | None = None, *, file: str = "s.wav"):
    return checked(segments, name="ann").find(file=file, label=label, occurrence=occurrence, asked="s.wav@x")


def segments(*labels: str, tier: str | None = None, file: str | None = None) -> list[Segment]:
    return [
        Segment(label=label, onset=n, offset=n + 0.5, tier=tier, file=file) for n, label in enumerate(labels)
    ]


def test_occurrences_are_counted_in_time_and_not_in_the_order_of_the_file() -> None:
    assert found(segments("a", "b", "a")[::-1], "a", 2).onset == 2


def test_a_label_with_a_number_sign_of_its_own_comes_first() -> None:
    assert found(segments("C", "C", "C#2"), "C", 2).label == "C#2"
    assert found(segments("C", "C", "C#4"), "C", 2).onset == 1


def test_a_label_typed_with_another_form_of_the_same_letter_is_found() -> None:
    assert found(segments("o\u0308l"), "\u00f6l").onset == 0


def test_a_slash_belongs_to_the_label_where_one_tier_has_it_so() -> None:
    one = segments("/a/", "b", tier="phones")
    assert found(one, "/a/").onset == 0
    assert found(one, "phones/b").onset == 1
    assert found(one, "phones/", 2).onset == 1


def test_with_several_tiers_the_label_must_name_one() -> None:
    both = segments("a", "b", tier="phones") + segments("b", tier="words")
    assert found(both, "words/b").onset == 0
    assert found(both, "phones/b").onset == 1
    with pytest.raises(SettingError, match="names no tier and ann has 2: 'phones', 'words'; give TIER/LABEL"):
        found(both, "b")
    with pytest.raises(SettingError, match="names no tier"):
        found(both, None, 1)


def test_only_segments_of_the_recording_count() -> None:
    both = segments("x", "a", file="other.wav") + segments("a", file="s.wav")
    assert found(both, "a").onset == 0
    assert found(both, "a", file="other.wav").onset == 1
    with pytest.raises(ReadError, match="no segments of third.wav; it is about 'other.wav', 's.wav'"):
        found(both, "a", file="third.wav")


def test_a_long_list_of_labels_is_shortened() -> None:
    with pytest.raises(SettingError, match=r"'l7' \(1\) and 42 more; give one of these"):
        found(segments(*(f"l{n}" for n in range(50))), "z")


@pytest.mark.parametrize(
    ("onset", "offset", "words"),
    [
        (math.nan, 1, "segment 1 has a time that is no number"),
        (0, math.inf, "segment 1 has a time that is no number"),
        (2, 1, "must begin at 0 or later and end after its onset"),
        (1, 1, "end after its onset"),
        (-1, 1, "begin at 0 or later"),
    ],
)
def test_impossible_times_are_refused(onset, offset, words) -> None:
    with pytest.raises(ReadError, match=words):
        checked([Segment(label="a", onset=onset, offset=offset)], name="ann")


def test_an_annotation_without_segments_is_refused() -> None:
    with pytest.raises(ReadError, match="holds no segments"):
        checked([], name="ann")
