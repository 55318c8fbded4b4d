"""What an overview of many pairs shows, as plain values: nothing here knows how it is drawn."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import SettingError
from stimgen.figures.content import SheetStep

MOST_ROWS = 40


@dataclass(frozen=True, kw_only=True)
class OverviewRow:
    """One pair of an overview.

    Args:
        pair_id: Name of the pair.
        steps: Its first, middle and last step (1 to 3 of them).
        distances: Distance of every step from the one before, in the overview's metric, without the first step.
        level_dbfs: Level of its steps: the target, or their mean where levels differ on purpose, dBFS.
        exemplar_id: Which exemplar of the contrast it is, "" if not told.
        contrast: Which contrast it belongs to, "" if not told.
        cv: Coefficient of variation of the distances; None if it has none.
        max_min: Longest distance over shortest; None if the shortest is 0.
        level_range_dbfs: Lowest and highest level of its steps, dBFS; None if all should have one level.
        level_error_db: Largest deviation of a step from the level it should have, dB; None if none is wanted.
        notes: Its warnings.

    Raises:
        SettingError: If there are no steps or more than three.
    """

    pair_id: str
    steps: tuple[SheetStep, ...]
    distances: tuple[float, ...]
    level_dbfs: float
    exemplar_id: str = ""
    contrast: str = ""
    cv: float | None = None
    max_min: float | None = None
    level_range_dbfs: tuple[float, float] | None = None
    level_error_db: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= 3:
            raise SettingError(
                f"pair {self.pair_id!r} has {len(self.steps)} steps to show; an overview shows 1 to 3 of each: "
                f"hand in the first, the middle and the last"
            )


@dataclass(frozen=True, kw_only=True)
class OverviewContent:
    """Everything that an overview shows.

    Args:
        title: Name of the collection of sets.
        subtitle: One line on how they were made.
        rows: Every pair in order; at most 40 evenly chosen ones are drawn.
        metric_name: Name of the distance between steps.
        metric_unit: Its unit, "" if it has none.
        notes: Short warnings on all of them to print at the foot.

    Raises:
        SettingError: If there are no pairs.
    """

    title: str
    subtitle: str
    rows: tuple[OverviewRow, ...]
    metric_name: str
    metric_unit: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.rows:
            raise SettingError("an overview shows at least 1 pair, got none; hand in the finished sets")


def shown_rows(rows: tuple[OverviewRow, ...]) -> tuple[OverviewRow, ...]:
    """Choose at most 40 pairs, evenly and with the first and the last among them."""
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = np.rint(np.linspace(0, len(rows) - 1, MOST_ROWS)).astype(int)
    return tuple(rows[i] for i in chosen)
