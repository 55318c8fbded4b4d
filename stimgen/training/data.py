"""The items that a model learns from: checked, split, hashed."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError, TrainingError
from stimgen.seeding import child_rng

FloatItems = npt.NDArray[np.float32]
LEAST_ITEMS = 4


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Items to learn from, and others to judge by.

    Args:
        train: Shape (n, *item), float32.
        validation: Shape (m, *item): never learned from; checkpoints are chosen by them.
        sha256: Hash of both and their order.
    """

    train: FloatItems = field(repr=False)
    validation: FloatItems = field(repr=False)
    sha256: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item."""
        return tuple(self.train.shape[1:])

    @classmethod
    def of(
        cls,
        items: npt.ArrayLike,
        *,
        validation: npt.ArrayLike | None = None,
        validation_share: float = 0.1,
        seed: int = 0,
    ) -> "TrainingData":
        """Check items and split them.

        Args:
            items: Shape (n, n_values) or (n, n_channels, height, width); numbers.
            validation: Items to judge by; None takes a share of `items`, drawn with the seed.
            validation_share: That share, above 0 and below 1.
            seed: Of the draw.

        Raises:
            SettingError: If the share is not allowed.
            TrainingError: If the items cannot be learned from: too few, of a wrong shape, not finite, all alike.

        Examples:
            >>> data = TrainingData.of(np.arange(40.0).reshape(20, 2), validation_share=0.25)
            >>> data.train.shape, data.validation.shape
            ((15, 2), (5, 2))
        """
        found = _checked(items, "items")
        if validation is not None:
            held = _checked(validation, "validation items")
            if held.shape[1:] != found.shape[1:]:
                raise TrainingError(
                    f"validation items have shape {held.shape[1:]}, and those to learn from {found.shape[1:]}; bring "
                    "them to one shape"
                )
        else:
            if not 0.0 < validation_share < 1.0:
                raise SettingError(f"validation_share must be above 0 and below 1, got {validation_share:g}")
            order = child_rng(seed, "validation split").permutation(len(found))
            n_held = min(max(1, round(validation_share * len(found))), len(found) - 1)
            found, held = found[np.sort(order[n_held:])], found[np.sort(order[:n_held])]
        if bool((found == found[0]).all()):
            raise TrainingError("all items are alike, so there is nothing to learn; give items that differ")
        digest = hashlib.sha256()
        for part in (found, held):
            digest.update(repr(part.shape).encode("ascii"))
            digest.update(np.ascontiguousarray(part).tobytes())
        return cls(train=found, validation=held, sha256=digest.hexdigest())


def _checked(items: npt.ArrayLike, what: str) -> FloatItems:
    try:
        found = np.ascontiguousarray(items, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise TrainingError(
            f"{what} are not an array of numbers ({error}); give them all one shape"
        ) from None
    if found.ndim not in (2, 4) or 0 in found.shape[1:]:
        raise TrainingError(
            f"{what} have shape {found.shape}; vectors are (n, n_values), pictures (n, n_channels, height, width)"
        )
    if len(found) < LEAST_ITEMS and what == "items":
        raise TrainingError(f"{len(found)} items are too few to learn from; give {LEAST_ITEMS} or more")
    if len(found) == 0:
        raise TrainingError(f"there are no {what}; give at least one")
    is_finite = np.isfinite(found).reshape(len(found), -1).all(axis=1)
    if not is_finite.all():
        bad = int(np.flatnonzero(~is_finite)[0])
        raise TrainingError(
            f"{int((~is_finite).sum())} of {len(found)} {what} hold values that are not finite, first item {bad}; "
            "leave them out or mend them"
        )
    return found
