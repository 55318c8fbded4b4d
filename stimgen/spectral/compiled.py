"""The one place where loops are compiled: cached on disk where that is possible."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile a numeric function on its first call and keep the machine code on disk where possible.

    The compiled function follows IEEE arithmetic (no fast-math, so the same input gives the same bytes) and
    lets other threads run meanwhile. numba keeps its cache beside the source file, in the user's cache
    folder or in `NUMBA_CACHE_DIR`; where none of these can be written (a read-only installation, a service
    account without a home) it refuses to decorate, and then the function is compiled afresh in every run.

    Args:
        function: A function of numbers and arrays that numba can compile in nopython mode.

    Returns:
        The compiled function, with the same arguments and result.

    Examples:
        >>> @compiled
        ... def triple(value: float) -> float:
        ...     return 3.0 * value
        >>> triple(2.0)
        6.0
    """
    try:
        fast = numba.njit(cache=True, fastmath=False, nogil=True)(function)
    except RuntimeError:  # "cannot cache function ...: no locator available for file ..."
        fast = numba.njit(cache=False, fastmath=False, nogil=True)(function)
    return cast("Callable[_Arguments, _Result]", fast)
