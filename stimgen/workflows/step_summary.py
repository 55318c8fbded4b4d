"""How even the steps of a line are, whatever its medium."""

from collections.abc import Sequence

import numpy as np

from stimgen.export.manifest import MetricSummary

# what even steps should reach; beyond it a user wants to know
UNEVEN_RATIO = 1.25


def summarise_steps(distances: Sequence[float]) -> MetricSummary:
    """Say how even the steps are.

    Args:
        distances: From each stimulus to the next, shape (n_steps - 1,).

    Examples:
        >>> summarise_steps([1.0, 2.0, 3.0]).step_max_min
        3.0
    """
    mean, shortest = float(np.mean(distances)), min(distances)
    return MetricSummary(
        step_mean=round(mean, 6),
        step_cv=round(float(np.std(distances)) / mean, 6) if mean > 0 else 0.0,
        step_max_min=round(max(distances) / shortest, 6) if shortest > 0 else None,
    )
