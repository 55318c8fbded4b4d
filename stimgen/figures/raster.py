"""Pictures painted as pixels and written as PNG files."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from stimgen.figures.fonts import font
from stimgen.figures.picture import Box, Cells, Line, Marks, Photo, Picture, Words, outline_of
from stimgen.figures.style import DPI, WHITE, level_colors, rgb
from stimgen.media.sound import FloatArray

# Slanted edges are drawn so much larger and then reduced, as Pillow draws them without grey levels.
_FINER = 4
_DASH_PT, _DASH_GAP_PT = 4.0, 3.0
# Pictures that are enlarged so many times show their pixels as squares.
_PIXELS_FROM = 2.5
# Level 3 without row filters: these pictures get smaller and quicker than with filters, as they are mostly flat.
_ZLIB_LEVEL = 3
_DOTS_PER_METRE = round(DPI / 0.0254)

_Stroke = Callable[[ImageDraw.ImageDraw, FloatArray], None]


def paint(picture: Picture) -> Image.Image:
    """Paint a picture on white.

    Args:
        picture: What to paint.

    Returns:
        An image in red, green and blue, of `picture.width_px` by `picture.height_px` pixels.
    """
    image = Image.new("RGB", (picture.width_px, picture.height_px), WHITE)
    draw = ImageDraw.Draw(image)
    for item in picture.items:
        match item:
            case Words():
                _paint_words(image, draw, item)
            case Box():
                _paint_box(image, draw, item)
            case Cells():
                _paint_cells(image, item)
            case Line():
                _paint_line(image, draw, item)
            case Marks():
                _paint_marks(image, item)
            case Photo():
                _paint_photo(image, item)
    return image


def png_file(image: Image.Image) -> bytes:
    """Return an image as a PNG file without date or program.

    Args:
        image: In red, green and blue.

    References:
        ISO/IEC 15948:2004, Portable Network Graphics.
    """
    pixels = np.asarray(image)
    n_rows, n_columns = pixels.shape[:2]
    rows = np.zeros((n_rows, 1 + 3 * n_columns), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(n_rows, -1)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", n_columns, n_rows, 8, 2, 0, 0, 0)),
        (b"pHYs", struct.pack(">IIB", _DOTS_PER_METRE, _DOTS_PER_METRE, 1)),
        (b"IDAT", zlib.compress(rows.tobytes(), _ZLIB_LEVEL)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _px(inches: float) -> int:
    return round(inches * DPI)


def _paint_words(image: Image.Image, draw: ImageDraw.ImageDraw, words: Words) -> None:
    letters = font(words.size_pt, bold=words.bold)
    if not words.turned:
        start = {"left": "ls", "middle": "ms", "right": "rs"}[words.anchor]
        at = (_px(words.at_in), _px(words.baseline_in))
        draw.text(at, words.text, fill=words.color, font=letters, anchor=start)
        return
    left, top, right, bottom = (round(edge) for edge in letters.getbbox(words.text, anchor="ls"))
    upright = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(upright).text((-left, -top), words.text, fill=255, font=letters, anchor="ls")
    mask = upright.transpose(Image.Transpose.ROTATE_90)
    share = {"left": 1.0, "middle": 0.5, "right": 0.0}[words.anchor]
    corner = (_px(words.at_in) + top, _px(words.baseline_in) - round(share * mask.height))
    image.paste(rgb(words.color), corner, mask)


def _paint_box(image: Image.Image, draw: ImageDraw.ImageDraw, box: Box) -> None:
    left, top = _px(box.left_in), _px(box.top_in)
    right = max(left + 1, _px(box.left_in + box.width_in))
    bottom = max(top + 1, _px(box.top_in + box.height_in))
    if box.round_in <= 0.0:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=box.color)
        return

    def stroke(fine: ImageDraw.ImageDraw, corner: FloatArray) -> None:
        edges = (np.array([left, top, right, bottom]) - np.tile(corner, 2)) * _FINER - (0, 0, 1, 1)
        fine.rounded_rectangle(tuple(edges.tolist()), radius=box.round_in * DPI * _FINER, fill=255)

    _paste(image, np.array([[left, top], [right, bottom]], dtype=np.float64), box.color, stroke)


def _paint_cells(image: Image.Image, cells: Cells) -> None:
    left, top = _px(cells.left_in), _px(cells.top_in)
    right = max(left + 1, _px(cells.left_in + cells.width_in))
    bottom = max(top + 1, _px(cells.top_in + cells.height_in))
    shades = Image.fromarray(np.ascontiguousarray(cells.shades))
    larger = shades.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    larger.putpalette(level_colors().tobytes())
    image.paste(larger.convert("RGB"), (left, top))


def _paint_photo(image: Image.Image, photo: Photo) -> None:
    left, top = _px(photo.left_in), _px(photo.top_in)
    right = max(left + 1, _px(photo.left_in + photo.width_in))
    bottom = max(top + 1, _px(photo.top_in + photo.height_in))
    inside = Image.fromarray(np.ascontiguousarray(photo.rgb))
    # single pixels of small pictures are to be seen as they are
    is_small = _PIXELS_FROM * inside.width <= right - left
    how = Image.Resampling.NEAREST if is_small else Image.Resampling.LANCZOS
    image.paste(inside.resize((right - left, bottom - top), how), (left, top))


def _paint_line(image: Image.Image, draw: ImageDraw.ImageDraw, line: Line) -> None:
    points = np.stack([line.x_in, line.y_in], axis=1) * DPI
    width_px = line.width_pt / 72 * DPI
    if points.shape[0] == 2 and line.opacity == 1.0 and bool(np.any(points[0] == points[1])):
        _paint_straight(draw, np.rint(points), max(1, round(width_px)), line)
        return
    pieces = _pieces(points)
    if line.dashed:
        pieces = [dash for piece in pieces for dash in _dashes(piece)]
    if not pieces:
        return

    def stroke(fine: ImageDraw.ImageDraw, corner: FloatArray) -> None:
        for piece in pieces:
            at = ((piece - corner) * _FINER).ravel().tolist()
            fine.line(at, fill=round(255 * line.opacity), width=round(width_px * _FINER))

    _paste(image, np.concatenate(pieces), line.color, stroke, margin_px=width_px)


def _paint_straight(draw: ImageDraw.ImageDraw, ends: FloatArray, width_px: int, line: Line) -> None:
    """Draw a level or upright line on whole pixels, so that it is crisp."""
    low, high = ends.min(axis=0), ends.max(axis=0)
    along = 0 if high[0] > low[0] else 1
    low[1 - along] -= width_px // 2
    high[1 - along] = low[1 - along] + width_px - 1
    dash_px = _DASH_PT / 72 * DPI if line.dashed else np.inf
    start = low[along]
    while start <= high[along]:
        first, last = low.copy(), high.copy()
        first[along], last[along] = start, min(start + dash_px - 1, high[along])
        draw.rectangle((*first.tolist(), *last.tolist()), fill=line.color)
        start += dash_px + _DASH_GAP_PT / 72 * DPI


def _pieces(points: FloatArray) -> list[FloatArray]:
    """Cut a line where a point is not finite; points alone are left out."""
    finite = np.isfinite(points).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(int)))
    return [points[start:end] for start, end in edges.reshape(-1, 2) if end - start > 1]


def _dashes(piece: FloatArray) -> list[FloatArray]:
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(piece, axis=0).T))])
    starts = np.arange(0.0, lengths[-1], (_DASH_PT + _DASH_GAP_PT) / 72 * DPI)
    ends = np.minimum(starts + _DASH_PT / 72 * DPI, lengths[-1])
    dashes = []
    for start, end in zip(starts, ends, strict=True):
        at = np.concatenate([[start], lengths[(lengths > start) & (lengths < end)], [end]])
        dashes.append(np.stack([np.interp(at, lengths, piece[:, axis]) for axis in (0, 1)], axis=1))
    return dashes


def _paint_marks(image: Image.Image, marks: Marks) -> None:
    points = np.stack([marks.x_in, marks.y_in], axis=1) * DPI
    points = points[np.isfinite(points).all(axis=1)]
    radius_px = marks.size_pt / 72 * DPI / 2
    if points.shape[0] == 0:
        return
    # A hollow mark is a white one on a coloured one.
    layers = [(marks.color, radius_px)] + ([(WHITE, radius_px - 1.6)] if marks.hollow else [])
    for color, layer_px in layers:
        outline = outline_of(marks.shape) * layer_px

        def stroke(
            fine: ImageDraw.ImageDraw, corner: FloatArray, outline: npt.NDArray[np.float64] = outline
        ) -> None:
            for point in points:
                fine.polygon(((point - corner + outline) * _FINER).ravel().tolist(), fill=255)

        _paste(image, points, color, stroke, margin_px=1.5 * radius_px)


def _paste(
    image: Image.Image, points: FloatArray, color: str, stroke: _Stroke, *, margin_px: float = 0.0
) -> None:
    """Let `stroke` draw around the points on a finer grid, whose corner it is told, and lay a colour there."""
    low = np.floor(points.min(axis=0) - margin_px)
    high = np.ceil(points.max(axis=0) + margin_px)
    low, high = np.maximum(low, 0.0), np.minimum(high, image.size)
    width, height = (int(size) for size in high - low)
    if width < 1 or height < 1:
        return
    mask = Image.new("L", (width * _FINER, height * _FINER))
    stroke(ImageDraw.Draw(mask), low)
    image.paste(rgb(color), (int(low[0]), int(low[1])), mask.reduce(_FINER))
