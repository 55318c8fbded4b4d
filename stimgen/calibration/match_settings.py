"""How the light of a set of pictures is matched: what the user chooses, and what came of it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from stimgen.calibration.luminance_measure import LuminanceFacts
from stimgen.errors import SettingError
from stimgen.media.picture import BitDepth, Picture
from stimgen.media.transfer import TRANSFERS, TransferName

Match = Literal["none", "luminance", "contrast", "histogram", "spectrum"]
SpectrumKind = Literal["rotational", "full"]
MATCHES: tuple[Match, ...] = get_args(Match)


@dataclass(frozen=True, kw_only=True)
class MatchSettings:
    """What is made equal over a set of pictures.

    Args:
        match: "luminance" is the mean; "contrast" mean and standard deviation; "histogram" every luminance and how
            often it comes; "spectrum" the mean and the amplitude of every spatial frequency; "none" leaves the
            pictures as they are but for rounding.
        transfer: How encoded values become light; None is what each picture says of itself. "linear" matches encoded
            values, as the SHINE toolbox does with grey values.
        mean_luminance: The mean that all get, between 0 and 1; None is the mean of the set. For "luminance" and
            "contrast".
        rms_contrast: The standard deviation that all get; None is the mean of the set. For "contrast".
        spectrum: Whether amplitudes are matched per ring of one spatial frequency ("rotational"), so that a picture
            keeps its orientations, or one by one ("full"), which makes standard deviations equal too.
        most_clipped: Share of a picture's pixels that may fall out of range before the whole set is lowered.
        strict: Refuse where the target of the whole set would have to be lowered, or more than `most_clipped` of a
            picture's pixels be clipped or paled.
        bit_depth: What pictures are rounded to, 8 or 16; None is what each came with.
    """

    match: Match = "none"
    transfer: TransferName | None = None
    mean_luminance: float | None = None
    rms_contrast: float | None = None
    spectrum: SpectrumKind = "rotational"
    most_clipped: float = 0.001
    strict: bool = False
    bit_depth: BitDepth | None = None

    def __post_init__(self) -> None:
        _demand("match", self.match, MATCHES)
        _demand("spectrum", self.spectrum, get_args(SpectrumKind))
        _demand("transfer", self.transfer, (None, *TRANSFERS))
        _demand("bit_depth", self.bit_depth, (None, 8, 16))
        if not 0.0 <= self.most_clipped <= 0.1:
            raise SettingError(f"most_clipped is a share of pixels from 0 to 0.1, got {self.most_clipped:g}")
        if self.mean_luminance is not None:
            self._demand_use("mean_luminance", self.mean_luminance, ("luminance", "contrast"), below=1.0)
        if self.rms_contrast is not None:
            self._demand_use("rms_contrast", self.rms_contrast, ("contrast",), below=0.5)

    def _demand_use(self, name: str, value: float, uses: tuple[str, ...], *, below: float) -> None:
        if self.match not in uses:
            raise SettingError(
                f"{name} is a target for match {' or '.join(uses)}, got match {self.match}; leave {name} out"
            )
        if not 0.0 < value < below:
            raise SettingError(f"{name} is relative to white, above 0 and below {below:g}, got {value:g}")


@dataclass(frozen=True, kw_only=True)
class PictureMatch:
    """What matching did to one picture.

    Args:
        name: Its name.
        before: Its light as it came.
        after: Its light as it is written, after rounding.
        n_clipped: Pixels whose luminance was set to black or white.
        n_paled: Pixels mixed with grey because their colour is not to be had that bright.
        n_tied: Pixels that the histogram could order only by their place; 0 for other matches.
        is_dithered: Whether the picture was off its target when every value went to the nearest step, so that values
            between two steps went to one of them by place.
        residual: What is left unmatched: of "histogram" the share of pixels in the wrong level, of "spectrum" the root
            mean square difference of amplitudes over their root mean square, the mean left out; else None.
        is_on_target: Mean luminance within 0.1 % and, where it is matched, contrast within 0.5 % of the target.
    """

    name: str
    before: LuminanceFacts
    after: LuminanceFacts
    n_clipped: int
    n_paled: int
    n_tied: int
    is_dithered: bool
    residual: float | None
    is_on_target: bool


@dataclass(frozen=True, kw_only=True)
class MatchRecord:
    """What was asked of a set and what came of it; `as_json` is for manifests.

    Args:
        settings: The settings.
        asked_mean_luminance: The mean that was asked for, given or the set's own; None for "none".
        asked_rms_contrast: The standard deviation that was asked for; None where it is not matched.
        target_mean_luminance: The mean that fits the whole set, at most the one asked for.
        target_rms_contrast: The standard deviation that fits the whole set, at most the one asked for; of rotational
            spectra the mean over the set.
        pictures: One per picture, in order.
    """

    settings: MatchSettings
    asked_mean_luminance: float | None
    asked_rms_contrast: float | None
    target_mean_luminance: float | None
    target_rms_contrast: float | None
    pictures: tuple[PictureMatch, ...]

    @property
    def is_lowered(self) -> bool:
        """Whether the whole set got less light or contrast than was asked for, so that all pictures fit."""
        return (self.target_mean_luminance, self.target_rms_contrast) != (
            self.asked_mean_luminance,
            self.asked_rms_contrast,
        )

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return asdict(self) | {"is_lowered": self.is_lowered}


@dataclass(frozen=True, kw_only=True)
class MatchedSet:
    """Pictures whose light is matched, and the record of how.

    Args:
        pictures: In the order they came, their values whole steps of their bit depth.
        record: What was asked and what came of it.
    """

    pictures: tuple[Picture, ...]
    record: MatchRecord


def _demand(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        names = ", ".join(str(one) for one in allowed if one is not None)
        raise SettingError(f"{name} {value!r} is unknown; allowed are {names}")
