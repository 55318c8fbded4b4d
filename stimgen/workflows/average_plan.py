"""What an average of pictures will be made of, before anything is rendered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from stimgen.errors import PictureError, ReadError, SettingError
from stimgen.media.file_bytes import is_there, one_line
from stimgen.media.picture import BitDepth, Picture
from stimgen.media.slug import distinct, slug
from stimgen.workflows.average_items import AverageItem, AverageSource, PictureShelf, look_at, source_of
from stimgen.workflows.average_settings import AverageSettings, AverageSpaceName
from stimgen.workflows.average_weights import Shares, shares_of
from stimgen.workflows.picture_files import find_picture_files
from stimgen.workflows.picture_plan import read_mask
from stimgen.workflows.picture_settings import FileName
from stimgen.workflows.progress import Progress

Given = Picture | FileName | Iterable[Picture | FileName]

MAX_PICTURES = 10_000


@dataclass(frozen=True, kw_only=True)
class AveragePlan:
    """What will be averaged: every picture read once, and checked.

    Args:
        settings: The choices.
        space: What averages.
        names: Distinct ASCII slugs of the pictures.
        items: What is known of each picture.
        shelf: Where their pixels are to be had, one after the other.
        shares: How much of each goes in.
        left_out: Names of files in the folder that are no pictures.
        mask: Where pixels count for matching; None for everywhere.
        bit_depth: Of the file to be written.
    """

    settings: AverageSettings
    space: AverageSpaceName
    names: tuple[str, ...]
    items: tuple[AverageItem, ...]
    shelf: PictureShelf
    shares: Shares
    left_out: tuple[str, ...] = ()
    mask: Picture | None = None
    bit_depth: BitDepth = 8

    @property
    def id(self) -> str:
        """What the set is called."""
        return self.settings.id

    @property
    def stand_ins(self) -> tuple[Picture, ...]:
        """Pictures of the sizes and with the landmarks of all, without their pixels."""
        return tuple(item.stand_in for item in self.items)


def prepare_average(
    given: Given, settings: AverageSettings, *, progress: Progress | None = None
) -> AveragePlan:
    """Find, read and check pictures: everything short of averaging them.

    Args:
        given: A folder, or two or more files or pictures.
        settings: The choices.
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        SettingError: If the choices do not go together or with the pictures, or there are fewer than two.
        ReadError: If a folder, picture, file of landmarks, mask or table of weights cannot be read.
        PictureError: If a picture is not usable, or two are the same.
    """
    wanted, left_out = _listed(given)
    sources = [source_of(one, settings) for one in wanted]
    labels = [source.label for source in sources]
    shares = shares_of(
        settings.weights, labels, [source.path for source in sources], normalise=settings.normalise
    )
    space = _space_for(sources, settings)
    if space == "crossfade":
        sources = [replace(source, points=None) for source in sources]
    else:
        _refuse_two_schemes(sources)
    shelf = PictureShelf(sources, settings)
    names = distinct([slug(source.name) for source in sources])
    mask = read_mask(settings)
    items = look_at(shelf, sources, names, shares.weights, progress=progress or _no_progress)
    depths: list[BitDepth] = [item.stand_in.bit_depth for item in items]
    return AveragePlan(
        settings=settings,
        space=space,
        names=tuple(names),
        items=tuple(items),
        shelf=shelf,
        shares=shares,
        left_out=left_out,
        mask=mask,
        bit_depth=settings.bit_depth or max(depths),
    )


def _listed(given: Given) -> tuple[list[Picture | FileName], tuple[str, ...]]:
    """Return the pictures or files that were given, and what in a folder stays out."""
    left_out: list[str] = []
    if not isinstance(given, Picture | str | PathLike | Iterable):
        raise SettingError(
            f"an average is made of a folder, or of two or more files or pictures, got {type(given).__name__}"
        )
    wanted = [given] if isinstance(given, Picture | str | PathLike) else list(given)
    if len(wanted) == 1 and not isinstance(wanted[0], Picture) and _is_folder(wanted[0]):
        folder = Path(wanted[0])
        found, left_out = find_picture_files(folder)
        if len(found) == 1:
            raise SettingError(
                f"an average needs two or more pictures, and the folder {one_line(str(folder))!r} holds one, "
                f"{one_line(found[0].name)}"
            )
        wanted = list(found)
    if len(wanted) == 1 and not isinstance(wanted[0], Picture) and not is_there(Path(wanted[0])):
        raise ReadError(f"there is no folder or file {one_line(str(wanted[0]))}; check the path")
    if len(wanted) < 2 or len(wanted) > MAX_PICTURES:
        raise SettingError(
            f"an average needs 2 to {MAX_PICTURES} pictures, got {len(wanted)}; give files, or one folder that holds "
            "them"
        )
    folders = [one for one in wanted if not isinstance(one, Picture) and _is_folder(one)]
    if folders:
        raise SettingError(
            f"{one_line(str(folders[0]))} is a folder among {len(wanted)} files or folders; give files alone, or one "
            "folder alone"
        )
    return wanted, tuple(left_out)


def _is_folder(name: FileName) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, TypeError, ValueError):
        return False


def _space_for(sources: Sequence[AverageSource], settings: AverageSettings) -> AverageSpaceName:
    """Return the space that was named, or points if all pictures have landmarks.

    Raises:
        SettingError: If some have none.
    """
    lacking = [source.label for source in sources if source.points is None]
    if settings.space == "crossfade" or not lacking:
        return settings.space or "points"
    if len(lacking) == len(sources):
        whose = f"none of the {len(sources)} pictures has"
    elif len(lacking) == 1:
        whose = f"{lacking[0]} has no"
    else:
        whose = f"{len(lacking)} of {len(sources)} pictures, {lacking[0]} the first, have no"
    raise SettingError(
        f"{whose} landmarks; put files of landmarks beside the pictures or in a folder for --points (.tem, .pts, csv, "
        "named as the pictures are), or use --space crossfade for a plain average of the light"
    )


def _refuse_two_schemes(sources: Sequence[AverageSource]) -> None:
    """Refuse landmarks that cannot be the same points in the same order."""
    first = sources[0]
    for source in sources[1:]:
        a, b = first.points, source.points
        if a is None or b is None:
            continue
        if a.n_points != b.n_points:
            raise PictureError(
                f"{first.label} has {a.n_points} landmarks and {source.label} has {b.n_points}; an average needs the "
                "same points in the same order in all pictures; give files of landmarks of one scheme"
            )
        differing = [n for n, (one, other) in enumerate(zip(a.names, b.names, strict=False)) if one != other]
        if differing:
            n = differing[0]
            raise PictureError(
                f"point {n} is {one_line(a.names[n])!r} in {first.label} and {one_line(b.names[n])!r} in "
                f"{source.label}; an average needs the same points in the same order in all pictures"
            )


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
