"""Every choice that a user makes for an average of pictures, checked once."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, get_args

from stimgen.errors import SettingError
from stimgen.media.slug import slug
from stimgen.spaces.points_frame import OUTSIDES, Outside
from stimgen.workflows.allowed import demand_one_of
from stimgen.workflows.average_weights import Weights
from stimgen.workflows.picture_settings import FileName, PictureSettings

AverageSpaceName = Literal["points", "crossfade"]


@dataclass(frozen=True, kw_only=True)
class AverageSettings(PictureSettings):
    """How to average pictures, or to blend them by weights.

    Args:
        weights: One number per picture, as numbers, as "0.3:0.7", or as the path of a table with the columns file and
            weight; their sum is 1, and some may be negative. None weights all alike.
        normalise: Whether to divide the weights by their sum.
        space: "points" averages the shapes of pictures with landmarks, and their light on the mean shape; "crossfade"
            averages the light pixel by pixel. None: points where all pictures have landmarks, else an error.
        points: Folder with files of landmarks, named as the pictures are; None for those that lie beside the pictures.
        outside: Where aligned pictures do not reach the edges of the average: "edge" repeats their edges, so that the
            average has the size of the pictures and can be morphed with them; "crop" keeps what all cover.
        id: What the set is called; becomes a slug.

    Raises:
        SettingError: If a value is not allowed, or has no meaning for a single picture.
    """

    weights: Weights | None = None
    normalise: bool = False
    space: AverageSpaceName | None = None
    points: FileName | None = None
    outside: Outside = "edge"
    id: str = "average"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.space is not None:
            demand_one_of("--space", self.space, get_args(AverageSpaceName))
        demand_one_of("--outside", self.outside, OUTSIDES)
        if not isinstance(self.id, str) or not self.id.strip():
            raise SettingError(f"--id {self.id!r} is no name for a set; give one such as mean-face")
        object.__setattr__(self, "id", slug(self.id))
        if self.normalise and self.weights is None:
            raise SettingError("--normalise divides --weights by their sum, and there are none; leave it out")
        if self.points is not None:
            if not isinstance(self.points, str | PathLike) or not str(self.points):
                raise SettingError(
                    f"--points {self.points!r} is not allowed; give the folder of the files of landmarks"
                )
            object.__setattr__(self, "points", Path(self.points))
        self._refuse_unused_landmarks()
        self._refuse_idle_match()

    def _refuse_unused_landmarks(self) -> None:
        if self.space != "crossfade":
            return
        for option, is_given in (
            ("--points", self.points is not None),
            ("--align", self.align != "procrustes"),
            ("--outside", self.outside != "edge"),
        ):
            if is_given:
                raise SettingError(
                    f"{option} is about landmarks, and --space crossfade uses none; leave one of them out"
                )

    def _refuse_idle_match(self) -> None:
        """Refuse to make one picture alike to itself."""
        if self.match in ("histogram", "spectrum"):
            raise SettingError(
                f"--match {self.match} makes several pictures alike, and an average is one; use --match luminance or "
                "contrast with a target"
            )
        if self.match != "none" and self.luminance is None and self.contrast is None:
            wanted = "--luminance" if self.match == "luminance" else "--luminance or --contrast"
            raise SettingError(
                f"--match {self.match} needs a target where there is one picture; add {wanted}"
            )
