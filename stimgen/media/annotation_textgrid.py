"""Praat TextGrids, long and short: intervals with labels, in tiers."""

import re
from collections.abc import Iterator

from stimgen.errors import ReadError
from stimgen.media.annotation import Segment

# a quoted text, with doubled quotes in it; or a comment to the end of the line; or a word. Nothing is tried twice, so
# that a file of quotes takes no longer than another
_TOKEN = re.compile(r'"(?P<text>(?:[^"]++|"")*+)"|![^\n]*+|(?P<word>[^\s"]++)')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TO_TEXT = "open it in Praat and save it as a text file"


def textgrid_segments(text: str, *, name: str, points: bool = False) -> Iterator[Segment]:
    """Yield the labelled intervals of all interval tiers; point tiers and empty intervals are passed over.

    Long and short text files are the same to Praat: it reads the texts in quotes, the numbers and the flags that stand
    by themselves, in order, and takes every other word for a remark. So does this.

    Args:
        text: Contents of the file.
        name: What to call the file in errors.
        points: Whether the points of point tiers are wanted too, as segments whose onset is their offset.

    Raises:
        ReadError: If it is no TextGrid in text form, ends too early, has no tier that is wanted, or two of one name.

    References:
        Praat manual, "TextGrid file formats" (P. Boersma).
    """
    tokens = _Tokens(text, name=name)
    if not tokens.text().startswith("ooTextFile") or tokens.text() != "TextGrid":
        raise ReadError(f"{name} is not a TextGrid that is read; {_TO_TEXT} (long or short)")
    tokens.number()
    tokens.number()
    seen: set[str] = set()
    for _ in range(tokens.count() if tokens.word() == "<exists>" else 0):
        kind, tier = tokens.text(), tokens.text()
        tokens.number()
        tokens.number()
        if kind == "IntervalTier" or (kind == "TextTier" and points):
            if tier in seen:
                raise ReadError(f"{name} has two tiers called {tier!r}; rename one of them")
            seen.add(tier)
            yield from _intervals(tokens, tier) if kind == "IntervalTier" else _points(tokens, tier)
        elif kind == "TextTier":
            for _ in _points(tokens, tier):
                pass
        else:
            tokens.fail(f"a tier of the kind {kind[:30]!r}")
    if not seen and points:
        raise ReadError(f"{name} has no tier; add one in Praat and label it")
    if not seen:
        raise ReadError(f"{name} has no interval tier, and points have no duration; add intervals in Praat")


def _intervals(tokens: "_Tokens", tier: str) -> Iterator[Segment]:
    for _ in range(tokens.count()):
        onset, offset, label = tokens.number(), tokens.number(), tokens.text().strip()
        if label:
            yield Segment(label=label, onset=onset, offset=offset, tier=tier)


def _points(tokens: "_Tokens", tier: str) -> Iterator[Segment]:
    for _ in range(tokens.count()):
        time, label = tokens.number(), tokens.text().strip()
        yield Segment(label=label, onset=time, offset=time, tier=tier)


class _Tokens:
    """The texts, numbers and flags of a Praat text file, one after the other.

    Args:
        text: Contents of the file.
        name: What to call the file in errors.
    """

    def __init__(self, text: str, *, name: str) -> None:
        self._found, self._name = self._those_that_count(text), name

    @staticmethod
    def _those_that_count(text: str) -> Iterator[str | float]:
        for match in _TOKEN.finditer(text):
            if match["text"] is not None:
                yield '"' + match["text"].replace('""', '"')
            elif (word := match["word"]) is not None:
                if _NUMBER.fullmatch(word):
                    yield float(word)
                elif word.startswith("<") and word.endswith(">"):
                    yield word

    def _next(self) -> str | float:
        try:
            return next(self._found)
        except StopIteration:
            raise ReadError(
                f"{self._name} is a TextGrid that ends too early; copy or save it again"
            ) from None

    def text(self) -> str:
        """Return the next token, which must be a quoted text."""
        token = self._next()
        return token[1:] if isinstance(token, str) and token[:1] == '"' else self.fail("no text")

    def word(self) -> str:
        """Return the next token, which must be a flag such as <exists>."""
        token = self._next()
        return token if isinstance(token, str) and token[:1] == "<" else self.fail("no flag")

    def number(self) -> float:
        """Return the next token, which must be a number."""
        token = self._next()
        return token if isinstance(token, float) else float(self.fail("no number"))

    def count(self) -> int:
        """Return the next token, which must be a number of things."""
        number = self.number()
        return int(number) if 0 <= number < 1e9 and number.is_integer() else int(self.fail("no count"))

    def fail(self, found: str) -> str:
        """Refuse the file."""
        raise ReadError(f"{self._name} is a damaged TextGrid: it has {found} where one must be; {_TO_TEXT}")
