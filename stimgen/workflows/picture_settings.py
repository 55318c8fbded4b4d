"""Every choice that a user makes for pictures, checked once: the sibling of `stimgen.workflows.settings`."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, cast, get_args

from stimgen.calibration.match_settings import Match, MatchSettings
from stimgen.distance.pictures import PICTURE_METRICS
from stimgen.errors import SettingError
from stimgen.media.picture import BitDepth
from stimgen.media.picture_background import Background, background_of
from stimgen.media.picture_shape import FITS, Crop, Fit, PictureShape, Size, crop_of, size_of
from stimgen.media.transfer import TRANSFERS, TransferName
from stimgen.spaces.picture_base import PictureSpace
from stimgen.spaces.points_align import Align, parse_align
from stimgen.workflows.allowed import (
    demand_number,
    demand_one_of,
    demand_two_numbers,
    demand_whole_number,
)
from stimgen.workflows.line_bounds import MAX_POSITION, MAX_STEPS, MIN_POSITION, MIN_STEPS, SpacingName

PictureSpaceName = Literal["points", "transport-2d", "crossfade"]
FileName = str | PathLike[str]


@dataclass(frozen=True, kw_only=True)
class PictureSettings:
    """How pictures are read, shaped, matched and written, for whatever becomes a stimulus.

    Args:
        background: What lies behind transparent parts and beside fitted pictures: a grey from 0 to 1, or a colour.
        crop: Part of each upright picture to keep, "LEFT:TOP:WIDTH:HEIGHT" in px.
        size: What each is resized to: (width, height) or the longer side, px; "512x640" or "512".
        fit: What gives way where proportions differ: "none", "stretch", "contain" or "cover".
        align: How pictures with landmarks are laid over each other: "procrustes", "none", or two points such as "0:1".
        match: "none", "luminance", "contrast", "histogram" or "spectrum": what is made equal over the set.
        luminance: Mean luminance that all get, relative to white; None for the mean of the set.
        contrast: RMS contrast that all get, relative to white; None for the mean of the set.
        mask: A picture of the size of the stimuli; where it is brighter than half its range pixels count for `match`.
        strict: Whether a target that not all pictures reach is an error; otherwise the whole set is lowered.
        transfer: How values become light: "srgb", "gamma-2.2", "linear"; None for what the files say, else sRGB.
        bit_depth: 8 or 16; None takes the higher one of the pictures.
        seed: Seed of whatever a space draws.

    Raises:
        SettingError: If a value is not allowed.
    """

    background: Background | None = None
    crop: str | Crop | None = None
    size: str | Size | None = None
    fit: Fit = "none"
    align: str = "procrustes"
    match: Match = "none"
    luminance: float | None = None
    contrast: float | None = None
    mask: FileName | None = None
    strict: bool = False
    transfer: TransferName | None = None
    bit_depth: BitDepth | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.background is not None:
            object.__setattr__(self, "background", background_of(self.background))
        if isinstance(self.crop, str):
            object.__setattr__(self, "crop", crop_of(self.crop))
        if isinstance(self.size, str):
            object.__setattr__(self, "size", size_of(self.size))
        demand_one_of("--fit", self.fit, FITS)
        if self.fit != "none" and not isinstance(self.size, tuple):
            raise SettingError(
                f"--fit {self.fit} says how a picture fits a width and height; add --size, for example 512x640"
            )
        if self.transfer is not None:
            demand_one_of("--transfer", self.transfer, TRANSFERS)
        if self.bit_depth is not None:
            is_number = not isinstance(self.bit_depth, bool) and str(self.bit_depth) in ("8", "16")
            if not is_number:
                raise SettingError(f"--bit-depth {self.bit_depth!r} is not allowed; pictures have 8 or 16")
            object.__setattr__(self, "bit_depth", int(self.bit_depth))
        demand_whole_number("--seed", self.seed, 0, 2**63 - 1)
        demand_one_of("--match", self.match, get_args(Match))
        for option, value, below in (
            ("--luminance", self.luminance, 0.999),
            ("--contrast", self.contrast, 0.499),
        ):
            if value is not None:
                demand_number(option, value, 0.001, below, unit=" relative to white")
        _ = self.match_settings, self.asked_align
        if self.mask is not None and self.match == "none":
            raise SettingError(
                "--mask says where pixels count for --match, and nothing is matched; add --match"
            )
        if self.mask is not None and self.match == "spectrum":
            raise SettingError(
                "--match spectrum is of whole pictures; leave --mask out, or match the histogram inside it"
            )

    @property
    def shape(self) -> PictureShape:
        """How pictures are cropped and resized."""
        return PictureShape(
            crop=cast(Crop | None, self.crop),
            size=cast(Size | None, self.size),
            fit=self.fit,
            background=self.background,
        )

    @property
    def match_settings(self) -> MatchSettings:
        """How the light of the set is matched."""
        return MatchSettings(
            match=self.match,
            mean_luminance=self.luminance,
            rms_contrast=self.contrast,
            strict=self.strict,
            bit_depth=self.bit_depth,
        )

    @property
    def asked_align(self) -> Align:
        """How pictures with landmarks are laid over each other."""
        if not isinstance(self.align, str):
            raise SettingError(
                f"--align {self.align!r} is unknown; allowed are procrustes, none, or two points such as 0:1"
            )
        return parse_align(self.align)


@dataclass(frozen=True, kw_only=True)
class PictureMorphSettings(PictureSettings):
    """How to go from picture a to picture b.

    Args:
        steps: Number of stimuli, both ends included, 2 to 200.
        range: First and last position; 0 is a, 1 is b, beyond them lies caricature. Within -1 to 2.
        spacing: "equal" places the steps at equal distances in the metric, "linear" at equal differences of position.
        metric: "ssim", "pixel" or "gradient": the distance that is made equal and told for every step.
        space: "points" (landmarks), "transport-2d" (drawings and silhouettes without landmarks), "crossfade" (the
            control), a space object, or None: points where both pictures have landmarks, else an error that says so.
        points: Landmark files of a and of b; None for those that lie beside the pictures under their names.
        control: "crossfade" adds a matched control continuum to the set; None adds none.

    Raises:
        SettingError: If a value is not allowed.
    """

    steps: int = 9
    range: tuple[float, float] = (0.0, 1.0)
    spacing: SpacingName = "equal"
    metric: str = "ssim"
    space: PictureSpaceName | PictureSpace | None = None
    points: Sequence[FileName] | None = None
    control: Literal["crossfade"] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        demand_whole_number("--steps", self.steps, MIN_STEPS, MAX_STEPS)
        first, last = demand_two_numbers("--range", self.range, example="0:1")
        object.__setattr__(self, "range", (first, last))
        if not (MIN_POSITION <= first < last <= MAX_POSITION):
            raise SettingError(
                f"--range {first:g}:{last:g} is not allowed; give FIRST:LAST with "
                f"{MIN_POSITION:g} <= FIRST < LAST <= {MAX_POSITION:g}, for example 0:1"
            )
        demand_one_of("--spacing", self.spacing, get_args(SpacingName))
        demand_one_of("--metric", self.metric, tuple(PICTURE_METRICS))
        if self.space is not None and not hasattr(self.space, "between"):
            demand_one_of("--space", self.space, get_args(PictureSpaceName))
        if self.points is not None:
            self._check_points()
        if self.align != "procrustes" and self.space in ("transport-2d", "crossfade"):
            raise SettingError(
                f"--align {self.align} is about landmarks, and --space {self.space} uses none; leave one of them out"
            )
        if self.control is not None:
            demand_one_of("--control", self.control, ("crossfade",))
            if self.space == "crossfade" or getattr(self.space, "name", "") == "crossfade":
                raise SettingError(
                    "--control crossfade beside --space crossfade would be the same continuum twice; leave one out"
                )

    def _check_points(self) -> None:
        names = self.points
        is_pair = not isinstance(names, str) and isinstance(names, Sequence) and len(names) == 2
        if not is_pair or not all(isinstance(one, str | PathLike) and str(one) for one in names or ()):
            raise SettingError(
                f"--points {names!r} is not allowed; give two files, the landmarks of a and of b"
            )
        if self.space in ("transport-2d", "crossfade"):
            raise SettingError(f"--points are landmarks, and --space {self.space} uses none; leave one out")
        object.__setattr__(self, "points", tuple(Path(one) for one in names or ()))
