"""Where something stands on a figure, in inches from its top left corner."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stimgen.figures import style

# Height of a panel's heading and of the line of details under it, above the panel.
HEADING_IN = 0.36
DETAIL_IN = 0.12


@dataclass(frozen=True, kw_only=True)
class Place:
    """A rectangle on a figure.

    Args:
        left_in: Distance of its left edge from the figure's, inches.
        top_in: Distance of its top edge from the figure's, inches.
        width_in: Width, inches.
        height_in: Height, inches.
    """

    left_in: float
    top_in: float
    width_in: float
    height_in: float

    def add_axes(self, figure: Figure) -> Axes:
        """Put axes there."""
        figure_width_in, figure_height_in = (float(size) for size in figure.get_size_inches())
        return figure.add_axes(
            (
                self.left_in / figure_width_in,
                1.0 - (self.top_in + self.height_in) / figure_height_in,
                self.width_in / figure_width_in,
                self.height_in / figure_height_in,
            )
        )


def put_heading(figure: Figure, place: Place, text: str, *, aside: str = "") -> None:
    """Write what a panel shows above it, and a remark at the right."""
    style.put(
        figure, place.left_in, place.top_in - HEADING_IN, text, size_pt=style.HEADING_PT, fontweight="bold"
    )
    if aside:
        right_in = place.left_in + place.width_in
        style.put(figure, right_in, place.top_in - HEADING_IN, aside, color=style.FAINT, ha="right")
