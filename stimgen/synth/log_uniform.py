"""Draws whose logarithm is even: for frequencies, rates and durations."""

import numpy as np


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a value whose logarithm is equally likely anywhere between those of two bounds above 0."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def log_uniform_pair(
    rng: np.random.Generator, low: float, high: float, *, largest_ratio: float
) -> tuple[float, float]:
    """Draw two values as `log_uniform` does, the second within a ratio of the first.

    Sounds that a listener would take for one kind are not of any two durations: a tenfold stretch is no morph.

    Args:
        rng: What to draw from.
        low: Lower bound, above 0.
        high: Upper bound.
        largest_ratio: How many times the second may exceed the first, or the first the second.

    Examples:
        >>> first, second = log_uniform_pair(np.random.default_rng(0), 0.01, 10.0, largest_ratio=2.0)
        >>> 0.5 <= second / first <= 2.0
        True
    """
    first = log_uniform(rng, low, high)
    return first, log_uniform(rng, max(low, first / largest_ratio), min(high, first * largest_ratio))
