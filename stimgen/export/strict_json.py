"""JSON that other programs wrote: every value of it is one that can be written again, or it is refused."""

import json
import math
from typing import Any, NoReturn

_MOST_LEVELS = 40
_MOST_DIGITS = 19
_LARGEST_INT = 2**63


def parse_json(data: bytes) -> Any:
    """Parse JSON in UTF-8.

    Refused is what JSON or Python allow but nothing that stimgen writes holds: NaN and Infinity, whole numbers
    beyond 64 bit, halves of surrogate pairs, lists within lists without end, one key twice in an object.

    Args:
        data: The bytes of the file.

    Raises:
        ValueError: With a clause that says what is wrong, to be put after the name of the file.

    Examples:
        >>> parse_json(b'{"x": NaN}')
        Traceback (most recent call last):
        ValueError: it holds NaN, which is not a number
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8 text") from None
    try:
        value = json.loads(
            text, parse_int=_integer, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_values(value)
    return value


_TOO_DEEP = f"it has more than {_MOST_LEVELS} levels of lists or objects in one another"


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS or abs(int(digits)) > _LARGEST_INT:
        raise ValueError(f"it holds a whole number of {len(digits.lstrip('-'))} digits, beyond 64 bit")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it holds an object with the same key twice")
    return found


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"it holds {word}, which is not a number")


def _check_values(value: Any) -> None:
    level = [value]
    for _ in range(_MOST_LEVELS):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(one.keys())
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
            elif isinstance(one, str) and any("\ud800" <= c <= "\udfff" for c in one):
                raise ValueError("it holds half a surrogate pair, which is no character")
            elif isinstance(one, float) and not math.isfinite(one):
                raise ValueError("it holds a number that is too large")
        level = below
        if not level:
            return
    raise ValueError(_TOO_DEEP)
