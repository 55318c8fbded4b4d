"""The contact sheet of a set of pictures: the steps, what went in, how far the steps are apart, and their luminance."""

import math
from collections.abc import Sequence

import numpy as np

from stimgen.figures import style
from stimgen.figures.content import shown_items
from stimgen.figures.distance_panel import draw_distances, step_range
from stimgen.figures.fonts import fitted, text_width_in
from stimgen.figures.notes import write_notes
from stimgen.figures.picture import Picture, Shape
from stimgen.figures.picture_content import PictureSheetContent, PictureSide, PictureStep
from stimgen.figures.place import DETAIL_IN, Place, name_y_axis, put_heading, step_frame
from stimgen.figures.ticks import position_text, short_number, with_minus_signs
from stimgen.media.sound import FloatArray

WIDTH_IN = 40 / 3

_LEFT_IN, _ROW_WIDTH_IN = 0.75, 11.85
_TITLE_TOP_IN, _SUBTITLE_TOP_IN = 0.44, 0.71
_STEPS_TOP_IN = 1.17
_GAP_IN, _BETWEEN_ROWS_IN = 0.1, 0.32
_MOST_PER_ROW = 9
_TALLEST_IN = 2.6
_CONTROLS_BELOW_IN = 0.75
_LOWER_BELOW_IN, _LOWER_HEIGHT_IN = 0.85, 1.6
_NOTES_BELOW_IN, _FOOT_IN = 0.62, 0.44
_BADGE_IN = 0.17
_MOST_SIDES = 12
# room for a name above the second row of them, and the height from which landmarks are dots of full size
_BETWEEN_SIDES_IN, _FULL_SIDE_IN = 0.26, 1.3


def picture_sheet(content: PictureSheetContent) -> Picture:
    """Draw a contact sheet of pictures.

    Args:
        content: What to show.

    Returns:
        The picture, 13.33 inches wide, as high as it needs to be.
    """
    steps, controls = shown_items(content.steps), shown_items(content.controls)
    picture = Picture(width_in=WIDTH_IN, height_in=7.5)
    _write_title(picture, content, n_shown=len(steps))
    n_slots = _n_slots(len(steps), len(controls))
    bottom_in = _draw_rows(picture, steps, n_slots=n_slots, top_in=_STEPS_TOP_IN)
    if controls:
        top_in = bottom_in + _CONTROLS_BELOW_IN
        words = "Control: cross-fade of the two ends"
        picture.write(_LEFT_IN, top_in - 0.36, words, size_pt=style.HEADING_PT, bold=True)
        bottom_in = _draw_rows(picture, controls, n_slots=n_slots, top_in=top_in)
    top_in = bottom_in + _LOWER_BELOW_IN
    _draw_sides(picture, content, _place(0.75, 4.6 if content.metric_name else 7.4, top_in))
    if content.metric_name:
        draw_distances(picture, _place(6.02, 2.8, top_in), content)
    _draw_luminance(picture, content, _place(10.1, 2.36, top_in))
    notes_in = top_in + _LOWER_HEIGHT_IN + _NOTES_BELOW_IN
    write_notes(picture, content.notes, left_in=_LEFT_IN, top_in=notes_in, width_in=WIDTH_IN - 1.5)
    picture.height_in = notes_in + _FOOT_IN
    return picture


def _place(left_in: float, width_in: float, top_in: float) -> Place:
    return Place(left_in=left_in, top_in=top_in, width_in=width_in, height_in=_LOWER_HEIGHT_IN)


