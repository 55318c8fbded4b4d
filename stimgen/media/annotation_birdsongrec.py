"""The XML of the BirdsongRecognition data set: notes in sequences in recordings, counted in samples."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import PureWindowsPath

from stimgen.errors import ReadError
from stimgen.media.annotation import Segment

_MOST_DIGITS = 15
_DEEPEST = 10
_PIECE = 2**16


def birdsongrec_segments(text: str, *, name: str) -> Iterator[Segment]:
    """Yield the notes of all sequences, in samples from the beginning of their recording.

    The position of a note counts from the start of its sequence, and that of a sequence from the start of the file.

    Args:
        text: Contents of the file.
        name: What to call the file in errors.

    Raises:
        ReadError: If it is no such XML, or declares entities, which can make a small file huge.

    References:
        Koumura & Okanoya 2016, PLoS ONE 11(7): e0159188 (the data set and its schema).
    """
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise ReadError(f"{name} declares a document type, which is not read; remove that line")
    try:
        root = _root(text, name=name)
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise ReadError(f"{name} is not whole XML ({error}); copy or export it again") from error
    if root.tag != "Sequences":
        raise ReadError(
            f"{name} is XML, but not of the BirdsongRecognition kind (its root must be Sequences); "
            f"save the labels as Audacity labels or a TextGrid"
        )
    for n, sequence in enumerate(root.iter("Sequence"), 1):
        where = f"{name}, sequence {n}"
        # a name written on Windows may bring its folder
        file = PureWindowsPath(_text(sequence, "WaveFileName", where=where)).name
        start = _count(sequence, "Position", where=where)
        for note in sequence.iter("Note"):
            onset = start + _count(note, "Position", where=where)
            yield Segment(
                label=_text(note, "Label", where=where),
                onset=onset,
                offset=onset + _count(note, "Length", where=where),
                unit="samples",
                file=file,
            )


def _root(text: str, *, name: str) -> ET.Element:
    parser = ET.XMLParser(target=_Shallow(name))
    # in pieces, so that the parser stops soon after a fault
    for at in range(0, len(text), _PIECE):
        parser.feed(text[at : at + _PIECE])
    root: ET.Element = parser.close()
    return root


class _Shallow(ET.TreeBuilder):
    """Builds a tree of few levels; of a file that nests deeper a tree would take a hundred times its size."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._depth = name, 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        """Open an element."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ReadError(f"{self._name} nests its elements over {_DEEPEST} deep, which no annotation does")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _text(element: ET.Element, tag: str, *, where: str) -> str:
    text = (element.findtext(tag) or "").strip()
    if not text:
        raise ReadError(f"{where}: a {element.tag} has no {tag}; correct it or export the file again")
    return text


def _count(element: ET.Element, tag: str, *, where: str) -> int:
    text = _text(element, tag, where=where)
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ReadError(
            f"{where}: {tag} of a {element.tag} is {text[:30]!r}; it must be a whole number of samples; correct it"
        )
    return int(text)
