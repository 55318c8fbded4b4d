"""From the bytes of a table or annotation to text: UTF-8, with or without a mark in front, or UTF-16 with one."""

import codecs

from stimgen.errors import ReadError

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def text_of(raw: bytes, *, label: str) -> str:
    """Return the text that bytes hold, every line end a single line feed.

    Args:
        raw: All bytes of the file.
        label: What to call the file in errors.

    Raises:
        ReadError: If they are in another encoding, or hold NUL characters, as files that are no text do.

    Examples:
        >>> text_of(b"\\xef\\xbb\\xbffile_a,file_b\\r\\n", label="pairs.csv")
        'file_a,file_b\\n'
    """
    mark, encoding = next((found for found in _MARKS if raw.startswith(found[0])), (b"", "utf-8"))
    try:
        text = raw[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{label} is not UTF-8 text (byte {len(mark) + error.start} does not fit); save it as UTF-8"
        ) from error
    if "\0" in text:
        raise ReadError(
            f"{label} holds NUL characters, so it is no text or is damaged; save it as UTF-8 text"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")
