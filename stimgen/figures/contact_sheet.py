"""The contact sheet: what was made, at a glance.

Above, the steps as spectrograms on common axes, and those of a control; below, how the recordings were aligned,
how far the steps are apart, and their levels; at the foot, warnings. The picture has the shape of a slide, and
grows downwards for a control.
"""

from typing import TYPE_CHECKING

from stimgen.figures.content import Evenness, SheetContent, SheetSide, SheetStep

if TYPE_CHECKING:
    from stimgen.figures.picture import Picture

__all__ = ["Evenness", "SheetContent", "SheetSide", "SheetStep", "contact_sheet", "png_bytes"]


def contact_sheet(content: SheetContent) -> "Picture":
    """Draw a contact sheet.

    Args:
        content: What to show.

    Returns:
        A picture of 13.33 x 7.5 inches, or higher with a control; it shows itself in notebooks.
    """
    # What draws is loaded only for those who draw.
    from stimgen.figures.sheet_layout import draw_sheet

    return draw_sheet(content)


def png_bytes(picture: "Picture") -> bytes:
    """Return a picture as a PNG file: the same picture gives the same bytes, no date or program is noted in it.

    Args:
        picture: As `contact_sheet` or `overview` gives it.

    Returns:
        The file, 1920 pixels wide.
    """
    return picture.png_bytes()
