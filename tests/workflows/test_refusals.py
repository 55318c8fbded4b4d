import pytest

from stimgen.errors import ReadError, SettingError, SoundError
from stimgen.workflows.refusals import raise_refusals


def told(found, n_all=9):
    with pytest.raises(type(found[0][1])) as caught:
        raise_refusals(found, n_all=n_all, cannot="pairs cannot be made")
    return str(caught.value)


def test_nothing_refused_is_no_error():
    raise_refusals([], n_all=3, cannot="pairs cannot be made")


def test_one_refusal_is_told_as_it_is():
    assert told([("pair x", SettingError("too long"))]) == "pair x: too long"
    assert told([("", ReadError("x.wav is text"))]) == "x.wav is text"


def test_several_refusals_are_numbered_and_counted():
    found = [("x", SoundError("silent")), ("y", ReadError("text"))]
    assert told(found) == "2 of 9 pairs cannot be made: (1) x: silent (2) y: text"


def test_a_reason_that_several_share_is_told_once():
    found = [("x", SoundError("silent")), ("y", ReadError("text")), ("z", SoundError("silent"))]
    assert told(found) == "3 of 9 pairs cannot be made: (1) x and 1 more: silent (2) y: text"
    assert told(found[::2]) == "x and 1 more: silent"


def test_a_pair_with_two_reasons_counts_once():
    found = [("x", SoundError("silent")), ("x", ReadError("text"))]
    assert told(found).startswith("1 of 9 pairs cannot be made: (1) x: silent (2) x: text")


def test_five_reasons_are_told_and_the_others_counted():
    sentence = told([("", ReadError(f"{n}.wav")) for n in range(7)])
    assert "(5) 4.wav and 2 more" in sentence
    assert "5.wav" not in sentence
    assert sentence.startswith("7 of 9 ")
