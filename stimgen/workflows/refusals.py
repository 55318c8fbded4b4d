"""Several things that cannot be made, told in one sentence with the reason of each."""

from collections.abc import Sequence

from stimgen.errors import StimgenError

MOST_TOLD = 5


def raise_refusals(found: Sequence[tuple[str, StimgenError]], *, n_all: int, cannot: str) -> None:
    """Raise one error that tells of all that was refused; nothing happens if that is nothing.

    Args:
        found: What each is called, empty if its error says it, and the error. The same reason is told once.
        n_all: How many things there are.
        cannot: What they are and cannot: "pairs cannot be made".

    Raises:
        StimgenError: Of the kind of the first error; up to five reasons are told.
    """
    if not found:
        return
    kind = type(found[0][1])
    labels_of: dict[str, list[str]] = {}
    for label, error in found:
        labels = labels_of.setdefault(str(error), [])
        if label not in labels:
            labels.append(label)
    told = [f"{_called(labels)}{reason}" for reason, labels in labels_of.items()]
    if len(told) == 1:
        raise kind(told[0])
    # an unnamed one is a thing of its own, a name may have several reasons
    names = {label or str(error) for label, error in found}
    listed = " ".join(f"({n}) {one}" for n, one in enumerate(told[:MOST_TOLD], 1))
    rest = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    raise kind(f"{len(names)} of {n_all} {cannot}: {listed}{rest}")


def _called(labels: Sequence[str]) -> str:
    if not labels[0]:
        return ""
    more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
    return f"{labels[0]}{more}: "
