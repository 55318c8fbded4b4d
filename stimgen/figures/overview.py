"""The overview: many pairs in one picture, one row each."""

from typing import TYPE_CHECKING

from stimgen.figures.overview_content import OverviewContent, OverviewRow

if TYPE_CHECKING:
    from stimgen.figures.picture import Picture

__all__ = ["OverviewContent", "OverviewRow", "overview"]


def overview(content: OverviewContent) -> "Picture":
    """Draw an overview of pairs: names, first, middle and last step, step distances, level, warnings.

    Args:
        content: What to show.

    Returns:
        A picture 13.33 inches wide and as high as the rows need.
    """
    # What draws is loaded only for those who draw.
    from stimgen.figures.overview_layout import draw_overview

    return draw_overview(content)
