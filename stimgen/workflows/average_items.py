"""Pictures that go into an average: read one at a time, looked at, and read again when they are needed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from stimgen.errors import PictureError, SettingError, StimgenError
from stimgen.export.picture_manifest import PictureSourceRecord
from stimgen.media.file_bytes import one_line, printable
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import landmarks_beside, with_landmarks
from stimgen.media.medium import PICTURE_SUFFIXES, medium_of
from stimgen.media.picture import Picture, PictureFacts
from stimgen.media.picture_read import picture_of, read_picture
from stimgen.media.picture_shape import ShapeFacts
from stimgen.workflows.average_settings import AverageSettings
from stimgen.workflows.picture_plan import PreparedPicture, prepare_alike
from stimgen.workflows.picture_settings import FileName
from stimgen.workflows.picture_sources import picture_source_records
from stimgen.workflows.progress import Progress
from stimgen.workflows.refusals import raise_refusals

# pictures are kept until they add up to this many values (8 bytes each); later ones are decoded again
MAX_KEPT_VALUES = 60_000_000
MAX_SOURCE_BYTES = 2 * 2**30
CANNOT = "pictures cannot be averaged"
# the most that a contact sheet shows of each, px
_SIDE_PX = 240


@dataclass(frozen=True, kw_only=True)
class AverageSource:
    """One picture that is to go in, before it is read.

    Args:
        path: Its file; None for a picture that was made in memory.
        picture: That picture; None for a file.
        points: Its landmarks; None for none, or where none are wanted.
    """

    path: Path | None
    picture: Picture | None
    points: Landmarks | None

    @property
    def name(self) -> str:
        """What slugs are made of."""
        return self.picture.name if self.picture is not None else printable(Path(str(self.path)).stem)

    @property
    def label(self) -> str:
        """What errors call it."""
        return one_line(str(self.path) if self.path is not None else self.name)


@dataclass(frozen=True, kw_only=True)
class AverageItem:
    """One picture that goes in, as it was found to be; its pixels are left to `PictureShelf`.

    Args:
        record: Its place in the manifest.
        stored: The files to keep in the set.
        stand_in: Of its size, with its landmarks and without pixels of its own.
        side: Small, for the contact sheet.
        shape: How it was cropped and resized.
        facts: What its file was.
        print_: Hash of pixels and landmarks.
    """

    record: PictureSourceRecord
    stored: dict[str, bytes] = field(repr=False)
    stand_in: Picture = field(repr=False)
    side: Picture = field(repr=False)
    shape: ShapeFacts
    facts: PictureFacts | None
    print_: str


def source_of(given: Picture | FileName, settings: AverageSettings) -> AverageSource:
    """Return a picture, or a file, with the landmarks that belong to it.

    Raises:
        SettingError: If it is no path and no picture, or a file of another medium.
        ReadError: If a file of landmarks cannot be read, or there are several that differ.
    """
    if isinstance(given, Picture):
        points = None if settings.space == "crossfade" else _points_of(given, given.path, settings)
        return AverageSource(path=None, picture=given, points=points)
    try:
        path = Path(given)
    except TypeError:
        raise SettingError(
            f"an average is made of files or pictures, got {type(given).__name__}; read files with read_picture"
        ) from None
    if path.is_file() and medium_of(path) != "picture":
        raise SettingError(
            f"{one_line(str(path))} is no picture; give files such as {', '.join(PICTURE_SUFFIXES)}"
        )
    points = None if settings.space == "crossfade" else _points_of(None, path, settings)
    return AverageSource(path=path, picture=None, points=points)


def _points_of(picture: Picture | None, path: Path | None, settings: AverageSettings) -> Landmarks | None:
    if settings.points is not None:
        name = path.name if path is not None else f"{picture.name if picture else ''}.png"
        return landmarks_beside(Path(settings.points) / name)
    if picture is not None and picture.points is not None:
        return picture.points
    return None if path is None else landmarks_beside(path)


class PictureShelf:
    """Reads the pictures of an average, one at a time, and keeps as many as memory allows.

    Args:
        sources: The pictures.
        settings: How they are read and shaped.
    """

    def __init__(self, sources: Sequence[AverageSource], settings: AverageSettings) -> None:
        self._sources = sources
        self._settings = settings
        self._raw: dict[int, bytes] = {}
        self._kept: dict[int, Picture] = {}
        self._n_kept = 0
        self._n_raw_bytes = 0
        self.is_rgb = False

    def first_look(self, index: int) -> PreparedPicture:
        """Read a picture for the first time.

        Raises:
            StimgenError: If it cannot be read, shaped, or have these landmarks.
        """
        prepared = self._prepared(index)
        facts = prepared.original.facts
        if self._sources[index].picture is None and facts is not None and facts.raw is not None:
            self._raw[index] = facts.raw
            self._n_raw_bytes += len(facts.raw)
        if self._n_raw_bytes > MAX_SOURCE_BYTES:
            raise SettingError(
                f"the files of the pictures are larger than {MAX_SOURCE_BYTES // 2**30} GiB together; save them smaller"
            )
        if self._n_kept + prepared.picture.pixels.size <= MAX_KEPT_VALUES:
            self._n_kept += prepared.picture.pixels.size
            self._kept[index] = prepared.picture
        return prepared

    def picture(self, index: int) -> Picture:
        """Return a picture as it goes into the average: the one of the first look, whatever became of its file."""
        found = self._kept.get(index)
        picture = self._prepared(index).picture if found is None else found
        if self.is_rgb and picture.n_channels == 1:
            return replace(picture, pixels=np.repeat(picture.pixels, 3, axis=2))
        return picture

    def _prepared(self, index: int) -> PreparedPicture:
        source, settings = self._sources[index], self._settings
        picture = source.picture
        if picture is None:
            path, raw = Path(str(source.path)), self._raw.get(index)
            picture = (
                read_picture(path, background=settings.background, transfer=settings.transfer)
                if raw is None
                else picture_of(raw, path=path, background=settings.background, transfer=settings.transfer)
            )
        elif settings.transfer is not None:
            picture = replace(picture, transfer=settings.transfer)
        picture = replace(picture, points=None)
        if source.points is not None:
            picture = with_landmarks(picture, source.points)
        return prepare_alike((picture,), settings)[0]


def look_at(
    shelf: PictureShelf,
    sources: Sequence[AverageSource],
    names: Sequence[str],
    weights: Sequence[float],
    *,
    progress: Progress,
) -> list[AverageItem]:
    """Read every picture once and note what is needed of it later; one is in memory at a time, and those kept.

    Args:
        shelf: Reads them.
        sources: The pictures.
        names: Their slugs.
        weights: How much of each goes in.
        progress: Called as progress(stage, n_done, n_all).

    Raises:
        StimgenError: If pictures cannot be read or used; up to five are named.
        SettingError: If they differ in size or transfer function.
        PictureError: If two are the same.
    """
    items: list[AverageItem] = []
    refused: list[tuple[str, StimgenError]] = []
    for index, source in enumerate(sources):
        progress("read", index, len(sources))
        try:
            prepared = shelf.first_look(index)
        except StimgenError as error:
            known = source.name in str(error)
            refused.append(("" if known else source.label, error))
        else:
            items.append(_noted(prepared, names[index], weights[index]))
    raise_refusals(refused, n_all=len(sources), cannot=CANNOT)
    progress("read", len(sources), len(sources))
    _refuse_unlike(items)
    _refuse_twice(items)
    return _in_one_mode(items, shelf)


def _noted(prepared: PreparedPicture, name: str, weight: float) -> AverageItem:
    picture = prepared.picture
    records, files = picture_source_records(("item",), (prepared,), (name,), weights=(weight,))
    seen = hashlib.sha256(np.ascontiguousarray(picture.pixels).data)
    if picture.points is not None:
        seen.update(np.ascontiguousarray(picture.points.xy).data)
    return AverageItem(
        record=records[0],
        stored=files,
        stand_in=replace(picture, pixels=np.broadcast_to(0.0, picture.pixels.shape), facts=None),
        side=_small(picture, name=records[0].file),
        shape=prepared.shape,
        facts=prepared.original.facts,
        print_=f"{picture.pixels.shape} {seen.hexdigest()}",
    )


def _small(picture: Picture, *, name: str) -> Picture:
    """Return a picture of at most 240 pixels a side: blocks of pixels averaged, landmarks brought along."""
    n = -(-max(picture.pixels.shape[:2]) // _SIDE_PX)
    rows, columns = picture.height_px // n, picture.width_px // n
    blocks = picture.pixels[: rows * n, : columns * n].reshape(rows, n, columns, n, -1)
    points = picture.points
    if points is not None:
        points = replace(points, xy=(points.xy + 0.5) / n - 0.5)
    return replace(picture, pixels=blocks.mean(axis=(1, 3)), points=points, facts=None, path=None, name=name)


def _refuse_unlike(items: Sequence[AverageItem]) -> None:
    """Refuse pictures that have not one size and one curve from values to light."""
    first = items[0]
    for what, remedy in (
        (
            "size",
            "bring them to one with --size WIDTHxHEIGHT (and --fit stretch, contain or cover), or --crop",
        ),
        ("curve from values to light", "name one for all with --transfer"),
    ):
        unlike = [one for one in items if _told(one, what) != _told(first, what)]
        if unlike:
            more = "" if len(unlike) == 1 else f"; {len(unlike)} of {len(items)} differ from the first"
            raise SettingError(
                f"an average needs pictures of one {what}, got {_told(first, what)} in {one_line(first.record.file)} "
                f"and {_told(unlike[0], what)} in {one_line(unlike[0].record.file)}{more}; {remedy}"
            )


def _told(item: AverageItem, what: str) -> str:
    picture = item.stand_in
    return f"{picture.width_px} x {picture.height_px} px" if what == "size" else picture.transfer


def _refuse_twice(items: Sequence[AverageItem]) -> None:
    seen: dict[str, AverageItem] = {}
    for item in items:
        first = seen.setdefault(item.print_, item)
        if first is not item:
            raise PictureError(
                f"{one_line(first.record.file)} and {one_line(item.record.file)} hold the same picture; leave one out, "
                "and let --weights say if it is to count more"
            )


def _in_one_mode(items: list[AverageItem], shelf: PictureShelf) -> list[AverageItem]:
    """Make grey pictures colour ones where any has colour."""
    if len({item.stand_in.n_channels for item in items}) == 1:
        return items
    shelf.is_rgb = True
    return [
        item
        if item.stand_in.n_channels == 3
        else replace(
            item,
            record=item.record.model_copy(update={"mode_made": "rgb"}),
            stand_in=replace(
                item.stand_in, pixels=np.broadcast_to(0.0, (*item.stand_in.pixels.shape[:2], 3))
            ),
        )
        for item in items
    ]
