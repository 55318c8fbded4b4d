from collections.abc import Callable

import pytest

from stimgen.figures.fonts import font
from stimgen.figures.picture import Cells, Photo, Picture, Words
from stimgen.figures.style import DPI

Edges = tuple[float, float, float, float]


def edges_px(words: Words) -> Edges:
    """Return left, top, right and bottom of the letters, from the font itself."""
    start = {"left": "ls", "middle": "ms", "right": "rs"}[words.anchor]
    left, top, right, bottom = font(words.size_pt, bold=words.bold).getbbox(words.text, anchor=start)
    x, y = words.at_in * DPI, words.baseline_in * DPI
    if words.turned:
        return x + top, y - right, x + bottom, y - left
    return x + left, y + top, x + right, y + bottom


def overlap(one: Edges, other: Edges, *, across_px: float, down_px: float) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > across_px and down > down_px


def find_collisions(picture: Picture) -> list[tuple[str, str]]:
    """List texts that leave the picture, touch another text, or lie on a spectrogram or a photo."""
    texts = [(item.text, edges_px(item)) for item in picture.items if isinstance(item, Words)]
    images = [
        (c.left_in * DPI, c.top_in * DPI, (c.left_in + c.width_in) * DPI, (c.top_in + c.height_in) * DPI)
        for c in picture.items
        if isinstance(c, Cells | Photo)
    ]
    whole = (0.0, 0.0, picture.width_px, picture.height_px)
    outside = [
        (text, "outside")
        for text, box in texts
        if box[0] < 0 or box[1] < 0 or box[2] > whole[2] or box[3] > whole[3]
    ]
    touching = [
        (text, other)
        for i, (text, box) in enumerate(texts)
        for other, other_box in texts[i + 1 :]
        if overlap(box, other_box, across_px=0.5, down_px=1.0)
    ]
    covering = [
        (text, "image")
        for text, box in texts
        for image in images
        if overlap(box, image, across_px=1.0, down_px=1.0)
    ]
    return outside + touching + covering


@pytest.fixture
def collisions() -> Callable[[Picture], list[tuple[str, str]]]:
    return find_collisions
