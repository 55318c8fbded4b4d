"""Keep what C libraries print on standard error away from the user's screen, and read it instead."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2
_LOCK = threading.Lock()


class Complaints:
    """What was printed; known after the `quiet_stderr` block has ended."""

    def __init__(self) -> None:
        self.text = ""

    def errors(self) -> list[str]:
        """Return the lines in which the MP3 decoder says that data are broken."""
        return [line for line in self.text.splitlines() if "libmpg123" in line and "error:" in line]


@contextmanager
def quiet_stderr() -> Iterator[Complaints]:
    """Catch what is written to file descriptor 2, from C as well, within a with-block.

    libmpg123 prints its complaints about broken files there and offers no way through libsndfile to ask
    for them. Where there is no descriptor 2, or no temporary file can be made, nothing is caught. One
    block at a time: a second thread waits.
    """
    complaints = Complaints()
    with _LOCK:
        try:
            kept = os.dup(_STDERR)
        except OSError:
            yield complaints
            return
        try:
            with _scratch() as caught:
                os.dup2(caught, _STDERR)
                try:
                    yield complaints
                finally:
                    os.dup2(kept, _STDERR)
                complaints.text = _contents(caught)
        finally:
            os.close(kept)


@contextmanager
def _scratch() -> Iterator[int]:
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (entered below, where only its own errors count)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        try:
            yield null
        finally:
            os.close(null)
        return
    with file:
        yield file.fileno()


def _contents(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 1_000_000).decode("utf-8", errors="replace")
