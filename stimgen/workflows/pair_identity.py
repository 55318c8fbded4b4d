"""What a pair is called in a set of many."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PairIdentity:
    """What a pair is called in a set of many.

    Args:
        pair_id: Which pair of recordings.
        exemplar_id: Which exemplar of its contrast.
        contrast: What the pair differs in.
    """

    pair_id: str | None = None
    exemplar_id: str | None = None
    contrast: str | None = None
