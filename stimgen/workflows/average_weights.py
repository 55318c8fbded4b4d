"""How much of each picture goes into a blend: numbers in a row, or a table of files and weights."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stimgen.errors import SettingError
from stimgen.media.delimited import Row, read_table
from stimgen.media.file_bytes import is_there, one_line
from stimgen.workflows.allowed import is_number

Weights = Sequence[float] | str | os.PathLike[str]

MOST = 10.0
MAX_ROWS = 10_000
_SUM_OFF = 1e-9
_EXAMPLE = "numbers with colons between them, such as 0.3:0.7, or a table with the columns file and weight"


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How much of each picture goes in.

    Args:
        weights: One per picture, their sum 1.
        given_sum: What the weights summed to when they were given; 1 unless they were divided by it.
    """

    weights: tuple[float, ...]
    given_sum: float = 1.0

    @property
    def are_alike(self) -> bool:
        """Whether all pictures count the same."""
        return max(self.weights) - min(self.weights) <= _SUM_OFF


def shares_of(
    given: Weights | None, labels: Sequence[str], paths: Sequence[Path | None], *, normalise: bool
) -> Shares:
    """Return the weights of pictures.

    Args:
        given: Numbers in the order of the pictures, as numbers or as "0.3:0.7"; or the path of a table with the columns
            file and weight, one row for each picture. None weights all alike.
        labels: What to call each picture in errors.
        paths: The file of each; None for a picture that was made in memory.
        normalise: Whether to divide the weights by their sum.

    Raises:
        SettingError: If there are not as many weights as pictures, one is not a number from -10 to 10, or their sum is
            not 1 and is not to be brought to it.
        ReadError: If the table cannot be read.

    Examples:
        >>> shares_of("0.25:0.75", ["a.png", "b.png"], [None, None], normalise=False).weights
        (0.25, 0.75)
        >>> shares_of([3, 1], ["a.png", "b.png"], [None, None], normalise=True)
        Shares(weights=(0.75, 0.25), given_sum=4.0)
    """
    if given is None:
        return Shares(weights=(1.0 / len(labels),) * len(labels))
    weights = _numbers(given)
    if weights is None:
        weights = _from_table(Path(str(given)), labels, paths)
    if len(weights) != len(labels):
        raise SettingError(f"{len(labels)} pictures need as many --weights, got {len(weights)}")
    for label, weight in zip(labels, weights, strict=True):
        if not (is_number(weight) and math.isfinite(weight) and abs(weight) <= MOST):
            raise SettingError(
                f"the weight {weight!r} of {label} is not allowed; give a number from {-MOST:g} to {MOST:g}"
            )
    return _summed([float(weight) for weight in weights], normalise=normalise)


def _summed(weights: list[float], *, normalise: bool) -> Shares:
    total = math.fsum(weights)
    if abs(total - 1.0) <= _SUM_OFF:
        return Shares(weights=tuple(weights))
    if not normalise:
        raise SettingError(
            f"--weights must sum to 1, got {total:.9g}; change them, or let --normalise divide them by their sum"
        )
    from stimgen.spaces.shape_texture import shares

    return Shares(weights=shares(weights), given_sum=total)


def _numbers(given: Weights) -> list[float] | None:
    """Return weights that were given as numbers, None where a file is named."""
    if isinstance(given, os.PathLike):
        return None
    if not isinstance(given, str):
        try:
            return list(given)
        except TypeError:
            raise SettingError(f"--weights {given!r} are not allowed; give {_EXAMPLE}") from None
    try:
        return [float(part) for part in given.split(":")]
    except ValueError:
        if is_there(Path(given)):
            return None
        raise SettingError(
            f"--weights {one_line(given)!r} are neither {_EXAMPLE}; there is no such file"
        ) from None


def _from_table(path: Path, labels: Sequence[str], paths: Sequence[Path | None]) -> list[float]:
    """Return the weights that a table gives to files; its rows may stand in any order."""
    table = read_table(path, required=("file", "weight"), optional=(), max_rows=MAX_ROWS)
    weights: dict[int, float] = {}
    for row in table.rows:
        index = _which(row, paths, folder=path.parent, table=table.name)
        if index in weights:
            raise SettingError(
                f"{table.name}, line {row.line}: {labels[index]} has a weight already; remove one row"
            )
        weights[index] = _weight_in(row, table=table.name)
    lacking = [label for index, label in enumerate(labels) if index not in weights]
    if lacking:
        more = "" if len(lacking) == 1 else f" and {len(lacking) - 1} more"
        raise SettingError(
            f"{table.name} has no row for {lacking[0]}{more}; give each picture a weight, 0 to leave it out"
        )
    return [weights[index] for index in range(len(labels))]


def _which(row: Row, paths: Sequence[Path | None], *, folder: Path, table: str) -> int:
    """Return which picture a row names: by its path from the folder of the table, else by its name alone."""
    cell = row.cells["file"].replace("\\", "/")
    place = os.path.abspath(folder / cell)
    found = [n for n, path in enumerate(paths) if path is not None and os.path.abspath(path) == place]
    if not found and "/" not in cell:
        found = [n for n, path in enumerate(paths) if path is not None and path.name == cell]
    if len(found) == 1:
        return found[0]
    what = "none of the pictures" if not found else f"{len(found)} of the pictures"
    raise SettingError(
        f"{table}, line {row.line}: {one_line(cell)!r} names {what}; give the name of one, or its path from the folder "
        "of the table"
    )


def _weight_in(row: Row, *, table: str) -> float:
    cell = row.cells["weight"]
    try:
        return float(cell)
    except ValueError:
        comma = cell.replace(",", ".") if cell.count(",") == 1 else ""
        raise SettingError(
            f"{table}, line {row.line}: the weight {one_line(cell)[:40]!r} is no number; write "
            f"{comma if comma.replace('.', '').isdigit() else 'one such as 0.25'}"
        ) from None
