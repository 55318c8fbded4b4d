"""What a space of pictures is: the sibling of `stimgen.spaces.base` for the other medium."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from stimgen.media.landmarks import Landmarks
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray


@dataclass(frozen=True, kw_only=True)
class PictureRendering:
    """One raw stimulus: what a space gives at one position, before luminance is matched and values are rounded.

    Args:
        pixels: Values as files encode them, shape (height_px, width_px, n_channels), float64, 0 to 1, not rounded.
        points: Where the landmarks are in it; None if the space has none.
        end_source: What positions 0 and 1 are: the pictures as they went in ("original"), or made like all others
            ("resynth").
        n_clipped: Values that lay outside 0 to 1 by more than half a step of the bit depth and were set to 0 or 1.
        n_folds: Places (triangles) where the map from this picture to a or b turns over; None where there is no map.
    """

    pixels: FloatArray
    points: Landmarks | None = None
    end_source: Literal["original", "resynth"] = "resynth"
    n_clipped: int = 0
    n_folds: int | None = None


class PictureBetween(Protocol):
    """The way between two pictures: a callable from position (0 is a, 1 is b) to a rendering."""

    @property
    def ends(self) -> tuple[Picture, Picture]:
        """The pictures a and b as the space places them: aligned, and so equal to positions 0 and 1."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was found out about this pair, as plain JSON values for the manifest (alignment, folds, mass, ...)."""

    def __call__(self, position: float) -> PictureRendering:
        """Render one position; beyond 0 and 1 it extrapolates."""


class PictureSpace(Protocol):
    """A space of pictures."""

    @property
    def name(self) -> str:
        """What manifests and the command line call it."""

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""

    def between(self, a: Picture, b: Picture, *, seed: int) -> PictureBetween:
        """Return the way between two pictures of one size, mode and transfer function.

        Raises:
            SettingError: If the pictures or the settings do not go together.
            PictureError: If a picture cannot serve in this space.
        """
