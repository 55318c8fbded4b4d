"""Is a value one of those that a choice allows; if not, one sentence says which are."""

import math
from typing import Any

import numpy as np

from stimgen.errors import SettingError


def demand_two_numbers(option: str, value: Any, *, example: str) -> tuple[float, float]:
    """Return two finite numbers.

    Raises:
        SettingError: If the value is anything else.

    Examples:
        >>> demand_two_numbers("--range", (0, 1), example="0:1")
        (0.0, 1.0)
    """
    try:
        first, last = (float(part) for part in value)
    except (TypeError, ValueError):
        first = last = math.nan
    if not (math.isfinite(first) and math.isfinite(last)):
        raise SettingError(
            f"{option} {_written(value)} is not allowed; give two numbers, for example {example}"
        )
    return first, last


def _written(value: Any) -> str:
    """Return a value as it stands on a command line if it can stand there."""
    if isinstance(value, tuple | list) and len(value) == 2 and all(is_number(part) for part in value):
        return ":".join(f"{part:g}" for part in value)
    return repr(value)


def demand_whole_number(option: str, value: Any, low: int, high: int, *, unit: str = "") -> None:
    """Refuse what is not a whole number within bounds.

    Raises:
        SettingError: If it is not.
    """
    # NumPy's whole numbers count too
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and low <= int(value) <= high):
        raise SettingError(
            f"{option} {value!r} is not allowed; give a whole number from {low} to {high}{unit}"
        )


def is_number(value: Any) -> bool:
    """Say whether a value is a number, NumPy's included, True and False not."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def demand_number(option: str, value: Any, low: float, high: float, *, unit: str, or_: str = "") -> None:
    """Refuse what is not a number within bounds.

    Args:
        option: What the user calls the choice.
        value: What was given.
        low: Least value allowed.
        high: Greatest value allowed.
        unit: The unit with a space before it, or "".
        or_: What else is allowed, to be put at the end of the sentence.

    Raises:
        SettingError: If it is not.
    """
    number = is_number(value)
    if not (number and math.isfinite(value) and low <= value <= high):
        shown = f"{value:g}" if number else repr(value)
        raise SettingError(
            f"{option} {shown} is not allowed; give a number from {low:g} to {high:g}{unit}{or_}"
        )


def demand_one_of(option: str, value: object, allowed: tuple[str, ...]) -> None:
    """Refuse what is not one of the words allowed.

    Raises:
        SettingError: If it is not.
    """
    if value not in allowed:
        raise SettingError(f"{option} {value!r} is unknown; allowed are {', '.join(allowed)}")
