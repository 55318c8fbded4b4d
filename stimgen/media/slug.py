"""Names that are safe in file names, tables and ids everywhere."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

LONGEST = 40
_SOUND_SUFFIXES = frozenset(
    [".wav", ".wave", ".flac", ".aif", ".aiff", ".aifc", ".ogg", ".oga", ".opus", ".mp3"]
    + [".w64", ".rf64", ".caf", ".au", ".snd", ".nist", ".sph"]
)
# letters that do not come apart into an ASCII letter and an accent
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "ss",
        "æ": "ae",
        "Æ": "ae",
        "œ": "oe",
        "Œ": "oe",
        "þ": "th",
        "Þ": "th",
        "ŋ": "ng",
        "Ŋ": "ng",
    }
) | str.maketrans("øØłŁđĐðÐħĦıŧŦəɑɛɔɪʊʌ", "oollddddhhitteaeoiuu")
# names of devices that Windows refuses as file names, with any suffix
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}


def slug(name: str) -> str:
    """Return a name of lower-case ASCII letters, digits and single dashes.

    The suffix of a sound file is dropped, accents too. Where letters of other scripts are lost, or
    a name is nothing but signs such as emoji, a short hash of the name keeps different names apart.

    Args:
        name: Any text, usually the name of a file.

    Returns:
        1 to 40 characters, beginning and ending with a letter or digit, never a name that Windows
        reserves; "sound" where nothing is left.

    Examples:
        >>> slug("Vögel 1.wav"), slug("Straße.flac"), slug("..."), slug("con.wav")
        ('vogel-1', 'strasse', 'sound', 'con-sound')
    """
    name = unicodedata.normalize("NFC", name)
    stem = name[: -len(suffix)] if (suffix := PurePosixPath(name).suffix).lower() in _SOUND_SUFFIXES else name
    plain = unicodedata.normalize("NFKD", stem.translate(_LETTERS)).lower()
    ascii_only = plain.encode("ascii", "ignore").decode("ascii")
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    # signs such as emoji count only where they are all there is
    lost = any(ord(c) > 127 and (not words or c.isalpha() or c.isdigit()) for c in plain)
    if lost:
        mark = hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"{_cut(words, LONGEST - 9) or 'sound'}-{mark}"
    if words in _RESERVED:
        return f"{words}-sound"
    return _cut(words, LONGEST) or "sound"


def distinct(slugs: Sequence[str]) -> list[str]:
    """Return the slugs in order, later ones with -2, -3, ... where they would be the same.

    Args:
        slugs: Results of `slug`.

    Returns:
        As many slugs, all different, each at most 40 characters.

    Examples:
        >>> distinct(["a", "a", "b", "a", "a-2"])
        ['a', 'a-2', 'b', 'a-3', 'a-2-2']
    """
    taken: set[str] = set()
    result = []
    for wanted in slugs:
        candidate, n = wanted, 2
        while candidate in taken:
            mark = f"-{n}"
            candidate, n = _cut(wanted, LONGEST - len(mark)) + mark, n + 1
        taken.add(candidate)
        result.append(candidate)
    return result


def _cut(words: str, longest: int) -> str:
    return words[:longest].rstrip("-")
