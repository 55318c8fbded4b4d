import pytest
from hypothesis import given
from hypothesis import strategies as st

from stimgen.figures.fonts import beginning, fitted, text_width_in, wrapped


@given(text=st.text(max_size=80), width_in=st.floats(0.5, 5.0))
def test_fitted_text_is_no_wider_than_its_place(text: str, width_in: float) -> None:
    assert text_width_in(fitted(text, width_in=width_in, size_pt=9.0), size_pt=9.0) <= width_in


def test_text_that_fits_stays_as_it_is() -> None:
    assert fitted("Vögel_$1$", width_in=3.0, size_pt=9.0) == "Vögel_$1$"


def test_a_cut_name_keeps_its_beginning_and_its_end() -> None:
    short = fitted("recording_" * 20 + "17", width_in=2.0, size_pt=9.0)
    assert short.startswith("recording")
    assert "…" in short
    assert short.endswith("17")


@pytest.mark.parametrize(
    ("text", "drawn"), [("a\x00b", "a□b"), ("鳥", "□"), ("é − · ⚠ ●", "é − · ⚠ ●"), ("a\n b", "a b")]
)
def test_a_box_stands_for_what_the_font_lacks(text: str, drawn: str) -> None:
    assert fitted(text, width_in=3.0, size_pt=9.0) == drawn


def test_text_grows_with_its_letters() -> None:
    small, large = text_width_in("width", size_pt=9.0), text_width_in("width", size_pt=18.0)
    assert large == pytest.approx(2 * small, rel=0.05)
    assert text_width_in("width", size_pt=9.0, bold=True) > small


@given(words=st.lists(st.text("abcdefgh", min_size=1, max_size=12), max_size=30))
def test_wrapped_lines_fit_and_keep_every_word(words: list[str]) -> None:
    lines = wrapped(" ".join(words), width_in=2.0, size_pt=9.0)
    assert all(text_width_in(line, size_pt=9.0) <= 2.0 for line in lines)
    assert " ".join(lines).split() == words


@given(words=st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=30))
def test_a_beginning_fits_and_tells_when_it_is_not_all(words: list[str]) -> None:
    text = " ".join(words)
    shown = beginning(text, width_in=2.0, size_pt=9.0)
    assert text_width_in(shown, size_pt=9.0) <= 2.0
    assert shown == text or (shown.endswith(" …") and text.startswith(shown[:-2]))
