"""A progress bar on a terminal, once the work has taken a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHOW_AFTER_S = 1.0
LABELS = {
    "read": "reading",
    "check": "checking",
    "analyse": "analysing",
    "space out": "spacing out",
    "render": "rendering",
    "measure": "measuring",
    "write": "writing",
}


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function progress(stage, n_done, n_all) that draws on stderr if that is a terminal.

    Args:
        shown: Whether a bar is wanted at all.
    """
    if not (shown and sys.stderr is not None and sys.stderr.isatty()):
        yield lambda stage, n_done, n_all: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    started = time.monotonic()
    task = bar.add_task("", total=None)
    running = False

    def advance(stage: str, n_done: int, n_all: int) -> None:
        nonlocal running
        if not running and time.monotonic() - started > SHOW_AFTER_S:
            bar.start()
            running = True
        bar.update(task, description=LABELS.get(stage, stage), completed=n_done, total=n_all)

    try:
        yield advance
    finally:
        if running:
            bar.stop()
