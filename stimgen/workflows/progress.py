"""How long work tells how far it is."""

from collections.abc import Callable

# called as progress(stage, n_done, n_all)
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, n_done: int, n_all: int) -> None:
    """Tell nobody."""