def _write_title(picture: Picture, content: PictureSheetContent, *, n_shown: int) -> None:
    title = fitted(content.title, width_in=_ROW_WIDTH_IN, size_pt=style.TITLE_PT, bold=True)
    picture.write(_LEFT_IN, _TITLE_TOP_IN, title, size_pt=style.TITLE_PT, bold=True)
    key = "step   position: 0 is a, 1 is b" if any(math.isfinite(s.position) for s in content.steps) else ""
    shown = f" · {n_shown} of them shown" if n_shown < len(content.steps) else ""
    room_in = _ROW_WIDTH_IN - text_width_in(key + shown, size_pt=style.HEADING_PT) - 0.3
    subtitle = fitted(with_minus_signs(content.subtitle), width_in=room_in, size_pt=style.HEADING_PT) + shown
    picture.write(_LEFT_IN, _SUBTITLE_TOP_IN, subtitle, size_pt=style.HEADING_PT, color=style.FAINT)
    if key:
        right_in = _LEFT_IN + _ROW_WIDTH_IN
        picture.write(right_in, _SUBTITLE_TOP_IN, key, color=style.FAINT, anchor="right")


def _n_slots(n_steps: int, n_controls: int) -> int:
    n_most = max(n_steps, n_controls)
    return -(-n_most // 2) if n_most > _MOST_PER_ROW else n_most


def _draw_rows(picture: Picture, steps: Sequence[PictureStep], *, n_slots: int, top_in: float) -> float:
    """Draw pictures in one or two rows, all at one scale; return where they end, inches from the top."""
    height_px = max(step.rgb.shape[0] for step in steps)
    width_px = max(step.rgb.shape[1] for step in steps)
    slot_in = (_ROW_WIDTH_IN + _GAP_IN) / n_slots - _GAP_IN
    per_px_in = min(slot_in / width_px, _TALLEST_IN / height_px)
    row_in = height_px * per_px_in
    for first in range(0, len(steps), n_slots):
        left_in = _LEFT_IN
        for step in steps[first : first + n_slots]:
            _draw_step(picture, step, left_in=left_in, top_in=top_in, per_px_in=per_px_in, room_in=slot_in)
            left_in += slot_in + _GAP_IN if n_slots > 3 else width_px * per_px_in + 0.4
        top_in += row_in + _BETWEEN_ROWS_IN
    return top_in - _BETWEEN_ROWS_IN


def _draw_step(
    picture: Picture, step: PictureStep, *, left_in: float, top_in: float, per_px_in: float, room_in: float
) -> None:
    height_px, width_px = step.rgb.shape[:2]
    picture.photo(
        left_in, top_in, width_in=width_px * per_px_in, height_in=height_px * per_px_in, rgb=step.rgb
    )
    baseline_in, at_in = top_in - 0.07, left_in
    if step.end is not None:
        color = style.SIDE_A if step.end == "a" else style.SIDE_B
        picture.box(
            at_in, baseline_in - 0.13, width_in=_BADGE_IN, height_in=_BADGE_IN, color=color, round_in=0.03
        )
        picture.write(
            at_in + _BADGE_IN / 2, baseline_in, step.end, bold=True, color=style.WHITE, anchor="middle"
        )
        at_in += _BADGE_IN + 0.06
    if not math.isfinite(step.position):
        picture.write(at_in, baseline_in, fitted(step.name, width_in=room_in, size_pt=style.TEXT_PT))
        return
    label = f"{step.index}"
    picture.write(at_in, baseline_in, label, bold=True)
    at_in += text_width_in(label, size_pt=style.TEXT_PT, bold=True) + 0.07
    left_over_in = left_in + room_in - at_in
    where = position_text(step.position, width_in=left_over_in, size_pt=style.TEXT_PT)
    picture.write(at_in, baseline_in, where, color=style.FAINT)


def _draw_sides(picture: Picture, content: PictureSheetContent, place: Place) -> None:
    """Show what went in, with its landmarks, side by side."""
    sides = content.sides[:_MOST_SIDES]
    more = len(content.sides) - len(sides)
    aside = content.sides_words + (f", {more} more" if more else "")
    put_heading(
        picture,
        place,
        "What went in",
        aside=fitted(aside, width_in=place.width_in - 1.2, size_pt=style.TEXT_PT),
    )
    if not sides:
        return
    n_rows = 1 if len(sides) <= _MOST_SIDES // 2 else 2
    n_slots = -(-len(sides) // n_rows)
    slot_in = (place.width_in + _GAP_IN) / n_slots - _GAP_IN
    row_in = (place.height_in + _BETWEEN_SIDES_IN) / n_rows
    for number, side in enumerate(sides):
        row, column = divmod(number, n_slots)
        color = (style.SIDE_A, style.SIDE_B)[number] if len(sides) == 2 else style.INK
        slot = Place(
            left_in=place.left_in + column * (slot_in + _GAP_IN),
            top_in=place.top_in + row * row_in,
            width_in=slot_in,
            height_in=row_in - _BETWEEN_SIDES_IN,
        )
        _draw_side(picture, side, slot, color, words=n_rows == 1)


def _draw_side(picture: Picture, side: PictureSide, place: Place, color: str, *, words: bool) -> None:
    height_px, width_px = side.rgb.shape[:2]
    per_px_in = min(place.width_in / width_px, place.height_in / height_px)
    picture.photo(
        place.left_in,
        place.top_in,
        width_in=width_px * per_px_in,
        height_in=height_px * per_px_in,
        rgb=side.rgb,
    )
    if side.points_xy is not None:
        at_in = (side.points_xy + 0.5) * per_px_in
        inside = np.all((at_in >= 0.0) & (at_in <= np.array([width_px, height_px]) * per_px_in), axis=1)
        picture.marks(
            place.left_in + at_in[inside, 0], place.top_in + at_in[inside, 1],
            shape="circle", color=color, name="landmarks",
            size_pt=(1.8 if len(at_in) > 30 else 3.5) * min(1.0, height_px * per_px_in / _FULL_SIDE_IN),
        )  # fmt: skip
    below_in = place.top_in + height_px * per_px_in
    for text, baseline_in, ink in (
        (side.name, place.top_in - DETAIL_IN + 0.04, color),
        (side.words if words else "", below_in + 0.17, style.FAINT),
    ):
        label = fitted(text, width_in=place.width_in, size_pt=style.TICK_PT)
        picture.write(place.left_in, baseline_in, label, size_pt=style.TICK_PT, color=ink)


def _draw_luminance(picture: Picture, content: PictureSheetContent, place: Place) -> None:
    """Draw mean luminance and contrast of every step."""
    put_heading(picture, place, "Luminance and contrast")
    luminance = np.array([step.mean_luminance for step in content.steps])
    contrast = np.array([step.rms_contrast for step in content.steps])
    words = f"\u25cf mean luminance {_range_words(luminance)}"
    picture.write(
        place.left_in, place.top_in - DETAIL_IN - 0.03, words, color=style.SIDE_A, size_pt=style.TICK_PT
    )
    words = f"\u25b2 {content.contrast_name} {_range_words(contrast)}"
    picture.write(
        place.left_in, place.top_in - DETAIL_IN + 0.12, words, color=style.SIDE_B, size_pt=style.TICK_PT
    )
    place = place.without_top(0.17)
    top = 1.15 * max(float(luminance.max()), float(contrast.max()), 1e-6)
    is_line = any(math.isfinite(step.position) for step in content.steps)
    frame = step_frame(picture, place, step_range(content), (0.0, top), name="step" if is_line else "picture")
    name_y_axis(picture, place, "re white", away_in=0.43)
    x_in = [frame.x_in(step.index) for step in content.steps]
    size_pt = 5.5 if len(x_in) <= 40 else 3.0
    shapes: tuple[Shape, Shape] = ("circle", "triangle")
    colors = (style.SIDE_A, style.SIDE_B)
    for values, shape, color in zip((luminance, contrast), shapes, colors, strict=True):
        y_in = [frame.y_in(float(value)) for value in values]
        picture.marks(x_in, y_in, shape=shape, color=color, size_pt=size_pt)


def _range_words(values: FloatArray) -> str:
    low, high = (short_number(float(edge), n_digits=3) for edge in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
