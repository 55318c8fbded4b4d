import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.media.slug import distinct, slug

SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Vögel 1.wav", "vogel-1"),
        ("Straße.WAV", "strasse"),
        ("Ærø Łódź.flac", "aero-lodz"),
        ("take 1.5.wav", "take-1-5"),
        ("take 1.5", "take-1-5"),
        ("--x--.wav", "x"),
        ("a/b\\c.mp3", "a-b-c"),
        ("vowel_[ɑ].wav", "vowel-a"),
        ("", "sound"),
        ("...", "sound"),
        ("CON.wav", "con-sound"),
        ("lpt1", "lpt1-sound"),
        ("console.wav", "console"),
        ("x" * 100 + ".wav", "x" * 40),
    ],
)
def test_examples(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_names_in_other_scripts_get_a_stable_hash_that_tells_them_apart() -> None:
    first, second = slug("鳥の声.wav"), slug("голос.wav")
    assert re.fullmatch(r"sound-[0-9a-f]{8}", first)
    assert first != second
    assert slug("鳥の声.flac") == first
    assert slug("bird 鳥.wav").startswith("bird-")


def test_names_of_signs_alone_get_a_hash_too() -> None:
    first, second = slug("🐦.wav"), slug("🐸🐸.wav")
    assert re.fullmatch(r"sound-[0-9a-f]{8}", first)
    assert re.fullmatch(r"sound-[0-9a-f]{8}", second)
    assert first != second
    assert slug("🐦.flac") == first
    assert slug("bird 🐦.wav") == "bird"


@given(name=st.text(max_size=80))
def test_every_slug_is_safe_everywhere(name: str) -> None:
    made = slug(name)
    assert SAFE.fullmatch(made)
    assert len(made) <= 40
    assert not re.fullmatch(r"con|prn|aux|nul|(com|lpt)\d", made)


@given(name=st.text(max_size=40))
def test_composed_and_decomposed_names_are_the_same_name(name: str) -> None:
    assert slug(unicodedata.normalize("NFC", name)) == slug(unicodedata.normalize("NFD", name))


@given(names=st.lists(st.sampled_from(["a", "a-2", "a-3", "b", "x" * 40]), max_size=12))
def test_distinct_slugs_are_all_different_and_first_come_keeps_its_name(names: list[str]) -> None:
    made = distinct(names)
    assert len(set(made)) == len(names)
    assert all(SAFE.fullmatch(one) and len(one) <= 40 for one in made)
    assert all(one == name or one.startswith(name[:30]) for one, name in zip(made, names, strict=True))
    if names:
        assert made[0] == names[0]


def test_slugs_that_differ_already_stay() -> None:
    assert distinct(["a", "b"]) == ["a", "b"]
