"""Are two JSON values the same but for rounding, and why could something not be read."""

from typing import Any

from stimgen.errors import StimgenError
from stimgen.export.inside import shown

TOLERANCE = 1e-6


def is_same(got: Any, said: Any, *, tolerance: float = TOLERANCE) -> bool:
    """Return whether two values of a manifest are the same, numbers but for rounding; NaN is the same as nothing.

    Args:
        got: What was found.
        said: What the manifest says.
        tolerance: What numbers may differ by, and numbers above 1 as a share of `got`.

    Examples:
        >>> is_same({"at": (1, 2.0)}, {"at": [1.0, 2.0]}), is_same(1, True), is_same(None, 0)
        (True, False, False)
    """
    if isinstance(got, dict):
        is_dict = isinstance(said, dict) and got.keys() == said.keys()
        return is_dict and all(is_same(got[key], said[key], tolerance=tolerance) for key in got)
    if isinstance(got, list | tuple):
        is_list = isinstance(said, list | tuple) and len(got) == len(said)
        return is_list and all(
            is_same(one, other, tolerance=tolerance) for one, other in zip(got, said, strict=True)
        )
    if isinstance(got, bool) or not isinstance(got, int | float):
        return type(got) is type(said) and bool(got == said)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return False
    return bool(abs(got - said) <= tolerance * max(1.0, abs(got)))


def reason_of(error: Exception) -> str:
    """Return why something could not be read or made, as it may stand in a sentence."""
    if isinstance(error, StimgenError):
        return shown(str(error))
    return "it cannot be opened" if isinstance(error, OSError) else shown(f"{type(error).__name__}: {error}")
