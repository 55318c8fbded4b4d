"""Landmarks: named places in a picture, such as the pupils of a face."""

from dataclasses import dataclass, field
from pathlib import Path

from stimgen.media.sound import FloatArray


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """Places in one picture, in a fixed order.

    The centre of the top left pixel is (0, 0): whole numbers are centres of pixels, x runs to the right, y down.

    Args:
        xy: Places, shape (n_points, 2), float64, px.
        names: One per point where the file names them, else empty.
        lines: Chains of indices of points that the file joins by lines (`.tem`), kept so that it can be written again.
        closed: For each chain, whether it is closed.
        path: The file that they were read from.
        sha256: Of its bytes, lower-case hexadecimal.
        raw: The bytes of that file.
    """

    xy: FloatArray
    names: tuple[str, ...] = ()
    lines: tuple[tuple[int, ...], ...] = ()
    closed: tuple[bool, ...] = ()
    path: Path | None = None
    sha256: str | None = None
    raw: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return int(self.xy.shape[0])
