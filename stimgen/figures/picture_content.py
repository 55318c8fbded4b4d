"""What a contact sheet of pictures shows, as plain values: nothing here knows how it is drawn."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stimgen.errors import SettingError, ShapeError
from stimgen.figures.content import Evenness
from stimgen.media.sound import FloatArray

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class PictureStep:
    """One finished picture: of a continuum, of its control, or an average.

    Args:
        index: Step index, the first is 0.
        position: Where it lies on the way: 0 is a, 1 is b, outside when extrapolated; NaN if there is no way.
        rgb: As written to the file, in 8 bits, shape (height_px, width_px, 3), red, green and blue.
        mean_luminance: Relative to white, 0 to 1.
        rms_contrast: As the set measures it.
        distance_from_previous: Distance from the step before, in the sheet's metric; None for the first step.
        name: What to call it where positions say nothing; "" if they do.

    Raises:
        ShapeError: If the picture has no pixels or not three channels.
    """

    index: int
    position: float
    rgb: Bytes = field(repr=False)
    mean_luminance: float
    rms_contrast: float
    distance_from_previous: float | None = None
    name: str = ""

    def __post_init__(self) -> None:
        _check_rgb(f"step {self.index}", self.rgb)

    @property
    def end(self) -> str | None:
        """Which end of the way it is: "a", "b", or None."""
        return {0.0: "a", 1.0: "b"}.get(round(self.position, 6))


@dataclass(frozen=True, kw_only=True)
class PictureSide:
    """One of the pictures that went in, as it was placed for the morph.

    Args:
        name: What to call it, any text; shortened where it is too long.
        rgb: In 8 bits, shape (height_px, width_px, 3).
        points_xy: Its landmarks, shape (n_points, 2), px, the centre of the top left pixel is (0, 0); None for none.
        words: One short line on the picture, "" for none.
    """

    name: str
    rgb: Bytes = field(repr=False)
    points_xy: FloatArray | None = field(default=None, repr=False)
    words: str = ""

    def __post_init__(self) -> None:
        _check_rgb(f"picture {self.name!r}", self.rgb)


@dataclass(frozen=True, kw_only=True)
class PictureSheetContent:
    """Everything that a contact sheet of pictures shows.

    Args:
        title: Name of the set.
        subtitle: One line on how it was made.
        steps: Every step in order; the curves show all of them, the panels at most 16 evenly chosen ones.
        sides: The pictures that went in: a and b of a line, or up to twelve of a blend.
        sides_words: What they are, above them.
        metric_name: Name of the distance between steps, "" where there is none.
        metric_unit: Its unit, "" if it has none.
        evenness: How even the steps are, in the metric named above and in others.
        contrast_name: What the contrasts are, for the axis.
        notes: Short warnings to print at the foot.
        controls: The steps of a matched control, drawn below the others.

    Raises:
        SettingError: If there are no steps.
    """

    title: str
    subtitle: str
    steps: tuple[PictureStep, ...]
    sides: tuple[PictureSide, ...]
    sides_words: str = ""
    metric_name: str = ""
    metric_unit: str = ""
    evenness: tuple[Evenness, ...] = ()
    contrast_name: str = "RMS contrast"
    notes: tuple[str, ...] = ()
    controls: tuple[PictureStep, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise SettingError(
                "a contact sheet shows at least 1 step, got none; hand in the finished stimuli"
            )


def _check_rgb(what: str, rgb: Bytes) -> None:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape or rgb.dtype != np.uint8:
        raise ShapeError(
            f"{what} must be 8-bit values of shape (height, width, 3), got {rgb.dtype} {rgb.shape}"
        )
