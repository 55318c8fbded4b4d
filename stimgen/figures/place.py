"""Where something stands on a picture, in inches from its top left corner, and axes on such a place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stimgen.figures import style
from stimgen.figures.fonts import text_width_in
from stimgen.figures.picture import Picture
from stimgen.figures.ticks import round_ticks, short_number

# Height of a panel's heading and of the details under it, above the panel; height of a line of details.
HEADING_IN = 0.36
DETAIL_IN = 0.12
LINE_IN = 0.17

_TICK_IN = 3.0 / 72
_LABEL_IN = 0.055
_VALUES_APART_IN = 0.25


@dataclass(frozen=True, kw_only=True)
class Place:
    """A rectangle on a picture.

    Args:
        left_in: Distance of its left edge from the picture's, inches.
        top_in: Distance of its top edge from the picture's, inches.
        width_in: Width, inches.
        height_in: Height, inches.
    """

    left_in: float
    top_in: float
    width_in: float
    height_in: float

    @property
    def right_in(self) -> float:
        """Distance of its right edge from the picture's left one, inches."""
        return self.left_in + self.width_in

    @property
    def bottom_in(self) -> float:
        """Distance of its bottom edge from the picture's top one, inches."""
        return self.top_in + self.height_in

    def without_top(self, height_in: float) -> "Place":
        """Return what is left below a strip of some height, inches."""
        return replace(self, top_in=self.top_in + height_in, height_in=self.height_in - height_in)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A place with a scale from left to right and one from bottom to top.

    Args:
        place: The place.
        left: Value at the left edge.
        right: Value at the right edge.
        low: Value at the bottom.
        high: Value at the top.
    """

    place: Place
    left: float
    right: float
    low: float
    high: float

    def x_in(self, value: float) -> float:
        """Return where a value lies from the left, inches."""
        return self.place.left_in + (value - self.left) / (self.right - self.left) * self.place.width_in

    def y_in(self, value: float) -> float:
        """Return where a value lies from the top, inches."""
        return self.place.bottom_in - (value - self.low) / (self.high - self.low) * self.place.height_in


def put_heading(picture: Picture, place: Place, text: str, *, aside: str = "") -> None:
    """Write what a panel shows above it, and a remark at the right."""
    baseline_in = place.top_in - HEADING_IN
    picture.write(place.left_in, baseline_in, text, size_pt=style.HEADING_PT, bold=True)
    if aside:
        picture.write(place.right_in, baseline_in, aside, color=style.FAINT, anchor="right")


def draw_x_ticks(picture: Picture, place: Place, at_in: Sequence[float], labels: Sequence[str]) -> None:
    """Draw ticks and their labels below a place."""
    for x_in, label in zip(at_in, labels, strict=True):
        picture.line(
            [x_in, x_in],
            [place.bottom_in, place.bottom_in + _TICK_IN],
            color=style.FAINT,
            width_pt=style.SPINE_PT,
        )
        baseline_in = place.bottom_in + _TICK_IN + _LABEL_IN + 0.73 * style.TICK_PT / 72
        picture.write(x_in, baseline_in, label, size_pt=style.TICK_PT, anchor="middle")


def draw_y_ticks(
    picture: Picture, place: Place, at_in: Sequence[float], labels: Sequence[str], *, right: bool = False
) -> None:
    """Draw ticks and their labels at the left of a place, or at its right."""
    edge_in, out = (place.right_in, 1.0) if right else (place.left_in, -1.0)
    for y_in, label in zip(at_in, labels, strict=True):
        ends_in = sorted([edge_in, edge_in + out * _TICK_IN])
        picture.line(ends_in, [y_in, y_in], color=style.FAINT, width_pt=style.SPINE_PT)
        picture.write(
            edge_in + out * (_TICK_IN + _LABEL_IN),
            y_in,
            label,
            size_pt=style.TICK_PT,
            anchor="left" if right else "right",
            centred=True,
        )


def step_frame(
    picture: Picture,
    place: Place,
    steps: tuple[int, int],
    heights: tuple[float, float],
    *,
    name: str = "step",
) -> Frame:
    """Draw axes whose horizontal one is the step index.

    Args:
        picture: Where to.
        place: Place of the panel without tick labels.
        steps: Index of the first and of the last step.
        heights: Values at the bottom and at the top.
        name: What the horizontal axis counts.

    Returns:
        The scales.
    """
    frame = Frame(place=place, left=steps[0] - 0.5, right=steps[1] + 0.5, low=heights[0], high=heights[1])
    left_in, right_in, bottom_in = place.left_in, place.right_in, place.bottom_in
    picture.line([left_in, left_in], [place.top_in, bottom_in], color=style.FAINT, width_pt=style.SPINE_PT)
    picture.line([left_in, right_in], [bottom_in, bottom_in], color=style.FAINT, width_pt=style.SPINE_PT)
    widest_in = text_width_in(str(steps[1]), size_pt=style.TICK_PT)
    across = round_ticks(
        frame.left, frame.right, length_in=place.width_in, apart_in=widest_in + 0.1, whole=True
    )
    draw_x_ticks(picture, place, [frame.x_in(tick) for tick in across], [f"{tick:.0f}" for tick in across])
    picture.write(place.left_in + place.width_in / 2, bottom_in + 0.36, name, anchor="middle")
    up = round_ticks(*heights, length_in=place.height_in, apart_in=_VALUES_APART_IN)
    draw_y_ticks(picture, place, [frame.y_in(tick) for tick in up], [short_number(tick) for tick in up])
    return frame


def name_y_axis(picture: Picture, place: Place, text: str, *, away_in: float) -> None:
    """Write the name of the vertical axis, reading upwards, so far left of the place (right if negative)."""
    edge_in = place.left_in if away_in > 0.0 else place.right_in
    middle_in = place.top_in + place.height_in / 2
    picture.write(edge_in - away_in, middle_in, text, anchor="middle", turned=True, centred=True)
