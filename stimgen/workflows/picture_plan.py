"""What a morph of pictures will make, before anything is rendered: shaped pictures, their landmarks, a space."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stimgen.calibration.luminance_measure import LuminanceFacts, measure_luminance
from stimgen.errors import PictureError, SettingError
from stimgen.media.file_bytes import one_line
from stimgen.media.landmarks_read import read_landmarks, with_landmarks, with_landmarks_beside
from stimgen.media.picture import BitDepth, Picture
from stimgen.media.picture_shape import ShapeFacts, shape_picture
from stimgen.media.slug import distinct, slug
from stimgen.media.sound import FloatArray
from stimgen.spaces.picture_base import PictureSpace
from stimgen.workflows.pair_identity import PairIdentity
from stimgen.workflows.picture_settings import PictureMorphSettings, PictureSettings

MAX_VALUES = 500_000_000
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class PreparedPicture:
    """One picture on its way into a space.

    Args:
        original: As it was read, with its landmarks.
        picture: Cropped and resized, and in colour where another one is.
        shape: How that was done.
        health: Its light when it was read.
        became_rgb: Whether a grey picture became a colour one.
    """

    original: Picture
    picture: Picture
    shape: ShapeFacts
    health: LuminanceFacts
    became_rgb: bool = False


@dataclass(frozen=True, kw_only=True)
class LightAim:
    """What light all stimuli of a set are to have, relative to white; None where it is not matched or not known yet."""

    luminance: float | None = None
    contrast: float | None = None


@dataclass(frozen=True, kw_only=True)
class PicturePlan:
    """What will be made, before anything is rendered.

    Args:
        id: Name of the set.
        settings: The choices.
        sides: a and b.
        space: The space that renders.
        identity: What the pair is called among others.
        mask: Where pixels count for matching, a picture; None for everywhere.
        bit_depth: Of the files to be written.
        lowered: The light that all stimuli get where what was asked for does not fit all of them, or not all sets of a
            collection; None as long as it does.
    """

    id: str
    settings: PictureMorphSettings
    sides: tuple[PreparedPicture, PreparedPicture]
    space: PictureSpace
    identity: PairIdentity = PairIdentity()
    mask: Picture | None = None
    bit_depth: BitDepth = 8
    lowered: LightAim | None = None

    @property
    def pictures(self) -> tuple[Picture, Picture]:
        """The two pictures as they go into the space."""
        return self.sides[0].picture, self.sides[1].picture

    @property
    def names(self) -> tuple[str, str]:
        """Distinct ASCII slugs of a and b."""
        return name_pictures(*(side.original for side in self.sides))


def name_pictures(a: Picture, b: Picture) -> tuple[str, str]:
    """Return distinct ASCII slugs for a and b."""
    slug_a, slug_b = distinct([slug(a.name), slug(b.name)])
    return slug_a, slug_b


def prepare_pictures(
    a: Picture,
    b: Picture,
    settings: PictureMorphSettings,
    *,
    set_id: str | None = None,
    identity: PairIdentity | None = None,
) -> PicturePlan:
    """Check two pictures and bring them to one shape: everything short of rendering.

    Args:
        a: The picture at position 0.
        b: The picture at position 1.
        settings: The choices.
        set_id: Name of the set; by default the names of a and b.
        identity: What the pair is called among others.

    Raises:
        SettingError: If the choices do not go together or with the pictures.
        ReadError: If a file of landmarks or a mask cannot be read.
        PictureError: If a picture is not usable, or a and b are the same.
    """
    a, b = (_chosen_transfer(one, settings) for one in (a, b))
    space_wants_points = settings.space in (None, "points") or not isinstance(settings.space, str)
    if space_wants_points:
        files = settings.points or (None, None)
        a, b = (_with_points(one, file) for one, file in zip((a, b), files, strict=True))
    _refuse_copy(a, b)
    sides = prepare_alike((a, b), settings)
    pictures = sides[0].picture, sides[1].picture
    _refuse_two_sizes(*pictures)
    _refuse_oversized(pictures[0], settings)
    return PicturePlan(
        id=set_id or "-".join(name_pictures(a, b)),
        settings=settings,
        sides=(sides[0], sides[1]),
        space=choose_space(settings, pictures),
        identity=identity or PairIdentity(),
        mask=read_mask(settings),
        bit_depth=settings.bit_depth or max(a.bit_depth, b.bit_depth),
    )


def prepare_alike(pictures: Sequence[Picture], settings: PictureSettings) -> list[PreparedPicture]:
    """Crop and resize pictures, and make grey ones colour where any has colour, be it that of the paper beside it."""
    prepared = [_prepared(one, settings) for one in pictures]
    if len({one.picture.n_channels for one in prepared}) == 1:
        return prepared
    return [_in_colour(one) if one.picture.n_channels == 1 else one for one in prepared]


def _prepared(picture: Picture, settings: PictureSettings) -> PreparedPicture:
    shaped = shape_picture(picture, settings.shape)
    return PreparedPicture(
        original=picture, picture=shaped.picture, shape=shaped.done, health=measure_luminance(picture)
    )


def _in_colour(one: PreparedPicture) -> PreparedPicture:
    return replace(
        one,
        picture=replace(one.picture, pixels=np.repeat(one.picture.pixels, 3, axis=2)),
        became_rgb=True,
    )


def choose_space(settings: PictureMorphSettings, pictures: tuple[Picture, Picture]) -> PictureSpace:
    """Return the space that the settings name, or the one that suits the pictures.

    Raises:
        SettingError: If none was named and the pictures have no landmarks.
    """
    if settings.space is not None and not isinstance(settings.space, str):
        return settings.space
    if settings.space == "transport-2d":
        from stimgen.spaces.transport2d import Transport2dSpace

        return Transport2dSpace()
    if settings.space == "crossfade":
        return make_control_space()
    lacking = [one.name for one in pictures if one.points is None]
    if lacking and settings.space is None:
        whose = "neither picture has" if len(lacking) == 2 else f"{one_line(lacking[0])} has no"
        raise SettingError(
            f"{whose} landmarks; give them with --points A.tem B.tem (.tem, .pts, csv), use --space transport-2d for "
            "drawings and silhouettes or --space crossfade for a plain blend; a space learned from your own pictures "
            "(stimgen train) is yet to come"
        )
    from stimgen.spaces.points import PointsSettings, PointsSpace

    return PointsSpace(chosen=PointsSettings(align=settings.asked_align))


def make_control_space() -> PictureSpace:
    """Return the cross-fade, which is the control."""
    from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace

    return PictureCrossfadeSpace()


def read_mask(settings: PictureSettings) -> Picture | None:
    """Read the mask that the settings name."""
    if settings.mask is None:
        return None
    from stimgen.media.picture_read import read_picture

    return read_picture(Path(settings.mask), background=0.0, transfer="linear")


def demand_mask_fits(mask: Picture, stimulus: Picture) -> None:
    """Refuse a mask that has not the size of the stimuli.

    Raises:
        SettingError: If it has not.
    """
    if mask.pixels.shape[:2] != stimulus.pixels.shape[:2]:
        raise SettingError(
            f"the mask has {mask.width_px} x {mask.height_px} px and the stimuli {stimulus.width_px} x "
            f"{stimulus.height_px}; make it of their size"
        )


def _chosen_transfer(picture: Picture, settings: PictureSettings) -> Picture:
    return picture if settings.transfer is None else replace(picture, transfer=settings.transfer)


def _with_points(picture: Picture, file: Path | str | object) -> Picture:
    if file is not None:
        return with_landmarks(picture, read_landmarks(Path(str(file))))
    return with_landmarks_beside(picture)


def _refuse_copy(a: Picture, b: Picture) -> None:
    same_points = (a.points is None) == (b.points is None) and (
        a.points is None or b.points is None or np.array_equal(a.points.xy, b.points.xy)
    )
    if same_points and _look_the_same(a.pixels, b.pixels):
        raise PictureError(
            f"a and b hold the same picture ({a.name!r} and {b.name!r}); give two different pictures"
        )


def _look_the_same(first: FloatArray, second: FloatArray) -> bool:
    if first.shape != second.shape:
        return False
    # most pictures differ in their first rows already
    parts = zip((first[:8], first), (second[:8], second), strict=True)
    return all(bool(np.all(np.abs(one - other) < _SAME)) for one, other in parts)


def _refuse_two_sizes(a: Picture, b: Picture) -> None:
    if (a.width_px, a.height_px) != (b.width_px, b.height_px):
        raise SettingError(
            f"a has {a.width_px} x {a.height_px} px and b {b.width_px} x {b.height_px}; bring them to one size with "
            "--size WIDTHxHEIGHT (and --fit stretch, contain or cover), or --crop LEFT:TOP:WIDTH:HEIGHT"
        )


def _refuse_oversized(picture: Picture, settings: PictureMorphSettings) -> None:
    n_lines = 1 if settings.control is None else 2
    n_values = picture.pixels.size * settings.steps * n_lines
    if n_values > MAX_VALUES:
        raise SettingError(
            f"{settings.steps} steps of {picture.width_px} x {picture.height_px} px make {n_values / 1e6:.0f} million "
            f"values; at most {MAX_VALUES // 10**6} million are allowed: use fewer --steps or a smaller --size"
        )
